/* Connections that are reused, that do not come about, that no longer fit the configuration. */
#include "tests/support/http_world.h"
#include "tests/support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- connections: reused for reading, never for changing --------------------------------------------------------- */

static void reads_share_a_connection(void **state)
{
    (void)state;
    struct world world;
    start_world(&world, &plain_config);
    for (int i = 0; i < 20; i++)
        fetch_well(&world, "/status", NULL);
    assert_int_equal(fake_api_connections(world.api), 1);
    assert_int_equal(fake_api_count(world.api, "GET", "/status"), 20);
    end_world(&world);
}

static void changes_have_their_own(void **state)
{
    (void)state;
    struct world world;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    for (int i = 0; i < 5; i++)
        fetch_well(&world, "/scale", "{}");
    fetch_well(&world, "/status", NULL);
    assert_int_equal(fake_api_connections(world.api), 6);
    for (int i = 0; i < 5; i++)
        assert_int_equal(fake_api_find(world.api, "POST", NULL, i)->connection, i + 1);
    assert_int_equal(fake_api_find(world.api, "GET", NULL, 1)->connection, 0);
    run_until_open(&world, 1);
    end_world(&world);
}

/* libcurl repeats a request on a reused connection: one call, two requests at the server. */
static void close_once(void *context, const struct fake_request *request,
                       struct fake_answer *answer)
{
    const char *method = context;
    if (strcmp(request->method, method) == 0 && strcmp(request->path, "/die") == 0)
        *answer = (struct fake_answer){ .ending = FAKE_CLOSE };
}

static char method_get[] = "GET";
static char method_post[] = "POST";

static void a_change_is_never_sent_again(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fake_api_set_answer(world.api, close_once, method_post);
    fetch(&world, &outcome, "/die", "{\"delta\":1}");
    assert_int_equal(outcome.response.error, -ECONNRESET);
    assert_true(outcome.response.was_sent);
    fetch_well(&world, "/status", NULL);
    assert_int_equal(fake_api_count(world.api, "POST", NULL), 1);
    end_world(&world);
}

static void a_read_on_a_dying_connection_is_repeated(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fake_api_set_answer(world.api, close_once, method_get);
    fetch(&world, &outcome, "/die", NULL);
    assert_int_equal(outcome.response.error, -ECONNRESET);
    assert_int_equal(fake_api_count(world.api, "GET", "/die"), 2);
    end_world(&world);
}

static void survives_idle_connections_that_die(void **state)
{
    (void)state;
    static const enum fake_ending endings[] = { FAKE_CLOSE, FAKE_RESET };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct world world;
        start_world(&world, &plain_config);
        fetch_well(&world, "/status", NULL);
        fake_api_drop_connections(world.api, endings[i]);
        fetch_well(&world, "/scale", "{}");
        fetch_well(&world, "/status", NULL);
        assert_int_equal(fake_api_count(world.api, "POST", NULL), 1);
        assert_int_equal(fake_api_connections(world.api), 3);
        end_world(&world);
    }
}

static void count_turn(uv_prepare_t *prepare)
{
    ++*(int *)prepare->data;
}

static void stop_loop(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* A closed idle connection stays readable for ever; the loop must still sleep. */
static void does_not_spin_on_dead_connections(void **state)
{
    (void)state;
    struct world world;
    uv_prepare_t prepare;
    uv_timer_t timer;
    int turns = 0;
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fake_api_drop_connections(world.api, FAKE_CLOSE);
    uv_prepare_init(&world.loop, &prepare);
    uv_timer_init(&world.loop, &timer);
    prepare.data = &turns;
    uv_prepare_start(&prepare, count_turn);
    uv_timer_start(&timer, stop_loop, SHORT_MS, 0);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    assert_true(turns < 10);
    uv_close((uv_handle_t *)&prepare, NULL);
    uv_close((uv_handle_t *)&timer, NULL);
    end_world(&world);
}

/* --- connections that do not come about -------------------------------------------------------------------------- */

static void names_the_address_that_refused(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    char text[128];
    start_world(&world, &plain_config);
    fake_api_set_listening(world.api, false);
    snprintf(text, sizeof text, "connection refused by 127.0.0.1:%d", fake_api_port(world.api));
    fetch(&world, &outcome, "/", NULL);
    assert_not_sent(&outcome, -ECONNREFUSED, text);
    fetch(&world, &outcome, "/", "{}");
    assert_not_sent(&outcome, -ECONNREFUSED, text);
    fake_api_set_listening(world.api, true);
    fetch_well(&world, "/", "{}");
    end_world(&world);
}

static void says_what_it_could_not_look_up(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    /* A label of 64 characters is not valid, so no name server is queried. */
    struct http_request request = make_request(
        "http://user:secret@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test/",
        NULL);
    fetch_request(&world, &outcome, &request);
    assert_not_sent(&outcome, ERR_NAME_LOOKUP,
                    "cannot look up host "
                    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test'");
    end_world(&world);
}

/* "localhost" is ::1 and 127.0.0.1; the server listens on the latter only. */
static void tries_every_address(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    char url[64];
    start_world(&world, &plain_config);
    snprintf(url, sizeof url, "http://localhost:%d/", fake_api_port(world.api));
    for (int i = 0; i < 5; i++) {
        struct http_request request = make_request(url, i % 2 ? "{}" : NULL);
        fetch_request(&world, &outcome, &request);
        assert_string_equal(outcome.response.error_text, "");
        assert_int_equal(outcome.response.status, 200);
    }
    end_world(&world);
}

static void refuses_other_urls(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "file:///etc/passwd",     "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://[::1", "",
        "http://127.0.0.1:99999/"
    };
    struct world world;
    struct outcome outcome;
    start_world(&world, &plain_config);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct http_request request = make_request(urls[i], NULL);
        fetch_request(&world, &outcome, &request);
        assert_int_equal(outcome.response.error, -EINVAL);
        assert_false(outcome.response.was_sent);
        assert_non_null(strstr(outcome.response.error_text, "the request cannot be sent: "));
    }
    end_world(&world);
}

