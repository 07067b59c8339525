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

void program_fixture_init(struct program_fixture *program_fixture)
{
    *program_fixture = (struct program_fixture){ 0 };
    snprintf(program_fixture->directory, sizeof program_fixture->directory,
             "/tmp/autoscaler_test.XXXXXX");
    must(mkdtemp(program_fixture->directory));
    program_fixture->api = fake_api_create(NULL, NULL);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void program_fixture_fini(struct program_fixture *program_fixture)
{
    program_destroy(program_fixture->program);
    program_destroy(program_fixture->partner);
    fake_api_destroy(program_fixture->api);
    nftw(program_fixture->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int program_fixture_enter(void **state)
{
    struct program_fixture *program_fixture = heap_alloc(1, sizeof *program_fixture);
    must(program_fixture);
    program_fixture_init(program_fixture);
    program_fixture->row = *state;
    *state = program_fixture;
    return 0;
}

int program_fixture_leave(void **state)
{
    program_fixture_fini(*state);
    heap_free(*state);
    return 0;
}

void program_fixture_start(struct program_fixture *program_fixture, const char *const *arguments)
{
    const char *all[PROGRAM_ARGUMENTS_MAX + 1] = { "--api", fake_api_url(program_fixture->api) };
    size_t count = 2;
    for (size_t i = 0; arguments[i]; i++) {
        must(count < PROGRAM_ARGUMENTS_MAX);
        all[count++] = arguments[i];
    }
    struct program_config config = {
        .arguments = all,
        .environment = program_fixture->environment,
        .home = program_fixture->directory,
        .input = program_fixture->input,
        .files_max = program_fixture->files_max,
    };
    program_destroy(program_fixture->program);
    program_fixture->program = program_start(&config);
}

int program_fixture_run(struct program_fixture *program_fixture, const char *const *arguments)
{
    program_fixture_start(program_fixture, arguments);
    return program_finish(program_fixture->program);
}

int program_fixture_stop(struct program_fixture *program_fixture)
{
    program_signal(program_fixture->program, SIGTERM);
    return program_finish(program_fixture->program);
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

void program_fixture_wait(struct program_fixture *program_fixture, const char *method,
                          const char *path, int64_t count)
{
    struct expectation wanted = { program_fixture->api, method, path, count };
    char what[256];
    snprintf(what, sizeof what, "request %lld: %s %s", (long long)count, method ? method : "any",
             path ? path : "path");
    program_wait_until(program_fixture->program, is_met, &wanted, what);
}

const char *program_fixture_path(const struct program_fixture *program_fixture, const char *name,
                                 char ret_path[PROGRAM_FIXTURE_PATH_SIZE])
{
    int length =
        snprintf(ret_path, PROGRAM_FIXTURE_PATH_SIZE, "%s/%s", program_fixture->directory, name);
    must(length > 0 && length < PROGRAM_FIXTURE_PATH_SIZE);
    return ret_path;
}

void program_fixture_write(const struct program_fixture *program_fixture, const char *name,
                           const char *text, unsigned mode)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_path(program_fixture, name, path);
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

char *program_fixture_read(const char *path)
{
    size_t size = 0, capacity = READ_SIZE;
    char *text = heap_alloc(capacity + 1, 1);
    FILE *file = fopen(path, "rb");
    must(text);
    for (size_t got; file && (got = fread(text + size, 1, capacity - size, file)) > 0;) {
        size += got;
        if (size < capacity)
            continue;
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
