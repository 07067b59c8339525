#include "engine/view/publish_row.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <string.h>

#define TREND_WHOLE 200

static enum state state_by_sign(int32_t delta, enum reason reason)
{
    if (delta != 0)
        return delta > 0 ? STATE_UP : STATE_DOWN;
    return reason == REASON_PENDING_HOSTS ? STATE_PENDING : STATE_ON_TARGET;
}

static enum state state_by_action(const struct row_facts *facts)
{
    switch (facts->action) {
    case ACTION_NONE:
        return state_by_sign(0, facts->reason);
    case ACTION_SCALED:
    case ACTION_DRY_RUN:
        return state_by_sign(facts->delta, facts->reason);
    case ACTION_HELD:
        return state_by_sign(facts->wanted_delta, facts->reason);
    case ACTION_FAILED:
        return STATE_FAILED;
    case ACTION_UNCONFIRMED:
        return STATE_UNCONFIRMED;
    }
    return STATE_UNREAD;
}

enum state publish_row_state(const struct row_facts *facts)
{
    bool is_held = facts->action == ACTION_HELD;
    if (!facts->is_listed)
        return STATE_GONE;
    if (facts->action == ACTION_FAILED)
        return STATE_FAILED;
    if (facts->action == ACTION_UNCONFIRMED || facts->is_unconfirmed)
        return STATE_UNCONFIRMED;
    if (is_held && reason_row(facts->reason)->kind == REASON_DATA)
        return STATE_HELD;
    if (!facts->is_current || reason_has(facts->reason, REASON_HAS_NO_VERDICT))
        return STATE_UNREAD;
    if (is_held && !reason_has(facts->reason, REASON_IS_OPERATORS | REASON_DELAYS_SHRINK))
        return STATE_HELD;
    if (facts->is_paused)
        return STATE_PAUSED;
    return is_held && reason_has(facts->reason, REASON_DELAYS_SHRINK) ? STATE_WAITING
                                                                      : state_by_action(facts);
}

struct wall publish_wall(const struct publish_context *context, struct mono at)
{
    if (at.ms == MONO_NEVER.ms)
        return (struct wall){ 0 };
    must(context->speed_millis > 0);
    int64_t age_ms = context->now.ms - at.ms;
    if (context->speed_millis != 1000)
        age_ms = floor_div(age_ms * 1000, context->speed_millis);
    return (struct wall){ context->wall.ms - age_ms };
}

/*
 * A read in progress has no result yet. A deployment held for its definition is not read at all: its trend stays as
 * it is and does not move with every pass.
 */
uint32_t publish_row_pass(const struct deployment *deployment)
{
    bool is_open = deployment->is_reading || deployment->is_retry_waiting;
    uint32_t turn = deployment->last_pass - (is_open && deployment->last_pass > 0);
    bool is_looked_at = deployment->is_listed && deployment->definition_fault == REASON_NONE;
    return is_looked_at && turn > deployment->history.last_pass ? turn
                                                                : deployment->history.last_pass;
}

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
    uint32_t pass = publish_row_pass(deployment);
    bool is_known = 0 < known_pass && known_pass <= pass;
    uint32_t count = is_known ? (uint32_t)min_i64(pass - known_pass, SNAPSHOT_TREND_LENGTH)
                              : SNAPSHOT_TREND_LENGTH;
    memmove(trend, trend + count, SNAPSHOT_TREND_LENGTH - count);
    for (uint32_t age = 0; age < count; age++)
        trend[SNAPSHOT_TREND_LENGTH - 1 - age] =
            pass > age ? trend_cell(&deployment->history, pass - age) : TREND_UNREAD;
}

/*
 * The delta that the same decision would send without holds. It counts the hosts that are pending now, so that hosts
 * ordered in the meantime are not wanted twice.
 */
static int32_t wanted_delta(const struct deployment *deployment, int32_t pending_hosts)
{
    struct decision_input input = deployment->input;
    if (!deployment->is_listed || input.fault != REASON_NONE || input.servers_per_host < 1)
        return 0;
    input.gate = REASON_NONE;
    input.pending_hosts = pending_hosts;
    input.unconfirmed_hosts = ledger_unconfirmed_hosts(deployment->ledger);
    struct decision decision;
    decide(&input, &decision);
    return decision.delta;
}

