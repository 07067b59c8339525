/*
 * notify_socket - datagrams to the service manager, as sd_notify(3) describes them.
 *
 * The address is $NOTIFY_SOCKET: the absolute path of a socket, or `@` and an abstract name. Without it there is no
 * service manager, and the socket stays closed. What a message says is up to the caller (notifier.h).
 *
 * Without libsystemd: the protocol is one datagram of lines to a Unix socket, which is older than the systemd of
 * Debian 12 and will not change. The library would be a dependency of the program and of its packages for these few
 * calls, and sd_notify() waits when the receiver's buffer is full: a loop must not.
 *
 * Owns its descriptor. A send never waits, and uses the address anew each time: a manager that was restarted gets the
 * next message. One thread at a time.
 */
#ifndef ENGINE_SERVICE_NOTIFY_SOCKET_H
#define ENGINE_SERVICE_NOTIFY_SOCKET_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Zeroed memory is a closed one. */
struct notify_socket {
    bool is_open;
    int fd;
    int64_t watchdog_us; /* the manager expects a sign of life this often; 0: never */
    struct sockaddr_un address;
    socklen_t address_size;
};

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the environment: they are meant for this
 * process, not for what it starts. Call it before there are other threads. ERR_CONFIG with the name of the variable
 * that is wrong; -errno when there can be no socket.
 */
int notify_socket_open(struct notify_socket *notify, struct error *err);

/* 0 also when it is closed. -EAGAIN: the receiver takes nothing now. Else -errno: it cannot be reached. */
int notify_socket_send(const struct notify_socket *notify, const char *message, size_t size);

void notify_socket_close(struct notify_socket *notify);

#endif
