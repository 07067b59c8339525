/*
 * explain - the parts of an explanation's page; panel_explain.c puts them below each other.
 *
 * Each part adds lines to the scroll_text. `detail` is the engine's explanation, NULL until it was received. Without
 * a canvas lines are only counted. Console thread. Cannot fail.
 */
#ifndef TUI_PANELS_EXPLAIN_H
#define TUI_PANELS_EXPLAIN_H

#include "tui/console/console_state.h"
#include "tui/draw/scroll_text.h"

#define EXPLAIN_LABEL_COLUMN 1
#define EXPLAIN_LABEL_COLUMNS 9
#define EXPLAIN_TEXT_COLUMN 11
#define EXPLAIN_LINE_SIZE 512

/* The label of the current line; a text behind the label, and the next line. */
void explain_put_label(struct scroll_text *scroll, const char *label);
void explain_put_line(struct scroll_text *scroll, enum role role, const char *line);

/* "ok", "MORE", "CUT", "HELD", and its role. */
const char *explain_verdict_word(enum verdict verdict);
enum role explain_verdict_role(enum verdict verdict);

/* Is the status from which its numbers come old? One that left the list gets no other. */
bool explain_is_old(const struct console *console, const struct snapshot_row *row);

/* What is wrong and since when, the error, the rule that limits, what comes next, what can be done. */
void explain_put_verdict(const struct console *console, struct scroll_text *scroll,
                         const struct snapshot_row *row, const struct snapshot_detail *detail);

/* Busy servers, capacity, desired capacity and target over the last passes. */
void explain_put_chart(struct scroll_text *scroll, const struct snapshot_engine *engine,
                       const struct snapshot_row *row, const struct snapshot_detail *detail);
#define EXPLAIN_CHART_COLUMNS (EXPLAIN_TEXT_COLUMN + SNAPSHOT_HISTORY_LENGTH + 7)

#endif
