#include "tests/support/api_fixture.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void api_fixture_init(struct api_fixture *fixture)
{
    program_fixture_init(&fixture->program_fixture);
    fixture->hosts = hosts_api_create();
    fake_api_set_answer(fixture->program_fixture.api, hosts_api_answer, fixture->hosts);
}

void api_fixture_fini(struct api_fixture *fixture)
{
    if (fixture->clear)
        fixture->clear(fixture->what);
    fixture->clear = NULL;
    program_fixture_fini(&fixture->program_fixture);
    hosts_api_destroy(fixture->hosts);
}

int api_fixture_enter(void **state)
{
    struct api_fixture *fixture = heap_alloc(1, sizeof *fixture);
    must(fixture);
    api_fixture_init(fixture);
    fixture->program_fixture.row = *state;
    *state = fixture;
    return 0;
}

int api_fixture_leave(void **state)
{
    struct api_fixture *fixture = *state;
    api_fixture_fini(fixture);
    heap_free(fixture);
    return 0;
}

void api_fixture_renew(struct api_fixture *fixture)
{
    const void *row = fixture->program_fixture.row;
    api_fixture_fini(fixture);
    api_fixture_init(fixture);
    fixture->program_fixture.row = row;
}

void api_fixture_start(struct api_fixture *fixture, const char *const *arguments)
{
    const char *all[PROGRAM_ARGUMENTS_MAX] = { FORMULA_ALONE, "--no-ui", "--pass-interval=10ms",
                                               "--discovery-interval=100ms" };
    for (size_t i = 0, at = FORMULA_ALONE_COUNT + 3; arguments && arguments[i]; i++, at++) {
        must(at + 1 < PROGRAM_ARGUMENTS_MAX);
        all[at] = arguments[i];
    }
    program_fixture_start(&fixture->program_fixture, all);
}

void api_fixture_start_with(struct api_fixture *fixture, const char *yaml,
                            const char *const *arguments)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, yaml, 0600);
    const char *all[PROGRAM_ARGUMENTS_MAX] = {
        "-c", program_fixture_path(&fixture->program_fixture, API_FIXTURE_CONFIG, path)
    };
    for (size_t i = 0; arguments && arguments[i]; i++) {
        must(i + 3 < PROGRAM_ARGUMENTS_MAX);
        all[i + 2] = arguments[i];
    }
    api_fixture_start(fixture, all);
}

void api_fixture_reload(struct api_fixture *fixture, const char *yaml, const char *told)
{
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, yaml, 0600);
    program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, told);
}

void api_fixture_stop(struct api_fixture *fixture)
{
    size_t size;
    int code = program_fixture_stop(&fixture->program_fixture);
    if (code != 0)
        fail_msg("exit code %d:\n%s", code, program_log_end(fixture->program_fixture.program));
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "engine_stopped"), 1);
    program_output(fixture->program_fixture.program, &size);
    assert_int_equal(size, 0);
}

void api_fixture_wait_reads(struct api_fixture *fixture, const char *id, int64_t more)
{
    struct hosts_reads reads = { fixture->hosts, id, hosts_api_reads(fixture->hosts, id) + more };
    program_wait_until(fixture->program_fixture.program, hosts_reads_are_enough, &reads,
                       "more statuses");
}

void api_fixture_run_passes(struct api_fixture *fixture, int count)
{
    struct program *program = fixture->program_fixture.program;
    for (int i = 0; i < count; i++) {
        int64_t done = program_count_lines(program, " pass_done ");
        program_signal(program, SIGUSR1);
        api_fixture_wait_lines(fixture, " pass_done ", done + 1);
    }
}

const char *api_fixture_wait(struct api_fixture *fixture, const char *text)
{
    return program_wait_line(fixture->program_fixture.program, text);
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

void api_fixture_wait_lines(struct api_fixture *fixture, const char *text, int64_t count)
{
    struct lines lines = { fixture->program_fixture.program, text, count };
    program_wait_until(fixture->program_fixture.program, are_told, &lines, text);
}

void assert_scales(struct api_fixture *fixture, const char *id, int64_t count, int64_t delta)
{
    struct scales scales;
    scales_init(&scales, fixture->program_fixture.api);
    int64_t sent = scales_count(&scales, id);
    if (sent != count)
        fail_msg("%lld scales of %s, not %lld", (long long)sent, id, (long long)count);
    for (int64_t i = 0; i < count; i++)
        assert_int_equal(scales_find(&scales, id, i)->delta, delta);
    scales_fini(&scales);
}

int64_t api_fixture_scales(struct api_fixture *fixture, const char *id)
{
    struct scales scales;
    scales_init(&scales, fixture->program_fixture.api);
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
