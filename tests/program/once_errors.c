/*
 * Invalid data in a large fleet: one run of the whole program with valid and invalid deployments. Every row is an
 * invalid deployment that must be held or failed, with its reason, and never scaled. All valid ones must be scaled.
 */
#include "tests/support/document.h"
#include "tests/support/listing.h"
#include "tests/support/program_fixture.h"
#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXIT_TROUBLE 1
#define GOOD_COUNT 1000

#define STATUS "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":10}"

/* --- statuses that must not be used ------------------------------------------------------------------------------ */

static const struct status_row {
    const char *name; /* and id */
    struct fake_answer status;
    const char *action;
    const char *reason;
} status_rows[] = {
    /* clang-format off */
    { "status 404",             { .status = 404, .body = STATUS },                  "failed", "missing"      },
    { "status 401",             { .status = 401, .body = STATUS },                  "failed", "unauthorized" },
    { "status 403",             { .status = 403, .body = STATUS },                  "failed", "unauthorized" },
    { "status 400",             { .status = 400, .body = "\x1b[31m\xe2\x80\xaeno" }, "failed", "read_failed" },
    { "status 500",             { .status = 500, .body = STATUS },                  "failed", "read_failed"  },
    { "status 503",             { .status = 503, .body = STATUS },                  "failed", "read_failed"  },
    { "status 302",             { .status = 302, .headers = "Location: /status/good-0\r\n", .body = STATUS },
                                                                                    "failed", "read_failed"  },
    { "status 304",             { .status = 304 },                                  "failed", "read_failed"  },
    { "status 204",             { .status = 204 },                                  "held", "bad_status"     },
    { "status 206",             { .status = 206, .body = STATUS },                  "held", "bad_status"     },
    { "closed without response", { .ending = FAKE_CLOSE },                           "failed", "read_failed"  },
    { "reset without response", { .ending = FAKE_RESET },                           "failed", "read_failed"  },
    { "reset half way",         { .status = 200, .body = STATUS, .missing_size = 5, .ending = FAKE_RESET },
                                                                                    "failed", "read_failed"  },
    { "shorter than promised",  { .status = 200, .body = STATUS, .missing_size = 5, .ending = FAKE_CLOSE },
                                                                                    "failed", "read_failed"  },
    { "a broken chunk",         { .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" STATUS,
                                  .ending = FAKE_CLOSE },                           "failed", "read_failed"  },
    { "no HTTP",                { .raw = "hello\r\n\r\n" STATUS, .ending = FAKE_CLOSE }, "failed", "read_failed" },
    { "endless headers",        { .raw = "HTTP/1.1 200 OK\r\n", .tail = "X-More: and more\r\n", .tail_count = 20000,
                                  .ending = FAKE_CLOSE },                           "held", "bad_status"     },
    { "larger than a megabyte", { .raw = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", .tail = "        ",
                                  .tail_count = 200000, .ending = FAKE_CLOSE },     "held", "bad_status"     },
    { "an empty body",          { .status = 200 },                                  "held", "bad_status"     },
    { "a page",                 { .status = 200, .headers = "Content-Type: text/html\r\n",
                                  .body = "<!doctype html><title>Log in</title>" }, "held", "bad_status"     },
    { "free above total",       { .status = 200, .body = "{\"current_hosts\":10,\"total_servers\":100,"
                                                         "\"free_servers\":101}" }, "held", "free_above_total" },
    { "servers without hosts",  { .status = 200, .body = "{\"current_hosts\":0,\"total_servers\":100,"
                                                         "\"free_servers\":10}" }, "held", "servers_without_hosts" },
    { "servers above hosts",    { .status = 200, .body = "{\"current_hosts\":9,\"total_servers\":100,"
                                                         "\"free_servers\":10}" }, "held", "servers_above_hosts" },
    /* clang-format on */
};

#define BODY(text)                                                                                 \
    {                                                                                              \
        .status = 200, .body = (text), .body_size = sizeof(text) - 1                               \
    }
