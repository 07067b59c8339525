#include "tests/bench/hostile_clients.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 10
#define TICK_CONNECTIONS (HOSTILE_CONNECTIONS * TICK_MS / HOSTILE_MS)
#define HELD 10 /* of each kind */
#define UNREAD_REQUESTS 50

static const char *const garbage[] = {
    "\x16\x03\x01\x02",
    "GET\r\n\r\n",
    "GET /v1/state HTTP/9.9\r\n\r\n",
    "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    "POST /v1/pause HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
};
#define GARBAGE_COUNT (sizeof garbage / sizeof garbage[0])

/* -1: the queue of the socket is full. */
static int open_client(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void say(int fd, const char *bytes)
{
    (void)!send(fd, bytes, strlen(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Renews what the server has ended. */
static void hold(const char *path, int *fd, void (*begin)(int fd))
{
    char byte;
    if (*fd >= 0 && recv(*fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
        close(*fd);
        *fd = -1;
    }
    if (*fd >= 0)
        return;
    *fd = open_client(path);
    if (*fd >= 0)
        begin(*fd);
}

static void begin_unread(int fd)
{
    for (int i = 0; i < UNREAD_REQUESTS; i++)
        say(fd, i % 2 == 0 ? "GET /v1/deployments HTTP/1.1\r\nHost: x\r\n\r\n"
                           : "GET /v1/log?since=0&limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void begin_stream(int fd)
{
    say(fd, "GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void begin_half_closed(int fd)
{
    say(fd, "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
    shutdown(fd, SHUT_WR);
}

static void begin_endless(int fd)
{
    say(fd, "GET /v1/state HTTP/1.1\r\n");
}

static void (*const begins[])(int fd) = { begin_unread, begin_stream, begin_half_closed,
                                          begin_endless };
#define KINDS (sizeof begins / sizeof begins[0])

static void hold_all(const char *path, int held[KINDS][HELD])
{
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < HELD; i++) {
            hold(path, &held[kind][i], begins[kind]);
            if (begins[kind] == begin_endless && held[kind][i] >= 0)
                say(held[kind][i], "X-Header: 0123456789012345678901234567890123456789\r\n");
        }
}

_Noreturn static void run(const char *path)
{
    int held[KINDS][HELD];
    memset(held, -1, sizeof held);
    for (size_t number = 0;; number++) {
        hold_all(path, held);
        for (size_t i = 0; i < TICK_CONNECTIONS; i++) {
            int fd = open_client(path);
            if (fd < 0)
                continue;
            if (i % 2 == 0)
                say(fd, garbage[(number + i) % GARBAGE_COUNT]);
            close(fd);
        }
        poll(NULL, 0, TICK_MS);
    }
}

pid_t hostile_clients_start(const char *socket)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(socket);
    }
    return pid;
}

void hostile_clients_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
