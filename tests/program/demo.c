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

/* The demo has an API of its own: no --api. */
static void start(struct stage *stage, const char *const *arguments)
{
    struct program_config config = { .arguments = arguments, .home = stage->folder };
    program_destroy(stage->program);
    stage->program = program_start(&config);
}

static int run(struct stage *stage, const char *const *arguments)
{
    start(stage, arguments);
    return program_finish(stage->program);
}

/* --- headless ------------------------------------------------------------------------------------------------------ */

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

static void the_fleet_is_found_and_scaled_for_a_while(void **state)
{
    struct stage *stage = *state;
    const struct headless_row *row = stage->row;
    size_t size;
    start(stage, row->arguments);
    program_wait_line(stage->program, "engine_started ");
    program_wait_line(stage->program, row->found);
    program_wait_line(stage->program, " info scaled deployment=");
    for (int i = 0; i < 6; i++)
        program_wait_line(stage->program, " info pass_done ");
    program_signal(stage->program, SIGTERM);
    program_wait_line(stage->program, " info engine_stopped ");
    assert_int_equal(program_finish(stage->program), EXIT_OK);
    const char *log = program_log(stage->program, &size);
    assert_printable(log, size);
    program_output(stage->program, &size);
    assert_int_equal(size, 0);
}

/* --- once ------------------------------------------------------------------------------------------------------------ */

static int count_lines(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

static void once_prints_a_table(void **state)
{
    struct stage *stage = *state;
    size_t size;
    assert_int_equal(run(stage, (const char *const[]){ "--once", "--demo", NULL }), EXIT_OK);
    const char *table = program_output(stage->program, &size);
    assert_printable(table, size);
    /* A heading, a line for each, a line for all. */
    assert_int_equal(count_lines(table), 14);
    assert_int_equal(strncmp(table, "DEPLOYMENT ", 11), 0);
    assert_non_null(strstr(table, "\n12 deployments, 12 read, "));
    program_log(stage->program, &size);
    assert_int_equal(size, 0);
}

/* The columns stand under their headings: each line is as wide up to the action. */
static void the_columns_of_the_table_are_straight(void **state)
{
    struct stage *stage = *state;
    size_t size;
    assert_int_equal(run(stage, (const char *const[]){ "--once", "--demo=50", NULL }), EXIT_OK);
    const char *table = program_output(stage->program, &size);
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
    struct stage *stage = *state;
    struct document document;
    size_t size;
    const char *const arguments[] = { "--once", "--demo=30", "--output=json", NULL };
    assert_int_equal(run(stage, arguments), EXIT_OK);
    const char *output = program_output(stage->program, &size);
    document_init(&document, output, size);
    assert_int_equal(document.count, 30);
    document_fini(&document);
}

static void the_token_is_not_for_the_demo(void **state)
{
    struct stage *stage = *state;
    const char *const environment[] = { "AUTOSCALER_TOKEN=canary-1b", NULL };
    const char *const arguments[] = { "--once", "--demo", NULL };
    struct program_config config = {
        .arguments = arguments,
        .environment = environment,
        .home = stage->folder,
    };
    stage->program = program_start(&config);
    assert_int_equal(program_finish(stage->program), EXIT_OK);
}

/* --- the mock server ------------------------------------------------------------------------------------------------- */

/* Starts a mock server; where it says that it is goes into ret_option as --api=URL. */
static void start_mock(struct stage *stage, char *ret_option, size_t size)
{
    const char *const arguments[] = { "--simulate-api=127.0.0.1:0", "--demo-speed=1000", NULL };
    struct program_config config = { .arguments = arguments, .home = stage->folder };
    stage->partner = program_start(&config);
    const char *line = program_wait_output(stage->partner, "http://");
    snprintf(ret_option, size, "--api=%s", strstr(line, "http://"));
}

static void end_mock(struct stage *stage)
{
    size_t size;
    program_signal(stage->partner, SIGTERM);
    assert_int_equal(program_finish(stage->partner), EXIT_OK);
    program_log(stage->partner, &size);
    assert_int_equal(size, 0);
}

static void the_mock_server_is_scaled(void **state)
{
    struct stage *stage = *state;
    char option[128];
    start_mock(stage, option, sizeof option);
    const char *const arguments[] = { "--no-ui", option, "--pass-interval=20ms",
                                      "--discovery-interval=100ms", NULL };
    start(stage, arguments);
    program_wait_line(stage->program, "discovery_done deployments=12 new=12 ");
    program_wait_line(stage->program, " info scaled deployment=");
    for (int i = 0; i < 6; i++)
        program_wait_line(stage->program, " info pass_done ");
    assert_int_equal(stage_stop(stage), EXIT_OK);
    assert_int_equal(program_count_lines(stage->program, " error "), 0);
    end_mock(stage);
}

static void the_mock_server_is_read_once(void **state)
{
    struct stage *stage = *state;
    char option[128];
    struct document document;
    size_t size;
    start_mock(stage, option, sizeof option);
    const char *const arguments[] = { "--once", option, "--output=json", NULL };
    assert_int_equal(run(stage, arguments), EXIT_OK);
    const char *output = program_output(stage->program, &size);
    document_init(&document, output, size);
    assert_int_equal(document.count, 12);
    assert_string_equal(member_string(document.root, "api"), option + strlen("--api="));
    document_fini(&document);
    end_mock(stage);
}

/* A port that is taken is no usage error, and says which. */
static void the_mock_server_needs_its_port(void **state)
{
    struct stage *stage = *state;
    size_t size;
    char option[64];
    snprintf(option, sizeof option, "--simulate-api=127.0.0.1:%d", fake_api_port(stage->api));
    assert_int_equal(run(stage, (const char *const[]){ option, NULL }), 1);
    const char *log = program_log(stage->program, &size);
    assert_int_equal(count_lines(log), 1);
    assert_non_null(strstr(log, option + strlen("--simulate-api=")));
}

#define STAGE_TEST(function)                                                                       \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        STAGE_TEST(once_prints_a_table),
        STAGE_TEST(the_columns_of_the_table_are_straight),
        STAGE_TEST(once_prints_a_document),
        STAGE_TEST(the_token_is_not_for_the_demo),
        STAGE_TEST(the_mock_server_is_scaled),
        STAGE_TEST(the_mock_server_is_read_once),
        STAGE_TEST(the_mock_server_needs_its_port),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(headless_rows)];
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(all + COUNT_OF(tests), headless_rows,
                    the_fleet_is_found_and_scaled_for_a_while);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = stage_enter;
        all[i].teardown_func = stage_leave;
    }
    return cmocka_run_group_tests_name("demo", all, NULL, NULL);
}
