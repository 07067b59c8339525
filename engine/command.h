/*
 * command - a request of the operator to the engine, and its outcome.
 *
 * Part of the public interface: plain values, independent of the transport. A command for one deployment names it
 * twice: by slot, where the engine looks it up, and by id, which must match the deployment in that slot. The slot may
 * belong to another deployment when the command arrives. The id prevents a scale of the wrong deployment.
 *
 * Every command gets exactly one acknowledgement in a snapshot, in the order of sending. FOCUS gets none. Any thread.
 */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "engine/vocab.h"

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_ID_SIZE 129 /* bytes of an id, with its NUL */
#define COMMAND_TEXT_SIZE 256
#define SLOT_NONE UINT32_MAX

struct command {
    enum command_kind kind;
    uint32_t serial; /* set by the sender; repeated in the acknowledgement */
    uint32_t slot;   /* PAUSE, RESUME, SCALE, FOCUS; SLOT_NONE: FOCUS on no deployment */
    char id[COMMAND_ID_SIZE];
    int32_t delta; /* SCALE: hosts, not 0. FOCUS: the manual scale to check, 0: none */
    /*
     * SCALE: the operator has seen the objections of the guard rails and confirms. STOP: at once, if it is stopping
     * already.
     */
    bool is_forced;
};

struct command_ack {
    enum command_kind kind;
    uint32_t serial;
    bool is_accepted;
    char text[COMMAND_TEXT_SIZE]; /* a printable sentence for the operator */
};

#endif
