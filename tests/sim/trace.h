/*
 * trace - sees everything that happens in a life: records it, knows it again by its trace, and accuses whoever breaks
 * a law first.
 *
 *     trace_note    for people: what happened to the deployment that is looked at
 *     trace_mix     for the reconciler: the same life has the same trace
 *     trace_demand  for the laws: only the first that is broken counts
 *
 * Writes breach, records and faults of a result that is borrowed, and nothing else. Calls nobody. Cannot fail.
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

/* Borrows result and clock as long as the life lasts; what is in the result is wiped. */
void trace_init(struct trace *trace, struct run_result *result, const struct surroundings *around,
                const struct run_options *options);

/* Behind the functions below. */
void trace_record(struct trace *trace, const struct record *record);
void trace_accuse(struct trace *trace, struct breach breach, uint32_t site);

/* `site` NOBODY: it is about all. */
static inline void trace_note(struct trace *trace, uint32_t site, enum record_kind kind, int64_t a,
                              int64_t b, int64_t c)
{
    if (trace->focus != NOBODY && (site == NOBODY || site == trace->focus))
        trace_record(trace, &(struct record){ .kind = kind, .a = a, .b = b, .c = c });
}

/* A fault that happens. */
void trace_fault(struct trace *trace, const struct fault *fault);

static inline void trace_mix(struct trace *trace, uint64_t value)
{
    trace->trace = random_mix(trace->trace ^ value) + 1;
}

static inline void trace_check(struct trace *trace, struct breach breach, uint32_t site)
{
    if (breach.law != LAW_NONE)
        trace_accuse(trace, breach, site);
}

static inline void trace_demand(struct trace *trace, bool is_kept, enum law law, uint32_t site,
                                int64_t is, int64_t bound)
{
    if (!is_kept)
        trace_accuse(trace, (struct breach){ law, is, bound }, site);
}

static inline bool trace_has_breach(const struct trace *trace)
{
    return trace->result->breach.law != LAW_NONE;
}

#endif
