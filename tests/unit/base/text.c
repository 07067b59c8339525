#include "engine/base/text.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define LITERAL(literal) (literal), sizeof(literal) - 1
#define CODE_POINT_COUNT 0x110000u

/* --- a buffer that is too small -------------------------------------------------------------------------------- */

static const struct cut_row {
    const char *name;
    size_t size;
    const char *added;
    const char *kept;
    bool was_cut;
} cut_rows[] = {
    /* clang-format off */
    { "room for all",                     4, "abc",                "abc",       false },
    { "one byte short",                   3, "abc",                "ab",        true  },
    { "room for the NUL only",            1, "abc",                "",          true  },
    { "nothing added",                    1, "",                   "",          false },
    { "two-byte character whole",         3, "\xc3\xa9",           "\xc3\xa9",  false },
    { "two-byte character does not fit",  3, "a\xc3\xa9",          "a",         true  },
    { "three-byte character, one kept",   3, "a\xe2\x82\xac",      "a",         true  },
    { "three-byte character, two kept",   4, "a\xe2\x82\xac",      "a",         true  },
    { "four-byte character, three kept",  5, "a\xf0\x9f\x98\x80",  "a",         true  },
    { "four-byte character, none kept",   2, "a\xf0\x9f\x98\x80",  "a",         true  },
    { "cut after a character",            4, "\xe2\x82\xac" "bcd", "\xe2\x82\xac", true },
    /* clang-format on */
};

static void check_cut_bytes(void **state)
{
    const struct cut_row *row = *state;
    char storage[16];
    struct text text;
    text_init(&text, storage, row->size);
    text_add(&text, row->added);
    assert_string_equal(storage, row->kept);
    assert_int_equal(text.length, strlen(row->kept));
    assert_int_equal(text.was_cut, row->was_cut);
}

static void check_cut_format(void **state)
{
    const struct cut_row *row = *state;
    char storage[16];
    struct text text;
    text_init(&text, storage, row->size);
    text_addf(&text, "%s", row->added);
    assert_string_equal(storage, row->kept);
    assert_int_equal(text.length, strlen(row->kept));
    assert_int_equal(text.was_cut, row->was_cut);
}

static void test_nothing_is_added_after_a_cut(void **state)
{
    (void)state;
    char storage[4];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add(&text, "a\xf0\x9f\x98\x80");
    text_add(&text, "b");
    text_addf(&text, "%d", 7);
    text_add_char(&text, 'c');
    assert_string_equal(storage, "a");
    text_reset(&text);
    assert_false(text.was_cut);
    text_add(&text, "b");
    assert_string_equal(storage, "b");
}

static void test_never_writes_beyond_its_storage(void **state)
{
    (void)state;
    for (size_t size = 1; size < 40; size++) {
        char storage[48];
        memset(storage, 'x', sizeof storage);
        struct text text;
        text_init(&text, storage, size);
        text_add_json(&text, LITERAL("a\n\x1b\xe2\x80\xae\xf0\x9f\x98\x80\xff"));
        text_add_escaped(&text, LITERAL("\\\x7f\xc3"));
        text_add_signed(&text, INT64_MIN);
        assert_int_equal(strlen(storage), text.length);
        for (size_t i = size; i < sizeof storage; i++)
            assert_int_equal(storage[i], 'x');
    }
}

/* --- escaping -------------------------------------------------------------------------------------------------- */

