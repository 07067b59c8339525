/* What is sent, and whatever the server answers. */
#include "engine/base/clock.h"
#include "tests/support/http_world.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_SIZE ((size_t)32 * 1024 * 1024)

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

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(sends_the_headers_of_the_client),
        cmocka_unit_test(needs_no_token),
        cmocka_unit_test(sends_a_large_body_at_once),
        cmocka_unit_test(refuses_what_no_header_can_carry),
        cmocka_unit_test(takes_an_answer_byte_by_byte),
        cmocka_unit_test(takes_what_just_fits),
        cmocka_unit_test(takes_a_large_answer),
    };
    struct CMUnitTest answers[COUNT_OF(answer_rows)];
    struct CMUnitTest retries[COUNT_OF(retry_rows)];
    struct CMUnitTest methods[COUNT_OF(method_rows)];
    TESTS_FROM_ROWS(answers, answer_rows, check_answer);
    TESTS_FROM_ROWS(retries, retry_rows, check_retry_after);
    TESTS_FROM_ROWS(methods, method_rows, check_method);
    int failed = cmocka_run_group_tests_name("answers", answers, NULL, NULL);
    failed += cmocka_run_group_tests_name("retry_after", retries, NULL, NULL);
    failed += cmocka_run_group_tests_name("methods", methods, NULL, NULL);
    failed += cmocka_run_group_tests_name("http", others, NULL, NULL);
    return failed;
}
