/*
 * The road of a call:
 *
 *     http_start -> waiting list -> curl -> finished -> done() -> free list
 *                       |            |                    ^
 *                       +------------+---- http_cancel ---+ (by the stopped list)
 *
 * What is started in one turn of the loop waits for the next and is handed to curl together: sent in a burst, it wakes
 * the other side once instead of once per request. Deliveries come from the loop only, one at a time, outside of curl;
 * hence one call more than calls_max: while one is being delivered, its callback may start another in its place.
 */
#include "engine/io/http.h"

#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/io/http_error.h"
#include "engine/io/http_identity.h"
#include "engine/io/http_poll.h"
#include "engine/io/retry_after.h"

#include <curl/curl.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KEY_HEADER "Idempotency-Key: "
#define BODY_SIZE_FIRST ((size_t)1024)
#define BODY_SIZE_KEPT ((size_t)64 * 1024) /* what a call keeps of a large answer's memory */

enum call_state { CALL_FREE, CALL_WAITING, CALL_RUNNING, CALL_STOPPED };

struct http_call {
    struct http *http;
    struct http_call *next; /* in the free list, or in the queue that is named by the state */
    enum call_state state;
    CURL *easy;
    struct http_identity *identity; /* whose options `easy` carries; NULL: nobody's */
    http_done *done;
    void *context;
    struct mono started;
    int64_t timeout_ms;
    struct curl_slist key_header; /* in front of post_headers */
    char key_line[sizeof KEY_HEADER + HTTP_KEY_SIZE_MAX];
    char detail[CURL_ERROR_SIZE];

    /* what came so far */
    bool was_sent;
    bool has_headers;
    int own_code;  /* why our callbacks stopped the transfer */
    int open_code; /* why there is no socket */
    size_t headers_size;
    int64_t retry_after_ms;
    char *body;
    size_t body_size;
    size_t body_capacity;
    size_t body_size_max;
};

struct call_queue {
    struct http_call *first;
    struct http_call *last;
};

struct http {
    struct http_poll *poll;
    struct http_identity *identity;
    struct http_call *calls; /* calls_max + 1 */
    struct http_call *free_calls;
    struct call_queue waiting; /* for curl */
    struct call_queue stopped; /* without curl's help: cancelled, for example */
    int calls_max;
    int in_flight;
    bool is_closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- what curl calls during a transfer ------------------------------------------------------------------------ */

/* Connected; what follows are the first bytes of the request. */
static int before_sending(void *context, char *peer, char *self, int peer_port, int self_port)
{
    (void)peer;
    (void)self;
    (void)peer_port;
    (void)self_port;
    struct http_call *call = context;
    call->was_sent = true;
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct http_call *call = context;
    curl_socket_t fd;
    call->open_code = http_poll_open_socket(call->http->poll, address, &fd);
    return call->open_code < 0 ? CURL_SOCKET_BAD : fd;
}

static void take_retry_after(struct http_call *call, const char *line, size_t size)
{
    static const char name[] = "Retry-After:";
    size_t length = sizeof name - 1;
    if (size > length && strncasecmp(line, name, length) == 0)
        retry_after_parse(line + length, size - length, wall_now(), &call->retry_after_ms);
}

/* Once for every line of every answer: interim ones, the final one, and trailers. */
static size_t take_header(char *line, size_t one, size_t size, void *context)
{
    (void)one;
    struct http_call *call = context;
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
        call->has_headers = false;
    call->headers_size += size;
    if (call->headers_size > HTTP_HEADERS_SIZE_MAX) {
        call->own_code = ERR_TOO_LARGE;
        return 0;
    }
    if (line[0] == '\r' || line[0] == '\n')
        call->has_headers = true;
    else if (line[0] == 'R' || line[0] == 'r')
        take_retry_after(call, line, size);
    return size;
}

/* Room for `size` bytes and a NUL. */
static bool make_room(struct http_call *call, size_t size)
{
    if (size < call->body_capacity)
        return true;
    size_t capacity = call->body_capacity > 0 ? call->body_capacity : BODY_SIZE_FIRST;
    while (capacity <= size)
        capacity = size_mul(capacity, 2);
    char *body = heap_resize(call->body, capacity, 1);
    if (!body)
        return false;
    call->body = body;
    call->body_capacity = capacity;
    return true;
}

static size_t take_body(char *bytes, size_t one, size_t size, void *context)
{
    (void)one;
    struct http_call *call = context;
    if (size > call->body_size_max - call->body_size) {
        call->own_code = ERR_TOO_LARGE;
        return 0;
    }
    if (!make_room(call, call->body_size + size)) {
        call->own_code = -ENOMEM;
        return 0;
    }
    memcpy(call->body + call->body_size, bytes, size);
    call->body_size += size;
    return size;
}

/* --- options ----------------------------------------------------------------------------------------------- */

static void set_callbacks(struct http_call *call)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, http_poll_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, call->http->poll); /* outlives the call */
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
}

