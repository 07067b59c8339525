#include "engine/core/machine.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/random.h"
#include "engine/core/adopt.h"
#include "engine/core/observe.h"
#include "engine/core/schedule.h"
#include "engine/core/slot_ring.h"
#include "engine/core/tell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Probes that fail before the rest of a pass is given up, and draws to find a deployment for one. */
#define PASS_PROBES_MAX 3
#define PROBE_DRAWS 64

struct machine {
    struct machine_config config;
    struct event_sink sink;
    struct fleet *fleet;
    struct random random;
    uint64_t key_epoch;
    uint64_t key_count;
    bool is_stopping;
    bool is_once_over;

    /* Discovery. */
    struct mono discovery_due;
    struct mono
        discovery_regular; /* when the next one is due by the clock, whatever is tried again before */
    bool is_discovering;
    int32_t discovery_attempt; /* of the one that runs or waits to be tried again, from 1 */
    uint32_t discovery_count;
    bool is_discovery_ok;
    int32_t listed;
    struct mono latched_until; /* nothing shrinks before that */
    int32_t latched_listed;    /* what was listed before the first loss */

    /* Passes. */
    struct mono pass_due;
    const char *pass_cause; /* NULL: none is asked for */
    struct pass_summary pass;
    uint32_t cursor;     /* slots below have had their turn in this pass */
    bool is_pass_cut;    /* reads failed too often: the rest of this pass is not read */
    int32_t pass_probes; /* that failed in this pass */
    int32_t pass_retries;
    int32_t
        outstanding; /* reads and scales of this pass that have not ended, waiting ones included */
    int32_t reads_in_flight;
    int32_t scales_in_flight;
    int64_t scales_accepted;
    struct retry_queue retries;
    struct breaker breaker;
    uint32_t probe_slot;     /* the one read that an open breaker lets through; SLOT_NONE */
    struct slot_ring scales; /* decided, not sent yet */
    struct follow follow;
};

/* --- passes -------------------------------------------------------------------------------------------------- */

static int64_t status_age_max_ms(const struct machine *machine)
{
    return max_i64(STATUS_AGE_PASSES * machine->config.pass_interval_ms, STATUS_AGE_MS_MIN);
}

static enum reason gate_of(const struct machine *machine, const struct deployment *deployment)
{
    if (machine->is_stopping)
        return REASON_STOPPING;
    if (!deployment->is_listed)
        return REASON_GONE;
    if (machine->config.is_read_only)
        return REASON_READ_ONLY;
    if (deployment->policy->is_paused)
        return REASON_PAUSED;
    return machine->config.is_dry_run ? REASON_DRY_RUN : REASON_NONE;
}

static void start_pass(struct machine *machine, struct mono now)
{
    must(machine->outstanding == 0);
    struct pass_summary *pass = &machine->pass;
    *pass = (struct pass_summary){
        .number = pass->number + 1,
        .is_running = true,
        .started = now,
        .deployments = machine->listed,
    };
    tell_pass_started(&machine->sink, pass, machine->pass_cause ? machine->pass_cause : "interval");
    machine->cursor = 0;
    machine->is_pass_cut = false;
    machine->pass_probes = 0;
    machine->pass_retries = 0;
    machine->pass_cause = NULL;
    if (machine->pass_due.ms <= now.ms)
        machine->pass_due = next_due(machine->pass_due, machine->config.pass_interval_ms, now);
}

static bool is_pass_over(const struct machine *machine)
{
    return machine->pass.is_running && machine->outstanding == 0 &&
           machine->cursor >= fleet_slot_count(machine->fleet);
}

static void finish_pass(struct machine *machine, struct mono now)
{
    machine->pass.is_running = false;
    machine->pass.took_ms = now.ms - machine->pass.started.ms;
    tell_pass_done(&machine->sink, &machine->pass);
    if (machine->config.is_once)
        machine->is_once_over = true;
    int64_t late_ms = machine->pass.took_ms - machine->config.pass_interval_ms;
    if (machine->is_stopping || machine->config.is_once || late_ms <= 0)
        return;
    tell_pass_overrun(&machine->sink, &machine->pass, late_ms);
}

/* One is all that `once` wants. */
static bool has_discovered_enough(const struct machine *machine)
{
    return machine->is_once_over || (machine->config.is_once && machine->discovery_count > 0);
}

