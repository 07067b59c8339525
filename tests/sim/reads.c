#include "tests/sim/reads.h"

#include "tests/sim/api.h"
#include "tests/sim/full_loss.h"
#include "tests/sim/journal.h"
#include "tests/sim/loss.h"
#include "tests/sim/moves.h"
#include "tests/sim/shown_state.h"
#include "tests/sim/turns.h"

#include <stdlib.h>
#include <string.h>

#define AGE_MS_MIN 10000
#define STUCK_READS 64
#define HANGING_READS 16
#define BELATED_PASSES 6
#define BELATED_ONE_IN 32

/* --- hosts ------------------------------------------------------------------------------------------ */

static void kill_hosts(struct sim_state *sim_state, struct site *site)
{
    const struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = site->read_number;
    int32_t ready = site->truth.ready;
    int64_t deaths =
        1 + fault_plan_below(fault_plan, site->index, FAMILY_DEATHS, number, ready / 4 + 1);
    int32_t hosts = (int32_t)min_i64(ready, deaths);
    bool is_still_counted = fault_plan_below(fault_plan, site->index, FAMILY_DEATHS, ~number, 2);
    fleet_truth_die(&site->truth, hosts, is_still_counted);
    sim_state_disturb(sim_state, site, 2 * (int64_t)hosts);
}

static void move_hosts(struct sim_state *sim_state, struct site *site)
{
    int32_t hosts = (int32_t)fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_FOREIGN,
                                              site->read_number, 7) -
                    3;
    int64_t moved = fleet_truth_move(&site->truth, hosts);
    sim_state_disturb(sim_state, site, 2 * moved);
}

/*
 * The most that may ever be missing: a high mean, and six deviations of a Poisson number; and as many hosts that boot,
 * which look the same.
 */
static int64_t away_hosts_max(const struct site *site)
{
    const struct demand_plan *demand = &site->plan->demand;
    int64_t mean = fleet_truth_away_mean(&site->truth, demand->high + demand->noise);
    return 1 + ceil_div(mean + 6 * floor_sqrt(mean) + 4, site->truth.servers_per_host);
}

static void draw_turnover(struct sim_state *sim_state, struct site *site)
{
    const struct demand_plan *demand = &site->plan->demand;
    if (site->read_number != 1 || demand->high + demand->noise > TURNOVER_SERVERS_MAX ||
        !fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_TURNOVER, 0))
        return;
    site->truth.turnover = site->plan->turnover;
    sim_state_disturb(sim_state, site, 2 * away_hosts_max(site));
}

static void turn_over(struct sim_state *sim_state, struct site *site)
{
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    fleet_truth_turn_over(&site->truth, sim_state_demand(sim_state, site),
                          sim_state_now_ms(sim_state));
}

/* --- requests --------------------------------------------------------------------------------------- */

static enum call_result draw_failure(const struct sim_state *sim_state, uint32_t site,
                                     uint64_t number)
{
    static const enum call_result results[] = { RESULT_ERROR,   RESULT_ERROR,     RESULT_TIMEOUT,
                                                RESULT_MISSING, RESULT_FORBIDDEN, RESULT_GARBAGE };
    return results[fault_plan_below(&sim_state->fault_plan, site, FAMILY_READ_FAIL, number, 6)];
}

/* A wrong status without hosts comes at most twice in sequence, and not during a requested removal. */
static bool may_report_zeros(const struct sim_state *sim_state, const struct site *site)
{
    const struct model *model = &site->model;
    bool is_removing = model->is_unconfirmed ||
                       sim_state_now_ms(sim_state) - model->shrunk_ms < 4 * BOOT_TIMEOUT_MS;
    return !is_removing && model->zeros < 2 && model->reported_count > 0 &&
           model->reported.current_hosts > 0 && sim_state_status(sim_state, site).current_hosts > 0;
}

static enum call_result draw_wrong_status(struct sim_state *sim_state, const struct site *site)
{
    struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = site->read_number;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_IMPLAUSIBLE, number))
        return RESULT_IMPLAUSIBLE;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_ZEROS, number) &&
        may_report_zeros(sim_state, site))
        return RESULT_ZEROS;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_SWAP, number))
        return RESULT_SWAPPED;
    return fault_plan_happens(fault_plan, site->index, FAMILY_STALE, number) ? RESULT_STALE
                                                                             : RESULT_OK;
}

