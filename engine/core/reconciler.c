#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/core/reconciler_events.h"
#include "engine/core/start_hold.h"

#include <errno.h>

/* When there are some, or twice as many as reported, and when there are none any more. */
static void report_unread(struct reconciler *reconciler)
{
    const struct unread *unread = &reconciler->order.unread;
    bool is_over = unread->deployments == 0 && reconciler->unread_reported > 0;
    bool is_more =
        unread->deployments > 0 && unread->deployments >= 2 * reconciler->unread_reported;
    if (!is_over && !is_more)
        return;
    reconciler->unread_reported = unread->deployments;
    if (is_over)
        emit_unread_over(&reconciler->sink, reconciler->listed);
    else
        emit_unread(&reconciler->sink, unread, fleet_at(reconciler->fleet, unread->slot));
}

static void start_pass(struct reconciler *reconciler, struct mono now)
{
    reconciler->version++;
    struct pass_summary *pass = &reconciler->pass;
    *pass = (struct pass_summary){
        .number = pass->number + 1,
        .is_running = true,
        .started = now,
        .deployments = reconciler->listed,
    };
    pass_times_put(&reconciler->times, pass->number, now);
    emit_pass_started(&reconciler->sink, pass,
                      reconciler->pass_cause ? reconciler->pass_cause : "interval");
    if (read_rate_advance(&reconciler->rate, reconciler->listed,
                          reconciler->config.pass_interval_ms, now))
        emit_rate_limit_over(&reconciler->sink, reconciler->listed);
    read_order_build(&reconciler->order, reconciler->fleet, pass->number);
    report_unread(reconciler);
    if (reconciler->outstanding > 0)
        reconciler_keep_reads(reconciler);
    reconciler->failing_started = 0;
    reconciler->is_pass_awaited = false;
    reconciler->is_pass_cut = false;
    reconciler->pass_probes = 0;
    reconciler->pass_retries = 0;
    reconciler->pass_cause = NULL;
    if (reconciler->pass_due.ms <= now.ms)
        reconciler->pass_due =
            next_due(reconciler->pass_due, reconciler->config.pass_interval_ms, now);
}

static bool is_pass_over(const struct reconciler *reconciler)
{
    return reconciler->pass.is_running && reconciler->outstanding == 0 &&
           read_order_is_done(&reconciler->order);
}

static void finish_pass(struct reconciler *reconciler, struct mono now)
{
    reconciler->version++;
    reconciler->pass.is_running = false;
    reconciler->pass.took_ms = now.ms - reconciler->pass.started.ms;
    emit_pass_done(&reconciler->sink, &reconciler->pass);
    api_trouble_end_pass(&reconciler->read_trouble, reconciler->pass.read > 0);
    if (reconciler->pass.read == 0 && reconciler->pass.failed > 0)
        emit_pass_blind(&reconciler->sink, &reconciler->pass);
    if (reconciler->config.is_once)
        reconciler->is_once_over = true;
}

static void report_overrun(const struct reconciler *reconciler)
{
    int64_t late_ms = reconciler->pass.took_ms - reconciler->config.pass_interval_ms;
    if (reconciler->is_stopping || reconciler->config.is_once || late_ms <= 0)
        return;
    emit_pass_overrun(&reconciler->sink, &reconciler->pass, late_ms);
}

/* When a discovery is due as well, it comes first: a pass follows it anyway. */
static bool is_pass_due(const struct reconciler *reconciler, struct mono now)
{
    return reconciler->pass_cause ||
           (now.ms >= reconciler->pass_due.ms && !reconciler_is_discovery_due(reconciler, now));
}

static bool may_leave_probe(const struct reconciler *reconciler)
{
    return reconciler->probe_slot != SLOT_NONE && reconciler->pass.is_running &&
           !reconciler->is_stopping && !reconciler->config.is_once;
}

static bool is_probe_slow(const struct reconciler *reconciler)
{
    return may_leave_probe(reconciler) &&
           fleet_at(reconciler->fleet, reconciler->probe_slot)->is_read_slow;
}

/* Those with a failed last read wait until others of them have ended. */
static bool is_read_startable(const struct reconciler *reconciler)
{
    bool is_failing_left =
        read_order_has_failing(&reconciler->order) || reconciler->retries.count > 0;
    return read_order_has_others(&reconciler->order) ||
           (is_failing_left && has_failing_room(reconciler));
}