static void make_numbers(const struct deployment *deployment, struct snapshot_row *row)
{
    bool is_defined = deployment->servers_per_host > 0;
    int32_t own_target = deployment->policy->target_free_ppb;
    int32_t api_target =
        is_defined && deployment->target_free_ppb >= 0 ? deployment->target_free_ppb : -1;
    row->servers_per_host = is_defined ? deployment->servers_per_host : -1;
    row->target_ppb = own_target == TARGET_FROM_API ? api_target : own_target;
    row->hosts = deployment->has_status ? deployment->status.current_hosts : -1;
    row->total_servers = deployment->has_status ? deployment->status.total_servers : -1;
    row->free_servers = deployment->has_status ? deployment->status.free_servers : -1;
    row->pending_hosts = ledger_pending_hosts(deployment->ledger);
    row->unconfirmed_hosts = ledger_unconfirmed_hosts(deployment->ledger);
    row->desired_hosts = deployment->desired_hosts;
    row->raw_delta = deployment->raw_delta;
    row->delta = deployment->delta;
    row->wanted_delta = wanted_delta(deployment, row->pending_hosts);
    row->last_delta = deployment->last_delta;
}

static bool is_current(const struct deployment *deployment)
{
    return deployment->has_status &&
           publish_row_pass(deployment) - deployment->history.last_pass < ROW_PASSES_MAX;
}

/* A manual scale has its own delta. */
static int32_t shown_delta(const struct deployment *deployment)
{
    bool is_other = deployment->delta == 0 && deployment->action == ACTION_SCALED;
    return is_other ? deployment->last_delta : deployment->delta;
}

static enum state row_state(const struct deployment *deployment, bool is_all_paused,
                            const struct snapshot_row *row)
{
    struct row_facts facts = {
        .is_listed = deployment->is_listed,
        .is_current = is_current(deployment),
        .is_paused =
            is_all_paused || deployment->is_operator_paused || deployment->policy->is_paused,
        .is_unconfirmed = ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED,
        .action = deployment->action,
        .reason = deployment->reason,
        .delta = shown_delta(deployment),
        .wanted_delta = row->wanted_delta,
    };
    return publish_row_state(&facts);
}

void publish_row_make(const struct deployment *deployment, const struct snapshot_name *name,
                      bool is_all_paused, const struct publish_context *context,
                      uint32_t known_pass, struct snapshot_row *row)
{
    row->name = name;
    row->read_at = (struct wall){ 0 };
    row->acted_at = (struct wall){ 0 };
    if (deployment->has_status)
        row->read_at = publish_wall(context, deployment->status_at);
    if (deployment->last_delta != 0)
        row->acted_at = publish_wall(context, deployment->last_scale);
    make_numbers(deployment, row);
    row->state = (uint8_t)row_state(deployment, is_all_paused, row);
    row->action = (uint8_t)deployment->action;
    row->reason = (uint8_t)deployment->reason;
    row->last_action = deployment->last_action;
    row->is_paused = deployment->is_operator_paused;
    row->is_listed = deployment->is_listed;
    make_trend(deployment, known_pass, row->trend);
}

/* --- sums ------------------------------------------------------------------------------------------------------ */

static int64_t known(int32_t count)
{
    return count > 0 ? count : 0;
}

static void count_row(struct snapshot_totals *totals, const struct snapshot_row *row, int sign)
{
    if (!row->name)
        return;
    totals->states[row->state] += sign;
    if (!row->is_listed)
        return;
    totals->deployments += sign;
    totals->hosts += sign * known(row->hosts);
    totals->pending_hosts += sign * (int64_t)row->pending_hosts;
    totals->servers += sign * known(row->total_servers);
    totals->free_servers += sign * known(row->free_servers);
    totals->wanted_up += row->wanted_delta > 0 ? sign : 0;
    totals->wanted_down += row->wanted_delta < 0 ? sign : 0;
    totals->wanted_up_hosts += sign * (int64_t)(row->wanted_delta > 0 ? row->wanted_delta : 0);
    totals->wanted_down_hosts += sign * -(int64_t)(row->wanted_delta < 0 ? row->wanted_delta : 0);
}

void publish_totals_add(struct snapshot_totals *totals, const struct snapshot_row *row)
{
    count_row(totals, row, 1);
}

void publish_totals_remove(struct snapshot_totals *totals, const struct snapshot_row *row)
{
    count_row(totals, row, -1);
}
