#include "engine/run/journal_bridge.h"

#include "engine/base/heap.h"
#include "engine/base/thread_owner.h"
#include "engine/core/reconciler_restore.h"
#include "engine/run/intent_line.h"
#include "engine/run/journal_restore.h"
#include "engine/run/scale_outcomes.h"
#include "engine/run/state_sweep.h"
#include "engine/store/failpoint.h"

#include <errno.h>
#include <string.h>

#define AUTHOR_ENGINE "engine"

struct journal_bridge {
    struct journal_bridge_config config;
    struct journal *journal;    /* NULL: the directory is only read */
    struct journal_start start; /* for journal_bridge_begin */
    struct journal_restore restored;
    struct error read_error; /* why a directory that is only read could not be read */
    struct intent_line line;
    struct override_book *overrides;
    struct state_sweep sweep;
    struct event_reader reader;
    struct outcome_line outcomes;
    uv_async_t wake;
    uv_prepare_t before_wait;
    uv_timer_t timer;
    bool is_unavailable; /* as the reconciler has it */
    bool is_finishing;
    bool is_stopping; /* the journal is */
    bool is_closing;
    struct mono unavailable_since;
    struct mono finish_until;
    uint32_t replace_count;
    void (*finished)(void *context);
    void *context;
};

static void emit(const struct journal_bridge *bridge, const struct event *event)
{
    event_fanout_take(bridge->config.events, event);
}

static const struct fleet *fleet_of(const struct journal_bridge *bridge)
{
    return reconciler_fleet(driver_reconciler(bridge->config.driver));
}

/* --- intents: on the way out ----------------------------------------------------------------------------------- */

static struct record intent_record(const struct journal_bridge *bridge, const struct effect *effect,
                                   int32_t pending_hosts)
{
    const struct deployment *deployment = fleet_at(fleet_of(bridge), effect->slot);
    return (struct record){
        .kind = RECORD_INTENT,
        .at = stamp_now(),
        .intent = {
            .deployment = effect->id,
            .key = effect->key,
            .delta = effect->delta,
            .status = { effect->status.current_hosts, effect->status.total_servers,
                        effect->status.free_servers, pending_hosts },
            .reason = reason_row(effect->reason)->name,
            .actor = effect->is_manual ? bridge->overrides->author : AUTHOR_ENGINE,
            .desired_hosts = deployment ? deployment->desired_hosts : 0,
            .is_repeat = effect->is_repeat,
        },
    };
}

static bool record_intent(void *context, const struct effect *effect)
{
    struct journal_bridge *bridge = context;
    struct intent intent = { .slot = effect->slot, .is_repeat = effect->is_repeat };
    if (bridge->is_stopping || bridge->line.count == bridge->line.capacity)
        return false;
    failpoint(FAILPOINT_SCALE_DECIDED);
    struct record record = intent_record(bridge, effect, effect->pending_hosts);
    if (journal_put(bridge->journal, &record, &intent.ticket))
        return false;
    memcpy(intent.key, effect->key, sizeof intent.key);
    return intent_line_add(&bridge->line, &intent);
}

static void put_outcome(struct journal_bridge *bridge, const char *key, enum record_outcome outcome,
                        const char *detail)
{
    outcome_line_add(&bridge->outcomes, key, outcome, detail);
}

/* It was recorded and never sent. Of a repeat, the request before it may have been applied. */
static void put_unsent(struct journal_bridge *bridge, const struct intent *intent, const char *why)
{
    put_outcome(bridge, intent->key, intent->is_repeat ? OUTCOME_UNKNOWN : OUTCOME_NOT_SENT, why);
}

static void note_sent(void *context, const struct effect *effect)
{
    struct journal_bridge *bridge = context;
    intent_line_remove(&bridge->line, intent_line_find(&bridge->line, effect->slot));
    failpoint(FAILPOINT_SCALE_SENT);
}

/* The journal has its intent. */
static void note_unsent(void *context, const struct effect *effect)
{
    struct journal_bridge *bridge = context;
    struct intent intent = { .is_repeat = effect->is_repeat };
    memcpy(intent.key, effect->key, sizeof intent.key);
    intent_line_remove(&bridge->line, intent_line_find(&bridge->line, effect->slot));
    put_unsent(bridge, &intent, reason_row(effect->reason)->name);
    state_sweep_hurry(&bridge->sweep, effect->slot);
}

/* --- operators ------------------------------------------------------------------------------------------------- */

