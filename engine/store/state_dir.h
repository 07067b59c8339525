/*
 * state_dir - the directory in which the program remembers one API.
 *
 *     BASE/rest-fleet.example.net-8443-3f0c.../journal.db
 *
 * The base is the first that is set: the option, $AUTOSCALER_STATE_DIR, the first path of $STATE_DIRECTORY (systemd),
 * for root /var/lib/autoscaler, $XDG_STATE_HOME/autoscaler, ~/.local/state/autoscaler. Below it, each API has a
 * directory: a readable prefix and a hash of its identity. What is missing is created with mode 0700.
 *
 * Refused, because another user could replace what is in there: a directory that belongs to another user, or that
 * others may write; a symbolic link in the place of the API's directory; a base that is a link of another user. A base
 * that is a link of root or of this user is followed (systemd makes one for DynamicUser=).
 *
 * Any thread. Errors have a sentence that names the path: ERR_CONFIG: no directory can be chosen, or it is refused;
 * else -errno.
 */
#ifndef ENGINE_STORE_STATE_DIR_H
#define ENGINE_STORE_STATE_DIR_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define STATE_PATH_SIZE 4096

/* Where a base may come from; a path that is NULL or "" is not set. */
struct state_dir_sources {
    const char *option;
    const char *variable;        /* $AUTOSCALER_STATE_DIR */
    const char *state_directory; /* $STATE_DIRECTORY */
    const char *xdg_state_home;
    const char *home;
    bool is_root;
};

/* From the environment of the process; valid until it changes. */
struct state_dir_sources state_dir_sources_from_environment(const char *option);

int state_dir_choose(const struct state_dir_sources *sources, char ret_base[STATE_PATH_SIZE],
                     struct error *err);

/*
 * Creates and checks both directories. `identity` is that of api_identity. The path that is returned has no symbolic
 * links.
 */
int state_dir_open(const char *base, const char *identity, char ret_path[STATE_PATH_SIZE],
                   struct error *err);

/*
 * The same of an existing directory, for reading: creates nothing. -ENOENT: there is none. The directory is refused for
 * the same reasons, except that the program need not be able to write it.
 */
int state_dir_find(const char *base, const char *identity, char ret_path[STATE_PATH_SIZE],
                   struct error *err);

#endif
