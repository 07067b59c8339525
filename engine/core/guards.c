/*
 * The rules that limit a delta, in the order of rules.def: the window and the outage hold, pending hosts, doubt,
 * bounds, the start hold, the surplus, the growth of an hour, steps, cooldowns, and the gate that decides whether
 * anything is sent.
 */
#include "engine/core/guards.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"
#include "engine/core/growth.h"
#include "engine/core/rule_functions.h"

/* All hosts that are paid for: existing and pending ones. */
static int64_t owned_hosts(const struct decision_input *in)
{
    return (int64_t)in->status.current_hosts + in->pending_hosts;
}

int64_t apply_window(const struct decision_input *in, const struct decision *decision,
                     int64_t delta, enum reason *reason)
{
    (void)reason;
    if (delta >= 0)
        return delta;
    /* The window may cancel a shrink, never turn it into growth. */
    int64_t highest = max_i64(in->desired_high, decision->desired_hosts);
    return min_i64(0, max_i64(highest - decision->base_hosts, delta));
}

/* A longer window after a collapse: the demand probably returns. */
int64_t apply_outage(const struct decision_input *in, const struct decision *decision,
                     int64_t delta, enum reason *reason)
{
    (void)reason;
    if (delta >= 0 || in->outlook.outage_left_ms == 0)
        return delta;
    return min_i64(0, max_i64(in->outage_high - decision->base_hosts, delta));
}

enum reason shrink_doubt(const struct decision_input *in)
{
    if (in->entry_fault != REASON_NONE)
        return REASON_KEPT_DEFINITION;
    if (in->is_shrink_latched)
        return REASON_DISCOVERY_SHRANK;
    /* Without servers, the status shows nothing about demand. */
    return in->status.current_hosts > 0 && in->status.total_servers == 0 ? REASON_NO_SERVERS
                                                                         : REASON_NONE;
}

/* Orders that were given up can be taken back: the API promises to take hosts that have not booted. */
static int64_t removable_hosts(const struct decision_input *in)
{
    return in->is_pending_removable ? in->unfilled_hosts : 0;
}

/*
 * Pending hosts may or may not appear, so each direction assumes the worse case. Hosts that were added and not seen yet
 * are not removed: existing hosts would go instead, unless the API removes unbooted hosts first. Hosts whose removal
 * was requested and that remain are not replaced, as long as enough servers are free. A request whose outcome is not
 * known is repeated whole rather than followed by a smaller one, see intake_decision.c.
 */
int64_t apply_pending(const struct decision_input *in, const struct decision *decision,
                      int64_t delta, enum reason *reason)
{
    (void)decision;
    (void)reason;
    if (delta < 0)
        return min_i64(0, delta + coming_hosts(in) - removable_hosts(in));
    int64_t kept = in->is_whole_repeat && delta > 0 ? max_i64(delta, in->repeat_delta) : delta;
    if (kept > 0 && in->undrained_hosts > 0)
        kept = max_i64(min_i64(kept, short_hosts(in)), kept - in->undrained_hosts);
    return kept;
}

/* Where no growth is desired, a kept definition is the reason although nothing is to be removed: it must be seen. */
int64_t apply_shrink_doubt(const struct decision_input *in, const struct decision *decision,
                           int64_t delta, enum reason *reason)
{
    if (delta == 0 && decision->raw_delta <= 0 && in->entry_fault != REASON_NONE)
        *reason = REASON_KEPT_DEFINITION;
    if (delta >= 0 || shrink_doubt(in) == REASON_NONE)
        return delta;
    *reason = shrink_doubt(in);
    return 0;
}

/* Clamp by the pessimistic host count: remove only existing hosts, and do not replace hosts that have not drained. */
static int64_t bound_delta(int64_t delta, const struct decision_input *in)
{
    return delta < 0 ? min_i64(0, delta + coming_hosts(in))
                     : max_i64(0, delta - in->undrained_hosts);
}

static int64_t delta_to_min_hosts(const struct decision_input *in, const struct decision *decision)
{
    return bound_delta(in->policy->min_hosts - decision->base_hosts, in);
}

