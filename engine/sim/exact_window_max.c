#include "engine/sim/exact_window_max.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>

static struct window_max_entry *entry(const struct window_max *window, size_t index)
{
    size_t at = window->first + index;
    return &window->entries[at < window->capacity ? at : at - window->capacity];
}

int window_max_init(struct window_max *window, size_t length)
{
    must(length > 0);
    *window = (struct window_max){ 0 };
    window->entries = heap_alloc(length, sizeof *window->entries);
    if (!window->entries)
        return -ENOMEM;
    window->capacity = length;
    return 0;
}

void window_max_fini(struct window_max *window)
{
    heap_free(window->entries);
    *window = (struct window_max){ 0 };
}

void window_max_begin(struct window_max *window, size_t number)
{
    while (window->count > 0 && entry(window, 0)->number < number) {
        window->first = (window->first + 1) % window->capacity;
        window->count--;
    }
}

void window_max_add(struct window_max *window, size_t number, int64_t value)
{
    while (window->count > 0 && entry(window, window->count - 1)->value <= value)
        window->count--;
    must(window->count < window->capacity);
    *entry(window, window->count++) = (struct window_max_entry){ number, value };
}

int64_t window_max_value(const struct window_max *window)
{
    must(window->count > 0);
    return entry(window, 0)->value;
}
