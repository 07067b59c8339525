#include "engine/run/engine.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/config/config_values.h"
#include "engine/run/config_events.h"
#include "engine/run/engine_events.h"
#include "engine/run/engine_ops.h"
#include "engine/run/engine_settings.h"
#include "engine/run/hangup.h"
#include "engine/run/simulate.h"
#include "engine/store/failpoint.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <uv.h>

#define REAL_SPEED_MILLIS 1000

/* The signals that stop come first. */
static const int handled_signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
#define SIGNAL_COUNT (sizeof handled_signals / sizeof handled_signals[0])
_Static_assert(SIGNAL_COUNT == ENGINE_SIGNAL_COUNT, "a handle for each");
#define STOP_SIGNAL_COUNT 2
static void emit(struct engine *engine, const struct event *event)
{
    must(thread_owner_is_current(&engine->owner));
    event_fanout_take(&engine->events, event);
}

/* --- the log -------------------------------------------------------------------------------------------------- */

#define LOG_WAIT_MS_MIN 10
#define LOG_WAIT_MS_MAX 1000

static void on_log_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    if (!log_flush(engine->log))
        return;
    engine->log_wait_ms = min_i64(engine->log_wait_ms * 2, LOG_WAIT_MS_MAX);
    uv_timer_start(timer, on_log_timer, (uint64_t)engine->log_wait_ms, 0);
}

static void take_line(void *context, const struct event *event, struct wall at)
{
    struct engine *engine = context;
    log_take(engine->log, event, at);
    if (!log_is_waiting(engine->log) || uv_is_active((uv_handle_t *)&engine->log_timer))
        return;
    engine->log_wait_ms = LOG_WAIT_MS_MIN;
    uv_timer_start(&engine->log_timer, on_log_timer, LOG_WAIT_MS_MIN, 0);
}

/* --- signals ------------------------------------------------------------------------------------------------- */

static void begin_stop(struct engine *engine, int number, const char *cause)
{
    if (engine->stop_signal) {
        engine->end = ENGINE_ABORTED;
        driver_abandon(engine->driver);
        uv_stop(&engine->loop);
        return;
    }
    failpoint(FAILPOINT_STOP_BEGUN);
    engine->stop_signal = number;
    engine->end = ENGINE_STOPPED;
    struct event event;
    event_init(&event, EVENT_ENGINE_STOPPING);
    event_add_string(&event, "signal", cause);
    event_add_integer(&event, "scales_in_flight",
                      reconciler_scales_in_flight(driver_reconciler(engine->driver)));
    emit(engine, &event);
    service_bridge_stopping(&engine->service);
    driver_stop(engine->driver);
}

/* Gives a command by signal, for an operator without a console. */
static void give_command(struct engine *engine, enum command_kind kind)
{
    struct command command = { .kind = kind, .slot = SLOT_NONE };
    struct command_ack ack;
    driver_command(engine->driver, &command, &ack);
}

static int reload_all(struct engine *engine, struct error *err)
{
    service_bridge_reloading(&engine->service);
    engine_reopen_log(engine);
    int failed = engine_reload_config(engine, err);
    service_bridge_reloaded(&engine->service, failed ? err->msg : NULL);
    return failed;
}

static void on_operator_reload(void *context, struct command_ack *ack)
{
    struct error err;
    ack->is_accepted = reload_all(context, &err) == 0;
    if (ack->is_accepted)
        snprintf(ack->text, sizeof ack->text,
                 "the log was opened and the configuration read again");
    else
        snprintf(ack->text, sizeof ack->text, "refused: %.*s; the log was opened again",
                 (int)(sizeof ack->text - 64), err.msg);
}

static void on_hangup_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    struct error err;
    if (engine->stop_signal)
        return;
    if (hangup_has_come())
        begin_stop(engine, SIGHUP, "HUP");
    else
        reload_all(engine, &err);
}

