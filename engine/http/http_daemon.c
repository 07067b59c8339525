#include "engine/http/http_daemon.h"

#include "engine/base/panic.h"

#include <errno.h>
#include <stdint.h>

#define RUNS_PER_WAKE_MAX 8

/* Does the daemon need to run without an event, and when? */
static bool wants_run(struct http_daemon *daemon, uint64_t *ret_timeout_ms)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    bool is_wanted = MHD_get_timeout(daemon->mhd, &timeout_ms) == MHD_YES;
    if (daemon->needs_run)
        timeout_ms = 0;
    *ret_timeout_ms = timeout_ms;
    return is_wanted || daemon->needs_run;
}

/* Also the callback of the timer: sets the timer to the next time the daemon needs to run. */
static void run(uv_timer_t *timer)
{
    struct http_daemon *daemon = timer->data;
    bool is_wanted = true;
    uint64_t timeout_ms = 0;
    daemon->is_running = true;
    for (int i = 0; i < RUNS_PER_WAKE_MAX && is_wanted && timeout_ms == 0; i++) {
        daemon->needs_run = false;
        MHD_run(daemon->mhd);
        is_wanted = wants_run(daemon, &timeout_ms);
    }
    daemon->is_running = false;
    if (is_wanted)
        uv_timer_start(timer, run, timeout_ms, 0);
    else
        uv_timer_stop(timer);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct http_daemon *daemon = poll->data;
    run(&daemon->timer);
}

int http_daemon_open(struct http_daemon *daemon, uv_loop_t *loop, struct MHD_Daemon *mhd)
{
    *daemon = (struct http_daemon){ .mhd = mhd };
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD);
    int result = info ? uv_poll_init(loop, &daemon->poll, info->epoll_fd) : -EIO;
    if (result < 0)
        return result;
    uv_timer_init(loop, &daemon->timer);
    daemon->poll.data = daemon;
    daemon->timer.data = daemon;
    daemon->handles_open = 2;
    return uv_poll_start(&daemon->poll, UV_READABLE, on_readable);
}

void http_daemon_wake(struct http_daemon *daemon)
{
    daemon->needs_run = true;
    if (!daemon->is_running && daemon->mhd)
        uv_timer_start(&daemon->timer, run, 0, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_daemon *daemon = handle->data;
    if (--daemon->handles_open == 0)
        daemon->closed(daemon->context);
}

static void close_handles(struct http_daemon *daemon)
{
    run(&daemon->timer);
    uv_close((uv_handle_t *)&daemon->poll, on_handle_closed);
    uv_close((uv_handle_t *)&daemon->timer, on_handle_closed);
}

void http_daemon_close(struct http_daemon *daemon, void (*closed)(void *context), void *context)
{
    must(!daemon->is_running);
    daemon->closed = closed;
    daemon->context = context;
    if (daemon->handles_open > 0)
        close_handles(daemon);
    /* The daemon closes its descriptors now: uv_close has already stopped polling them. */
    struct MHD_Daemon *mhd = daemon->mhd;
    daemon->mhd = NULL;
    if (mhd)
        MHD_stop_daemon(mhd);
    if (daemon->handles_open == 0)
        closed(context);
}
