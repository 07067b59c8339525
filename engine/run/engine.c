#include "engine/run/engine.h"
#include "engine/config/config_values.h"
#include "engine/config/secret.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/thread_owner.h"
#include "engine/log/log.h"
#include "engine/log/log_output.h"
#include "engine/log/log_target.h"
#include "engine/run/console_bridge.h"
#include "engine/run/driver.h"
#include "engine/run/hangup.h"
#include "engine/run/policy_use.h"
#include "engine/run/simulate.h"
#include "engine/run/token_watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#define REAL_SPEED_MILLIS 1000
#define PPB_PER_MILLI                                                                              \
    ((int64_t)SHARE_PERCENT / 1000) /* a speed is written like a percentage: 0.5, 20 */
/* Descriptors besides connections: standard streams, the log and its successor, the loop's own, a file being read. */
#define FILES_RESERVED 20
#define USER_AGENT "autoscaler/" AUTOSCALER_VERSION
#define PATH_SIZE 4096
#define NOWHERE "/dev/null"

/* The signals that stop come first. */
static const int handled_signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
#define SIGNAL_COUNT (sizeof handled_signals / sizeof handled_signals[0])
#define STOP_SIGNAL_COUNT 2

struct engine {
    uv_loop_t loop;
    struct thread_owner owner; /* of the loop */
    uv_signal_t signals[SIGNAL_COUNT];
    size_t signal_count; /* handles that are initialized */
    bool may_hang_up;    /* SIGHUP may mean that the terminal is gone */
    uv_timer_t hangup_timer;
    struct token_watch token_watch;
    struct config *config;
    struct redaction *redaction;
    engine_reload *reload;
    void *reload_context;
    struct event_fanout events;
    struct log *log;
    struct event_reader log_reader;
    struct event_reader discovery_reader;
    bool are_policies_new; /* a list has not been compared with them yet */
    uv_timer_t policy_timer;
    char discovery_error[ERROR_MSG_SIZE]; /* of the last discovery that failed; "": none */
    uv_timer_t log_timer;                 /* while lines wait for a terminal or a pipe */
    int64_t log_wait_ms;
    struct sim_server *sim; /* of the demo */
    struct driver *driver;
    struct console_bridge *bridge; /* to the console; NULL: there is none */
    uv_thread_t thread;
    void (*over)(void);
    char log_file[PATH_SIZE]; /* "-": standard error */
    struct error log_trouble; /* why a console has no log file */
    const char *api_url;
    int32_t
        concurrency; /* requests in flight; constant, because memory was allocated for this number */
    enum engine_end end;
    int stop_signal;
};

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

/* --- what a discovery shows --------------------------------------------------------------------------------------- */

static void keep_sentence(struct engine *engine, const char *sentence, size_t size)
{
    struct text text;
    text_init(&text, engine->discovery_error, sizeof engine->discovery_error);
    text_add_bytes(&text, sentence, size);
    redaction_clean(engine->redaction, &text);
}

static void on_policy_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    struct event_sink sink = { event_fanout_take, &engine->events };
    engine->are_policies_new = false;
    policy_use_report(engine->config, reconciler_fleet(driver_reconciler(engine->driver)), &sink);
}

static void take_discovery(void *context, const struct event *event, struct wall at)
{
    static const char empty[] = "the API lists no deployments";
    struct engine *engine = context;
    (void)at;
    /* A reader must not emit events: the timer does. */
    if (event->id == EVENT_DISCOVERY_DONE && engine->are_policies_new)
        uv_timer_start(&engine->policy_timer, on_policy_timer, 0, 0);
    if (event->id == EVENT_DISCOVERY_EMPTY)
        keep_sentence(engine, empty, sizeof empty - 1);
    for (size_t i = 0; event->id == EVENT_DISCOVERY_FAILED && i < event->field_count; i++)
        if (event->fields[i].type == EVENT_FIELD_SENTENCE)
            keep_sentence(engine, event->fields[i].string, event->fields[i].string_size);
}

/* --- configuration ------------------------------------------------------------------------------------------- */

static const struct policy *policy_of(const void *context, const char *id)
{
    return config_policy(context, id);
}

/* Raises the soft limit as far as the hard limit allows. */
static int64_t files_max(int64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return wanted;
    if (limit.rlim_cur >= (rlim_t)wanted)
        return wanted;
    limit.rlim_cur = limit.rlim_max >= (rlim_t)wanted ? (rlim_t)wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? wanted : (int64_t)limit.rlim_cur;
}

/*
 * As many concurrent requests as there are descriptors for. With more requests, reads keep their connections open,
 * and scales, which need new ones, could never connect. The demo has both ends of every connection.
 */