#define NUMBERS "\"current_hosts\":10,\"total_servers\":100,\"free_servers\":10"

/* 200 with a body that is not the expected object: held with bad_status. */
static const struct body_row {
    const char *name;
    struct fake_answer status;
} body_rows[] = {
#define BAD_BODY(fault, name, body) { name, BODY(body) },
#include "tests/support/bad_bodies.def"
#undef BAD_BODY
};

/* Values that are not a count, in each field that expects one. */
static const struct value_row {
    const char *name;
    const char *value;
    const char *size_reason;   /* as servers_per_host; NULL: it cannot be in a list */
    const char *target_reason; /* as target_free_pct; NULL: it is valid there */
} value_rows[] = {
#define BAD_VALUE(fault, name, value, size_reason, target_reason)                                  \
    { name, value, size_reason, target_reason },
#include "tests/support/bad_values.def"
#undef BAD_VALUE
};

/* --- entries that must not be used ------------------------------------------------------------------------------- */

#define DEFINITION "\"servers_per_host\":10,\"target_free_pct\":15"

static const struct entry_row {
    const char *name; /* and id, if the id is valid */
    const char *entry;
    const char *reason;
    bool has_id; /* the report identifies it by name; otherwise by position */
} entry_rows[] = {
#define BAD_ENTRY(fault, name, entry, reason, has_id) { name, entry, reason, has_id },
#include "tests/support/bad_entries.def"
#undef BAD_ENTRY
};

/* --- the run ----------------------------------------------------------------------------------------------------- */

static const char *const status_fields[] = { "current_hosts", "total_servers", "free_servers" };

/* A valid status, cut off or damaged at each of its bytes. */
#define CUT_COUNT (sizeof STATUS - 1)
static const unsigned char flips[] = { 0x20, 0x80 };

static struct run {
    struct program_fixture program_fixture;
    struct listing *listing;
    struct document document;
    struct scales scales;
    int exit_code;
    int64_t entry_places[COUNT_OF(entry_rows)]; /* in the list, from 1 */
    int64_t long_id_place;
    int64_t entries; /* so far */
} run;

static void add_entry(const char *id, const char *entry, const struct fake_answer *status)
{
    static const struct fake_answer good = { .status = 200, .body = STATUS };
    listing_add(run.listing, id, entry, status ? status : &good);
    run.entries++;
}

static void add_with_status(const char *id, const struct fake_answer *status)
{
    char entry[256];
    snprintf(entry, sizeof entry, "{\"id\":\"%s\"," DEFINITION "}", id);
    add_entry(id, entry, status);
}

/* Valid entries are placed between invalid ones, so that an effect on other entries would be detected. */
static void add_good(int64_t index)
{
    static const struct listed_numbers numbers = { 10, 150, 10, 100, 10 };
    char id[32];
    snprintf(id, sizeof id, "good-%lld", (long long)index);
    listing_add_good(run.listing, id, &numbers);
    run.entries++;
}

static void format_value(char *text, size_t size, const struct value_row *row)
{
    if (row->value)
        snprintf(text, size, "%s", row->value);
    else
        snprintf(text, size, "%01000d", 1);
    if (!row->value)
        text[0] = '1';
}

static void add_status_value(const struct value_row *row, size_t field)
{
    char value[1100], body[4096], id[96];
    format_value(value, sizeof value, row);
    snprintf(id, sizeof id, "%s %s", status_fields[field], row->name);
    snprintf(body, sizeof body, "{\"current_hosts\":%s,\"total_servers\":%s,\"free_servers\":%s}",
             field == 0 ? value : "10", field == 1 ? value : "100", field == 2 ? value : "10");
    add_with_status(id, &(struct fake_answer){ .status = 200, .body = body });
}

static void add_entry_value(const struct value_row *row, bool is_target)
{
    char value[1100], entry[4096], id[96];
    format_value(value, sizeof value, row);
    snprintf(id, sizeof id, "%s %s", is_target ? "target" : "size", row->name);
    snprintf(entry, sizeof entry, "{\"id\":\"%s\",\"servers_per_host\":%s,\"target_free_pct\":%s}",
             id, is_target ? "10" : value, is_target ? value : "15");
    add_entry(id, entry, NULL);
}

