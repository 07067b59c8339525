#include "engine/http/http_server.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/base/thread_owner.h"
#include "engine/http/http_daemon.h"
#include "engine/http/listen_address.h"
#include "engine/http/listen_socket.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * States of an exchange. libmicrohttpd calls on_request for the headers, for each piece of the body and at its end;
 * for a suspended connection once more after it was resumed.
 *
 *     RECEIVING --> HANDLING --respond-------------------------> RESPONDED --> the response is queued
 *                      |  \-----drop----------------------------> DROPPED ---> the connection is closed
 *                      |                                            ^  ^
 *                      +--defer--> DEFERRED --respond--> RESPONDED  |  |
 *                                     |-------drop------------------+  |
 *                                     +-------gone---------------------+
 *
 * A body in pieces that has no next piece yet pauses: the connection is suspended until http_server_continue.
 *
 * respond and drop only set the state; a deferred exchange is resumed then. They do not run the daemon, because they
 * may be called inside it (by the handler of another request).
 *
 * Order of closing: deferred exchanges end, the daemon sends responses and stops. The server is freed when the daemon
 * and the handles of all waits have closed.
 */
#define URL_SIZE 96
#define PIECE_SIZE ((size_t)32 * 1024)
#define BODY_SIZE_FIRST ((size_t)512)

enum exchange_state {
    EXCHANGE_RECEIVING,
    EXCHANGE_HANDLING,
    EXCHANGE_DEFERRED,
    EXCHANGE_RESPONDED,
    EXCHANGE_DROPPED,
};

/* Polls the socket of a suspended connection for the disconnect of the client. */
struct wait {
    uv_poll_t poll;
    struct http_server *server;
    struct http_server_exchange *exchange;
    struct wait *next;
    struct wait *previous;
    http_server_gone *gone;
    void *context;
};

struct http_server_exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    enum exchange_state state;
    bool was_deferred;
    struct wait *wait; /* while it is deferred */
    struct http_server_request request;
    char *body; /* NUL-terminated, or NULL */
    size_t body_capacity;
    size_t body_size; /* bytes received, stored or not */
    struct MHD_Response *response;
    unsigned status;                     /* of the response */
    bool is_paused;                      /* its body waits for the next piece */
    bool is_cut;                         /* its body gets none */
    struct http_server_exchange *next;   /* of those that pause */
    struct http_server_exchange *before; /* of those that pause */
};

struct http_server {
    struct http_daemon daemon;
    uv_loop_t *loop;
    int open_count; /* the daemon, and each wait until its handle has closed */
    size_t body_size_max;
    http_server_handler *handler;
    http_server_handler *too_large;
    void *context;
    struct wait *waits;
    struct http_server_exchange *paused;
    bool is_closing;
    char url[URL_SIZE];
    void (*closed)(void *context);
    void *closed_context;
};

/* ---- closing ---- */

static void count_closed(void *context)
{
    struct http_server *server = context;
    must(server->open_count > 0);
    if (--server->open_count > 0)
        return;
    void (*closed)(void *context) = server->closed;
    void *closed_context = server->closed_context;
    heap_free(server);
    if (closed)
        closed(closed_context);
}

static void on_wait_closed(uv_handle_t *handle)
{
    struct wait *wait = handle->data;
    struct http_server *server = wait->server;
    heap_free(wait);
    count_closed(server);
}

/* ---- waits ---- */

static void link_wait(struct http_server *server, struct wait *wait)
{
    wait->next = server->waits;
    if (wait->next)
        wait->next->previous = wait;
    server->waits = wait;
}

static void unlink_wait(struct http_server *server, struct wait *wait)
{
    if (wait->previous)
        wait->previous->next = wait->next;
    else
        server->waits = wait->next;
    if (wait->next)
        wait->next->previous = wait->previous;
}

/* The state that follows is set already. The daemon runs from the loop, or goes on if it is running. */
static void end_wait(struct wait *wait)
{
    struct http_server *server = wait->server;
    unlink_wait(server, wait);
    wait->exchange->wait = NULL;
    MHD_resume_connection(wait->exchange->connection);
    http_daemon_wake(&server->daemon);
    uv_close((uv_handle_t *)&wait->poll, on_wait_closed);
}

