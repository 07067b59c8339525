/*
 * listen_socket - a socket that listens on an address.
 *
 * The caller owns the descriptor. Any thread.
 */
#ifndef ENGINE_HTTP_LISTEN_SOCKET_H
#define ENGINE_HTTP_LISTEN_SOCKET_H

#include "engine/http/listen_address.h"

/* Does not block, is not inherited. Returns 0 or -errno. */
int listen_socket_open(const union listen_address *address, int *ret_fd);

#endif
