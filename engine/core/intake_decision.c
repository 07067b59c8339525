/*
 * The decision on a status that was taken in: the input from ledger, policy, forecast and windows, and its outcome.
 */
#include "engine/core/intake.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_state.h"
#include "engine/core/desired.h"
#include "engine/core/intake_ops.h"
#include "engine/core/order_backoff.h"
#include "engine/core/start_hold.h"

static int32_t time_left_ms(struct mono since, int64_t period_ms, struct mono now)
{
    return since.ms == MONO_NEVER.ms ? 0 : saturate_i32(max_i64(0, since.ms + period_ms - now.ms));
}

static enum reason ledger_gate(const struct ledger *ledger)
{
    switch (ledger_state(ledger)) {
    case LEDGER_SETTLED:
        return ledger && ledger->is_waiting ? REASON_RESTARTED : REASON_NONE;
    case LEDGER_IN_FLIGHT:
        return REASON_REQUEST_IN_FLIGHT;
    case LEDGER_UNCONFIRMED:
        return REASON_UNCONFIRMED;
    }
    return REASON_NONE;
}

/* Servers that the counted hosts cannot run are on hosts that left. A host that booted at the same time hid them. */
static int64_t servers_beyond_hosts(const struct deployment *deployment)
{
    const struct status *status = &deployment->status;
    return status->total_servers - (int64_t)status->current_hosts * deployment->servers_per_host;
}

/* Hosts that were gone and are counted again (a replica lags, or another tool adds hosts) may still be going. */
static int32_t drain_servers(const struct deployment *deployment)
{
    const struct ledger *ledger = deployment->ledger;
    int64_t leaving = (int64_t)ledger_leaving_hosts(ledger) * deployment->servers_per_host;
    int64_t servers = ledger && ledger->drain.is_open ? ledger->drain.servers : leaving;
    return (int32_t)clamp_i64(max_i64(servers, servers_beyond_hosts(deployment)), 0,
                              deployment->status.total_servers);
}

static int32_t drain_hidden(const struct deployment *deployment)
{
    const struct ledger *ledger = deployment->ledger;
    return ledger && ledger->drain.is_open ? ledger->drain.hidden_servers : 0;
}

/* Unless the API drains: then they leave, only later. */
static int32_t undrained_hosts(const struct ledger *ledger, struct mono now,
                               int64_t pass_interval_ms)
{
    if (!ledger || ledger->drain.is_seen)
        return 0;
    int32_t hosts = ledger_undrained_hosts(ledger, now, UNDRAINED_PASSES * pass_interval_ms);
    return (int32_t)max_i64(0, (int64_t)hosts - ledger_hidden_hosts(ledger));
}

/*
 * Of more removed hosts than there are hosts, the rest has left: as many others came meanwhile, or the status is that
 * of another deployment. No fleet has fewer hosts than none.
 */
static int64_t left_hosts(const struct deployment *deployment)
{
    return max_i64(0, (int64_t)ledger_leaving_hosts(deployment->ledger) -
                          deployment->status.current_hosts);
}

/* The mean of missing servers may be one of more hosts than there are now. */
static int32_t unready_of_staying(const struct deployment *deployment)
{
    int64_t staying =
        (int64_t)deployment->status.current_hosts - ledger_leaving_hosts(deployment->ledger);
    return (int32_t)clamp_i64(unready_hosts(&deployment->unready), 0, max_i64(0, staying));
}

