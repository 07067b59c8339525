#include "engine/core/byte_walk.h"

#include "engine/base/arith.h"

#define AGE_MS_MAX ((int64_t)1 << 50)

void byte_walk_write(struct byte_walk *walk, void *bytes, size_t size, struct mono now)
{
    *walk = (struct byte_walk){ .written = bytes, .size = size, .now = now };
}

void byte_walk_read(struct byte_walk *walk, const void *bytes, size_t size, struct mono now,
                    int64_t age_ms)
{
    *walk = (struct byte_walk){ .read = bytes,
                                .size = size,
                                .now = { now.ms - clamp_i64(age_ms, 0, AGE_MS_MAX) } };
}

bool byte_walk_is_whole(const struct byte_walk *walk)
{
    return !walk->is_bad && walk->at == walk->size;
}

static void walk_byte(struct byte_walk *walk, uint8_t *byte)
{
    if (walk->at == walk->size) {
        walk->is_bad = true;
        *byte = walk->read ? 0 : *byte;
        return;
    }
    if (walk->read)
        *byte = walk->read[walk->at++];
    else
        walk->written[walk->at++] = *byte;
}

static void write_bits(struct byte_walk *walk, uint64_t bits)
{
    for (; bits >= 0x80; bits >>= 7) {
        uint8_t byte = (uint8_t)(bits | 0x80);
        walk_byte(walk, &byte);
    }
    uint8_t last = (uint8_t)bits;
    walk_byte(walk, &last);
}

/* Only the shortest form is good. */
static uint64_t read_bits(struct byte_walk *walk)
{
    uint64_t bits = 0;
    uint8_t byte = 0x80;
    int shift = 0;
    for (; (byte & 0x80) && shift < 64; shift += 7) {
        walk_byte(walk, &byte);
        bits |= (uint64_t)(byte & 0x7f) << shift;
        walk->is_bad |= shift == 63 && byte > 1;
    }
    walk->is_bad |= byte == 0 && shift > 7;
    return walk->is_bad ? 0 : bits;
}

static uint64_t bits_of(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t value_of(uint64_t bits)
{
    return (int64_t)(bits >> 1 ^ (bits & 1 ? UINT64_MAX : 0));
}

void walk_whole(struct byte_walk *walk, int64_t *value, int64_t least, int64_t most)
{
    if (!walk->read) {
        write_bits(walk, bits_of(*value));
        return;
    }
    int64_t read = value_of(read_bits(walk));
    walk->is_bad |= read < least || read > most;
    *value = walk->is_bad ? least : read;
}

void walk_i32(struct byte_walk *walk, int32_t *value, int32_t least)
{
    int64_t whole = *value;
    walk_whole(walk, &whole, least, INT32_MAX);
    *value = (int32_t)whole;
}

void walk_u8(struct byte_walk *walk, uint8_t *value, uint8_t most)
{
    int64_t whole = *value;
    walk_whole(walk, &whole, 0, most);
    *value = (uint8_t)whole;
}

void walk_u16(struct byte_walk *walk, uint16_t *value)
{
    int64_t whole = *value;
    walk_whole(walk, &whole, 0, UINT16_MAX);
    *value = (uint16_t)whole;
}

void walk_u64(struct byte_walk *walk, uint64_t *value)
{
    if (walk->read)
        *value = read_bits(walk);
    else
        write_bits(walk, *value);
}

void walk_flags(struct byte_walk *walk, bool *const *flags, size_t count)
{
    uint8_t byte = 0;
    for (size_t i = 0; i < count; i++)
        byte |= (uint8_t)(*flags[i] << i);
    walk_byte(walk, &byte);
    walk->is_bad |= byte >> count != 0;
    for (size_t i = 0; i < count; i++)
        *flags[i] = !walk->is_bad && (byte >> i & 1);
}

void walk_instant(struct byte_walk *walk, struct mono *at)
{
    struct mono now = walk->now;
    int64_t age_ms =
        walk->read ? 0 : now.ms - clamp_i64(at->ms, now.ms - AGE_MS_MAX, now.ms + AGE_MS_MAX);
    walk_whole(walk, &age_ms, -AGE_MS_MAX, AGE_MS_MAX);
    if (walk->read)
        at->ms = walk->now.ms - age_ms;
}

void walk_instant_or(struct byte_walk *walk, struct mono *at, struct mono none)
{
    bool is_set = at->ms != none.ms;
    walk_flags(walk, (bool *const[]){ &is_set }, 1);
    if (is_set)
        walk_instant(walk, at);
    else
        *at = none;
    /* The clock of now may start where the other one ended. */
    if (is_set && at->ms == none.ms)
        at->ms--;
}

void walk_seconds(struct byte_walk *walk, uint32_t *at_s)
{
    struct mono at = { (int64_t)*at_s * 1000 };
    walk_instant(walk, &at);
    if (walk->read)
        *at_s = (uint32_t)clamp_i64(ceil_div(at.ms, 1000), 0, UINT32_MAX);
}
