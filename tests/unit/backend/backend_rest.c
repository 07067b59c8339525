#include "engine/backend/backend.h"
#include "tests/support/fake_api.h"
#include "tests/support/test.h"

#include <string.h>

#define PATIENT_MS 20000

/* The back end on a loop of its own, and an API that responds from a script. */
struct fixture {
    uv_loop_t loop;
    struct fake_api *api;
    struct backend *backend;
    int ended; /* calls */
    bool is_closed;
    size_t definition_count;
    struct read_result read;
    struct scale_result scaled;
    int surprises;
    bool may_fail;                /* a discovery */
    struct backend_answer answer; /* the last one */
    int answers;
};

static void respond(void *context, const struct fake_request *request,
                    struct fake_answer *ret_answer)
{
    (void)context;
    if (strcmp(request->path, "/discover") == 0)
        ret_answer->body = "{\"deployments\":[{\"id\":\"eu/1\",\"servers_per_host\":10,"
                           "\"target_free_pct\":20}]}";
    else if (strcmp(request->method, "GET") == 0)
        ret_answer->body = "{\"current_hosts\":11,\"total_servers\":110,\"free_servers\":5}";
}

static void on_discovered(void *context, const struct discovery_result *result)
{
    struct fixture *fixture = context;
    assert_true(result->is_ok || fixture->may_fail);
    fixture->definition_count = result->discovery.count;
    fixture->ended++;
}

static void on_read(void *context, uint32_t slot, const struct read_result *result)
{
    struct fixture *fixture = context;
    assert_int_equal(slot, 7);
    fixture->read = *result;
    fixture->ended++;
}

static void on_scaled(void *context, uint32_t slot, const struct scale_result *result)
{
    struct fixture *fixture = context;
    assert_int_equal(slot, 7);
    fixture->scaled = *result;
    fixture->ended++;
}

static void on_surprised(void *context, int64_t alone_ms)
{
    struct fixture *fixture = context;
    assert_true(alone_ms > 0);
    fixture->surprises++;
}

/* Before the call that it belongs to ends. */
static void on_answered(void *context, const struct backend_answer *answer)
{
    struct fixture *fixture = context;
    assert_int_equal(fixture->answers, fixture->ended);
    assert_in_range(answer->took_ms, 0, PATIENT_MS);
    fixture->answer = *answer;
    fixture->answers++;
}

static void open_fixture(struct fixture *fixture)
{
    *fixture = (struct fixture){ .api = fake_api_create(respond, NULL) };
    const struct backend_listener listener = { on_discovered, on_read,     on_scaled,
                                               on_surprised,  on_answered, fixture };
    const struct backend_config config = {
        .name = "rest",
        .url = fake_api_url(fixture->api),
        .user_agent = "autoscaler/test",
        .token = "token-1",
        .connect_timeout_ms = PATIENT_MS,
        .timeout_ms = PATIENT_MS,
        .concurrency = 1,
    };
    struct error err;
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(backend_create(&fixture->loop, &config, &listener, &fixture->backend, &err),
                     0);
}

static void on_closed(void *context)
{
    struct fixture *fixture = context;
    fixture->is_closed = true;
}

static void close_fixture(struct fixture *fixture)
{
    backend_close(fixture->backend, on_closed, fixture);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_true(fixture->is_closed);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    fake_api_destroy(fixture->api);
}

/* `failed`: of the start. */
static void finish(struct fixture *fixture, int failed)
{
    int ended = fixture->ended;
    assert_int_equal(failed, 0);
    while (fixture->ended == ended)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->ended, ended + 1);
}

static void assert_header(const struct fake_request *request, const char *name, const char *value)
{
    size_t length;
    const char *found = fake_request_header(request, name, &length);
    if (!value) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_int_equal(length, strlen(value));
    assert_memory_equal(found, value, length);
}

/* The connection of the discovery is kept and still on trial when the first read starts. */
static void reads_keep_connections(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    finish(&fixture, backend_discover(fixture.backend, NULL));
    finish(&fixture, backend_read(fixture.backend, 7, "eu/1", NULL));
    assert_int_equal(fixture.definition_count, 1);
    assert_int_equal(fixture.read.reason, REASON_NONE);
    assert_int_equal(fixture.read.status.total_servers, 110);
    assert_string_equal(fixture.read.version, "");
    const struct fake_request *sent = fake_api_find(fixture.api, "GET", "/status/eu%2F1", 0);
    assert_non_null(sent);
    assert_header(sent, "Content-Type", NULL);
    assert_header(sent, "Authorization", "Bearer token-1");
    assert_header(sent, "User-Agent", "autoscaler/test");
    assert_int_equal(fake_api_connections(fixture.api), 2);
    assert_int_equal(fake_api_open_connections(fixture.api), 2);
    close_fixture(&fixture);
}

