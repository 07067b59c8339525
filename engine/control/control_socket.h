/*
 * control_socket - the Unix socket on which an engine listens for its clients.
 *
 * The path is the first that is set: the option, $RUNTIME_DIRECTORY/control.sock (systemd), for root
 * /run/autoscaler/control.sock, $XDG_RUNTIME_DIR/autoscaler/control.sock. A client whose user has had no engine
 * looks for that of the system, as root's does. The directory is created if it is missing: mode 0755 for root, else
 * 0700. Refused, because another user could replace the socket: a directory that belongs to another user than root, or
 * that others may write without the sticky bit.
 *
 * A socket without a listener is left from a process that was killed, and is replaced. One that is in use is not:
 * -EADDRINUSE. The socket has mode 0600; with a group that exists, it belongs to that group and has mode 0660.
 *
 * Owns the descriptor until it is taken, and the file. Any thread. Errors have a sentence that names the path.
 */
#ifndef ENGINE_CONTROL_CONTROL_SOCKET_H
#define ENGINE_CONTROL_CONTROL_SOCKET_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define CONTROL_PATH_SIZE 108 /* of sun_path */

/* Where the path may come from; a text that is NULL or "" is not set. */
struct control_socket_sources {
    const char *option;
    const char *runtime_directory; /* $RUNTIME_DIRECTORY: the first of its paths */
    const char *xdg_runtime_dir;
    bool is_of_system; /* root's, or of a client whose user has had no engine */
};

struct control_socket {
    int fd; /* -1: taken */
    dev_t device;
    ino_t inode;
    struct timespec changed;      /* a later file may have the same number */
    char path[CONTROL_PATH_SIZE]; /* "": not open */
};

/* From the environment of the process; valid until it changes. */
struct control_socket_sources control_socket_sources_from_environment(const char *option);
struct control_socket_sources control_socket_sources_of_client(const char *option);

/* -ENOENT: no path is set; -ENAMETOOLONG. */
int control_socket_choose(const struct control_socket_sources *sources,
                          char ret_path[CONTROL_PATH_SIZE], struct error *err);

/* `group` (gid_t)-1: none. Does not block. */
int control_socket_open(const char *path, gid_t group, struct control_socket *ret_socket,
                        struct error *err);

/* The descriptor is the caller's from now on; the file stays this module's. */
int control_socket_take(struct control_socket *control_socket);

/* Removes the file, if it is still this one. Accepts a zeroed socket. */
void control_socket_close(struct control_socket *control_socket);

#endif