static void take_hangup(struct engine *engine)
{
    struct error err;
    if (!engine->may_hang_up)
        reload_all(engine, &err);
    else if (!uv_is_active((uv_handle_t *)&engine->hangup_timer))
        uv_timer_start(&engine->hangup_timer, on_hangup_timer, HANGUP_DELAY_MS, 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct engine *engine = handle->data;
    if (number == SIGTERM || number == SIGINT) {
        begin_stop(engine, number, number == SIGTERM ? "TERM" : "INT");
    } else if (engine->stop_signal) {
        return;
    } else if (number == SIGHUP) {
        take_hangup(engine);
    } else if (number == SIGUSR1) {
        give_command(engine, COMMAND_PASS);
    } else {
        give_command(engine, COMMAND_DISCOVERY);
    }
}

/* They may be blocked since the start of the program; those that came meanwhile are delivered now. */
static void admit_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaddset(&set, handled_signals[i]);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int open_signals(struct engine *engine, struct error *err)
{
    engine->may_hang_up = hangup_may_come();
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        uv_signal_t *handle = &engine->signals[i];
        int failed = uv_signal_init(&engine->loop, handle);
        if (failed)
            return error_set(err, failed, "cannot watch for signals: %s", uv_strerror(failed));
        handle->data = engine;
        engine->signal_count++;
        failed = uv_signal_start(handle, on_signal, handled_signals[i]);
        if (failed)
            return error_set(err, failed, "cannot watch for signals: %s", uv_strerror(failed));
        /* Signals do not keep the loop alive: it ends when nothing is in flight. */
        uv_unref((uv_handle_t *)handle);
    }
    admit_signals();
    return 0;
}

/* Nothing is pending any more: TERM and INT end the rest (for example a report) with their default action. */
static void leave_stop_signals(struct engine *engine)
{
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
        uv_signal_stop(&engine->signals[i]);
}

/* --- life cycle ---------------------------------------------------------------------------------------------- */

static void on_notices_sent(void *context)
{
    struct engine *engine = context;
    uv_stop(&engine->loop);
}

static void on_written(void *context)
{
    struct engine *engine = context;
    notices_bridge_finish(engine->notices, on_notices_sent, engine);
}

static void on_finished(void *context)
{
    struct engine *engine = context;
    state_bridges_finish(&engine->state, on_written, engine);
}

static int open_demo(struct engine *engine, struct error *err)
{
    struct sim_server_config sim = simulate_config(engine->config, "127.0.0.1:0");
    int failed = sim_server_create(&engine->loop, &sim, &engine->sim, err);
    if (!failed)
        engine->api_url = sim_server_url(engine->sim);
    return failed;
}

/* Idempotency keys must never repeat, not even after a restart. */
static uint64_t draw_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return seed;
    return (uint64_t)wall_now().ms * 1000003u ^ uv_hrtime() ^ (uint64_t)uv_os_getpid() << 40;
}

static int32_t speed_millis(const struct engine *engine)
{
    const struct config *config = engine->config;
    return config->is_demo ? config->simulation.speed_millis : REAL_SPEED_MILLIS;
}

static int open_driver(struct engine *engine, struct error *err)
{
    struct driver_config config = {
        .reconciler = engine_reconciler_config(engine->config, engine->concurrency,
                                               engine->place.use == STATE_IS_OWN),
        .backend = engine_backend_config(engine->config, engine->concurrency, engine->api_url),
        .speed_millis = speed_millis(engine),
        .seed = draw_seed(),
        .sink = { event_fanout_take, &engine->events },
        .finished = on_finished,
        .context = engine,
    };
    return driver_create(&engine->loop, &config, &engine->driver, err);
}

static int open_overrides(struct engine *engine, struct error *err)
{
    const struct override_keeper_config config = {
        .driver = engine->driver,
        .events = { event_fanout_take, &engine->events },
        .speed_millis = speed_millis(engine),
    };
    return override_keeper_create(&engine->loop, &config, &engine->overrides, err);
}

