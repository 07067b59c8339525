#include "engine/metrics/monitor.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/metrics/accept.h"
#include "engine/metrics/scraper.h"

#define STATUS_OK 200
#define STATUS_UNAVAILABLE 503
#define LINE_SIZE 256

struct monitor {
    struct metrics_source source;
    struct scraper *scraper;
    void (*closed)(void *context);
    void *closed_context;
};

static const char *const paths[] = {
    [MONITOR_METRICS] = "/metrics",
    [MONITOR_HEALTH] = "/healthz",
    [MONITOR_READY] = "/readyz",
};

const char *monitor_path(enum monitor_page page)
{
    return paths[page];
}

static void respond_line(struct http_server_exchange *exchange, bool is_good, const char *line)
{
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add(&text, line);
    text_add_char(&text, '\n');
    must(!text.was_cut);
    const struct http_server_response response = {
        .status = is_good ? STATUS_OK : STATUS_UNAVAILABLE,
        .headers = { { "Content-Type", "text/plain; charset=utf-8" },
                     { "Cache-Control", "no-store" } },
        .body = storage,
        .body_size = text.length,
    };
    http_server_respond(exchange, &response);
}

static void answer_metrics(struct monitor *monitor, struct http_server_exchange *exchange)
{
    const char *accept = http_server_request_header(exchange, "Accept");
    if (!scraper_answer(monitor->scraper, exchange, accept_is_openmetrics(accept)))
        respond_line(exchange, false, "as many scrapes as may be are being answered");
}

static void answer_health(struct monitor *monitor, struct http_server_exchange *exchange,
                          const char *(*judge)(const struct health_facts *facts, bool *ret_is_good))
{
    struct health_facts facts;
    bool is_good;
    monitor->source.health(monitor->source.context, &facts);
    const char *line = judge(&facts, &is_good);
    respond_line(exchange, is_good, line);
}

void monitor_answer(struct monitor *monitor, struct http_server_exchange *exchange,
                    enum monitor_page page)
{
    switch (page) {
    case MONITOR_METRICS:
        answer_metrics(monitor, exchange);
        return;
    case MONITOR_HEALTH:
        answer_health(monitor, exchange, health_alive);
        return;
    case MONITOR_READY:
        answer_health(monitor, exchange, health_ready);
        return;
    }
    must(false);
}

struct monitor *monitor_create(uv_loop_t *loop, const struct metrics_source *source)
{
    struct monitor *monitor = heap_alloc(1, sizeof *monitor);
    if (!monitor)
        return NULL;
    monitor->source = *source;
    monitor->scraper = scraper_create(loop, source);
    if (!monitor->scraper) {
        heap_free(monitor);
        return NULL;
    }
    return monitor;
}

const struct scraper *monitor_scraper(const struct monitor *monitor)
{
    return monitor->scraper;
}

static void on_closed(void *context)
{
    struct monitor *monitor = context;
    void (*closed)(void *context) = monitor->closed;
    void *closed_context = monitor->closed_context;
    heap_free(monitor);
    closed(closed_context);
}

void monitor_close(struct monitor *monitor, void (*closed)(void *context), void *context)
{
    if (!monitor) {
        closed(context);
        return;
    }
    monitor->closed = closed;
    monitor->closed_context = context;
    scraper_close(monitor->scraper, on_closed, monitor);
}