/* From when on the pass waits only for requests that take much longer than usual; MONO_NEVER: for others as well. */
static struct mono rest_is_slow_at(const struct reconciler *reconciler)
{
    if (!reconciler->pass.is_running || reconciler->is_stopping || reconciler->config.is_once ||
        reconciler->probe_slot != SLOT_NONE || is_read_startable(reconciler) ||
        reconciler->scales.count > 0 || reconciler->recordings > 0)
        return MONO_NEVER;
    struct mono at = read_slots_all_slow_at(&reconciler->slots);
    if (reconciler->scales_in_flight > 0)
        at.ms = max_i64(at.ms, mono_after(reconciler->scale_started, READ_SLOW_MS_MIN).ms);
    return at;
}

/* The next pass waits for no request that hangs. */
static bool is_pass_overtaken(const struct reconciler *reconciler, struct mono now)
{
    return is_pass_due(reconciler, now) && now.ms >= rest_is_slow_at(reconciler).ms;
}

static void finish_overtaken(struct reconciler *reconciler, struct mono now)
{
    reconciler_leave_reads(reconciler);
    finish_pass(reconciler, now);
    if (reconciler->is_pass_awaited)
        report_overrun(reconciler);
}

/* Starts and ends passes. */
static void advance(struct reconciler *reconciler, struct mono now)
{
    if (is_pass_over(reconciler)) {
        finish_pass(reconciler, now);
        report_overrun(reconciler);
    } else if (is_pass_overtaken(reconciler, now)) {
        finish_overtaken(reconciler, now);
    } else if (is_pass_due(reconciler, now)) {
        reconciler->is_pass_awaited = reconciler->pass.is_running;
    }
    if (reconciler->pass.is_running || reconciler->is_stopping || reconciler->is_once_over)
        return;
    if (is_pass_due(reconciler, now))
        start_pass(reconciler, now);
}

bool reconciler_next(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    read_slots_take_back(&reconciler->slots, reconciler->fleet, reconciler->config.concurrency,
                         now);
    if (is_probe_slow(reconciler) && is_pass_due(reconciler, now))
        reconciler_leave_probe(reconciler);
    for (;;) {
        advance(reconciler, now);
        if (reconciler_next_recorded(reconciler, now, ret_effect) ||
            reconciler_next_scale(reconciler, now, ret_effect))
            return true;
        if (!reconciler->is_stopping && (reconciler_next_discovery(reconciler, now, ret_effect) ||
                                         reconciler_next_read(reconciler, now, ret_effect)))
            return true;
        if (is_pass_over(reconciler) || is_pass_overtaken(reconciler, now))
            continue; /* without an effect: the next pass may already be due */
        must_slow(reconciler_is_consistent(reconciler));
        return false;
    }
}

/* When the next read may start, unless another one ends before; MONO_NEVER: not before. */
static struct mono next_read_at(const struct reconciler *reconciler)
{
    const struct read_order *order = &reconciler->order;
    struct mono rate_due = read_rate_due(&reconciler->rate);
    if (reconciler->probe_slot != SLOT_NONE)
        return MONO_NEVER;
    if (has_read_room(reconciler) && read_order_has_others(order))
        return rate_due;
    if (has_read_room(reconciler) && has_failing_room(reconciler)) {
        struct mono due = retry_queue_due(&reconciler->retries);
        due.ms = max_i64(due.ms, rate_due.ms);
        return read_order_has_failing(order) ? rate_due : due;
    }
    if (read_order_is_done(order) && reconciler->retries.count == 0)
        return MONO_NEVER;
    return read_slots_due(&reconciler->slots, reconciler->fleet, reconciler->config.concurrency);
}

/* When the next pass may begin, unless a request ends before. */
static struct mono next_pass_at(const struct reconciler *reconciler)
{
    if (!reconciler->pass.is_running)
        return reconciler->pass_due;
    struct mono at = rest_is_slow_at(reconciler);
    /* Reads that have ended may be newer than all that hang. */
    if (at.ms != MONO_NEVER.ms || may_leave_probe(reconciler))
        at = mono_min(at, read_slots_due(&reconciler->slots, reconciler->fleet,
                                         reconciler->config.concurrency));
    if (is_probe_slow(reconciler))
        at = reconciler->pass_due;
    if (!reconciler->pass_cause)
        at.ms = max_i64(at.ms, reconciler->pass_due.ms);
    return at;
}

