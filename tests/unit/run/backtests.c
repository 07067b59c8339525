/* Backtests without memory. The output for traces is tested in tests/program/backtest_command. */
#include "engine/run/backtest/backtests.h"
#include "engine/config/config.h"
#include "engine/config/config_values.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/test_backtests.XXXXXX";

static int enter(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return -1;
    for (int i = 0; i < 40; i++)
        fprintf(file, "%d,%d\n", i * 300, 100 + i * i);
    return fclose(file);
}

static int leave(void **state)
{
    (void)state;
    return unlink(path);
}

static struct config *load(void)
{
    char program[] = "autoscaler";
    char no_file[] = "--config=/dev/null";
    char flag[] = "--backtest";
    char *const arguments[] = { program, no_file, flag, path, path, NULL };
    struct config *config;
    struct error err;
    assert_int_equal(config_load(5, arguments, &config, &err), 0);
    return config;
}

/* Nothing is printed then, and nothing leaks. */
static void memory_ends_anywhere(void **state)
{
    (void)state;
    struct config *config = load();
    size_t live_count = watched_heap.live_count;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    int r = -ENOMEM;
    int64_t n = 0;
    for (; r != 0; n++) {
        struct error err = { 0 };
        watched_heap.succeed_count = n;
        r = backtests_run(config, out, &err);
        watched_heap.succeed_count = -1;
        assert_int_equal(watched_heap.live_count, live_count);
        assert_int_equal(fflush(out), 0);
        if (r == 0)
            break;
        assert_int_equal(r, -ENOMEM);
        assert_string_equal(err.msg, "out of memory");
        assert_int_equal(size, 0);
    }
    assert_in_range(n, 20, 1000);
    assert_true(size > 0);
    fclose(out);
    free(bytes);
    config_destroy(config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(memory_ends_anywhere) };
    return cmocka_run_group_tests_name("backtests", tests, enter, leave);
}
