#include "engine/http/http.h"

#include "engine/base/clock.h"
#include "tests/support/fake_api.h"
#include "tests/support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALLS_MAX 32
#define BODY_SIZE_MAX ((size_t)4096)
#define PATIENT_MS 20000
#define SHORT_MS 100
#define LARGE_SIZE ((size_t)32 * 1024 * 1024)
#define TOKEN "canary-7f3a"

/* A client with a loop of its own, and a fake API. */
struct world {
    uv_loop_t loop;
    uv_timer_t guard; /* wakes the loop if the test hangs */
    struct http *http;
    struct fake_api *api;
    int done;
    int closed;
    int surprises;
    bool is_late;
};

struct outcome {
    struct world *world;
    struct http_call *call;
    int count; /* calls of the callback */
    struct http_response response;
    char body[BODY_SIZE_MAX + 1];
};

static const struct http_config plain_config = {
    .user_agent = "autoscaler/test",
    .token = TOKEN,
    .connect_timeout_ms = PATIENT_MS,
    .calls_max = CALLS_MAX,
};

/* --- the world -------------------------------------------------------------------------------------------------- */

static void guard_fired(uv_timer_t *guard)
{
    struct world *world = guard->data;
    world->is_late = true;
}

static void start_world(struct world *world, const struct http_config *config)
{
    struct error err;
    *world = (struct world){ .api = fake_api_create(NULL, NULL) };
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    world->guard.data = world;
    uv_timer_start(&world->guard, guard_fired, FAKE_API_PATIENCE_MS, 0);
    assert_int_equal(http_create(&world->loop, config, &world->http, &err), 0);
}

static void client_closed(void *context)
{
    struct world *world = context;
    world->closed++;
    uv_close((uv_handle_t *)&world->guard, NULL);
}

static void close_client(struct world *world)
{
    http_close(world->http, client_closed, world);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->closed, 1);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static void end_world(struct world *world)
{
    close_client(world);
    fake_api_destroy(world->api);
}

static void run_once(struct world *world, uv_run_mode mode)
{
    uv_run(&world->loop, mode);
    if (world->is_late)
        fail_msg("the loop waits for something that does not come");
}

static void run_until_done(struct world *world, int done)
{
    while (world->done < done)
        run_once(world, UV_RUN_ONCE);
    assert_int_equal(world->done, done);
}

/* The client needs the loop while the server reads. */
static void run_until_received(struct world *world, const char *method, int64_t count)
{
    while (fake_api_count(world->api, method, NULL) < count)
        run_once(world, UV_RUN_NOWAIT);
}

static void run_until_open(struct world *world, int64_t connections)
{
    while (fake_api_open_connections(world->api) != connections)
        run_once(world, UV_RUN_NOWAIT);
}

static void take(void *context, const struct http_response *response)
{
    struct outcome *outcome = context;
    outcome->count++;
    outcome->response = *response;
    assert_true(response->body_size <= BODY_SIZE_MAX);
    memcpy(outcome->body, response->body, response->body_size + 1);
    outcome->response.body = outcome->body;
    outcome->world->done++;
}

static struct http_request make_request(const char *url, const char *body)
{
    return (struct http_request){ .url = url,
                                  .method = body ? "POST" : NULL,
                                  .body = body,
                                  .content_type = body ? "application/json" : NULL,
                                  .idempotency_key = body ? "key-1" : NULL,
                                  .fresh = body,
                                  .timeout_ms = PATIENT_MS,
                                  .body_size_max = BODY_SIZE_MAX };
}

static void start_request(struct world *world, struct outcome *outcome,
                          const struct http_request *request)
{
    struct error err;
    *outcome = (struct outcome){ .world = world };
    int done = world->done;
    assert_int_equal(http_start(world->http, request, take, outcome, &outcome->call, &err), 0);
    assert_int_equal(world->done, done);
}

static const char *url_of(struct world *world, const char *path, char ret_url[128])
{
    snprintf(ret_url, 128, "%s%s", fake_api_url(world->api), path);
    return ret_url;
}

/* `body` NULL: a GET. */
static void start(struct world *world, struct outcome *outcome, const char *path, const char *body)
{
    char url[128];
    struct http_request request = make_request(url_of(world, path, url), body);
    start_request(world, outcome, &request);
}

static void fetch_request(struct world *world, struct outcome *outcome,
                          const struct http_request *request)
{
    int done = world->done;
    start_request(world, outcome, request);
    run_until_done(world, done + 1);
    assert_int_equal(outcome->count, 1);
}

static void fetch(struct world *world, struct outcome *outcome, const char *path, const char *body)
{
    char url[128];
    struct http_request request = make_request(url_of(world, path, url), body);
    fetch_request(world, outcome, &request);
}

static void fetch_well(struct world *world, const char *path, const char *body)
{
    struct outcome outcome;
    fetch(world, &outcome, path, body);
    assert_string_equal(outcome.response.error_text, "");
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(outcome.response.status, 200);
    assert_true(outcome.response.was_sent);
}

/* --- whatever the server answers, on a fresh connection, to a GET and to a POST ---------------------------------- */

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define ENDLESS INT64_C(1000000000)

