/*
 * state_sweep - hands the states of the deployments to the journal, one after the other.
 *
 * Each deployment has its turn once in SWEEP_MS. One whose scale has ended has its turn at once, because a scale is
 * remembered beside the state until a state follows its end. What does not fit into the pages of the journal waits.
 *
 * Owns a list of slots. Borrows the reconciler's fleet. Engine thread only.
 */
#ifndef ENGINE_RUN_STATE_SWEEP_H
#define ENGINE_RUN_STATE_SWEEP_H

#include "engine/core/deployment_record.h"
#include "engine/store/journal.h"

#define SWEEP_MS 60000
#define SWEEP_STEP_MS 1000
#define SWEEP_BURST 500

struct state_sweep {
    uint32_t cursor; /* the next slot */
    uint32_t left;   /* of this round; 0: it begins again */
    bool is_urgent;  /* all of the round is due */
    uint32_t *urgent;
    size_t urgent_count;
    size_t urgent_capacity;
    unsigned char bytes[DEPLOYMENT_RECORD_SIZE_MAX];
};

/* Zeroed memory is one. It begins at any deployment: a program that is killed again and again comes to all of them. */
void state_sweep_begin(struct state_sweep *sweep, const struct fleet *fleet, struct mono now);
void state_sweep_fini(struct state_sweep *sweep);

/* The state of this deployment is due. Without memory it waits for its turn. */
void state_sweep_hurry(struct state_sweep *sweep, uint32_t slot);

/* All states are due: what the journal has of them is lost, or of another API. SWEEP_BURST in a turn of the loop. */
void state_sweep_hurry_all(struct state_sweep *sweep, const struct fleet *fleet);

/* Hands over what is due at once. False: the journal has no page for it now. */
bool state_sweep_flush(struct state_sweep *sweep, const struct fleet *fleet,
                       struct journal *journal, struct mono now);

/* The part of the round that belongs to SWEEP_STEP_MS. */
void state_sweep_step(struct state_sweep *sweep, const struct fleet *fleet, struct journal *journal,
                      struct mono now);

/* A round begins, for state_sweep_rest. */
void state_sweep_restart(struct state_sweep *sweep, const struct fleet *fleet);

/* What is left of the round. True: nothing. */
bool state_sweep_rest(struct state_sweep *sweep, const struct fleet *fleet, struct journal *journal,
                      struct mono now);

#endif
