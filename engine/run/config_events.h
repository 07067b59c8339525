/*
 * config_events - what is said about the configuration when it is loaded again.
 *
 * Owns nothing. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_RUN_CONFIG_EVENTS_H
#define ENGINE_RUN_CONFIG_EVENTS_H

#include "engine/config/config_data.h"
#include "engine/core/event.h"

/* A new configuration is in force. */
void config_events_reloaded(const struct config *config, const struct event_sink *sink);

/* The old configuration `config` stays in force, because of the error; `more`: the sentences of further ones. */
void config_events_refused(const struct config *config, const char *error,
                           const struct warnings *more, const struct event_sink *sink);

/* Each of its warnings. */
void config_events_warnings(const struct config *config, const struct event_sink *sink);

#endif