/* min_hosts counts hosts that can serve. Unready hosts do not keep a deployment alive. */
int64_t apply_min_hosts(const struct decision_input *in, const struct decision *decision,
                        int64_t delta, enum reason *reason)
{
    (void)reason;
    return max_i64(delta, delta_to_min_hosts(in, decision));
}

/* max_hosts counts hosts that are paid for. A lowered bound removes hosts, within the surplus (the next rule). */
int64_t apply_max_hosts(const struct decision_input *in, const struct decision *decision,
                        int64_t delta, enum reason *reason)
{
    (void)decision;
    (void)reason;
    int64_t highest = bound_delta(in->policy->max_hosts - owned_hosts(in), in);
    if (in->policy->max_hosts == HOSTS_UNLIMITED || delta <= highest)
        return delta;
    return shrink_doubt(in) == REASON_NONE ? highest : max_i64(highest, 0);
}

/* Hosts above the first number may go once they exist: a pending host may never come. */
int64_t apply_start_hold(const struct decision_input *in, const struct decision *decision,
                         int64_t delta, enum reason *reason)
{
    (void)reason;
    if (delta >= 0 || in->start_hosts == 0)
        return delta;
    return max_i64(delta, bound_delta(min_i64(0, in->start_hosts - decision->base_hosts), in));
}

/*
 * Only servers that exist can be given up: hosts that boot or are dead are not a surplus. A fleet that must stay above
 * max_hosts keeps that reason.
 */
int64_t apply_surplus(const struct decision_input *in, const struct decision *decision,
                      int64_t delta, enum reason *reason)
{
    (void)decision;
    int64_t cut = delta < 0 ? max_i64(delta, -surplus_hosts(in) - removable_hosts(in)) : delta;
    if (cut != delta && *reason != REASON_MAX_HOSTS)
        *reason = REASON_SURPLUS;
    return cut;
}

/* The hosts must fit into current_hosts of a status; else the number that is desired is not plausible. */
static bool is_countable(const struct decision_input *in, const struct decision *decision,
                         int64_t delta)
{
    return max_i64(decision->desired_hosts, owned_hosts(in) + delta) <= INT32_MAX;
}

static int64_t step_hosts(const struct decision_input *in, const struct step_limit *limit)
{
    return step_limit_hosts(limit, in->policy, in->status.current_hosts);
}

/* An unconfirmed order that will not be repeated is given up, and stays counted. */
static int32_t counted_repeat(const struct decision_input *in, int64_t delta)
{
    int64_t most = min_i64(delta - in->dark_owed_hosts, step_hosts(in, &in->policy->max_step_up));
    return most >= in->repeat_delta ? in->repeat_delta : 0;
}

int64_t growth_left_hosts(const struct decision_input *in, int64_t delta)
{
    int64_t limit = growth_limit_hosts(in->policy, in->growth_base_hosts, in->servers_per_host);
    int64_t repeat = counted_repeat(in, delta);
    int64_t left = limit - (in->grown_hosts - repeat);
    /* Under a limit that was lowered, the order is not repeated either. */
    return max_i64(0, left < repeat ? limit - in->grown_hosts : left);
}

enum reason growth_doubt(const struct decision_input *in, const struct decision *decision,
                         int64_t delta)
{
    if (delta <= 0)
        return REASON_NONE;
    if (!is_countable(in, decision, delta))
        return REASON_NOT_COUNTABLE;
    bool is_off = in->policy->max_growth_per_hour.kind == STEP_UNLIMITED;
    return in->growth_wait_ms > 0 && !is_off ? REASON_GROWTH_WITHOUT_EFFECT : REASON_NONE;
}

/* Hosts up to min_hosts are always ordered. */
int64_t apply_max_growth(const struct decision_input *in, const struct decision *decision,
                         int64_t delta, enum reason *reason)
{
    if (delta <= 0)
        return delta;
    enum reason doubt = growth_doubt(in, decision, delta);
    bool is_off = in->policy->max_growth_per_hour.kind == STEP_UNLIMITED;
    int64_t most = doubt != REASON_NONE ? 0 : is_off ? delta : growth_left_hosts(in, delta);
    int64_t cut = min_i64(delta, max_i64(most, delta_to_min_hosts(in, decision)));
    if (cut != delta)
        *reason = doubt != REASON_NONE ? doubt : REASON_MAX_GROWTH_PER_HOUR;
    return cut;
}

