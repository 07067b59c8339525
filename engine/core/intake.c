#include "engine/core/intake.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"
#include "engine/core/losses.h"
#include "engine/core/order_backoff.h"
#include "engine/core/start_hold.h"

/* Passes from which the usual fall of demand before a removal is taken. */
#define FALL_PASSES 6

static bool is_dropping(const struct drain_habit *habit)
{
    return habit->is_dropping && !habit->is_draining;
}

struct ledger_timeouts intake_timeouts(const struct drain_habit *habit,
                                       const struct deployment *deployment)
{
    const struct policy *policy = deployment->policy;
    return (struct ledger_timeouts){
        .boot_ms = policy->boot_timeout_ms,
        .drain_ms =
            max_i64(policy->boot_timeout_ms, is_dropping(habit) ? 0 : policy->drain_timeout_ms),
        .confirm_ms = policy_confirm_ms(policy),
    };
}

static void emit_movement(const struct deployment *deployment,
                          const struct ledger_movement *movement,
                          const struct intake_context *context)
{
    const struct event_sink *sink = context->sink;
    struct event event;
    if (movement->is_confirmed) {
        char key[KEY_SIZE];
        order_key_format(context->key_epoch, deployment->ledger->key, key);
        event_init(&event, EVENT_SCALE_CONFIRMED);
        event_add_string(&event, "deployment", deployment->id);
        event_add_signed(&event, "delta", movement->confirmed_delta);
        event_add_string(&event, "key", key);
        event_add_signed(&event, "seen", movement->confirmed_seen);
        event_add_integer(&event, "age_ms", movement->confirmed_age_ms);
        event_emit(&event, sink);
    }
    if (movement->foreign_hosts != 0) {
        event_init(&event, EVENT_HOSTS_MOVED);
        event_add_string(&event, "deployment", deployment->id);
        event_add_signed(&event, "hosts", movement->foreign_hosts);
        event_add_integer(&event, "current_hosts", deployment->status.current_hosts);
        event_emit(&event, sink);
    }
}

static void emit_expiry(const struct deployment *deployment, const struct ledger_expiry *expiry,
                        const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_PENDING_EXPIRED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "delta", expiry->delta);
    event_add_signed(&event, "seen", expiry->seen);
    event_add_integer(&event, "age_ms", expiry->age_ms);
    event_emit(&event, sink);
}

static void emit_overdue(enum event_id id, const struct deployment *deployment,
                         const struct ledger_expiry *expiry, const struct intake_context *context)
{
    struct event event;
    char key[KEY_SIZE];
    order_key_format(context->key_epoch, deployment->ledger->key, key);
    event_init(&event, id);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "delta", expiry->delta);
    event_add_string(&event, "key", key);
    event_add_integer(&event, "age_ms", expiry->age_ms);
    event_emit(&event, context->sink);
}

/* The unconfirmed request whose wait is over; 0: none. */
static int32_t overdue_delta(const struct deployment *deployment,
                             const struct ledger_timeouts *timeouts, struct mono now)
{
    if (deployment->is_scale_queued)
        return 0;
    return ledger_overdue_delta(deployment->ledger, now, timeouts);
}

/* The hosts may be draining unseen: a second removal would take hosts that are needed. */
static void assume_removal(struct deployment *deployment, const struct intake_context *context)
{
    struct ledger_expiry expiry;
    ledger_assume(deployment->ledger, context->now, &expiry);
    emit_overdue(EVENT_SCALE_ASSUMED, deployment, &expiry, context);
}

static void give_up_overdue(struct deployment *deployment, const struct intake_context *context)
{
    struct ledger_timeouts timeouts = intake_timeouts(context->habit, deployment);
    struct ledger_expiry expiry;
    ledger_give_up(deployment->ledger, context->now, &timeouts, &expiry);
    emit_overdue(EVENT_SCALE_NOT_APPLIED, deployment, &expiry, context);
}

