/*
 * Values as bytes and back: what is written is read again, and what was damaged is never a value out of its range.
 */
#include "engine/core/byte_walk.h"

#include "tests/support/test.h"

#include <string.h>

#define BYTES_MAX 16

static const struct mono now = { 5000 };

/* --- whole numbers --------------------------------------------------------------------------------------------- */

static const struct whole_row {
    const char *name;
    int64_t value;
    size_t size;
    const char *bytes;
} whole_rows[] = {
    { "0", 0, 1, "\x00" },
    { "-1", -1, 1, "\x01" },
    { "63, the last of one byte", 63, 1, "\x7e" },
    { "-64, the last of one byte", -64, 1, "\x7f" },
    { "64", 64, 2, "\x80\x01" },
    { "INT32_MAX", INT32_MAX, 5, "\xfe\xff\xff\xff\x0f" },
    { "INT64_MAX", INT64_MAX, 10, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" },
    { "INT64_MIN", INT64_MIN, 10, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" },
};

static void row_is_the_same_on_every_machine(void **state)
{
    const struct whole_row *row = *state;
    struct byte_walk walk;
    uint8_t bytes[BYTES_MAX];
    int64_t value = row->value;
    byte_walk_write(&walk, bytes, sizeof bytes, now);
    walk_whole(&walk, &value, INT64_MIN, INT64_MAX);
    assert_int_equal(walk.at, row->size);
    assert_memory_equal(bytes, row->bytes, row->size);
    value = 99;
    byte_walk_read(&walk, bytes, row->size, now, 0);
    walk_whole(&walk, &value, INT64_MIN, INT64_MAX);
    assert_true(byte_walk_is_whole(&walk));
    assert_true(value == row->value);
}

/* --- damage ---------------------------------------------------------------------------------------------------- */

static const struct bad_row {
    const char *name;
    const char *bytes;
    size_t size;
} bad_rows[] = {
    { "no byte", "", 0 },
    { "an end too early", "\x80", 1 },
    { "not the shortest form", "\x80\x00", 2 },
    { "more than 64 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
    { "no end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10 },
    { "above the range: 11", "\x16", 1 },
    { "below the range: 1", "\x02", 1 },
};

static void row_reads_as_the_smallest(void **state)
{
    const struct bad_row *row = *state;
    struct byte_walk walk;
    int64_t value = 99, later = 99;
    byte_walk_read(&walk, row->bytes, row->size, now, 0);
    walk_whole(&walk, &value, 2, 10);
    walk_whole(&walk, &later, 3, 10);
    assert_true(walk.is_bad);
    assert_false(byte_walk_is_whole(&walk));
    assert_int_equal(value, 2);
    assert_int_equal(later, 3);
}

static void bytes_that_are_left_are_not_whole(void **state)
{
    (void)state;
    struct byte_walk walk;
    uint8_t value = 0;
    byte_walk_read(&walk, "\x02\x02", 2, now, 0);
    walk_u8(&walk, &value, 1);
    assert_int_equal(value, 1);
    assert_false(walk.is_bad);
    assert_false(byte_walk_is_whole(&walk));
}

static void without_room_nothing_is_written_behind_the_end(void **state)
{
    (void)state;
    struct byte_walk walk;
    uint8_t bytes[BYTES_MAX] = { 0 };
    int32_t value = INT32_MAX;
    byte_walk_write(&walk, bytes, 2, now);
    walk_i32(&walk, &value, 0);
    assert_true(walk.is_bad);
    assert_int_equal(walk.at, 2);
    assert_int_equal(bytes[2], 0);
}

static void a_flag_that_is_not_known_is_bad(void **state)
{
    (void)state;
    struct byte_walk walk;
    bool first = false, second = false;
    bool *const flags[] = { &first, &second };
    byte_walk_read(&walk, "\x02\x04", 2, now, 0);
    walk_flags(&walk, flags, 2);
    assert_false(first);
    assert_true(second);
    assert_false(walk.is_bad);
    walk_flags(&walk, flags, 2);
    assert_true(walk.is_bad);
    assert_false(second);
}

/* --- instants -------------------------------------------------------------------------------------------------- */

/* Written at 5000 by one clock, read at `now_ms` by another one, `age_ms` later. */
static const struct instant_row {
    const char *name;
    int64_t at_ms;
    int64_t now_ms;
    int64_t age_ms;
    int64_t read_ms;
} instant_rows[] = {
    { "the same clock", 4000, 5000, 0, 4000 },
    { "a pause of the program", 4000, 7000, 2000, 4000 },
    { "a clock that starts again", 4000, 100, 2000, -2900 },
    { "a deadline", 9000, 7000, 2000, 9000 },
    { "a deadline that has passed meanwhile", 6000, 90000, 50000, 41000 },
    { "an age below 0 is none", 4000, 5000, -7, 4000 },
};

static void row_goes_on_while_nothing_runs(void **state)
{
    const struct instant_row *row = *state;
    struct byte_walk walk;
    uint8_t bytes[BYTES_MAX];
    struct mono at = { row->at_ms };
    byte_walk_write(&walk, bytes, sizeof bytes, now);
    walk_instant(&walk, &at);
    byte_walk_read(&walk, bytes, walk.at, (struct mono){ row->now_ms }, row->age_ms);
    walk_instant(&walk, &at);
    assert_true(byte_walk_is_whole(&walk));
    assert_int_equal(at.ms, row->read_ms);
}

static struct mono written_and_read(struct mono at, struct mono none, struct mono now_of_reading)
{
    struct byte_walk walk;
    uint8_t bytes[BYTES_MAX];
    byte_walk_write(&walk, bytes, sizeof bytes, now);
    walk_instant_or(&walk, &at, none);
    byte_walk_read(&walk, bytes, walk.at, now_of_reading, 0);
    walk_instant_or(&walk, &at, none);
    assert_true(byte_walk_is_whole(&walk));
    return at;
}

static void an_instant_that_is_none_stays_none(void **state)
{
    (void)state;
    struct mono later = { 800000 };
    assert_int_equal(written_and_read((struct mono){ 0 }, (struct mono){ 0 }, later).ms, 0);
    assert_int_equal(written_and_read(MONO_NEVER, MONO_NEVER, later).ms, MONO_NEVER.ms);
}

/* By the clock of now it is at 0, which would mean none. */
static void an_instant_that_is_set_stays_set(void **state)
{
    (void)state;
    struct mono read =
        written_and_read((struct mono){ 4000 }, (struct mono){ 0 }, (struct mono){ 1000 });
    assert_int_equal(read.ms, -1);
}

static void seconds_are_not_before_0(void **state)
{
    (void)state;
    struct byte_walk walk;
    uint8_t bytes[BYTES_MAX];
    uint32_t at_s = 3;
    byte_walk_write(&walk, bytes, sizeof bytes, now);
    walk_seconds(&walk, &at_s);
    byte_walk_read(&walk, bytes, walk.at, (struct mono){ 4500 }, 0);
    walk_seconds(&walk, &at_s);
    assert_int_equal(at_s, 3); /* 2.5, rounded up */
    byte_walk_read(&walk, bytes, walk.size, (struct mono){ 500 }, 0);
    walk_seconds(&walk, &at_s);
    assert_int_equal(at_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_left_are_not_whole),
        cmocka_unit_test(without_room_nothing_is_written_behind_the_end),
        cmocka_unit_test(a_flag_that_is_not_known_is_bad),
        cmocka_unit_test(an_instant_that_is_none_stays_none),
        cmocka_unit_test(an_instant_that_is_set_stays_set),
        cmocka_unit_test(seconds_are_not_before_0),
    };
    struct CMUnitTest wholes[COUNT_OF(whole_rows)];
    struct CMUnitTest bads[COUNT_OF(bad_rows)];
    struct CMUnitTest instants[COUNT_OF(instant_rows)];
    TESTS_FROM_ROWS(wholes, whole_rows, row_is_the_same_on_every_machine);
    TESTS_FROM_ROWS(bads, bad_rows, row_reads_as_the_smallest);
    TESTS_FROM_ROWS(instants, instant_rows, row_goes_on_while_nothing_runs);
    int failed = cmocka_run_group_tests_name("byte_walk", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("byte_walk: whole numbers", wholes, NULL, NULL);
    failed += cmocka_run_group_tests_name("byte_walk: damage", bads, NULL, NULL);
    return failed + cmocka_run_group_tests_name("byte_walk: instants", instants, NULL, NULL);
}