static bool is_kept(enum command_kind kind)
{
    return kind == COMMAND_PAUSE || kind == COMMAND_RESUME || kind == COMMAND_PAUSE_ALL ||
           kind == COMMAND_RESUME_ALL || kind == COMMAND_DRY_RUN_ON || kind == COMMAND_DRY_RUN_OFF;
}

/* It holds, and is written when the disk takes it; a restart before that forgets it. */
static void say_unrecorded(const struct journal_bridge *bridge, const struct command *command)
{
    struct event event;
    event_init(&event, EVENT_OVERRIDE_UNRECORDED);
    event_add_string(&event, "command", command_row(command->kind)->name);
    if (command->id[0] != '\0')
        event_add_string(&event, "deployment", command->id);
    emit(bridge, &event);
}

static void note_command(void *context, const struct command *command)
{
    struct journal_bridge *bridge = context;
    if (bridge->is_unavailable && is_kept(command->kind))
        say_unrecorded(bridge, command);
    if (command->kind == COMMAND_PAUSE || command->kind == COMMAND_RESUME)
        state_sweep_hurry(&bridge->sweep, command->slot);
}

/* --- availability ---------------------------------------------------------------------------------------------- */

/* What is not stored yet is not sent, even if it is stored later. */
static void give_up_intents(struct journal_bridge *bridge)
{
    struct intent *intent;
    while ((intent = intent_line_next(&bridge->line, UINT64_MAX))) {
        uint32_t slot = intent->slot;
        put_unsent(bridge, intent, "not stored in time");
        intent_line_remove(&bridge->line, intent);
        driver_record_done(bridge->config.driver, slot, false);
    }
}

static void become_unavailable(struct journal_bridge *bridge, const char *reason, struct mono now)
{
    struct event event;
    bridge->is_unavailable = true;
    bridge->unavailable_since = now;
    event_init(&event, EVENT_STATE_UNAVAILABLE);
    event_add_sentence(&event, "error", reason);
    emit(bridge, &event);
    driver_set_recordable(bridge->config.driver, false);
    give_up_intents(bridge);
}

static void become_available(struct journal_bridge *bridge, struct mono now)
{
    struct event event;
    bridge->is_unavailable = false;
    event_init(&event, EVENT_STATE_AVAILABLE);
    event_add_integer(&event, "unavailable_ms", now.ms - bridge->unavailable_since.ms);
    emit(bridge, &event);
    driver_set_recordable(bridge->config.driver, true);
}

static void say_replaced(struct journal_bridge *bridge)
{
    struct event event;
    event_init(&event, EVENT_STATE_REPLACED);
    event_add_string(&event, "directory", bridge->config.place->directory);
    emit(bridge, &event);
}

static void look_at_status(struct journal_bridge *bridge, struct mono now)
{
    struct journal_status status;
    journal_get_status(bridge->journal, now, &status);
    if (status.replace_count != bridge->replace_count) {
        bridge->replace_count = status.replace_count;
        say_replaced(bridge);
        override_book_repeat(bridge->overrides);
        state_sweep_hurry_all(&bridge->sweep, fleet_of(bridge));
    }
    if (bridge->is_unavailable == !status.is_available)
        return;
    if (status.is_available)
        become_available(bridge, now);
    else
        become_unavailable(bridge, status.reason, now);
    driver_start(bridge->config.driver);
}

/* --- receipts -------------------------------------------------------------------------------------------------- */

static void take_receipt(struct journal_bridge *bridge, const struct receipt *receipt)
{
    bool is_stored = receipt->kind == RECEIPT_STORED;
    struct intent *intent;
    while ((intent = intent_line_next(&bridge->line, receipt->last_ticket))) {
        uint32_t slot = intent->slot;
        intent->is_stored = true;
        if (!is_stored)
            intent_line_remove(&bridge->line, intent);
        failpoint(FAILPOINT_INTENT_STORED);
        driver_record_done(bridge->config.driver, slot, is_stored);
    }
}

static void end(struct journal_bridge *bridge);
static void finish_step(struct journal_bridge *bridge, struct mono now);

static void on_wake(uv_async_t *handle)
{
    struct journal_bridge *bridge = handle->data;
    struct mono now = mono_now();
    struct receipt receipt;
    bool has_receipt = false;
    while (journal_next(bridge->journal, &receipt)) {
        take_receipt(bridge, &receipt);
        has_receipt = true;
    }
    if (bridge->is_stopping && journal_is_stopped(bridge->journal)) {
        end(bridge);
        return;
    }
    if (bridge->is_stopping)
        return;
    look_at_status(bridge, now);
    if (bridge->is_finishing)
        finish_step(bridge, now);
    else if (has_receipt)
        driver_start(bridge->config.driver);
}

