/*
 * Clients of the control API that send garbage, never read, never end, or may not do what they ask; and two operators
 * at once. Passes go on, and acts are carried out one after the other.
 */
#define _DEFAULT_SOURCE /* setgroups */
#include "tests/support/control_client.h"
#include "tests/support/control_fixture.h"
#include "tests/support/test.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER_USER 65534
#define REFUSALS 60
#define LIMIT_LINES 50

static void start(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "eu-duel-2", 20, 160);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "pass_done pass=2");
}

/* Passes go on, a scale is sent, and the next client is answered. */
static void assert_unharmed(struct api_fixture *fixture)
{
    api_fixture_wait_reads(fixture, "eu-duel-2", 3);
    hosts_api_set_busy(fixture->hosts, "eu-duel-2", 195);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 ");
}

/* --- clients that hold up nothing ------------------------------------------------------------------------------ */

static void many_connections_hold_up_no_pass(void **state)
{
    struct api_fixture *fixture = *state;
    int clients[200];
    start(fixture);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        clients[i] = control_client_connect(socket_path(fixture), "GET /v1/state HT", i % 17);
    assert_unharmed(fixture);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        close(clients[i]);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
}

/* Each asks for far more than a socket holds. */
static void clients_that_never_read_hold_up_no_pass(void **state)
{
    static const char request[] = "GET /v1/log?since=0&limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n"
                                  "GET /v1/deployments HTTP/1.1\r\nHost: x\r\n\r\n";
    struct api_fixture *fixture = *state;
    int clients[20];
    start(fixture);
    api_fixture_wait(fixture, "pass_done pass=100");
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        clients[i] = control_client_connect(socket_path(fixture), "", 0);
        for (int repeat = 0; repeat < 20; repeat++)
            send(clients[i], request, sizeof request - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    assert_unharmed(fixture);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        close(clients[i]);
    api_fixture_stop(fixture);
}

static void half_closed_clients_hold_up_no_pass(void **state)
{
    static const char begun[] = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{";
    static const char *const sent[] = {
        "",
        "GET /v1/st",
        "GET /v1/state HTTP/1.1\r\nHost: x\r\n\r\n",
        begun,
    };
    struct api_fixture *fixture = *state;
    int clients[COUNT_OF(sent) * 5];
    start(fixture);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        const char *bytes = sent[i % COUNT_OF(sent)];
        clients[i] = control_client_connect(socket_path(fixture), bytes, strlen(bytes));
        shutdown(clients[i], SHUT_WR);
    }
    assert_unharmed(fixture);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        close(clients[i]);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "control_act"), 0);
}

/* The server ends the connection before the headers end. */
static void endless_headers_end_their_connection(void **state)
{
    static const char line[] = "X-Header: 0123456789012345678901234567890123456789\r\n";
    struct api_fixture *fixture = *state;
    char answer[256];
    start(fixture);
    int client = control_client_connect(socket_path(fixture), "GET /v1/state HTTP/1.1\r\n", 24);
    ssize_t sent;
    do {
        sent = send(client, line, sizeof line - 1, MSG_NOSIGNAL);
    } while (sent > 0);
    while (read(client, answer, sizeof answer) > 0)
        continue;
    close(client);
    assert_unharmed(fixture);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
}

/* Bytes from a seed: every run has the same. */
static void random_bytes_are_no_act(void **state)
{
    struct api_fixture *fixture = *state;
    char bytes[512];
    uint32_t seed = 17;
    start(fixture);
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (char)(seed >> 24);
        }
        close(control_client_connect(socket_path(fixture), bytes, sizeof bytes));
    }
    assert_unharmed(fixture);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "control_act"), 0);
}

/* --- two operators --------------------------------------------------------------------------------------------- */

static int send_act(const struct api_fixture *fixture, const char *path)
{
    char request[256];
    int length = snprintf(request, sizeof request,
                          "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 21"
                          "\r\n\r\n{\"ids\":[\"eu-duel-2\"]}",
                          path);
    return control_client_connect(socket_path(fixture), request, (size_t)length);
}

static void await_ok(int client)
{
    char answer[1024];
    size_t size = 0;
    ssize_t part;
    while (size < sizeof answer - 1 &&
           (part = read(client, answer + size, sizeof answer - 1 - size)) > 0)
        size += (size_t)part;
    close(client);
    answer[size] = '\0';
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
}

/* What the log has last is what holds. */
static void conflicting_acts_are_carried_out_one_after_the_other(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    start(fixture);
    for (int round = 0; round < 10; round++) {
        int first = send_act(fixture, round % 2 ? "/v1/pause" : "/v1/resume");
        int second = send_act(fixture, round % 2 ? "/v1/resume" : "/v1/pause");
        await_ok(second);
        await_ok(first);
    }
    struct control_reply reply = ask(fixture, "GET", "/v1/deployments/eu-duel-2", NULL);
    bool is_paused = strstr(reply.body, "\"state\":\"paused\"") != NULL;
    api_fixture_stop(fixture);
    const char *log = program_log(fixture->program_fixture.program, &size);
    const char *last = NULL;
    for (const char *at = log; (at = strstr(at, "control_act act=")); at++)
        last = at;
    assert_non_null(last);
    assert_int_equal(strncmp(last, "control_act act=pause ", 22) == 0, is_paused);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "control_act act="), 20);
}

/* --- a user without rights ------------------------------------------------------------------------------------- */

/* In a child, without assertions: the status of an act by this user; 0: none. */
static int ask_as_other(const char *path)
{
    static const char request[] = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                  "Content-Length: 2\r\n\r\n{}";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char answer[64] = "";
    int status = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0 &&
        read(fd, answer, sizeof answer - 1) > 0 && sscanf(answer, "HTTP/1.1 %d", &status) != 1)
        status = 0;
    close(fd);
    return status;
}

static int run_as_other(const char *path)
{
    if (setgroups(0, NULL) || setgid(OTHER_USER) || setuid(OTHER_USER))
        return 2;
    for (int i = 0; i < REFUSALS; i++)
        if (ask_as_other(path) != 403)
            return 1;
    return 0;
}

/* The socket is opened to all for this: then the rights of the kernel's peer decide alone. */
static void another_user_is_refused_and_its_refusals_are_limited(void **state)
{
    struct api_fixture *fixture = *state;
    int status;
    if (geteuid() != 0)
        skip();
    start(fixture);
    assert_int_equal(chmod(fixture->program_fixture.directory, 0711), 0);
    assert_int_equal(chmod(socket_path(fixture), 0666), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(run_as_other(socket_path(fixture)));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    api_fixture_wait(fixture, " warn control_refused uid=65534 pid=");
    assert_unharmed(fixture);
    api_fixture_stop(fixture);
    struct program *program = fixture->program_fixture.program;
    assert_in_range(program_count_lines(program, " warn control_refused uid="), 1, LIMIT_LINES);
    assert_int_equal(program_count_lines(program, "control_act"), 0);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, api_fixture_enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_connections_hold_up_no_pass),
        TEST(clients_that_never_read_hold_up_no_pass),
        TEST(half_closed_clients_hold_up_no_pass),
        TEST(endless_headers_end_their_connection),
        TEST(random_bytes_are_no_act),
        TEST(conflicting_acts_are_carried_out_one_after_the_other),
        TEST(another_user_is_refused_and_its_refusals_are_limited),
    };
    return cmocka_run_group_tests_name("control_hostile", tests, NULL, NULL);
}
