/*
 * logbook - the last lines of the log, for the log pane, the log page and the events of a deployment.
 *
 * A ring of lines, limited in count and bytes; the oldest lines are dropped first. Line numbers only grow, so a
 * number keeps its line while others come and go. A mark stands for lost lines.
 * Owns copies. Console thread. A line without memory counts as lost.
 */
#ifndef TUI_CONSOLE_LOGBOOK_H
#define TUI_CONSOLE_LOGBOOK_H

#include "engine/snapshot.h"
#include "tui/console/line_pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGBOOK_LINES_MAX 20000
#define LOGBOOK_SIZE_MAX ((size_t)8 << 20)

struct logbook_line {
    struct wall at;
    enum level level;
    enum event_id event; /* EVENT_COUNT: a mark of lost lines */
    const char *id;      /* exact bytes; NULL: concerns no deployment */
    const char *text;
};

struct logbook;

int logbook_create(struct logbook **ret_logbook);
void logbook_destroy(struct logbook *logbook);

/* No line is kept; the numbers go on. */
void logbook_clear(struct logbook *logbook);

/* Adds the lines of a snapshot, after a mark when some were lost. */
void logbook_add(struct logbook *logbook, const struct snapshot *snapshot);

/* Numbers of the lines that are kept: first .. end - 1. */
uint64_t logbook_first(const struct logbook *logbook);
uint64_t logbook_end(const struct logbook *logbook);

/* NULL: no such line (any more, or yet). Valid until the next logbook_add. */
const struct logbook_line *logbook_at(const struct logbook *logbook, uint64_t number);

struct logbook_query {
    enum level level_min;
    const struct line_pattern *pattern; /* NULL: any text */
    const char *id;                     /* exact; NULL: any */
};

/* Of a line that is kept. */
bool logbook_matches(const struct logbook *logbook, uint64_t number,
                     const struct logbook_query *query);

/* The next line that matches, from `from` (included) forwards or backwards; false: none. */
bool logbook_find(const struct logbook *logbook, uint64_t from, bool is_forward,
                  const struct logbook_query *query, uint64_t *ret_number);

#endif
