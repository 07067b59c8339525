#include "tests/sim/scales.h"

#include "tests/sim/api.h"
#include "tests/sim/journal.h"
#include "tests/sim/shown_state.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 3 /* of orders in vain, in a run */

/* --- sending ---------------------------------------------------------------------------------------- */

static enum call_result draw_result(struct sim_state *sim_state, const struct site *site,
                                    struct call *call)
{
    struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = site->scale_number;
    if (api_is_out(sim_state))
        return number % 2 ? RESULT_DROPPED : RESULT_REFUSED;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_RETRY_AFTER, number | API_SCALE)) {
        call->wait_ms = api_wait_ms(sim_state, site->index, number);
        return RESULT_BUSY;
    }
    if (fault_plan_happens(fault_plan, site->index, FAMILY_LOST, number))
        return RESULT_LOST;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_LATE, number))
        return RESULT_LATE;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_DROPPED, number))
        return RESULT_DROPPED;
    return fault_plan_happens(fault_plan, site->index, FAMILY_REFUSED, number) ? RESULT_REFUSED
                                                                               : RESULT_OK;
}

/* True: a repeat. The key of the last scale comes again only after an unknown outcome, with the same delta. */
static bool take_key(struct sim_state *sim_state, struct site *site, const struct effect *effect)
{
    uint64_t key = journal_key(effect->key);
    journal_check_sent(sim_state, site, key);
    if (key == site->key) {
        bool may_repeat = site->is_outcome_unknown || key == site->journal.recalled_key;
        trace_require(&sim_state->trace, may_repeat, LAW_UNIQUE_KEY, site->index, (int64_t)key, 0);
        trace_require(&sim_state->trace, effect->delta == site->model.delta, LAW_UNIQUE_KEY,
                      site->index, effect->delta, site->model.delta);
        return true;
    }
    /* With state, it was checked when it was recorded; others may be sent before it. */
    trace_require(&sim_state->trace, sim_state->config.is_recording || key > sim_state->last_key,
                  LAW_UNIQUE_KEY, site->index, (int64_t)key, (int64_t)sim_state->last_key);
    if (!sim_state->config.is_recording)
        sim_state->last_key = key;
    site->key = key;
    /* The last one was given up and was carried out, or it is confirmed. */
    if (site->is_late)
        sim_state_disturb(sim_state, site, site->model.delta);
    site->is_late = false;
    return false;
}

/* Is this a manual scale? Then its delta must be the requested one. */
static bool take_manual(struct sim_state *sim_state, struct site *site, int32_t delta)
{
    int32_t requested = site->manual_delta;
    site->manual_delta = 0;
    trace_require(&sim_state->trace, requested == 0 || requested == delta, LAW_NO_SEND, site->index,
                  delta, requested);
    return requested != 0;
}

static void check_backoff(struct sim_state *sim_state, const struct site *site)
{
    int64_t now_ms = sim_state_now_ms(sim_state);
    trace_require(&sim_state->trace, now_ms >= site->model.backoff_until_ms, LAW_RETRY_AFTER,
                  site->index, now_ms, site->model.backoff_until_ms);
}

/*
 * Exceptions for policies that use history: a reserve shrinks for a day; a fleet without free servers may have more
 * demand than its status shows; an API that removes ready hosts while others boot changes the demand; small steps
 * and a limited growth build a reserve more slowly than the recovery phase lasts.
 */
static void check_calm(struct sim_state *sim_state, const struct site *site, int32_t delta)
{
    const struct model *model = &site->model;
    if (sim_state->phase != PHASE_CALM || site->is_too_slow)
        return;
    bool is_fading = delta < 0;
    bool is_hiding = model->reported.free_servers == 0 || site->plan->is_ready_removed_first ||
                     model->policy->max_step_up.kind != STEP_UNLIMITED ||
                     model_growth_left(model, sim_state_now_ms(sim_state)) < model->wanted;
    trace_require(&sim_state->trace, model_expects(model) && (is_fading || is_hiding), LAW_CALM,
                  site->index, delta, 0);
}

static void check_start(struct sim_state *sim_state, struct site *site, int32_t delta,
                        bool is_manual, bool is_repeat)
{
    struct breach breach =
        model_send(&site->model, &sim_state->around, delta, is_manual, is_repeat);
    trace_check(&sim_state->trace, breach, site->index);
    if (is_manual)
        return;
    check_backoff(sim_state, site);
    check_calm(sim_state, site, delta);
}

static void count(struct sim_state *sim_state, struct site *site, int32_t delta, bool is_manual)
{
    sim_state->scales++;
    site->scale_number++;
    site->trace =
        random_mix(site->trace ^ (uint64_t)sim_state_now_ms(sim_state) ^ (uint64_t)delta << 48);
    trace_note(&sim_state->trace, site->index, RECORD_SCALE, delta, is_manual, 0);
}

