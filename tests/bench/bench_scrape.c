/*
 * bench_scrape - what a scrape of a large fleet costs a pass.
 *
 *     bench_scrape AUTOSCALER [DEPLOYMENTS [PAIRS]]
 *
 * An engine reads a simulated fleet of another process, pass after pass. Passes without a scrape and passes with one
 * take turns; their mean times are compared. Nothing is asserted.
 */
#include "engine/base/clock.h"
#include "tests/bench/process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 64
#define OPTION_SIZE 160
#define LINE_SIZE 1024

struct bench {
    const char *autoscaler;
    int deployments;
    char dir[PATH_SIZE];
    char log[PATH_SIZE + 16];
    int api_port;
    int port;
    pid_t api;
    pid_t engine;
    int64_t bytes; /* of the last scrape */
    int64_t scrape_ms;
};

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void start(struct bench *bench)
{
    char simulate[OPTION_SIZE], count[OPTION_SIZE], api[OPTION_SIZE], listen[OPTION_SIZE];
    char log[OPTION_SIZE];
    bench->api_port = process_free_port();
    bench->port = process_free_port();
    snprintf(simulate, sizeof simulate, "--simulate-api=127.0.0.1:%d", bench->api_port);
    snprintf(count, sizeof count, "--set=simulation.deployments=%d", bench->deployments);
    snprintf(api, sizeof api, "--api=http://127.0.0.1:%d", bench->api_port);
    snprintf(listen, sizeof listen, "--set=metrics.listen=127.0.0.1:%d", bench->port);
    snprintf(log, sizeof log, "--log-file=%s", bench->log);
    const char *const server[] = { bench->autoscaler, simulate, count, "--demo-speed=1", NULL };
    const char *const engine[] = { bench->autoscaler,
                                   "--no-ui",
                                   api,
                                   listen,
                                   log,
                                   "--no-state",
                                   "--set=control.socket=off",
                                   "--set=metrics.series_max=100000000",
                                   "--pass-interval=10ms",
                                   NULL };
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing < 0)
        process_fail("/dev/null");
    bench->api = process_start(server, nothing);
    bench->engine = process_start(engine, nothing);
    close(nothing);
}

static void stop(struct bench *bench)
{
    kill(bench->engine, SIGKILL);
    kill(bench->api, SIGKILL);
    waitpid(bench->engine, NULL, 0);
    waitpid(bench->api, NULL, 0);
    unlink(bench->log);
    rmdir(bench->dir);
}

/* The number of passes that are over, and how long the last one took. */
static int64_t count_passes(const struct bench *bench, int64_t *ret_took_ms)
{
    char line[LINE_SIZE];
    int64_t count = 0;
    FILE *file = fopen(bench->log, "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *took = strstr(line, " pass_done ") ? strstr(line, " took_ms=") : NULL;
        if (!took)
            continue;
        count++;
        *ret_took_ms = strtoll(took + strlen(" took_ms="), NULL, 10);
    }
    if (file)
        fclose(file);
    return count;
}

/* How long the pass with this number took. */
static int64_t await_pass(const struct bench *bench, int64_t number)
{
    int64_t took_ms = 0;
    while (count_passes(bench, &took_ms) < number) {
        if (waitpid(bench->engine, NULL, WNOHANG) != 0)
            process_fail("the engine has ended");
        poll(NULL, 0, 20);
    }
    return took_ms;
}

static void scrape(struct bench *bench)
{
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    static char bytes[1 << 18];
    struct sockaddr_in address = address_of(bench->port);
    struct mono begun = mono_now();
    ssize_t size;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) ||
        write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1))
        process_fail("connect");
    bench->bytes = 0;
    while ((size = read(fd, bytes, sizeof bytes)) > 0)
        bench->bytes += size;
    close(fd);
    bench->scrape_ms = mono_now().ms - begun.ms;
}

int main(int argc, char **argv)
{
    struct bench bench = { .deployments = 100000, .dir = "/tmp/bench-XXXXXX" };
    int64_t without_ms = 0, with_ms = 0, took_ms = 0;
    int pairs = 6;
    if (argc < 2)
        return 2;
    bench.autoscaler = argv[1];
    if (argc > 2)
        bench.deployments = atoi(argv[2]);
    if (argc > 3)
        pairs = atoi(argv[3]);
    if (!mkdtemp(bench.dir))
        process_fail(bench.dir);
    snprintf(bench.log, sizeof bench.log, "%s/log", bench.dir);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    start(&bench);
    await_pass(&bench, 2);
    int64_t pass = count_passes(&bench, &took_ms);
    printf("scrape, %d deployments, one in every second pass\n", bench.deployments);
    for (int i = 0; i < pairs; i++) {
        without_ms += await_pass(&bench, ++pass);
        scrape(&bench);
        with_ms += await_pass(&bench, ++pass);
        printf("  scrape %.1f MB in %lld ms\n", (double)bench.bytes / 1e6,
               (long long)bench.scrape_ms);
    }
    printf("a pass: %lld ms without, %lld ms with a scrape, ratio %.3f\n",
           (long long)(without_ms / pairs), (long long)(with_ms / pairs),
           (double)without_ms / (double)with_ms);
    stop(&bench);
    return 0;
}
