#include "engine/run/recording_bridge.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/recording/recorder.h"

#include <errno.h>

/* Rows that wait in a page are passed on at least so often. */
#define FLUSH_MS 5000

struct recording_bridge {
    struct recording_bridge_config config;
    struct recorder *recorder; /* NULL: it has ended */
    struct event_reader reader;
    uv_async_t wake;
    uv_timer_t timer;
    bool has_handles;
    bool is_unavailable; /* as it was logged */
    bool is_gap_logged;
    bool is_stopping;
    bool is_closing;
    struct mono unavailable_since;
    uint32_t replace_count;
    uint32_t cut_count;
    void (*finished)(void *context);
    void *context;
};

static void emit(const struct recording_bridge *bridge, const struct event *event)
{
    event_fanout_take(bridge->config.events, event);
}

/* --- troubles -------------------------------------------------------------------------------------------------- */

static void become_unavailable(struct recording_bridge *bridge, const char *reason)
{
    struct event event;
    bridge->is_unavailable = true;
    bridge->unavailable_since = mono_now();
    event_init(&event, EVENT_RECORDING_UNAVAILABLE);
    event_add_sentence(&event, "error", reason);
    emit(bridge, &event);
}

static void become_available(struct recording_bridge *bridge)
{
    struct event event;
    bridge->is_unavailable = false;
    event_init(&event, EVENT_RECORDING_AVAILABLE);
    event_add_integer(&event, "unavailable_ms", mono_now().ms - bridge->unavailable_since.ms);
    emit(bridge, &event);
}

static void say_damaged(const struct recording_bridge *bridge, const struct recorder_status *status)
{
    struct event event;
    event_init(&event, EVENT_RECORDING_DAMAGED);
    event_add_string(&event, "file", status->quarantine);
    event_add_sentence(&event, "error", status->damage);
    emit(bridge, &event);
}

static void say_shortened(const struct recording_bridge *bridge,
                          const struct recorder_status *status)
{
    struct event event;
    event_init(&event, EVENT_RECORDING_SHORTENED);
    event_add_integer(&event, "kept_ms", status->kept_ms);
    event_add_integer(&event, "size_max", bridge->config.limits.size_max);
    emit(bridge, &event);
}

static void say_gap(const struct recording_bridge *bridge, uint32_t pass)
{
    struct event event;
    event_init(&event, EVENT_RECORDING_GAP);
    event_add_integer(&event, "pass", pass);
    emit(bridge, &event);
}

/* Once for each time that it happens; several passes in a row are one time. */
static void look_for_gap(struct recording_bridge *bridge)
{
    struct sampler *sampler = recorder_sampler(bridge->recorder);
    if (sampler->has_gap && !bridge->is_gap_logged)
        say_gap(bridge, sampler->pass);
    bridge->is_gap_logged = sampler->has_gap;
    sampler->has_gap = false;
}

static void look_at_status(struct recording_bridge *bridge)
{
    const struct recorder_status *status = recorder_take(bridge->recorder);
    if (status->replace_count != bridge->replace_count)
        say_damaged(bridge, status);
    if (bridge->cut_count == 0 && status->cut_count > 0)
        say_shortened(bridge, status);
    bridge->replace_count = status->replace_count;
    bridge->cut_count = status->cut_count;
    if (!status->is_available && !bridge->is_unavailable)
        become_unavailable(bridge, status->reason);
    if (status->is_available && bridge->is_unavailable)
        become_available(bridge);
}

/* --- decisions and passes -------------------------------------------------------------------------------------- */

static void observe_start(void *context, const struct deployment *deployment)
{
    struct recording_bridge *bridge = context;
    if (!bridge->is_stopping)
        sampler_before(recorder_sampler(bridge->recorder), deployment);
}

static void observe_end(void *context, const struct deployment *deployment)
{
    struct recording_bridge *bridge = context;
    if (!bridge->is_stopping)
        sampler_after(recorder_sampler(bridge->recorder), deployment);
}

static void take_event(void *context, const struct event *event, struct wall at)
{
    struct recording_bridge *bridge = context;
    const struct reconciler *reconciler = driver_reconciler(bridge->config.driver);
    if (bridge->is_stopping)
        return;
    struct sampler *sampler = recorder_sampler(bridge->recorder);
    if (event->id == EVENT_PASS_STARTED) {
        recorder_take(bridge->recorder);
        sampler_begin_pass(sampler, (uint32_t)reconciler_pass(reconciler)->number, at);
    } else if (event->id == EVENT_PASS_DONE) {
        sampler_end_pass(sampler, reconciler_fleet(reconciler), at);
    }
}

/* --- the end --------------------------------------------------------------------------------------------------- */

static void close_handles(struct recording_bridge *bridge)
{
    if (bridge->has_handles) {
        uv_close((uv_handle_t *)&bridge->wake, NULL);
        uv_close((uv_handle_t *)&bridge->timer, NULL);
    }
    bridge->has_handles = false;
}

static void end(struct recording_bridge *bridge)
{
    void (*finished)(void *context) = bridge->finished;
    bridge->finished = NULL;
    uv_timer_stop(&bridge->timer);
    uv_unref((uv_handle_t *)&bridge->timer);
    if (bridge->is_closing)
        close_handles(bridge);
    if (finished)
        finished(bridge->context);
}