void scales_start(struct sim_state *sim_state, struct site *site, const struct effect *effect)
{
    struct call call = { .kind = EFFECT_SCALE,
                         .site = site->index,
                         .slot = effect->slot,
                         .delta = effect->delta,
                         .wait_ms = RETRY_AFTER_NONE };
    bool is_repeat = take_key(sim_state, site, effect);
    site->model.is_recalled = site->key == site->journal.recalled_key;
    bool is_manual = take_manual(sim_state, site, effect->delta);
    call.key = site->key;
    check_start(sim_state, site, effect->delta, is_manual, is_repeat);
    count(sim_state, site, effect->delta, is_manual);
    call.result = draw_result(sim_state, site, &call);
    /* A removal of unknown outcome counts as accepted: its hosts are replaced as if they drained. */
    if (call.result == RESULT_DROPPED && effect->delta < 0)
        sim_state_disturb(sim_state, site, effect->delta);
    call.is_unsent = api_is_out(sim_state);
    int64_t delay_ms = api_delay_ms(sim_state, site->index, call.result,
                                    site->scale_number | API_SCALE, sim_state->plan->scale_ms);
    in_flight_send(&sim_state->in_flight, &call, sim_state_now_ms(sim_state), delay_ms);
}

/* --- effect on the hosts ---------------------------------------------------------------------------- */

/* The API may carry out only a part of the scale. */
static int32_t shorten(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    uint64_t number = site->scale_number;
    if (!fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_SHORT, number))
        return hosts;
    int32_t done = (int32_t)fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_SHORT,
                                             number, (int64_t)hosts + 1);
    sim_state_disturb(sim_state, site, (int64_t)hosts - done);
    return done;
}

/* The core nets hosts that never boot against removals at the same time: see cancel_out in ledger_expiry.c. */
static int32_t lose_some(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    uint64_t number = site->scale_number;
    if (!fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_NEVER_COME, number))
        return hosts;
    int32_t never = (int32_t)fault_plan_below(&sim_state->fault_plan, site->index,
                                              FAMILY_NEVER_COME, number, (int64_t)hosts + 1);
    fleet_truth_order_never(&site->truth, never);
    sim_state_disturb(sim_state, site, never);
    return hosts - never;
}

static int64_t draw_boot_ms(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    const struct plan_site *plan = site->plan;
    struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = site->scale_number;
    if (!fault_plan_happens(fault_plan, site->index, FAMILY_SLOW_BOOT, number))
        return plan->boot_ms_low + fault_plan_below(fault_plan, site->index, FAMILY_SLOW_BOOT,
                                                    number,
                                                    plan->boot_ms_high - plan->boot_ms_low + 1);
    int64_t boot_ms = BOOT_TIMEOUT_MS + fault_plan_below(fault_plan, site->index, FAMILY_SLOW_BOOT,
                                                         ~number, 2 * BOOT_TIMEOUT_MS);
    model_disturb(&site->model, sim_state_now_ms(sim_state) + boot_ms, hosts);
    return boot_ms;
}

/* A stale status or a dead host can change the host count like the scale, and so confirm a scale by mistake. */
static bool is_count_disturbed(const struct fault_plan *fault_plan)
{
    return fault_plan_has_old_statuses(fault_plan) || fault_plan_has(fault_plan, FAMILY_SWAP) ||
           fault_plan_has(fault_plan, FAMILY_FOREIGN) ||
           fault_plan_has(fault_plan, FAMILY_DEATHS) ||
           fault_plan_has(fault_plan, FAMILY_FULL_LOSS);
}

/* Nothing of the site ever comes: all its orders together must not be much more than what is missing. */
static void check_vain(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    if (site->model.is_manual || is_count_disturbed(&sim_state->fault_plan))
        return;
    site->vain_hosts += hosts;
    site->lack_high = max_i64(site->lack_high, site->model.owned_most - site->truth.ready);
    int64_t most =
        site->lack_high + site->lack_high / 5 + PROBES + site->model.room - site->vain_room;
    trace_require(&sim_state->trace, site->vain_hosts <= most, LAW_ORDERED, site->index,
                  site->vain_hosts, most);
}

static void disturb_in_vain(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    sim_state_disturb(sim_state, site, hosts);
    site->vain_room += hosts;
}

