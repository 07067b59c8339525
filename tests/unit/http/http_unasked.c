/* Bytes that no request asked for. */
#include "tests/support/http_world.h"
#include "tests/support/test.h"

#include <stdio.h>

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

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(doubts_calls_in_flight_after_unasked_bytes),
        cmocka_unit_test(first_connections_are_on_trial),
    };
    struct CMUnitTest unasked[COUNT_OF(unasked_rows)];
    struct CMUnitTest idle[COUNT_OF(unasked_rows)];
    TESTS_FROM_ROWS(unasked, unasked_rows, never_believes_unasked_bytes);
    TESTS_FROM_ROWS(idle, unasked_rows, closes_idle_connections_that_speak);
    int failed = cmocka_run_group_tests_name("unasked bytes", unasked, NULL, NULL);
    failed += cmocka_run_group_tests_name("unasked bytes, watched", idle, NULL, NULL);
    failed += cmocka_run_group_tests_name("http", others, NULL, NULL);
    return failed;
}
