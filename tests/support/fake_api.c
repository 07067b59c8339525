/*
 * The lock protects what the two threads share: the ledger, the callback functions, the counters, and one order from
 * the test to the server. Only the server's thread uses the connections and the listener.
 */
#include "tests/support/fake_api.h"

#include "tests/support/fake_connection.h"
#include "tests/support/test.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 512
#define CONNECTIONS_MAX 1024
#define QUEUE_FILLERS 8 /* more than the shortest queue holds */
#define POLL_WAKE 0
#define POLL_LISTEN 1
#define POLL_FIRST 2 /* of the connections */

enum order_kind {
    ORDER_NONE,
    ORDER_STOP,
    ORDER_LISTEN,
    ORDER_REFUSE,
    ORDER_FILL,
    ORDER_ACCEPT,
    ORDER_DROP,
    ORDER_SEND
};

struct order {
    enum order_kind kind;
    enum fake_ending ending;
    int64_t connection;
    const char *bytes;
    size_t size;
};

struct fake_api {
    char url[64];
    uint32_t host;
    int port;
    pthread_t thread;
    int wake_fds[2]; /* the test writes into the second */

    pthread_mutex_t lock;
    pthread_cond_t changed; /* the ledger has grown, or the order was carried out */
    struct order order;
    bool was_order_met; /* ORDER_SEND: there is such a connection */
    fake_api_answer *answer;
    void *answer_context;
    fake_api_accept *accept;
    void *accept_context;
    struct fake_request **ledger;
    size_t ledger_size;
    size_t ledger_capacity;
    bool has_no_ledger;
    int64_t connections_accepted;
    int64_t connections_open;

    /* the server's thread alone */
    int listen_fd; /* negative while connections are refused */
    bool is_stopping;
    bool is_accepting;
    int fillers[QUEUE_FILLERS];
    struct fake_connection *connections[CONNECTIONS_MAX];
    int connections_size;
};

static void lock(struct fake_api *api)
{
    must(pthread_mutex_lock(&api->lock) == 0);
}

static void unlock(struct fake_api *api)
{
    must(pthread_mutex_unlock(&api->lock) == 0);
}

/* --- the ledger ------------------------------------------------------------------------------------------------ */

/* Selects the `answer` function under the same lock: a test that sees the request may replace the function. */
struct answerer {
    fake_api_answer *answer;
    void *context;
    bool is_kept; /* the request: it is the ledger's */
};

static void keep(struct fake_api *api, struct fake_request *request)
{
    if (api->ledger_size == api->ledger_capacity) {
        api->ledger_capacity = size_add(api->ledger_capacity, api->ledger_capacity / 2 + 64);
        api->ledger = heap_resize(api->ledger, api->ledger_capacity, sizeof(struct fake_request *));
        must(api->ledger);
    }
    api->ledger[api->ledger_size++] = request;
}

static struct answerer record(struct fake_api *api, struct fake_request *request)
{
    lock(api);
    struct answerer answerer = { api->answer, api->answer_context, !api->has_no_ledger };
    if (answerer.is_kept)
        keep(api, request);
    pthread_cond_broadcast(&api->changed);
    unlock(api);
    return answerer;
}

static bool is_one(const struct fake_request *request, const char *method, const char *path)
{
    return (!method || strcmp(request->method, method) == 0) &&
           (!path || strcmp(request->path, path) == 0);
}

/* Continues from *position, so that a waiting test does not count all requests again. */
static int64_t count_from(const struct fake_api *api, const char *method, const char *path,
                          size_t *position)
{
    int64_t count = 0;
    for (; *position < api->ledger_size; (*position)++)
        count += is_one(api->ledger[*position], method, path);
    return count;
}

int64_t fake_api_count(struct fake_api *api, const char *method, const char *path)
{
    size_t position = 0;
    lock(api);
    int64_t count = count_from(api, method, path, &position);
    unlock(api);
    return count;
}

const struct fake_request *fake_api_find(struct fake_api *api, const char *method, const char *path,
                                         int64_t index)
{
    const struct fake_request *found = NULL;
    lock(api);
    for (size_t i = 0; !found && i < api->ledger_size; i++)
        if (is_one(api->ledger[i], method, path) && index-- == 0)
            found = api->ledger[i];
    unlock(api);
    return found;
}

