/*
 * Faults of the journal below the program: its disk reports errors, cuts writes, does not confirm them or does not
 * answer; another version of the program has written it.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "engine/store/database.h"
#include "engine/store/schema.h"
#include "tests/support/crash_program.h"
#include "tests/support/state_path.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SITE "a"
#define HOSTS 10
#define BUSY 96 /* 2 more hosts are needed */
#define READS 20
#define SLOW_CONFIRM "--set=defaults.confirm_timeout=60s" /* by the clocks of the program */
#define CONFIRM_MS 61000
#define BOOT_READS 5
#define SETTLED_READS 12

static int64_t posts(struct api_fixture *fixture)
{
    return fake_api_count(fixture->program_fixture.api, "POST", NULL);
}

/* --- the disk -------------------------------------------------------------------------------------------------- */

static void begin(struct api_fixture *fixture, struct crash_program *program)
{
    static const struct crash_place nowhere = { .hit = 0 };
    neighbour_add(fixture);
    crash_program_open(program, fixture);
    crash_program_start(program, fixture, &nowhere, NULL);
    api_fixture_wait(fixture, " info pass_done ");
}

/* Nothing is sent, and everything is read, while nothing can be recorded. */
static void expect_held(struct api_fixture *fixture)
{
    api_fixture_wait_lines(fixture, " error state_unavailable ", 1);
    api_fixture_wait_lines(fixture, " reason=state_unavailable", 1);
    api_fixture_wait_reads(fixture, NEIGHBOUR, READS);
    assert_int_equal(posts(fixture), 0);
}

static void expect_resumed(struct api_fixture *fixture, struct crash_program *program)
{
    api_fixture_wait(fixture, " info state_available ");
    api_fixture_wait(fixture, " info scaled deployment=" NEIGHBOUR);
    neighbour_stop(fixture);
    crash_program_close(program);
}

static void run_failing_disk(struct api_fixture *fixture, enum fault fault)
{
    struct crash_program program;
    begin(fixture, &program);
    crash_program_set_fault(&program, fault);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, BUSY);
    expect_held(fixture);
    crash_program_set_fault(&program, FAULT_NONE);
    expect_resumed(fixture, &program);
}

/* The loop does not wait for it. */
static void run_slow_disk(struct api_fixture *fixture)
{
    struct crash_program program;
    begin(fixture, &program);
    crash_program_block_syncs(&program, true);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, BUSY);
    api_fixture_wait_reads(fixture, NEIGHBOUR, READS);
    clocks_pass(&program.clocks, 30000);
    expect_held(fixture);
    crash_program_block_syncs(&program, false);
    expect_resumed(fixture, &program);
}

void fault_76(struct api_fixture *fixture)
{
    static const enum fault faults[] = { FAULT_ERROR, FAULT_SHORT, FAULT_SYNC, FAULT_FULL };
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        run_failing_disk(fixture, faults[i]);
        api_fixture_renew(fixture);
    }
    run_slow_disk(fixture);
}

/* --- another version ------------------------------------------------------------------------------------------- */

static void set_version(struct api_fixture *fixture, int version)
{
    char path[STATE_PATH_TEXT_SIZE], sql[256];
    struct database *database;
    struct error err = { 0 };
    state_path_journal(&fixture->program_fixture, path);
    assert_int_equal(database_open(path, DATABASE_WRITE, 1, &database, &err), 0);
    snprintf(sql, sizeof sql,
             "UPDATE meta SET value = '%d', sum = file_sum('schema', '%d') WHERE key = 'schema';"
             "PRAGMA user_version = %d",
             version, version, version);
    int failed = database_run(database, sql, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(failed, 0);
    database_close(database, true);
}

static void expect_too_new(struct api_fixture *fixture)
{
    size_t size;
    int64_t requests = fake_api_count(fixture->program_fixture.api, NULL, NULL);
    int code =
        program_fixture_run(&fixture->program_fixture, (const char *const[]){ "--no-ui", NULL });
    const char *log = program_log(fixture->program_fixture.program, &size);
    assert_non_null(strstr(log, "newer version of the program"));
    assert_int_equal(program_count_lines(fixture->program_fixture.program, ""), 1);
    assert_int_equal(code, 2);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, NULL), requests);
}

/* A scale is in flight when another version takes over, and again when this one returns. */
void fault_95(struct api_fixture *fixture)
{
    struct crash_program program;
    hosts_api_set_boot_reads(fixture->hosts, BOOT_READS);
    hosts_api_add(fixture->hosts, SITE, HOSTS, BUSY);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, 1);
    crash_program_open(&program, fixture);
    api_fixture_start(fixture, (const char *const[]){ "--timeout=10m", NULL });
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    program_signal(fixture->program_fixture.program, SIGKILL);
    assert_int_equal(program_finish(fixture->program_fixture.program), 128 + SIGKILL);
    set_version(fixture, SCHEMA_VERSION + 1);
    expect_too_new(fixture);
    set_version(fixture, SCHEMA_VERSION);
    neighbour_add(fixture);
    crash_program_start_usual(&program, fixture, (const char *const[]){ SLOW_CONFIRM, NULL });
    api_fixture_wait_reads(fixture, SITE, SETTLED_READS);
    clocks_pass(&program.clocks, CONFIRM_MS);
    api_fixture_wait_reads(fixture, SITE, SETTLED_READS);
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    assert_scales(fixture, SITE, 1, 2);
    crash_program_close(&program);
}
