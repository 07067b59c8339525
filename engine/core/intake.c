#include "engine/core/intake.h"

#include "engine/base/arith.h"
#include "engine/core/intake_ops.h"
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
        order_key_format(&deployment->ledger->key, key);
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
    order_key_format(&deployment->ledger->key, key);
    event_init(&event, id);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "delta", expiry->delta);
    event_add_string(&event, "key", key);
    event_add_integer(&event, "age_ms", expiry->age_ms);
    event_emit(&event, context->sink);
}

int32_t intake_overdue_delta(const struct deployment *deployment,
                             const struct ledger_timeouts *timeouts, struct mono now)
{
    if (deployment->is_scale_queued || (deployment->ledger && deployment->ledger->is_waiting))
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

void intake_give_up(struct deployment *deployment, const struct intake_context *context)
{
    struct ledger_timeouts timeouts = intake_timeouts(context->habit, deployment);
    struct ledger_expiry expiry;
    ledger_give_up(deployment->ledger, context->now, &timeouts, &expiry);
    emit_overdue(EVENT_SCALE_NOT_APPLIED, deployment, &expiry, context);
}

static void emit_backoff_started(const struct deployment *deployment,
                                 const struct intake_context *context)
{
    struct ledger *ledger = deployment->ledger;
    struct unfilled unfilled = order_backoff_unfilled(ledger);
    bool is_unchanged = order_backoff_unchanged_ms(ledger, context->now) > 0;
    order_backoff_emit_started(deployment->id, is_unchanged ? "unchanged" : "unfilled",
                               (int64_t)unfilled.absent_hosts + unfilled.dark_hosts,
                               order_backoff_retry_left_ms(ledger, context->now), context->sink);
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

/* Servers on hosts that drain outside current_hosts hide those that the counted ones lack. */
static bool are_all_serving(const struct deployment *deployment)
{
    const struct ledger *ledger = deployment->ledger;
    bool is_hidden = ledger && ledger->drain.is_open && ledger->drain.is_uncounted;
    return !is_hidden && missing_hosts(deployment) <= 0;
}

static void note_servers(struct deployment *deployment, int32_t servers_before,
                         const struct intake_context *context)
{
    const struct status *status = &deployment->status;
    if (ledger_observe_servers(deployment->ledger, servers_before, status->total_servers,
                               are_all_serving(deployment), context->now))
        order_backoff_note_served(deployment->ledger, context->now,
                                  deployment->policy->boot_timeout_ms);
}

/* Only after a plausible status: without one, hosts may have appeared unseen. */
static void expire_ledger(struct deployment *deployment, const struct intake_context *context)
{
    if (deployment->ledger && deployment->ledger->is_waiting)
        return;
    struct ledger_timeouts timeouts = intake_timeouts(context->habit, deployment);
    int32_t overdue = intake_overdue_delta(deployment, &timeouts, context->now);
    if (overdue < 0)
        assume_removal(deployment, context);
    else if (overdue > 0 && ledger_is_hidden(deployment->ledger, context->now, &timeouts))
        intake_give_up(deployment, context);
    struct ledger_expiry expiry;
    while (ledger_expire(deployment->ledger, context->now, &timeouts, &expiry)) {
        emit_expiry(deployment, &expiry, context->sink);
    }
    if (!ledger_may_drain(deployment->ledger, context->now, &timeouts))
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

int32_t intake_demand_servers(const struct deployment *deployment)
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
        .booting_hosts = ledger_unserved_hosts(deployment->ledger),
        .are_servers_restarting = unready_is_swinging(&deployment->unready),
        .before = before,
        .now = &deployment->status,
    };
}

static void begin_drain(const struct deployment *deployment, struct ledger *ledger,
                        int32_t leaving_hosts, int64_t hosts)
{
    struct drain_context context = drain_context(deployment, &deployment->status);
    context.leaving_hosts = leaving_hosts;
    context.usual_fall = usual_fall(deployment);
    drain_begin(&ledger->drain, &context, saturate_i32(hosts), intake_demand_servers(deployment));
}

void intake_send(struct deployment *deployment, int32_t delta, struct mono now,
                 const struct ledger_timeouts *timeouts)
{
    struct ledger *ledger = deployment->ledger;
    if (delta < 0)
        begin_drain(deployment, ledger, ledger_leaving_hosts(ledger), -(int64_t)delta);
    ledger_send(ledger, delta, now, timeouts);
}

void intake_leave(const struct deployment *deployment, struct ledger *ledger)
{
    int64_t removed = max_i64(0, -(int64_t)ledger_open_hosts(ledger));
    int64_t leaving = ledger_leaving_hosts(ledger) - removed;
    if (removed > 0 && !ledger_is_repeat(ledger))
        begin_drain(deployment, ledger, saturate_i32(leaving), removed);
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
    int64_t removed_before = ledger_removed_hosts(deployment->ledger);
    ledger_observe(deployment->ledger, hosts_before, deployment->status.current_hosts, context->now,
                   &movement);
    int64_t removed = ledger_removed_hosts(deployment->ledger) - removed_before;
    deployment->removed_hosts = saturate_i32(max_i64(0, deployment->removed_hosts + removed));
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
        .busy_servers = intake_demand_servers(deployment),
        .servers_per_host = deployment->servers_per_host,
    };
    int32_t lost = losses_observe(deployment->ledger, &loss_context);
    if (lost > 0)
        emit_lost(deployment, lost, context->sink);
}