static bool is_discovery_due(const struct machine *machine, struct mono now)
{
    return !machine->is_discovering && !has_discovered_enough(machine) &&
           now.ms >= machine->discovery_due.ms;
}

/* What time alone starts and ends. */
static void advance(struct machine *machine, struct mono now)
{
    if (is_pass_over(machine))
        finish_pass(machine, now);
    if (machine->pass.is_running || machine->is_stopping || machine->is_once_over)
        return;
    /* A discovery that is due as well comes first: its pass is the one. */
    bool is_due = now.ms >= machine->pass_due.ms && !is_discovery_due(machine, now);
    if (machine->pass_cause || is_due)
        start_pass(machine, now);
}

/* --- effects ------------------------------------------------------------------------------------------------- */

static bool has_room(const struct machine *machine)
{
    return machine->reads_in_flight + machine->scales_in_flight < machine->config.concurrency;
}

static void hold_scale(struct machine *machine, struct deployment *deployment, enum reason reason)
{
    tell_scale_dropped(&machine->sink, deployment, reason);
    machine->outstanding--;
    deployment->action = ACTION_HELD;
    deployment->reason = reason;
    deployment->delta = 0;
    deployment->input.gate = reason; /* so that the explanation ends with it */
    pass_count(&machine->pass, deployment->action, deployment->reason);
}

/* Everything that could have changed since the decision is looked at again at the moment of sending. */
static enum reason last_look(struct machine *machine, struct deployment *deployment,
                             struct mono now)
{
    enum reason gate = gate_of(machine, deployment);
    if (gate != REASON_NONE)
        return gate;
    if (deployment->definition_fault != REASON_NONE)
        return deployment->definition_fault;
    if (deployment->queued_delta < 0 && now.ms < machine->latched_until.ms)
        return REASON_DISCOVERY_SHRANK;
    if (now.ms - deployment->status_at.ms > status_age_max_ms(machine))
        return REASON_STALE_STATUS;
    return fleet_open_ledger(machine->fleet, deployment) ? REASON_NONE : REASON_NO_MEMORY;
}

static void format_key(const struct machine *machine, uint64_t key, char ret_text[KEY_SIZE])
{
    snprintf(ret_text, KEY_SIZE, "%016" PRIx64 "-%" PRIx64, machine->key_epoch, key);
}

static void send_scale(struct machine *machine, struct deployment *deployment, struct mono now,
                       struct effect *ret_effect)
{
    deployment->scale_key = ++machine->key_count;
    ledger_send(deployment->ledger, deployment->queued_delta, now,
                deployment->policy->boot_timeout_ms);
    machine->scales_in_flight++;
    *ret_effect = (struct effect){
        .kind = EFFECT_SCALE,
        .slot = deployment->slot,
        .id = deployment->id,
        .delta = deployment->queued_delta,
    };
    format_key(machine, deployment->scale_key, ret_effect->key);
    tell_scale_requested(&machine->sink, deployment, ret_effect->key);
}

static struct deployment *take_scale(struct machine *machine)
{
    struct deployment *deployment = fleet_at(machine->fleet, slot_ring_take(&machine->scales));
    must(deployment);
    must(deployment->is_scale_queued);
    deployment->is_scale_queued = false;
    return deployment;
}

static bool next_scale(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    while (machine->scales.count > 0 && has_room(machine)) {
        struct deployment *deployment = take_scale(machine);
        enum reason reason = last_look(machine, deployment, now);
        if (reason == REASON_NONE) {
            send_scale(machine, deployment, now, ret_effect);
            return true;
        }
        hold_scale(machine, deployment, reason);
    }
    return false;
}

static bool next_discovery(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    if (!is_discovery_due(machine, now))
        return false;
    if (machine->discovery_attempt == 0) {
        /* The pass that follows is the first of a new series. */
        if (machine->discovery_count > 0)
            machine->pass_due = mono_after(now, machine->config.pass_interval_ms);
        machine->discovery_regular =
            next_due(machine->discovery_due, machine->config.discovery_interval_ms, now);
    }
    machine->discovery_due = machine->discovery_regular;
    machine->discovery_attempt++;
    machine->is_discovering = true;
    *ret_effect = (struct effect){ .kind = EFFECT_DISCOVER, .slot = SLOT_NONE };
    return true;
}

