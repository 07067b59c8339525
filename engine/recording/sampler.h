/*
 * sampler - on the engine's thread: what has changed of each deployment since it was recorded last, as rows in pages.
 *
 * The sample before is the one that the deployment still holds when its status arrives: the sampler keeps a checksum of
 * four bytes for each slot, and where the deployment does not match it (a new deployment, a scale that was dropped, a
 * slot that is used again), all values are recorded.
 *
 * A group of GROUP_PASSES passes does not depend on earlier ones: in its first pass, all values of all deployments are
 * recorded. Rows go into a page of `take_page`; `pass_page` takes a page that is full. Without a free page, rows are
 * left out, and the next pass begins a group.
 *
 * Allocates only when the fleet is larger than ever before. Never blocks, reads no clock. Engine's thread only.
 */
#ifndef ENGINE_RECORDING_SAMPLER_H
#define ENGINE_RECORDING_SAMPLER_H

#include "engine/recording/recording_page.h"

#define GROUP_PASSES 60
#define POLICY_SLOTS                                                                               \
    4096 /* of the table; a power of two, well above the policies of a configuration */

struct sampler_pages {
    struct recording_page *(*take_page)(void *context); /* an empty one; NULL: none is free */
    void (*pass_page)(void *context, struct recording_page *page);
    void *context;
};

struct sampler {
    struct sampler_pages pages;
    struct recording_page *page; /* is filled; NULL: none */
    uint32_t *sums;              /* of the last sample of each slot; 0: not in this group */
    uint64_t *visited;           /* slots of this pass, a bit each */
    size_t slot_count;
    struct sample before; /* of the deployment that is being decided */
    struct sample after;
    uint32_t before_sum;
    bool is_open; /* a group has begun, and no row is missing */
    bool has_gap; /* rows are missing; the caller resets it */
    uint32_t passes_left;
    uint32_t pass;
    struct wall begun;
    int32_t policy_count;
    struct policy_slot {
        const struct policy *policy;
        int32_t number;
    } policies[POLICY_SLOTS];
};

/* -ENOMEM. The sampler may be zeroed memory. */
int sampler_init(struct sampler *sampler, const struct sampler_pages *pages);
void sampler_fini(struct sampler *sampler);

void sampler_begin_pass(struct sampler *sampler, uint32_t pass, struct wall now);
void sampler_end_pass(struct sampler *sampler, const struct fleet *fleet, struct wall now);

/* A status, or the failure of its read, is about to change the deployment; and it has. */
void sampler_before(struct sampler *sampler, const struct deployment *deployment);
void sampler_after(struct sampler *sampler, const struct deployment *deployment);

/* A new group from now on: what is recorded so far is lost, or there are other policies. */
void sampler_restart(struct sampler *sampler);

/* Passes on what is in the page. */
void sampler_flush(struct sampler *sampler);

#endif
