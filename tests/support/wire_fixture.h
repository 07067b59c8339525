/*
 * wire_fixture - a wire and an arena, documents that are decoded with them, and what holds for each that was decoded.
 *
 * Include it in one .c file of a test: the functions and what they work on belong to that file, as does the heap that
 * they watch. set_up and tear_down are those of a group of tests. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_WIRE_FIXTURE_H
#define TESTS_SUPPORT_WIRE_FIXTURE_H

#include "engine/backend/wire.h"
#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#define LITERAL(literal) (literal), sizeof(literal) - 1
#define PCT(percent) ((int32_t)((percent)*10000000))
#define ARENA_SIZE_MAX ((size_t)256 * 1024 * 1024)

static struct wire *wire;
static struct arena arena;

static inline int set_up(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_SIZE_MAX);
    return wire_create(&wire, NULL);
}

/* Every test ends with the memory of the wire and the arena only; the last one with none. */
static inline int tear_down(void **state)
{
    (void)state;
    wire_destroy(wire);
    arena_fini(&arena);
    return watched_heap.live_count == 0 && watched_heap.live_size == 0 ? 0 : -1;
}

/* In memory of exactly that size, so that a sanitizer finds any access beyond. */
static inline char *exact_copy(const char *bytes, size_t size)
{
    char *copy = heap_alloc(size > 0 ? size : 1, 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static inline void assert_printable(const char *sentence)
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
static inline int decode_discovery(const char *body, size_t size, struct discovery *ret_discovery,
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

static inline int decode_status(const char *body, size_t size, struct status *ret_status,
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
static inline void assert_consistent(const struct definition *definition)
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

static inline void assert_same_string(const char *a, const char *b)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a && b)
        assert_string_equal(a, b);
}

static inline void assert_same_definition(const struct definition *a, const struct definition *b)
{
    assert_same_string(a->id, b->id);
    assert_int_equal(a->servers_per_host, b->servers_per_host);
    assert_int_equal(a->target_free_ppb, b->target_free_ppb);
    assert_int_equal(a->fault, b->fault);
    assert_same_string(a->fault_text, b->fault_text);
}

/* An entry with this id, these servers, this target. */
#define ENTRY(id, servers, target)                                                                 \
    "{\"id\":" id ",\"servers_per_host\":" servers ",\"target_free_pct\":" target "}"

#define GOOD_LEFT "{\"id\":\"left\",\"servers_per_host\":3,\"target_free_pct\":33.3}"
#define GOOD_RIGHT "{\"id\":\"right\",\"servers_per_host\":250,\"target_free_pct\":0.0000001}"

static inline void assert_good_left(const struct definition *definition)
{
    assert_same_definition(definition,
                           &(struct definition){ "left", 3, 333000000, REASON_NONE, NULL });
}

static inline void assert_good_right(const struct definition *definition)
{
    assert_same_definition(definition, &(struct definition){ "right", 250, 1, REASON_NONE, NULL });
}

/* Decodes the entry between its neighbours, at byte 88 of the document. */
static inline const struct definition *decode_between(const char *entry, size_t size)
{
    static const char head[] = "{\"deployments\":[" GOOD_LEFT ",\n             ";
    static const char tail[] = "," GOOD_RIGHT "]}";
    static const struct definition unset[3];
    char *body = heap_alloc(sizeof head + size + sizeof tail, 1);
    assert_non_null(body);
    struct text text;
    struct discovery discovery = { unset, 0 };
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

#define GOOD_STATUS "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":12}"

#endif