static void start_read(struct machine *machine, struct deployment *deployment, struct mono now,
                       struct effect *ret_effect)
{
    must(!deployment->is_reading);
    deployment->is_reading = true;
    deployment->read_started = now;
    deployment->attempt++;
    machine->reads_in_flight++;
    if (machine->breaker.is_open)
        machine->probe_slot = deployment->slot;
    *ret_effect =
        (struct effect){ .kind = EFFECT_READ, .slot = deployment->slot, .id = deployment->id };
}

static void fail_read(struct machine *machine, struct deployment *deployment, enum reason reason,
                      const char *text)
{
    /* While the breaker is open, probes fail now here, now there: that is no news. */
    bool is_news = deployment->reason != reason && deployment->reason != REASON_BREAKER_OPEN;
    deployment->failure_count++;
    deployment->action = reason_row(reason)->kind == REASON_DATA ? ACTION_HELD : ACTION_FAILED;
    deployment->reason = reason;
    deployment->delta = 0;
    deployment->raw_delta = 0;
    deployment->desired_hosts = -1;
    deployment->input = (struct decision_input){ .policy = deployment->policy, .fault = reason };
    deployment_set_detail(deployment, text);
    pass_count(&machine->pass, deployment->action, deployment->reason);
    if (is_news && reason != REASON_BREAKER_OPEN)
        tell_read_failed(&machine->sink, deployment);
}

/* Deployments that need no read in this pass, or must not be read. True: it has had its turn. */
static bool is_passed_over(struct machine *machine, struct deployment *deployment, struct mono now)
{
    if (deployment->definition_fault != REASON_NONE) {
        pass_count(&machine->pass, deployment->action, deployment->reason);
        return true;
    }
    if (now.ms < deployment->quiet_until.ms) {
        fail_read(machine, deployment, REASON_READ_FAILED, "the API asked to wait (Retry-After)");
        return true;
    }
    if (machine->is_pass_cut) {
        fail_read(machine, deployment, REASON_BREAKER_OPEN, "reads keep failing: waiting for a probe to work");
        return true;
    }
    return false;
}

static bool next_retry(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    while (retry_queue_due(&machine->retries).ms <= now.ms) {
        struct deployment *deployment =
            fleet_at(machine->fleet, retry_queue_take(&machine->retries));
        must(deployment);
        deployment->is_retry_waiting = false;
        if (deployment->is_listed && !is_passed_over(machine, deployment, now)) {
            start_read(machine, deployment, now, ret_effect);
            return true;
        }
        machine->outstanding--;
    }
    return false;
}

/* Is it its turn, and must it be read? Those that need no read have had their turn then. */
static bool is_readable(struct machine *machine, struct deployment *deployment, struct mono now)
{
    if (!deployment || !deployment->is_listed || deployment->turn == machine->pass.number)
        return false;
    deployment->turn = machine->pass.number;
    deployment->attempt = 0;
    return !is_passed_over(machine, deployment, now);
}

static bool next_first_read(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    while (machine->cursor < fleet_slot_count(machine->fleet)) {
        struct deployment *deployment = fleet_at(machine->fleet, machine->cursor++);
        if (!is_readable(machine, deployment, now))
            continue;
        machine->outstanding++;
        start_read(machine, deployment, now, ret_effect);
        return true;
    }
    return false;
}

/* Somewhere in the list: neighbours may share what is wrong with them. */
static bool next_probe(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    for (int i = 0; i < PROBE_DRAWS && machine->cursor < fleet_slot_count(machine->fleet); i++) {
        int64_t rest = (int64_t)fleet_slot_count(machine->fleet) - machine->cursor;
        uint32_t slot = machine->cursor + (uint32_t)random_below(&machine->random, rest);
        struct deployment *deployment = fleet_at(machine->fleet, slot);
        if (!is_readable(machine, deployment, now))
            continue;
        machine->outstanding++;
        start_read(machine, deployment, now, ret_effect);
        return true;
    }
    return next_first_read(machine, now, ret_effect) || next_retry(machine, now, ret_effect);
}