void intake_fill_input(const struct deployment *deployment, struct mono now,
                       int64_t pass_interval_ms, struct decision_input *input)
{
    const struct policy *policy = deployment->policy;
    const struct ledger *ledger = deployment->ledger;
    input->policy = policy;
    input->servers_per_host = deployment->servers_per_host;
    input->target_free_ppb = intake_target_ppb(deployment);
    /* They are there, or as many added hosts are still to come. */
    int64_t hidden = ledger_hidden_hosts(ledger);
    int64_t doubtful = ledger_doubtful_hosts(ledger);
    input->pending_hosts =
        saturate_i32(ledger_pending_hosts(ledger) + max_i64(hidden, left_hosts(deployment)));
    input->coming_hosts = saturate_i32(ledger_coming_hosts(ledger) + hidden + doubtful);
    input->unconfirmed_hosts = ledger_unconfirmed_hosts(ledger);
    input->undrained_hosts = undrained_hosts(ledger, now, pass_interval_ms);
    input->drain_servers = drain_servers(deployment);
    input->drain_hidden = drain_hidden(deployment);
    /* Hidden sessions keep hosts; they order none. */
    input->drain_correction = (int32_t)min_i64(0, deployment->drain_correction);
    input->repeat_delta = 0;
    input->is_whole_repeat = false;
    struct unfilled unfilled = order_backoff_unfilled(ledger);
    input->unready_hosts = unready_of_staying(deployment);
    input->unfilled_hosts = unfilled.absent_hosts;
    input->dark_owed_hosts = (int32_t)min_i64(unfilled.dark_hosts, input->unready_hosts);
    input->probe_hosts = order_backoff_probe(ledger);
    input->retry_left_ms = saturate_i32(order_backoff_retry_left_ms(ledger, now));
    input->unchanged_ms = saturate_i32(order_backoff_unchanged_ms(ledger, now));
    input->refused_left_ms = saturate_i32(order_backoff_hold_left_ms(ledger, now));
    input->order_limit = order_backoff_limit(ledger);
    input->unproven_limit = order_backoff_is_unproven(ledger);
    input->is_proving = order_backoff_is_proving(ledger);
    input->growth_base_hosts = growth_base_hosts(&deployment->growth_base);
    input->grown_hosts = growth_hosts(deployment->growth, now);
    input->grown_left_ms = saturate_i32(growth_left_ms(deployment->growth, now));
    input->growth_wait_ms = saturate_i32(growth_wait_ms(deployment->growth, now));
    input->cooldown_up_left_ms =
        time_left_ms(deployment->scaled_up_at, policy->cooldown_up_ms, now);
    input->cooldown_down_left_ms =
        time_left_ms(deployment->scaled_at, policy->cooldown_down_ms, now);
    input->entry_fault = deployment_entry_fault(deployment);
    start_hold_fill_input(deployment, now, input);
}

void intake_except_overdue(struct decision_input *input, int32_t delta)
{
    input->repeat_delta = delta;
    input->pending_hosts = saturate_i32((int64_t)input->pending_hosts - delta);
    input->coming_hosts = saturate_i32(input->coming_hosts - max_i64(0, delta));
    input->unconfirmed_hosts = 0;
}

enum reason intake_gate(const struct deployment *deployment, const struct status *status,
                        enum reason gate)
{
    bool is_starved =
        gate == REASON_STATE_LOST && status_is_starved(status, intake_target_ppb(deployment));
    return is_starved ? REASON_NONE : gate;
}

static void gather_input(struct deployment *deployment, const struct status *status,
                         enum reason fault, int32_t overdue, const struct intake_context *context)
{
    enum reason open = deployment->is_scale_queued ? REASON_REQUEST_IN_FLIGHT
                       : overdue != 0              ? REASON_NONE
                                                   : ledger_gate(deployment->ledger);
    deployment->input = (struct decision_input){
        .fault = fault,
        .status = *status,
        .gate = open != REASON_NONE ? open : intake_gate(deployment, status, context->gate),
        .is_shrink_latched = context->is_shrink_latched,
        .is_pending_removable = context->is_pending_removable,
    };
    intake_fill_input(deployment, context->now, context->pass_interval_ms, &deployment->input);
    if (overdue != 0)
        intake_except_overdue(&deployment->input, overdue);
}

static int64_t horizon_ms(const struct deployment *deployment, const struct intake_context *context)
{
    const struct policy *policy = deployment->policy;
    int64_t boot_ms = policy->lookahead_ms > 0
                          ? policy->lookahead_ms
                          : boot_time_ms(&deployment->boot_time, policy->boot_timeout_ms);
    return boot_ms + context->pass_interval_ms;
}

/* A window may hold the hosts too, and then it is the reason: the collapse is reported by itself. */
static void emit_collapse(const struct deployment *deployment, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_DEMAND_COLLAPSED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_integer(&event, "busy_servers", intake_demand_servers(deployment));
    event_add_integer(&event, "busy_before", deployment->forecast.outage_level);
    event_add_integer(&event, "hold_ms", deployment->policy->outage_hold_ms);
    event_emit(&event, sink);
}

