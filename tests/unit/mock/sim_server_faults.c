/* Responses with faults, and the keys that make it safe to send a scale again. */
#include "tests/support/sim_server_world.h"
#include "tests/support/watched_heap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPEN_MAX 128
#define HANGS_MAX 64
#define GIVE_UP_MS 30

/* ---- Idempotency-Key ---- */

static void a_repeated_key_is_applied_once(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    const char *up = "{\"deployment_id\":\"" ID "\",\"delta\":1}";
    assert_int_equal(raw_client_status(post_scale(world, "one", up)), 200);
    assert_int_equal(raw_client_status(post_scale(world, "one", up)), 200);
    assert_int_equal(raw_client_status(post_scale(world, "two", up)), 200);
    assert_int_equal(sim_server_scales_applied(world->server), 2);
    assert_int_equal(raw_client_status(post_scale(world, NULL, up)), 200);
    assert_int_equal(raw_client_status(post_scale(world, NULL, up)), 200);
    assert_int_equal(sim_server_scales_applied(world->server), 4);
    close_world(world);
}

static void a_repeated_key_gets_the_first_response(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    const char *down = "{\"deployment_id\":\"" ID "\",\"delta\":-500}";
    const char *first = raw_client_body(post_scale(world, "down", down));
    assert_int_equal(
        raw_client_status(post_scale(world, NULL, "{\"deployment_id\":\"" ID "\",\"delta\":600}")),
        200);
    const struct raw_client *again = post_scale(world, "down", down);
    assert_int_equal(raw_client_status(again), 422);
    assert_string_equal(raw_client_body(again), first);
    close_world(world);
}

static void a_key_has_a_maximum(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    const char *up = "{\"deployment_id\":\"" ID "\",\"delta\":1}";
    char key[130] = { 0 };
    memset(key, 'k', 128);
    assert_int_equal(raw_client_status(post_scale(world, key, up)), 200);
    key[128] = 'k';
    const struct raw_client *client = post_scale(world, key, up);
    assert_int_equal(raw_client_status(client), 400);
    check_error_body(raw_client_body(client), "bad_key");
    close_world(world);
}

/* ---- faults ---- */

static struct world *open_faulty_world(int32_t fault_ppb)
{
    struct sim_server_config config = make_config("127.0.0.1:0", 12);
    config.fault_ppb = fault_ppb;
    return open_world(&config);
}