/* Forgets the options of an identity that is no longer the current one. */
static void drop_identity(struct http_call *call)
{
    curl_easy_reset(call->easy);
    http_identity_release(call->identity);
    call->identity = NULL;
}

static CURLcode take_identity(struct http_call *call, struct http_identity *identity)
{
    call->identity = http_identity_acquire(identity);
    set_callbacks(call);
    return http_identity_apply(identity, call->easy);
}

static struct curl_slist *post_headers(struct http_call *call, const char *key)
{
    if (!key)
        return call->identity->post_headers;
    snprintf(call->key_line, sizeof call->key_line, KEY_HEADER "%s", key);
    call->key_header = (struct curl_slist){ call->key_line, call->identity->post_headers };
    return &call->key_header;
}

/* A POST never goes out on a used connection: curl would send it again if that turned out to be dead. */
static CURLcode set_request(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    long is_fresh = request->fresh || request->body;
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_fresh);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, is_fresh);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)min_i64(request->timeout_ms, INT_MAX));
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                     (curl_off_t)min_i64((int64_t)request->body_size_max, INT64_MAX));
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
    if (code)
        return code;
    if (!request->body) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->identity->get_headers);
    }
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, -1L);
    code = curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    if (code)
        return code;
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, post_headers(call, request->idempotency_key));
}

/* --- delivery -------------------------------------------------------------------------------------------------- */

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

/* All that are in the queue now; those that come in the meantime are for the next time. */
static struct http_call *take_queue(struct call_queue *queue)
{
    struct http_call *first = queue->first;
    queue->first = NULL;
    return first;
}

static void stop_call(struct http_call *call, int own_code)
{
    call->state = CALL_STOPPED;
    call->own_code = own_code;
    enqueue(&call->http->stopped, call);
}

static void release_call(struct http_call *call)
{
    struct http *http = call->http;
    if (call->identity != http->identity)
        drop_identity(call);
    if (call->body_capacity > BODY_SIZE_KEPT) {
        heap_free(call->body);
        call->body = NULL;
        call->body_capacity = 0;
    }
    call->next = http->free_calls;
    http->free_calls = call;
}

/* What curl lets pass and HTTP does not: headers that were cut off, a status that is none or not final. */
static CURLcode check_answer(struct http_call *call, long status)
{
    if (!call->has_headers)
        return CURLE_PARTIAL_FILE;
    if (status >= 200 && status <= 999)
        return CURLE_OK;
    snprintf(call->detail, sizeof call->detail, "status %ld", status);
    return CURLE_WEIRD_SERVER_REPLY;
}