static bool next_read(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    if (!machine->pass.is_running || !has_room(machine) || machine->probe_slot != SLOT_NONE)
        return false;
    if (machine->breaker.is_open && !machine->is_pass_cut)
        return next_probe(machine, now, ret_effect);
    return next_retry(machine, now, ret_effect) || next_first_read(machine, now, ret_effect);
}

bool machine_next(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    for (;;) {
        advance(machine, now);
        if (next_scale(machine, now, ret_effect))
            return true;
        if (!machine->is_stopping &&
            (next_discovery(machine, now, ret_effect) || next_read(machine, now, ret_effect)))
            return true;
        /* A pass that ends without an effect may be followed by one that is due already. */
        if (!is_pass_over(machine))
            return false;
    }
}

struct mono machine_wakeup(const struct machine *machine)
{
    struct mono wakeup = MONO_NEVER;
    if (machine->is_stopping || machine->is_once_over)
        return wakeup;
    if (!machine->is_discovering && !has_discovered_enough(machine))
        wakeup = mono_min(wakeup, machine->discovery_due);
    if (!machine->pass.is_running)
        wakeup = mono_min(wakeup, machine->pass_due);
    if (has_room(machine) && machine->probe_slot == SLOT_NONE)
        wakeup = mono_min(wakeup, retry_queue_due(&machine->retries));
    return wakeup;
}

/* --- discovery ----------------------------------------------------------------------------------------------- */

static bool has_retries_left(const struct machine *machine, int32_t attempt)
{
    return !machine->is_stopping && attempt <= machine->config.retries;
}

static void ask_for_pass(struct machine *machine, const char *cause)
{
    if (!machine->pass_cause)
        machine->pass_cause = cause;
}

/* Passes go on with the last known list, whatever became of the discovery. */
static void keep_old_list(struct machine *machine)
{
    machine->is_discovery_ok = false;
    if (machine->listed > 0 && !machine->config.is_once)
        ask_for_pass(machine, "discovery");
    else if (machine->config.is_once)
        machine->is_once_over = true;
}

static void fail_discovery(struct machine *machine, struct mono now,
                           const struct discovery_result *result)
{
    tell_discovery_failed(&machine->sink, result->text, machine->discovery_attempt,
                          machine->listed);
    if (result->is_transient && has_retries_left(machine, machine->discovery_attempt)) {
        unsigned next = (unsigned)machine->discovery_attempt + 1;
        machine->discovery_due =
            mono_after(now, retry_wait_ms(&machine->random, next, result->retry_after_ms));
        return;
    }
    machine->discovery_attempt = 0;
    machine->discovery_due.ms =
        max_i64(machine->discovery_regular.ms, now.ms + result->retry_after_ms);
    keep_old_list(machine);
}

/* A list that loses many at once may be a registry in trouble: nothing shrinks until it has agreed with itself. */
static void judge_loss(struct machine *machine, int32_t before, const struct adopt_summary *summary,
                       struct mono now)
{
    if (now.ms >= machine->latched_until.ms || summary->listed >= machine->latched_listed) {
        machine->latched_until = (struct mono){ 0 };
        machine->latched_listed = 0;
    }
    if (summary->gone < LATCH_COUNT_MIN ||
        summary->gone * (int64_t)100 <= before * (int64_t)LATCH_PERCENT)
        return;
    machine->latched_until = mono_after(now, LATCH_MS);
    machine->latched_listed = (int32_t)max_i64(machine->latched_listed, before);
    tell_discovery_shrank(&machine->sink, before, summary->gone);
}

static void accept_discovery(struct machine *machine, struct mono now,
                             const struct discovery_result *result)
{
    struct adopt_context context = {
        .now = now,
        .discovery_number = machine->discovery_count + 1,
        .gone_keep_ms = GONE_KEEP_MS,
        .policy_of = machine->config.policy_of,
        .policy_context = machine->config.policy_context,
        .sink = &machine->sink,
    };
    struct adopt_summary summary;
    /* Room for the scales first: it is harmless when the rest fails. */
    size_t slots = fleet_slot_count(machine->fleet) + result->discovery.count;
    if (slot_ring_reserve(&machine->scales, slots) ||
        adopt_discovery(machine->fleet, &result->discovery, &context, &summary)) {
        fail_discovery(machine, now,
                       &(struct discovery_result){ .text = "no memory for so many deployments",
                                                   .retry_after_ms = RETRY_AFTER_NONE });
        return;
    }
    machine->discovery_count++;
    machine->discovery_attempt = 0;
    machine->is_discovery_ok = true;
    judge_loss(machine, machine->listed, &summary, now);
    machine->listed = summary.listed;
    tell_discovery_done(&machine->sink, &summary, result->took_ms);
    ask_for_pass(machine, "discovery");
}