static struct timespec patience(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FAKE_API_PATIENCE_MS / 1000;
    return until;
}

void fake_api_wait(struct fake_api *api, const char *method, const char *path, int64_t count)
{
    struct timespec until = patience();
    size_t position = 0;
    int rc = 0;
    lock(api);
    int64_t seen = count_from(api, method, path, &position);
    while (seen < count && rc == 0) {
        rc = pthread_cond_timedwait(&api->changed, &api->lock, &until);
        seen += count_from(api, method, path, &position);
    }
    unlock(api);
    if (seen < count)
        fail_msg("waited for request %lld: %s %s; there were %lld", (long long)count,
                 method ? method : "any", path ? path : "path", (long long)seen);
}

int64_t fake_api_connections(struct fake_api *api)
{
    lock(api);
    int64_t count = api->connections_accepted;
    unlock(api);
    return count;
}

int64_t fake_api_open_connections(struct fake_api *api)
{
    lock(api);
    int64_t count = api->connections_open;
    unlock(api);
    return count;
}

/* --- connections ----------------------------------------------------------------------------------------------- */

static void end_connection(struct fake_api *api, int at, enum fake_ending ending)
{
    fake_connection_destroy(api->connections[at], ending);
    api->connections[at] = api->connections[--api->connections_size];
    lock(api);
    api->connections_open--;
    unlock(api);
}

/* Answers every complete request and sends as much as possible. False: the connection must end. */
static bool serve(struct fake_api *api, struct fake_connection *connection,
                  enum fake_ending *ret_ending)
{
    struct fake_request *request;
    while ((request = fake_connection_next(connection, (int64_t)api->ledger_size))) {
        struct fake_answer answer = { .status = 200, .body = "{}" };
        struct answerer answerer = record(api, request);
        if (answerer.answer)
            answerer.answer(answerer.context, request, &answer);
        fake_connection_answer(connection, &answer);
        if (!answerer.is_kept)
            heap_free(request);
        if (!fake_connection_write(connection, ret_ending))
            return false;
    }
    return true;
}

static void attend(struct fake_api *api, int at, short events)
{
    struct fake_connection *connection = api->connections[at];
    enum fake_ending ending = FAKE_CLOSE;
    bool is_open = true;
    if (events & POLLOUT)
        is_open = fake_connection_write(connection, &ending);
    else if (events)
        is_open = fake_connection_read(connection);
    if (is_open)
        is_open = serve(api, connection, &ending);
    if (!is_open)
        end_connection(api, at, ending);
}

static enum fake_ending admit(struct fake_api *api, int64_t *ret_number)
{
    lock(api);
    *ret_number = api->connections_accepted++;
    api->connections_open++;
    fake_api_accept *accept = api->accept;
    void *context = api->accept_context;
    unlock(api);
    return accept ? accept(context, *ret_number) : FAKE_KEEP;
}

/* Bytes are sent at once, also before earlier ones are acknowledged. */
static void accept_connection(struct fake_api *api)
{
    int fd = accept(api->listen_fd, NULL, NULL);
    int yes = 1;
    if (fd < 0)
        return;
    must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0);
    must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    must(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    must(api->connections_size < CONNECTIONS_MAX);
    int64_t number;
    enum fake_ending ending = admit(api, &number);
    int at = api->connections_size++;
    api->connections[at] = fake_connection_create(fd, number, ending);
    if (ending == FAKE_CLOSE || ending == FAKE_RESET)
        end_connection(api, at, ending);
}

/* --- the server's thread ---------------------------------------------------------------------------------------- */

static struct sockaddr_in make_address(uint32_t host, int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(host) };
}

