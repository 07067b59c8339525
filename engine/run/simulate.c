#include "engine/run/simulate.h"

#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <uv.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const int stop_signals[] = { SIGTERM, SIGINT };
#define SIGNAL_COUNT (sizeof stop_signals / sizeof stop_signals[0])

struct simulation {
    uv_loop_t loop;
    uv_signal_t signals[SIGNAL_COUNT];
    size_t signal_count; /* handles that are initialized */
    struct sim_server *server;
};

static void on_closed(void *context)
{
    (void)context;
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static int open_signals(struct simulation *simulation, struct error *err)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        uv_signal_t *handle = &simulation->signals[i];
        int failed = uv_signal_init(&simulation->loop, handle);
        simulation->signal_count += !failed;
        failed = failed ? failed : uv_signal_start(handle, on_signal, stop_signals[i]);
        if (failed)
            return error_set(err, failed, "cannot watch for signals: %s", uv_strerror(failed));
    }
    return 0;
}

static void close_all(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->signal_count; i++)
        uv_close((uv_handle_t *)&simulation->signals[i], NULL);
    sim_server_close(simulation->server, on_closed, NULL);
    uv_run(&simulation->loop, UV_RUN_DEFAULT);
    int failed = uv_loop_close(&simulation->loop);
    must(failed == 0);
}

struct sim_server_config simulate_config(const struct config *config, const char *listen)
{
    return (struct sim_server_config){
        .listen = listen,
        .model = {
            .deployment_count = (size_t)config->simulation.deployments,
            .seed = (uint64_t)config->simulation.seed,
            .boot_ms = config->simulation.boot_ms,
            .day_ms = DAY_MS,
        },
        .speed_millis = config->simulation.speed_millis,
        .fault_ppb = config->simulation.fault_ppb,
        .broken = config->simulation.broken ? promise_find(config->simulation.broken) : PROMISE_NONE,
    };
}

int simulate_run(const struct config *config, struct error *err)
{
    struct simulation simulation = { 0 };
    int failed = uv_loop_init(&simulation.loop);
    if (failed)
        return error_set(err, failed, "cannot make an event loop: %s", uv_strerror(failed));
    struct sim_server_config server = simulate_config(config, config->simulation.listen);
    failed = open_signals(&simulation, err);
    failed =
        failed ? failed : sim_server_create(&simulation.loop, &server, &simulation.server, err);
    if (!failed) {
        printf("simulated deployments API with %d deployments on %s\n",
               config->simulation.deployments, sim_server_url(simulation.server));
        fflush(stdout);
        uv_run(&simulation.loop, UV_RUN_DEFAULT);
    }
    close_all(&simulation);
    return failed;
}
