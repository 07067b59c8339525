/*
 * feed_fixture - a heap that fails on request, and commands that are known by their number.
 *
 * Include it in one .c file of a test: it defines the heap_* functions, so the linker does not take the archive's. Each
 * thread has its own counters.
 */
#ifndef TESTS_SUPPORT_FEED_FIXTURE_H
#define TESTS_SUPPORT_FEED_FIXTURE_H

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/random.h"
#include "engine/view/feed_source.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- a heap that fails on request ----------------------------------------------------------------------------- */

/* For each thread, because the two sides of a feed allocate and free at the same time. */
static _Thread_local struct {
    int64_t live_count;
    bool is_failing;
    int64_t succeed_count; /* allocations that still succeed before it fails */
} heap;

static inline void *heap_give(void *memory)
{
    heap.live_count += memory != NULL;
    return memory;
}

void *heap_alloc(size_t count, size_t size)
{
    if (size_mul(count, size) > PTRDIFF_MAX || (heap.is_failing && heap.succeed_count == 0))
        return NULL;
    heap.succeed_count -= heap.is_failing;
    return heap_give(calloc(count, size));
}

void *heap_resize(void *old, size_t count, size_t size)
{
    (void)old;
    (void)count;
    (void)size;
    return NULL;
}

char *heap_copy_text(const char *text, size_t length)
{
    char *copy = heap_alloc(size_add(length, 1), 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

void heap_free(void *memory)
{
    heap.live_count -= memory != NULL;
    free(memory);
}

void heap_trim(void)
{
}

static inline void heap_fail_after(int64_t successes)
{
    heap.is_failing = true;
    heap.succeed_count = successes;
}

static inline void heap_work(void)
{
    heap.is_failing = false;
}

/* --- commands that are known by their number ------------------------------------------------------------------- */

/* Every byte of every member is in use, so that truncated or mixed data is detected. */
static inline struct command command_of(uint32_t serial)
{
    struct command command = {
        .kind = (enum command_kind)(serial % COMMAND_COUNT),
        .serial = serial,
        .slot = (uint32_t)random_mix(serial),
        .delta = (int32_t)(serial % 2001) - 1000,
        .is_forced = serial % 3 == 0,
    };
    for (size_t i = 0; i + 1 < sizeof command.id; i++)
        command.id[i] = (char)('!' + (serial + i) % 90);
    return command;
}

static inline bool is_command(const struct command *command, uint32_t serial)
{
    struct command expected = command_of(serial);
    return command->kind == expected.kind && command->serial == expected.serial &&
           command->slot == expected.slot && command->delta == expected.delta &&
           command->is_forced == expected.is_forced &&
           memcmp(command->id, expected.id, sizeof command->id) == 0;
}

/* The sender owns its command again after the call. */
static inline int send_and_spoil(struct feed *feed, uint32_t serial)
{
    struct command command = command_of(serial);
    int failed = feed_send(feed, &command);
    memset(&command, 0xee, sizeof command);
    return failed;
}

#endif