static void emit_backoff_started(const struct deployment *deployment,
                                 const struct intake_context *context)
{
    struct unfilled unfilled = order_backoff_unfilled(deployment->ledger);
    order_backoff_emit_started(
        deployment->id, "unfilled", (int64_t)unfilled.absent_hosts + unfilled.dark_hosts,
        order_backoff_retry_left_ms(deployment->ledger, context->now), context->sink);
}

/* Hosts without servers. */
static int64_t missing_hosts(const struct deployment *deployment)
{
    return deployment->status.current_hosts -
           ceil_div(deployment->status.total_servers, deployment->servers_per_host);
}

/* Hosts that serve or are pending beyond those wanted within the window, up to the last decision. */
static int64_t excess_hosts(const struct deployment *deployment)
{
    const struct policy *policy = deployment->policy;
    int64_t desired = max_i64(deployment->desired_hosts, deployment->input.desired_high);
    int64_t wanted = min_i64(max_i64(desired, policy->min_hosts), policy->max_hosts);
    int64_t dark = max_i64(0, missing_hosts(deployment));
    int64_t hosts =
        deployment->status.current_hosts - dark + ledger_pending_hosts(deployment->ledger);
    int64_t unwanted = deployment->desired_hosts < 0 ? 0 : max_i64(0, hosts - wanted);
    /* Hosts that came for an order and do not exist any more, or serve after all. */
    int64_t dark_hosts = order_backoff_unfilled(deployment->ledger).dark_hosts;
    return unwanted + max_i64(0, dark_hosts - dark);
}

/* Hosts that serve end a back-off, or shorten it. */
static void move_backoff(struct deployment *deployment, const struct intake_context *context)
{
    struct ledger *ledger = deployment->ledger;
    int64_t boot_timeout_ms = deployment->policy->boot_timeout_ms;
    bool was_active = order_backoff_is_active(ledger);
    struct ledger_expiry expiry;
    if (order_backoff_expire(ledger, excess_hosts(deployment), context->now, boot_timeout_ms,
                             &expiry))
        emit_expiry(deployment, &expiry, context->sink);
    if (was_active == order_backoff_is_active(ledger))
        return;
    if (was_active)
        order_backoff_emit_ended(deployment->id, context->sink);
    else
        emit_backoff_started(deployment, context);
}

static void note_servers(struct deployment *deployment, int32_t servers_before,
                         const struct intake_context *context)
{
    const struct status *status = &deployment->status;
    if (ledger_observe_servers(deployment->ledger, servers_before, status->total_servers,
                               missing_hosts(deployment), context->now))
        order_backoff_note_served(deployment->ledger, context->now,
                                  deployment->policy->boot_timeout_ms);
}

/* Only after a plausible status: without one, hosts may have appeared unseen. */
static void expire_ledger(struct deployment *deployment, const struct intake_context *context)
{
    struct ledger_timeouts timeouts = intake_timeouts(context->habit, deployment);
    int32_t overdue = overdue_delta(deployment, &timeouts, context->now);
    if (overdue < 0)
        assume_removal(deployment, context);
    else if (overdue > 0 && ledger_is_hidden(deployment->ledger, context->now, &timeouts))
        give_up_overdue(deployment, context);
    struct ledger_expiry expiry;
    while (ledger_expire(deployment->ledger, context->now, &timeouts, &expiry)) {
        emit_expiry(deployment, &expiry, context->sink);
    }
    if (!deployment->ledger || !deployment->ledger->drain.is_open)
        deployment->drain_correction = 0;
    move_backoff(deployment, context);
}

/* Hosts with all their servers. */
static int32_t usable_hosts(const struct deployment *deployment)
{
    return (int32_t)floor_div(deployment->status.total_servers, deployment->servers_per_host);
}

/*
 * The servers came at an unknown time between the last status and this one. The middle is the estimate; after a gap of
 * more than LEARNING_PASSES intervals nothing is learned.
 */
