/*
 * luck - which faults happen, and what is drawn beside them: what kind, how many, how long.
 *
 * Looked up by deployment, family and number, never drawn in turn: a fault that is left out changes no other one.
 * Owns the table of faults that are cancelled. Tells the witness of each fault that happens; calls nobody else.
 * Without memory for the table the life does not begin.
 */
#ifndef TESTS_SIM_FAULT_PLAN_H
#define TESTS_SIM_FAULT_PLAN_H

#include "tests/sim/trace.h"

struct luck {
    const struct plan *plan;
    const struct life_options *options;
    struct witness *witness;
    int32_t permille[FAMILY_COUNT];
    uint64_t *cancelled; /* open addressing, 0: none; NULL: no fault is cancelled */
};

/* Borrows plan, options and witness as long as the life lasts. */
void luck_init(struct luck *luck, const struct plan *plan, const struct life_options *options,
               struct witness *witness);
void luck_fini(struct luck *luck);

/* No fault from now on. */
void luck_turn(struct luck *luck);

/* May there be faults of this family at all? */
static inline bool luck_has(const struct luck *luck, enum family family)
{
    return luck->permille[family] > 0;
}

/* Behind luck_strikes. */
bool luck_draw(struct luck *luck, uint32_t site, enum family family, uint64_t number);

/* Does this fault happen? `site`: NOBODY for what happens to all. To be asked once for each. */
static inline bool luck_strikes(struct luck *luck, uint32_t site, enum family family,
                                uint64_t number)
{
    return luck_has(luck, family) && luck_draw(luck, site, family, number);
}

/* Evenly from 0 to bound - 1, beside the fault itself. */
int64_t luck_below(const struct luck *luck, uint32_t site, enum family family, uint64_t number,
                   int64_t bound);

#endif
