#include "tests/sim/model_parts.h"

#include "engine/base/arith.h"
#include "engine/core/intake.h"

static const struct law_row law_rows[] = {
    { "none", "-", "" },
#define LAW(id, name, number, meaning) { name, number, meaning },
#include "tests/sim/laws.def"
#undef LAW
};

const struct law_row *law_row(enum law law)
{
    return &law_rows[law];
}

/* --- events ----------------------------------------------------------------------------------------- */

void model_forget(struct model *model)
{
    struct model fresh = { .policy = model->policy,
                           .is_whole = true,
                           .up_ms = INT64_MIN,
                           .any_ms = INT64_MIN,
                           .grown_ms = INT64_MIN,
                           .disturbed_ms = INT64_MIN / 2,
                           .shrunk_ms = INT64_MIN / 2,
                           .backoff_until_ms = INT64_MIN,
                           .room = model->room,
                           .kept_room = model->kept_room,
                           .wanted_high = model->wanted_high,
                           .busy_high = model->busy_high };
    *model = fresh;
}

void model_start_again(struct model *model, bool is_reading)
{
    model->start_count = is_reading ? -1 : 0;
    model->enough_highs.count = 0;
    model->enough_high = 0;
    model->has_enough = false;
    model->was_enough = false;
    model->stuck = (struct stuck){ 0 };
    model->start_hosts = model->reported.current_hosts;
    model->is_start_held = !model->policy->is_bare;
}

void model_disturb(struct model *model, int64_t now_ms, int64_t room)
{
    model->disturbed_ms = max_i64(model->disturbed_ms, now_ms);
    model->room += room < 0 ? -room : room;
}

/* Its hosts are the same ones, with more servers or fewer. */
static void resize_stuck(struct stuck *stuck, int64_t before, int64_t after)
{
    stuck->first_servers = saturate_i32((stuck->first_servers * after + before - 1) / before);
    stuck->latest_servers = saturate_i32((stuck->latest_servers * after + before - 1) / before);
}

void model_define(struct model *model, int32_t servers_per_host, int32_t target_free_ppb)
{
    int64_t before = model->servers_per_host;
    bool is_jump =
        before > 0 && (servers_per_host > 2 * before || 2 * (int64_t)servers_per_host < before);
    model->is_defined = !is_jump || model->next_servers_per_host == servers_per_host;
    model->next_servers_per_host = model->is_defined ? 0 : servers_per_host;
    if (!model->is_defined)
        return;
    if (before > 0 && before != servers_per_host) {
        resize_stuck(&model->stuck, before, servers_per_host);
        model->is_whole = false;
        model->desired_highs.count = 0;
        model->busy_high = 0;
    }
    bool is_target_good = target_free_ppb >= 0;
    if (is_target_good || before == 0)
        model->target_free_ppb = target_free_ppb;
    model->servers_per_host = servers_per_host;
    model->is_size_kept = false;
    model->is_target_kept = !is_target_good;
}

void model_spoil(struct model *model, bool is_target_alone)
{
    bool is_target_needed = model->policy->target_free_ppb == TARGET_FROM_API;
    model->is_defined = model->servers_per_host > 0 && model->next_servers_per_host == 0 &&
                        model_target(model) >= 0;
    model->is_size_kept = !is_target_alone;
    model->is_target_kept = is_target_alone && is_target_needed;
}

bool model_is_kept(const struct model *model)
{
    bool is_target_needed = model->policy->target_free_ppb == TARGET_FROM_API;
    return model->is_size_kept || (model->is_target_kept && is_target_needed);
}

/* --- statuses --------------------------------------------------------------------------------------- */

static bool is_start_held(const struct model *model, int64_t now_ms)
{
    return !model->policy->is_bare &&
           (model->start_count < 2 ||
            now_ms - model->start_ms < model->policy->scale_down_window_ms);
}

/* More than four passes and a window without an accepted status: nothing is known of that time. */
static bool was_silent(const struct model *model, const struct surroundings *around)
{
    return model->reported_count > 0 && around->pass > model->reported_pass + 4 &&
           around->now_ms - model->reported_start_ms >= model->policy->scale_down_window_ms;
}

/* Hosts that were removed before it, and what has changed since then, look as if they left now. */
static void start_after_silence(struct model *model, int64_t now_ms)
{
    model->start_count = 0;
    if (model_may_drain_at(model, model->reported_ms))
        model->shrunk_ms = now_ms;
}

static void begin_start(struct model *model, const struct surroundings *around,
                        const struct status *status)
{
    model->start_hosts = status->current_hosts;
    model->start_ms = around->now_ms;
}

/* The hold goes on, unless the program did not run for a whole window. */
static void recall_start(struct model *model, const struct surroundings *around,
                         const struct status *status)
{
    int64_t window_ms = model->policy->scale_down_window_ms;
    bool is_over = around->now_ms - model->start_ms >= window_ms;
    if (around->now_ms - model->recalled_ms >= window_ms)
        begin_start(model, around, status);
    else if (is_over || status->current_hosts > model->start_hosts)
        model->start_hosts = status->current_hosts;
}

