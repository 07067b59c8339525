#define _DEFAULT_SOURCE /* setgroups */
/*
 * Clients of the control socket that misbehave, and files in its place.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/control_client.h"
#include "tests/support/control_fixture.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HALF_CLOSED "GET /v1/state HTTP/1.1\r\nHost: x\r\n\r\n"
#define LIST "GET /v1/deployments HTTP/1.1\r\nHost: x\r\n\r\n"

/* Passes, scales and other clients go on. */
static void check_unharmed(struct api_fixture *fixture)
{
    api_fixture_wait_reads(fixture, NEIGHBOUR, 3);
    assert_int_equal(ask(fixture, "GET", "/v1/state", NULL).status, 200);
    neighbour_grow(fixture);
    neighbour_stop(fixture);
}

static void start(struct api_fixture *fixture, const char *const *arguments)
{
    neighbour_add(fixture);
    api_fixture_start(fixture, arguments);
    api_fixture_wait(fixture, "control_ready socket=");
}

/* --- garbage --------------------------------------------------------------------------------------------------- */

static void send_and_leave(struct api_fixture *fixture, const char *bytes, size_t size)
{
    close(control_client_connect(socket_path(fixture), bytes, size));
}

static void send_short_garbage(struct api_fixture *fixture)
{
    static const char *const garbage[] = {
        "\x16\x03\x01\x02", /* a TLS client */
        "GET\r\n\r\n",
        "\r\n\r\n\r\n",
        "GET /v1/state HTTP/9.9\r\n\r\n",
        "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        "POST /v1/pause HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"all\":true",
    };
    for (size_t i = 0; i < COUNT_OF(garbage); i++)
        send_and_leave(fixture, garbage[i], strlen(garbage[i]));
}

#define ENDLESS_SIZE ((size_t)1024 * 1024)

static void send_endless(struct api_fixture *fixture, const char *head, const char *piece)
{
    size_t piece_size = strlen(piece);
    char *bytes = heap_alloc(1, ENDLESS_SIZE);
    assert_non_null(bytes);
    size_t size = (size_t)snprintf(bytes, ENDLESS_SIZE, "%s", head);
    for (; size + piece_size < ENDLESS_SIZE; size += piece_size)
        memcpy(bytes + size, piece, piece_size);
    send_and_leave(fixture, bytes, size);
    heap_free(bytes);
}

static void send_deep_json(struct api_fixture *fixture)
{
    static char body[60001];
    memset(body, '[', sizeof body - 1);
    assert_int_equal(ask(fixture, "POST", "/v1/pause", body).status, 400);
}

void fault_87(struct api_fixture *fixture)
{
    start(fixture, NULL);
    send_short_garbage(fixture);
    send_endless(fixture, "GET /", "aaaaaaaa");
    send_endless(fixture, "GET /v1/state HTTP/1.1\r\n", "X-Endless: aaaaaaaa\r\n");
    send_endless(fixture, "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
                 "[[[[[[[[");
    send_deep_json(fixture);
    int fd = control_client_connect(socket_path(fixture), HALF_CLOSED, strlen(HALF_CLOSED));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    check_unharmed(fixture);
    close(fd);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " command=pause"), 0);
}

/* --- clients that hold or take everything ---------------------------------------------------------------------- */

#define UNREAD_CLIENTS 20
#define UNREAD_REQUESTS 100 /* together more than the buffers of a socket take */

void fault_88(struct api_fixture *fixture)
{
    int clients[UNREAD_CLIENTS];
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_add(fixture->hosts, id, 10, 80);
    }
    start(fixture, NULL);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 2);
    int64_t before_kib = program_memory_kib(fixture->program_fixture.program);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        clients[i] = control_client_connect(socket_path(fixture), LIST, strlen(LIST));
        for (int more = 1; more < UNREAD_REQUESTS; more++)
            (void)!send(clients[i], LIST, strlen(LIST), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    api_fixture_wait_reads(fixture, NEIGHBOUR, 3);
    int64_t after_kib = program_memory_kib(fixture->program_fixture.program);
    if (HAS_SANITIZER)
        fault_leave_out("memory, which a sanitizer keeps");
    else
        assert_true(after_kib < before_kib + UNREAD_CLIENTS * 512);
    check_unharmed(fixture);
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        close(clients[i]);
}

