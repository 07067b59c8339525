#include "tests/sim/fault_plan.h"

#include "engine/base/panic.h"
#include "engine/sim/draw.h"

#include <stdlib.h>
#include <string.h>

#define CANCELLED_MAX (2 * (size_t)RUN_FAULTS_MAX)
#define LANE_HAPPENS 0x80u
#define LANE_VALUE 0x100u

/* --- cancelled faults ------------------------------------------------------------------------------- */

static uint64_t key_of_fault(uint32_t site, enum family family, uint64_t number)
{
    return random_mix(((uint64_t)site << 40) ^ ((uint64_t)family << 32) ^ number) | 1;
}

/* The entry of this key, or the free entry for it. */
static uint64_t *find(uint64_t *cancelled, uint64_t key)
{
    size_t place = key % CANCELLED_MAX;
    while (cancelled[place] != 0 && cancelled[place] != key)
        place = (place + 1) % CANCELLED_MAX;
    return &cancelled[place];
}

static void cancel(struct fault_plan *fault_plan, const struct fault *fault)
{
    uint64_t key = key_of_fault(fault->site, fault->family, fault->number);
    *find(fault_plan->cancelled, key) = key;
}

static bool is_cancelled(const struct fault_plan *fault_plan, uint32_t site, enum family family,
                         uint64_t number)
{
    return fault_plan->cancelled &&
           *find(fault_plan->cancelled, key_of_fault(site, family, number)) != 0;
}

/* --- the plan --------------------------------------------------------------------------------------- */

void fault_plan_init(struct fault_plan *fault_plan, const struct plan *plan,
                     const struct run_options *options, struct trace *trace)
{
    *fault_plan = (struct fault_plan){ .plan = plan, .options = options, .trace = trace };
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        fault_plan->permille[i] = options->families >> i & 1 ? plan->permille[i] : 0;
    if (options->cancelled_count == 0)
        return;
    fault_plan->cancelled = calloc(CANCELLED_MAX, sizeof *fault_plan->cancelled);
    must(fault_plan->cancelled);
    for (size_t i = 0; i < options->cancelled_count; i++)
        cancel(fault_plan, &options->cancelled[i]);
}

void fault_plan_fini(struct fault_plan *fault_plan)
{
    free(fault_plan->cancelled);
}

void fault_plan_end(struct fault_plan *fault_plan)
{
    memset(fault_plan->permille, 0, sizeof fault_plan->permille);
}

static uint64_t key_of(const struct fault_plan *fault_plan, uint32_t site)
{
    return site == SITE_NONE ? fault_plan->plan->seed : fault_plan->plan->sites[site].key;
}

static bool is_spared(const struct fault_plan *fault_plan, uint32_t site)
{
    const struct run_options *options = fault_plan->options;
    return site != SITE_NONE &&
           (options->are_all_spared || (options->are_even_spared && site % 2 == 0));
}

bool fault_plan_draw(struct fault_plan *fault_plan, uint32_t site, enum family family,
                     uint64_t number)
{
    if (is_spared(fault_plan, site))
        return false;
    int64_t drawn =
        draw_below(key_of(fault_plan, site), LANE_HAPPENS + (uint32_t)family, number, 1000);
    if (drawn >= fault_plan->permille[family] || is_cancelled(fault_plan, site, family, number))
        return false;
    trace_fault(fault_plan->trace, &(struct fault){ site, family, number });
    return true;
}

int64_t fault_plan_below(const struct fault_plan *fault_plan, uint32_t site, enum family family,
                         uint64_t number, int64_t bound)
{
    return draw_below(key_of(fault_plan, site), LANE_VALUE + (uint32_t)family, number, bound);
}
