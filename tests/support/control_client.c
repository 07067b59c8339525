#include "tests/support/control_client.h"

#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char received[CONTROL_CLIENT_SIZE];
static char joined[CONTROL_CLIENT_SIZE];

int control_client_connect(const char *path, const char *bytes, size_t size)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        fail_msg("cannot connect to %s: %s", path, strerror(errno));
    for (size_t sent = 0; sent < size;) {
        ssize_t part = send(fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (part < 0)
            break; /* the server has closed it: what it said can still be read */
        sent += (size_t)part;
    }
    return fd;
}

static size_t receive_all(int fd)
{
    size_t size = 0;
    ssize_t part;
    while (size + 1 < sizeof received &&
           (part = read(fd, received + size, sizeof received - 1 - size)) > 0)
        size += (size_t)part;
    received[size] = '\0';
    return size;
}

/* The data of chunks without their sizes; breaks off where they do. */
static const char *join_chunks(const char *chunks)
{
    size_t size = 0;
    char *end;
    for (;;) {
        unsigned long length = strtoul(chunks, &end, 16);
        if (length == 0 || strncmp(end, "\r\n", 2) != 0 || strlen(end + 2) < length)
            break;
        memcpy(joined + size, end + 2, length);
        size += length;
        chunks = end + 2 + length + 2;
    }
    joined[size] = '\0';
    return joined;
}

struct control_reply control_client_ask(const char *path, const char *method, const char *target,
                                        const char *headers, const char *body)
{
    static char request[2 * 65536];
    struct control_reply reply = { .body = "", .all = received };
    int length =
        snprintf(request, sizeof request,
                 "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %zu"
                 "\r\n\r\n%s",
                 method, target, headers ? headers : "", body ? strlen(body) : 0, body ? body : "");
    assert_in_range(length, 1, sizeof request - 1);
    int fd = control_client_connect(path, request, (size_t)length);
    receive_all(fd);
    close(fd);
    const char *end = strstr(received, "\r\n\r\n");
    if (!end || sscanf(received, "HTTP/1.1 %d", &reply.status) != 1)
        return reply;
    reply.body = end + 4;
    const char *chunked = strstr(received, "Transfer-Encoding: chunked");
    if (chunked && chunked < end)
        reply.body = join_chunks(reply.body);
    return reply;
}