/*
 * The demand of the last status before a silence or a restart, which has no sample among those of the last passes; 0:
 * there was no silence, or the window of desired hosts does not reach across it.
 */
static int32_t demand_before_silence(const struct deployment *deployment,
                                     const struct intake_context *context)
{
    const struct history *history = &deployment->history;
    int64_t silent_ms = context->now.ms - deployment->status_at.ms;
    bool is_resized = deployment->forecast.since_pass > history->last_pass;
    bool is_known = intake_has_before(deployment) && !is_resized;
    bool has_sample = deployment->has_status && context->pass - history->last_pass <= OUTAGE_PASSES;
    if (!is_known || has_sample || silent_ms > deployment->policy->scale_down_window_ms)
        return 0;
    return intake_demand_servers(deployment);
}

/* During an outage hold the window is long enough to include the desired hosts from before the collapse. */
static int64_t held_window_ms(const struct deployment *deployment, int64_t pass_interval_ms)
{
    int64_t window_ms = deployment->policy->scale_down_window_ms;
    int64_t hold_ms = deployment->policy->outage_hold_ms + (OUTAGE_PASSES + 1) * pass_interval_ms;
    bool is_held = deployment->input.outlook.outage_left_ms > 0;
    return is_held ? max_i64(window_ms, hold_ms) : window_ms;
}

/* What was desired before the silence counts as desired now: the hold begins with its whole time. */
static void keep_desired(struct deployment *deployment, const struct intake_context *context)
{
    int32_t high =
        window_max_high(&deployment->desired_max, deployment->policy->scale_down_window_ms);
    window_max_add(&deployment->desired_max, context->now,
                   held_window_ms(deployment, context->pass_interval_ms), high);
}

/* `busy_before`: see demand_before_silence. */
static void look_ahead(struct deployment *deployment, int32_t busy_before,
                       const struct intake_context *context)
{
    const struct status *status = &deployment->input.status;
    int32_t level_before = deployment->forecast.outage_level;
    uint32_t until_before_s = deployment->forecast.outage_until_s;
    forecast_observe(&deployment->forecast,
                     &(struct forecast_context){
                         .history = &deployment->history,
                         .times = context->times,
                         .pass = context->pass,
                         .pass_interval_ms = context->pass_interval_ms,
                         .horizon_ms = horizon_ms(deployment, context),
                         .outage_hold_ms = deployment->policy->outage_hold_ms,
                         .servers_per_host = deployment->servers_per_host,
                         .busy_servers = intake_demand_servers(deployment),
                         .busy_before = busy_before,
                         .free_servers = status->free_servers,
                         .is_trending = deployment->policy->lookahead_ms != LOOKAHEAD_OFF,
                         .is_above_turnover = unready_is_above_mean(&deployment->unready,
                                                                    deployment->servers_per_host),
                     },
                     &deployment->input.outlook);
    if (busy_before > 0 && deployment->forecast.outage_until_s > until_before_s)
        keep_desired(deployment, context);
    if (level_before == 0 && deployment->forecast.outage_level > 0)
        emit_collapse(deployment, context->sink);
}

/* With all that may be busy, see busy_to_keep in desired.c. */
static int32_t desired_hosts_to_keep(struct decision_input *input)
{
    int32_t correction = input->drain_correction;
    input->drain_correction = input->drain_hidden;
    int64_t hosts = decision_desired_hosts(input);
    input->drain_correction = correction;
    return saturate_i32(hosts);
}

void intake_keep_hosts(struct deployment *deployment, struct mono now, int64_t pass_interval_ms)
{
    int64_t hosts =
        (int64_t)deployment->status.current_hosts + ledger_pending_hosts(deployment->ledger);
    window_max_add(&deployment->desired_max, now, held_window_ms(deployment, pass_interval_ms),
                   saturate_i32(hosts));
}

