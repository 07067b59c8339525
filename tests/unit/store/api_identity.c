/*
 * The identity of an API: what stays when only the spelling of its URL changes.
 */
#include "engine/store/api_identity.h"

#include "tests/support/test.h"

#include <string.h>

static const struct identity_row {
    const char *name;
    const char *url;
    const char *identity;
} identity_rows[] = {
    { "as it is", "http://a:8000/v1", "rest http://a:8000/v1" },
    { "scheme and host in lower case, the path as it is", "HTTPS://Fleet.Example/V1",
      "rest https://fleet.example/V1" },
    { "the default port of http", "http://a:80/x", "rest http://a/x" },
    { "the default port of https", "https://a:443", "rest https://a" },
    { "another scheme's port stays", "http://a:443", "rest http://a:443" },
    { "slashes at the end", "http://a//", "rest http://a" },
    { "an IPv6 address", "http://[::1]:80/", "rest http://[::1]" },
};

static void identity_is_as_expected(void **state)
{
    const struct identity_row *row = *state;
    char identity[API_IDENTITY_SIZE];
    api_identity("rest", row->url, identity);
    assert_string_equal(identity, row->identity);
}

static void the_longest_url_fits(void **state)
{
    (void)state;
    char url[2001];
    char identity[API_IDENTITY_SIZE];
    memset(url, 'a', sizeof url - 1);
    memcpy(url, "https://", 8);
    url[sizeof url - 1] = '\0';
    api_identity("kubernetes", url, identity);
    assert_int_equal(strlen(identity), strlen("kubernetes ") + strlen(url));
}

/* Directories of earlier versions must be found again. */
static void hashes_never_change(void **state)
{
    (void)state;
    assert_true(api_identity_hash("") == 0xcbf29ce484222325u);
    assert_true(api_identity_hash("a") == 0xaf63dc4c8601ec8cu);
    assert_true(api_identity_hash("foobar") == 0x85944171f73967e8u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_url_fits),
        cmocka_unit_test(hashes_never_change),
    };
    struct CMUnitTest identities[COUNT_OF(identity_rows)];
    TESTS_FROM_ROWS(identities, identity_rows, identity_is_as_expected);
    int failed = cmocka_run_group_tests_name("api_identity", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("api_identity: urls", identities, NULL, NULL);
}
