#include "tests/sim/model_parts.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"
#include "engine/core/intake.h"
#include "tests/support/formula.h"

#include <stdlib.h>

static struct breach check_leave(const struct model *model, const struct surroundings *around,
                                 bool is_manual)
{
    if (!model->is_listed || !model->is_defined)
        return broken(LAW_ABSENT, model->is_listed, model->is_defined);
    if (around->is_dry_run || around->is_read_only || around->is_stopping)
        return broken(LAW_NO_SEND, around->is_dry_run, around->is_stopping);
    bool is_paused = around->is_paused || model->is_paused || model->policy->is_paused;
    return is_paused && !is_manual ? broken(LAW_PAUSED, around->is_paused, model->is_paused) : kept;
}

static struct breach check_open(const struct model *model, const struct surroundings *around)
{
    if (model->is_in_flight)
        return broken(LAW_ONE_OPEN, around->now_ms, model->sent_ms);
    if (model->is_unconfirmed && !model->has_moved &&
        around->now_ms - model->sent_ms < model->confirm_ms)
        return broken(LAW_CONFIRM, around->now_ms - model->sent_ms, model->confirm_ms);
    return kept;
}

static struct breach check_rails(const struct model *model, const struct surroundings *around,
                                 int32_t delta, bool is_repeat)
{
    const struct policy *policy = model->policy;
    bool is_up = delta > 0;
    int64_t most = model_step_max(is_up ? &policy->max_step_up : &policy->max_step_down, policy,
                                  model->reported.current_hosts);
    if (llabs(delta) > most)
        return broken(LAW_MAX_STEP, delta, most);
    int64_t since_ms = is_up ? model->up_ms : model->any_ms;
    int64_t cooldown_ms = is_up ? policy->cooldown_up_ms : policy->cooldown_down_ms;
    if (!is_repeat && since_ms != INT64_MIN && around->now_ms - since_ms < cooldown_ms)
        return broken(LAW_COOLDOWN, around->now_ms - since_ms, cooldown_ms);
    int64_t hosts = (int64_t)model->reported.current_hosts + delta;
    /* Hosts whose removal was requested and that are still reported do not count. */
    if (is_up && !model_may_drain(model, around) && hosts > policy->max_hosts)
        return broken(LAW_MAX_HOSTS, hosts, policy->max_hosts);
    return !is_up && hosts < policy->min_hosts ? broken(LAW_MIN_HOSTS, hosts, policy->min_hosts)
                                               : kept;
}

/*
 * A repeat is the whole request again, when by now a fifth or two hosts less are needed. So is a request that was being
 * recorded at a kill: it may have been sent then.
 */
static int64_t wanted_when_sent(const struct model *model, bool is_repeat)
{
    int64_t needed = model_needed_hosts(model, model->busy);
    int64_t more = max_i64(DESIRED_HOSTS, needed / DESIRED_SHARE);
    /* A scale that waited is decided again with the policy of a reload. */
    int64_t wanted = max_i64(model->wanted, model_wanted_of(model, model->busy));
    return is_repeat || model->is_recalled ? max_i64(wanted, needed + more) : wanted;
}

/* The last removal is so recent that its hosts may be leaving. */
static bool is_just_removed(const struct model *model, const struct surroundings *around)
{
    int64_t leave_ms = (UNDRAINED_PASSES + 2) * around->pass_interval_ms;
    return around->now_ms - model->shrunk_ms <= leave_ms;
}

/* Removed hosts are replaced while they drain. Otherwise a status with all servers has no unready host. */
static struct breach check_growth(const struct model *model, const struct surroundings *around,
                                  int32_t delta, bool is_repeat)
{
    const struct status *reported = &model->reported;
    bool is_whole =
        reported->total_servers == (int64_t)reported->current_hosts * model->servers_per_host;
    bool is_draining = model->has_drained || model->had_drains;
    bool is_leaving = (is_just_removed(model, around) && model->leaving > 0) ||
                      (is_draining && model_may_drain(model, around));
    int64_t hosts = (int64_t)reported->current_hosts + delta;
    /* Hosts of another tool may look like removed ones that leave late: then the API seems to drain. */
    int64_t wanted = max_i64(wanted_when_sent(model, is_repeat), model->policy->min_hosts) +
                     model->room - model->kept_room;
    return is_whole && !is_leaving && hosts > wanted ? broken(LAW_REPLACED, hosts, wanted) : kept;
}

/* As if the API removed hosts with all their servers. */
static int64_t reported_servers_after(const struct model *model, int32_t delta)
{
    return model->reported.total_servers + (int64_t)delta * model->servers_per_host;
}

