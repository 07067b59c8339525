/*
 * fleet_truth - the real hosts of one deployment: ready, booting, draining, unready, or never delivered.
 *
 *     ordered --(boot time)--> ready --(removed)--> draining --(drain time)--> gone
 *
 * A status that the simulated API reports may differ. Plain values; time is an argument and never decreases. Cannot
 * fail.
 */
#ifndef TESTS_SUPPORT_FLEET_TRUTH_H
#define TESTS_SUPPORT_FLEET_TRUTH_H

#include "engine/core/api_result.h"

#include <stdbool.h>
#include <stdint.h>

#define FLEET_TRUTH_BATCHES_MAX 24

struct batch {
    int64_t at_ms;
    int32_t hosts;
};

/* Groups of hosts; the hosts of a group change state at the same time. */
struct batches {
    int32_t hosts;
    int32_t count;
    struct batch items[FLEET_TRUTH_BATCHES_MAX];
};

struct fleet_truth {
    int32_t servers_per_host;
    bool is_counted_when_ordered;
    bool is_ready_removed_first;
    int32_t ready;
    int32_t unready; /* counted, never have servers */
    int32_t never;   /* ordered, will never boot */
    struct batches boots;
    struct batches drains;
    int64_t next_ms; /* no change before this time */
};

void fleet_truth_advance(struct fleet_truth *truth, int64_t now_ms);

/* Ready and booting hosts. */
int32_t fleet_truth_owned(const struct fleet_truth *truth);

struct status fleet_truth_status(const struct fleet_truth *truth, int64_t demand);

void fleet_truth_order(struct fleet_truth *truth, int32_t hosts, int64_t ready_ms);

/* Ready hosts drain until `gone_ms`. */
void fleet_truth_remove(struct fleet_truth *truth, int32_t hosts, int64_t now_ms, int64_t gone_ms);

/*
 * Ends all transitions: draining hosts are gone, booting hosts are ready, hosts that never boot are dropped, and
 * unready hosts too if `is_unready_removed`.
 */
void fleet_truth_clean(struct fleet_truth *truth, bool is_unready_removed);

#endif
