#include "tests/support/fake_connection.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE ((size_t)16 * 1024)

struct buffer {
    char *bytes; /* terminated by NUL */
    size_t size;
    size_t capacity;
};

#define CUT_SIZE 16 /* bytes read before FAKE_CUT; unread bytes make the kernel send a reset */

enum connection_state {
    CONNECTION_READING,
    CONNECTION_WRITING,
    CONNECTION_HANGING,
    CONNECTION_CUT
};

struct fake_connection {
    int fd;
    int64_t number;
    enum connection_state state;
    struct buffer in;
    struct buffer out; /* sent once */
    size_t out_sent;
    struct buffer tail; /* sent after it, tail_count times */
    size_t tail_sent;
    int64_t tail_count;
    enum fake_ending ending;
    bool is_broken; /* the peer has closed */
};

/* --- buffers --------------------------------------------------------------------------------------------------- */

static void buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t needed = size_add(size_add(buffer->size, size), 1);
    if (needed <= buffer->capacity)
        return;
    buffer->capacity = size_mul(needed, 2);
    buffer->bytes = heap_resize(buffer->bytes, buffer->capacity, 1);
    must(buffer->bytes);
}

static void buffer_add(struct buffer *buffer, const char *bytes, size_t size)
{
    buffer_reserve(buffer, size);
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    buffer->bytes[buffer->size] = '\0';
}

static void buffer_add_string(struct buffer *buffer, const char *string)
{
    buffer_add(buffer, string, strlen(string));
}

static void buffer_drop(struct buffer *buffer, size_t size)
{
    memmove(buffer->bytes, buffer->bytes + size, buffer->size - size + 1);
    buffer->size -= size;
}

/* --- requests -------------------------------------------------------------------------------------------------- */

static const char *find_header(const char *headers, const char *name, size_t *ret_length)
{
    size_t name_length = strlen(name);
    for (const char *line = headers; *line;) {
        size_t length = strcspn(line, "\r\n");
        if (length > name_length && line[name_length] == ':' &&
            strncasecmp(line, name, name_length) == 0) {
            const char *value = line + name_length + 1;
            value += strspn(value, " \t");
            *ret_length = (size_t)(line + length - value);
            return value;
        }
        line += length;
        line += strspn(line, "\r\n");
    }
    return NULL;
}

const char *fake_request_header(const struct fake_request *request, const char *name,
                                size_t *ret_length)
{
    return find_header(request->headers, name, ret_length);
}

/* The Content-Length of the head. */
static size_t body_size(const char *headers)
{
    size_t length;
    int64_t size = 0;
    const char *value = find_header(headers, "Content-Length", &length);
    if (value)
        must(integer_parse(value, length, &size));
    return (size_t)size;
}

/* The pieces of one memory block: the request, then its strings. */
static char *put_string(char **at, const char *bytes, size_t length)
{
    char *string = *at;
    memcpy(string, bytes, length);
    string[length] = '\0';
    *at += length + 1;
    return string;
}

static int peer_port(int fd)
{
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 ? ntohs(peer.sin_port) : 0;
}

/* `head` is the request line, the header lines and an empty line; the body follows. */
static struct fake_request *make_request(const char *head, size_t head_size, size_t size,
                                         int64_t index, const struct fake_connection *connection)
{
    size_t method_length = strcspn(head, " \r\n");
    const char *path = head + method_length + 1;
    size_t path_length = strcspn(path, " \r\n");
    const char *headers = strchr(head, '\n') + 1;
    size_t key_length = 0;
    const char *key = find_header(headers, "Idempotency-Key", &key_length);

    struct fake_request *request =
        heap_alloc(1, sizeof *request + head_size + key_length + size + 8);
    must(request);
    char *at = (char *)(request + 1);
    request->index = index;
    request->connection = connection->number;
    request->peer_port = peer_port(connection->fd);
    request->method = put_string(&at, head, method_length);
    request->path = put_string(&at, path, path_length);
    request->headers = put_string(&at, headers, (size_t)(head + head_size - headers));
    request->body = put_string(&at, head + head_size, size);
    request->body_size = size;
    request->key = key ? put_string(&at, key, key_length) : NULL;
    return request;
}

struct fake_request *fake_connection_next(struct fake_connection *connection, int64_t index)
{
    struct buffer *in = &connection->in;
    const char *end = in->size > 0 ? strstr(in->bytes, "\r\n\r\n") : NULL;
    if (connection->state != CONNECTION_READING || !end)
        return NULL;
    size_t head_size = (size_t)(end - in->bytes) + 4;
    size_t size = body_size(strchr(in->bytes, '\n') + 1);
    if (in->size - head_size < size)
        return NULL;
    struct fake_request *request = make_request(in->bytes, head_size, size, index, connection);
    buffer_drop(in, head_size + size);
    return request;
}