static int open_state(struct engine *engine, struct error *err)
{
    struct state_bridges_config config = {
        .config = engine->config,
        .driver = engine->driver,
        .overrides = engine->overrides,
        .place = &engine->place,
        .intents_max = (size_t)engine->concurrency,
        .events = &engine->events,
        .redaction = engine->redaction,
    };
    return state_bridges_open(&engine->state, &engine->loop, &config, err);
}

/* Like a signal. But a terminal that closes while the engine stops does not count as a second signal. */
static void on_operator_stop(void *context, bool is_forced)
{
    struct engine *engine = context;
    if (!engine->stop_signal || is_forced)
        begin_stop(engine, SIGTERM, "operator");
}

static int open_link(struct engine *engine, struct error *err)
{
    const struct config *config = engine->config;
    struct console_bridge_config bridge = {
        .driver = engine->driver,
        .lines = log_lines(engine->log),
        .redaction = engine->redaction,
        .version = AUTOSCALER_VERSION,
        .api_url = engine->api_url,
        .reload = on_operator_reload,
        .overrides = engine->overrides,
        .speed_millis = speed_millis(engine),
        .is_demo = config->is_demo,
        .is_insecure = config->api.insecure_tls,
        .is_stateless = config->state.is_off && !config->is_demo,
        .stop = on_operator_stop,
        .context = engine,
    };
    return config->mode == MODE_CONSOLE
               ? console_bridge_create(&engine->loop, &bridge, &engine->bridge, err)
               : 0;
}

/* The events of the demo are not real ones; those of `once` are in its report. */
static int open_notices(struct engine *engine, struct error *err)
{
    const struct config *config = engine->config;
    const struct notices_bridge_config notices = {
        .config = (const struct config *const *)&engine->config,
        .events = &engine->events,
        .redaction = engine->redaction,
        .api_url = engine->api_url,
        .seed = draw_seed(),
    };
    return config->mode == MODE_ONCE || config->is_demo
               ? 0
               : notices_bridge_create(&engine->loop, &notices, &engine->notices, err);
}

static int open_metrics(struct engine *engine, struct error *err)
{
    struct metrics_bridge_config metrics = {
        .config = (const struct config *const *)&engine->config,
        .driver = engine->driver,
        .overrides = engine->overrides,
        .notices = engine->notices,
        .redaction = engine->redaction,
        .events = &engine->events,
        .speed_millis = speed_millis(engine),
        .is_leader = engine->place.use != STATE_IS_READ,
    };
    return engine->config->mode == MODE_ONCE
               ? 0
               : metrics_bridge_create(&engine->loop, &metrics, &engine->metrics, err);
}

static int open_control(struct engine *engine, struct error *err)
{
    const struct config *config = engine->config;
    struct control_bridge_config control = {
        .config = config,
        .driver = engine->driver,
        .redaction = engine->redaction,
        .events = { event_fanout_take, &engine->events },
        .lines = log_lines(engine->log),
        .api_url = engine->api_url,
        .overrides = engine->overrides,
        .place = &engine->place,
        .monitor = metrics_bridge_monitor(engine->metrics),
        .speed_millis = speed_millis(engine),
        .reload = on_operator_reload,
        .context = engine,
    };
    return config->mode == MODE_ONCE
               ? 0
               : control_bridge_create(&engine->loop, &control, &engine->control, err);
}

