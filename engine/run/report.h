/*
 * report - the outcome of one pass as a table for people or as one JSON document (the command's --once).
 *
 * Reads the reconciler, writes to a stream, decides nothing. Rows are in the order of discovery. Unknown numbers are
 * "-", in JSON null. Foreign text is escaped, and the token is removed. The caller checks the stream for errors.
 */
#ifndef ENGINE_RUN_REPORT_H
#define ENGINE_RUN_REPORT_H

#include "engine/base/redaction.h"
#include "engine/config/config_data.h"
#include "engine/core/reconciler.h"

#include <stdio.h>

struct report_source {
    const struct reconciler *reconciler;
    const char *api_url;
    struct redaction *redaction; /* for each row; NULL: none */
    bool is_dry_run;
    size_t columns; /* of the terminal for the table; 0: no terminal, ids are not shortened */
    struct wall at;
};

void report_print(const struct report_source *source, enum output_format format, FILE *out);

#endif
