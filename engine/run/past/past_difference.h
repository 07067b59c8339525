/*
 * past_difference - what changed of each deployment from one moment of a recording to a later one.
 *
 *     past_difference_begin   at the first moment: remembers every deployment; orders are counted from here on
 *     past_difference_end     at the second one: the difference, on the heap, one piece
 *
 * The redaction removes secrets from what is shown of the ids; NULL: none.
 *
 * Owns what it remembers. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_RUN_PAST_PAST_DIFFERENCE_H
#define ENGINE_RUN_PAST_PAST_DIFFERENCE_H

#include "engine/base/redaction.h"
#include "engine/run/past/past_fleet.h"
#include "engine/snapshot.h"

struct past_difference;

int past_difference_begin(struct past_fleet *past, struct past_difference **ret_difference);
int past_difference_end(struct past_difference *difference, struct past_fleet *past,
                        struct redaction *redaction, struct snapshot_difference **ret_result);
void past_difference_destroy(struct past_difference *difference);

#endif
