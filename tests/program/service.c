/*
 * The program as a service of Type=notify: what it sends to a manager when it starts, reloads, works and stops.
 */
#include "tests/support/control_fixture.h"
#include "tests/support/fake_manager.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VARIABLE_SIZE 256
#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define WATCHDOG "WATCHDOG=1\n"

/*
 * Few messages, so that the manager's buffer is not full while the test waits for something else: what is missed is
 * sent later, but of two phases only the newest.
 */
#define QUIET PASSES_ON_REQUEST, "--discovery-interval=1h"

/* The environment of the program, and the manager that it finds there. */
struct unit {
    struct fake_manager manager;
    char socket[VARIABLE_SIZE];
    const char *environment[4];
};

static struct unit *unit_of(struct api_fixture *fixture)
{
    return fixture->what;
}

static struct fake_manager *manager_of(struct api_fixture *fixture)
{
    return &unit_of(fixture)->manager;
}

static void clear(void *what)
{
    struct unit *unit = what;
    fake_manager_close(&unit->manager);
    heap_free(unit);
}

static int enter(void **state)
{
    int failed = api_fixture_enter(state);
    struct api_fixture *fixture = *state;
    struct unit *unit = heap_alloc(1, sizeof *unit);
    if (failed || !unit)
        return -1;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    fake_manager_open(&unit->manager,
                      program_fixture_path(&fixture->program_fixture, "notify", path));
    snprintf(unit->socket, sizeof unit->socket, "NOTIFY_SOCKET=%s", unit->manager.address);
    unit->environment[0] = unit->socket;
    fixture->what = unit;
    fixture->clear = clear;
    fixture->program_fixture.environment = unit->environment;
    return 0;
}

static void add_fleet(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(fixture->hosts, "eu-duel-2", 20, 160);
}

struct wanted {
    struct fake_manager *manager;
    const char *text;
    int64_t count;
};

static bool has_come(void *context)
{
    const struct wanted *wanted = context;
    return fake_manager_count(wanted->manager, wanted->text) >= wanted->count;
}

/* Waits until the manager has the text so often. */
static void wait_for(struct api_fixture *fixture, const char *text, int64_t count)
{
    struct wanted wanted = { manager_of(fixture), text, count };
    program_wait_until(fixture->program_fixture.program, has_come, &wanted, text);
}

static int64_t count(struct api_fixture *fixture, const char *text)
{
    return fake_manager_count(manager_of(fixture), text);
}

/* Where the text is for the last time. */
static const char *last(struct api_fixture *fixture, const char *text)
{
    const char *found = NULL;
    for (const char *at = fake_manager_read(manager_of(fixture)); (at = strstr(at, text)); at++)
        found = at;
    assert_non_null(found);
    return found;
}

/* --- the start -------------------------------------------------------------------------------------------------- */

static void it_is_ready_after_the_first_discovery(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    api_fixture_start(fixture, ARGUMENTS(QUIET));
    wait_for(fixture, "READY=1\n", 1);
    wait_for(fixture, "STATUS=2 deployments; pass 1 at ", 1);
    api_fixture_run_passes(fixture, 1);
    wait_for(fixture, "STATUS=2 deployments; pass 2 at ", 1);
    const char *text = fake_manager_read(manager_of(fixture));
    assert_ptr_equal(
        strstr(text, "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=discovers the deployments\n\n"), text);
    api_fixture_stop(fixture);
    assert_int_equal(count(fixture, "READY=1\n"), 1);
    assert_int_equal(count(fixture, "STOPPING=1\n"), 1);
    assert_true(last(fixture, "STOPPING=1\n") > last(fixture, "READY=1\n"));
    assert_int_equal(count(fixture, "WATCHDOG="), 0);
}

/* The list never comes. A stop that comes meanwhile is no start. */
static void it_is_not_ready_before(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    unit_of(fixture)->environment[1] = "WATCHDOG_USEC=20000";
    api_fixture_start(fixture, ARGUMENTS(QUIET, "--timeout=5m"));
    program_fixture_wait(&fixture->program_fixture, "GET", "/discover", 1);
    wait_for(fixture, "STATUS=discovers the deployments\n", 1);
    wait_for(fixture, WATCHDOG, 3);
    api_fixture_stop(fixture);
    assert_int_equal(count(fixture, "STOPPING=1\n"), 1);
    assert_int_equal(count(fixture, "READY=1\n"), 0);
}

