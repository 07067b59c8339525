#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/core/reconciler_events.h"

#include <errno.h>

static void start_pass(struct machine *machine, struct mono now)
{
    must(machine->outstanding == 0);
    machine->version++;
    struct pass_summary *pass = &machine->pass;
    *pass = (struct pass_summary){
        .number = pass->number + 1,
        .is_running = true,
        .started = now,
        .deployments = machine->listed,
    };
    pass_times_put(&machine->times, pass->number, now);
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
    machine->version++;
    machine->pass.is_running = false;
    machine->pass.took_ms = now.ms - machine->pass.started.ms;
    tell_pass_done(&machine->sink, &machine->pass);
    if (machine->pass.read == 0 && machine->pass.failed > 0)
        tell_pass_blind(&machine->sink, &machine->pass);
    if (machine->config.is_once)
        machine->is_once_over = true;
    int64_t late_ms = machine->pass.took_ms - machine->config.pass_interval_ms;
    if (machine->is_stopping || machine->config.is_once || late_ms <= 0)
        return;
    tell_pass_overrun(&machine->sink, &machine->pass, late_ms);
}

/* What time alone starts and ends. */
static void advance(struct machine *machine, struct mono now)
{
    if (is_pass_over(machine))
        finish_pass(machine, now);
    if (machine->pass.is_running || machine->is_stopping || machine->is_once_over)
        return;
    /* A discovery that is due as well comes first: its pass is the one. */
    bool is_due = now.ms >= machine->pass_due.ms && !machine_is_discovery_due(machine, now);
    if (machine->pass_cause || is_due)
        start_pass(machine, now);
}

bool machine_next(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    for (;;) {
        advance(machine, now);
        if (machine_next_scale(machine, now, ret_effect))
            return true;
        if (!machine->is_stopping && (machine_next_discovery(machine, now, ret_effect) ||
                                      machine_next_read(machine, now, ret_effect)))
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
    if (!machine->is_discovering && !machine_discovers_no_more(machine))
        wakeup = mono_min(wakeup, machine->discovery_due);
    if (!machine->pass.is_running)
        wakeup = mono_min(wakeup, machine->pass_due);
    if (has_room(machine) && machine->probe_slot == SLOT_NONE)
        wakeup = mono_min(wakeup, retry_queue_due(&machine->retries));
    return wakeup;
}

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
    machine->discovery_failed_at = MONO_NEVER;
    machine->paused_at = MONO_NEVER;
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
    machine->version++;
    fleet_mark_all(machine->fleet);
    for (uint32_t slot = 0; slot < fleet_slot_count(machine->fleet); slot++) {
        struct deployment *deployment = fleet_at(machine->fleet, slot);
        if (!deployment)
            continue;
        deployment->policy = config->policy_of(config->policy_context, deployment->id);
        deployment->input.policy = deployment->policy;
    }
    if (!machine->is_discovering && machine->discovery_attempt == 0) {
        struct mono soon = mono_after(now, config->discovery_interval_ms);
        soon.ms = max_i64(soon.ms, machine->discovery_quiet_until.ms);
        machine->discovery_due = mono_min(machine->discovery_due, soon);
    }
    if (machine->discovery_count > 0)
        machine->pass_due = mono_min(machine->pass_due, mono_after(now, config->pass_interval_ms));
    machine_request_pass(machine, now);
}

void machine_request_pass(struct machine *machine, struct mono now)
{
    (void)now;
    if (machine->listed > 0)
        ask_for_pass(machine, "request");
}

void machine_stop(struct machine *machine, struct mono now)
{
    if (machine->is_stopping)
        return;
    machine->is_stopping = true;
    machine->version++;
    machine_drop_reads(machine);
    machine_drop_scales(machine);
    advance(machine, now);
}

void machine_abandon(struct machine *machine, struct mono now)
{
    static const struct scale_result abandoned = {
        .outcome = SCALE_LOST,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "abandoned: told to stop a second time",
    };
    for (uint32_t slot = 0; slot < fleet_slot_count(machine->fleet); slot++) {
        struct deployment *deployment = fleet_at(machine->fleet, slot);
        if (deployment && ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT)
            machine_scale_done(machine, now, slot, &abandoned);
    }
}

bool machine_is_finished(const struct machine *machine)
{
    return (machine->is_stopping || machine->is_once_over) && !machine->is_discovering &&
           machine->reads_in_flight == 0 && machine->scales_in_flight == 0 &&
           machine->scales.count == 0;
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

int64_t machine_confirm_timeout_ms(const struct machine *machine,
                                   const struct deployment *deployment)
{
    return follow_confirm_timeout_ms(&machine->follow, deployment,
                                     machine->config.pass_interval_ms);
}

/* --- for whoever shows it ------------------------------------------------------------------------- */

bool machine_is_paused(const struct machine *machine)
{
    return machine->is_paused;
}

bool machine_is_dry_run(const struct machine *machine)
{
    return machine->config.is_dry_run;
}

bool machine_is_read_only(const struct machine *machine)
{
    return machine->config.is_read_only;
}

struct mono machine_paused_at(const struct machine *machine)
{
    return machine->paused_at;
}

uint64_t machine_version(const struct machine *machine)
{
    return machine->version;
}

void machine_outlook(const struct machine *machine, struct mono now,
                     struct machine_outlook *ret_outlook)
{
    bool is_idle = machine->is_stopping || machine->is_once_over;
    *ret_outlook = (struct machine_outlook){
        .next_pass = machine->pass.is_running || is_idle ? MONO_NEVER : machine->pass_due,
        .next_discovery = machine->is_discovering || is_idle ? MONO_NEVER : machine->discovery_due,
        .discovery_failed_at = machine->discovery_failed_at,
        .pass_interval_ms = machine->config.pass_interval_ms,
        .discovery_interval_ms = machine->config.discovery_interval_ms,
        .is_breaker_open = machine->breaker.is_open,
        .is_latched = now.ms < machine->latched_until.ms,
        .is_stopping = machine->is_stopping,
    };
}

struct fleet *machine_shown_fleet(struct machine *machine)
{
    return machine->fleet;
}