static const struct answer_row {
    const char *name;
    struct fake_answer answer;
    int error;
    long status;
    const char *body;
    const char *text; /* a part of the sentence */
    bool is_timed;    /* the deadline is tested */
} answer_rows[] = {
    /* clang-format off */
    { "200",                { .status = 200, .body = "{\"a\":1}" },                      .status = 200, .body = "{\"a\":1}" },
    { "200, then closed", { .status = 200, .body = "{}", .ending = FAKE_CLOSE },       .status = 200, .body = "{}" },
    { "200, HTML",          { .status = 200, .headers = "Content-Type: text/html\r\n", .body = "<p>" }, .status = 200, .body = "<p>" },
    { "200, empty",         { .status = 200 },                                           .status = 200, .body = "" },
    { "204",                { .status = 204 },                                           .status = 204, .body = "" },
    { "206",                { .status = 206, .body = "{" },                              .status = 206, .body = "{" },
    { "304",                { .status = 304 },                                           .status = 304, .body = "" },
    { "404",                { .status = 404, .body = "no" },                             .status = 404, .body = "no" },
    { "500",                { .status = 500, .body = "no" },                             .status = 500, .body = "no" },
    { "interim first",      { .raw = "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
                                     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" }, .status = 200, .body = "{}" },
    { "chunked",            { .raw = CHUNKED "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n" },          .status = 200, .body = "{}" },
    { "until closed",       { .raw = "HTTP/1.0 200 OK\r\n\r\n{}", .ending = FAKE_CLOSE }, .status = 200, .body = "{}" },
    { "301 other host",     { .status = 301, .headers = "Location: http://127.0.0.1:1/\r\n" }, .status = 301, .body = "" },
    { "302 itself",         { .status = 302, .headers = "Location: /again\r\n" },        .status = 302, .body = "" },
    { "307 file",           { .status = 307, .headers = "Location: file:///etc/passwd\r\n" }, .status = 307, .body = "" },
    { "308 itself",         { .status = 308, .headers = "Location: /again\r\n" },        .status = 308, .body = "" },

    { "closed, no answer",  { .ending = FAKE_CLOSE }, .error = -ECONNRESET, .text = "closed the connection without a response" },
    { "reset, no answer",   { .ending = FAKE_RESET }, .error = -ECONNRESET, .text = "connection reset by 127.0.0.1:" },
    { "truncated body",     { .status = 200, .body = "{}", .missing_size = 5, .ending = FAKE_CLOSE },
                            .error = -ECONNRESET, .status = 200, .text = "in the middle of the response" },
    { "reset in the body",  { .status = 200, .body = "{}", .missing_size = 5, .ending = FAKE_RESET },
                            .error = -ECONNRESET, .status = 200, .text = "connection reset by" },
    { "truncated headers",  { .raw = "HTTP/1.1 200 OK\r\nContent-Le", .ending = FAKE_CLOSE },
                            .error = -ECONNRESET, .status = 200, .text = "in the middle of the response" },
    { "truncated chunks",   { .raw = CHUNKED "5\r\n{}", .ending = FAKE_CLOSE },
                            .error = -ECONNRESET, .status = 200, .text = "in the middle of the response" },
    { "broken chunk size",  { .raw = CHUNKED "zz\r\n{}\r\n0\r\n\r\n", .ending = FAKE_CLOSE },
                            .error = ERR_PROTOCOL, .status = 200, .text = "the response is not valid HTTP: " },
    { "chunk size too big", { .raw = CHUNKED "fffffffffffffffffff\r\n{}\r\n", .ending = FAKE_CLOSE },
                            .error = ERR_PROTOCOL, .status = 200, .text = "the response is not valid HTTP: " },

    { "silence",            { .ending = FAKE_HANG }, .error = -ETIMEDOUT, .text = "no response within 100ms", .is_timed = true },
    { "half a status line", { .raw = "HTTP/1.1 2", .ending = FAKE_HANG }, .error = -ETIMEDOUT, .text = "no response within 100ms",
                            .is_timed = true },
    { "half the headers",   { .raw = "HTTP/1.1 200 OK\r\nConte", .ending = FAKE_HANG }, .error = -ETIMEDOUT, .status = 200,
                            .text = "the response was not complete within 100ms", .is_timed = true },
    { "half a body",        { .status = 200, .body = "{", .missing_size = 1, .ending = FAKE_HANG }, .error = -ETIMEDOUT, .status = 200,
                            .text = "the response was not complete within 100ms", .is_timed = true },

    { "endless headers",    { .raw = "HTTP/1.1 200 OK\r\n", .tail = "X: y\r\n", .tail_count = ENDLESS }, .error = ERR_TOO_LARGE, .status = 200,
                            .text = "the headers of the response are larger than 65536 bytes" },
    { "huge header line",   { .raw = "HTTP/1.1 200 OK\r\nX: ", .tail = "yyyyyyyyy", .tail_count = ENDLESS }, .error = ERR_TOO_LARGE, .status = 200,
                            .text = "the headers of the response are larger than 65536 bytes" },
    { "endless interims",   { .tail = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n", .tail_count = ENDLESS }, .error = ERR_TOO_LARGE,
                            .text = "the headers of the response are larger than 65536 bytes" },
    { "endless chunks",     { .raw = CHUNKED, .tail = "9\r\n123456789\r\n", .tail_count = ENDLESS }, .error = ERR_TOO_LARGE, .status = 200,
                            .text = "the response is larger than 4096 bytes" },
    { "announced too large", { .status = 200, .body = "{}", .missing_size = BODY_SIZE_MAX - 1 }, .error = ERR_TOO_LARGE, .status = 200,
                            .text = "the response is larger than 4096 bytes" },
    { "announced 2^63",     { .status = 200, .headers = "Content-Length: 9223372036854775808\r\n", .body = "{}" },
                            .error = ERR_TOO_LARGE, .status = 200, .text = "the response is larger than 4096 bytes" },

    { "garbage",            { .raw = "\x1b[31m!\r\n\r\n", .ending = FAKE_CLOSE }, .error = ERR_PROTOCOL, .text = "not valid HTTP" },
    { "another protocol",   { .raw = "SSH-2.0-OpenSSH_9.2\r\n", .ending = FAKE_CLOSE }, .error = ERR_PROTOCOL, .text = "not valid HTTP" },
    { "HTTP/0.9",           { .raw = "{\"free_servers\":10}", .ending = FAKE_CLOSE }, .error = ERR_PROTOCOL, .text = "not valid HTTP" },
    { "the token in garbage", { .raw = TOKEN "\r\n\r\n", .ending = FAKE_CLOSE }, .error = ERR_PROTOCOL, .text = "not valid HTTP" },
    { "no such version",    { .raw = "HTTP/7.3 200 OK\r\nContent-Length: 2\r\n\r\n{}" }, .error = ERR_PROTOCOL, .text = "not valid HTTP" },
    { "status 000",         { .raw = "HTTP/1.1 000 No\r\nContent-Length: 2\r\n\r\n{}" }, .error = ERR_PROTOCOL, .text = "not valid HTTP" },
    { "status 101",         { .raw = "HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n", .ending = FAKE_CLOSE }, .error = -ECONNRESET,
                            .text = "in the middle of the response" },
    /* clang-format on */
};

static void check_outcome(const struct answer_row *row, const struct outcome *outcome)
{
    const struct http_response *response = &outcome->response;
    assert_int_equal(response->error, row->error);
    assert_true(response->was_sent);
    assert_int_equal(response->status, row->status);
    assert_string_equal(response->body, row->body ? row->body : "");
    assert_int_equal(response->body_size, row->body ? strlen(row->body) : 0);
    assert_int_equal(response->error_text[0] != '\0', row->error != 0);
    if (row->text && !strstr(response->error_text, row->text))
        fail_msg("'%s' does not say '%s'", response->error_text, row->text);
    assert_null(strstr(response->error_text, TOKEN));
    assert_null(strchr(response->error_text, '\x1b'));
}

/* After any response, the request was received once, and the client works as before. */
static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    static const char *const bodies[] = { NULL, "{\"delta\":1}" };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct world world;
        struct outcome outcome;
        char url[128];
        start_world(&world, &plain_config);
        struct http_request request = make_request(url_of(&world, "/x", url), bodies[i]);
        if (row->is_timed) {
            fetch_well(&world, "/warm", NULL);
            request.timeout_ms = SHORT_MS;
        }
        fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&row->answer);
        fetch_request(&world, &outcome, &request);
        check_outcome(row, &outcome);
        assert_int_equal(fake_api_count(world.api, NULL, "/x"), 1);
        assert_int_equal(fake_api_count(world.api, NULL, "/again"), 0);

        fake_api_set_answer(world.api, NULL, NULL);
        fetch_well(&world, "/y", NULL);
        end_world(&world);
    }
}

