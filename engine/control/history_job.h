/*
 * history_job - a request for the history of the journal, answered without the loop waiting for the disk.
 *
 * Reads with a connection of its own on a thread of the loop's pool; the response is sent on the engine thread. A
 * client that goes away ends nothing: what was read is dropped. At most HISTORY_JOBS_MAX at a time.
 *
 * Engine thread only.
 */
#ifndef ENGINE_CONTROL_HISTORY_JOB_H
#define ENGINE_CONTROL_HISTORY_JOB_H

#include "engine/control/control_data.h"
#include "engine/http/http_server.h"

#include <uv.h>

#define HISTORY_JOBS_MAX 4
#define HISTORY_ROWS_MAX 10000

/* Counts those that run. */
struct history_jobs;

/* NULL: no memory. It ends with the last job after the release, which accepts NULL. */
struct history_jobs *history_jobs_create(uv_loop_t *loop);
void history_jobs_release(struct history_jobs *jobs);

/*
 * The exchange is answered later: 200; 404 for what has no history; 503. -EAGAIN: too many run; -ENOMEM: the caller
 * answers. `query.match` is copied.
 */
int history_job_start(struct history_jobs *jobs, const struct control_engine *engine,
                      struct http_server_exchange *exchange, const struct control_history *query);

#endif
