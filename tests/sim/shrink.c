#include "tests/sim/shrink.h"

#include "engine/base/arith.h"

#include <string.h>

struct attempt {
    const struct plan *plan;
    struct shrunk *shrunk;
    struct run_result *result;
    enum law law;
};

static bool still_fails(struct attempt *attempt)
{
    if (attempt->shrunk->runs++ >= SHRINK_RUNS_MAX)
        return false;
    attempt->shrunk->options.cancelled_count = attempt->shrunk->cancelled_count;
    run_seed(attempt->plan, &attempt->shrunk->options, attempt->result);
    return attempt->result->breach.law == attempt->law;
}

static void drop_families(struct attempt *attempt)
{
    for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (attempt->plan->permille[i] == 0)
            attempt->shrunk->options.families &= ~bit;
        if (!(attempt->shrunk->options.families & bit))
            continue;
        attempt->shrunk->options.families &= ~bit;
        if (!still_fails(attempt))
            attempt->shrunk->options.families |= bit;
    }
}

/* Sets as many flags as possible, in pieces of decreasing size. */
static void drop_flags(struct attempt *attempt, bool *flags, size_t count)
{
    static bool before[PLAN_SITES_MAX + INCIDENTS_MAX];
    must(count <= PLAN_SITES_MAX + INCIDENTS_MAX);
    for (size_t piece = count; piece > 0; piece /= 2) {
        for (size_t from = 0; from < count; from += piece) {
            size_t size = from + piece < count ? piece : count - from;
            memcpy(before, flags + from, size);
            if (memchr(before, 0, size) == NULL)
                continue;
            memset(flags + from, true, size);
            if (!still_fails(attempt))
                memcpy(flags + from, before, size);
        }
    }
}

/* Tries first to drop all deployments but the one that failed. */
static void drop_deployments(struct attempt *attempt, uint32_t site)
{
    bool *flags = attempt->shrunk->is_left_out;
    bool before[PLAN_SITES_MAX];
    if (site != SITE_NONE) {
        memcpy(before, flags, sizeof before);
        memset(flags, true, attempt->plan->site_count);
        flags[site] = false;
        if (still_fails(attempt))
            return;
        memcpy(flags, before, sizeof before);
    }
    drop_flags(attempt, flags, attempt->plan->site_count);
}

/* A cancelled fault can cause new ones, so the list is read again after each success. */
static void drop_faults(struct attempt *attempt)
{
    static struct fault faults[RUN_FAULTS_MAX];
    struct shrunk *shrunk = attempt->shrunk;
    if (!still_fails(attempt))
        return;
    size_t count = attempt->result->fault_count;
    memcpy(faults, attempt->result->faults, count * sizeof faults[0]);
    for (size_t piece = count; piece > 0; piece /= 2) {
        for (size_t from = 0; from < count;) {
            size_t size = from + piece < count ? piece : count - from;
            size_t kept = shrunk->cancelled_count;
            if (kept + size > RUN_FAULTS_MAX)
                return;
            memcpy(&shrunk->cancelled[kept], &faults[from], size * sizeof faults[0]);
            shrunk->cancelled_count += size;
            if (!still_fails(attempt)) {
                shrunk->cancelled_count = kept;
                from += size;
                continue;
            }
            count = attempt->result->fault_count;
            memcpy(faults, attempt->result->faults, count * sizeof faults[0]);
        }
    }
}

void shrink_run(const struct plan *plan, const struct run_options *options,
                struct run_result *result, struct shrunk *ret_shrunk)
{
    memset(ret_shrunk, 0, sizeof *ret_shrunk);
    ret_shrunk->options = *options;
    ret_shrunk->options.is_left_out = ret_shrunk->is_left_out;
    ret_shrunk->options.is_cancelled = ret_shrunk->is_cancelled;
    ret_shrunk->options.cancelled = ret_shrunk->cancelled;
    ret_shrunk->options.is_listing_faults = true;
    struct attempt attempt = { plan, ret_shrunk, result, result->breach.law };
    uint32_t site = result->site;
    drop_families(&attempt);
    drop_deployments(&attempt, site);
    drop_flags(&attempt, ret_shrunk->is_cancelled, plan->incident_count);
    drop_faults(&attempt);
    drop_deployments(&attempt, site);
    ret_shrunk->runs = 0;
    ret_shrunk->options.focus = SITE_NONE;
    still_fails(&attempt);
    ret_shrunk->options.focus = result->site == SITE_NONE ? 0 : result->site;
    still_fails(&attempt);
}
