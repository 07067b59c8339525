#include "engine/sim/agenda.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>

static void swap(int64_t *a, int64_t *b)
{
    int64_t held = *a;
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
    int64_t *moments_ms = heap_resize(agenda->moments_ms, wanted, sizeof *moments_ms);
    if (!moments_ms)
        return -ENOMEM;
    agenda->moments_ms = moments_ms;
    agenda->capacity = (uint32_t)wanted;
    return 0;
}

void agenda_add(struct agenda *agenda, int64_t due_ms)
{
    must(agenda->count < agenda->capacity);
    int64_t *moments_ms = agenda->moments_ms;
    uint32_t index = agenda->count++;
    moments_ms[index] = due_ms;
    for (; index > 0 && moments_ms[index] < moments_ms[(index - 1) / 2]; index = (index - 1) / 2)
        swap(&moments_ms[index], &moments_ms[(index - 1) / 2]);
}

static void sink(int64_t *moments_ms, uint32_t count, uint32_t index)
{
    for (;;) {
        uint32_t least = index;
        for (uint32_t child = 2 * index + 1; child <= 2 * index + 2 && child < count; child++)
            if (moments_ms[child] < moments_ms[least])
                least = child;
        if (least == index)
            return;
        swap(&moments_ms[index], &moments_ms[least]);
        index = least;
    }
}

bool agenda_take_due(struct agenda *agenda, int64_t now_ms)
{
    if (agenda->count == 0 || agenda->moments_ms[0] > now_ms)
        return false;
    agenda->moments_ms[0] = agenda->moments_ms[--agenda->count];
    sink(agenda->moments_ms, agenda->count, 0);
    return true;
}

/*
 * The earliest moment moves to the end of the unsorted part. So the order is descending, and is reversed at the end.
 */
static void sort(int64_t *moments_ms, uint32_t count)
{
    for (uint32_t unsorted = count; unsorted > 1; unsorted--) {
        swap(&moments_ms[0], &moments_ms[unsorted - 1]);
        sink(moments_ms, unsorted - 1, 0);
    }
    for (uint32_t i = 0; i < count / 2; i++)
        swap(&moments_ms[i], &moments_ms[count - 1 - i]);
}

void agenda_forget_latest(struct agenda *agenda, size_t count)
{
    must(count <= agenda->count);
    if (0 < count && count < agenda->count)
        sort(agenda->moments_ms, agenda->count); /* sorted, it is a heap as well */
    agenda->count -= (uint32_t)count;
}

void agenda_fini(struct agenda *agenda)
{
    heap_free(agenda->moments_ms);
    *agenda = (struct agenda){ 0 };
}
