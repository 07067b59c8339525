/*
 * recording_moments - the moments of a recording: the ends of its passes, by time and one after the other.
 *
 * Looks at the numbers and times of frames, not at their content. Same thread and same errors as the reader.
 */
#ifndef ENGINE_RECORDING_RECORDING_MOMENTS_H
#define ENGINE_RECORDING_RECORDING_MOMENTS_H

#include "engine/recording/recording_reader.h"

struct recorded_moment {
    int64_t seq;   /* of the frame that ends the pass */
    int64_t group; /* from which the reader must begin */
    struct wall ended;
};

/* Each of these: 1: found; 0: there is none, *ret_moment is untouched; else an error. */

/* The last pass that had ended by `at`; before all of them: the first one. */
int recording_moments_at(struct recording_reader *reader, struct wall at,
                         struct recorded_moment *ret_moment, struct error *err);

/* `steps` passes after the frame `seq`, or before it; beyond the recording: its last one, or its first. */
int recording_moments_step(struct recording_reader *reader, int64_t seq, int64_t steps,
                           struct recorded_moment *ret_moment, struct error *err);

int recording_moments_first(struct recording_reader *reader, struct recorded_moment *ret_moment,
                            struct error *err);
int recording_moments_last(struct recording_reader *reader, struct recorded_moment *ret_moment,
                           struct error *err);

/* The group of the moment; the one before it when there are fewer than `passes` passes before the moment in its own. */
int recording_moments_group_before(struct recording_reader *reader,
                                   const struct recorded_moment *moment, int64_t passes,
                                   int64_t *ret_group, struct error *err);

#endif
