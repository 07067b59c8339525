/*
 * The control API of a running engine, from outside: what it reports and what it refuses, its socket, and clients that
 * misbehave. What it does is in control_acts.c.
 */
#include "tests/support/control_client.h"
#include "tests/support/control_fixture.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CANARY "canary-7f3a91d2"

static void start(struct api_fixture *fixture)
{
    control_fixture_start(fixture, NULL);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static void the_state_is_reported(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.all, "Content-Type: application/json\r\n"));
    assert_has(&reply, "\"paused\":false,\"paused_at\":null,\"pause\":null,\"dry_run\":false");
    assert_has(&reply, "\"fleet\":{\"deployments\":3,\"hosts\":60,\"serving_hosts\":60,");
    assert_has(&reply, "\"states\":{\"starved\":0,");
    assert_has(&reply, "\"on_target\":3,\"gone\":0}}}\n");
    api_fixture_stop(fixture);
}

static const struct list_row {
    const char *name;
    const char *target;
    const char *ids[4]; /* in this order, and no others */
    const char *next;
} list_rows[] = {
    { "all",
      "/v1/deployments",
      { "eu-arena-1", "eu-duel-2", "us-siege-3" },
      "],\n\"next\":null}\n" },
    { "that match", "/v1/deployments?match=*-duel-*", { "eu-duel-2" }, "\"next\":null}" },
    { "that match, encoded", "/v1/deployments?match=%2A%2Dduel%2d%2A", { "eu-duel-2" }, "null}" },
    { "that match nothing", "/v1/deployments?match=eu", { NULL }, "{\"deployments\":[],\n" },
    { "of a state", "/v1/deployments?state=starved", { NULL }, "{\"deployments\":[],\n" },
    { "a page", "/v1/deployments?limit=1", { "eu-arena-1" }, "\"next\":\"eu-arena-1\"}" },
    { "the next page",
      "/v1/deployments?limit=1&after=eu-arena-1",
      { "eu-duel-2" },
      "\"next\":\"eu-duel-2\"}" },
    { "the last page",
      "/v1/deployments?limit=9&after=eu-arena-1",
      { "eu-duel-2", "us-siege-3" },
      "\"next\":null}" },
};

static void row_is_listed(void **state)
{
    struct api_fixture *fixture = *state;
    const struct list_row *row = fixture->program_fixture.row;
    start(fixture);
    struct control_reply reply = ask(fixture, "GET", row->target, NULL);
    const char *at = reply.body;
    assert_int_equal(reply.status, 200);
    for (size_t i = 0; row->ids[i]; i++) {
        char key[64];
        snprintf(key, sizeof key, "{\"id\":\"%s\",", row->ids[i]);
        at = strstr(at, "{\"id\":");
        assert_non_null(at);
        assert_int_equal(strncmp(at, key, strlen(key)), 0);
        at++;
    }
    assert_null(strstr(at, "{\"id\":"));
    assert_has(&reply, row->next);
    api_fixture_stop(fixture);
}

static void a_deployment_is_explained(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply = ask(fixture, "GET", "/v1/deployments/eu-duel%2d2", NULL);
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "{\"id\":\"eu-duel-2\",\"servers_per_host\":10,");
    assert_has(&reply, "\"explanation\":[\"plausible: ");
    api_fixture_stop(fixture);
}

static void the_log_is_read_by_number(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply = ask(fixture, "GET", "/v1/log?since=0&limit=1000", NULL);
    assert_has(&reply, "{\"lines\":[\n{\"number\":1,\"at\":\"");
    assert_has(&reply, "\"level\":\"info\",\"text\":\"pass_done pass=2 ");
    const char *next = strstr(reply.body, "\"next\":");
    char target[64];
    snprintf(target, sizeof target, "/v1/log?since=%lld", (long long)atoll(next + 7));
    ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"]}");
    reply = ask(fixture, "GET", target, NULL);
    assert_has(&reply, "\"text\":\"control_act act=pause status=200 ");
    assert_null(strstr(reply.body, "\"number\":1,"));
    reply = ask(fixture, "GET", "/v1/log?since=x", NULL);
    assert_int_equal(reply.status, 400);
    api_fixture_stop(fixture);
}

static void the_history_is_read_while_the_engine_runs(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1}");
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 ");
    struct control_reply reply = ask(fixture, "GET", "/v1/history?match=eu-*&since=1h", NULL);
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "{\"history\":[\n{\"time\":\"");
    assert_has(&reply, "\"kind\":\"scale\",\"deployment\":\"eu-duel-2\"");
    reply = ask(fixture, "GET", "/v1/history?match=us-*&limit=5", NULL);
    assert_null(strstr(reply.body, "eu-duel-2"));
    reply = ask(fixture, "GET", "/v1/history?match=eu-duel-9", NULL);
    assert_int_equal(reply.status, 404);
    reply = ask(fixture, "GET", "/v1/history?limit=99999", NULL);
    assert_int_equal(reply.status, 400);
    api_fixture_stop(fixture);
}