static int listen_on(uint32_t host, int port)
{
    struct sockaddr_in address = make_address(host, port);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    must(fd >= 0);
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
    must(bind(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    must(listen(fd, BACKLOG) == 0);
    return fd;
}

static void refuse(struct fake_api *api)
{
    if (api->listen_fd >= 0)
        close(api->listen_fd);
    api->listen_fd = -1;
}

/* Sets the shortest possible queue, accepts no connection, and fills the queue. */
static void fill_queue(struct fake_api *api)
{
    struct sockaddr_in address = make_address(api->host, api->port);
    must(api->is_accepting);
    must(listen(api->listen_fd, 0) == 0);
    api->is_accepting = false;
    for (int i = 0; i < QUEUE_FILLERS; i++) {
        api->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        must(api->fillers[i] >= 0);
        (void)connect(api->fillers[i], (const struct sockaddr *)&address, sizeof address);
    }
}

static void empty_queue(struct fake_api *api)
{
    if (api->is_accepting)
        return;
    for (int i = 0; i < QUEUE_FILLERS; i++)
        close(api->fillers[i]);
    must(listen(api->listen_fd, BACKLOG) == 0);
    api->is_accepting = true;
}

static void drop_connections(struct fake_api *api, enum fake_ending ending)
{
    while (api->connections_size > 0)
        end_connection(api, api->connections_size - 1, ending);
}

/* True: the connection exists and is in FAKE_HANG. */
static bool send_on(struct fake_api *api, const struct order *order)
{
    struct fake_answer answer = { .raw = order->bytes,
                                  .raw_size = order->size,
                                  .ending = order->ending };
    for (int at = 0; at < api->connections_size; at++) {
        struct fake_connection *connection = api->connections[at];
        if (fake_connection_number(connection) != order->connection)
            continue;
        if (!fake_connection_may_send(connection))
            return false;
        fake_connection_answer(connection, &answer);
        attend(api, at, POLLOUT);
        return true;
    }
    return false;
}

static bool carry_out(struct fake_api *api, const struct order *order)
{
    switch (order->kind) {
    case ORDER_NONE:
        break;
    case ORDER_STOP:
        api->is_stopping = true;
        break;
    case ORDER_LISTEN:
        if (api->listen_fd < 0)
            api->listen_fd = listen_on(api->host, api->port);
        break;
    case ORDER_REFUSE:
        refuse(api);
        break;
    case ORDER_FILL:
        fill_queue(api);
        break;
    case ORDER_ACCEPT:
        empty_queue(api);
        break;
    case ORDER_DROP:
        drop_connections(api, order->ending);
        break;
    case ORDER_SEND:
        return send_on(api, order);
    }
    return true;
}

static void take_order(struct fake_api *api)
{
    char byte;
    must(read(api->wake_fds[0], &byte, 1) == 1);
    lock(api);
    struct order order = api->order;
    unlock(api);
    bool was_met = carry_out(api, &order);
    lock(api);
    api->order.kind = ORDER_NONE;
    api->was_order_met = was_met;
    pthread_cond_broadcast(&api->changed);
    unlock(api);
}

static void wait_for_events(struct fake_api *api, struct pollfd *polls)
{
    polls[POLL_WAKE] = (struct pollfd){ .fd = api->wake_fds[0], .events = POLLIN };
    polls[POLL_LISTEN] =
        (struct pollfd){ .fd = api->is_accepting ? api->listen_fd : -1, .events = POLLIN };
    for (int at = 0; at < api->connections_size; at++)
        polls[POLL_FIRST + at] =
            (struct pollfd){ .fd = fake_connection_fd(api->connections[at]),
                             .events = fake_connection_events(api->connections[at]) };
    while (poll(polls, (nfds_t)(POLL_FIRST + api->connections_size), -1) < 0)
        must(errno == EINTR);
}

/* From the last connection to the first: one that ends is replaced by the last, which is already done. */
static void *run_server(void *context)
{
    struct fake_api *api = context;
    struct pollfd polls[POLL_FIRST + CONNECTIONS_MAX];
    while (!api->is_stopping) {
        wait_for_events(api, polls);
        for (int at = api->connections_size - 1; at >= 0; at--)
            attend(api, at, polls[POLL_FIRST + at].revents);
        if (polls[POLL_LISTEN].revents)
            accept_connection(api);
        if (polls[POLL_WAKE].revents)
            take_order(api);
    }
    empty_queue(api);
    drop_connections(api, FAKE_CLOSE);
    refuse(api);
    return NULL;
}

/* --- orders of the test ------------------------------------------------------------------------------------------ */

static bool give_order(struct fake_api *api, struct order order)
{
    struct timespec until = patience();
    int rc = 0;
    lock(api);
    must(api->order.kind == ORDER_NONE);
    api->order = order;
    must(write(api->wake_fds[1], "", 1) == 1);
    while (api->order.kind != ORDER_NONE && rc == 0)
        rc = pthread_cond_timedwait(&api->changed, &api->lock, &until);
    bool was_met = api->was_order_met;
    unlock(api);
    if (rc != 0)
        fail_msg("the fake API does not react");
    return was_met;
}

void fake_api_keep_no_ledger(struct fake_api *api)
{
    lock(api);
    must(api->ledger_size == 0);
    api->has_no_ledger = true;
    unlock(api);
}

void fake_api_set_answer(struct fake_api *api, fake_api_answer *answer, void *context)
{
    lock(api);
    api->answer = answer;
    api->answer_context = context;
    unlock(api);
}

void fake_api_set_accept(struct fake_api *api, fake_api_accept *accept, void *context)
{
    lock(api);
    api->accept = accept;
    api->accept_context = context;
    unlock(api);
}

void fake_api_always(void *context, const struct fake_request *request,
                     struct fake_answer *ret_answer)
{
    (void)request;
    *ret_answer = *(const struct fake_answer *)context;
}

void fake_api_set_listening(struct fake_api *api, bool is_listening)
{
    give_order(api, (struct order){ .kind = is_listening ? ORDER_LISTEN : ORDER_REFUSE });
}

void fake_api_set_accepting(struct fake_api *api, bool is_accepting)
{
    give_order(api, (struct order){ .kind = is_accepting ? ORDER_ACCEPT : ORDER_FILL });
}

void fake_api_drop_connections(struct fake_api *api, enum fake_ending ending)
{
    give_order(api, (struct order){ .kind = ORDER_DROP, .ending = ending });
}

bool fake_api_send(struct fake_api *api, int64_t connection, const char *bytes, size_t size,
                   enum fake_ending ending)
{
    return give_order(api, (struct order){ .kind = ORDER_SEND,
                                           .connection = connection,
                                           .bytes = bytes,
                                           .size = size,
                                           .ending = ending });
}

/* --- life cycle -------------------------------------------------------------------------------------------------*/

static void find_port(struct fake_api *api)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    must(getsockname(api->listen_fd, (struct sockaddr *)&address, &size) == 0);
    api->port = ntohs(address.sin_port);
    snprintf(api->url, sizeof api->url, "http://127.0.0.%d:%d", (int)(api->host & 0xff), api->port);
}

static void init_lock(struct fake_api *api)
{
    pthread_condattr_t attributes;
    must(pthread_mutex_init(&api->lock, NULL) == 0);
    must(pthread_condattr_init(&attributes) == 0);
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&api->changed, &attributes) == 0);
    must(pthread_condattr_destroy(&attributes) == 0);
}

