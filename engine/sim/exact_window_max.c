#include "engine/sim/exact_window_max.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>

static struct exact_window_max_entry *entry(const struct exact_window_max *window, size_t index)
{
    size_t at = window->first + index;
    return &window->entries[at < window->capacity ? at : at - window->capacity];
}

int exact_window_max_init(struct exact_window_max *window, size_t length)
{
    must(length > 0);
    *window = (struct exact_window_max){ 0 };
    window->entries = heap_alloc(length, sizeof *window->entries);
    if (!window->entries)
        return -ENOMEM;
    window->capacity = length;
    return 0;
}

void exact_window_max_fini(struct exact_window_max *window)
{
    heap_free(window->entries);
    *window = (struct exact_window_max){ 0 };
}

void exact_window_max_begin(struct exact_window_max *window, size_t number)
{
    while (window->count > 0 && entry(window, 0)->number < number) {
        window->first = (window->first + 1) % window->capacity;
        window->count--;
    }
}

void exact_window_max_add(struct exact_window_max *window, size_t number, int64_t value)
{
    while (window->count > 0 && entry(window, window->count - 1)->value <= value)
        window->count--;
    must(window->count < window->capacity);
    *entry(window, window->count++) = (struct exact_window_max_entry){ number, value };
}

int64_t exact_window_max_value(const struct exact_window_max *window)
{
    must(window->count > 0);
    return entry(window, 0)->value;
}
