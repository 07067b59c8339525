/*
 * Every response that is used belongs to a request that was sent before it arrived: random rounds with a server that
 * sends late bytes at every point. On an idle connection that was kept, before and after the next call is started;
 * behind a response; after a call was cancelled or has timed out, also within its response; on one idle connection
 * while another one is in use.
 *
 * Each request has an ordinal, and a response has the one of its request. Late bytes are an earlier response again, one
 * that no request has, or a part of these. BELATED_ROUNDS in the environment is the number of rounds, BELATED_SEED
 * their seed.
 */
#include "engine/http/http.h"

#include "engine/base/random.h"
#include "tests/support/fake_api.h"
#include "tests/support/settings.h"
#include "tests/support/test.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ROUNDS 5000
#define CALLS_MAX 4
#define FD_COUNT 64
#define BODY_SIZE_MAX 64
#define LATE_SIZE_MAX 256
#define CALM_ROUNDS 1 /* of a client, after bytes that no request asked for */
#define WORLD_ROUNDS 12

/* How the server answers: the first letter of the path. */
#define PLAIN 'k'  /* with the ordinal; the next request is read */
#define BEHIND 'b' /* with the ordinal, and late bytes in the same packet */
#define SILENT 's' /* not at all */
#define HALF 'p'   /* with a part of the response */

struct call {
    struct world *world;
    struct http_call *call;
    int64_t ordinal;
    bool is_done;
    int error;
};

/* For the server's thread. */
struct server {
    char body[BODY_SIZE_MAX];
    char raw[LATE_SIZE_MAX];
};

struct world {
    struct random random;
    uv_loop_t loop;
    uv_timer_t guard; /* wakes the loop if the test hangs */
    struct http *http;
    struct fake_api *api;
    struct server server;
    int64_t ordinal;
    int rounds_left;
    int surprises;
    bool is_late;
    bool is_closed;
    /* of all worlds */
    int64_t used, refused, reused, late, doubted;
};

static int64_t below(struct world *world, int64_t bound)
{
    return random_below(&world->random, bound);
}

static bool one_in(struct world *world, int64_t chances)
{
    return below(world, chances) == 0;
}

/* --- the server ------------------------------------------------------------------------------------- */

