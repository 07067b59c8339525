#include "engine/mock/sim_server.h"
#include "engine/backend/wire.h"
#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "tests/support/raw_client.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID "eu-west-arena-01"
#define OPEN_MAX 128
#define HANGS_MAX 64
#define GIVE_UP_MS 30
#define WATCHDOG_SECONDS 120 /* kills a test that waits for an event that never comes */

/* A server and its clients on one loop. Simulated time stands still unless a test sets a speed. */
struct world {
    uv_loop_t loop;
    struct sim_server *server;
    bool is_closed;
    struct raw_clients clients;
};

/* ---- requests ---- */

static struct raw_client *client_start(struct world *world, const char *request, size_t size)
{
    return raw_client_start(&world->clients, sim_server_url(world->server), request, size);
}

static const struct raw_client *exchange(struct world *world, const char *request, size_t size)
{
    return raw_client_exchange(&world->clients, sim_server_url(world->server), request, size);
}

static void format_get(struct text *text, const char *path)
{
    text_reset(text);
    text_addf(text, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
}

static const struct raw_client *get(struct world *world, const char *path)
{
    char storage[1024];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_get(&text, path);
    return exchange(world, storage, text.length);
}

static void format_scale(struct text *text, const char *key, const char *body)
{
    text_reset(text);
    text_add(text, "POST /scale HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
    if (key)
        text_addf(text, "Idempotency-Key: %s\r\n", key);
    text_addf(text, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static const struct raw_client *post_scale(struct world *world, const char *key, const char *body)
{
    size_t size = strlen(body) + 1024;
    char *storage = heap_alloc(size, 1);
    struct text text;
    text_init(&text, storage, size);
    format_scale(&text, key, body);
    const struct raw_client *client = exchange(world, storage, text.length);
    heap_free(storage);
    return client;
}

/* ---- the world ---- */

static struct sim_server_config make_config(const char *listen, size_t count)
{
    return (struct sim_server_config){
        .listen = listen,
        .model = { .deployment_count = count,
                   .seed = 42,
                   .boot_ms = (int64_t)120 * 1000,
                   .day_ms = (int64_t)24 * 3600 * 1000 },
    };
}

static struct world *open_world(const struct sim_server_config *config)
{
    struct world *world = heap_alloc(1, sizeof *world);
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    raw_clients_init(&world->clients, &world->loop);
    struct error err;
    if (sim_server_create(&world->loop, config, &world->server, &err) < 0)
        fail_msg("%s", err.msg);
    return world;
}

static void on_server_closed(void *context)
{
    struct world *world = context;
    assert_false(world->is_closed);
    world->is_closed = true;
}

static void close_server(struct world *world)
{
    sim_server_close(world->server, on_server_closed, world);
    world->server = NULL;
    while (!world->is_closed || world->clients.open_count > 0)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* Closing the loop fails if a handle of the server is left on it. */
static void close_world(struct world *world)
{
    if (world->server)
        close_server(world);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    raw_clients_fini(&world->clients);
    heap_free(world);
}

static struct world *open_still_world(size_t count)
{
    struct sim_server_config config = make_config("127.0.0.1:0", count);
    return open_world(&config);
}

static struct fleet_model *twin_of_model(size_t count)
{
    struct sim_server_config config = make_config("", count);
    struct fleet_model *model = NULL;
    assert_int_equal(fleet_model_create(&config.model, &model, NULL), 0);
    return model;
}

static struct status read_status(struct world *world, const char *path)
{
    const struct raw_client *client = get(world, path);
    assert_int_equal(raw_client_status(client), 200);
    struct wire *wire = NULL;
    struct status status;
    struct error err;
    assert_int_equal(wire_create(&wire, &err), 0);
    if (wire_decode_status(wire, raw_client_body(client), strlen(raw_client_body(client)), &status,
                           &err) < 0)
        fail_msg("%s", err.msg);
    wire_destroy(wire);
    return status;
}

/* ---- responses ---- */

static const struct response_row {
    const char *name;
    const char *method;
    const char *path;
    const char *headers;
    const char *body;
    int status;
    const char *header; /* of the response, or NULL */
    const char *code;   /* of the error, or NULL */
} response_rows[] = {
    /* clang-format off */
    { "discovery", "GET", "/discover", "", "", 200, "Content-Type: application/json\r\n", NULL },
    { "discovery with a query", "GET", "/discover?x=%zz", "", "", 200, NULL, NULL },
    { "status", "GET", "/status/" ID, "", "", 200, "Content-Type: application/json\r\n", NULL },
    { "status, percent-encoded", "GET", "/status/eu%2Dwest%2darena-%301", "", "", 200, NULL, NULL },
    { "status of an unknown id", "GET", "/status/nowhere", "", "", 404, NULL, "unknown_deployment" },
    { "status of no id", "GET", "/status/", "", "", 404, NULL, "unknown_deployment" },
    { "status of an encoded slash", "GET", "/status/a%2Fb", "", "", 404, NULL, "unknown_deployment" },
    { "status of quotes and controls", "GET", "/status/%22%5c%1b%ff", "", "", 404, NULL, "unknown_deployment" },
    { "status, half an escape", "GET", "/status/eu%2", "", "", 400, NULL, "bad_path" },
    { "status, no hex digits", "GET", "/status/%zz", "", "", 400, NULL, "bad_path" },
    { "status, a NUL behind the id", "GET", "/status/" ID "%00x", "", "", 400, NULL, "bad_path" },
    { "no path", "GET", "/", "", "", 404, NULL, "unknown_path" },
    { "a slash too many", "GET", "/discover/", "", "", 404, NULL, "unknown_path" },
    { "status without a slash", "GET", "/status", "", "", 404, NULL, "unknown_path" },
    { "an unknown path with a body", "POST", "/reset", "", "{}", 404, NULL, "unknown_path" },
    { "discovery by POST", "POST", "/discover", "", "{}", 405, "Allow: GET\r\n", "wrong_method" },
    { "status by DELETE", "DELETE", "/status/" ID, "", "", 405, "Allow: GET\r\n", "wrong_method" },
    { "scale by GET", "GET", "/scale", "", "", 405, "Allow: POST\r\n", "wrong_method" },
    { "scale by PUT", "PUT", "/scale", "", "{}", 405, "Allow: POST\r\n", "wrong_method" },
    { "scale up", "POST", "/scale", "", "{\"deployment_id\":\"" ID "\",\"delta\":3}", 200, NULL, NULL },
    { "scale down", "POST", "/scale", "", "{\"delta\":-1,\"deployment_id\":\"" ID "\"}", 200, NULL, NULL },
    { "scale with other members", "POST", "/scale", "", "{\"delta\":1,\"deployment_id\":\"" ID "\",\"why\":[1]}", 200, NULL, NULL },
    { "scale in chunks", "POST", "/scale", "Transfer-Encoding: chunked\r\n",
      "11\r\n{\"delta\":1,\"deplo\r\n1d\r\nyment_id\":\"" ID "\"}\r\n0\r\n\r\n", 200, NULL, NULL },
    { "scale an unknown id", "POST", "/scale", "", "{\"deployment_id\":\"nowhere\",\"delta\":1}", 404, NULL, "unknown_deployment" },
    { "scale by 0",       "POST", "/scale", "", "{\"deployment_id\":\"" ID "\",\"delta\":0}", 422, NULL, "impossible_delta" },
    { "scale below 0 hosts", "POST", "/scale", "", "{\"deployment_id\":\"" ID "\",\"delta\":-9999}", 422, NULL, "impossible_delta" },
    { "scale beyond the limit", "POST", "/scale", "", "{\"deployment_id\":\"" ID "\",\"delta\":100000}", 422, NULL, "impossible_delta" },
    { "scale without a body", "POST", "/scale", "", "", 400, NULL, "bad_body" },
    { "scale with half a body", "POST", "/scale", "", "{\"deployment_id\":\"", 400, NULL, "bad_body" },
    { "scale without a delta", "POST", "/scale", "", "{\"deployment_id\":\"" ID "\"}", 400, NULL, "bad_body" },
    { "scale by a fraction", "POST", "/scale", "", "{\"deployment_id\":\"" ID "\",\"delta\":1.5}", 400, NULL, "bad_body" },
    { "scale by a string", "POST", "/scale", "", "{\"deployment_id\":\"" ID "\",\"delta\":\"1\"}", 400, NULL, "bad_body" },
    { "scale a number", "POST", "/scale", "", "{\"deployment_id\":7,\"delta\":1}", 400, NULL, "bad_body" },
    { "scale with quotes for an id", "POST", "/scale", "", "{\"deployment_id\":\"\\\"\\\\\",\"delta\":1}", 404, NULL, "unknown_deployment" },
    /* clang-format on */
};

/* Every error has the same form, and its text is valid inside JSON. */
static void check_error_body(const char *body, const char *code)
{
    char start[80];
    snprintf(start, sizeof start, "{\"error\":{\"code\":\"%s\",\"message\":\"", code);
    assert_memory_equal(body, start, strlen(start));
    assert_true(strlen(body) > strlen(start) + 3);
    assert_string_equal(body + strlen(body) - 3, "\"}}");

    char sentence[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, sentence, sizeof sentence);
    struct wire *wire = NULL;
    assert_int_equal(wire_create(&wire, NULL), 0);
    wire_describe_error(wire, body, strlen(body), &text);
    wire_destroy(wire);
    assert_memory_not_equal(sentence, "{", 1);
}

static void a_request_gets_its_response(void **state)
{
    const struct response_row *row = *state;
    struct world *world = open_still_world(12);
    char storage[1024];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s", row->method,
              row->path, row->headers);
    if (!*row->headers && strcmp(row->method, "GET") != 0)
        text_addf(&text, "Content-Length: %zu\r\n", strlen(row->body));
    text_addf(&text, "\r\n%s", row->body);

    const struct raw_client *client = exchange(world, storage, text.length);
    assert_int_equal(raw_client_status(client), row->status);
    if (row->header)
        assert_true(raw_client_has_header(client, row->header));
    if (row->code)
        check_error_body(raw_client_body(client), row->code);
    bool is_scale = strcmp(row->path, "/scale") == 0;
    assert_int_equal(sim_server_scales_applied(world->server), is_scale && row->status == 200);
    close_world(world);
}

static void discovery_equals_the_model(void **state)
{
    (void)state;
    size_t count = 5000;
    struct world *world = open_still_world(count);
    struct fleet_model *model = twin_of_model(count);
    const struct raw_client *client = get(world, "/discover");
    struct wire *wire = NULL;
    struct arena arena;
    struct discovery discovery;
    struct error err;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    assert_int_equal(wire_create(&wire, &err), 0);
    if (wire_decode_discovery(wire, raw_client_body(client), strlen(raw_client_body(client)),
                              &arena, &discovery, &err) < 0)
        fail_msg("%s", err.msg);

    assert_int_equal(discovery.count, count);
    for (size_t i = 0; i < count; i++) {
        struct definition expected;
        fleet_model_definition(model, i, &expected);
        assert_int_equal(discovery.definitions[i].fault, REASON_NONE);
        assert_string_equal(discovery.definitions[i].id, expected.id);
        assert_int_equal(discovery.definitions[i].servers_per_host, expected.servers_per_host);
        assert_int_equal(discovery.definitions[i].target_free_ppb, expected.target_free_ppb);
    }
    arena_fini(&arena);
    wire_destroy(wire);
    fleet_model_destroy(model);
    close_world(world);
}

static void statuses_equal_the_model(void **state)
{
    (void)state;
    struct world *world = open_still_world(30);
    struct fleet_model *model = twin_of_model(30);
    for (size_t i = 0; i < 30; i++) {
        struct definition definition;
        fleet_model_definition(model, i, &definition);
        char path[128];
        snprintf(path, sizeof path, "/status/%s", definition.id);
        struct status status = read_status(world, path);
        struct status expected;
        fleet_model_status(model, i, 0, &expected);
        assert_memory_equal(&status, &expected, sizeof status);
    }
    fleet_model_destroy(model);
    close_world(world);
}

/* Reads until the hosts have booted. A real millisecond is 1000 simulated seconds. */
static void simulated_time_runs_at_the_configured_speed(void **state)
{
    (void)state;
    struct sim_server_config config = make_config("127.0.0.1:0", 12);
    config.speed_millis = 1000 * 1000 * 1000;
    struct world *world = open_world(&config);
    int32_t before = read_status(world, "/status/" ID).total_servers;
    assert_int_equal(
        raw_client_status(post_scale(world, NULL, "{\"deployment_id\":\"" ID "\",\"delta\":9}")),
        200);
    while (read_status(world, "/status/" ID).total_servers <= before)
        assert_in_range(world->clients.count, 0, RAW_CLIENTS_MAX - 2);
    close_world(world);
}

static void several_requests_share_a_connection(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    static const char requests[] =
        "GET /status/" ID " HTTP/1.1\r\nHost: test\r\n\r\n"
        "POST /scale HTTP/1.1\r\nHost: test\r\nContent-Length: 46\r\n\r\n"
        "{\"deployment_id\":\"eu-west-arena-01\",\"delta\":1}"
        "GET /nowhere HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    const struct raw_client *client = exchange(world, requests, sizeof requests - 1);
    const char *second = strstr(client->reply + 1, "HTTP/1.1 200");
    assert_int_equal(raw_client_status(client), 200);
    assert_non_null(second);
    assert_non_null(strstr(second, "HTTP/1.1 404"));
    assert_int_equal(sim_server_scales_applied(world->server), 1);
    close_world(world);
}

/* ---- bodies ---- */

/* The status of a valid scale, padded with leading spaces to `size` bytes. */
static int status_of_padded_scale(struct world *world, size_t size)
{
    static const char scale[] = "{\"deployment_id\":\"" ID "\",\"delta\":1}";
    char *body = heap_alloc(size + 1, 1);
    memset(body, ' ', size);
    memcpy(body + size - (sizeof scale - 1), scale, sizeof scale - 1);
    int status = raw_client_status(post_scale(world, NULL, body));
    heap_free(body);
    return status;
}

static void a_body_has_a_maximum(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    size_t size_max = (size_t)64 * 1024;
    assert_int_equal(status_of_padded_scale(world, size_max), 200);
    assert_int_equal(status_of_padded_scale(world, size_max + 1), 413);
    assert_int_equal(status_of_padded_scale(world, 10 * size_max), 413);
    assert_int_equal(status_of_padded_scale(world, 20 * size_max), 0);
    assert_int_equal(sim_server_scales_applied(world->server), 1);
    close_world(world);
}

static void an_incomplete_request_applies_nothing(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    static const char half[] =
        "POST /scale HTTP/1.1\r\nHost: test\r\nContent-Length: 50\r\n\r\n{\"de";
    struct raw_client *client = client_start(world, half, sizeof half - 1);
    while (client->write.handle == NULL)
        uv_run(&world->loop, UV_RUN_ONCE);
    raw_client_close(client);
    assert_int_equal(raw_client_status(get(world, "/status/" ID)), 200);
    assert_int_equal(sim_server_scales_applied(world->server), 0);
    close_world(world);
}

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

/* ---- life cycle ---- */

static void an_invalid_address_is_refused(void **state)
{
    (void)state;
    uv_loop_t loop = { 0 };
    assert_int_equal(uv_loop_init(&loop), 0);
    struct sim_server_config config = make_config("127.0.0.1", 1);
    struct sim_server *server = NULL;
    struct error err;
    assert_int_equal(sim_server_create(&loop, &config, &server, &err), -EINVAL);
    assert_null(server);
    assert_non_null(strstr(err.msg, "127.0.0.1:8000"));
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void creation_without_memory_fails_and_leaks_nothing(void **state)
{
    (void)state;
    struct sim_server_config config = make_config("127.0.0.1:0", 3);
    uv_loop_t loop = { 0 };
    assert_int_equal(uv_loop_init(&loop), 0);
    struct sim_server *server = NULL;
    for (int64_t succeed_count = 0; !server; succeed_count++) {
        struct error err = { 0 };
        watched_heap.succeed_count = succeed_count;
        int result = sim_server_create(&loop, &config, &server, &err);
        watched_heap.succeed_count = -1;
        if (result == 0)
            break;
        assert_int_equal(result, -ENOMEM);
        assert_int_equal(err.code, -ENOMEM);
        assert_int_equal(watched_heap.live_count, 0);
        assert_in_range(succeed_count, 0, 100);
    }
    sim_server_close(server, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(watched_heap.live_count, 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_port_in_use_is_refused(void **state)
{
    (void)state;
    struct world *world = open_still_world(1);
    struct sim_server_config config =
        make_config(sim_server_url(world->server) + strlen("http://"), 1);
    struct sim_server *server = NULL;
    struct error err;
    assert_int_equal(sim_server_create(&world->loop, &config, &server, &err), -EADDRINUSE);
    assert_non_null(strstr(err.msg, config.listen));
    close_world(world);
}

static void localhost_is_served(void **state)
{
    (void)state;
    struct sim_server_config config = make_config("localhost:0", 2);
    struct world *world = open_world(&config);
    assert_int_equal(raw_client_status(get(world, "/status/" ID)), 200);
    close_world(world);
}

static void ipv6_is_served_where_the_machine_has_it(void **state)
{
    (void)state;
    uv_loop_t loop = { 0 };
    struct sim_server_config config = make_config("[::1]:0", 2);
    struct sim_server *server = NULL;
    assert_int_equal(uv_loop_init(&loop), 0);
    int result = sim_server_create(&loop, &config, &server, NULL);
    sim_server_close(server, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    if (result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL)
        skip();
    struct world *world = open_world(&config);
    assert_memory_equal(sim_server_url(world->server), "http://[::1]:", 13);
    assert_int_equal(raw_client_status(get(world, "/status/" ID)), 200);
    close_world(world);
}

static void closing_nothing_reports_at_once(void **state)
{
    (void)state;
    struct world world = { .is_closed = false };
    sim_server_close(NULL, on_server_closed, &world);
    assert_true(world.is_closed);
    sim_server_close(NULL, NULL, NULL);
}

static void closing_ends_open_connections(void **state)
{
    (void)state;
    struct world *world = open_still_world(12);
    static const char request[] = "GET /status/" ID " HTTP/1.1\r\nHost: test\r\n\r\n";
    struct raw_client *client = client_start(world, request, sizeof request - 1);
    while (client->reply_size == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_false(client->is_done);
    close_server(world);
    assert_true(client->is_done);
    close_world(world);
}

int main(void)
{
    alarm(WATCHDOG_SECONDS);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discovery_equals_the_model),
        cmocka_unit_test(statuses_equal_the_model),
        cmocka_unit_test(simulated_time_runs_at_the_configured_speed),
        cmocka_unit_test(several_requests_share_a_connection),
        cmocka_unit_test(a_body_has_a_maximum),
        cmocka_unit_test(an_incomplete_request_applies_nothing),
        cmocka_unit_test(a_repeated_key_is_applied_once),
        cmocka_unit_test(a_repeated_key_gets_the_first_response),
        cmocka_unit_test(a_key_has_a_maximum),
        cmocka_unit_test(reads_get_every_fault),
        cmocka_unit_test(garbage_is_not_a_valid_status),
        cmocka_unit_test(scales_are_lost_before_and_after_they_are_applied),
        cmocka_unit_test(a_hanging_request_ends_when_its_client_disconnects),
        cmocka_unit_test(a_key_makes_scales_safe_to_repeat),
        cmocka_unit_test(an_invalid_address_is_refused),
        cmocka_unit_test(creation_without_memory_fails_and_leaks_nothing),
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(localhost_is_served),
        cmocka_unit_test(ipv6_is_served_where_the_machine_has_it),
        cmocka_unit_test(closing_nothing_reports_at_once),
        cmocka_unit_test(closing_ends_open_connections),
    };
    struct CMUnitTest response_tests[COUNT_OF(response_rows)];
    TESTS_FROM_ROWS(response_tests, response_rows, a_request_gets_its_response);
    int failed = cmocka_run_group_tests_name("sim server", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("sim server responses", response_tests, NULL, NULL);
    return failed;
}
