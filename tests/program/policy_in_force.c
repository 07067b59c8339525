/*
 * --once names the policy of each deployment, and where its target comes from.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/program.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define YAML                                                                                       \
    "policies:\n"                                                                                  \
    "  - {match: 'eu-1', target_free_pct: 30}\n"                                                   \
    "  - {match: 'eu-*', max_hosts: 50}\n"

static const char *run(struct api_fixture *fixture, const char *output)
{
    size_t size;
    char path[PROGRAM_FIXTURE_PATH_SIZE], config[PROGRAM_FIXTURE_PATH_SIZE + 16];
    struct program_fixture *program_fixture = &fixture->program_fixture;
    hosts_api_add(fixture->hosts, "eu-1", 10, 70);
    hosts_api_add(fixture->hosts, "eu-2", 10, 80);
    hosts_api_add(fixture->hosts, "us-1", 10, 80);
    program_fixture_write(program_fixture, API_FIXTURE_CONFIG, YAML, 0600);
    snprintf(config, sizeof config, "--config=%s",
             program_fixture_path(program_fixture, API_FIXTURE_CONFIG, path));
    assert_int_equal(program_fixture_run(program_fixture,
                                         (const char *const[]){ "--once", output, config, NULL }),
                     0);
    return program_output(program_fixture->program, &size);
}

static void check(const char *printed, const char *id, const char *said)
{
    const char *row = strstr(printed, id);
    const char *end = row ? strchr(row, '\n') : NULL;
    const char *found = row ? strstr(row, said) : NULL;
    if (!found || !end || found > end)
        fail_msg("no '%s' for %s in:\n%s", said, id, printed);
}

static void rows_of_json_have_it(void **state)
{
    const char *printed = run(*state, "--output=json");
    check(printed, "\"id\":\"eu-1\"", "\"policy\":\"eu-1\",\"target_from\":\"policy\"");
    check(printed, "\"id\":\"eu-2\"", "\"policy\":\"eu-*\",\"target_from\":\"api\"");
    check(printed, "\"id\":\"us-1\"", "\"policy\":\"defaults\",\"target_from\":\"api\"");
    check(printed, "\"id\":\"eu-1\"", "\"policy eu-1, target of the policy\"");
    check(printed, "\"id\":\"eu-2\"", "\"policy eu-*, target of the API\"");
    check(printed, "\"id\":\"us-1\"", "\"policy defaults, target of the API\"");
}

static void rows_of_the_table_have_it(void **state)
{
    const char *printed = run(*state, "--output=table");
    check(printed, "eu-1 ", " on_target [eu-1, its target]\n");
    check(printed, "eu-2 ", " on_target [eu-*]\n");
    check(printed, "us-1 ", " on_target\n");
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, api_fixture_enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_json_have_it),
        TEST(rows_of_the_table_have_it),
    };
    return cmocka_run_group_tests_name("policy_in_force", tests, NULL, NULL);
}
