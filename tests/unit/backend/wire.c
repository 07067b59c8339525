#include "engine/backend/wire.h"
#include "engine/backend/json_scan.h"
#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>

#define LITERAL(literal) (literal), sizeof(literal) - 1
#define PCT(percent) ((int32_t)((percent)*10000000))
#define ARENA_SIZE_MAX ((size_t)256 * 1024 * 1024)
#define CODE_POINT_COUNT 0x110000u

static struct wire *wire;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_SIZE_MAX);
    return wire_create(&wire, NULL);
}

/* Every test ends with the memory of the wire and the arena only; the last one with none. */
static int tear_down(void **state)
{
    (void)state;
    wire_destroy(wire);
    arena_fini(&arena);
    return watched_heap.live_count == 0 && watched_heap.live_size == 0 ? 0 : -1;
}

/* In memory of exactly that size, so that a sanitizer finds any access beyond. */
static char *exact_copy(const char *bytes, size_t size)
{
    char *copy = heap_alloc(size > 0 ? size : 1, 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static void assert_printable(const char *sentence)
{
    size_t length = strlen(sentence);
    assert_true(length > 0);
    for (size_t at = 0; at < length;) {
        uint32_t code_point;
        size_t size = utf8_decode(sentence + at, length - at, &code_point);
        assert_true(size > 0);
        assert_true(code_point_is_printable(code_point));
        at += size;
    }
}

/* A failure sets code and sentence and changes nothing else. */
static int decode_discovery(const char *body, size_t size, struct discovery *ret_discovery,
                            struct error *err)
{
    static const struct definition marker;
    struct discovery discovery = { &marker, 77 };
    char *copy = exact_copy(body, size);
    arena_trim(&arena);
    *err = (struct error){ 0 };
    int rc = wire_decode_discovery(wire, copy, size, &arena, &discovery, err);
    heap_free(copy);
    if (rc == 0) {
        *ret_discovery = discovery;
        return 0;
    }
    assert_int_equal(err->code, rc);
    assert_printable(err->msg);
    assert_ptr_equal(discovery.definitions, &marker);
    assert_int_equal(discovery.count, 77);
    return rc;
}

static int decode_status(const char *body, size_t size, struct status *ret_status,
                         struct error *err)
{
    struct status status = { -1, -2, -3 };
    char *copy = exact_copy(body, size);
    *err = (struct error){ 0 };
    int rc = wire_decode_status(wire, copy, size, &status, err);
    heap_free(copy);
    if (rc == 0) {
        *ret_status = status;
        return 0;
    }
    assert_int_equal(err->code, rc);
    assert_printable(err->msg);
    assert_int_equal(status.current_hosts, -1);
    assert_int_equal(status.total_servers, -2);
    assert_int_equal(status.free_servers, -3);
    return rc;
}

/* Invariants of every decoded definition. */
static void assert_consistent(const struct definition *definition)
{
    bool has_id = definition->id != NULL;
    if (definition->fault != REASON_BAD_ENTRY)
        assert_int_equal(has_id, definition->fault != REASON_BAD_ID);
    assert_int_equal(definition->fault_text != NULL, definition->fault != REASON_NONE);
    if (definition->fault_text)
        assert_printable(definition->fault_text);
    if (definition->fault == REASON_NONE) {
        assert_true(definition->servers_per_host >= 1);
        assert_in_range(definition->target_free_ppb, 0, SHARE_WHOLE - 1);
    }
    if (has_id)
        assert_in_range(strlen(definition->id), 1, ID_SIZE_MAX);
}

static void assert_same_string(const char *a, const char *b)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a && b)
        assert_string_equal(a, b);
}

static void assert_same_definition(const struct definition *a, const struct definition *b)
{
    assert_same_string(a->id, b->id);
    assert_int_equal(a->servers_per_host, b->servers_per_host);
    assert_int_equal(a->target_free_ppb, b->target_free_ppb);
    assert_int_equal(a->fault, b->fault);
    assert_same_string(a->fault_text, b->fault_text);
}

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

/* An entry with this id, these servers, this target. */
#define ENTRY(id, servers, target)                                                                 \
    "{\"id\":" id ",\"servers_per_host\":" servers ",\"target_free_pct\":" target "}"

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

#define GOOD_LEFT "{\"id\":\"left\",\"servers_per_host\":3,\"target_free_pct\":33.3}"
#define GOOD_RIGHT "{\"id\":\"right\",\"servers_per_host\":250,\"target_free_pct\":0.0000001}"

static void assert_good_left(const struct definition *definition)
{
    assert_same_definition(definition,
                           &(struct definition){ "left", 3, 333000000, REASON_NONE, NULL });
}

static void assert_good_right(const struct definition *definition)
{
    assert_same_definition(definition, &(struct definition){ "right", 250, 1, REASON_NONE, NULL });
}

