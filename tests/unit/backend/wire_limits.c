/* The largest documents, and no memory for a document. */
#include "engine/backend/json_scan.h"
#include "tests/support/wire_fixture.h"

#include <errno.h>
#include <stdio.h>

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

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
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
    };
    return cmocka_run_group_tests_name("wire", whole_tests, set_up, tear_down);
}
