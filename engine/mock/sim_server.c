#include "engine/mock/sim_server.h"

#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "engine/mock/sim_api.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

/*
 * libmicrohttpd works from its own epoll descriptor, which is polled here; a timer covers the timeouts of the daemon.
 * A hung connection is suspended, and its socket is polled for the disconnect of the client:
 *
 *     request --> handled --> answered
 *                    |
 *                    +--> hung --(client gone, or replaced by a newer one, or server closing)--> closed
 *
 * Order of closing: hung connections are released, then our handles close, then the daemon with its descriptors. The
 * server is freed after the close callback of the last handle.
 */
#define URL_SIZE 96
#define CONNECTIONS_MAX 4096u
#define IDLE_SECONDS_MAX 120u
#define HANGS_MAX 64
#define RUNS_PER_WAKE_MAX 8
#define BODY_SIZE_FIRST ((size_t)512)
#define UPLOAD_SIZE_MAX (16 * SIM_BODY_SIZE_MAX) /* beyond, the connection is closed */

enum fault {
    FAULT_NONE,
    FAULT_REPLY_LOST, /* applied, then closed without a response */
    FAULT_DROPPED,    /* closed, nothing applied */
    FAULT_ERROR,
    FAULT_BUSY,
    FAULT_HUNG,    /* applied, and the response never comes */
    FAULT_GARBAGE, /* an invalid body, with 200 */
};
#define FAULT_COUNT 6 /* besides none */

struct request {
    enum fault fault;
    bool was_hung;
    struct hang *hang; /* while it is hung */
    char *body;        /* NUL-terminated, or NULL */
    size_t body_capacity;
    size_t body_size; /* bytes received, stored or not */
};

struct hang {
    uv_poll_t poll;
    struct sim_server *server;
    struct MHD_Connection *connection;
    struct request *request;
};

struct sim_server {
    struct sim_api *api;
    struct MHD_Daemon *daemon;
    struct MHD_Response *discovery;
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t timer;
    int handles_open; /* with the handles of the hangs */
    struct mono start;
    int32_t speed_millis;
    int32_t fault_ppb;
    struct random luck;
    struct hang *hangs[HANGS_MAX]; /* oldest first */
    size_t hang_count;
    bool has_resumed; /* a connection was resumed, which does not wake the daemon */
    char url[URL_SIZE];
    void (*closed)(void *context);
    void *closed_context;
};

/* Well-formed or not, none of them is a valid response. */
static const char *const garbage_bodies[] = {
    "",
    "null",
    "<html><body>It works!</body></html>",
    "{\"current_hosts\":10,\"total_serv",
    "{\"current_hosts\":\"ten\",\"total_servers\":100,\"free_servers\":10}",
    "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":1000}",
    "{\"current_hosts\":-1,\"total_servers\":1e999,\"free_servers\":0.5}",
    "{\"deployments\":{}}",
    "\xff\xfe\x01\x02",
};

/* ---- responses ---- */

