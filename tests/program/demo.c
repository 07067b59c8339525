/*
 * The whole program against its own simulated fleet: embedded, as a mock server, and with faults.
 */
#include "tests/support/document.h"
#include "tests/support/program_fixture.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define EXIT_OK 0

/* The demo has an embedded API: no --api. */
static void start(struct program_fixture *program_fixture, const char *const *arguments)
{
    struct program_config config = { .arguments = arguments, .home = program_fixture->directory };
    program_destroy(program_fixture->program);
    program_fixture->program = program_start(&config);
}

static int run(struct program_fixture *program_fixture, const char *const *arguments)
{
    start(program_fixture, arguments);
    return program_finish(program_fixture->program);
}

/* --- headless ---------------------------------------------------------------------------------------------------- */

static const struct headless_row {
    const char *name;
    const char *arguments[6];
    const char *found; /* by discovery */
} headless_rows[] = {
    { "demo",
      { "--no-ui", "--demo", "--demo-speed=1000" },
      "discovery_done deployments=12 new=12 " },
    { "demo of 100",
      { "--no-ui", "--demo=100", "--demo-speed=1000" },
      "discovery_done deployments=100 new=100 " },
    { "demo with another seed",
      { "--no-ui", "--demo", "--demo-speed=1000", "--set=simulation.seed=7" },
      "discovery_done deployments=12 new=12 " },
    { "demo with slow boots",
      { "--no-ui", "--demo", "--demo-speed=1000", "--set=simulation.boot=5m" },
      "discovery_done deployments=12 new=12 " },
    { "demo with faults",
      { "--no-ui", "--demo", "--demo-speed=1000", "--set=simulation.faults=20%",
        "--timeout=300ms" },
      "discovery_done deployments=12 new=12 " },
    { "demo with many faults",
      { "--no-ui", "--demo", "--demo-speed=1000", "--set=simulation.faults=60%",
        "--timeout=300ms" },
      "discovery_done deployments=12 new=12 " },
};

static void the_fleet_is_found_and_scaled(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct headless_row *row = program_fixture->row;
    size_t size;
    start(program_fixture, row->arguments);
    program_wait_line(program_fixture->program, "engine_started ");
    program_wait_line(program_fixture->program, row->found);
    program_wait_line(program_fixture->program, " info scaled deployment=");
    for (int i = 0; i < 6; i++)
        program_wait_line(program_fixture->program, " info pass_done ");
    program_signal(program_fixture->program, SIGTERM);
    program_wait_line(program_fixture->program, " info engine_stopped ");
    assert_int_equal(program_finish(program_fixture->program), EXIT_OK);
    const char *log = program_log(program_fixture->program, &size);
    assert_printable(log, size);
    program_output(program_fixture->program, &size);
    assert_int_equal(size, 0);
}

/* --- once -------------------------------------------------------------------------------------------------------- */