/* On the store thread. */
static void wake(void *context)
{
    struct journal_bridge *bridge = context;
    uv_async_send(&bridge->wake);
}

/* --- turns of the loop ----------------------------------------------------------------------------------------- */

/* In this order: an outcome before the state that covers it. True: nothing is left. */
static bool hand_over(struct journal_bridge *bridge, struct mono now)
{
    bool is_done = override_book_flush(bridge->overrides, bridge->journal) &&
                   outcome_line_flush(&bridge->outcomes, bridge->journal) &&
                   state_sweep_flush(&bridge->sweep, fleet_of(bridge), bridge->journal, now);
    return is_done;
}

static void on_before_wait(uv_prepare_t *handle)
{
    struct journal_bridge *bridge = handle->data;
    if (bridge->is_stopping)
        return;
    struct mono now = mono_now();
    override_keeper_look(bridge->config.overrides);
    hand_over(bridge, now);
    journal_flush(bridge->journal, now);
}

static void on_timer(uv_timer_t *timer)
{
    struct journal_bridge *bridge = timer->data;
    struct mono now = mono_now();
    if (bridge->is_finishing && now.ms >= bridge->finish_until.ms) {
        end(bridge);
        return;
    }
    if (bridge->is_stopping)
        return;
    look_at_status(bridge, now);
    if (!bridge->is_finishing)
        state_sweep_step(&bridge->sweep, fleet_of(bridge), bridge->journal, now);
}

/* --- events ---------------------------------------------------------------------------------------------------- */

static void take_event(void *context, const struct event *event, struct wall at)
{
    struct journal_bridge *bridge = context;
    (void)at;
    if (bridge->is_stopping)
        return;
    scale_outcomes_take(event, fleet_of(bridge), &bridge->outcomes, &bridge->sweep);
    scale_outcomes_decision(event, fleet_of(bridge), bridge->journal);
}

/* --- creation -------------------------------------------------------------------------------------------------- */

static int open_journal(struct journal_bridge *bridge, struct error *err)
{
    char path[STATE_PATH_SIZE];
    struct journal_config config = {
        .path = path,
        .identity = bridge->config.place->identity,
        .sync = bridge->config.sync,
        .limits = { JOURNAL_KEEP_MS, JOURNAL_SIZE_MAX },
        .retry_ms = JOURNAL_RETRY_MS,
        .wake = wake,
        .context = bridge,
    };
    struct restore_sink sink = journal_restore_sink(&bridge->restored);
    int failed = state_place_journal(bridge->config.place, path, err);
    return failed ? failed : journal_create(&config, &sink, &bridge->start, &bridge->journal, err);
}

/* What another engine has written. That it cannot be read does not keep this one from looking. */
static void read_journal(struct journal_bridge *bridge)
{
    char path[STATE_PATH_SIZE];
    char boot_id[BOOT_ID_SIZE];
    struct stamp now = stamp_now();
    struct database *database = NULL;
    struct restore_sink sink = journal_restore_sink(&bridge->restored);
    struct error *err = &bridge->read_error;
    int failed = state_place_journal(bridge->config.place, path, err);
    failed = failed
                 ? failed
                 : journal_file_read(path, bridge->config.place->identity, false, &database, err);
    if (failed == -ENOENT)
        *err = (struct error){ 0 };
    if (failed)
        return;
    boot_id_read(boot_id);
    restore(database, boot_id, false, &now, &sink, &bridge->start.restored, err);
    database_close(database, false);
}

static int open_handles(struct journal_bridge *bridge, uv_loop_t *loop, struct error *err)
{
    if (uv_async_init(loop, &bridge->wake, on_wake))
        return error_set(err, -EMFILE, "cannot make a wake-up for the journal");
    uv_prepare_init(loop, &bridge->before_wait);
    uv_timer_init(loop, &bridge->timer);
    bridge->wake.data = bridge;
    bridge->before_wait.data = bridge;
    bridge->timer.data = bridge;
    uv_unref((uv_handle_t *)&bridge->wake);
    uv_unref((uv_handle_t *)&bridge->before_wait);
    uv_unref((uv_handle_t *)&bridge->timer);
    return 0;
}