/* --- Retry-After ------------------------------------------------------------------------------------------------- */

static const struct retry_row {
    const char *name;
    int status;
    const char *headers;
    int64_t ms;
} retry_rows[] = {
    /* clang-format off */
    { "429 in 7 s",          429, "Retry-After: 7\r\n",             7000 },
    { "503, odd case",       503, "rETRY-aFTER:9\r\n",              9000 },
    { "503 at once",         503, "Retry-After: 0\r\n",             1000 },
    { "503 in a long time",  503, "Retry-After: 1000000000000\r\n", 900000 },
    { "503 at a past date",  503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 1000 },
    { "503 at a far date",   503, "Retry-After: Tue, 31 Dec 9999 23:59:59 GMT\r\n", 900000 },
    { "503, negative",       503, "Retry-After: -1\r\n",            HTTP_RETRY_AFTER_NONE },
    { "503, junk",           503, "Retry-After: soon\r\n",          HTTP_RETRY_AFTER_NONE },
    { "503, empty",          503, "Retry-After:\r\n",               HTTP_RETRY_AFTER_NONE },
    { "503 without",         503, "Retry-Afterwards: 7\r\n",        HTTP_RETRY_AFTER_NONE },
    { "200",                 200, NULL,                             HTTP_RETRY_AFTER_NONE },
    /* clang-format on */
};

static void check_retry_after(void **state)
{
    const struct retry_row *row = *state;
    struct fake_answer answer = { .status = row->status, .headers = row->headers };
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, &answer);
    fetch(&world, &outcome, "/", NULL);
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(outcome.response.status, row->status);
    assert_int_equal(outcome.response.retry_after_ms, row->ms);
    end_world(&world);
}

/* --- what is sent ------------------------------------------------------------------------------------------------ */

static void assert_header(const struct fake_request *request, const char *name, const char *value)
{
    size_t length = 0;
    const char *found = fake_request_header(request, name, &length);
    assert_int_equal(found != NULL, value != NULL);
    if (value) {
        assert_int_equal(length, strlen(value));
        assert_memory_equal(found, value, length);
    }
}

static void sends_the_headers_of_the_client(void **state)
{
    (void)state;
    struct world world;
    start_world(&world, &plain_config);
    fetch_well(&world, "/a/../b?c=%2F", NULL);
    fetch_well(&world, "/scale", "{\"delta\":1}");
    const struct fake_request *get = fake_api_find(world.api, "GET", "/a/../b?c=%2F", 0);
    const struct fake_request *post = fake_api_find(world.api, "POST", "/scale", 0);
    assert_non_null(get);
    assert_non_null(post);
    const struct fake_request *both[] = { get, post };
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        assert_header(both[i], "Accept", "application/json");
        assert_header(both[i], "User-Agent", "autoscaler/test");
        assert_header(both[i], "Authorization", "Bearer " TOKEN);
        assert_header(both[i], "Accept-Encoding", NULL);
        assert_header(both[i], "Cookie", NULL);
        assert_header(both[i], "Expect", NULL);
    }
    assert_header(get, "Content-Type", NULL);
    assert_null(get->key);
    assert_header(post, "Content-Type", "application/json");
    assert_string_equal(post->key, "key-1");
    assert_string_equal(post->body, "{\"delta\":1}");
    end_world(&world);
}

/* Between two GETs of the same client, whose handle the request uses too. */
static const struct method_row {
    const char *name;
    const char *method;
    const char *body;
    const char *content_type;
    const char *key;
    bool fresh;
    int64_t connections;
} method_rows[] = {
    /* clang-format off */
    { "GET",                 "GET",    NULL,            NULL,                          NULL,    false, 1 },
    { "fresh GET",           "GET",    NULL,            NULL,                          NULL,    true,  2 },
    { "POST",                "POST",   "{\"delta\":1}", "application/json",            "key-1", true,  2 },
    { "POST, not fresh",     "POST",   "{\"delta\":1}", "application/json",            NULL,    false, 1 },
    { "POST, empty",         "POST",   "",              "text/plain",                  NULL,    false, 1 },
    { "PUT",                 "PUT",    "{\"spec\":{}}", "application/json",            "key-1", true,  2 },
    { "PATCH",               "PATCH",  "[]",            "application/json-patch+json", "key-1", false, 1 },
    { "PATCH, another type", "PATCH",  "{}",            "application/merge-patch+json", NULL,   true,  2 },
    { "DELETE",              "DELETE", NULL,            NULL,                          "key-1", false, 1 },
    { "DELETE with a body",  "DELETE", "{}",            "application/json",            NULL,    false, 1 },
    /* clang-format on */
};

static void check_method(void **state)
{
    const struct method_row *row = *state;
    struct world world;
    struct outcome outcome;
    char url[128];
    start_world(&world, &plain_config);
    fetch_well(&world, "/before", NULL);
    struct http_request request = make_request(url_of(&world, "/x", url), NULL);
    request.method = row->method;
    request.body = row->body;
    request.content_type = row->content_type;
    request.idempotency_key = row->key;
    request.fresh = row->fresh;
    fetch_request(&world, &outcome, &request);
    assert_int_equal(outcome.response.status, 200);
    fetch_well(&world, "/after", NULL);

    const struct fake_request *sent = fake_api_find(world.api, row->method, "/x", 0);
    assert_non_null(sent);
    assert_string_equal(sent->body, row->body ? row->body : "");
    assert_header(sent, "Content-Type", row->content_type);
    assert_header(sent, "Idempotency-Key", row->key);
    assert_header(sent, "Authorization", "Bearer " TOKEN);
    const struct fake_request *after = fake_api_find(world.api, "GET", "/after", 0);
    assert_non_null(after);
    assert_header(after, "Content-Type", NULL);
    assert_header(after, "Idempotency-Key", NULL);
    assert_int_equal(fake_api_count(world.api, NULL, NULL), 3);
    assert_int_equal(fake_api_connections(world.api), row->connections);
    end_world(&world);
}

static void needs_no_token(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct world world;
    char url[128];
    config.token = NULL;
    start_world(&world, &config);
    struct http_request request = make_request(url_of(&world, "/scale", url), "{}");
    request.idempotency_key = NULL;
    struct outcome outcome;
    fetch_request(&world, &outcome, &request);
    const struct fake_request *post = fake_api_find(world.api, "POST", NULL, 0);
    assert_header(post, "Authorization", NULL);
    assert_header(post, "Content-Type", "application/json");
    assert_null(post->key);
    end_world(&world);
}

