/*
 * driver - the real environment: carries out the reconciler's effects with a back end and turns the results into
 * events.
 *
 * Owns the reconciler, the back end and one timer on the given loop; decides nothing. Sends their log events to the
 * sink. Time in the reconciler runs `speed_millis` / 1000 times as fast as the clock (1000 except in the demo);
 * deadlines of requests are real time. Engine thread only.
 */
#ifndef ENGINE_RUN_DRIVER_H
#define ENGINE_RUN_DRIVER_H

#include "engine/backend/backend.h"
#include "engine/base/error.h"
#include "engine/core/reconciler.h"

#include <stdint.h>
#include <uv.h>

/* A timer later than this means that the process or the machine was suspended (real time). */
#define CLOCK_GAP_MS 5000

/* What is remembered of scales and commands; NULL members: nothing. See reconciler_config.is_recording. */
struct driver_recorder {
    /* A scale is to be recorded before it is sent; driver_record_done follows. False: it cannot be recorded. */
    bool (*record)(void *context, const struct effect *effect);
    /* It is sent now; or it is not sent, and this has to be recorded. */
    void (*sent)(void *context, const struct effect *effect);
    void (*unsent)(void *context, const struct effect *effect);
    /* An operator's command was carried out, and the listener of driver_on_command was called. */
    void (*commanded)(void *context, const struct command *command);
    void *context;
};

struct driver_config {
    struct reconciler_config reconciler;
    struct backend_config backend;
    int32_t speed_millis;
    uint64_t seed;
    struct event_sink sink;
    /* Called once on the loop when the reconciler is finished (stopped, or `once` and done). */
    void (*finished)(void *context);
    void *context;
};

struct driver;

/* Nothing starts before driver_start, which carries out due effects. Call it after driver_configure too. */
int driver_create(uv_loop_t *loop, const struct driver_config *config, struct driver **ret_driver,
                  struct error *err);
void driver_start(struct driver *driver);

/* Before driver_start. */
void driver_set_recorder(struct driver *driver, const struct driver_recorder *recorder);

/* An operator's command was carried out. Before driver_start. */
void driver_on_command(struct driver *driver,
                       void (*commanded)(void *context, const struct command *command),
                       void *context);

/* A request to the API has ended, see backend_listener. Before driver_start. */
void driver_on_answer(struct driver *driver,
                      void (*answered)(void *context, const struct backend_answer *answer),
                      void *context);

/* The reconciler, for what it is to remember of an earlier run. Before driver_start. */
struct reconciler *driver_restoring(struct driver *driver);

/* See the functions of the reconciler. Effects that become due are carried out by driver_start. */
void driver_record_done(struct driver *driver, uint32_t slot, bool is_stored);
void driver_set_recordable(struct driver *driver, bool is_recordable);

/*
 * Applies reconciler and backend settings of a new configuration. On failure both keep the old ones. `is_same_api`:
 * requests go where they went before.
 */
int driver_configure(struct driver *driver, const struct reconciler_config *reconciler,
                     const struct backend_config *backend, bool is_same_api, struct error *err);

/* Applies backend settings alone: where requests go and what is decided stay the same. */
int driver_configure_backend(struct driver *driver, const struct backend_config *backend,
                             struct error *err);

/* See reconciler_command: due effects are carried out at once. */
void driver_command(struct driver *driver, const struct command *command,
                    struct command_ack *ret_ack);

/* See reconciler_end_pause and reconciler_touch. */
void driver_end_pause(struct driver *driver, const char *id);
void driver_touch(struct driver *driver, const char *id);

/* Cancels reads and waits for scales (bounded by their timeout); then calls `finished`. */
void driver_stop(struct driver *driver);

/* Reports for every scale in flight that its outcome is unknown. The program ends directly afterwards. */
void driver_abandon(struct driver *driver);

const struct reconciler *driver_reconciler(const struct driver *driver);

/* The current time of the reconciler. */
struct mono driver_time(const struct driver *driver);

/*
 * After `finished`, or when never started: frees everything. `closed` is called from the last close callback. NULL:
 * at once.
 */
void driver_close(struct driver *driver, void (*closed)(void *context), void *context);

#endif