static int open_parts(struct engine *engine, struct error *err)
{
    /* First: it changes the environment, and some of what follows has threads. */
    int failed =
        engine->config->mode == MODE_HEADLESS ? service_bridge_open(&engine->service, err) : 0;
    failed = failed ? failed : state_place_open(engine->config, &engine->place, err);
    if (failed)
        return failed;
    engine->is_stderr_screen = engine->config->mode == MODE_CONSOLE && isatty(STDERR_FILENO);
    if (redaction_create(&engine->redaction) ||
        redaction_set(engine->redaction, engine->config->api.token))
        return error_no_memory(err);
    struct log_config log = engine_log_config(engine, engine->config);
    snprintf(engine->first_log, sizeof engine->first_log, "%s", log.file);
    failed = log_create(&log, &engine->log, err);
    if (failed)
        return failed;
    engine->log_reader = (struct event_reader){ .take = take_line, .context = engine };
    event_fanout_add(&engine->events, &engine->log_reader);
    engine->discovery_reader =
        (struct event_reader){ .take = engine_take_discovery, .context = engine };
    event_fanout_add(&engine->events, &engine->discovery_reader);
    const char *url = engine->config->api.url;
    engine->own_url = heap_copy_text(url, strlen(url));
    if (!engine->own_url)
        return error_no_memory(err);
    engine->api_url = engine->own_url;
    if (engine->config->is_demo)
        failed = open_demo(engine, err);
    failed = failed ? failed : open_signals(engine, err);
    failed = failed ? failed : open_driver(engine, err);
    failed = failed ? failed : open_overrides(engine, err);
    failed = failed ? failed : open_state(engine, err);
    failed = failed ? failed : open_link(engine, err);
    failed = failed ? failed : open_notices(engine, err);
    failed = failed ? failed : open_metrics(engine, err);
    return failed ? failed : open_control(engine, err);
}

/* It does not keep the loop alive. */
static void open_timer(struct engine *engine, uv_timer_t *timer)
{
    uv_timer_init(&engine->loop, timer);
    timer->data = engine;
    uv_unref((uv_handle_t *)timer);
}

int engine_create(struct config *config, engine_reload *reload, void *reload_context,
                  struct engine **ret_engine, struct error *err)
{
    struct engine *engine = heap_alloc(1, sizeof *engine);
    if (!engine) {
        config_destroy(config);
        return error_no_memory(err);
    }
    engine->config = config;
    engine->concurrency = engine_concurrency(config);
    engine->reload = reload;
    engine->reload_context = reload_context;
    int failed = uv_loop_init(&engine->loop);
    if (failed) {
        config_destroy(config);
        heap_free(engine);
        return error_set(err, failed, "cannot make an event loop: %s", uv_strerror(failed));
    }
    thread_owner_take(&engine->owner);
    engine->loop.data = &engine->owner;
    open_timer(engine, &engine->log_timer);
    open_timer(engine, &engine->hangup_timer);
    open_timer(engine, &engine->policy_timer);
    engine->are_policies_new = true;
    service_bridge_init(&engine->service, &engine->loop);
    token_watch_init(&engine->token_watch, &engine->loop, engine_on_token_changed, engine);
    failed = open_parts(engine, err);
    if (failed) {
        engine_destroy(engine);
        return failed;
    }
    *ret_engine = engine;
    return 0;
}

static void tell_started(const struct engine *engine, const struct event_sink *sink)
{
    struct engine_facts facts = {
        .config = engine->config,
        .api_url = engine->api_url,
        .state_directory = engine->place.use == STATE_UNUSED ? NULL : engine->place.directory,
        .concurrency = engine->concurrency,
    };
    engine_events_started(&facts, sink);
}

static void begin_service(struct engine *engine)
{
    const struct service_bridge_config service = {
        .driver = engine->driver,
        .metrics = engine->metrics,
        .discovery_error = engine->discovery_error,
        .redaction = engine->redaction,
        .events = &engine->events,
    };
    service_bridge_begin(&engine->service, &service);
}

enum engine_end engine_run(struct engine *engine)
{
    struct event_sink sink = { event_fanout_take, &engine->events };
    tell_started(engine, &sink);
    if (engine->log_trouble.code)
        engine_events_log_failed(engine->own_log, engine->log_trouble.msg, &sink);
    config_events_warnings(engine->config, &sink);
    engine_watch_token(engine);
    control_bridge_begin(engine->control);
    metrics_bridge_begin(engine->metrics);
    state_bridges_begin(&engine->state);
    override_keeper_begin(engine->overrides);
    begin_service(engine);
    driver_start(engine->driver);
    uv_run(&engine->loop, UV_RUN_DEFAULT);
    engine->is_stuck = !state_bridges_are_over(&engine->state);
    if (engine->end != ENGINE_ABORTED)
        engine_events_stopped(driver_reconciler(engine->driver), &sink);
    if (engine->end == ENGINE_DONE)
        leave_stop_signals(engine);
    return engine->end;
}

