#include "tui/draw/glyph.h"

#include "engine/base/text.h"

#include <limits.h>
#include <wchar.h>

static void stand_in(struct glyph *glyph, const char *instead)
{
    struct text text;
    text_init(&text, glyph->instead, sizeof glyph->instead);
    text_add(&text, instead);
    glyph->width = (int)text.length;
}

static void escape(struct glyph *glyph, const char *bytes)
{
    struct text text;
    text_init(&text, glyph->instead, sizeof glyph->instead);
    if (code_point_is_printable(glyph->code_point))
        text_addf(&text, "\\u{%x}", glyph->code_point);
    else
        text_add_escaped(&text, bytes, glyph->size);
    glyph->width = (int)text.length;
}

void glyph_next(const char *bytes, size_t length, bool is_ascii, struct glyph *ret_glyph)
{
    *ret_glyph = (struct glyph){ .size = 1, .width = 1, .code_point = (unsigned char)bytes[0] };
    if (glyph_is_plain(bytes[0]))
        return;
    uint32_t code_point = 0;
    size_t size = utf8_decode(bytes, length, &code_point);
    ret_glyph->size = size > 0 ? size : 1;
    ret_glyph->code_point = size > 0 ? code_point : 0;
    if (!code_point_is_printable(ret_glyph->code_point)) {
        escape(ret_glyph, bytes);
        return;
    }
    int width = wcwidth((wchar_t)code_point);
    ret_glyph->width = width;
    if (is_ascii && width != 0)
        stand_in(ret_glyph, width == 2 ? "??" : "?");
    else if (width < 0 || width > 2)
        escape(ret_glyph, bytes);
}

int glyph_columns(const char *bytes, size_t length, bool is_ascii)
{
    int columns = 0;
    while (length > 0 && columns < INT_MAX - GLYPH_INSTEAD_SIZE) {
        struct glyph glyph;
        glyph_next(bytes, length, is_ascii, &glyph);
        columns += glyph.width;
        bytes += glyph.size;
        length -= glyph.size;
    }
    return columns;
}