static void end_exchange(struct http_server_exchange *exchange, enum exchange_state state)
{
    exchange->state = state;
    if (exchange->wait)
        end_wait(exchange->wait);
}

/* Last: `gone` may close the server. */
static void abandon(struct wait *wait)
{
    http_server_gone *gone = wait->gone;
    void *context = wait->context;
    struct http_server_exchange *exchange = wait->exchange;
    end_exchange(exchange, EXCHANGE_DROPPED);
    gone(context, exchange);
}

static void on_client_gone(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    abandon(poll->data);
}

/* Takes the wait: after a failure, it is freed here or in its close callback. */
static int start_wait(struct http_server_exchange *exchange, struct wait *wait)
{
    struct http_server *server = exchange->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int result = info ? uv_poll_init(server->loop, &wait->poll, info->connect_fd) : -EBADF;
    if (result < 0) {
        heap_free(wait);
        return result;
    }
    wait->poll.data = wait;
    server->open_count++;
    result = uv_poll_start(&wait->poll, UV_DISCONNECT, on_client_gone);
    if (result < 0)
        uv_close((uv_handle_t *)&wait->poll, on_wait_closed);
    return result;
}

/* ---- requests ---- */

static enum MHD_Result begin_exchange(struct http_server *server, struct MHD_Connection *connection,
                                      void **ret_exchange)
{
    struct http_server_exchange *exchange = heap_alloc(1, sizeof *exchange);
    if (!exchange)
        return MHD_NO;
    exchange->server = server;
    exchange->connection = connection;
    *ret_exchange = exchange;
    return MHD_YES;
}

/* Reserves `size` bytes and a NUL. */
static bool reserve_body(struct http_server_exchange *exchange, size_t size)
{
    if (size < exchange->body_capacity)
        return true;
    size_t capacity = exchange->body_capacity ? exchange->body_capacity : BODY_SIZE_FIRST;
    while (capacity <= size)
        capacity = size_mul(capacity, 2);
    char *body = heap_resize(exchange->body, capacity, 1);
    if (!body)
        return false;
    exchange->body = body;
    exchange->body_capacity = capacity;
    return true;
}

/* Excess bytes are read and dropped, so that the client reads the response; beyond the excess it is disconnected. */
static enum MHD_Result take_body(struct http_server_exchange *exchange, const char *bytes,
                                 size_t size)
{
    size_t size_max = exchange->server->body_size_max;
    size_t total = size_add(exchange->body_size, size);
    if (total > size_mul(size_max, HTTP_SERVER_BODY_EXCESS_MAX))
        return MHD_NO;
    if (total <= size_max) {
        if (!reserve_body(exchange, total))
            return MHD_NO;
        memcpy(exchange->body + exchange->body_size, bytes, size);
        exchange->body[total] = '\0';
    }
    exchange->body_size = total;
    return MHD_YES;
}

static enum MHD_Result finish_exchange(struct http_server_exchange *exchange)
{
    if (exchange->state == EXCHANGE_DROPPED)
        return MHD_NO;
    must(exchange->state == EXCHANGE_RESPONDED);
    return MHD_queue_response(exchange->connection, exchange->status, exchange->response);
}

