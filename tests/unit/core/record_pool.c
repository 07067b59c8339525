#include "engine/core/record_pool.h"

#include "tests/support/counting_heap.h"
#include "tests/support/test.h"

#include <stdint.h>
#include <string.h>

struct record {
    int64_t values[3];
};

#define RECORDS (2 * RECORDS_PER_SLAB + 1)

static void records_are_zeroed_and_apart(void **state)
{
    (void)state;
    struct record_pool pool;
    struct record *records[RECORDS];
    record_pool_init(&pool, sizeof(struct record));
    for (int64_t i = 0; i < RECORDS; i++) {
        records[i] = record_pool_take(&pool);
        for (size_t at = 0; at < COUNT_OF(records[i]->values); at++) {
            assert_int_equal(records[i]->values[at], 0);
            records[i]->values[at] = i;
        }
    }
    for (int64_t i = 0; i < RECORDS; i++)
        for (size_t at = 0; at < COUNT_OF(records[i]->values); at++)
            assert_int_equal(records[i]->values[at], i);
    record_pool_fini(&pool);
    assert_int_equal(heap_held_count(), 0);
}

static void a_record_that_was_released_is_used_again(void **state)
{
    (void)state;
    struct record_pool pool;
    record_pool_init(&pool, sizeof(struct record));
    struct record *first = record_pool_take(&pool);
    size_t held = heap_held_count();
    memset(first, 0x5a, sizeof *first);
    record_pool_release(&pool, first);
    struct record *second = record_pool_take(&pool);
    assert_ptr_equal(second, first);
    assert_int_equal(second->values[1], 0);
    assert_int_equal(heap_held_count(), held);
    record_pool_fini(&pool);
}

static void without_memory_there_is_no_record(void **state)
{
    (void)state;
    struct record_pool pool;
    record_pool_init(&pool, sizeof(struct record));
    heap_fail_after(0);
    assert_null(record_pool_take(&pool));
    heap_fail_never();
    assert_non_null(record_pool_take(&pool));
    record_pool_fini(&pool);
    assert_int_equal(heap_held_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_zeroed_and_apart),
        cmocka_unit_test(a_record_that_was_released_is_used_again),
        cmocka_unit_test(without_memory_there_is_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
