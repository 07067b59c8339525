/* Scrapes over HTTP: what a client gets, and what it may cost. */
#include "engine/metrics/scraper.h"
#include "engine/metrics/metrics_server.h"
#include "tests/support/exposition_check.h"
#include "tests/support/metrics_fleet.h"
#include "tests/support/raw_client.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 20000 /* deployments: more text than sockets take */
#define CLOSE " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"

/* The clock of the scraper stands, unless a test sets it. */
static struct mono clock_now = { 1000 };

struct mono __wrap_mono_now(void);

struct mono __wrap_mono_now(void)
{
    return clock_now;
}

struct world {
    uv_loop_t loop;
    struct metrics_fleet fleet;
    struct monitor *monitor;
    struct metrics_server *server;
    struct raw_clients clients;
    int closed_count;
};

static void open_world(struct world *world, size_t deployments)
{
    struct error err;
    *world = (struct world){ 0 };
    metrics_fleet_init(&world->fleet);
    metrics_fleet_list(&world->fleet, NULL, deployments);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    raw_clients_init(&world->clients, &world->loop);
    world->monitor = monitor_create(&world->loop, &world->fleet.source);
    assert_non_null(world->monitor);
    if (metrics_server_create(&world->loop, "127.0.0.1:0", world->monitor, &world->server, &err))
        fail_msg("%s", err.msg);
}

static void on_closed(void *context)
{
    struct world *world = context;
    world->closed_count++;
}

