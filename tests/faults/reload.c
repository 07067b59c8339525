/*
 * Configurations that are wrong, or dangerous, or come all the time.
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

/* Each of them would lift the pause, were it taken. */
static const struct broken_row {
    const char *yaml;
    const char *said;
} broken_rows[] = {
    { "defaults: {max_hosts: 20", "autoscaler.yaml:" }, /* half of it has been written */
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

static void refuse(struct scene *scene, const char *said)
{
    program_signal(scene->stage.program, SIGHUP);
    const char *line = scene_wait(scene, " error config_refused ");
    if (!strstr(line, said))
        fail_msg("no '%s' in: %s", said, line);
    scene_wait_reads(scene, "a", 2);
}

/* What stands in the way is no text: a file that anybody may write, that is too large, or gone, or a folder. */
static void refuse_files(struct scene *scene)
{
    char path[STAGE_PATH_SIZE];
    char *large = heap_alloc(TOO_LARGE + 1, 1);
    must(large);
    memset(large, '\n', TOO_LARGE);
    stage_path(&scene->stage, SCENE_CONFIG, path);
    stage_write(&scene->stage, SCENE_CONFIG, "dry_run: false\n", 0666);
    refuse(scene, "everybody may write it");
    stage_write(&scene->stage, SCENE_CONFIG, large, 0600);
    refuse(scene, "larger than 1 MiB");
    heap_free(large);
    assert_int_equal(unlink(path), 0);
    refuse(scene, "No such file");
    assert_int_equal(mkdir(path, 0700), 0);
    refuse(scene, "directory");
    assert_int_equal(rmdir(path), 0);
}

static void refuse_token(struct scene *scene)
{
    char path[STAGE_PATH_SIZE], yaml[STAGE_PATH_SIZE + 64];
    stage_write(&scene->stage, "token", "canary\n", 0644);
    snprintf(yaml, sizeof yaml, "api:\n  token_file: %s\n",
             stage_path(&scene->stage, "token", path));
    stage_write(&scene->stage, SCENE_CONFIG, yaml, 0600);
    refuse(scene, "others have access to it");
}

static void start_paused(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 96);
    scene_start_with(scene, PAUSED, NULL);
    scene_wait_lines(scene, " info held deployment=a ", 1);
}

#define STORM 1000

/* Signals may come together: all that counts is the last file. */
static void storm(struct scene *scene)
{
    for (int i = 0; i < STORM; i++)
        program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, " info config_reloaded ");
    scene_wait_reads(scene, "a", 5);
}

void fault_81(struct scene *scene)
{
    start_paused(scene);
    for (size_t i = 0; i < COUNT_OF(broken_rows); i++) {
        stage_write(&scene->stage, SCENE_CONFIG, broken_rows[i].yaml, 0600);
        refuse(scene, broken_rows[i].said);
    }
    refuse_files(scene);
    refuse_token(scene);
    assert_int_equal(program_count_lines(scene->stage.program, "config_reloaded"), 0);
    stage_write(&scene->stage, SCENE_CONFIG, PAUSED, 0600);
    storm(scene);
    neighbour_grow(scene);
    assert_int_equal(scene_scales(scene, "a"), 0);
    scene_reload(scene, "dry_run: false\n", " policies=0");
    scene_wait_lines(scene, " info scaled deployment=a ", 1);
    scene_wait_reads(scene, "a", 5);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
    assert_int_equal(program_count_lines(scene->stage.program, "canary"), 0);
    assert_int_equal(program_count_lines(scene->stage.program, "config_refused"),
                     COUNT_OF(broken_rows) + 5);
}

/* --- legal, and dangerous ------------------------------------------------------------------------------------- */

void fault_82(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "lowered", 20, 160);
    hosts_api_add(scene->hosts, "greedy", 10, 80);
    scene_start_with(scene, "dry_run: false\n", NULL);
    scene_wait_reads(scene, "greedy", 3);
    scene_reload(
        scene,
        "policies:\n"
        "  - match: lowered\n    max_hosts: 1\n"
        "  - match: greedy\n    target_free_pct: 99\n    max_hosts: 14\n    max_step_up: 3\n",
        " policies=2");
    scene_wait_lines(scene, " info scaled deployment=lowered ", 1);
    scene_wait_lines(scene, " info scaled deployment=greedy ", 2);
    scene_wait_lines(scene, " reason=max_hosts", 3);
    neighbour_grow(scene);
    scene_wait_reads(scene, "greedy", 10);
    neighbour_stop(scene);
    assert_scales(scene, "lowered", 1, -4);
    assert_int_equal(scene_scales(scene, "greedy"), 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "greedy"), 14);
}

/* --- a pause -------------------------------------------------------------------------------------------------- */

void fault_96(struct scene *scene)
{
    start_paused(scene);
    scene_reload(scene, "pass_interval: 20ms\n" PAUSED, " info config_reloaded ");
    scene_wait_reads(scene, "a", 3);
    stage_write(&scene->stage, SCENE_CONFIG, "max_host: 20\n", 0600);
    refuse(scene, "unknown key");
    stage_write(&scene->stage, SCENE_CONFIG, PAUSED, 0600);
    program_signal(scene->stage.program, SIGKILL);
    assert_int_equal(program_finish(scene->stage.program), 128 + SIGKILL);
    for (int i = 0; i < 2; i++) {
        scene_start_with(scene, PAUSED, NULL);
        scene_wait_reads(scene, "a", 5);
        scene_stop(scene);
    }
    assert_int_equal(scene_scales(scene, "a"), 0);
    scene_start_with(scene, PAUSED, NULL);
    scene_wait(scene, " info pass_done ");
    neighbour_grow(scene);
    scene_reload(scene, "dry_run: false\n", " policies=0");
    scene_wait_lines(scene, " info scaled deployment=a ", 1);
    scene_wait_reads(scene, "a", 5);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
}