static void describe_failure(const struct http_call *call, CURLcode curl_code,
                             struct http_response *response)
{
    const struct http_config *config = &call->identity->config;
    const char *url = NULL;
    long system_error = -call->open_code;
    long proxy_status = 0;
    curl_off_t lookup_us = 0;
    curl_easy_getinfo(call->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(call->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us);
    if (!system_error)
        curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &system_error);
    struct http_failure failure = {
        .curl_code = curl_code,
        .own_code = call->own_code,
        .system_error = system_error,
        .proxy_status = proxy_status,
        .detail = call->detail,
        .url = url ? url : "",
        .proxy = config->proxy,
        .token = config->token,
        .was_looked_up = lookup_us > 0,
        .was_sent = call->was_sent,
        .was_answered = call->headers_size > 0,
        .has_headers = call->has_headers,
        .timeout_ms = call->timeout_ms,
        .connect_timeout_ms = config->connect_timeout_ms,
        .body_size_max = call->body_size_max,
        .headers_size_max = HTTP_HEADERS_SIZE_MAX,
    };
    struct text text;
    text_init(&text, response->error_text, sizeof response->error_text);
    http_error_describe(&failure, &text);
    response->error = http_error_code(&failure);
}

static void fill_body(struct http_call *call, struct http_response *response)
{
    if (call->body_size == 0)
        return;
    call->body[call->body_size] = '\0';
    response->body = call->body;
    response->body_size = call->body_size;
}

static void deliver(struct http_call *call, CURLcode curl_code)
{
    struct http *http = call->http;
    struct http_response response;
    memset(&response, 0, offsetof(struct http_response, error_text));
    response.error_text[0] = '\0';
    response.body = "";
    response.was_sent = call->was_sent;
    response.retry_after_ms = call->retry_after_ms;
    response.took_ms = mono_now().ms - call->started.ms;
    long status = 0;
    if (call->headers_size > 0)
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    response.status = status >= 200 ? status : 0;
    if (!curl_code && !call->own_code)
        curl_code = check_answer(call, status);
    if (curl_code || call->own_code)
        describe_failure(call, curl_code, &response);
    else
        fill_body(call, &response);

    call->state = CALL_FREE;
    http->in_flight--;
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
        must(call->state == CALL_RUNNING);
        curl_multi_remove_handle(multi, call->easy);
        deliver(call, code);
    }
}

static void deliver_stopped(struct http *http)
{
    struct http_call *next;
    for (struct http_call *call = take_queue(&http->stopped); call; call = next) {
        next = call->next;
        deliver(call, CURLE_OK);
    }
}

/* --- life -------------------------------------------------------------------------------------------------------- */