static void the_plan_is_what_the_next_pass_would_do(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ "--dry-run", NULL });
    struct control_reply reply = ask(fixture, "GET", "/v1/plan", NULL);
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "{\"deployments\":3,\"up\":0,\"up_hosts\":0,");
    assert_has(&reply, "\"held\":0,\"plan\":[]}");
    hosts_api_set_busy(fixture->hosts, "eu-duel-2", 185);
    hosts_api_set_busy(fixture->hosts, "us-siege-3", 290);
    api_fixture_wait(fixture, " dry_run deployment=us-siege-3");
    api_fixture_run_passes(fixture, 2);
    reply = ask(fixture, "GET", "/v1/plan", NULL);
    assert_has(&reply, "\"held\":2,\"plan\":[\n{\"id\":\"us-siege-3\",\"hosts\":30,\"delta\":0,");
    assert_has(&reply, ",\n{\"id\":\"eu-duel-2\",\"hosts\":20,\"delta\":0,\"wanted\":");
    assert_has(&reply, "\"action\":\"dry_run\",\"reason\":\"below_target\"}]}");
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "us-siege-3"), 0);
}

static const struct what_if_row {
    const char *name;
    const char *body;
    int status;
    const char *shown[2];
} what_if_rows[] = {
    { "another target",
      "{\"id\":\"eu-duel-2\",\"target_free_pct\":50}",
      200,
      { "{\"id\":\"eu-duel-2\",\"now\":{\"delta\":0,\"desired_hosts\":20,",
        "\"then\":{\"delta\":" } },
    { "a limit", "{\"id\":\"eu-duel-2\",\"min_hosts\":\"22\"}", 200, { "min_hosts", "\"then\":" } },
    { "no such key", "{\"id\":\"eu-duel-2\",\"hosts\":4}", 400, { "a policy has no such key" } },
    { "a bad value", "{\"id\":\"eu-duel-2\",\"min_hosts\":\"many\"}", 400, { "expected " } },
    { "no value", "{\"id\":\"eu-duel-2\",\"min_hosts\":[]}", 400, { "expected a text, a number" } },
    { "no id", "{\"min_hosts\":4}", 400, { "id: expected the id of a deployment" } },
    { "not listed", "{\"id\":\"nope\"}", 404, { "not_found" } },
    { "no JSON", "{", 400, { "the body is no JSON" } },
};

static void row_is_tried(void **state)
{
    struct api_fixture *fixture = *state;
    const struct what_if_row *row = fixture->program_fixture.row;
    start(fixture);
    struct control_reply reply = ask(fixture, "POST", "/v1/what-if", row->body);
    assert_int_equal(reply.status, row->status);
    for (size_t i = 0; i < COUNT_OF(row->shown) && row->shown[i]; i++)
        assert_has(&reply, row->shown[i]);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "control_act"), 0);
}

/* --- what is refused ------------------------------------------------------------------------------------------- */