static void write_response(char *text, size_t size, const char *body)
{
    snprintf(text, size, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void answer(void *context, const struct fake_request *request,
                   struct fake_answer *ret_answer)
{
    struct server *server = context;
    char kind = request->path[1];
    snprintf(server->body, sizeof server->body, "ordinal %s", request->path + 2);
    *ret_answer = (struct fake_answer){ .ending = FAKE_HANG };
    if (kind == SILENT)
        return;
    ret_answer->status = 200;
    ret_answer->body = server->body;
    if (kind == PLAIN || kind == BEHIND)
        ret_answer->ending = FAKE_KEEP;
    if (kind == BEHIND) {
        write_response(server->raw, sizeof server->raw, "unasked");
        ret_answer->raw = server->raw;
    }
    if (kind == HALF)
        ret_answer->missing_size = sizeof "unasked" - 1;
}

/* The whole response to this ordinal, one to no request, one with an interim response, or two. */
static size_t draw_late(struct world *world, int64_t ordinal, char ret_bytes[LATE_SIZE_MAX])
{
    char body[BODY_SIZE_MAX], response[LATE_SIZE_MAX / 2];
    snprintf(body, sizeof body, "ordinal %lld", (long long)ordinal);
    write_response(response, sizeof response, one_in(world, 2) ? body : "unasked");
    switch (below(world, 4)) {
    case 0:
        snprintf(ret_bytes, LATE_SIZE_MAX, "%s%s", response, response);
        break;
    case 1:
        snprintf(ret_bytes, LATE_SIZE_MAX, "HTTP/1.1 100 Continue\r\n\r\n%s", response);
        break;
    default:
        snprintf(ret_bytes, LATE_SIZE_MAX, "%s", response);
        break;
    }
    size_t size = strlen(ret_bytes);
    return one_in(world, 3) ? 1 + (size_t)below(world, (int64_t)size) : size;
}

/* --- the client ------------------------------------------------------------------------------------- */

static void guard_fired(uv_timer_t *guard)
{
    ((struct world *)guard->data)->is_late = true;
}

static void count_surprise(void *context)
{
    ((struct world *)context)->surprises++;
}

static void begin(struct world *world)
{
    const struct http_config config = { .user_agent = "autoscaler/test",
                                        .connect_timeout_ms = FAKE_API_PATIENCE_MS,
                                        .surprised = count_surprise,
                                        .surprised_context = world,
                                        .calls_max = CALLS_MAX };
    struct error err;
    world->api = fake_api_create(answer, &world->server);
    world->surprises = 0;
    world->is_closed = false;
    world->rounds_left = WORLD_ROUNDS;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    world->guard.data = world;
    uv_timer_start(&world->guard, guard_fired, FAKE_API_PATIENCE_MS, 0);
    assert_int_equal(http_create(&world->loop, &config, &world->http, &err), 0);
}

static void client_closed(void *context)
{
    struct world *world = context;
    world->is_closed = true;
    uv_close((uv_handle_t *)&world->guard, NULL);
}

static void end(struct world *world)
{
    http_close(world->http, client_closed, world);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_true(world->is_closed);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    fake_api_destroy(world->api);
}

static void run(struct world *world, uv_run_mode mode)
{
    uv_run(&world->loop, mode);
    if (world->is_late)
        fail_msg("the loop waits for something that does not come");
}

static void run_until_done(struct world *world, const struct call *call)
{
    while (!call->is_done)
        run(world, UV_RUN_ONCE);
}

/* The law. */
static void take(void *context, const struct http_response *response)
{
    struct call *call = context;
    struct world *world = call->world;
    char body[BODY_SIZE_MAX];
    call->is_done = true;
    call->error = response->error;
    if (response->error) {
        world->refused++;
        return;
    }
    snprintf(body, sizeof body, "ordinal %lld", (long long)call->ordinal);
    assert_string_equal(response->body, body);
    world->used++;
}

static void start(struct world *world, struct call *call, char kind, int64_t timeout_ms)
{
    char url[128];
    struct error err;
    *call = (struct call){ .world = world, .ordinal = ++world->ordinal };
    snprintf(url, sizeof url, "%s/%c%lld", fake_api_url(world->api), kind,
             (long long)call->ordinal);
    const struct http_request request = { .url = url,
                                          .timeout_ms = timeout_ms,
                                          .body_size_max = BODY_SIZE_MAX };
    assert_int_equal(http_start(world->http, &request, take, call, &call->call, &err), 0);
}

static void fetch(struct world *world, struct call *call, char kind)
{
    start(world, call, kind, FAKE_API_PATIENCE_MS);
    run_until_done(world, call);
}

/* NULL: the server has not received it. */
static const struct fake_request *request_of(struct world *world, const struct call *call,
                                             char kind)
{
    char path[32];
    snprintf(path, sizeof path, "/%c%lld", kind, (long long)call->ordinal);
    return fake_api_find(world->api, NULL, path, 0);
}

static int64_t connection_of(struct world *world, const struct call *call, char kind)
{
    const struct fake_request *request = request_of(world, call, kind);
    return request ? request->connection : -1;
}

/* Late bytes on the connection of this call, which is read from after them. False: it has ended. */
static bool send_late(struct world *world, const struct call *call, char kind)
{
    char bytes[LATE_SIZE_MAX];
    int64_t connection = connection_of(world, call, kind);
    size_t size = draw_late(world, call->ordinal, bytes);
    bool is_sent = connection >= 0 && fake_api_send(world->api, connection, bytes, size, FAKE_KEEP);
    world->late += is_sent;
    return is_sent;
}

static void turn(struct world *world)
{
    for (int64_t turns = below(world, 3); turns > 0; turns--)
        run(world, UV_RUN_NOWAIT);
}

/* The client's socket with this port; -1: it is closed. */
static int find_socket(int port)
{
    for (int fd = 0; fd < FD_COUNT; fd++) {
        struct sockaddr_in own;
        socklen_t size = sizeof own;
        if (getsockname(fd, (struct sockaddr *)&own, &size) == 0 && own.sin_family == AF_INET &&
            ntohs(own.sin_port) == port)
            return fd;
    }
    return -1;
}

/* The kernel may deliver them some time after they are sent. */
static void send_late_and_wait(struct world *world, const struct call *call)
{
    if (!send_late(world, call, PLAIN))
        return;
    struct pollfd socket = { .fd = find_socket(request_of(world, call, PLAIN)->peer_port),
                             .events = POLLIN };
    if (socket.fd >= 0)
        assert_int_equal(poll(&socket, 1, FAKE_API_PATIENCE_MS), 1);
}

/* A request after whatever has happened; after one on a good connection, it is known to be used again. */
static void follow(struct world *world)
{
    struct call call, next;
    turn(world);
    fetch(world, &call, PLAIN);
    assert_int_equal(call.error, 0);
    if (world->surprises > 0)
        return;
    fetch(world, &next, PLAIN);
    assert_int_equal(next.error, 0);
    world->reused += connection_of(world, &next, PLAIN) == connection_of(world, &call, PLAIN);
}

/* --- rounds ----------------------------------------------------------------------------------------- */

static void late_on_an_idle_connection(struct world *world)
{
    struct call call;
    fetch(world, &call, PLAIN);
    turn(world);
    send_late_and_wait(world, &call);
}

static void late_when_the_next_is_started(struct world *world)
{
    struct call call, next;
    fetch(world, &call, PLAIN);
    start(world, &next, PLAIN, FAKE_API_PATIENCE_MS);
    send_late_and_wait(world, &call);
    run_until_done(world, &next);
    assert_int_equal(next.error, 0);
}

static void late_behind_a_response(struct world *world)
{
    struct call call;
    fetch(world, &call, BEHIND);
}

/* The response to a call that was given up, as a whole or its end. */
static void late_after_the_end(struct world *world)
{
    struct call call;
    char kind = one_in(world, 2) ? SILENT : HALF;
    bool is_timeout = one_in(world, 10);
    start(world, &call, kind, is_timeout ? 1 + below(world, 3) : FAKE_API_PATIENCE_MS);
    while (!is_timeout && connection_of(world, &call, kind) < 0)
        run(world, UV_RUN_NOWAIT);
    turn(world);
    if (!is_timeout)
        http_cancel(call.call);
    if (is_timeout || one_in(world, 2))
        run_until_done(world, &call);
    send_late(world, &call, kind);
    run_until_done(world, &call);
    assert_int_not_equal(call.error, 0);
}

/*
 * Late bytes on an idle connection, and then on one that a call in flight uses: these look like its response. Without
 * two connections that are kept, the call is cancelled.
 */
static void late_beside_a_call(struct world *world)
{
    struct call calls[2], call;
    int surprises = world->surprises;
    start(world, &calls[0], PLAIN, FAKE_API_PATIENCE_MS);
    start(world, &calls[1], PLAIN, FAKE_API_PATIENCE_MS);
    run_until_done(world, &calls[0]);
    run_until_done(world, &calls[1]);
    start(world, &call, SILENT, FAKE_API_PATIENCE_MS);
    while (connection_of(world, &call, SILENT) < 0)
        run(world, UV_RUN_NOWAIT);
    int64_t used = connection_of(world, &call, SILENT);
    bool is_first_used = used == connection_of(world, &calls[0], PLAIN);
    const struct call *busy = is_first_used ? &calls[0] : &calls[1];
    const struct call *idle = is_first_used ? &calls[1] : &calls[0];
    if (surprises == 0 && connection_of(world, busy, PLAIN) == used &&
        connection_of(world, idle, PLAIN) != used) {
        send_late(world, idle, PLAIN);
        while (world->surprises == surprises)
            run(world, UV_RUN_ONCE);
        send_late(world, busy, PLAIN);
        world->doubted++;
    }
    turn(world);
    if (!call.is_done)
        http_cancel(call.call);
    run_until_done(world, &call);
    assert_int_not_equal(call.error, 0);
}

static void round_of(struct world *world)
{
    static void (*const kinds[])(struct world * world) = {
        late_on_an_idle_connection, late_when_the_next_is_started,
        late_behind_a_response,     late_after_the_end,
        late_beside_a_call,
    };
    kinds[below(world, COUNT_OF(kinds))](world);
    follow(world);
    if (world->surprises > 0 && world->rounds_left > CALM_ROUNDS)
        world->rounds_left = CALM_ROUNDS;
    world->rounds_left--;
}

static void no_response_is_of_another_request(void **state)
{
    (void)state;
    static struct world world;
    int64_t rounds = setting("BELATED_ROUNDS", ROUNDS);
    world.random.state = (uint64_t)setting("BELATED_SEED", 1);
    for (int64_t i = 0; i < rounds; i++) {
        if (world.rounds_left == 0) {
            if (i > 0)
                end(&world);
            begin(&world);
        }
        round_of(&world);
    }
    end(&world);
    print_message("%lld responses used, %lld refused, %lld connections used again, late bytes sent "
                  "%lld times\n",
                  (long long)world.used, (long long)world.refused, (long long)world.reused,
                  (long long)world.late);
    /* Without these, the test would prove nothing. */
    assert_true(world.used > rounds && world.refused > 0);
    assert_true(world.doubted > 0);
    assert_true(world.reused > rounds / 100 && world.late > rounds / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_response_is_of_another_request) };
    return cmocka_run_group_tests_name("http: belated bytes", tests, NULL, NULL);
}
