/*
 * redecide - decides everything that was recorded again, from its recorded input, and compares.
 *
 * Reads a recording, contacts nothing. Any thread. Errors are those of recording_reader.h and recording_place.h.
 */
#ifndef ENGINE_RUN_PAST_REDECIDE_H
#define ENGINE_RUN_PAST_REDECIDE_H

#include "engine/base/error.h"

#include <stdint.h>
#include <stdio.h>

/* More differences are counted, not printed. */
#define REDECIDE_SHOWN_MAX 20

struct redecide_result {
    int64_t passes;
    int64_t decisions;
    int64_t unread;    /* deployments without a status: nothing was decided */
    int64_t different; /* decisions */
    int64_t foreign;   /* with a word that this version of the program does not have */
    int64_t damaged;   /* parts of the recording, which were left out */
};

/* `path` as in recording_place.h; `pattern` NULL: all deployments. */
int redecide_run(const char *path, const char *pattern, FILE *out,
                 struct redecide_result *ret_result, struct error *err);

#endif
