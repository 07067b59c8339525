/* Every character and random documents. cJSON reads the same in them. */
#include "engine/base/random.h"
#include "tests/support/wire_fixture.h"

#include <cjson/cJSON.h>

#define CODE_POINT_COUNT 0x110000u

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
        struct discovery discovery = { 0 };
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

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_text_add_json_is_read_back_by_cjson),
        cmocka_unit_test(test_every_id_is_read_back),
        cmocka_unit_test(test_generated_documents),
        cmocka_unit_test(test_cjson_is_left_as_it_was),
    };
    return cmocka_run_group_tests_name("wire", whole_tests, set_up, tear_down);
}