static struct breach check_removal(const struct model *model, const struct surroundings *around,
                                   int32_t delta)
{
    const struct policy *policy = model->policy;
    int64_t hosts = (int64_t)model->reported.current_hosts + delta;
    int64_t busy = model->busy;
    int64_t left = reported_servers_after(model, delta);
    int64_t needed = formula_hosts(busy, 1, model_target(model));
    if (around->now_ms < around->latched_until_ms)
        return broken(LAW_LATCH, around->now_ms, around->latched_until_ms);
    if (model_is_kept(model))
        return broken(LAW_KEPT_DEFINITION, delta, 0);
    if (left < needed)
        return broken(LAW_SURPLUS, left, needed);
    if (model->is_start_held && hosts < model->start_hosts)
        return broken(LAW_START, hosts, model->start_hosts);
    if (policy->max_hosts != HOSTS_UNLIMITED)
        return kept;
    int64_t wanted = model_wanted_of(model, busy);
    if (hosts < wanted)
        return broken(LAW_IDLE_ONLY, hosts, wanted);
    int64_t high =
        desired_highs_since(&model->desired_highs, around->now_ms - policy->scale_down_window_ms);
    if (hosts < high)
        return broken(LAW_WINDOW, hosts, high);
    /* The ledger keeps an event for one boot_timeout; its consequences may take another one. */
    bool is_calm = model->grown_ms != INT64_MIN && model->room == 0 &&
                   model->disturbed_ms + 2 * policy->boot_timeout_ms < model->grown_ms;
    if (is_calm && around->now_ms - model->grown_ms < policy->scale_down_window_ms)
        return broken(LAW_REVERSAL, around->now_ms - model->grown_ms, policy->scale_down_window_ms);
    return kept;
}

/* Only where the unknown one is the first scale of all, and no limit has changed since: others may be pending. */
static struct breach check_whole(const struct model *model, const struct surroundings *around,
                                 int32_t delta)
{
    const struct policy *policy = model->policy;
    int64_t hosts = (int64_t)model->reported.current_hosts + model->delta;
    int64_t needed = model_needed_hosts(model, model->busy);
    bool is_first = model->sent_count == 1 && model->overdue_statuses == 1 && !model->has_shown &&
                    !model->is_manual && model->is_whole && model->room == 0;
    bool is_near = model->wanted > model->reported.current_hosts &&
                   hosts <= needed + max_i64(DESIRED_HOSTS, needed / DESIRED_SHARE);
    bool is_allowed =
        hosts <= policy->max_hosts && model->delta <= model_growth_max(model, around->now_ms, 1) &&
        model->delta <= model_step_max(&policy->max_step_up, policy, model->reported.current_hosts);
    return is_first && is_near && is_allowed && delta < model->delta
               ? broken(LAW_WHOLE, delta, model->delta)
               : kept;
}

static struct breach check_of_pass(const struct model *model, const struct surroundings *around,
                                   int32_t delta, bool is_repeat)
{
    if (!model->is_result_good || model->reported_count == 0)
        return broken(LAW_GOOD_STATUS, model->is_result_good, model->reported_count);
    int64_t age_max_ms = max_i64(2 * around->pass_interval_ms, 10000);
    if (around->now_ms - model->reported_start_ms > age_max_ms)
        return broken(LAW_FRESH, around->now_ms - model->reported_start_ms, age_max_ms);
    struct breach breach = check_rails(model, around, delta, is_repeat);
    if (breach.law != LAW_NONE)
        return breach;
    if (delta > 0 && !is_repeat)
        breach = model_check_pace(model, around, delta);
    if (breach.law == LAW_NONE && delta > 0 && !is_repeat)
        breach = check_whole(model, around, delta);
    if (breach.law != LAW_NONE)
        return breach;
    return delta < 0 ? check_removal(model, around, delta)
                     : check_growth(model, around, delta, is_repeat);
}

/* The earliest age at which the scale may expire without a change of the host count. */
static int64_t confirm_ms(const struct policy *policy, int32_t delta, int32_t repeats)
{
    int64_t least_ms = policy->confirm_timeout_ms == CONFIRM_AUTO ? policy->boot_timeout_ms
                                                                  : policy->confirm_timeout_ms;
    int64_t first_ms = delta < 0 ? max_i64(least_ms, policy->boot_timeout_ms) : least_ms;
    return first_ms << (repeats < LEDGER_WAIT_DOUBLINGS ? repeats : LEDGER_WAIT_DOUBLINGS);
}

/* Uses the policy at the time of the decision; a reload may change it before the scale is carried out. */
static void bound_owned(struct model *model, bool is_repeat)
{
    const struct policy *policy = model->policy;
    int64_t busy = model->busy;
    bool is_bounded = policy->max_hosts != HOSTS_UNLIMITED;
    model->owned_most =
        min_i64(max_i64(wanted_when_sent(model, is_repeat), policy->min_hosts), policy->max_hosts);
    model->owned_least = is_bounded ? model_hosts_that_fill(busy, model->servers_per_host)
                                    : model_wanted_of(model, busy);
}

static void note_removal(struct model *model, const struct surroundings *around, int32_t delta)
{
    model->leaving = (is_just_removed(model, around) ? model->leaving : 0) - delta;
    model->shrunk_ms = around->now_ms;
}

