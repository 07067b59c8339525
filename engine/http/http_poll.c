#include "engine/http/http_poll.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEVER UINT64_MAX
#define CHECKED_AT_ONCE 64 /* idle connections in one system call */

struct watch {
    uv_poll_t handle; /* first, so that one pointer is both */
    struct http_poll *owner;
    struct watch *next_free;
    int fd;
    int wanted;        /* by curl: UV_READABLE | UV_WRITABLE */
    int polled;        /* by libuv; may be UV_READABLE when nothing is wanted */
    bool is_ours;      /* opened by http_poll_open_socket */
    bool is_connected; /* or was: curl has waited to read from it, or has used it */
};

struct http_poll {
    CURLM *multi;
    uv_timer_t timer;       /* curl's timeout */
    uv_idle_t soon;         /* runs in the next turn of the loop */
    uint64_t armed_ms;      /* when the timer fires, loop time: at curl's timeout or earlier */
    uv_timer_t reminder;    /* of the owner */
    uint64_t reminder_ms;   /* when it fires, loop time; NEVER: it does not */
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

/*
 * Will curl close it with http_poll_close_socket? Not the sockets of its name look-up, and not those that were never
 * connected (a timeout, the slower one of two addresses): curl closes these without a call, at about the time when it
 * stops waiting for them. Their watches are released then.
 */
static bool is_lasting(const struct watch *watch)
{
    return watch->is_ours && watch->is_connected;
}

static bool is_idle(const struct watch *watch)
{
    return !watch->wanted && is_lasting(watch);
}

static bool begins_with(const unsigned char *bytes, ssize_t size, const char *text)
{
    size_t length = strlen(text);
    return size >= 0 && (size_t)size >= length && memcmp(bytes, text, length) == 0;
}

/*
 * A server may announce that it closes an idle connection: in TLS with an alert, which TLS 1.3 sends as a record of 19
 * bytes of data, or with "408 Request Timeout". Nothing else is expected on an idle connection.
 */
static bool has_more_than_farewell(int fd)
{
    static const char alert_tls13[] = { 0x17, 3, 3, 0, 19 };
    unsigned char bytes[16];
    ssize_t size = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (size <= 0 || begins_with(bytes, size, "\x15\x03"))
        return false;
    bool is_alert = size >= 5 && memcmp(bytes, alert_tls13, sizeof alert_tls13) == 0;
    return !is_alert && !begins_with(bytes, size, "HTTP/1.1 408") &&
           !begins_with(bytes, size, "HTTP/1.0 408");
}

/*
 * An idle connection with something to read is not used again: the server has closed it, or has sent bytes that no
 * request asked for. libcurl 7.88 would take such bytes as the beginning of the next response; libcurl 8 closes the
 * connection. Here the bytes are dropped, so that curl finds the end of the connection and closes it. It is shut down
 * first: bytes that come later reset it. Polling stops, since the end of a connection stays readable.
 */
static void retire(struct watch *watch, uv_poll_cb ready)
{
    bool is_surprise = is_idle(watch) && has_more_than_farewell(watch->fd);
    if (is_idle(watch)) {
        shutdown(watch->fd, SHUT_RDWR);
        while (recv(watch->fd, NULL, INT_MAX, MSG_TRUNC | MSG_DONTWAIT) > 0)
            continue;
    }
    poll_for(watch, 0, ready);
    if (is_surprise)
        watch->owner->owner.surprised(watch->owner->owner.context);
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
        retire(watch, socket_ready);
        return;
    }
    int ready = events & UV_READABLE ? CURL_CSELECT_IN : 0;
    ready |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(poll, fd, ready);
    if (find_watch(poll, fd) == watch && watch->wanted && !watch->polled)
        poll_for(watch, watch->wanted, socket_ready);
    poll->owner.progress(poll->owner.context);
}

/* The idle connections from *fd on, CHECKED_AT_ONCE at most; *fd is moved behind them. */
static nfds_t take_idle(const struct http_poll *poll, int *fd, struct pollfd *ret_idle)
{
    nfds_t count = 0;
    for (; *fd < poll->watches_size && count < CHECKED_AT_ONCE; ++*fd)
        if (poll->watches[*fd] && is_idle(poll->watches[*fd]))
            ret_idle[count++] = (struct pollfd){ .fd = *fd, .events = POLLIN };
    return count;
}

