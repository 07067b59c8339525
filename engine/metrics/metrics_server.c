#include "engine/metrics/metrics_server.h"

#include "engine/base/heap.h"

#include <string.h>

#define STATUS_NOT_FOUND 404
#define STATUS_WRONG_METHOD 405

struct metrics_server {
    struct http_server *http;
    struct monitor *monitor;
    void (*closed)(void *context);
    void *closed_context;
};

static void refuse(struct http_server_exchange *exchange, unsigned status, const char *line)
{
    const struct http_server_response response = {
        .status = status,
        .headers = { { "Content-Type", "text/plain; charset=utf-8" },
                     { "Allow", status == STATUS_WRONG_METHOD ? "GET, HEAD" : NULL } },
        .body = line,
        .body_size = strlen(line),
    };
    http_server_respond(exchange, &response);
}

static void on_request(void *context, struct http_server_exchange *exchange,
                       const struct http_server_request *request)
{
    struct metrics_server *server = context;
    bool is_read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    int page = 0;
    while (page < MONITOR_PAGE_COUNT &&
           strcmp(request->path, monitor_path((enum monitor_page)page)) != 0)
        page++;
    if (page == MONITOR_PAGE_COUNT)
        refuse(exchange, STATUS_NOT_FOUND, "there are /metrics, /healthz and /readyz\n");
    else if (!is_read)
        refuse(exchange, STATUS_WRONG_METHOD, "see the Allow header\n");
    else
        monitor_answer(server->monitor, exchange, (enum monitor_page)page);
}

int metrics_server_create(uv_loop_t *loop, const char *listen, struct monitor *monitor,
                          struct metrics_server **ret_server, struct error *err)
{
    struct metrics_server *server = heap_alloc(1, sizeof *server);
    if (!server)
        return error_no_memory(err);
    const struct http_server_config config = {
        .listen = listen,
        .connections_max = METRICS_CONNECTIONS_MAX,
        .body_size_max = 1,
        .idle_timeout_ms = METRICS_IDLE_MS,
        .handler = on_request,
        .context = server,
    };
    server->monitor = monitor;
    int failed = http_server_create(loop, &config, &server->http, err);
    if (failed) {
        heap_free(server);
        return failed;
    }
    *ret_server = server;
    return 0;
}

const char *metrics_server_url(const struct metrics_server *server)
{
    return http_server_url(server->http);
}

static void on_closed(void *context)
{
    struct metrics_server *server = context;
    void (*closed)(void *context) = server->closed;
    void *closed_context = server->closed_context;
    heap_free(server);
    closed(closed_context);
}

void metrics_server_close(struct metrics_server *server, void (*closed)(void *context),
                          void *context)
{
    if (!server) {
        closed(context);
        return;
    }
    server->closed = closed;
    server->closed_context = context;
    http_server_close(server->http, on_closed, server);
}