bool fake_connection_read(struct fake_connection *connection)
{
    struct buffer *in = &connection->in;
    buffer_reserve(in, READ_SIZE);
    bool is_cut = connection->state == CONNECTION_CUT;
    ssize_t got = recv(connection->fd, in->bytes + in->size, is_cut ? CUT_SIZE : READ_SIZE, 0);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    if (is_cut)
        return false;
    if (connection->state == CONNECTION_HANGING)
        return true; /* FAKE_HANG does not read */
    in->size += (size_t)got;
    in->bytes[in->size] = '\0';
    return !memchr(in->bytes, '\0', in->size);
}

/* --- responses ------------------------------------------------------------------------------------------------- */

static void add_head(struct buffer *out, const struct fake_answer *answer, size_t size)
{
    char line[128];
    const char *headers = answer->headers ? answer->headers : "";
    snprintf(line, sizeof line, "HTTP/1.1 %03d Scripted\r\n", answer->status);
    buffer_add_string(out, line);
    buffer_add_string(out, headers);
    size_t length;
    if (!find_header(headers, "Content-Type", &length))
        buffer_add_string(out, "Content-Type: application/json\r\n");
    if (answer->status != 204 && answer->status != 304 &&
        !find_header(headers, "Content-Length", &length)) {
        snprintf(line, sizeof line, "Content-Length: %zu\r\n", size + answer->missing_size);
        buffer_add_string(out, line);
    }
    buffer_add_string(out, "\r\n");
}

void fake_connection_answer(struct fake_connection *connection, const struct fake_answer *answer)
{
    if (answer->status > 0) {
        const char *body = answer->body ? answer->body : "";
        size_t size = answer->body_size > 0 ? answer->body_size : strlen(body);
        add_head(&connection->out, answer, size);
        buffer_add(&connection->out, body, size);
    }
    if (answer->raw)
        buffer_add(&connection->out, answer->raw,
                   answer->raw_size > 0 ? answer->raw_size : strlen(answer->raw));
    if (answer->tail_count > 0)
        buffer_add_string(&connection->tail, answer->tail);
    connection->tail_count = answer->tail_count;
    connection->ending = answer->ending;
    connection->state = CONNECTION_WRITING;
}

/* False: the socket cannot take more now, or is broken. */
static bool send_some(struct fake_connection *connection, const struct buffer *from, size_t *sent)
{
    while (*sent < from->size) {
        ssize_t took = send(connection->fd, from->bytes + *sent, from->size - *sent, MSG_NOSIGNAL);
        if (took < 0 && errno == EINTR)
            continue;
        if (took < 0) {
            connection->is_broken = errno != EAGAIN;
            return false;
        }
        *sent += (size_t)took;
    }
    return true;
}

static bool send_all(struct fake_connection *connection)
{
    if (!send_some(connection, &connection->out, &connection->out_sent))
        return false;
    for (; connection->tail_count > 0; connection->tail_count--) {
        if (!send_some(connection, &connection->tail, &connection->tail_sent))
            return false;
        connection->tail_sent = 0;
    }
    return true;
}

bool fake_connection_write(struct fake_connection *connection, enum fake_ending *ret_ending)
{
    if (connection->state != CONNECTION_WRITING)
        return true;
    if (!send_all(connection)) {
        *ret_ending = FAKE_CLOSE;
        return !connection->is_broken;
    }
    connection->out.size = connection->out_sent = 0;
    connection->tail.size = 0;
    connection->state = connection->ending == FAKE_KEEP ? CONNECTION_READING : CONNECTION_HANGING;
    *ret_ending = connection->ending;
    return connection->ending == FAKE_KEEP || connection->ending == FAKE_HANG;
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

struct fake_connection *fake_connection_create(int fd, int64_t number, enum fake_ending ending)
{
    struct fake_connection *connection = heap_alloc(1, sizeof *connection);
    must(connection);
    connection->fd = fd;
    connection->number = number;
    connection->state = ending == FAKE_HANG  ? CONNECTION_HANGING
                        : ending == FAKE_CUT ? CONNECTION_CUT
                                             : CONNECTION_READING;
    return connection;
}

void fake_connection_destroy(struct fake_connection *connection, enum fake_ending ending)
{
    struct linger reset = { .l_onoff = 1, .l_linger = 0 };
    if (ending == FAKE_RESET)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(connection->fd);
    heap_free(connection->in.bytes);
    heap_free(connection->out.bytes);
    heap_free(connection->tail.bytes);
    heap_free(connection);
}

int64_t fake_connection_number(const struct fake_connection *connection)
{
    return connection->number;
}

int fake_connection_fd(const struct fake_connection *connection)
{
    return connection->fd;
}

short fake_connection_events(const struct fake_connection *connection)
{
    return connection->state == CONNECTION_WRITING ? POLLOUT : POLLIN;
}

bool fake_connection_may_send(const struct fake_connection *connection)
{
    return connection->state == CONNECTION_HANGING ||
           (connection->state == CONNECTION_READING && connection->in.size == 0);
}
