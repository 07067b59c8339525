/*
 * Configurations that are wrong or dangerous, or change constantly.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAUSED "policies:\n  - match: a\n    paused: true\n"
#define TOO_LARGE ((size_t)1024 * 1024 + 1)

/* --- refused -------------------------------------------------------------------------------------------------- */

/* Each would end the pause if it were accepted. */
static const struct broken_row {
    const char *yaml;
    const char *said;
} broken_rows[] = {
    { "defaults: {max_hosts: 20", "autoscaler.yaml:" }, /* incomplete file */
    { "policies:\n  - match: \"a", "autoscaler.yaml:" },
    { "a: [b\n", "autoscaler.yaml:" },
    { "defaults:\n\tmax_hosts: 20\n", "autoscaler.yaml:" },
    { "max_host: 20\n", "unknown key 'max_host'" },
    { "defaults:\n  max_hosts: 0\n", "autoscaler.yaml:2:14: " },
    { "defaults:\n  min_hosts: 9\n  max_hosts: 8\n", "min_hosts" },
    { "pass_interval: 1ms\n", "autoscaler.yaml:1:16: " },
    { "dry_run: perhaps\n", "expected true or false" },
    { "api:\n  concurrency: 50\n", "cannot change while running" },
    { "dry_run: false\ndry_run: false\n", "dry_run" },
    { "\xff\xfe\n", "autoscaler.yaml:" },
};

static void refuse(struct api_fixture *fixture, const char *said)
{
    program_signal(fixture->program_fixture.program, SIGHUP);
    const char *line = api_fixture_wait(fixture, " error config_refused ");
    if (!strstr(line, said))
        fail_msg("no '%s' in: %s", said, line);
    api_fixture_wait_reads(fixture, "a", 2);
}

/* Faults of the file itself: world-writable, too large, missing, or a directory. */
static void refuse_files(struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char *large = heap_alloc(TOO_LARGE + 1, 1);
    must(large);
    memset(large, '\n', TOO_LARGE);
    program_fixture_path(&fixture->program_fixture, API_FIXTURE_CONFIG, path);
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, "dry_run: false\n", 0666);
    refuse(fixture, "every user may write it");
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, large, 0600);
    refuse(fixture, "larger than 1 MiB");
    heap_free(large);
    assert_int_equal(unlink(path), 0);
    refuse(fixture, "No such file");
    assert_int_equal(mkdir(path, 0700), 0);
    refuse(fixture, "directory");
    assert_int_equal(rmdir(path), 0);
}

static void refuse_token(struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE], yaml[PROGRAM_FIXTURE_PATH_SIZE + 64];
    program_fixture_write(&fixture->program_fixture, "token", "canary\n", 0644);
    snprintf(yaml, sizeof yaml, "api:\n  token_file: %s\n",
             program_fixture_path(&fixture->program_fixture, "token", path));
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, yaml, 0600);
    refuse(fixture, "others have access to it");
}

/* Each error has a line of its own. */
static void refuse_all(struct api_fixture *fixture)
{
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG,
                          "pass_interval: 1ms\ndefaults:\n  max_hosts: 0\n  cooldown_up: soon\n",
                          0600);
    int64_t further = program_count_lines(fixture->program_fixture.program, " config_error ");
    refuse(fixture, "autoscaler.yaml:1:16: ");
    api_fixture_wait(fixture, "autoscaler.yaml:3:14: ");
    api_fixture_wait(fixture, "autoscaler.yaml:4:16: ");
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " errors=3 "), 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " config_error "),
                     further + 2);
}

static void start_paused(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    api_fixture_start_with(fixture, PAUSED, NULL);
    api_fixture_wait_lines(fixture, " info held deployment=a ", 1);
}

#define STORM 1000

/* Signals may coalesce: only the last file must be in use. */
static void storm(struct api_fixture *fixture)
{
    for (int i = 0; i < STORM; i++)
        program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, " info config_reloaded ");
    api_fixture_wait_reads(fixture, "a", 5);
}

void fault_81(struct api_fixture *fixture)
{
    start_paused(fixture);
    for (size_t i = 0; i < COUNT_OF(broken_rows); i++) {
        program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, broken_rows[i].yaml,
                              0600);
        refuse(fixture, broken_rows[i].said);
    }
    refuse_files(fixture);
    refuse_token(fixture);
    refuse_all(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "config_reloaded"), 0);
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, PAUSED, 0600);
    storm(fixture);
    neighbour_grow(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    api_fixture_reload(fixture, "dry_run: false\n", " policies=0");
    api_fixture_wait_lines(fixture, " info scaled deployment=a ", 1);
    api_fixture_wait_reads(fixture, "a", 5);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "canary"), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "config_refused"),
                     COUNT_OF(broken_rows) + 6);
}

/* --- valid, dangerous ----------------------------------------------------------------------------------------- */

/* Of the API: once after the start, once after the reload. */
#define DOUBT " warn target_doubtful deployment=doubtful target_free_pct=95 deployments=1 "

void fault_82(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "lowered", 20, 160);
    hosts_api_add(fixture->hosts, "greedy", 10, 80);
    hosts_api_add(fixture->hosts, "doubtful", 10, 80);
    hosts_api_say_entry(fixture->hosts, "doubtful",
                        "{\"id\":\"doubtful\",\"servers_per_host\":10,\"target_free_pct\":95}",
                        INT64_MAX);
    api_fixture_start_with(fixture, "policies: [{match: doubtful, paused: true}]\n", NULL);
    api_fixture_wait_lines(fixture, DOUBT, 1);
    api_fixture_wait_reads(fixture, "greedy", 3);
    api_fixture_reload(
        fixture,
        "policies:\n"
        "  - match: doubtful\n    paused: true\n"
        "  - match: lowered\n    max_hosts: 1\n    scale_down_window: 0s\n"
        "  - match: greedy\n    target_free_pct: 99\n    max_hosts: 14\n    max_step_up: 3\n",
        " policies=3");
    api_fixture_wait_lines(fixture, DOUBT, 2);
    api_fixture_wait_lines(fixture, " info held deployment=lowered ", 1);
    api_fixture_wait_lines(fixture, " info scaled deployment=greedy ", 2);
    api_fixture_wait_lines(fixture, " reason=max_hosts", 3);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "greedy", 10);
    neighbour_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "lowered"), 0);
    assert_int_equal(api_fixture_scales(fixture, "greedy"), 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "greedy"), 14);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " target_doubtful "), 2);
}

/* --- a pause -------------------------------------------------------------------------------------------------- */

void fault_96(struct api_fixture *fixture)
{
    start_paused(fixture);
    api_fixture_reload(fixture, "pass_interval: 20ms\n" PAUSED, " info config_reloaded ");
    api_fixture_wait_reads(fixture, "a", 3);
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, "max_host: 20\n", 0600);
    refuse(fixture, "unknown key");
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, PAUSED, 0600);
    program_signal(fixture->program_fixture.program, SIGKILL);
    assert_int_equal(program_finish(fixture->program_fixture.program), 128 + SIGKILL);
    for (int i = 0; i < 2; i++) {
        api_fixture_start_with(fixture, PAUSED, NULL);
        api_fixture_wait_reads(fixture, "a", 5);
        api_fixture_stop(fixture);
    }
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    api_fixture_start_with(fixture, PAUSED, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    neighbour_grow(fixture);
    api_fixture_reload(fixture, "dry_run: false\n", " policies=0");
    api_fixture_wait_lines(fixture, " info scaled deployment=a ", 1);
    api_fixture_wait_reads(fixture, "a", 5);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}