/* Decodes the entry between its neighbours, at byte 88 of the document. */
static const struct definition *decode_between(const char *entry, size_t size)
{
    static const char head[] = "{\"deployments\":[" GOOD_LEFT ",\n             ";
    static const char tail[] = "," GOOD_RIGHT "]}";
    char *body = heap_alloc(sizeof head + size + sizeof tail, 1);
    assert_non_null(body);
    struct text text;
    struct discovery discovery;
    struct error err;
    text_init(&text, body, sizeof head + size + sizeof tail);
    text_add(&text, head);
    text_add_bytes(&text, entry, size);
    text_add(&text, tail);
    assert_int_equal(decode_discovery(body, text.length, &discovery, &err), 0);
    heap_free(body);
    assert_int_equal(discovery.count, 3);
    assert_good_left(&discovery.definitions[0]);
    assert_good_right(&discovery.definitions[2]);
    assert_consistent(&discovery.definitions[1]);
    return &discovery.definitions[1];
}

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
        struct discovery discovery;
        struct error err;
        text_init(&text, body, sizeof body);
        text_add(&text,
                 "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":");
        text_add_percent(&text, i < 3 ? SHARE_WHOLE - 1 - i : ppb);
        text_add(&text, "}]}");
        assert_int_equal(decode_discovery(body, text.length, &discovery, &err), 0);
        assert_int_equal(discovery.definitions[0].target_free_ppb,
                         i < 3 ? SHARE_WHOLE - 1 - i : ppb);
    }
}

/* --- statuses -------------------------------------------------------------------------------------------------- */

#define GOOD_STATUS "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":12}"

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

static size_t encode_utf8(uint32_t code_point, char ret_bytes[4])
{
    static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code_point >>= 6)
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3f));
    ret_bytes[0] = (char)(leads[size] | code_point);
    return size;
}

static bool is_character(uint32_t code_point)
{
    return code_point > 0 && (code_point < 0xd800 || code_point > 0xdfff);
}

/* Up to 31 characters from *code_point on. */
static void fill_characters(struct text *text, uint32_t *code_point)
{
    for (int i = 0; i < 31 && *code_point < CODE_POINT_COUNT; (*code_point)++) {
        char bytes[4];
        if (!is_character(*code_point))
            continue;
        text_add_bytes(text, bytes, encode_utf8(*code_point, bytes));
        i++;
    }
}

static void test_text_add_json_is_read_back_by_cjson(void **state)
{
    (void)state;
    for (uint32_t code_point = 1; code_point < CODE_POINT_COUNT;) {
        char storage[128];
        char json_storage[512];
        struct text text;
        struct text json;
        text_init(&text, storage, sizeof storage);
        text_init(&json, json_storage, sizeof json_storage);
        fill_characters(&text, &code_point);
        text_add_json(&json, storage, text.length);
        assert_false(json.was_cut);
        cJSON *tree = cJSON_ParseWithLength(json_storage, json.length);
        assert_non_null(tree);
        assert_string_equal(cJSON_GetStringValue(tree), storage);
        cJSON_Delete(tree);
    }
}