static const struct refused_row {
    const char *name;
    const char *method;
    const char *target;
    const char *body;
    int status;
    const char *shown;
} refused_rows[] = {
    /* clang-format off */
    { "an unknown path", "GET", "/v2/state", NULL, 404, "\"code\":\"unknown_path\"" },
    { "a path that goes on", "GET", "/v1/deployments/a/b", NULL, 404, "\"code\":\"unknown_path\"" },
    { "no id", "GET", "/v1/deployments/", NULL, 404, "\"code\":\"unknown_path\"" },
    { "an unknown id", "GET", "/v1/deployments/eu-duel", NULL, 404, "\"code\":\"not_found\"" },
    { "an id with a NUL", "GET", "/v1/deployments/eu%00", NULL, 404, "\"code\":\"not_found\"" },
    { "another method", "POST", "/v1/state", NULL, 405, "\"code\":\"wrong_method\"" },
    { "an act by GET", "GET", "/v1/pause", NULL, 405, "\"code\":\"wrong_method\"" },
    { "an unknown state", "GET", "/v1/deployments?state=fine", NULL, 400, "state: expected" },
    { "a limit of 0", "GET", "/v1/deployments?limit=0", NULL, 400, "limit: expected" },
    { "a page after an unknown id", "GET", "/v1/deployments?after=x", NULL, 404, "after: no deployment" },
    { "no JSON", "POST", "/v1/pause", "{\"all\":true", 400, "the body is no JSON: " },
    { "JSON that is no object", "POST", "/v1/pause", "[1]", 400, "expected an object" },
    { "a misspelled member", "POST", "/v1/pause", "{\"all\":true,\"expct\":{}}", 400, "no member 'expct'" },
    { "a member of another act", "POST", "/v1/pause", "{\"all\":true,\"delta\":1}", 400, "no member 'delta'" },
    { "a member twice", "POST", "/v1/pause", "{\"all\":true,\"all\":true}", 400, "a key appears twice" },
    { "no target", "POST", "/v1/pause", NULL, 400, "all, match, ids: expected one of them" },
    { "two targets", "POST", "/v1/pause", "{\"all\":true,\"match\":\"*\"}", 400, "only one of all, match and ids" },
    { "all false", "POST", "/v1/pause", "{\"all\":false}", 400, "all: expected true" },
    { "a pattern that matches none", "POST", "/v1/pause", "{\"match\":\"ap-*\"}", 404, "matches no listed deployment" },
    { "one id of two is unknown", "POST", "/v1/pause",
      "{\"ids\":[\"eu-duel-2\",\"eu-duel-9\"],\"expect\":{\"count\":2}}", 404, "no deployment 'eu-duel-9' is listed" },
    { "a scale of two", "POST", "/v1/scale",
      "{\"ids\":[\"eu-duel-2\",\"eu-arena-1\"],\"delta\":1}", 400, "ids: expected one id" },
    { "a scale of a pattern", "POST", "/v1/scale", "{\"match\":\"eu-duel-2\",\"delta\":1}", 400, "ids: expected one id" },
    { "a scale by 0", "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":0}", 400, "delta: expected" },
    { "a scale by a fraction", "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1.5}", 400, "delta: expected" },
    { "a scale without a delta", "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"force\":true}", 400, "delta: expected" },
    { "a scale beyond counting", "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1e300}", 400, "delta: expected" },
    { "more hosts removed than there are", "POST", "/v1/scale",
      "{\"ids\":[\"eu-duel-2\"],\"delta\":-21,\"expect\":{\"hosts\":20}}", 409, "\"code\":\"refused\"" },
    { "dry-run without a word", "POST", "/v1/dry-run", NULL, 400, "on: expected true or false" },
    { "a reason that is no text", "POST", "/v1/pass", "{\"reason\":7}", 400, "reason: expected a text" },
    /* clang-format on */
};

static void row_is_refused(void **state)
{
    struct api_fixture *fixture = *state;
    const struct refused_row *row = fixture->program_fixture.row;
    start(fixture);
    struct control_reply reply = ask(fixture, row->method, row->target, row->body);
    assert_int_equal(reply.status, row->status);
    assert_int_equal(strncmp(reply.body, "{\"error\":{\"code\":\"", 18), 0);
    assert_has(&reply, row->shown);
    reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"paused\":false");
    assert_has(&reply, "\"paused\":0,");
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "eu-duel-2"), 0);
}

static void a_large_body_is_refused(void **state)
{
    static char body[65536 + 2];
    struct api_fixture *fixture = *state;
    start(fixture);
    memset(body, ' ', sizeof body - 1);
    assert_int_equal(ask(fixture, "POST", "/v1/pass", body).status, 413);
    body[65536] = '\0';
    body[0] = '{';
    body[1] = '}';
    assert_int_equal(ask(fixture, "POST", "/v1/pass", body).status, 200);
    api_fixture_stop(fixture);
}

static void read_only_refuses_what_steers(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ "--read-only", NULL });
    struct control_reply reply = ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"]}");
    assert_int_equal(reply.status, 409);
    assert_has(&reply, "read-only: ");
    assert_int_equal(ask(fixture, "POST", "/v1/pass", NULL).status, 200);
    api_fixture_stop(fixture);
}

/* --- the socket ------------------------------------------------------------------------------------------------ */

