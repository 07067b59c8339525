/*
 * An API that repeats the token, the one in use and the one before, in ids and in errors: no output of the program has
 * it, in whatever encoding. Outputs of a running engine, and of what it has recorded.
 */
#include "tests/support/control_client.h"
#include "tests/support/control_fixture.h"
#include "tests/support/listing.h"
#include "tests/support/secret_search.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOKEN "S3cr3t/Canary+Token=="
#define OLD_TOKEN "f0rmer/Password+Phrase=="
#define IN_JSON "{\"deployments\":"
#define ARGUMENT_SIZE (PROGRAM_FIXTURE_PATH_SIZE + 32)
#define STREAM_SIZE ((size_t)256 * 1024)

/* No output may have these; the halves of the tokens. */
static const char *const parts[] = { "t/Canary+To", "Canary+Tok", "r/Password+", "Password+Ph" };

/* --- the API ----------------------------------------------------------------------------------------------------- */

/* As the entry of a list has it. The first ones only when the new token was used: an API cannot know it before. */
#define NEW_IDS 6
static const char *const ids[] = {
    "a-" TOKEN,
    "b-S3cr3t%2FCanary%2BToken%3D%3D",
    "c-UzNjcjN0L0NhbmFyeStUb2tlbj09",
    "d-S3cr3t&#47;Canary&plus;Token==",
    "e-S3cr3t\\/Canary\\u002bToken==",
    "f-S3cr3t\\\\/Canary\\\\u002bToken==",
    "g-" OLD_TOKEN,
    "h-ZjBybWVyL1Bhc3N3b3JkK1BocmFzZT09",
    "i-f0rmer%252FPassword%252BPhrase%253D=",
};

/* The path of a status is that of the decoded id. */
static void add_id(struct listing *listing, size_t number)
{
    static const struct fake_answer status = {
        .status = 200, .body = "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":20}"
    };
    static const char *const decoded[] = {
        [4] = "e-" TOKEN, [5] = "f-S3cr3t\\/Canary\\u002bToken=="
    };
    char entry[256];
    snprintf(entry, sizeof entry, "{\"id\":\"%s\",\"servers_per_host\":10,\"target_free_pct\":20}",
             ids[number]);
    bool is_plain = number >= COUNT_OF(decoded) || !decoded[number];
    listing_add(listing, is_plain ? ids[number] : decoded[number], entry, &status);
}

/* Statuses and scales that fail with the tokens in the text, encoded. */
static struct listing *make_listing(size_t first_id)
{
    static const struct listed_numbers short_of_hosts = { 10, 200, 10, 100, 4 };
    static const struct fake_answer failure = { .status = 500,
                                                .body =
                                                    "{\"error\":\"not f0rmer%2FPassword%2B\"}" };
    static const struct fake_answer new_failure = {
        .status = 500,
        .body = "{\"error\":\"not UzNjcjN0L0NhbmFyeStUb2tlbj09 f0rmer%2FPassword%2B\"}"
    };
    struct listing *listing = listing_create();
    for (size_t i = first_id; i < COUNT_OF(ids); i++)
        add_id(listing, i);
    listing_add(listing, "fails",
                "{\"id\":\"fails\",\"servers_per_host\":10,\"target_free_pct\":20}",
                first_id > 0 ? &failure : &new_failure);
    listing_add_good(listing, "refuses", &short_of_hosts);
    return listing;
}

static void answer(void *context, const struct fake_request *request,
                   struct fake_answer *ret_answer)
{
    if (strcmp(request->method, "POST") == 0)
        *ret_answer =
            (struct fake_answer){ .status = 422,
                                  .body = "{\"error\":\"no f0rmer&#47;Password&plus;\"}" };
    else
        listing_answer(context, request, ret_answer);
}

/* --- the check --------------------------------------------------------------------------------------------------- */

static void check(const char *text, size_t size, const char *what)
{
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (secret_is_in(text, size, parts[i]))
            fail_msg("%s has '%s': %.2000s", what, parts[i], text);
}

static void check_control(const struct api_fixture *fixture, const char *method, const char *target,
                          const char *body, const char *end)
{
    struct control_reply reply = ask(fixture, method, target, body);
    size_t size = strlen(reply.body);
    check(reply.body, size, target);
    assert_true(size > strlen(end));
    if (strcmp(reply.body + size - strlen(end), end) != 0)
        fail_msg("the response to %s ends with '%s'", target, reply.body + size - strlen(end));
}

