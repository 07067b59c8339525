#define _GNU_SOURCE 1 /* pipe2 */
#include "tests/bench/stream_engine.h"

#include "engine/base/panic.h"
#include "engine/base/thread_owner.h"
#include "engine/control/control.h"
#include "tests/bench/read_fleet.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define PASSES 3
#define TICK_MS 50
#define TICK_CHANGES (READ_FLEET_ONE_PERCENT * TICK_MS / STREAM_ENGINE_PASS_MS)

struct stream_engine {
    struct read_fleet read_fleet;
    struct event_fanout lines;
    struct control *control;
};

static void describe(void *context, struct publish_context *ret_context)
{
    const struct stream_engine *engine = context;
    *ret_context = (struct publish_context){
        .now = engine->read_fleet.now,
        .wall = wall_now(),
        .speed_millis = 1000,
        .version = "0",
        .api_url = "http://localhost",
    };
}

static void ignore_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static void on_tick(uv_timer_t *timer)
{
    struct stream_engine *engine = timer->data;
    read_fleet_change_some(&engine->read_fleet, TICK_CHANGES);
}

static int open_control(struct stream_engine *engine, uv_loop_t *loop, const char *socket,
                        struct error *err)
{
    const struct peer_groups groups = { .reader = (gid_t)-1 };
    struct control_engine given = {
        .reconciler = engine->read_fleet.reconciler,
        .events = { ignore_event, NULL },
        .lines = &engine->lines,
        .describe = describe,
        .context = engine,
    };
    struct control_socket listener;
    int failed = control_socket_open(socket, groups.reader, &listener, err);
    return failed ? failed
                  : control_create(loop, &given, &groups, &listener, &engine->control, err);
}

/* Until it is killed. */
_Noreturn static void run(const char *socket, int ready)
{
    static struct stream_engine engine;
    static struct thread_owner owner;
    static uv_loop_t loop;
    struct error err;
    uv_timer_t tick;
    read_fleet_init(&engine.read_fleet);
    for (int i = 1; i < PASSES; i++)
        read_fleet_pass(&engine.read_fleet);
    thread_owner_take(&owner);
    loop.data = &owner;
    must(uv_loop_init(&loop) == 0);
    if (open_control(&engine, &loop, socket, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        _exit(1);
    }
    uv_timer_init(&loop, &tick);
    tick.data = &engine;
    uv_timer_start(&tick, on_tick, TICK_MS, TICK_MS);
    must(write(ready, "r", 1) == 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    _exit(1);
}

pid_t stream_engine_start(const char *socket)
{
    int ends[2];
    char ready;
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(socket, ends[1]);
    }
    close(ends[1]);
    bool is_ready = pid > 0 && read(ends[0], &ready, 1) == 1;
    close(ends[0]);
    return is_ready ? pid : -1;
}

void stream_engine_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