struct mono reconciler_wakeup(const struct reconciler *reconciler)
{
    struct mono wakeup = MONO_NEVER;
    if (reconciler->is_stopping || reconciler->is_once_over)
        return wakeup;
    if (!reconciler->is_discovering && !reconciler_discovers_no_more(reconciler))
        wakeup = mono_min(wakeup, reconciler->discovery_due);
    wakeup = mono_min(wakeup, next_pass_at(reconciler));
    if (is_rate_binding(reconciler))
        wakeup = mono_min(wakeup, reconciler_read_until(reconciler));
    wakeup = mono_min(wakeup, next_read_at(reconciler));
    return wakeup;
}

int reconciler_create(const struct reconciler_config *config, uint64_t seed, struct event_sink sink,
                      struct mono now, struct reconciler **ret_reconciler)
{
    must(config->concurrency > 0);
    must(config->pass_interval_ms > 0);
    must(config->discovery_interval_ms > 0);
    struct reconciler *reconciler = heap_alloc(1, sizeof *reconciler);
    if (!reconciler)
        return -ENOMEM;
    reconciler->summary = heap_alloc(1, sizeof *reconciler->summary);
    if (!reconciler->summary || fleet_create(&reconciler->fleet)) {
        heap_free(reconciler->summary);
        heap_free(reconciler);
        return -ENOMEM;
    }
    reconciler->config = *config;
    reconciler->sink = sink;
    reconciler->random.state = seed;
    reconciler->last_key.epoch = random_next(&reconciler->random);
    reconciler->discovery_due = now;
    reconciler->pass_due = MONO_NEVER;
    reconciler->is_discovery_ok = true;
    reconciler->discovery_failed_at = MONO_NEVER;
    api_trouble_init(&reconciler->discovery_trouble);
    api_trouble_init(&reconciler->read_trouble);
    reconciler->last_read = MONO_NEVER;
    reconciler->paused_at = MONO_NEVER;
    reconciler->probe_slot = SLOT_NONE;
    reconciler->restored_slot = SLOT_NONE;
    reconciler->lost_at = MONO_NEVER;
    reconciler->lost_until = MONO_NEVER;
    *ret_reconciler = reconciler;
    return 0;
}

void reconciler_destroy(struct reconciler *reconciler)
{
    if (!reconciler)
        return;
    fleet_summary_fini(reconciler->summary);
    heap_free(reconciler->summary);
    fleet_destroy(reconciler->fleet);
    slot_ring_fini(&reconciler->scales);
    slot_ring_fini(&reconciler->recorded);
    read_slots_fini(&reconciler->slots);
    read_order_fini(&reconciler->order);
    heap_free(reconciler);
}

void reconciler_add_observer(struct reconciler *reconciler,
                             const struct decision_observer *observer)
{
    decision_observers_add(&reconciler->observers, observer);
}

void reconciler_configure(struct reconciler *reconciler, const struct reconciler_config *config,
                          struct mono now)
{
    must(config->concurrency > 0);
    reconciler->config = *config;
    reconciler->version++;
    fleet_mark_all(reconciler->fleet);
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (!deployment)
            continue;
        deployment->policy = config->policy_of(config->policy_context, deployment->id);
        deployment->input.policy = deployment->policy;
    }
    if (!reconciler->is_discovering && reconciler->discovery_attempt == 0) {
        struct mono soon = mono_after(now, config->discovery_interval_ms);
        soon.ms = max_i64(soon.ms, reconciler->discovery_backoff_until.ms);
        reconciler->discovery_due = mono_min(reconciler->discovery_due, soon);
    }
    if (reconciler->discovery_count > 0)
        reconciler->pass_due =
            mono_min(reconciler->pass_due, mono_after(now, config->pass_interval_ms));
    reconciler_request_pass(reconciler, now);
}

void reconciler_start_again(struct reconciler *reconciler)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (deployment)
            start_hold_begin(deployment);
    }
    reconciler->drain_habit = (struct drain_habit){ 0 };
    reconciler->version++;
    fleet_mark_all(reconciler->fleet);
}

void reconciler_request_pass(struct reconciler *reconciler, struct mono now)
{
    (void)now;
    if (reconciler->listed > 0)
        ask_for_pass(reconciler, "request");
}