/* A stretch of reads, or none of them. */
static bool does_hang(struct sim_state *sim_state, struct site *site)
{
    if (site->read_number % HANGING_READS == 1)
        site->is_hanging =
            fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_HANG, site->read_number);
    return site->is_hanging;
}

static enum call_result draw_result(struct sim_state *sim_state, struct site *site,
                                    struct call *call)
{
    struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = site->read_number;
    if (api_is_out(sim_state))
        return number % 4 == 0 ? RESULT_TIMEOUT : RESULT_ERROR;
    if (api_is_limited(sim_state))
        return RESULT_LIMITED;
    if (does_hang(sim_state, site))
        return RESULT_TIMEOUT;
    if (fault_plan_happens(fault_plan, site->index, FAMILY_RETRY_AFTER, number)) {
        call->wait_ms = api_wait_ms(sim_state, site->index, number);
        return RESULT_BUSY;
    }
    if (fault_plan_happens(fault_plan, site->index, FAMILY_READ_FAIL, number))
        return draw_failure(sim_state, site->index, number);
    return draw_wrong_status(sim_state, site);
}

static void check_start(struct sim_state *sim_state, struct site *site)
{
    struct trace *trace = &sim_state->trace;
    int64_t reads_max = 1 + sim_state->config.retries;
    int64_t now_ms = sim_state_now_ms(sim_state);
    if (site->pass != sim_state->pass_number) {
        site->pass = sim_state->pass_number;
        site->reads_in_pass = 0;
    }
    site->reads_in_pass++;
    trace_require(trace, site->reads_in_pass <= reads_max, LAW_RATE, site->index,
                  site->reads_in_pass, reads_max);
    trace_require(trace, now_ms >= site->model.backoff_until_ms, LAW_RETRY_AFTER, site->index,
                  now_ms, site->model.backoff_until_ms);
    trace_require(trace, !site->is_reading, LAW_RATE, site->index, 2, 1);
    trace_require(trace, site->model.is_listed, LAW_ABSENT, site->index, 0, 1);
}

/* Without a limit of growth, the fleet would grow by a share with every pass, as the formula says. */
static bool is_growth_limited(const struct site *site)
{
    for (size_t i = 0; i < PLAN_POLICIES; i++)
        if (site->plan->policies[i].max_growth_per_hour.kind == STEP_UNLIMITED)
            return false;
    return true;
}

static void draw_stuck(struct sim_state *sim_state, struct site *site)
{
    if (site->read_number % STUCK_READS == 1)
        site->is_stuck =
            is_growth_limited(site) && fault_plan_happens(&sim_state->fault_plan, site->index,
                                                          FAMILY_STUCK, site->read_number);
}

/* A late response may report the status at the time of the request or at its arrival. */
static void take_early_status(struct sim_state *sim_state, struct site *site, struct call *call)
{
    turn_over(sim_state, site);
    call->is_early = fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_SLOW,
                                      ~site->read_number, 2) == 0;
    call->status = sim_state_status(sim_state, site);
}

static void note_past(struct sim_state *sim_state, struct site *site)
{
    memmove(&site->past[1], &site->past[0], (PAST_READS - 1) * sizeof site->past[0]);
    site->past[0] =
        (struct past_read){ sim_state_now_ms(sim_state), sim_state_status(sim_state, site) };
}

/* The response to an earlier read, of the last few passes. */
static void take_past_status(const struct sim_state *sim_state, const struct site *site,
                             struct call *call, int64_t index)
{
    int64_t since_ms = sim_state_now_ms(sim_state) - PAST_READS * sim_state->plan->pass_interval_ms;
    while (index > 0 && site->past[index].at_ms < since_ms)
        index--;
    call->is_early = true;
    call->status = site->past[index].status;
}

