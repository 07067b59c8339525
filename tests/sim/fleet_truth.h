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

#define TRUTH_BATCHES_MAX 24

struct batch {
    int64_t at_ms;
    int32_t hosts;
};

/* Hosts that change all at once; the earliest is looked for only when its time has come. */
struct batches {
    int32_t hosts;
    int32_t count;
    struct batch items[TRUTH_BATCHES_MAX];
};

struct truth {
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

void truth_advance(struct truth *truth, int64_t now_ms);

/* Hosts that are or will be of use. */
int32_t truth_owned(const struct truth *truth);

struct status truth_status(const struct truth *truth, int64_t demand);

void truth_order(struct truth *truth, int32_t hosts, int64_t ready_ms);

/* `gone_ms`: hosts that serve drain until then. */
void truth_remove(struct truth *truth, int32_t hosts, int64_t now_ms, int64_t gone_ms);

/* Who drains is gone, who boots is there, who will never come is not counted any more, nor who is dark if `is_buried`. */
void truth_clean(struct truth *truth, bool is_buried);

#endif
