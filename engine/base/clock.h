/*
 * clock - two types of instants that the compiler keeps apart.
 *
 * `struct mono` counts milliseconds from an unspecified start and never jumps: for deadlines and ages. `struct wall`
 * is UTC in milliseconds since 1970: for people and files. Durations are plain int64_t ..._ms. Core never calls the
 * *_now functions: time is an argument there.
 *
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_BASE_CLOCK_H
#define ENGINE_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct mono {
    int64_t ms;
};

struct wall {
    int64_t ms;
};

#define MONO_NEVER ((struct mono){ INT64_MAX })

/* "2026-01-02T03:04:05.678Z" and its NUL. */
#define WALL_TEXT_SIZE 25

struct mono mono_now(void);
struct wall wall_now(void);

/* Writes exactly WALL_TEXT_SIZE bytes. */
void wall_format(struct wall at, char ret_text[WALL_TEXT_SIZE]);

/* Saturates at MONO_NEVER instead of wrapping. */
static inline struct mono mono_after(struct mono from, int64_t ms)
{
    int64_t sum;
    if (__builtin_add_overflow(from.ms, ms, &sum))
        sum = ms < 0 ? INT64_MIN : INT64_MAX;
    return (struct mono){ sum };
}

static inline struct mono mono_min(struct mono a, struct mono b)
{
    return a.ms < b.ms ? a : b;
}

#endif
