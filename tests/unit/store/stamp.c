/*
 * The age of a stamp: a lower bound, over jumps of the clock and reboots.
 */
#include "engine/store/stamp.h"

#include "tests/support/test.h"

#include <string.h>

static const struct age_row {
    const char *name;
    struct stamp then;
    struct stamp_origin origin;
    struct stamp now;
    int64_t age_ms;
} age_rows[] = {
    /* clang-format off */
    /*                                 then: wall  boot     same boot, its last    now: wall  boot     age */
    { "the same boot",                 {{ 1000 }, { 500 }}, { true,  { 0 } },      {{ 3000 }, { 700 }},  200 },
    { "the wall clock jumped ahead",   {{ 1000 }, { 500 }}, { true,  { 0 } },   {{ 9000000 }, { 700 }},  200 },
    { "the wall clock jumped back",    {{ 9000 }, { 500 }}, { true,  { 0 } },         {{ 1 }, { 700 }},  200 },
    { "never negative",                {{ 1000 }, { 500 }}, { true,  { 0 } },      {{ 3000 }, { 400 }},    0 },
    { "another boot: both parts",      {{ 1000 }, { 500 }}, { false, { 800 } },    {{ 3000 }, { 70 }},   370 },
    { "the other boot ended at once",  {{ 1000 }, { 500 }}, { false, { 500 } },    {{ 3000 }, { 70 }},    70 },
    { "its end is not known",          {{ 1000 }, { 500 }}, { false, { 0 } },      {{ 3000 }, { 70 }},    70 },
    /* clang-format on */
};

static void age_is_as_expected(void **state)
{
    const struct age_row *row = *state;
    assert_int_equal(stamp_age_ms(&row->then, &row->origin, &row->now), row->age_ms);
}

static void the_boot_has_an_id(void **state)
{
    (void)state;
    char id[BOOT_ID_SIZE];
    char again[BOOT_ID_SIZE];
    boot_id_read(id);
    boot_id_read(again);
    assert_string_equal(id, again);
    assert_null(strchr(id, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_boot_has_an_id) };
    struct CMUnitTest ages[COUNT_OF(age_rows)];
    TESTS_FROM_ROWS(ages, age_rows, age_is_as_expected);
    int failed = cmocka_run_group_tests_name("stamp", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("stamp: ages", ages, NULL, NULL);
}