static struct MHD_Response *create_response(const char *body, size_t size,
                                            enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)body, mode);
    if (response && MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                            "application/json") == MHD_NO) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static enum MHD_Result send_with_header(struct MHD_Connection *connection,
                                        const struct sim_answer *answer, const char *header,
                                        const char *value)
{
    struct MHD_Response *response =
        create_response(answer->body, answer->body_size, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_YES;
    if (value)
        result = MHD_add_response_header(response, header, value);
    if (result == MHD_YES)
        result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_answer(struct sim_server *server, struct MHD_Connection *connection,
                                   const struct sim_answer *answer)
{
    size_t discovery_size;
    if (answer->body == sim_api_discovery(server->api, &discovery_size))
        return MHD_queue_response(connection, answer->status, server->discovery);
    return send_with_header(connection, answer, MHD_HTTP_HEADER_ALLOW, answer->allow);
}

static enum MHD_Result send_garbage(struct sim_server *server, struct MHD_Connection *connection)
{
    size_t count = sizeof garbage_bodies / sizeof garbage_bodies[0];
    const char *body = garbage_bodies[random_below(&server->luck, (int64_t)count)];
    struct sim_answer answer = { .status = MHD_HTTP_OK, .body = body, .body_size = strlen(body) };
    return send_with_header(connection, &answer, NULL, NULL);
}

static int64_t simulated_ms(const struct sim_server *server)
{
    /* Seconds and the remainder separately: the product stays in range for centuries at any speed. */
    int64_t elapsed_ms = mono_now().ms - server->start.ms;
    return elapsed_ms / 1000 * server->speed_millis +
           floor_div(elapsed_ms % 1000 * server->speed_millis, 1000);
}

static void work_out_answer(struct sim_server *server, struct MHD_Connection *connection,
                            const char *method, const char *path, const struct request *request,
                            struct sim_answer *ret_answer)
{
    const struct sim_request asked = {
        .method = method,
        .path = path,
        .key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Idempotency-Key"),
        .body = request->body ? request->body : "",
        .body_size = request->body_size,
        .now_ms = simulated_ms(server),
    };
    sim_api_answer(server->api, &asked, ret_answer);
}

/* ---- event loop ---- */

/* Does the daemon need to run without an event, and when? */
static bool wants_run(struct sim_server *server, uint64_t *ret_timeout_ms)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    bool is_wanted = MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES;
    if (server->has_resumed)
        timeout_ms = 0;
    *ret_timeout_ms = timeout_ms;
    return is_wanted || server->has_resumed;
}

/* Also the callback of the timer: sets the timer to the next time the daemon needs to run. */
static void run_daemon(uv_timer_t *timer)
{
    struct sim_server *server = timer->data;
    bool is_wanted = true;
    uint64_t timeout_ms = 0;
    for (int i = 0; i < RUNS_PER_WAKE_MAX && is_wanted && timeout_ms == 0; i++) {
        server->has_resumed = false;
        MHD_run(server->daemon);
        is_wanted = wants_run(server, &timeout_ms);
    }
    if (is_wanted)
        uv_timer_start(timer, run_daemon, timeout_ms, 0);
    else
        uv_timer_stop(timer);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct sim_server *server = poll->data;
    run_daemon(&server->timer);
}

/* ---- closing ---- */

static void destroy(struct sim_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    if (server->discovery)
        MHD_destroy_response(server->discovery);
    sim_api_destroy(server->api);
    heap_free(server);
}

static void handle_closed(struct sim_server *server)
{
    must(server->handles_open > 0);
    if (--server->handles_open > 0)
        return;
    void (*closed)(void *context) = server->closed;
    void *context = server->closed_context;
    destroy(server);
    if (closed)
        closed(context);
}

/* ---- hanging ---- */

static void on_hang_closed(uv_handle_t *handle)
{
    struct hang *hang = handle->data;
    struct sim_server *server = hang->server;
    heap_free(hang);
    handle_closed(server);
}

/* The daemon calls on_request once more, which then closes the connection. */
static void release_hang(struct hang *hang)
{
    struct sim_server *server = hang->server;
    size_t index = 0;
    while (server->hangs[index] != hang)
        index++;
    server->hang_count--;
    memmove(&server->hangs[index], &server->hangs[index + 1],
            (server->hang_count - index) * sizeof(struct hang *));
    hang->request->hang = NULL;
    MHD_resume_connection(hang->connection);
    server->has_resumed = true;
    uv_close((uv_handle_t *)&hang->poll, on_hang_closed);
}

static void on_client_gone(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct hang *hang = poll->data;
    struct sim_server *server = hang->server;
    release_hang(hang);
    run_daemon(&server->timer);
}

static enum MHD_Result hang_request(struct sim_server *server, struct MHD_Connection *connection,
                                    struct request *request)
{
    if (server->hang_count == HANGS_MAX)
        release_hang(server->hangs[0]);
    struct hang *hang = heap_alloc(1, sizeof *hang);
    if (!hang)
        return MHD_NO;
    *hang = (struct hang){ .server = server, .connection = connection, .request = request };

    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!info || uv_poll_init(server->loop, &hang->poll, info->connect_fd) < 0) {
        heap_free(hang);
        return MHD_NO;
    }
    hang->poll.data = hang;
    server->handles_open++;
    uv_poll_start(&hang->poll, UV_DISCONNECT, on_client_gone);

    request->was_hung = true;
    request->hang = hang;
    server->hangs[server->hang_count++] = hang;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

/* ---- requests ---- */

static enum fault draw_fault(struct sim_server *server)
{
    if (random_below(&server->luck, SHARE_WHOLE) >= server->fault_ppb)
        return FAULT_NONE;
    return (enum fault)(1 + random_below(&server->luck, FAULT_COUNT));
}

static enum MHD_Result begin_request(struct sim_server *server, void **ret_request)
{
    struct request *request = heap_alloc(1, sizeof *request);
    if (!request)
        return MHD_NO;
    request->fault = draw_fault(server);
    *ret_request = request;
    return MHD_YES;
}

/* Reserves `size` bytes and a NUL. */
static bool reserve_body(struct request *request, size_t size)
{
    if (size < request->body_capacity)
        return true;
    size_t capacity = request->body_capacity ? request->body_capacity : BODY_SIZE_FIRST;
    while (capacity <= size)
        capacity *= 2;
    char *body = heap_resize(request->body, capacity, 1);
    if (!body)
        return false;
    request->body = body;
    request->body_capacity = capacity;
    return true;
}

/*
 * Excess bytes are read and dropped, so that the client can receive its 413; beyond UPLOAD_SIZE_MAX it is
 * disconnected.
 */
static enum MHD_Result take_body(struct request *request, const char *bytes, size_t size)
{
    size_t total = request->body_size + size;
    if (total > UPLOAD_SIZE_MAX)
        return MHD_NO;
    if (total <= SIM_BODY_SIZE_MAX) {
        if (!reserve_body(request, total))
            return MHD_NO;
        memcpy(request->body + request->body_size, bytes, size);
        request->body[total] = '\0';
    }
    request->body_size = total;
    return MHD_YES;
}

static enum MHD_Result finish_request(struct sim_server *server, struct MHD_Connection *connection,
                                      const char *method, const char *path, struct request *request)
{
    struct sim_answer answer;
    switch (request->fault) {
    case FAULT_DROPPED:
        return MHD_NO;
    case FAULT_ERROR:
        sim_answer_error(&answer, 500, "internal_error", "an invented fault");
        return send_with_header(connection, &answer, NULL, NULL);
    case FAULT_BUSY:
        sim_answer_error(&answer, 503, "busy", "an invented overload");
        return send_with_header(connection, &answer, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    case FAULT_GARBAGE:
        if (strcmp(method, "GET") == 0)
            return send_garbage(server, connection);
        break; /* a client ignores the body of a response to a POST: lost like the next one */
    case FAULT_NONE:
    case FAULT_REPLY_LOST:
    case FAULT_HUNG:
        break;
    }
    work_out_answer(server, connection, method, path, request, &answer);
    if (request->fault == FAULT_HUNG)
        return hang_request(server, connection, request);
    return request->fault == FAULT_NONE ? send_answer(server, connection, &answer) : MHD_NO;
}

/* Called once for the header, once for each piece of the body, once at its end; after a hang once more. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **request_context)
{
    (void)version;
    struct sim_server *server = context;
    struct request *request = *request_context;
    if (!request)
        return begin_request(server, request_context);
    if (*upload_size > 0) {
        size_t size = *upload_size;
        *upload_size = 0;
        return take_body(request, upload, size);
    }
    if (request->was_hung)
        return MHD_NO;
    return finish_request(server, connection, method, path, request);
}

static void on_request_completed(void *context, struct MHD_Connection *connection,
                                 void **request_context, enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    struct request *request = *request_context;
    if (!request)
        return;
    must(!request->hang);
    heap_free(request->body);
    heap_free(request);
    *request_context = NULL;
}

/* Paths stay as they were sent: sim_api decodes %00 and %2F. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *string)
{
    (void)context;
    (void)connection;
    return strlen(string);
}

/* ---- life cycle ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The host of "host:port" without brackets, and the port. */
static bool split_listen(const char *listen, char *ret_host, size_t host_size, int *ret_port)
{
    const char *colon = strrchr(listen, ':');
    int64_t port;
    if (!colon || !integer_parse(colon + 1, strlen(colon + 1), &port) || port < 0 || port > 65535)
        return false;
    size_t length = (size_t)(colon - listen);
    if (listen[0] == '[') {
        if (length < 2 || listen[length - 1] != ']')
            return false;
        listen++;
        length -= 2;
    }
    if (length == 0 || length >= host_size)
        return false;
    memcpy(ret_host, listen, length);
    ret_host[length] = '\0';
    *ret_port = (int)port;
    return true;
}

static bool parse_listen(const char *listen, union address *ret_address)
{
    char host[64];
    int port;
    if (!split_listen(listen, host, sizeof host, &port))
        return false;
    if (listen[0] == '[')
        return uv_ip6_addr(host, port, &ret_address->v6) == 0;
    const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return uv_ip4_addr(numeric, port, &ret_address->v4) == 0;
}

static int set_listen_error(struct error *err, int code, const char *listen, const char *problem)
{
    char storage[ERROR_MSG_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, listen, strlen(listen));
    return error_set(err, code, "cannot listen on %.80s: %s", storage, problem);
}

static int start_daemon(struct sim_server *server, const char *listen, struct error *err)
{
    union address address;
    if (!parse_listen(listen, &address))
        return set_listen_error(err, -EINVAL, listen,
                                "expected ADDRESS:PORT, such as 127.0.0.1:8000 or [::1]:8000");

    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (address.any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    errno = 0;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &address.any,
        MHD_OPTION_NOTIFY_COMPLETED, on_request_completed, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS_MAX, MHD_OPTION_END);
    if (!server->daemon) {
        int code = errno ? -errno : -EIO;
        return set_listen_error(err, code, listen, uv_strerror(code));
    }

    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    struct text url;
    text_init(&url, server->url, sizeof server->url);
    text_add(&url, "http://");
    text_add_bytes(&url, listen, (size_t)(strrchr(listen, ':') - listen));
    text_addf(&url, ":%u", info ? info->port : 0u);
    return 0;
}

static int set_poll_error(struct error *err, int code)
{
    return error_set(err, code, "cannot poll the simulated API: %s", uv_strerror(code));
}

static int open_handles(struct sim_server *server, struct error *err)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int result = info ? uv_poll_init(server->loop, &server->poll, info->epoll_fd) : -EIO;
    if (result < 0)
        return set_poll_error(err, result);
    uv_timer_init(server->loop, &server->timer);
    server->poll.data = server;
    server->timer.data = server;
    server->handles_open = 2;
    return 0;
}

/* libuv owns the handles by now: the server is freed after the last close callback. */
static int start_handles(struct sim_server *server, struct error *err)
{
    int result = uv_poll_start(&server->poll, UV_READABLE, on_readable);
    if (result == 0)
        return 0;
    sim_server_close(server, NULL, NULL);
    return set_poll_error(err, result);
}

int sim_server_create(uv_loop_t *loop, const struct sim_server_config *config,
                      struct sim_server **ret_server, struct error *err)
{
    struct sim_server *server = heap_alloc(1, sizeof *server);
    if (!server)
        return error_set(err, -ENOMEM, "no memory for the simulated API");
    server->loop = loop;
    server->start = mono_now();
    server->speed_millis = config->speed_millis;
    server->fault_ppb = config->fault_ppb;
    server->luck.state = config->model.seed;

    int result = sim_api_create(&config->model, &server->api, err);
    if (result < 0)
        goto fail;
    size_t size;
    const char *discovery = sim_api_discovery(server->api, &size);
    server->discovery = create_response(discovery, size, MHD_RESPMEM_PERSISTENT);
    if (!server->discovery) {
        result = error_set(err, -ENOMEM, "no memory for the simulated API");
        goto fail;
    }
    result = start_daemon(server, config->listen, err);
    if (result == 0)
        result = open_handles(server, err);
    if (result < 0)
        goto fail;
    result = start_handles(server, err);
    if (result < 0)
        return result;
    *ret_server = server;
    return 0;

fail:
    destroy(server);
    return result;
}

const char *sim_server_url(const struct sim_server *server)
{
    return server->url;
}

int64_t sim_server_scales_applied(const struct sim_server *server)
{
    return sim_api_scales_applied(server->api);
}

static void on_handle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
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
    while (server->hang_count > 0)
        release_hang(server->hangs[0]);
    uv_close((uv_handle_t *)&server->poll, on_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
    /* The daemon owns the descriptors and closes them now: uv_close has already stopped polling them. */
    MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}