static int count_lines(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

static void once_prints_a_table(void **state)
{
    struct program_fixture *program_fixture = *state;
    size_t size;
    assert_int_equal(run(program_fixture, (const char *const[]){ "--once", "--demo", NULL }),
                     EXIT_OK);
    const char *table = program_output(program_fixture->program, &size);
    assert_printable(table, size);
    /* A heading, a line for each deployment, a total. */
    assert_int_equal(count_lines(table), 14);
    assert_int_equal(strncmp(table, "DEPLOYMENT ", 11), 0);
    assert_non_null(strstr(table, "\n12 deployments, 12 read, "));
    program_log(program_fixture->program, &size);
    assert_int_equal(size, 0);
}

/* Columns are aligned with their headings: all lines have the same width before the action. */
static void the_columns_of_the_table_are_aligned(void **state)
{
    struct program_fixture *program_fixture = *state;
    size_t size;
    assert_int_equal(run(program_fixture, (const char *const[]){ "--once", "--demo=50", NULL }),
                     EXIT_OK);
    const char *table = program_output(program_fixture->program, &size);
    const char *heading = strstr(table, "  ACTION");
    assert_non_null(heading);
    size_t column = (size_t)(heading - table);
    const char *line = strchr(table, '\n') + 1;
    for (int i = 0; i < 50; i++) {
        assert_true(strcspn(line, "\n") > column + 2);
        assert_int_equal(line[column], ' ');
        assert_int_equal(line[column + 1], ' ');
        assert_true(line[column + 2] >= 'a' && line[column + 2] <= 'z');
        line = strchr(line, '\n') + 1;
    }
}

static void once_prints_a_document(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct document document;
    size_t size;
    const char *const arguments[] = { "--once", "--demo=30", "--output=json", NULL };
    assert_int_equal(run(program_fixture, arguments), EXIT_OK);
    const char *output = program_output(program_fixture->program, &size);
    document_init(&document, output, size);
    assert_int_equal(document.count, 30);
    document_fini(&document);
}

static void the_demo_gets_no_token(void **state)
{
    struct program_fixture *program_fixture = *state;
    const char *const environment[] = { "AUTOSCALER_TOKEN=canary-1b", NULL };
    const char *const arguments[] = { "--once", "--demo", NULL };
    struct program_config config = {
        .arguments = arguments,
        .environment = environment,
        .home = program_fixture->directory,
    };
    program_fixture->program = program_start(&config);
    assert_int_equal(program_finish(program_fixture->program), EXIT_OK);
}

/* --- the mock server --------------------------------------------------------------------------------------------- */

/* Starts a mock server; ret_option gets its address as --api=URL. */
static void start_mock(struct program_fixture *program_fixture, char *ret_option, size_t size)
{
    const char *const arguments[] = { "--simulate-api=127.0.0.1:0", "--demo-speed=1000", NULL };
    struct program_config config = { .arguments = arguments, .home = program_fixture->directory };
    program_fixture->partner = program_start(&config);
    const char *line = program_wait_output(program_fixture->partner, "http://");
    snprintf(ret_option, size, "--api=%s", strstr(line, "http://"));
}

static void end_mock(struct program_fixture *program_fixture)
{
    size_t size;
    program_signal(program_fixture->partner, SIGTERM);
    assert_int_equal(program_finish(program_fixture->partner), EXIT_OK);
    program_log(program_fixture->partner, &size);
    assert_int_equal(size, 0);
}

static void the_mock_server_is_scaled(void **state)
{
    struct program_fixture *program_fixture = *state;
    char option[128];
    start_mock(program_fixture, option, sizeof option);
    const char *const arguments[] = { "--no-ui", option, "--pass-interval=20ms",
                                      "--discovery-interval=100ms", NULL };
    start(program_fixture, arguments);
    program_wait_line(program_fixture->program, "discovery_done deployments=12 new=12 ");
    program_wait_line(program_fixture->program, " info scaled deployment=");
    for (int i = 0; i < 6; i++)
        program_wait_line(program_fixture->program, " info pass_done ");
    assert_int_equal(program_fixture_stop(program_fixture), EXIT_OK);
    assert_int_equal(program_count_lines(program_fixture->program, " error "), 0);
    end_mock(program_fixture);
}

static void the_mock_server_is_read_once(void **state)
{
    struct program_fixture *program_fixture = *state;
    char option[128];
    struct document document;
    size_t size;
    start_mock(program_fixture, option, sizeof option);
    const char *const arguments[] = { "--once", option, "--output=json", NULL };
    assert_int_equal(run(program_fixture, arguments), EXIT_OK);
    const char *output = program_output(program_fixture->program, &size);
    document_init(&document, output, size);
    assert_int_equal(document.count, 12);
    assert_string_equal(member_string(document.root, "api"), option + strlen("--api="));
    document_fini(&document);
    end_mock(program_fixture);
}

/* A port in use is not a usage error; the message names the port. */
static void the_mock_server_needs_its_port(void **state)
{
    struct program_fixture *program_fixture = *state;
    size_t size;
    char option[64];
    snprintf(option, sizeof option, "--simulate-api=127.0.0.1:%d",
             fake_api_port(program_fixture->api));
    assert_int_equal(run(program_fixture, (const char *const[]){ option, NULL }), 1);
    const char *log = program_log(program_fixture->program, &size);
    assert_int_equal(count_lines(log), 1);
    assert_non_null(strstr(log, option + strlen("--simulate-api=")));
}

#define PROGRAM_FIXTURE_TEST(function)                                                             \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PROGRAM_FIXTURE_TEST(once_prints_a_table),
        PROGRAM_FIXTURE_TEST(the_columns_of_the_table_are_aligned),
        PROGRAM_FIXTURE_TEST(once_prints_a_document),
        PROGRAM_FIXTURE_TEST(the_demo_gets_no_token),
        PROGRAM_FIXTURE_TEST(the_mock_server_is_scaled),
        PROGRAM_FIXTURE_TEST(the_mock_server_is_read_once),
        PROGRAM_FIXTURE_TEST(the_mock_server_needs_its_port),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(headless_rows)];
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(all + COUNT_OF(tests), headless_rows, the_fleet_is_found_and_scaled);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = program_fixture_enter;
        all[i].teardown_func = program_fixture_leave;
    }
    return cmocka_run_group_tests_name("demo", all, NULL, NULL);
}