/* Before the status is recorded. */
static void note_start(struct model *model, const struct surroundings *around,
                       const struct status *status)
{
    if (was_silent(model, around))
        start_after_silence(model, around->now_ms);
    if (model->start_count == 0 && model->is_start_recalled)
        recall_start(model, around, status);
    else if (model->start_count <= 0)
        begin_start(model, around, status);
    model->is_start_recalled = false;
    model->start_count++;
    model->is_drain_recalled &= model->start_count < 2;
    model->reported_pass = around->pass;
    model->is_start_held = is_start_held(model, around->now_ms);
}

/* --- decisions -------------------------------------------------------------------------------------- */

/* Hosts that the target needs stay. */
static int64_t goal_within_max(const struct model *model, int64_t goal, bool is_doubted)
{
    int64_t hosts = model->reported.current_hosts;
    int64_t lowest = min_i64(goal, min_i64(hosts, model_needed_hosts(model, model->busy)));
    int64_t most = max_i64(model->policy->max_hosts, lowest);
    return most < hosts && is_doubted ? hosts : most;
}

/* The expected delta when nothing is pending, no host is unready and no cooldown is active. */
static int64_t plain_delta(const struct model *model, const struct surroundings *around,
                           int64_t desired, int64_t desired_high, bool is_held, int64_t growth)
{
    const struct policy *policy = model->policy;
    int64_t hosts = model->reported.current_hosts;
    int64_t goal = desired;
    if (goal < hosts && desired_high > goal)
        goal = desired_high < hosts ? desired_high : hosts;
    bool is_doubted = around->now_ms < around->latched_until_ms || model_is_kept(model) ||
                      (hosts > 0 && model->reported.total_servers == 0);
    if (goal < hosts && is_doubted)
        goal = hosts;
    if (goal < policy->min_hosts)
        goal = policy->min_hosts;
    if (policy->max_hosts != HOSTS_UNLIMITED && goal > policy->max_hosts)
        goal = goal_within_max(model, goal, is_doubted);
    if (is_held && goal < hosts)
        goal = max_i64(goal, min_i64(hosts, model->start_hosts));
    int64_t delta = goal - hosts;
    if (delta > growth)
        delta = min_i64(delta, max_i64(growth, policy->min_hosts - hosts));
    int64_t up = model_step_max(&policy->max_step_up, policy, hosts);
    int64_t down = model_step_max(&policy->max_step_down, policy, hosts);
    return delta > up ? up : delta < -down ? -down : delta;
}

bool model_may_drain_at(const struct model *model, int64_t at_ms)
{
    const struct policy *policy = model->policy;
    int64_t most_ms = max_i64(policy->boot_timeout_ms, policy->drain_timeout_ms);
    return at_ms - model->shrunk_ms <= 3 * most_ms; /* statuses may be late */
}

bool model_may_drain(const struct model *model, const struct surroundings *around)
{
    return model->is_drain_recalled || model_may_drain_at(model, around->now_ms);
}

/*
 * Before its first scale, and while all hosts have all their servers, only the window has history. A policy that uses
 * history uses it from the second status on.
 */
static struct breach check_formula(const struct model *model, const struct surroundings *around,
                                   const struct deployment *deployment, int64_t desired)
{
    if (!model_expects(model) && !model_may_drain(model, around) &&
        deployment->desired_hosts != saturate_i32(desired))
        return broken(LAW_FORMULA, deployment->desired_hosts, desired);
    bool is_plain = model->sent_count == 0 && model->is_whole &&
                    (!model_expects(model) || model->reported_count == 1);
    bool is_open = deployment->action == ACTION_SCALED || deployment->action == ACTION_DRY_RUN ||
                   deployment->action == ACTION_NONE;
    if (!is_plain || (!is_open && deployment->action != ACTION_HELD))
        return kept;
    if (deployment->is_scale_queued && deployment->is_scale_manual)
        return kept;
    /* The core merges falling values, which can extend the window by a quarter: see window_max.h. */
    int64_t window_ms = model->policy->scale_down_window_ms;
    int64_t low_since = around->now_ms - window_ms;
    int64_t high_since = around->now_ms - window_ms - window_ms / 4;
    int64_t delta =
        plain_delta(model, around, desired, desired_highs_since(&model->desired_highs, low_since),
                    model->is_start_held, model_growth_max(model, around->now_ms, 1));
    /* The core counts the start in whole seconds, rounded up. */
    int64_t most = plain_delta(
        model, around, desired, desired_highs_since(&model->desired_highs, high_since),
        is_start_held(model, around->now_ms - 1000), model_growth_max(model, around->now_ms, 2));
    bool is_gated = around->is_stopping || deployment->reason == REASON_PAUSED ||
                    deployment->reason == REASON_READ_ONLY ||
                    deployment->reason == REASON_RESTARTED ||
                    deployment->reason == REASON_REQUEST_IN_FLIGHT;
    if (is_gated)
        return deployment->delta == 0 ? kept : broken(LAW_FORMULA, deployment->delta, 0);
    return delta <= deployment->delta && deployment->delta <= most
               ? kept
               : broken(LAW_FORMULA, deployment->delta, delta);
}

