/* /metrics, /healthz and /readyz of the program, on its address and on the control socket. */
#include "tests/support/control_fixture.h"
#include "tests/support/exposition_check.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN "--set=metrics.listen=127.0.0.1:0"
#define REPLY_SIZE ((size_t)4 * 1024 * 1024)

/* The port that metrics_ready has in the log. */
static int port_of(struct api_fixture *fixture)
{
    const char *line =
        program_find_line(fixture->program_fixture.program, "metrics_ready url=http://", 0);
    assert_non_null(line);
    return atoi(strrchr(line, ':') + 1);
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int send_to(int port, const char *bytes, size_t size)
{
    int fd = connect_to(port);
    send(fd, bytes, size, MSG_NOSIGNAL);
    return fd;
}

/* All that the server sends until it closes the connection. Valid until the next call. */
static const char *receive(int fd)
{
    static char reply[REPLY_SIZE];
    size_t size = 0;
    ssize_t part;
    while (size + 1 < sizeof reply && (part = read(fd, reply + size, sizeof reply - 1 - size)) > 0)
        size += (size_t)part;
    reply[size] = '\0';
    close(fd);
    return reply;
}

static const char *get(int port, const char *path)
{
    char request[256];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    return receive(send_to(port, request, (size_t)length));
}

static void assert_status(const char *reply, int status)
{
    char start[32];
    snprintf(start, sizeof start, "HTTP/1.1 %d ", status);
    if (strncmp(reply, start, strlen(start)) != 0)
        fail_msg("expected %s, got %.200s", start, reply);
}

/* The metrics of the control socket, which puts chunks together. */
static const char *metrics(struct api_fixture *fixture)
{
    struct control_reply reply = ask(fixture, "GET", "/metrics", NULL);
    assert_int_equal(reply.status, 200);
    exposition_check(reply.body, false);
    return reply.body;
}

static int64_t number(const char *text, const char *series)
{
    const char *value = exposition_value(text, series);
    if (!value)
        fail_msg("there is no %s", series);
    return strtoll(value, NULL, 10);
}

static void an_engine_is_measured(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ LISTEN, "--read-only", NULL });
    const char *text = metrics(fixture);
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"eu-arena-1\"}", "10");
    assert_series(text, "autoscaler_deployment_servers{deployment=\"us-siege-3\"}", "300");
    assert_series(text, "autoscaler_deployment_free_servers{deployment=\"us-siege-3\"}", "60");
    assert_series(text, "autoscaler_leader", "0");
    assert_series(text, "autoscaler_paused", "0");
    assert_true(number(text, "autoscaler_pass_duration_seconds_count") >= 2);
    assert_true(number(text, "autoscaler_api_request_duration_seconds_count{operation=\"status\","
                             "code=\"200\"}") >= 6);
    assert_series(text, "autoscaler_api_errors_total{operation=\"status\",kind=\"http_5xx\"}", "0");
    assert_true(number(text, "autoscaler_last_pass_timestamp_seconds") >=
                number(text, "process_start_time_seconds"));
    assert_true(number(text, "process_resident_memory_bytes") > 1024 * 1024);
    api_fixture_stop(fixture);
}

static void orders_are_counted(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-1", 10, 100);
    api_fixture_start(fixture, (const char *const[]){ LISTEN, NULL });
    int64_t hosts = line_number(api_fixture_wait(fixture, " scale_requested "), "delta");
    api_fixture_wait(fixture, " scaled ");
    api_fixture_wait(fixture, " pass_done ");
    const char *text = metrics(fixture);
    assert_true(number(text, "autoscaler_hosts_requested_total{direction=\"up\"}") >= hosts);
    assert_true(number(text, "autoscaler_scale_requests_total{direction=\"up\","
                             "outcome=\"accepted\"}") >= 1);
    assert_series(text, "autoscaler_hosts_requested_total{direction=\"down\"}", "0");
    api_fixture_stop(fixture);
}

static void a_pause_is_shown(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ "--no-state", NULL });
    static const char one[] = "{\"ids\":[\"eu-arena-1\"]}";
    assert_int_equal(ask(fixture, "POST", "/v1/pause", one).status, 200);
    assert_int_equal(ask(fixture, "POST", "/v1/dry-run", "{\"on\":true}").status, 200);
    const char *text = metrics(fixture);
    assert_series(text, "autoscaler_paused", "0");
    assert_series(text, "autoscaler_dry_run", "1");
    assert_series(text, "autoscaler_overrides_active", "2");
    assert_series(text, "autoscaler_deployments{state=\"paused\"}", "1");
    assert_series(text, "autoscaler_deployment_state{deployment=\"eu-arena-1\",state=\"paused\"}",
                  "1");
    assert_series(text, "autoscaler_stateless", "1");
    assert_series(text, "autoscaler_state_ok", "0");
    api_fixture_stop(fixture);
}

