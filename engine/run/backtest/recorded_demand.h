/*
 * recorded_demand - the busy servers of deployments over time, from the recording of an engine, as traces.
 *
 * One trace for each deployment that matches, if they are at most RECORDED_TRACES_MAX, and one for the sum of all of
 * them, if they are several. Between two statuses demand is linear, also while no engine ran.
 *
 * Reads the recording, contacts nothing. One thread at a time. Errors: ERR_CONFIG, -ENOMEM.
 */
#ifndef ENGINE_RUN_BACKTEST_RECORDED_DEMAND_H
#define ENGINE_RUN_BACKTEST_RECORDED_DEMAND_H

#include "engine/base/error.h"
#include "engine/sim/trace.h"

/* More are only summed up. */
#define RECORDED_TRACES_MAX 100

struct named_trace {
    char *name; /* NULL: not in use any more */
    struct trace trace;
    size_t capacity;
};

struct recorded_demand {
    struct named_trace traces[RECORDED_TRACES_MAX + 1]; /* by id, then the sum */
    size_t count;
};

/* `path` as in recording_place.h; `pattern` NULL: all. At least one trace. */
int recorded_demand_read(const char *path, const char *pattern, struct recorded_demand *ret_demand,
                         struct error *err);
void recorded_demand_fini(struct recorded_demand *demand);

#endif
