#include "tests/sim/model_parts.h"

#include "engine/base/arith.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)

int64_t model_growth_max(const struct model *model, int64_t now_ms, int64_t days)
{
    const struct policy *policy = model->policy;
    const struct step_limit *limit = &policy->max_growth_per_hour;
    if (limit->kind != STEP_SHARE)
        return model_step_max(limit, policy, 0);
    int64_t known = desired_highs_since(&model->enough_highs, now_ms - days * DAY_MS);
    int64_t share = model_step_max(limit, policy, max_i64(known, (model->enough_high + 7) / 8));
    return max_i64(share, model_hosts_that_fill(1000, model->servers_per_host));
}

static int64_t grown_since(const struct grown *grown, int64_t since_ms)
{
    int64_t sum = 0;
    for (int32_t i = grown->count; i-- > 0 && grown->items[i].at_ms > since_ms;)
        sum += grown->items[i].hosts;
    return sum;
}

int64_t model_growth_left(const struct model *model, int64_t now_ms)
{
    if (model->policy->max_growth_per_hour.kind == STEP_UNLIMITED)
        return INT64_MAX;
    int64_t left =
        model_growth_max(model, now_ms, 1) - grown_since(&model->grown, now_ms - 2 * HOUR_MS);
    return max_i64(0, left);
}

void model_note_growth(struct grown *grown, int64_t at_ms, int64_t hosts)
{
    if (grown->count == GROWN_MAX) {
        grown->count /= 2;
        for (int32_t i = 0; i < grown->count; i++)
            grown->items[i] = grown->items[grown->count + i];
    }
    grown->items[grown->count++] = (struct grown_order){ at_ms, hosts };
}

/* Two statuses in a row that are enough, or the first one since the start. */
void model_note_enough(struct model *model, const struct status *status, int64_t now_ms)
{
    bool is_enough =
        status->free_servers > 0 && (double)status->free_servers * SHARE_WHOLE >=
                                        (double)status->total_servers * model_target(model);
    int64_t serving = model_hosts_that_fill(status->total_servers, model->servers_per_host);
    bool is_first = !model->has_enough && model->start_count > 0;
    int64_t hosts = is_first ? status->current_hosts : min_i64(serving, status->current_hosts);
    if (is_first || (is_enough && model->was_enough)) {
        model->has_enough = true;
        desired_highs_add(&model->enough_highs, now_ms, hosts, 2 * DAY_MS, true);
        model->enough_high = max_i64(model->enough_high, hosts);
    }
    model->was_enough = is_enough;
}

void model_watch_status(struct stuck *stuck, const struct status *status)
{
    if (status->free_servers > 0 || status->total_servers < stuck->first_servers)
        *stuck = (struct stuck){ 0 };
}

void model_watch_order(struct model *model, int64_t now_ms)
{
    struct stuck *stuck = &model->stuck;
    int32_t servers = model->reported.total_servers;
    int64_t known = model->enough_high * model->servers_per_host;
    if (model->policy->max_growth_per_hour.kind == STEP_UNLIMITED)
        *stuck = (struct stuck){ 0 };
    else if (!stuck->is_watched)
        *stuck =
            (struct stuck){ .is_watched = true,
                            .first_servers = (int32_t)max_i64(servers, model->servers_per_host),
                            .latest_servers = servers };
    stuck->rounds += servers > stuck->latest_servers;
    stuck->latest_servers = (int32_t)max_i64(servers, stuck->latest_servers);
    stuck->ordered_ms = now_ms;
    stuck->is_slow = stuck->is_watched && stuck->rounds >= STUCK_ROUNDS &&
                     servers >= STUCK_TIMES * (int64_t)stuck->first_servers &&
                     servers >= STUCK_SERVERS + (int64_t)stuck->first_servers && servers >= known;
}

struct breach model_check_pace(const struct model *model, const struct surroundings *around,
                               int32_t delta)
{
    const struct policy *policy = model->policy;
    const struct stuck *stuck = &model->stuck;
    bool is_off = policy->max_growth_per_hour.kind == STEP_UNLIMITED;
    int64_t passed_ms = around->now_ms - stuck->ordered_ms;
    if (is_off || delta <= policy->min_hosts)
        return kept;
    int64_t grown = grown_since(&model->grown, around->now_ms - HOUR_MS) + delta;
    int64_t most = model_growth_max(model, around->now_ms, 2);
    if (grown > most)
        return broken(LAW_GROWTH, grown, most);
    return stuck->is_slow && passed_ms < around->pass_interval_ms * 3 / 2
               ? broken(LAW_NO_EFFECT, passed_ms, around->pass_interval_ms * 3 / 2)
               : kept;
}