static void test_every_id_is_read_back(void **state)
{
    (void)state;
    for (uint32_t code_point = 0xa0; code_point < CODE_POINT_COUNT;) {
        char id[ID_SIZE_MAX + 1];
        char body_storage[512];
        char back[ID_SIZE_MAX + 1];
        int32_t delta;
        struct text text;
        struct text body;
        struct error err;
        text_init(&text, id, sizeof id);
        text_init(&body, body_storage, sizeof body_storage);
        fill_characters(&text, &code_point);
        wire_encode_scale(&body, id, -5);
        assert_int_equal(wire_decode_scale(wire, body_storage, body.length, back, &delta, &err), 0);
        assert_string_equal(back, id);
        assert_int_equal(delta, -5);
    }
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

/* --- damage ---------------------------------------------------------------------------------------------------- */

static const char *const sample_entries[] = {
    GOOD_LEFT,
    "{\"id\":\"\\u0065u-1\",\"servers_per_host\":1e1,\"target_free_pct\":12.5,\"x\":[1,{}]}",
    "{\"id\":\"\xc3\xa9\\n\",\"servers_per_host\":10,\"target_free_pct\":5}",
    "{\"id\":\"a\",\"servers_per_host\":0,\"target_free_pct\":100}",
    "{\"id\":\"twice\",\"id\":\"twice\"}",
    GOOD_RIGHT,
};

struct sample {
    char body[1024];
    size_t size;
    struct json_span entries[COUNT_OF(sample_entries)];
    struct definition definitions[COUNT_OF(sample_entries)];
    struct arena strings;
};

static void sample_init(struct sample *sample)
{
    struct text text;
    struct discovery discovery;
    struct error err;
    text_init(&text, sample->body, sizeof sample->body);
    text_add(&text, "{ \"v\" : [\"\\u20ac\", -0.5e+1] ,\n\"deployments\" : [ ");
    for (size_t i = 0; i < COUNT_OF(sample_entries); i++) {
        text_add(&text, i > 0 ? " ,\n" : "");
        sample->entries[i].start = text.length;
        text_add(&text, sample_entries[i]);
        sample->entries[i].end = text.length;
    }
    text_add(&text, " ] , \"next\" : null }");
    assert_false(text.was_cut);
    sample->size = text.length;
    arena_init(&sample->strings, ARENA_SIZE_MAX);
    assert_int_equal(
        wire_decode_discovery(wire, sample->body, sample->size, &sample->strings, &discovery, &err),
        0);
    assert_int_equal(discovery.count, COUNT_OF(sample_entries));
    memcpy(sample->definitions, discovery.definitions, sizeof sample->definitions);
}

/*
 * The property: a damaged document is refused as a whole, or it has as many entries as before, and all entries in which
 * no byte was changed are equal.
 */
static void assert_damage_stays(const struct sample *sample, const char *body, size_t size,
                                size_t at)
{
    struct discovery discovery;
    struct error err;
    if (decode_discovery(body, size, &discovery, &err) != 0)
        return;
    assert_int_equal(discovery.count, COUNT_OF(sample_entries));
    for (size_t i = 0; i < discovery.count; i++) {
        struct definition definition = discovery.definitions[i];
        assert_consistent(&definition);
        if (size != sample->size && definition.fault == REASON_BAD_ENTRY)
            definition.fault_text = sample->definitions[i].fault_text; /* the offset has moved */
        if (at < sample->entries[i].start || at >= sample->entries[i].end)
            assert_same_definition(&definition, &sample->definitions[i]);
    }
}

static void test_discovery_with_every_byte_replaced(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    char body[sizeof sample.body];
    memcpy(body, sample.body, sizeof body);
    for (size_t at = 0; at < sample.size; at++) {
        for (int value = 0; value < 256; value++) {
            body[at] = (char)value;
            assert_damage_stays(&sample, body, sample.size, at);
        }
        body[at] = sample.body[at];
    }
    arena_fini(&sample.strings);
}

/* The property: no prefix of a document is a document. */
static void test_discovery_truncated_everywhere(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    for (size_t size = 0; size < sample.size; size++) {
        struct discovery discovery;
        struct error err;
        assert_int_equal(decode_discovery(sample.body, size, &discovery, &err), ERR_BAD_JSON);
    }
    arena_fini(&sample.strings);
}

/* One byte removed or doubled: refused, or only the entry with that byte differs. */
static void test_discovery_with_a_byte_less_or_more(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    for (size_t at = 0; at < sample.size; at++) {
        char body[sizeof sample.body + 1];
        for (int more = -1; more <= 1; more += 2) {
            memcpy(body, sample.body, at);
            memcpy(body + at + (more > 0), sample.body + at + (more < 0), sample.size - at);
            if (more > 0)
                body[at] = sample.body[at];
            assert_damage_stays(&sample, body, more > 0 ? sample.size + 1 : sample.size - 1, at);
        }
    }
    arena_fini(&sample.strings);
}

/* The property: refused, or only the number of the member in which a byte was changed differs. */
static void assert_status_damage_stays(const char *body, size_t size, size_t at)
{
    struct status status;
    struct error err;
    if (decode_status(body, size, &status, &err) != 0)
        return;
    const char *total = strstr(GOOD_STATUS, "\"total");
    const char *spare = strstr(GOOD_STATUS, "\"free");
    size_t total_start = (size_t)(total - GOOD_STATUS);
    size_t spare_start = (size_t)(spare - GOOD_STATUS);
    assert_true(status.current_hosts >= 0);
    assert_true(status.total_servers >= 0);
    assert_true(status.free_servers >= 0);
    if (at >= total_start)
        assert_int_equal(status.current_hosts, 10);
    if (at < total_start || at >= spare_start)
        assert_int_equal(status.total_servers, 100);
    if (at < spare_start)
        assert_int_equal(status.free_servers, 12);
}

static void test_status_with_every_byte_replaced(void **state)
{
    (void)state;
    char body[] = GOOD_STATUS;
    for (size_t at = 0; at < sizeof body - 1; at++) {
        char original = body[at];
        for (int value = 0; value < 256; value++) {
            body[at] = (char)value;
            assert_status_damage_stays(body, sizeof body - 1, at);
        }
        body[at] = original;
    }
}

static void test_status_truncated_everywhere(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof GOOD_STATUS - 1; size++) {
        struct status status;
        struct error err;
        assert_int_equal(decode_status(GOOD_STATUS, size, &status, &err), ERR_BAD_JSON);
    }
}