static void attach(struct journal_bridge *bridge)
{
    struct driver_recorder recorder = { record_intent, note_sent, note_unsent, note_command,
                                        bridge };
    driver_set_recorder(bridge->config.driver, &recorder);
    bridge->reader = (struct event_reader){ .take = take_event, .context = bridge };
    event_fanout_add(bridge->config.events, &bridge->reader);
    bridge->overrides->number_max = bridge->start.restored.override_number_max;
    bridge->overrides->is_recorded = true;
}

static int open_own(struct journal_bridge *bridge, uv_loop_t *loop, struct error *err)
{
    if (intent_line_init(&bridge->line, bridge->config.intents_max))
        return error_no_memory(err);
    int failed = open_handles(bridge, loop, err);
    if (failed)
        return failed;
    failed = open_journal(bridge, err);
    if (failed)
        return failed;
    if (bridge->start.opening.is_lossy)
        reconciler_restore_loss(driver_restoring(bridge->config.driver),
                                driver_time(bridge->config.driver),
                                bridge->start.opening.loss_age_ms);
    attach(bridge);
    failpoint(FAILPOINT_STATE_RESTORED);
    return 0;
}

int journal_bridge_create(uv_loop_t *loop, const struct journal_bridge_config *config,
                          struct journal_bridge **ret_bridge, struct error *err)
{
    *ret_bridge = NULL;
    if (config->place->use == STATE_UNUSED)
        return 0;
    struct journal_bridge *bridge = heap_alloc(1, sizeof *bridge);
    if (!bridge)
        return error_no_memory(err);
    bridge->config = *config;
    bridge->outcomes.redaction = config->redaction;
    bridge->overrides = override_keeper_book(config->overrides);
    journal_restore_init(&bridge->restored, driver_restoring(config->driver), bridge->overrides,
                         driver_time(config->driver));
    *ret_bridge = bridge;
    if (config->place->use == STATE_IS_OWN)
        return open_own(bridge, loop, err);
    if (config->place->is_found)
        read_journal(bridge);
    return 0;
}

/* --- the beginning --------------------------------------------------------------------------------------------- */

/* What of it acts from now on. */
static void add_remembered(struct event *event, const struct journal_bridge *bridge)
{
    const struct fleet *fleet = fleet_of(bridge);
    int64_t coming = 0, leaving = 0, paused = 0;
    for (size_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, (uint32_t)slot);
        if (!deployment)
            continue;
        coming += ledger_coming_hosts(deployment->ledger);
        leaving += ledger_leaving_hosts(deployment->ledger);
        paused += deployment->is_operator_paused;
    }
    bool are_all_paused = reconciler_is_paused(driver_reconciler(bridge->config.driver));
    event_add_integer(event, "coming_hosts", coming);
    event_add_integer(event, "leaving_hosts", leaving);
    event_add_integer(event, "paused", paused);
    event_add_bool(event, "all_paused", are_all_paused);
}

static void say_restored(const struct journal_bridge *bridge)
{
    const struct restore_summary *summary = &bridge->start.restored;
    struct event event;
    event_init(&event, EVENT_STATE_RESTORED);
    event_add_string(&event, "directory", bridge->config.place->directory);
    event_add_integer(&event, "deployments", summary->deployments);
    event_add_integer(&event, "scales", summary->scales);
    event_add_integer(&event, "unconfirmed", summary->unconfirmed);
    event_add_integer(&event, "overrides", summary->overrides);
    event_add_integer(&event, "refused", bridge->restored.refused);
    add_remembered(&event, bridge);
    emit(bridge, &event);
}

static void say_damaged(const struct journal_bridge *bridge)
{
    const struct journal_opening *opening = &bridge->start.opening;
    struct event event;
    event_init(&event, EVENT_STATE_DAMAGED);
    event_add_string(&event, "file", opening->quarantine);
    event_add_integer(&event, "kept", opening->kept_count);
    event_add_sentence(&event, "error", opening->damage);
    emit(bridge, &event);
}

static void say_unreadable(const struct journal_bridge *bridge)
{
    struct event event;
    event_init(&event, EVENT_STATE_UNREADABLE);
    event_add_string(&event, "directory", bridge->config.place->directory);
    event_add_sentence(&event, "error", bridge->read_error.msg);
    emit(bridge, &event);
}

