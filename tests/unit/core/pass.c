#include "engine/core/pass.h"

#include "tests/support/test.h"

#define MOST INT32_MAX

static const struct scaled_row {
    const char *name;
    int32_t deltas[3];
    int32_t scaled;
    int32_t added;
    int32_t removed;
} scaled_rows[] = {
    /* clang-format off */
    { "growth",                          { 6, 1, 2 },           3,    9,    0 },
    { "shrinking",                       { -6, -1, -2 },        3,    0,    9 },
    { "both ways",                       { 6, -1, 2 },          3,    8,    1 },
    { "more hosts than fit",             { 6, MOST, 1 },        3, MOST,    0 },
    { "fewer hosts than fit",            { -6, -MOST, 1 },      3,    1, MOST },
    { "the smallest number",             { INT32_MIN, -1, 0 },  3,    0, MOST },
    /* clang-format on */
};

static void check_scaled(void **state)
{
    const struct scaled_row *row = *state;
    struct pass_summary pass = { 0 };
    for (size_t i = 0; i < COUNT_OF(row->deltas); i++)
        pass_count_scaled(&pass, row->deltas[i]);
    assert_int_equal(pass.scaled, row->scaled);
    assert_int_equal(pass.hosts_added, row->added);
    assert_int_equal(pass.hosts_removed, row->removed);
}

static const struct outcome_row {
    const char *name;
    enum action action;
    enum reason reason;
    struct pass_summary pass;
} outcome_rows[] = {
    /* clang-format off */
    { "nothing to do",     ACTION_NONE,        REASON_ON_TARGET,       { 0 } },
    { "scaled counts when it is accepted", ACTION_SCALED, REASON_BELOW_TARGET, { 0 } },
    { "dry-run",           ACTION_DRY_RUN,     REASON_BELOW_TARGET,    { .would_scale = 1 } },
    { "held by a guard rail", ACTION_HELD,        REASON_MAX_HOSTS,       { .held = 1 } },
    { "held for bad data", ACTION_HELD,        REASON_FREE_ABOVE_TOTAL, { .held = 1, .held_data = 1 } },
    { "failed",            ACTION_FAILED,      REASON_READ_FAILED,     { .failed = 1 } },
    { "unconfirmed",       ACTION_UNCONFIRMED, REASON_UNCONFIRMED,     { .unconfirmed = 1 } },
    /* clang-format on */
};

static void check_outcome(void **state)
{
    const struct outcome_row *row = *state;
    struct pass_summary pass = { 0 };
    pass_count(&pass, row->action, row->reason);
    assert_memory_equal(&pass, &row->pass, sizeof pass);
}

int main(void)
{
    struct CMUnitTest scaled_tests[COUNT_OF(scaled_rows)];
    struct CMUnitTest outcome_tests[COUNT_OF(outcome_rows)];
    TESTS_FROM_ROWS(scaled_tests, scaled_rows, check_scaled);
    TESTS_FROM_ROWS(outcome_tests, outcome_rows, check_outcome);
    int failed = cmocka_run_group_tests_name("scaled", scaled_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("outcomes", outcome_tests, NULL, NULL);
    return failed;
}