/* The thread sends no wake-up after its end. */
static void look_for_end(struct recording_bridge *bridge)
{
    if (!recorder_is_stopped(bridge->recorder))
        return;
    recorder_destroy(bridge->recorder);
    bridge->recorder = NULL;
    end(bridge);
}

static void stop(struct recording_bridge *bridge)
{
    if (bridge->is_stopping || !bridge->recorder)
        return;
    bridge->is_stopping = true;
    recorder_stop(bridge->recorder);
}

/* --- turns of the loop ----------------------------------------------------------------------------------------- */

static void on_wake(uv_async_t *handle)
{
    struct recording_bridge *bridge = handle->data;
    if (!bridge->recorder)
        return;
    look_at_status(bridge);
    if (bridge->is_stopping)
        look_for_end(bridge);
}

/* On the recorder's thread. */
static void wake(void *context)
{
    struct recording_bridge *bridge = context;
    uv_async_send(&bridge->wake);
}

static void on_timer(uv_timer_t *timer)
{
    struct recording_bridge *bridge = timer->data;
    if (bridge->is_stopping) {
        end(bridge);
        return;
    }
    look_for_gap(bridge);
    sampler_flush(recorder_sampler(bridge->recorder));
}

/* --- creation -------------------------------------------------------------------------------------------------- */

static int open_recorder(struct recording_bridge *bridge, struct error *err)
{
    char path[STATE_PATH_SIZE];
    struct text text;
    struct recorder_config config = {
        .path = path,
        .identity = bridge->config.place->identity,
        .limits = bridge->config.limits,
        .retry_ms = RECORDER_RETRY_MS,
        .wake = wake,
        .context = bridge,
    };
    text_init(&text, path, sizeof path);
    text_addf(&text, "%s/%s", bridge->config.place->directory, RECORDING_FILE_NAME);
    if (text.was_cut)
        return error_set(err, -ENAMETOOLONG, "the path of the recording is too long");
    return recorder_create(&config, &bridge->recorder, err);
}

static int open_handles(struct recording_bridge *bridge, uv_loop_t *loop, struct error *err)
{
    if (uv_async_init(loop, &bridge->wake, on_wake))
        return error_set(err, -EMFILE, "cannot make a wake-up for the recording");
    uv_timer_init(loop, &bridge->timer);
    bridge->has_handles = true;
    bridge->wake.data = bridge;
    bridge->timer.data = bridge;
    uv_unref((uv_handle_t *)&bridge->wake);
    uv_unref((uv_handle_t *)&bridge->timer);
    return 0;
}

static void attach(struct recording_bridge *bridge)
{
    struct decision_observer observer = { observe_start, observe_end, bridge };
    reconciler_add_observer(driver_restoring(bridge->config.driver), &observer);
    bridge->reader = (struct event_reader){ .take = take_event, .context = bridge };
    event_fanout_add(bridge->config.events, &bridge->reader);
}

int recording_bridge_create(uv_loop_t *loop, const struct recording_bridge_config *config,
                            struct recording_bridge **ret_bridge, struct error *err)
{
    *ret_bridge = NULL;
    if (config->place->use != STATE_IS_OWN || config->limits.keep_ms == 0)
        return 0;
    struct recording_bridge *bridge = heap_alloc(1, sizeof *bridge);
    if (!bridge)
        return error_no_memory(err);
    bridge->config = *config;
    *ret_bridge = bridge;
    int failed = open_handles(bridge, loop, err);
    failed = failed ? failed : open_recorder(bridge, err);
    if (!failed)
        attach(bridge);
    return failed;
}

void recording_bridge_begin(struct recording_bridge *bridge)
{
    if (bridge)
        uv_timer_start(&bridge->timer, on_timer, FLUSH_MS, FLUSH_MS);
}

void recording_bridge_reload(struct recording_bridge *bridge)
{
    if (bridge && !bridge->is_stopping)
        sampler_restart(recorder_sampler(bridge->recorder));
}

void recording_bridge_finish(struct recording_bridge *bridge, void (*finished)(void *context),
                             void *context)
{
    if (!bridge || !bridge->recorder) {
        finished(context);
        return;
    }
    bridge->finished = finished;
    bridge->context = context;
    stop(bridge);
    /* The timer keeps the loop alive until the recorder has stopped. */
    uv_timer_start(&bridge->timer, on_timer, RECORDING_PATIENCE_MS, 0);
    uv_ref((uv_handle_t *)&bridge->timer);
}

bool recording_bridge_is_over(const struct recording_bridge *bridge)
{
    return !bridge || !bridge->recorder;
}

void recording_bridge_close(struct recording_bridge *bridge)
{
    if (!bridge || !bridge->has_handles)
        return;
    event_reader_remove(&bridge->reader);
    bridge->is_closing = true;
    uv_timer_stop(&bridge->timer);
    if (!bridge->recorder) {
        close_handles(bridge);
        return;
    }
    uv_ref((uv_handle_t *)&bridge->wake);
    stop(bridge);
}

void recording_bridge_destroy(struct recording_bridge *bridge)
{
    heap_free(bridge);
}
