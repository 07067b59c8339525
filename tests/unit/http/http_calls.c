/* Many calls at the same time, and calls that are cancelled. */
#include "tests/support/http_world.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>

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

int main(void)
{
    static const struct CMUnitTest others[] = {
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
    };
    return cmocka_run_group_tests_name("http", others, NULL, NULL);
}
