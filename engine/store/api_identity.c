#include "engine/store/api_identity.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool has_suffix(const char *bytes, size_t length, const char *suffix)
{
    size_t size = strlen(suffix);
    return length >= size && memcmp(bytes + length - size, suffix, size) == 0;
}

static size_t without_default_port(const char *scheme, const char *host, size_t length)
{
    bool is_https = strncmp(scheme, "https:", 6) == 0;
    const char *port = is_https ? ":443" : ":80";
    return has_suffix(host, length, port) ? length - strlen(port) : length;
}

static void add_lower(struct text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        text_add_char(text, (char)tolower((unsigned char)bytes[i]));
}

void api_identity(const char *backend, const char *url, char ret_identity[API_IDENTITY_SIZE])
{
    struct text text;
    text_init(&text, ret_identity, API_IDENTITY_SIZE);
    text_addf(&text, "%s ", backend);
    const char *mark = strstr(url, "://");
    size_t scheme_length = mark ? (size_t)(mark - url) + 3 : 0;
    size_t scheme_at = text.length;
    add_lower(&text, url, scheme_length);
    const char *host = url + scheme_length;
    size_t host_length = strcspn(host, "/");
    add_lower(&text, host, without_default_port(ret_identity + scheme_at, host, host_length));
    const char *path = host + host_length;
    size_t path_length = strlen(path);
    while (path_length > 0 && path[path_length - 1] == '/')
        path_length--;
    text_add_bytes(&text, path, path_length);
    must(!text.was_cut);
}

/* FNV-1a. */
uint64_t api_identity_hash(const char *identity)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *c = identity; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    return hash;
}
