/*
 * driver - the live world: carries out the reconciler's effects over a back end and turns their ends into events.
 *
 * Owns the reconciler, the back end and one timer on the given loop; decides nothing. Speaks for them through the sink.
 * Time that the reconciler sees runs `speed_millis` / 1000 times as fast as the clock (1000 but for the demo);
 * deadlines of requests are real time. Engine thread only.
 */
#ifndef ENGINE_RUN_DRIVER_H
#define ENGINE_RUN_DRIVER_H

#include "engine/backend/backend.h"
#include "engine/base/error.h"
#include "engine/core/reconciler.h"

#include <stdint.h>
#include <uv.h>

/* A timer that is later than this stood still with the process or the reconciler (real time). */
#define CLOCK_GAP_MS 5000

struct driver_config {
    struct reconciler_config reconciler;
    struct backend_config backend;
    int32_t speed_millis;
    uint64_t seed;
    struct event_sink sink;
    /* Called once when the reconciler is finished (stopped, or `once` and done), on the loop. */
    void (*finished)(void *context);
    void *context;
};

struct driver;

/* Nothing starts before driver_start, which carries out what is due; so it does after driver_configure. */
int driver_create(uv_loop_t *loop, const struct driver_config *config, struct driver **ret_driver,
                  struct error *err);
void driver_start(struct driver *driver);

/* Of a new configuration: reconciler and backend settings. On failure the old ones stay, both. */
int driver_configure(struct driver *driver, const struct reconciler_config *reconciler,
                     const struct backend_config *backend, struct error *err);

/* See reconciler_command: what is due then is carried out at once. */
void driver_command(struct driver *driver, const struct command *command,
                    struct command_ack *ret_ack);

/* Reads are cancelled, scales awaited (their timeout bounds it); then `finished`. */
void driver_stop(struct driver *driver);

/* Says of every scale in flight that its outcome is unknown. The program ends right after it. */
void driver_abandon(struct driver *driver);

const struct reconciler *driver_reconciler(const struct driver *driver);

/* For whoever shows it: the marks of its fleet are taken. Nothing else may be changed. */
struct reconciler *driver_shown_reconciler(struct driver *driver);

/* The reconciler's time, as of now. */
struct mono driver_time(const struct driver *driver);

/*
 * After `finished`, or never started: gives everything back. `closed` is called from the last close callback. NULL: at
 * once.
 */
void driver_close(struct driver *driver, void (*closed)(void *context), void *context);

#endif
