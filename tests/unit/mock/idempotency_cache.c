#include "engine/mock/idempotency_cache.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static int create(void **state)
{
    struct idempotency_cache *cache;
    if (idempotency_cache_create(&cache, NULL) < 0)
        return -1;
    *state = cache;
    return 0;
}

static int destroy(void **state)
{
    idempotency_cache_destroy(*state);
    return 0;
}

static void keep_number(struct idempotency_cache *cache, int number)
{
    char key[32], body[32];
    snprintf(key, sizeof key, "key-%d", number);
    int size = snprintf(body, sizeof body, "body of %d", number);
    idempotency_cache_keep(cache, key, (unsigned)(200 + number % 300), body, (size_t)size);
}

static const struct receipt *find_number(const struct idempotency_cache *cache, int number)
{
    char key[32];
    snprintf(key, sizeof key, "key-%d", number);
    return idempotency_cache_find(cache, key);
}

static void a_key_finds_its_response(void **state)
{
    struct idempotency_cache *cache = *state;
    assert_null(idempotency_cache_find(cache, "a"));
    idempotency_cache_keep(cache, "a", 422, "no", 2);
    const struct receipt *receipt = idempotency_cache_find(cache, "a");
    assert_non_null(receipt);
    assert_int_equal(receipt->status, 422);
    assert_int_equal(receipt->body_size, 2);
    assert_string_equal(receipt->body, "no");
    assert_null(idempotency_cache_find(cache, "A"));
    assert_null(idempotency_cache_find(cache, "ab"));
}

static void the_oldest_are_replaced(void **state)
{
    struct idempotency_cache *cache = *state;
    int last = 3 * IDEMPOTENCY_CACHE_MAX + 17;
    for (int i = 1; i <= last; i++)
        keep_number(cache, i);
    for (int i = 1; i <= last; i++) {
        const struct receipt *receipt = find_number(cache, i);
        if (i <= last - IDEMPOTENCY_CACHE_MAX) {
            assert_null(receipt);
        } else {
            assert_non_null(receipt);
            assert_int_equal(receipt->status, 200 + i % 300);
        }
    }
}

static void the_longest_key_and_body_fit(void **state)
{
    struct idempotency_cache *cache = *state;
    char key[IDEMPOTENCY_CACHE_KEY_SIZE_MAX + 1] = { 0 };
    char body[IDEMPOTENCY_CACHE_BODY_SIZE_MAX + 1] = { 0 };
    memset(key, 'k', sizeof key - 1);
    memset(body, 'b', sizeof body - 1);
    idempotency_cache_keep(cache, key, 200, body, sizeof body - 1);
    assert_string_equal(idempotency_cache_find(cache, key)->body, body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_finds_its_response, create, destroy),
        cmocka_unit_test_setup_teardown(the_oldest_are_replaced, create, destroy),
        cmocka_unit_test_setup_teardown(the_longest_key_and_body_fit, create, destroy),
    };
    return cmocka_run_group_tests_name("idempotency_cache", tests, NULL, NULL);
}
