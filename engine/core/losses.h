/*
 * losses - hosts that came for an order and are gone again, so that they are ordered again.
 *
 * When current_hosts falls without a removal, hosts were lost, or another tool removed them, or a replica that lags
 * shows an earlier status. The ledger books such a fall on the orders whose hosts have come: their hosts are pending
 * again, and are not ordered a second time. LOSS_STATUSES statuses in a row that agree on a fall make it a loss, of
 * the fewest hosts that these statuses lack. Its hosts are written off and thereby ordered again. Hosts that are gone
 * from a later status on need as many statuses of their own, and do not wait for those before them: a fleet may lose
 * one host after the other.
 *
 * A status may come from a replica that lags when it lies between two statuses of the last LOSS_LAG_PASSES passes, from
 * before the fall, in hosts and in busy servers, or when its busy servers do not continue those of the status before.
 * It does not make a loss, and hosts that come after it count as those that were gone. Hosts that come after another
 * status count as hosts of other orders, and so do those that leave the number below the one before the fall: a replica
 * would have shown all of its hosts at once. A fall that lasts for longer than that is a loss whatever it looks like.
 * After a restart the statuses from before it are not known: for as long, a fall below orders from before it makes no
 * loss.
 *
 * For the same time after removed hosts have left, as many of the hosts that come do not count as hosts of an order: it
 * may be the removed ones that are counted once more. Their loss is not noticed.
 *
 * A fall below the hosts that came is not booked on an order, see ledger_movement.foreign_hosts: it counts at once.
 * Hosts that are lost in the same interval in which as many others come are not seen: the order that brought them stays
 * pending until it expires.
 *
 * Works on a ledger. Time is an argument. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_LOSSES_H
#define ENGINE_CORE_LOSSES_H

#include "engine/core/ledger.h"
#include "engine/core/pass_times.h"

#define LOSS_STATUSES 3
#define LOSS_LAG_PASSES 10

struct loss_context {
    struct mono now;
    uint32_t pass; /* of the status */
    int64_t pass_interval_ms;
    const struct pass_times *times;
    const struct history *history; /* up to the pass before */
    int32_t hosts;                 /* of the status */
    int32_t busy_servers;
    int32_t servers_per_host;
};

/* After ledger_observe of a plausible status: the hosts that are lost and not pending any more; 0: none. */
int32_t losses_observe(struct ledger *ledger, const struct loss_context *context);

#endif
