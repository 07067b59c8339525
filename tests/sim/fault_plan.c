#include "tests/sim/fault_plan.h"

#include "engine/base/panic.h"
#include "engine/sim/draw.h"

#include <stdlib.h>
#include <string.h>

#define CANCELLED_MAX (2 * (size_t)LIFE_FAULTS_MAX)
#define LANE_STRIKES 0x80u
#define LANE_BESIDE 0x100u

/* --- what is cancelled ------------------------------------------------------------------------------ */

static uint64_t key_of_fault(uint32_t site, enum family family, uint64_t number)
{
    return random_mix(((uint64_t)site << 40) ^ ((uint64_t)family << 32) ^ number) | 1;
}

/* Where it stands, or would. */
static uint64_t *find(uint64_t *cancelled, uint64_t key)
{
    size_t place = key % CANCELLED_MAX;
    while (cancelled[place] != 0 && cancelled[place] != key)
        place = (place + 1) % CANCELLED_MAX;
    return &cancelled[place];
}

static void cancel(struct luck *luck, const struct fault *fault)
{
    uint64_t key = key_of_fault(fault->site, fault->family, fault->number);
    *find(luck->cancelled, key) = key;
}

static bool is_cancelled(const struct luck *luck, uint32_t site, enum family family,
                         uint64_t number)
{
    return luck->cancelled && *find(luck->cancelled, key_of_fault(site, family, number)) != 0;
}

/* --- luck ------------------------------------------------------------------------------------------- */

void luck_init(struct luck *luck, const struct plan *plan, const struct life_options *options,
               struct witness *witness)
{
    *luck = (struct luck){ .plan = plan, .options = options, .witness = witness };
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        luck->permille[i] = options->families >> i & 1 ? plan->permille[i] : 0;
    if (options->cancelled_count == 0)
        return;
    luck->cancelled = calloc(CANCELLED_MAX, sizeof *luck->cancelled);
    must(luck->cancelled);
    for (size_t i = 0; i < options->cancelled_count; i++)
        cancel(luck, &options->cancelled[i]);
}

void luck_fini(struct luck *luck)
{
    free(luck->cancelled);
}

void luck_turn(struct luck *luck)
{
    memset(luck->permille, 0, sizeof luck->permille);
}

static uint64_t key_of(const struct luck *luck, uint32_t site)
{
    return site == NOBODY ? luck->plan->seed : luck->plan->sites[site].key;
}

static bool is_spared(const struct luck *luck, uint32_t site)
{
    const struct life_options *options = luck->options;
    return site != NOBODY &&
           (options->are_all_spared || (options->are_even_spared && site % 2 == 0));
}

bool luck_draw(struct luck *luck, uint32_t site, enum family family, uint64_t number)
{
    if (is_spared(luck, site))
        return false;
    int64_t drawn = draw_below(key_of(luck, site), LANE_STRIKES + (uint32_t)family, number, 1000);
    if (drawn >= luck->permille[family] || is_cancelled(luck, site, family, number))
        return false;
    witness_fault(luck->witness, &(struct fault){ site, family, number });
    return true;
}

int64_t luck_below(const struct luck *luck, uint32_t site, enum family family, uint64_t number,
                   int64_t bound)
{
    return draw_below(key_of(luck, site), LANE_BESIDE + (uint32_t)family, number, bound);
}
