#include "engine/sim/agenda.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>

/* A moment is its time above its cargo: comparing moments compares times. */
#define CARGO_BITS 8
#define CARGO_MASK 0xffu

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t held = *a;
    *a = *b;
    *b = held;
}

int agenda_reserve(struct agenda *agenda, size_t more)
{
    size_t wanted = agenda->count + more;
    if (wanted <= agenda->capacity)
        return 0;
    if (wanted > UINT32_MAX)
        return -ENOMEM;
    uint64_t *moments = heap_resize(agenda->moments, wanted, sizeof *moments);
    if (!moments)
        return -ENOMEM;
    agenda->moments = moments;
    agenda->capacity = (uint32_t)wanted;
    return 0;
}

void agenda_add(struct agenda *agenda, int64_t due_ms, uint8_t cargo)
{
    must(agenda->count < agenda->capacity);
    must(0 <= due_ms && due_ms < INT64_MAX >> CARGO_BITS);
    uint64_t *moments = agenda->moments;
    uint32_t index = agenda->count++;
    moments[index] = (uint64_t)due_ms << CARGO_BITS | cargo;
    for (; index > 0 && moments[index] < moments[(index - 1) / 2]; index = (index - 1) / 2)
        swap(&moments[index], &moments[(index - 1) / 2]);
}

static void sink(uint64_t *moments, uint32_t count, uint32_t index)
{
    for (;;) {
        uint32_t least = index;
        for (uint32_t child = 2 * index + 1; child <= 2 * index + 2 && child < count; child++)
            if (moments[child] < moments[least])
                least = child;
        if (least == index)
            return;
        swap(&moments[index], &moments[least]);
        index = least;
    }
}

bool agenda_take_due(struct agenda *agenda, int64_t now_ms, uint8_t *ret_cargo)
{
    if (agenda->count == 0 || (int64_t)(agenda->moments[0] >> CARGO_BITS) > now_ms)
        return false;
    *ret_cargo = (uint8_t)(agenda->moments[0] & CARGO_MASK);
    agenda->moments[0] = agenda->moments[--agenda->count];
    sink(agenda->moments, agenda->count, 0);
    return true;
}

/* The earliest goes to the end of what is not sorted yet; so the latest comes first, and all is turned round. */
static void sort(uint64_t *moments, uint32_t count)
{
    for (uint32_t unsorted = count; unsorted > 1; unsorted--) {
        swap(&moments[0], &moments[unsorted - 1]);
        sink(moments, unsorted - 1, 0);
    }
    for (uint32_t i = 0; i < count / 2; i++)
        swap(&moments[i], &moments[count - 1 - i]);
}

void agenda_forget_latest(struct agenda *agenda, size_t count)
{
    must(count <= agenda->count);
    if (0 < count && count < agenda->count)
        sort(agenda->moments, agenda->count); /* which is a heap as well */
    agenda->count -= (uint32_t)count;
}

void agenda_fini(struct agenda *agenda)
{
    heap_free(agenda->moments);
    *agenda = (struct agenda){ 0 };
}
