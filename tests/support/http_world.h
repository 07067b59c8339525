/*
 * http_world - a client with a loop of its own, and a fake API; requests, and what came of them.
 *
 * start_world and end_world make and destroy both. What waits runs the loop; the test fails when what it waits for does
 * not come. The caller's storage. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_HTTP_WORLD_H
#define TESTS_SUPPORT_HTTP_WORLD_H

#include "engine/http/http.h"
#include "tests/support/fake_api.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define CALLS_MAX 32
#define BODY_SIZE_MAX ((size_t)4096)
#define PATIENT_MS 20000
#define SHORT_MS 100
#define TOKEN "canary-7f3a"

/* A client with a loop of its own, and a fake API. */
struct world {
    uv_loop_t loop;
    uv_timer_t guard; /* wakes the loop if the test hangs */
    struct http *http;
    struct fake_api *api;
    int done;
    int closed;
    int surprises;
    bool is_late;
};

/* Of a request. */
struct outcome {
    struct world *world;
    struct http_call *call;
    int count; /* calls of the callback */
    struct http_response response;
    char body[BODY_SIZE_MAX + 1];
};

/* With the token, and the patience to wait for any response. */
extern const struct http_config plain_config;

void start_world(struct world *world, const struct http_config *config);
void end_world(struct world *world);

/* Ends the client only; client_closed counts its callbacks, for tests that close it themselves. */
void close_client(struct world *world);
void client_closed(void *context);

/* One turn of the loop. */
void run_once(struct world *world, uv_run_mode mode);

/* Until exactly so many requests have had their callback. */
void run_until_done(struct world *world, int done);

/* The client needs the loop while the server reads. */
void run_until_received(struct world *world, const char *method, int64_t count);
void run_until_open(struct world *world, int64_t connections);

/* A callback whose context is a struct outcome. */
void take(void *context, const struct http_response *response);

/* `body` NULL: a GET, otherwise a POST. */
struct http_request make_request(const char *url, const char *body);

/* The path at the fake API, in `ret_url`. */
const char *url_of(struct world *world, const char *path, char ret_url[128]);

/* Starts a request; its callback is take. */
void start_request(struct world *world, struct outcome *outcome,
                   const struct http_request *request);
void start(struct world *world, struct outcome *outcome, const char *path, const char *body);

/* The same, and waits for its callback. */
void fetch_request(struct world *world, struct outcome *outcome,
                   const struct http_request *request);
void fetch(struct world *world, struct outcome *outcome, const char *path, const char *body);

/* The same; the response must be 200. */
void fetch_well(struct world *world, const char *path, const char *body);

/* `value` NULL: the request has no such header. */
void assert_header(const struct fake_request *request, const char *name, const char *value);

void assert_not_sent(const struct outcome *outcome, int error, const char *text);
void assert_cancelled(const struct outcome *outcome, bool was_sent);

#endif
