/*
 * read_slots - the reads in flight: which of them have a slot, and which have given it up.
 *
 * There are `concurrency` slots. A read that takes much longer than usual gives up its slot and goes on beside the
 * others, so that those that hang do not stop the others; up to READS_SLOW_MAX do, and no more than READS_SLOW_FACTOR *
 * concurrency. Deployments with a failed last read get a quarter of the slots.
 *
 * Owns the line of reads with a slot; the deployments are borrowed from the fleet and have flags of their own. Room for
 * all slots of the fleet is reserved. Zeroed memory: nothing is in flight. Milliseconds. One thread at a time.
 */
#ifndef ENGINE_CORE_READ_SLOTS_H
#define ENGINE_CORE_READ_SLOTS_H

#include "engine/base/clock.h"
#include "engine/core/fleet.h"
#include "engine/core/slot_ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READS_SLOW_MAX 96
#define READS_SLOW_FACTOR 3
#define READ_SLOW_MS_MIN 500
#define READ_SLOW_FACTOR 4 /* times the usual time of a read */

/* The maximum of reads in flight beside those with a slot. */
static inline int32_t reads_slow_max(int32_t concurrency)
{
    int32_t slow = READS_SLOW_FACTOR * concurrency;
    return slow < READS_SLOW_MAX ? slow : READS_SLOW_MAX;
}

struct read_slots {
    int32_t in_flight;
    int32_t slow;          /* of these, without a slot */
    int32_t failing;       /* of these, of deployments with a failed last read */
    struct mono newest;    /* when the newest one was started; it may have ended */
    int64_t usual_ms;      /* moving average of reads that succeed */
    int64_t failed_ms;     /* of the last read that failed */
    struct slot_ring line; /* reads with a slot, by start; also some that have ended */
};

/* -ENOMEM: nothing changed. Never shrinks. */
int read_slots_reserve(struct read_slots *slots, size_t slot_count);

bool read_slots_has_room(const struct read_slots *slots, int32_t concurrency);

/* Slots for deployments with a failed last read. */
static inline int32_t read_slots_failing_max(int32_t concurrency)
{
    return concurrency < 8 ? 1 : concurrency / 4;
}

bool read_slots_has_failing_room(const struct read_slots *slots, int32_t concurrency);

/* The deployment is not read at this moment. */
void read_slots_start(struct read_slots *slots, struct deployment *deployment, struct mono now);

/* Its read has ended. Call it before is_failing changes. */
void read_slots_end(struct read_slots *slots, struct deployment *deployment);

/* How long a read took; `is_failed`: not counted as usual. */
void read_slots_note_time(struct read_slots *slots, int64_t took_ms, bool is_failed);

/* Takes the slots of reads that are slow now. */
void read_slots_take_back(struct read_slots *slots, const struct fleet *fleet, int32_t concurrency,
                          struct mono now);

/* When the oldest read that has a slot will give it up; MONO_NEVER: none will. */
struct mono read_slots_due(const struct read_slots *slots, const struct fleet *fleet,
                           int32_t concurrency);

/* From when on every read in flight is slow, unless those with a slot end before; the past: none has a slot. */
struct mono read_slots_all_slow_at(const struct read_slots *slots);

void read_slots_fini(struct read_slots *slots);

#endif
