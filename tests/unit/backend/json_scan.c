#include "engine/backend/json_scan.h"
#include "engine/base/heap.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <cjson/cJSON.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#define LITERAL(literal) (literal), sizeof(literal) - 1

/* --- strict ---------------------------------------------------------------------------------------------------- */

static const struct check_row {
    const char *name;
    const char *document;
    size_t size;
    const char *fault; /* NULL: fine */
    size_t offset;
} check_rows[] = {
    /* clang-format off */
    { "object",                 LITERAL("{}"),                        NULL, 0 },
    { "array",                  LITERAL("[]"),                        NULL, 0 },
    { "every kind of value",    LITERAL("[1,\"a\",true,false,null,{\"a\":[]}]"), NULL, 0 },
    { "bare value",             LITERAL("5"),                         NULL, 0 },
    { "space everywhere",       LITERAL(" \t\r\n{ \"a\" :\n[ 1 , 2 ] } \n"), NULL, 0 },
    { "every escape",           LITERAL("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""), NULL, 0 },
    { "surrogate pair",         LITERAL("\"\\ud83d\\uDE00\""),        NULL, 0 },
    { "raw UTF-8",              LITERAL("\"\xf0\x9f\x98\x80\""),      NULL, 0 },
    { "raw DEL",                LITERAL("\"\x7f\""),                  NULL, 0 },
    { "empty key",              LITERAL("{\"\":1}"),                  NULL, 0 },
    { "same key in siblings",   LITERAL("[{\"a\":1},{\"a\":1}]"),     NULL, 0 },
    { "same key inside",        LITERAL("{\"a\":{\"a\":{\"a\":1}}}"), NULL, 0 },
    { "other letter case",      LITERAL("{\"id\":1,\"ID\":2}"),       NULL, 0 },
    { "same key after a child",  LITERAL("{\"a\":{\"b\":1},\"a\":2}"), "a key appears twice", 13 },
    { "key twice",              LITERAL("{\"a\":1,\"a\":1}"),         "a key appears twice", 7 },
    { "key twice, escaped",     LITERAL("{\"id\":1,\"\\u0069d\":2}"), "a key appears twice", 8 },
    { "key twice, both escaped", LITERAL("{\"\\u0069d\":1,\"i\\u0064\":2}"), "a key appears twice", 13 },
    { "key twice, slashes",     LITERAL("{\"/\":1,\"\\/\":2}"),       "a key appears twice", 7 },
    { "key twice, line feed",   LITERAL("{\"\\n\":1,\"\\u000A\":2}"), "a key appears twice", 8 },
    { "key twice, pair",        LITERAL("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"), "a key appears twice", 10 },
    { "key twice, empty",       LITERAL("{\"\":1,\"\":2}"),           "a key appears twice", 6 },
    { "nothing",                LITERAL(""),                          "expected a value", 0 },
    { "only space",             LITERAL(" \n"),                       "expected a value", 2 },
    { "a page",                 LITERAL("<html>"),                    "expected a value", 0 },
    { "byte-order mark",        LITERAL("\xef\xbb\xbf{}"),            "a byte-order mark", 0 },
    { "UTF-16",                 LITERAL("\xff\xfe{\0}\0"),            "expected a value", 0 },
    { "form feed is no space",  LITERAL("[1,\f2]"),                   "expected a value", 3 },
    { "no-break space is none", LITERAL("[\xc2\xa0]"),                "expected a value", 1 },
    { "garbage after it",       LITERAL("{} x"),                      "expected the end", 3 },
    { "two documents",          LITERAL("{}{}"),                      "expected the end", 2 },
    { "two numbers",            LITERAL("1 2"),                       "expected the end", 2 },
    { "NUL after it",           LITERAL("{}\0"),                      "expected the end", 2 },
    { "NUL between",            LITERAL("[1,\0]"),                    "expected a value", 3 },
    { "NUL in a string",        LITERAL("\"a\0b\""),                  "a control character in a string", 2 },
    { "comment",                LITERAL("[1,/*x*/2]"),                "expected a value", 3 },
    { "trailing comma, array",  LITERAL("[1,]"),                      "expected a value", 3 },
    { "trailing comma, object", LITERAL("{\"a\":1,}"),                "expected a key", 7 },
    { "leading comma",          LITERAL("[,1]"),                      "expected a value", 1 },
    { "two commas",             LITERAL("[1,,2]"),                    "expected a value", 3 },
    { "no comma",               LITERAL("[1 2]"),                     "expected a comma or the closing bracket", 3 },
    { "no colon",               LITERAL("{\"a\" 1}"),                 "expected a colon", 5 },
    { "comma for colon",        LITERAL("{\"a\",1}"),                 "expected a colon", 4 },
    { "no value",               LITERAL("{\"a\":}"),                  "expected a value", 5 },
    { "bare key",               LITERAL("{a:1}"),                     "expected a key", 1 },
    { "single quotes",          LITERAL("{'a':1}"),                   "expected a key", 1 },
    { "number as key",          LITERAL("{1:1}"),                     "expected a key", 1 },
    { "wrong bracket",          LITERAL("[1}"),                       "expected a comma or the closing bracket", 2 },
    { "wrong brace",            LITERAL("{\"a\":1]"),                 "expected a comma or the closing bracket", 6 },
    { "closing first",          LITERAL("]"),                         "expected a value", 0 },
    { "array without end",      LITERAL("[1"),                        "expected a comma or the closing bracket", 2 },
    { "object without end",     LITERAL("{\"a\":1"),                  "expected a comma or the closing bracket", 6 },
    { "string without end",     LITERAL("\"a"),                       "a string without an end", 2 },
    { "escape without end",     LITERAL("\"\\"),                      "an unknown escape in a string", 1 },
    { "escaped quote at the end", LITERAL("\"a\\\""),                 "a string without an end", 4 },
    { "raw line feed",          LITERAL("\"a\nb\""),                  "a control character in a string", 2 },
    { "raw escape",             LITERAL("\"\x1b[2J\""),               "a control character in a string", 1 },
    { "unknown escape",         LITERAL("\"\\x41\""),                 "an unknown escape in a string", 1 },
    { "capital escape",         LITERAL("\"\\N\""),                   "an unknown escape in a string", 1 },
    { "escaped NUL byte",       LITERAL("\"\\\0\""),                  "an unknown escape in a string", 1 },
    { "no hexadecimal digits",  LITERAL("\"\\uZZZZ\""),               "expected a hexadecimal digit", 3 },
    { "three digits",           LITERAL("\"\\u00e\""),                "expected a hexadecimal digit", 6 },
    { "digits without end",     LITERAL("\"\\u00"),                   "expected a hexadecimal digit", 5 },
    { "escaped NUL",            LITERAL("\"a\\u0000b\""),             "a NUL in a string", 2 },
    { "escaped NUL in a key",   LITERAL("{\"\\u0000\":1}"),           "a NUL in a string", 2 },
    { "lone high surrogate",    LITERAL("\"\\ud83d\""),               "half of a surrogate pair", 1 },
    { "lone low surrogate",     LITERAL("\"\\ude00\""),               "half of a surrogate pair", 1 },
    { "high and a letter",      LITERAL("\"\\ud83dx\""),              "half of a surrogate pair", 1 },
    { "high and another escape", LITERAL("\"\\ud83d\\n\""),           "half of a surrogate pair", 1 },
    { "high and high",          LITERAL("\"\\ud83d\\ud83d\""),        "half of a surrogate pair", 1 },
    { "first pair",             LITERAL("\"\\ud800\\udc00\""),        NULL, 0 },
    { "last pair",              LITERAL("\"\\udbff\\udfff\""),        NULL, 0 },
    { "high and the last high", LITERAL("\"\\ud800\\udbff\""),        "half of a surrogate pair", 1 },
    { "high and U+E000",        LITERAL("\"\\ud800\\ue000\""),        "half of a surrogate pair", 1 },
    { "low and high",           LITERAL("\"\\ude00\\ud83d\""),        "half of a surrogate pair", 1 },
    { "raw surrogate",          LITERAL("\"\xed\xa0\x80\""),          "invalid UTF-8 in a string", 1 },
    { "lone continuation",      LITERAL("\"a\x80\""),                 "invalid UTF-8 in a string", 2 },
    { "overlong quote",         LITERAL("\"\xc0\xa2\""),              "invalid UTF-8 in a string", 1 },
    { "overlong NUL",           LITERAL("\"\xc0\x80\""),              "invalid UTF-8 in a string", 1 },
    { "character cut by quote", LITERAL("\"\xe2\x82\""),              "invalid UTF-8 in a string", 1 },
    { "latin-1",                LITERAL("\"caf\xe9\""),               "invalid UTF-8 in a string", 4 },
    { "above U+10FFFF",         LITERAL("\"\xf4\x90\x80\x80\""),      "invalid UTF-8 in a string", 1 },
    { "invalid UTF-8 in a key", LITERAL("{\"\xff\":1}"),              "invalid UTF-8 in a string", 2 },
    { "NaN",                    LITERAL("NaN"),                       "neither a number nor true, false or null", 0 },
    { "minus infinity",         LITERAL("[-Infinity]"),               "neither a number nor true, false or null", 1 },
    { "capital true",           LITERAL("[True]"),                    "neither a number nor true, false or null", 1 },
    { "cut literal",            LITERAL("[nul]"),                     "neither a number nor true, false or null", 1 },
    { "long literal",           LITERAL("[nulll]"),                   "neither a number nor true, false or null", 1 },
    { "literals in one",        LITERAL("[truefalse]"),               "neither a number nor true, false or null", 1 },
    /* clang-format on */
};

/* In memory of exactly that size, so that a sanitizer finds any access beyond. */
static char *exact_copy(const char *bytes, size_t size)
{
    char *copy = heap_alloc(size > 0 ? size : 1, 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static void check_strict(void **state)
{
    const struct check_row *row = *state;
    struct json_fault fault = { 0 };
    char *bytes = exact_copy(row->document, row->size);
    bool is_fine = json_scan_check(bytes, (struct json_span){ .end = row->size }, &fault);
    heap_free(bytes);
    assert_int_equal(is_fine, !row->fault);
    if (!row->fault)
        return;
    assert_string_equal(fault.text, row->fault);
    assert_int_equal(fault.offset, row->offset);
}

static bool is_strict(const char *bytes, size_t size)
{
    struct json_fault fault;
    return json_scan_check(bytes, (struct json_span){ .end = size }, &fault);
}

/* Every text of up to six of these characters, compared with the grammar as a regular expression. */
static void test_numbers_against_the_grammar(void **state)
{
    (void)state;
    static const char alphabet[] = "-+01.eE";
    regex_t grammar;
    assert_int_equal(regcomp(&grammar, "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$",
                             REG_EXTENDED | REG_NOSUB),
                     0);
    size_t count = 1;
    for (size_t length = 1; length <= 6; length++) {
        count *= sizeof alphabet - 1;
        for (size_t i = 0; i < count; i++) {
            char text[8] = "";
            for (size_t at = 0, rest = i; at < length; at++, rest /= sizeof alphabet - 1)
                text[at] = alphabet[rest % (sizeof alphabet - 1)];
            bool is_number = regexec(&grammar, text, 0, NULL, 0) == 0;
            if (is_strict(text, length) != is_number)
                fail_msg("%s", text);
        }
    }
    regfree(&grammar);
}

static void test_number_size(void **state)
{
    (void)state;
    static char digits[5000];
    memset(digits, '7', sizeof digits);
    assert_true(is_strict(digits, JSON_NUMBER_SIZE_MAX));
    assert_false(is_strict(digits, JSON_NUMBER_SIZE_MAX + 1));
    assert_false(is_strict(digits, sizeof digits));
    digits[0] = '-';
    digits[2] = '.';
    assert_true(is_strict(digits, JSON_NUMBER_SIZE_MAX));
    assert_false(is_strict(digits, JSON_NUMBER_SIZE_MAX + 1));
}

static void test_every_byte_in_a_string(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char document[] = { '"', (char)byte, '"' };
        assert_int_equal(is_strict(document, sizeof document),
                         byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\');
    }
}

static void test_every_escaped_code_unit(void **state)
{
    (void)state;
    for (unsigned unit = 0; unit < 0x10000; unit++) {
        char document[16];
        int size =
            snprintf(document, sizeof document, unit & 1 ? "\"\\u%04x\"" : "\"\\u%04X\"", unit);
        bool is_surrogate = unit >= 0xd800 && unit <= 0xdfff;
        assert_int_equal(is_strict(document, (size_t)size), unit > 0 && !is_surrogate);
    }
}

/* --- depth and width ------------------------------------------------------------------------------------------- */

/* `depth` brackets around nothing. */
static char *nest(size_t depth, const char *open, const char *close, size_t *ret_size)
{
    size_t size = depth * (strlen(open) + strlen(close));
    char *bytes = heap_alloc(size + 16, 1);
    assert_non_null(bytes);
    struct text text;
    text_init(&text, bytes, size + 16);
    for (size_t i = 0; i < depth; i++)
        text_add(&text, open);
    if (*open == '{')
        text_add(&text, "1");
    for (size_t i = 0; i < depth; i++)
        text_add(&text, close);
    assert_false(text.was_cut);
    *ret_size = text.length;
    return bytes;
}

static const struct depth_row {
    const char *name;
    size_t depth;
    bool is_strict;
    bool is_tolerable; /* as a member of the root, which is a level too */
} depth_rows[] = {
    /* clang-format off */
    { "flat",               1,                    true,  true  },
    { "the strict limit",   JSON_DEPTH_MAX,       true,  true  },
    { "one deeper",         JSON_DEPTH_MAX + 1,   false, true  },
    { "the outer limit",    JSON_NESTING_MAX - 1, false, true  },
    { "one deeper again",   JSON_NESTING_MAX,     false, false },
    { "a thousand and one", 1001,                 false, false },
    { "very deep",          200000,               false, false },
    /* clang-format on */
};

static void check_depth_of(const struct depth_row *row, const char *open, const char *close)
{
    size_t size;
    struct json_span value;
    struct json_fault fault;
    char *bytes = nest(row->depth, open, close, &size);
    assert_int_equal(is_strict(bytes, size), row->is_strict);
    assert_false(is_strict(bytes, size / 2)); /* and no closing bracket */
    char *document = heap_alloc(size + 16, 1);
    memcpy(document, "{\"x\":", 5);
    memcpy(document + 5, bytes, size);
    document[5 + size] = '}';
    assert_int_equal(json_scan_check_around(document, size + 6, "x", &value, &fault),
                     row->is_tolerable);
    if (!row->is_tolerable)
        assert_string_equal(fault.text, "nested too deep");
    heap_free(document);
    heap_free(bytes);
}

static void check_depth(void **state)
{
    check_depth_of(*state, "[", "]");
    check_depth_of(*state, "{\"a\":", "}");
}

static void add_members(struct text *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s\"key%zu\":0", i > 0 ? "," : "", i);
}

static void test_member_count(void **state)
{
    (void)state;
    for (size_t count = JSON_MEMBERS_MAX - 1; count <= JSON_MEMBERS_MAX + 1; count++) {
        char storage[2000];
        struct text text;
        struct json_span value;
        struct json_fault fault;
        text_init(&text, storage, sizeof storage);
        text_add(&text, "{\"x\":{");
        add_members(&text, count);
        text_add(&text, "}}");
        assert_int_equal(is_strict(storage, text.length), count <= JSON_MEMBERS_MAX);
        assert_true(json_scan_check_around(storage, text.length, "x", &value, &fault));
        assert_int_equal(value.child_count, count);
    }
}

/* The maximum count of keys at a time. */
static void test_widest_and_deepest(void **state)
{
    (void)state;
    size_t size = (size_t)JSON_DEPTH_MAX * JSON_MEMBERS_MAX * 16;
    char *storage = heap_alloc(size, 1);
    struct text text;
    text_init(&text, storage, size);
    for (int depth = 0; depth < JSON_DEPTH_MAX; depth++) {
        text_add_char(&text, '{');
        add_members(&text, JSON_MEMBERS_MAX - 1);
        text_add(&text, depth + 1 < JSON_DEPTH_MAX ? ",\"last\":" : ",\"last\":0");
    }
    for (int depth = 0; depth < JSON_DEPTH_MAX; depth++)
        text_add_char(&text, '}');
    assert_false(text.was_cut);
    assert_true(is_strict(storage, text.length));
    heap_free(storage);
}

/* --- around one member ----------------------------------------------------------------------------------------- */

static const struct around_row {
    const char *name;
    const char *document;
    size_t size;
    const char *fault; /* NULL: fine */
    const char *value; /* the value of "x"; empty: none */
    size_t child_count;
} around_rows[] = {
    /* clang-format off */
    { "an array",               LITERAL("{\"x\": [1, 2 ,3] }"),      NULL, "[1, 2 ,3]", 3 },
    { "an empty array",         LITERAL("{\"x\":[ ]}"),              NULL, "[ ]", 0 },
    { "an object",              LITERAL("{\"x\":{\"a\":1}}"),        NULL, "{\"a\":1}", 1 },
    { "a number",               LITERAL("{\"x\":5}"),                NULL, "5", 0 },
    { "a string",               LITERAL("{\"x\" : \"a\" }"),         NULL, "\"a\"", 0 },
    { "last of several",        LITERAL("{\"a\":[1],\"x\":[1]}"),    NULL, "[1]", 1 },
    { "first of several",       LITERAL("{\"x\":[1],\"a\":[1]}"),    NULL, "[1]", 1 },
    { "an escaped key",         LITERAL("{\"\\u0078\":[1]}"),        NULL, "[1]", 1 },
    { "only children count",    LITERAL("{\"x\":[[1,2],{\"a\":1,\"b\":2}]}"), NULL, "[[1,2],{\"a\":1,\"b\":2}]", 2 },
    { "other letter case",      LITERAL("{\"X\":[1]}"),              NULL, "", 0 },
    { "a longer key",           LITERAL("{\"xx\":[1]}"),             NULL, "", 0 },
    { "no such key",            LITERAL("{}"),                       NULL, "", 0 },
    { "not at the root",        LITERAL("{\"a\":{\"x\":[1]}}"),      NULL, "", 0 },
    { "not in an object",       LITERAL("[{\"x\":[1]}]"),            NULL, "", 0 },
    { "no object at all",       LITERAL("5"),                        NULL, "", 0 },
    { "key twice inside",       LITERAL("{\"x\":[{\"a\":1,\"a\":2}]}"), NULL, "[{\"a\":1,\"a\":2}]", 1 },
    { "control inside",         LITERAL("{\"x\":[\"\x1b\n\"]}"),     NULL, "[\"\x1b\n\"]", 1 },
    { "invalid UTF-8 inside",   LITERAL("{\"x\":[\"\xff\xc3\"]}"),   NULL, "[\"\xff\xc3\"]", 1 },
    { "bad escape inside",      LITERAL("{\"x\":[\"\\uZZ\\q\"]}"),   NULL, "[\"\\uZZ\\q\"]", 1 },
    { "bad number inside",      LITERAL("{\"x\":[01,+1,1e,NaN]}"),   NULL, "[01,+1,1e,NaN]", 4 },
    { "escaped quote inside",   LITERAL("{\"x\":[\"\\\"],[\"]}"),    NULL, "[\"\\\"],[\"]", 1 },
    { "escaped backslash inside", LITERAL("{\"x\":[\"\\\\\"]}"),     NULL, "[\"\\\\\"]", 1 },
    { "strict again after it",  LITERAL("{\"x\":[01],\"a\":01}"),    "neither a number nor true, false or null", "", 0 },
    { "strict before",          LITERAL("{\"a\":\"\xff\",\"x\":[]}"), "invalid UTF-8 in a string", "", 0 },
    { "key twice after it",     LITERAL("{\"x\":[],\"a\":1,\"a\":1}"), "a key appears twice", "", 0 },
    { "itself twice",           LITERAL("{\"x\":[],\"x\":[]}"),      "a key appears twice", "", 0 },
    { "itself twice, escaped",  LITERAL("{\"x\":[],\"\\u0078\":[]}"), "a key appears twice", "", 0 },
    { "NUL inside",             LITERAL("{\"x\":[\"a\0b\"]}"),       "a NUL byte", "", 0 },
    { "escaped NUL byte inside", LITERAL("{\"x\":[\"a\\\0b\"]}"),    "a NUL byte", "", 0 },
    { "no comma inside",        LITERAL("{\"x\":[{} {}]}"),          "expected a comma or the closing bracket", "", 0 },
    { "no colon inside",        LITERAL("{\"x\":[{\"a\" 1}]}"),      "expected a colon", "", 0 },
    { "trailing comma inside",  LITERAL("{\"x\":[1,]}"),             "expected a value", "", 0 },
    { "wrong bracket inside",   LITERAL("{\"x\":[{\"a\":1]]}"),      "expected a comma or the closing bracket", "", 0 },
    { "string without end inside", LITERAL("{\"x\":[\"a]}"),         "a string without an end", "", 0 },
    { "garbage after it",       LITERAL("{\"x\":[]}]"),              "expected the end", "", 0 },
    /* clang-format on */
};

static void check_around(void **state)
{
    const struct around_row *row = *state;
    struct json_fault fault = { 0 };
    struct json_span value = { 0 };
    char *bytes = exact_copy(row->document, row->size);
    assert_int_equal(json_scan_check_around(bytes, row->size, "x", &value, &fault), !row->fault);
    if (row->fault)
        assert_string_equal(fault.text, row->fault);
    assert_int_equal(value.end - value.start, strlen(row->value));
    assert_memory_equal(bytes + value.start, row->value, strlen(row->value));
    assert_int_equal(value.child_count, row->child_count);
    heap_free(bytes);
}

/* --- stepping and finding -------------------------------------------------------------------------------------- */

static void test_elements_in_order(void **state)
{
    (void)state;
    static const char array[] = " [ 1 ,\"a,]\", {\"b\":[2,3]},[ ],null ] ";
    static const char *const expected[] = { "1", "\"a,]\"", "{\"b\":[2,3]}", "[ ]", "null" };
    static const size_t child_counts[] = { 0, 0, 1, 0, 0 };
    struct json_span whole = { .start = 1, .end = sizeof array - 2 };
    struct json_span element = { 0 };
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(json_scan_next_element(array, whole, &element));
        assert_int_equal(element.end - element.start, strlen(expected[i]));
        assert_memory_equal(array + element.start, expected[i], strlen(expected[i]));
        assert_int_equal(element.child_count, child_counts[i]);
    }
    assert_false(json_scan_next_element(array, whole, &element));
}

static void test_no_elements(void **state)
{
    (void)state;
    static const char *const documents[] = { "[]", "[ \n ]", "{}", "5", "\"[1]\"" };
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        struct json_span whole = { .end = strlen(documents[i]) };
        struct json_span element = { 0 };
        assert_false(json_scan_next_element(documents[i], whole, &element));
    }
}

static const struct find_row {
    const char *name;
    const char *document;
    const char *value; /* NULL: not found */
} find_rows[] = {
    /* clang-format off */
    { "the only member",        "{\"id\":\"eu-1\"}",             "\"eu-1\"" },
    { "between others",         "{\"a\":1, \"id\" : 5 ,\"b\":2}", "5" },
    { "after faults",           "{\"a\":01,\"b\":\"\xff\",\"b\":2,\"id\":[1]}", "[1]" },
    { "escaped",                "{\"i\\u0064\":5}",              "5" },
    { "twice",                  "{\"id\":5,\"id\":5}",           NULL },
    { "twice, escaped",         "{\"id\":5,\"\\u0069d\":6}",     NULL },
    { "deeper only",            "{\"a\":{\"id\":5}}",            NULL },
    { "in an array",            "[{\"id\":5}]",                  NULL },
    { "other letter case",      "{\"Id\":5}",                    NULL },
    { "front of it",            "{\"i\":5}",                     NULL },
    { "longer than it",         "{\"idx\":5}",                   NULL },
    { "as a value",             "{\"a\":\"id\"}",                NULL },
    { "broken key",             "{\"id\\q\":5}",                 NULL },
    { "no object",              "\"id\"",                        NULL },
    { "without an end",         "{\"id\":5",                     NULL },
    /* clang-format on */
};

static void check_find(void **state)
{
    const struct find_row *row = *state;
    struct json_span value = { 0 };
    struct json_span whole = { .end = strlen(row->document) };
    assert_int_equal(json_scan_find_member(row->document, whole, "id", &value), row->value != NULL);
    if (!row->value)
        return;
    assert_int_equal(value.end - value.start, strlen(row->value));
    assert_memory_equal(row->document + value.start, row->value, strlen(row->value));
}

/* --- against cJSON --------------------------------------------------------------------------------------------- */

static const char sample[] =
    "{ \"deployments\" : [ {\"id\":\"eu-1\",\"servers_per_host\":10,\"target_free_pct\":12.5e0},\n"
    "{\"\\u0069d\":\"\\ud83d\\ude00\xe2\x82\xac\\n\",\"x\":[true,false,null,[],{}],\"y\":-0.5E+3} "
    "] }";

/* After any damage: bytes that the strict mode accepts are JSON, and the tolerant mode accepts them. */
static void assert_agrees_with_cjson(const char *bytes, size_t size)
{
    char *copy = exact_copy(bytes, size);
    struct json_span value;
    struct json_fault fault;
    bool is_tolerable = json_scan_check_around(copy, size, "deployments", &value, &fault);
    if (is_strict(copy, size)) {
        const char *end = NULL;
        cJSON *tree = cJSON_ParseWithLengthOpts(copy, size, &end, false);
        assert_non_null(tree);
        for (; end < copy + size; end++)
            assert_true(*end == ' ' || (*end >= '\t' && *end <= '\r'));
        cJSON_Delete(tree);
        assert_true(is_tolerable);
    }
    heap_free(copy);
}

static void test_sample_is_strict(void **state)
{
    (void)state;
    assert_true(is_strict(sample, sizeof sample - 1));
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof sample - 1; size++) {
        struct json_span value;
        struct json_fault fault;
        char *copy = exact_copy(sample, size);
        assert_false(is_strict(copy, size));
        assert_false(json_scan_check_around(copy, size, "deployments", &value, &fault));
        assert_true(fault.offset <= size);
        heap_free(copy);
    }
}

