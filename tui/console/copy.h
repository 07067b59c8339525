/*
 * copy - a row and an explanation as plain text, for the clipboard, for a file and for the linear console.
 *
 * Lines end with '\n', the last one too. Ids and texts of the API are escaped where they are not printable. Pure.
 */
#ifndef TUI_CONSOLE_COPY_H
#define TUI_CONSOLE_COPY_H

#include "engine/snapshot.h"
#include "tui/list/columns.h"

/* "eu-1: held, hosts 12, want 14, ...": the fields have the names of the columns. */
void copy_row(struct text *text, const struct snapshot_row *row,
              const struct column_context *context);

/* The row, then one step of the decision a line, then the error. */
void copy_explanation(struct text *text, const struct snapshot_row *row,
                      const struct snapshot_detail *detail, const struct column_context *context);

#endif
