/* Scale requests, and the bodies of responses that refuse something. */
#include "tests/support/wire_fixture.h"

/* --- scale requests -------------------------------------------------------------------------------------------- */

static const struct scale_row {
    const char *name;
    const char *body;
    size_t size;
    int code;
    const char *id_or_msg;
    int32_t delta;
} scale_rows[] = {
    /* clang-format off */
    { "growth",            LITERAL("{\"deployment_id\":\"eu-1\",\"delta\":6}"),         0, "eu-1", 6 },
    { "shrinking",         LITERAL("{\"delta\":-104,\"deployment_id\":\"a\\u0062\"}"),  0, "ab", -104 },
    { "nothing",           LITERAL("{\"deployment_id\":\"a\",\"delta\":0}"),            0, "a", 0 },
    { "the largest",       LITERAL("{\"deployment_id\":\"a\",\"delta\":2147483647}"),   0, "a", INT32_MAX },
    { "the smallest",      LITERAL("{\"deployment_id\":\"a\",\"delta\":-2147483647}"),  0, "a", -INT32_MAX },
    { "too large",         LITERAL("{\"deployment_id\":\"a\",\"delta\":2147483648}"),   ERR_BAD_VALUE, "delta is 2147483648, expected a whole number from -2147483647 to 2147483647", 0 },
    { "too small",         LITERAL("{\"deployment_id\":\"a\",\"delta\":-2147483648}"),  ERR_BAD_VALUE, "delta is -2147483648, expected a whole number from -2147483647 to 2147483647", 0 },
    { "half a host",       LITERAL("{\"deployment_id\":\"a\",\"delta\":-0.5}"),         ERR_BAD_VALUE, "delta is -0.5, expected a whole number from -2147483647 to 2147483647", 0 },
    { "delta missing",     LITERAL("{\"deployment_id\":\"a\"}"),                        ERR_BAD_VALUE, "delta is missing, expected a whole number from -2147483647 to 2147483647", 0 },
    { "id missing",        LITERAL("{\"id\":\"a\",\"delta\":1}"),                       ERR_BAD_VALUE, "deployment_id is missing, expected 1 to 128 bytes of text without control characters, not \".\" or \"..\"", 0 },
    { "id empty",          LITERAL("{\"deployment_id\":\"\",\"delta\":1}"),             ERR_BAD_VALUE, "deployment_id is \"\", expected 1 to 128 bytes of text without control characters, not \".\" or \"..\"", 0 },
    { "delta twice",       LITERAL("{\"deployment_id\":\"a\",\"delta\":1,\"delta\":2}"), ERR_BAD_JSON, "a key appears twice at byte 31: \"delta\":2}", 0 },
    { "no object",         LITERAL("[]"),                                               ERR_BAD_VALUE, "found [], expected an object", 0 },
    { "empty body",        LITERAL(""),                                                 ERR_BAD_JSON, "expected a value at byte 0: the end", 0 },
    /* clang-format on */
};

static void check_scale(void **state)
{
    const struct scale_row *row = *state;
    char id[ID_SIZE_MAX + 1] = "untouched";
    int32_t delta = -77;
    struct error err;
    char *copy = exact_copy(row->body, row->size);
    assert_int_equal(wire_decode_scale(wire, copy, row->size, id, &delta, &err), row->code);
    heap_free(copy);
    assert_string_equal(row->code == 0 ? id : err.msg, row->id_or_msg);
    assert_int_equal(delta, row->code == 0 ? row->delta : -77);
    if (row->code != 0)
        assert_string_equal(id, "untouched");
}

static void test_scale_is_compact(void **state)
{
    (void)state;
    char storage[128];
    struct text text;
    text_init(&text, storage, sizeof storage);
    wire_encode_scale(&text, "eu \"1\"\\", -12);
    assert_string_equal(storage, "{\"deployment_id\":\"eu \\\"1\\\"\\\\\",\"delta\":-12}");
}

/* --- error bodies ---------------------------------------------------------------------------------------------- */