void machine_discovery_done(struct machine *machine, struct mono now,
                            const struct discovery_result *result)
{
    must(machine->is_discovering);
    machine->is_discovering = false;
    bool is_first = machine->discovery_count == 0;
    if (machine->is_stopping)
        return;
    if (!result->is_ok) {
        fail_discovery(machine, now, result);
    } else if (result->discovery.count == 0 && machine->listed > 0) {
        tell_discovery_empty(&machine->sink, machine->listed);
        machine->discovery_attempt = 0;
        keep_old_list(machine);
    } else {
        accept_discovery(machine, now, result);
    }
    if (is_first && machine->discovery_count > 0)
        machine->pass_due = mono_after(now, machine->config.pass_interval_ms);
}

/* --- reads --------------------------------------------------------------------------------------------------- */

static struct observe_context observe_context(struct machine *machine,
                                              const struct deployment *deployment, struct mono now)
{
    return (struct observe_context){
        .now = now,
        .pass = machine->pass.number,
        .pass_interval_ms = machine->config.pass_interval_ms,
        .status_age_max_ms = status_age_max_ms(machine),
        .gate = gate_of(machine, deployment),
        .is_shrink_latched = now.ms < machine->latched_until.ms,
        .follow = &machine->follow,
        .sink = &machine->sink,
    };
}

/* A list that came while a deployment was read has the last word about it. */
static bool is_overtaken(const struct deployment *deployment)
{
    return !deployment->is_listed || deployment->definition_fault != REASON_NONE;
}

/* A probe, or any answer at all, shows that the API lives. */
static void note_success(struct machine *machine, struct mono now)
{
    struct mono opened = machine->breaker.opened;
    if (breaker_succeed(&machine->breaker))
        tell_breaker_closed(&machine->sink, now.ms - opened.ms);
}

static void note_failure(struct machine *machine, const char *text, bool was_probe, struct mono now)
{
    if (breaker_fail(&machine->breaker, machine->listed, now))
        tell_breaker_opened(&machine->sink, machine->breaker.failure_count, text);
    machine->pass_probes += was_probe;
    machine->is_pass_cut = machine->pass_probes >= PASS_PROBES_MAX;
}

static void note_recovery(struct machine *machine, struct deployment *deployment)
{
    if (deployment->failure_count == 0)
        return;
    tell_read_recovered(&machine->sink, deployment);
    deployment->failure_count = 0;
}

/* A ledger with nothing in it serves somebody else. */
static void settle_ledger(struct machine *machine, struct deployment *deployment)
{
    if (deployment->ledger && deployment->ledger->count == 0)
        fleet_close_ledger(machine->fleet, deployment);
}

static void queue_scale(struct machine *machine, struct deployment *deployment, int32_t delta)
{
    slot_ring_put(&machine->scales, deployment->slot);
    deployment->is_scale_queued = true;
    deployment->queued_delta = delta;
    machine->outstanding++;
}

static void take_status(struct machine *machine, struct deployment *deployment, struct mono now,
                        const struct status *status)
{
    enum action old_action = deployment->action;
    enum reason old_reason = deployment->reason;
    int32_t old_delta = deployment->delta;
    note_recovery(machine, deployment);
    deployment_set_detail(deployment, "");
    struct observe_context context = observe_context(machine, deployment, now);
    struct decision decision;
    observe_status(deployment, status, &context, &decision);
    settle_ledger(machine, deployment);
    machine->pass.read++;
    pass_count(&machine->pass, deployment->action, deployment->reason);
    if (decision.action == ACTION_SCALED)
        queue_scale(machine, deployment, decision.delta);
    else if (old_action != decision.action || old_reason != decision.reason ||
             old_delta != decision.delta)
        tell_decision(&machine->sink, deployment);
}

