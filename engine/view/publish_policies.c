#include "engine/view/publish_policies.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/snapshot.h"

#include <errno.h>
#include <string.h>

#define PLACES ((size_t)2 * POLICY_NAMES_MAX)

_Static_assert(POLICY_NAMES_MAX < POLICY_UNNAMED, "an index is never that of no name");

void policy_names_fini(struct policy_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        heap_free((void *)(uintptr_t)names->shown[i]);
        heap_free(names->names[i]);
    }
    heap_free(names->shown);
    heap_free(names->names);
    heap_free(names->places);
    *names = (struct policy_names){ 0 };
}

/* The memory of all names comes at once: a snapshot reads the table while it grows. */
static int reserve(struct policy_names *names)
{
    if (!names->shown)
        names->shown = heap_alloc(POLICY_NAMES_MAX, sizeof *names->shown);
    if (!names->names)
        names->names = heap_alloc(POLICY_NAMES_MAX, sizeof *names->names);
    if (!names->places)
        names->places = heap_alloc(PLACES, sizeof *names->places);
    return names->shown && names->names && names->places ? 0 : -ENOMEM;
}

static size_t hash(const char *name)
{
    uint32_t value = 2166136261u;
    for (; *name != '\0'; name++)
        value = (value ^ (unsigned char)*name) * 16777619u;
    return value % PLACES;
}

/* Where it is, or the free place for it. */
static size_t find(const struct policy_names *names, const char *name)
{
    size_t place = hash(name);
    while (names->places[place] != 0 && strcmp(names->names[names->places[place] - 1], name) != 0)
        place = (place + 1) % PLACES;
    return place;
}

static char *make_shown(const char *name, struct redaction *redaction)
{
    char storage[SNAPSHOT_TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_escaped(&text, name, strlen(name));
    redaction_clean(redaction, &text);
    return heap_copy_text(storage, strlen(storage));
}

static int add(struct policy_names *names, const char *name, size_t place)
{
    char *copy = heap_copy_text(name, strlen(name));
    char *shown = copy ? make_shown(name, names->redaction) : NULL;
    if (!shown) {
        heap_free(copy);
        return -ENOMEM;
    }
    names->names[names->count] = copy;
    names->shown[names->count] = shown;
    names->places[place] = (uint16_t)++names->count;
    return 0;
}

int policy_names_index_of(struct policy_names *names, const char *name, uint16_t *ret_index)
{
    int failed = reserve(names);
    if (failed)
        return failed;
    size_t place = find(names, name);
    if (names->places[place] == 0) {
        if (names->count == POLICY_NAMES_MAX) {
            *ret_index = POLICY_UNNAMED;
            return 0;
        }
        failed = add(names, name, place);
        if (failed)
            return failed;
    }
    *ret_index = (uint16_t)(names->places[place] - 1);
    return 0;
}

int policy_names_index(struct policy_names *names, const struct policy *policy, uint16_t *ret_index)
{
    return policy_names_index_of(names, policy_name(policy), ret_index);
}