void engine_on_reloaded(struct engine *engine, engine_reloaded *reloaded)
{
    engine->reloaded = reloaded;
}

struct feed *engine_feed(const struct engine *engine)
{
    return engine->bridge ? console_bridge_feed(engine->bridge) : NULL;
}

static void run_thread(void *context)
{
    struct engine *engine = context;
    thread_owner_take(&engine->owner);
    engine->end = engine_run(engine);
    console_bridge_end(engine->bridge);
    engine->over();
}

int engine_start(struct engine *engine, void (*over)(void), struct error *err)
{
    must(engine->bridge);
    engine->over = over;
    int failed = uv_thread_create(&engine->thread, run_thread, engine);
    return failed
               ? error_set(err, failed, "cannot start the engine's thread: %s", uv_strerror(failed))
               : 0;
}

enum engine_end engine_join(struct engine *engine)
{
    int failed = uv_thread_join(&engine->thread);
    must(failed == 0);
    thread_owner_take(&engine->owner);
    return engine->end;
}

const char *engine_state_directory(const struct engine *engine)
{
    return engine->place.directory[0] != '\0' ? engine->place.directory : NULL;
}

const char *engine_log_file(const struct engine *engine)
{
    const char *file = engine->first_log;
    return strcmp(file, "-") != 0 && strcmp(file, ENGINE_LOG_NOWHERE) != 0 ? file : NULL;
}

const struct reconciler *engine_reconciler(const struct engine *engine)
{
    return driver_reconciler(engine->driver);
}

const struct config *engine_config(const struct engine *engine)
{
    return engine->config;
}

const char *engine_discovery_error(const struct engine *engine)
{
    return engine->discovery_error;
}

struct redaction *engine_redaction(const struct engine *engine)
{
    return engine->redaction;
}

const char *engine_api_url(const struct engine *engine)
{
    return engine->api_url;
}

static void on_closed(void *context)
{
    (void)context;
}

void engine_destroy(struct engine *engine)
{
    /* A thread that waits for the disk uses parts of it: they are left to the end of the process. */
    if (!engine || engine->is_stuck)
        return;
    uv_close((uv_handle_t *)&engine->log_timer, NULL);
    uv_close((uv_handle_t *)&engine->hangup_timer, NULL);
    uv_close((uv_handle_t *)&engine->policy_timer, NULL);
    service_bridge_close(&engine->service);
    token_watch_close(&engine->token_watch);
    for (size_t i = 0; i < engine->signal_count; i++)
        uv_close((uv_handle_t *)&engine->signals[i], NULL);
    console_bridge_close(engine->bridge);
    control_bridge_close(engine->control);
    metrics_bridge_close(engine->metrics);
    notices_bridge_close(engine->notices);
    state_bridges_close(&engine->state);
    override_keeper_close(engine->overrides);
    driver_close(engine->driver, on_closed, NULL);
    sim_server_close(engine->sim, on_closed, NULL);
    /* A stop of the loop that comes meanwhile, from what is closed here, ends only one turn. */
    while (uv_run(&engine->loop, UV_RUN_DEFAULT) != 0)
        continue;
    int failed = uv_loop_close(&engine->loop);
    must(failed == 0);
    console_bridge_destroy(engine->bridge);
    control_bridge_destroy(engine->control);
    metrics_bridge_destroy(engine->metrics);
    notices_bridge_destroy(engine->notices);
    state_bridges_destroy(&engine->state);
    override_keeper_destroy(engine->overrides);
    state_place_close(&engine->place);
    log_destroy(engine->log);
    heap_free(engine->own_url);
    config_destroy(engine->config);
    redaction_destroy(engine->redaction);
    heap_free(engine);
}