int64_t apply_max_step(const struct decision_input *in, const struct decision *decision,
                       int64_t delta, enum reason *reason)
{
    (void)decision;
    int64_t limit =
        step_hosts(in, delta > 0 ? &in->policy->max_step_up : &in->policy->max_step_down);
    int64_t cut = clamp_i64(delta, -limit, limit);
    if (cut != delta)
        *reason = delta > 0 ? REASON_MAX_STEP_UP : REASON_MAX_STEP_DOWN;
    return cut;
}

/*
 * All hosts of an unconfirmed scale-up are still wanted: the same request is sent again. More that is wanted follows
 * later, as a request of its own.
 */
static bool is_repeat(const struct decision_input *in, int64_t delta)
{
    return in->repeat_delta > 0 && delta >= in->repeat_delta;
}

/*
 * What is wanted without the dark hosts of unfilled orders. A limit holds for the rest: these are not cut from it. When
 * no more than these is wanted, a probe that is due is ordered all the same.
 */
static int64_t without_owed(const struct decision_input *in, const struct decision *decision,
                            int64_t delta)
{
    size_t index = decision->step_count;
    if (in->dark_owed_hosts == 0)
        return delta;
    while (index > 0 && decision->steps[index - 1].rule >= RULE_MAX_GROWTH)
        index--;
    must(index < decision->step_count);
    int64_t rest = decision->steps[index].before - in->dark_owed_hosts;
    return min_i64(delta, max_i64(rest, in->probe_hosts));
}

/* While a host is awaited that is to show that orders bring hosts, only its probe is ordered. */
static int64_t order_limit(const struct decision_input *in)
{
    int64_t limit = in->order_limit > 0 ? in->order_limit : INT64_MAX;
    if (in->unproven_limit == 0)
        return limit;
    return min_i64(limit, in->is_proving ? in->probe_hosts : in->unproven_limit);
}

/*
 * Growth that only unfilled orders keep from being wanted has this reason, too. A repeat is an earlier order: later
 * refusals do not concern it.
 */
int64_t apply_order_backoff(const struct decision_input *in, const struct decision *decision,
                            int64_t delta, enum reason *reason)
{
    if (delta == 0 && *reason == REASON_PENDING_HOSTS && in->unfilled_hosts > 0)
        *reason = REASON_ORDER_BACKOFF;
    if (delta <= 0)
        return delta;
    int64_t kept = without_owed(in, decision, delta);
    if (is_repeat(in, kept))
        return kept;
    if (in->refused_left_ms > 0)
        return 0;
    return min_i64(kept, order_limit(in));
}

/* A repeat is the request that began the cooldown. */
int64_t apply_cooldown(const struct decision_input *in, const struct decision *decision,
                       int64_t delta, enum reason *reason)
{
    (void)decision;
    int32_t left_ms = delta > 0 ? in->cooldown_up_left_ms : in->cooldown_down_left_ms;
    if (delta == 0 || left_ms <= 0 || is_repeat(in, delta))
        return delta;
    *reason = delta > 0 ? REASON_COOLDOWN_UP : REASON_COOLDOWN_DOWN;
    return 0;
}

/* A dry-run keeps the delta: it is shown as what would be sent. */
int64_t apply_gate(const struct decision_input *in, const struct decision *decision, int64_t delta,
                   enum reason *reason)
{
    (void)decision;
    if (in->gate == REASON_UNCONFIRMED)
        *reason = in->gate;
    if (in->gate == REASON_NONE && is_repeat(in, delta)) {
        *reason = REASON_REPEATED;
        return in->repeat_delta;
    }
    if (delta == 0 || in->gate == REASON_NONE)
        return delta;
    if (in->gate == REASON_DRY_RUN)
        return delta;
    *reason = in->gate;
    return 0;
}