static void learn_boot_time(struct deployment *deployment, int32_t usable_before,
                            struct mono before, const struct intake_context *context)
{
    int64_t silent_ms = context->now.ms - before.ms;
    int64_t seen_ms;
    if (ledger_observe_usable(deployment->ledger, usable_before, usable_hosts(deployment),
                              context->now, &seen_ms) &&
        silent_ms <= LEARNING_PASSES * context->pass_interval_ms)
        boot_time_add(&deployment->boot_time, max_i64(0, seen_ms - silent_ms / 2));
}

static int32_t busy_servers(const struct status *status)
{
    return status->total_servers - status->free_servers;
}

static int32_t demand_servers(const struct deployment *deployment)
{
    return busy_servers(&deployment->status) + deployment->drain_correction;
}

/* Of the busy servers, from one pass to the next. */
static int32_t usual_fall(const struct deployment *deployment)
{
    const struct history *history = &deployment->history;
    int32_t busy, busy_before;
    if (history->last_pass <= FALL_PASSES || !history_busy(history, history->last_pass, &busy) ||
        !history_busy(history, history->last_pass - FALL_PASSES, &busy_before))
        return 0;
    return (int32_t)max_i64(0, ceil_div((int64_t)busy_before - busy, FALL_PASSES));
}

static struct drain_context drain_context(const struct deployment *deployment,
                                          const struct status *before)
{
    return (struct drain_context){
        .servers_per_host = deployment->servers_per_host,
        .leaving_hosts = ledger_leaving_hosts(deployment->ledger),
        .before = before,
        .now = &deployment->status,
    };
}

void intake_send(struct deployment *deployment, int32_t delta, struct mono now,
                 const struct ledger_timeouts *timeouts)
{
    struct ledger *ledger = deployment->ledger;
    struct drain_context context = drain_context(deployment, &deployment->status);
    context.usual_fall = usual_fall(deployment);
    if (delta < 0)
        drain_begin(&ledger->drain, &context, saturate_i32(-(int64_t)delta),
                    demand_servers(deployment));
    ledger_send(ledger, delta, now, timeouts);
}

static void emit_lost(const struct deployment *deployment, int32_t hosts,
                      const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_HOSTS_LOST);
    event_add_string(&event, "deployment", deployment->id);
    event_add_integer(&event, "hosts", hosts);
    event_add_integer(&event, "current_hosts", deployment->status.current_hosts);
    event_emit(&event, sink);
}

static void move_ledger(struct deployment *deployment, int32_t hosts_before,
                        const struct intake_context *context)
{
    struct ledger_movement movement;
    ledger_observe(deployment->ledger, hosts_before, deployment->status.current_hosts, context->now,
                   &movement);
    emit_movement(deployment, &movement, context);
}

static void observe_losses(struct deployment *deployment, const struct intake_context *context)
{
    struct loss_context loss_context = {
        .now = context->now,
        .pass = context->pass,
        .pass_interval_ms = context->pass_interval_ms,
        .times = context->times,
        .history = &deployment->history,
        .hosts = deployment->status.current_hosts,
        .busy_servers = demand_servers(deployment),
        .servers_per_host = deployment->servers_per_host,
    };
    int32_t lost = losses_observe(deployment->ledger, &loss_context);
    if (lost > 0)
        emit_lost(deployment, lost, context->sink);
}

/*
 * The most hosts that may have servers: those of the last boot_timeout or longer (of the current period and of the one
 * before it), and hosts that were removed and drain.
 */
static int32_t hosts_high(const struct deployment *deployment, const struct status *status)
{
    int64_t draining =
        (int64_t)deployment->status.current_hosts + ledger_removed_hosts(deployment->ledger);
    int64_t known = max_i64(deployment->hosts_high, deployment->hosts_high_before);
    known = saturate_i32(max_i64(known, deployment->has_status ? draining : 0));
    return (int32_t)max_i64(known, status->current_hosts);
}

static void move_hosts_high(struct deployment *deployment, struct mono now)
{
    if (now.ms - deployment->hosts_high_since.ms >= deployment->policy->boot_timeout_ms) {
        deployment->hosts_high_before = deployment->hosts_high;
        deployment->hosts_high = 0;
        deployment->hosts_high_since = now;
    }
    deployment->hosts_high =
        (int32_t)max_i64(deployment->hosts_high, deployment->status.current_hosts);
}

