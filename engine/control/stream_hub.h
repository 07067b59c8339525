/*
 * stream_hub - GET /v1/stream: the fleet as it changes, for any number of readers.
 *
 * A reader gets a line hello, then one line for each deployment, the last lines of the log, the engine, its pass and
 * the sums, and a line end: what was sent up to then is a whole snapshot. Then the same with what has changed, at most
 * every STREAM_GAP_MS, and a line alive when nothing has for STREAM_ALIVE_MS.
 *
 * Readers share the order of changes (change_order.h), the texts of the last rows (stream_texts.h), the lines of the
 * log and the head; each has a cursor and one line of text. A row is written when the first reader takes it, so a slow
 * one costs no memory and skips what has changed again. Writing stops after STREAM_SLICE_US in a turn of the loop and
 * goes on in the next one.
 *
 * A reader that takes nothing for STREAM_PATIENCE_MS while more than STREAM_BACKLOG_SIZE of changes wait for it is cut
 * off (control_reader_dropped). It may come back with the sequence number of its last end, and gets what has changed
 * since; the whole fleet, if the number is not of this engine.
 *
 * Engine thread only. Owns its handles.
 */
#ifndef ENGINE_CONTROL_STREAM_HUB_H
#define ENGINE_CONTROL_STREAM_HUB_H

#include "engine/control/act.h"
#include "engine/control/control_data.h"
#include "engine/http/http_server.h"

#include <uv.h>

#define STREAM_READERS_MAX 32
#define STREAM_GAP_MS 50
#define STREAM_ALIVE_MS 2000
#define STREAM_SLICE_US 3000
#define STREAM_PATIENCE_MS 2000
#define STREAM_BACKLOG_SIZE ((int64_t)256 * 1024)

struct stream_hub;

/* `engine` is copied. NULL: no memory. */
struct stream_hub *stream_hub_create(uv_loop_t *loop, const struct control_engine *engine);

/* Responds, also when it refuses. `after`: the query; NULL: none. */
void stream_hub_attach(struct stream_hub *hub, struct http_server_exchange *exchange,
                       const struct peer *peer, const char *after);

/*
 * {"stream","id","delta"}: from now on the reader `stream` gets the detail of this deployment, with a manual scale to
 * check; without `id`: none. Only for the user of that reader.
 */
void stream_hub_focus(struct stream_hub *hub, const struct peer *peer, const char *body,
                      size_t body_size, struct act_response *ret_response);

/* Its readers are gone. `closed` is called from the last close callback. NULL: at once. */
void stream_hub_close(struct stream_hub *hub, void (*closed)(void *context), void *context);

#endif
