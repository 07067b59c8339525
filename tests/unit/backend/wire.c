/* Discoveries, statuses, and the numbers in them. */
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "tests/support/wire_fixture.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

/* --- whole discoveries ----------------------------------------------------------------------------------------- */

static const struct discovery_row {
    const char *name;
    const char *body;
    size_t size;
    int code; /* 0: fine */
    const char *msg;
    size_t count;
} discovery_rows[] = {
    /* clang-format off */
    { "no deployments",        LITERAL("{\"deployments\":[]}"),               0, NULL, 0 },
    { "unknown members",       LITERAL("{\"v\":{\"a\":[1]},\"deployments\":[],\"next\":null}"), 0, NULL, 0 },
    { "escaped key",           LITERAL("{\"\\u0064eployments\":[1,2]}"),      0, NULL, 2 },
    { "space around",          LITERAL(" \r\n{ \"deployments\" : [ ] }\n"),   0, NULL, 0 },
    { "empty body",            LITERAL(""),            ERR_BAD_JSON,  "expected a value at byte 0: the end", 0 },
    { "a page of HTML",        LITERAL("<html><body>502 Bad Gateway</body>"), ERR_BAD_JSON, "expected a value at byte 0: <html><body>502 Bad Gateway</body>", 0 },
    { "a sentence",            LITERAL("OK"),          ERR_BAD_JSON,  "neither a number nor true, false or null at byte 0: OK", 0 },
    { "byte-order mark",       LITERAL("\xef\xbb\xbf{\"deployments\":[]}"), ERR_BAD_JSON, "a byte-order mark at byte 0: \\u{feff}{\"deployments\":[]}", 0 },
    { "NUL after it",          LITERAL("{\"deployments\":[]}\0"), ERR_BAD_JSON, "expected the end at byte 18: \\x00", 0 },
    { "NUL in an entry",       LITERAL("{\"deployments\":[{\"id\":\"a\0b\"}]}"), ERR_BAD_JSON, "a NUL byte at byte 24: \\x00b\"}]}", 0 },
    { "garbage after it",      LITERAL("{\"deployments\":[]},"), ERR_BAD_JSON, "expected the end at byte 18: ,", 0 },
    { "two documents",         LITERAL("{\"deployments\":[]}{\"deployments\":[]}"), ERR_BAD_JSON, "expected the end at byte 18: {\"deployments\":[]}", 0 },
    { "number",                LITERAL("5"),           ERR_BAD_VALUE, "deployments is missing, expected an array", 0 },
    { "null",                  LITERAL("null"),        ERR_BAD_VALUE, "deployments is missing, expected an array", 0 },
    { "array",                 LITERAL("[{\"id\":\"a\"}]"), ERR_BAD_VALUE, "deployments is missing, expected an array", 0 },
    { "empty object",          LITERAL("{}"),          ERR_BAD_VALUE, "deployments is missing, expected an array", 0 },
    { "other letter case",     LITERAL("{\"Deployments\":[]}"), ERR_BAD_VALUE, "deployments is missing, expected an array", 0 },
    { "null deployments",      LITERAL("{\"deployments\":null}"), ERR_BAD_VALUE, "deployments is null, expected an array", 0 },
    { "string deployments",    LITERAL("{\"deployments\":\"[]\"}"), ERR_BAD_VALUE, "deployments is \"[]\", expected an array", 0 },
    { "object deployments",    LITERAL("{\"deployments\":{\"id\":\"a\"}}"), ERR_BAD_VALUE, "deployments is {\"id\":\"a\"}, expected an array", 0 },
    { "deployments twice",     LITERAL("{\"deployments\":[],\"deployments\":[]}"), ERR_BAD_JSON, "a key appears twice at byte 18: \"deployments\":[]}", 0 },
    { "twice, escaped",        LITERAL("{\"deployments\":[],\"deployment\\u0073\":[]}"), ERR_BAD_JSON, "a key appears twice at byte 18: \"deployment\\\\u0073\":[]}", 0 },
    { "unknown key twice",     LITERAL("{\"a\":1,\"a\":2,\"deployments\":[]}"), ERR_BAD_JSON, "a key appears twice at byte 7: \"a\":2,\"deployments\":[]}", 0 },
    { "invalid UTF-8 at the root", LITERAL("{\"a\":\"\xff\",\"deployments\":[]}"), ERR_BAD_JSON, "invalid UTF-8 in a string at byte 6: \\xff\",\"deployments\":[]}", 0 },
    { "bad number at the root", LITERAL("{\"deployments\":[],\"a\":01}"), ERR_BAD_JSON, "neither a number nor true, false or null at byte 22: 01}", 0 },
    { "comma at the end",      LITERAL("{\"deployments\":[{},]}"), ERR_BAD_JSON, "expected a value at byte 19: ]}", 0 },
    { "comma missing",         LITERAL("{\"deployments\":[{} {}]}"), ERR_BAD_JSON, "expected a comma or the closing bracket at byte 19: {}]}", 0 },
    { "quote missing",         LITERAL("{\"deployments\":[{\"id\":\"a}]}"), ERR_BAD_JSON, "a string without an end at byte 27: the end", 0 },
    { "brace missing",         LITERAL("{\"deployments\":[{\"id\":\"a\"]}"), ERR_BAD_JSON, "expected a comma or the closing bracket at byte 25: ]}", 0 },
    /* clang-format on */
};

