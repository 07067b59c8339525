/*
 * fault_plan - which faults happen, and their random values: kind, number of hosts, duration.
 *
 * Values are looked up by deployment, family and number, not drawn in sequence. A fault that is left out changes no
 * other fault. Owns the table of cancelled faults. Reports each fault that happens to the trace; calls nothing else.
 * A must() fails when there is no memory for the table.
 */
#ifndef TESTS_SIM_FAULT_PLAN_H
#define TESTS_SIM_FAULT_PLAN_H

#include "tests/sim/trace.h"

struct fault_plan {
    const struct plan *plan;
    const struct run_options *options;
    struct trace *trace;
    int32_t permille[FAMILY_COUNT];
    uint64_t *cancelled; /* open addressing, 0: none; NULL: no fault is cancelled */
};

/* Borrows plan, options and trace until the end of the run. */
void fault_plan_init(struct fault_plan *fault_plan, const struct plan *plan,
                     const struct run_options *options, struct trace *trace);
void fault_plan_fini(struct fault_plan *fault_plan);

/* No fault from now on. */
void fault_plan_end(struct fault_plan *fault_plan);

/* Can faults of this family happen in this run? */
static inline bool fault_plan_has(const struct fault_plan *fault_plan, enum family family)
{
    return fault_plan->permille[family] > 0;
}

/* May a status of the past be reported after a newer one? */
static inline bool fault_plan_has_old_statuses(const struct fault_plan *fault_plan)
{
    return fault_plan_has(fault_plan, FAMILY_STALE) || fault_plan_has(fault_plan, FAMILY_BELATED) ||
           fault_plan_has(fault_plan, FAMILY_MOVED);
}

/* Implementation of fault_plan_happens. */
bool fault_plan_draw(struct fault_plan *fault_plan, uint32_t site, enum family family,
                     uint64_t number);

/* Does this fault happen? `site` is SITE_NONE for faults of all deployments. Call once for each fault. */
static inline bool fault_plan_happens(struct fault_plan *fault_plan, uint32_t site,
                                      enum family family, uint64_t number)
{
    return fault_plan_has(fault_plan, family) && fault_plan_draw(fault_plan, site, family, number);
}

/* A uniform value from 0 to bound - 1, independent of the decision that the fault happens. */
int64_t fault_plan_below(const struct fault_plan *fault_plan, uint32_t site, enum family family,
                         uint64_t number, int64_t bound);

#endif
