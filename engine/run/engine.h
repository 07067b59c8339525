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
 * With a console (MODE_CONSOLE) the engine runs on a thread of its own instead: engine_start and engine_join around the
 * console's loop, which sees nothing of the engine but its feed. There the operator can stop it too, twice as well,
 * and HUP means that the terminal is gone: stop. The log goes to a file of its own (log_target.h) when standard error
 * is the terminal.
 *
 * In the demo it also serves the simulated fleet that it scales, on a free loopback port.
 */
#ifndef ENGINE_RUN_ENGINE_H
#define ENGINE_RUN_ENGINE_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/core/reconciler.h"
#include "engine/feed.h"

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

/* The console's end; NULL without a console. */
struct feed *engine_feed(const struct engine *engine);

/* Runs it on a thread of its own; `over` is called on that thread at its very end. */
int engine_start(struct engine *engine, void (*over)(void), struct error *err);
enum engine_end engine_join(struct engine *engine);

/* The file that the log is written to; NULL: standard error, or nowhere. */
const char *engine_log_file(const struct engine *engine);

const struct reconciler *engine_reconciler(const struct engine *engine);
const struct config *engine_config(const struct engine *engine);

/* The address in use: the configured one, or the demo's. */
const char *engine_api_url(const struct engine *engine);

/* Closes everything and gives it back. Not after ENGINE_ABORTED. Accepts NULL. */
void engine_destroy(struct engine *engine);

#endif
