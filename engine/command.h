/*
 * command - a request of the operator to the engine, and its outcome.
 *
 * Part of the public interface: plain values, independent of the transport. A command for one deployment names it
 * twice: by slot, where the engine looks it up, and by id, which must match the deployment in that slot. The slot may
 * belong to another deployment when the command arrives. The id prevents a scale of the wrong deployment.
 *
 * Every command gets exactly one acknowledgement in a snapshot, in the order of sending. FOCUS gets none,
 * and LOOK gets one only when there is something to say. Any thread.
 */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "engine/base/clock.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_ID_SIZE 129 /* bytes of an id, with its NUL */
#define COMMAND_TEXT_SIZE 256
#define SLOT_NONE UINT32_MAX

enum look_kind {
    LOOK_AT,      /* the last pass that had ended by `at`; before all of them: the first one */
    LOOK_STEP,    /* so many passes on, or back */
    LOOK_PLAY,    /* on and on, at `speed_millis` of the recorded time; 0: it stands */
    LOOK_COMPARE, /* what changed between `at` and the moment that is shown */
};

/* What of a recording is shown next. */
struct look_request {
    enum look_kind kind;
    struct wall at;
    int32_t steps;
    int32_t speed_millis;
};

struct command {
    enum command_kind kind;
    uint32_t serial; /* set by the sender; repeated in the acknowledgement */
    uint32_t slot;   /* PAUSE, RESUME, SCALE, FOCUS; SLOT_NONE: FOCUS on no deployment */
    char id[COMMAND_ID_SIZE];
    int64_t
        for_ms; /* PAUSE, PAUSE_ALL: it ends by itself so long after; 0: when an operator ends it */
    /* SCALE: hosts, not 0. FOCUS: the manual scale to check, 0: none. UNDO: deployments as shown; 0: all */
    int32_t delta;
    bool is_more; /* it goes on with the act of the command before; an undo puts back both */
    /*
     * SCALE: the operator has seen the objections of the guard rails and confirms. STOP: at once, if it is stopping
     * already.
     */
    bool is_forced;
    /* What is remembered of the act: borrowed while it is carried out. NULL: the user of the program; no reason. */
    const char *author;
    const char *reason;
    struct look_request look; /* LOOK; only a recording takes it (engine/run/past) */
};

struct command_ack {
    enum command_kind kind;
    uint32_t serial;
    bool is_accepted;
    char text[COMMAND_TEXT_SIZE]; /* a printable sentence for the operator */
};

#endif
