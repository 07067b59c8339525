#include "engine/run/driver.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/thread_owner.h"

#define REAL_SPEED_MILLIS 1000

struct driver {
    const struct thread_owner *owner;
    struct reconciler *reconciler;
    struct backend *backend;
    uv_timer_t timer;
    struct mono started;   /* real time */
    struct mono armed_for; /* the reconciler's time; MONO_NEVER: the timer rests */
    int32_t speed_millis;
    struct event_sink sink;
    struct driver_recorder recorder;
    void (*commanded)(void *context, const struct command *command); /* NULL: none */
    void *commanded_context;
    void (*answered)(void *context, const struct backend_answer *answer); /* NULL: none */
    void *answered_context;
    bool is_started;
    bool is_finished;
    bool is_abandoned; /* results that still come are ignored */
    void (*finished)(void *context);
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

static struct mono driver_now(const struct driver *driver)
{
    int64_t real_ms = mono_now().ms - driver->started.ms;
    return (struct mono){ driver->started.ms + real_ms * driver->speed_millis / REAL_SPEED_MILLIS };
}

static int64_t real_wait_ms(const struct driver *driver, struct mono until, struct mono now)
{
    return ceil_div(max_i64(0, until.ms - now.ms) * REAL_SPEED_MILLIS, driver->speed_millis);
}

/* An effect that could not even be started has ended; nothing of it was sent. */

static void fail_discovery(struct driver *driver, const struct error *err)
{
    struct discovery_result result = {
        .is_transient = error_is_transient(err->code),
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = err->msg,
    };
    reconciler_discovery_done(driver->reconciler, driver_now(driver), &result);
}

static void fail_read(struct driver *driver, uint32_t slot, const struct error *err)
{
    struct read_result result = {
        .reason = REASON_READ_FAILED,
        .is_transient = error_is_transient(err->code),
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = err->msg,
    };
    reconciler_read_done(driver->reconciler, driver_now(driver), slot, &result);
}

static void fail_scale(struct driver *driver, uint32_t slot, const struct error *err)
{
    struct scale_result result = {
        .outcome = SCALE_REFUSED,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = err->msg,
    };
    reconciler_scale_done(driver->reconciler, driver_now(driver), slot, &result);
}

static int start_scale(struct driver *driver, const struct effect *effect, struct error *err)
{
    struct scale_request request = {
        .id = effect->id,
        .delta = effect->delta,
        .key = effect->key,
        .version = effect->version,
    };
    return backend_scale(driver->backend, effect->slot, &request, err);
}

static void record_scale(struct driver *driver, const struct effect *effect)
{
    const struct driver_recorder *recorder = &driver->recorder;
    if (!recorder->record || !recorder->record(recorder->context, effect))
        reconciler_record_done(driver->reconciler, driver_now(driver), effect->slot, false);
}

static void send_scale(struct driver *driver, const struct effect *effect)
{
    struct error err;
    if (driver->recorder.sent)
        driver->recorder.sent(driver->recorder.context, effect);
    if (start_scale(driver, effect, &err))
        fail_scale(driver, effect->slot, &err);
}

static void carry_out(struct driver *driver, const struct effect *effect)
{
    struct error err;
    switch (effect->kind) {
    case EFFECT_DISCOVER:
        if (backend_discover(driver->backend, &err))
            fail_discovery(driver, &err);
        break;
    case EFFECT_READ:
        if (backend_read(driver->backend, effect->slot, effect->id, &err))
            fail_read(driver, effect->slot, &err);
        break;
    case EFFECT_RECORD:
        record_scale(driver, effect);
        break;
    case EFFECT_SCALE:
        send_scale(driver, effect);
        break;
    case EFFECT_UNSENT:
        if (driver->recorder.unsent)
            driver->recorder.unsent(driver->recorder.context, effect);
        break;
    }
}

static void on_timer(uv_timer_t *timer);

static void arm_timer(struct driver *driver)
{
    struct mono wakeup = reconciler_wakeup(driver->reconciler);
    if (wakeup.ms == driver->armed_for.ms)
        return;
    driver->armed_for = wakeup;
    if (wakeup.ms == MONO_NEVER.ms)
        uv_timer_stop(&driver->timer);
    else
        uv_timer_start(&driver->timer, on_timer,
                       (uint64_t)real_wait_ms(driver, wakeup, driver_now(driver)), 0);
}

/* Everything that happens ends here: effects are carried out until there are none. */
static void pump(struct driver *driver)
{
    struct effect effect;
    while (reconciler_next(driver->reconciler, driver_now(driver), &effect))
        carry_out(driver, &effect);
    arm_timer(driver);
    if (driver->is_finished || !reconciler_is_finished(driver->reconciler))
        return;
    driver->is_finished = true;
    driver->finished(driver->context);
}

static void tell_gap(const struct driver *driver, int64_t gap_ms)
{
    struct event event;
    event_init(&event, EVENT_CLOCK_GAP);
    event_add_integer(&event, "gap_ms", gap_ms);
    event_emit(&event, &driver->sink);
}

static void on_timer(uv_timer_t *timer)
{
    struct driver *driver = timer->data;
    if (driver->is_abandoned)
        return;
    int64_t late_ms = real_wait_ms(driver, driver_now(driver), driver->armed_for);
    if (late_ms > CLOCK_GAP_MS)
        tell_gap(driver, late_ms);
    driver->armed_for = MONO_NEVER;
    pump(driver);
}

static void on_discovered(void *context, const struct discovery_result *result)
{
    struct driver *driver = context;
    if (driver->is_abandoned)
        return;
    reconciler_discovery_done(driver->reconciler, driver_now(driver), result);
    pump(driver);
}

static void on_read(void *context, uint32_t slot, const struct read_result *result)
{
    struct driver *driver = context;
    if (driver->is_abandoned)
        return;
    reconciler_read_done(driver->reconciler, driver_now(driver), slot, result);
    pump(driver);
}

static void on_scaled(void *context, uint32_t slot, const struct scale_result *result)
{
    struct driver *driver = context;
    if (driver->is_abandoned)
        return;
    reconciler_scale_done(driver->reconciler, driver_now(driver), slot, result);
    pump(driver);
}

static void on_surprised(void *context, int64_t alone_ms)
{
    struct driver *driver = context;
    struct event event;
    event_init(&event, EVENT_UNASKED_BYTES);
    event_add_integer(&event, "alone_ms", alone_ms);
    event_emit(&event, &driver->sink);
}

static void on_answered(void *context, const struct backend_answer *answer)
{
    struct driver *driver = context;
    if (driver->answered)
        driver->answered(driver->answered_context, answer);
}

static int create_parts(struct driver *driver, uv_loop_t *loop, const struct driver_config *config,
                        struct error *err)
{
    struct backend_listener listener = { on_discovered, on_read,     on_scaled,
                                         on_surprised,  on_answered, driver };
    if (reconciler_create(&config->reconciler, config->seed, config->sink, driver->started,
                          &driver->reconciler))
        return error_no_memory(err);
    return backend_create(loop, &config->backend, &listener, &driver->backend, err);
}

int driver_create(uv_loop_t *loop, const struct driver_config *config, struct driver **ret_driver,
                  struct error *err)
{
    must(config->speed_millis > 0);
    struct driver *driver = heap_alloc(1, sizeof *driver);
    if (!driver)
        return error_no_memory(err);
    driver->owner = loop->data;
    driver->started = mono_now();
    driver->armed_for = MONO_NEVER;
    driver->speed_millis = config->speed_millis;
    driver->sink = config->sink;
    driver->finished = config->finished;
    driver->context = config->context;
    int failed = create_parts(driver, loop, config, err);
    if (failed) {
        reconciler_destroy(driver->reconciler);
        heap_free(driver);
        return failed;
    }
    uv_timer_init(loop, &driver->timer);
    driver->timer.data = driver;
    *ret_driver = driver;
    return 0;
}

void driver_start(struct driver *driver)
{
    must(thread_owner_is_current(driver->owner));
    driver->is_started = true;
    pump(driver);
}

void driver_set_recorder(struct driver *driver, const struct driver_recorder *recorder)
{
    must(!driver->is_started);
    driver->recorder = *recorder;
}

void driver_on_command(struct driver *driver,
                       void (*commanded)(void *context, const struct command *command),
                       void *context)
{
    must(!driver->is_started);
    driver->commanded = commanded;
    driver->commanded_context = context;
}

void driver_on_answer(struct driver *driver,
                      void (*answered)(void *context, const struct backend_answer *answer),
                      void *context)
{
    must(!driver->is_started);
    driver->answered = answered;
    driver->answered_context = context;
}

struct reconciler *driver_restoring(struct driver *driver)
{
    must(!driver->is_started);
    return driver->reconciler;
}

void driver_record_done(struct driver *driver, uint32_t slot, bool is_stored)
{
    must(thread_owner_is_current(driver->owner));
    reconciler_record_done(driver->reconciler, driver_now(driver), slot, is_stored);
}

void driver_set_recordable(struct driver *driver, bool is_recordable)
{
    must(thread_owner_is_current(driver->owner));
    reconciler_set_recordable(driver->reconciler, driver_now(driver), is_recordable);
}

int driver_configure(struct driver *driver, const struct reconciler_config *reconciler,
                     const struct backend_config *backend, bool is_same_api, struct error *err)
{
    must(thread_owner_is_current(driver->owner));
    int failed = backend_configure(driver->backend, backend, err);
    if (failed)
        return failed;
    if (!is_same_api)
        reconciler_start_again(driver->reconciler);
    reconciler_configure(driver->reconciler, reconciler, driver_now(driver));
    return 0;
}

int driver_configure_backend(struct driver *driver, const struct backend_config *backend,
                             struct error *err)
{
    must(thread_owner_is_current(driver->owner));
    return backend_configure(driver->backend, backend, err);
}

void driver_command(struct driver *driver, const struct command *command,
                    struct command_ack *ret_ack)
{
    must(thread_owner_is_current(driver->owner));
    const struct driver_recorder *recorder = &driver->recorder;
    bool is_done = reconciler_command(driver->reconciler, driver_now(driver), command, ret_ack);
    if (is_done && driver->commanded)
        driver->commanded(driver->commanded_context, command);
    if (is_done && recorder->commanded)
        recorder->commanded(recorder->context, command);
    if (!driver->is_abandoned)
        pump(driver);
}

void driver_end_pause(struct driver *driver, const char *id)
{
    must(thread_owner_is_current(driver->owner));
    reconciler_end_pause(driver->reconciler, driver_now(driver), id);
}

void driver_touch(struct driver *driver, const char *id)
{
    must(thread_owner_is_current(driver->owner));
    reconciler_touch(driver->reconciler, id);
}

void driver_stop(struct driver *driver)
{
    must(thread_owner_is_current(driver->owner));
    reconciler_stop(driver->reconciler, driver_now(driver));
    backend_cancel_reads(driver->backend);
    pump(driver);
}

void driver_abandon(struct driver *driver)
{
    must(thread_owner_is_current(driver->owner));
    driver->is_abandoned = true;
    reconciler_abandon(driver->reconciler, driver_now(driver));
}

const struct reconciler *driver_reconciler(const struct driver *driver)
{
    must(thread_owner_is_current(driver->owner));
    return driver->reconciler;
}

struct mono driver_time(const struct driver *driver)
{
    must(thread_owner_is_current(driver->owner));
    return driver_now(driver);
}

static void on_backend_closed(void *context)
{
    struct driver *driver = context;
    void (*closed)(void *) = driver->closed;
    void *closed_context = driver->closed_context;
    reconciler_destroy(driver->reconciler);
    heap_free(driver);
    closed(closed_context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct driver *driver = handle->data;
    backend_close(driver->backend, on_backend_closed, driver);
}

void driver_close(struct driver *driver, void (*closed)(void *context), void *context)
{
    if (!driver) {
        closed(context);
        return;
    }
    must(driver->is_finished || !driver->is_started);
    driver->closed = closed;
    driver->closed_context = context;
    uv_close((uv_handle_t *)&driver->timer, on_timer_closed);
}
