#include "tests/sim/shown_state.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_state.h"

/* The fewest free servers that are half of the target. */
static int64_t half_of_target(const struct model *model)
{
    int64_t twice = 2 * (int64_t)SHARE_WHOLE;
    int64_t target = model_target(model);
    return target > 0 ? (model->reported.total_servers * target + twice - 1) / twice : 0;
}

static bool is_starved(const struct model *model)
{
    const struct status *reported = &model->reported;
    bool is_dark = reported->current_hosts > 0 && reported->total_servers == 0;
    bool is_full = reported->total_servers > 0 && reported->free_servers == 0;
    return is_full || (is_dark && model_target(model) > 0) ||
           reported->free_servers < half_of_target(model);
}

/* Was a status reported, however long ago, and has every list since then had a usable entry? */
static bool is_reported(const struct model *model)
{
    return model->is_listed && model->is_defined && model->reported_count > 0 &&
           model->reported_ms > model->unusable_ms;
}

void shown_state_check(struct sim_state *sim_state, const struct site *site,
                       const struct deployment *deployment)
{
    enum state state = deployment_state(deployment, sim_state->around.is_paused,
                                        deployment_wanted_delta(deployment));
    bool is_shown = state == STATE_STARVED;
    bool is_owed = is_reported(&site->model) && is_starved(&site->model);
    bool is_wrong = is_shown && !is_starved(&site->model);
    trace_require(&sim_state->trace, (is_shown || !is_owed) && !is_wrong, LAW_STARVED, site->index,
                  state, site->model.reported.free_servers);
}