/* More than HANGS_MAX of the requests hang, so that the oldest are closed. Waits until only the others are open. */
static void send_until_only_hangs_are_left(struct world *world, size_t count, bool is_scale)
{
    for (size_t i = 0; i < count; i++) {
        char storage[512], key[32];
        struct text text;
        text_init(&text, storage, sizeof storage);
        snprintf(key, sizeof key, "key-%zu", i);
        if (is_scale)
            format_scale(&text, key, "{\"deployment_id\":\"" ID "\",\"delta\":1}");
        else
            format_get(&text, "/status/" ID);
        client_start(world, storage, text.length);
        while (world->clients.open_count > OPEN_MAX)
            uv_run(&world->loop, UV_RUN_ONCE);
    }
    while (world->clients.open_count > HANGS_MAX)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static size_t count_status(const struct world *world, int status)
{
    size_t count = 0;
    for (size_t i = 0; i < world->clients.count; i++)
        count +=
            world->clients.list[i]->is_done && raw_client_status(world->clients.list[i]) == status;
    return count;
}

static void reads_get_every_fault(void **state)
{
    (void)state;
    struct world *world = open_faulty_world(SHARE_WHOLE);
    send_until_only_hangs_are_left(world, 600, false);
    assert_int_equal(world->clients.open_count, HANGS_MAX);
    assert_in_range(count_status(world, 500), 60, 140);
    assert_in_range(count_status(world, 503), 60, 140);
    assert_in_range(count_status(world, 200), 60, 140);
    assert_in_range(count_status(world, 0), 120, 340);
    for (size_t i = 0; i < world->clients.count; i++) {
        const struct raw_client *client = world->clients.list[i];
        if (raw_client_status(client) == 503)
            assert_true(raw_client_has_header(client, "Retry-After: 1\r\n"));
    }
    close_world(world);
}

static void garbage_is_not_a_valid_status(void **state)
{
    (void)state;
    struct world *world = open_faulty_world(SHARE_WHOLE);
    struct fleet_model *model = twin_of_model(12);
    struct status expected, status;
    fleet_model_status(model, 0, 0, &expected);
    send_until_only_hangs_are_left(world, 600, false);
    struct wire *wire = NULL;
    assert_int_equal(wire_create(&wire, NULL), 0);
    for (size_t i = 0; i < world->clients.count; i++) {
        const char *body = raw_client_body(world->clients.list[i]);
        if (raw_client_status(world->clients.list[i]) == 200 &&
            wire_decode_status(wire, body, strlen(body), &status, NULL) == 0)
            assert_memory_not_equal(&status, &expected, sizeof status);
    }
    wire_destroy(wire);
    fleet_model_destroy(model);
    close_world(world);
}

/* A client cannot know whether a scale without a response was applied. */
static void scales_are_lost_before_and_after_they_are_applied(void **state)
{
    (void)state;
    struct world *world = open_faulty_world(SHARE_WHOLE);
    send_until_only_hangs_are_left(world, 600, true);
    size_t refused = count_status(world, 500) + count_status(world, 503);
    size_t applied = (size_t)sim_server_scales_applied(world->server);
    assert_int_equal(count_status(world, 200), 0);
    assert_in_range(refused, 120, 280);
    assert_in_range(applied, 250, 600 - refused - 60);
    close_world(world);
}

/* The server frees the memory of a hanging request when its client disconnects. */
static void a_hanging_request_ends_when_its_client_disconnects(void **state)
{
    (void)state;
    struct world *world = open_faulty_world(SHARE_WHOLE);
    size_t idle_count = watched_heap.live_count;
    send_until_only_hangs_are_left(world, 600, false);
    for (size_t i = 0; i < world->clients.count; i++)
        if (!world->clients.list[i]->is_done)
            raw_client_close(world->clients.list[i]);
    while (watched_heap.live_count > idle_count + world->clients.count * RAW_CLIENT_ALLOCATIONS)
        uv_run(&world->loop, UV_RUN_ONCE);
    close_world(world);
}

static void on_give_up(uv_timer_t *timer)
{
    raw_client_close(timer->data);
}

/* A deadline of the client, for responses that never come. The result does not depend on it. */
static int status_before_giving_up(struct world *world, const char *request, size_t size)
{
    struct raw_client *client = client_start(world, request, size);
    uv_timer_t timer;
    uv_timer_init(&world->loop, &timer);
    timer.data = client;
    uv_timer_start(&timer, on_give_up, GIVE_UP_MS, 0);
    raw_client_wait(client);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    return raw_client_status(client);
}

static void a_key_makes_scales_safe_to_repeat(void **state)
{
    (void)state;
    struct world *world = open_faulty_world(SHARE_WHOLE / 2);
    for (int i = 0; i < 60; i++) {
        char storage[512], key[32];
        struct text text;
        text_init(&text, storage, sizeof storage);
        snprintf(key, sizeof key, "key-%d", i);
        format_scale(&text, key, "{\"deployment_id\":\"" ID "\",\"delta\":1}");
        while (status_before_giving_up(world, storage, text.length) != 200)
            assert_in_range(sim_server_scales_applied(world->server), i, i + 1);
        assert_int_equal(sim_server_scales_applied(world->server), i + 1);
    }
    close_world(world);
}

int main(void)
{
    alarm(WATCHDOG_SECONDS);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeated_key_is_applied_once),
        cmocka_unit_test(a_repeated_key_gets_the_first_response),
        cmocka_unit_test(a_key_has_a_maximum),
        cmocka_unit_test(reads_get_every_fault),
        cmocka_unit_test(garbage_is_not_a_valid_status),
        cmocka_unit_test(scales_are_lost_before_and_after_they_are_applied),
        cmocka_unit_test(a_hanging_request_ends_when_its_client_disconnects),
        cmocka_unit_test(a_key_makes_scales_safe_to_repeat),
    };
    return cmocka_run_group_tests_name("sim server", tests, NULL, NULL);
}
