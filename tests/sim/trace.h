/*
 * trace - records the events of a run, computes its hash, and keeps the first broken invariant.
 *
 *     trace_note     records an event of the deployment in focus, for the report
 *     trace_mix      adds a value to the hash; equal runs have equal hashes
 *     trace_require  checks an invariant; only the first broken one is kept
 *
 * Writes breach, records and faults of a borrowed result. Calls nothing else. Cannot fail.
 */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include "engine/base/random.h"
#include "tests/sim/run_options.h"

struct trace {
    struct run_result *result;
    const struct surroundings *around; /* the clock */
    int64_t begin_ms;
    int64_t step;
    uint32_t focus;
    bool is_listing_faults;
    uint64_t trace;
};

/* Borrows result and clock until the end of the run. Clears the result. */
void trace_init(struct trace *trace, struct run_result *result, const struct surroundings *around,
                const struct run_options *options);

/* Implementation of the functions below. */
void trace_record(struct trace *trace, const struct record *record);
void trace_breach(struct trace *trace, struct breach breach, uint32_t site);

/* `site` is SITE_NONE for an event of all deployments. */
static inline void trace_note(struct trace *trace, uint32_t site, enum record_kind kind, int64_t a,
                              int64_t b, int64_t c)
{
    if (trace->focus != SITE_NONE && (site == SITE_NONE || site == trace->focus))
        trace_record(trace, &(struct record){ .kind = kind, .a = a, .b = b, .c = c });
}

/* Records a fault that happens. */
void trace_fault(struct trace *trace, const struct fault *fault);

static inline void trace_mix(struct trace *trace, uint64_t value)
{
    trace->trace = random_mix(trace->trace ^ value) + 1;
}

static inline void trace_check(struct trace *trace, struct breach breach, uint32_t site)
{
    if (breach.law != LAW_NONE)
        trace_breach(trace, breach, site);
}

static inline void trace_require(struct trace *trace, bool is_kept, enum law law, uint32_t site,
                                 int64_t is, int64_t bound)
{
    if (!is_kept)
        trace_breach(trace, (struct breach){ law, is, bound }, site);
}

static inline bool trace_has_breach(const struct trace *trace)
{
    return trace->result->breach.law != LAW_NONE;
}

#endif