/* The address has these three paths and nothing that acts. */
static void the_address_is_for_reading(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ LISTEN, NULL });
    int port = port_of(fixture);
    assert_status(get(port, "/metrics"), 200);
    assert_status(get(port, "/healthz"), 200);
    assert_status(get(port, "/readyz"), 200);
    assert_status(get(port, "/v1/state"), 404);
    assert_status(get(port, "/"), 404);
    static const char act[] = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                              "Content-Length: 12\r\n\r\n{\"all\":true}";
    assert_status(receive(send_to(port, act, sizeof act - 1)), 413);
    static const char head[] = "HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const char *reply = receive(send_to(port, head, sizeof head - 1));
    assert_status(reply, 200);
    assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
    api_fixture_stop(fixture);
}

/* Readers that send garbage, nothing, or do not read: passes go on, and others are served. */
static void hostile_clients_do_not_matter(void **state)
{
    struct api_fixture *fixture = *state;
    int silent[8];
    control_fixture_start(fixture, (const char *const[]){ LISTEN, NULL });
    int port = port_of(fixture);
    static const char garbage[] = "\x16\x03\x01 GET\r\n\r\n\r\n";
    static const char half[] = "GET /metrics HTTP/1.1\r\nHost: x";
    static const char pipelined[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                                    "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                                    "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (size_t i = 0; i < COUNT_OF(silent); i++)
        silent[i] = i % 2 == 0 ? send_to(port, half, sizeof half - 1)
                               : send_to(port, pipelined, sizeof pipelined - 1);
    for (int i = 0; i < 20; i++)
        receive(send_to(port, garbage, sizeof garbage - 1));
    api_fixture_wait(fixture, " pass_done ");
    assert_status(get(port, "/metrics"), 200);
    assert_non_null(
        strstr(receive(send_to(port, pipelined, sizeof pipelined - 1)), "\r\n\r\nok\n"));
    for (size_t i = 0; i < COUNT_OF(silent); i++)
        close(silent[i]);
    api_fixture_wait(fixture, " pass_done ");
    api_fixture_stop(fixture);
}

static void the_first_pass_makes_it_ready(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-1", 10, 80);
    fake_api_set_accepting(fixture->program_fixture.api, false);
    api_fixture_start(fixture, (const char *const[]){ LISTEN, "--timeout=100s", NULL });
    api_fixture_wait(fixture, " metrics_ready ");
    int port = port_of(fixture);
    assert_status(get(port, "/healthz"), 200);
    assert_status(get(port, "/readyz"), 503);
    const char *text = metrics(fixture);
    assert_null(exposition_value(text, "autoscaler_last_pass_timestamp_seconds"));
    fake_api_set_accepting(fixture->program_fixture.api, true);
    api_fixture_wait(fixture, " pass_done ");
    assert_status(get(port, "/readyz"), 200);
    api_fixture_stop(fixture);
}

static void a_reload_selects_other_deployments(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-1", 10, 80);
    hosts_api_add(fixture->hosts, "us-1", 10, 80);
    api_fixture_start_with(fixture, "metrics: {deployments: 'eu-*'}\n", NULL);
    api_fixture_wait(fixture, "pass_done pass=2");
    const char *text = metrics(fixture);
    assert_non_null(exposition_value(text, "autoscaler_deployment_hosts{deployment=\"eu-1\"}"));
    assert_null(exposition_value(text, "autoscaler_deployment_hosts{deployment=\"us-1\"}"));
    api_fixture_reload(fixture, "metrics: {deployments: none}\n", " config_reloaded ");
    /* A sample may be as old as that. */
    while (exposition_value(metrics(fixture), "autoscaler_deployment_hosts{deployment=\"eu-1\"}"))
        api_fixture_wait(fixture, " pass_done ");
    api_fixture_stop(fixture);
}

static void an_address_in_use_is_an_error(void **state)
{
    struct api_fixture *fixture = *state;
    char option[64];
    control_fixture_start(fixture, (const char *const[]){ LISTEN, NULL });
    snprintf(option, sizeof option, "--set=metrics.listen=127.0.0.1:%d", port_of(fixture));
    struct program_fixture second;
    program_fixture_init(&second);
    const char *const arguments[] = { "--no-ui", "--no-state", option, NULL };
    assert_int_equal(program_fixture_run(&second, arguments), 1);
    size_t size;
    assert_non_null(strstr(program_log(second.program, &size), "metrics.listen: cannot listen on"));
    program_fixture_fini(&second);
    api_fixture_stop(fixture);
}

int main(void)
{
#define WITH_API(test) cmocka_unit_test_setup_teardown(test, api_fixture_enter, api_fixture_leave)
    const struct CMUnitTest tests[] = {
        WITH_API(an_engine_is_measured),
        WITH_API(orders_are_counted),
        WITH_API(a_pause_is_shown),
        WITH_API(the_address_is_for_reading),
        WITH_API(hostile_clients_do_not_matter),
        WITH_API(the_first_pass_makes_it_ready),
        WITH_API(a_reload_selects_other_deployments),
        WITH_API(an_address_in_use_is_an_error),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
