#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "engine/control/history_job.h"

#include "engine/base/heap.h"
#include "engine/base/redacted_stream.h"
#include "engine/control/act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    STATUS_OK = 200,
    STATUS_NOT_FOUND = 404,
    STATUS_UNAVAILABLE = 503,
};

struct history_jobs {
    uv_loop_t *loop;
    int running;
    bool is_released;
};

struct history_job {
    uv_work_t work;
    struct history_jobs *jobs;
    struct control_engine engine;
    struct redaction *redaction;           /* of its own: the engine's belongs to the loop */
    struct http_server_exchange *exchange; /* NULL: the client is gone */
    struct control_history query;
    char match[CONTROL_PATTERN_SIZE];
    char *body; /* of open_memstream */
    size_t size;
    int failed;
    struct error err;
};

struct history_jobs *history_jobs_create(uv_loop_t *loop)
{
    struct history_jobs *jobs = heap_alloc(1, sizeof *jobs);
    if (jobs)
        jobs->loop = loop;
    return jobs;
}

static void free_if_over(struct history_jobs *jobs)
{
    if (jobs->is_released && jobs->running == 0)
        heap_free(jobs);
}

void history_jobs_release(struct history_jobs *jobs)
{
    if (!jobs)
        return;
    jobs->is_released = true;
    free_if_over(jobs);
}

static void respond(const struct history_job *job, unsigned status, const char *body, size_t size)
{
    const struct http_server_response response = {
        .status = status,
        .headers = { { "Content-Type", "application/json" }, { "Cache-Control", "no-store" } },
        .body = body,
        .body_size = size,
    };
    http_server_respond(job->exchange, &response);
}

static void respond_failure(const struct history_job *job)
{
    bool is_absent = job->failed == -ENOENT || job->failed == -ENXIO;
    struct act_response response;
    act_refuse(&job->engine, is_absent ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
               is_absent ? "not_found" : "unavailable", job->err.msg, &response);
    respond(job, response.status, response.body, strlen(response.body));
}

/* On a thread of the pool. */
static void work(uv_work_t *request)
{
    struct history_job *job = request->data;
    FILE *body = open_memstream(&job->body, &job->size);
    FILE *out = body ? redacted_stream_open(job->redaction, body) : NULL;
    if (out)
        job->failed = job->engine.read_history(job->engine.context, &job->query, out, &job->err);
    bool is_bad = !out || fclose(out) != 0;
    is_bad |= !body || fclose(body) != 0;
    if (is_bad && !job->failed)
        job->failed = error_no_memory(&job->err);
}

static void destroy(struct history_job *job)
{
    redaction_destroy(job->redaction);
    heap_free(job->body); /* of the C library: both have one allocator */
    heap_free(job);
}

static void on_done(uv_work_t *request, int status)
{
    struct history_job *job = request->data;
    (void)status;
    if (job->exchange && job->failed)
        respond_failure(job);
    else if (job->exchange)
        respond(job, STATUS_OK, job->body, job->size);
    job->jobs->running--;
    free_if_over(job->jobs);
    destroy(job);
}

static void on_gone(void *context, struct http_server_exchange *exchange)
{
    struct history_job *job = context;
    (void)exchange;
    job->exchange = NULL;
}

int history_job_start(struct history_jobs *jobs, const struct control_engine *engine,
                      struct http_server_exchange *exchange, const struct control_history *query)
{
    struct error err;
    if (jobs->running == HISTORY_JOBS_MAX)
        return -EAGAIN;
    struct history_job *job = heap_alloc(1, sizeof *job);
    if (!job)
        return -ENOMEM;
    if (redaction_create(&job->redaction) || redaction_follow(job->redaction, engine->redaction)) {
        destroy(job);
        return -ENOMEM;
    }
    job->work.data = job;
    job->jobs = jobs;
    job->engine = *engine;
    job->exchange = exchange;
    job->query = *query;
    snprintf(job->match, sizeof job->match, "%s", query->match);
    job->query.match = job->match;
    if (http_server_defer(exchange, on_gone, job, &err)) {
        destroy(job);
        return 0;
    }
    jobs->running++;
    uv_queue_work(jobs->loop, &job->work, work, on_done);
    return 0;
}