int32_t intake_target_ppb(const struct deployment *deployment)
{
    int32_t own = deployment->policy->target_free_ppb;
    return own == TARGET_FROM_API ? deployment->target_free_ppb : own;
}

static void move_growth(struct deployment *deployment, struct mono now)
{
    const struct status *status = &deployment->status;
    bool is_enough = growth_is_enough(status, intake_target_ppb(deployment));
    growth_base_observe(&deployment->growth_base, status, deployment->servers_per_host, is_enough,
                        deployment->start_statuses > 0, now);
    growth_observe(deployment->growth, status, is_enough);
}

/* Servers of hosts that neither leave nor boot. */
static int64_t missing_servers(const struct deployment *deployment)
{
    int64_t hosts = (int64_t)deployment->status.current_hosts -
                    ledger_leaving_hosts(deployment->ledger) -
                    ledger_unserved_hosts(deployment->ledger);
    return hosts * deployment->servers_per_host - deployment->status.total_servers;
}

static void move_unready(struct deployment *deployment, int32_t hosts_before,
                         const struct intake_context *context)
{
    const struct ledger *ledger = deployment->ledger;
    const struct policy *policy = deployment->policy;
    struct unready_facts facts = {
        .missing_hosts = missing_hosts(deployment) - ledger_leaving_hosts(ledger),
        .booting_hosts = ledger_booting_hosts(ledger),
        .missing_servers = missing_servers(deployment),
        .servers_per_host = deployment->servers_per_host,
        .have_hosts_moved = deployment->status.current_hosts != hosts_before,
        .is_draining = ledger_leaving_hosts(ledger) + ledger_removed_hosts(ledger) > 0,
        .boot_timeout_ms = policy->boot_timeout_ms,
        .scale_down_window_ms = policy->scale_down_window_ms,
        .pass_interval_ms = context->pass_interval_ms,
        .now = context->now,
    };
    if (unready_observe(&deployment->unready, &facts))
        unready_emit(&deployment->unready, deployment->id, &deployment->status, context->sink);
}

/* All hosts are gone at once, without a request to remove them. */
static bool is_collapse(struct deployment *deployment, const struct status *status)
{
    int64_t left =
        (int64_t)deployment->status.current_hosts + ledger_pending_hosts(deployment->ledger);
    if (!deployment->has_status || status->current_hosts > 0 ||
        deployment->status.current_hosts == 0 || left <= 0) {
        deployment->collapse_count = 0;
        return false;
    }
    if (++deployment->collapse_count < COLLAPSE_AGREEMENT)
        return true;
    deployment->collapse_count = 0;
    return false;
}

static enum reason judge_status(struct deployment *deployment, const struct status *status,
                                const struct intake_context *context)
{
    if (context->now.ms - deployment->read_started.ms > context->status_age_max_ms)
        return REASON_STALE_STATUS;
    if (intake_target_ppb(deployment) < 0)
        return REASON_BAD_TARGET;
    enum reason fault =
        status_fault(status, deployment->servers_per_host, hosts_high(deployment, status));
    if (fault != REASON_NONE)
        return fault;
    return is_collapse(deployment, status) ? REASON_COLLAPSED : REASON_NONE;
}

static void observe_drain(struct deployment *deployment, const struct status *before,
                          const struct intake_context *in)
{
    deployment->drain_correction = 0;
    if (!deployment->ledger)
        return;
    struct drain *drain = &deployment->ledger->drain;
    struct drain_context context = drain_context(deployment, before);
    context.at = in->now;
    context.draining = is_dropping(in->habit) ? DRAINING_EXACT : in->draining;
    deployment->drain_correction =
        drain_observe(drain, &context) - busy_servers(&deployment->status);
    in->habit->is_draining |= drain->is_seen;
    in->habit->is_dropping |= drain_is_dropped(drain, in->now);
}

