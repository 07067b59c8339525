#include "engine/remote/remote_act.h"

#include "tests/support/test.h"

#include <string.h>

static const struct request_row {
    const char *name;
    struct command command;
    struct remote_guards guards;
    const char *path; /* NULL: none */
    const char *body;
} request_rows[] = {
    /* clang-format off */
    { "a pass", { .kind = COMMAND_PASS }, { 3, -1 }, "/v1/pass", "{}" },
    { "a discovery", { .kind = COMMAND_DISCOVERY }, { 3, -1 }, "/v1/discovery", "{}" },
    { "a reload", { .kind = COMMAND_RELOAD }, { 3, -1 }, "/v1/reload", "{}" },
    { "dry-run on", { .kind = COMMAND_DRY_RUN_ON }, { 3, -1 }, "/v1/dry-run", "{\"on\":true}" },
    { "dry-run off", { .kind = COMMAND_DRY_RUN_OFF }, { 3, -1 }, "/v1/dry-run", "{\"on\":false}" },
    { "a pause of all", { .kind = COMMAND_PAUSE_ALL }, { 3, -1 }, "/v1/pause", "{\"all\":true,\"expect\":{\"count\":3}}" },
    { "a resume of all", { .kind = COMMAND_RESUME_ALL }, { 3, -1 }, "/v1/resume", "{\"all\":true,\"expect\":{\"count\":3}}" },
    { "before anything is shown", { .kind = COMMAND_PAUSE_ALL }, { -1, -1 }, "/v1/pause", "{\"all\":true}" },
    { "a pause", { .kind = COMMAND_PAUSE, .id = "eu\"1" }, { 3, 20 }, "/v1/pause", "{\"ids\":[\"eu\\\"1\"]}" },
    { "a resume with a reason", { .kind = COMMAND_RESUME, .id = "eu-1", .reason = "works" }, { 3, 20 }, "/v1/resume", "{\"ids\":[\"eu-1\"],\"reason\":\"works\"}" },
    { "a scale", { .kind = COMMAND_SCALE, .id = "eu-1", .delta = -2 }, { 3, 20 }, "/v1/scale", "{\"ids\":[\"eu-1\"],\"delta\":-2,\"expect\":{\"hosts\":20}}" },
    { "a scale that is forced", { .kind = COMMAND_SCALE, .id = "eu-1", .delta = 2, .is_forced = true }, { 3, -1 }, "/v1/scale", "{\"ids\":[\"eu-1\"],\"delta\":2,\"force\":true}" },
    { "an undo", { .kind = COMMAND_UNDO, .delta = 2 }, { 3, 20 }, "/v1/undo", "{\"expect\":{\"count\":2}}" },
    { "an undo on all", { .kind = COMMAND_UNDO }, { 3, 20 }, "/v1/undo", "{\"expect\":{\"count\":3}}" },
    { "a stop", { .kind = COMMAND_STOP }, { 3, 20 }, NULL, NULL },
    { "a look at the past", { .kind = COMMAND_LOOK }, { 3, 20 }, NULL, NULL },
    /* clang-format on */
};

static void command_becomes_a_request(void **state)
{
    const struct request_row *row = *state;
    struct remote_request request;
    assert_int_equal(remote_act_make(&row->command, &row->guards, &request), row->path != NULL);
    if (!row->path)
        return;
    assert_string_equal(request.path, row->path);
    assert_string_equal(request.body, row->body);
}

static const struct response_row {
    const char *name;
    long status;
    const char *body;
    bool is_accepted;
    const char *text;
} response_rows[] = {
    { "done", 200, "{\"message\":\"eu-1 paused\",\"deployments\":1}\n", true, "eu-1 paused" },
    { "refused", 409, "{\"error\":{\"code\":\"refused\",\"message\":\"max_hosts 20\"}}", false,
      "max_hosts 20" },
    { "done without a word", 200, "{}", true, "done" },
    { "a page of HTML", 500, "<html>", false,
      "refused: the engine has given no reason that can be read" },
    { "nothing", 403, "", false, "refused: the engine has given no reason that can be read" },
    { "a refusal that is a number", 409, "{\"error\":{\"message\":7}}", false,
      "refused: the engine has given no reason that can be read" },
};

static void response_becomes_an_acknowledgement(void **state)
{
    const struct response_row *row = *state;
    const struct command command = { .kind = COMMAND_PAUSE, .serial = 17 };
    struct command_ack ack;
    remote_act_read(&command, row->status, row->body, strlen(row->body), &ack);
    assert_int_equal(ack.kind, COMMAND_PAUSE);
    assert_int_equal(ack.serial, 17);
    assert_int_equal(ack.is_accepted, row->is_accepted);
    assert_string_equal(ack.text, row->text);
}

static void a_focus_names_its_stream(void **state)
{
    (void)state;
    struct remote_request request;
    struct command focus = { .kind = COMMAND_FOCUS, .slot = 4, .id = "eu-1", .delta = 3 };
    remote_focus_make("0123456789abcdef", &focus, &request);
    assert_string_equal(request.path, "/v1/focus");
    assert_string_equal(request.body,
                        "{\"stream\":\"0123456789abcdef\",\"id\":\"eu-1\",\"delta\":3}");
    focus.slot = SLOT_NONE;
    remote_focus_make("0123456789abcdef", &focus, &request);
    assert_string_equal(request.body, "{\"stream\":\"0123456789abcdef\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_focus_names_its_stream) };
    struct CMUnitTest requests[COUNT_OF(request_rows)];
    struct CMUnitTest responses[COUNT_OF(response_rows)];
    TESTS_FROM_ROWS(requests, request_rows, command_becomes_a_request);
    TESTS_FROM_ROWS(responses, response_rows, response_becomes_an_acknowledgement);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests(requests, NULL, NULL);
    return failed + cmocka_run_group_tests(responses, NULL, NULL);
}