static void check_discovery(void **state)
{
    const struct discovery_row *row = *state;
    struct discovery discovery;
    struct error err;
    assert_int_equal(decode_discovery(row->body, row->size, &discovery, &err), row->code);
    if (row->code == 0)
        assert_int_equal(discovery.count, row->count);
    else
        assert_string_equal(err.msg, row->msg);
}

/* --- one entry between two good ones --------------------------------------------------------------------------- */

#define ID_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BAD_ID_TEXT(found)                                                                         \
    "id is " found                                                                                 \
    ", expected 1 to 128 bytes of text without control characters, not \".\" or \"..\""
#define BAD_SERVERS_TEXT(found)                                                                    \
    "servers_per_host is " found ", expected a whole number from 1 to 2147483647"
#define BAD_TARGET_TEXT(found) "target_free_pct is " found ", expected a number from 0 to below 100"

static const struct entry_row {
    const char *name;
    const char *entry;
    size_t size;
    struct definition expected;
} entry_rows[] = {
    /* clang-format off */
    { "good",                 LITERAL(ENTRY("\"eu-1\"", "10", "15")),       { "eu-1", 10, PCT(15), REASON_NONE, NULL } },
    { "unknown members",      LITERAL("{\"a\":{\"id\":1},\"id\":\"a\",\"servers_per_host\":1,\"b\":[null],\"target_free_pct\":0}"), { "a", 1, 0, REASON_NONE, NULL } },
    { "escaped keys",         LITERAL("{\"\\u0069d\":\"a\",\"servers\\u005fper_host\":1,\"target_free_pct\":1}"), { "a", 1, PCT(1), REASON_NONE, NULL } },
    { "other letter case beside", LITERAL("{\"ID\":\"b\",\"id\":\"a\",\"servers_per_host\":1,\"Servers_Per_Host\":2,\"target_free_pct\":1}"), { "a", 1, PCT(1), REASON_NONE, NULL } },

    { "id with a slash",      LITERAL(ENTRY("\"a/b\"", "1", "1")),          { "a/b", 1, PCT(1), REASON_NONE, NULL } },
    { "id with an escaped slash", LITERAL(ENTRY("\"a\\/b\"", "1", "1")),    { "a/b", 1, PCT(1), REASON_NONE, NULL } },
    { "id with a question mark", LITERAL(ENTRY("\"a?x=1&y#z\"", "1", "1")), { "a?x=1&y#z", 1, PCT(1), REASON_NONE, NULL } },
    { "id with a percent sign", LITERAL(ENTRY("\"%2f\"", "1", "1")),        { "%2f", 1, PCT(1), REASON_NONE, NULL } },
    { "id with a space",      LITERAL(ENTRY("\" \"", "1", "1")),            { " ", 1, PCT(1), REASON_NONE, NULL } },
    { "id of three dots",     LITERAL(ENTRY("\"...\"", "1", "1")),          { "...", 1, PCT(1), REASON_NONE, NULL } },
    { "id of 128 bytes",      LITERAL(ENTRY("\"" ID_64 ID_64 "\"", "1", "1")), { ID_64 ID_64, 1, PCT(1), REASON_NONE, NULL } },
    { "id with an emoji",     LITERAL(ENTRY("\"\\ud83d\\ude00\"", "1", "1")), { "\xf0\x9f\x98\x80", 1, PCT(1), REASON_NONE, NULL } },
    { "id right to left",     LITERAL(ENTRY("\"a\xe2\x80\xae" "b\"", "1", "1")), { "a\xe2\x80\xae" "b", 1, PCT(1), REASON_NONE, NULL } },
    { "id of zero width",     LITERAL(ENTRY("\"\\u200b\"", "1", "1")),      { "\xe2\x80\x8b", 1, PCT(1), REASON_NONE, NULL } },
    { "id of combining marks", LITERAL(ENTRY("\"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\"", "1", "1")), { "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 1, PCT(1), REASON_NONE, NULL } },

    { "id missing",           LITERAL("{\"servers_per_host\":1,\"target_free_pct\":1}"), { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("missing") } },
    { "id in other case",     LITERAL("{\"ID\":\"a\",\"servers_per_host\":1,\"target_free_pct\":1}"), { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("missing") } },
    { "id a number",          LITERAL(ENTRY("5", "1", "1")),                { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("5") } },
    { "id null",              LITERAL(ENTRY("null", "1", "1")),             { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("null") } },
    { "id an array",          LITERAL(ENTRY("[\"a\"]", "1", "1")),          { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("[\"a\"]") } },
    { "id empty",             LITERAL(ENTRY("\"\"", "1", "1")),             { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"\"") } },
    { "id a dot",             LITERAL(ENTRY("\".\"", "1", "1")),            { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\".\"") } },
    { "id two dots",          LITERAL(ENTRY("\"..\"", "1", "1")),           { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"..\"") } },
    { "id two escaped dots",  LITERAL(ENTRY("\"\\u002e\\u002e\"", "1", "1")), { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"\\\\u002e\\\\u002e\"") } },
    { "id of 129 bytes",      LITERAL(ENTRY("\"" ID_64 ID_64 "x\"", "1", "1")), { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"0123456789abcdef0123456789abcdef0123456...") } },
    { "id with CR LF",        LITERAL(ENTRY("\"a\\r\\nHost: b\"", "1", "1")), { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"a\\\\r\\\\nHost: b\"") } },
    { "id with an escape",    LITERAL(ENTRY("\"\\u001b[2J\"", "1", "1")),   { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"\\\\u001b[2J\"") } },
    { "id with a raw DEL",    LITERAL(ENTRY("\"a\x7f\"", "1", "1")),        { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"a\\x7f\"") } },
    { "id with a raw C1",     LITERAL(ENTRY("\"a\xc2\x9b\"", "1", "1")),    { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"a\\u{9b}\"") } },
    { "id with an escaped C1", LITERAL(ENTRY("\"a\\u0080\"", "1", "1")),    { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"a\\\\u0080\"") } },
    { "id with the last C1",  LITERAL(ENTRY("\"\xc2\x9f\"", "1", "1")),     { NULL, 1, PCT(1), REASON_BAD_ID, BAD_ID_TEXT("\"\\u{9f}\"") } },

    { "servers missing",      LITERAL("{\"id\":\"a\",\"target_free_pct\":1}"), { "a", 0, PCT(1), REASON_BAD_SERVERS_PER_HOST, BAD_SERVERS_TEXT("missing") } },
    { "servers zero",         LITERAL(ENTRY("\"a\"", "0", "1")),            { "a", 0, PCT(1), REASON_BAD_SERVERS_PER_HOST, BAD_SERVERS_TEXT("0") } },
    { "servers a string",     LITERAL(ENTRY("\"a\"", "\"5\"", "1")),        { "a", 0, PCT(1), REASON_BAD_SERVERS_PER_HOST, BAD_SERVERS_TEXT("\"5\"") } },
    { "servers an object",    LITERAL(ENTRY("\"a\"", "{\"n\": 1}", "1")),   { "a", 0, PCT(1), REASON_BAD_SERVERS_PER_HOST, BAD_SERVERS_TEXT("{\"n\": 1}") } },
    { "servers the largest",  LITERAL(ENTRY("\"a\"", "2147483647", "1")),   { "a", INT32_MAX, PCT(1), REASON_NONE, NULL } },

    { "target missing",       LITERAL("{\"id\":\"a\",\"servers_per_host\":1}"), { "a", 1, -1, REASON_BAD_TARGET, BAD_TARGET_TEXT("missing") } },
    { "target true",          LITERAL(ENTRY("\"a\"", "1", "true")),         { "a", 1, -1, REASON_BAD_TARGET, BAD_TARGET_TEXT("true") } },
    { "target a string",      LITERAL(ENTRY("\"a\"", "1", "\"15%\"")),      { "a", 1, -1, REASON_BAD_TARGET, BAD_TARGET_TEXT("\"15%\"") } },

    { "all wrong",            LITERAL("{}"),                                { NULL, 0, -1, REASON_BAD_ID, BAD_ID_TEXT("missing") } },
    { "both numbers wrong",   LITERAL(ENTRY("\"a\"", "0", "100")),          { "a", 0, -1, REASON_BAD_SERVERS_PER_HOST, BAD_SERVERS_TEXT("0") } },

    { "a number",             LITERAL("5"),                                 { NULL, 0, -1, REASON_BAD_ENTRY, "found 5, expected an object" } },
    { "null",                 LITERAL("null"),                              { NULL, 0, -1, REASON_BAD_ENTRY, "found null, expected an object" } },
    { "a string",             LITERAL("\"eu-1\""),                          { NULL, 0, -1, REASON_BAD_ENTRY, "found \"eu-1\", expected an object" } },
    { "an array",             LITERAL("[]"),                                { NULL, 0, -1, REASON_BAD_ENTRY, "found [], expected an object" } },
    { "NaN",                  LITERAL("NaN"),                               { NULL, 0, -1, REASON_BAD_ENTRY, "neither a number nor true, false or null at byte 88: NaN" } },
    { "id twice",             LITERAL("{\"id\":\"a\",\"id\":\"a\"}"),       { NULL, 0, -1, REASON_BAD_ENTRY, "a key appears twice at byte 98: \"id\":\"a\"}" } },
    { "id twice, escaped",    LITERAL("{\"id\":\"a\",\"\\u0069d\":\"b\"}"), { NULL, 0, -1, REASON_BAD_ENTRY, "a key appears twice at byte 98: \"\\\\u0069d\":\"b\"}" } },
    { "servers twice",        LITERAL("{\"id\":\"eu-1\",\"servers_per_host\":1,\"servers_per_host\":1}"), { "eu-1", 0, -1, REASON_BAD_ENTRY, "entry \"eu-1\": a key appears twice at byte 122: \"servers_per_host\":1}" } },
    { "unknown key twice",    LITERAL("{\"id\":\"eu-1\",\"a\":1,\"a\":1}"), { "eu-1", 0, -1, REASON_BAD_ENTRY, "entry \"eu-1\": a key appears twice at byte 107: \"a\":1}" } },
    { "id no string, key twice", LITERAL("{\"id\":5,\"a\":1,\"a\":1}"),    { NULL, 0, -1, REASON_BAD_ENTRY, "a key appears twice at byte 102: \"a\":1}" } },
    { "key twice deep inside", LITERAL("{\"id\":\"eu-1\",\"a\":[{\"b\":1,\"b\":1}]}"), { "eu-1", 0, -1, REASON_BAD_ENTRY, "entry \"eu-1\": a key appears twice at byte 113: \"b\":1}]}" } },
    { "invalid UTF-8 in the id", LITERAL(ENTRY("\"a\xff\"", "1", "1")),     { NULL, 0, -1, REASON_BAD_ENTRY, "invalid UTF-8 in a string at byte 96: \\xff\",\"servers_per_host\":1,\"target_free_pct..." } },
    { "latin-1 elsewhere",    LITERAL("{\"id\":\"eu-1\",\"a\":\"caf\xe9\"}"), { "eu-1", 0, -1, REASON_BAD_ENTRY, "entry \"eu-1\": invalid UTF-8 in a string at byte 109: \\xe9\"}" } },
    { "escaped NUL in the id", LITERAL(ENTRY("\"a\\u0000b\"", "1", "1")),   { NULL, 0, -1, REASON_BAD_ENTRY, "a NUL in a string at byte 96: \\\\u0000b\",\"servers_per_host\":1,\"target_fr..." } },
    { "no digits in an escape", LITERAL("{\"id\":\"a\\uZZZZ\"}"),           { NULL, 0, -1, REASON_BAD_ENTRY, "expected a hexadecimal digit at byte 98: ZZZZ\"}" } },
    { "lone surrogate",       LITERAL("{\"id\":\"\\ud83d\"}"),              { NULL, 0, -1, REASON_BAD_ENTRY, "half of a surrogate pair at byte 95: \\\\ud83d\"}" } },
    { "raw line feed",        LITERAL("{\"id\":\"a\nb\"}"),                 { NULL, 0, -1, REASON_BAD_ENTRY, "a control character in a string at byte 96: \\nb\"}" } },
    { "raw terminal escape",  LITERAL("{\"id\":\"eu-1\",\"a\":\"\x1b]0;x\x07\"}"), { "eu-1", 0, -1, REASON_BAD_ENTRY, "entry \"eu-1\": a control character in a string at byte 106: \\x1b]0;x\\x07\"}" } },
    { "unknown escape",       LITERAL("{\"id\":\"a\\x41\"}"),               { NULL, 0, -1, REASON_BAD_ENTRY, "an unknown escape in a string at byte 96: \\\\x41\"}" } },
    { "octal number",         LITERAL("{\"id\":\"eu-1\",\"a\":010}"),       { "eu-1", 0, -1, REASON_BAD_ENTRY, "entry \"eu-1\": neither a number nor true, false or null at byte 105: 010}" } },
    /* clang-format on */
};

