/*
 * The fields of a sample: the table has every byte of the decision's input, and a value survives it.
 */
#include "engine/recording/sample.h"

#include "tests/support/test.h"

#include <string.h>

#ifdef __has_builtin
#if __has_builtin(__builtin_clear_padding)
#define CAN_CLEAR_PADDING
#endif
#endif

#ifdef CAN_CLEAR_PADDING
/* A member of a struct that the table lacks would not be recorded, and decisions could not be repeated. */
static void cover(unsigned char *bytes, const struct field_row *row)
{
    memset(bytes + row->offset, 0, row->size);
}

static void assert_all_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            fail_msg("the byte at offset %zu is not in recording_fields.def", i);
}

#endif

static void every_member_of_a_sample_is_in_the_table(void **state)
{
    (void)state;
#ifdef CAN_CLEAR_PADDING
    static struct sample sample;
    memset(&sample, 0xff, sizeof sample);
    __builtin_clear_padding(&sample);
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++)
        cover((unsigned char *)&sample, sample_field(i));
    memset(&sample.input.policy, 0, sizeof sample.input.policy);
    assert_all_zero((const unsigned char *)&sample, sizeof sample);
#else
    skip();
#endif
}

static void every_member_of_a_policy_is_in_the_table(void **state)
{
    (void)state;
#ifdef CAN_CLEAR_PADDING
    static struct policy policy;
    memset(&policy, 0xff, sizeof policy);
    __builtin_clear_padding(&policy);
    for (size_t i = 0; i < POLICY_FIELD_COUNT; i++)
        cover((unsigned char *)&policy, policy_field(i));
    memset(&policy.match, 0, sizeof policy.match);
    assert_all_zero((const unsigned char *)&policy, sizeof policy);
#else
    skip();
#endif
}

static void a_value_survives_its_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++) {
        const struct field_row *row = sample_field(i);
        struct sample sample = { .policy = 0 };
        assert_true(field_set(row, &sample, 1));
        assert_int_equal(field_get(row, &sample), 1);
        assert_false(field_set(row, &sample, (int64_t)1 << 40));
        assert_int_equal(field_get(row, &sample), 1);
    }
}

static void a_difference_has_the_changed_fields_only(void **state)
{
    (void)state;
    struct sample before = { .delta = 3, .reason = REASON_GONE };
    struct sample after = before;
    int64_t diffs[SAMPLE_FIELD_COUNT];
    assert_int_equal(sample_diff(&before, &after, diffs), 0);
    after.delta = -2;
    after.input.status.current_hosts = 7;
    uint64_t changed = sample_diff(&before, &after, diffs);
    assert_int_equal(__builtin_popcountll(changed), 2);
    assert_string_equal(sample_field((size_t)__builtin_ctzll(changed))->name, "current_hosts");
    assert_int_equal(diffs[0], 7);
    assert_int_equal(diffs[1], -5);
}

static void words_outside_of_their_table_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++) {
        const struct field_row *row = sample_field(i);
        struct sample sample = { .policy = 0 };
        if (row->kind == FIELD_REASON)
            assert_false(field_set(row, &sample, REASON_COUNT));
        if (row->kind == FIELD_ACTION)
            assert_false(field_set(row, &sample, ACTION_COUNT));
        if (row->kind == FIELD_FLAG)
            assert_false(field_set(row, &sample, 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_of_a_sample_is_in_the_table),
        cmocka_unit_test(every_member_of_a_policy_is_in_the_table),
        cmocka_unit_test(a_value_survives_its_field),
        cmocka_unit_test(a_difference_has_the_changed_fields_only),
        cmocka_unit_test(words_outside_of_their_table_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
