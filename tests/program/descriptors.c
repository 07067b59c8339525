/*
 * The real binary without standard streams: a file that it opens must not become one of them.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends a program that hangs. */
#define PATIENCE_S 60

static int run_without_streams(char *const arguments[])
{
    const char *binary = getenv("AUTOSCALER");
    binary = binary ? binary : "build/release/autoscaler";
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (int fd = 0; fd <= STDERR_FILENO; fd++)
            close(fd);
        setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
        alarm(PATIENCE_S);
        execv(binary, arguments);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* More log than a pipe can hold, in case a pipe has the number of standard error. */
static void a_log_without_a_stream_goes_nowhere(void **state)
{
    (void)state;
    char program[] = "autoscaler";
    char once[] = "--once";
    char demo[] = "--demo=2000";
    char level[] = "--log-level=debug";
    char *arguments[] = { program, once, demo, level, NULL };
    /* The report was not written either. */
    assert_int_equal(run_without_streams(arguments), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_without_a_stream_goes_nowhere),
    };
    return cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
