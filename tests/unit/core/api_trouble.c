/* The first error of a trouble stays until a pass without one. */
#include "engine/core/api_trouble.h"

#include "tests/support/test.h"

#include <string.h>

static const struct mono t1 = { 1000 };
static const struct mono t2 = { 2000 };

static void the_first_error_stays(void **state)
{
    (void)state;
    struct api_trouble trouble;
    api_trouble_init(&trouble);
    assert_int_equal(trouble.since.ms, MONO_NEVER.ms);
    assert_string_equal(trouble.text, "");
    api_trouble_note(&trouble, "connection refused", t1);
    api_trouble_note(&trouble, "no response within 5s", t2);
    assert_int_equal(trouble.since.ms, t1.ms);
    assert_string_equal(trouble.text, "connection refused");
}

static void it_lasts_while_each_pass_fails(void **state)
{
    (void)state;
    struct api_trouble trouble;
    api_trouble_init(&trouble);
    for (int pass = 0; pass < 3; pass++) {
        api_trouble_note(&trouble, pass == 0 ? "refused" : "later", t1);
        api_trouble_end_pass(&trouble, true);
    }
    assert_string_equal(trouble.text, "refused");
    api_trouble_end_pass(&trouble, false); /* nothing was asked */
    assert_string_equal(trouble.text, "refused");
    api_trouble_end_pass(&trouble, true);
    assert_int_equal(trouble.since.ms, MONO_NEVER.ms);
    assert_string_equal(trouble.text, "");
}

static void the_next_trouble_has_its_own_error(void **state)
{
    (void)state;
    struct api_trouble trouble;
    api_trouble_init(&trouble);
    api_trouble_note(&trouble, "refused", t1);
    api_trouble_end_pass(&trouble, false);
    api_trouble_end_pass(&trouble, true);
    api_trouble_note(&trouble, "timeout", t2);
    assert_int_equal(trouble.since.ms, t2.ms);
    assert_string_equal(trouble.text, "timeout");
}

static void a_long_error_is_cut(void **state)
{
    (void)state;
    char text[2 * API_TROUBLE_SIZE];
    struct api_trouble trouble;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    api_trouble_init(&trouble);
    api_trouble_note(&trouble, text, t1);
    assert_in_range(strlen(trouble.text), API_TROUBLE_SIZE - 4, API_TROUBLE_SIZE - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(it_lasts_while_each_pass_fails),
        cmocka_unit_test(the_next_trouble_has_its_own_error),
        cmocka_unit_test(a_long_error_is_cut),
    };
    return cmocka_run_group_tests_name("api_trouble", tests, NULL, NULL);
}