struct breach model_send(struct model *model, const struct surroundings *around, int32_t delta,
                         bool is_manual, bool is_repeat)
{
    if (delta == 0)
        return broken(LAW_NOT_ZERO, 0, 0);
    struct breach breach = check_leave(model, around, is_manual);
    if (breach.law == LAW_NONE)
        breach = check_open(model, around);
    if (breach.law == LAW_NONE && !is_manual)
        breach = check_of_pass(model, around, delta, is_repeat);
    model->is_in_flight = true;
    model->is_unconfirmed = false;
    model->is_manual = is_manual;
    model->has_shown = false;
    model->has_moved = false;
    model->delta = delta;
    model->sent_before_ms = model->sent_ms;
    model->sent_ms = around->now_ms;
    model->sent_on_ms = model->reported_ms;
    model->repeats = is_repeat ? model->repeats + 1 : 0;
    model->sent_count++;
    if (delta > 0 && !is_repeat)
        model_note_growth(&model->grown, around->now_ms, delta);
    if (delta > 0 && !is_repeat && !is_manual)
        model_watch_order(model, around->now_ms);
    if (!is_manual)
        bound_owned(model, is_repeat);
    model->confirm_ms = confirm_ms(model->policy, delta, model->repeats);
    if (delta < 0)
        note_removal(model, around, delta);
    if (is_manual)
        model_disturb(model, around->now_ms, delta);
    return breach;
}

struct breach model_apply(const struct model *model, int64_t owned)
{
    if (model->is_manual)
        return kept;
    if (model->delta > 0 && owned > model->owned_most + model->room)
        return broken(LAW_NOT_TWICE, owned, model->owned_most + model->room);
    return model->delta < 0 && owned < model->owned_least - model->room
               ? broken(LAW_OWNED_LOW, owned, model->owned_least - model->room)
               : kept;
}

/* A repeat that was not sent, or not read, changes nothing: the scale is unconfirmed as before. */
static void unsend(struct model *model)
{
    model->repeats--;
    model->sent_ms = model->sent_before_ms;
    model->confirm_ms = confirm_ms(model->policy, model->delta, model->repeats);
    model->is_unconfirmed = true;
}

void model_end(struct model *model, int64_t now_ms, const struct scale_result *result)
{
    model->is_in_flight = false;
    bool is_unread = result->refusal == REFUSAL_UNSENT || result->refusal == REFUSAL_BUSY;
    if (result->outcome == SCALE_REFUSED && is_unread && model->repeats > 0)
        unsend(model);
    else if (result->outcome == SCALE_REFUSED && model->delta > 0 && model->repeats == 0)
        model->grown.items[model->grown.count - 1].hosts = 0;
    if (result->outcome == SCALE_REFUSED)
        return;
    model->any_ms = now_ms;
    if (model->delta > 0)
        model->up_ms = now_ms;
    if (result->outcome == SCALE_LOST) {
        model->is_unconfirmed = true;
        model_disturb(model, now_ms, 0);
    } else if (model->delta > 0 && !model->is_manual) {
        model->grown_ms = model->sent_on_ms;
    }
}

/* Retry-After is forgotten, and the outcome of a scale in flight is not known. */
void model_restart(struct model *model, int64_t now_ms, const struct recollection *recollection)
{
    int32_t begun_delta = recollection->begun_delta;
    static const struct scale_result lost = { .outcome = SCALE_LOST };
    if (model->is_in_flight || model->is_unconfirmed)
        model->stuck = (struct stuck){ 0 }; /* the core does not count it a second time */
    if (model->is_in_flight) {
        /* When it left is in no record. */
        model->sent_ms = min_i64(model->sent_ms, recollection->recorded_ms);
        model_end(model, recollection->recorded_ms, &lost);
    }
    model->sent_count += begun_delta != 0;
    if (begun_delta < 0) {
        model->shrunk_ms = now_ms;
        model->leaving -= begun_delta;
    }
    /* What was removed before the last status, which the record has, expires with a status only. */
    model->is_drain_recalled |= model_may_drain_at(model, model->reported_ms);
    model->is_listed = false;
    model->gone_ms = now_ms;
    model->unusable_ms = now_ms;
    model->is_whole = false; /* the history is gone: not every decision is that of the formula */
    model->is_result_good = false;
    model->start_count = 0;
    model->is_start_recalled = recollection->has_start;
    model->recalled_ms = recollection->status_ms;
    model->is_start_held = !model->policy->is_bare;
    model->backoff_until_ms = INT64_MIN;
    model->overdue_statuses = 0;
}

/* Hosts above max_hosts stay while the target needs them. */
int64_t model_rest(const struct model *model, int64_t ready_hosts, int64_t demand)
{
    const struct policy *policy = model->policy;
    int64_t busy = min_i64(demand, ready_hosts * model->servers_per_host);
    int64_t wanted = max_i64(model_wanted_of(model, busy), policy->min_hosts);
    if (wanted <= policy->max_hosts)
        return wanted;
    return max_i64(policy->max_hosts, min_i64(ready_hosts, model_needed_hosts(model, busy)));
}
