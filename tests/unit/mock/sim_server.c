/* Responses, bodies, and the life cycle of the server. */
#include "tests/support/sim_server_world.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
