#include "tests/support/api_fixture.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void init(struct scene *scene, const void *row)
{
    stage_init(&scene->stage);
    scene->stage.row = row;
    scene->hosts = hosts_api_create();
    fake_api_set_answer(scene->stage.api, hosts_api_answer, scene->hosts);
}

static void fini(struct scene *scene)
{
    if (scene->clear)
        scene->clear(scene->what);
    scene->clear = NULL;
    stage_fini(&scene->stage);
    hosts_api_destroy(scene->hosts);
}

int scene_enter(void **state)
{
    struct scene *scene = heap_alloc(1, sizeof *scene);
    must(scene);
    init(scene, *state);
    *state = scene;
    return 0;
}

int scene_leave(void **state)
{
    struct scene *scene = *state;
    fini(scene);
    heap_free(scene);
    return 0;
}

void scene_renew(struct scene *scene)
{
    const void *row = scene->stage.row;
    fini(scene);
    init(scene, row);
}

void scene_start(struct scene *scene, const char *const *arguments)
{
    const char *all[PROGRAM_ARGUMENTS_MAX] = { FORMULA_ALONE, "--no-ui", "--pass-interval=10ms",
                                               "--discovery-interval=100ms" };
    for (size_t i = 0, at = FORMULA_ALONE_COUNT + 3; arguments && arguments[i]; i++, at++) {
        must(at + 1 < PROGRAM_ARGUMENTS_MAX);
        all[at] = arguments[i];
    }
    stage_start(&scene->stage, all);
}

void scene_start_with(struct scene *scene, const char *yaml, const char *const *arguments)
{
    char path[STAGE_PATH_SIZE];
    stage_write(&scene->stage, SCENE_CONFIG, yaml, 0600);
    const char *all[PROGRAM_ARGUMENTS_MAX] = { "-c",
                                               stage_path(&scene->stage, SCENE_CONFIG, path) };
    for (size_t i = 0; arguments && arguments[i]; i++) {
        must(i + 3 < PROGRAM_ARGUMENTS_MAX);
        all[i + 2] = arguments[i];
    }
    scene_start(scene, all);
}

void scene_reload(struct scene *scene, const char *yaml, const char *told)
{
    stage_write(&scene->stage, SCENE_CONFIG, yaml, 0600);
    program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, told);
}

void scene_stop(struct scene *scene)
{
    size_t size;
    int code = stage_stop(&scene->stage);
    if (code != 0)
        fail_msg("exit code %d:\n%s", code, program_log(scene->stage.program, &size));
    assert_int_equal(program_count_lines(scene->stage.program, "engine_stopped"), 1);
    program_output(scene->stage.program, &size);
    assert_int_equal(size, 0);
}

struct reads {
    struct hosts_api *hosts;
    const char *id;
    int64_t wanted;
};

static bool are_enough(void *context)
{
    const struct reads *reads = context;
    return hosts_api_reads(reads->hosts, reads->id) >= reads->wanted;
}

void scene_wait_reads(struct scene *scene, const char *id, int64_t more)
{
    struct reads reads = { scene->hosts, id, hosts_api_reads(scene->hosts, id) + more };
    program_wait_until(scene->stage.program, are_enough, &reads, "more statuses");
}

const char *scene_wait(struct scene *scene, const char *text)
{
    return program_wait_line(scene->stage.program, text);
}

struct lines {
    struct program *program;
    const char *text;
    int64_t wanted;
};

static bool are_told(void *context)
{
    const struct lines *lines = context;
    return program_count_lines(lines->program, lines->text) >= lines->wanted;
}

void scene_wait_lines(struct scene *scene, const char *text, int64_t count)
{
    struct lines lines = { scene->stage.program, text, count };
    program_wait_until(scene->stage.program, are_told, &lines, text);
}

void assert_scales(struct scene *scene, const char *id, int64_t count, int64_t delta)
{
    struct scales scales;
    scales_init(&scales, scene->stage.api);
    int64_t sent = scales_count(&scales, id);
    if (sent != count)
        fail_msg("%lld scales of %s, not %lld", (long long)sent, id, (long long)count);
    for (int64_t i = 0; i < count; i++)
        assert_int_equal(scales_find(&scales, id, i)->delta, delta);
    scales_fini(&scales);
}

int64_t scene_scales(struct scene *scene, const char *id)
{
    struct scales scales;
    scales_init(&scales, scene->stage.api);
    int64_t count = scales_count(&scales, id);
    scales_fini(&scales);
    return count;
}

int64_t line_number(const char *line, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, " %s=", name);
    const char *found = strstr(line, key);
    if (!found)
        fail_msg("no '%s' in: %s", name, line);
    return strtoll(found + strlen(key), NULL, 10);
}

void assert_log_line(const char *line)
{
    char level[8];
    if (strlen(line) < 30 || line[10] != 'T' || line[23] != 'Z' || line[24] != ' ')
        fail_msg("no line of ours: %s", line);
    assert_in_range(strtoll(line, NULL, 10), 2026, 9999);
    assert_in_range(strtoll(line + 8, NULL, 10), 1, 31);
    snprintf(level, sizeof level, "%.*s", (int)strcspn(line + 25, " "), line + 25);
    if (strcmp(level, "debug") != 0 && strcmp(level, "info") != 0 && strcmp(level, "warn") != 0 &&
        strcmp(level, "error") != 0)
        fail_msg("no level in: %s", line);
}

/* 2026-01-02T03:04:05.678Z */
int64_t line_time_ms(const char *line)
{
    int64_t hours = strtoll(line + 11, NULL, 10);
    int64_t minutes = strtoll(line + 14, NULL, 10);
    int64_t seconds = strtoll(line + 17, NULL, 10);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + strtoll(line + 20, NULL, 10);
}