/* -1: the queue of the socket is full. */
static int try_to_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    assert_int_equal(errno, EAGAIN);
    close(fd);
    return -1;
}

/* One more request on a connection that is kept: the head and the whole body are read. */
static void ask_on(int fd)
{
    static char received[65536];
    size_t size = 0;
    const char *body = NULL;
    assert_true(send(fd, HALF_CLOSED, strlen(HALF_CLOSED), MSG_NOSIGNAL) > 0);
    for (;;) {
        ssize_t part = read(fd, received + size, sizeof received - 1 - size);
        assert_true(part > 0);
        size += (size_t)part;
        received[size] = '\0';
        body = strstr(received, "\r\n\r\n");
        if (body && received[size - 1] == '\n' && body + 4 < received + size)
            break;
    }
    assert_int_equal(strncmp(received, "HTTP/1.1 200 ", 13), 0);
}

#define CLIENTS 10000
#define CLIENTS_HELD 100

void fault_89(struct api_fixture *fixture)
{
    int held[CLIENTS_HELD];
    start(fixture, NULL);
    int kept = control_client_connect(socket_path(fixture), "", 0);
    ask_on(kept);
    for (size_t i = 0; i < COUNT_OF(held); i++)
        held[i] = try_to_connect(socket_path(fixture));
    for (int i = CLIENTS_HELD; i < CLIENTS; i++) {
        int fd = try_to_connect(socket_path(fixture));
        if (fd >= 0)
            close(fd);
    }
    ask_on(kept);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 3);
    ask_on(kept);
    for (size_t i = 0; i < COUNT_OF(held); i++)
        if (held[i] >= 0)
            close(held[i]);
    close(kept);
    check_unharmed(fixture);
}

/* --- users ----------------------------------------------------------------------------------------------------- */

#define OTHER_USER 65534
#define FOREIGN_GROUP 54321
#define NOT_CONNECTED 1
#define REFUSED_REQUESTS                                                                           \
    300 /* more than LOG_LIMIT_LINES in each LOG_LIMIT_MS, on slow machines too */
#define PAUSE_ALL                                                                                  \
    "POST /v1/pause HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 12\r\n\r\n"        \
    "{\"all\":true}"
#define GET_STATE "GET /v1/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

/* In a process of its own: the status of the response. */
_Noreturn static void ask_as_other(const char *path, gid_t group, const char *request)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char head[13] = "";
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (fd < 0 || setgroups(0, NULL) || setgid(group) || setuid(OTHER_USER) ||
        connect(fd, (const struct sockaddr *)&address, sizeof address))
        _exit(NOT_CONNECTED);
    if (write(fd, request, strlen(request)) < 0 || recv(fd, head, 12, MSG_WAITALL) != 12)
        _exit(2);
    _exit(atoi(head + 9) / 2); /* an exit code has a byte */
}

static int status_for_other(const struct api_fixture *fixture, gid_t group, const char *request)
{
    int ended;
    const char *path = socket_path(fixture);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        ask_as_other(path, group, request);
    assert_int_equal(waitpid(pid, &ended, 0), pid);
    assert_true(WIFEXITED(ended));
    return WEXITSTATUS(ended) * 2;
}

void fault_90(struct api_fixture *fixture)
{
    static const char group_option[] = "--set=control.group=nogroup";
    const struct group *group = getgrnam("nogroup");
    if (geteuid() != 0 || !group)
        fault_skip("only root can be another user");
    gid_t readers = group->gr_gid;
    start(fixture, (const char *const[]){ group_option, NULL });
    assert_int_equal(chmod(fixture->program_fixture.directory, 0711), 0);
    assert_int_equal(status_for_other(fixture, FOREIGN_GROUP, GET_STATE), 2 * NOT_CONNECTED);
    assert_int_equal(status_for_other(fixture, readers, GET_STATE), 200);
    for (int i = 0; i < REFUSED_REQUESTS; i++)
        assert_int_equal(status_for_other(fixture, readers, PAUSE_ALL), 403 / 2 * 2);
    wait_logged(fixture, (const char *const[]){ " warn control_refused uid=65534 ",
                                                " path=/v1/pause", NULL });
    struct control_reply reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_non_null(strstr(reply.body, "\"paused\":false"));
    check_unharmed(fixture);
    assert_in_range(program_count_lines(fixture->program_fixture.program, " control_refused "), 1,
                    REFUSED_REQUESTS - 1);
}

