#include "engine/run/intent_line.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>

int intent_line_init(struct intent_line *line, size_t capacity)
{
    *line = (struct intent_line){ .capacity = capacity };
    line->intents = heap_alloc(capacity, sizeof *line->intents);
    return line->intents ? 0 : -ENOMEM;
}

void intent_line_fini(struct intent_line *line)
{
    heap_free(line->intents);
    *line = (struct intent_line){ 0 };
}

bool intent_line_add(struct intent_line *line, const struct intent *intent)
{
    if (line->count == line->capacity)
        return false;
    line->intents[line->count++] = *intent;
    return true;
}

struct intent *intent_line_next(struct intent_line *line, uint64_t last_ticket)
{
    for (size_t i = 0; i < line->count; i++) {
        struct intent *intent = &line->intents[i];
        if (!intent->is_stored)
            return intent->ticket <= last_ticket ? intent : NULL;
    }
    return NULL;
}

void intent_line_remove(struct intent_line *line, struct intent *intent)
{
    if (!intent)
        return;
    size_t index = (size_t)(intent - line->intents);
    line->count--;
    memmove(intent, intent + 1, (line->count - index) * sizeof *intent);
}

struct intent *intent_line_find(struct intent_line *line, uint32_t slot)
{
    for (size_t i = 0; i < line->count; i++)
        if (line->intents[i].slot == slot)
            return &line->intents[i];
    return NULL;
}
