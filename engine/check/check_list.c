#include "engine/check/check_list.h"

#include "engine/base/arith.h"
#include "engine/base/case_fold.h"
#include "engine/http/path_segment.h"

#include <stdlib.h>
#include <string.h>

#define LIST_SIZE_MAX ((size_t)1024 * 1024 * 1024)

static int compare(const void *a, const void *b)
{
    const struct check_entry *one = a;
    const struct check_entry *other = b;
    int order = strcmp(one->folded, other->folded);
    return order ? order : strcmp(one->id, other->id);
}

static const char *fold(struct arena *arena, const char *id)
{
    char folded[CASE_FOLD_GROWTH * ID_SIZE_MAX];
    return arena_copy_text(arena, folded, case_fold(id, strlen(id), folded));
}

static bool add(struct check_list *list, const struct definition *definition)
{
    struct check_entry *entry = &list->entries[list->count++];
    *entry = (struct check_entry){
        .id = arena_copy_text(&list->arena, definition->id, strlen(definition->id)),
        .folded = fold(&list->arena, definition->id),
        .servers_per_host = definition->servers_per_host,
    };
    return entry->id && entry->folded;
}

static void mark_repeated(struct check_list *list)
{
    for (size_t i = 1; i < list->count; i++)
        if (strcmp(list->entries[i - 1].folded, list->entries[i].folded) == 0)
            list->entries[i - 1].is_repeated = list->entries[i].is_repeated = true;
}

int check_list_init(struct check_list *list, const struct discovery *discovery, struct error *err)
{
    arena_init(&list->arena, LIST_SIZE_MAX);
    if (discovery->count == 0)
        return 0;
    list->entries = arena_alloc(&list->arena, size_mul(discovery->count, sizeof *list->entries));
    if (!list->entries)
        return error_no_memory(err);
    for (size_t i = 0; i < discovery->count; i++)
        if (discovery->definitions[i].fault == REASON_NONE &&
            !add(list, &discovery->definitions[i]))
            return error_no_memory(err);
    qsort(list->entries, list->count, sizeof *list->entries, compare);
    mark_repeated(list);
    return 0;
}

void check_list_fini(struct check_list *list)
{
    arena_fini(&list->arena);
    *list = (struct check_list){ 0 };
}

struct check_entry *check_list_find(const struct check_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->entries[i].is_repeated && strcmp(list->entries[i].id, id) == 0)
            return &list->entries[i];
    return NULL;
}

const struct check_entry *check_list_repeated(const struct check_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].is_repeated)
            return &list->entries[i];
    return NULL;
}

bool check_entry_is_encoded(const struct check_entry *entry)
{
    char storage[3 * ID_SIZE_MAX + 1];
    struct text text;
    text_init(&text, storage, sizeof storage);
    path_segment_add(&text, entry->id);
    return text.length != strlen(entry->id);
}

size_t check_list_missing(const struct check_list *list, const struct check_list *before)
{
    size_t missing = 0;
    size_t at = 0;
    for (size_t i = 0; i < before->count; i++) {
        while (at < list->count && compare(&list->entries[at], &before->entries[i]) < 0)
            at++;
        missing += at == list->count || compare(&list->entries[at], &before->entries[i]) != 0;
    }
    return missing;
}