/* The whole fleet, and lines of the log. */
static void check_stream(const struct api_fixture *fixture)
{
    static const char request[] = "GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    char *bytes = malloc(STREAM_SIZE);
    size_t size = 0;
    ssize_t part = 1;
    assert_non_null(bytes);
    bytes[0] = '\0';
    int fd = control_client_connect(socket_path(fixture), request, sizeof request - 1);
    while (part > 0 && size < STREAM_SIZE - 1 && !strstr(bytes, "\"event\":\"scale_requested\"")) {
        part = recv(fd, bytes + size, STREAM_SIZE - 1 - size, 0);
        size += part > 0 ? (size_t)part : 0;
        bytes[size] = '\0';
    }
    close(fd);
    assert_non_null(strstr(bytes, "\"id\":\"a-(token)\""));
    assert_non_null(strstr(bytes, "{\"line\":"));
    check(bytes, size, "the stream");
    free(bytes);
}

/* --- a running engine -------------------------------------------------------------------------------------------- */

static const struct asked_row {
    const char *method;
    const char *target;
    const char *body;
    const char *end;
} asked_rows[] = {
    { "GET", "/v1/state", NULL, "}\n" },
    { "GET", "/v1/deployments", NULL, "\"next\":null}\n" },
    { "GET", "/v1/deployments?limit=1", NULL, "}\n" },
    { "GET", "/v1/deployments/a-S3cr3t%2FCanary%2BToken%3D%3D", NULL, "}\n" },
    { "GET", "/v1/deployments/fails", NULL, "}\n" },
    { "GET", "/v1/plan", NULL, "]}\n" },
    { "POST", "/v1/what-if", "{\"id\":\"a-" TOKEN "\",\"min_hosts\":50}", "}\n" },
    { "POST", "/v1/what-if", "{\"id\":\"a-" TOKEN "\",\"" TOKEN "\":50}", "}\n" },
    { "POST", "/v1/pause", "{\"ids\":[\"a-" TOKEN "\"],\"reason\":\"" TOKEN "\"}", "}\n" },
    { "POST", "/v1/pause", "{\"ids\":[\"z-" TOKEN "\"]}", "}}\n" },
    { "GET", "/v1/overrides", NULL, "\"next\":null}\n" },
    { "POST", "/v1/resume", "{\"ids\":[\"a-" TOKEN "\"]}", "}\n" },
    { "POST", "/v1/" TOKEN, "{}", "}}\n" },
    { "GET", "/v1/log?since=0", NULL, "}\n" },
    { "GET", "/v1/history", NULL, "]}\n" },
    { "GET", "/v1/history?match=z-" TOKEN, NULL, "}}\n" },
};

static const char *const commands[][6] = {
    { "status" },
    { "list" },
    { "list", "--output=json" },
    { "list", "--output=yaml" },
    { "explain", "a-" TOKEN },
    { "explain", "fails", "--output=yaml" },
    { "plan" },
    { "what-if", "a-" TOKEN, "min_hosts=50" },
    { "pause", "a-" TOKEN, "--reason=" TOKEN },
    { "overrides" },
    { "resume", "a-" TOKEN },
    { "log" },
    { "log", "--output=json" },
    { "history", "*" },
    { "history", "*", "--output=yaml" },
    { "completion", "ids" },
};

static void check_command(struct api_fixture *fixture, const char *const *arguments)
{
    struct program_fixture *programs = &fixture->program_fixture;
    size_t size;
    program_destroy(programs->partner);
    programs->partner = program_start(&(struct program_config){
        .arguments = arguments, .home = programs->directory, .is_ctl = true });
    int code = program_finish(programs->partner);
    const char *complaint = program_log(programs->partner, &size);
    check(complaint, size, arguments[0]);
    if (code != 0)
        fail_msg("%s ends with %d: %s", arguments[0], code, complaint);
    const char *output = program_output(programs->partner, &size);
    check(output, size, arguments[0]);
}

static void check_running(struct api_fixture *fixture)
{
    for (size_t i = 0; i < COUNT_OF(asked_rows); i++)
        check_control(fixture, asked_rows[i].method, asked_rows[i].target, asked_rows[i].body,
                      asked_rows[i].end);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        check_command(fixture, commands[i]);
    check_stream(fixture);
}