static void respond_too_large(struct http_server_exchange *exchange)
{
    char storage[128];
    struct text body;
    text_init(&body, storage, sizeof storage);
    text_addf(&body, "the body of a request has at most %zu bytes\n",
              exchange->server->body_size_max);
    const struct http_server_response response = {
        .status = MHD_HTTP_CONTENT_TOO_LARGE,
        .headers = { { MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain" } },
        .body = storage,
        .body_size = body.length,
    };
    http_server_respond(exchange, &response);
}

static void call_handler(struct http_server_exchange *exchange)
{
    struct http_server *server = exchange->server;
    if (exchange->body_size <= server->body_size_max)
        server->handler(server->context, exchange, &exchange->request);
    else if (server->too_large)
        server->too_large(server->context, exchange, &exchange->request);
    else
        respond_too_large(exchange);
}

/* A deferred exchange is finished after the connection was resumed, even if it has ended by now. */
static enum MHD_Result handle_request(struct http_server_exchange *exchange, const char *method,
                                      const char *path)
{
    bool has_body = exchange->body && exchange->body_size <= exchange->server->body_size_max;
    exchange->request = (struct http_server_request){
        .method = method,
        .path = path,
        .body = has_body ? exchange->body : "",
        .body_size = has_body ? exchange->body_size : 0,
    };
    exchange->state = EXCHANGE_HANDLING;
    call_handler(exchange);
    must(exchange->state != EXCHANGE_HANDLING); /* the handler has responded, dropped or deferred */
    return exchange->was_deferred ? MHD_YES : finish_exchange(exchange);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **ret_exchange)
{
    (void)version;
    struct http_server *server = context;
    struct http_server_exchange *exchange = *ret_exchange;
    if (!exchange)
        return begin_exchange(server, connection, ret_exchange);
    if (*upload_size > 0) {
        size_t size = *upload_size;
        *upload_size = 0;
        return take_body(exchange, upload, size);
    }
    if (exchange->state != EXCHANGE_RECEIVING)
        return finish_exchange(exchange);
    return server->is_closing ? MHD_NO : handle_request(exchange, method, path);
}

static void on_request_completed(void *context, struct MHD_Connection *connection,
                                 void **ret_exchange, enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    struct http_server_exchange *exchange = *ret_exchange;
    if (!exchange)
        return;
    must(!exchange->wait);
    must(!exchange->is_paused);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    heap_free(exchange->body);
    heap_free(exchange);
    *ret_exchange = NULL;
}

/*
 * The daemon takes its listening socket out of epoll at the limit of connections. It puts it back at the start of a
 * run, and no event starts that run.
 */
static void on_connection(void *context, struct MHD_Connection *connection,
                          void **connection_context, enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    (void)connection_context;
    struct http_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED)
        http_daemon_wake(&server->daemon);
}

/* Paths stay as they were sent: the handler decides what %00 and %2F mean. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *string)
{
    (void)context;
    (void)connection;
    return strlen(string);
}

/* ---- listening ---- */

static int set_listen_error(struct error *err, int code, const char *listen, const char *problem)
{
    char storage[ERROR_MSG_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, listen, strlen(listen));
    return error_set(err, code, "cannot listen on %.80s: %s", storage, problem);
}

static void write_url(struct http_server *server, const char *listen)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon.mhd, MHD_DAEMON_INFO_BIND_PORT);
    struct text url;
    text_init(&url, server->url, sizeof server->url);
    text_add(&url, "http://");
    text_add_bytes(&url, listen, (size_t)(strrchr(listen, ':') - listen));
    text_addf(&url, ":%u", info ? info->port : 0u);
    must(!url.was_cut);
}

/* Takes the socket. NULL: errno has the cause, if it is known. */
static struct MHD_Daemon *start_mhd(struct http_server *server, int fd,
                                    const struct http_server_config *config)
{
    unsigned idle_seconds = (unsigned)ceil_div(config->idle_timeout_ms, 1000);
    errno = 0;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
        on_request_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT,
        config->connections_max, MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_SERVER_HEADERS_SIZE_MAX, MHD_OPTION_END);
}

/* Takes the socket. After a failure, too, the daemon may be closed. */
static int start_daemon(struct http_server *server, int fd, const struct http_server_config *config)
{
    struct MHD_Daemon *mhd = start_mhd(server, fd, config);
    if (!mhd) /* some versions have closed the socket; a second close could close another one */
        return errno ? -errno : -EIO;
    return http_daemon_open(&server->daemon, server->loop, mhd);
}

static struct http_server *allocate(uv_loop_t *loop, const struct http_server_config *config)
{
    struct http_server *server = heap_alloc(1, sizeof *server);
    if (!server)
        return NULL;
    server->loop = loop;
    server->open_count = 1;
    server->body_size_max = config->body_size_max;
    server->handler = config->handler;
    server->too_large = config->too_large;
    server->context = config->context;
    return server;
}