static void test_every_byte_replaced_by_every_other(void **state)
{
    (void)state;
    char bytes[sizeof sample];
    memcpy(bytes, sample, sizeof sample);
    for (size_t at = 0; at < sizeof sample - 1; at++) {
        for (int value = 0; value < 256; value++) {
            bytes[at] = (char)value;
            assert_agrees_with_cjson(bytes, sizeof sample - 1);
        }
        bytes[at] = sample[at];
    }
}

static void test_random_damage(void **state)
{
    (void)state;
    static const char tokens[] = "{}[]\",:\\u0 1.-eE\x80\xff\n";
    struct random random = { 11 };
    for (int round = 0; round < 50000; round++) {
        char bytes[sizeof sample];
        memcpy(bytes, sample, sizeof sample);
        for (int64_t i = random_below(&random, 4); i >= 0; i--)
            bytes[random_below(&random, sizeof sample - 1)] =
                tokens[random_below(&random, sizeof tokens - 1)];
        assert_agrees_with_cjson(bytes, sizeof sample - 1);
    }
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_numbers_against_the_grammar),
        cmocka_unit_test(test_number_size),
        cmocka_unit_test(test_every_byte_in_a_string),
        cmocka_unit_test(test_every_escaped_code_unit),
        cmocka_unit_test(test_member_count),
        cmocka_unit_test(test_widest_and_deepest),
        cmocka_unit_test(test_elements_in_order),
        cmocka_unit_test(test_no_elements),
        cmocka_unit_test(test_sample_is_strict),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_every_byte_replaced_by_every_other),
        cmocka_unit_test(test_random_damage),
    };
    struct CMUnitTest check_tests[COUNT_OF(check_rows)];
    struct CMUnitTest depth_tests[COUNT_OF(depth_rows)];
    struct CMUnitTest around_tests[COUNT_OF(around_rows)];
    struct CMUnitTest find_tests[COUNT_OF(find_rows)];
    TESTS_FROM_ROWS(check_tests, check_rows, check_strict);
    TESTS_FROM_ROWS(depth_tests, depth_rows, check_depth);
    TESTS_FROM_ROWS(around_tests, around_rows, check_around);
    TESTS_FROM_ROWS(find_tests, find_rows, check_find);
    int failed = cmocka_run_group_tests_name("check", check_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("depth", depth_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("check_around", around_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("find_member", find_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("json_scan", whole_tests, NULL, NULL);
    return failed;
}
