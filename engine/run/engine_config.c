#include "engine/run/engine_ops.h"

#include "engine/base/text.h"
#include "engine/config/config_values.h"
#include "engine/config/secret.h"
#include "engine/log/log_output.h"
#include "engine/log/log_target.h"
#include "engine/run/config_events.h"
#include "engine/run/engine_events.h"
#include "engine/run/engine_settings.h"
#include "engine/run/listed_targets.h"
#include "engine/run/policy_use.h"
#include "engine/store/failpoint.h"

#include <stdio.h>
#include <string.h>

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
    const struct fleet *fleet = reconciler_fleet(driver_reconciler(engine->driver));
    policy_use_report(engine->config, fleet, &sink);
    if (!engine->config->is_bare)
        listed_targets_report(fleet, &sink);
}

void engine_take_discovery(void *context, const struct event *event, struct wall at)
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

/* With a console, standard error is the screen: the log gets its own file, unless standard error is redirected. */
static const char *log_file(struct engine *engine, const struct config *config)
{
    if (!engine->is_stderr_screen || strcmp(config->log.file, "-") != 0)
        return config->log.file;
    if (engine->own_log[0] == '\0' &&
        log_target_make(engine->own_log, sizeof engine->own_log, &engine->log_trouble))
        snprintf(engine->own_log, sizeof engine->own_log, "%s", ENGINE_LOG_NOWHERE);
    return engine->own_log;
}

struct log_config engine_log_config(struct engine *engine, const struct config *config)
{
    return (struct log_config){ log_file(engine, config), config->log.level,    config->log.format,
                                engine->redaction,        config->log.size_max, config->log.keep };
}

static int apply_config(struct engine *engine, const struct config *config, struct warnings *more,
                        struct error *err)
{
    int failed = config_can_replace(engine->config, config, more, err);
    if (failed)
        return failed;
    if (engine->place.use == STATE_IS_READ && state_use_of(config) == STATE_IS_OWN)
        return error_set(err, ERR_CONFIG, "read_only: cannot change while running; restart");
    struct log_config log = engine_log_config(engine, config);
    failed = log_reopen(engine->log, &log, err);
    if (failed)
        return failed;
    struct reconciler_config reconciler =
        engine_reconciler_config(config, engine->concurrency, engine->place.use == STATE_IS_OWN);
    struct backend_config backend =
        engine_backend_config(config, engine->concurrency, engine->api_url);
    failed = redaction_set(engine->redaction, config->api.token) ? error_no_memory(err) : 0;
    failed = failed ? failed
                    : driver_configure(engine->driver, &reconciler, &backend,
                                       config_has_same_api(engine->config, config), err);
    if (failed) {
        /* All or nothing: back to the old log. */
        struct log_config old = engine_log_config(engine, engine->config);
        log_reopen(engine->log, &old, NULL);
    }
    return failed;
}

/* --- the token file ------------------------------------------------------------------------------------------ */

/* On failure everything stays as it was. */
static int use_token(struct engine *engine, char *token, struct error *err)
{
    struct config *config = engine->config;
    char *old = config->api.token;
    config->api.token = token;
    struct backend_config backend =
        engine_backend_config(config, engine->concurrency, engine->api_url);
    int failed = redaction_set(engine->redaction, token)
                     ? error_no_memory(err)
                     : driver_configure_backend(engine->driver, &backend, err);
    config->api.token = failed ? old : token;
    secret_free(failed ? token : old);
    return failed;
}

void engine_on_token_changed(void *context, char *token, const struct error *err)
{
    struct engine *engine = context;
    struct error own = *err;
    int failed = token ? use_token(engine, token, &own) : err->code;
    struct event_sink sink = { event_fanout_take, &engine->events };
    engine_events_token(engine->config, failed ? own.msg : NULL, &sink);
}

/* With `once` there is no time for it to change. */
void engine_watch_token(struct engine *engine)
{
    const struct config *config = engine->config;
    if (config->mode != MODE_ONCE)
        token_watch_set(&engine->token_watch, config->api.token_file, &config->api.token_stamp);
}

/* --- reload --------------------------------------------------------------------------------------------------- */

int engine_reload_config(struct engine *engine, struct error *err)
{
    struct event_sink sink = { event_fanout_take, &engine->events };
    struct warnings more = { 0 };
    struct config *config = NULL;
    int failed = engine->reload(engine->reload_context, &config, &more, err);
    failpoint(FAILPOINT_RELOAD_READ);
    failed = failed ? failed : apply_config(engine, config, &more, err);
    failpoint(FAILPOINT_RELOAD_APPLIED);
    if (failed)
        config_events_refused(engine->config, err->msg, &more, &sink);
    warnings_fini(&more);
    if (failed) {
        config_destroy(config);
        return failed;
    }
    config_destroy(engine->config);
    engine->config = config;
    state_bridges_reload(&engine->state);
    notices_bridge_reload(engine->notices);
    config_events_reloaded(config, &sink);
    if (engine->reloaded)
        engine->reloaded(engine->reload_context, config);
    config_events_warnings(config, &sink);
    engine_watch_token(engine);
    engine->are_policies_new = true;
    if (reconciler_is_discovery_ok(driver_reconciler(engine->driver)))
        uv_timer_start(&engine->policy_timer, on_policy_timer, 0, 0);
    failpoint(FAILPOINT_RELOADED);
    driver_start(engine->driver);
    return 0;
}

void engine_reopen_log(struct engine *engine)
{
    struct error err;
    struct log_config config = engine_log_config(engine, engine->config);
    int failed = log_reopen(engine->log, &config, &err);
    struct event event;
    event_init(&event, failed ? EVENT_LOG_FAILED : EVENT_LOG_REOPENED);
    event_add_string(&event, "file", config.file);
    if (failed)
        event_add_sentence(&event, "error", err.msg);
    event_fanout_take(&engine->events, &event);
    /* The log that is still open may be a file that is already deleted or rotated. */
    if (failed && strcmp(config.file, "-") != 0) {
        char line[ERROR_MSG_SIZE + sizeof "autoscaler: \n"];
        snprintf(line, sizeof line, "autoscaler: %s\n", err.msg);
        log_output_say(line);
    }
}