/* At most a tenth of a pass is read again, so that an API in trouble does not get more requests than one that works. */
static bool may_retry(struct machine *machine, const struct deployment *deployment,
                      const struct read_result *result)
{
    return result->is_transient && has_retries_left(machine, deployment->attempt) &&
           !is_overtaken(deployment) && !machine->breaker.is_open && !machine->is_pass_cut &&
           result->retry_after_ms < machine->config.pass_interval_ms &&
           machine->pass_retries < max_i64(RETRIES_WAITING_MAX / 16, machine->listed / 10) &&
           machine->retries.count < RETRIES_WAITING_MAX;
}

static void retry_read(struct machine *machine, struct deployment *deployment, struct mono now,
                       const struct read_result *result)
{
    int64_t wait_ms =
        retry_wait_ms(&machine->random, deployment->attempt + 1u, result->retry_after_ms);
    bool was_put = retry_queue_put(&machine->retries, mono_after(now, wait_ms), deployment->slot);
    must(was_put);
    deployment->is_retry_waiting = true;
    machine->pass_retries++;
    tell_read_retried(&machine->sink, deployment, result->text, wait_ms);
}

static void take_failure(struct machine *machine, struct deployment *deployment, struct mono now,
                         const struct read_result *result, bool was_probe)
{
    if (may_retry(machine, deployment, result)) {
        retry_read(machine, deployment, now, result);
        return;
    }
    /* A wrong answer about one deployment says that the API lives. */
    if (result->reason == REASON_BAD_STATUS || result->reason == REASON_MISSING)
        note_success(machine, now);
    else
        note_failure(machine, result->text, was_probe, now);
    machine->outstanding--;
    if (is_overtaken(deployment))
        return;
    if (result->retry_after_ms != RETRY_AFTER_NONE)
        deployment->quiet_until = mono_after(now, result->retry_after_ms);
    struct observe_context context = observe_context(machine, deployment, now);
    observe_time(deployment, &context);
    settle_ledger(machine, deployment);
    fail_read(machine, deployment, result->reason, result->text);
}

void machine_read_done(struct machine *machine, struct mono now, uint32_t slot,
                       const struct read_result *result)
{
    struct deployment *deployment = fleet_at(machine->fleet, slot);
    must(deployment);
    must(deployment->is_reading);
    deployment->is_reading = false;
    machine->reads_in_flight--;
    bool was_probe = machine->probe_slot == slot;
    if (was_probe)
        machine->probe_slot = SLOT_NONE;
    if (result->is_cancelled) {
        machine->outstanding--;
    } else if (result->reason != REASON_NONE) {
        take_failure(machine, deployment, now, result, was_probe);
    } else {
        machine->outstanding--;
        note_success(machine, now);
        if (!is_overtaken(deployment))
            take_status(machine, deployment, now, &result->status);
    }
    advance(machine, now);
}

/* --- scales -------------------------------------------------------------------------------------------------- */

static void end_scale(struct machine *machine, struct deployment *deployment, enum action action,
                      enum reason reason, const char *text)
{
    deployment->action = action;
    deployment->reason = reason;
    deployment_set_detail(deployment, text);
    pass_count(&machine->pass, deployment->action, deployment->reason);
}

