/*
 * bench_attach - what an attached console costs: its first picture, its bytes, and the engine's time for each reader.
 *
 *     bench_attach AUTOSCALER [DEPLOYMENTS [SECONDS]]
 *
 * An engine reads a simulated fleet of another process, with a pass every two seconds. Measured are the time from
 * connecting to a picture of the whole fleet, and then, with 0, 1 and 8 readers for SECONDS each: passes, the engine's
 * processor time, and the bytes that a reader gets. Nothing is asserted.
 */
#include "engine/base/clock.h"
#include "engine/remote/remote_feed.h"
#include "engine/snapshot.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS_MAX 8
#define PATH_SIZE 64
#define OPTION_SIZE 160
#define PICTURES 5
#define PASS "2s"

struct bench {
    const char *autoscaler;
    int deployments;
    int64_t window_ms;
    char dir[PATH_SIZE];
    char socket[PATH_SIZE + 16];
    char log[PATH_SIZE + 16];
    int port;
    pid_t api;
    pid_t engine;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        die("a free port");
    close(fd);
    return ntohs(address.sin_port);
}

static pid_t spawn(const char *const argv[])
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    int fd = open("/dev/null", O_WRONLY);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void start(struct bench *bench)
{
    char simulate[OPTION_SIZE], count[OPTION_SIZE], api[OPTION_SIZE], control[OPTION_SIZE];
    char log[OPTION_SIZE];
    bench->port = free_port();
    snprintf(simulate, sizeof simulate, "--simulate-api=127.0.0.1:%d", bench->port);
    snprintf(count, sizeof count, "--set=simulation.deployments=%d", bench->deployments);
    snprintf(api, sizeof api, "--api=http://127.0.0.1:%d", bench->port);
    snprintf(control, sizeof control, "--set=control.socket=%s", bench->socket);
    snprintf(log, sizeof log, "--log-file=%s", bench->log);
    const char *const server[] = { bench->autoscaler, simulate, count, "--demo-speed=1", NULL };
    const char *const engine[] = {
        bench->autoscaler, "--no-ui", api, control, log, "--no-state", "--pass-interval=" PASS, NULL
    };
    bench->api = spawn(server);
    bench->engine = spawn(engine);
}

static void stop(struct bench *bench)
{
    kill(bench->engine, SIGKILL);
    kill(bench->api, SIGKILL);
    waitpid(bench->engine, NULL, 0);
    waitpid(bench->api, NULL, 0);
    unlink(bench->socket);
    unlink(bench->log);
    rmdir(bench->dir);
}

static int64_t count_passes(const struct bench *bench)
{
    char line[1024];
    int64_t count = 0;
    FILE *file = fopen(bench->log, "r");
    while (file && fgets(line, sizeof line, file))
        count += strstr(line, " pass_done ") != NULL;
    if (file)
        fclose(file);
    return count;
}

/* Its start is not an event: the log says when the fleet has been read. */
static void await_passes(const struct bench *bench, int64_t count)
{
    while (count_passes(bench) < count) {
        if (waitpid(bench->engine, NULL, WNOHANG) != 0)
            die("the engine has ended");
        poll(NULL, 0, 100);
    }
}

/* --- the first picture ------------------------------------------------------------------------------------------- */

static void take_picture(const struct bench *bench)
{
    struct error err;
    struct remote_feed *remote = NULL;
    struct remote_feed_config config = { .socket = bench->socket };
    struct mono begun = mono_now();
    if (remote_feed_open(&config, &remote, &err) || remote_feed_start(remote, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    struct feed *feed = remote_feed_feed(remote);
    struct pollfd watched = { .fd = feed_descriptor(feed), .events = POLLIN };
    const struct snapshot *snapshot = NULL;
    while (!snapshot) {
        poll(&watched, 1, -1);
        feed_settle(feed);
        snapshot = feed_next(feed);
    }
    printf("first picture of %zu slots: %lld ms\n", snapshot->slot_count,
           (long long)(mono_now().ms - begun.ms));
    feed_release(feed, snapshot);
    remote_feed_close(remote);
}

/* --- readers ----------------------------------------------------------------------------------------------------- */

static int connect_reader(const struct bench *bench)
{
    static const char request[] = "GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(address.sun_path, bench->socket, strlen(bench->socket) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) ||
        write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1))
        die("connect");
    return fd;
}

/* Until a moment; returns the bytes of all. */
static int64_t read_until(struct pollfd *readers, int count, struct mono end)
{
    static char bytes[1 << 18];
    int64_t total = 0;
    int64_t left_ms;
    while ((left_ms = end.ms - mono_now().ms) > 0) {
        poll(readers, (nfds_t)count, (int)left_ms);
        for (int i = 0; i < count; i++) {
            if (!(readers[i].revents & POLLIN))
                continue;
            ssize_t size = recv(readers[i].fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (size == 0)
                die("a reader was dropped");
            total += size > 0 ? size : 0;
        }
    }
    return total;
}

/* User and system time of the engine, in clock ticks. */
static int64_t processor_ticks(const struct bench *bench)
{
    char path[PATH_SIZE], line[1024];
    unsigned long user = 0, kernel = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)bench->engine);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file))
        die(path);
    fclose(file);
    const char *rest = strrchr(line, ')');
    sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
    return (int64_t)(user + kernel);
}

static void measure(const struct bench *bench, int count)
{
    struct pollfd readers[READERS_MAX];
    for (int i = 0; i < count; i++)
        readers[i] = (struct pollfd){ .fd = connect_reader(bench), .events = POLLIN };
    read_until(readers, count, mono_after(mono_now(), 2 * bench->window_ms / 3));
    int64_t passes = count_passes(bench);
    int64_t ticks = processor_ticks(bench);
    struct mono begun = mono_now();
    int64_t bytes = read_until(readers, count, mono_after(begun, bench->window_ms));
    double seconds = (double)(mono_now().ms - begun.ms) / 1000;
    double used = (double)(processor_ticks(bench) - ticks) / (double)sysconf(_SC_CLK_TCK);
    passes = count_passes(bench) - passes;
    printf("%d readers: %lld passes in %.0f s, engine %.2f s a pass", count, (long long)passes,
           seconds, passes > 0 ? used / (double)passes : 0.0);
    if (count > 0)
        printf(", each reader %.0f kB/s, %.0f bytes a row and pass",
               (double)bytes / count / seconds / 1000,
               passes > 0 ? (double)bytes / count / (double)passes / bench->deployments : 0.0);
    printf("\n");
    for (int i = 0; i < count; i++)
        close(readers[i].fd);
}

int main(int argc, char **argv)
{
    struct bench bench = { .deployments = 100000, .window_ms = 15000, .dir = "/tmp/bench-XXXXXX" };
    if (argc < 2)
        return 2;
    bench.autoscaler = argv[1];
    if (argc > 2)
        bench.deployments = atoi(argv[2]);
    if (argc > 3)
        bench.window_ms = 1000 * (int64_t)atoi(argv[3]);
    if (!mkdtemp(bench.dir))
        die(bench.dir);
    snprintf(bench.socket, sizeof bench.socket, "%s/c.sock", bench.dir);
    snprintf(bench.log, sizeof bench.log, "%s/log", bench.dir);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    start(&bench);
    await_passes(&bench, 2);
    printf("attach, %d deployments, a pass every " PASS "\n", bench.deployments);
    for (int i = 0; i < PICTURES; i++)
        take_picture(&bench);
    static const int counts[] = { 0, 1, READERS_MAX };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        measure(&bench, counts[i]);
    stop(&bench);
    return 0;
}
