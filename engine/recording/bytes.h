/*
 * bytes - numbers as bytes: seven bits in each byte, the lowest first; signed ones with the sign in the lowest bit.
 *
 * A writer has room for what is put: BYTES_NUMBER_MAX for a number. A reader never reads beyond its end: then it fails,
 * returns zeros, and stays failed. Borrows the memory. One thread at a time.
 */
#ifndef ENGINE_RECORDING_BYTES_H
#define ENGINE_RECORDING_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_NUMBER_MAX 10

/* Each returns the place behind what was put. */
static inline unsigned char *bytes_put(unsigned char *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *to++ = (unsigned char)value;
    return to;
}

static inline uint64_t bytes_fold(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t bytes_unfold(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

static inline unsigned char *bytes_put_signed(unsigned char *to, int64_t value)
{
    return bytes_put(to, bytes_fold(value));
}

struct byte_reader {
    const unsigned char *next;
    const unsigned char *end;
    bool has_failed;
};

static inline struct byte_reader byte_reader_of(const void *bytes, size_t size)
{
    return (struct byte_reader){ .next = bytes, .end = (const unsigned char *)bytes + size };
}

static inline size_t byte_reader_left(const struct byte_reader *reader)
{
    return (size_t)(reader->end - reader->next);
}

uint64_t byte_reader_number(struct byte_reader *reader);
int64_t byte_reader_signed(struct byte_reader *reader);

/* NULL: there are not so many, or the reader has failed. */
const unsigned char *byte_reader_take(struct byte_reader *reader, uint64_t size);

#endif
