#include "tests/support/program_fixture.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 * 1024)

void stage_init(struct stage *stage)
{
    *stage = (struct stage){ 0 };
    snprintf(stage->folder, sizeof stage->folder, "/tmp/autoscaler_test.XXXXXX");
    must(mkdtemp(stage->folder));
    stage->api = fake_api_create(NULL, NULL);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void stage_fini(struct stage *stage)
{
    program_destroy(stage->program);
    program_destroy(stage->partner);
    fake_api_destroy(stage->api);
    nftw(stage->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int stage_enter(void **state)
{
    struct stage *stage = heap_alloc(1, sizeof *stage);
    must(stage);
    stage_init(stage);
    stage->row = *state;
    *state = stage;
    return 0;
}

int stage_leave(void **state)
{
    stage_fini(*state);
    heap_free(*state);
    return 0;
}

void stage_start(struct stage *stage, const char *const *arguments)
{
    const char *all[PROGRAM_ARGUMENTS_MAX + 1] = { "--api", fake_api_url(stage->api) };
    size_t count = 2;
    for (size_t i = 0; arguments[i]; i++) {
        must(count < PROGRAM_ARGUMENTS_MAX);
        all[count++] = arguments[i];
    }
    struct program_config config = {
        .arguments = all,
        .environment = stage->environment,
        .home = stage->folder,
        .input = stage->input,
        .files_max = stage->files_max,
    };
    program_destroy(stage->program);
    stage->program = program_start(&config);
}

int stage_run(struct stage *stage, const char *const *arguments)
{
    stage_start(stage, arguments);
    return program_finish(stage->program);
}

int stage_stop(struct stage *stage)
{
    program_signal(stage->program, SIGTERM);
    return program_finish(stage->program);
}

struct expectation {
    struct fake_api *api;
    const char *method;
    const char *path;
    int64_t count;
};

static bool is_met(void *context)
{
    const struct expectation *wanted = context;
    return fake_api_count(wanted->api, wanted->method, wanted->path) >= wanted->count;
}

void stage_wait(struct stage *stage, const char *method, const char *path, int64_t count)
{
    struct expectation wanted = { stage->api, method, path, count };
    char what[256];
    snprintf(what, sizeof what, "request %lld: %s %s", (long long)count, method ? method : "any",
             path ? path : "path");
    program_wait_until(stage->program, is_met, &wanted, what);
}

const char *stage_path(const struct stage *stage, const char *name, char ret_path[STAGE_PATH_SIZE])
{
    int length = snprintf(ret_path, STAGE_PATH_SIZE, "%s/%s", stage->folder, name);
    must(length > 0 && length < STAGE_PATH_SIZE);
    return ret_path;
}

void stage_write(const struct stage *stage, const char *name, const char *text, unsigned mode)
{
    char path[STAGE_PATH_SIZE];
    stage_path(stage, name, path);
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

char *stage_read(const char *path)
{
    size_t size = 0, capacity = READ_SIZE;
    char *text = heap_alloc(capacity + 1, 1);
    FILE *file = fopen(path, "rb");
    must(text);
    for (size_t got; file && (got = fread(text + size, 1, capacity - size, file)) > 0;) {
        size += got;
        capacity *= 2;
        text = heap_resize(text, capacity + 1, 1);
        must(text);
    }
    if (file)
        fclose(file);
    text[size] = '\0';
    return text;
}

void assert_printable(const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t code_point = 0;
        size_t length = utf8_decode(bytes + at, size - at, &code_point);
        if (length == 0 || (code_point != '\n' && !code_point_is_printable(code_point)))
            fail_msg("byte %zu of the output is no printable text: U+%04X, behind\n%.*s", at,
                     code_point, (int)(at < 300 ? at : 300), bytes + at - (at < 300 ? at : 300));
        at += length;
    }
}
