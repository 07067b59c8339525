#include "tests/support/document.h"

#include "tests/support/test.h"

#include "engine/backend/json_scan.h"
#include "engine/base/heap.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!found)
        fail_msg("there is no field '%s'", name);
    return found;
}

const char *member_string(const cJSON *object, const char *name)
{
    const cJSON *found = member(object, name);
    if (!cJSON_IsString(found))
        fail_msg("'%s' is no string", name);
    return found->valuestring;
}

int64_t member_number(const cJSON *object, const char *name)
{
    const cJSON *found = member(object, name);
    if (!cJSON_IsNumber(found))
        fail_msg("'%s' is no number", name);
    return (int64_t)found->valuedouble;
}

void assert_member_null(const cJSON *object, const char *name)
{
    const cJSON *found = member(object, name);
    if (!cJSON_IsNull(found))
        fail_msg("'%s' of '%s' is not null", name, member_string(object, "id"));
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static bool is_state(const char *word)
{
    for (int state = 0; state < STATE_COUNT; state++)
        if (strcmp(word, state_row((enum state)state)->name) == 0)
            return true;
    return false;
}

static void check_row(const cJSON *row)
{
    static const char *const numbers[] = {
        "servers_per_host", "target_free_pct", "current_hosts", "total_servers",
        "free_servers",     "free_pct",        "busy_servers",  "serving_hosts",
        "pending_hosts",    "desired_hosts",   "delta"
    };
    static const char *const actions[] = { "none",   "scaled",      "dry_run", "held",
                                           "failed", "unconfirmed", NULL };
    assert_true(strlen(member_string(row, "id")) > 0);
    assert_true(strlen(member_string(row, "reason")) > 0);
    assert_true(is_one_of(member_string(row, "action"), actions));
    assert_true(is_state(member_string(row, "state")));
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!cJSON_IsNumber(member(row, numbers[i])) && !cJSON_IsNull(member(row, numbers[i])))
            fail_msg("'%s' is neither a number nor null", numbers[i]);
    assert_true(cJSON_IsArray(member(row, "later_reasons")));
    const cJSON *explanation = member(row, "explanation");
    assert_true(cJSON_IsArray(explanation));
    assert_true(cJSON_GetArraySize(explanation) > 0);
    const cJSON *line;
    cJSON_ArrayForEach(line, explanation)
    {
        assert_true(cJSON_IsString(line));
    }
}

static void check_summary(const cJSON *root)
{
    static const char *const numbers[] = { "discovered", "read",   "scaled",
                                           "held",       "failed", "duration_ms" };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        assert_true(member_number(member(root, "summary"), numbers[i]) >= 0);
    assert_int_equal(strlen(member_string(root, "at")), strlen("2026-01-02T03:04:05.678Z"));
    assert_true(strncmp(member_string(root, "api"), "http://127.0.0.1:", 17) == 0);
    assert_true(cJSON_IsBool(member(root, "dry_run")));
}

static int by_id(const void *a, const void *b)
{
    const cJSON *const *left = a;
    const cJSON *const *right = b;
    return strcmp(member_string(*left, "id"), member_string(*right, "id"));
}

void document_init(struct document *document, const char *bytes, size_t size)
{
    struct json_fault fault;
    if (!json_scan_check(bytes, (struct json_span){ .end = size }, &fault))
        fail_msg("not JSON: %s at byte %zu", fault.text, fault.offset);
    assert_int_equal(bytes[size - 1], '\n');
    *document = (struct document){ .root = cJSON_ParseWithOpts(bytes, NULL, true) };
    assert_non_null(document->root);
    check_summary(document->root);
    const cJSON *rows = member(document->root, "deployments");
    assert_true(cJSON_IsArray(rows));
    document->rows = heap_alloc((size_t)cJSON_GetArraySize(rows) + 1, sizeof *document->rows);
    assert_non_null(document->rows);
    for (cJSON *row = rows->child; row; row = row->next) {
        check_row(row);
        document->rows[document->count++] = row;
    }
    qsort(document->rows, document->count, sizeof *document->rows, by_id);
}

void document_fini(struct document *document)
{
    cJSON_Delete(document->root);
    heap_free(document->rows);
}

const cJSON *document_find(const struct document *document, const char *id)
{
    for (size_t low = 0, high = document->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(id, member_string(document->rows[middle], "id"));
        if (order == 0)
            return document->rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    fail_msg("the document has no row '%s'", id);
    return NULL;
}