static void add_damaged(size_t at)
{
    char body[] = STATUS;
    char id[32];
    snprintf(id, sizeof id, "cut at %zu", at);
    body[at] = '\0';
    add_with_status(id, &(struct fake_answer){ .status = 200, .body = body });
    for (size_t i = 0; i < COUNT_OF(flips); i++) {
        char flipped[] = STATUS;
        flipped[at] = (char)((unsigned char)flipped[at] ^ flips[i]);
        snprintf(id, sizeof id, "flip %02x at %zu", flips[i], at);
        add_with_status(id, &(struct fake_answer){ .status = 200, .body = flipped });
    }
}

static void add_nested(int64_t depth)
{
    char id[32];
    char *body = heap_alloc((size_t)depth * 2 + 256, 1);
    assert_non_null(body);
    int length = snprintf(body, 256, "{" NUMBERS ",\"x\":");
    memset(body + length, '[', (size_t)depth);
    memset(body + length + depth, ']', (size_t)depth);
    body[length + 2 * depth] = '}';
    snprintf(id, sizeof id, "nested %lld", (long long)depth);
    add_with_status(id, &(struct fake_answer){ .status = 200, .body = body });
    heap_free(body);
}

static void add_long_id(void)
{
    char entry[4096 + 128];
    int length = snprintf(entry, sizeof entry, "{\"id\":\"");
    memset(entry + length, 'a', 4096);
    snprintf(entry + length + 4096, sizeof entry - 4096 - (size_t)length, "\"," DEFINITION "}");
    add_entry(NULL, entry, NULL);
    run.long_id_place = run.entries;
}

static void add_entry_rows(void)
{
    for (size_t i = 0; i < COUNT_OF(entry_rows); i++) {
        const struct entry_row *row = &entry_rows[i];
        add_entry(row->has_id ? row->name : NULL, row->entry, NULL);
        run.entry_places[i] = run.entries;
        run.entries += strstr(row->name, "duplicate") != NULL; /* one text has two entries */
    }
}

static void list_all(void)
{
    run.listing = listing_create();
    for (int64_t i = 0; i < GOOD_COUNT / 2; i++)
        add_good(i);
    add_entry_rows();
    add_long_id();
    for (size_t i = 0; i < COUNT_OF(status_rows); i++)
        add_with_status(status_rows[i].name, &status_rows[i].status);
    for (size_t i = 0; i < COUNT_OF(body_rows); i++)
        add_with_status(body_rows[i].name, &body_rows[i].status);
    for (size_t i = 0; i < COUNT_OF(value_rows); i++) {
        for (size_t field = 0; field < COUNT_OF(status_fields); field++)
            add_status_value(&value_rows[i], field);
        if (value_rows[i].size_reason)
            add_entry_value(&value_rows[i], false);
        if (value_rows[i].target_reason)
            add_entry_value(&value_rows[i], true);
    }
    for (size_t at = 0; at < CUT_COUNT; at++)
        add_damaged(at);
    add_nested(33);
    add_nested(1001);
    add_nested(200000);
    for (int64_t i = GOOD_COUNT / 2; i < GOOD_COUNT; i++)
        add_good(i);
}

static int run_all(void **state)
{
    (void)state;
    size_t size;
    program_fixture_init(&run.program_fixture);
    list_all();
    fake_api_set_answer(run.program_fixture.api, listing_answer, run.listing);
    run.exit_code = program_fixture_run(&run.program_fixture,
                                        (const char *const[]){ "--once", "--output=json", NULL });
    const char *output = program_output(run.program_fixture.program, &size);
    if (size == 0)
        fail_msg("nothing was printed; the log: %s",
                 program_log(run.program_fixture.program, &size));
    document_init(&run.document, output, size);
    scales_init(&run.scales, run.program_fixture.api);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    scales_fini(&run.scales);
    document_fini(&run.document);
    program_fixture_fini(&run.program_fixture);
    listing_destroy(run.listing);
    return 0;
}

