/* The whole program with --once, and its token: it is sent, and it is in no output. */
#include "tests/support/once_fixture.h"
#include "tests/support/scales.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANARY "canary-3f1d9a77c0"

/* --- the token --------------------------------------------------------------------------------------------------- */

static void assert_token_was_sent_and_not_shown(struct program_fixture *program_fixture)
{
    size_t size;
    assert_true(fake_api_count(program_fixture->api, "POST", NULL) > 0);
    for (int64_t i = 0; i < fake_api_count(program_fixture->api, NULL, NULL); i++)
        assert_header(fake_api_find(program_fixture->api, NULL, NULL, i), "Authorization",
                      "Bearer " CANARY);
    assert_null(strstr(program_output(program_fixture->program, &size), CANARY));
    assert_null(strstr(program_log(program_fixture->program, &size), CANARY));
}

static void token_comes_from_a_file(void **state)
{
    struct once_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char set[PROGRAM_FIXTURE_PATH_SIZE + 32];
    program_fixture_write(&fixture->program_fixture, "token", CANARY "\n", 0600);
    snprintf(set, sizeof set, "--set=api.token_file=%s",
             program_fixture_path(&fixture->program_fixture, "token", path));
    const char *const arguments[] = { "--once", "--log-level=debug", set, NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_OK);
    assert_token_was_sent_and_not_shown(&fixture->program_fixture);
}

static void token_comes_from_the_environment(void **state)
{
    struct once_fixture *fixture = *state;
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    const char *const arguments[] = { "--once", "--output=json", "--log-level=debug", NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_OK);
    assert_token_was_sent_and_not_shown(&fixture->program_fixture);
}

/* --- an API that repeats the token ------------------------------------------------------------------------------- */

#define SECRET "S3cr3t/Canary+Token=="
#define LIST_OF(id)                                                                                \
    "{\"deployments\":[{\"id\":\"" id "\",\"servers_per_host\":10,\"target_free_pct\":20}]}"

/* `shown` must not be in the output: the token as the body has it, or what decoding it leaves. */
static const struct echo_row {
    const char *name;
    const char *path; /* of the requests that get the response */
    int status;
    const char *body;
    const char *shown;
} echo_rows[] = {
    /* clang-format off */
    { "token: a list, plain",       "/discover", 401, "{\"error\":\"bad " SECRET "\"}", SECRET },
    { "token: a list, base64",      "/discover", 500, "QmVhcmVyIFMzY3IzdC9DYW5hcnkrVG9rZW49PQ==", "FMzY3IzdC9D" },
    { "token: a list, an id",       "/discover", 200, LIST_OF(SECRET), SECRET },
    { "token: a list, a wrong type", "/discover", 200, "{\"deployments\":\"" SECRET "\"}", SECRET },
    { "token: a list, no JSON",     "/discover", 200, "Bearer " SECRET, SECRET },
    { "token: a status, plain",     "/status/",  400, "{\"error\":\"bad " SECRET "\"}", SECRET },
    { "token: a status, escaped",   "/status/",  400, "{\"error\":\"bad S3cr3t\\/Canary\\u002bToken==\"}", SECRET },
    { "token: a status, headers",   "/status/",  400, "{\"message\":\"{\\\"auth\\\":\\\"S3cr3t\\\\/Canary+Token==\\\"}\"}", "Canary+Token" },
    { "token: a status, a page",    "/status/",  502, "<html>S3cr3t&#47;Canary&plus;Token==</html>", "Canary&plus;Token" },
    { "token: a status, a URL",     "/status/",  403, "/login?token=S3cr3t%2FCanary%2BToken%3D%3D", "Canary%2BToken" },
    { "token: a status, cut",       "/status/",  400, "bad S3cr3t/Canary+Token...", "Canary+Token" },
    { "token: a status, a key",     "/status/",  200, "{\"" SECRET "\":1,\"" SECRET "\":2}", SECRET },
    { "token: a status, a value",   "/status/",  200, "{\"current_hosts\":\"" SECRET "\"}", SECRET },
    { "token: a scale, plain",      "/scale",    400, "{\"error\":\"bad " SECRET "\"}", SECRET },
    { "token: a scale, twice",      "/scale",    422, "S3cr3t%252FCanary%252BToken==", "Canary%252BToken" },
    /* clang-format on */
};

struct echo {
    const struct echo_row *row;
    struct listing *listing;
    int64_t count;
};

static void repeat_token(void *context, const struct fake_request *request,
                         struct fake_answer *ret_answer)
{
    struct echo *echo = context;
    if (strncmp(request->path, echo->row->path, strlen(echo->row->path)) != 0) {
        listing_answer(echo->listing, request, ret_answer);
        return;
    }
    *ret_answer = (struct fake_answer){ .status = echo->row->status, .body = echo->row->body };
    echo->count++;
}

static void the_token_is_in_no_output(void **state)
{
    struct once_fixture *fixture = *state;
    struct program_fixture *program = &fixture->program_fixture;
    struct echo echo = { program->row, fixture->listing, 0 };
    static const char *const formats[][2] = { { "--output=json", "--log-format=text" },
                                              { "--output=table", "--log-format=json" } };
    size_t size;
    program->environment = (const char *const[]){ "AUTOSCALER_TOKEN=" SECRET, NULL };
    fake_api_set_answer(program->api, repeat_token, &echo);
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        program_fixture_run(program, (const char *const[]){ "--once", "--log-level=debug",
                                                            formats[i][0], formats[i][1], NULL });
        assert_null(strstr(program_output(program->program, &size), echo.row->shown));
        assert_null(strstr(program_log(program->program, &size), echo.row->shown));
        assert_null(strstr(program_output(program->program, &size), SECRET));
        assert_null(strstr(program_log(program->program, &size), SECRET));
    }
    fake_api_set_answer(program->api, listing_answer, fixture->listing);
    assert_true(echo.count >= (int64_t)COUNT_OF(formats));
}

static void echo_token(void *context, const struct fake_request *request,
                       struct fake_answer *ret_answer)
{
    (void)context;
    (void)request;
    *ret_answer = (struct fake_answer){ .status = 401, .body = "bad token " CANARY };
}

static void token_is_not_shown_when_the_api_repeats_it(void **state)
{
    struct once_fixture *fixture = *state;
    size_t size;
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    fake_api_set_answer(fixture->program_fixture.api, echo_token, NULL);
    const char *const arguments[] = { "--once", "--log-level=debug", NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_NO_DISCOVERY);
    assert_null(strstr(program_log(fixture->program_fixture.program, &size), CANARY));
}

static void token_is_not_shown_by_check_config(void **state)
{
    struct once_fixture *fixture = *state;
    size_t size;
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    const char *const arguments[] = { "--check-config", NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_OK);
    const char *output = program_output(fixture->program_fixture.program, &size);
    assert_non_null(strstr(output, "(set)"));
    assert_null(strstr(output, CANARY));
    assert_int_equal(fake_api_connections(fixture->program_fixture.api), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ONCE_FIXTURE_TEST(token_comes_from_a_file),
        ONCE_FIXTURE_TEST(token_comes_from_the_environment),
        ONCE_FIXTURE_TEST(token_is_not_shown_when_the_api_repeats_it),
        ONCE_FIXTURE_TEST(token_is_not_shown_by_check_config),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(echo_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, echo_rows, the_token_is_in_no_output);
    once_fixture_set(all + COUNT_OF(tests), COUNT_OF(all) - COUNT_OF(tests));
    return cmocka_run_group_tests_name("once", all, NULL, NULL);
}
