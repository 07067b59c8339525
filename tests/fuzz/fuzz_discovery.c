/*
 * A discovery. An accepted one is in range and equals the document byte for byte; written again it is read as the same;
 * truncated it is refused. An error is one printable line.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/backend/wire.h"
#include "engine/base/arith.h"

#include <math.h>

#define ARENA_SIZE_MAX ((size_t)16 * 1024 * 1024)
#define WRITTEN_SIZE_MAX ((size_t)6 * ID_SIZE_MAX + 100) /* of one entry */

static double number_of(const char *body, struct json_span entry, const char *name)
{
    struct json_span value;
    bool is_there = json_scan_find_member(body, entry, name, &value);
    must(is_there);
    return oracle_number(body, value);
}

static void check_id(const char *body, struct json_span entry, const char *id)
{
    struct json_span value;
    bool is_there = json_scan_find_member(body, entry, "id", &value);
    must(is_there);
    must(oracle_is_string(body, value, id));
    must(oracle_is_id(id));
}

static void check_good(const char *body, struct json_span entry,
                       const struct definition *definition)
{
    must(oracle_is_json(body + entry.start, entry.end - entry.start));
    must(definition->id);
    must(!definition->fault_text);
    must(definition->servers_per_host >= 1);
    must(definition->target_free_ppb >= 0 && definition->target_free_ppb < SHARE_WHOLE);
    double servers = number_of(body, entry, "servers_per_host");
    must(servers >= definition->servers_per_host && servers <= definition->servers_per_host);
    double target = number_of(body, entry, "target_free_pct");
    must(fabs(target * 1e7 - definition->target_free_ppb) <= 0.50001);
}

static void check_bad(const struct definition *definition)
{
    must(definition->fault == REASON_BAD_ENTRY || definition->fault == REASON_BAD_ID ||
         definition->fault == REASON_BAD_SERVERS_PER_HOST ||
         definition->fault == REASON_BAD_TARGET);
    must(definition->fault_text);
    size_t length = strlen(definition->fault_text);
    must(length > 0 && length < ERROR_MSG_SIZE);
    must(oracle_is_printable(definition->fault_text, length));
    must(!definition->id || definition->fault == REASON_BAD_ENTRY ||
         definition->fault == REASON_BAD_SERVERS_PER_HOST ||
         definition->fault == REASON_BAD_TARGET);
}

static void check_entries(const char *body, size_t size, const struct discovery *discovery)
{
    struct json_span array;
    struct json_fault fault;
    struct json_span entry = { 0 };
    bool is_good = json_scan_check_around(body, size, "deployments", &array, &fault);
    must(is_good);
    for (size_t i = 0; i < discovery->count; i++) {
        const struct definition *definition = &discovery->definitions[i];
        bool is_there = json_scan_next_element(body, array, &entry);
        must(is_there);
        if (definition->id)
            check_id(body, entry, definition->id);
        if (definition->fault == REASON_NONE)
            check_good(body, entry, definition);
        else
            check_bad(definition);
    }
    must(!json_scan_next_element(body, array, &entry));
}

static void write_entry(struct text *text, const struct definition *definition, bool is_first)
{
    text_add(text, is_first ? "{\"id\":" : ",{\"id\":");
    text_add_json(text, definition->id, strlen(definition->id));
    text_addf(text, ",\"servers_per_host\":%d,\"target_free_pct\":", definition->servers_per_host);
    text_add_percent(text, definition->target_free_ppb);
    text_add(text, "}");
}

/* Writes the definitions without a fault; returns their number. */
static size_t write_again(struct text *text, const struct discovery *discovery)
{
    size_t count = 0;
    text_add(text, "{\"deployments\":[");
    for (size_t i = 0; i < discovery->count; i++)
        if (discovery->definitions[i].fault == REASON_NONE)
            write_entry(text, &discovery->definitions[i], count++ == 0);
    text_add(text, "]}");
    must(!text->was_cut);
    return count;
}

static void check_same(const struct discovery *discovery, const struct discovery *again)
{
    size_t at = 0;
    for (size_t i = 0; i < discovery->count; i++) {
        const struct definition *one = &discovery->definitions[i];
        if (one->fault != REASON_NONE)
            continue;
        const struct definition *other = &again->definitions[at++];
        must(other->fault == REASON_NONE);
        must(strcmp(one->id, other->id) == 0);
        must(one->servers_per_host == other->servers_per_host);
        must(one->target_free_ppb == other->target_free_ppb);
    }
}

static void check_written_again(struct wire *wire, const struct discovery *discovery)
{
    size_t size = 100 + discovery->count * WRITTEN_SIZE_MAX;
    char *storage = malloc(size);
    struct text text;
    struct arena arena;
    struct discovery again;
    struct error err;
    must(storage);
    text_init(&text, storage, size);
    size_t count = write_again(&text, discovery);
    arena_init(&arena, ARENA_SIZE_MAX);
    int r = wire_decode_discovery(wire, storage, text.length, &arena, &again, &err);
    must(r == 0);
    must(again.count == count);
    check_same(discovery, &again);
    arena_fini(&arena);
    free(storage);
}

static void check_cut_short(struct wire *wire, const char *body, size_t size)
{
    struct arena arena;
    struct discovery ignored;
    struct error err;
    while (body[size - 1] != '}')
        size--;
    arena_init(&arena, ARENA_SIZE_MAX);
    int r = wire_decode_discovery(wire, body, size - 1, &arena, &ignored, &err);
    oracle_check_error(&err, r);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    char *body = supply_rest(&supply);
    struct wire *wire;
    struct arena arena;
    struct discovery discovery;
    struct error err;
    int r = wire_create(&wire, &err);
    must(r == 0);
    arena_init(&arena, ARENA_SIZE_MAX);
    r = wire_decode_discovery(wire, body, size, &arena, &discovery, &err);
    if (r < 0) {
        oracle_check_error(&err, r);
    } else {
        check_entries(body, size, &discovery);
        check_written_again(wire, &discovery);
        check_cut_short(wire, body, size);
    }
    arena_fini(&arena);
    wire_destroy(wire);
    free(body);
    return 0;
}
