/*
 * Redaction: a token is found in every encoding, alone and inside others; nothing else is changed.
 */
#include "engine/base/redaction.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "S3cr3t/Canary+Token=="
#define TEXT_SIZE 8192

/* --- rows ---------------------------------------------------------------------------------------------------- */

static const struct redaction_row {
    const char *name;
    const char *secret;
    const char *text;
    const char *expected;
} redaction_rows[] = {
    /* clang-format off */
    { "a text without it",         TOKEN, "on_target eu-west-1 20%",           "on_target eu-west-1 20%" },
    { "an empty text",             TOKEN, "",                                  "" },
    { "alone",                     TOKEN, TOKEN,                               "(token)" },
    { "between words",             TOKEN, "bad token " TOKEN "!",              "bad token (token)!" },
    { "twice",                     TOKEN, TOKEN " and " TOKEN,                 "(token) and (token)" },
    { "cut at the end",            TOKEN, "bad S3cr3t/Canary+Tok...",          "bad (token)..." },
    { "cut at the beginning",      TOKEN, "...ary+Token==",                    "...(token)" },
    { "a half of it",              TOKEN, "t/Canary+To",                       "(token)" },
    { "less than a half",          TOKEN, "t/Canary+T",                        "t/Canary+T" },
    { "another case",              TOKEN, "s3CR3T/cANARY+tOKEN==",             "s3CR3T/cANARY+tOKEN==" },
    { "JSON, a slash",             TOKEN, "S3cr3t\\/Canary+Token==",           "(token)" },
    { "JSON, code points",         TOKEN, "S3cr3t/Canary\\u002bToken\\u003D\\u003d", "(token)" },
    { "JSON, every character",     "abc+defg", "\\u0061\\u0062\\u0063\\u002b\\u0064\\u0065\\u0066\\u0067", "(token)" },
    { "JSON in JSON",              TOKEN, "\\\"Bearer S3cr3t\\\\/Canary+Token==\\\"", "\\\"Bearer (token)\\\"" },
    { "JSON in JSON in JSON",      TOKEN, "S3cr3t\\\\\\/Canary\\\\\\\\u002bToken==", "(token)" },
    { "as the log escapes it",     TOKEN, "S3cr3t\\x2fCanary\\u{2b}Token\\075=",     "(token)" },
    { "URL",                       TOKEN, "S3cr3t%2FCanary%2BToken%3D%3D",     "(token)" },
    { "URL, small digits",         TOKEN, "S3cr3t%2fCanary%2bToken%3d%3d",     "(token)" },
    { "URL in a URL",              TOKEN, "S3cr3t%252FCanary%252BToken%253D=", "(token)" },
    { "URL of a script",           TOKEN, "S3cr3t%u002FCanary%2BToken==",      "(token)" },
    { "URL in JSON",               TOKEN, "S3cr3t\\u00252FCanary+Token==",     "(token)" },
    { "HTML, numbers",             TOKEN, "S3cr3t&#47;Canary&#x2b;Token&#061;=", "(token)" },
    { "HTML, no semicolon",        TOKEN, "S3cr3t/Canary&#43Token==",          "(token)" },
    { "HTML, names",               TOKEN, "S3cr3t&sol;Canary&plus;Token&equals;=", "(token)" },
    { "HTML in HTML",              TOKEN, "S3cr3t&amp;#47;Canary&amp;amp;plus;Token==", "(token)" },
    { "HTML in JSON",              TOKEN, "S3cr3t\\u0026#47;Canary+Token==",   "(token)" },
    { "mixed",                     TOKEN, "S3cr3t\\/Canary%2BToken&#61;=",     "(token)" },
    { "base64",                    TOKEN, "x: UzNjcjN0L0NhbmFyeStUb2tlbj09, y",  "x: (token), y" },
    { "base64, Bearer before it",  TOKEN, "QmVhcmVyIFMzY3IzdC9DYW5hcnkrVG9rZW49PQ==", "(token)==" },
    { "base64, one byte before",   TOKEN, "eFMzY3IzdC9DYW5hcnkrVG9rZW49PQ",    "(token)" },
    { "base64, cut",               TOKEN, "QmVhcmVyIFMzY3IzdC9DYW5hcnkr...",   "(token)..." },
    { "base64, wrapped",           TOKEN, "UzNjcjN0L0Nh\\r\\nbmFyeStUb2tlbj09",   "(token)" },
    { "base64, wrapped by a space", TOKEN, "x: UzNjcjN0L0Nh bmFyeStUb2tlbj09", "x: (token)" },
    { "base64 in base64",          TOKEN, "VXpOamNqTjBMME5oYm1GeWVTdFViMnRsYmowOQ==", "(token)==" },
    { "base64 in a URL",           "~~~?~~>~~~?", "fn5%2BP35%2BPn5%2Bfj8%3D", "(token)%3D" },
    { "base64 of URLs",            "~~~?~~>~~~?", "fn5-P35-Pn5-fj8",            "(token)" },
    { "a document stays one",      TOKEN, "{\"a\":\"\\n" TOKEN "\",\"b\":\"\\\\" TOKEN "\\\\\"}",
                                          "{\"a\":\"\\n(token)\",\"b\":\"(token)\\\\\"}" },
    { "an escape before it",       "nothing+here", "\\nothing+here",           "(token)" },
    { "a backslash in it",         "back\\slash1", "back\\\\slash1",           "(token)" },
    { "broken escapes",            TOKEN, "\\u00 %2 %zz &#; &plus \\",         "\\u00 %2 %zz &#; &plus \\" },
    { "eight characters",          "12345678", "x12345678x",                   "x(token)x" },
    { "seven of eight",            "12345678", "x1234567x",                    "x1234567x" },
    { "a short one",               "1234567",  "x1234567x",                    "x1234567x" },
    { "a part of a long one",      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                   "0 89abcdefghijklmn 0", "0 (token) 0" },
    /* clang-format on */
};

