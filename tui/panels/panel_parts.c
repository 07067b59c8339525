#include "tui/panels/panel.h"

#include "tui/draw/glyph.h"

#include <string.h>

/* A first part that does not fit ends with a mark. */
void panel_put_parts(struct canvas *canvas, struct area row, enum role role, const char *text)
{
    size_t whole = strlen(text);
    size_t length = whole;
    while (length > 0 && glyph_columns(text, length, canvas->is_ascii) > row.columns)
        do
            length--;
        while (length > 0 && text[length] != ';');
    canvas_put_bytes(canvas, row, 0, 0, role, text, length > 0 ? length : strcspn(text, ";"));
    if (length == 0 && row.columns > 0)
        canvas_put(canvas, row, row.columns - 1, 0, role, "~");
}