static int open_socket(const struct http_server_config *config, int *ret_fd, struct error *err)
{
    union listen_address address;
    *ret_fd = config->listen_fd;
    if (!config->listen)
        return 0;
    if (!listen_address_parse(config->listen, &address))
        return set_listen_error(err, -EINVAL, config->listen,
                                "expected ADDRESS:PORT, such as 127.0.0.1:8000 or [::1]:8000");
    int result = listen_socket_open(&address, ret_fd);
    return result < 0 ? set_listen_error(err, result, config->listen, uv_strerror(result)) : 0;
}

int http_server_create(uv_loop_t *loop, const struct http_server_config *config,
                       struct http_server **ret_server, struct error *err)
{
    must(config->connections_max > 0);
    must(config->body_size_max > 0);
    must(config->idle_timeout_ms > 0);
    int fd;
    int result = open_socket(config, &fd, err);
    if (result < 0)
        return result;
    struct http_server *server = allocate(loop, config);
    if (!server) {
        close(fd);
        return error_no_memory(err);
    }
    result = start_daemon(server, fd, config);
    if (result < 0) {
        http_server_close(server, NULL, NULL);
        return set_listen_error(err, result, config->listen ? config->listen : "the socket",
                                uv_strerror(result));
    }
    if (config->listen)
        write_url(server, config->listen);
    *ret_server = server;
    return 0;
}

const char *http_server_url(const struct http_server *server)
{
    return server->url;
}

/* ---- responses ---- */

