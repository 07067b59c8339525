#include "tests/crash/crash_run.h"

#include "tests/support/scales.h"
#include "tests/support/state_path.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SITE "a"
#define BUSY_PER_HOST 8
#define NEEDED 12
#define BOOT_READS 6
#define DRAIN_READS 6
#define NEVER 100000
#define FIRST_READS 3
#define ROUND_READS 10
#define ROUNDS 3
#define DRAIN_ROUNDS 6
#define CONFIRM_MS 61000            /* longer than a lost order may take, and shorter than a boot */
#define DRAINED_MS (31 * 60 * 1000) /* longer than a lost removal may take */
#define VERSION_OFFSET 60           /* of user_version in the file */

/* The times in which orders are confirmed and hosts boot pass by the clocks alone. */
static const char *const arguments[] = { "--set=defaults.confirm_timeout=60s",
                                         "--set=defaults.scale_down_window=0s",
                                         "--set=defaults.boot_timeout=30m", NULL };

const struct crash_scenario crash_scenarios[CRASH_SCENARIO_COUNT] = {
    { "growth, counted when ordered", 10, true, TROUBLE_NONE, BESIDE_NOTHING },
    { "growth, counted when booted", 10, false, TROUBLE_NONE, BESIDE_NOTHING },
    { "lost answer, applied, counted when ordered", 10, true, TROUBLE_LOST, BESIDE_NOTHING },
    { "lost answer, applied, counted when booted", 10, false, TROUBLE_LOST, BESIDE_NOTHING },
    { "lost answer, not applied, counted when ordered", 10, true, TROUBLE_DROPPED, BESIDE_NOTHING },
    { "lost answer, not applied, counted when booted", 10, false, TROUBLE_DROPPED, BESIDE_NOTHING },
    { "removal with drains", 15, true, TROUBLE_NONE, BESIDE_NOTHING },
    { "reload", 10, false, TROUBLE_NONE, BESIDE_RELOAD },
    { "damaged journal", 10, false, TROUBLE_NONE, BESIDE_DAMAGE },
    { "disk that fails", 10, true, TROUBLE_NONE, BESIDE_DISK },
};

/* --- waiting --------------------------------------------------------------------------------------------------- */

/* False: the program has ended. */
static bool wait_reads(struct crash_run *run, int64_t more)
{
    struct hosts_api *hosts = run->fixture.hosts;
    struct hosts_reads reads = { hosts, SITE, hosts_api_reads(hosts, SITE) + more };
    return program_wait_or_end(run->fixture.program_fixture.program, hosts_reads_are_enough, &reads,
                               "more statuses");
}

struct wanted_line {
    const struct program *program;
    const char *text;
};

static bool is_logged(void *context)
{
    const struct wanted_line *wanted = context;
    return program_count_lines(wanted->program, wanted->text) > 0;
}

static bool wait_line(struct crash_run *run, const char *text)
{
    struct program *program = run->fixture.program_fixture.program;
    struct wanted_line wanted = { program, text };
    return program_wait_or_end(program, is_logged, &wanted, text);
}

/*
 * All that may follow has time to follow, again and again. A removal that may have been lost counts as applied for the
 * time that hosts drain, and as hosts that stay after it.
 */
static bool wait_settled(struct crash_run *run)
{
    bool is_removal = run->scenario->hosts_before > NEEDED;
    for (int round = 0; round < (is_removal ? DRAIN_ROUNDS : ROUNDS); round++) {
        if (!wait_reads(run, ROUND_READS))
            return false;
        clocks_pass(&run->program.clocks, is_removal ? DRAINED_MS : CONFIRM_MS);
    }
    return wait_reads(run, ROUND_READS);
}

/* --- the need -------------------------------------------------------------------------------------------------- */

static void write_config(struct crash_run *run, const char *boot_timeout)
{
    char yaml[128];
    snprintf(yaml, sizeof yaml, "defaults:\n  scale_down_window: 0s\n  boot_timeout: %s\n",
             boot_timeout);
    program_fixture_write(&run->fixture.program_fixture, API_FIXTURE_CONFIG, yaml, 0600);
}

static void reload(struct crash_run *run, const char *boot_timeout)
{
    if (run->scenario->beside != BESIDE_RELOAD)
        return;
    write_config(run, boot_timeout);
    program_signal(run->fixture.program_fixture.program, SIGHUP);
}

static void need(struct crash_run *run)
{
    hosts_api_set_busy(run->fixture.hosts, SITE, NEEDED * BUSY_PER_HOST);
}

static bool let_disk_fail(struct crash_run *run)
{
    crash_program_set_fault(&run->program, FAULT_SYNC);
    need(run);
    bool is_running = wait_line(run, " error state_unavailable ");
    crash_program_set_fault(&run->program, FAULT_NONE);
    return is_running && wait_line(run, " info state_available ");
}

