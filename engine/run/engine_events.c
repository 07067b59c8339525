#include "engine/run/engine_events.h"

#include "engine/base/arith.h"

#define PPB_PER_MILLI                                                                              \
    ((int64_t)SHARE_PERCENT / 1000) /* a speed is written like a percentage: 0.5, 20 */

static void say_stateless(const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_STATE_OFF);
    event_add_string(&event, "cause", "no-state");
    event_emit(&event, sink);
}

void engine_events_started(const struct engine_facts *facts, const struct event_sink *sink)
{
    const struct config *config = facts->config;
    struct event event;
    event_init(&event, EVENT_ENGINE_STARTED);
    event_add_string(&event, "version", AUTOSCALER_VERSION);
    event_add_string(&event, "api", facts->api_url);
    event_add_bool(&event, "dry_run", config->dry_run);
    event_add_bool(&event, "read_only", config->read_only);
    event_add_integer(&event, "concurrency", facts->concurrency);
    event_add_string(&event, "config", config->config_file ? config->config_file : "(none)");
    event_add_string(&event, "state", facts->state_directory ? facts->state_directory : "(none)");
    if (config->is_demo)
        event_add_percent(&event, "demo_speed", config->simulation.speed_millis * PPB_PER_MILLI);
    event_emit(&event, sink);
    if (config->state.is_off)
        say_stateless(sink);
}

void engine_events_stopped(const struct reconciler *reconciler, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_ENGINE_STOPPED);
    event_add_integer(&event, "passes", reconciler_pass(reconciler)->number);
    event_add_integer(&event, "scaled", reconciler_scales_accepted(reconciler));
    event_emit(&event, sink);
}

void engine_events_log_failed(const char *file, const char *error, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_LOG_FAILED);
    event_add_string(&event, "file", file);
    event_add_sentence(&event, "error", error);
    event_emit(&event, sink);
}

void engine_events_token(const struct config *config, const char *error,
                         const struct event_sink *sink)
{
    struct event event;
    event_init(&event, error ? EVENT_TOKEN_REFUSED : EVENT_TOKEN_RELOADED);
    event_add_string(&event, "file", config->api.token_file);
    if (error)
        event_add_sentence(&event, "error", error);
    event_emit(&event, sink);
}