static int32_t concurrency_of(const struct config *config)
{
    int64_t ends = config->is_demo ? 2 : 1;
    int64_t wanted = FILES_RESERVED + ends * ((int64_t)config->api.concurrency + 1);
    int64_t calls = (files_max(wanted) - FILES_RESERVED) / ends - 1;
    return (int32_t)clamp_i64(calls, 1, config->api.concurrency);
}

static struct reconciler_config reconciler_config(const struct config *config, int32_t concurrency)
{
    return (struct reconciler_config){
        .discovery_interval_ms = config->discovery_interval_ms,
        .pass_interval_ms = config->pass_interval_ms,
        .concurrency = concurrency,
        .retries = config->api.retries,
        .draining = config->api.draining,
        .is_dry_run = config->dry_run,
        .is_read_only = config->read_only,
        .is_pending_removable = config->api.removes_pending,
        .is_once = config->mode == MODE_ONCE,
        .policy_of = policy_of,
        .policy_context = config,
    };
}

static struct backend_config backend_config(const struct config *config, int32_t concurrency,
                                            const char *url)
{
    return (struct backend_config){
        .name = "rest",
        .url = url,
        .user_agent = USER_AGENT,
        .token = config->api.token,
        .ca_file = config->api.ca_file,
        .client_cert = config->api.client_cert,
        .client_key = config->api.client_key,
        .proxy = config->api.proxy,
        .insecure_tls = config->api.insecure_tls,
        .connect_timeout_ms = config->api.connect_timeout_ms,
        .timeout_ms = config->api.timeout_ms,
        .concurrency = concurrency,
    };
}

/* With a console, standard error is the screen: the log gets its own file, unless standard error is redirected. */
static void place_log(struct engine *engine)
{
    const struct config *config = engine->config;
    engine->log_trouble = (struct error){ 0 };
    if (config->mode == MODE_CONSOLE && strcmp(config->log.file, "-") == 0 &&
        isatty(STDERR_FILENO)) {
        if (log_target_make(engine->log_file, sizeof engine->log_file, &engine->log_trouble))
            snprintf(engine->log_file, sizeof engine->log_file, "%s", NOWHERE);
        return;
    }
    snprintf(engine->log_file, sizeof engine->log_file, "%s", config->log.file);
}

static struct log_config log_config(const struct engine *engine, const struct config *config)
{
    bool is_own = config == engine->config;
    return (struct log_config){ is_own ? engine->log_file : config->log.file, config->log.level,
                                config->log.format, engine->redaction };
}

static void tell_config(struct engine *engine, enum event_id id, const char *error)
{
    struct event event;
    event_init(&event, id);
    event_add_string(&event, "config",
                     engine->config->config_file ? engine->config->config_file : "(none)");
    if (id == EVENT_CONFIG_RELOADED) {
        event_add_bool(&event, "dry_run", engine->config->dry_run);
        event_add_bool(&event, "read_only", engine->config->read_only);
        event_add_integer(&event, "policies", (int64_t)engine->config->policy_count);
    }
    if (error)
        event_add_sentence(&event, "error", error);
    emit(engine, &event);
}

static int apply_config(struct engine *engine, const struct config *config, struct error *err)
{
    int failed = config_can_replace(engine->config, config, err);
    if (failed)
        return failed;
    struct log_config log = log_config(engine, config);
    failed = log_reopen(engine->log, &log, err);
    if (failed)
        return failed;
    struct reconciler_config reconciler = reconciler_config(config, engine->concurrency);
    struct backend_config backend = backend_config(config, engine->concurrency, engine->api_url);
    failed = redaction_set(engine->redaction, config->api.token) ? error_no_memory(err) : 0;
    failed = failed ? failed
                    : driver_configure(engine->driver, &reconciler, &backend,
                                       config_has_same_api(engine->config, config), err);
    if (failed) {
        /* All or nothing: back to the old log. */
        struct log_config old = log_config(engine, engine->config);
        log_reopen(engine->log, &old, NULL);
    }
    return failed;
}

/* --- the token file ------------------------------------------------------------------------------------------ */

static void tell_token(struct engine *engine, enum event_id id, const char *error)
{
    struct event event;
    event_init(&event, id);
    event_add_string(&event, "file", engine->config->api.token_file);
    if (error)
        event_add_sentence(&event, "error", error);
    emit(engine, &event);
}

/* On failure everything stays as it was. */
static int use_token(struct engine *engine, char *token, struct error *err)
{
    struct config *config = engine->config;
    char *old = config->api.token;
    config->api.token = token;
    struct backend_config backend = backend_config(config, engine->concurrency, engine->api_url);
    int failed = redaction_set(engine->redaction, token)
                     ? error_no_memory(err)
                     : driver_configure_backend(engine->driver, &backend, err);
    config->api.token = failed ? old : token;
    secret_free(failed ? token : old);
    return failed;
}