static void row_is_redacted(void **state)
{
    const struct redaction_row *row = *state;
    char bytes[TEXT_SIZE];
    struct redaction *redaction;
    assert_int_equal(redaction_create(&redaction), 0);
    assert_int_equal(redaction_set(redaction, row->secret), 0);
    snprintf(bytes, sizeof bytes, "%s", row->text);
    size_t length = redaction_apply(redaction, bytes, strlen(bytes));
    assert_string_equal(bytes, row->expected);
    assert_int_equal(length, strlen(bytes));
    redaction_destroy(redaction);
}

/* --- each encoding in each other one --------------------------------------------------------------------------- */

typedef void encoder(const char *text, char *ret_text);

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void encode_json(const char *text, char *at)
{
    for (; *text; text++)
        at += strchr("\"\\/", *text) ? sprintf(at, "\\%c", *text) : sprintf(at, "%c", *text);
}

static void encode_json_points(const char *text, char *at)
{
    for (; *text; text++)
        at += is_plain(*text) ? sprintf(at, "%c", *text) : sprintf(at, "\\u%04x", (unsigned)*text);
}

static void encode_url(const char *text, char *at)
{
    for (; *text; text++)
        at += is_plain(*text) ? sprintf(at, "%c", *text) : sprintf(at, "%%%02X", (unsigned)*text);
}

static void encode_html(const char *text, char *at)
{
    for (; *text; text++)
        at += is_plain(*text) ? sprintf(at, "%c", *text) : sprintf(at, "&#%u;", (unsigned)*text);
}

static void encode_base64(const char *text, char *at)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t size = strlen(text); size > 0;) {
        size_t taken = size < 3 ? size : 3;
        unsigned bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < taken ? (unsigned char)text[i] : 0u);
        for (size_t i = 0; i < 4; i++)
            *at++ = i <= taken ? digits[bits >> (18 - 6 * i) & 63] : '=';
        text += taken;
        size -= taken;
    }
    *at = '\0';
}

static encoder *const encoders[] = { encode_json, encode_json_points, encode_url, encode_html,
                                     encode_base64 };

