#include "engine/http/http_call.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/http/http_error.h"
#include "engine/http/retry_after.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BODY_SIZE_FIRST ((size_t)1024)

/* The size of one read. curl allocates this buffer for each call; the allocator is fastest for small sizes. */
#define BODY_SIZE_SMALL ((size_t)1024 * 1024)
#define RECEIVE_SIZE_SMALL 1024L
#define RECEIVE_SIZE_LARGE (256L * 1024)

#define BODY_SIZE_BELIEVED ((curl_off_t)32 * 1024 * 1024)
/* A call keeps so much memory of a response: enough for a status, not for a list. */
#define BODY_SIZE_KEPT ((size_t)4 * 1024)

/*
 * Added to the size of each header line, as in HTTP/2. Many short lines reach the limit of this program before that of
 * curl for the number of lines, which only newer versions have.
 */
#define HEADER_LINE_OVERHEAD ((size_t)32)

/* --- callbacks of curl during a transfer ---------------------------------------------------------------------- */

/* The connection is established; the first bytes of the request follow. */
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
    call->open_code = http_poll_open_socket(call->poll, address, &fd);
    return call->open_code < 0 ? CURL_SOCKET_BAD : fd;
}

static bool begins_with(const char *line, size_t size, const char *name)
{
    return size > strlen(name) && strncasecmp(line, name, strlen(name)) == 0;
}

static void keep_notable(struct http_call *call, const char *line, size_t size)
{
    struct text text;
    while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n'))
        size--;
    text_init(&text, call->notable, sizeof call->notable);
    text_add_bytes(&text, line, size);
}

static void take_notable(struct http_call *call, const char *line, size_t size)
{
    static const char name[] = "Retry-After:";
    size_t length = sizeof name - 1;
    bool is_retry_after = begins_with(line, size, name);
    if (is_retry_after)
        retry_after_parse(line + length, size - length, wall_now(), &call->retry_after_ms);
    if (is_retry_after || begins_with(line, size, "Location:"))
        keep_notable(call, line, size);
}

/* Called for every line of every response: interim ones, the final one, and trailers. */
static size_t take_header(char *line, size_t one, size_t size, void *context)
{
    (void)one;
    struct http_call *call = context;
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
        call->has_headers = false;
    call->headers_size += size + HEADER_LINE_OVERHEAD;
    if (call->headers_size > HTTP_HEADERS_SIZE_MAX) {
        call->own_code = ERR_TOO_LARGE;
        return 0;
    }
    if (line[0] == '\r' || line[0] == '\n')
        call->has_headers = true;
    else if (strchr("RrLl", line[0]))
        take_notable(call, line, size);
    return size;
}