static void on_token_changed(void *context, char *token, const struct error *err)
{
    struct engine *engine = context;
    struct error own = *err;
    int failed = token ? use_token(engine, token, &own) : err->code;
    tell_token(engine, failed ? EVENT_TOKEN_REFUSED : EVENT_TOKEN_RELOADED,
               failed ? own.msg : NULL);
}

/* With `once` there is no time for it to change. */
static void watch_token(struct engine *engine)
{
    const struct config *config = engine->config;
    if (config->mode != MODE_ONCE)
        token_watch_set(&engine->token_watch, config->api.token_file, &config->api.token_stamp);
}

/* --- reload --------------------------------------------------------------------------------------------------- */

static void tell_warnings(struct engine *engine)
{
    const struct config *config = engine->config;
    for (size_t i = 0; i < config->warnings.count; i++) {
        struct event event;
        event_init(&event, EVENT_CONFIG_WARNING);
        event_add_string(&event, "config", config->config_file ? config->config_file : "(none)");
        event_add_sentence(&event, "warning", config->warnings.texts[i]);
        emit(engine, &event);
    }
}

static void reload_config(struct engine *engine)
{
    struct error err;
    struct config *config = NULL;
    if (engine->reload(engine->reload_context, &config, &err) ||
        apply_config(engine, config, &err)) {
        config_destroy(config);
        tell_config(engine, EVENT_CONFIG_REFUSED, err.msg);
        return;
    }
    config_destroy(engine->config);
    engine->config = config;
    place_log(engine);
    if (!engine->sim)
        engine->api_url = config->api.url;
    tell_config(engine, EVENT_CONFIG_RELOADED, NULL);
    tell_warnings(engine);
    watch_token(engine);
    engine->are_policies_new = true;
    if (reconciler_is_discovery_ok(driver_reconciler(engine->driver)))
        uv_timer_start(&engine->policy_timer, on_policy_timer, 0, 0);
    driver_start(engine->driver);
}

static void reopen_log(struct engine *engine)
{
    struct error err;
    struct log_config config = log_config(engine, engine->config);
    int failed = log_reopen(engine->log, &config, &err);
    struct event event;
    event_init(&event, failed ? EVENT_LOG_FAILED : EVENT_LOG_REOPENED);
    event_add_string(&event, "file", config.file);
    if (failed)
        event_add_sentence(&event, "error", err.msg);
    emit(engine, &event);
    /* The log that is still open may be a file that is already deleted or rotated. */
    if (failed && strcmp(config.file, "-") != 0) {
        char line[ERROR_MSG_SIZE + sizeof "autoscaler: \n"];
        snprintf(line, sizeof line, "autoscaler: %s\n", err.msg);
        log_output_say(line);
    }
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
    engine->stop_signal = number;
    engine->end = ENGINE_STOPPED;
    struct event event;
    event_init(&event, EVENT_ENGINE_STOPPING);
    event_add_string(&event, "signal", cause);
    event_add_integer(&event, "scales_in_flight",
                      reconciler_scales_in_flight(driver_reconciler(engine->driver)));
    emit(engine, &event);
    driver_stop(engine->driver);
}

/* Gives a command by signal, for an operator without a console. */
static void give_command(struct engine *engine, enum command_kind kind)
{
    struct command command = { .kind = kind, .slot = SLOT_NONE };
    struct command_ack ack;
    driver_command(engine->driver, &command, &ack);
}

static void reload_all(struct engine *engine)
{
    reopen_log(engine);
    reload_config(engine);
}

static void on_hangup_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    if (engine->stop_signal)
        return;
    if (hangup_has_come())
        begin_stop(engine, SIGHUP, "HUP");
    else
        reload_all(engine);
}