/* --- sizes ----------------------------------------------------------------------------------------------------- */

static void add_repeated(struct text *text, const char *piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(text, piece);
}

/* {"id":"a","servers_per_host":1,"target_free_pct":1,"x": <open...> 1 <close...> } */
static const struct definition *decode_nested(const char *open, const char *close, size_t depth)
{
    size_t size = depth * (strlen(open) + strlen(close)) + 200;
    char *entry = heap_alloc(size, 1);
    struct text text;
    text_init(&text, entry, size);
    text_add(&text, "{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":1,\"x\":");
    add_repeated(&text, open, depth);
    text_add_char(&text, '1');
    add_repeated(&text, close, depth);
    text_add_char(&text, '}');
    assert_false(text.was_cut);
    const struct definition *definition = decode_between(entry, text.length);
    heap_free(entry);
    return definition;
}

static void test_deep_nesting_spoils_one_entry(void **state)
{
    (void)state;
    assert_int_equal(decode_nested("[", "]", JSON_DEPTH_MAX - 1)->fault, REASON_NONE);
    assert_int_equal(decode_nested("{\"a\":", "}", JSON_DEPTH_MAX - 1)->fault, REASON_NONE);
    const struct definition *deep = decode_nested("[", "]", JSON_DEPTH_MAX);
    assert_int_equal(deep->fault, REASON_BAD_ENTRY);
    assert_non_null(strstr(deep->fault_text, "entry \"a\": nested too deep at byte "));
    assert_int_equal(decode_nested("{\"a\":", "}", JSON_DEPTH_MAX)->fault, REASON_BAD_ENTRY);
    assert_int_equal(decode_nested("[", "]", JSON_NESTING_MAX - 3)->fault, REASON_BAD_ENTRY);
}

static void assert_too_deep(const char *head, const char *open, size_t depth)
{
    size_t size = strlen(head) + depth * strlen(open) + 1;
    char *body = heap_alloc(size, 1);
    struct text text;
    struct discovery discovery;
    struct status status;
    struct error err;
    text_init(&text, body, size);
    text_add(&text, head);
    add_repeated(&text, open, depth);
    assert_int_equal(decode_discovery(body, text.length, &discovery, &err), ERR_BAD_JSON);
    assert_non_null(strstr(err.msg, "nested too deep"));
    bool is_long = text.length > WIRE_STATUS_SIZE_MAX;
    assert_int_equal(decode_status(body, text.length, &status, &err),
                     is_long ? ERR_TOO_LARGE : ERR_BAD_JSON);
    assert_non_null(strstr(err.msg, is_long ? "at most 65536" : "nested too deep"));
    heap_free(body);
}

static void test_very_deep_nesting_is_refused(void **state)
{
    (void)state;
    static const size_t depths[] = { 1001, 100000 };
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        assert_too_deep("", "[", depths[i]);
        assert_too_deep("", "{\"a\":", depths[i]);
        assert_too_deep("{\"deployments\":[", "[", depths[i]);
        assert_too_deep("{\"deployments\":[", "{\"id\":", depths[i]);
        assert_too_deep("{\"x\":", "[{\"a\":", depths[i]);
    }
    assert_too_deep("{\"deployments\":[", "[", 200000);
}