/* --- two operators --------------------------------------------------------------------------------------------- */

#define SCALE(delta)                                                                               \
    "{\"ids\":[\"eu-duel\"],\"delta\":" delta ",\"expect\":{\"hosts\":10},\"reason\":\"an "        \
    "event\"}"
#define KEY "Idempotency-Key: one\r\n"

static void check_replayed_scale(const struct api_fixture *fixture)
{
    for (int i = 0; i < 3; i++) {
        struct control_reply reply =
            control_client_ask(socket_path(fixture), "POST", "/v1/scale", KEY, SCALE("2"));
        assert_int_equal(reply.status, 200);
    }
    struct control_reply other =
        control_client_ask(socket_path(fixture), "POST", "/v1/scale", KEY, SCALE("3"));
    assert_int_equal(other.status, 422);
}

/* What both were shown: one deployment that is not paused. */
static void check_conflicting_pauses(const struct api_fixture *fixture)
{
    static const char pause[] = "{\"all\":true,\"expect\":{\"count\":2},\"reason\":\"first\"}";
    static const char stale[] = "{\"all\":true,\"expect\":{\"count\":3},\"reason\":\"second\"}";
    assert_int_equal(ask(fixture, "POST", "/v1/pause", pause).status, 200);
    assert_int_equal(ask(fixture, "POST", "/v1/resume", stale).status, 409);
    struct control_reply reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_non_null(strstr(reply.body, "\"paused\":true"));
    assert_int_equal(ask(fixture, "POST", "/v1/resume", pause).status, 200);
}

void fault_91(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "eu-duel", 10, 80);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, 1);
    start(fixture, NULL);
    api_fixture_wait_reads(fixture, "eu-duel", 2);
    check_replayed_scale(fixture);
    /* The first one is in flight: a second one for the same need is refused. */
    struct control_reply second = ask(fixture, "POST", "/v1/scale", SCALE("2"));
    assert_int_equal(second.status, 409);
    check_conflicting_pauses(fixture);
    check_unharmed(fixture);
    assert_int_equal(api_fixture_scales(fixture, "eu-duel"), 1);
}

/* --- files in its place ---------------------------------------------------------------------------------------- */

static void check_refused_place(struct api_fixture *fixture, const char *path, int exit_code,
                                const char *shown)
{
    char option[512];
    snprintf(option, sizeof option, "--set=control.socket=%s", path);
    int code = program_fixture_run(&fixture->program_fixture,
                                   (const char *const[]){ "--no-ui", option, NULL });
    assert_int_equal(code, exit_code);
    assert_non_null(strstr(program_log_end(fixture->program_fixture.program), shown));
}

static void check_link_in_its_place(struct api_fixture *fixture)
{
    char target[PROGRAM_FIXTURE_PATH_SIZE];
    struct stat st;
    program_fixture_write(&fixture->program_fixture, "precious", "mine", 0600);
    program_fixture_path(&fixture->program_fixture, "precious", target);
    assert_int_equal(symlink(target, socket_path(fixture)), 0);
    check_refused_place(fixture, socket_path(fixture), 1, "the file exists and is no socket");
    assert_int_equal(lstat(socket_path(fixture), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    char *content = program_fixture_read(target);
    assert_string_equal(content, "mine");
    heap_free(content);
    assert_int_equal(unlink(socket_path(fixture)), 0);
}

static void check_long_path(struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE + 128];
    char name[109];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(path, sizeof path, "%s/%s", fixture->program_fixture.directory, name);
    check_refused_place(fixture, path, 2, "1 to 107 bytes");
}

void fault_92(struct api_fixture *fixture)
{
    check_link_in_its_place(fixture);
    check_long_path(fixture);
    api_fixture_renew(fixture);
    start(fixture, NULL);
    program_signal(fixture->program_fixture.program, SIGKILL);
    program_finish(fixture->program_fixture.program);
    assert_int_equal(access(socket_path(fixture), F_OK), 0);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "control_ready socket=");
    check_unharmed(fixture);
}
