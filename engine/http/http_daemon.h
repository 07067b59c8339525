/*
 * http_daemon - a libmicrohttpd daemon without a thread, run by a libuv loop.
 *
 * Polls the epoll descriptor of the daemon; a timer covers its timeouts. Owns the daemon and both handles; the storage
 * is the caller's until `closed` is called. For http_server.c alone. Thread of the loop.
 */
#ifndef ENGINE_HTTP_HTTP_DAEMON_H
#define ENGINE_HTTP_HTTP_DAEMON_H

#include <microhttpd.h>
#include <stdbool.h>
#include <uv.h>

struct http_daemon {
    struct MHD_Daemon *mhd;
    uv_poll_t poll;
    uv_timer_t timer;
    int handles_open;
    bool needs_run;
    bool is_running; /* inside libmicrohttpd: a callback of it must not run or close it */
    void (*closed)(void *context);
    void *context;
};

/* Takes the MHD daemon. Negative code: http_daemon_close is the only function that may be called then. */
int http_daemon_open(struct http_daemon *daemon, uv_loop_t *loop, struct MHD_Daemon *mhd);

/* Something changed that does not wake the daemon: it runs once more, soon. Also from its callbacks. */
void http_daemon_wake(struct http_daemon *daemon);

/*
 * Runs the daemon once more, to send what it has, then stops it with all its connections. `closed` is called from the
 * last close callback; at once for a daemon without handles: all bytes zero, or one that could not be opened.
 */
void http_daemon_close(struct http_daemon *daemon, void (*closed)(void *context), void *context);

#endif