static void close_world(struct world *world)
{
    metrics_server_close(world->server, on_closed, world);
    monitor_close(world->monitor, on_closed, world);
    while (world->closed_count < 2 || world->clients.open_count > 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    raw_clients_fini(&world->clients);
    metrics_fleet_fini(&world->fleet);
    assert_int_equal(watched_heap.live_count, 0);
}

static struct raw_client *start(struct world *world, const char *request)
{
    return raw_client_start(&world->clients, metrics_server_url(world->server), request,
                            strlen(request));
}

static struct raw_client *exchange(struct world *world, const char *request)
{
    struct raw_client *client = start(world, request);
    raw_client_wait(client);
    return client;
}

/* The data of chunks in place of them. */
static char *body_of(const struct raw_client *client)
{
    const char *chunks = raw_client_body(client);
    char *body = heap_alloc(strlen(chunks) + 1, 1);
    size_t size = 0;
    for (;;) {
        char *end;
        unsigned long length = strtoul(chunks, &end, 16);
        assert_int_equal(strncmp(end, "\r\n", 2), 0);
        if (length == 0)
            return body;
        memcpy(body + size, end + 2, length);
        size += length;
        chunks = end + 2 + length + 2;
    }
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

static const struct request_row {
    const char *name;
    const char *request;
    int status;         /* 0: closed without a response */
    const char *header; /* NULL: not checked */
    const char *body;   /* the same */
} request_rows[] = {
    /* clang-format off */
    { "metrics",            "GET /metrics" CLOSE "\r\n", 200, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", NULL },
    { "OpenMetrics",        "GET /metrics" CLOSE "Accept: application/openmetrics-text; version=1.0.0\r\n\r\n", 200,
      "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n", NULL },
    { "the head",           "HEAD /metrics" CLOSE "\r\n", 200, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", "" },
    { "a parameter",        "GET /metrics?name[]=a" CLOSE "\r\n", 200, NULL, NULL },
    { "health",             "GET /healthz" CLOSE "\r\n", 200, "Content-Type: text/plain; charset=utf-8\r\n", "ok\n" },
    { "ready",              "GET /readyz" CLOSE "\r\n", 200, "Cache-Control: no-store\r\n", "ok\n" },
    { "the head of health", "HEAD /healthz" CLOSE "\r\n", 200, "Content-Length: 3\r\n", "" },
    { "another path",       "GET /metrics/" CLOSE "\r\n", 404, NULL, "there are /metrics, /healthz and /readyz\n" },
    { "the control API",    "GET /v1/state" CLOSE "\r\n", 404, NULL, NULL },
    { "an act",             "POST /v1/pass" CLOSE "Content-Length: 0\r\n\r\n", 404, NULL, NULL },
    { "another method",     "POST /metrics" CLOSE "Content-Length: 0\r\n\r\n", 405, "Allow: GET, HEAD\r\n", NULL },
    { "a deletion",         "DELETE /healthz" CLOSE "\r\n", 405, "Allow: GET, HEAD\r\n", NULL },
    { "a body",             "GET /metrics" CLOSE "Content-Length: 2\r\n\r\nab", 413, NULL, NULL },
    { "no HTTP",            "\x16\x03\x01\x02\r\n\r\n", 0, NULL, NULL },
    { "no host",            "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n", 400, NULL, NULL },
    /* clang-format on */
};

static void a_request_gets_a_response(void **state)
{
    const struct request_row *row = *state;
    struct world world;
    open_world(&world, 3);
    const struct raw_client *client = exchange(&world, row->request);
    assert_int_equal(raw_client_status(client), row->status);
    if (row->header && !raw_client_has_header(client, row->header))
        fail_msg("no %s in %.400s", row->header, client->reply);
    if (row->body)
        assert_string_equal(raw_client_body(client), row->body);
    close_world(&world);
}

static void headers_that_are_too_large_are_refused(void **state)
{
    (void)state;
    static char request[2 * HTTP_SERVER_HEADERS_SIZE_MAX];
    struct world world;
    int length = snprintf(request, sizeof request, "GET /metrics" CLOSE "X: ");
    memset(request + length, 'a', sizeof request - 1 - (size_t)length);
    memcpy(request + sizeof request - 5, "\r\n\r\n", 5);
    open_world(&world, 3);
    assert_int_not_equal(raw_client_status(exchange(&world, request)), 200);
    assert_int_equal(raw_client_status(exchange(&world, "GET /metrics" CLOSE "\r\n")), 200);
    close_world(&world);
}

/* Prometheus offers gzip. */
static void nothing_is_compressed(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, 3);
    const struct raw_client *client =
        exchange(&world, "GET /metrics" CLOSE "Accept-Encoding: gzip\r\n\r\n");
    assert_int_equal(raw_client_status(client), 200);
    assert_false(raw_client_has_header(client, "Content-Encoding"));
    char *body = body_of(client);
    exposition_check(body, false);
    heap_free(body);
    close_world(&world);
}

static void health_is_that_of_the_engine(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, 1);
    world.fleet.health = (struct health_facts){ .passes = 0 };
    assert_int_equal(raw_client_status(exchange(&world, "GET /healthz" CLOSE "\r\n")), 200);
    const struct raw_client *client = exchange(&world, "GET /readyz" CLOSE "\r\n");
    assert_int_equal(raw_client_status(client), 503);
    assert_string_equal(raw_client_body(client), "the first pass is not over\n");
    world.fleet.health = (struct health_facts){ .passes = 1, .late_ms = HEALTH_LOOP_MS + 1 };
    assert_int_equal(raw_client_status(exchange(&world, "GET /healthz" CLOSE "\r\n")), 503);
    assert_int_equal(raw_client_status(exchange(&world, "GET /readyz" CLOSE "\r\n")), 200);
    close_world(&world);
}

/* --- large fleets ------------------------------------------------------------------------------------------------ */

static const struct scraper_load *load_of(const struct world *world)
{
    static struct scraper_load load;
    load = scraper_load(monitor_scraper(world->monitor));
    return &load;
}

/* No turn of the loop does more than its part, however many clients there are. */
static void a_large_fleet_is_sent_in_small_steps(void **state)
{
    (void)state;
    struct world world;
    struct raw_client *clients[3];
    open_world(&world, MANY);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        clients[i] = start(&world, i == 1 ? "GET /metrics" CLOSE
                                            "Accept: application/openmetrics-text\r\n\r\n"
                                          : "GET /metrics" CLOSE "\r\n");
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        raw_client_wait(clients[i]);
        assert_int_equal(raw_client_status(clients[i]), 200);
        char *body = body_of(clients[i]);
        assert_true(exposition_check(body, i == 1) > MANY * fleet_sample_series());
        assert_series(body, "autoscaler_deployment_hosts{deployment=\"eu-west-arena-019999\"}",
                      "10");
        assert_series(body, "autoscaler_metrics_deployments_left_out", "0");
        heap_free(body);
    }
    int64_t lines = (int64_t)COUNT_OF(clients) * MANY * (int64_t)fleet_sample_series();
    assert_in_range(load_of(&world)->work_max, 1, SCRAPE_WORK);
    assert_true(load_of(&world)->turns >= (lines + MANY) / SCRAPE_WORK);
    close_world(&world);
}

/* The fleet changes, and its list: the text is that of one sample. */
static void passes_go_on_while_a_scrape_is_sent(void **state)
{
    (void)state;
    static const char *const ids[] = { "x" };
    struct world world;
    open_world(&world, MANY);
    struct raw_client *client = start(&world, "GET /metrics" CLOSE "\r\n");
    while (client->reply_size < 100000)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_false(client->is_done);
    metrics_fleet_list(&world.fleet, ids, 1);
    raw_client_wait(client);
    char *body = body_of(client);
    assert_true(exposition_check(body, false) > MANY * fleet_sample_series());
    heap_free(body);
    close_world(&world);
}

static void clients_share_a_sample(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, MANY);
    struct raw_client *first = start(&world, "GET /metrics" CLOSE "\r\n");
    struct raw_client *second = start(&world, "GET /metrics" CLOSE "\r\n");
    raw_client_wait(first);
    raw_client_wait(second);
    char *body = body_of(first);
    char *other = body_of(second);
    assert_true(strcmp(body, other) == 0);
    heap_free(body);
    heap_free(other);
    close_world(&world);
}

