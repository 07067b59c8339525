#include "engine/http/http_poll.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEVER UINT64_MAX

struct watch {
    uv_poll_t handle; /* first, so that one pointer is both */
    struct http_poll *owner;
    struct watch *next_free;
    int fd;
    int wanted;    /* by curl: UV_READABLE | UV_WRITABLE */
    int polled;    /* by libuv; may be UV_READABLE when nothing is wanted */
    bool is_ours;  /* opened by http_poll_open_socket */
    bool was_read; /* curl has waited to read from it, so it is or was connected */
};

struct http_poll {
    CURLM *multi;
    uv_timer_t timer;       /* curl's timeout */
    uv_idle_t soon;         /* runs in the next turn of the loop */
    uint64_t armed_ms;      /* when the timer fires, loop time: at curl's timeout or earlier */
    struct watch **watches; /* by socket number */
    int watches_size;
    struct watch *free_watches;
    int handles_open;
    bool is_broken; /* curl or a watch has failed since curl ran last */
    struct http_poll_owner owner;
    void (*closed)(void *context);
    void *closed_context;
};

static void release_connecting(struct http_poll *poll);

/*
 * An error of one transfer ends that transfer. After an error of the multi handle, curl has no timer, so that not even
 * the deadlines of the transfers would end them.
 */
static void act(struct http_poll *poll, curl_socket_t fd, int ready)
{
    int running;
    if (curl_multi_socket_action(poll->multi, fd, ready, &running) != CURLM_OK)
        poll->is_broken = true;
    if (!poll->is_broken)
        return;
    poll->is_broken = false;
    release_connecting(poll);
    poll->owner.broken(poll->owner.context);
}

/* --- time -------------------------------------------------------------------------------------------------- */

/* If called too early, curl only sets its timeout again. */
static void timer_fired(uv_timer_t *timer)
{
    struct http_poll *poll = timer->data;
    poll->armed_ms = NEVER;
    act(poll, CURL_SOCKET_TIMEOUT, 0);
    poll->owner.progress(poll->owner.context);
}

static void soon_fired(uv_idle_t *soon)
{
    struct http_poll *poll = soon->data;
    uv_idle_stop(soon);
    poll->owner.prepare(poll->owner.context);
    act(poll, CURL_SOCKET_TIMEOUT, 0);
    poll->owner.progress(poll->owner.context);
}

/* Each request moves the next deadline; the timer is set again only when it would fire too late. */
static int time_changed(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct http_poll *poll = context;
    if (timeout_ms < 0) {
        uv_timer_stop(&poll->timer);
        poll->armed_ms = NEVER;
    } else if (timeout_ms == 0) {
        uv_idle_start(&poll->soon, soon_fired);
    } else {
        uint64_t due_ms = uv_now(poll->timer.loop) + (uint64_t)timeout_ms;
        if (due_ms < poll->armed_ms) {
            uv_timer_start(&poll->timer, timer_fired, (uint64_t)timeout_ms, 0);
            poll->armed_ms = due_ms;
        }
    }
    return 0;
}

/* --- sockets ----------------------------------------------------------------------------------------------- */

static struct watch *find_watch(const struct http_poll *poll, curl_socket_t fd)
{
    return fd < poll->watches_size ? poll->watches[fd] : NULL;
}

static bool make_room(struct http_poll *poll, int fd)
{
    if (fd < poll->watches_size)
        return true;
    int size = poll->watches_size > 0 ? poll->watches_size : 64;
    while (size <= fd)
        size *= 2;
    struct watch **watches = heap_resize(poll->watches, (size_t)size, sizeof(struct watch *));
    if (!watches)
        return false;
    memset(watches + poll->watches_size, 0,
           (size_t)(size - poll->watches_size) * sizeof(struct watch *));
    poll->watches = watches;
    poll->watches_size = size;
    return true;
}