/* Before a body of this size, libcurl would wait for "100 Continue". */
static void sends_a_large_body_at_once(void **state)
{
    (void)state;
    static char body[2 * 1024 * 1024];
    struct world world;
    memset(body, 'x', sizeof body - 1);
    start_world(&world, &plain_config);
    fetch_well(&world, "/scale", body);
    const struct fake_request *post = fake_api_find(world.api, "POST", NULL, 0);
    assert_int_equal(post->body_size, sizeof body - 1);
    assert_header(post, "Expect", NULL);
    end_world(&world);
}

static void refuses_what_no_header_can_carry(void **state)
{
    (void)state;
    static const char *const tokens[] = { "", "two words", "a\r\nX: y", "tab\t", "\xc3\xa4" };
    struct world world;
    start_world(&world, &plain_config);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        struct http_config config = plain_config;
        struct error err;
        struct http *http;
        config.token = tokens[i];
        assert_int_equal(http_configure(world.http, &config, &err), ERR_CONFIG);
        assert_int_equal(http_create(&world.loop, &config, &http, &err), ERR_CONFIG);
        assert_non_null(strstr(err.msg, "token"));
    }
    fetch_well(&world, "/x", NULL);
    assert_header(fake_api_find(world.api, "GET", "/x", 0), "Authorization", "Bearer " TOKEN);

    static const char *const keys[] = { "", "a b", "a\nb" };
    char long_key[HTTP_VALUE_SIZE_MAX + 2] = { 0 };
    memset(long_key, 'k', HTTP_VALUE_SIZE_MAX + 1);
    for (size_t i = 0; i <= COUNT_OF(keys); i++) {
        char url[128];
        struct error err;
        struct http_call *call;
        struct http_request request = make_request(url_of(&world, "/", url), "{}");
        request.idempotency_key = i < COUNT_OF(keys) ? keys[i] : long_key;
        assert_int_equal(http_start(world.http, &request, take, NULL, &call, &err), -EINVAL);
    }
    assert_int_equal(http_in_flight(world.http), 0);
    long_key[HTTP_VALUE_SIZE_MAX] = '\0';
    end_world(&world);
}

/* --- connections: reused for reading, never for changing --------------------------------------------------------- */

static void reads_share_a_connection(void **state)
{
    (void)state;
    struct world world;
    start_world(&world, &plain_config);
    for (int i = 0; i < 20; i++)
        fetch_well(&world, "/status", NULL);
    assert_int_equal(fake_api_connections(world.api), 1);
    assert_int_equal(fake_api_count(world.api, "GET", "/status"), 20);
    end_world(&world);
}

static void changes_have_their_own(void **state)
{
    (void)state;
    struct world world;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    for (int i = 0; i < 5; i++)
        fetch_well(&world, "/scale", "{}");
    fetch_well(&world, "/status", NULL);
    assert_int_equal(fake_api_connections(world.api), 6);
    for (int i = 0; i < 5; i++)
        assert_int_equal(fake_api_find(world.api, "POST", NULL, i)->connection, i + 1);
    assert_int_equal(fake_api_find(world.api, "GET", NULL, 1)->connection, 0);
    run_until_open(&world, 1);
    end_world(&world);
}

/* libcurl repeats a request on a reused connection: one call, two requests at the server. */
static void close_once(void *context, const struct fake_request *request,
                       struct fake_answer *answer)
{
    const char *method = context;
    if (strcmp(request->method, method) == 0 && strcmp(request->path, "/die") == 0)
        *answer = (struct fake_answer){ .ending = FAKE_CLOSE };
}

static char method_get[] = "GET";
static char method_post[] = "POST";

static void a_change_is_never_sent_again(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fake_api_set_answer(world.api, close_once, method_post);
    fetch(&world, &outcome, "/die", "{\"delta\":1}");
    assert_int_equal(outcome.response.error, -ECONNRESET);
    assert_true(outcome.response.was_sent);
    fetch_well(&world, "/status", NULL);
    assert_int_equal(fake_api_count(world.api, "POST", NULL), 1);
    end_world(&world);
}

static void a_read_on_a_dying_connection_is_repeated(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fake_api_set_answer(world.api, close_once, method_get);
    fetch(&world, &outcome, "/die", NULL);
    assert_int_equal(outcome.response.error, -ECONNRESET);
    assert_int_equal(fake_api_count(world.api, "GET", "/die"), 2);
    end_world(&world);
}

static void survives_idle_connections_that_die(void **state)
{
    (void)state;
    static const enum fake_ending endings[] = { FAKE_CLOSE, FAKE_RESET };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct world world;
        start_world(&world, &plain_config);
        fetch_well(&world, "/status", NULL);
        fake_api_drop_connections(world.api, endings[i]);
        fetch_well(&world, "/scale", "{}");
        fetch_well(&world, "/status", NULL);
        assert_int_equal(fake_api_count(world.api, "POST", NULL), 1);
        assert_int_equal(fake_api_connections(world.api), 3);
        end_world(&world);
    }
}

static void count_turn(uv_prepare_t *prepare)
{
    ++*(int *)prepare->data;
}

static void stop_loop(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* A closed idle connection stays readable for ever; the loop must still sleep. */
static void does_not_spin_on_dead_connections(void **state)
{
    (void)state;
    struct world world;
    uv_prepare_t prepare;
    uv_timer_t timer;
    int turns = 0;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fake_api_drop_connections(world.api, FAKE_CLOSE);
    uv_prepare_init(&world.loop, &prepare);
    uv_timer_init(&world.loop, &timer);
    prepare.data = &turns;
    uv_prepare_start(&prepare, count_turn);
    uv_timer_start(&timer, stop_loop, SHORT_MS, 0);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    assert_true(turns < 10);
    uv_close((uv_handle_t *)&prepare, NULL);
    uv_close((uv_handle_t *)&timer, NULL);
    end_world(&world);
}

/* --- connections that do not come about -------------------------------------------------------------------------- */

static void assert_not_sent(const struct outcome *outcome, int error, const char *text)
{
    assert_string_equal(outcome->response.error_text, text);
    assert_int_equal(outcome->response.error, error);
    assert_false(outcome->response.was_sent);
    assert_int_equal(outcome->response.status, 0);
    assert_int_equal(outcome->response.body_size, 0);
}

static void assert_cancelled(const struct outcome *outcome, bool was_sent)
{
    assert_int_equal(outcome->count, 1);
    assert_int_equal(outcome->response.error, ERR_CANCELLED);
    assert_string_equal(outcome->response.error_text, "cancelled");
    assert_int_equal(outcome->response.was_sent, was_sent);
    assert_int_equal(outcome->response.body_size, 0);
}

static void names_the_address_that_refused(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    char text[128];
    start_world(&world, &plain_config);
    fake_api_set_listening(world.api, false);
    snprintf(text, sizeof text, "connection refused by 127.0.0.1:%d", fake_api_port(world.api));
    fetch(&world, &outcome, "/", NULL);
    assert_not_sent(&outcome, -ECONNREFUSED, text);
    fetch(&world, &outcome, "/", "{}");
    assert_not_sent(&outcome, -ECONNREFUSED, text);
    fake_api_set_listening(world.api, true);
    fetch_well(&world, "/", "{}");
    end_world(&world);
}

static void says_what_it_could_not_look_up(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    /* A label of 64 characters is not valid, so no name server is queried. */
    struct http_request request = make_request(
        "http://user:secret@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test/",
        NULL);
    fetch_request(&world, &outcome, &request);
    assert_not_sent(&outcome, ERR_NAME_LOOKUP,
                    "cannot look up host "
                    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test'");
    end_world(&world);
}

/* "localhost" is ::1 and 127.0.0.1; the server listens on the latter only. */
static void tries_every_address(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    char url[64];
    start_world(&world, &plain_config);
    snprintf(url, sizeof url, "http://localhost:%d/", fake_api_port(world.api));
    for (int i = 0; i < 5; i++) {
        struct http_request request = make_request(url, i % 2 ? "{}" : NULL);
        fetch_request(&world, &outcome, &request);
        assert_string_equal(outcome.response.error_text, "");
        assert_int_equal(outcome.response.status, 200);
    }
    end_world(&world);
}

static void refuses_other_urls(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "file:///etc/passwd",     "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://[::1", "",
        "http://127.0.0.1:99999/"
    };
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct http_request request = make_request(urls[i], NULL);
        fetch_request(&world, &outcome, &request);
        assert_int_equal(outcome.response.error, -EINVAL);
        assert_false(outcome.response.was_sent);
        assert_non_null(strstr(outcome.response.error_text, "the request cannot be sent: "));
    }
    end_world(&world);
}

