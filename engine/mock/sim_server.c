#include "engine/mock/sim_server.h"

#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/http/http_server.h"
#include "engine/mock/sim_api.h"
#include "engine/mock/sim_faults.h"
#include "engine/mock/sim_transport.h"

#include <stdbool.h>
#include <string.h>

#define CONNECTIONS_MAX 4096u
#define IDLE_TIMEOUT_MS ((int64_t)120 * 1000)
#define HANGS_MAX 64

struct sim_server {
    struct sim_api *api;
    struct http_server *http;
    struct sim_faults faults;
    struct sim_transport transport;
    struct mono start;
    int32_t speed_millis;
    struct http_server_exchange *hangs[HANGS_MAX]; /* oldest first */
    size_t hang_count;
    void (*closed)(void *context);
    void *closed_context;
};

/* ---- responses ---- */

static void send_response(struct http_server_exchange *exchange, const struct sim_response *made,
                          const char *retry_after)
{
    const struct http_server_response response = {
        .status = made->status,
        .headers = { { "Content-Type", "application/json" },
                     { "Allow", made->allow },
                     { "Retry-After", retry_after } },
        .body = made->body,
        .body_size = made->body_size,
        .is_body_permanent = made->body != made->storage,
    };
    http_server_respond(exchange, &response);
}

static void send_garbage(struct sim_server *server, struct http_server_exchange *exchange)
{
    const char *body = sim_faults_draw_garbage(&server->faults);
    const struct sim_response response = { .status = 200, .body = body, .body_size = strlen(body) };
    send_response(exchange, &response, NULL);
}

static void send_error(struct http_server_exchange *exchange)
{
    struct sim_response response;
    sim_response_error(&response, 500, "internal_error", "an invented fault");
    send_response(exchange, &response, NULL);
}

static void send_busy(struct http_server_exchange *exchange)
{
    struct sim_response response;
    sim_response_error(&response, 503, "busy", "an invented overload");
    send_response(exchange, &response, "1");
}

/* ---- requests that hang ---- */

static struct http_server_exchange *remove_hang(struct sim_server *server, size_t index)
{
    struct http_server_exchange *exchange = server->hangs[index];
    server->hang_count--;
    for (size_t i = index; i < server->hang_count; i++)
        server->hangs[i] = server->hangs[i + 1];
    return exchange;
}

static void on_client_gone(void *context, struct http_server_exchange *exchange)
{
    struct sim_server *server = context;
    size_t index = 0;
    while (server->hangs[index] != exchange)
        index++;
    remove_hang(server, index);
}

static void hang(struct sim_server *server, struct http_server_exchange *exchange)
{
    if (server->hang_count == HANGS_MAX)
        http_server_drop(remove_hang(server, 0));
    if (http_server_defer(exchange, on_client_gone, server, NULL) == 0)
        server->hangs[server->hang_count++] = exchange;
}

/* ---- requests ---- */

static int64_t simulated_ms(const struct sim_server *server)
{
    /* Seconds and the remainder separately: the product stays in range for centuries at any speed. */
    int64_t elapsed_ms = mono_now().ms - server->start.ms;
    return elapsed_ms / 1000 * server->speed_millis +
           floor_div(elapsed_ms % 1000 * server->speed_millis, 1000);
}

static void apply_and_respond(struct sim_server *server, struct http_server_exchange *exchange,
                              const struct sim_request *request, enum sim_fault fault)
{
    struct sim_response response;
    sim_api_respond(server->api, request, &response);
    if (fault == SIM_FAULT_HUNG || sim_transport_hangs(&server->transport, request))
        hang(server, exchange);
    else if (fault == SIM_FAULT_NONE &&
             sim_transport_respond(&server->transport, exchange, request, &response))
        return;
    else if (fault == SIM_FAULT_NONE)
        send_response(exchange, &response, NULL);
    else
        http_server_drop(exchange);
}