/* Everything but the poll; half-built clients too. */
static void destroy(struct http *http)
{
    for (int i = 0; http->calls && i <= http->calls_max; i++) {
        struct http_call *call = &http->calls[i];
        curl_easy_cleanup(call->easy);
        http_identity_release(call->identity);
        heap_free(call->body);
    }
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

static void prepare(void *context)
{
    struct http *http = context;
    struct http_call *next;
    for (struct http_call *call = take_queue(&http->waiting); call; call = next) {
        next = call->next;
        call->state = CALL_RUNNING;
        if (call->own_code)
            stop_call(call, call->own_code);
        else if (curl_multi_add_handle(http_poll_multi(http->poll), call->easy) != CURLM_OK)
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

static int create_calls(struct http *http, struct error *err)
{
    http->calls = heap_alloc((size_t)http->calls_max + 1, sizeof *http->calls);
    if (!http->calls)
        return error_set(err, -ENOMEM, "out of memory");
    for (int i = 0; i <= http->calls_max; i++) {
        struct http_call *call = &http->calls[i];
        call->http = http;
        call->easy = curl_easy_init();
        if (!call->easy)
            return error_set(err, -ENOMEM, "out of memory");
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
        return error_set(err, -ENOMEM, "out of memory");
    }
    const struct http_poll_owner owner = { prepare, progress, http };
    http->calls_max = config->calls_max;
    int rc = http_identity_create(config, &http->identity, err);
    if (rc == 0)
        rc = create_calls(http, err);
    if (rc == 0)
        rc = http_poll_create(loop, &owner, &http->poll, err);
    if (rc < 0) {
        destroy(http);
        return rc;
    }
    CURLM *multi = http_poll_multi(http->poll);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)config->calls_max);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    *ret_http = http;
    return 0;
}

int http_configure(struct http *http, const struct http_config *config, struct error *err)
{
    struct http_identity *identity;
    int rc = http_identity_create(config, &identity, err);
    if (rc < 0)
        return rc;
    http_identity_release(http->identity);
    http->identity = identity;
    /* curl closes the connections that are in use; those that are not are ended for it. */
    for (int i = 0; i <= http->calls_max; i++)
        if (http->calls[i].state != CALL_FREE)
            curl_easy_setopt(http->calls[i].easy, CURLOPT_FORBID_REUSE, 1L);
    for (struct http_call *call = http->free_calls; call; call = call->next)
        drop_identity(call);
    http_poll_drop_idle(http->poll);
    return 0;
}

/* --- calls ------------------------------------------------------------------------------------------------------- */

static int check_request(const struct http *http, const struct http_request *request,
                         struct error *err)
{
    must(request->timeout_ms > 0);
    must(request->body_size_max > 0 && request->body_size_max < SIZE_MAX / 4);
    const char *key = request->idempotency_key;
    if (http->is_closing)
        return error_set(err, ERR_CANCELLED, "the HTTP client is closing");
    if (http->in_flight == http->calls_max)
        return error_set(err, -EAGAIN, "%d calls are in flight already", http->in_flight);
    if (key && (strlen(key) > HTTP_KEY_SIZE_MAX || !http_identity_is_visible(key)))
        return error_set(err, -EINVAL, "the idempotency key cannot be sent in a header");
    return 0;
}

static void reset_call(struct http_call *call, const struct http_request *request)
{
    call->started = mono_now();
    call->timeout_ms = request->timeout_ms;
    call->detail[0] = '\0';
    call->was_sent = false;
    call->has_headers = false;
    call->own_code = 0;
    call->open_code = 0;
    call->headers_size = 0;
    call->retry_after_ms = HTTP_RETRY_AFTER_NONE;
    call->body_size = 0;
    call->body_size_max = request->body_size_max;
}

static int set_options(struct http_call *call, const struct http_request *request)
{
    struct http *http = call->http;
    CURLcode code = CURLE_OK;
    if (call->identity != http->identity)
        code = take_identity(call, http->identity);
    if (!code)
        code = set_request(call, request);
    if (!code)
        return 0;
    return code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
}

int http_start(struct http *http, const struct http_request *request, http_done *done,
               void *context, struct http_call **ret_call, struct error *err)
{
    int rc = check_request(http, request, err);
    if (rc < 0)
        return rc;
    struct http_call *call = acquire_call(http);
    reset_call(call, request);
    rc = set_options(call, request);
    if (rc < 0) {
        drop_identity(call);
        release_call(call);
        return error_set(err, rc, rc == -ENOMEM ? "out of memory" : "libcurl refuses the request");
    }
    call->done = done;
    call->context = context;
    call->state = CALL_WAITING;
    enqueue(&http->waiting, call);
    http_poll_wake(http->poll);
    http->in_flight++;
    *ret_call = call;
    return 0;
}

void http_cancel(struct http_call *call)
{
    struct http *http = call->http;
    if (call->state == CALL_WAITING) {
        call->own_code = ERR_CANCELLED; /* in time: curl will not get it */
    } else if (call->state == CALL_RUNNING) {
        curl_multi_remove_handle(http_poll_multi(http->poll), call->easy);
        stop_call(call, ERR_CANCELLED);
        http_poll_wake(http->poll);
    }
}

int http_in_flight(const struct http *http)
{
    return http->in_flight;
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