static void take_in(struct deployment *deployment, const struct status *status,
                    const struct intake_context *context)
{
    struct status status_before = deployment->has_status ? deployment->status : *status;
    int32_t usable_before = usable_hosts(deployment);
    int32_t servers_before =
        deployment->has_status ? deployment->status.total_servers : status->total_servers;
    struct mono before = deployment->status_at;
    bool is_first = !deployment->has_status;
    deployment->status = *status;
    deployment->status_at = deployment->read_started;
    deployment->has_status = true;
    start_hold_observe(deployment, context->now, context->now.ms - before.ms,
                       is_first ? 0 : context->pass - deployment->history.last_pass);
    move_ledger(deployment, status_before.current_hosts, context);
    observe_drain(deployment, &status_before, context);
    observe_losses(deployment, context);
    if (!is_first)
        learn_boot_time(deployment, usable_before, before, context);
    note_servers(deployment, servers_before, context);
    move_hosts_high(deployment, context->now);
    move_growth(deployment, context->now);
    move_unready(deployment, status_before.current_hosts, context);
    history_put(&deployment->history, context->pass,
                &(struct history_sample){ .busy_servers = demand_servers(deployment),
                                          .free_servers = status->free_servers,
                                          .hosts = status->current_hosts });
    expire_ledger(deployment, context);
}

static int32_t time_left_ms(struct mono since, int64_t period_ms, struct mono now)
{
    return since.ms == MONO_NEVER.ms ? 0 : saturate_i32(max_i64(0, since.ms + period_ms - now.ms));
}

static enum reason ledger_gate(const struct ledger *ledger)
{
    switch (ledger_state(ledger)) {
    case LEDGER_SETTLED:
        break;
    case LEDGER_IN_FLIGHT:
        return REASON_REQUEST_IN_FLIGHT;
    case LEDGER_UNCONFIRMED:
        return REASON_UNCONFIRMED;
    }
    return REASON_NONE;
}

/* Hosts that were gone and are counted again (a replica lags, or another tool adds hosts) may still be going. */
static int32_t drain_servers(const struct deployment *deployment)
{
    const struct ledger *ledger = deployment->ledger;
    if (!ledger || ledger->drain.is_open)
        return ledger ? ledger->drain.servers : 0;
    int64_t servers = (int64_t)ledger_leaving_hosts(ledger) * deployment->servers_per_host;
    return (int32_t)min_i64(servers, deployment->status.total_servers);
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
    input->pending_hosts = saturate_i32(ledger_pending_hosts(ledger) + hidden);
    input->coming_hosts = saturate_i32(ledger_coming_hosts(ledger) + hidden);
    input->unconfirmed_hosts = ledger_unconfirmed_hosts(ledger);
    input->undrained_hosts = undrained_hosts(ledger, now, pass_interval_ms);
    input->drain_servers = drain_servers(deployment);
    input->drain_hidden = drain_hidden(deployment);
    /* Hidden sessions keep hosts; they order none. */
    input->drain_correction = (int32_t)min_i64(0, deployment->drain_correction);
    input->repeat_delta = 0;
    struct unfilled unfilled = order_backoff_unfilled(ledger);
    input->unready_hosts = unready_of_staying(deployment);
    input->unfilled_hosts = unfilled.absent_hosts;
    input->dark_owed_hosts = (int32_t)min_i64(unfilled.dark_hosts, input->unready_hosts);
    input->retry_left_ms = saturate_i32(order_backoff_retry_left_ms(ledger, now));
    input->refused_left_ms = saturate_i32(order_backoff_hold_left_ms(ledger, now));
    input->order_limit = order_backoff_limit(ledger);
    input->growth_base_hosts = growth_base_hosts(&deployment->growth_base);
    input->grown_hosts = growth_hosts(deployment->growth, now);
    input->grown_left_ms = saturate_i32(growth_left_ms(deployment->growth, now));
    input->growth_wait_ms = saturate_i32(growth_wait_ms(deployment->growth, now));
    input->cooldown_up_left_ms =
        time_left_ms(deployment->scaled_up_at, policy->cooldown_up_ms, now);
    input->cooldown_down_left_ms =
        time_left_ms(deployment->scaled_at, policy->cooldown_down_ms, now);
    start_hold_fill_input(deployment, now, input);
}