/* --- clients that read slowly, or leave --------------------------------------------------------------------------- */

/* The head comes at once, the lines when the sample is complete. */
static struct raw_client *start_slow(struct world *world)
{
    struct raw_client *client = start(world, "GET /metrics" CLOSE "\r\n");
    while (client->reply_size < 1000)
        uv_run(&world->loop, UV_RUN_ONCE);
    uv_read_stop((uv_stream_t *)&client->tcp);
    return client;
}

static void a_client_that_leaves_costs_nothing_more(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, MANY);
    raw_client_close(start_slow(&world));
    assert_int_equal(raw_client_status(exchange(&world, "GET /metrics" CLOSE "\r\n")), 200);
    close_world(&world);
}

static void only_so_many_scrapes_are_answered(void **state)
{
    (void)state;
    struct world world;
    struct raw_client *slow[SCRAPES_MAX];
    open_world(&world, MANY);
    for (size_t i = 0; i < COUNT_OF(slow); i++)
        slow[i] = start_slow(&world);
    const struct raw_client *client = exchange(&world, "GET /metrics" CLOSE "\r\n");
    assert_int_equal(raw_client_status(client), 503);
    assert_int_equal(raw_client_status(exchange(&world, "GET /healthz" CLOSE "\r\n")), 200);
    for (size_t i = 0; i < COUNT_OF(slow); i++)
        raw_client_close(slow[i]);
    do
        client = exchange(&world, "GET /metrics" CLOSE "\r\n");
    while (raw_client_status(client) == 503);
    assert_int_equal(raw_client_status(client), 200);
    close_world(&world);
}

/* Each has a sample of its own. */
static void the_oldest_slow_readers_are_cut_off(void **state)
{
    (void)state;
    struct world world;
    struct raw_client *slow[SCRAPE_SAMPLES_MAX];
    open_world(&world, MANY);
    for (size_t i = 0; i < COUNT_OF(slow); i++) {
        slow[i] = start_slow(&world);
        clock_now.ms += SCRAPE_SHARED_MS;
    }
    assert_int_equal(raw_client_status(exchange(&world, "GET /metrics" CLOSE "\r\n")), 200);
    while (scraper_scrapes(monitor_scraper(world.monitor)) > SCRAPE_SAMPLES_MAX - 1)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(scraper_scrapes(monitor_scraper(world.monitor)), SCRAPE_SAMPLES_MAX - 1);
    raw_client_close(slow[0]);
    for (size_t i = 1; i < COUNT_OF(slow); i++)
        raw_client_close(slow[i]);
    close_world(&world);
}

static void a_scrape_that_takes_too_long_is_cut_off(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, MANY);
    struct raw_client *client = start_slow(&world);
    clock_now.ms += SCRAPE_MS_MAX + 1;
    while (scraper_scrapes(monitor_scraper(world.monitor)) > 0)
        uv_run(&world.loop, UV_RUN_ONCE);
    raw_client_close(client);
    close_world(&world);
}

static void the_server_closes_in_the_middle_of_a_scrape(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, MANY);
    raw_client_close(start_slow(&world));
    struct raw_client *client = start(&world, "GET /metrics" CLOSE "\r\n");
    while (client->reply_size == 0)
        uv_run(&world.loop, UV_RUN_ONCE);
    close_world(&world);
}

int main(void)
{
    struct CMUnitTest requests[COUNT_OF(request_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_are_too_large_are_refused),
        cmocka_unit_test(nothing_is_compressed),
        cmocka_unit_test(health_is_that_of_the_engine),
        cmocka_unit_test(a_large_fleet_is_sent_in_small_steps),
        cmocka_unit_test(passes_go_on_while_a_scrape_is_sent),
        cmocka_unit_test(clients_share_a_sample),
        cmocka_unit_test(a_client_that_leaves_costs_nothing_more),
        cmocka_unit_test(only_so_many_scrapes_are_answered),
        cmocka_unit_test(the_oldest_slow_readers_are_cut_off),
        cmocka_unit_test(a_scrape_that_takes_too_long_is_cut_off),
        cmocka_unit_test(the_server_closes_in_the_middle_of_a_scrape),
    };
    TESTS_FROM_ROWS(requests, request_rows, a_request_gets_a_response);
    int failed = cmocka_run_group_tests_name("requests", requests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("scraper", tests, NULL, NULL);
}
