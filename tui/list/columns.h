/*
 * columns - the columns of the list: what there are, which fit, what stands in them.
 *
 * From columns.def. Constant but for the layout, which is the caller's. Any thread. Cannot fail.
 */
#ifndef TUI_LIST_COLUMNS_H
#define TUI_LIST_COLUMNS_H

#include "engine/snapshot.h"
#include "tui/draw/canvas.h"
#include "tui/list/attention.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

#define COLUMN(id, ...) COLUMN_##id,
enum column {
#include "tui/list/columns.def"
};
#undef COLUMN
#define COLUMN(id, ...) +1
enum {
    COLUMN_COUNT = 0
#include "tui/list/columns.def"
};
#undef COLUMN

enum column_align { COLUMN_LEFT, COLUMN_RIGHT };

/* What a column sorts by. */
enum column_sort {
    COLUMN_BY_METRIC,
    COLUMN_BY_SIZE, /* of its metric: growing by three needs as much attention as shrinking by three */
    COLUMN_BY_ID,
    COLUMN_BY_SEVERITY, /* state, then size of delta, then of raw */
    COLUMN_BY_REASON,   /* by its name */
    COLUMN_BY_POLICY,   /* by its name */
    COLUMN_BY_ATTENTION /* by the beginning of its entry */
};

struct column_context {
    struct wall now; /* ages are as of then: the snapshot's instant */
    bool is_ascii;
    const struct attention_entry *attention; /* of the row; NULL: none */
    const char *policy;                      /* its name; NULL: not known */
    bool is_all_paused;                      /* the end of its own pause changes nothing */
};

#define COLUMN_WORDS_MAX 64

/* The values of a column that filters know by name. */
struct column_words {
    size_t count; /* at most COLUMN_WORDS_MAX */
    const char *(*name)(size_t value);
    uint64_t (*values)(const struct snapshot_row *row); /* a bit for each value that the row has */
};

struct column_row {
    const char *word;       /* as --sort and the sort menu call it */
    const char *title;      /* not longer than `width` */
    const char *wide_title; /* in a place that is wider than `width`; NULL: the same */
    int width; /* without the space in front; DEPLOYMENT and REASON take some of what is left over */
    int rank;  /* the lower, the longer it stays when the terminal narrows; 0 always stays */
    enum column_align align;
    const char *help; /* a phrase */
    void (*text)(struct text *text, const struct column_row *column, const struct snapshot_row *row,
                 int width, const struct column_context *context);
    enum role (*role)(const struct column_row *column, const struct snapshot_row *row);
    bool (*metric)(const struct snapshot_row *row, int64_t *ret_value); /* NULL: no number */
    bool is_descending; /* when it is first sorted by */
    enum column_sort sort;
    const char *filter; /* the name of its field in filters; NULL: none */
    unsigned places;    /* after the point of a filter's number; more than 0: a share */
    /* A filter compares this share when it is compared with a share; NULL: it has none. */
    bool (*share)(const struct snapshot_row *row, int64_t *ret_ppb);
    /* A filter compares the time since this instant; NULL: the metric. */
    bool (*since)(const struct snapshot_row *row, int64_t *ret_ms);
    const struct column_words *words; /* NULL: a filter compares the metric */
};

const struct column_row *columns_row(enum column column);

/* The column with that name in filters, that word or that title (in any case); NULL: no column in filters has it. */
const struct column_row *columns_find_filter(const char *name);

/* False: no such word; *ret_column untouched. */
bool columns_parse(const char *word, enum column *ret_column);

/* In a place that is so wide the state has its word beside its glyph: "~ unconfirmed". */
#define COLUMNS_STATE_WORD 13

struct column_place {
    enum column column;
    int at; /* first screen column, from the left edge of the list */
    int width;
};

struct column_layout {
    int count;
    struct column_place places[COLUMN_COUNT];
};

/* The title of a column in a place of this width. */
const char *columns_title(enum column column, int width);

/*
 * The columns that fit into so many screen columns, from left to right; DEPLOYMENT takes what is left over (at most
 * 40). The state has its word as soon as that fits and the most important columns do. Screen column 0 is that of the
 * cursor's mark. In the attention view, SINCE has the rank after that of DELTA.
 */
void columns_fit(int columns, bool is_attention, struct column_layout *ret_layout);

/*
 * Scrolled sideways. 0: columns_fit. From 1 on ranks say nothing: behind DEPLOYMENT the columns stand in their order,
 * as many as fit, without the first `skipped - 1` of them; the last one always stays.
 */
void columns_fit_sideways(int columns, int skipped, bool is_attention,
                          struct column_layout *ret_layout);

/* How far one can scroll sideways, so that the last column shows; 0: all of them fit. */
int columns_skipped_max(int columns, bool is_attention);

#define COLUMN_TEXT_SIZE 512

/* What stands in a column of a row, as UTF-8 that takes at most `width` columns (ids are cut in the middle). */
void columns_text(enum column column, const struct snapshot_row *row, int width,
                  const struct column_context *context, char ret_text[COLUMN_TEXT_SIZE]);

/* The role of that text, and of a whole row by its state. */
enum role columns_role(enum column column, const struct snapshot_row *row);
enum role columns_state_role(enum state state);

#endif