static const struct escape_row {
    const char *name;
    const char *bytes;
    size_t length;
    const char *escaped;
    const char *value;
    const char *json;
} escape_rows[] = {
    /* clang-format off */
    { "plain",             LITERAL("eu-1"),             "eu-1",              "eu-1",                "\"eu-1\"" },
    { "empty",             LITERAL(""),                 "",                  "\"\"",                "\"\"" },
    { "space",             LITERAL("a b"),              "a b",               "\"a b\"",             "\"a b\"" },
    { "equals sign",       LITERAL("a=b"),              "a=b",               "\"a=b\"",             "\"a=b\"" },
    { "quote",             LITERAL("a\"b"),             "a\"b",              "\"a\\\"b\"",          "\"a\\\"b\"" },
    { "backslash",         LITERAL("a\\b"),             "a\\\\b",            "\"a\\\\b\"",          "\"a\\\\b\"" },
    { "line feed",         LITERAL("a\nb"),             "a\\nb",             "\"a\\nb\"",           "\"a\\nb\"" },
    { "carriage return",   LITERAL("\r"),               "\\r",               "\"\\r\"",             "\"\\u000d\"" },
    { "tab",               LITERAL("\t"),               "\\t",               "\"\\t\"",             "\"\\u0009\"" },
    { "terminal escape",   LITERAL("\x1b[2J"),          "\\x1b[2J",          "\"\\x1b[2J\"",        "\"\\u001b[2J\"" },
    { "NUL",               LITERAL("a\0b"),             "a\\x00b",           "\"a\\x00b\"",         "\"a\\u0000b\"" },
    { "DEL",               LITERAL("\x7f"),             "\\x7f",             "\"\\x7f\"",           "\"\\u007f\"" },
    { "C1",                LITERAL("\xc2\x9b"),         "\\u{9b}",           "\"\\u{9b}\"",         "\"\\u009b\"" },
    { "right to left",     LITERAL("\xe2\x80\xae"),     "\\u{202e}",         "\"\\u{202e}\"",       "\"\\u202e\"" },
    { "zero width",        LITERAL("\xe2\x80\x8b"),     "\\u{200b}",         "\"\\u{200b}\"",       "\"\\u200b\"" },
    { "byte-order mark",   LITERAL("\xef\xbb\xbf"),     "\\u{feff}",         "\"\\u{feff}\"",       "\"\\ufeff\"" },
    { "tag character",     LITERAL("\xf3\xa0\x81\x81"), "\\u{e0041}",        "\"\\u{e0041}\"",      "\"\\udb40\\udc41\"" },
    { "lone continuation", LITERAL("\x80"),             "\\x80",             "\"\\x80\"",           "\"\\ufffd\"" },
    { "overlong slash",    LITERAL("\xc0\xaf"),         "\\xc0\\xaf",        "\"\\xc0\\xaf\"",      "\"\\ufffd\\ufffd\"" },
    { "encoded surrogate", LITERAL("\xed\xa0\x80"),     "\\xed\\xa0\\x80",   "\"\\xed\\xa0\\x80\"", "\"\\ufffd\\ufffd\\ufffd\"" },
    { "cut off character", LITERAL("a\xe2\x82"),        "a\\xe2\\x82",       "\"a\\xe2\\x82\"",     "\"a\\ufffd\\ufffd\"" },
    { "letters, emoji",    LITERAL("\xc3\xa9\xf0\x9f\x98\x80"), "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
    /* clang-format on */
};

static void check_escape(void **state)
{
    const struct escape_row *row = *state;
    char storage[128];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_escaped(&text, row->bytes, row->length);
    assert_string_equal(storage, row->escaped);
    text_reset(&text);
    text_add_value(&text, row->bytes, row->length);
    assert_string_equal(storage, row->value);
    text_reset(&text);
    text_add_json(&text, row->bytes, row->length);
    assert_string_equal(storage, row->json);
}

typedef void add_function(struct text *text, const char *bytes, size_t length);

/* Any input: the output is valid UTF-8 without invisible characters. */
static void assert_printable(add_function *add, const char *bytes, size_t length)
{
    char storage[64];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add(&text, bytes, length);
    assert_false(text.was_cut);
    for (size_t at = 0; at < text.length;) {
        uint32_t code_point;
        size_t size = utf8_decode(storage + at, text.length - at, &code_point);
        assert_true(size > 0);
        assert_true(code_point_is_printable(code_point));
        assert_true(code_point >= 0x20 && !(code_point >= 0x7f && code_point <= 0x9f));
        at += size;
    }
}

static void assert_printable_at_every_size(const char *bytes, size_t length)
{
    assert_printable(text_add_escaped, bytes, length);
    assert_printable(text_add_value, bytes, length);
    assert_printable(text_add_json, bytes, length);
}

static void test_every_byte_is_made_printable(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        assert_printable_at_every_size(&c, 1);
    }
}

