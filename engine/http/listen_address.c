#include "engine/http/listen_address.h"

#include "engine/base/text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <uv.h>

#define HOST_SIZE 64
#define PORT_MAX 65535

static bool parse_port(const char *text, int *ret_port)
{
    int64_t port;
    if (!integer_parse(text, strlen(text), &port) || port < 0 || port > PORT_MAX)
        return false;
    *ret_port = (int)port;
    return true;
}

/* The text between the brackets of "[::1]", or all of it. */
static bool copy_host(const char *text, size_t length, char ret_host[HOST_SIZE])
{
    if (length > 0 && text[0] == '[') {
        if (length < 2 || text[length - 1] != ']')
            return false;
        text++;
        length -= 2;
    }
    if (length == 0 || length >= HOST_SIZE)
        return false;
    memcpy(ret_host, text, length);
    ret_host[length] = '\0';
    return true;
}

static bool parse_host(const char *host, bool is_v6, int port, union listen_address *ret_address)
{
    if (is_v6)
        return uv_ip6_addr(host, port, &ret_address->v6) == 0;
    const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return uv_ip4_addr(numeric, port, &ret_address->v4) == 0;
}

bool listen_address_parse(const char *text, union listen_address *ret_address)
{
    const char *colon = strrchr(text, ':');
    int port;
    char host[HOST_SIZE];
    union listen_address address;
    if (!colon || !parse_port(colon + 1, &port) || !copy_host(text, (size_t)(colon - text), host) ||
        !parse_host(host, text[0] == '[', port, &address))
        return false;
    *ret_address = address;
    return true;
}
