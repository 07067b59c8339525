/*
 * The states of a call:
 *
 *     http_start -> waiting list -> curl -> finished -> done() -> free list
 *                       |            |                    ^
 *                       +------------+---- http_cancel ---+ (by the stopped list)
 *
 * Calls that were started in one turn of the loop are given to curl together in the next turn: requests sent in a burst
 * wake the server once instead of once per request. Callbacks run from the loop only, one at a time, outside of curl.
 * While a callback runs, its call is still in use, and the callback may start another call: therefore calls_max + 1.
 */
#include "engine/http/http.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/thread_owner.h"
#include "engine/http/http_call.h"
#include "engine/http/http_identity.h"
#include "engine/http/http_poll.h"

#include <curl/curl.h>

#include <errno.h>
#include <string.h>

/* A call that curl has not ended so long after its timeout is ended here. */
#define OVERDUE_MS 100

struct call_queue {
    struct http_call *first;
    struct http_call *last;
};

struct http {
    const struct thread_owner *owner;
    struct http_poll *poll;
    struct http_identity *identity;
    struct http_call *calls; /* calls_max + 1 */
    struct http_call *free_calls;
    struct call_queue waiting; /* to be given to curl */
    struct call_queue stopped; /* ended, but not by curl: cancelled, for example */
    int calls_max;
    int in_flight;
    int64_t trial_ms;
    struct mono reuse_from;       /* connections are used again; MONO_NEVER: no trial has begun */
    struct mono distrusted_until; /* connections are not even kept */
    void (*surprised)(void *context);
    void *surprised_context;
    bool is_closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- callbacks ------------------------------------------------------------------------------------------------- */

static struct http_call *acquire_call(struct http *http)
{
    struct http_call *call = http->free_calls;
    must(call);
    http->free_calls = call->next;
    return call;
}

static void enqueue(struct call_queue *queue, struct http_call *call)
{
    call->next = NULL;
    if (queue->first)
        queue->last->next = call;
    else
        queue->first = call;
    queue->last = call;
}

/* The calls that are in the queue now; calls that are added meanwhile wait for the next turn. */
static struct http_call *take_queue(struct call_queue *queue)
{
    struct http_call *first = queue->first;
    queue->first = NULL;
    return first;
}

static void stop_call(struct http_call *call, int own_code)
{
    call->state = HTTP_CALL_STOPPED;
    call->own_code = own_code;
    enqueue(&call->http->stopped, call);
}

static void release_call(struct http_call *call)
{
    struct http *http = call->http;
    if (call->identity && call->identity != http->identity)
        http_call_drop_identity(call);
    http_call_tidy(call);
    call->next = http->free_calls;
    http->free_calls = call;
}

/* Without surprises until its end, a trial shows that the server sends nothing but responses. */
static void begin_trial(struct http *http)
{
    struct mono now = mono_now();
    if (http->reuse_from.ms == MONO_NEVER.ms && now.ms >= http->distrusted_until.ms)
        http->reuse_from = mono_after(now, http->trial_ms);
}

static void deliver(struct http_call *call, CURLcode curl_code)
{
    struct http_response response;
    http_call_response(call, curl_code, &response);
    if (response.status)
        begin_trial(call->http);
    call->state = HTTP_CALL_FREE;
    call->http->in_flight--;
    call->done(call->context, &response);
    release_call(call);
}

static void deliver_finished(struct http *http)
{
    CURLM *multi = http_poll_multi(http->poll);
    int left;
    for (CURLMsg *msg; (msg = curl_multi_info_read(multi, &left));) {
        struct http_call *call = NULL;
        CURLcode code = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
        must(call->state == HTTP_CALL_RUNNING);
        http_poll_keep(http->poll, msg->easy_handle);
        curl_multi_remove_handle(multi, call->easy);
        deliver(call, code);
    }
}

static void deliver_stopped(struct http *http)
{
    struct http_call *next;
    for (struct http_call *call = take_queue(&http->stopped); call; call = next) {
        next = call->next;
        deliver(call, call->is_overdue ? CURLE_OPERATION_TIMEDOUT : CURLE_OK);
    }
}

/* --- life -------------------------------------------------------------------------------------------------------- */

/* Frees everything but the poll. Also for a client whose creation failed. */
static void destroy(struct http *http)
{
    for (int i = 0; http->calls && i <= http->calls_max; i++)
        http_call_fini(&http->calls[i]);
    heap_free(http->calls);
    http_identity_release(http->identity);
    heap_free(http);
    curl_global_cleanup();
}

static void poll_closed(void *context)
{
    struct http *http = context;
    void (*closed)(void *context) = http->closed;
    void *closed_context = http->closed_context;
    destroy(http);
    closed(closed_context);
}

static bool was_added(const struct http *http, struct http_call *call)
{
    struct mono now = mono_now();
    if (now.ms < http->reuse_from.ms &&
        !http_call_isolate(call, now.ms < http->distrusted_until.ms))
        return false;
    return curl_multi_add_handle(http_poll_multi(http->poll), call->easy) == CURLM_OK;
}

static void prepare(void *context)
{
    struct http *http = context;
    struct http_call *next;
    for (struct http_call *call = take_queue(&http->waiting); call; call = next) {
        next = call->next;
        call->state = HTTP_CALL_RUNNING;
        if (call->own_code)
            stop_call(call, call->own_code);
        else if (!was_added(http, call))
            stop_call(call, -ENOMEM);
    }
}

static void progress(void *context)
{
    struct http *http = context;
    deliver_finished(http);
    deliver_stopped(http);
    if (http->is_closing && http->in_flight == 0)
        http_poll_close(http->poll, poll_closed, http);
}

/* Bytes that no request asked for have come on an idle connection; those on busy ones look like responses. */
static void take_surprise(void *context)
{
    struct http *http = context;
    struct mono now = mono_now();
    bool is_news = now.ms >= http->distrusted_until.ms;
    http->distrusted_until = mono_after(now, HTTP_DISTRUST_MS);
    http->reuse_from = MONO_NEVER;
    for (int i = 0; i <= http->calls_max; i++)
        if (http->calls[i].state == HTTP_CALL_RUNNING)
            http_call_doubt(&http->calls[i]);
    http_poll_drop_idle(http->poll);
    if (is_news && http->surprised)
        http->surprised(http->surprised_context);
}

/* Calls that have ended keep their result. */
static void stop_running(void *context)
{
    struct http *http = context;
    deliver_finished(http);
    for (int i = 0; i <= http->calls_max; i++) {
        struct http_call *call = &http->calls[i];
        if (call->state != HTTP_CALL_RUNNING)
            continue;
        curl_multi_remove_handle(http_poll_multi(http->poll), call->easy);
        stop_call(call, -ENOMEM);
    }
}

static struct mono overdue_from(const struct http_call *call)
{
    return mono_after(call->started, call->timeout_ms + OVERDUE_MS);
}

/*
 * Ends calls that libcurl should have ended by its own timeout and did not, OVERDUE_MS after it. libcurl can lose the
 * timer of a transfer: with 7.88 on a loaded machine, some calls to a silent server with a timeout of a few
 * milliseconds never ended. Comes again when the next call can be overdue; one that has not been given to libcurl yet
 * is not ended here, and is looked at every OVERDUE_MS.
 */
static void end_overdue(void *context)
{
    struct http *http = context;
    struct mono now = mono_now();
    struct mono next = MONO_NEVER;
    for (int i = 0; i <= http->calls_max; i++) {
        struct http_call *call = &http->calls[i];
        bool is_over = now.ms >= overdue_from(call).ms;
        if (call->state == HTTP_CALL_RUNNING && is_over) {
            curl_multi_remove_handle(http_poll_multi(http->poll), call->easy);
            call->is_overdue = true;
            stop_call(call, 0);
        } else if (call->state == HTTP_CALL_RUNNING || call->state == HTTP_CALL_WAITING) {
            next = mono_min(next, is_over ? mono_after(now, OVERDUE_MS) : overdue_from(call));
        }
    }
    if (next.ms != MONO_NEVER.ms)
        http_poll_remind(http->poll, next.ms - now.ms);
}

static int create_calls(struct http *http, struct error *err)
{
    http->calls = heap_alloc((size_t)http->calls_max + 1, sizeof *http->calls);
    if (!http->calls)
        return error_no_memory(err);
    for (int i = 0; i <= http->calls_max; i++) {
        struct http_call *call = &http->calls[i];
        int rc = http_call_init(call, http, err);
        if (rc < 0)
            return rc;
        call->next = http->free_calls;
        http->free_calls = call;
    }
    return 0;
}

int http_create(uv_loop_t *loop, const struct http_config *config, struct http **ret_http,
                struct error *err)
{
    must(config->calls_max >= 1);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, -ENOMEM, "libcurl cannot be initialized");
    struct http *http = heap_alloc(1, sizeof *http);
    if (!http) {
        curl_global_cleanup();
        return error_no_memory(err);
    }
    const struct http_poll_owner owner = { .prepare = prepare,
                                           .progress = progress,
                                           .broken = stop_running,
                                           .surprised = take_surprise,
                                           .reminded = end_overdue,
                                           .context = http };
    http->owner = loop->data;
    http->calls_max = config->calls_max;
    http->trial_ms = config->trial_ms;
    http->reuse_from = MONO_NEVER;
    http->surprised = config->surprised;
    http->surprised_context = config->surprised_context;
    int rc = http_identity_create(config, &http->identity, err);
    if (rc == 0)
        rc = create_calls(http, err);
    if (rc == 0)
        rc = http_poll_create(loop, &owner, config->calls_max, &http->poll, err);
    if (rc < 0) {
        destroy(http);
        return rc;
    }
    *ret_http = http;
    return 0;
}

