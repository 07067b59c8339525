/*
 * past_fleet_state - what past_fleet.c and past_rewind.c share. Only these two include it.
 *
 * past_rewind.c takes passes back and does them again: all that a pass changes of a deployment is noted with its images
 * before and after (past_image.h), and what belongs to the moment with one note at the end of the pass.
 */
#ifndef ENGINE_RUN_PAST_PAST_FLEET_STATE_H
#define ENGINE_RUN_PAST_PAST_FLEET_STATE_H

#include "engine/run/past/past_arrival.h"
#include "engine/run/past/past_fleet.h"
#include "engine/run/past/past_image.h"
#include "engine/run/past/past_tape.h"

/* Of the passes that can be taken back. */
#define PAST_TAPE_SIZE_MAX ((size_t)64 * 1024 * 1024)

/* Keys of the tape: the slots of the fleet, from 1. */
#define PAST_KEY_MOMENT 0

/* A policy of the recording. Its pointers of a group end with the group: policies are copied once and kept. */
struct past_policy {
    struct past_policy *next;
    const struct policy *recorded; /* in this group; NULL: not met yet */
    struct policy policy;
    char name[];
};

/* What a deployment adds to the counts of a pass in which nothing of it changes. */
enum outcome { OUTCOME_ACTION = 7, OUTCOME_DATA = 8, OUTCOME_STARVED = 16 };
#define OUTCOME_COUNT 32

_Static_assert(ACTION_COUNT <= OUTCOME_ACTION + 1, "an action has three bits");

/* A slot of the recording. */
struct site {
    struct deployment *deployment; /* NULL: none is there */
    uint8_t outcome;               /* its last action, with flags of enum outcome */
};

/* What belongs to a moment and not to a deployment. */
struct moment {
    int64_t seq; /* of the frame that ends the pass; 0: none was read */
    uint32_t
        turn; /* numbers the passes that were read: those of the recording begin anew with each engine */
    int32_t outcomes[OUTCOME_COUNT]; /* of the deployments in this pass */
    struct pass_summary pass;
    struct snapshot_sums sums; /* of the listed deployments, as they are now */
    size_t minute_count;
    struct snapshot_sums minutes[SNAPSHOT_SUMS_MAX];
    struct wall at;
    struct wall begun_before;
    int64_t interval_ms;
};

_Static_assert(sizeof(struct moment) % sizeof(uint64_t) == 0, "whole words");

struct past_fleet {
    struct event_sink sink;
    struct fleet *fleet;
    struct fleet_summary summary;
    struct past_policy *policies;
    struct site *sites; /* by the slots of the recording */
    size_t site_room;
    struct past_place *places; /* by the slots of the fleet */
    size_t place_room;
    struct frame_facts facts; /* of the frame that is read */
    bool is_frame_open;
    bool is_pass_open;
    bool is_sweep_due; /* a group has begun: what it does not show is gone */
    bool is_counting;
    uint32_t group;
    int32_t gone_count;
    struct moment moment;
    struct moment before;   /* the pass that is read */
    bool is_torn;           /* deployments have come or gone in it: it cannot be taken back */
    struct past_tape *tape; /* passes that can be taken back */
    struct past_arrival arrival;
};

/* Brings it up to `turn`, since nothing of it has changed; and of how many passes its history gets samples then. */
void past_catch_up(const struct past_fleet *past, struct deployment *deployment, uint32_t turn);
uint32_t past_missed(const struct deployment *deployment, uint32_t turn);

void past_take_image(const struct past_fleet *past, const struct deployment *deployment,
                     struct past_image *ret_image);
void past_note_change(struct past_fleet *past, const struct deployment *deployment,
                      const struct past_image *before);

/* Passes are taken back and read as if the moment had not been shown. */
void past_leave_moment(struct past_fleet *past);

void past_forget_passes(struct past_fleet *past);

#endif
