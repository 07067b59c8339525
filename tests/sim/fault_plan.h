/*
 * fault_plan - which faults happen, and what is drawn beside them: what kind, how many, how long.
 *
 * Looked up by deployment, family and number, never drawn in turn: a fault that is left out changes no other one.
 * Owns the table of faults that are cancelled. Tells the trace of each fault that happens; calls nobody else.
 * Without memory for the table the life does not begin.
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

/* Borrows plan, options and trace as long as the life lasts. */
void fault_plan_init(struct fault_plan *fault_plan, const struct plan *plan,
                     const struct run_options *options, struct trace *trace);
void fault_plan_fini(struct fault_plan *fault_plan);

/* No fault from now on. */
void fault_plan_turn(struct fault_plan *fault_plan);

/* May there be faults of this family at all? */
static inline bool fault_plan_has(const struct fault_plan *fault_plan, enum family family)
{
    return fault_plan->permille[family] > 0;
}

/* Behind fault_plan_strikes. */
bool fault_plan_draw(struct fault_plan *fault_plan, uint32_t site, enum family family,
                     uint64_t number);

/* Does this fault happen? `site`: NOBODY for what happens to all. To be asked once for each. */
static inline bool fault_plan_strikes(struct fault_plan *fault_plan, uint32_t site,
                                      enum family family, uint64_t number)
{
    return fault_plan_has(fault_plan, family) && fault_plan_draw(fault_plan, site, family, number);
}

/* Evenly from 0 to bound - 1, beside the fault itself. */
int64_t fault_plan_below(const struct fault_plan *fault_plan, uint32_t site, enum family family,
                         uint64_t number, int64_t bound);

#endif
