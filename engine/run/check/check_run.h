/*
 * check_run - judges the API of the configuration and prints what was found (--check-api).
 *
 * Blocks until the check is done. Says on standard error what it waits for, when that takes long.
 */
#ifndef ENGINE_RUN_CHECK_CHECK_RUN_H
#define ENGINE_RUN_CHECK_CHECK_RUN_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"

#include <stdio.h>

struct check_result {
    bool is_reached; /* else *err says why not */
    int broken;
};

/* An error: it could not be checked at all, for a reason of this machine. */
int check_run(const struct config *config, FILE *out, struct check_result *ret_result,
              struct error *err);

#endif
