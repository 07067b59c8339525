/*
 * control - the control API: an HTTP server on a Unix socket, for the console elsewhere, autoscalerctl and scripts.
 *
 * The routes are those of routes.def; autoscaler-control(7) describes them. The rights of a client are those of its
 * user, which the kernel reports (peer.h). Responses are JSON. Every response is redacted.
 *
 * Limits: CONTROL_CONNECTIONS_MAX connections, CONTROL_BODY_SIZE_MAX bytes of a request. A client that reads slowly
 * costs one buffer. No request waits for anything.
 *
 * Engine thread only. Owns the socket and the server.
 */
#ifndef ENGINE_CONTROL_CONTROL_H
#define ENGINE_CONTROL_CONTROL_H

#include "engine/base/error.h"
#include "engine/control/control_data.h"
#include "engine/control/control_socket.h"

#include <uv.h>

#define CONTROL_CONNECTIONS_MAX 64
#define CONTROL_BODY_SIZE_MAX ((size_t)64 * 1024)
#define CONTROL_IDLE_MS 60000

struct control;

/* Copies the configuration and takes the socket, also on failure. */
int control_create(uv_loop_t *loop, const struct control_engine *engine,
                   const struct peer_groups *groups, struct control_socket *control_socket,
                   struct control **ret_control, struct error *err);

/* Of the socket; lives as long as the server. */
const char *control_path(const struct control *control);

/* Ends all connections and removes the socket. `closed` is called from the last close callback. NULL: at once. */
void control_close(struct control *control, void (*closed)(void *context), void *context);

#endif