void reconciler_stop(struct reconciler *reconciler, struct mono now)
{
    if (reconciler->is_stopping)
        return;
    reconciler->is_stopping = true;
    reconciler->version++;
    reconciler_drop_reads(reconciler);
    reconciler_drop_scales(reconciler);
    advance(reconciler, now);
}

void reconciler_abandon(struct reconciler *reconciler, struct mono now)
{
    static const struct scale_result abandoned = {
        .outcome = SCALE_LOST,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "abandoned: a second stop was requested",
    };
    reconciler_drop_records(reconciler);
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (deployment && ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT)
            reconciler_scale_done(reconciler, now, slot, &abandoned);
    }
}

bool reconciler_is_finished(const struct reconciler *reconciler)
{
    return (reconciler->is_stopping || reconciler->is_once_over) && !reconciler->is_discovering &&
           reconciler->slots.in_flight == 0 && reconciler->scales_in_flight == 0 &&
           reconciler->recordings == 0 && reconciler->scales.count == 0;
}

bool reconciler_is_discovery_ok(const struct reconciler *reconciler)
{
    return reconciler->is_discovery_ok;
}

int32_t reconciler_scales_in_flight(const struct reconciler *reconciler)
{
    return reconciler->scales_in_flight;
}

int64_t reconciler_scales_accepted(const struct reconciler *reconciler)
{
    return reconciler->scales_accepted;
}

const struct fleet *reconciler_fleet(const struct reconciler *reconciler)
{
    return reconciler->fleet;
}

const struct pass_summary *reconciler_pass(const struct reconciler *reconciler)
{
    return &reconciler->pass;
}

struct mono reconciler_order_deadline(const struct reconciler *reconciler,
                                      const struct deployment *deployment, size_t index)
{
    struct ledger_timeouts timeouts = intake_timeouts(&reconciler->drain_habit, deployment);
    return ledger_deadline(deployment->ledger, index, &timeouts);
}

/* --- for the console and its view ------------------------------------------------------------------ */

bool reconciler_is_paused(const struct reconciler *reconciler)
{
    return reconciler->is_paused;
}

bool reconciler_is_dry_run(const struct reconciler *reconciler)
{
    return reconciler->config.is_dry_run;
}

bool reconciler_is_read_only(const struct reconciler *reconciler)
{
    return reconciler->config.is_read_only;
}

struct mono reconciler_paused_at(const struct reconciler *reconciler)
{
    return reconciler->paused_at;
}

uint64_t reconciler_version(const struct reconciler *reconciler)
{
    return reconciler->version;
}

/* The one that came first; reads often fail as a consequence. */
static const struct api_trouble *first_trouble(const struct reconciler *reconciler)
{
    const struct api_trouble *discovery = &reconciler->discovery_trouble;
    const struct api_trouble *read = &reconciler->read_trouble;
    return discovery->since.ms <= read->since.ms ? discovery : read;
}

void reconciler_outlook(const struct reconciler *reconciler, struct mono now,
                        struct reconciler_outlook *ret_outlook)
{
    bool is_idle = reconciler->is_stopping || reconciler->is_once_over;
    *ret_outlook = (struct reconciler_outlook){
        .next_pass = reconciler->pass.is_running || is_idle ? MONO_NEVER : reconciler->pass_due,
        .next_discovery =
            reconciler->is_discovering || is_idle ? MONO_NEVER : reconciler->discovery_due,
        .discovery_failed_at = reconciler->discovery_failed_at,
        .lost_until = now.ms < reconciler->lost_until.ms ? reconciler->lost_until : MONO_NEVER,
        .unrecordable_at = reconciler->is_unrecordable ? reconciler->unrecordable_at : MONO_NEVER,
        .last_read = reconciler->last_read,
        .trouble = first_trouble(reconciler),
        .pass_interval_ms = reconciler->config.pass_interval_ms,
        .discovery_interval_ms = reconciler->config.discovery_interval_ms,
        .is_breaker_open = reconciler->breaker.is_open,
        .is_latched = now.ms < reconciler->latched_until.ms,
        .is_stopping = reconciler->is_stopping,
    };
}

const struct fleet_summary *reconciler_summary(const struct reconciler *reconciler)
{
    int failed =
        fleet_summary_update(reconciler->summary, reconciler->fleet, reconciler->is_paused);
    return failed ? NULL : reconciler->summary;
}

int reconciler_attach_reader(const struct reconciler *reconciler, struct fleet_reader *reader)
{
    return fleet_attach_reader(reconciler->fleet, reader);
}
