#include "tests/support/scales.h"

#include "tests/support/test.h"

#include "engine/backend/json_scan.h"
#include "engine/base/heap.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

void assert_header(const struct fake_request *request, const char *name, const char *value)
{
    size_t length;
    const char *found = fake_request_header(request, name, &length);
    if (!found)
        fail_msg("%s %s has no header '%s'", request->method, request->path, name);
    if (length < strlen(value) || strncmp(found, value, strlen(value)) != 0)
        fail_msg("%s %s: '%s' is '%.*s', not '%s'", request->method, request->path, name,
                 (int)length, found, value);
}

static void read_scale(const struct fake_request *request, struct scale *scale)
{
    struct json_fault fault;
    assert_string_equal(request->path, "/scale");
    assert_header(request, "Content-Type", "application/json");
    assert_header(request, "Accept", "application/json");
    assert_header(request, "User-Agent", "autoscaler/");
    assert_non_null(request->key);
    assert_true(strlen(request->key) >= 16);
    assert_true(
        json_scan_check(request->body, (struct json_span){ .end = request->body_size }, &fault));
    cJSON *body = cJSON_ParseWithOpts(request->body, NULL, true);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(body, "deployment_id");
    const cJSON *delta = cJSON_GetObjectItemCaseSensitive(body, "delta");
    assert_int_equal(cJSON_GetArraySize(body), 2);
    assert_true(cJSON_IsString(id) && strlen(id->valuestring) < SCALE_ID_SIZE);
    assert_true(cJSON_IsNumber(delta));
    memcpy(scale->id, id->valuestring, strlen(id->valuestring) + 1);
    scale->delta = (int64_t)delta->valuedouble;
    scale->connection = request->connection;
    scale->key = request->key;
    cJSON_Delete(body);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct scale *)a)->key, ((const struct scale *)b)->key);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct scale *)a)->id, ((const struct scale *)b)->id);
}

/* Of a scale with an unknown outcome, which only the test knows. */
static bool is_repeat(const struct scale *a, const struct scale *b)
{
    return strcmp(a->id, b->id) == 0 && a->delta == b->delta;
}

static void check_keys(const struct scales *scales)
{
    struct scale *sorted = heap_alloc(scales->count + 1, sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, scales->items, scales->count * sizeof *sorted);
    qsort(sorted, scales->count, sizeof *sorted, by_key);
    for (size_t i = 1; i < scales->count; i++)
        if (strcmp(sorted[i - 1].key, sorted[i].key) == 0 && !is_repeat(&sorted[i - 1], &sorted[i]))
            fail_msg("the key %s was used twice", sorted[i].key);
    heap_free(sorted);
}

void scales_init(struct scales *scales, struct fake_api *api)
{
    size_t count = (size_t)fake_api_count(api, "POST", NULL);
    *scales = (struct scales){ .items = heap_alloc(count + 1, sizeof *scales->items) };
    assert_non_null(scales->items);
    for (; scales->count < count; scales->count++)
        read_scale(fake_api_find(api, "POST", NULL, (int64_t)scales->count),
                   &scales->items[scales->count]);
    check_keys(scales);
}

void scales_fini(struct scales *scales)
{
    heap_free(scales->items);
    scales->items = NULL;
}

int64_t scales_count(const struct scales *scales, const char *id)
{
    int64_t count = 0;
    for (size_t i = 0; i < scales->count; i++)
        count += strcmp(scales->items[i].id, id) == 0;
    return count;
}

const struct scale *scales_find(const struct scales *scales, const char *id, int64_t index)
{
    for (size_t i = 0; i < scales->count; i++)
        if (strcmp(scales->items[i].id, id) == 0 && index-- == 0)
            return &scales->items[i];
    return NULL;
}

void scales_sort(struct scales *scales)
{
    qsort(scales->items, scales->count, sizeof *scales->items, by_id);
}