static struct watch *acquire_watch(struct http_poll *poll, int fd)
{
    if (!make_room(poll, fd))
        return NULL;
    must(!poll->watches[fd]);
    struct watch *watch = poll->free_watches ? poll->free_watches : heap_alloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    poll->free_watches = watch->next_free;
    *watch = (struct watch){ .owner = poll, .fd = fd };
    if (uv_poll_init(poll->timer.loop, &watch->handle, fd) != 0) {
        watch->next_free = poll->free_watches;
        poll->free_watches = watch;
        return NULL;
    }
    poll->handles_open++;
    poll->watches[fd] = watch;
    return watch;
}

static void free_poll(struct http_poll *poll)
{
    void (*closed)(void *context) = poll->closed;
    void *context = poll->closed_context;
    while (poll->free_watches) {
        struct watch *watch = poll->free_watches;
        poll->free_watches = watch->next_free;
        heap_free(watch);
    }
    heap_free(poll->watches);
    heap_free(poll);
    closed(context);
}

static void handle_closed(struct http_poll *poll)
{
    poll->handles_open--;
    if (poll->handles_open == 0)
        free_poll(poll);
}

static void watch_closed(uv_handle_t *handle)
{
    struct watch *watch = (struct watch *)handle;
    watch->next_free = watch->owner->free_watches;
    watch->owner->free_watches = watch;
    handle_closed(watch->owner);
}

static void release_watch(struct watch *watch)
{
    watch->owner->watches[watch->fd] = NULL;
    uv_close((uv_handle_t *)&watch->handle, watch_closed);
}

/* curl calls this too, and must not be called from here: a failure is handled in the next turn. */
static void poll_for(struct watch *watch, int events, uv_poll_cb ready)
{
    int failed =
        events ? uv_poll_start(&watch->handle, events, ready) : uv_poll_stop(&watch->handle);
    watch->polled = failed ? 0 : events;
    if (!failed)
        return;
    watch->owner->is_broken = true;
    http_poll_wake(watch->owner);
}

static void socket_ready(uv_poll_t *handle, int status, int events)
{
    struct watch *watch = (struct watch *)handle;
    struct http_poll *poll = watch->owner;
    curl_socket_t fd = watch->fd;
    if (status <
        0) { /* an error on the socket: libuv has stopped watching; curl will get the error */
        watch->polled = 0;
        events = watch->wanted;
    }
    if (!watch->wanted) {
        /* The server has closed an idle connection. curl notices this at its next use; until then, do not poll it. */
        poll_for(watch, 0, socket_ready);
        return;
    }
    int ready = events & UV_READABLE ? CURL_CSELECT_IN : 0;
    ready |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(poll, fd, ready);
    if (find_watch(poll, fd) == watch && watch->wanted && !watch->polled)
        poll_for(watch, watch->wanted, socket_ready);
    poll->owner.progress(poll->owner.context);
}

/*
 * Will curl close it with http_poll_close_socket? Not the sockets of its name look-up, and not those that were never
 * connected (a timeout, the slower one of two addresses): curl closes these without a call, at about the time when it
 * stops waiting for them. Their watches are released then.
 */
static bool is_lasting(const struct watch *watch)
{
    return watch->is_ours && watch->was_read;
}

/* All transfers are about to end: releases watches before their sockets are closed. */
static void release_connecting(struct http_poll *poll)
{
    for (int fd = 0; fd < poll->watches_size; fd++) {
        struct watch *watch = poll->watches[fd];
        if (watch && !is_lasting(watch))
            release_watch(watch);
    }
}

/* Readable may be polled without being wanted; writable may not, since a socket is nearly always writable. */
static void want(struct watch *watch, int events)
{
    watch->wanted = events;
    watch->was_read |= events & UV_READABLE;
    bool is_enough = (watch->polled & events) == events;
    bool is_too_much = watch->polled & ~events & UV_WRITABLE;
    if (!is_enough || is_too_much)
        poll_for(watch, events, socket_ready);
}