static void check_entry(void **state)
{
    const struct entry_row *row = *state;
    const struct definition *definition = decode_between(row->entry, row->size);
    assert_same_string(definition->fault_text, row->expected.fault_text);
    assert_same_definition(definition, &row->expected);
}

/* --- numbers --------------------------------------------------------------------------------------------------- */

static const struct count_row {
    const char *name; /* also the literal */
    bool is_json;
    bool is_count;
    int32_t count;
} count_rows[] = {
    /* clang-format off */
    { "0",                        true,  true,  0 },
    { "1",                        true,  true,  1 },
    { "10.0",                     true,  true,  10 },
    { "1e2",                      true,  true,  100 },
    { "1E+2",                     true,  true,  100 },
    { "1200e-2",                  true,  true,  12 },
    { "0e5",                      true,  true,  0 },
    { "2147483646",               true,  true,  2147483646 },
    { "2147483647",               true,  true,  2147483647 },
    { "2147483647.0",             true,  true,  2147483647 },
    { "2147483648",               true,  false, 0 },
    { "2147483647.5",             true,  false, 0 },
    { "4294967296",               true,  false, 0 },
    { "4294967297",               true,  false, 0 },
    { "9007199254740993",         true,  false, 0 },
    { "18446744073709551617",     true,  false, 0 },
    { "1e10",                     true,  false, 0 },
    { "1e999",                    true,  false, 0 },
    { "-1e999",                   true,  false, 0 },
    { "1e-999",                   true,  true,  0 }, /* underflows to 0, as in other JSON parsers */
    { "-1e-999",                  true,  false, 0 },
    { "3.9",                      true,  false, 0 },
    { "0.5",                      true,  false, 0 },
    { "1e-1",                     true,  false, 0 },
    { "0.99999999",               true,  false, 0 },
    { "-0",                       true,  false, 0 },
    { "-0.0",                     true,  false, 0 },
    { "-0e0",                     true,  false, 0 },
    { "-1",                       true,  false, 0 },
    { "-2147483648",              true,  false, 0 },
    { "-4294967295",              true,  false, 0 },
    { "\"5\"",                    true,  false, 0 },
    { "\"\"",                     true,  false, 0 },
    { "true",                     true,  false, 0 },
    { "false",                    true,  false, 0 },
    { "null",                     true,  false, 0 },
    { "[]",                       true,  false, 0 },
    { "[5]",                      true,  false, 0 },
    { "{}",                       true,  false, 0 },
    { "01",                       false, false, 0 },
    { "00",                       false, false, 0 },
    { "-01",                      false, false, 0 },
    { "+1",                       false, false, 0 },
    { "1.",                       false, false, 0 },
    { ".5",                       false, false, 0 },
    { "1e",                       false, false, 0 },
    { "1e+",                      false, false, 0 },
    { "-",                        false, false, 0 },
    { "--1",                      false, false, 0 },
    { "0x10",                     false, false, 0 },
    { "1_000",                    false, false, 0 },
    { "1,5",                      false, false, 0 },
    { "1 5",                      false, false, 0 },
    { "NaN",                      false, false, 0 },
    { "Infinity",                 false, false, 0 },
    { "-Infinity",                false, false, 0 },
    { "1000000000000000000000000000000000000000000000000000000000000000", false, false, 0 },
    /* clang-format on */
};