/* A listener that accepts no connection and has a full queue, so that the system does not respond. */
static int full_listener(int fds[8], int *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < 8; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fds[i], (const struct sockaddr *)&address, sizeof address);
    }
    *ret_port = ntohs(address.sin_port);
    return listener;
}

static void does_not_wait_for_a_connection_for_ever(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct world world;
    struct outcome outcome;
    int fds[8], port;
    char url[64], text[128];
    int listener = full_listener(fds, &port);
    config.connect_timeout_ms = SHORT_MS;
    start_world(&world, &config);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    snprintf(text, sizeof text, "no connection to 127.0.0.1:%d within 100ms", port);
    struct http_request request = make_request(url, "{}");
    for (int i = 0; i < 3; i++) {
        fetch_request(&world, &outcome, &request);
        assert_not_sent(&outcome, -ETIMEDOUT, text);
        assert_true(outcome.response.took_ms >= SHORT_MS);
        fetch_well(&world, "/status", NULL);
        fetch_well(&world, "/scale", "{}");
    }
    start_request(&world, &outcome, &request);
    run_once(&world, UV_RUN_NOWAIT);
    http_cancel(outcome.call);
    run_until_done(&world, 10);
    assert_cancelled(&outcome, false);
    end_world(&world);
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    close(listener);
}

static enum fake_ending end_it(void *context, int64_t connection)
{
    (void)connection;
    return *(const enum fake_ending *)context;
}

/* No descriptor is left for a socket. */
static void says_that_files_are_used_up(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    struct rlimit few, usual;
    char text[128];
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    snprintf(text, sizeof text, "no connection to 127.0.0.1:%d: too many open files",
             fake_api_port(world.api));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    few = (struct rlimit){ .rlim_cur = 3, .rlim_max = usual.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    fetch(&world, &outcome, "/scale", "{}");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_not_sent(&outcome, -EMFILE, text);
    fetch_well(&world, "/scale", "{}");
    end_world(&world);
}

static void a_server_that_hangs_up_at_once(void **state)
{
    (void)state;
    static enum fake_ending endings[] = { FAKE_CLOSE, FAKE_RESET };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct world world;
        struct outcome outcome;
        start_world(&world, &plain_config);
        fake_api_set_accept(world.api, end_it, &endings[i]);
        fetch(&world, &outcome, "/", "{}");
        /* The system may or may not have taken a byte before the reset: a race. */
        assert_true(outcome.response.error == -ECONNRESET ||
                    outcome.response.error == -ECONNREFUSED);
        assert_int_equal(fake_api_connections(world.api), 1);
        end_world(&world);
    }
}

/* --- bytes ------------------------------------------------------------------------------------------------------- */

static void takes_an_answer_byte_by_byte(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    start(&world, &outcome, "/slow", NULL);
    run_until_received(&world, "GET", 1);
    for (size_t i = 0; i < sizeof answer - 1; i++) {
        assert_int_equal(world.done, 0);
        assert_true(fake_api_send(world.api, 0, answer + i, 1, FAKE_HANG));
        run_once(&world, UV_RUN_NOWAIT);
    }
    run_until_done(&world, 1);
    assert_int_equal(outcome.response.error, 0);
    assert_string_equal(outcome.response.body, "{}");
    end_world(&world);
}

static void takes_what_just_fits(void **state)
{
    (void)state;
    static char body[BODY_SIZE_MAX + 1];
    memset(body, 'x', BODY_SIZE_MAX);
    struct fake_answer answer = { .status = 200, .body = body, .body_size = BODY_SIZE_MAX };
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, &answer);
    fetch(&world, &outcome, "/", NULL);
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(outcome.response.body_size, BODY_SIZE_MAX);
    assert_string_equal(outcome.response.body, body);
    end_world(&world);
}

static void count_bytes(void *context, const struct http_response *response)
{
    struct outcome *outcome = context;
    outcome->response.error = response->error;
    outcome->response.body_size = response->body_size;
    outcome->world->done++;
}

static void takes_a_large_answer(void **state)
{
    (void)state;
    static char block[LARGE_SIZE / 1024 + 1];
    memset(block, 'x', sizeof block - 1);
    struct fake_answer answer = {
        .status = 200, .body = "", .missing_size = LARGE_SIZE, .tail = block, .tail_count = 1024
    };
    struct world world;
    struct outcome outcome = { .world = &world };
    struct error err;
    char url[128];
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, &answer);
    struct http_request request = make_request(url_of(&world, "/", url), NULL);
    request.body_size_max = 2 * LARGE_SIZE;
    assert_int_equal(http_start(world.http, &request, count_bytes, &outcome, &outcome.call, &err),
                     0);
    run_until_done(&world, 1);
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(outcome.response.body_size, LARGE_SIZE);
    end_world(&world);
}

/* --- many calls -------------------------------------------------------------------------------------------------- */

