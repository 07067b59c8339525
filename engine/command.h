/*
 * command - what an operator asks of the engine, and what became of it.
 *
 * Part of the public face: plain values, whatever carries them. A command that concerns one deployment names it twice:
 * by slot, which is where the engine looks, and by id, which must be the one that is there. A slot may be somebody
 * else's by the time a command arrives, and nobody may ever be scaled in another's place.
 *
 * Every command gets exactly one acknowledgement, in a snapshot, in the order in which they were sent; FOCUS gets none.
 * Any thread.
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
    uint32_t serial; /* the sender's; comes back with the acknowledgement */
    uint32_t slot;   /* PAUSE, RESUME, SCALE, FOCUS; SLOT_NONE: FOCUS on nobody */
    char id[COMMAND_ID_SIZE];
    int32_t delta; /* SCALE: hosts, not 0. FOCUS: the scale by hand to judge, 0: none */
    /* SCALE: the operator has seen which guard rails object, and goes on. STOP: at once, if it is stopping already. */
    bool is_forced;
};

struct command_ack {
    enum command_kind kind;
    uint32_t serial;
    bool is_accepted;
    char text[COMMAND_TEXT_SIZE]; /* a printable sentence for the operator */
};

#endif