/* In each of the three members of a status; the other members keep their values, or the status is refused. */
static void check_status_count(void **state)
{
    static const char *const bodies[] = {
        "{\"current_hosts\":%s,\"total_servers\":7,\"free_servers\":7}",
        "{\"current_hosts\":7,\"total_servers\":%s,\"free_servers\":7}",
        "{\"current_hosts\":7,\"total_servers\":7,\"free_servers\":%s}",
    };
    const struct count_row *row = *state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        char body[256];
        struct text text;
        struct status status;
        struct error err;
        const char *hole = strstr(bodies[i], "%s");
        text_init(&text, body, sizeof body);
        text_add_bytes(&text, bodies[i], (size_t)(hole - bodies[i]));
        text_add(&text, row->name);
        text_add(&text, hole + 2);
        int rc = decode_status(body, text.length, &status, &err);
        assert_int_equal(rc, row->is_count ? 0 : row->is_json ? ERR_BAD_VALUE : ERR_BAD_JSON);
        if (rc != 0)
            continue;
        assert_int_equal(status.current_hosts, i == 0 ? row->count : 7);
        assert_int_equal(status.total_servers, i == 1 ? row->count : 7);
        assert_int_equal(status.free_servers, i == 2 ? row->count : 7);
    }
}

static bool breaks_structure(const char *literal)
{
    return strpbrk(literal, ", _") != NULL;
}

