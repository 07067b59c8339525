/*
 * engine_ops - configuration, token and log of a running engine, for the sources of the engine.
 *
 * Engine thread only. Private to engine/run/engine*.c.
 */
#ifndef ENGINE_RUN_ENGINE_OPS_H
#define ENGINE_RUN_ENGINE_OPS_H

#include "engine/run/engine_state.h"

/* The log that the configuration wants. Its file is that of the console when standard error is the screen. */
struct log_config engine_log_config(struct engine *engine, const struct config *config);

/* Opens the log again, with an event. */
void engine_reopen_log(struct engine *engine);

/* Reads the configuration again and applies all of it or nothing, with an event. */
int engine_reload_config(struct engine *engine, struct error *err);

/* Watches the token file of the configuration; the callback of the watch uses a new token. */
void engine_watch_token(struct engine *engine);
void engine_on_token_changed(void *context, char *token, const struct error *err);

/* An event_reader: why a discovery failed; and after one, what is odd about policies and targets. */
void engine_take_discovery(void *context, const struct event *event, struct wall at);

#endif
