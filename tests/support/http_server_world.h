/*
 * http_server_world - a server, a handler that does what the path says, and clients, all on one loop.
 *
 * Include it in one .c file of a test: the functions belong to that file, as does the heap that they watch. A world is
 * freed by close_world, which fails the test if the server has left something on the loop or in memory. Loop thread
 * only. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_HTTP_SERVER_WORLD_H
#define TESTS_SUPPORT_HTTP_SERVER_WORLD_H

#include "engine/http/http_server.h"

#include "engine/base/text.h"
#include "tests/support/raw_client.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define BODY_SIZE_MAX ((size_t)1000)
#define DEFERRED_MAX 64
#define REPLY_SIZE 4096
#define LINES_MANY 1000000   /* more than the socket takes */
#define WATCHDOG_SECONDS 120 /* kills a test that waits for an event that never comes */

/* A server, a handler that does what the path says, and clients, all on one loop. */
struct world {
    uv_loop_t loop;
    struct http_server *server;
    struct raw_clients clients;
    int request_count;
    struct http_server_exchange *deferred[DEFERRED_MAX]; /* in the order of the requests */
    size_t deferred_count;
    int gone_count;
    int ended_count;                      /* bodies in pieces */
    struct http_server_exchange *pausing; /* the last one whose body pauses */
    int line_count;                       /* lines that this body has */
    bool closes_when_gone;
    bool is_closed;
};

static inline void respond(struct http_server_exchange *exchange, unsigned status, const char *body)
{
    const struct http_server_response response = {
        .status = status,
        .headers = { { "Content-Type", "text/plain" }, { "X-Absent", NULL }, { "X-Test", "yes" } },
        .body = body,
        .body_size = strlen(body),
    };
    http_server_respond(exchange, &response);
}

static inline void respond_permanent(struct http_server_exchange *exchange)
{
    static const char body[] = "permanent";
    const struct http_server_response response = {
        .status = 200, .body = body, .body_size = sizeof body - 1, .is_body_permanent = true
    };
    http_server_respond(exchange, &response);
}

/* A body of numbered lines in pieces; it breaks off at `broken_at`, if that is not negative. */
struct lines {
    struct world *world;
    int next;
    int count;
    int broken_at;
};

static inline int64_t write_line(void *context, char *bytes, size_t size)
{
    struct lines *lines = context;
    if (lines->next == lines->count)
        return 0;
    if (lines->next == lines->broken_at)
        return -EIO;
    return snprintf(bytes, size, "line %d\n", lines->next++);
}

static inline void end_lines(void *context)
{
    struct lines *lines = context;
    lines->world->ended_count++;
    heap_free(lines);
}

/* A body that pauses when it has no further line, and ends when there can be none. */
static inline int64_t write_pausing(void *context, char *bytes, size_t size)
{
    struct lines *lines = context;
    if (lines->next < lines->world->line_count)
        return snprintf(bytes, size, "line %d\n", lines->next++);
    return lines->next == lines->count ? 0 : HTTP_SERVER_LATER;
}

static inline void respond_pausing(struct world *world, struct http_server_exchange *exchange,
                                   int count)
{
    struct lines *lines = heap_alloc(1, sizeof *lines);
    assert_non_null(lines);
    *lines = (struct lines){ .world = world, .count = count };
    world->pausing = exchange;
    const struct http_server_response head = { .status = 200 };
    http_server_respond_pieces(exchange, &head,
                               &(struct http_server_pieces){ write_pausing, end_lines, lines });
}

static inline void respond_lines(struct world *world, struct http_server_exchange *exchange,
                                 int count, int broken_at)
{
    struct lines *lines = heap_alloc(1, sizeof *lines);
    assert_non_null(lines);
    *lines = (struct lines){ .world = world, .count = count, .broken_at = broken_at };
    const struct http_server_response head = { .status = 200 };
    http_server_respond_pieces(exchange, &head,
                               &(struct http_server_pieces){ write_line, end_lines, lines });
}

static inline void respond_lines_without_memory(struct world *world,
                                                struct http_server_exchange *exchange)
{
    struct lines *lines = heap_alloc(1, sizeof *lines);
    assert_non_null(lines);
    *lines = (struct lines){ .world = world };
    const struct http_server_response head = { .status = 200 };
    watched_heap.succeed_count = 0;
    http_server_respond_pieces(exchange, &head,
                               &(struct http_server_pieces){ write_line, end_lines, lines });
    watched_heap.succeed_count = -1;
    assert_int_equal(world->ended_count, 1);
}

static inline void respond_invalid_header(struct http_server_exchange *exchange)
{
    const struct http_server_response response = { .status = 200,
                                                   .headers = { { "X-Test", "a\r\nb" } } };
    http_server_respond(exchange, &response);
}

static inline void echo(struct http_server_exchange *exchange,
                        const struct http_server_request *request)
{
    char storage[REPLY_SIZE];
    struct text text;
    const char *header = http_server_request_header(exchange, "x-word");
    const char *query = http_server_request_query(exchange, "word");
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s %s header=%s query=%s body=", request->method, request->path,
              header ? header : "-", query ? query : "-");
    text_add_bytes(&text, request->body, request->body_size);
    assert_int_equal(request->body[request->body_size], '\0');
    assert_false(text.was_cut);
    respond(exchange, 200, storage);
}

static inline void on_server_closed(void *context)
{
    struct world *world = context;
    assert_false(world->is_closed);
    world->is_closed = true;
}

static inline void start_closing(struct world *world)
{
    struct http_server *server = world->server;
    world->server = NULL;
    http_server_close(server, on_server_closed, world);
}