/* A listener that accepts no connection and has a full queue, so that the system does not respond. */
static int full_listener(int fds[8], int *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < 8; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fds[i], (const struct sockaddr *)&address, sizeof address);
    }
    *ret_port = ntohs(address.sin_port);
    return listener;
}

static void does_not_wait_for_a_connection_for_ever(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct world world;
    struct outcome outcome;
    int fds[8], port;
    char url[64], text[128];
    int listener = full_listener(fds, &port);
    config.connect_timeout_ms = SHORT_MS;
    start_world(&world, &config);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    snprintf(text, sizeof text, "no connection to 127.0.0.1:%d within 100ms", port);
    struct http_request request = make_request(url, "{}");
    for (int i = 0; i < 3; i++) {
        fetch_request(&world, &outcome, &request);
        assert_not_sent(&outcome, -ETIMEDOUT, text);
        assert_true(outcome.response.took_ms >= SHORT_MS);
        fetch_well(&world, "/status", NULL);
        fetch_well(&world, "/scale", "{}");
    }
    start_request(&world, &outcome, &request);
    run_once(&world, UV_RUN_NOWAIT);
    http_cancel(outcome.call);
    run_until_done(&world, 10);
    assert_cancelled(&outcome, false);
    end_world(&world);
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    close(listener);
}

static enum fake_ending end_it(void *context, int64_t connection)
{
    (void)connection;
    return *(const enum fake_ending *)context;
}

/* No descriptor is left for a socket. */
static void says_that_files_are_used_up(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome;
    struct rlimit few, usual;
    char text[128];
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    snprintf(text, sizeof text, "no connection to 127.0.0.1:%d: too many open files",
             fake_api_port(world.api));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    few = (struct rlimit){ .rlim_cur = 3, .rlim_max = usual.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    fetch(&world, &outcome, "/scale", "{}");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_not_sent(&outcome, -EMFILE, text);
    fetch_well(&world, "/scale", "{}");
    end_world(&world);
}

static void a_server_that_hangs_up_at_once(void **state)
{
    (void)state;
    static enum fake_ending endings[] = { FAKE_CLOSE, FAKE_RESET };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct world world;
        struct outcome outcome;
        start_world(&world, &plain_config);
        fake_api_set_accept(world.api, end_it, &endings[i]);
        fetch(&world, &outcome, "/", "{}");
        /* The system may or may not have taken a byte before the reset: a race. */
        assert_true(outcome.response.error == -ECONNRESET ||
                    outcome.response.error == -ECONNREFUSED);
        assert_int_equal(fake_api_connections(world.api), 1);
        end_world(&world);
    }
}

/* --- configuring: what was made with the old token is not used with the new -------------------------------------- */

static void uses_a_new_token_on_new_connections(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct world world;
    struct error err;
    config.token = "second";
    start_world(&world, &plain_config);
    fetch_well(&world, "/first", NULL);
    assert_int_equal(http_configure(world.http, &config, &err), 0);
    fetch_well(&world, "/second", NULL);
    fetch_well(&world, "/third", NULL);
    assert_header(fake_api_find(world.api, "GET", "/first", 0), "Authorization", "Bearer " TOKEN);
    assert_header(fake_api_find(world.api, "GET", "/second", 0), "Authorization", "Bearer second");
    assert_int_equal(fake_api_find(world.api, "GET", "/second", 0)->connection, 1);
    assert_int_equal(fake_api_find(world.api, "GET", "/third", 0)->connection, 1);
    end_world(&world);
}