/* Started with the old token, which the file has for a while. The log is long: it has to come whole. */
static void start(struct api_fixture *fixture, struct listing *old, struct listing *new)
{
    static char option[ARGUMENT_SIZE];
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    struct program_fixture *programs = &fixture->program_fixture;
    program_fixture_write(programs, "token", OLD_TOKEN "\n", 0600);
    snprintf(option, sizeof option, "--set=api.token_file=%s",
             program_fixture_path(programs, "token", path));
    fake_api_set_answer(programs->api, answer, old);
    api_fixture_start(
        fixture, (const char *const[]){ option, "--log-level=debug", "--set=api.retries=0", NULL });
    api_fixture_wait(fixture, "scale_failed deployment=refuses");
    program_fixture_write(programs, "token", TOKEN "\n", 0600);
    api_fixture_wait(fixture, "token_reloaded");
    fake_api_set_answer(programs->api, answer, new);
    api_fixture_wait(fixture, "a-(token)");
    api_fixture_wait_lines(fixture, "pass_done", 200);
}

/* --- what was recorded ------------------------------------------------------------------------------------------- */

static const char *const looks_back[][4] = {
    { "--history" },          { "--history", "--output=json" },
    { "--history=z-" TOKEN }, { "--redecide=state" },
    { "--backtest=state" },   { "--backtest=state", "--output=json" },
};

/* One after the other, on the state of the engine that has stopped. The old token is not known any more. */
static void check_looks_back(struct api_fixture *fixture)
{
    struct program_fixture *programs = &fixture->program_fixture;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char state[ARGUMENT_SIZE];
    size_t size;
    programs->environment = (const char *const[]){ "AUTOSCALER_TOKEN=" TOKEN, NULL };
    program_fixture_path(programs, "state", path);
    for (size_t i = 0; i < COUNT_OF(looks_back); i++) {
        const char *const *look = looks_back[i];
        const char *place = strstr(look[0], "=state");
        snprintf(state, sizeof state, "%.*s=%s", (int)strcspn(look[0], "="), look[0], path);
        program_fixture_run(programs,
                            (const char *const[]){ place ? state : look[0], look[1], NULL });
        const char *complaint = program_log(programs->program, &size);
        check(complaint, size, look[0]);
        const char *output = program_output(programs->program, &size);
        if (size == 0 && !strstr(look[0], "=z-"))
            fail_msg("%s prints nothing: %s", look[0], complaint);
        assert_false(secret_is_in(output, size, parts[0]) || secret_is_in(output, size, parts[1]));
    }
}

/* A refused scale is recorded without the old token. */
static void check_recorded_refusals(struct api_fixture *fixture)
{
    struct program_fixture *programs = &fixture->program_fixture;
    size_t size;
    programs->environment = NULL;
    program_fixture_run(programs, (const char *const[]){ "--history=refuses", NULL });
    const char *output = program_output(programs->program, &size);
    assert_non_null(strstr(output, "(token)"));
    check(output, size, "the history of one");
}

static void no_output_has_a_token(void **state)
{
    struct api_fixture *fixture = *state;
    struct listing *old = make_listing(NEW_IDS);
    struct listing *new = make_listing(0);
    size_t size;
    start(fixture, old, new);
    check_running(fixture);
    api_fixture_stop(fixture);
    const char *log = program_log(fixture->program_fixture.program, &size);
    assert_non_null(strstr(log, "a-(token)"));
    check(log, size, "the log");
    check_looks_back(fixture);
    check_recorded_refusals(fixture);
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    listing_destroy(old);
    listing_destroy(new);
}

/* A check that cannot fail proves nothing. */
static void a_token_would_be_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        bool is_found = false;
        for (size_t part = 0; part < COUNT_OF(parts); part++)
            is_found |= secret_is_in(ids[i], strlen(ids[i]), parts[part]);
        if (!is_found)
            fail_msg("nothing is found in %s", ids[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_output_has_a_token, api_fixture_enter,
                                        api_fixture_leave),
        cmocka_unit_test(a_token_would_be_found),
    };
    return cmocka_run_group_tests_name("token_outputs", tests, NULL, NULL);
}