static void refuses_more_than_its_maximum(void **state)
{
    (void)state;
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    static struct outcome outcomes[CALLS_MAX];
    struct world world;
    char url[128];
    struct error err;
    struct http_call *call;
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    for (int i = 0; i < CALLS_MAX; i++)
        start(&world, &outcomes[i], "/", NULL);
    assert_int_equal(http_in_flight(world.http), CALLS_MAX);
    struct http_request request = make_request(url_of(&world, "/", url), NULL);
    assert_int_equal(http_start(world.http, &request, take, NULL, &call, &err), -EAGAIN);
    http_cancel(outcomes[7].call);
    run_until_done(&world, 1);
    struct outcome outcome;
    start_request(&world, &outcome, &request);
    assert_int_equal(http_start(world.http, &request, take, NULL, &call, &err), -EAGAIN);
    close_client(&world);
    assert_int_equal(world.done, CALLS_MAX + 1);
    fake_api_destroy(world.api);
}

#define STREAM_LENGTH 10000

struct stream {
    struct world *world;
    int started;
    int finished;
    int in_flight_max;
};

static void stream_done(void *context, const struct http_response *response);

static void stream_next(struct stream *stream)
{
    char url[128], path[32];
    struct http_call *call;
    struct error err;
    snprintf(path, sizeof path, "/status/%d", stream->started++);
    struct http_request request = make_request(url_of(stream->world, path, url), NULL);
    assert_int_equal(http_start(stream->world->http, &request, stream_done, stream, &call, &err),
                     0);
    if (http_in_flight(stream->world->http) > stream->in_flight_max)
        stream->in_flight_max = http_in_flight(stream->world->http);
}

static void stream_done(void *context, const struct http_response *response)
{
    struct stream *stream = context;
    assert_int_equal(response->error, 0);
    assert_string_equal(response->body, "{}");
    stream->finished++;
    if (stream->started < STREAM_LENGTH)
        stream_next(stream);
}

static void keeps_a_full_pipe_full(void **state)
{
    (void)state;
    struct world world;
    struct stream stream = { .world = &world };
    start_world(&world, &plain_config);
    for (int i = 0; i < CALLS_MAX; i++)
        stream_next(&stream);
    while (stream.finished < STREAM_LENGTH)
        run_once(&world, UV_RUN_ONCE);
    assert_int_equal(stream.in_flight_max, CALLS_MAX);
    assert_int_equal(http_in_flight(world.http), 0);
    assert_int_equal(fake_api_count(world.api, "GET", NULL), STREAM_LENGTH);
    assert_true(fake_api_connections(world.api) <= CALLS_MAX);
    end_world(&world);
}

/* Connections open and close while others stay open: their descriptors are used again. */
static void mixes_reads_and_changes(void **state)
{
    (void)state;
    static struct outcome outcomes[CALLS_MAX];
    struct world world;
    start_world(&world, &plain_config);
    for (int round = 1; round <= 20; round++) {
        for (int i = 0; i < CALLS_MAX; i++)
            start(&world, &outcomes[i], i % 3 == 0 ? "/scale" : "/status",
                  i % 3 == 0 ? "{}" : NULL);
        run_until_done(&world, round * CALLS_MAX);
        for (int i = 0; i < CALLS_MAX; i++)
            assert_int_equal(outcomes[i].response.error, 0);
    }
    assert_int_equal(fake_api_count(world.api, "POST", NULL), 20 * 11);
    assert_int_equal(fake_api_count(world.api, "GET", NULL), 20 * 21);
    end_world(&world);
}

/* --- cancelling and closing -------------------------------------------------------------------------------------- */

static void cancels_before_anything_is_sent(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    start(&world, &outcome, "/scale", "{}");
    http_cancel(outcome.call);
    http_cancel(outcome.call);
    assert_int_equal(outcome.count, 0);
    run_until_done(&world, 2);
    assert_cancelled(&outcome, false);
    assert_int_equal(outcome.response.status, 0);
    assert_int_equal(fake_api_count(world.api, "POST", NULL), 0);
    fetch_well(&world, "/scale", "{}");
    end_world(&world);
}

static void cancels_what_was_sent(void **state)
{
    (void)state;
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    start(&world, &outcome, "/scale", "{}");
    run_until_received(&world, "POST", 1);
    http_cancel(outcome.call);
    assert_int_equal(outcome.count, 0);
    run_until_done(&world, 1);
    assert_cancelled(&outcome, true);
    run_until_open(&world, 0);
    end_world(&world);
}

struct canceller {
    struct world *world;
    struct outcome *victim;
    struct http_call *self;
    int count;
};

static void cancel_other(void *context, const struct http_response *response)
{
    struct canceller *canceller = context;
    assert_int_equal(response->error, 0);
    canceller->count++;
    canceller->world->done++;
    http_cancel(canceller->self); /* ended already: no effect */
    http_cancel(canceller->victim->call);
}

static void cancels_from_a_callback(void **state)
{
    (void)state;
    struct world world;
    struct outcome victim;
    struct canceller canceller = { .world = &world, .victim = &victim };
    struct error err;
    char url[128];
    start_world(&world, &plain_config);
    struct http_request request = make_request(url_of(&world, "/", url), NULL);
    assert_int_equal(
        http_start(world.http, &request, cancel_other, &canceller, &canceller.self, &err), 0);
    fake_api_set_answer(world.api, NULL, NULL);
    start_request(&world, &victim, &request);
    run_until_done(&world, 2);
    assert_int_equal(canceller.count, 1);
    assert_int_equal(victim.count, 1);
    assert_true(victim.response.error == ERR_CANCELLED || victim.response.error == 0);
    end_world(&world);
}

static void start_again(void *context, const struct http_response *response)
{
    struct outcome *outcome = context;
    struct http_request request = make_request("http://127.0.0.1/", NULL);
    struct error err;
    outcome->count++;
    outcome->response.error = response->error;
    assert_int_equal(
        http_start(outcome->world->http, &request, take, outcome, &outcome->call, &err),
        ERR_CANCELLED);
}

static void closes_with_calls_in_flight(void **state)
{
    (void)state;
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    struct world world;
    struct outcome sent, unsent, cancelled;
    struct outcome stubborn = { .world = &world };
    struct error err;
    char url[128];
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    start(&world, &sent, "/scale", "{}");
    start(&world, &cancelled, "/status", NULL);
    run_until_received(&world, NULL, 2);
    start(&world, &unsent, "/scale", "{}");
    struct http_request request = make_request(url_of(&world, "/", url), NULL);
    assert_int_equal(http_start(world.http, &request, start_again, &stubborn, &stubborn.call, &err),
                     0);
    http_cancel(cancelled.call);
    http_close(world.http, client_closed, &world);
    assert_int_equal(world.done, 0);
    assert_int_equal(world.closed, 0);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    assert_int_equal(world.closed, 1);
    assert_int_equal(uv_loop_close(&world.loop), 0);
    assert_cancelled(&sent, true);
    assert_cancelled(&cancelled, true);
    assert_cancelled(&unsent, false);
    assert_int_equal(stubborn.count, 1);
    assert_int_equal(stubborn.response.error, ERR_CANCELLED);
    assert_int_equal(fake_api_count(world.api, "POST", NULL), 1);
    fake_api_destroy(world.api);
}

