/*
 * engine_state - what the sources of the engine share. Private to engine/run/engine*.c.
 */
#ifndef ENGINE_RUN_ENGINE_STATE_H
#define ENGINE_RUN_ENGINE_STATE_H

#include "engine/base/thread_owner.h"
#include "engine/log/log.h"
#include "engine/run/console_bridge.h"
#include "engine/run/control_bridge.h"
#include "engine/run/driver.h"
#include "engine/run/engine.h"
#include "engine/run/metrics_bridge.h"
#include "engine/run/notices_bridge.h"
#include "engine/run/override_keeper.h"
#include "engine/run/service_bridge.h"
#include "engine/run/state_bridges.h"
#include "engine/run/state_place.h"
#include "engine/run/token_watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define ENGINE_PATH_SIZE 4096
#define ENGINE_LOG_NOWHERE "/dev/null"
#define ENGINE_SIGNAL_COUNT 5

struct engine {
    uv_loop_t loop;
    struct thread_owner owner; /* of the loop */
    uv_signal_t signals[ENGINE_SIGNAL_COUNT];
    size_t signal_count; /* handles that are initialized */
    bool may_hang_up;    /* SIGHUP may mean that the terminal is gone */
    uv_timer_t hangup_timer;
    struct token_watch token_watch;
    struct config *config;
    struct redaction *redaction;
    engine_reload *reload;
    engine_reloaded *reloaded; /* NULL: none */
    void *reload_context;
    struct event_fanout events;
    struct log *log;
    struct event_reader log_reader;
    struct event_reader discovery_reader;
    bool are_policies_new; /* a list has not been compared with them yet */
    uv_timer_t policy_timer;
    char discovery_error[ERROR_MSG_SIZE]; /* of the last discovery that failed; "": none */
    uv_timer_t log_timer;                 /* while lines wait for a terminal or a pipe */
    int64_t log_wait_ms;
    struct sim_server *sim; /* of the demo */
    struct state_place place;
    struct driver *driver;
    struct override_keeper *overrides;
    struct state_bridges state;
    bool is_stuck;                  /* the disk has not answered: nothing can be freed */
    struct console_bridge *bridge;  /* to the console; NULL: there is none */
    struct control_bridge *control; /* NULL: there is none */
    struct metrics_bridge *metrics; /* NULL: there is none */
    struct service_bridge service;
    struct notices_bridge *notices; /* NULL: there is none */
    uv_thread_t thread;
    void (*over)(void);
    bool is_stderr_screen;            /* since the start: the log never goes there */
    char own_log[ENGINE_PATH_SIZE];   /* in place of standard error; "": not needed yet */
    char first_log[ENGINE_PATH_SIZE]; /* the file at the start, for the console's thread */
    struct error log_trouble;         /* why there is no log of its own */
    const char *api_url;
    char *own_url; /* of the configuration at the start: snapshots have it after a reload, too */
    int32_t
        concurrency; /* requests in flight; constant, because memory was allocated for this number */
    enum engine_end end;
    int stop_signal;
};

#endif
