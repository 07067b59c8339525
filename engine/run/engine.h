/*
 * engine - the whole program without a face: loop, signals, log, configuration, and the driver under them.
 *
 * engine_run blocks the calling thread, which is the engine thread from then on, until a signal or `--once` ends it.
 *
 *     TERM, INT   stop: scales in flight are awaited, then engine_run returns; a second one returns at once.
 *                 After ENGINE_DONE they do again what they did before the engine
 *     HUP         open the log file again, read the configuration again (a broken one changes nothing)
 *     USR1, USR2  a pass, a discovery, as soon as possible
 *
 * In the demo it also serves the simulated fleet that it scales, on a free loopback port.
 */
#ifndef ENGINE_RUN_ENGINE_H
#define ENGINE_RUN_ENGINE_H

#include "engine/base/error.h"
#include "engine/core/machine.h"
#include "engine/run/config_data.h"

struct engine;

enum engine_end {
    ENGINE_DONE,    /* `once`: the pass is over */
    ENGINE_STOPPED, /* asked to stop, and all that was in flight has ended */
    ENGINE_ABORTED, /* asked twice: things are left as they are */
};

/* Makes a new configuration from the same sources; for HUP. */
typedef int engine_reload(void *context, struct config **ret_config, struct error *err);

/* Takes the configuration over, also when it fails. Contacts nothing. */
int engine_create(struct config *config, engine_reload *reload, void *reload_context,
                  struct engine **ret_engine, struct error *err);

enum engine_end engine_run(struct engine *engine);

const struct machine *engine_machine(const struct engine *engine);
const struct config *engine_config(const struct engine *engine);

/* The address in use: the configured one, or the demo's. */
const char *engine_api_url(const struct engine *engine);

/* Closes everything and gives it back. Not after ENGINE_ABORTED. Accepts NULL. */
void engine_destroy(struct engine *engine);

#endif