/* --- checks ------------------------------------------------------------------------------------------------------ */

static bool is_contradiction(const char *reason)
{
    return strcmp(reason, "free_above_total") == 0 || strncmp(reason, "servers_", 8) == 0;
}

/* Nothing was sent for it, the report has the reason, and unknown values are null. */
static void assert_stopped(const char *id, const char *action, const char *reason)
{
    static const char *const decided[] = { "free_pct", "busy_servers", "pending_hosts",
                                           "desired_hosts", "delta" };
    const cJSON *row = document_find(&run.document, id);
    if (strcmp(member_string(row, "reason"), reason) != 0)
        fail_msg("'%s' is %s, not %s", id, member_string(row, "reason"), reason);
    assert_string_equal(member_string(row, "action"), action);
    for (size_t i = 0; i < COUNT_OF(decided); i++)
        assert_member_null(row, decided[i]);
    for (size_t i = 0; i < COUNT_OF(status_fields); i++) {
        if (is_contradiction(reason))
            assert_true(member_number(row, status_fields[i]) >= 0);
        else
            assert_member_null(row, status_fields[i]);
    }
    assert_int_equal(scales_count(&run.scales, id), 0);
}

static void assert_place_stopped(int64_t place, const char *reason)
{
    char id[32];
    snprintf(id, sizeof id, "(entry %lld)", (long long)place);
    assert_stopped(id, "held", reason);
}

static void status_is_not_used(void **state)
{
    const struct status_row *row = *state;
    assert_stopped(row->name, row->action, row->reason);
}

static void body_is_not_used(void **state)
{
    const struct body_row *row = *state;
    assert_stopped(row->name, "held", "bad_status");
}

static void value_is_not_used(void **state)
{
    const struct value_row *row = *state;
    char id[96];
    for (size_t field = 0; field < COUNT_OF(status_fields); field++) {
        snprintf(id, sizeof id, "%s %s", status_fields[field], row->name);
        assert_stopped(id, "held", "bad_status");
    }
}

/* Malformed entries have no valid id: the report identifies them by position. */
static void assert_entry_value_stopped(const char *id, const char *reason, int64_t place)
{
    if (strcmp(reason, "bad_entry") == 0)
        assert_place_stopped(place, reason);
    else
        assert_stopped(id, "held", reason);
}

static int64_t place_of(const char *id)
{
    int64_t place = 1;
    for (int64_t i = 0; i < listing_count(run.listing); i++) {
        const struct listed *item = listing_at(run.listing, i);
        if (item->id && strcmp(item->id, id) == 0)
            return place;
        place += 1 + (item->id && strstr(item->id, "duplicate"));
    }
    return 0;
}

static void value_is_no_definition(void **state)
{
    const struct value_row *row = *state;
    char id[96];
    snprintf(id, sizeof id, "size %s", row->name);
    if (row->size_reason)
        assert_entry_value_stopped(id, row->size_reason, place_of(id));
    snprintf(id, sizeof id, "target %s", row->name);
    if (row->target_reason)
        assert_entry_value_stopped(id, row->target_reason, place_of(id));
}

static void entry_is_not_used(void **state)
{
    const struct entry_row *row = *state;
    if (row->has_id)
        assert_stopped(row->name, "held", row->reason);
    else
        assert_place_stopped(run.entry_places[row - entry_rows], row->reason);
}

static void an_id_of_4_kib_is_not_used(void **state)
{
    (void)state;
    assert_place_stopped(run.long_id_place, "bad_id");
}

static void a_status_damaged_at_any_byte_is_not_used(void **state)
{
    (void)state;
    char id[32];
    for (size_t at = 0; at < CUT_COUNT; at++) {
        snprintf(id, sizeof id, "cut at %zu", at);
        assert_stopped(id, "held", "bad_status");
        for (size_t i = 0; i < COUNT_OF(flips); i++) {
            snprintf(id, sizeof id, "flip %02x at %zu", flips[i], at);
            assert_stopped(id, "held", "bad_status");
        }
    }
}

