#include "tests/support/listing.h"

#include "engine/base/arena.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE_MAX ((size_t)256 * 1024 * 1024)
#define LISTED_MAX 8192
#define PERMILLE 1000

struct listing {
    struct arena arena;
    struct listed items[LISTED_MAX];
    const struct listed *by_path[LISTED_MAX]; /* those with an id, sorted */
    size_t count;
    size_t path_count;
    char *discovery;
};

static void *take(struct listing *listing, size_t size)
{
    void *memory = arena_alloc(&listing->arena, size);
    must(memory);
    return memory;
}

static const char *copy(struct listing *listing, const char *bytes, size_t size)
{
    char *text = take(listing, size + 1);
    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

static const char *status_path(struct listing *listing, const char *id)
{
    static const char prefix[] = "/status/";
    char *path = take(listing, sizeof prefix + 3 * strlen(id));
    char *at = path + snprintf(path, sizeof prefix, "%s", prefix);
    for (; *id; id++) {
        if (is_unreserved(*id))
            *at++ = *id;
        else
            at += snprintf(at, 4, "%%%02X", (unsigned)(unsigned char)*id);
    }
    *at = '\0';
    return path;
}

/* Copies the strings of the response. */
static struct fake_answer keep_answer(struct listing *listing, const struct fake_answer *answer)
{
    struct fake_answer kept = *answer;
    if (answer->body) {
        kept.body_size = answer->body_size > 0 ? answer->body_size : strlen(answer->body);
        kept.body = copy(listing, answer->body, kept.body_size);
    }
    return kept;
}

void listing_add(struct listing *listing, const char *id, const char *entry,
                 const struct fake_answer *status)
{
    static const struct fake_answer preset = { .status = 200, .body = "{}" };
    must(listing->count < LISTED_MAX);
    struct listed *item = &listing->items[listing->count++];
    item->entry = copy(listing, entry, strlen(entry));
    item->status = keep_answer(listing, status ? status : &preset);
    if (!id)
        return;
    item->id = copy(listing, id, strlen(id));
    item->path = status_path(listing, id);
    listing->by_path[listing->path_count++] = item;
}

static int64_t ceil_of(int64_t dividend, int64_t divisor)
{
    return (dividend + divisor - 1) / divisor;
}

int64_t listed_formula_delta(const struct listed_numbers *numbers)
{
    int64_t busy = numbers->total_servers - numbers->free_servers;
    int64_t wanted = ceil_of(PERMILLE * busy, (PERMILLE - numbers->target_free_permille) *
                                                  numbers->servers_per_host);
    return (wanted > 1 ? wanted : 1) - numbers->current_hosts;
}

int64_t listed_delta(const struct listed_numbers *numbers)
{
    int64_t delta = listed_formula_delta(numbers);
    int64_t busy = numbers->total_servers - numbers->free_servers;
    int64_t needed = ceil_of(PERMILLE * busy, PERMILLE - numbers->target_free_permille);
    int64_t spare = numbers->total_servers > needed
                        ? (numbers->total_servers - needed) / numbers->servers_per_host
                        : 0;
    return delta < -spare ? -spare : delta;
}

int64_t listed_serving(const struct listed_numbers *numbers)
{
    int64_t hosts = ceil_of(numbers->total_servers, numbers->servers_per_host);
    return hosts < numbers->current_hosts ? hosts : numbers->current_hosts;
}

bool listed_is_starved(const struct listed_numbers *numbers)
{
    if (numbers->total_servers == 0)
        return numbers->current_hosts > 0 && numbers->target_free_permille > 0;
    return numbers->free_servers == 0 || numbers->free_servers * PERMILLE * 2 <
                                             numbers->target_free_permille * numbers->total_servers;
}

/* Escapes quotes and backslashes; no other byte of the id may need it. */
static const char *json_string(struct listing *listing, const char *id)
{
    char *text = take(listing, 2 * strlen(id) + 3);
    char *at = text;
    *at++ = '"';
    for (; *id; id++) {
        if (*id == '"' || *id == '\\')
            *at++ = '\\';
        *at++ = *id;
    }
    *at++ = '"';
    *at = '\0';
    return text;
}

void listing_add_good(struct listing *listing, const char *id, const struct listed_numbers *numbers)
{
    char entry[1024];
    char body[256];
    int length = snprintf(entry, sizeof entry,
                          "{\"id\":%s,\"servers_per_host\":%lld,\"target_free_pct\":%lld.%lld}",
                          json_string(listing, id), (long long)numbers->servers_per_host,
                          (long long)numbers->target_free_permille / 10,
                          (long long)numbers->target_free_permille % 10);
    must(length > 0 && (size_t)length < sizeof entry);
    snprintf(body, sizeof body,
             "{\"current_hosts\":%lld,\"total_servers\":%lld,\"free_servers\":%lld}",
             (long long)numbers->current_hosts, (long long)numbers->total_servers,
             (long long)numbers->free_servers);
    listing_add(listing, id, entry, &(struct fake_answer){ .status = 200, .body = body });
}

int64_t listing_count(const struct listing *listing)
{
    return (int64_t)listing->count;
}

const struct listed *listing_at(const struct listing *listing, int64_t index)
{
    must(index >= 0 && index < (int64_t)listing->count);
    return &listing->items[index];
}

/* --- responses ----------------------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
    const struct listed *const *left = a;
    const struct listed *const *right = b;
    return strcmp((*left)->path, (*right)->path);
}

static void add_text(char **at, const char *text)
{
    size_t length = strlen(text);
    memcpy(*at, text, length + 1);
    *at += length;
}

static void write_discovery(struct listing *listing)
{
    size_t size = 64;
    for (size_t i = 0; i < listing->count; i++)
        size += strlen(listing->items[i].entry) + 2;
    listing->discovery = take(listing, size);
    char *at = listing->discovery;
    add_text(&at, "{\"deployments\":[");
    for (size_t i = 0; i < listing->count; i++) {
        add_text(&at, i > 0 ? ",\n" : "");
        add_text(&at, listing->items[i].entry);
    }
    add_text(&at, "]}");
}

static const struct listed *find(struct listing *listing, const char *path)
{
    struct listed wanted = { .path = path };
    const struct listed *key = &wanted;
    const struct listed **found =
        bsearch(&key, listing->by_path, listing->path_count, sizeof listing->by_path[0], by_path);
    return found ? *found : NULL;
}

void listing_answer(void *context, const struct fake_request *request,
                    struct fake_answer *ret_answer)
{
    struct listing *listing = context;
    if (!listing->discovery) {
        qsort(listing->by_path, listing->path_count, sizeof listing->by_path[0], by_path);
        write_discovery(listing);
    }
    if (strcmp(request->path, "/discover") == 0) {
        ret_answer->body = listing->discovery;
    } else if (strcmp(request->path, "/scale") != 0) {
        const struct listed *item = find(listing, request->path);
        *ret_answer = item ? item->status : (struct fake_answer){ .status = 404 };
    }
}

/* --- life cycle ---------------------------------------------------------------------------------------------- */

struct listing *listing_create(void)
{
    struct listing *listing = heap_alloc(1, sizeof *listing);
    must(listing);
    arena_init(&listing->arena, TEXT_SIZE_MAX);
    return listing;
}

void listing_destroy(struct listing *listing)
{
    if (!listing)
        return;
    arena_fini(&listing->arena);
    heap_free(listing);
}