static void close_client_now(void *context, const struct http_response *response)
{
    struct world *world = context;
    assert_int_equal(response->error, 0);
    world->done++;
    http_close(world->http, client_closed, world);
}

static void closes_from_a_callback(void **state)
{
    (void)state;
    struct world world;
    struct http_call *call;
    struct error err;
    char url[128];
    start_world(&world, &plain_config);
    struct http_request request = make_request(url_of(&world, "/", url), NULL);
    assert_int_equal(http_start(world.http, &request, close_client_now, &world, &call, &err), 0);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    assert_int_equal(world.done, 1);
    assert_int_equal(world.closed, 1);
    assert_int_equal(uv_loop_close(&world.loop), 0);
    fake_api_destroy(world.api);
}

static void count_call(void *context)
{
    ++*(int *)context;
}

static void closes_nothing(void **state)
{
    (void)state;
    int count = 0;
    http_close(NULL, count_call, &count);
    assert_int_equal(count, 1);
}

static void closes_idle_and_unused(void **state)
{
    (void)state;
    struct world world;
    start_world(&world, &plain_config);
    end_world(&world);
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    end_world(&world);
}

/* --- configuring: what was made with the old token is not used with the new -------------------------------------- */

static void uses_a_new_token_on_new_connections(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct world world;
    struct error err;
    config.token = "second";
    start_world(&world, &plain_config);
    fetch_well(&world, "/first", NULL);
    assert_int_equal(http_configure(world.http, &config, &err), 0);
    fetch_well(&world, "/second", NULL);
    fetch_well(&world, "/third", NULL);
    assert_header(fake_api_find(world.api, "GET", "/first", 0), "Authorization", "Bearer " TOKEN);
    assert_header(fake_api_find(world.api, "GET", "/second", 0), "Authorization", "Bearer second");
    assert_int_equal(fake_api_find(world.api, "GET", "/second", 0)->connection, 1);
    assert_int_equal(fake_api_find(world.api, "GET", "/third", 0)->connection, 1);
    end_world(&world);
}

static void lets_calls_in_flight_finish(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    struct http_config config = plain_config;
    struct world world;
    struct outcome old, unsent;
    struct error err;
    config.token = "second";
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    start(&world, &old, "/old", NULL);
    run_until_received(&world, "GET", 1);
    fake_api_set_answer(world.api, NULL, NULL);
    start(&world, &unsent, "/unsent", NULL);
    assert_int_equal(http_configure(world.http, &config, &err), 0);
    assert_true(fake_api_send(world.api, 0, answer, sizeof answer - 1, FAKE_KEEP));
    run_until_done(&world, 2);
    assert_int_equal(old.response.error, 0);
    assert_int_equal(unsent.response.error, 0);
    assert_header(fake_api_find(world.api, "GET", "/unsent", 0), "Authorization", "Bearer " TOKEN);
    fetch_well(&world, "/new", NULL);
    assert_header(fake_api_find(world.api, "GET", "/new", 0), "Authorization", "Bearer second");
    assert_int_equal(fake_api_find(world.api, "GET", "/new", 0)->connection, 2);
    end_world(&world);
}

/* --- bytes that no request asked for ----------------------------------------------------------------------------- */

static const struct fake_answer quiet_answer = { .status = 200, .body = "{}", .ending = FAKE_HANG };

#define UNASKED "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlie"

static void count_surprise(void *context)
{
    struct world *world = context;
    world->surprises++;
}

/* The first connections are used again from the start, unless `trial_ms` says otherwise. */
static void start_wary_world(struct world *world, int64_t trial_ms)
{
    struct http_config config = plain_config;
    config.trial_ms = trial_ms;
    config.surprised = count_surprise;
    config.surprised_context = world;
    start_world(world, &config);
    fake_api_set_answer(world->api, fake_api_always, (void *)(uintptr_t)&quiet_answer);
}

static int64_t connection_of(struct world *world, const char *path)
{
    return fake_api_find(world->api, NULL, path, 0)->connection;
}

static const struct unasked_row {
    const char *name;
    const char *bytes;
    size_t size;
    int surprises;
} unasked_rows[] = {
    /* clang-format off */
    { "a response",             UNASKED,                                sizeof UNASKED - 1, 1 },
    { "half a response",        UNASKED,                                20,                 1 },
    { "one byte",               "H",                                    1,                  1 },
    { "an end of line",         "\r\n",                                 2,                  1 },
    { "a record of TLS",        "\x17\x03\x03\x01\x00",                 5,                  1 },
    { "408 before it closes",   "HTTP/1.1 408 Request Timeout\r\n\r\n", 32,                 0 },
    { "408 in HTTP/1.0",        "HTTP/1.0 408 Request Time-out\r\n",    31,                 0 },
    { "an alert of TLS 1.2",    "\x15\x03\x03\x00\x1a",                 5,                  0 },
    { "an alert of TLS 1.3",    "\x17\x03\x03\x00\x13",                 5,                  0 },
    /* clang-format on */
};

/* The loop has no chance to see them before the next request starts. */
static void never_believes_unasked_bytes(void **state)
{
    const struct unasked_row *row = *state;
    struct world world;
    start_wary_world(&world, 0);
    fetch_well(&world, "/a", NULL);
    assert_true(fake_api_send(world.api, 0, row->bytes, row->size, FAKE_KEEP));
    for (int i = 0; i < 3; i++) {
        char path[8];
        struct outcome outcome;
        snprintf(path, sizeof path, "/%d", i);
        fake_api_set_answer(world.api, NULL, NULL);
        fetch(&world, &outcome, path, NULL);
        assert_int_equal(outcome.response.error, 0);
        assert_string_equal(outcome.body, "{}");
        assert_int_equal(connection_of(&world, path), row->surprises > 0 ? i + 1 : 1);
    }
    assert_int_equal(world.surprises, row->surprises);
    end_world(&world);
}

/* The same when the connection is only watched. */
static void closes_idle_connections_that_speak(void **state)
{
    const struct unasked_row *row = *state;
    struct world world;
    start_wary_world(&world, 0);
    fetch_well(&world, "/a", NULL);
    assert_true(fake_api_send(world.api, 0, row->bytes, row->size, FAKE_KEEP));
    run_until_open(&world, 0);
    assert_int_equal(world.surprises, row->surprises);
    fetch_well(&world, "/b", NULL);
    assert_int_equal(connection_of(&world, "/b"), 1);
    end_world(&world);
}

/*
 * A response that is late enough looks like the one to the next request. curl takes the oldest idle connection. A scale
 * has a connection of its own.
 */