/* Every hold has a reason, and a failure is reported as a failure. */
static struct breach check_reason(const struct model *model, const struct surroundings *around,
                                  const struct deployment *deployment)
{
    if (around->is_dry_run && deployment->action == ACTION_SCALED)
        return broken(LAW_NO_SEND, deployment->delta, 0);
    enum reason_kind kind = reason_row(deployment->reason)->kind;
    bool is_reported = deployment->reason != REASON_NONE;
    bool is_well = deployment->action == ACTION_NONE || deployment->action == ACTION_SCALED ||
                   deployment->action == ACTION_DRY_RUN || deployment->action == ACTION_HELD ||
                   deployment->action == ACTION_UNCONFIRMED;
    if (!is_reported || !is_well || kind == REASON_FAILURE)
        return broken(LAW_REASON, deployment->reason, deployment->action);
    if (model->is_unconfirmed && deployment->action == ACTION_NONE && !model->has_moved &&
        model->sent_ms + model->confirm_ms > model->reported_ms)
        return broken(LAW_REASON, deployment->reason, deployment->action);
    return kept;
}

/* With the largest rise, min_free_servers may be that of two more hosts. */
static int64_t free_hosts_more(const struct model *model)
{
    return model->policy->min_free_servers == MIN_FREE_AUTO
               ? model_hosts_that_fill(
                     model_usual_free(DESIRED_HOSTS * (int64_t)model->servers_per_host),
                     model->servers_per_host)
               : 0;
}

/* With a target that no number of hosts reaches, as many as a count can have. */
int64_t model_desired_max(const struct model *model)
{
    int64_t wanted = max_i64(model->wanted_high, model_wanted_of(model, model->busy_high));
    int64_t high = min_i64(wanted, INT32_MAX);
    int64_t more = high / DESIRED_SHARE + 1;
    return high + max_i64(DESIRED_HOSTS, more) + free_hosts_more(model);
}

static struct breach note_desired(struct model *model, const struct surroundings *around,
                                  const struct deployment *deployment, int64_t desired)
{
    const struct policy *policy = model->policy;
    int64_t plain = desired;
    model->wanted_high = max_i64(model->wanted_high, max_i64(desired, policy->min_hosts));
    model->busy_high = max_i64(model->busy_high, model_busy_of(&model->reported));
    if (model_expects(model)) {
        int64_t most = model_desired_max(model);
        if (deployment->desired_hosts > most)
            return broken(LAW_DESIRED, deployment->desired_hosts, most);
        if (deployment->desired_hosts < desired && !model_may_drain(model, around))
            return broken(LAW_DESIRED, deployment->desired_hosts, desired);
        desired = deployment->desired_hosts;
    }
    if (model_may_drain(model, around))
        desired = max_i64(plain, max_i64(desired, deployment->desired_hosts));
    model->wanted = desired;
    desired_highs_add(&model->desired_highs, around->now_ms, desired,
                      2 * policy->scale_down_window_ms, false);
    return kept;
}

struct breach model_take(struct model *model, const struct surroundings *around,
                         const struct status *status, int64_t hidden, int64_t start_ms,
                         const struct deployment *deployment)
{
    int64_t move = model->reported_count > 0
                       ? (int64_t)status->current_hosts - model->reported.current_hosts
                       : 0;
    bool is_open = model->is_in_flight || model->is_unconfirmed;
    model->leaving = max_i64(0, model->leaving + min_i64(0, move));
    model->has_moved |= is_open && model->has_shown;
    model->has_shown |= is_open && move != 0 && (move > 0) == (model->delta > 0);
    if (model->reported_count == 0)
        model->is_whole = true;
    note_start(model, around, status);
    model->reported_count++;
    model->reported = *status;
    bool is_overdue = model->is_unconfirmed && around->now_ms - model->sent_ms >= model->confirm_ms;
    model->overdue_statuses = is_overdue ? model->overdue_statuses + 1 : 0;
    model->busy = model_busy_of(status) + hidden;
    model->reported_hosts_high = max_i64(model->reported_hosts_high, status->current_hosts);
    model->reported_start_ms = start_ms;
    model->reported_ms = around->now_ms;
    model_note_enough(model, status, around->now_ms);
    model_watch_status(&model->stuck, status);
    if (status->total_servers != (int64_t)status->current_hosts * model->servers_per_host)
        model->is_whole = false;
    int64_t desired = model_wanted_of(model, model->busy);
    struct breach breach = note_desired(model, around, deployment, desired);
    if (breach.law == LAW_NONE)
        breach = check_formula(model, around, deployment, desired);
    return breach.law == LAW_NONE ? check_reason(model, around, deployment) : breach;
}