static void a_first_discovery_that_fails_is_in_the_status(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_REFUSED, FOR_EVER);
    api_fixture_start(fixture, NULL);
    wait_for(fixture, "READY=1\n", 1);
    wait_for(fixture, "STATUS=discovery failed: HTTP 400: ", 1);
    assert_int_equal(count(fixture, "; pass "), 0);
    hosts_api_heal(fixture->hosts);
    wait_for(fixture, "STATUS=2 deployments; pass 1 at ", 1);
    api_fixture_stop(fixture);
    assert_int_equal(count(fixture, "READY=1\n"), 1);
}

/* --- the status ------------------------------------------------------------------------------------------------- */

static void the_status_is_that_of_the_last_pass(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    api_fixture_start(fixture, ARGUMENTS(QUIET, "--dry-run"));
    wait_for(fixture, "STATUS=dry-run; 2 deployments; pass 1 at ", 1);
    hosts_api_set_busy(fixture->hosts, "eu-duel-2", 200);
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "--all", "--yes")), 0);
    assert_int_equal(count(fixture, "paused"), 0);
    api_fixture_run_passes(fixture, 1);
    wait_for(fixture, "STATUS=paused; dry-run; 2 deployments, 1 starved; pass 2 at ", 1);
    assert_int_equal(ctl(fixture, ARGUMENTS("resume", "--all", "--yes")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("dry-run", "off", "--yes")), 0);
    api_fixture_run_passes(fixture, 1);
    wait_for(fixture, "Z: 2 read, 1 scaled (+5 -0 hosts)\n", 1);
    api_fixture_stop(fixture);
}

/* --- reloads ---------------------------------------------------------------------------------------------------- */

static int64_t monotonic_us(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void write_config(struct api_fixture *fixture, const char *yaml)
{
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, yaml, 0600);
}

static void assert_reloaded(struct api_fixture *fixture, int64_t times)
{
    wait_for(fixture, "READY=1\n", 1 + times);
    assert_int_equal(count(fixture, "RELOADING=1\nMONOTONIC_USEC="), times);
    assert_int_equal(count(fixture, "READY=1\n"), 1 + times);
    assert_true(last(fixture, "READY=1\n") > last(fixture, "RELOADING=1\n"));
}

/* As ExecReload of the unit: a refused configuration fails the reload, and the engine goes on. */
static void a_reload_by_the_unit_waits_for_the_result(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    add_fleet(fixture);
    api_fixture_start_with(fixture, "dry_run: false\n", ARGUMENTS(QUIET));
    wait_for(fixture, "; pass 1 at ", 1);
    write_config(fixture, "dry_run: perhaps\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("reload")), 1);
    const char *complaint = program_log(fixture->program_fixture.partner, &size);
    assert_non_null(strstr(complaint, "autoscalerctl: refused: "));
    assert_non_null(strstr(complaint, "dry_run"));
    assert_reloaded(fixture, 1);
    wait_for(fixture, "STATUS=the new configuration is refused: ", 1);
    write_config(fixture, "dry_run: true\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("reload")), 0);
    assert_reloaded(fixture, 2);
    wait_for(fixture, "STATUS=dry-run; 2 deployments; pass ", 1);
    api_fixture_stop(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("reload")), 3);
}

static void a_reload_by_signal_is_shown(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    api_fixture_start_with(fixture, "dry_run: false\n", ARGUMENTS(QUIET));
    wait_for(fixture, "; pass 1 at ", 1);
    int64_t before_us = monotonic_us();
    api_fixture_reload(fixture, "dry_run: true\n", " config_reloaded ");
    assert_reloaded(fixture, 1);
    const char *at = last(fixture, "MONOTONIC_USEC=");
    assert_in_range(strtoll(at + strlen("MONOTONIC_USEC="), NULL, 10), before_us, monotonic_us());
    api_fixture_stop(fixture);
}

/* --- the watchdog ----------------------------------------------------------------------------------------------- */

static void a_loop_that_turns_feeds_the_watchdog(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    unit_of(fixture)->environment[1] = "WATCHDOG_USEC=20000";
    api_fixture_start(fixture, NULL);
    wait_for(fixture, WATCHDOG, 5);
    wait_for(fixture, "READY=1\n", 1);
    api_fixture_stop(fixture);
}

static void the_watchdog_of_another_process_is_not_fed(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    unit_of(fixture)->environment[1] = "WATCHDOG_USEC=20";
    unit_of(fixture)->environment[2] = "WATCHDOG_PID=1";
    api_fixture_start(fixture, NULL);
    wait_for(fixture, "; pass 5 at ", 1);
    api_fixture_stop(fixture);
    assert_int_equal(count(fixture, WATCHDOG), 0);
}

/* --- a manager that takes nothing ------------------------------------------------------------------------------- */

static void a_manager_that_takes_nothing_is_not_awaited(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    hosts_api_add(fixture->hosts, "grow", 10, 96);
    fake_manager_fill(manager_of(fixture));
    unit_of(fixture)->environment[1] = "WATCHDOG_USEC=20000";
    api_fixture_start_with(fixture, "dry_run: false\n", NULL);
    api_fixture_wait(fixture, " scaled deployment=grow delta=+2 ");
    api_fixture_wait(fixture, " pass_done ");
    api_fixture_reload(fixture, "dry_run: false\n", " config_reloaded ");
    api_fixture_wait(fixture, " pass_done ");
    wait_for(fixture, "READY=1\n", 1);
    wait_for(fixture, WATCHDOG, 2);
    api_fixture_stop(fixture);
    assert_int_equal(count(fixture, "RELOADING=1\n"), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " service_unreachable "),
                     0);
}