/* The Content-Length, up to a limit. It avoids doubling, which would need up to 1.5 times the memory of a long list. */
static size_t announced_size(const struct http_call *call)
{
    curl_off_t size = -1;
    curl_easy_getinfo(call->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    return size > 0 && size <= BODY_SIZE_BELIEVED ? (size_t)size : 0;
}

/* Room for `size` bytes and a NUL. */
static bool make_room(struct http_call *call, size_t size)
{
    if (size < call->body_capacity)
        return true;
    size_t capacity = call->body_capacity > 0 ? call->body_capacity : BODY_SIZE_FIRST;
    while (capacity <= size)
        capacity = size_mul(capacity, 2);
    size_t announced = announced_size(call);
    if (announced >= size)
        capacity = announced + 1;
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

static CURLcode set_callbacks(struct http_call *call)
{
    CURL *easy = call->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    HTTP_SET(code, easy, CURLOPT_ERRORBUFFER, call->detail);
    HTTP_SET(code, easy, CURLOPT_PREREQFUNCTION, before_sending);
    HTTP_SET(code, easy, CURLOPT_PREREQDATA, call);
    HTTP_SET(code, easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    HTTP_SET(code, easy, CURLOPT_OPENSOCKETDATA, call);
    HTTP_SET(code, easy, CURLOPT_CLOSESOCKETFUNCTION, http_poll_close_socket);
    HTTP_SET(code, easy, CURLOPT_CLOSESOCKETDATA, call->poll); /* outlives the call */
    HTTP_SET(code, easy, CURLOPT_HEADERFUNCTION, take_header);
    HTTP_SET(code, easy, CURLOPT_HEADERDATA, call);
    HTTP_SET(code, easy, CURLOPT_WRITEFUNCTION, take_body);
    return HTTP_SET(code, easy, CURLOPT_WRITEDATA, call);
}

static CURLcode take_identity(struct http_call *call, struct http_identity *identity)
{
    must(!call->identity);
    call->identity = http_identity_acquire(identity);
    CURLcode code = set_callbacks(call);
    return code ? code : http_identity_apply(identity, call->easy);
}

static struct curl_slist *put_line(struct http_line *line, const char *name, const char *value,
                                   struct curl_slist *next)
{
    int size = snprintf(line->text, sizeof line->text, "%s%s", name, value);
    must(size > 0 && (size_t)size < sizeof line->text);
    line->node = (struct curl_slist){ line->text, next };
    return &line->node;
}

/* The headers of this request, then those of the identity. */
static struct curl_slist *make_headers(struct http_call *call, const struct http_request *request)
{
    struct curl_slist *headers =
        request->body ? call->identity->body_headers : call->identity->headers;
    if (request->content_type)
        headers = put_line(&call->type_line, "Content-Type: ", request->content_type, headers);
    if (request->idempotency_key)
        headers = put_line(&call->key_line, "Idempotency-Key: ", request->idempotency_key, headers);
    return headers;
}

/* A handle is used for many requests, so a method that differs from curl's own is set or reset each time. */
static CURLcode set_method(CURL *easy, const struct http_request *request)
{
    CURLcode code = CURLE_OK;
    if (request->body) {
        HTTP_SET(code, easy, CURLOPT_POSTFIELDSIZE, -1L);
        HTTP_SET(code, easy, CURLOPT_COPYPOSTFIELDS, request->body);
    } else {
        HTTP_SET(code, easy, CURLOPT_HTTPGET, 1L);
    }
    return HTTP_SET(code, easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static CURLcode set_request(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    long is_fresh = request->fresh;
    long receive_size =
        request->body_size_max > BODY_SIZE_SMALL ? RECEIVE_SIZE_LARGE : RECEIVE_SIZE_SMALL;
    /* May fail: curl may still have the buffer of a call that ended before it was sent. */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_size);
    CURLcode code = curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_fresh);
    HTTP_SET(code, easy, CURLOPT_FORBID_REUSE, is_fresh);
    HTTP_SET(code, easy, CURLOPT_TIMEOUT_MS, (long)min_i64(request->timeout_ms, INT_MAX));
    HTTP_SET(code, easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->body_size_max);
    HTTP_SET(code, easy, CURLOPT_URL, request->url);
    HTTP_SET(code, easy, CURLOPT_HTTPHEADER, make_headers(call, request));
    return code ? code : set_method(easy, request);
}

static void reset(struct http_call *call, const struct http_request *request)
{
    call->started = mono_now();
    call->timeout_ms = request->timeout_ms;
    call->detail[0] = '\0';
    call->was_sent = false;
    call->has_headers = false;
    call->is_alone = request->fresh;
    call->is_doubtful = false;
    call->is_overdue = false;
    call->own_code = 0;
    call->open_code = 0;
    call->headers_size = 0;
    call->retry_after_ms = HTTP_RETRY_AFTER_NONE;
    call->notable[0] = '\0';
    call->body_size = 0;
    call->body_size_max = request->body_size_max;
}

int http_call_set(struct http_call *call, struct http_poll *poll, struct http_identity *identity,
                  const struct http_request *request, struct error *err)
{
    CURLcode code = CURLE_OK;
    call->poll = poll;
    reset(call, request);
    if (call->identity != identity)
        code = take_identity(call, identity);
    if (!code)
        code = set_request(call, request);
    if (!code)
        return 0;
    http_call_drop_identity(call);
    if (code == CURLE_OUT_OF_MEMORY)
        return error_no_memory(err);
    return error_set(err, -EINVAL, "the request cannot be sent: %s", curl_easy_strerror(code));
}

bool http_call_isolate(struct http_call *call, bool is_closed_after)
{
    call->is_alone = true;
    CURLcode code = curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
    if (is_closed_after)
        HTTP_SET(code, call->easy, CURLOPT_FORBID_REUSE, 1L);
    return !code;
}

void http_call_doubt(struct http_call *call)
{
    call->is_doubtful = !call->is_alone;
}

/* --- the response ----------------------------------------------------------------------------------------- */

/* Checks that curl does not make: the headers are complete, and the status is valid and final. */
static CURLcode check_response(struct http_call *call, long status)
{
    if (!call->has_headers)
        return CURLE_PARTIAL_FILE;
    if (status >= 200 && status <= 999)
        return CURLE_OK;
    snprintf(call->detail, sizeof call->detail, "status %ld", status);
    return CURLE_WEIRD_SERVER_REPLY;
}

static bool is_chunked(const struct http_call *call)
{
    struct curl_header *header;
    return curl_easy_header(call->easy, "Transfer-Encoding", 0, CURLH_HEADER, -1, &header) ==
           CURLHE_OK;
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
        .has_status_line = call->headers_size > 0,
        .has_headers = call->has_headers,
        .is_chunked = is_chunked(call),
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

void http_call_response(struct http_call *call, CURLcode curl_code,
                        struct http_response *ret_response)
{
    long status = 0;
    if (call->headers_size > 0)
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    memset(ret_response, 0, offsetof(struct http_response, error_text));
    ret_response->error_text[0] = '\0';
    ret_response->body = "";
    ret_response->notable = call->notable;
    ret_response->status = status >= 200 ? status : 0;
    ret_response->was_sent = call->was_sent;
    ret_response->retry_after_ms = call->retry_after_ms;
    ret_response->took_ms = mono_now().ms - call->started.ms;
    if (call->is_doubtful && !call->own_code) {
        call->own_code = ERR_PROTOCOL;
        snprintf(call->detail, sizeof call->detail,
                 "the server sends bytes that no request asked for");
    }
    if (!curl_code && !call->own_code)
        curl_code = check_response(call, status);
    if (curl_code || call->own_code)
        describe_failure(call, curl_code, ret_response);
    else
        fill_body(call, ret_response);
}

void http_call_tidy(struct http_call *call)
{
    if (call->body_capacity <= BODY_SIZE_KEPT)
        return;
    heap_free(call->body);
    call->body = NULL;
    call->body_capacity = 0;
}

/* --- life -------------------------------------------------------------------------------------------------- */

int http_call_init(struct http_call *call, struct http *http, struct error *err)
{
    call->http = http;
    call->easy = curl_easy_init();
    return call->easy ? 0 : error_no_memory(err);
}

void http_call_drop_identity(struct http_call *call)
{
    curl_easy_reset(call->easy);
    http_identity_release(call->identity);
    call->identity = NULL;
}

void http_call_fini(struct http_call *call)
{
    curl_easy_cleanup(call->easy);
    http_identity_release(call->identity);
    heap_free(call->body);
}
