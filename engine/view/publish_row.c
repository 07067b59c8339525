#include "engine/view/publish_row.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_state.h"

#include <string.h>

#define TREND_WHOLE 200

_Static_assert(SHOWN_REASONS_MAX == 1 + SNAPSHOT_LATER_REASONS_MAX, "every reason has a place");

/* Charts may use floating point; free is never above the sum of busy and free. */
static uint8_t trend_cell(const struct history *history, uint32_t pass)
{
    struct history_sample sample;
    if (!history_get(history, pass, &sample))
        return TREND_UNREAD;
    double total = (double)sample.busy_servers + (double)sample.free_servers;
    return total > 0 ? (uint8_t)(TREND_WHOLE * (double)sample.free_servers / total) : TREND_UNREAD;
}

/* Past samples never change: only later ones are looked up, usually one. */
static void make_trend(const struct deployment *deployment, uint32_t known_pass,
                       uint8_t trend[SNAPSHOT_TREND_LENGTH])
{
    uint32_t pass = deployment_last_turn(deployment);
    bool is_known = 0 < known_pass && known_pass <= pass;
    uint32_t count = is_known ? (uint32_t)min_i64(pass - known_pass, SNAPSHOT_TREND_LENGTH)
                              : SNAPSHOT_TREND_LENGTH;
    memmove(trend, trend + count, SNAPSHOT_TREND_LENGTH - count);
    for (uint32_t age = 0; age < count; age++)
        trend[SNAPSHOT_TREND_LENGTH - 1 - age] =
            pass > age ? trend_cell(&deployment->history, pass - age) : TREND_UNREAD;
}

static void make_numbers(const struct deployment *deployment,
                         const struct deployment_figures *figures, struct snapshot_row *row)
{
    bool is_defined = deployment->servers_per_host > 0;
    int32_t target_ppb = deployment_target_ppb(deployment);
    bool is_from_api = deployment->policy->target_free_ppb == TARGET_FROM_API;
    bool is_target_known = target_ppb >= 0 && (is_defined || !is_from_api);
    row->servers_per_host = is_defined ? deployment->servers_per_host : -1;
    row->target_ppb = is_target_known ? target_ppb : -1;
    row->hosts = deployment->has_status ? deployment->status.current_hosts : -1;
    row->total_servers = deployment->has_status ? deployment->status.total_servers : -1;
    row->free_servers = deployment->has_status ? deployment->status.free_servers : -1;
    row->pending_hosts = figures->pending_hosts;
    row->unconfirmed_hosts = ledger_unconfirmed_hosts(deployment->ledger);
    row->desired_hosts = deployment->desired_hosts;
    row->raw_delta = deployment->raw_delta;
    row->delta = deployment->delta;
    row->wanted_delta = figures->wanted_delta;
    row->last_delta = deployment->last_delta;
}

/* Its own pause ends; behind it, a policy may go on. */
static void make_pause(const struct deployment *deployment, const struct publish_context *context,
                       struct snapshot_row *row)
{
    struct shown_pause pause;
    row->is_paused = deployment->is_operator_paused;
    row->paused_until = (struct wall){ 0 };
    if (row->is_paused && !deployment->policy->is_paused && context->pauses.find &&
        context->pauses.find(context->pauses.context, deployment->id, &pause))
        row->paused_until = publish_context_wall(context, pause.until);
}

static void make_reasons(const struct deployment_figures *figures, struct snapshot_row *row)
{
    row->reason = figures->reasons[0];
    for (size_t i = 0; i < SNAPSHOT_LATER_REASONS_MAX; i++)
        row->later_reasons[i] = figures->reasons[i + 1];
}

void publish_row_make(const struct deployment *deployment, const struct snapshot_name *name,
                      const struct deployment_figures *figures,
                      const struct publish_context *context, uint32_t known_pass,
                      struct snapshot_row *row)
{
    row->name = name;
    row->read_at = (struct wall){ 0 };
    row->acted_at = (struct wall){ 0 };
    if (deployment->has_status)
        row->read_at = publish_context_wall(context, deployment->status_at);
    if (deployment->last_delta != 0)
        row->acted_at = publish_context_wall(context, deployment->last_scale);
    make_numbers(deployment, figures, row);
    row->state = figures->state;
    row->base_state = figures->base_state;
    row->action = (uint8_t)deployment->action;
    make_reasons(figures, row);
    row->last_action = deployment->last_action;
    make_pause(deployment, context, row);
    row->is_listed = deployment->is_listed;
    make_trend(deployment, known_pass, row->trend);
}
