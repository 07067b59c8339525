/* Responses that are deferred, and a server that is closed before or after them. */
#include "tests/support/http_server_world.h"

#include <string.h>
#include <unistd.h>

/* ---- deferred responses ---- */

static void responses_may_come_in_any_order(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *clients[DEFERRED_MAX];
    for (size_t i = 0; i < DEFERRED_MAX; i++) {
        clients[i] = start_get(world, "/defer");
        wait_for_deferred(world, i + 1);
    }
    release_all(world);
    for (size_t i = 0; i < DEFERRED_MAX; i++) {
        char expected[32];
        raw_client_wait(clients[i]);
        snprintf(expected, sizeof expected, "deferred %zu", i);
        assert_string_equal(raw_client_body(clients[i]), expected);
    }
    assert_int_equal(world->gone_count, 0);
    close_world(world);
}

static void another_request_may_end_a_deferred_one(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *first = start_get(world, "/defer");
    struct raw_client *second = start_get(world, "/defer");
    wait_for_deferred(world, 2);
    assert_string_equal(raw_client_body(get(world, "/release")), "released");
    raw_client_wait(first);
    raw_client_wait(second);
    assert_int_equal(raw_client_status(first), 200);
    assert_int_equal(raw_client_status(second), 200);
    close_world(world);
}

static void a_client_that_disconnects_is_reported(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *leaving = start_get(world, "/defer");
    wait_for_deferred(world, 1);
    struct raw_client *waiting = start_get(world, "/defer");
    wait_for_deferred(world, 2);
    raw_client_close(leaving);
    while (world->gone_count == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(world->deferred_count, 1);
    release_all(world);
    raw_client_wait(waiting);
    assert_int_equal(raw_client_status(waiting), 200);
    assert_int_equal(world->gone_count, 1);
    close_world(world);
}

/* ---- closing ---- */

static void closing_ends_deferred_exchanges(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *clients[3];
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        clients[i] = start_get(world, "/defer");
    wait_for_deferred(world, COUNT_OF(clients));
    start_closing(world);
    assert_int_equal(world->gone_count, COUNT_OF(clients));
    assert_false(world->is_closed);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        raw_client_wait(clients[i]);
        assert_int_equal(raw_client_status(clients[i]), 0);
    }
    close_world(world);
}

static void closing_ends_other_connections(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *idle = start(world, "GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    struct raw_client *half = start(world, "POST /a" CLOSE "Content-Length: 9\r\n\r\nhalf");
    while (idle->reply_size == 0 || !half->write.handle)
        uv_run(&world->loop, UV_RUN_ONCE);
    start_closing(world);
    raw_client_wait(idle);
    raw_client_wait(half);
    assert_int_equal(raw_client_status(half), 0);
    close_world(world);
}

static void closing_sends_responses_that_were_given(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start_get(world, "/defer");
    wait_for_deferred(world, 1);
    release_all(world);
    start_closing(world);
    raw_client_wait(client);
    assert_int_equal(raw_client_status(client), 200);
    assert_int_equal(world->gone_count, 0);
    close_world(world);
}

/* The request is in the socket, and the server has not read it. */
static void closing_calls_no_handler(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start(world, "GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    while (client->reply_size == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    uv_buf_t buffer = uv_buf_init(client->request, (unsigned)client->request_size);
    assert_int_equal(uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1), client->request_size);
    start_closing(world);
    raw_client_wait(client);
    assert_int_equal(world->request_count, 1);
    close_world(world);
}

static void gone_may_close_the_server(void **state)
{
    (void)state;
    struct world *world = open_world();
    world->closes_when_gone = true;
    struct raw_client *first = start_get(world, "/defer");
    struct raw_client *second = start_get(world, "/defer");
    wait_for_deferred(world, 2);
    raw_client_close(first);
    raw_client_wait(second);
    assert_int_equal(world->gone_count, 2);
    assert_null(world->server);
    close_world(world);
}

static void closing_nothing_reports_at_once(void **state)
{
    (void)state;
    struct world world = { .is_closed = false };
    http_server_close(NULL, on_server_closed, &world);
    assert_true(world.is_closed);
    http_server_close(NULL, NULL, NULL);
}

int main(void)
{
    alarm(WATCHDOG_SECONDS);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_may_come_in_any_order),
        cmocka_unit_test(another_request_may_end_a_deferred_one),
        cmocka_unit_test(a_client_that_disconnects_is_reported),
        cmocka_unit_test(closing_ends_deferred_exchanges),
        cmocka_unit_test(closing_ends_other_connections),
        cmocka_unit_test(closing_sends_responses_that_were_given),
        cmocka_unit_test(closing_calls_no_handler),
        cmocka_unit_test(gone_may_close_the_server),
        cmocka_unit_test(closing_nothing_reports_at_once),
    };
    return cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
}
