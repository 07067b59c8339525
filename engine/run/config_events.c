#include "engine/run/config_events.h"

static void begin(struct event *event, enum event_id id, const struct config *config)
{
    event_init(event, id);
    event_add_string(event, "config", config->config_file ? config->config_file : "(none)");
}

void config_events_reloaded(const struct config *config, const struct event_sink *sink)
{
    struct event event;
    begin(&event, EVENT_CONFIG_RELOADED, config);
    event_add_bool(&event, "dry_run", config->dry_run);
    event_add_bool(&event, "read_only", config->read_only);
    event_add_integer(&event, "policies", (int64_t)config->policy_count);
    event_emit(&event, sink);
}

static void emit_error(const struct config *config, enum event_id id, const char *error,
                       size_t count, const struct event_sink *sink)
{
    struct event event;
    begin(&event, id, config);
    if (count > 0)
        event_add_integer(&event, "errors", (int64_t)count);
    event_add_sentence(&event, "error", error);
    event_emit(&event, sink);
}

void config_events_refused(const struct config *config, const char *error,
                           const struct warnings *more, const struct event_sink *sink)
{
    emit_error(config, EVENT_CONFIG_REFUSED, error, 1 + more->count, sink);
    for (size_t i = 0; i < more->count; i++)
        emit_error(config, EVENT_CONFIG_ERROR, more->texts[i], 0, sink);
}

void config_events_warnings(const struct config *config, const struct event_sink *sink)
{
    for (size_t i = 0; i < config->warnings.count; i++) {
        struct event event;
        begin(&event, EVENT_CONFIG_WARNING, config);
        event_add_sentence(&event, "warning", config->warnings.texts[i]);
        event_emit(&event, sink);
    }
}