static bool let_need_arise(struct crash_run *run)
{
    if (!wait_reads(run, FIRST_READS))
        return false;
    if (run->scenario->beside == BESIDE_DISK)
        return let_disk_fail(run) && wait_settled(run);
    reload(run, "40m");
    need(run);
    if (run->scenario->beside != BESIDE_DAMAGE &&
        !wait_line(run, " info scale_requested deployment=" SITE " "))
        return false;
    reload(run, "50m");
    return wait_settled(run);
}

/* --- an earlier run -------------------------------------------------------------------------------------------- */

/* A bit of the version: the rows stay valid. */
static void damage_journal(const struct crash_run *run)
{
    char path[STATE_PATH_TEXT_SIZE];
    FILE *file = fopen(state_path_journal(&run->fixture.program_fixture, path), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, VERSION_OFFSET, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, VERSION_OFFSET, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

static void run_before(struct crash_run *run)
{
    static const struct crash_place nowhere = { .hit = 0 };
    if (run->scenario->beside != BESIDE_DAMAGE)
        return;
    need(run);
    crash_program_start(&run->program, &run->fixture, &nowhere, arguments);
    assert_true(wait_line(run, " info scaled deployment=" SITE " "));
    api_fixture_stop(&run->fixture);
    damage_journal(run);
}

/* --- runs ------------------------------------------------------------------------------------------------------ */

void crash_run_init(struct crash_run *run, const struct crash_scenario *scenario)
{
    *run = (struct crash_run){ .scenario = scenario };
    api_fixture_init(&run->fixture);
    crash_program_open(&run->program, &run->fixture);
    struct hosts_api *hosts = run->fixture.hosts;
    if (scenario->counts_ordered)
        hosts_api_count_ordered(hosts);
    hosts_api_set_boot_reads(hosts, BOOT_READS);
    hosts_api_set_drain_reads(hosts, DRAIN_READS);
    hosts_api_add(hosts, SITE, scenario->hosts_before, scenario->hosts_before * BUSY_PER_HOST);
    hosts_api_trouble(hosts, REQUEST_SCALE, scenario->trouble, 1);
    run_before(run);
}

void crash_run_fini(struct crash_run *run)
{
    api_fixture_fini(&run->fixture);
    crash_program_close(&run->program);
}

static void start(struct crash_run *run, const struct crash_place *place)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    const char *with_file[] = {
        arguments[0],
        "-c",
        program_fixture_path(&run->fixture.program_fixture, API_FIXTURE_CONFIG, path),
        NULL,
    };
    const char *const *own = run->scenario->beside == BESIDE_RELOAD ? with_file : arguments;
    write_config(run, "30m");
    if (place)
        crash_program_start(&run->program, &run->fixture, place, own);
    else
        crash_program_start_usual(&run->program, &run->fixture, own);
}

bool crash_run_begin(struct crash_run *run, const struct crash_place *place)
{
    struct program *program;
    start(run, place);
    program = run->fixture.program_fixture.program;
    if (let_need_arise(run))
        program_signal(program, SIGTERM);
    int code = program_finish(program);
    if (code != 0 && code != 128 + SIGKILL)
        fail_msg("exit code %d:\n%s", code, program_log_end(program));
    crash_program_set_fault(&run->program, FAULT_NONE);
    return code != 0;
}

static void check_direction(struct crash_run *run)
{
    struct scales scales;
    bool is_growth = run->scenario->hosts_before < NEEDED;
    scales_init(&scales, run->fixture.program_fixture.api);
    for (int64_t i = 0; i < scales_count(&scales, SITE); i++) {
        int64_t delta = scales_find(&scales, SITE, i)->delta;
        if ((delta > 0) != is_growth)
            fail_msg("a scale by %d; the log:\n%s", (int)delta,
                     program_log_end(run->fixture.program_fixture.program));
    }
    scales_fini(&scales);
}

void crash_run_continue(struct crash_run *run)
{
    start(run, NULL);
    need(run);
    struct program *program = run->fixture.program_fixture.program;
    bool is_settled = wait_settled(run);
    int64_t hosts = hosts_api_hosts(run->fixture.hosts, SITE);
    if (!is_settled || hosts != NEEDED)
        fail_msg("%d hosts, not %d; the log:\n%s", (int)hosts, NEEDED, program_log_end(program));
    check_direction(run);
    api_fixture_stop(&run->fixture);
    if (run->scenario->beside != BESIDE_DAMAGE)
        assert_int_equal(program_count_lines(program, " state_damaged "), 0);
}

void crash_run_kill(struct crash_run *run, const struct crash_place *place, int64_t reads,
                    int64_t pass_ms)
{
    start(run, place);
    need(run);
    struct program *program = run->fixture.program_fixture.program;
    if (wait_reads(run, reads))
        program_signal(program, SIGKILL);
    assert_int_equal(program_finish(program), 128 + SIGKILL);
    clocks_pass(&run->program.clocks, pass_ms);
}

void crash_run_order_for_ever(struct crash_run *run)
{
    hosts_api_set_boot_reads(run->fixture.hosts, NEVER);
    start(run, NULL);
    need(run);
    assert_true(wait_line(run, " info scaled deployment=" SITE " "));
    api_fixture_stop(&run->fixture);
}