static void test_too_many_members_spoil_one_entry(void **state)
{
    (void)state;
    for (size_t count = JSON_MEMBERS_MAX - 1; count <= JSON_MEMBERS_MAX + 1; count++) {
        char entry[2000];
        struct text text;
        text_init(&text, entry, sizeof entry);
        text_add(&text, "{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":1");
        for (size_t i = 3; i < count; i++)
            text_addf(&text, ",\"key%zu\":%zu", i, i);
        text_add_char(&text, '}');
        const struct definition *definition = decode_between(entry, text.length);
        assert_int_equal(definition->fault,
                         count <= JSON_MEMBERS_MAX ? REASON_NONE : REASON_BAD_ENTRY);
    }
}

/* An entry of `size` bytes for which cJSON needs the most memory. */
static void fill_costly_entry(char *entry, size_t size)
{
    struct text text;
    text_init(&text, entry, size + 1);
    text_add(&text, "{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":1,\"x\":[0");
    while (text.length + 4 <= size)
        text_add(&text, ",0");
    add_repeated(&text, " ", size - 2 - text.length);
    text_add(&text, "]}");
    assert_int_equal(text.length, size);
}

static void test_a_costly_entry_has_a_maximum(void **state)
{
    (void)state;
    char *entry = heap_alloc(WIRE_ENTRY_SIZE_MAX + 2, 1);
    fill_costly_entry(entry, WIRE_ENTRY_SIZE_MAX);
    watched_heap.live_size_max = watched_heap.live_size;
    size_t before = watched_heap.live_size;
    assert_int_equal(decode_between(entry, WIRE_ENTRY_SIZE_MAX)->fault, REASON_NONE);
    assert_true(watched_heap.live_size_max - before < 48 * WIRE_ENTRY_SIZE_MAX);
    fill_costly_entry(entry, WIRE_ENTRY_SIZE_MAX + 1);
    const struct definition *definition = decode_between(entry, WIRE_ENTRY_SIZE_MAX + 1);
    assert_int_equal(definition->fault, REASON_BAD_ENTRY);
    assert_string_equal(definition->fault_text, "entry \"a\": 65537 bytes, expected at most 65536");
    heap_free(entry);
}

static void test_a_costly_status_has_a_maximum(void **state)
{
    (void)state;
    size_t size = WIRE_STATUS_SIZE_MAX;
    char *body = heap_alloc(size + 2, 1);
    struct status status;
    struct error err;
    fill_costly_entry(body, size);
    assert_int_equal(decode_status(body, size, &status, &err), ERR_BAD_VALUE); /* read to the end */
    fill_costly_entry(body, size + 1);
    assert_int_equal(decode_status(body, size + 1, &status, &err), ERR_TOO_LARGE);
    assert_string_equal(err.msg, "65537 bytes, expected at most 65536");
    assert_int_equal(decode_status(LITERAL(GOOD_STATUS), &status, &err), 0);
    assert_true(watched_heap.live_size < size + 100000); /* the peak is not kept */
    heap_free(body);
}

/* {"deployments":[ <element>, ... ]} */
static char *repeat_element(const char *element, size_t count, size_t *ret_size)
{
    size_t size = count * (strlen(element) + 1) + 32;
    char *body = heap_alloc(size, 1);
    assert_non_null(body);
    struct text text;
    text_init(&text, body, size);
    text_add(&text, "{\"deployments\":[");
    for (size_t i = 0; i < count; i++) {
        text_add(&text, element);
        text_add(&text, i + 1 < count ? "," : "]}");
    }
    assert_false(text.was_cut);
    *ret_size = text.length;
    return body;
}

static void test_the_number_of_deployments_has_a_maximum(void **state)
{
    (void)state;
    size_t size;
    struct discovery discovery;
    struct error err;
    struct arena small;
    arena_init(&small, 1024);
    char *body = repeat_element("1", DEPLOYMENT_COUNT_MAX + 1, &size);
    assert_int_equal(wire_decode_discovery(wire, body, size, &small, &discovery, &err),
                     ERR_TOO_LARGE);
    assert_string_equal(err.msg, "1000001 deployments, expected at most 1000000");
    heap_free(body);
    body = repeat_element("1", DEPLOYMENT_COUNT_MAX, &size);
    assert_int_equal(wire_decode_discovery(wire, body, size, &small, &discovery, &err), -ENOMEM);
    heap_free(body);
    arena_fini(&small);
    assert_int_equal(
        wire_decode_discovery(wire, "{}", WIRE_DISCOVERY_SIZE_MAX + 1, &arena, &discovery, &err),
        ERR_TOO_LARGE);
}

#define MANY 100000

static char *many_entries(size_t *ret_size)
{
    char *body = heap_alloc(MANY, 100);
    assert_non_null(body);
    struct text text;
    text_init(&text, body, (size_t)MANY * 100);
    text_add(&text, "{\"deployments\":[");
    for (int i = 0; i < MANY; i++) {
        text_addf(&text, "%s{\"id\":\"eu-west-%06d\",\"servers_per_host\":%d,", i > 0 ? ",\n" : "",
                  i, 1 + i % 250);
        text_addf(&text, "\"target_free_pct\":%d.5}", i % 100);
    }
    text_add(&text, "]}");
    assert_false(text.was_cut);
    *ret_size = text.length;
    return body;
}

static void test_a_hundred_thousand_entries(void **state)
{
    (void)state;
    size_t size;
    struct discovery discovery;
    struct error err;
    char *body = many_entries(&size);
    char *spoiled = strstr(body, "eu-west-050000");
    spoiled[0] = '\xff';
    for (int round = 0; round < 2; round++) {
        arena_trim(&arena);
        watched_heap.live_size_max = watched_heap.live_size;
        size_t others = watched_heap.live_size - arena.held_size;
        assert_int_equal(wire_decode_discovery(wire, body, size, &arena, &discovery, &err), 0);
        /* Besides the result, which is 32 bytes and the id, there is one chunk of scratch memory. */
        assert_true(watched_heap.live_size_max - others < (size_t)MANY * 50 + 50000);
        assert_int_equal(discovery.count, MANY);
    }
    for (int i = 0; i < MANY; i++) {
        char id[32];
        snprintf(id, sizeof id, "eu-west-%06d", i);
        struct definition expected = { id, 1 + i % 250, (i % 100) * SHARE_PERCENT + PCT(0.5),
                                       REASON_NONE, NULL };
        if (i != 50000)
            assert_same_definition(&discovery.definitions[i], &expected);
    }
    assert_int_equal(discovery.definitions[50000].fault, REASON_BAD_ENTRY);
    heap_free(body);
}

/* --- out of memory --------------------------------------------------------------------------------------------- */

/* Every function once, with a wire of its own. */
static int use_everything(struct arena *strings)
{
    struct wire *own = NULL;
    struct discovery discovery;
    struct status status;
    struct error err;
    char id[ID_SIZE_MAX + 1];
    int32_t delta;
    static const char body[] = "{\"deployments\":[" GOOD_LEFT ",{}," GOOD_RIGHT "]}";
    static const char scale[] = "{\"deployment_id\":\"a\",\"delta\":1}";
    int rc = wire_create(&own, &err);
    if (rc == 0)
        rc = wire_decode_discovery(own, body, sizeof body - 1, strings, &discovery, &err);
    if (rc == 0)
        rc = wire_decode_status(own, LITERAL(GOOD_STATUS), &status, &err);
    if (rc == 0)
        rc = wire_decode_scale(own, scale, sizeof scale - 1, id, &delta, &err);
    if (rc != 0)
        assert_string_equal(err.msg, "out of memory");
    wire_destroy(own);
    return rc;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    int rc = -ENOMEM;
    size_t live_count = watched_heap.live_count;
    int64_t succeed_count = 0;
    for (; rc != 0; succeed_count++) {
        struct arena strings;
        arena_init(&strings, ARENA_SIZE_MAX);
        watched_heap.succeed_count = succeed_count;
        rc = use_everything(&strings);
        watched_heap.succeed_count = -1;
        assert_true(rc == 0 || rc == -ENOMEM);
        arena_fini(&strings);
        assert_int_equal(watched_heap.live_count, live_count);
    }
    assert_in_range(succeed_count, 3, 10);
    wire_destroy(NULL);
}

/* The first document that is decoded has no memory. */
static void test_a_status_may_be_the_first(void **state)
{
    (void)state;
    struct wire *own;
    struct status status = { 1, 2, 3 };
    struct error err;
    assert_int_equal(wire_create(&own, NULL), 0);
    watched_heap.succeed_count = 0;
    assert_int_equal(wire_decode_status(own, LITERAL(GOOD_STATUS), &status, &err), -ENOMEM);
    watched_heap.succeed_count = -1;
    assert_string_equal(err.msg, "out of memory");
    assert_int_equal(status.free_servers, 3);
    assert_int_equal(wire_decode_status(own, LITERAL(GOOD_STATUS), &status, &err), 0);
    wire_destroy(own);
}

static void test_every_size_of_arena(void **state)
{
    (void)state;
    int rc = -ENOMEM;
    for (size_t size_max = 0; rc != 0; size_max += 16) {
        struct arena strings;
        arena_init(&strings, size_max);
        rc = use_everything(&strings);
        assert_true(rc == 0 || rc == -ENOMEM);
        assert_true(size_max < 1000);
        arena_fini(&strings);
    }
}

/* --- against cJSON --------------------------------------------------------------------------------------------- */

static void add_space(struct text *text, struct random *random)
{
    static const char *const spaces[] = { "", "", "", "", " ", "\n", "\t", "\r\n  " };
    text_add(text, spaces[random_below(random, COUNT_OF(spaces))]);
}

/* A string of characters of all sizes, each escaped or not; *ret_text gets the decoded text. */
static void add_random_string(struct text *text, struct random *random, struct text *ret_text)
{
    static const uint32_t bases[] = { 'a',  'A',  '0',   ' ',    '"',    '/',
                                      '\\', 0xa1, 0x3b1, 0x4e00, 0x1f600 };
    text_add_char(text, '"');
    for (int64_t i = random_below(random, 12); i >= 0; i--) {
        uint32_t code_point = bases[random_below(random, COUNT_OF(bases))];
        char bytes[4];
        code_point +=
            code_point > 'Z' || code_point == 'A' ? (uint32_t)random_below(random, 20) : 0;
        size_t size = encode_utf8(code_point, bytes);
        text_add_bytes(ret_text, bytes, size);
        bool must_escape = code_point == '"' || code_point == '\\';
        if (!must_escape && random_below(random, 3) > 0)
            text_add_bytes(text, bytes, size);
        else if (code_point < 0x10000)
            text_addf(text, random_below(random, 2) ? "\\u%04x" : "\\u%04X", code_point);
        else
            text_addf(text, "\\u%04x\\u%04x", 0xd800 + ((code_point - 0x10000) >> 10),
                      0xdc00 + (code_point & 0x3ff));
    }
    text_add_char(text, '"');
}

static void add_random_value(struct text *text, struct random *random, int depth)
{
    static const char *const scalars[] = { "null", "true",  "false", "0",     "-0.0",
                                           "1e9",  "-3E-2", "[]",    "[ ]",   "{}",
                                           "\"\"", "[[0]]", "12.50", "\"]}\"" };
    char ignored_storage[256];
    struct text ignored;
    text_init(&ignored, ignored_storage, sizeof ignored_storage);
    if (depth == 0 || random_below(random, 3) == 0) {
        text_add(text, scalars[random_below(random, COUNT_OF(scalars))]);
        return;
    }
    bool is_object = random_below(random, 2) == 0;
    text_add_char(text, is_object ? '{' : '[');
    int64_t count = random_below(random, 4);
    for (int64_t i = 0; i < count; i++) {
        text_add(text, i > 0 ? "," : "");
        add_space(text, random);
        if (is_object)
            text_addf(text, "\"k%lld\" :", (long long)i);
        else if (random_below(random, 2))
            add_random_string(text, random, &ignored), text_add_char(text, ',');
        add_random_value(text, random, depth - 1);
        add_space(text, random);
    }
    text_add_char(text, is_object ? '}' : ']');
}

/* Members in random order, with unknown ones between them; *ret_expected and *ret_id get the meaning. */
static void add_random_entry(struct text *text, struct random *random,
                             struct definition *ret_expected, struct text *ret_id)
{
    int64_t first = random_below(random, 3);
    int32_t servers = (int32_t)(1 + (random_below(random, INT32_MAX) >> random_below(random, 31)));
    int32_t ppb = (int32_t)(random_below(random, SHARE_WHOLE) >> random_below(random, 30));
    text_add_char(text, '{');
    for (int64_t i = 0; i < 3; i++) {
        add_space(text, random);
        if (random_below(random, 3) == 0) {
            text_addf(text, "\"extra%lld\":", (long long)i);
            add_random_value(text, random, 3);
            text_add_char(text, ',');
        }
        if ((first + i) % 3 == 0) {
            text_add(text, random_below(random, 2) ? "\"id\":" : "\"\\u0069d\" : ");
            add_random_string(text, random, ret_id);
        } else if ((first + i) % 3 == 1) {
            text_addf(text,
                      random_below(random, 2) ? "\"servers_per_host\":%d"
                                              : "\"servers_per_host\": %d.0e0",
                      servers);
        } else {
            text_add(text, "\"target_free_pct\":");
            text_add_percent(text, ppb);
        }
        text_add(text, i < 2 ? "," : "}");
    }
    *ret_expected = (struct definition){ ret_id->data, servers, ppb, REASON_NONE, NULL };
}

#define GENERATED_MAX 8

struct generated {
    char body[32768];
    size_t size;
    size_t count;
    struct definition expected[GENERATED_MAX];
    char ids[GENERATED_MAX][ID_SIZE_MAX + 1];
};

static void generate(struct generated *generated, struct random *random)
{
    struct text text;
    text_init(&text, generated->body, sizeof generated->body);
    generated->count = (size_t)random_below(random, GENERATED_MAX + 1);
    text_add(&text, "{");
    add_space(&text, random);
    text_add(&text, "\"before\":");
    add_random_value(&text, random, 3);
    text_add(&text, ",\"deployments\":[");
    for (size_t i = 0; i < generated->count; i++) {
        struct text id;
        text_init(&id, generated->ids[i], sizeof generated->ids[i]);
        text_add(&text, i > 0 ? "," : "");
        add_space(&text, random);
        add_random_entry(&text, random, &generated->expected[i], &id);
        assert_false(id.was_cut);
    }
    text_add(&text, "],\"after\":");
    add_random_value(&text, random, 3);
    text_add(&text, "}");
    add_space(&text, random);
    assert_false(text.was_cut);
    generated->size = text.length;
}

static void assert_cjson_agrees(const struct generated *generated,
                                const struct discovery *discovery)
{
    cJSON *tree = cJSON_ParseWithLengthOpts(generated->body, generated->size, NULL, false);
    assert_non_null(tree);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(tree, "deployments");
    const cJSON *item;
    size_t i = 0;
    cJSON_ArrayForEach(item, list)
    {
        const struct definition *definition = &discovery->definitions[i++];
        const cJSON *servers = cJSON_GetObjectItemCaseSensitive(item, "servers_per_host");
        const cJSON *target = cJSON_GetObjectItemCaseSensitive(item, "target_free_pct");
        double ppb = target->valuedouble * 1e7;
        assert_string_equal(definition->id,
                            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "id")));
        assert_int_equal(definition->servers_per_host, servers->valueint);
        assert_true(ppb - 0.01 < definition->target_free_ppb);
        assert_true(ppb + 0.01 > definition->target_free_ppb);
    }
    assert_int_equal(i, discovery->count);
    cJSON_Delete(tree);
}

