/*
 * witness - sees everything that happens in a life: records it, knows it again by its trace, and accuses whoever breaks
 * a law first.
 *
 *     witness_note    for people: what happened to the deployment that is looked at
 *     witness_mix     for the machine: the same life has the same trace
 *     witness_demand  for the laws: only the first that is broken counts
 *
 * Writes breach, records and faults of a result that is borrowed, and nothing else. Calls nobody. Cannot fail.
 */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include "engine/base/random.h"
#include "tests/sim/run_options.h"

struct witness {
    struct life_result *result;
    const struct surroundings *around; /* the clock */
    int64_t begin_ms;
    int64_t step;
    uint32_t focus;
    bool is_listing_faults;
    uint64_t trace;
};

/* Borrows result and clock as long as the life lasts; what is in the result is wiped. */
void witness_init(struct witness *witness, struct life_result *result,
                  const struct surroundings *around, const struct life_options *options);

/* Behind the functions below. */
void witness_record(struct witness *witness, const struct record *record);
void witness_accuse(struct witness *witness, struct breach breach, uint32_t site);

/* `site` NOBODY: it is about all. */
static inline void witness_note(struct witness *witness, uint32_t site, enum record_kind kind,
                                int64_t a, int64_t b, int64_t c)
{
    if (witness->focus != NOBODY && (site == NOBODY || site == witness->focus))
        witness_record(witness, &(struct record){ .kind = kind, .a = a, .b = b, .c = c });
}

/* A fault that happens. */
void witness_fault(struct witness *witness, const struct fault *fault);

static inline void witness_mix(struct witness *witness, uint64_t value)
{
    witness->trace = random_mix(witness->trace ^ value) + 1;
}

static inline void witness_check(struct witness *witness, struct breach breach, uint32_t site)
{
    if (breach.law != LAW_NONE)
        witness_accuse(witness, breach, site);
}

static inline void witness_demand(struct witness *witness, bool is_kept, enum law law,
                                  uint32_t site, int64_t is, int64_t bound)
{
    if (!is_kept)
        witness_accuse(witness, (struct breach){ law, is, bound }, site);
}

static inline bool witness_has_breach(const struct witness *witness)
{
    return witness->result->breach.law != LAW_NONE;
}

#endif