/* The sockets of curl's name look-up; without a watch (no memory), the look-up ends at its deadline. */
static int interest_changed(CURL *easy, curl_socket_t fd, int what, void *context, void *socket)
{
    (void)easy;
    (void)socket;
    struct http_poll *poll = context;
    struct watch *watch = find_watch(poll, fd);
    if (!watch && what != CURL_POLL_REMOVE)
        watch = acquire_watch(poll, fd);
    if (!watch)
        return 0;
    if (what == CURL_POLL_REMOVE && !is_lasting(watch)) {
        release_watch(watch);
        return 0;
    }
    int events = what == CURL_POLL_IN || what == CURL_POLL_INOUT ? UV_READABLE : 0;
    events |= what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? UV_WRITABLE : 0;
    want(watch, events);
    return 0;
}

/* If this number is still watched, its earlier socket was closed without a call. */
static int forget(struct http_poll *poll, int fd)
{
    struct watch *watch = find_watch(poll, fd);
    if (!watch)
        return 0;
    int wanted = watch->wanted;
    release_watch(watch);
    return wanted;
}

int http_poll_open_socket(struct http_poll *poll, const struct curl_sockaddr *address,
                          curl_socket_t *ret_fd)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return -errno;
    int wanted = forget(poll, fd);
    struct watch *watch = acquire_watch(poll, fd);
    if (!watch) {
        close(fd);
        return -ENOMEM;
    }
    watch->is_ours = true;
    want(watch, wanted); /* curl sees the same number and does not repeat its request */
    *ret_fd = fd;
    return 0;
}

int http_poll_close_socket(void *poll, curl_socket_t fd)
{
    struct watch *watch = find_watch(poll, fd);
    if (watch)
        release_watch(watch);
    return close(fd);
}

void http_poll_drop_idle(struct http_poll *poll)
{
    for (int fd = 0; fd < poll->watches_size; fd++) {
        const struct watch *watch = poll->watches[fd];
        if (watch && !watch->wanted && is_lasting(watch))
            shutdown(fd, SHUT_RDWR);
    }
}

/* --- life -------------------------------------------------------------------------------------------------- */

static void timer_closed(uv_handle_t *timer)
{
    handle_closed(timer->data);
}

static void soon_closed(uv_handle_t *soon)
{
    handle_closed(soon->data);
}

static CURLMcode set_options(struct http_poll *poll, int connections_max)
{
    CURLM *multi = poll->multi;
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, interest_changed);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, poll);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, time_changed);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, poll);
    /* curl closes idle connections when the limit is reached. */
    long max = connections_max;
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max);
    code = code ? code : curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max);
    return code ? code : curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

int http_poll_create(uv_loop_t *loop, const struct http_poll_owner *owner, int connections_max,
                     struct http_poll **ret_poll, struct error *err)
{
    struct http_poll *poll = heap_alloc(1, sizeof *poll);
    CURLM *multi = curl_multi_init();
    if (!poll || !multi) {
        heap_free(poll);
        curl_multi_cleanup(multi);
        return error_no_memory(err);
    }
    poll->multi = multi;
    CURLMcode code = set_options(poll, connections_max);
    if (code) {
        heap_free(poll);
        curl_multi_cleanup(multi);
        return error_set(err, -EINVAL, "libcurl cannot be set up: %s", curl_multi_strerror(code));
    }
    poll->armed_ms = NEVER;
    poll->owner = *owner;
    uv_timer_init(loop, &poll->timer);
    uv_idle_init(loop, &poll->soon);
    poll->timer.data = poll;
    poll->soon.data = poll;
    poll->handles_open = 2;
    *ret_poll = poll;
    return 0;
}

CURLM *http_poll_multi(const struct http_poll *poll)
{
    return poll->multi;
}

void http_poll_wake(struct http_poll *poll)
{
    uv_idle_start(&poll->soon, soon_fired);
}

void http_poll_close(struct http_poll *poll, void (*closed)(void *context), void *context)
{
    poll->closed = closed;
    poll->closed_context = context;
    curl_multi_cleanup(poll->multi);
    uv_close((uv_handle_t *)&poll->timer, timer_closed);
    uv_close((uv_handle_t *)&poll->soon, soon_closed);
}
