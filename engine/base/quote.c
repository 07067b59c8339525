#include "engine/base/quote.h"

#include <stdint.h>
#include <string.h>

#define SHOWN_SIZE_MAX 64 /* of escaped text, before the last character */
#define PATH_TAIL_SIZE 56 /* bytes kept of a long path */

static size_t character_size(const char *bytes, size_t length)
{
    uint32_t code_point;
    size_t size = utf8_decode(bytes, length, &code_point);
    return size > 0 ? size : 1;
}

/* Adds whole characters until SHOWN_SIZE_MAX is passed; returns the number of bytes left out. */
static size_t add_short(struct text *text, const char *bytes, size_t length)
{
    size_t end = text->length + SHOWN_SIZE_MAX;
    while (length > 0 && text->length < end) {
        size_t size = character_size(bytes, length);
        text_add_escaped(text, bytes, size);
        bytes += size;
        length -= size;
    }
    return length;
}

void quote_add(struct text *text, const char *bytes, size_t length)
{
    text_add_char(text, '\'');
    size_t left_out = add_short(text, bytes, length);
    text_add(text, left_out > 0 ? "'..." : "'");
}

void quote_add_path(struct text *text, const char *path)
{
    size_t length = strlen(path);
    if (length > SHOWN_SIZE_MAX) {
        path += length - PATH_TAIL_SIZE;
        /* Do not cut inside a character. */
        while (((unsigned char)*path & 0xc0) == 0x80)
            path++;
        text_add(text, "...");
    }
    if (add_short(text, path, strlen(path)) > 0)
        text_add(text, "...");
}
