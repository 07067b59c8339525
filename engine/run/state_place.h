/*
 * state_place - which state directory a configuration means, and how it is used.
 *
 *     no state   --no-state, the demo
 *     read       --read-only, --history, and --once with --dry-run: what another engine has written, without its lock
 *     own        else: the lock is held, so that no second engine scales the same API
 *
 * Owns the lock. Any thread. Errors have a sentence that names the path; their codes are those of state_dir.h and
 * state_lock.h.
 */
#ifndef ENGINE_RUN_STATE_PLACE_H
#define ENGINE_RUN_STATE_PLACE_H

#include "engine/config/config_data.h"
#include "engine/store/api_identity.h"
#include "engine/store/state_dir.h"
#include "engine/store/state_lock.h"

enum state_use { STATE_UNUSED, STATE_IS_READ, STATE_IS_OWN };

struct state_place {
    enum state_use use;
    bool is_found; /* STATE_IS_READ: there is a directory */
    char identity[API_IDENTITY_SIZE];
    char directory[STATE_PATH_SIZE]; /* of the API; "": none */
    struct state_lock *lock;
};

enum state_use state_use_of(const struct config *config);

/* Creates the directory and locks it, if it is to be used so. A directory that is only read may be missing. */
int state_place_open(const struct config *config, struct state_place *ret_place, struct error *err);

/* Releases the lock; accepts a zeroed one. */
void state_place_close(struct state_place *place);

/* DIRECTORY/journal.db. -ENAMETOOLONG. */
int state_place_journal(const struct state_place *place, char ret_path[STATE_PATH_SIZE],
                        struct error *err);

#endif