static void test_generated_documents(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        static struct generated generated;
        struct random random = { seed };
        struct discovery discovery;
        struct error err;
        generate(&generated, &random);
        int rc = decode_discovery(generated.body, generated.size, &discovery, &err);
        if (rc != 0)
            fail_msg("seed %d: %s in %s", (int)seed, err.msg, generated.body);
        assert_int_equal(discovery.count, generated.count);
        for (size_t i = 0; i < discovery.count; i++)
            assert_same_definition(&discovery.definitions[i], &generated.expected[i]);
        assert_cjson_agrees(&generated, &discovery);
    }
}

/* Hooks are global: other users of cJSON find them unchanged. */
static void test_cjson_is_left_as_it_was(void **state)
{
    (void)state;
    struct status status;
    struct error err;
    size_t live_size = watched_heap.live_size;
    cJSON *before = cJSON_CreateString("before");
    assert_int_equal(decode_status(LITERAL(GOOD_STATUS), &status, &err), 0);
    size_t with_scratch = watched_heap.live_size;
    cJSON *after = cJSON_Parse("[1,2,3]");
    assert_non_null(after);
    assert_int_equal(watched_heap.live_size, with_scratch);
    assert_true(with_scratch >= live_size);
    cJSON_Delete(before);
    cJSON_Delete(after);
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

/* --------------------------------------------------------------------------------------------------------------- */

static int run_rows(void)
{
    struct CMUnitTest discovery_tests[COUNT_OF(discovery_rows)];
    struct CMUnitTest entry_tests[COUNT_OF(entry_rows)];
    struct CMUnitTest status_count_tests[COUNT_OF(count_rows)];
    struct CMUnitTest servers_count_tests[COUNT_OF(count_rows)];
    struct CMUnitTest target_tests[COUNT_OF(target_rows)];
    struct CMUnitTest status_tests[COUNT_OF(status_rows)];
    struct CMUnitTest id_tests[COUNT_OF(id_rows)];
    struct CMUnitTest scale_tests[COUNT_OF(scale_rows)];
    struct CMUnitTest describe_tests[COUNT_OF(describe_rows)];
    TESTS_FROM_ROWS(discovery_tests, discovery_rows, check_discovery);
    TESTS_FROM_ROWS(entry_tests, entry_rows, check_entry);
    TESTS_FROM_ROWS(status_count_tests, count_rows, check_status_count);
    TESTS_FROM_ROWS(servers_count_tests, count_rows, check_servers_count);
    TESTS_FROM_ROWS(target_tests, target_rows, check_target);
    TESTS_FROM_ROWS(status_tests, status_rows, check_status);
    TESTS_FROM_ROWS(id_tests, id_rows, check_status_id);
    TESTS_FROM_ROWS(scale_tests, scale_rows, check_scale);
    TESTS_FROM_ROWS(describe_tests, describe_rows, check_describe);
    int failed = cmocka_run_group_tests_name("discovery", discovery_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("entry", entry_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("counts", status_count_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("servers", servers_count_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("targets", target_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("status", status_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("status ids", id_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("scale", scale_tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("describe_error", describe_tests, set_up, tear_down);
    return failed;
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_targets_are_exact),
        cmocka_unit_test(test_scale_is_compact),
        cmocka_unit_test(test_text_add_json_is_read_back_by_cjson),
        cmocka_unit_test(test_every_id_is_read_back),
        cmocka_unit_test(test_long_error_bodies_are_cut),
        cmocka_unit_test(test_discovery_with_every_byte_replaced),
        cmocka_unit_test(test_discovery_truncated_everywhere),
        cmocka_unit_test(test_discovery_with_a_byte_less_or_more),
        cmocka_unit_test(test_status_with_every_byte_replaced),
        cmocka_unit_test(test_status_truncated_everywhere),
        cmocka_unit_test(test_deep_nesting_spoils_one_entry),
        cmocka_unit_test(test_very_deep_nesting_is_refused),
        cmocka_unit_test(test_too_many_members_spoil_one_entry),
        cmocka_unit_test(test_a_costly_entry_has_a_maximum),
        cmocka_unit_test(test_a_costly_status_has_a_maximum),
        cmocka_unit_test(test_the_number_of_deployments_has_a_maximum),
        cmocka_unit_test(test_a_hundred_thousand_entries),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_a_status_may_be_the_first),
        cmocka_unit_test(test_every_size_of_arena),
        cmocka_unit_test(test_generated_documents),
        cmocka_unit_test(test_cjson_is_left_as_it_was),
        cmocka_unit_test(test_comma_locale),
    };
    int failed = run_rows();
    failed += cmocka_run_group_tests_name("wire", whole_tests, set_up, tear_down);
    return failed;
}