int http_configure(struct http *http, const struct http_config *config, struct error *err)
{
    must(thread_owner_is_current(http->owner));
    struct http_identity *identity;
    int rc = http_identity_create(config, &identity, err);
    if (rc < 0)
        return rc;
    /* curl closes connections that are in use. Idle ones are closed here. */
    CURLcode code = CURLE_OK;
    for (int i = 0; i <= http->calls_max; i++)
        if (http->calls[i].state != HTTP_CALL_FREE)
            HTTP_SET(code, http->calls[i].easy, CURLOPT_FORBID_REUSE, 1L);
    if (code) {
        http_identity_release(identity);
        return error_set(err, -ENOMEM, "connections that are in use cannot be changed: %s",
                         curl_easy_strerror(code));
    }
    http_identity_release(http->identity);
    http->identity = identity;
    for (struct http_call *call = http->free_calls; call; call = call->next)
        http_call_drop_identity(call);
    http_poll_drop_idle(http->poll);
    return 0;
}

/* --- calls ------------------------------------------------------------------------------------------------------- */

/* Does it fit into a header line, as one value? */
static bool is_value(const char *string)
{
    return strlen(string) <= HTTP_VALUE_SIZE_MAX && http_identity_is_visible(string);
}

static int check_request(const struct http *http, const struct http_request *request,
                         struct error *err)
{
    must(request->timeout_ms > 0);
    must(!request->method || http_identity_is_visible(request->method));
    must(!request->body || request->method);
    must(!request->body == !request->content_type);
    must(!request->content_type || is_value(request->content_type));
    must(request->body_size_max > 0 && request->body_size_max < SIZE_MAX / 4);
    const char *key = request->idempotency_key;
    if (http->is_closing)
        return error_set(err, ERR_CANCELLED, "the HTTP client is closing");
    if (http->in_flight == http->calls_max)
        return error_set(err, -EAGAIN, "%d calls are in flight already", http->in_flight);
    if (key && !is_value(key))
        return error_set(err, -EINVAL, "the idempotency key cannot be sent in a header");
    return 0;
}