/* True: the hosts are broken, or come when the faults end. Either holds for a deployment for the whole run. */
static bool grow_in_vain(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    if (fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_BROKEN, 0)) {
        site->truth.unready += hosts;
        check_vain(sim_state, site, hosts);
        disturb_in_vain(sim_state, site, hosts);
        return true;
    }
    if (!fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_STOCK, 0))
        return false;
    check_vain(sim_state, site, hosts);
    /* Hosts of another tool that serve look like hosts of the orders. */
    if (is_count_disturbed(&sim_state->fault_plan))
        sim_state_disturb(sim_state, site, hosts);
    fleet_truth_order(&site->truth, hosts,
                      sim_state->plan->begin_ms + sim_state->plan->fault_ms + BOOT_TIMEOUT_MS);
    return true;
}

static void grow(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    if (grow_in_vain(sim_state, site, hosts))
        return;
    hosts = shorten(sim_state, site, hosts);
    hosts = lose_some(sim_state, site, hosts);
    int64_t boot_ms = draw_boot_ms(sim_state, site, hosts);
    fleet_truth_order(&site->truth, hosts, sim_state_now_ms(sim_state) + boot_ms);
}

static void shrink(struct sim_state *sim_state, struct site *site, int32_t hosts)
{
    int64_t now_ms = sim_state_now_ms(sim_state);
    int32_t asked = hosts;
    hosts = shorten(sim_state, site, hosts);
    /* Hosts that go for another reason look like removed ones that leave late: the API seems to drain. */
    if (!is_count_disturbed(&sim_state->fault_plan))
        site->model.kept_room += asked - hosts;
    /* Hosts that are out of stock and hosts that drain cancel each other: see cancel_out in ledger_expiry.c. */
    bool is_draining =
        !fault_plan_has(&sim_state->fault_plan, FAMILY_STOCK) &&
        fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_DRAINS, site->scale_number);
    int32_t boots = site->truth.boots.hosts;
    int64_t gone_ms = now_ms + (is_draining ? site->plan->drain_ms : 0);
    fleet_truth_remove(&site->truth, hosts, now_ms, gone_ms);
    site->vain_hosts -= (int64_t)boots - site->truth.boots.hosts;
    site->model.has_drained |= is_draining;
    site->model.shrunk_ms = now_ms; /* the request may be much older, and its hosts leave now */
    site->model.leaving = max_i64(site->model.leaving, asked);
    /* The API does not report cancelled orders. With stale statuses, the core may count later arrivals for them. */
    if (fault_plan_has_old_statuses(&sim_state->fault_plan))
        sim_state_disturb(sim_state, site, (int64_t)boots - site->truth.boots.hosts);
}

/*
 * A stale status reported more hosts and hosts are ordered, or fewer and hosts are removed: the two changes cancel
 * each other in the next status.
 */
static void hide_moves(struct sim_state *sim_state, struct site *site, int32_t delta)
{
    int64_t off = (int64_t)site->model.reported.current_hosts -
                  sim_state_status(sim_state, site).current_hosts;
    if (fault_plan_has_old_statuses(&sim_state->fault_plan) && (off > 0) == (delta > 0))
        sim_state_disturb(sim_state, site, min_i64(llabs(off), llabs(delta)));
}

static bool is_applied(const struct site *site, uint64_t key)
{
    size_t kept = site->applied_count < APPLIED_KEYS ? site->applied_count : APPLIED_KEYS;
    for (size_t i = 0; i < kept; i++)
        if (site->applied_keys[i] == key)
            return true;
    return false;
}

/* True: nothing to do. An API that ignores keys carries out a repeat as another scale. */
static bool is_done_before(struct sim_state *sim_state, struct site *site, const struct call *call)
{
    bool is_again = is_applied(site, call->key);
    if (is_again && !site->plan->is_key_honoured)
        sim_state_disturb(sim_state, site, call->delta);
    if (!is_again)
        site->applied_keys[site->applied_count++ % APPLIED_KEYS] = call->key;
    return is_again && site->plan->is_key_honoured;
}

/*
 * Hosts that are out of stock and were needed when they were ordered. Counted, they look like those of a broken image,
 * of which a probe is ordered although fewer are needed by now.
 */
static int64_t unneeded_in_stock(const struct sim_state *sim_state, const struct site *site)
{
    if (site->model.delta < 0 || !fault_plan_has(&sim_state->fault_plan, FAMILY_STOCK))
        return 0;
    int64_t unneeded = fleet_truth_owned(&site->truth) - site->model.owned_most;
    return clamp_i64(unneeded, 0, site->truth.boots.hosts);
}

static void carry_out(struct sim_state *sim_state, struct site *site, const struct call *call)
{
    if (is_done_before(sim_state, site, call))
        return;
    hide_moves(sim_state, site, call->delta);
    int64_t unneeded = unneeded_in_stock(sim_state, site);
    if (call->delta > 0)
        grow(sim_state, site, call->delta);
    else
        shrink(sim_state, site, -call->delta);
    int32_t owned = fleet_truth_owned(&site->truth);
    trace_note(&sim_state->trace, site->index, RECORD_APPLIED, owned, site->truth.ready,
               site->model.wanted);
    trace_check(&sim_state->trace, model_apply(&site->model, owned - unneeded), site->index);
}

