/*
 * pass_times - when the last passes began: the timestamps of the samples in the histories of all deployments.
 *
 * One value for all deployments, since a sample belongs to a pass number. Zeroed memory is empty. Cannot fail.
 */
#ifndef ENGINE_CORE_PASS_TIMES_H
#define ENGINE_CORE_PASS_TIMES_H

#include "engine/base/clock.h"
#include "engine/core/history.h"

#include <stdint.h>

struct pass_times {
    uint32_t last_pass; /* 0: none yet */
    struct mono began[HISTORY_LENGTH];
};

/* Pass numbers increase by one; times never decrease. */
static inline void pass_times_put(struct pass_times *times, uint32_t pass, struct mono began)
{
    times->last_pass = pass;
    times->began[pass % HISTORY_LENGTH] = began;
}

/* MONO_NEVER: not one of the last HISTORY_LENGTH passes. */
static inline struct mono pass_time(const struct pass_times *times, uint32_t pass)
{
    if (pass == 0 || pass > times->last_pass || times->last_pass - pass >= HISTORY_LENGTH)
        return MONO_NEVER;
    return times->began[pass % HISTORY_LENGTH];
}

#endif
