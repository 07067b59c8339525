#include "tests/support/config_fixture.h"

#include "engine/config/options.h"
#include "tests/support/watched_heap.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/test_config.XXXXXX";

void config_fixture_write_file(const char *path, const char *bytes, size_t size, mode_t mode)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

void config_fixture_write_text(const char *path, const char *text)
{
    config_fixture_write_file(path, text, strlen(text), 0600);
}

int config_fixture_enter(void **state)
{
    (void)state;
    memcpy(home + strlen(home) - 6, "XXXXXX", 6);
    if (!mkdtemp(home) || chdir(home) < 0)
        return -1;
    unsetenv("AUTOSCALER_API");
    unsetenv("AUTOSCALER_TOKEN");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", home, 1);
    /* A configuration in /etc of the machine must not change the tests. */
    setenv("AUTOSCALER_CONFIG", "/dev/null", 1);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

int config_fixture_leave(void **state)
{
    (void)state;
    watched_heap.succeed_count = -1;
    if (chdir("/") < 0 || nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
        return -1;
    return watched_heap.live_count == 0 ? 0 : -1;
}

void config_fixture_make_folders(const char *outer, const char *inner)
{
    assert_int_equal(mkdir(outer, 0700), 0);
    assert_int_equal(mkdir(inner, 0700), 0);
}

void config_fixture_set_variable(const char *assignment)
{
    char name[64];
    size_t length = strcspn(assignment, "=");
    assert_true(length < sizeof name);
    memcpy(name, assignment, length);
    name[length] = '\0';
    setenv(name, assignment + length + 1, 1);
}

int config_fixture_load_args(const char *const *args, struct config **ret_config, struct error *err)
{
    char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t) "autoscaler" };
    int argc = 1;
    for (; args && args[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)args[argc - 1];
    *ret_config = NULL;
    *err = (struct error){ 0 };
    return config_load(argc, argv, ret_config, err);
}

struct config *config_fixture_load(const char *const *args)
{
    struct config *config;
    struct error err;
    if (config_fixture_load_args(args, &config, &err) < 0)
        fail_msg("%s", err.msg);
    return config;
}

struct config *config_fixture_load_file(const char *yaml)
{
    config_fixture_write_text(FILE_NAME, yaml);
    return config_fixture_load((const char *const[]){ "--config=" FILE_NAME, NULL });
}

void config_fixture_expect_refusal(const char *const *args, int code, const char *message)
{
    struct config *config;
    struct error err;
    int r = config_fixture_load_args(args, &config, &err);
    if (r == 0) {
        config_destroy(config);
        fail_msg("accepted, expected: %s", message);
    }
    assert_string_equal(err.msg, message);
    assert_int_equal(r, code);
    assert_int_equal(err.code, code);
    assert_null(config);
}

/* The value of an option, as --check-config shows it. */
const char *config_fixture_shown(const struct config *config, const char *key)
{
    static char storage[8200];
    struct text text;
    const struct option_row *row = option_find_key(key, strlen(key));
    assert_non_null(row);
    text_init(&text, storage, sizeof storage);
    option_add(row, (const char *)config + row->offset, &text);
    return storage;
}

char *config_fixture_printed(const struct config *config)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    config_print(config, out);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

/* config_fixture_config_fixture_enter replaces the state; the test needs its row. */
int config_fixture_enter_row(void **state)
{
    void *row = *state;
    int r = config_fixture_enter(state);
    *state = row;
    return r;
}

const char *config_fixture_home(void)
{
    return home;
}

void config_fixture_limit_memory(int64_t succeed_count)
{
    watched_heap.succeed_count = succeed_count;
}

size_t config_fixture_memory_count(void)
{
    return watched_heap.live_count;
}