static void deep_nesting_is_not_used(void **state)
{
    (void)state;
    assert_stopped("nested 33", "held", "bad_status");
    assert_stopped("nested 1001", "held", "bad_status");
    assert_stopped("nested 200000", "held", "bad_status");
}

static void all_others_are_scaled(void **state)
{
    (void)state;
    for (int64_t i = 0; i < GOOD_COUNT; i++) {
        char id[32];
        snprintf(id, sizeof id, "good-%lld", (long long)i);
        assert_int_equal(scales_count(&run.scales, id), 1);
        assert_int_equal(scales_find(&run.scales, id, 0)->delta, 1);
        const cJSON *row = document_find(&run.document, id);
        assert_string_equal(member_string(row, "action"), "scaled");
    }
    assert_int_equal(run.scales.count, GOOD_COUNT);
}

static void the_exit_code_says_that_something_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(run.exit_code, EXIT_TROUBLE);
}

static void all_that_is_shown_is_printable(void **state)
{
    (void)state;
    size_t size;
    const char *output = program_output(run.program_fixture.program, &size);
    assert_printable(output, size);
    const char *log = program_log(run.program_fixture.program, &size);
    assert_printable(log, size);
}

static void the_summary_counts(void **state)
{
    (void)state;
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(run.document.root, "summary");
    int64_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(status_rows); i++)
        failed += strcmp(status_rows[i].action, "failed") == 0;
    assert_int_equal(member_number(summary, "discovered"), run.document.count);
    assert_int_equal(member_number(summary, "scaled"), GOOD_COUNT);
    assert_int_equal(member_number(summary, "failed"), failed);
    assert_int_equal(member_number(summary, "held"),
                     (int64_t)run.document.count - GOOD_COUNT - failed);
}

/* --- as a table, and in a dry-run -------------------------------------------------------------------------------- */

static void the_table_is_printable(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    size_t size;
    program_fixture_init(&program_fixture);
    fake_api_set_answer(program_fixture.api, listing_answer, run.listing);
    int code =
        program_fixture_run(&program_fixture, (const char *const[]){ "--once", "--dry-run", NULL });
    const char *table = program_output(program_fixture.program, &size);
    assert_printable(table, size);
    assert_non_null(strstr(table, " failed      missing (HTTP 404"));
    assert_non_null(strstr(table, " held        bad_target "));
    assert_non_null(strstr(table, "\\x1b[31m"));
    assert_int_equal(fake_api_count(program_fixture.api, "POST", NULL), 0);
    assert_int_equal(code, EXIT_TROUBLE);
    program_fixture_fini(&program_fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_others_are_scaled),
        cmocka_unit_test(the_exit_code_says_that_something_is_wrong),
        cmocka_unit_test(all_that_is_shown_is_printable),
        cmocka_unit_test(the_summary_counts),
        cmocka_unit_test(an_id_of_4_kib_is_not_used),
        cmocka_unit_test(a_status_damaged_at_any_byte_is_not_used),
        cmocka_unit_test(deep_nesting_is_not_used),
        cmocka_unit_test(the_table_is_printable),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(status_rows) + COUNT_OF(body_rows) +
                          2 * COUNT_OF(value_rows) + COUNT_OF(entry_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, status_rows, status_is_not_used);
    at += COUNT_OF(status_rows);
    TESTS_FROM_ROWS(at, body_rows, body_is_not_used);
    at += COUNT_OF(body_rows);
    TESTS_FROM_ROWS(at, value_rows, value_is_not_used);
    at += COUNT_OF(value_rows);
    TESTS_FROM_ROWS(at, value_rows, value_is_no_definition);
    at += COUNT_OF(value_rows);
    TESTS_FROM_ROWS(at, entry_rows, entry_is_not_used);
    return cmocka_run_group_tests_name("bad data", all, run_all, free_all);
}
