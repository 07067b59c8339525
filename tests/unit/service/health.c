/* When the engine counts as alive and as ready. */
#include "engine/service/health.h"
#include "tests/support/test.h"

#include <string.h>

static const struct health_row {
    const char *name;
    struct health_facts facts;
    const char *alive; /* a part of the line */
    const char *ready;
} rows[] = {
    /* clang-format off */
    { "all is well",            { 0, 0, 1, false },                      "ok",              "ok" },
    { "before the first pass",  { 0, 0, 0, false },                      "ok",              "the first pass is not over" },
    { "stopping",               { 0, 0, 7, true },                       "ok",              "the engine is stopping" },
    { "work just due",          { HEALTH_LOOP_MS, 0, 1, false },         "ok",              "ok" },
    { "work due for long",      { HEALTH_LOOP_MS + 1, 0, 1, false },     "loop is stuck",   "ok" },
    { "records wait",           { 0, HEALTH_STATE_MS, 1, false },        "ok",              "ok" },
    { "records wait for long",  { 0, HEALTH_STATE_MS + 1, 1, false },    "state directory", "ok" },
    /* clang-format on */
};

static void health_is_told(void **state)
{
    const struct health_row *row = *state;
    bool is_good;
    const char *line = health_alive(&row->facts, &is_good);
    assert_non_null(strstr(line, row->alive));
    assert_int_equal(is_good, strcmp(row->alive, "ok") == 0);
    line = health_ready(&row->facts, &is_good);
    assert_string_equal(line, row->ready);
    assert_int_equal(is_good, strcmp(row->ready, "ok") == 0);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];
    TESTS_FROM_ROWS(tests, rows, health_is_told);
    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