static void the_socket_is_the_users_own_and_goes_with_the_engine(void **state)
{
    struct api_fixture *fixture = *state;
    struct stat st;
    control_fixture_start(fixture,
                          (const char *const[]){ "--set=control.group=no-such-group", NULL });
    assert_int_equal(stat(socket_path(fixture), &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    api_fixture_stop(fixture);
    assert_int_equal(stat(socket_path(fixture), &st), -1);
}

static void a_killed_engine_leaves_a_socket_that_is_replaced(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    program_signal(fixture->program_fixture.program, SIGKILL);
    program_finish(fixture->program_fixture.program);
    assert_int_equal(access(socket_path(fixture), F_OK), 0);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "control_ready socket=");
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
}

/* Another engine has the usual place: this one scales all the same. A place that was named is an error. */
static void a_socket_in_use_is_left_alone(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    const char *const arguments[] = { "--no-ui", "--no-state", "--api", "http://127.0.0.1:9",
                                      NULL };
    fixture->program_fixture.partner = program_start(&(struct program_config){
        .arguments = arguments, .home = fixture->program_fixture.directory });
    program_wait_line(fixture->program_fixture.partner, " warn control_unavailable error=");
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
}

static void a_file_in_its_place_is_not_removed(void **state)
{
    struct api_fixture *fixture = *state;
    char option[PROGRAM_FIXTURE_PATH_SIZE + 32];
    program_fixture_write(&fixture->program_fixture, "control.sock", "mine", 0600);
    snprintf(option, sizeof option, "--set=control.socket=%s", socket_path(fixture));
    int code = program_fixture_run(&fixture->program_fixture,
                                   (const char *const[]){ "--no-ui", option, NULL });
    assert_int_equal(code, 1);
    char *content = program_fixture_read(socket_path(fixture));
    assert_string_equal(content, "mine");
    heap_free(content);
}

static void it_can_be_switched_off(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ "--set=control.socket=off", NULL });
    assert_int_equal(access(socket_path(fixture), F_OK), -1);
    api_fixture_stop(fixture);
}

/* --- clients that misbehave ------------------------------------------------------------------------------------ */

static void clients_that_say_nothing_hold_up_no_pass(void **state)
{
    static const char half[] = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    struct api_fixture *fixture = *state;
    int clients[100];
    start(fixture);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        clients[i] =
            control_client_connect(socket_path(fixture), half, i % 2 ? sizeof half - 1 : 0);
    api_fixture_wait_reads(fixture, "eu-duel-2", 3);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        close(clients[i]);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
}

static void garbage_ends_its_connection_alone(void **state)
{
    static const char *const garbage[] = { "\x16\x03\x01", "GET\r\n\r\n", "\r\n\r\n\r\n",
                                           "GET / HTTP/9\r\n\r\n" };
    struct api_fixture *fixture = *state;
    start(fixture);
    for (size_t i = 0; i < COUNT_OF(garbage); i++)
        close(control_client_connect(socket_path(fixture), garbage[i], strlen(garbage[i])));
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
}

static void the_token_is_not_sent(void **state)
{
    static const char *const environment[] = { "AUTOSCALER_TOKEN=" CANARY, NULL };
    struct api_fixture *fixture = *state;
    fixture->program_fixture.environment = environment;
    hosts_api_add(fixture->hosts, "eu-" CANARY, 10, 80);
    start(fixture);
    struct control_reply reply = ask(fixture, "GET", "/v1/deployments", NULL);
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "\"eu-(token)\"");
    assert_null(strstr(reply.body, CANARY));
    api_fixture_stop(fixture);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, api_fixture_enter, api_fixture_leave)

static void add_row(struct CMUnitTest *test, const char *name, CMUnitTestFunction function,
                    const void *row)
{
    *test = (struct CMUnitTest){ .name = name,
                                 .test_func = function,
                                 .setup_func = api_fixture_enter,
                                 .teardown_func = api_fixture_leave,
                                 .initial_state = (void *)(uintptr_t)row };
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_state_is_reported),
        TEST(a_deployment_is_explained),
        TEST(the_log_is_read_by_number),
        TEST(the_history_is_read_while_the_engine_runs),
        TEST(the_plan_is_what_the_next_pass_would_do),
        TEST(a_large_body_is_refused),
        TEST(read_only_refuses_what_steers),
        TEST(the_socket_is_the_users_own_and_goes_with_the_engine),
        TEST(a_killed_engine_leaves_a_socket_that_is_replaced),
        TEST(a_socket_in_use_is_left_alone),
        TEST(a_file_in_its_place_is_not_removed),
        TEST(it_can_be_switched_off),
        TEST(clients_that_say_nothing_hold_up_no_pass),
        TEST(garbage_ends_its_connection_alone),
        TEST(the_token_is_not_sent),
    };
    struct CMUnitTest listed[COUNT_OF(list_rows)];
    struct CMUnitTest refused[COUNT_OF(refused_rows)];
    struct CMUnitTest tried[COUNT_OF(what_if_rows)];
    for (size_t i = 0; i < COUNT_OF(what_if_rows); i++)
        add_row(&tried[i], what_if_rows[i].name, row_is_tried, &what_if_rows[i]);
    for (size_t i = 0; i < COUNT_OF(list_rows); i++)
        add_row(&listed[i], list_rows[i].name, row_is_listed, &list_rows[i]);
    for (size_t i = 0; i < COUNT_OF(refused_rows); i++)
        add_row(&refused[i], refused_rows[i].name, row_is_refused, &refused_rows[i]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests(listed, NULL, NULL);
    failed += cmocka_run_group_tests(refused, NULL, NULL);
    failed += cmocka_run_group_tests(tried, NULL, NULL);
    return failed;
}