void scales_note_written_off(struct sim_state *sim_state, struct site *site, int32_t hosts,
                             bool is_unconfirmed)
{
    if (hosts <= 0)
        return;
    int64_t excess = max_i64(0, fleet_truth_owned(&site->truth) - site->model.wanted);
    if (fault_plan_has(&sim_state->fault_plan, FAMILY_STOCK))
        disturb_in_vain(sim_state, site, hosts);
    /* What is not wanted is given up, and may be wanted again; an unconfirmed request as a whole. */
    site->vain_hosts -= is_unconfirmed ? hosts : min_i64(hosts, excess);
}

/* --- responses -------------------------------------------------------------------------------------- */

static enum scale_outcome outcome_of(enum call_result result)
{
    if (result == RESULT_OK)
        return SCALE_ACCEPTED;
    return result == RESULT_REFUSED || result == RESULT_BUSY ? SCALE_REFUSED : SCALE_LOST;
}

void scales_abandon(struct sim_state *sim_state, const struct call *call)
{
    struct site *site = &sim_state->sites[call->site];
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    if (call->result == RESULT_OK || call->result == RESULT_LOST)
        carry_out(sim_state, site, call);
}

/* The scale may have been given up, or have been repeated with success. */
static void apply_late(struct sim_state *sim_state, struct site *site, const struct call *call)
{
    if (sim_state->phase != PHASE_FAULTS)
        return;
    bool is_open = site->is_outcome_unknown && site->key == call->key;
    if (!is_open && !is_applied(site, call->key))
        sim_state_disturb(sim_state, site, call->delta);
    site->is_late |= is_open; /* an older request may follow */
    carry_out(sim_state, site, call);
}

static void send_echo(struct sim_state *sim_state, const struct call *call)
{
    struct site *site = &sim_state->sites[call->site];
    struct call echo = *call;
    /* A late removal counts as accepted meanwhile: its hosts are replaced as if they drained. */
    if (call->delta < 0) {
        sim_state_disturb(sim_state, site, call->delta);
        site->model.has_drained = true;
    }
    echo.is_echo = true;
    int64_t delay_ms = 1 + fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_LATE,
                                            site->scale_number, 2 * BOOT_TIMEOUT_MS);
    in_flight_send(&sim_state->in_flight, &echo, sim_state_now_ms(sim_state), delay_ms);
}

static enum refusal refusal_of(enum call_result result, uint64_t number, bool is_out)
{
    if (result == RESULT_BUSY)
        return REFUSAL_BUSY;
    if (is_out)
        return REFUSAL_UNSENT;
    return number % 2 ? REFUSAL_FIRM : REFUSAL_SIZE;
}

void scales_respond(struct sim_state *sim_state, const struct call *call)
{
    struct site *site = &sim_state->sites[call->site];
    struct scale_result result = {
        .outcome = outcome_of(call->result),
        .refusal = refusal_of(call->result, site->scale_number, call->is_unsent),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    if (call->is_echo) {
        apply_late(sim_state, site, call);
        return;
    }
    if (call->result == RESULT_DROPPED && is_count_disturbed(&sim_state->fault_plan))
        sim_state_disturb(sim_state, site, call->delta);
    /* A refusal says that the order is not applied, although an earlier request with its key was carried out. */
    if (call->result == RESULT_REFUSED && !call->is_unsent && is_applied(site, call->key)) {
        disturb_in_vain(sim_state, site, call->delta);
        site->vain_hosts -= max_i64(0, call->delta);
    }
    if (call->result == RESULT_OK || call->result == RESULT_LOST)
        carry_out(sim_state, site, call);
    if (call->result == RESULT_LATE)
        send_echo(sim_state, call);
    api_note_wait(sim_state, site, call);
    model_end(&site->model, sim_state_now_ms(sim_state), &result);
    site->is_outcome_unknown = site->model.is_unconfirmed;
    trace_note(&sim_state->trace, site->index, RECORD_RESPONSE, result.outcome, call->result, 0);
    reconciler_scale_done(sim_state->reconciler, sim_state_now(sim_state), call->slot, &result);
    bool is_unread = result.refusal == REFUSAL_UNSENT || result.refusal == REFUSAL_BUSY;
    journal_end(sim_state, site,
                is_unread && site->is_outcome_unknown ? SCALE_LOST : result.outcome);
    shown_state_check(sim_state, site, sim_state_deployment(sim_state, site));
}
