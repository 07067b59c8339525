/*
 * http_poll - one curl multi handle, driven by one libuv loop.
 *
 * Owns the multi handle, its timers, and a watch on every socket that curl has open. For http.c alone. Engine thread.
 *
 * A pass over a fleet sends thousands of requests through few kept-alive connections, and curl stops waiting for a
 * socket after each. Updating epoll each time would cost two system calls a request. Therefore a watch is not changed
 * when curl stops waiting; it is released when the socket is closed. This happens synchronously, because the number of
 * a closed socket is soon used again.
 */
#ifndef ENGINE_HTTP_HTTP_POLL_H
#define ENGINE_HTTP_HTTP_POLL_H

#include "engine/base/error.h"

#include <curl/curl.h>
#include <uv.h>

struct http_poll;

/* Functions of the owner, called from the loop, outside of curl. After `broken`, `progress` is called. */
struct http_poll_owner {
    void (*prepare)(void *context);  /* in the turn after http_poll_wake: adds transfers */
    void (*progress)(void *context); /* curl has run: transfers may have ended */
    void (*broken)(void *context);   /* curl has failed: its transfers will not end by themselves */
    void (*surprised)(void *context); /* bytes that no request asked for; curl may run after it */
    void (*reminded)(void *context);  /* see http_poll_remind; `progress` is called after it */
    void *context;
};

/* The maximum count of connections. */
int http_poll_create(uv_loop_t *loop, const struct http_poll_owner *owner, int connections_max,
                     struct http_poll **ret_poll, struct error *err);

/* Valid until the poll is closed. */
CURLM *http_poll_multi(const struct http_poll *poll);

/* In the next turn of the loop: prepare, then curl, then progress. */
void http_poll_wake(struct http_poll *poll);

/* Calls `reminded` once, after so many milliseconds or earlier. */
void http_poll_remind(struct http_poll *poll, int64_t after_ms);

/* For CURLOPT_OPENSOCKETFUNCTION: a new socket that is watched, or a negative code. */
int http_poll_open_socket(struct http_poll *poll, const struct curl_sockaddr *address,
                          curl_socket_t *ret_fd);

/* A curl_closesocket_callback; `poll` is the struct http_poll. */
int http_poll_close_socket(void *poll, curl_socket_t fd);

/*
 * For each transfer that has ended, before it is removed. If curl keeps its connection, it is watched: it is closed
 * when it becomes readable before it is used again.
 */
void http_poll_keep(struct http_poll *poll, CURL *easy);

/* Shuts idle connections down; curl notices this and opens new ones. */
void http_poll_drop_idle(struct http_poll *poll);

/*
 * Destroys the multi handle, which must have no transfers left, and closes every libuv handle; `closed` is called from
 * the last close callback, after the poll was freed. The progress function may call this as its last action.
 */
void http_poll_close(struct http_poll *poll, void (*closed)(void *context), void *context);

#endif
