/*
 * past_output - where text about what was recorded is printed: to a stream, without the token of the configuration.
 *
 * An API that repeats the token in an id is recorded as it was. One thread.
 */
#ifndef ENGINE_RUN_PAST_PAST_OUTPUT_H
#define ENGINE_RUN_PAST_PAST_OUTPUT_H

#include "engine/base/redaction.h"
#include "engine/config/config_data.h"

#include <stdio.h>

struct past_output {
    FILE *stream;                /* to print to */
    struct redaction *redaction; /* NULL: there is no token */
};

/* The other stream lives longer. -ENOMEM. */
int past_output_open(const struct config *config, FILE *to, struct past_output *ret_output,
                     struct error *err);

/* Prints what is left; `err`: the sentence of an error, from which the token is removed; NULL: there is none. */
void past_output_close(struct past_output *output, struct error *err);

#endif
