/* Documents with some bytes changed, missing or added: all that was not hit is read as before. */
#include "engine/backend/json_scan.h"
#include "tests/support/wire_fixture.h"

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

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_discovery_with_every_byte_replaced),
        cmocka_unit_test(test_discovery_truncated_everywhere),
        cmocka_unit_test(test_discovery_with_a_byte_less_or_more),
        cmocka_unit_test(test_status_with_every_byte_replaced),
        cmocka_unit_test(test_status_truncated_everywhere),
    };
    return cmocka_run_group_tests_name("wire", whole_tests, set_up, tear_down);
}