static inline void on_gone(void *context, struct http_server_exchange *exchange)
{
    struct world *world = context;
    size_t index = 0;
    while (world->deferred[index] != exchange)
        index++;
    world->deferred_count--;
    memmove(&world->deferred[index], &world->deferred[index + 1],
            (world->deferred_count - index) * sizeof world->deferred[0]);
    world->gone_count++;
    if (world->closes_when_gone && world->server)
        start_closing(world);
}

static inline void defer(struct world *world, struct http_server_exchange *exchange)
{
    struct error err;
    assert_in_range(world->deferred_count, 0, DEFERRED_MAX - 1);
    world->deferred[world->deferred_count++] = exchange;
    if (http_server_defer(exchange, on_gone, world, &err) < 0)
        fail_msg("%s", err.msg);
}

static inline void defer_without_memory(struct http_server_exchange *exchange)
{
    struct error err;
    watched_heap.succeed_count = 0;
    assert_int_equal(http_server_defer(exchange, on_gone, NULL, &err), -ENOMEM);
    watched_heap.succeed_count = -1;
    assert_string_equal(err.msg, "out of memory");
}

/* The newest request gets its response first. */
static inline void release_all(struct world *world)
{
    while (world->deferred_count > 0) {
        char body[32];
        size_t index = --world->deferred_count;
        snprintf(body, sizeof body, "deferred %zu", index);
        respond(world->deferred[index], 200, body);
    }
}

static inline void handle(void *context, struct http_server_exchange *exchange,
                          const struct http_server_request *request)
{
    struct world *world = context;
    world->request_count++;
    if (strcmp(request->path, "/defer") == 0) {
        defer(world, exchange);
    } else if (strcmp(request->path, "/defer-and-respond") == 0) {
        defer(world, exchange);
        release_all(world);
    } else if (strcmp(request->path, "/defer-and-drop") == 0) {
        defer(world, exchange);
        http_server_drop(world->deferred[--world->deferred_count]);
    } else if (strcmp(request->path, "/defer-without-memory") == 0) {
        defer_without_memory(exchange);
    } else if (strcmp(request->path, "/release") == 0) {
        release_all(world);
        respond(exchange, 200, "released");
    } else if (strcmp(request->path, "/drop") == 0) {
        http_server_drop(exchange);
    } else if (strcmp(request->path, "/permanent") == 0) {
        respond_permanent(exchange);
    } else if (strcmp(request->path, "/lines") == 0) {
        respond_lines(world, exchange, 3, -1);
    } else if (strcmp(request->path, "/no-lines") == 0) {
        respond_lines(world, exchange, 0, -1);
    } else if (strcmp(request->path, "/many-lines") == 0) {
        respond_lines(world, exchange, LINES_MANY, -1);
    } else if (strcmp(request->path, "/pausing") == 0) {
        respond_pausing(world, exchange, 3);
    } else if (strcmp(request->path, "/flood") == 0) {
        world->line_count = LINES_MANY;
        respond_pausing(world, exchange, LINES_MANY + 1);
    } else if (strcmp(request->path, "/broken-lines") == 0) {
        respond_lines(world, exchange, 3, 1);
    } else if (strcmp(request->path, "/lines-without-memory") == 0) {
        respond_lines_without_memory(world, exchange);
    } else if (strcmp(request->path, "/invalid-header") == 0) {
        respond_invalid_header(exchange);
    } else if (strcmp(request->path, "/nothing") == 0) {
        http_server_respond(exchange, &(struct http_server_response){ .status = 204 });
    } else {
        echo(exchange, request);
    }
}

static inline struct http_server_config make_config(struct world *world)
{
    return (struct http_server_config){
        .listen = "127.0.0.1:0",
        .connections_max = 256,
        .body_size_max = BODY_SIZE_MAX,
        .idle_timeout_ms = (int64_t)WATCHDOG_SECONDS * 1000,
        .handler = handle,
        .context = world,
    };
}

static inline struct world *create_world(void)
{
    struct world *world = heap_alloc(1, sizeof *world);
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    raw_clients_init(&world->clients, &world->loop);
    return world;
}

static inline struct world *open_world_with(const struct http_server_config *config)
{
    struct world *world = create_world();
    struct http_server_config own = *config;
    struct error err;
    own.context = world;
    if (http_server_create(&world->loop, &own, &world->server, &err) < 0)
        fail_msg("%s", err.msg);
    return world;
}

static inline struct world *open_world(void)
{
    struct http_server_config config = make_config(NULL);
    return open_world_with(&config);
}

/* Runs until the server and all clients have ended. Then nothing may be left on the loop, and no memory. */
static inline void close_world(struct world *world)
{
    if (world->server)
        start_closing(world);
    while (!world->is_closed || world->clients.open_count > 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    raw_clients_fini(&world->clients);
    heap_free(world);
    assert_int_equal(watched_heap.live_count, 0);
}

static inline struct raw_client *start(struct world *world, const char *request)
{
    return raw_client_start(&world->clients, http_server_url(world->server), request,
                            strlen(request));
}

static inline struct raw_client *exchange_bytes(struct world *world, const char *request)
{
    struct raw_client *client = start(world, request);
    raw_client_wait(client);
    return client;
}

static inline struct raw_client *start_get(struct world *world, const char *path)
{
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
             path);
    return start(world, request);
}

static inline struct raw_client *get(struct world *world, const char *path)
{
    struct raw_client *client = start_get(world, path);
    raw_client_wait(client);
    return client;
}

static inline void wait_for_deferred(struct world *world, size_t count)
{
    while (world->deferred_count < count)
        uv_run(&world->loop, UV_RUN_ONCE);
}

#define CLOSE " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"

#endif