static void lets_calls_in_flight_finish(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    struct http_config config = plain_config;
    struct world world;
    struct outcome old, unsent;
    struct error err;
    config.token = "second";
    start_world(&world, &plain_config);
    fake_api_set_answer(world.api, fake_api_always, (void *)(uintptr_t)&silence);
    start(&world, &old, "/old", NULL);
    run_until_received(&world, "GET", 1);
    fake_api_set_answer(world.api, NULL, NULL);
    start(&world, &unsent, "/unsent", NULL);
    assert_int_equal(http_configure(world.http, &config, &err), 0);
    assert_true(fake_api_send(world.api, 0, answer, sizeof answer - 1, FAKE_KEEP));
    run_until_done(&world, 2);
    assert_int_equal(old.response.error, 0);
    assert_int_equal(unsent.response.error, 0);
    assert_header(fake_api_find(world.api, "GET", "/unsent", 0), "Authorization", "Bearer " TOKEN);
    fetch_well(&world, "/new", NULL);
    assert_header(fake_api_find(world.api, "GET", "/new", 0), "Authorization", "Bearer second");
    assert_int_equal(fake_api_find(world.api, "GET", "/new", 0)->connection, 2);
    end_world(&world);
}

/* --- proxies ----------------------------------------------------------------------------------------------------- */

static void set_proxy_environment(const char *url)
{
    static const char *const names[] = { "http_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(url ? setenv(names[i], url, 1) : unsetenv(names[i]), 0);
}

static void ignores_proxies_of_the_environment(void **state)
{
    (void)state;
    struct fake_api *trap = fake_api_create(NULL, NULL);
    struct world world;
    set_proxy_environment(fake_api_url(trap));
    start_world(&world, &plain_config);
    fetch_well(&world, "/status", NULL);
    fetch_well(&world, "/scale", "{}");
    assert_int_equal(fake_api_connections(trap), 0);
    end_world(&world);
    set_proxy_environment(NULL);
    fake_api_destroy(trap);
}

static void uses_a_configured_proxy(void **state)
{
    (void)state;
    struct fake_api *proxy = fake_api_create(NULL, NULL);
    struct http_config config = plain_config;
    struct world world;
    struct outcome outcome;
    char text[128];
    assert_int_equal(setenv("no_proxy", "*", 1), 0);
    config.proxy = fake_api_url(proxy);
    start_world(&world, &config);
    struct http_request request = make_request("http://api.test/status", NULL);
    fetch_request(&world, &outcome, &request);
    assert_int_equal(outcome.response.error, 0);
    assert_int_equal(fake_api_count(proxy, "GET", "http://api.test/status"), 1);
    fake_api_drop_connections(proxy, FAKE_CLOSE);
    fake_api_set_listening(proxy, false);
    snprintf(text, sizeof text, "connection refused by 127.0.0.1:%d", fake_api_port(proxy));
    fetch_request(&world, &outcome, &request);
    assert_not_sent(&outcome, -ECONNREFUSED, text);
    end_world(&world);
    assert_int_equal(unsetenv("no_proxy"), 0);
    fake_api_destroy(proxy);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(reads_share_a_connection),
        cmocka_unit_test(changes_have_their_own),
        cmocka_unit_test(a_change_is_never_sent_again),
        cmocka_unit_test(a_read_on_a_dying_connection_is_repeated),
        cmocka_unit_test(survives_idle_connections_that_die),
        cmocka_unit_test(does_not_spin_on_dead_connections),
        cmocka_unit_test(names_the_address_that_refused),
        cmocka_unit_test(says_what_it_could_not_look_up),
        cmocka_unit_test(tries_every_address),
        cmocka_unit_test(refuses_other_urls),
        cmocka_unit_test(does_not_wait_for_a_connection_for_ever),
        cmocka_unit_test(says_that_files_are_used_up),
        cmocka_unit_test(a_server_that_hangs_up_at_once),
        cmocka_unit_test(uses_a_new_token_on_new_connections),
        cmocka_unit_test(lets_calls_in_flight_finish),
        cmocka_unit_test(ignores_proxies_of_the_environment),
        cmocka_unit_test(uses_a_configured_proxy),
    };
    return cmocka_run_group_tests_name("http", others, NULL, NULL);
}
