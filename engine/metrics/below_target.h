/*
 * below_target - for how long fewer servers were free than the target requires, for each deployment.
 *
 * Between two statuses, what the first one shows holds. After a read that failed nothing is known until the next
 * status, and nothing is counted. A deployment without a server counts while it is starved.
 *
 * Owns a row for each slot, which grows with the fleet. One thread at a time. Without memory, the time of a deployment
 * is not counted.
 */
#ifndef ENGINE_METRICS_BELOW_TARGET_H
#define ENGINE_METRICS_BELOW_TARGET_H

#include "engine/core/fleet.h"

struct below_slot {
    int64_t since_ms; /* of the last status; negative: not known */
    int64_t below_ms;
    uint32_t id_hash; /* a slot is used again */
    bool is_below;
};

/* Zeroed memory is an empty one. */
struct below_target {
    struct below_slot *slots;
    size_t room;
};

void below_target_fini(struct below_target *below);

/* A status of the deployment was read, or its read has failed: `deployment` is as it is then. */
void below_target_observe(struct below_target *below, const struct deployment *deployment);

/* Milliseconds; 0: none was counted. */
int64_t below_target_ms(const struct below_target *below, const struct deployment *deployment);

#endif
