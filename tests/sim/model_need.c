#include "tests/sim/model_parts.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"
#include "tests/support/formula.h"

int64_t model_hosts_that_fill(int64_t servers, int32_t servers_per_host)
{
    return (servers + servers_per_host - 1) / servers_per_host;
}

int64_t model_usual_free(int64_t busy)
{
    int64_t low = 0;
    int64_t high = (int64_t)1 << 20;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (middle * middle >= 4 * busy)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

int64_t model_needed_hosts(const struct model *model, int64_t busy)
{
    return formula_hosts(busy, model->servers_per_host, model_target(model));
}

int64_t model_needed_hosts_now(const struct model *model)
{
    return model_needed_hosts(model, model->busy);
}

int64_t model_wanted_of(const struct model *model, int64_t busy)
{
    const struct policy *policy = model->policy;
    int64_t hosts = model_needed_hosts(model, busy);
    if (policy->min_free_servers == 0)
        return hosts;
    int64_t reserve = policy->min_free_servers == MIN_FREE_AUTO ? model_usual_free(busy)
                                                                : policy->min_free_servers;
    return reserve > 0
               ? max_i64(hosts, model_hosts_that_fill(busy + reserve, model->servers_per_host))
               : hosts;
}

int32_t model_target(const struct model *model)
{
    int32_t own = model->policy->target_free_ppb;
    return own == TARGET_FROM_API ? model->target_free_ppb : own;
}

bool model_expects(const struct model *model)
{
    const struct policy *policy = model->policy;
    return policy->lookahead_ms != LOOKAHEAD_OFF || policy->surge_reserve_ppb != 0 ||
           policy->saturation_step_ppb != 0 || policy->outage_hold_ms != 0;
}

int64_t model_busy_of(const struct status *status)
{
    return (int64_t)status->total_servers - status->free_servers;
}

/* --- desired hosts of the past ---------------------------------------------------------------------- */

int64_t desired_highs_since(const struct desired_highs *desired_highs, int64_t since_ms)
{
    for (int32_t i = 0; i < desired_highs->count; i++)
        if (desired_highs->items[i].at_ms > since_ms)
            return desired_highs->items[i].hosts;
    return 0;
}

static void drop_desired_highs(struct desired_highs *desired_highs, int32_t count)
{
    desired_highs->count -= count;
    for (int32_t i = 0; i < desired_highs->count; i++)
        desired_highs->items[i] = desired_highs->items[i + count];
}

/* Every second value is dropped, so that the check is weaker: too high, or too low. */
static void thin_desired_highs(struct desired_highs *desired_highs, bool is_upper)
{
    struct desired_high *items = desired_highs->items;
    desired_highs->count /= 2;
    for (int32_t i = 0; i < desired_highs->count; i++) {
        int64_t hosts = is_upper ? items[2 * i].hosts : items[2 * i + 1].hosts;
        items[i] = (struct desired_high){ items[2 * i + 1].at_ms, hosts };
    }
}

void desired_highs_add(struct desired_highs *desired_highs, int64_t at_ms, int64_t hosts,
                       int64_t keep_ms, bool is_upper)
{
    while (desired_highs->count > 0 &&
           desired_highs->items[desired_highs->count - 1].hosts <= hosts)
        desired_highs->count--;
    int32_t old = 0;
    while (desired_highs->count == DESIRED_HIGHS_MAX && old < DESIRED_HIGHS_MAX &&
           desired_highs->items[old].at_ms <= at_ms - keep_ms)
        old++;
    drop_desired_highs(desired_highs, old);
    if (desired_highs->count == DESIRED_HIGHS_MAX)
        thin_desired_highs(desired_highs, is_upper);
    desired_highs->items[desired_highs->count++] = (struct desired_high){ at_ms, hosts };
}

/* --- steps ------------------------------------------------------------------------------------------ */

int64_t model_step_max(const struct step_limit *limit, const struct policy *policy, int64_t hosts)
{
    if (limit->kind == STEP_HOSTS)
        return limit->amount;
    if (limit->kind == STEP_UNLIMITED)
        return INT32_MAX;
    int64_t fleet = max_i64(1, hosts > policy->min_hosts ? hosts : policy->min_hosts);
    /* In two parts: 700 % of 2^31 hosts, in parts per billion, exceed 63 bits. */
    int64_t rest = limit->amount % SHARE_WHOLE;
    return fleet * (limit->amount / SHARE_WHOLE) + (fleet * rest + SHARE_WHOLE - 1) / SHARE_WHOLE;
}
