/*
 * logbook - the last lines of the log, for the tail, the log view and a deployment's own events.
 *
 * A ring of lines with a bound on count and bytes: the oldest go first. Lines have numbers that only grow, so that a
 * position survives what comes and goes. Lost lines leave a line that says so.
 * Owns copies. Console thread. A line for which there is no memory is counted as lost.
 */
#ifndef TUI_CONSOLE_LOGBOOK_H
#define TUI_CONSOLE_LOGBOOK_H

#include "engine/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGBOOK_LINES_MAX 20000
#define LOGBOOK_SIZE_MAX ((size_t)8 << 20)

struct logbook_line {
    struct wall at;
    enum level level;
    enum event_id event; /* EVENT_COUNT: a mark of lost lines */
    const char *id;      /* exact bytes; NULL: about no deployment */
    const char *text;
};

struct logbook;

int logbook_create(struct logbook **ret_logbook);
void logbook_destroy(struct logbook *logbook);

/* What a snapshot brings: its lines, and a mark before them when some were lost. */
void logbook_add(struct logbook *logbook, const struct snapshot *snapshot);

/* Numbers of the lines that are there: first .. end - 1. */
uint64_t logbook_first(const struct logbook *logbook);
uint64_t logbook_end(const struct logbook *logbook);

/* NULL: not there (any more, or yet). Lives until the next logbook_add. */
const struct logbook_line *logbook_at(const struct logbook *logbook, uint64_t number);

struct logbook_query {
    enum level level_min;
    const char *text; /* contained, whatever the (ASCII) case; NULL or "": any */
    const char *id;   /* exact; NULL: any */
};

bool logbook_matches(const struct logbook_line *line, const struct logbook_query *query);

/* The next line that matches from `from` on, forwards or backwards, `from` included; false: none. */
bool logbook_find(const struct logbook *logbook, uint64_t from, bool is_forward,
                  const struct logbook_query *query, uint64_t *ret_number);

#endif
