/*
 * endpoint - the valid addresses of an API, of a proxy or of a listener, and the properties that decide about the
 * token.
 *
 * libcurl parses, so that the connection goes to the host that was checked; the limits on names are our own and
 * stricter than any resolver's. Any thread. Errors: ERR_BAD_VALUE "expected ...", -ENOMEM. A text that may hold a
 * password is not repeated in the error.
 */
#ifndef ENGINE_CONFIG_ENDPOINT_H
#define ENGINE_CONFIG_ENDPOINT_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* http or https, a host, optionally a port and a path; no user, query or fragment. */
int endpoint_check_url(const char *url, struct error *err);

/* http, https, socks5 or socks5h, a host, optionally a port; no user, no path. */
int endpoint_check_proxy(const char *url, struct error *err);

/* As endpoint_check_url, with a query, too. Its path is a secret: no error repeats a byte of it. */
int endpoint_check_webhook(const char *url, struct error *err);

/* Of a URL that is checked: the bytes of scheme, host and port, "https://host:port". */
size_t endpoint_origin_size(const char *url);

/* ADDRESS:PORT or [ADDRESS]:PORT with a numeric address and a port up to 65535. */
bool endpoint_is_listen(const char *listen);

struct endpoint {
    bool is_https;
    bool is_loopback; /* this machine: 127.0.0.0/8, ::1, localhost */
};

/* For a URL that endpoint_check_url or endpoint_check_webhook accepts. */
int endpoint_examine(const char *url, struct endpoint *ret_endpoint, struct error *err);

#endif
