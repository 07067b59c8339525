/*
 * The simulated API against its OpenAPI file: what it sends is described there, what it accepts too, and a promise that
 * it breaks in the form of its data does not fit.
 */
#include "tests/support/openapi.h"
#include "tests/support/sim_server_world.h"

#include "engine/promise.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_PATH "man/autoscaler-api.openapi.yaml"
#define WHY_SIZE 512

static struct openapi *openapi;

static const struct traffic_row {
    const char *name;
    const char *method;
    const char *path;
    const char *body;
    int status;
    bool is_request; /* that fits */
} traffic_rows[] = {
    /* clang-format off */
    { "discovery", "GET", "/discover", "", 200, true },
    { "status", "GET", "/status/" ID, "", 200, true },
    { "status, percent-encoded", "GET", "/status/eu%2Dwest%2darena-%301", "", 200, true },
    { "status of an unknown id", "GET", "/status/a%2Fb", "", 404, true },
    { "status, half an escape", "GET", "/status/eu%2", "", 400, false },
    { "status of a control character", "GET", "/status/%1b", "", 404, false },
    { "no path", "GET", "/", "", 404, false },
    { "discovery by POST", "POST", "/discover", "{}", 405, false },
    { "scale by GET", "GET", "/scale", "", 405, false },
    { "scale up", "POST", "/scale", "{\"deployment_id\":\"" ID "\",\"delta\":3}", 200, true },
    { "scale down", "POST", "/scale", "{\"delta\":-1,\"deployment_id\":\"" ID "\"}", 200, true },
    { "scale an unknown id", "POST", "/scale", "{\"deployment_id\":\"nowhere\",\"delta\":1}", 404, true },
    { "scale by 0", "POST", "/scale", "{\"deployment_id\":\"" ID "\",\"delta\":0}", 422, false },
    { "scale below 0 hosts", "POST", "/scale", "{\"deployment_id\":\"" ID "\",\"delta\":-9999}", 422, true },
    { "scale without a delta", "POST", "/scale", "{\"deployment_id\":\"" ID "\"}", 400, false },
    { "scale by a fraction", "POST", "/scale", "{\"deployment_id\":\"" ID "\",\"delta\":1.5}", 400, false },
    { "scale by a string", "POST", "/scale", "{\"deployment_id\":\"" ID "\",\"delta\":\"1\"}", 400, false },
    { "scale by too much", "POST", "/scale", "{\"deployment_id\":\"" ID "\",\"delta\":3000000000}", 400, false },
    { "scale a number", "POST", "/scale", "{\"deployment_id\":7,\"delta\":1}", 400, false },
    { "scale a dot", "POST", "/scale", "{\"deployment_id\":\".\",\"delta\":1}", 400, false },
    { "scale nothing", "POST", "/scale", "", 400, false },
    /* clang-format on */
};

#define HEADERS "Content-Type: application/json\r\nIdempotency-Key: order-1\r\n"

static const struct raw_client *send_row(struct world *world, const struct traffic_row *row)
{
    char storage[1024];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n", row->method,
              row->path);
    if (strcmp(row->method, "POST") == 0)
        text_addf(&text, HEADERS "Content-Length: %zu\r\n", strlen(row->body));
    text_addf(&text, "\r\n%s", row->body);
    return exchange(world, storage, text.length);
}

/* A response to what the file does not have is not in it, either. */
static void a_request_and_its_response_are_described(void **state)
{
    const struct traffic_row *row = *state;
    const struct openapi_request request = { row->method, row->path, HEADERS, row->body };
    char storage[WHY_SIZE];
    struct text why;
    struct world *world = open_still_world(12);
    const struct raw_client *client = send_row(world, row);
    assert_int_equal(raw_client_status(client), row->status);
    text_init(&why, storage, sizeof storage);
    if (openapi_takes_request(openapi, &request, &why) != row->is_request)
        fail_msg("the request: %s", storage);
    text_reset(&why);
    bool is_path = row->status != 405 && strcmp(row->path, "/") != 0;
    if (openapi_takes_response(openapi, row->method, row->path, raw_client_status(client),
                               raw_client_body(client), &why) != is_path)
        fail_msg("the response: %s", storage);
    close_world(world);
}

