/*
 * Documents that are damaged, deeply nested, huge or implausible: no part of them is used.
 */
#include "tests/faults/documents.h"

#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define NUMBERS "\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4"
#define STATUS "{" NUMBERS "}"
#define DEFINITION "\"servers_per_host\":10,\"target_free_pct\":20"
#define BAD_STATUS " reason=bad_status "
#define CASES_MAX 256
#define CASE_SIZE 1200

/* --- rows -------------------------------------------------------------------------------------------------------- */

static const struct body_row {
    int fault;
    const char *name;
    const char *body;
    size_t size;
} body_rows[] = {
#define BAD_BODY(fault, name, body) { fault, name, body, sizeof(body) - 1 },
#include "tests/support/bad_bodies.def"
#undef BAD_BODY
};

static const struct value_row {
    int fault;
    const char *name;
    const char *value;
    const char *size_reason;
    const char *target_reason;
} value_rows[] = {
#define BAD_VALUE(fault, name, value, size_reason, target_reason)                                  \
    { fault, name, value, size_reason, target_reason },
#include "tests/support/bad_values.def"
#undef BAD_VALUE
};

static const struct entry_row {
    int fault;
    const char *name;
    const char *entry;
    const char *reason;
    bool has_id;
} entry_rows[] = {
#define BAD_ENTRY(fault, name, entry, reason, has_id) { fault, name, entry, reason, has_id },
#include "tests/support/bad_entries.def"
#undef BAD_ENTRY
};

/* --- statuses ---------------------------------------------------------------------------------------------------- */

/* Storage for generated texts. */
struct case_list {
    struct fault_case cases[CASES_MAX];
    char texts[CASES_MAX][CASE_SIZE];
    size_t count;
};

static struct case_list *make_list(void)
{
    struct case_list *list = heap_alloc(1, sizeof *list);
    must(list);
    return list;
}

static void add_body(struct case_list *list, const char *name, const char *body, size_t size)
{
    must(list->count < CASES_MAX && size < CASE_SIZE);
    char *text = list->texts[list->count];
    memcpy(text, body, size);
    /* body_size 0 means "up to NUL", so an empty body is an empty string. */
    list->cases[list->count++] =
        (struct fault_case){ name, { .status = 200, .body = text, .body_size = size }, BAD_STATUS };
}

static void check_list(struct api_fixture *fixture, struct case_list *list)
{
    check_statuses(fixture, list->cases, list->count, no_retries);
    heap_free(list);
}

static const char *value_of(const struct value_row *row)
{
    static char digits[1001];
    if (row->value)
        return row->value;
    memset(digits, '0', sizeof digits - 1);
    digits[0] = '1';
    return digits;
}

/* A valid status with one replaced number. */
static void add_value(struct case_list *list, const struct value_row *row, size_t field)
{
    static const char *const good[] = { "10", "100", "4" };
    char body[CASE_SIZE];
    const char *values[] = { good[0], good[1], good[2] };
    values[field] = value_of(row);
    int size = snprintf(body, sizeof body,
                        "{\"current_hosts\":%s,\"total_servers\":%s,\"free_servers\":%s}",
                        values[0], values[1], values[2]);
    add_body(list, row->name, body, (size_t)size);
}

static void check_bad_statuses(struct api_fixture *fixture, int fault)
{
    struct case_list *list = make_list();
    for (size_t i = 0; i < COUNT_OF(body_rows); i++)
        if (body_rows[i].fault == fault)
            add_body(list, body_rows[i].name, body_rows[i].body, body_rows[i].size);
    for (size_t i = 0; i < COUNT_OF(value_rows); i++)
        for (size_t field = 0; value_rows[i].fault == fault && field < 3; field++)
            add_value(list, &value_rows[i], field);
    check_list(fixture, list);
}

/* --- lists with bad entries -------------------------------------------------------------------------------------- */