/* The response belongs to an earlier read, or arrives when other passes have begun. */
static int64_t belate(struct sim_state *sim_state, struct site *site, struct call *call,
                      int64_t delay_ms)
{
    struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = site->read_number;
    if (!fault_plan_has(fault_plan, FAMILY_BELATED))
        return delay_ms;
    turn_over(sim_state, site);
    note_past(sim_state, site);
    if (call->result != RESULT_OK ||
        !fault_plan_happens(fault_plan, site->index, FAMILY_BELATED, number))
        return delay_ms;
    int64_t kind =
        fault_plan_below(fault_plan, site->index, FAMILY_BELATED, number, BELATED_ONE_IN);
    take_past_status(sim_state, site, call, kind % PAST_READS);
    if (kind > 0)
        return delay_ms;
    return 1 + fault_plan_below(fault_plan, site->index, FAMILY_BELATED, ~number,
                                BELATED_PASSES * sim_state->plan->pass_interval_ms);
}

void reads_start(struct sim_state *sim_state, struct site *site, const struct effect *effect)
{
    struct call call = {
        .kind = EFFECT_READ, .site = site->index, .slot = effect->slot, .wait_ms = RETRY_AFTER_NONE
    };
    check_start(sim_state, site);
    site->is_reading = true;
    site->read_number++;
    turns_start_read(sim_state, site);
    sim_state->reads++;
    draw_stuck(sim_state, site);
    draw_turnover(sim_state, site);
    if (fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_DEATHS, site->read_number))
        kill_hosts(sim_state, site);
    if (fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_FOREIGN, site->read_number))
        move_hosts(sim_state, site);
    full_loss_read(sim_state, site);
    call.result = draw_result(sim_state, site, &call);
    if (call.result == RESULT_TIMEOUT)
        turns_hang(sim_state, site);
    int64_t usual_ms = sim_state->plan->read_ms;
    int64_t delay_ms =
        api_delay_ms(sim_state, site->index, call.result, site->read_number, usual_ms);
    if (delay_ms > usual_ms && call.result == RESULT_OK)
        take_early_status(sim_state, site, &call);
    if (!moves_respond(sim_state, site, &call))
        delay_ms = belate(sim_state, site, &call, delay_ms);
    in_flight_send(&sim_state->in_flight, &call, sim_state_now_ms(sim_state), delay_ms);
}

/* --- reported statuses ------------------------------------------------------------------------------ */

static enum reason reason_of(enum call_result result)
{
    switch (result) {
    case RESULT_OK:
    case RESULT_IMPLAUSIBLE:
    case RESULT_ZEROS:
    case RESULT_STALE:
    case RESULT_SWAPPED:
    case RESULT_LOST:
    case RESULT_LATE:
    case RESULT_DROPPED:
    case RESULT_REFUSED:
    case RESULT_EMPTY:
        return REASON_NONE;
    case RESULT_ERROR:
    case RESULT_BUSY:
    case RESULT_LIMITED:
        return REASON_READ_FAILED;
    case RESULT_TIMEOUT:
        return REASON_READ_TIMEOUT;
    case RESULT_MISSING:
        return REASON_MISSING;
    case RESULT_FORBIDDEN:
        return REASON_UNAUTHORIZED;
    case RESULT_GARBAGE:
        return REASON_BAD_STATUS;
    }
    return REASON_NONE;
}

/* A status with too many servers must also be implausible for the largest host count, of the past and of this one. */
static void make_implausible(struct status *status, const struct model *model, int64_t kind)
{
    int64_t hosts_high = max_i64(model->reported_hosts_high, status->current_hosts);
    bool is_too_much = hosts_high * model->servers_per_host < INT32_MAX / 4;
    if (kind == 0 && status->current_hosts > 0)
        *status = (struct status){ .total_servers = 10, .free_servers = 5 };
    else if (kind == 1 && is_too_much)
        *status = (struct status){ status->current_hosts, INT32_MAX, INT32_MAX / 2 };
    else if (status->total_servers < INT32_MAX)
        status->free_servers = status->total_servers + 1;
    else
        *status = (struct status){ status->current_hosts, INT32_MAX - 1, INT32_MAX };
}

static struct status swapped_status(struct sim_state *sim_state, struct site *site)
{
    struct site *other =
        &sim_state->sites[fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_SWAP,
                                           site->read_number, (int64_t)sim_state->site_count)];
    fleet_truth_advance(&other->truth, sim_state_now_ms(sim_state));
    struct status status = sim_state_status(sim_state, other);
    struct status own = sim_state_status(sim_state, site);
    sim_state_disturb(sim_state, site,
                      2 * llabs((int64_t)status.current_hosts - own.current_hosts) +
                          2 * llabs((int64_t)status.total_servers - own.total_servers) /
                              site->truth.servers_per_host);
    return status;
}