void machine_scale_done(struct machine *machine, struct mono now, uint32_t slot,
                        const struct scale_result *result)
{
    struct deployment *deployment = fleet_at(machine->fleet, slot);
    must(deployment);
    machine->scales_in_flight--;
    machine->outstanding--;
    char key[KEY_SIZE];
    format_key(machine, deployment->scale_key, key);
    tell_scale_done(&machine->sink, deployment, key, result,
                    machine_confirm_timeout_ms(machine, deployment->policy));
    if (result->outcome != SCALE_REFUSED) {
        deployment->scaled_at = now;
        deployment->scaled_up_at = deployment->queued_delta > 0 ? now : deployment->scaled_up_at;
    }
    switch (result->outcome) {
    case SCALE_ACCEPTED:
        ledger_accept(deployment->ledger);
        machine->scales_accepted++;
        pass_count_scaled(&machine->pass, deployment->queued_delta);
        break;
    case SCALE_REFUSED:
        ledger_refuse(deployment->ledger);
        settle_ledger(machine, deployment);
        if (result->retry_after_ms != RETRY_AFTER_NONE)
            deployment->quiet_until = mono_after(now, result->retry_after_ms);
        end_scale(machine, deployment, ACTION_FAILED, REASON_SCALE_REFUSED, result->text);
        break;
    case SCALE_LOST:
        ledger_lose(deployment->ledger);
        end_scale(machine, deployment, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, result->text);
        break;
    }
    advance(machine, now);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

int machine_create(const struct machine_config *config, uint64_t seed, struct event_sink sink,
                   struct mono now, struct machine **ret_machine)
{
    must(config->concurrency > 0);
    must(config->pass_interval_ms > 0);
    must(config->discovery_interval_ms > 0);
    struct machine *machine = heap_alloc(1, sizeof *machine);
    if (!machine)
        return -ENOMEM;
    if (fleet_create(&machine->fleet)) {
        heap_free(machine);
        return -ENOMEM;
    }
    machine->config = *config;
    machine->sink = sink;
    machine->random.state = seed;
    machine->key_epoch = random_next(&machine->random);
    machine->discovery_due = now;
    machine->pass_due = MONO_NEVER;
    machine->is_discovery_ok = true;
    machine->probe_slot = SLOT_NONE;
    *ret_machine = machine;
    return 0;
}

void machine_destroy(struct machine *machine)
{
    if (!machine)
        return;
    fleet_destroy(machine->fleet);
    slot_ring_fini(&machine->scales);
    heap_free(machine);
}

void machine_configure(struct machine *machine, const struct machine_config *config,
                       struct mono now)
{
    must(config->concurrency > 0);
    machine->config = *config;
    for (uint32_t slot = 0; slot < fleet_slot_count(machine->fleet); slot++) {
        struct deployment *deployment = fleet_at(machine->fleet, slot);
        if (!deployment)
            continue;
        deployment->policy = config->policy_of(config->policy_context, deployment->id);
        deployment->input.policy = deployment->policy;
    }
    if (!machine->is_discovering && machine->discovery_attempt == 0)
        machine->discovery_due =
            mono_min(machine->discovery_due, mono_after(now, config->discovery_interval_ms));
    if (machine->discovery_count > 0)
        machine->pass_due = mono_min(machine->pass_due, mono_after(now, config->pass_interval_ms));
    machine_request_pass(machine, now);
}

void machine_request_discovery(struct machine *machine, struct mono now)
{
    if (!machine->is_discovering)
        machine->discovery_due = mono_min(machine->discovery_due, now);
}

void machine_request_pass(struct machine *machine, struct mono now)
{
    (void)now;
    if (machine->listed > 0)
        ask_for_pass(machine, "request");
}

/* Reads that wait to be tried again are given up; what was not looked at stays as it is. */
static void drop_waiting(struct machine *machine)
{
    while (machine->retries.count > 0) {
        struct deployment *deployment =
            fleet_at(machine->fleet, retry_queue_take(&machine->retries));
        must(deployment);
        deployment->is_retry_waiting = false;
        machine->outstanding--;
    }
    while (machine->scales.count > 0)
        hold_scale(machine, take_scale(machine), REASON_STOPPING);
    machine->cursor = (uint32_t)fleet_slot_count(machine->fleet);
}

void machine_stop(struct machine *machine, struct mono now)
{
    if (machine->is_stopping)
        return;
    machine->is_stopping = true;
    drop_waiting(machine);
    advance(machine, now);
}

bool machine_is_finished(const struct machine *machine)
{
    return (machine->is_stopping || machine->is_once_over) && !machine->is_discovering &&
           machine->reads_in_flight == 0 && machine->scales_in_flight == 0;
}

bool machine_is_discovery_ok(const struct machine *machine)
{
    return machine->is_discovery_ok;
}

int32_t machine_scales_in_flight(const struct machine *machine)
{
    return machine->scales_in_flight;
}

int64_t machine_scales_accepted(const struct machine *machine)
{
    return machine->scales_accepted;
}

const struct fleet *machine_fleet(const struct machine *machine)
{
    return machine->fleet;
}

const struct pass_summary *machine_pass(const struct machine *machine)
{
    return &machine->pass;
}

int64_t machine_confirm_timeout_ms(const struct machine *machine, const struct policy *policy)
{
    return follow_confirm_timeout_ms(&machine->follow, policy, machine->config.pass_interval_ms);
}