static void check_hidden(struct redaction *redaction, const char *encoded)
{
    char bytes[TEXT_SIZE];
    int size = snprintf(bytes, sizeof bytes, "status of \"eu-1\": %s, 20%% free\n", encoded);
    redaction_apply(redaction, bytes, (size_t)size);
    assert_non_null(strstr(bytes, "(token)"));
    assert_null(strstr(bytes, encoded));
    assert_non_null(strstr(bytes, "status of \"eu-1\": "));
    assert_non_null(strstr(bytes, ", 20% free\n"));
}

/* The last ones look encoded themselves. */
static const char *const tokens[] = { TOKEN, "%41%42/%2B==abcd", "%252541%25%25abcdef",
                                      "x&amp;y&#65;z&amp;amp;+", "a\\u0041b\\\\/c%2Bd&lt;" };

static void check_every_order(const char *token)
{
    static char plain[TEXT_SIZE], once[TEXT_SIZE], twice[TEXT_SIZE], thrice[TEXT_SIZE];
    struct redaction *redaction;
    assert_int_equal(redaction_create(&redaction), 0);
    assert_int_equal(redaction_set(redaction, token), 0);
    snprintf(plain, sizeof plain, "{\"authorization\":\"Bearer %s\"}", token);
    for (size_t i = 0; i < COUNT_OF(encoders); i++)
        for (size_t j = 0; j < COUNT_OF(encoders); j++)
            for (size_t k = 0; k < COUNT_OF(encoders); k++) {
                encoders[i](plain, once);
                encoders[j](once, twice);
                encoders[k](twice, thrice);
                check_hidden(redaction, once);
                check_hidden(redaction, twice);
                check_hidden(redaction, thrice);
            }
    redaction_destroy(redaction);
}

static void every_order_of_encodings_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tokens); i++)
        check_every_order(tokens[i]);
}

/* Each part of it that is long enough, at each place of a text. */
static void every_part_is_found_at_every_place(void **state)
{
    (void)state;
    char bytes[TEXT_SIZE];
    struct redaction *redaction;
    assert_int_equal(redaction_create(&redaction), 0);
    assert_int_equal(redaction_set(redaction, TOKEN), 0);
    for (int place = 0; place < 40; place++)
        for (int start = 0; start + 11 <= (int)strlen(TOKEN); start++)
            for (int size = 11; start + size <= (int)strlen(TOKEN); size++) {
                int length = snprintf(bytes, sizeof bytes, "%*s%.*s%*s", place, "", size,
                                      &TOKEN[start], place, "");
                size_t left = redaction_apply(redaction, bytes, (size_t)length);
                assert_int_equal(left, (size_t)place * 2 + strlen("(token)"));
            }
    redaction_destroy(redaction);
}

static void the_token_before_is_still_hidden(void **state)
{
    (void)state;
    char bytes[] = "first-token second-token third-token";
    struct redaction *redaction;
    assert_int_equal(redaction_create(&redaction), 0);
    assert_false(redaction_is_needed(redaction));
    assert_int_equal(redaction_apply(redaction, bytes, strlen(bytes)), strlen(bytes));
    assert_int_equal(redaction_set(redaction, "first-token"), 0);
    assert_int_equal(redaction_set(redaction, "second-token"), 0);
    assert_int_equal(redaction_set(redaction, "second-token"), 0);
    assert_int_equal(redaction_set(redaction, NULL), 0);
    assert_true(redaction_is_needed(redaction));
    redaction_apply(redaction, bytes, strlen(bytes));
    assert_string_equal(bytes, "(token) (token) third-token");
    redaction_destroy(redaction);
    redaction_destroy(NULL);
}

static void a_text_of_any_size_is_taken(void **state)
{
    (void)state;
    size_t size = REDACTION_TEXT_MAX + 100;
    char *bytes = malloc(size + 1);
    assert_non_null(bytes);
    struct redaction *redaction;
    assert_int_equal(redaction_create(&redaction), 0);
    assert_int_equal(redaction_set(redaction, TOKEN), 0);
    static const char *const fillings[] = { "A", "\\", "%25", "&amp;", "\\u005c", TOKEN };
    for (size_t i = 0; i < COUNT_OF(fillings); i++) {
        for (size_t at = 0; at < size; at++)
            bytes[at] = fillings[i][at % strlen(fillings[i])];
        bytes[size] = '\0';
        assert_true(redaction_apply(redaction, bytes, size) <= REDACTION_TEXT_MAX);
    }
    redaction_destroy(redaction);
    free(bytes);
}

