/*
 * columns - the columns of the list: what there are, which fit, what stands in them.
 *
 * From columns.def. Constant but for the layout, which is the caller's. Any thread. Cannot fail.
 */
#ifndef TUI_LIST_COLUMNS_H
#define TUI_LIST_COLUMNS_H

#include "engine/snapshot.h"
#include "tui/draw/canvas.h"

#include <stdbool.h>

enum column {
#define COLUMN(id, word, title, width, rank, align, direction, help) COLUMN_##id,
#include "tui/list/columns.def"
#undef COLUMN
};
#define COLUMN(id, word, title, width, rank, align, direction, help) +1
enum {
    COLUMN_COUNT = 0
#include "tui/list/columns.def"
};
#undef COLUMN

enum column_align { COLUMN_LEFT, COLUMN_RIGHT };

struct column_row {
    const char *word;
    const char *title;
    int width;
    int rank;
    enum column_align align;
    bool is_descending; /* at first */
    const char *help;   /* a phrase */
};

const struct column_row *column_row(enum column column);

/* False: no such word; *ret_column untouched. */
bool column_parse(const char *word, enum column *ret_column);

struct column_place {
    enum column column;
    int at; /* first screen column, from the left edge of the list */
    int width;
};

struct column_layout {
    int count;
    struct column_place places[COLUMN_COUNT];
};

/*
 * The columns that fit into so many screen columns, from left to right; DEPLOYMENT takes what is left over (at most
 * 40). Screen column 0 is that of the cursor's mark.
 */
void columns_fit(int columns, struct column_layout *ret_layout);

/*
 * Scrolled sideways. 0: columns_fit. From 1 on ranks say nothing: behind DEPLOYMENT the columns stand in their order,
 * as many as fit, without the first `skipped - 1` of them; the last one always stays.
 */
void columns_fit_sideways(int columns, int skipped, struct column_layout *ret_layout);

/* How far one can scroll sideways, so that the last column shows; 0: all of them fit. */
int columns_skipped_max(int columns);

#define COLUMN_TEXT_SIZE 512

struct column_context {
    struct wall now; /* ages are as of then: the snapshot's instant */
    bool is_ascii;
};

/* What stands in a column of a row, as UTF-8 that takes at most `width` columns (ids are cut in the middle). */
void column_text(enum column column, const struct snapshot_row *row, int width,
                 const struct column_context *context, char ret_text[COLUMN_TEXT_SIZE]);

/* The role of that text, and of a whole row by its state. */
enum role column_role(enum column column, const struct snapshot_row *row);
enum role state_role(enum state state);

#endif