const char *http_server_request_header(const struct http_server_exchange *exchange,
                                       const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

const char *http_server_request_query(const struct http_server_exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

int http_server_client_socket(const struct http_server_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static bool add_headers(struct MHD_Response *response, const struct http_server_header *headers)
{
    for (size_t i = 0; i < HTTP_SERVER_RESPONSE_HEADERS_MAX; i++)
        if (headers[i].value &&
            MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_NO)
            return false;
    return true;
}

static struct MHD_Response *create_response(const struct http_server_response *given)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        given->body_size, (void *)(uintptr_t)given->body,
        given->is_body_permanent ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    if (response && !add_headers(response, given->headers)) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static bool is_open(const struct http_server_exchange *exchange)
{
    return exchange->state == EXCHANGE_HANDLING || exchange->state == EXCHANGE_DEFERRED;
}

void http_server_respond(struct http_server_exchange *exchange,
                         const struct http_server_response *response)
{
    must(thread_owner_is_current(exchange->server->loop->data));
    must(is_open(exchange));
    exchange->status = response->status;
    exchange->response = create_response(response);
    end_exchange(exchange, exchange->response ? EXCHANGE_RESPONDED : EXCHANGE_DROPPED);
}

/* Pieces with the exchange that they are the body of. */
struct body_pieces {
    struct http_server_pieces given;
    struct http_server_exchange *exchange;
};

static void pause_exchange(struct http_server_exchange *exchange)
{
    struct http_server *server = exchange->server;
    exchange->is_paused = true;
    exchange->before = NULL;
    exchange->next = server->paused;
    if (exchange->next)
        exchange->next->before = exchange;
    server->paused = exchange;
    MHD_suspend_connection(exchange->connection);
}

void http_server_continue(struct http_server_exchange *exchange)
{
    struct http_server *server = exchange->server;
    must(thread_owner_is_current(server->loop->data));
    if (!exchange->is_paused)
        return;
    exchange->is_paused = false;
    if (exchange->before)
        exchange->before->next = exchange->next;
    else
        server->paused = exchange->next;
    if (exchange->next)
        exchange->next->before = exchange->before;
    MHD_resume_connection(exchange->connection);
    http_daemon_wake(&server->daemon);
}

/* A connection that takes no bytes is not looked at by the daemon: its end of the socket is shut. */
void http_server_cut(struct http_server_exchange *exchange)
{
    int fd = http_server_client_socket(exchange);
    exchange->is_cut = true;
    if (exchange->is_paused)
        http_server_continue(exchange);
    else if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}

static ssize_t write_piece(void *context, uint64_t position, char *bytes, size_t size)
{
    (void)position;
    struct body_pieces *pieces = context;
    struct http_server_exchange *exchange = pieces->exchange;
    if (exchange->is_cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    int64_t written = pieces->given.write(pieces->given.context, bytes, size);
    must(written <= (int64_t)size);
    if (written == HTTP_SERVER_LATER && !exchange->server->is_closing) {
        pause_exchange(exchange);
        return 0;
    }
    if (written == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return written < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)written;
}

static void end_pieces(void *context)
{
    struct body_pieces *pieces = context;
    if (pieces->given.end)
        pieces->given.end(pieces->given.context);
    heap_free(pieces);
}

static struct MHD_Response *create_pieces(struct http_server_exchange *exchange,
                                          const struct http_server_response *given,
                                          const struct http_server_pieces *pieces)
{
    struct body_pieces *own = heap_alloc(1, sizeof *own);
    struct MHD_Response *response =
        own ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_SIZE, write_piece, own,
                                                end_pieces)
            : NULL;
    if (!response) {
        heap_free(own);
        if (pieces->end)
            pieces->end(pieces->context);
        return NULL;
    }
    *own = (struct body_pieces){ *pieces, exchange };
    /* The response to a HEAD would have the last chunk in place of a body. Without chunks it has none. */
    if (strcmp(exchange->request.method, MHD_HTTP_METHOD_HEAD) == 0)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    if (add_headers(response, given->headers))
        return response;
    MHD_destroy_response(response);
    return NULL;
}

void http_server_respond_pieces(struct http_server_exchange *exchange,
                                const struct http_server_response *response,
                                const struct http_server_pieces *pieces)
{
    must(thread_owner_is_current(exchange->server->loop->data));
    must(is_open(exchange));
    exchange->status = response->status;
    exchange->response = create_pieces(exchange, response, pieces);
    end_exchange(exchange, exchange->response ? EXCHANGE_RESPONDED : EXCHANGE_DROPPED);
}

void http_server_drop(struct http_server_exchange *exchange)
{
    must(thread_owner_is_current(exchange->server->loop->data));
    must(is_open(exchange));
    end_exchange(exchange, EXCHANGE_DROPPED);
}

int http_server_defer(struct http_server_exchange *exchange, http_server_gone *gone, void *context,
                      struct error *err)
{
    must(thread_owner_is_current(exchange->server->loop->data));
    must(exchange->state == EXCHANGE_HANDLING);
    exchange->state = EXCHANGE_DROPPED; /* if it fails */
    struct wait *wait = heap_alloc(1, sizeof *wait);
    if (!wait)
        return error_no_memory(err);
    *wait = (struct wait){
        .server = exchange->server, .exchange = exchange, .gone = gone, .context = context
    };
    int result = start_wait(exchange, wait);
    if (result < 0)
        return error_set(err, result, "cannot watch the connection of a client: %s",
                         uv_strerror(result));
    link_wait(exchange->server, wait);
    exchange->wait = wait;
    exchange->state = EXCHANGE_DEFERRED;
    exchange->was_deferred = true;
    MHD_suspend_connection(exchange->connection);
    return 0;
}

bool http_server_send_raw(const struct http_server_exchange *exchange, const char *bytes,
                          size_t size)
{
    must(exchange->state == EXCHANGE_DEFERRED);
    int fd = http_server_client_socket(exchange);
    return fd >= 0 && send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
}

void http_server_close(struct http_server *server, void (*closed)(void *context), void *context)
{
    if (!server) {
        if (closed)
            closed(context);
        return;
    }
    must(thread_owner_is_current(server->loop->data));
    must(!server->is_closing);
    server->is_closing = true;
    server->closed = closed;
    server->closed_context = context;
    while (server->waits)
        abandon(server->waits);
    while (server->paused)
        http_server_cut(server->paused);
    http_daemon_close(&server->daemon, count_closed, server);
}