int http_start(struct http *http, const struct http_request *request, http_done *done,
               void *context, struct http_call **ret_call, struct error *err)
{
    must(thread_owner_is_current(http->owner));
    int rc = check_request(http, request, err);
    if (rc < 0)
        return rc;
    struct http_call *call = acquire_call(http);
    rc = http_call_set(call, http->poll, http->identity, request, err);
    if (rc < 0) {
        release_call(call);
        return rc;
    }
    call->done = done;
    call->context = context;
    call->state = HTTP_CALL_WAITING;
    enqueue(&http->waiting, call);
    http_poll_wake(http->poll);
    http_poll_remind(http->poll, call->timeout_ms + OVERDUE_MS);
    http->in_flight++;
    *ret_call = call;
    return 0;
}

void http_cancel(struct http_call *call)
{
    struct http *http = call->http;
    must(thread_owner_is_current(http->owner));
    if (call->state == HTTP_CALL_WAITING) {
        call->own_code = ERR_CANCELLED; /* not given to curl yet */
    } else if (call->state == HTTP_CALL_RUNNING) {
        curl_multi_remove_handle(http_poll_multi(http->poll), call->easy);
        stop_call(call, ERR_CANCELLED);
        http_poll_wake(http->poll);
    }
}

void http_distrust(struct http *http)
{
    must(thread_owner_is_current(http->owner));
    take_surprise(http);
}

int http_in_flight(const struct http *http)
{
    return http->in_flight;
}

bool http_mentions_token(const struct http *http, const char *bytes, size_t size)
{
    return http_identity_is_mentioned(http->identity, bytes, size);
}

void http_close(struct http *http, void (*closed)(void *context), void *context)
{
    if (!http) {
        closed(context);
        return;
    }
    must(!http->is_closing);
    http->is_closing = true;
    http->closed = closed;
    http->closed_context = context;
    for (int i = 0; i <= http->calls_max; i++)
        http_cancel(&http->calls[i]);
    http_poll_wake(http->poll);
}
