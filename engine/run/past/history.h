/*
 * history - decisions, scale requests and overrides from the journal, the newest last, as a table or as JSON.
 *
 * Reads the state of the configured API, also while an engine uses it; contacts nothing, changes nothing. Foreign text
 * is escaped. Any thread. Errors have a sentence: ERR_CONFIG, ERR_USAGE: there is no state; -ENOENT: nothing was
 * recorded; else those of journal_file.h. The caller checks the stream for errors.
 */
#ifndef ENGINE_RUN_PAST_HISTORY_H
#define ENGINE_RUN_PAST_HISTORY_H

#include "engine/config/config_data.h"

#include <stdbool.h>
#include <stdio.h>

struct history_query {
    const char *match; /* an id; "": all */
    bool is_pattern;   /* or a shell pattern */
    struct wall since;
    struct wall until;
    int64_t limit; /* the newest rows; -1: all */
};

/* Of the journal at this path. Errors as below. */
int history_print(const char *path, const char *identity, const struct history_query *query,
                  enum output_format format, FILE *out, struct error *err);

/* -ENXIO: nothing was recorded of the deployment that was asked for; the sentence names others. */
int history_run(const struct config *config, struct wall now, FILE *out, struct error *err);

#endif