/* Decides as if the request had not been sent. */
static void except_overdue(struct decision_input *input, int32_t delta)
{
    input->repeat_delta = delta;
    input->pending_hosts = saturate_i32((int64_t)input->pending_hosts - delta);
    input->coming_hosts = saturate_i32(input->coming_hosts - max_i64(0, delta));
    input->unconfirmed_hosts = 0;
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
        .gate = open != REASON_NONE ? open : context->gate,
        .is_shrink_latched = context->is_shrink_latched,
        .is_pending_removable = context->is_pending_removable,
    };
    intake_fill_input(deployment, context->now, context->pass_interval_ms, &deployment->input);
    if (overdue != 0)
        except_overdue(&deployment->input, overdue);
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
    event_add_integer(&event, "busy_servers", demand_servers(deployment));
    event_add_integer(&event, "busy_before", deployment->forecast.outage_level);
    event_add_integer(&event, "hold_ms", deployment->policy->outage_hold_ms);
    event_emit(&event, sink);
}

static void look_ahead(struct deployment *deployment, const struct intake_context *context)
{
    const struct status *status = &deployment->input.status;
    int32_t level_before = deployment->forecast.outage_level;
    forecast_observe(&deployment->forecast,
                     &(struct forecast_context){
                         .history = &deployment->history,
                         .times = context->times,
                         .pass = context->pass,
                         .pass_interval_ms = context->pass_interval_ms,
                         .horizon_ms = horizon_ms(deployment, context),
                         .outage_hold_ms = deployment->policy->outage_hold_ms,
                         .servers_per_host = deployment->servers_per_host,
                         .busy_servers = demand_servers(deployment),
                         .free_servers = status->free_servers,
                         .is_trending = deployment->policy->lookahead_ms != LOOKAHEAD_OFF,
                         .is_above_turnover = unready_is_above_mean(&deployment->unready,
                                                                    deployment->servers_per_host),
                     },
                     &deployment->input.outlook);
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

/* During an outage hold the window is long enough to include the desired hosts from before the collapse. */
static void move_desired_peak(struct deployment *deployment, const struct intake_context *context)
{
    struct decision_input *input = &deployment->input;
    bool is_held = input->outlook.outage_left_ms > 0;
    int64_t window_ms = deployment->policy->scale_down_window_ms;
    int64_t hold_ms =
        deployment->policy->outage_hold_ms + (OUTAGE_PASSES + 1) * context->pass_interval_ms;
    int32_t high = window_max_add(&deployment->desired_max, context->now,
                                  is_held ? max_i64(window_ms, hold_ms) : window_ms,
                                  desired_hosts_to_keep(input));
    input->desired_high = window_max_high(&deployment->desired_max, window_ms);
    input->outage_high = is_held ? high : 0;
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
    give_up_overdue(deployment, context);
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
    enum reason fault = judge_status(deployment, status, context);
    if (fault == REASON_NONE)
        take_in(deployment, status, context);
    /* Not after a bad status: the request may have been applied unseen. */
    struct ledger_timeouts timeouts = intake_timeouts(context->habit, deployment);
    int32_t overdue = fault == REASON_NONE ? overdue_delta(deployment, &timeouts, context->now) : 0;
    gather_input(deployment, status, fault, overdue, context);
    if (fault == REASON_NONE) {
        look_ahead(deployment, context);
        move_desired_peak(deployment, context);
    }
    decide(&deployment->input, ret_decision);
    if (overdue != 0)
        settle_overdue(deployment, overdue, ret_decision, context);
    if (fault == REASON_NONE && ret_decision->raw_delta <= 0)
        forget_refusals(deployment, context);
    keep_outcome(deployment, ret_decision);
}