static void handle(struct sim_server *server, struct http_server_exchange *exchange,
                   const struct sim_request *request)
{
    enum sim_fault fault = sim_faults_draw(&server->faults);
    if (sim_transport_take(&server->transport, exchange, request))
        return;
    switch (fault) {
    case SIM_FAULT_DROPPED:
        http_server_drop(exchange);
        return;
    case SIM_FAULT_ERROR:
        send_error(exchange);
        return;
    case SIM_FAULT_BUSY:
        send_busy(exchange);
        return;
    case SIM_FAULT_GARBAGE:
        if (strcmp(request->method, "GET") == 0) {
            send_garbage(server, exchange);
            return;
        }
        break; /* clients ignore the body of a response to a POST: the response is lost instead */
    case SIM_FAULT_NONE:
    case SIM_FAULT_REPLY_LOST:
    case SIM_FAULT_HUNG:
        break;
    }
    apply_and_respond(server, exchange, request, fault);
}

static struct sim_request translate(const struct sim_server *server,
                                    const struct http_server_exchange *exchange,
                                    const struct http_server_request *request)
{
    return (struct sim_request){
        .method = request->method,
        .path = request->path,
        .key = http_server_request_header(exchange, "Idempotency-Key"),
        .body = request->body,
        .body_size = request->body_size,
        .now_ms = simulated_ms(server),
    };
}

static void on_request(void *context, struct http_server_exchange *exchange,
                       const struct http_server_request *request)
{
    const struct sim_request translated = translate(context, exchange, request);
    handle(context, exchange, &translated);
}

static void on_too_large(void *context, struct http_server_exchange *exchange,
                         const struct http_server_request *request)
{
    struct sim_request translated = translate(context, exchange, request);
    translated.is_body_too_large = true;
    handle(context, exchange, &translated);
}

/* ---- life cycle ---- */

static void destroy(struct sim_server *server)
{
    sim_api_destroy(server->api);
    sim_transport_fini(&server->transport);
    heap_free(server);
}

static int start_http(uv_loop_t *loop, struct sim_server *server, const char *listen,
                      struct error *err)
{
    const struct http_server_config config = {
        .listen = listen,
        .connections_max = CONNECTIONS_MAX,
        .body_size_max = SIM_BODY_SIZE_MAX,
        .idle_timeout_ms = IDLE_TIMEOUT_MS,
        .handler = on_request,
        .too_large = on_too_large,
        .context = server,
    };
    return http_server_create(loop, &config, &server->http, err);
}

int sim_server_create(uv_loop_t *loop, const struct sim_server_config *config,
                      struct sim_server **ret_server, struct error *err)
{
    struct sim_server *server = heap_alloc(1, sizeof *server);
    if (!server)
        return error_no_memory(err);
    server->start = mono_now();
    server->speed_millis = config->speed_millis;
    server->faults = (struct sim_faults){
        .random = { .state = config->model.seed },
        .share_ppb = config->fault_ppb,
    };

    int result = sim_api_create(&config->model, config->broken, &server->api, err);
    if (result == 0 && sim_transport_init(&server->transport, config->broken) < 0)
        result = error_no_memory(err);
    if (result == 0)
        result = start_http(loop, server, config->listen, err);
    if (result < 0) {
        destroy(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

const char *sim_server_url(const struct sim_server *server)
{
    return http_server_url(server->http);
}

int64_t sim_server_scales_applied(const struct sim_server *server)
{
    return sim_api_scales_applied(server->api);
}

static void on_http_closed(void *context)
{
    struct sim_server *server = context;
    void (*closed)(void *context) = server->closed;
    void *closed_context = server->closed_context;
    destroy(server);
    if (closed)
        closed(closed_context);
}

void sim_server_close(struct sim_server *server, void (*closed)(void *context), void *context)
{
    if (!server) {
        if (closed)
            closed(context);
        return;
    }
    server->closed = closed;
    server->closed_context = context;
    http_server_close(server->http, on_http_closed, server);
}