static void a_key_is_required(void **state)
{
    (void)state;
    const struct openapi_request request = { "POST", "/scale", "Content-Type: application/json\r\n",
                                             "{\"deployment_id\":\"a\",\"delta\":1}" };
    char storage[WHY_SIZE];
    struct text why;
    text_init(&why, storage, sizeof storage);
    assert_false(openapi_takes_request(openapi, &request, &why));
    assert_string_equal(storage, "the header Idempotency-Key is missing");
}

/* --- broken promises that a schema can express -------------------------------------------------------------------- */

static const struct broken_row {
    const char *name;
    const char *path;
    const char *why;
} broken_rows[] = {
    { "discovery_form", "/discover", "no JSON" },
    { "entry_id", "/discover", "not of \"..\"" },
    { "servers_per_host", "/discover", "minimum of 0 in servers_per_host" },
    { "target_free_pct", "/discover", "exclusiveMaximum of 100 in target_free_pct" },
    { "status_form", "/status/" ID, "no JSON" },
    { "status_counts", "/status/" ID, "in current_hosts" },
};

static void a_broken_promise_does_not_fit(void **state)
{
    const struct broken_row *row = *state;
    struct sim_server_config config = make_config("127.0.0.1:0", 3);
    char storage[WHY_SIZE];
    struct text why;
    config.broken = promise_find(row->name);
    assert_int_not_equal(config.broken, PROMISE_NONE);
    struct world *world = open_world(&config);
    const struct raw_client *client = get(world, row->path);
    text_init(&why, storage, sizeof storage);
    assert_false(openapi_takes_response(openapi, "GET", row->path, raw_client_status(client),
                                        raw_client_body(client), &why));
    if (!strstr(storage, row->why))
        fail_msg("%s", storage);
    close_world(world);
}

static const struct document_row {
    const char *name;
    const char *body;
    bool is_taken;
} document_rows[] = {
    /* clang-format off */
    { "no deployments", "{\"deployments\":[]}", true },
    { "other members", "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":99.9,\"x\":1}],\"y\":2}", true },
    { "10.0 servers", "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":10.0,\"target_free_pct\":0}]}", true },
    { "a half server", "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":0.5,\"target_free_pct\":0}]}", false },
    { "no id", "{\"deployments\":[{\"servers_per_host\":1,\"target_free_pct\":0}]}", false },
    { "an empty id", "{\"deployments\":[{\"id\":\"\",\"servers_per_host\":1,\"target_free_pct\":0}]}", false },
    { "a control character", "{\"deployments\":[{\"id\":\"a\\u0085\",\"servers_per_host\":1,\"target_free_pct\":0}]}", false },
    { "a target below 0", "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":-1}]}", false },
    { "an object of deployments", "{\"deployments\":{}}", false },
    { "a list", "[]", false },
    /* clang-format on */
};

static void a_list_fits_or_not(void **state)
{
    const struct document_row *row = *state;
    char storage[WHY_SIZE];
    struct text why;
    text_init(&why, storage, sizeof storage);
    if (openapi_takes_response(openapi, "GET", "/discover", 200, row->body, &why) != row->is_taken)
        fail_msg("%s", storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_key_is_required) };
    struct CMUnitTest traffic[COUNT_OF(traffic_rows)];
    struct CMUnitTest broken[COUNT_OF(broken_rows)];
    struct CMUnitTest documents[COUNT_OF(document_rows)];
    TESTS_FROM_ROWS(traffic, traffic_rows, a_request_and_its_response_are_described);
    TESTS_FROM_ROWS(broken, broken_rows, a_broken_promise_does_not_fit);
    TESTS_FROM_ROWS(documents, document_rows, a_list_fits_or_not);
    alarm(WATCHDOG_SECONDS);
    openapi = openapi_open(FILE_PATH);
    int failed = cmocka_run_group_tests_name("sim_openapi", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("sim_openapi: traffic", traffic, NULL, NULL);
    failed += cmocka_run_group_tests_name("sim_openapi: broken", broken, NULL, NULL);
    failed += cmocka_run_group_tests_name("sim_openapi: documents", documents, NULL, NULL);
    openapi_close(openapi);
    return failed;
}