static void a_manager_that_is_not_there_is_reported_once(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    unit_of(fixture)->environment[0] = "NOTIFY_SOCKET=/nonexistent/notify";
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " warn service_unreachable error=\"No such file or directory\"");
    api_fixture_wait(fixture, " pass_done pass=3 ");
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " service_unreachable "),
                     1);
}

/* --- the environment -------------------------------------------------------------------------------------------- */

static const struct variable_row {
    const char *name;
    const char *variables[2];
    const char *complaint;
} variable_rows[] = {
    /* clang-format off */
    { "a wrong NOTIFY_SOCKET", { "NOTIFY_SOCKET=notify" },
      "autoscaler: NOTIFY_SOCKET: 'notify' is neither an absolute path nor an abstract name (@NAME)\n" },
    { "a wrong WATCHDOG_USEC", { "NOTIFY_SOCKET=@notify", "WATCHDOG_USEC=30s" },
      "autoscaler: WATCHDOG_USEC: '30s' is not a positive number\n" },
    /* clang-format on */
};

static void a_wrong_variable_is_refused(void **state)
{
    struct api_fixture *fixture = *state;
    const struct variable_row *row = fixture->program_fixture.row;
    size_t size;
    unit_of(fixture)->environment[0] = row->variables[0];
    unit_of(fixture)->environment[1] = row->variables[1];
    assert_int_equal(program_fixture_run(&fixture->program_fixture, ARGUMENTS("--no-ui")), 2);
    assert_string_equal(program_log(fixture->program_fixture.program, &size), row->complaint);
}

/* A pass of a shell that has inherited the variables of some service. */
static void once_is_no_service(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    unit_of(fixture)->environment[1] = "WATCHDOG_USEC=30s";
    assert_int_equal(program_fixture_run(&fixture->program_fixture, ARGUMENTS("--once")), 0);
    assert_string_equal(fake_manager_read(manager_of(fixture)), "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_ready_after_the_first_discovery),
        TEST(it_is_not_ready_before),
        TEST(a_first_discovery_that_fails_is_in_the_status),
        TEST(the_status_is_that_of_the_last_pass),
        TEST(a_reload_by_the_unit_waits_for_the_result),
        TEST(a_reload_by_signal_is_shown),
        TEST(a_loop_that_turns_feeds_the_watchdog),
        TEST(the_watchdog_of_another_process_is_not_fed),
        TEST(a_manager_that_takes_nothing_is_not_awaited),
        TEST(a_manager_that_is_not_there_is_reported_once),
        TEST(once_is_no_service),
    };
    struct CMUnitTest variables[COUNT_OF(variable_rows)];
    TESTS_FROM_ROWS(variables, variable_rows, a_wrong_variable_is_refused);
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        variables[i].setup_func = enter;
        variables[i].teardown_func = api_fixture_leave;
    }
    int failed = cmocka_run_group_tests_name("service", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("service: variables", variables, NULL, NULL);
}