/* A list with invalid entries between a valid first and last one, and the expected log lines. */
struct bad_list {
    struct text text;
    int64_t place; /* of the last entry, from 1 */
    size_t count;
    char logged[CASES_MAX][128];
    char json[(size_t)256 * 1024];
};

static void add_entry(struct bad_list *list, const char *entry)
{
    text_addf(&list->text, "%s\n%s", list->place > 0 ? "," : "{\"deployments\":[", entry);
    list->place++;
}

static void add_bad_entry(struct bad_list *list, const char *entry, const char *reason,
                          const char *id)
{
    char place[32];
    add_entry(list, entry);
    must(list->count < CASES_MAX);
    snprintf(place, sizeof place, "\"(entry %lld)\"", (long long)list->place);
    snprintf(list->logged[list->count++], sizeof list->logged[0],
             id ? " deployment=\"%s\" reason=%s " : " deployment=%s reason=%s ", id ? id : place,
             reason);
}

static void add_bad_definition(struct bad_list *list, const struct value_row *row, bool is_target)
{
    const char *reason = is_target ? row->target_reason : row->size_reason;
    char id[64], entry[CASE_SIZE + 128];
    if (!reason)
        return;
    snprintf(id, sizeof id, "%s %s", is_target ? "target" : "size", row->name);
    snprintf(entry, sizeof entry, "{\"id\":\"%s\",\"servers_per_host\":%s,\"target_free_pct\":%s}",
             id, is_target ? "10" : value_of(row), is_target ? value_of(row) : "20");
    add_bad_entry(list, entry, reason, strcmp(reason, "bad_entry") == 0 ? NULL : id);
}

/* One byte over the limit of an id, and far more. */
static void add_long_ids(struct bad_list *list)
{
    static const int lengths[] = { 129, 4096 };
    char entry[4096 + 128];
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        snprintf(entry, sizeof entry, "{\"id\":\"%0*d\"," DEFINITION "}", lengths[i], 1);
        add_bad_entry(list, entry, "bad_id", NULL);
    }
}

static void fill_bad_list(struct bad_list *list, int fault)
{
    text_init(&list->text, list->json, sizeof list->json);
    add_entry(list, "{\"id\":\"first\"," DEFINITION "}");
    for (size_t i = 0; i < COUNT_OF(entry_rows); i++)
        if (entry_rows[i].fault == fault)
            add_bad_entry(list, entry_rows[i].entry, entry_rows[i].reason,
                          entry_rows[i].has_id ? entry_rows[i].name : NULL);
    for (size_t i = 0; i < COUNT_OF(value_rows); i++)
        for (int is_target = 0; value_rows[i].fault == fault && is_target < 2; is_target++)
            add_bad_definition(list, &value_rows[i], is_target);
    if (fault == 41)
        add_long_ids(list);
    add_entry(list, "{\"id\":\"last\"," DEFINITION "}");
    text_add(&list->text, "]}");
    must(!list->text.was_cut);
}

/* Only the first and the last deployment are read and scaled. */
static void check_bad_list(struct api_fixture *fixture, const struct bad_list *list)
{
    const struct fake_answer answer = { .status = 200, .body = list->json };
    int64_t posts = fake_api_count(fixture->program_fixture.api, "POST", NULL);
    add_short(fixture, "first");
    add_short(fixture, "last");
    hosts_api_script_discovery(fixture->hosts, &answer);
    api_fixture_start(fixture, NULL);
    for (size_t i = 0; i < list->count; i++)
        wait_logged(fixture, (const char *const[]){ " deployment_bad ", list->logged[i], NULL });
    wait_event(fixture, "scaled", "first", NULL);
    wait_event(fixture, "scaled", "last", NULL);
    api_fixture_wait_reads(fixture, "last", 5);
    hosts_api_heal(fixture->hosts);
    api_fixture_wait(fixture, " bad=0 ");
    api_fixture_wait_reads(fixture, "last", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "first", 1);
    assert_scaled(fixture, "last", 1);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), posts + 2);
}

