/*
 * tests/run counts what the test programs report, in the form of each supported version of cmocka. The programs of this
 * test are scripts that print a report.
 */
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define OUTPUT_SIZE 8192
#define PATH_SIZE 64
#define ROW_PROGRAMS_MAX 2

#define RUN(name) "[ RUN      ] " name "\n"
#define GOOD(name) RUN(name) "[       OK ] " name "\n"
#define BAD(name) RUN(name) "[  ERROR   ] --- 0 != 1\n[  FAILED  ] " name "\n"
#define SKIP(name) RUN(name) "[  SKIPPED ] " name "\n"

/* `group` is empty before cmocka 1.1.7. */
#define REPORT(group)                                                                              \
    GOOD("a")                                                                                      \
    BAD("b")                                                                                       \
    SKIP("c")                                                                                      \
    BAD("d")                                                                                       \
    "[==========] " group "4 test(s) run.\n[  PASSED  ] " group "1 test(s).\n"                     \
    "[  SKIPPED ] " group "1 test(s), listed below:\n[  SKIPPED ] c\n\n 1 SKIPPED TEST(S)\n"       \
    "[  FAILED  ] " group "2 test(s), listed below:\n[  FAILED  ] b\n[  FAILED  ] d\n\n"           \
    " 2 FAILED TEST(S)\n"

static const char names[] = "skipped: p0: c\nfailed: p0: d\nfailed: p0: b\n";

static const struct row {
    const char *name;
    struct {
        const char *report; /* NULL: no more programs */
        const char *end;    /* a command */
    } programs[ROW_PROGRAMS_MAX];
    const char *closing; /* the last lines */
    const char *shown;   /* a part of what stands before */
} rows[] = {
    /* clang-format off */
    { "all pass", { { GOOD("a") GOOD("b"), "exit 0" }, { GOOD("c"), "exit 0" } }, "3 passed, 0 failed, 0 skipped\n", "ok       2  p0\n" },
    { "sums are added", { { GOOD("a") "count: 2 things\n", "exit 0" }, { GOOD("b") "count: 5 things\n", "exit 0" } },
      "7 things\n2 passed, 0 failed, 0 skipped\n", "" },
    { "an older cmocka", { { REPORT(""), "exit 2" } }, "1 passed, 2 failed, 1 skipped\n", names },
    { "a newer cmocka", { { REPORT("group: "), "exit 2" } }, "1 passed, 2 failed, 1 skipped\n", names },
    { "the table of a failed suite is shown", { { "| first\n" BAD("a") "| last\n", "exit 1" } },
      "0 passed, 1 failed, 0 skipped\n", "| first\n| last\n" },
    { "a crash", { { GOOD("a") RUN("b"), "kill -9 $$" } }, "1 passed, 1 failed, 0 skipped\n", "failed: p0: b\n" },
    { "an exit code alone", { { GOOD("a"), "exit 23" } }, "1 passed, 1 failed, 0 skipped\n", "failed: p0: exit 23\n" },
    { "a failure without an exit code", { { BAD("a") GOOD("b"), "exit 0" } }, "1 passed, 1 failed, 0 skipped\n", "FAIL     1  p0 (exit 0)\n" },
    { "nothing at all", { { "", "exit 0" } }, "0 passed, 0 failed, 0 skipped\n", "ok       0  p0\n" },
    { "a result behind text", { { RUN("a") "text[       OK ] a\nmore text" GOOD("b") RUN("c") "text[  SKIPPED ] c\n", "exit 0" } },
      "skipped: p0: c\n2 passed, 0 failed, 1 skipped\n", "ok       2  p0\n" },
    { "a failure behind text", { { RUN("a") "text[  FAILED  ] a\n" GOOD("b"), "exit 1" } }, "failed: p0: a\n1 passed, 1 failed, 0 skipped\n", "" },
    { "the result of another test", { { RUN("a") "[       OK ] b\n" GOOD("c"), "exit 0" } }, "failed: p0: a\n1 passed, 1 failed, 0 skipped\n", "" },
    { "a group that cannot be set up", { { "[  FAILED  ] GROUP SETUP\n[  ERROR   ] group\n", "exit 1" } },
      "failed: p0: GROUP SETUP\n0 passed, 1 failed, 0 skipped\n", "FAIL     0  p0 (exit 1)\n" },
    { "a group that cannot be set up, and a failed test", { { BAD("a") "[  FAILED  ] GROUP SETUP\n", "exit 2" } },
      "failed: p0: a\nfailed: p0: GROUP SETUP\n0 passed, 2 failed, 0 skipped\n", "" },
    { "a group that cannot be cleaned up", { { GOOD("a") "text[  FAILED  ] GROUP TEARDOWN\n", "exit 0" } },
      "failed: p0: GROUP TEARDOWN\n1 passed, 1 failed, 0 skipped\n", "" },
    /* clang-format on */
};

static const struct row equal_names_row = {
    "programs of the same name",
    { { GOOD("a") "count: 2 things\n", "exit 0" }, { BAD("b") "count: 5 things\n", "exit 1" } },
    "7 things\nfailed: p: b\n1 passed, 1 failed, 0 skipped\n",
    "FAIL     0  p (exit 1)\n",
};

static void write_program(const char *path, const char *report, const char *end)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\ncat <<'END'\n%sEND\n%s\n", report, end);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

static int run(const char *command, char ret_output[OUTPUT_SIZE])
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(ret_output, 1, OUTPUT_SIZE - 1, pipe);
    ret_output[size] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void check_output(const struct row *row, const char *output, int status)
{
    bool is_good =
        strstr(row->closing, " 0 failed") && strstr(row->closing, "0 passed") != row->closing;
    size_t size = strlen(output), closing_size = strlen(row->closing);
    assert_true(size >= closing_size);
    assert_string_equal(output + size - closing_size, row->closing);
    if (!strstr(output, row->shown))
        fail_msg("'%s' is not in:\n%s", row->shown, output);
    assert_int_equal(status, is_good ? 0 : 1);
}

/* Each program has a directory of its own. */
static void check(const struct row *row, const char *const program_names[ROW_PROGRAMS_MAX])
{
    char directory[] = "/tmp/runner-XXXXXX";
    char output[OUTPUT_SIZE], command[256], path[PATH_SIZE];
    assert_non_null(mkdtemp(directory));
    for (int i = 0; i < ROW_PROGRAMS_MAX && row->programs[i].report; i++) {
        snprintf(path, sizeof path, "%s/%d", directory, i);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof path, "%s/%d/%s", directory, i, program_names[i]);
        write_program(path, row->programs[i].report, row->programs[i].end);
    }
    snprintf(command, sizeof command, "JOBS=1 tests/run /none %s/*/p* 2>&1", directory);
    int status = run(command, output);
    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
    check_output(row, output, status);
}

static void reports_are_counted(void **state)
{
    check(*state, (const char *const[]){ "p0", "p1" });
}

static void programs_with_equal_names_are_told_apart(void **state)
{
    (void)state;
    check(&equal_names_row, (const char *const[]){ "p", "p" });
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        [COUNT_OF(rows)] = cmocka_unit_test(programs_with_equal_names_are_told_apart),
    };
    TESTS_FROM_ROWS(tests, rows, reports_are_counted);
    return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
