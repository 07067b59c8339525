/*
 * pass - the outcome of one scaling pass: counts for the log, the report and the console.
 *
 * Plain values; zeroed memory means that there was no pass yet. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_PASS_H
#define ENGINE_CORE_PASS_H

#include "engine/base/clock.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stdint.h>

struct pass_summary {
    uint32_t number; /* from 1; 0: none yet */
    bool is_running;
    struct mono started;
    int64_t took_ms; /* of a finished pass */
    int32_t deployments;
    int32_t read;
    int32_t scaled;      /* accepted by the API */
    int32_t would_scale; /* in a dry-run */
    int32_t hosts_added;
    int32_t hosts_removed;
    int32_t held;
    int32_t held_data; /* of those: for bad data */
    int32_t starved;   /* whatever was decided */
    int32_t failed;
    int32_t unconfirmed;
};

/* Counts the outcome of one deployment. A scale counts when the API has accepted it: pass_count_scaled. */
void pass_count(struct pass_summary *pass, enum action action, enum reason reason);
void pass_count_scaled(struct pass_summary *pass, int32_t delta);

#endif