void check_bad_entries(struct api_fixture *fixture, int fault)
{
    struct bad_list *list = heap_alloc(1, sizeof *list);
    must(list);
    fill_bad_list(list, fault);
    check_bad_list(fixture, list);
    heap_free(list);
}

/* First the entries, then the statuses: every check of statuses has its own fleet. */
static void check_vectors(struct api_fixture *fixture, int fault)
{
    check_bad_entries(fixture, fault);
    check_bad_statuses(fixture, fault);
}

void fault_35(struct api_fixture *fixture)
{
    check_vectors(fixture, 35);
}

void fault_36(struct api_fixture *fixture)
{
    check_vectors(fixture, 36);
}

void fault_37(struct api_fixture *fixture)
{
    check_vectors(fixture, 37);
}

void fault_39(struct api_fixture *fixture)
{
    check_vectors(fixture, 39);
}

/* --- damaged at every byte --------------------------------------------------------------------------------------- */

static const unsigned char flips[] = { 0x20, 0x80 };

static void check_damaged_statuses(struct api_fixture *fixture)
{
    struct case_list *list = make_list();
    for (size_t at = 0; at < sizeof STATUS - 1; at++) {
        char body[] = STATUS;
        add_body(list, "cut off", body, at);
        for (size_t i = 0; i < COUNT_OF(flips); i++) {
            body[at] = (char)((unsigned char)STATUS[at] ^ flips[i]);
            add_body(list, "flipped", body, sizeof body - 1);
        }
    }
    check_list(fixture, list);
}

/* The entry of "first" is not changed. Letters within an id are skipped: another letter is a valid id. */
#define LIST_BEGINNING "{\"deployments\":["
#define LIST_FIRST "{\"id\":\"first\"," DEFINITION "},"
#define LIST LIST_BEGINNING LIST_FIRST "{\"id\":\"\xc3\xa9\"," DEFINITION "}]}"

static bool is_unchanged(size_t at)
{
    size_t from = sizeof LIST_BEGINNING - 1;
    return at >= from && at < from + sizeof LIST_FIRST - 1;
}

/*
 * The lists for consecutive discoveries; the last one repeats. Only the server's thread advances.
 */
struct damage {
    struct hosts_api *hosts;
    struct case_list lists[2]; /* one is too small */
    size_t next;
};

static void respond_with_damage(void *context, const struct fake_request *request,
                                struct fake_answer *ret_answer)
{
    struct damage *damage = context;
    size_t count = damage->lists[0].count + damage->lists[1].count;
    if (strcmp(request->path, "/discover") != 0) {
        hosts_api_answer(damage->hosts, request, ret_answer);
        return;
    }
    size_t at = damage->next;
    damage->next += at + 1 < count;
    *ret_answer = damage->lists[at / CASES_MAX].cases[at % CASES_MAX].answer;
}

static void add_damage(struct damage *damage, const char *list, size_t size)
{
    add_body(&damage->lists[damage->lists[0].count == CASES_MAX], "", list, size);
}

static struct damage *make_damage(struct api_fixture *fixture)
{
    struct damage *damage = heap_alloc(1, sizeof *damage);
    must(damage);
    damage->hosts = fixture->hosts;
    for (size_t at = 1; at < sizeof LIST - 1; at++) {
        char list[] = LIST;
        add_damage(damage, LIST, at);
        for (size_t i = 0; i < COUNT_OF(flips) && !is_unchanged(at); i++) {
            list[at] = (char)((unsigned char)LIST[at] ^ flips[i]);
            add_damage(damage, list, sizeof list - 1);
        }
    }
    return damage;
}