static void take_hangup(struct engine *engine)
{
    if (engine->bridge)
        begin_stop(engine, SIGHUP, "HUP");
    else if (!engine->may_hang_up)
        reload_all(engine);
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

static void on_finished(void *context)
{
    struct engine *engine = context;
    uv_stop(&engine->loop);
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

static int open_driver(struct engine *engine, struct error *err)
{
    struct driver_config config = {
        .reconciler = reconciler_config(engine->config, engine->concurrency),
        .backend = backend_config(engine->config, engine->concurrency, engine->api_url),
        .speed_millis =
            engine->config->is_demo ? engine->config->simulation.speed_millis : REAL_SPEED_MILLIS,
        .seed = draw_seed(),
        .sink = { event_fanout_take, &engine->events },
        .finished = on_finished,
        .context = engine,
    };
    return driver_create(&engine->loop, &config, &engine->driver, err);
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
        .speed_millis = config->is_demo ? config->simulation.speed_millis : REAL_SPEED_MILLIS,
        .is_demo = config->is_demo,
        .is_insecure = config->api.insecure_tls,
        .stop = on_operator_stop,
        .context = engine,
    };
    return config->mode == MODE_CONSOLE
               ? console_bridge_create(&engine->loop, &bridge, &engine->bridge, err)
               : 0;
}

static int open_parts(struct engine *engine, struct error *err)
{
    place_log(engine);
    if (redaction_create(&engine->redaction) ||
        redaction_set(engine->redaction, engine->config->api.token))
        return error_no_memory(err);
    struct log_config log = log_config(engine, engine->config);
    int failed = log_create(&log, &engine->log, err);
    if (failed)
        return failed;
    engine->log_reader = (struct event_reader){ .take = take_line, .context = engine };
    event_fanout_add(&engine->events, &engine->log_reader);
    engine->discovery_reader = (struct event_reader){ .take = take_discovery, .context = engine };
    event_fanout_add(&engine->events, &engine->discovery_reader);
    engine->api_url = engine->config->api.url;
    if (engine->config->is_demo)
        failed = open_demo(engine, err);
    failed = failed ? failed : open_signals(engine, err);
    failed = failed ? failed : open_driver(engine, err);
    return failed ? failed : open_link(engine, err);
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
    engine->concurrency = concurrency_of(config);
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
    token_watch_init(&engine->token_watch, &engine->loop, on_token_changed, engine);
    failed = open_parts(engine, err);
    if (failed) {
        engine_destroy(engine);
        return failed;
    }
    *ret_engine = engine;
    return 0;
}

static void tell_started(struct engine *engine)
{
    const struct config *config = engine->config;
    struct event event;
    event_init(&event, EVENT_ENGINE_STARTED);
    event_add_string(&event, "version", AUTOSCALER_VERSION);
    event_add_string(&event, "api", engine->api_url);
    event_add_bool(&event, "dry_run", config->dry_run);
    event_add_bool(&event, "read_only", config->read_only);
    event_add_integer(&event, "concurrency", engine->concurrency);
    event_add_string(&event, "config", config->config_file ? config->config_file : "(none)");
    if (config->is_demo)
        event_add_percent(&event, "demo_speed", config->simulation.speed_millis * PPB_PER_MILLI);
    emit(engine, &event);
}

static void tell_stopped(struct engine *engine)
{
    const struct reconciler *reconciler = driver_reconciler(engine->driver);
    struct event event;
    event_init(&event, EVENT_ENGINE_STOPPED);
    event_add_integer(&event, "passes", reconciler_pass(reconciler)->number);
    event_add_integer(&event, "scaled", reconciler_scales_accepted(reconciler));
    emit(engine, &event);
}

static void tell_log_trouble(struct engine *engine)
{
    struct event event;
    event_init(&event, EVENT_LOG_FAILED);
    event_add_string(&event, "file", engine->log_file);
    event_add_sentence(&event, "error", engine->log_trouble.msg);
    emit(engine, &event);
}

enum engine_end engine_run(struct engine *engine)
{
    tell_started(engine);
    if (engine->log_trouble.code)
        tell_log_trouble(engine);
    tell_warnings(engine);
    watch_token(engine);
    driver_start(engine->driver);
    uv_run(&engine->loop, UV_RUN_DEFAULT);
    if (engine->end != ENGINE_ABORTED)
        tell_stopped(engine);
    if (engine->end == ENGINE_DONE)
        leave_stop_signals(engine);
    return engine->end;
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

const char *engine_log_file(const struct engine *engine)
{
    bool is_file = strcmp(engine->log_file, "-") != 0 && strcmp(engine->log_file, NOWHERE) != 0;
    return is_file ? engine->log_file : NULL;
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
    if (!engine)
        return;
    uv_close((uv_handle_t *)&engine->log_timer, NULL);
    uv_close((uv_handle_t *)&engine->hangup_timer, NULL);
    uv_close((uv_handle_t *)&engine->policy_timer, NULL);
    token_watch_close(&engine->token_watch);
    for (size_t i = 0; i < engine->signal_count; i++)
        uv_close((uv_handle_t *)&engine->signals[i], NULL);
    console_bridge_close(engine->bridge);
    driver_close(engine->driver, on_closed, NULL);
    sim_server_close(engine->sim, on_closed, NULL);
    uv_run(&engine->loop, UV_RUN_DEFAULT);
    int failed = uv_loop_close(&engine->loop);
    must(failed == 0);
    console_bridge_destroy(engine->bridge);
    log_destroy(engine->log);
    config_destroy(engine->config);
    redaction_destroy(engine->redaction);
    heap_free(engine);
}