static void test_every_pair_of_bytes_is_made_printable(void **state)
{
    (void)state;
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++)
            assert_printable_at_every_size((const char[]){ (char)first, (char)second }, 2);
}

/* The plain algorithm, which also encodes surrogates. */
static size_t encode(uint32_t code_point, char ret_bytes[4])
{
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = size; i-- > 1; code_point >>= 6)
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3f));
    ret_bytes[0] = (char)(leads[size] | code_point);
    return size;
}

static void test_every_code_point_is_made_printable(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point < CODE_POINT_COUNT; code_point++) {
        char bytes[4];
        assert_printable_at_every_size(bytes, encode(code_point, bytes));
    }
}

/* --- UTF-8 ----------------------------------------------------------------------------------------------------- */

static void test_utf8_decodes_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point < CODE_POINT_COUNT; code_point++) {
        char bytes[4];
        size_t size = encode(code_point, bytes);
        uint32_t decoded = UINT32_MAX;
        if (code_point >= 0xd800 && code_point <= 0xdfff) {
            assert_int_equal(utf8_decode(bytes, size, &decoded), 0);
            continue;
        }
        assert_int_equal(utf8_decode(bytes, size, &decoded), size);
        assert_int_equal(decoded, code_point);
        for (size_t less = 1; less < size; less++)
            assert_int_equal(utf8_decode(bytes, less, &decoded), 0);
    }
}

/* Of all four-byte texts with this start, exactly the valid ones decode, and encode back to the same bytes. */
static void test_utf8_refuses_what_does_not_encode_back(void **state)
{
    (void)state;
    for (uint32_t quad = 0; quad < 0x1000000; quad += 5) {
        char bytes[4] = { (char)(0xc0 | (quad >> 18)), (char)(quad >> 12), (char)(quad >> 6),
                          (char)(0x80 | (quad & 0x3f)) };
        uint32_t code_point;
        char back[4];
        size_t size = utf8_decode(bytes, sizeof bytes, &code_point);
        if (size == 0)
            continue;
        assert_int_equal(encode(code_point, back), size);
        assert_memory_equal(back, bytes, size);
    }
}

static const struct printable_row {
    const char *name;
    uint32_t code_point;
    bool is_printable;
} printable_rows[] = {
    /* clang-format off */
    { "U+0000",                   0x0,      false }, { "unit separator",         0x1f,     false },
    { "space",                    ' ',      true  }, { "tilde",                  '~',      true  },
    { "DEL",                      0x7f,     false }, { "last of C1",             0x9f,     false },
    { "no-break space",           0xa0,     true  }, { "soft hyphen",            0xad,     false },
    { "combining grapheme joiner", 0x34f,   false }, { "arabic letter mark",     0x61c,    false },
    { "zero width joiner",        0x200d,   false }, { "hyphen",                 0x2010,   true  },
    { "line separator",           0x2028,   false }, { "word joiner",            0x2060,   false },
    { "hangul filler",            0x3164,   false }, { "last before surrogates", 0xd7ff,   true  },
    { "private use",              0xe000,   false }, { "noncharacter",           0xfdd0,   false },
    { "variation selector",       0xfe0f,   false }, { "replacement character",  0xfffd,   false },
    { "U+FFFF",                   0xffff,   false }, { "U+10000",                0x10000,  true  },
    { "U+1FFFE",                  0x1fffe,  false }, { "U+2FFFF",                0x2ffff,  false },
    { "hieroglyph joiner",        0x13431,  false }, { "musical beam",           0x1d173,  false },
    { "tag",                      0xe0001,  false }, { "last of all",            0x10ffff, false },
    /* clang-format on */
};

static void check_printable(void **state)
{
    const struct printable_row *row = *state;
    assert_int_equal(code_point_is_printable(row->code_point), row->is_printable);
}

