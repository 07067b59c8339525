/*
 * truth - what is really there of one deployment: hosts that serve, boot, never come, went dark, or drain.
 *
 *     ordered --(boot time)--> ready --(removed)--> draining --(drain time)--> gone
 *
 * What is told of it is another matter. Plain values; time is an argument and never goes back. Cannot fail.
 */
#ifndef TESTS_SIM_FLEET_TRUTH_H
#define TESTS_SIM_FLEET_TRUTH_H

#include "engine/core/api_result.h"

#include <stdbool.h>
#include <stdint.h>

#define FLEET_TRUTH_BATCHES_MAX 24

struct batch {
    int64_t at_ms;
    int32_t hosts;
};

/* Hosts that change all at once; the earliest is looked for only when its time has come. */
struct batches {
    int32_t hosts;
    int32_t count;
    struct batch items[FLEET_TRUTH_BATCHES_MAX];
};

struct fleet_truth {
    int32_t servers_per_host;
    bool is_counted_when_ordered;
    bool is_rude;
    int32_t ready;
    int32_t dark;  /* counted, and without servers for ever */
    int32_t never; /* ordered; they will not come */
    struct batches boots;
    struct batches drains;
    int64_t next_ms; /* nothing changes before */
};

void fleet_truth_advance(struct fleet_truth *truth, int64_t now_ms);

/* Hosts that are or will be of use. */
int32_t fleet_truth_owned(const struct fleet_truth *truth);

struct status fleet_truth_status(const struct fleet_truth *truth, int64_t demand);

void fleet_truth_order(struct fleet_truth *truth, int32_t hosts, int64_t ready_ms);

/* `gone_ms`: hosts that serve drain until then. */
void fleet_truth_remove(struct fleet_truth *truth, int32_t hosts, int64_t now_ms, int64_t gone_ms);

/*
 * Who drains is gone, who boots is there, who will never come is not counted any more, nor who is dark if
 * `is_buried`.
 */
void fleet_truth_clean(struct fleet_truth *truth, bool is_buried);

#endif