void journal_bridge_begin(struct journal_bridge *bridge)
{
    if (!bridge)
        return;
    if (bridge->start.opening.is_damaged)
        say_damaged(bridge);
    if (bridge->read_error.code)
        say_unreadable(bridge);
    else
        say_restored(bridge);
    if (!bridge->journal)
        return;
    journal_adopt(bridge->journal);
    state_sweep_begin(&bridge->sweep, fleet_of(bridge), mono_now());
    uv_prepare_start(&bridge->before_wait, on_before_wait);
    uv_timer_start(&bridge->timer, on_timer, SWEEP_STEP_MS, SWEEP_STEP_MS);
    look_at_status(bridge, mono_now());
    failpoint(FAILPOINT_STARTED);
}

void journal_bridge_reload(struct journal_bridge *bridge)
{
    if (bridge && bridge->journal && !bridge->is_finishing)
        state_sweep_hurry_all(&bridge->sweep, fleet_of(bridge));
}

/* --- the end --------------------------------------------------------------------------------------------------- */

static void close_handles(struct journal_bridge *bridge)
{
    uv_close((uv_handle_t *)&bridge->wake, NULL);
    uv_close((uv_handle_t *)&bridge->before_wait, NULL);
    uv_close((uv_handle_t *)&bridge->timer, NULL);
}

static void say_unfinished(const struct journal_bridge *bridge)
{
    struct journal_status status;
    struct event event;
    journal_get_status(bridge->journal, mono_now(), &status);
    event_init(&event, EVENT_STATE_UNFINISHED);
    event_add_integer(&event, "waited_ms", status.waited_ms);
    emit(bridge, &event);
}

/* The journal is stopped, or the patience with it is over. */
static void end(struct journal_bridge *bridge)
{
    uv_timer_stop(&bridge->timer);
    uv_prepare_stop(&bridge->before_wait);
    uv_unref((uv_handle_t *)&bridge->timer);
    if (!journal_bridge_is_over(bridge))
        say_unfinished(bridge);
    if (bridge->is_closing)
        close_handles(bridge);
    else
        bridge->finished(bridge->context);
}

static void stop_journal(struct journal_bridge *bridge, struct mono now)
{
    journal_stop(bridge->journal, now);
    bridge->is_stopping = true;
}

static void drop_intents(struct journal_bridge *bridge)
{
    while (bridge->line.count > 0) {
        struct intent *intent = &bridge->line.intents[0];
        put_unsent(bridge, intent, "stopping");
        intent_line_remove(&bridge->line, intent);
    }
}

static void finish_step(struct journal_bridge *bridge, struct mono now)
{
    bool is_done = hand_over(bridge, now) &&
                   state_sweep_rest(&bridge->sweep, fleet_of(bridge), bridge->journal, now);
    if (!is_done && !bridge->is_unavailable) {
        journal_flush(bridge->journal, now);
        return;
    }
    failpoint(FAILPOINT_REST_GIVEN);
    stop_journal(bridge, now);
}

void journal_bridge_finish(struct journal_bridge *bridge, void (*finished)(void *context),
                           void *context)
{
    if (!bridge || !bridge->journal) {
        finished(context);
        return;
    }
    struct mono now = mono_now();
    failpoint(FAILPOINT_FINISH_BEGUN);
    bridge->is_finishing = true;
    bridge->finished = finished;
    bridge->context = context;
    bridge->finish_until = (struct mono){ now.ms + JOURNAL_PATIENCE_MS };
    /* The timer keeps the loop alive until the journal has stopped. */
    uv_ref((uv_handle_t *)&bridge->timer);
    drop_intents(bridge);
    override_keeper_look(bridge->config.overrides);
    state_sweep_restart(&bridge->sweep, fleet_of(bridge));
    finish_step(bridge, now);
}

bool journal_bridge_is_over(const struct journal_bridge *bridge)
{
    return !bridge || !bridge->journal || journal_is_stopped(bridge->journal);
}

void journal_bridge_close(struct journal_bridge *bridge)
{
    if (!bridge || !bridge->wake.data)
        return;
    event_reader_remove(&bridge->reader);
    if (bridge->journal)
        journal_adopt(bridge->journal);
    bridge->is_closing = true;
    if (journal_bridge_is_over(bridge)) {
        close_handles(bridge);
        return;
    }
    uv_ref((uv_handle_t *)&bridge->wake);
    stop_journal(bridge, mono_now());
}

void journal_bridge_destroy(struct journal_bridge *bridge)
{
    if (!bridge)
        return;
    journal_destroy(bridge->journal);
    intent_line_fini(&bridge->line);
    outcome_line_fini(&bridge->outcomes);
    state_sweep_fini(&bridge->sweep);
    heap_free(bridge);
}