/* --- numbers --------------------------------------------------------------------------------------------------- */

static const struct decimal_row {
    const char *name;
    const char *text;
    unsigned places;
    bool is_number;
    int64_t value;
} decimal_rows[] = {
    /* clang-format off */
    { "whole",                   "12",                    0, true,  12 },
    { "places are filled",       "12.5",                  7, true,  125000000 },
    { "point first",             ".5",                    1, true,  5 },
    { "point last",              "5.",                    1, true,  50 },
    { "leading zeros",           "0000000000000000000012", 0, true, 12 },
    { "rounds up at half",       "0.15",                  1, true,  2 },
    { "rounds down below half",  "0.1499999",             1, true,  1 },
    { "rounds into the next",    "9.99",                  1, true,  100 },
    { "long tail",               "1.0000000000000000000000000000000009", 3, true, 1000 },
    { "largest",                 "9223372036854775807",   0, true,  INT64_MAX },
    { "one too large",           "9223372036854775808",   0, false, 0 },
    { "too large because of its places", "9223372036854775807",   1, false, 0 },
    { "too large by rounding",   "9223372036854775807.5", 0, false, 0 },
    { "empty",                   "",                      0, false, 0 },
    { "only a point",            ".",                     0, false, 0 },
    { "two points",              "1.2.3",                 0, false, 0 },
    { "sign",                    "-1",                    0, false, 0 },
    { "exponent",                "1e3",                   0, false, 0 },
    { "space",                   " 1",                    0, false, 0 },
    { "comma",                   "1,5",                   1, false, 0 },
    /* clang-format on */
};

static void check_decimal(void **state)
{
    const struct decimal_row *row = *state;
    int64_t value = -77;
    assert_int_equal(decimal_parse(row->text, strlen(row->text), row->places, &value),
                     row->is_number);
    assert_int_equal(value, row->is_number ? row->value : -77);
}

static const struct integer_row {
    const char *name;
    const char *text;
    bool is_integer;
    int64_t value;
} integer_rows[] = {
    /* clang-format off */
    { "zero",           "0",                    true,  0 },
    { "plus",           "+6",                   true,  6 },
    { "minus",          "-3",                   true,  -3 },
    { "largest",        "9223372036854775807",  true,  INT64_MAX },
    { "smallest",       "-9223372036854775807", true,  -INT64_MAX },
    { "too large",      "9223372036854775808",  false, 0 },
    { "only a sign",    "-",                    false, 0 },
    { "two signs",      "+-1",                  false, 0 },
    { "empty",          "",                     false, 0 },
    { "fraction",       "1.0",                  false, 0 },
    { "trailing point", "1.",                   false, 0 },
    { "hexadecimal",    "0x10",                 false, 0 },
    /* clang-format on */
};

static void check_integer(void **state)
{
    const struct integer_row *row = *state;
    int64_t value = -77;
    assert_int_equal(integer_parse(row->text, strlen(row->text), &value), row->is_integer);
    assert_int_equal(value, row->is_integer ? row->value : -77);
}

static const struct number_row {
    const char *name;
    int64_t value;
    const char *with_sign;
    const char *percent; /* NULL: not a share */
} number_rows[] = {
    /* clang-format off */
    { "nothing",    0,           "+0",                   "0" },
    { "six",        6,           "+6",                   "0.0000006" },
    { "minus three", -3,         "-3",                   NULL },
    { "an eighth",  125000000,   "+125000000",           "12.5" },
    { "a whole",    1000000000,  "+1000000000",          "100" },
    { "ten",        100000000,   "+100000000",           "10" },
    { "largest",    INT64_MAX,   "+9223372036854775807", "922337203685.4775807" },
    { "smallest",   INT64_MIN,   "-9223372036854775808", NULL },
    /* clang-format on */
};

static void check_number(void **state)
{
    const struct number_row *row = *state;
    char storage[32];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_signed(&text, row->value);
    assert_string_equal(storage, row->with_sign);
    if (!row->percent)
        return;
    text_reset(&text);
    text_add_percent(&text, row->value);
    assert_string_equal(storage, row->percent);
}