static const struct describe_row {
    const char *name;
    const char *body;
    size_t size;
    const char *sentence;
} describe_rows[] = {
    /* clang-format off */
    { "error",               LITERAL("{\"error\":\"no such deployment\"}"),           "no such deployment" },
    { "message",             LITERAL("{\"code\":5,\"message\":\"too many\"}"),        "too many" },
    { "error with a message", LITERAL("{\"error\":{\"code\":1,\"message\":\"no\"}}"), "no" },
    { "error before message", LITERAL("{\"message\":\"b\",\"error\":\"a\"}"),         "a" },
    { "message if error is none", LITERAL("{\"error\":404,\"message\":\"gone\"}"),    "gone" },
    { "message if error is empty of it", LITERAL("{\"error\":{},\"message\":\"gone\"}"), "gone" },
    { "neither",             LITERAL("{\"detail\": \"x\"}"),                          "{\"detail\": \"x\"}" },
    { "empty error",         LITERAL("{\"error\":\" \"}"),                            "{\"error\":\" \"}" },
    { "other letter case",   LITERAL("{\"Error\":\"x\"}"),                            "{\"Error\":\"x\"}" },
    { "error twice",         LITERAL("{\"error\":\"x\",\"error\":\"y\"}"),            "{\"error\":\"x\",\"error\":\"y\"}" },
    { "array",               LITERAL("[1]"),                                          "[1]" },
    { "plain text",          LITERAL("Bad Gateway\n"),                                "Bad Gateway" },
    { "a page",              LITERAL("<html>\r\n  <title>502</title>\r\n</html>\r\n"), "<html> <title>502</title> </html>" },
    { "lines in a message",  LITERAL("{\"error\":\"\\n one\\n\\ntwo\"}"),             "one two" },
    { "empty",               LITERAL(""),                                             "no explanation" },
    { "only space",          LITERAL(" \r\n\t"),                                      "no explanation" },
    { "hostile",             LITERAL("\x1b]0;x\x07\xff\xe2\x80\xae"),                 "\\x1b]0;x\\x07\\xff\\u{202e}" },
    { "hostile message",     LITERAL("{\"error\":\"\\u001b[31m\\u202e\"}"),           "\\x1b[31m\\u{202e}" },
    { "NUL",                 LITERAL("a\0b"),                                         "a\\x00b" },
    /* clang-format on */
};

static void check_describe(void **state)
{
    const struct describe_row *row = *state;
    char storage[1024];
    struct text text;
    text_init(&text, storage, sizeof storage);
    char *copy = exact_copy(row->body, row->size);
    wire_describe_error(wire, copy, row->size, &text);
    heap_free(copy);
    assert_string_equal(storage, row->sentence);
}

static void test_long_error_bodies_are_cut(void **state)
{
    (void)state;
    size_t size = 3 * WIRE_STATUS_SIZE_MAX;
    char *body = heap_alloc(size, 1);
    for (size_t skew = 0; skew < 4; skew++) {
        char storage[1024];
        struct text text;
        text_init(&text, storage, sizeof storage);
        memset(body, 'x', size);
        for (size_t at = skew; at + 4 <= size; at += 4)
            memcpy(body + at, "\xf0\x9f\x98\x80", 4);
        wire_describe_error(wire, body, size, &text);
        assert_in_range(text.length, 150, 160);
        assert_printable(storage);
        assert_null(strstr(storage, "\\x"));
    }
    heap_free(body);
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_scale_is_compact),
        cmocka_unit_test(test_long_error_bodies_are_cut),
    };
    struct CMUnitTest scale_tests[COUNT_OF(scale_rows)];
    struct CMUnitTest describe_tests[COUNT_OF(describe_rows)];
    TESTS_FROM_ROWS(scale_tests, scale_rows, check_scale);
    TESTS_FROM_ROWS(describe_tests, describe_rows, check_describe);
    int failed = cmocka_run_group_tests_name("scale", scale_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("describe_error", describe_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("wire", whole_tests, set_up, tear_down);
    return failed;
}
