/*
 * byte_walk - writes values into bytes, or reads them back: one walk over a structure does both.
 *
 * Whole numbers take as few bytes as they need (seven bits in each, the lowest first; the sign is the lowest bit), so
 * the bytes are the same on every machine. An instant is written as its age, and read as an instant of the clock of
 * then: ages go on while nothing runs.
 *
 * What is read may have been damaged: a value out of its range, or an end too early, sets `is_bad`, and every later
 * value reads as its smallest. Borrows the bytes. One thread at a time. Cannot fail otherwise.
 */
#ifndef ENGINE_CORE_BYTE_WALK_H
#define ENGINE_CORE_BYTE_WALK_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_walk {
    uint8_t *written;    /* NULL: reads */
    const uint8_t *read; /* NULL: writes */
    size_t size;
    size_t at;       /* bytes written or read */
    struct mono now; /* of writing; when reading: the same moment by the clock of now */
    bool is_bad;
};

void byte_walk_write(struct byte_walk *walk, void *bytes, size_t size, struct mono now);

/* They were written `age_ms` ago. */
void byte_walk_read(struct byte_walk *walk, const void *bytes, size_t size, struct mono now,
                    int64_t age_ms);

/* Read to the last byte, and nothing was wrong. */
bool byte_walk_is_whole(const struct byte_walk *walk);

void walk_whole(struct byte_walk *walk, int64_t *value, int64_t least, int64_t most);
void walk_i32(struct byte_walk *walk, int32_t *value, int32_t least);
void walk_u8(struct byte_walk *walk, uint8_t *value, uint8_t most);
void walk_u16(struct byte_walk *walk, uint16_t *value);
void walk_u64(struct byte_walk *walk, uint64_t *value);

/* `count` flags, at most 8, in one byte. */
void walk_flags(struct byte_walk *walk, bool *const *flags, size_t count);

/* Any instant; one where `none` has a meaning of its own, and is none; one of whole seconds, not before 0. */
void walk_instant(struct byte_walk *walk, struct mono *at);
void walk_instant_or(struct byte_walk *walk, struct mono *at, struct mono none);
void walk_seconds(struct byte_walk *walk, uint32_t *at_s);

#endif
