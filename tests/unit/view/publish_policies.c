#include "engine/view/publish_policies.h"

#include "engine/snapshot.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static uint16_t index_of(struct policy_names *names, const char *match)
{
    uint16_t index = 0;
    struct policy policy = policy_default;
    policy.match = match;
    assert_int_equal(policy_names_index(names, &policy, &index), 0);
    return index;
}

static void a_name_keeps_its_index_and_its_memory(void **state)
{
    (void)state;
    struct policy_names names = { 0 };
    char copy[] = "eu-*";
    assert_int_equal(index_of(&names, NULL), 0);
    uint16_t eu = index_of(&names, "eu-*");
    const char *shown = names.shown[eu];
    for (int i = 0; i < 1000; i++) {
        char match[16];
        snprintf(match, sizeof match, "p%d", i);
        assert_int_equal(index_of(&names, match), 2 + i);
    }
    assert_int_equal(index_of(&names, copy), eu);
    assert_ptr_equal(names.shown[eu], shown);
    assert_string_equal(names.shown[0], "defaults");
    assert_string_equal(shown, "eu-*");
    assert_int_equal(names.count, 1002);
    policy_names_fini(&names);
}

static void what_is_shown_is_printable(void **state)
{
    (void)state;
    struct policy_names names = { 0 };
    char match[500];
    memset(match, 'x', sizeof match - 1);
    match[sizeof match - 1] = '\0';
    uint16_t index = index_of(&names, "a\x1b*");
    assert_string_equal(names.shown[index], "a\\x1b*");
    index = index_of(&names, match);
    assert_true(strlen(names.shown[index]) < SNAPSHOT_TEXT_SIZE);
    policy_names_fini(&names);
}

static void too_many_have_no_name(void **state)
{
    (void)state;
    struct policy_names names = { 0 };
    char match[16];
    for (int i = 0; i < POLICY_NAMES_MAX; i++) {
        snprintf(match, sizeof match, "p%d", i);
        assert_int_equal(index_of(&names, match), i);
    }
    assert_int_equal(index_of(&names, "one more"), POLICY_UNNAMED);
    assert_int_equal(index_of(&names, "p7"), 7);
    policy_names_fini(&names);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_keeps_its_index_and_its_memory),
        cmocka_unit_test(what_is_shown_is_printable),
        cmocka_unit_test(too_many_have_no_name),
    };
    return cmocka_run_group_tests_name("publish_policies", tests, NULL, NULL);
}
