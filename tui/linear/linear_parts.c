#include "tui/linear/linear_parts.h"

#include "engine/base/text.h"
#include "tui/draw/glyph.h"

#include <stdarg.h>

void linear_say_bytes(const struct linear *linear, const char *bytes, size_t length)
{
    char storage[LINEAR_TEXT_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    while (length > 0) {
        struct glyph glyph;
        glyph_next(bytes, length, linear->output.is_ascii, &glyph);
        if (glyph.instead[0])
            text_add(&line, glyph.instead);
        else if (glyph.width > 0 || !linear->output.is_ascii)
            text_add_bytes(&line, bytes, glyph.size);
        bytes += glyph.size;
        length -= glyph.size;
    }
    linear->output.say(linear->output.context, storage);
}

void linear_say(const struct linear *linear, const char *format, ...)
{
    char storage[LINEAR_TEXT_SIZE];
    struct text text;
    va_list args;
    text_init(&text, storage, sizeof storage);
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
    linear_say_bytes(linear, text.data, text.length);
}