bool intake_has_before(const struct deployment *deployment)
{
    return deployment->has_status || deployment->status_at.ms != 0;
}

/* After a restart, the ledger alone remembers them. */
static int64_t removed_hosts(const struct deployment *deployment)
{
    return max_i64((int64_t)deployment->removed_hosts + deployment->removed_hosts_before,
                   ledger_removed_hosts(deployment->ledger));
}

/*
 * The most hosts that may have servers: those of the last boot_timeout or longer (of the current period and of the one
 * before it), and those of now beside hosts that were removed in the last drain_timeout or longer.
 */
static int32_t hosts_high(const struct deployment *deployment, const struct status *status)
{
    int64_t hosts = max_i64(deployment->status.current_hosts, status->current_hosts);
    int64_t known = max_i64(deployment->hosts_high, deployment->hosts_high_before);
    known = saturate_i32(
        max_i64(known, intake_has_before(deployment) ? hosts + removed_hosts(deployment) : 0));
    return (int32_t)max_i64(known, status->current_hosts);
}

/* Of a period of timeouts: rounded up, so that it is not too short. */
static uint32_t whole_seconds(struct mono now)
{
    return (uint32_t)clamp_i64(ceil_div(now.ms, 1000), 0, UINT32_MAX);
}

static int64_t age_ms(uint32_t since_s, struct mono now)
{
    return now.ms - (int64_t)since_s * 1000;
}

static void move_hosts_high(struct deployment *deployment, struct mono now)
{
    if (age_ms(deployment->hosts_high_since_s, now) >= deployment->policy->boot_timeout_ms) {
        deployment->hosts_high_before = deployment->hosts_high;
        deployment->hosts_high = 0;
        deployment->hosts_high_since_s = whole_seconds(now);
    }
    deployment->hosts_high =
        (int32_t)max_i64(deployment->hosts_high, deployment->status.current_hosts);
}

static void move_removed_hosts(struct deployment *deployment, const struct intake_context *context)
{
    int64_t period_ms = intake_timeouts(context->habit, deployment).drain_ms;
    if (age_ms(deployment->removed_since_s, context->now) < period_ms)
        return;
    deployment->removed_hosts_before = deployment->removed_hosts;
    deployment->removed_hosts = 0;
    deployment->removed_since_s = whole_seconds(context->now);
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

static void move_unready(struct deployment *deployment, const struct status *before,
                         const struct intake_context *context)
{
    const struct ledger *ledger = deployment->ledger;
    const struct policy *policy = deployment->policy;
    struct unready_facts facts = {
        .missing_hosts = missing_hosts(deployment) - ledger_leaving_hosts(ledger),
        .booting_hosts = ledger_booting_hosts(ledger),
        .missing_servers = missing_servers(deployment),
        .servers_per_host = deployment->servers_per_host,
        .servers_risen = (int64_t)deployment->status.total_servers - before->total_servers,
        .have_hosts_moved = deployment->status.current_hosts != before->current_hosts,
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
    if (!intake_has_before(deployment) || status->current_hosts > 0 ||
        deployment->status.current_hosts == 0 || left <= 0) {
        deployment->collapse_count = 0;
        return false;
    }
    if (++deployment->collapse_count < COLLAPSE_AGREEMENT)
        return true;
    deployment->collapse_count = 0;
    return false;
}

enum reason intake_judge(struct deployment *deployment, const struct status *status,
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

static void note_change(struct deployment *deployment, const struct status *before,
                        const struct intake_context *context)
{
    const struct status *status = &deployment->status;
    if (deployment->ledger && (status->current_hosts != before->current_hosts ||
                               status->total_servers != before->total_servers ||
                               status->free_servers != before->free_servers))
        deployment->ledger->changed_at = context->now;
}

/* What is remembered agrees with two statuses, or has been corrected by them. */
static void end_restore(struct deployment *deployment)
{
    if (deployment->ledger && deployment->start_statuses >= START_STATUSES_MIN)
        deployment->ledger->is_waiting = false;
}

void intake_take(struct deployment *deployment, const struct status *status,
                 const struct intake_context *context)
{
    bool has_status_before = intake_has_before(deployment);
    struct status status_before = has_status_before ? deployment->status : *status;
    int32_t usable_before = usable_hosts(deployment);
    struct mono before = deployment->status_at;
    bool is_first = !deployment->has_status;
    deployment->status = *status;
    deployment->status_at = deployment->read_started;
    deployment->has_status = true;
    if (is_first && !deployment->is_start_restored)
        deployment->is_start_unknown = !has_status_before;
    start_hold_observe(deployment, context->now, context->now.ms - before.ms,
                       is_first ? 0 : context->pass - deployment->history.last_pass);
    note_change(deployment, &status_before, context);
    move_removed_hosts(deployment, context);
    move_ledger(deployment, status_before.current_hosts, context);
    if (has_status_before)
        learn_boot_time(deployment, usable_before, before, context);
    observe_drain(deployment, &status_before, context);
    observe_losses(deployment, context);
    note_servers(deployment, status_before.total_servers, context);
    move_hosts_high(deployment, context->now);
    move_growth(deployment, context->now);
    move_unready(deployment, &status_before, context);
    history_put(&deployment->history, context->pass,
                &(struct history_sample){ .busy_servers = intake_demand_servers(deployment),
                                          .free_servers = status->free_servers,
                                          .hosts = status->current_hosts });
    end_restore(deployment);
    expire_ledger(deployment, context);
}
