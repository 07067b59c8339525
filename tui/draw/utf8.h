/*
 * utf8 - encodes a code point as bytes: the reverse of utf8_decode.
 *
 * Any thread. Cannot fail.
 */
#ifndef TUI_DRAW_UTF8_H
#define TUI_DRAW_UTF8_H

#include "engine/base/panic.h"

#include <stddef.h>
#include <stdint.h>

#define UTF8_SIZE_MAX 4

/* Writes 1 to 4 bytes without a NUL and returns their number. `code_point` must be a Unicode character. */
static inline size_t utf8_encode(uint32_t code_point, char ret_bytes[UTF8_SIZE_MAX])
{
    must(code_point <= 0x10ffff);
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    if (size == 1) {
        ret_bytes[0] = (char)code_point;
        return 1;
    }
    for (size_t i = size - 1; i > 0; i--, code_point >>= 6)
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3f));
    ret_bytes[0] = (char)((0xf00u >> size & 0xf0) | code_point);
    return size;
}

#endif
