#include "engine/mock/idempotency_cache.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static int create(void **state)
{
    struct receipts *receipts;
    if (receipts_create(&receipts, NULL) < 0)
        return -1;
    *state = receipts;
    return 0;
}

static int destroy(void **state)
{
    receipts_destroy(*state);
    return 0;
}

static void keep_number(struct receipts *receipts, int number)
{
    char key[32], body[32];
    snprintf(key, sizeof key, "key-%d", number);
    int size = snprintf(body, sizeof body, "body of %d", number);
    receipts_keep(receipts, key, (unsigned)(200 + number % 300), body, (size_t)size);
}

static const struct receipt *find_number(const struct receipts *receipts, int number)
{
    char key[32];
    snprintf(key, sizeof key, "key-%d", number);
    return receipts_find(receipts, key);
}

static void a_key_brings_its_answer_back(void **state)
{
    struct receipts *receipts = *state;
    assert_null(receipts_find(receipts, "a"));
    receipts_keep(receipts, "a", 422, "no", 2);
    const struct receipt *receipt = receipts_find(receipts, "a");
    assert_non_null(receipt);
    assert_int_equal(receipt->status, 422);
    assert_int_equal(receipt->body_size, 2);
    assert_string_equal(receipt->body, "no");
    assert_null(receipts_find(receipts, "A"));
    assert_null(receipts_find(receipts, "ab"));
}

static void the_oldest_make_room(void **state)
{
    struct receipts *receipts = *state;
    int last = 3 * RECEIPTS_MAX + 17;
    for (int i = 1; i <= last; i++)
        keep_number(receipts, i);
    for (int i = 1; i <= last; i++) {
        const struct receipt *receipt = find_number(receipts, i);
        if (i <= last - RECEIPTS_MAX) {
            assert_null(receipt);
        } else {
            assert_non_null(receipt);
            assert_int_equal(receipt->status, 200 + i % 300);
        }
    }
}

static void the_longest_key_and_body_fit(void **state)
{
    struct receipts *receipts = *state;
    char key[RECEIPT_KEY_SIZE_MAX + 1] = { 0 };
    char body[RECEIPT_BODY_SIZE_MAX + 1] = { 0 };
    memset(key, 'k', sizeof key - 1);
    memset(body, 'b', sizeof body - 1);
    receipts_keep(receipts, key, 200, body, sizeof body - 1);
    assert_string_equal(receipts_find(receipts, key)->body, body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_brings_its_answer_back, create, destroy),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, create, destroy),
        cmocka_unit_test_setup_teardown(the_longest_key_and_body_fit, create, destroy),
    };
    return cmocka_run_group_tests_name("receipts", tests, NULL, NULL);
}
