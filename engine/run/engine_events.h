/*
 * engine_events - what is said about the engine itself: that it starts and stops, its log, its token.
 *
 * Owns nothing. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_RUN_ENGINE_EVENTS_H
#define ENGINE_RUN_ENGINE_EVENTS_H

#include "engine/config/config_data.h"
#include "engine/core/reconciler.h"

/* Of an engine that starts. */
struct engine_facts {
    const struct config *config;
    const char *api_url;         /* the one in use */
    const char *state_directory; /* NULL: none */
    int32_t concurrency;
};

/* Also that it has no state, when the configuration says so. */
void engine_events_started(const struct engine_facts *facts, const struct event_sink *sink);
void engine_events_stopped(const struct reconciler *reconciler, const struct event_sink *sink);

/* The log cannot be written to this file. */
void engine_events_log_failed(const char *file, const char *error, const struct event_sink *sink);

/* The token file has changed; `error`: why it cannot be used, NULL: it is in use. */
void engine_events_token(const struct config *config, const char *error,
                         const struct event_sink *sink);

#endif
