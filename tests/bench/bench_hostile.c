/*
 * bench_hostile - passes while clients of the control socket misbehave, beside undisturbed ones.
 *
 *     bench_hostile AUTOSCALER [DEPLOYMENTS]
 *
 * An engine reads a simulated fleet of another process, with passes one after the other. Windows without and with
 * hostile clients (hostile_clients.h) take turns. Printed are the ratio of the time of a pass, and what the clients leave
 * of the engine's thread: 1 without the share of its time that it is longer on a processor beside them. The clients need
 * a processor themselves, and so do other processes: the second ratio does not have that. Nothing is asserted.
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "engine/base/clock.h"
#include "tests/bench/hostile_clients.h"
#include "tests/bench/process.h"
#include "tests/bench/stream_engine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAIRS 3
#define WINDOW_PASSES 4
#define PATH_SIZE 64
#define OPTION_SIZE 160

struct bench {
    const char *autoscaler;
    int deployments;
    char dir[PATH_SIZE];
    char socket[PATH_SIZE + 16];
    pid_t api;
    pid_t engine;
    FILE *log;
};

/* Of a window. */
struct cost {
    double took_ms; /* a pass */
    double busy;    /* share of the time that the engine's thread is on a processor */
};

static void start(struct bench *bench)
{
    char simulate[OPTION_SIZE], count[OPTION_SIZE], api[OPTION_SIZE], control[OPTION_SIZE];
    int ends[2];
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int port = process_free_port();
    snprintf(simulate, sizeof simulate, "--simulate-api=127.0.0.1:%d", port);
    snprintf(count, sizeof count, "--set=simulation.deployments=%d", bench->deployments);
    snprintf(api, sizeof api, "--api=http://127.0.0.1:%d", port);
    snprintf(control, sizeof control, "--set=control.socket=%s", bench->socket);
    const char *const server[] = { bench->autoscaler, simulate, count, "--demo-speed=1", NULL };
    const char *const engine[] = { bench->autoscaler,    "--no-ui", api, control, "--no-state",
                                   "--pass-interval=1s", NULL };
    if (nothing < 0 || pipe2(ends, O_CLOEXEC))
        process_fail("pipe");
    bench->api = process_start(server, nothing);
    bench->engine = process_start(engine, ends[1]);
    close(ends[1]);
    close(nothing);
    bench->log = fdopen(ends[0], "r");
}

static void stop(struct bench *bench)
{
    kill(bench->engine, SIGKILL);
    kill(bench->api, SIGKILL);
    waitpid(bench->engine, NULL, 0);
    waitpid(bench->api, NULL, 0);
    fclose(bench->log);
    unlink(bench->socket);
    rmdir(bench->dir);
}

static double next_pass_ms(const struct bench *bench)
{
    char line[4096];
    while (fgets(line, sizeof line, bench->log)) {
        const char *took = strstr(line, " pass_done ") ? strstr(line, "took_ms=") : NULL;
        if (took)
            return strtod(took + strlen("took_ms="), NULL);
    }
    process_fail("the engine has ended");
    return 0;
}

/* The first pass of a window may have begun before it. */
static struct cost measure(const struct bench *bench, bool is_hostile)
{
    struct cost cost = { 0 };
    pid_t hostile = is_hostile ? hostile_clients_start(bench->socket) : 0;
    next_pass_ms(bench);
    double begun = process_thread_seconds(bench->engine);
    struct mono since = mono_now();
    for (int i = 0; i < WINDOW_PASSES; i++)
        cost.took_ms += next_pass_ms(bench) / WINDOW_PASSES;
    cost.busy =
        1e3 * (process_thread_seconds(bench->engine) - begun) / (double)(mono_now().ms - since.ms);
    if (is_hostile)
        hostile_clients_stop(hostile);
    return cost;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void print_ratios(const char *of, double *ratios)
{
    qsort(ratios, PAIRS, sizeof ratios[0], compare);
    printf("  ratio of %s: min %.3f  median %.3f  max %.3f   (budget: >= 0.95)\n", of, ratios[0],
           ratios[PAIRS / 2], ratios[PAIRS - 1]);
}

int main(int argc, char **argv)
{
    struct bench bench = { .deployments = 10000, .dir = "/tmp/bench-XXXXXX" };
    double took[PAIRS], left[PAIRS];
    if (argc < 2 || !mkdtemp(bench.dir))
        return 2;
    bench.autoscaler = argv[1];
    if (argc > 2)
        bench.deployments = (int)strtol(argv[2], NULL, 10);
    snprintf(bench.socket, sizeof bench.socket, "%s/c.sock", bench.dir);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    start(&bench);
    next_pass_ms(&bench);
    printf("passes over %d deployments beside hostile clients, %d connections in %d s\n",
           bench.deployments, HOSTILE_CONNECTIONS, HOSTILE_MS / 1000);
    for (int i = 0; i < PAIRS; i++) {
        struct cost alone = measure(&bench, false);
        struct cost hostile = measure(&bench, true);
        took[i] = alone.took_ms / hostile.took_ms;
        left[i] = 1 - (hostile.busy - alone.busy);
        printf("  alone %.0f ms (thread %.1f %%)   beside them %.0f ms (%.1f %%)   ratio %.3f "
               "(%.3f)\n",
               alone.took_ms, 100 * alone.busy, hostile.took_ms, 100 * hostile.busy, took[i],
               left[i]);
    }
    print_ratios("the time of a pass", took);
    print_ratios("the engine's thread", left);
    stop(&bench);
    return 0;
}
