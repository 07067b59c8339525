#include "tui/console/copy.h"

#include "engine/base/text.h"
#include "tui/draw/glyph.h"

#include <string.h>

#define CELL_COLUMNS 60
#define LINE_SIZE 1024

/* As the canvas would show it. */
static void add_printable(struct text *text, const char *bytes, bool is_ascii)
{
    size_t length = strlen(bytes);
    while (length > 0) {
        struct glyph glyph;
        glyph_next(bytes, length, is_ascii, &glyph);
        if (glyph.instead[0])
            text_add(text, glyph.instead);
        else if (glyph.width > 0 || !is_ascii)
            text_add_bytes(text, bytes, glyph.size);
        bytes += glyph.size;
        length -= glyph.size;
    }
}

void copy_row(struct text *text, const struct snapshot_row *row,
              const struct column_context *context)
{
    static const enum column columns[] = { COLUMN_HOSTS, COLUMN_PENDING,  COLUMN_WANT,
                                           COLUMN_FREE,  COLUMN_FREE_PCT, COLUMN_TARGET,
                                           COLUMN_DELTA, COLUMN_REASON };
    add_printable(text, row->name->shown, context->is_ascii);
    text_addf(text, ": %s", state_row(row->state)->name);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        char cell[COLUMN_TEXT_SIZE];
        columns_text(columns[i], row, CELL_COLUMNS, context, cell);
        if (cell[0] == '\0')
            continue;
        text_addf(text, ", %s ", columns_row(columns[i])->word);
        add_printable(text, cell, context->is_ascii);
    }
    text_add_char(text, '\n');
}

void copy_explanation(struct text *text, const struct snapshot_row *row,
                      const struct snapshot_detail *detail, const struct column_context *context)
{
    copy_row(text, row, context);
    for (size_t i = 0; i < detail->step_count; i++) {
        char storage[LINE_SIZE];
        struct text line;
        text_init(&line, storage, sizeof storage);
        explanation_add(&line, &detail->steps[i]);
        add_printable(text, storage, context->is_ascii);
        text_add_char(text, '\n');
    }
    if (detail->failure[0] == '\0')
        return;
    text_add(text, "error: ");
    add_printable(text, detail->failure, context->is_ascii);
    text_add_char(text, '\n');
}
