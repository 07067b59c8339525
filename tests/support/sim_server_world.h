/*
 * sim_server_world - the simulated API and its clients on one loop.
 *
 * The functions belong to the .c file that includes it. A world is freed by close_world, which fails the test if the
 * server has left something on the loop. Loop thread only. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_SIM_SERVER_WORLD_H
#define TESTS_SUPPORT_SIM_SERVER_WORLD_H

#include "engine/mock/sim_server.h"

#include "engine/backend/wire.h"
#include "engine/base/heap.h"
#include "tests/support/raw_client.h"
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <uv.h>

#define ID "eu-west-arena-01"
#define WATCHDOG_SECONDS 120 /* kills a test that waits for an event that never comes */

/* A server and its clients on one loop. Simulated time stands still unless a test sets a speed. */
struct world {
    uv_loop_t loop;
    struct sim_server *server;
    bool is_closed;
    struct raw_clients clients;
};

static inline struct raw_client *client_start(struct world *world, const char *request, size_t size)
{
    return raw_client_start(&world->clients, sim_server_url(world->server), request, size);
}

static inline const struct raw_client *exchange(struct world *world, const char *request,
                                                size_t size)
{
    return raw_client_exchange(&world->clients, sim_server_url(world->server), request, size);
}

static inline void format_get(struct text *text, const char *path)
{
    text_reset(text);
    text_addf(text, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
}

static inline const struct raw_client *get(struct world *world, const char *path)
{
    char storage[1024];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_get(&text, path);
    return exchange(world, storage, text.length);
}

static inline void format_scale(struct text *text, const char *key, const char *body)
{
    text_reset(text);
    text_add(text, "POST /scale HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
    if (key)
        text_addf(text, "Idempotency-Key: %s\r\n", key);
    text_addf(text, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static inline const struct raw_client *post_scale(struct world *world, const char *key,
                                                  const char *body)
{
    size_t size = strlen(body) + 1024;
    char *storage = heap_alloc(size, 1);
    struct text text;
    text_init(&text, storage, size);
    format_scale(&text, key, body);
    const struct raw_client *client = exchange(world, storage, text.length);
    heap_free(storage);
    return client;
}

static inline struct sim_server_config make_config(const char *listen, size_t count)
{
    return (struct sim_server_config){
        .listen = listen,
        .model = { .deployment_count = count,
                   .seed = 42,
                   .boot_ms = (int64_t)120 * 1000,
                   .day_ms = (int64_t)24 * 3600 * 1000 },
    };
}

static inline struct world *open_world(const struct sim_server_config *config)
{
    struct world *world = heap_alloc(1, sizeof *world);
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    raw_clients_init(&world->clients, &world->loop);
    struct error err;
    if (sim_server_create(&world->loop, config, &world->server, &err) < 0)
        fail_msg("%s", err.msg);
    return world;
}

static inline void on_server_closed(void *context)
{
    struct world *world = context;
    assert_false(world->is_closed);
    world->is_closed = true;
}

static inline void close_server(struct world *world)
{
    sim_server_close(world->server, on_server_closed, world);
    world->server = NULL;
    while (!world->is_closed || world->clients.open_count > 0)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* Closing the loop fails if a handle of the server is left on it. */
static inline void close_world(struct world *world)
{
    if (world->server)
        close_server(world);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    raw_clients_fini(&world->clients);
    heap_free(world);
}

static inline struct world *open_still_world(size_t count)
{
    struct sim_server_config config = make_config("127.0.0.1:0", count);
    return open_world(&config);
}

static inline struct fleet_model *twin_of_model(size_t count)
{
    struct sim_server_config config = make_config("", count);
    struct fleet_model *model = NULL;
    assert_int_equal(fleet_model_create(&config.model, &model, NULL), 0);
    return model;
}

static inline struct status read_status(struct world *world, const char *path)
{
    const struct raw_client *client = get(world, path);
    assert_int_equal(raw_client_status(client), 200);
    struct wire *wire = NULL;
    struct status status;
    struct error err;
    assert_int_equal(wire_create(&wire, &err), 0);
    if (wire_decode_status(wire, raw_client_body(client), strlen(raw_client_body(client)), &status,
                           &err) < 0)
        fail_msg("%s", err.msg);
    wire_destroy(wire);
    return status;
}

/* Every error has the same form, and its text is valid inside JSON. */
static inline void check_error_body(const char *body, const char *code)
{
    char start[80];
    snprintf(start, sizeof start, "{\"error\":{\"code\":\"%s\",\"message\":\"", code);
    assert_memory_equal(body, start, strlen(start));
    assert_true(strlen(body) > strlen(start) + 3);
    assert_string_equal(body + strlen(body) - 3, "\"}}");

    char sentence[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, sentence, sizeof sentence);
    struct wire *wire = NULL;
    assert_int_equal(wire_create(&wire, NULL), 0);
    wire_describe_error(wire, body, strlen(body), &text);
    wire_destroy(wire);
    assert_memory_not_equal(sentence, "{", 1);
}

#endif