static struct fake_api *create(uint32_t host, int port, fake_api_answer *answer, void *context)
{
    struct fake_api *api = heap_alloc(1, sizeof *api);
    must(api);
    api->answer = answer;
    api->answer_context = context;
    api->host = host;
    api->listen_fd = listen_on(host, port);
    api->is_accepting = true;
    find_port(api);
    init_lock(api);
    must(pipe(api->wake_fds) == 0);
    must(fcntl(api->wake_fds[0], F_SETFD, FD_CLOEXEC) == 0);
    must(fcntl(api->wake_fds[1], F_SETFD, FD_CLOEXEC) == 0);
    must(pthread_create(&api->thread, NULL, run_server, api) == 0);
    return api;
}

struct fake_api *fake_api_create(fake_api_answer *answer, void *context)
{
    return create(INADDR_LOOPBACK, 0, answer, context);
}

struct fake_api *fake_api_create_beside(const struct fake_api *api)
{
    return create(INADDR_LOOPBACK + 1, api->port, NULL, NULL);
}

void fake_api_destroy(struct fake_api *api)
{
    if (!api)
        return;
    give_order(api, (struct order){ .kind = ORDER_STOP });
    must(pthread_join(api->thread, NULL) == 0);
    close(api->wake_fds[0]);
    close(api->wake_fds[1]);
    for (size_t i = 0; i < api->ledger_size; i++)
        heap_free(api->ledger[i]);
    heap_free(api->ledger);
    pthread_cond_destroy(&api->changed);
    pthread_mutex_destroy(&api->lock);
    heap_free(api);
}

const char *fake_api_url(const struct fake_api *api)
{
    return api->url;
}

int fake_api_port(const struct fake_api *api)
{
    return api->port;
}