static struct status stale_status(const struct sim_state *sim_state, struct site *site,
                                  const struct status *status)
{
    if (site->model.reported_count == 0)
        sim_state_disturb(sim_state, site,
                          (int64_t)status->current_hosts - site->replica.current_hosts);
    return site->replica;
}

static void refresh_replica(const struct sim_state *sim_state, struct site *site,
                            const struct status *status)
{
    if (sim_state_now_ms(sim_state) - site->replica_ms <= sim_state->plan->lag_ms)
        return;
    site->replica = *status;
    site->replica_ms = sim_state_now_ms(sim_state);
}

static int32_t stuck_free_servers(const struct sim_state *sim_state, const struct site *site,
                                  int32_t total_servers)
{
    uint64_t number = site->read_number / STUCK_READS;
    switch (fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_STUCK, number, 4)) {
    case 0:
        return (int32_t)min_i64(3, total_servers);
    case 1:
        return total_servers / 20;
    default:
        return 0;
    }
}

/* More servers than a count can have: hosts seem to be without servers. */
static void note_capped(struct sim_state *sim_state, struct site *site, const struct status *status)
{
    int32_t serving = status->total_servers / site->truth.servers_per_host;
    if (status->total_servers == INT32_MAX)
        sim_state_disturb(sim_state, site, (int64_t)status->current_hosts - serving);
}

static struct status reported_status(struct sim_state *sim_state, struct site *site,
                                     const struct call *call)
{
    struct status status = sim_state_status(sim_state, site);
    note_capped(sim_state, site, &status);
    refresh_replica(sim_state, site, &status);
    if (call->result == RESULT_STALE)
        return stale_status(sim_state, site, &status);
    if (call->result == RESULT_SWAPPED)
        return swapped_status(sim_state, site);
    if (call->result == RESULT_IMPLAUSIBLE)
        make_implausible(&status, &site->model,
                         fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_IMPLAUSIBLE,
                                          site->read_number, 3));
    if (call->result == RESULT_ZEROS)
        status = (struct status){ 0 };
    if (call->is_early)
        status = call->status;
    if (site->is_stuck && fault_plan_has(&sim_state->fault_plan, FAMILY_STUCK) &&
        call->result == RESULT_OK)
        status.free_servers = stuck_free_servers(sim_state, site, status.total_servers);
    return status;
}

/* --- checks ----------------------------------------------------------------------------------------- */

static bool is_wrong_status(const struct call *call)
{
    return call->result == RESULT_IMPLAUSIBLE || call->result == RESULT_ZEROS;
}

/* The reconciler ignores deployments that are not listed or not defined. */
static bool is_current(const struct site *site)
{
    return site->model.is_listed && site->model.is_defined;
}

static void check_failure(struct sim_state *sim_state, const struct site *site,
                          const struct call *call, const struct deployment *deployment)
{
    trace_note(&sim_state->trace, site->index, RECORD_FAILED, call->result, call->wait_ms,
               deployment->is_retry_waiting);
    bool is_reported = deployment->action == ACTION_FAILED || deployment->action == ACTION_HELD;
    if (is_current(site) && !deployment->is_retry_waiting && !sim_state->around.is_stopping)
        trace_require(&sim_state->trace, is_reported && deployment->delta == 0, LAW_REASON,
                      site->index, deployment->action, deployment->reason);
}

/* Removals stay open for that long, and may be all hosts. */
static bool may_be_removed(const struct sim_state *sim_state, const struct site *site)
{
    const struct policy *policy = site->model.policy;
    int64_t most_ms = max_i64(policy->boot_timeout_ms, policy->drain_timeout_ms);
    return sim_state_now_ms(sim_state) - site->model.shrunk_ms <= 3 * most_ms;
}

static void check_wrong_status(struct sim_state *sim_state, const struct site *site,
                               const struct deployment *deployment)
{
    bool is_held = deployment->action == ACTION_HELD && deployment->delta == 0 &&
                   reason_row(deployment->reason)->kind == REASON_DATA;
    trace_require(&sim_state->trace, is_held, LAW_BAD_HELD, site->index, deployment->action,
                  deployment->reason);
}