/* --- patterns -------------------------------------------------------------------------------------------------- */

static const struct pattern_row {
    const char *name;
    const char *pattern;
    const char *string;
    bool matches;
} pattern_rows[] = {
    /* clang-format off */
    { "equal",               "eu-1",    "eu-1",   true  },
    { "longer",              "eu-1",    "eu-12",  false },
    { "star",                "eu-*",    "eu-12",  true  },
    { "star matches empty",  "eu-*",    "eu-",    true  },
    { "star matches slash",  "eu*",     "eu/1",   true  },
    { "star matches dot",    "*",       ".eu",    true  },
    { "question mark",       "eu-?",    "eu-1",   true  },
    { "question mark needs one", "eu-?", "eu-",   false },
    { "range",               "eu-[1-3]", "eu-2",  true  },
    { "outside the range",   "eu-[1-3]", "eu-4",  false },
    { "quoted star",         "eu-\\*",  "eu-1",   false },
    { "quoted star itself",  "eu-\\*",  "eu-*",   true  },
    { "letter case",         "EU-*",    "eu-1",   false },
    { "empty",               "",        "",       true  },
    /* clang-format on */
};

static void check_pattern(void **state)
{
    const struct pattern_row *row = *state;
    assert_int_equal(pattern_matches(row->pattern, row->string), row->matches);
}

/* Escaped text is not escaped again; a bare quote is. */
static void a_sentence_keeps_its_escapes(void **state)
{
    (void)state;
    const char sentence[] = "byte 0: \\x1b \\\\ \"quoted\" \x1b";
    char storage[128];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_sentence(&text, sentence, sizeof sentence - 1);
    assert_string_equal(storage, "\"byte 0: \\x1b \\\\ \\\"quoted\\\" \\x1b\"");
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_nothing_is_added_after_a_cut),
        cmocka_unit_test(test_never_writes_beyond_its_storage),
        cmocka_unit_test(test_every_byte_is_made_printable),
        cmocka_unit_test(test_every_pair_of_bytes_is_made_printable),
        cmocka_unit_test(test_every_code_point_is_made_printable),
        cmocka_unit_test(test_utf8_decodes_every_code_point),
        cmocka_unit_test(test_utf8_refuses_what_does_not_encode_back),
        cmocka_unit_test(a_sentence_keeps_its_escapes),
    };
    struct CMUnitTest cut_tests[COUNT_OF(cut_rows)];
    struct CMUnitTest cut_format_tests[COUNT_OF(cut_rows)];
    struct CMUnitTest escape_tests[COUNT_OF(escape_rows)];
    struct CMUnitTest printable_tests[COUNT_OF(printable_rows)];
    struct CMUnitTest decimal_tests[COUNT_OF(decimal_rows)];
    struct CMUnitTest integer_tests[COUNT_OF(integer_rows)];
    struct CMUnitTest number_tests[COUNT_OF(number_rows)];
    struct CMUnitTest pattern_tests[COUNT_OF(pattern_rows)];
    TESTS_FROM_ROWS(cut_tests, cut_rows, check_cut_bytes);
    TESTS_FROM_ROWS(cut_format_tests, cut_rows, check_cut_format);
    TESTS_FROM_ROWS(escape_tests, escape_rows, check_escape);
    TESTS_FROM_ROWS(printable_tests, printable_rows, check_printable);
    TESTS_FROM_ROWS(decimal_tests, decimal_rows, check_decimal);
    TESTS_FROM_ROWS(integer_tests, integer_rows, check_integer);
    TESTS_FROM_ROWS(number_tests, number_rows, check_number);
    TESTS_FROM_ROWS(pattern_tests, pattern_rows, check_pattern);
    int failed = cmocka_run_group_tests_name("cut", cut_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("cut format", cut_format_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("escape", escape_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("printable", printable_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("decimal_parse", decimal_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("integer_parse", integer_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("numbers", number_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("pattern_matches", pattern_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("text", whole_tests, NULL, NULL);
    return failed;
}