static void check_servers_count(void **state)
{
    const struct count_row *row = *state;
    char entry[256];
    if (breaks_structure(row->name))
        return;
    int size = snprintf(entry, sizeof entry, ENTRY("\"a\"", "%s", "1"), row->name);
    const struct definition *definition = decode_between(entry, (size_t)size);
    bool is_good = row->is_count && row->count >= 1;
    assert_int_equal(definition->fault, is_good        ? REASON_NONE
                                        : row->is_json ? REASON_BAD_SERVERS_PER_HOST
                                                       : REASON_BAD_ENTRY);
    assert_int_equal(definition->servers_per_host, is_good ? row->count : 0);
}

static const struct target_row {
    const char *name; /* also the literal */
    int32_t ppb;      /* -1: refused */
} target_rows[] = {
    /* clang-format off */
    { "0",                    0 },
    { "0.0",                  0 },
    { "15",                   150000000 },
    { "12.5",                 125000000 },
    { "33.3",                 333000000 },
    { "99.9",                 999000000 },
    { "99.9999999",           999999999 },
    { "0.0000001",            1 },
    { "1e-7",                 1 },
    { "0.00000014",           1 },
    { "0.00000016",           2 },
    { "0.00000001",           0 },
    { "1e-999",               0 },
    { "1e1",                  100000000 },
    { "0.125e2",              125000000 },
    { "29.9999999",           299999999 },
    { "12.345678900000000000000000000000000000000000000000000001", 123456789 },
    { "99.99999994",          999999999 },
    { "99.99999999",          -1 },
    { "99.9999999999999999999", -1 },
    { "100",                  -1 },
    { "100.0000001",          -1 },
    { "101",                  -1 },
    { "1e2",                  -1 },
    { "1e999",                -1 },
    { "2147483648",           -1 },
    { "-0",                   -1 },
    { "-0.0",                 -1 },
    { "-1e-999",              -1 },
    { "-0.0000001",           -1 },
    { "-5",                   -1 },
    { "-1e999",               -1 },
    { "\"15\"",               -1 },
    { "null",                 -1 },
    { "[15]",                 -1 },
    /* clang-format on */
};