/* Longer than what is cleaned at once. */
static void a_long_text_of_lines_stays_whole(void **state)
{
    (void)state;
    enum { LINES = 3000, SIZE = 64 };
    static char bytes[LINES * SIZE], expected[LINES * SIZE];
    size_t length = 0, expected_length = 0;
    struct redaction *redaction;
    assert_int_equal(redaction_create_for(TOKEN, &redaction), 0);
    for (int i = 0; i < LINES; i++) {
        length += (size_t)snprintf(bytes + length, SIZE, "{\"id\":%d,\"it\":\"%s\"},\n", i, TOKEN);
        expected_length += (size_t)snprintf(expected + expected_length, SIZE,
                                            "{\"id\":%d,\"it\":\"(token)\"},\n", i);
    }
    assert_int_equal(redaction_apply(redaction, bytes, length), expected_length);
    assert_string_equal(bytes, expected);
    redaction_destroy(redaction);
}

/* A line that is too long loses its end, and no other line. */
static void a_long_line_is_cut_alone(void **state)
{
    (void)state;
    static char bytes[3 * REDACTION_TEXT_MAX];
    struct redaction *redaction;
    assert_int_equal(redaction_create_for(TOKEN, &redaction), 0);
    memset(bytes, '-', sizeof bytes);
    snprintf(bytes + 2 * REDACTION_TEXT_MAX, REDACTION_TEXT_MAX, "\nafter it %s\n", TOKEN);
    size_t length = redaction_apply(redaction, bytes, strlen(bytes));
    assert_int_equal(length, REDACTION_TEXT_MAX + strlen("\nafter it (token)\n"));
    assert_string_equal(bytes + REDACTION_TEXT_MAX, "\nafter it (token)\n");
    redaction_destroy(redaction);
}

static void check_followed(struct redaction *redaction, const char *expected)
{
    char bytes[] = "first-token second-token third-token";
    redaction_apply(redaction, bytes, strlen(bytes));
    assert_string_equal(bytes, expected);
}

static void another_one_is_followed(void **state)
{
    (void)state;
    struct redaction *first, *second;
    assert_int_equal(redaction_create(&first), 0);
    assert_int_equal(redaction_create(&second), 0);
    assert_int_equal(redaction_follow(second, NULL), 0);
    assert_int_equal(redaction_follow(second, first), 0);
    assert_false(redaction_is_needed(second));
    assert_int_equal(redaction_set(first, "first-token"), 0);
    check_followed(second, "first-token second-token third-token");
    assert_int_equal(redaction_follow(second, first), 0);
    check_followed(second, "(token) second-token third-token");
    assert_int_equal(redaction_set(first, "second-token"), 0);
    assert_int_equal(redaction_set(first, "third-token"), 0);
    assert_int_equal(redaction_follow(second, first), 0);
    assert_int_equal(redaction_follow(second, first), 0);
    redaction_destroy(first);
    check_followed(second, "first-token (token) (token)");
    redaction_destroy(second);
}

static void without_a_secret_there_is_none(void **state)
{
    (void)state;
    struct redaction *redaction;
    assert_int_equal(redaction_create_for(NULL, &redaction), 0);
    assert_null(redaction);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(redaction_rows)];
    TESTS_FROM_ROWS(rows, redaction_rows, row_is_redacted);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_encodings_is_found),
        cmocka_unit_test(every_part_is_found_at_every_place),
        cmocka_unit_test(the_token_before_is_still_hidden),
        cmocka_unit_test(a_text_of_any_size_is_taken),
        cmocka_unit_test(a_long_text_of_lines_stays_whole),
        cmocka_unit_test(a_long_line_is_cut_alone),
        cmocka_unit_test(another_one_is_followed),
        cmocka_unit_test(without_a_secret_there_is_none),
    };
    int failed = cmocka_run_group_tests_name("redaction: rows", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("redaction", tests, NULL, NULL);
}