static void check_age(struct sim_state *sim_state, const struct site *site, const struct call *call,
                      const struct deployment *deployment)
{
    int64_t age_ms = sim_state_now_ms(sim_state) - call->start_ms;
    int64_t age_ms_max = max_i64(2 * sim_state->plan->pass_interval_ms, AGE_MS_MIN);
    bool is_held = deployment->action == ACTION_HELD && deployment->reason == REASON_STALE_STATUS;
    trace_require(&sim_state->trace, is_held || age_ms <= age_ms_max, LAW_FRESH, site->index,
                  age_ms, age_ms_max);
}

/* Only statuses of this moment are compared with the hosts. A process that has restarted does not know of drains. */
static int64_t hidden_servers(const struct sim_state *sim_state, const struct site *site,
                              const struct call *call)
{
    return site->model.has_drained && call->result == RESULT_OK && !call->is_early
               ? fleet_truth_hidden(&site->truth, sim_state_demand(sim_state, site))
               : 0;
}

static void check_accepted_status(struct sim_state *sim_state, struct site *site,
                                  const struct call *call, const struct status *status,
                                  const struct deployment *deployment)
{
    /* The core estimates the unready hosts again with every status. */
    if (site->truth.unready + site->truth.never > 0)
        sim_state_disturb(sim_state, site, 0);
    int64_t hosts_before = site->model.reported.current_hosts;
    struct breach breach =
        model_take(&site->model, &sim_state->around, status, hidden_servers(sim_state, site, call),
                   call->start_ms, deployment);
    trace_check(&sim_state->trace, breach, site->index);
    loss_take(site, hosts_before);
    full_loss_take(sim_state, site, deployment);
    if (status->current_hosts > 0)
        site->model.zeros = 0;
}

static void check_status(struct sim_state *sim_state, struct site *site, const struct call *call,
                         const struct status *status, const struct deployment *deployment)
{
    struct trace *trace = &sim_state->trace;
    trace_note(trace, site->index, RECORD_REPORTED, status->current_hosts, status->total_servers,
               status->free_servers);
    trace_note(trace, site->index, RECORD_DECIDED, deployment->action, deployment->reason,
               deployment->delta);
    site->trace =
        random_mix(site->trace ^ (uint64_t)sim_state_now_ms(sim_state) ^
                   (uint64_t)deployment->delta << 32 ^ (uint64_t)deployment->reason << 56);
    /* No hosts are plausible when the removal of all was requested. */
    bool is_asked = call->result == RESULT_ZEROS && may_be_removed(sim_state, site);
    if (is_current(site) && is_wrong_status(call) && !is_asked)
        check_wrong_status(sim_state, site, deployment);
    if (is_current(site))
        check_age(sim_state, site, call, deployment);
    bool is_taken =
        is_current(site) && deployment->has_status && deployment->status_at.ms == call->start_ms;
    site->model.is_result_good = is_taken && (is_asked || !is_wrong_status(call));
    if (is_taken)
        check_accepted_status(sim_state, site, call, status, deployment);
}

void reads_respond(struct sim_state *sim_state, const struct call *call)
{
    struct site *site = &sim_state->sites[call->site];
    site->is_reading = false;
    turn_over(sim_state, site);
    struct read_result result = {
        .status = reported_status(sim_state, site, call),
        .reason = reason_of(call->result),
        .is_transient = api_is_transient(call->result),
        .is_rate_limited = call->result == RESULT_LIMITED,
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    bool is_failed = result.reason != REASON_NONE;
    if (!is_failed && result.status.current_hosts == 0)
        site->model.zeros++;
    if (is_failed)
        site->model.is_result_good = false;
    turns_note_read(site, call->result, is_failed);
    api_note_wait(sim_state, site, call);
    reconciler_read_done(sim_state->reconciler, sim_state_now(sim_state), call->slot, &result);
    journal_write(sim_state, site);
    const struct deployment *deployment =
        fleet_at(reconciler_fleet(sim_state->reconciler), call->slot);
    if (is_failed)
        check_failure(sim_state, site, call, deployment);
    else
        check_status(sim_state, site, call, &result.status, deployment);
    shown_state_check(sim_state, site, deployment);
}
