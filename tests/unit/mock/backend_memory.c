/*
 * The HTTP client when memory is exhausted: it returns -ENOMEM and leaks nothing. The counters of watched_heap are not
 * thread-safe, so the only server here runs on the client's loop.
 */
#include "engine/http/http.h"
#include "engine/mock/sim_server.h"

#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TRIES_MAX 100

static const struct http_config config = {
    .user_agent = "autoscaler/test",
    .token = "token",
    .ca_file = "ca.pem",
    .client_cert = "client.pem",
    .client_key = "client.key",
    .proxy = "http://127.0.0.1:1/",
    .connect_timeout_ms = 1000,
    .calls_max = 4,
};

static void ignore(void *context)
{
    (void)context;
}

static void close_client(uv_loop_t *loop, struct http *http)
{
    http_close(http, ignore, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
    assert_int_equal(watched_heap.live_count, 0);
}

/* Each allocation of http_create fails once. */
static void starts_or_returns_an_error(void **state)
{
    (void)state;
    int rc = -ENOMEM;
    int tries = 0;
    for (; rc < 0 && tries < TRIES_MAX; tries++) {
        uv_loop_t loop = { 0 };
        struct http *http = NULL;
        struct error err;
        assert_int_equal(uv_loop_init(&loop), 0);
        watched_heap.succeed_count = tries;
        rc = http_create(&loop, &config, &http, &err);
        watched_heap.succeed_count = -1;
        if (rc < 0) {
            assert_int_equal(rc, -ENOMEM);
            assert_string_equal(err.msg, "out of memory");
            assert_null(http);
            assert_int_equal(watched_heap.live_count, 0);
            assert_int_equal(uv_loop_close(&loop), 0);
        } else {
            close_client(&loop, http);
        }
    }
    assert_int_equal(rc, 0);
    assert_true(tries > 8);
}

static void keeps_its_configuration_without_memory(void **state)
{
    (void)state;
    uv_loop_t loop = { 0 };
    struct http *http;
    struct error err;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(http_create(&loop, &config, &http, &err), 0);
    size_t live_count = watched_heap.live_count;
    int rc = -ENOMEM;
    for (int tries = 0; rc < 0 && tries < TRIES_MAX; tries++) {
        watched_heap.succeed_count = tries;
        rc = http_configure(http, &config, &err);
        watched_heap.succeed_count = -1;
        assert_true(rc == 0 || rc == -ENOMEM);
        assert_int_equal(watched_heap.live_count, live_count);
    }
    assert_int_equal(rc, 0);
    close_client(&loop, http);
}

static void take(void *context, const struct http_response *response)
{
    *(struct http_response *)context = *response;
}

static void reports_a_socket_without_memory(void **state)
{
    (void)state;
    uv_loop_t loop = { 0 };
    struct http *http;
    struct http_call *call;
    struct error err;
    struct http_response response = { .error = 0 };
    struct http_request request = { .url = "http://127.0.0.1:1/",
                                    .method = "POST",
                                    .body = "{}",
                                    .content_type = "application/json",
                                    .fresh = true,
                                    .timeout_ms = 10000,
                                    .body_size_max = 1000 };
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(http_create(&loop, &config, &http, &err), 0);
    for (int tries = 0; tries < 2; tries++) {
        response.error = 0;
        watched_heap.succeed_count = tries;
        assert_int_equal(http_start(http, &request, take, &response, &call, &err), 0);
        while (response.error == 0)
            uv_run(&loop, UV_RUN_ONCE);
        watched_heap.succeed_count = -1;
        assert_int_equal(response.error, -ENOMEM);
        assert_string_equal(response.error_text, "out of memory");
        assert_false(response.was_sent);
    }
    close_client(&loop, http);
}

static void count_down(void *context, const struct http_response *response)
{
    assert_int_equal(response->error, 0);
    assert_true(response->body_size > 8 * 1024);
    --*(int *)context;
}

/* Each call may get a large response. A call that kept its buffer would raise the memory of the client for good. */
static void frees_large_responses(void **state)
{
    (void)state;
    const struct sim_server_config fleet = {
        .listen = "127.0.0.1:0", .model = { .deployment_count = 200, .day_ms = 86400000 }
    };
    const struct http_config plain = { .user_agent = "autoscaler/test",
                                       .connect_timeout_ms = 10000,
                                       .calls_max = 4 };
    uv_loop_t loop = { 0 };
    struct sim_server *server;
    struct http *http;
    struct http_call *call;
    struct error err;
    char url[128];
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(sim_server_create(&loop, &fleet, &server, &err), 0);
    assert_int_equal(http_create(&loop, &plain, &http, &err), 0);
    snprintf(url, sizeof url, "%s/discover", sim_server_url(server));
    const struct http_request request = { .url = url,
                                          .timeout_ms = 10000,
                                          .body_size_max = 1000000 };
    size_t live_size = watched_heap.live_size;
    int left = plain.calls_max;
    for (int i = 0; i < plain.calls_max; i++)
        assert_int_equal(http_start(http, &request, count_down, &left, &call, &err), 0);
    while (left > 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_in_range(watched_heap.live_size, 0, live_size + 4 * 1024); /* connections */
    http_close(http, ignore, NULL);
    sim_server_close(server, ignore, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(watched_heap.live_count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_or_returns_an_error),
        cmocka_unit_test(keeps_its_configuration_without_memory),
        cmocka_unit_test(reports_a_socket_without_memory),
        cmocka_unit_test(frees_large_responses),
    };
    return cmocka_run_group_tests_name("http_memory", tests, NULL, NULL);
}
