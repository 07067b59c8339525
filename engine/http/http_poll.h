/*
 * http_poll - one curl multi handle, driven by one libuv loop.
 *
 * Owns the multi handle, its timer, and a watch on every socket that curl has open. For http.c alone. Engine thread.
 *
 * A pass over a fleet sends thousands of requests through few kept-alive connections, and curl takes its interest in
 * a socket back after each. Telling epoll so every time would cost two system calls a request; therefore a watch
 * stays as it is when curl loses interest, and goes when the socket is closed. It goes synchronously: the number of
 * a closed socket is soon another socket's.
 */
#ifndef ENGINE_HTTP_HTTP_POLL_H
#define ENGINE_HTTP_HTTP_POLL_H

#include "engine/base/error.h"

#include <curl/curl.h>
#include <uv.h>

struct http_poll;

/* What the owner does when the loop calls; all outside of curl. After broken comes progress. */
struct http_poll_owner {
    void (*prepare)(void *context);  /* in the turn after http_poll_wake: add transfers */
    void (*progress)(void *context); /* curl has run: transfers may have ended */
    void (*broken)(void *context); /* curl cannot go on: none of its transfers will end by itself */
    void *context;
};

/* There are never more than so many connections. */
int http_poll_create(uv_loop_t *loop, const struct http_poll_owner *owner, int connections_max,
                     struct http_poll **ret_poll, struct error *err);

/* Lives as long as the poll. */
CURLM *http_poll_multi(const struct http_poll *poll);

/* In the next turn of the loop: prepare, then curl, then progress. */
void http_poll_wake(struct http_poll *poll);

/* For CURLOPT_OPENSOCKETFUNCTION: a new socket under watch, or a negative code. */
int http_poll_open_socket(struct http_poll *poll, const struct curl_sockaddr *address,
                          curl_socket_t *ret_fd);

/* A curl_closesocket_callback; `poll` is the struct http_poll. */
int http_poll_close_socket(void *poll, curl_socket_t fd);

/* Ends connections that no transfer uses; curl finds them dead and opens new ones. */
void http_poll_drop_idle(struct http_poll *poll);

/*
 * Destroys the multi handle, which must have no transfers left, and closes every libuv handle; `closed` is called from
 * the last close callback, when the poll is no more. The progress function may call this, as its last deed.
 */
void http_poll_close(struct http_poll *poll, void (*closed)(void *context), void *context);

#endif