/* The responses there belong to other requests: the connections are not used any more. */
static void a_status_of_another_id_is_a_failed_read(void **state)
{
    (void)state;
    static const struct fake_answer other = {
        .status = 200,
        .body = "{\"id\":\"eu/2\",\"current_hosts\":11,\"total_servers\":110,\"free_servers\":5}",
    };
    struct fixture fixture;
    open_fixture(&fixture);
    fake_api_set_answer(fixture.api, fake_api_always, (void *)(uintptr_t)&other);
    finish(&fixture, backend_read(fixture.backend, 7, "eu/1", NULL));
    assert_int_equal(fixture.read.reason, REASON_BAD_STATUS);
    assert_true(fixture.read.is_transient);
    assert_int_equal(fixture.surprises, 1);
    finish(&fixture, backend_read(fixture.backend, 7, "eu/2", NULL));
    assert_int_equal(fixture.read.reason, REASON_NONE);
    finish(&fixture, backend_read(fixture.backend, 7, "eu/2", NULL));
    assert_int_equal(fixture.read.reason, REASON_NONE);
    assert_int_equal(fake_api_connections(fixture.api), 3);
    close_fixture(&fixture);
}

static void a_scale_is_a_post_on_a_fresh_connection(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct scale_request scale = { "eu/1", -3, "key-1", "40" };
    open_fixture(&fixture);
    finish(&fixture, backend_read(fixture.backend, 7, "eu/1", NULL));
    finish(&fixture, backend_scale(fixture.backend, 7, &scale, NULL));
    assert_int_equal(fixture.scaled.outcome, SCALE_ACCEPTED);
    const struct fake_request *sent = fake_api_find(fixture.api, "POST", "/scale", 0);
    assert_non_null(sent);
    assert_string_equal(sent->body, "{\"deployment_id\":\"eu/1\",\"delta\":-3}");
    assert_header(sent, "Content-Type", "application/json");
    assert_header(sent, "Idempotency-Key", "key-1");
    assert_int_equal(fake_api_connections(fixture.api), 2);
    close_fixture(&fixture);
}

static const struct answer_row {
    const char *name;
    struct fake_answer answer;
    enum backend_operation operation;
    long status;
    bool is_malformed;
} answer_rows[] = {
    /* clang-format off */
    { "a list", { .status = 200, .body = "{\"deployments\":[]}" }, OPERATION_DISCOVERY, 200, false },
    { "no list", { .status = 200, .body = "[]" }, OPERATION_DISCOVERY, 200, true },
    { "a status", { .status = 200, .body = "{\"current_hosts\":1,\"total_servers\":1,\"free_servers\":1}" }, OPERATION_STATUS, 200, false },
    { "no status", { .status = 200, .body = "{}" }, OPERATION_STATUS, 200, true },
    { "a status that fails", { .status = 503, .body = "" }, OPERATION_STATUS, 503, false },
    { "a scale that fails", { .status = 409, .body = "" }, OPERATION_SCALE, 409, false },
    /* clang-format on */
};

static int start_operation(struct backend *backend, enum backend_operation operation)
{
    const struct scale_request scale = { "eu/1", -3, "key-1", "" };
    if (operation == OPERATION_DISCOVERY)
        return backend_discover(backend, NULL);
    return operation == OPERATION_STATUS ? backend_read(backend, 7, "eu/1", NULL)
                                         : backend_scale(backend, 7, &scale, NULL);
}

static void every_response_is_told(void **state)
{
    const struct answer_row *row = *state;
    struct fixture fixture;
    open_fixture(&fixture);
    fixture.may_fail = true;
    fake_api_set_answer(fixture.api, fake_api_always, (void *)(uintptr_t)&row->answer);
    finish(&fixture, start_operation(fixture.backend, row->operation));
    assert_int_equal(fixture.answers, 1);
    assert_int_equal(fixture.answer.operation, row->operation);
    assert_int_equal(fixture.answer.error, 0);
    assert_int_equal(fixture.answer.status, row->status);
    assert_int_equal(fixture.answer.is_malformed, row->is_malformed);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keep_connections),
        cmocka_unit_test(a_status_of_another_id_is_a_failed_read),
        cmocka_unit_test(a_scale_is_a_post_on_a_fresh_connection),
    };
    struct CMUnitTest rows[COUNT_OF(answer_rows)];
    TESTS_FROM_ROWS(rows, answer_rows, every_response_is_told);
    int failed = cmocka_run_group_tests_name("backend_rest", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("answers", rows, NULL, NULL);
}