static void move_desired_peak(struct deployment *deployment, const struct intake_context *context)
{
    struct decision_input *input = &deployment->input;
    bool is_held = input->outlook.outage_left_ms > 0;
    int32_t high = window_max_add(&deployment->desired_max, context->now,
                                  held_window_ms(deployment, context->pass_interval_ms),
                                  desired_hosts_to_keep(input));
    input->desired_high =
        window_max_high(&deployment->desired_max, deployment->policy->scale_down_window_ms);
    input->outage_high = is_held ? high : 0;
}

/* Less is wanted, and the request as a whole is within what look-ahead may order. */
static bool may_repeat_whole(const struct decision_input *input, const struct decision *decision)
{
    return input->fault == REASON_NONE && decision->raw_delta > 0 &&
           decision->raw_delta < input->repeat_delta &&
           decision->base_hosts + input->repeat_delta <= lookahead_limit(input);
}

/* The hosts of a repeat count as desired: what is beyond the need waits for the window like any other host. */
static void keep_for_window(struct deployment *deployment, const struct decision *decision,
                            const struct intake_context *context)
{
    window_max_add(&deployment->desired_max, context->now,
                   held_window_ms(deployment, context->pass_interval_ms),
                   saturate_i32(decision->base_hosts + decision->delta));
}

/*
 * The need changes a little with every status. A smaller request beside an unconfirmed one would be a second order of
 * the same need, so the first one is repeated whole, unless a rule forbids it.
 */
static void decide_on_repeat(struct deployment *deployment, const struct intake_context *context,
                             struct decision *ret_decision)
{
    struct decision_input *input = &deployment->input;
    if (!may_repeat_whole(input, ret_decision))
        return;
    input->is_whole_repeat = true;
    decide(input, ret_decision);
    if (ret_decision->action == ACTION_SCALED && ret_decision->delta == input->repeat_delta) {
        keep_for_window(deployment, ret_decision, context);
        return;
    }
    input->is_whole_repeat = false;
    decide(input, ret_decision);
}

static void keep_outcome(struct deployment *deployment, const struct decision *decision)
{
    deployment->delta = decision->delta;
    deployment->raw_delta = saturate_i32(decision->raw_delta);
    deployment->desired_hosts = saturate_i32(decision->desired_hosts);
    deployment->action = decision->action;
    deployment->reason = decision->reason;
}

/* An overdue request that is not repeated counts as not applied, unless the API has refused growth for a while. */
static void settle_overdue(struct deployment *deployment, int32_t overdue,
                           const struct decision *decision, const struct intake_context *context)
{
    if (decision->action == ACTION_SCALED && decision->delta == overdue)
        return;
    if (overdue > 0 && deployment->input.refused_left_ms > 0)
        return;
    intake_give_up(deployment, context);
}

static void forget_refusals(struct deployment *deployment, const struct intake_context *context)
{
    bool was_active = order_backoff_is_active(deployment->ledger);
    if (was_active)
        order_backoff_forget_refusals(deployment->ledger);
    if (was_active && !order_backoff_is_active(deployment->ledger))
        order_backoff_emit_ended(deployment->id, context->sink);
}

void intake_status(struct deployment *deployment, const struct status *status,
                   const struct intake_context *context, struct decision *ret_decision)
{
    enum reason fault = intake_judge(deployment, status, context);
    int32_t busy_before = demand_before_silence(deployment, context);
    if (fault == REASON_NONE)
        intake_take(deployment, status, context);
    /* Not after a bad status: the request may have been applied unseen. */
    struct ledger_timeouts timeouts = intake_timeouts(context->habit, deployment);
    int32_t overdue =
        fault == REASON_NONE ? intake_overdue_delta(deployment, &timeouts, context->now) : 0;
    gather_input(deployment, status, fault, overdue, context);
    if (fault == REASON_NONE) {
        look_ahead(deployment, busy_before, context);
        move_desired_peak(deployment, context);
    }
    decide(&deployment->input, ret_decision);
    decide_on_repeat(deployment, context, ret_decision);
    if (overdue != 0)
        settle_overdue(deployment, overdue, ret_decision, context);
    if (fault == REASON_NONE && ret_decision->raw_delta <= 0)
        forget_refusals(deployment, context);
    keep_outcome(deployment, ret_decision);
}