/* The second deployment appears only at the end: earlier lists had no complete entry for it. */
static void check_damaged_lists(struct api_fixture *fixture)
{
    static const char path[] = "/status/%C3%A9";
    add_short(fixture, "first");
    struct damage *damage = make_damage(fixture);
    int64_t count = (int64_t)(damage->lists[0].count + damage->lists[1].count);
    add_damage(damage, LIST, sizeof LIST - 1);
    fake_api_set_answer(fixture->program_fixture.api, respond_with_damage, damage);
    api_fixture_start(fixture,
                      (const char *const[]){ NO_RETRIES, "--discovery-interval=10ms", NULL });
    program_fixture_wait(&fixture->program_fixture, "GET", path, 1);
    assert_true(fake_api_count(fixture->program_fixture.api, "GET", "/discover") > count);
    api_fixture_wait_reads(fixture, "first", 5);
    api_fixture_stop(fixture);
    fake_api_set_answer(fixture->program_fixture.api, hosts_api_answer, fixture->hosts);
    heap_free(damage);
    assert_scaled(fixture, "first", 1);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 1);
}

void fault_32(struct api_fixture *fixture)
{
    check_damaged_lists(fixture);
    check_damaged_statuses(fixture);
}

/* --- before and after the document ------------------------------------------------------------------------------- */

void fault_38(struct api_fixture *fixture)
{
    static const struct fault_case lists[] = {
        { "trailing garbage", { .status = 200, .body = "{\"deployments\":[]}x" }, "" },
        { "two", { .status = 200, .body = "{\"deployments\":[]}{\"deployments\":[]}" }, "" },
        { "a byte-order mark", { .status = 200, .body = "\xef\xbb\xbf{\"deployments\":[]}" }, "" },
        { "a NUL", { .status = 200, .body = "{\"deployments\":[]}\0", .body_size = 19 }, "" },
    };
    check_bad_statuses(fixture, 38);
    check_discoveries(fixture, lists, COUNT_OF(lists), no_retries);
}

/* --- nested, long ------------------------------------------------------------------------------------------------ */

/* `beginning`, the given number of opening and closing brackets, and `end`. */
static char *make_nested(const char *beginning, size_t depth, const char *end)
{
    size_t length = strlen(beginning);
    char *body = heap_alloc(length + 2 * depth + strlen(end) + 1, 1);
    must(body);
    memcpy(body, beginning, length);
    memset(body + length, '[', depth);
    memset(body + length + depth, ']', depth);
    memcpy(body + length + 2 * depth, end, strlen(end) + 1);
    return body;
}

void fault_33(struct api_fixture *fixture)
{
    static const size_t depths[] = { 32, 1001, 200000 };
    struct fault_case statuses[COUNT_OF(depths)], lists[COUNT_OF(depths)];
    char *bodies[COUNT_OF(depths)], *nested[COUNT_OF(depths)];
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        bodies[i] = make_nested("{" NUMBERS ",\"x\":", depths[i], "}");
        nested[i] = make_nested("{\"deployments\":[],\"x\":", depths[i], "}");
        statuses[i] = (struct fault_case){ "", { .status = 200, .body = bodies[i] }, BAD_STATUS };
        lists[i] = (struct fault_case){ "", { .status = 200, .body = nested[i] }, "" };
    }
    check_bad_entries(fixture, 33);
    check_statuses(fixture, statuses, COUNT_OF(depths), no_retries);
    check_discoveries(fixture, lists, COUNT_OF(depths), no_retries);
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        heap_free(bodies[i]);
        heap_free(nested[i]);
    }
}

/* A list with this number of empty entries. */
static char *make_long_list(size_t count)
{
    static const char beginning[] = "{\"deployments\":[{}";
    size_t size = sizeof beginning + 3 * count + 2;
    char *list = heap_alloc(size, 1);
    must(list);
    memcpy(list, beginning, sizeof beginning - 1);
    char *at = list + sizeof beginning - 1;
    for (size_t i = 1; i < count; i++, at += 3)
        memcpy(at, ",{}", 3);
    memcpy(at, "]}", 3);
    return list;
}

void fault_34(struct api_fixture *fixture)
{
    char *list = make_long_list(1000001);
    const struct fault_case lists[] = {
        { "too many", { .status = 200, .body = list }, "1000000" },
    };
    check_discoveries(fixture, lists, COUNT_OF(lists), no_retries);
    heap_free(list);
}