static bool is_any_readable(struct pollfd *sockets, nfds_t count)
{
    return count > 0 && poll(sockets, count, 0) > 0;
}

/* Just before new transfers get a connection: the loop may have handled other sockets for a while. */
static void retire_readable(struct http_poll *poll)
{
    struct pollfd idle[CHECKED_AT_ONCE];
    for (int fd = 0; fd < poll->watches_size;) {
        nfds_t count = take_idle(poll, &fd, idle);
        if (!is_any_readable(idle, count))
            continue;
        for (nfds_t i = 0; i < count; i++)
            if (idle[i].revents)
                retire(poll->watches[idle[i].fd], socket_ready);
    }
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
    watch->is_connected |= events & UV_READABLE;
    bool is_enough = (watch->polled & events) == events;
    bool is_too_much = watch->polled & ~events & UV_WRITABLE;
    if (!is_enough || is_too_much)
        poll_for(watch, events, socket_ready);
}

/* libcurl 8 does not wait for a response that is there when the request has been sent. */
static bool has_peer(const struct watch *watch)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } peer;
    socklen_t size = sizeof peer;
    return watch->is_ours && getpeername(watch->fd, &peer.any, &size) == 0;
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
    watch->is_connected |= what == CURL_POLL_REMOVE && !watch->is_connected && has_peer(watch);
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

/* A response that arrives at once ends the transfer before curl has waited for the socket. */
void http_poll_keep(struct http_poll *poll, CURL *easy)
{
    long new_connections = 0;
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &new_connections);
    if (new_connections > 0)
        curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd == CURL_SOCKET_BAD)
        return;
    struct watch *watch = find_watch(poll, fd);
    if (!watch)
        watch = acquire_watch(poll, fd);
    if (!watch) {
        shutdown(fd, SHUT_RDWR);
        return;
    }
    watch->is_ours = true;
    watch->is_connected = true;
    if (!(watch->polled & UV_READABLE))
        poll_for(watch, UV_READABLE, socket_ready);
}

void http_poll_drop_idle(struct http_poll *poll)
{
    for (int fd = 0; fd < poll->watches_size; fd++) {
        const struct watch *watch = poll->watches[fd];
        if (watch && is_idle(watch))
            shutdown(fd, SHUT_RDWR);
    }
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
    retire_readable(poll);
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

static void reminder_fired(uv_timer_t *reminder)
{
    struct http_poll *poll = reminder->data;
    poll->reminder_ms = NEVER;
    poll->owner.reminded(poll->owner.context);
    poll->owner.progress(poll->owner.context);
}

void http_poll_remind(struct http_poll *poll, int64_t after_ms)
{
    uint64_t due_ms = uv_now(poll->reminder.loop) + (uint64_t)after_ms;
    if (due_ms >= poll->reminder_ms)
        return;
    uv_timer_start(&poll->reminder, reminder_fired, (uint64_t)after_ms, 0);
    poll->reminder_ms = due_ms;
}

/* --- life -------------------------------------------------------------------------------------------------- */

static void timer_closed(uv_handle_t *timer)
{
    handle_closed(timer->data);
}

static void reminder_closed(uv_handle_t *reminder)
{
    handle_closed(reminder->data);
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
    uv_timer_init(loop, &poll->reminder);
    uv_idle_init(loop, &poll->soon);
    poll->reminder_ms = NEVER;
    poll->timer.data = poll;
    poll->reminder.data = poll;
    poll->soon.data = poll;
    poll->handles_open = 3;
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

/* A socket that had connected when its transfer ended, and curl did not know it yet, was closed without a call. */
static void release_rest(struct http_poll *poll)
{
    for (int fd = 0; fd < poll->watches_size; fd++)
        if (poll->watches[fd])
            release_watch(poll->watches[fd]);
}

void http_poll_close(struct http_poll *poll, void (*closed)(void *context), void *context)
{
    poll->closed = closed;
    poll->closed_context = context;
    curl_multi_cleanup(poll->multi);
    release_rest(poll);
    uv_close((uv_handle_t *)&poll->timer, timer_closed);
    uv_close((uv_handle_t *)&poll->reminder, reminder_closed);
    uv_close((uv_handle_t *)&poll->soon, soon_closed);
}
