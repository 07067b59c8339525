/*
 * check_report - what was found about an API, as lines for people or as one JSON document.
 *
 * Writes to a stream, which removes the token (past_output.h). Foreign text is escaped. The caller checks the stream.
 */
#ifndef ENGINE_RUN_CHECK_CHECK_REPORT_H
#define ENGINE_RUN_CHECK_CHECK_REPORT_H

#include "engine/check/check_verdicts.h"
#include "engine/config/config_data.h"

#include <stdio.h>

struct check_summary {
    const char *url;
    const char *unreached; /* why nothing was judged; NULL: it was reached */
    size_t listed;         /* usable deployments */
    const struct check_verdicts *verdicts;
};

void check_report_print(const struct check_summary *summary, enum output_format format, FILE *out);

#endif
