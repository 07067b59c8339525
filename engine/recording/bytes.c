#include "engine/recording/bytes.h"

#define SHIFT_MAX 63

uint64_t byte_reader_number(struct byte_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; !reader->has_failed && reader->next < reader->end; shift += 7) {
        unsigned char byte = *reader->next++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80 && (shift < SHIFT_MAX || byte <= 1))
            return value;
        if (shift == SHIFT_MAX)
            break;
    }
    reader->has_failed = true;
    return 0;
}

int64_t byte_reader_signed(struct byte_reader *reader)
{
    return bytes_unfold(byte_reader_number(reader));
}

const unsigned char *byte_reader_take(struct byte_reader *reader, uint64_t size)
{
    const unsigned char *taken = reader->next;
    if (reader->has_failed || size > byte_reader_left(reader)) {
        reader->has_failed = true;
        return NULL;
    }
    reader->next += size;
    return taken;
}
