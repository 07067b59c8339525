/* Requests and responses, limits, connections, creation. */
#include "engine/http/http.h"
#include "engine/http/listen_socket.h"
#include "tests/support/http_server_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void handle_too_large(void *context, struct http_server_exchange *exchange,
                             const struct http_server_request *request)
{
    (void)context;
    assert_int_equal(request->body_size, 0);
    assert_string_equal(request->body, "");
    respond(exchange, 413, request->path);
}

/* ---- requests ---- */

static const struct request_row {
    const char *name;
    const char *request;
    int status;       /* 0: closed without a response */
    const char *body; /* NULL: not checked */
} request_rows[] = {
    /* clang-format off */
    { "GET", "GET /a" CLOSE "\r\n", 200, "GET /a header=- query=- body=" },
    { "the root", "GET /" CLOSE "\r\n", 200, "GET / header=- query=- body=" },
    { "any method", "PURGE /a" CLOSE "\r\n", 200, "PURGE /a header=- query=- body=" },
    { "HEAD has no body", "HEAD /a" CLOSE "\r\n", 200, "" },
    { "the path stays encoded", "GET /a%2Fb%00c" CLOSE "\r\n", 200, "GET /a%2Fb%00c header=- query=- body=" },
    { "a query", "GET /a?x=1&word=yes" CLOSE "\r\n", 200, "GET /a header=- query=yes body=" },
    { "the query stays encoded", "GET /a?word=a%26b+c" CLOSE "\r\n", 200, "GET /a header=- query=a%26b c body=" },
    { "a malformed query", "GET /a?word=%zz&&=" CLOSE "\r\n", 200, "GET /a header=- query=%zz body=" },
    { "a parameter without a value", "GET /a?word" CLOSE "\r\n", 200, "GET /a header=- query=- body=" },
    { "a header in another case", "GET /a" CLOSE "X-WORD: yes\r\n\r\n", 200, "GET /a header=yes query=- body=" },
    { "a body", "POST /a" CLOSE "Content-Length: 5\r\n\r\nhello", 200, "POST /a header=- query=- body=hello" },
    { "a body in chunks", "POST /a" CLOSE "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
      200, "POST /a header=- query=- body=hello" },
    { "no body in the response", "GET /nothing" CLOSE "\r\n", 204, "" },
    { "a permanent body", "GET /permanent" CLOSE "\r\n", 200, "permanent" },
    { "dropped", "GET /drop" CLOSE "\r\n", 0, NULL },
    { "a line break in a response header", "GET /invalid-header" CLOSE "\r\n", 0, NULL },
    { "deferred and answered at once", "GET /defer-and-respond" CLOSE "\r\n", 200, "deferred 0" },
    { "deferred and dropped at once", "GET /defer-and-drop" CLOSE "\r\n", 0, NULL },
    { "deferred without memory", "GET /defer-without-memory" CLOSE "\r\n", 0, NULL },
    { "no HTTP", "\x16\x03\x01\x02\r\n\r\n", 0, NULL },
    { "no path", "GET\r\n\r\n", 0, NULL },
    { "no version", "GET /a\r\n\r\n", 400, NULL },
    { "a later version", "GET /a HTTP/9.9\r\nHost: t\r\n\r\n", 505, NULL },
    { "no host", "GET /a HTTP/1.1\r\nConnection: close\r\n\r\n", 400, NULL },
    { "a header without a colon", "GET /a" CLOSE "word\r\n\r\n", 400, NULL },
    { "a negative length", "POST /a" CLOSE "Content-Length: -1\r\n\r\n", 400, NULL },
    { "a length that is no number", "POST /a" CLOSE "Content-Length: 1x\r\n\r\nx", 400, NULL },
    { "a length beyond 64 bits", "POST /a" CLOSE "Content-Length: 99999999999999999999\r\n\r\n", 413, NULL },
    { "a chunk that is no number", "POST /a" CLOSE "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, NULL },
    /* clang-format on */
};

static void a_request_gets_a_response(void **state)
{
    const struct request_row *row = *state;
    struct world *world = open_world();
    const struct raw_client *client = exchange_bytes(world, row->request);
    assert_int_equal(raw_client_status(client), row->status);
    if (row->body)
        assert_string_equal(raw_client_body(client), row->body);
    close_world(world);
}

/* ---- bodies in pieces ---- */

static void a_body_is_sent_in_pieces(void **state)
{
    (void)state;
    struct world *world = open_world();
    const struct raw_client *client = get(world, "/lines");
    assert_int_equal(raw_client_status(client), 200);
    assert_true(raw_client_has_header(client, "Transfer-Encoding: chunked"));
    assert_string_equal(raw_client_body(client),
                        "7\r\nline 0\n\r\n7\r\nline 1\n\r\n7\r\nline 2\n\r\n0\r\n\r\n");
    assert_string_equal(raw_client_body(get(world, "/no-lines")), "0\r\n\r\n");
    assert_int_equal(world->ended_count, 2);
    close_world(world);
}

static void a_body_that_breaks_off_is_not_complete(void **state)
{
    (void)state;
    struct world *world = open_world();
    const struct raw_client *client = get(world, "/broken-lines");
    assert_int_equal(raw_client_status(client), 200);
    assert_null(strstr(raw_client_body(client), "0\r\n\r\n"));
    assert_int_equal(world->ended_count, 1);
    close_world(world);
}

static void a_body_in_pieces_without_memory_is_dropped(void **state)
{
    (void)state;
    struct world *world = open_world();
    assert_int_equal(raw_client_status(get(world, "/lines-without-memory")), 0);
    close_world(world);
}

/* The client reads nothing after the first bytes: the body ends with the connection. */
static void a_client_that_leaves_ends_the_body(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start_get(world, "/many-lines");
    while (client->reply_size == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    raw_client_close(client);
    while (world->ended_count == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(raw_client_status(get(world, "/lines")), 200);
    close_world(world);
}

static struct raw_client *start_pausing(struct world *world)
{
    struct raw_client *client = start_get(world, "/pausing");
    world->line_count = 1;
    while (client->reply_size == 0 || !strstr(raw_client_body(client), "line 0"))
        uv_run(&world->loop, UV_RUN_ONCE);
    return client;
}

static void a_body_pauses_until_it_is_continued(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start_pausing(world);
    assert_int_equal(raw_client_status(get(world, "/lines")), 200); /* others are served */
    assert_null(strstr(raw_client_body(client), "line 1"));
    world->line_count = 3;
    http_server_continue(world->pausing);
    http_server_continue(world->pausing);
    while (!strstr(raw_client_body(client), "0\r\n\r\n"))
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_non_null(strstr(raw_client_body(client), "line 2"));
    assert_int_equal(world->ended_count, 2);
    close_world(world);
}

static void a_body_that_pauses_can_be_cut(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start_pausing(world);
    http_server_cut(world->pausing);
    while (world->ended_count == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_null(strstr(raw_client_body(client), "0\r\n\r\n"));
    close_world(world);
}

/* The server does not write to it any more: only the socket can be shut. */
static void a_body_that_is_not_read_can_be_cut(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start_get(world, "/flood");
    while (client->reply_size == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    uv_read_stop((uv_stream_t *)&client->tcp);
    for (int i = 0; i < 100; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(world->ended_count, 0);
    http_server_cut(world->pausing);
    while (world->ended_count == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    raw_client_close(client);
    close_world(world);
}

static void a_server_closes_with_a_body_that_pauses(void **state)
{
    (void)state;
    struct world *world = open_world();
    start_pausing(world);
    close_world(world);
}

/* ---- sockets of the caller ---- */

static void a_server_takes_a_listening_socket(void **state)
{
    (void)state;
    union listen_address address;
    char url[64];
    struct sockaddr_in bound;
    socklen_t size = sizeof bound;
    assert_true(listen_address_parse("127.0.0.1:0", &address));
    struct http_server_config config = make_config(NULL);
    config.listen = NULL;
    assert_int_equal(listen_socket_open(&address, &config.listen_fd), 0);
    assert_int_equal(getsockname(config.listen_fd, (struct sockaddr *)&bound, &size), 0);
    struct world *world = open_world_with(&config);
    assert_string_equal(http_server_url(world->server), "");
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(bound.sin_port));
    static const char request[] = "GET /a" CLOSE "\r\n";
    const struct raw_client *client =
        raw_client_exchange(&world->clients, url, request, sizeof request - 1);
    assert_int_equal(raw_client_status(client), 200);
    close_world(world);
}

/* ---- limits ---- */

static struct raw_client *post_body_of(struct world *world, size_t size)
{
    char *storage = heap_alloc(size + 256, 1);
    struct text request;
    text_init(&request, storage, size + 256);
    text_addf(&request, "POST /big" CLOSE "Content-Length: %zu\r\n\r\n", size);
    memset(storage + request.length, 'x', size);
    struct raw_client *client = raw_client_exchange(&world->clients, http_server_url(world->server),
                                                    storage, request.length + size);
    heap_free(storage);
    return client;
}

static void a_body_has_a_maximum(void **state)
{
    (void)state;
    struct world *world = open_world();
    assert_int_equal(raw_client_status(post_body_of(world, BODY_SIZE_MAX)), 200);
    assert_int_equal(world->request_count, 1);
    const struct raw_client *client = post_body_of(world, BODY_SIZE_MAX + 1);
    assert_int_equal(raw_client_status(client), 413);
    assert_string_equal(raw_client_body(client), "the body of a request has at most 1000 bytes\n");
    size_t size_max = BODY_SIZE_MAX * HTTP_SERVER_BODY_EXCESS_MAX;
    assert_int_equal(raw_client_status(post_body_of(world, size_max)), 413);
    assert_int_equal(raw_client_status(post_body_of(world, size_max + 1)), 0);
    assert_int_equal(world->request_count, 1);
    close_world(world);
}

static void a_large_body_has_a_handler_of_its_own(void **state)
{
    (void)state;
    struct http_server_config config = make_config(NULL);
    config.too_large = handle_too_large;
    struct world *world = open_world_with(&config);
    const struct raw_client *client = post_body_of(world, BODY_SIZE_MAX + 1);
    assert_int_equal(raw_client_status(client), 413);
    assert_string_equal(raw_client_body(client), "/big");
    close_world(world);
}

static void headers_have_a_maximum(void **state)
{
    (void)state;
    struct world *world = open_world();
    char storage[HTTP_SERVER_HEADERS_SIZE_MAX + 256];
    struct text request;
    text_init(&request, storage, sizeof storage);
    text_add(&request, "GET /a" CLOSE "X-Long: ");
    while (request.length < HTTP_SERVER_HEADERS_SIZE_MAX)
        text_add_char(&request, 'x');
    text_add(&request, "\r\n\r\n");
    assert_int_equal(raw_client_status(exchange_bytes(world, storage)), 431);
    assert_int_equal(world->request_count, 0);
    close_world(world);
}

static void a_client_beyond_the_limit_waits(void **state)
{
    (void)state;
    struct http_server_config config = make_config(NULL);
    config.connections_max = 1;
    struct world *world = open_world_with(&config);
    struct raw_client *first = start_get(world, "/defer");
    wait_for_deferred(world, 1);
    struct raw_client *second = start_get(world, "/a");
    while (!second->write.handle)
        uv_run(&world->loop, UV_RUN_ONCE);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(world->request_count, 1);
    release_all(world);
    raw_client_wait(first);
    raw_client_wait(second);
    assert_int_equal(raw_client_status(first), 200);
    assert_int_equal(raw_client_status(second), 200);
    close_world(world);
}

static void an_idle_connection_is_closed(void **state)
{
    (void)state;
    struct http_server_config config = make_config(NULL);
    config.idle_timeout_ms = 1; /* a second */
    struct world *world = open_world_with(&config);
    struct raw_client *deferred = start_get(world, "/defer");
    struct raw_client *silent = start(world, "");
    struct raw_client *half = start(world, "GET /a HTT");
    struct raw_client *alive = start(world, "GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    raw_client_wait(silent);
    raw_client_wait(half);
    raw_client_wait(alive);
    assert_int_equal(raw_client_status(alive), 200);
    assert_false(deferred->is_done);
    release_all(world);
    raw_client_wait(deferred);
    assert_int_equal(raw_client_status(deferred), 200);
    close_world(world);
}

/* ---- connections ---- */

static void a_connection_serves_several_requests(void **state)
{
    (void)state;
    struct world *world = open_world();
    const struct raw_client *client =
        exchange_bytes(world, "GET /defer-and-respond HTTP/1.1\r\nHost: t\r\n\r\n"
                              "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi"
                              "GET /c" CLOSE "\r\n");
    const char *second = strstr(client->reply, "POST /b header=- query=- body=hi");
    assert_non_null(strstr(client->reply, "deferred 0"));
    assert_non_null(second);
    assert_non_null(strstr(second, "GET /c header=- query=- body="));
    assert_int_equal(world->request_count, 3);
    close_world(world);
}

static void a_client_that_waits_for_100_gets_it(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client =
        start(world, "POST /a" CLOSE "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    while (client->reply_size == 0)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(raw_client_status(client), 100);
    uv_buf_t body = uv_buf_init((char[]){ 'x' }, 1);
    assert_int_equal(uv_try_write((uv_stream_t *)&client->tcp, &body, 1), 1);
    raw_client_wait(client);
    assert_non_null(strstr(client->reply, "POST /a header=- query=- body=x"));
    close_world(world);
}

static void response_headers_are_sent(void **state)
{
    (void)state;
    struct world *world = open_world();
    const struct raw_client *client = get(world, "/a");
    assert_true(raw_client_has_header(client, "Content-Type: text/plain\r\n"));
    assert_true(raw_client_has_header(client, "X-Test: yes\r\n"));
    assert_false(raw_client_has_header(client, "X-Absent"));
    close_world(world);
}

static void an_incomplete_request_is_not_handled(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct raw_client *client = start(world, "POST /a" CLOSE "Content-Length: 9\r\n\r\nhalf");
    while (!client->write.handle)
        uv_run(&world->loop, UV_RUN_ONCE);
    raw_client_close(client);
    assert_int_equal(raw_client_status(get(world, "/b")), 200);
    assert_int_equal(world->request_count, 1);
    close_world(world);
}

struct outcome {
    int count;
    int status_count; /* of responses with 200 */
};

static void on_outcome(void *context, const struct http_response *response)
{
    struct outcome *outcome = context;
    outcome->count++;
    outcome->status_count += response->error == 0 && response->status == 200;
}

static void ignore(void *context)
{
    (void)context;
}

static void the_http_client_sends_many_requests_at_once(void **state)
{
    (void)state;
    struct world *world = open_world();
    const struct http_config config = { .user_agent = "test",
                                        .connect_timeout_ms = 10000,
                                        .calls_max = DEFERRED_MAX };
    struct outcome outcome = { 0 };
    struct http *http;
    struct http_call *call;
    struct error err;
    char url[128];
    snprintf(url, sizeof url, "%s/defer", http_server_url(world->server));
    const struct http_request request = { .url = url, .timeout_ms = 10000, .body_size_max = 1000 };
    assert_int_equal(http_create(&world->loop, &config, &http, &err), 0);
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < DEFERRED_MAX; i++)
            assert_int_equal(http_start(http, &request, on_outcome, &outcome, &call, &err), 0);
        wait_for_deferred(world, DEFERRED_MAX);
        release_all(world);
        while (outcome.count < round * DEFERRED_MAX)
            uv_run(&world->loop, UV_RUN_ONCE);
        assert_int_equal(outcome.status_count, outcome.count);
    }
    http_close(http, ignore, NULL);
    close_world(world);
}

/* ---- creation ---- */

static void an_invalid_address_is_refused(void **state)
{
    (void)state;
    struct http_server_config config = make_config(NULL);
    config.listen = "nowhere:\x1b";
    struct http_server *server = NULL;
    uv_loop_t loop = { 0 };
    struct error err;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(http_server_create(&loop, &config, &server, &err), -EINVAL);
    assert_null(server);
    assert_string_equal(err.msg, "cannot listen on nowhere:\\x1b: expected ADDRESS:PORT, such as "
                                 "127.0.0.1:8000 or [::1]:8000");
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_port_in_use_is_refused(void **state)
{
    (void)state;
    struct world *world = open_world();
    struct http_server_config config = make_config(world);
    config.listen = http_server_url(world->server) + strlen("http://");
    struct http_server *server = NULL;
    struct error err;
    char expected[ERROR_MSG_SIZE];
    assert_int_equal(http_server_create(&world->loop, &config, &server, &err), -EADDRINUSE);
    assert_null(server);
    snprintf(expected, sizeof expected, "cannot listen on %s: address already in use",
             config.listen);
    assert_string_equal(err.msg, expected);
    close_world(world);
}

static void creation_without_memory_is_refused(void **state)
{
    (void)state;
    struct http_server_config config = make_config(NULL);
    struct http_server *server = NULL;
    uv_loop_t loop = { 0 };
    struct error err;
    assert_int_equal(uv_loop_init(&loop), 0);
    watched_heap.succeed_count = 0;
    assert_int_equal(http_server_create(&loop, &config, &server, &err), -ENOMEM);
    watched_heap.succeed_count = -1;
    assert_null(server);
    assert_string_equal(err.msg, "out of memory");
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(watched_heap.live_count, 0);
}

static void a_server_without_requests_closes(void **state)
{
    (void)state;
    close_world(open_world());
}

static void ipv6_is_served_where_the_machine_has_it(void **state)
{
    (void)state;
    struct world *world = create_world();
    struct http_server_config config = make_config(world);
    config.listen = "[::1]:0";
    int result = http_server_create(&world->loop, &config, &world->server, NULL);
    if (result == 0) {
        assert_memory_equal(http_server_url(world->server), "http://[::1]:", 13);
        assert_int_equal(raw_client_status(get(world, "/a")), 200);
    }
    world->is_closed = result < 0;
    close_world(world);
    if (result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL)
        skip();
    assert_int_equal(result, 0);
}

int main(void)
{
    alarm(WATCHDOG_SECONDS);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_sent_in_pieces),
        cmocka_unit_test(a_body_that_breaks_off_is_not_complete),
        cmocka_unit_test(a_body_in_pieces_without_memory_is_dropped),
        cmocka_unit_test(a_body_pauses_until_it_is_continued),
        cmocka_unit_test(a_body_that_pauses_can_be_cut),
        cmocka_unit_test(a_body_that_is_not_read_can_be_cut),
        cmocka_unit_test(a_server_closes_with_a_body_that_pauses),
        cmocka_unit_test(a_client_that_leaves_ends_the_body),
        cmocka_unit_test(a_server_takes_a_listening_socket),
        cmocka_unit_test(a_body_has_a_maximum),
        cmocka_unit_test(a_large_body_has_a_handler_of_its_own),
        cmocka_unit_test(headers_have_a_maximum),
        cmocka_unit_test(a_client_beyond_the_limit_waits),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(a_connection_serves_several_requests),
        cmocka_unit_test(a_client_that_waits_for_100_gets_it),
        cmocka_unit_test(response_headers_are_sent),
        cmocka_unit_test(an_incomplete_request_is_not_handled),
        cmocka_unit_test(the_http_client_sends_many_requests_at_once),
        cmocka_unit_test(an_invalid_address_is_refused),
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(creation_without_memory_is_refused),
        cmocka_unit_test(a_server_without_requests_closes),
        cmocka_unit_test(ipv6_is_served_where_the_machine_has_it),
    };
    struct CMUnitTest request_tests[COUNT_OF(request_rows)];
    TESTS_FROM_ROWS(request_tests, request_rows, a_request_gets_a_response);
    int failed = cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("http_server requests", request_tests, NULL, NULL);
    return failed;
}
