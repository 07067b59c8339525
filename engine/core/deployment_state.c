#include "engine/core/deployment_state.h"

#include "engine/base/arith.h"

static enum state state_by_sign(int32_t delta, enum reason reason)
{
    if (delta != 0)
        return delta > 0 ? STATE_UP : STATE_DOWN;
    return reason == REASON_PENDING_HOSTS ? STATE_PENDING : STATE_ON_TARGET;
}

static enum state state_by_action(const struct state_facts *facts)
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

enum state base_state_of_facts(const struct state_facts *facts)
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

bool status_is_starved(const struct status *status, int32_t target_free_ppb)
{
    if (target_free_ppb > 0 && status->total_servers == 0)
        return status->current_hosts > 0;
    if (status->free_servers == 0)
        return status->total_servers > 0;
    int64_t least = (int64_t)target_free_ppb * status->total_servers;
    return (int64_t)status->free_servers * SHARE_WHOLE * 2 < least;
}

enum state state_of_facts(const struct state_facts *facts)
{
    bool is_known = facts->is_listed && !reason_has(facts->reason, REASON_HAS_NO_VERDICT);
    return is_known && facts->is_starved ? STATE_STARVED : base_state_of_facts(facts);
}

bool deployment_wanted_input(const struct deployment *deployment, struct decision_input *ret_input,
                             bool *ret_is_last)
{
    const struct decision_input *last = &deployment->input;
    if (!deployment->is_listed || last->fault != REASON_NONE || last->servers_per_host < 1)
        return false;
    *ret_input = *last;
    ret_input->gate = REASON_NONE;
    ret_input->pending_hosts = ledger_pending_hosts(deployment->ledger);
    ret_input->unconfirmed_hosts = ledger_unconfirmed_hosts(deployment->ledger);
    ret_input->repeat_delta = 0;
    ret_input->is_whole_repeat = false;
    *ret_is_last = last->gate == REASON_NONE && last->pending_hosts == ret_input->pending_hosts &&
                   last->unconfirmed_hosts == ret_input->unconfirmed_hosts &&
                   last->repeat_delta == 0 && !last->is_whole_repeat;
    return true;
}

int32_t deployment_wanted_delta(const struct deployment *deployment)
{
    struct decision_input input;
    struct decision decision;
    bool is_last;
    if (!deployment_wanted_input(deployment, &input, &is_last))
        return 0;
    decide(&input, &decision);
    return decision.delta;
}

/*
 * A read in progress has no result yet. A deployment held for its definition is not read at all: its trend stays as
 * it is and does not move with every pass.
 */
uint32_t deployment_last_turn(const struct deployment *deployment)
{
    bool is_open = deployment->is_reading || deployment->is_retry_waiting;
    uint32_t turn = deployment->last_pass - (is_open && deployment->last_pass > 0);
    bool is_looked_at = deployment->is_listed && deployment->definition_fault == REASON_NONE;
    return is_looked_at && turn > deployment->history.last_pass ? turn
                                                                : deployment->history.last_pass;
}

static bool is_current(const struct deployment *deployment)
{
    return deployment->has_status &&
           deployment_last_turn(deployment) - deployment->history.last_pass < STATE_PASSES_MAX;
}

int32_t deployment_target_ppb(const struct deployment *deployment)
{
    int32_t own = deployment->policy->target_free_ppb;
    return own == TARGET_FROM_API ? deployment->target_free_ppb : own;
}

/* A deployment with a bad definition is not read: its status may be of any age. */
static bool is_starved_by_status(const struct deployment *deployment)
{
    return deployment->has_status && deployment->definition_fault == REASON_NONE &&
           status_is_starved(&deployment->status, deployment_target_ppb(deployment));
}

/* A manual scale has its own delta. */
static int32_t shown_delta(const struct deployment *deployment)
{
    bool is_other = deployment->delta == 0 && deployment->action == ACTION_SCALED;
    return is_other ? deployment->last_delta : deployment->delta;
}

void deployment_state_facts(const struct deployment *deployment, bool is_all_paused,
                            int32_t wanted_delta, struct state_facts *ret_facts)
{
    *ret_facts = (struct state_facts){
        .is_listed = deployment->is_listed,
        .is_current = is_current(deployment),
        .is_starved = is_starved_by_status(deployment),
        .is_paused =
            is_all_paused || deployment->is_operator_paused || deployment->policy->is_paused,
        .is_unconfirmed = ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED,
        .action = deployment->action,
        .reason = deployment->reason,
        .delta = shown_delta(deployment),
        .wanted_delta = wanted_delta,
    };
}

enum state deployment_state(const struct deployment *deployment, bool is_all_paused,
                            int32_t wanted_delta)
{
    struct state_facts facts;
    deployment_state_facts(deployment, is_all_paused, wanted_delta, &facts);
    return state_of_facts(&facts);
}

/* No delta and no pause decides it. */
bool deployment_is_starved(const struct deployment *deployment)
{
    return deployment_state(deployment, false, 0) == STATE_STARVED;
}
