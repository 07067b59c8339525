/*
 * engine - the whole program without a user interface: loop, signals, log, configuration, and the driver.
 *
 * engine_run blocks the calling thread, which is the engine thread from then on, until a signal or `--once` ends it.
 *
 *     TERM, INT   stop: waits for scales in flight, then engine_run returns; a second signal returns at once.
 *                 After ENGINE_DONE both have their earlier actions again
 *     HUP         open the log file again, read the configuration again (an invalid one changes nothing); stop when
 *                 the terminal on which the program was started is gone (hangup.h)
 *     USR1, USR2  a pass, a discovery, as soon as possible
 *
 * They may be blocked before engine_create: what came meanwhile is handled by engine_run.
 *
 * With a console (MODE_CONSOLE) the engine runs on its own thread instead: engine_start and engine_join around the
 * console's loop, which uses only the feed of the engine. The operator can stop the engine there too, also twice, and
 * reload. The log has its own file (log_target.h) when standard error is the terminal.
 *
 * In the demo the engine also serves the simulated fleet that it scales, on a free loopback port.
 */
#ifndef ENGINE_RUN_ENGINE_H
#define ENGINE_RUN_ENGINE_H

#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/config/config_data.h"
#include "engine/core/reconciler.h"
#include "engine/feed.h"

struct engine;

enum engine_end {
    ENGINE_DONE,    /* `once`: the pass is over */
    ENGINE_STOPPED, /* a stop was requested, and everything in flight has ended */
    ENGINE_ABORTED, /* a second stop was requested: the rest was abandoned */
};

/*
 * Makes a new configuration from the same sources; for HUP. Sentences of further errors are added to `more`, which the
 * engine frees.
 */
typedef int engine_reload(void *context, struct config **ret_config, struct warnings *more,
                          struct error *err);

/* A reload took effect; on the engine thread, before the operator's answer. */
typedef void engine_reloaded(void *context, const struct config *config);

/* Takes ownership of the configuration, also on failure. Contacts nothing. */
int engine_create(struct config *config, engine_reload *reload, void *reload_context,
                  struct engine **ret_engine, struct error *err);

enum engine_end engine_run(struct engine *engine);

/* Before the engine runs; `context` is that of `reload`. */
void engine_on_reloaded(struct engine *engine, engine_reloaded *reloaded);

/* The console's end; NULL without a console. */
struct feed *engine_feed(const struct engine *engine);

/* Runs it on its own thread; `over` is called on that thread as the last step. */
int engine_start(struct engine *engine, void (*over)(void), struct error *err);
enum engine_end engine_join(struct engine *engine);

/* The state directory of its API, where the recording is; on any thread; NULL: there is none. */
const char *engine_state_directory(const struct engine *engine);

/* The log file that was opened at the start, on any thread; NULL: standard error, or none. */
const char *engine_log_file(const struct engine *engine);

const struct reconciler *engine_reconciler(const struct engine *engine);
const struct config *engine_config(const struct engine *engine);

/* Why the last discovery failed: a sentence without the token; "": none has failed. */
const char *engine_discovery_error(const struct engine *engine);

/* For texts that are written outside of the engine. */
struct redaction *engine_redaction(const struct engine *engine);

/* The address in use: the configured one, or the demo's. */
const char *engine_api_url(const struct engine *engine);

/* Closes and frees everything. Not after ENGINE_ABORTED. Accepts NULL. */
void engine_destroy(struct engine *engine);

#endif
