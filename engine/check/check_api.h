/*
 * check_api - reads an API, and on request scales one of its deployments by one host and back, and judges what comes.
 *
 * One request at a time, in this order:
 *
 *     discovery; a status of each of the sample; the status of an unknown id; discovery again; a quiet time, in which
 *     nothing may arrive; one more status
 *     with `scale_id`: two requests that must be refused; one host more, twice with the same key; statuses until the
 *     host and its servers have come; the host removed; statuses until it is gone
 *
 * Without `scale_id` there are GET requests only. Reads and discoveries are repeated like those of the engine; scale
 * requests are not, except the one whose repetition is judged. A removal is sent only for hosts that have come.
 *
 * On one loop, thread of the loop; engine thread only (wire). Several checks may run on one loop. Owns its HTTP client.
 */
#ifndef ENGINE_CHECK_CHECK_API_H
#define ENGINE_CHECK_CHECK_API_H

#include "engine/backend/backend.h"
#include "engine/check/check_verdicts.h"

#include <stdint.h>
#include <uv.h>

#define CHECK_SAMPLE_MAX 16 /* deployments whose status is read */

struct check_api_config {
    struct backend_config api; /* `name` and `concurrency` are not used */
    int32_t retries;
    int64_t retry_wait_ms;
    int64_t quiet_ms;
    const char *scale_id; /* NULL: no scale request */
    int64_t poll_ms;      /* from one status to the next while hosts are awaited */
    int64_t come_timeout_ms;
    int64_t leave_timeout_ms;
    void (*tell)(void *context, const char *what); /* while it waits for hosts; NULL: not told */
    void *context;                                 /* of both functions */
    void (*done)(void *context);                   /* from the loop, once */
};

struct check_api;

/* Copies the configuration; its strings are borrowed until check_api_close. */
int check_api_create(uv_loop_t *loop, const struct check_api_config *config,
                     struct check_api **ret_check, struct error *err);

/* 0: the API was reached. Else nothing was judged, with a sentence. After `done`. */
int check_api_result(const struct check_api *check, struct error *err);

/* After `done`. Lives as long as the check. */
const struct check_verdicts *check_api_verdicts(const struct check_api *check);

/* Usable deployments of the list. */
size_t check_api_listed(const struct check_api *check);

/* Closes and frees it while the loop runs. Accepts NULL. */
void check_api_close(struct check_api *check);

#endif
