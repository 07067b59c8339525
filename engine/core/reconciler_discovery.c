#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/apply_discovery.h"
#include "engine/core/reconciler_events.h"

/* One is all that `once` wants. */
bool machine_discovers_no_more(const struct machine *machine)
{
    return machine->is_once_over || (machine->config.is_once && machine->discovery_count > 0);
}

bool machine_is_discovery_due(const struct machine *machine, struct mono now)
{
    return !machine->is_discovering && !machine_discovers_no_more(machine) &&
           now.ms >= machine->discovery_due.ms;
}

bool machine_next_discovery(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    if (!machine_is_discovery_due(machine, now))
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
    machine->version++;
    machine->is_discovering = true;
    *ret_effect = (struct effect){ .kind = EFFECT_DISCOVER, .slot = SLOT_NONE };
    return true;
}

/* An API that asks for a long wait gets it; the attempts of now are over, as with reads. */
static bool may_retry(const struct machine *machine, const struct discovery_result *result)
{
    return result->is_transient && has_retries_left(machine, machine->discovery_attempt) &&
           result->retry_after_ms < machine->config.discovery_interval_ms;
}

/* Passes go on with the last known list, whatever became of the discovery. */
static void keep_old_list(struct machine *machine, struct mono now)
{
    if (machine->is_discovery_ok)
        machine->discovery_failed_at = now;
    machine->is_discovery_ok = false;
    if (machine->config.is_once)
        machine->is_once_over = true;
    else if (machine->listed > 0)
        ask_for_pass(machine, "discovery");
}

static void fail_discovery(struct machine *machine, struct mono now,
                           const struct discovery_result *result)
{
    if (may_retry(machine, result)) {
        unsigned next = (unsigned)machine->discovery_attempt + 1;
        int64_t wait_ms = retry_wait_ms(&machine->random, next, result->retry_after_ms);
        machine->discovery_due = mono_after(now, wait_ms);
        tell_discovery_retried(&machine->sink, result->text, machine->discovery_attempt, wait_ms);
        return;
    }
    tell_discovery_failed(&machine->sink, result->text, machine->discovery_attempt,
                          machine->listed);
    machine->discovery_attempt = 0;
    machine->discovery_quiet_until = mono_after(now, max_i64(0, result->retry_after_ms));
    machine->discovery_due.ms =
        max_i64(machine->discovery_regular.ms, machine->discovery_quiet_until.ms);
    keep_old_list(machine, now);
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
    machine->discovery_failed_at = MONO_NEVER;
    judge_loss(machine, machine->listed, &summary, now);
    machine->listed = summary.listed;
    tell_discovery_done(&machine->sink, &summary, result->took_ms);
    if (summary.listed == 0)
        tell_discovery_empty(&machine->sink, 0);
    ask_for_pass(machine, "discovery");
}

void machine_discovery_done(struct machine *machine, struct mono now,
                            const struct discovery_result *result)
{
    must(machine->is_discovering);
    machine->is_discovering = false;
    machine->version++;
    bool is_first = machine->discovery_count == 0;
    if (machine->is_stopping)
        return;
    if (!result->is_ok) {
        fail_discovery(machine, now, result);
    } else if (result->discovery.count == 0 && machine->listed > 0) {
        tell_discovery_empty(&machine->sink, machine->listed);
        machine->discovery_attempt = 0;
        keep_old_list(machine, now);
    } else {
        accept_discovery(machine, now, result);
    }
    if (is_first && machine->discovery_count > 0)
        machine->pass_due = mono_after(now, machine->config.pass_interval_ms);
}

void machine_request_discovery(struct machine *machine, struct mono now)
{
    machine->version++;
    if (!machine->is_discovering)
        machine->discovery_due = mono_min(machine->discovery_due, now);
}