static void doubts_calls_in_flight_after_unasked_bytes(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    struct world world;
    struct outcome first, second, read, scale;
    start_wary_world(&world, 0);
    start(&world, &first, "/a", NULL);
    start(&world, &second, "/b", NULL);
    run_until_done(&world, 2);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    start(&world, &read, "/read", NULL);
    start(&world, &scale, "/scale", "{}");
    run_until_received(&world, "POST", 1);
    assert_true(fake_api_send(world.api, 1, UNASKED, sizeof UNASKED - 1, FAKE_HANG));
    while (world.surprises == 0)
        run_once(&world, UV_RUN_ONCE);
    assert_true(fake_api_send(world.api, 0, answer, sizeof answer - 1, FAKE_HANG));
    assert_true(fake_api_send(world.api, 2, answer, sizeof answer - 1, FAKE_HANG));
    run_until_done(&world, 4);
    assert_int_equal(scale.response.error, 0);
    assert_int_equal(read.response.error, ERR_PROTOCOL);
    assert_string_equal(read.response.error_text,
                        "the response is not valid HTTP: the server sends "
                        "bytes that no request asked for");
    end_world(&world);
}

static void first_connections_are_on_trial(void **state)
{
    (void)state;
    struct world world;
    start_wary_world(&world, PATIENT_MS);
    fake_api_set_answer(world.api, NULL, NULL);
    fetch_well(&world, "/a", NULL);
    fetch_well(&world, "/b", NULL);
    fetch_well(&world, "/c", NULL);
    assert_int_equal(fake_api_connections(world.api), 3);
    assert_int_equal(fake_api_open_connections(world.api), 3);
    end_world(&world);
}

/* --- proxies ----------------------------------------------------------------------------------------------------- */

static void set_proxy_environment(const char *url)
{
    static const char *const names[] = { "http_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(url ? setenv(names[i], url, 1) : unsetenv(names[i]), 0);
}

static void ignores_proxies_of_the_environment(void **state)
{
    (void)state;
    struct fake_api *trap = fake_api_create(NULL, NULL);
    struct world world;
    set_proxy_environment(fake_api_url(trap));
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fetch_well(&world, "/scale", "{}");
    assert_int_equal(fake_api_connections(trap), 0);
    end_world(&world);
    set_proxy_environment(NULL);
    fake_api_destroy(trap);
}

static void uses_a_configured_proxy(void **state)
{
    (void)state;
    struct fake_api *proxy = fake_api_create(NULL, NULL);
    struct http_config config = plain_config;
    struct world world;
    struct outcome outcome;
    char text[128];
    assert_int_equal(setenv("no_proxy", "*", 1), 0);
    config.proxy = fake_api_url(proxy);
    start_world(&world, &config);
    struct http_request request = make_request("http://api.test/status", NULL);
    fetch_request(&world, &outcome, &request);
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(fake_api_count(proxy, "GET", "http://api.test/status"), 1);
    fake_api_drop_connections(proxy, FAKE_CLOSE);
    fake_api_set_listening(proxy, false);
    snprintf(text, sizeof text, "connection refused by 127.0.0.1:%d", fake_api_port(proxy));
    fetch_request(&world, &outcome, &request);
    assert_not_sent(&outcome, -ECONNREFUSED, text);
    end_world(&world);
    assert_int_equal(unsetenv("no_proxy"), 0);
    fake_api_destroy(proxy);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(sends_the_headers_of_the_client),
        cmocka_unit_test(needs_no_token),
        cmocka_unit_test(sends_a_large_body_at_once),
        cmocka_unit_test(refuses_what_no_header_can_carry),
        cmocka_unit_test(reads_share_a_connection),
        cmocka_unit_test(changes_have_their_own),
        cmocka_unit_test(a_change_is_never_sent_again),
        cmocka_unit_test(a_read_on_a_dying_connection_is_repeated),
        cmocka_unit_test(survives_idle_connections_that_die),
        cmocka_unit_test(does_not_spin_on_dead_connections),
        cmocka_unit_test(names_the_address_that_refused),
        cmocka_unit_test(says_what_it_could_not_look_up),
        cmocka_unit_test(tries_every_address),
        cmocka_unit_test(refuses_other_urls),
        cmocka_unit_test(does_not_wait_for_a_connection_for_ever),
        cmocka_unit_test(says_that_files_are_used_up),
        cmocka_unit_test(a_server_that_hangs_up_at_once),
        cmocka_unit_test(takes_an_answer_byte_by_byte),
        cmocka_unit_test(takes_what_just_fits),
        cmocka_unit_test(takes_a_large_answer),
        cmocka_unit_test(refuses_more_than_its_maximum),
        cmocka_unit_test(keeps_a_full_pipe_full),
        cmocka_unit_test(mixes_reads_and_changes),
        cmocka_unit_test(cancels_before_anything_is_sent),
        cmocka_unit_test(cancels_what_was_sent),
        cmocka_unit_test(cancels_from_a_callback),
        cmocka_unit_test(closes_with_calls_in_flight),
        cmocka_unit_test(closes_from_a_callback),
        cmocka_unit_test(closes_nothing),
        cmocka_unit_test(closes_idle_and_unused),
        cmocka_unit_test(uses_a_new_token_on_new_connections),
        cmocka_unit_test(lets_calls_in_flight_finish),
        cmocka_unit_test(doubts_calls_in_flight_after_unasked_bytes),
        cmocka_unit_test(first_connections_are_on_trial),
        cmocka_unit_test(ignores_proxies_of_the_environment),
        cmocka_unit_test(uses_a_configured_proxy),
    };
    struct CMUnitTest answers[COUNT_OF(answer_rows)];
    struct CMUnitTest retries[COUNT_OF(retry_rows)];
    struct CMUnitTest methods[COUNT_OF(method_rows)];
    struct CMUnitTest unasked[COUNT_OF(unasked_rows)];
    struct CMUnitTest idle[COUNT_OF(unasked_rows)];
    TESTS_FROM_ROWS(answers, answer_rows, check_answer);
    TESTS_FROM_ROWS(retries, retry_rows, check_retry_after);
    TESTS_FROM_ROWS(methods, method_rows, check_method);
    TESTS_FROM_ROWS(unasked, unasked_rows, never_believes_unasked_bytes);
    TESTS_FROM_ROWS(idle, unasked_rows, closes_idle_connections_that_speak);
    int failed = cmocka_run_group_tests_name("answers", answers, NULL, NULL);
    failed += cmocka_run_group_tests_name("retry_after", retries, NULL, NULL);
    failed += cmocka_run_group_tests_name("methods", methods, NULL, NULL);
    failed += cmocka_run_group_tests_name("unasked bytes", unasked, NULL, NULL);
    failed += cmocka_run_group_tests_name("unasked bytes, watched", idle, NULL, NULL);
    failed += cmocka_run_group_tests_name("http", others, NULL, NULL);
    return failed;
}