static void check_target(void **state)
{
    const struct target_row *row = *state;
    char entry[256];
    int size = snprintf(entry, sizeof entry, ENTRY("\"a\"", "1", "%s"), row->name);
    const struct definition *definition = decode_between(entry, (size_t)size);
    assert_int_equal(definition->target_free_ppb, row->ppb);
    assert_int_equal(definition->fault, row->ppb < 0 ? REASON_BAD_TARGET : REASON_NONE);
}

/* Seven decimals are exact: a share written by text_add_percent is read as the same share. */
static void test_targets_are_exact(void **state)
{
    (void)state;
    struct random random = { 23 };
    for (int i = 0; i < 20000; i++) {
        int32_t ppb = (int32_t)(random_below(&random, SHARE_WHOLE) >> random_below(&random, 30));
        char body[128];
        struct text text;
        struct discovery discovery = { 0 };
        struct error err;
        text_init(&text, body, sizeof body);
        text_add(&text,
                 "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":");
        text_add_percent(&text, i < 3 ? SHARE_WHOLE - 1 - i : ppb);
        text_add(&text, "}]}");
        assert_int_equal(decode_discovery(body, text.length, &discovery, &err), 0);
        must(discovery.definitions);
        assert_int_equal(discovery.definitions[0].target_free_ppb,
                         i < 3 ? SHARE_WHOLE - 1 - i : ppb);
    }
}

/* --- statuses -------------------------------------------------------------------------------------------------- */

static const struct status_row {
    const char *name;
    const char *body;
    size_t size;
    int code; /* 0: 10, 100, 12 */
    const char *msg;
} status_rows[] = {
    /* clang-format off */
    { "plain",              LITERAL(GOOD_STATUS), 0, NULL },
    { "any order, more members", LITERAL("\n{\"x\":[{}],\"free_servers\":12,\"total_servers\":1e2,\"Current_Hosts\":7,\"current_hosts\":10.0} "), 0, NULL },
    { "escaped keys",       LITERAL("{\"current\\u005fhosts\":10,\"total_servers\":100,\"free_servers\":12}"), 0, NULL },
    { "empty body",         LITERAL(""), ERR_BAD_JSON, "expected a value at byte 0: the end" },
    { "a page of HTML",     LITERAL("<!DOCTYPE html>\n<title>Log in</title>"), ERR_BAD_JSON, "expected a value at byte 0: <!DOCTYPE html>\\n<title>Log in</title>" },
    { "null",               LITERAL("null"), ERR_BAD_VALUE, "found null, expected an object" },
    { "a string",           LITERAL("\"\x7f\""), ERR_BAD_VALUE, "found \"\\x7f\", expected an object" },
    { "an array",           LITERAL("[" GOOD_STATUS "]"), ERR_BAD_VALUE, "found [{\"current_hosts\":10,\"total_servers\":100..., expected an object" },
    { "empty object",       LITERAL("{}"), ERR_BAD_VALUE, "current_hosts is missing, expected a whole number from 0 to 2147483647" },
    { "one missing",        LITERAL("{\"current_hosts\":10,\"total_servers\":100}"), ERR_BAD_VALUE, "free_servers is missing, expected a whole number from 0 to 2147483647" },
    { "other letter case",  LITERAL("{\"current_hosts\":10,\"Total_Servers\":100,\"free_servers\":12}"), ERR_BAD_VALUE, "total_servers is missing, expected a whole number from 0 to 2147483647" },
    { "a string for a number", LITERAL("{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":\"5\"}"), ERR_BAD_VALUE, "free_servers is \"5\", expected a whole number from 0 to 2147483647" },
    { "a hostile string",   LITERAL("{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":\"\\u001b[2J\xe2\x80\xae\"}"), ERR_BAD_VALUE, "free_servers is \"\\\\u001b[2J\\u{202e}\", expected a whole number from 0 to 2147483647" },
    { "key twice, same value", LITERAL("{\"current_hosts\":10,\"current_hosts\":10,\"total_servers\":100,\"free_servers\":12}"), ERR_BAD_JSON, "a key appears twice at byte 20: \"current_hosts\":10,\"total_servers\":100,\"..." },
    { "key twice, escaped", LITERAL("{\"current_hosts\":10,\"\\u0063urrent_hosts\":9,\"total_servers\":100,\"free_servers\":12}"), ERR_BAD_JSON, "a key appears twice at byte 20: \"\\\\u0063urrent_hosts\":9,\"total_servers\":1..." },
    { "garbage after it",   LITERAL(GOOD_STATUS "x"), ERR_BAD_JSON, "expected the end at byte 58: x" },
    { "two documents",      LITERAL(GOOD_STATUS "\n" GOOD_STATUS), ERR_BAD_JSON, "expected the end at byte 59: {\"current_hosts\":10,\"total_servers\":100,..." },
    { "NUL after it",       LITERAL(GOOD_STATUS "\0"), ERR_BAD_JSON, "expected the end at byte 58: \\x00" },
    { "NUL before",         LITERAL("\0" GOOD_STATUS), ERR_BAD_JSON, "expected a value at byte 0: \\x00{\"current_hosts\":10,\"total_servers\":100..." },
    { "byte-order mark",    LITERAL("\xef\xbb\xbf" GOOD_STATUS), ERR_BAD_JSON, "a byte-order mark at byte 0: \\u{feff}{\"current_hosts\":10,\"total_servers\":1..." },
    { "broken text elsewhere", LITERAL("{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":12,\"x\":\"\xff\"}"), ERR_BAD_JSON, "invalid UTF-8 in a string at byte 63: \\xff\"}" },
    { "escaped NUL elsewhere", LITERAL("{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":12,\"x\":\"\\u0000\"}"), ERR_BAD_JSON, "a NUL in a string at byte 63: \\\\u0000\"}" },
    /* clang-format on */
};

static void check_status(void **state)
{
    const struct status_row *row = *state;
    struct status status;
    struct error err;
    assert_int_equal(decode_status(row->body, row->size, &status, &err), row->code);
    if (row->code != 0) {
        assert_string_equal(err.msg, row->msg);
        return;
    }
    assert_int_equal(status.current_hosts, 10);
    assert_int_equal(status.total_servers, 100);
    assert_int_equal(status.free_servers, 12);
}

#define STATUS_OF(id)                                                                              \
    "{\"current_hosts\":10,\"id\":" id ",\"total_servers\":100,\"free_servers\":12}"

static const struct id_row {
    const char *name;
    const char *body;
    const char *id; /* NULL: any */
    int code;
    const char *msg;
} id_rows[] = {
    /* clang-format off */
    { "no id",            GOOD_STATUS,              "eu-1", 0, NULL },
    { "the same id",      STATUS_OF("\"eu-1\""),    "eu-1", 0, NULL },
    { "in escapes",       STATUS_OF("\"\\u0065u-1\""), "eu-1", 0, NULL },
    { "any id",           STATUS_OF("\"eu-2\""),    NULL,   0, NULL },
    { "another id",       STATUS_OF("\"eu-2\""),    "eu-1", ERR_PROTOCOL, "id is \"eu-2\", expected \"eu-1\"" },
    { "other letter case", STATUS_OF("\"EU-1\""),   "eu-1", ERR_PROTOCOL, "id is \"EU-1\", expected \"eu-1\"" },
    { "a longer id",      STATUS_OF("\"eu-12\""),   "eu-1", ERR_PROTOCOL, "id is \"eu-12\", expected \"eu-1\"" },
    { "a number",         STATUS_OF("7"),           "7",    ERR_PROTOCOL, "id is 7, expected \"7\"" },
    { "null",             STATUS_OF("null"),        "eu-1", ERR_PROTOCOL, "id is null, expected \"eu-1\"" },
    { "id of an object in it", "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":12,\"x\":{\"id\":\"eu-2\"}}",
                                                    "eu-1", 0, NULL },
    /* clang-format on */
};

static void check_status_id(void **state)
{
    const struct id_row *row = *state;
    struct wire *own;
    struct status status = { 0 };
    struct error err;
    assert_int_equal(wire_create(&own, &err), 0);
    assert_int_equal(
        wire_decode_status_of(own, row->body, strlen(row->body), row->id, &status, &err),
        row->code);
    if (row->code)
        assert_string_equal(err.msg, row->msg);
    assert_int_equal(status.current_hosts, row->code ? 0 : 10);
    wire_destroy(own);
}

/* --- a locale with another decimal point ----------------------------------------------------------------------- */

/* Created by the test, because a machine may not have this locale. localedef warns about missing parts. */
static bool enter_comma_locale(char *directory)
{
    char path[64];
    char command[256];
    if (!mkdtemp(directory))
        return false;
    snprintf(path, sizeof path, "%s/source", directory);
    FILE *source = fopen(path, "w");
    assert_non_null(source);
    fputs("LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \".\"\ngrouping 3;3\nEND LC_NUMERIC\n",
          source);
    assert_int_equal(fclose(source), 0);
    snprintf(command, sizeof command,
             "localedef -c -i %s -f ANSI_X3.4-1968 %s/comma >/dev/null 2>&1 || true", path,
             directory);
    assert_int_equal(system(command), 0);
    setenv("LOCPATH", directory, 1);
    return setlocale(LC_NUMERIC, "comma") && *localeconv()->decimal_point == ',';
}

static void test_comma_locale(void **state)
{
    (void)state;
    char directory[] = "/tmp/autoscaler-locale-XXXXXX";
    char command[128];
    struct status status;
    struct error err;
    bool is_comma = enter_comma_locale(directory);
    struct definition definition = { 0 };
    char percent[32] = "";
    if (is_comma) {
        struct text text;
        text_init(&text, percent, sizeof percent);
        text_add_percent(&text, 125000000);
        definition = *decode_between(LITERAL(ENTRY("\"a\"", "10.0", "12.5")));
        assert_int_equal(decode_status(LITERAL("{\"current_hosts\":1,5}"), &status, &err),
                         ERR_BAD_JSON);
    }
    setlocale(LC_NUMERIC, "C");
    unsetenv("LOCPATH");
    snprintf(command, sizeof command, "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
    if (!is_comma)
        skip();
    assert_int_equal(definition.servers_per_host, 10);
    assert_int_equal(definition.target_free_ppb, 125000000);
    assert_string_equal(percent, "12.5");
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_targets_are_exact),
        cmocka_unit_test(test_comma_locale),
    };
    struct CMUnitTest discovery_tests[COUNT_OF(discovery_rows)];
    struct CMUnitTest entry_tests[COUNT_OF(entry_rows)];
    struct CMUnitTest status_count_tests[COUNT_OF(count_rows)];
    struct CMUnitTest servers_count_tests[COUNT_OF(count_rows)];
    struct CMUnitTest target_tests[COUNT_OF(target_rows)];
    struct CMUnitTest status_tests[COUNT_OF(status_rows)];
    struct CMUnitTest id_tests[COUNT_OF(id_rows)];
    TESTS_FROM_ROWS(discovery_tests, discovery_rows, check_discovery);
    TESTS_FROM_ROWS(entry_tests, entry_rows, check_entry);
    TESTS_FROM_ROWS(status_count_tests, count_rows, check_status_count);
    TESTS_FROM_ROWS(servers_count_tests, count_rows, check_servers_count);
    TESTS_FROM_ROWS(target_tests, target_rows, check_target);
    TESTS_FROM_ROWS(status_tests, status_rows, check_status);
    TESTS_FROM_ROWS(id_tests, id_rows, check_status_id);
    int failed = cmocka_run_group_tests_name("discovery", discovery_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("entry", entry_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("counts", status_count_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("servers", servers_count_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("targets", target_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("status", status_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("status ids", id_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("wire", whole_tests, set_up, tear_down);
    return failed;
}
