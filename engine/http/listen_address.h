/*
 * listen_address - the address of a listening socket, from its text.
 *
 * The text is ADDRESS:PORT: a numeric IPv4 address, an IPv6 address in brackets, or "localhost", which is 127.0.0.1.
 * Names are not looked up. Any thread. Owns nothing.
 */
#ifndef ENGINE_HTTP_LISTEN_ADDRESS_H
#define ENGINE_HTTP_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

union listen_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* False: not such a text; *ret_address is untouched. */
bool listen_address_parse(const char *text, union listen_address *ret_address);

#endif
