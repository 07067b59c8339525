#include "engine/control/act_cache.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static struct act_cache cache;

static int empty(void **state)
{
    (void)state;
    memset(&cache, 0, sizeof cache);
    return 0;
}

static struct act_identity identity_of(const char *key, uid_t uid, const char *body)
{
    struct act_identity identity;
    assert_true(
        act_identity_make(key, uid, ROUTE_SCALE, "/v1/scale", body, strlen(body), &identity));
    return identity;
}

static void add(const struct act_identity *identity, unsigned status)
{
    const struct act_response response = { .status = status };
    act_cache_add(&cache, identity, &response);
}

static void a_repeat_is_found(void **state)
{
    (void)state;
    bool is_same = false;
    struct act_identity identity = identity_of("k", 1, "{}");
    assert_null(act_cache_find(&cache, &identity, &is_same));
    add(&identity, 201);
    assert_int_equal(act_cache_find(&cache, &identity, &is_same)->status, 201);
    assert_true(is_same);
}

static void another_body_or_route_is_not_the_same(void **state)
{
    (void)state;
    bool is_same = true;
    struct act_identity identity = identity_of("k", 1, "{}");
    add(&identity, 201);
    struct act_identity other = identity_of("k", 1, "{ }");
    assert_non_null(act_cache_find(&cache, &other, &is_same));
    assert_false(is_same);
    is_same = true;
    other = identity;
    other.route = ROUTE_PAUSE;
    assert_non_null(act_cache_find(&cache, &other, &is_same));
    assert_false(is_same);
}

static void each_user_has_keys_of_its_own(void **state)
{
    (void)state;
    bool is_same;
    struct act_identity identity = identity_of("k", 1, "{}");
    add(&identity, 201);
    struct act_identity other = identity_of("k", 2, "{}");
    assert_null(act_cache_find(&cache, &other, &is_same));
}

static void the_oldest_is_forgotten(void **state)
{
    (void)state;
    bool is_same;
    struct act_identity first = identity_of("k0", 1, "");
    add(&first, 200);
    for (int i = 1; i < ACT_CACHE_MAX; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        struct act_identity identity = identity_of(key, 1, "");
        add(&identity, 200);
    }
    assert_non_null(act_cache_find(&cache, &first, &is_same));
    struct act_identity last = identity_of("last", 1, "");
    add(&last, 200);
    assert_null(act_cache_find(&cache, &first, &is_same));
    assert_non_null(act_cache_find(&cache, &last, &is_same));
}

static void keys_have_limits(void **state)
{
    (void)state;
    char key[ACT_KEY_SIZE + 1];
    struct act_identity identity;
    memset(key, 'k', sizeof key);
    key[ACT_KEY_SIZE] = '\0';
    assert_false(act_identity_make(key, 1, ROUTE_PASS, "/v1/pass", "", 0, &identity));
    key[ACT_KEY_SIZE - 1] = '\0';
    assert_true(act_identity_make(key, 1, ROUTE_PASS, "/v1/pass", "", 0, &identity));
    assert_string_equal(identity.key, key);
    assert_false(act_identity_make("", 1, ROUTE_PASS, "/v1/pass", "", 0, &identity));
    assert_false(act_identity_make("a b", 1, ROUTE_PASS, "/v1/pass", "", 0, &identity));
    assert_false(act_identity_make("a\x7f", 1, ROUTE_PASS, "/v1/pass", "", 0, &identity));
    assert_false(act_identity_make("\xc3\xa9", 1, ROUTE_PASS, "/v1/pass", "", 0, &identity));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_repeat_is_found, empty),
        cmocka_unit_test_setup(another_body_or_route_is_not_the_same, empty),
        cmocka_unit_test_setup(each_user_has_keys_of_its_own, empty),
        cmocka_unit_test_setup(the_oldest_is_forgotten, empty),
        cmocka_unit_test(keys_have_limits),
    };
    return cmocka_run_group_tests_name("act_cache", tests, NULL, NULL);
}
