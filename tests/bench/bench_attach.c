/*
 * bench_attach - what an attached console costs: its first picture, its bytes, and the engine's time for each reader.
 *
 * An engine with 100,000 deployments, of which 1 % change in a pass (stream_engine.h). Measured are the time from
 * connecting to a picture of the whole fleet; the time of the engine's thread until 1 and 8 readers that come at the
 * same time have the whole fleet; and the same time a pass, with 0, 1 and 8 readers that have it, and the bytes that
 * each of them gets. Times of the thread are on a processor: other processes do not add to them. Nothing is asserted.
 */
#define _GNU_SOURCE 1 /* memmem */
#include "engine/base/clock.h"
#include "engine/remote/remote_feed.h"
#include "engine/snapshot.h"
#include "tests/bench/process.h"
#include "tests/bench/stream_engine.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READERS_MAX 8
#define PATH_SIZE 64
#define PICTURES 3
#define WINDOW_PASSES 3
#define USUAL_PASS_S 30

/* How a batch ends. What is found may be in two pieces. */
static const char end_line[] = "{\"end\":{";
#define CARRIED (sizeof end_line - 2)

struct reader {
    int fd;
    int64_t bytes;
    int64_t ends;
    char carried[CARRIED];
};

struct bench {
    char dir[PATH_SIZE];
    char socket[PATH_SIZE + 16];
    pid_t engine;
    struct reader readers[READERS_MAX];
    int count;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds_now(void)
{
    return (double)mono_now().ms / 1000;
}

/* --- the first picture ------------------------------------------------------------------------------------------- */

static double take_picture(const struct bench *bench)
{
    struct error err;
    struct remote_feed *remote = NULL;
    struct remote_feed_config config = { .socket = bench->socket };
    double begun = seconds_now();
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
    double took = seconds_now() - begun;
    feed_release(feed, snapshot);
    remote_feed_close(remote);
    return took;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void take_pictures(const struct bench *bench)
{
    double took[PICTURES];
    double used = process_thread_seconds(bench->engine);
    for (size_t i = 0; i < PICTURES; i++)
        took[i] = take_picture(bench);
    used = (process_thread_seconds(bench->engine) - used) / PICTURES;
    qsort(took, PICTURES, sizeof took[0], compare);
    printf("  first picture: median %.0f ms, worst %.0f ms; engine %.0f ms\n",
           1e3 * took[PICTURES / 2], 1e3 * took[PICTURES - 1], 1e3 * used);
}

/* --- readers ----------------------------------------------------------------------------------------------------- */

static void connect_reader(struct bench *bench)
{
    static const char request[] = "GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(address.sun_path, bench->socket, strlen(bench->socket) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) ||
        write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1))
        die("connect");
    bench->readers[bench->count++] = (struct reader){ .fd = fd };
}

static void disconnect_readers(struct bench *bench)
{
    while (bench->count > 0)
        close(bench->readers[--bench->count].fd);
}

static void take_bytes(struct reader *reader)
{
    static char bytes[CARRIED + (1 << 18)];
    ssize_t size = recv(reader->fd, bytes + CARRIED, sizeof bytes - CARRIED, MSG_DONTWAIT);
    if (size == 0)
        die("a reader was dropped");
    if (size < 0)
        return;
    memcpy(bytes, reader->carried, CARRIED);
    const char *at = bytes;
    const char *end = bytes + CARRIED + size;
    while ((at = memmem(at, (size_t)(end - at), end_line, sizeof end_line - 1))) {
        reader->ends++;
        at += sizeof end_line - 1;
    }
    memcpy(reader->carried, end - CARRIED, CARRIED);
    reader->bytes += size;
}

static void read_for(struct bench *bench, int64_t wait_ms)
{
    struct pollfd watched[READERS_MAX];
    for (int i = 0; i < bench->count; i++)
        watched[i] = (struct pollfd){ .fd = bench->readers[i].fd, .events = POLLIN };
    poll(watched, (nfds_t)bench->count, (int)wait_ms);
    for (int i = 0; i < bench->count; i++)
        if (watched[i].revents & POLLIN)
            take_bytes(&bench->readers[i]);
}

static bool have_all_ended(const struct bench *bench)
{
    for (int i = 0; i < bench->count; i++)
        if (bench->readers[i].ends == 0)
            return false;
    return true;
}

/* Until each has the whole fleet. */
static void attach(struct bench *bench, int count)
{
    double begun = seconds_now();
    double used = process_thread_seconds(bench->engine);
    for (int i = 0; i < count; i++)
        connect_reader(bench);
    while (!have_all_ended(bench))
        read_for(bench, -1);
    used = process_thread_seconds(bench->engine) - used;
    if (count > 0)
        printf("  the whole fleet to %d at once: %.0f ms, engine %.0f ms; %.1f MB each\n", count,
               1e3 * (seconds_now() - begun), 1e3 * used, (double)bench->readers[0].bytes / 1e6);
}

struct cost {
    double engine_ms; /* a pass */
    double bytes;     /* a pass and reader */
};

static int64_t bytes_of_all(const struct bench *bench)
{
    int64_t bytes = 0;
    for (int i = 0; i < bench->count; i++)
        bytes += bench->readers[i].bytes;
    return bytes;
}

static struct cost measure(struct bench *bench)
{
    struct mono end = mono_after(mono_now(), WINDOW_PASSES * (int64_t)STREAM_ENGINE_PASS_MS);
    double used = process_thread_seconds(bench->engine);
    int64_t bytes = bytes_of_all(bench);
    for (int64_t left_ms; (left_ms = end.ms - mono_now().ms) > 0;)
        read_for(bench, left_ms);
    used = process_thread_seconds(bench->engine) - used;
    bytes = bytes_of_all(bench) - bytes;
    return (struct cost){
        .engine_ms = 1e3 * used / WINDOW_PASSES,
        .bytes = bench->count > 0 ? (double)bytes / bench->count / WINDOW_PASSES : 0,
    };
}

static void print_cost(int count, struct cost cost, double alone_ms)
{
    printf("  %d readers: engine %.1f ms a pass", count, cost.engine_ms);
    if (count > 0)
        printf(", %.2f ms for each; each gets %.0f kB a pass, %.1f kB/s with a pass in %d s",
               (cost.engine_ms - alone_ms) / count, cost.bytes / 1e3,
               cost.bytes / 1e3 / USUAL_PASS_S, USUAL_PASS_S);
    printf("\n");
}

static void compare_readers(struct bench *bench)
{
    static const int counts[] = { 0, 1, READERS_MAX };
    double alone_ms = 0;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        attach(bench, counts[i]);
        struct cost cost = measure(bench);
        alone_ms = i == 0 ? cost.engine_ms : alone_ms;
        print_cost(counts[i], cost, alone_ms);
        disconnect_readers(bench);
    }
}

int main(void)
{
    static struct bench bench = { .dir = "/tmp/bench-XXXXXX" };
    if (!mkdtemp(bench.dir))
        die(bench.dir);
    snprintf(bench.socket, sizeof bench.socket, "%s/c.sock", bench.dir);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench.engine = stream_engine_start(bench.socket);
    if (bench.engine < 0)
        die("the engine did not start");
    printf("attached to 100000 deployments, 1 %% changed a pass\n");
    take_pictures(&bench);
    compare_readers(&bench);
    stream_engine_stop(bench.engine);
    unlink(bench.socket);
    rmdir(bench.dir);
    return 0;
}
