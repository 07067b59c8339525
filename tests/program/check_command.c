/*
 * The program with --check-api: exit codes, both outputs, and a token that the API repeats.
 */
#include "tests/support/program_fixture.h"
#include "tests/support/test.h"

#include "engine/promise.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define TOKEN "S3cr3t/Canary+Token=="
#define LIST "{\"deployments\":[{\"id\":\"eu-1\",\"servers_per_host\":10,\"target_free_pct\":15}]}"
#define STATUS "{\"id\":\"eu-1\",\"current_hosts\":3,\"total_servers\":30,\"free_servers\":4}"

static const char *const with_token[] = { "AUTOSCALER_TOKEN=" TOKEN, NULL };

static void answer_well(void *context, const struct fake_request *request,
                        struct fake_answer *ret_answer)
{
    const char *status = context ? context : STATUS;
    bool is_list = strcmp(request->path, "/discover") == 0;
    bool is_status = strcmp(request->path, "/status/eu-1") == 0;
    ret_answer->status = is_list || is_status ? 200 : 404;
    ret_answer->body = is_list ? LIST : is_status ? status : "{\"error\":\"no such deployment\"}";
}

static int run_check(struct program_fixture *fixture, const char *status, const char *argument)
{
    fake_api_set_answer(fixture->api, answer_well, (void *)(uintptr_t)status);
    return program_fixture_run(fixture, (const char *const[]){ "--check-api", argument, NULL });
}

static const char *output_of(const struct program_fixture *fixture)
{
    size_t size;
    const char *output = program_output(fixture->program, &size);
    assert_printable(output, size);
    return output;
}

static void a_good_api_gives_0(void **state)
{
    struct program_fixture *fixture = *state;
    assert_int_equal(run_check(fixture, NULL, NULL), 0);
    assert_non_null(strstr(output_of(fixture), "ok           status_id "));
    assert_non_null(strstr(output_of(fixture), "1 deployments: 22 ok, 0 broken, 12 not checked\n"));
    assert_int_equal(fake_api_count(fixture->api, "POST", NULL), 0);
}

static void a_broken_promise_gives_1(void **state)
{
    struct program_fixture *fixture = *state;
    assert_int_equal(run_check(fixture, "{\"current_hosts\":-1}", NULL), 1);
    assert_non_null(strstr(output_of(fixture), "\nBROKEN status_counts\n"));
    assert_non_null(strstr(output_of(fixture), "current_hosts is -1, expected a whole number"));
}

static void an_api_that_is_not_reached_gives_3(void **state)
{
    struct program_fixture *fixture = *state;
    size_t size;
    fake_api_set_listening(fixture->api, false);
    assert_int_equal(run_check(fixture, NULL, NULL), 3);
    assert_string_equal(output_of(fixture), "");
    assert_non_null(strstr(program_log(fixture->program, &size), "refused"));
}

static void the_document_has_every_promise(void **state)
{
    struct program_fixture *fixture = *state;
    assert_int_equal(run_check(fixture, "[]", "--output=json"), 1);
    cJSON *root = cJSON_Parse(output_of(fixture));
    assert_non_null(root);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "promises");
    assert_int_equal(cJSON_GetArraySize(rows), PROMISE_COUNT);
    for (int i = 0; i < PROMISE_COUNT; i++) {
        const cJSON *row = cJSON_GetArrayItem(rows, i);
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "promise"));
        const char *result = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "result"));
        assert_int_equal(promise_find(name), i + 1);
        assert_int_equal(strcmp(result, "broken") == 0, i + 1 == PROMISE_STATUS_COUNTS);
        assert_int_equal(cJSON_HasObjectItem(row, "came"), i + 1 == PROMISE_STATUS_COUNTS);
    }
    cJSON_Delete(root);
}

static void a_token_that_is_repeated_is_not_shown(void **state)
{
    static const char *const outputs[] = { "--output=table", "--output=json" };
    struct program_fixture *fixture = *state;
    fixture->environment = with_token;
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        int code = run_check(fixture, "{\"current_hosts\":\"" TOKEN "\"}", outputs[i]);
        assert_int_equal(code, 1);
        assert_non_null(strstr(output_of(fixture), "Authorization: Bearer (token)"));
        assert_null(strstr(output_of(fixture), "Canary"));
        assert_non_null(strstr(fake_api_find(fixture->api, "GET", "/discover", 0)->headers, TOKEN));
    }
}

#define ROW(test)                                                                                  \
    {                                                                                              \
        .name = #test, .test_func = (test), .setup_func = program_fixture_enter,                   \
        .teardown_func = program_fixture_leave                                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_good_api_gives_0),
        ROW(a_broken_promise_gives_1),
        ROW(an_api_that_is_not_reached_gives_3),
        ROW(the_document_has_every_promise),
        ROW(a_token_that_is_repeated_is_not_shown),
    };
    return cmocka_run_group_tests_name("check_command", tests, NULL, NULL);
}
