/*
 * override_keeper - keeps the acts of operators that last (override_book.h) while the engine runs.
 *
 * Notes them from the commands that the driver carries out, also without a state directory; ends a pause at its time;
 * repeats one without an end as an event. The journal fills the book at the start and takes from it what is recorded.
 *
 * Owns the book and a timer on the loop, which does not keep the loop alive. Engine thread only.
 */
#ifndef ENGINE_RUN_OVERRIDE_KEEPER_H
#define ENGINE_RUN_OVERRIDE_KEEPER_H

#include "engine/base/error.h"
#include "engine/core/event.h"
#include "engine/run/driver.h"
#include "engine/run/override_book.h"
#include "engine/view/pause_source.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct override_keeper_config {
    struct driver *driver;
    struct event_sink events;
    int32_t speed_millis; /* of the driver */
};

struct override_keeper;

/* Listens to the driver's commands from now on. */
int override_keeper_create(uv_loop_t *loop, const struct override_keeper_config *config,
                           struct override_keeper **ret_keeper, struct error *err);

struct override_book *override_keeper_book(struct override_keeper *keeper);

/* What was restored is in force; what ended meanwhile is reported. */
void override_keeper_begin(struct override_keeper *keeper);

/* A new configuration may have ended a dry-run. */
void override_keeper_look(struct override_keeper *keeper);

/* For views of the engine. */
struct pause_source override_keeper_pauses(struct override_keeper *keeper);

/*
 * COMMAND_UNDO: puts back what stood before the last act of all, which must be its author's own and unchanged since.
 * Its `delta` is the number of deployments that the author was shown; 0: not checked. All or nothing.
 */
void override_keeper_undo(struct override_keeper *keeper, const struct command *command,
                          struct command_ack *ret_ack);

/* May this author undo the last act now? False: *ret_sentence says why not. */
bool override_keeper_may_undo(struct override_keeper *keeper, const char *author,
                              char ret_sentence[COMMAND_TEXT_SIZE]);

/* The first `max` in force with a larger number than `after`, by number; how many. Borrowed until the next change. */
size_t override_keeper_list(struct override_keeper *keeper, int64_t after,
                            const struct open_override **ret_overrides, size_t max);

/* A pause ends so long after now. False: there is none with this number. */
bool override_keeper_extend(struct override_keeper *keeper, int64_t number, int64_t for_ms,
                            const char *author);

/* The loop must run until it is empty; then override_keeper_destroy. Both accept NULL. */
void override_keeper_close(struct override_keeper *keeper);
void override_keeper_destroy(struct override_keeper *keeper);

#endif
