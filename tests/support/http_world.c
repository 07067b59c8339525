#include "tests/support/http_world.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

const struct http_config plain_config = {
    .user_agent = "autoscaler/test",
    .token = TOKEN,
    .connect_timeout_ms = PATIENT_MS,
    .calls_max = CALLS_MAX,
};

static void guard_fired(uv_timer_t *guard)
{
    struct world *world = guard->data;
    world->is_late = true;
}

void start_world(struct world *world, const struct http_config *config)
{
    struct error err;
    *world = (struct world){ .api = fake_api_create(NULL, NULL) };
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    world->guard.data = world;
    uv_timer_start(&world->guard, guard_fired, FAKE_API_PATIENCE_MS, 0);
    assert_int_equal(http_create(&world->loop, config, &world->http, &err), 0);
}

void client_closed(void *context)
{
    struct world *world = context;
    world->closed++;
    uv_close((uv_handle_t *)&world->guard, NULL);
}

void close_client(struct world *world)
{
    http_close(world->http, client_closed, world);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->closed, 1);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

void end_world(struct world *world)
{
    close_client(world);
    fake_api_destroy(world->api);
}

void run_once(struct world *world, uv_run_mode mode)
{
    uv_run(&world->loop, mode);
    if (world->is_late)
        fail_msg("the loop waits for something that does not come");
}

void run_until_done(struct world *world, int done)
{
    while (world->done < done)
        run_once(world, UV_RUN_ONCE);
    assert_int_equal(world->done, done);
}

void run_until_received(struct world *world, const char *method, int64_t count)
{
    while (fake_api_count(world->api, method, NULL) < count)
        run_once(world, UV_RUN_NOWAIT);
}

void run_until_open(struct world *world, int64_t connections)
{
    while (fake_api_open_connections(world->api) != connections)
        run_once(world, UV_RUN_NOWAIT);
}

void take(void *context, const struct http_response *response)
{
    struct outcome *outcome = context;
    outcome->count++;
    outcome->response = *response;
    assert_true(response->body_size <= BODY_SIZE_MAX);
    memcpy(outcome->body, response->body, response->body_size + 1);
    outcome->response.body = outcome->body;
    outcome->world->done++;
}

struct http_request make_request(const char *url, const char *body)
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

void start_request(struct world *world, struct outcome *outcome, const struct http_request *request)
{
    struct error err;
    *outcome = (struct outcome){ .world = world };
    int done = world->done;
    assert_int_equal(http_start(world->http, request, take, outcome, &outcome->call, &err), 0);
    assert_int_equal(world->done, done);
}

const char *url_of(struct world *world, const char *path, char ret_url[128])
{
    snprintf(ret_url, 128, "%s%s", fake_api_url(world->api), path);
    return ret_url;
}

void start(struct world *world, struct outcome *outcome, const char *path, const char *body)
{
    char url[128];
    struct http_request request = make_request(url_of(world, path, url), body);
    start_request(world, outcome, &request);
}

void fetch_request(struct world *world, struct outcome *outcome, const struct http_request *request)
{
    int done = world->done;
    start_request(world, outcome, request);
    run_until_done(world, done + 1);
    assert_int_equal(outcome->count, 1);
}

void fetch(struct world *world, struct outcome *outcome, const char *path, const char *body)
{
    char url[128];
    struct http_request request = make_request(url_of(world, path, url), body);
    fetch_request(world, outcome, &request);
}

void fetch_well(struct world *world, const char *path, const char *body)
{
    struct outcome outcome;
    fetch(world, &outcome, path, body);
    assert_string_equal(outcome.response.error_text, "");
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(outcome.response.status, 200);
    assert_true(outcome.response.was_sent);
}

void assert_header(const struct fake_request *request, const char *name, const char *value)
{
    size_t length = 0;
    const char *found = fake_request_header(request, name, &length);
    assert_int_equal(found != NULL, value != NULL);
    if (value) {
        assert_int_equal(length, strlen(value));
        assert_memory_equal(found, value, length);
    }
}

void assert_not_sent(const struct outcome *outcome, int error, const char *text)
{
    assert_string_equal(outcome->response.error_text, text);
    assert_int_equal(outcome->response.error, error);
    assert_false(outcome->response.was_sent);
    assert_int_equal(outcome->response.status, 0);
    assert_int_equal(outcome->response.body_size, 0);
}

void assert_cancelled(const struct outcome *outcome, bool was_sent)
{
    assert_int_equal(outcome->count, 1);
    assert_int_equal(outcome->response.error, ERR_CANCELLED);
    assert_string_equal(outcome->response.error_text, "cancelled");
    assert_int_equal(outcome->response.was_sent, was_sent);
    assert_int_equal(outcome->response.body_size, 0);
}
