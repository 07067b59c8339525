/*
 * ledger - hosts that were asked for and not yet seen, so that no need is ever asked for twice.
 *
 *                 send                accept
 *     (nothing) --------> in flight ----------> accepted --- seen, or boot_timeout ---> (gone)
 *                           |    |   lose
 *                           |    +----------> unconfirmed -- twice seen to have moved -> accepted
 *                     refuse|                      |
 *                           v                      +-- confirm_timeout ---------------> (gone)
 *                        (nothing)
 *
 * Statuses tell only a number of hosts, so every move of it is booked on the oldest entry of its direction that still
 * lacks hosts. That works for APIs that count a host when it is ordered and for those that count it when it has booted.
 * A seen entry stays until its boot_timeout: when the number falls back (a replica that lags, a host that died while
 * booting) what was seen is taken back and counts as pending again, instead of being asked for a second time.
 * A move that no entry explains is somebody else's.
 *
 * Two statuses in a row must show hosts of an unconfirmed request before it counts as applied: one may come from a
 * replica that lags, or another one's host has just died.
 *
 * Orders in opposite directions may never show: hosts ordered and, while they booted, given back. When one of them has
 * waited for too long, what both lack cancels out before anything counts as not delivered.
 *
 * How long hosts take from the order until their servers are there is measured beside that, by the hosts whose servers
 * have come: whatever current_hosts counts, it tells when an order is of use. An order's boot time is that of the half
 * of its hosts, so that one host that hangs does not hide it; orders during whose wait hosts went or orders merged have
 * none.
 *
 * At most one entry is open (in flight or unconfirmed): the newest. At most LEDGER_ENTRIES_MAX entries: beyond, two of
 * one direction become one with the later date. Both were sent in the same LEDGER_PARTS-th of boot_timeout (parts have
 * fixed borders), so that no host is waited for longer than that part more, however many orders follow.
 *
 * Plain values, no pointers, zero is empty; NULL is empty too, but for ledger_send. Owned by the fleet. Time is an
 * argument. Cannot fail.
 */
#ifndef ENGINE_CORE_LEDGER_H
#define ENGINE_CORE_LEDGER_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_PARTS 2
#define LEDGER_ENTRIES_MAX                                                                         \
    (2 * (LEDGER_PARTS + 1) +                                                                      \
     2) /* boot_timeout touches a part more than it is long; two to spare */

enum ledger_state { LEDGER_SETTLED, LEDGER_IN_FLIGHT, LEDGER_UNCONFIRMED };

struct ledger_entry {
    int32_t delta;
    int32_t seen; /* of the delta, same sign, never more */
    struct mono sent;
    int32_t
        done; /* of hosts added: those whose servers have come; removed: those that went since; 0 .. |delta| */
    bool is_unclear;  /* something else moved hosts meanwhile: how long it took means nothing */
    bool is_measured; /* half of it has come */
};

struct ledger {
    uint8_t count;
    uint8_t state;  /* enum ledger_state of the newest entry */
    bool has_shown; /* the last status showed some of what is unconfirmed */
    struct ledger_entry entries[LEDGER_ENTRIES_MAX]; /* oldest first */
};

enum ledger_state ledger_state(const struct ledger *ledger);

/* Hosts asked for and not seen, unconfirmed and in flight included; negative: leaving. */
int32_t ledger_pending_hosts(const struct ledger *ledger);
int32_t ledger_unconfirmed_hosts(const struct ledger *ledger);

/* Of those only the hosts that were added: whatever leaves, none of these is there yet. 0 or more. */
int32_t ledger_coming_hosts(const struct ledger *ledger);

/*
 * Hosts asked away longer ago than `patience_ms` and still there: an API may give back fewer than it was asked for, and
 * say nothing. They are not asked away again before boot_timeout (they may be draining), but nobody needs to be ordered
 * in their place. As many as there may be: hosts that went since a later request was sent count as that one's here,
 * although they are booked on the oldest. 0 or more; the request that is open does not count.
 */
int32_t ledger_undrained_hosts(const struct ledger *ledger, struct mono now, int64_t patience_ms);

/* Hosts added and already counted by the API that may still be booting: not dark. */
int32_t ledger_booting_hosts(const struct ledger *ledger);

/* A request leaves. Nothing may be open. */
void ledger_send(struct ledger *ledger, int32_t delta, struct mono now, int64_t boot_timeout_ms);

/* Its answer: applied; known not applied; nobody knows. */
void ledger_accept(struct ledger *ledger);
void ledger_refuse(struct ledger *ledger);
void ledger_lose(struct ledger *ledger);

struct ledger_movement {
    bool is_confirmed;       /* the unconfirmed request has shown itself twice */
    int32_t confirmed_delta; /* and what it was */
    int32_t confirmed_seen;
    int64_t confirmed_age_ms;
    int32_t foreign_hosts;  /* hosts that moved without a request of ours */
    int32_t followed_count; /* accepted growth that is now seen in full */
    int64_t slowest_ms;     /* the longest that any of it took, or has been waiting so far */
};

/* A plausible status says current_hosts went from `before` to `after`. */
void ledger_observe(struct ledger *ledger, int32_t before, int32_t after, struct mono now,
                    struct ledger_movement *ret_movement);

/*
 * The same status says that hosts with servers went from `usable_before` to `usable_after`. True: an order of growth
 * has half of its hosts in service now, *ret_boot_ms after it was sent; of several such orders the latest.
 */
bool ledger_observe_usable(struct ledger *ledger, int32_t usable_before, int32_t usable_after,
                           struct mono now, int64_t *ret_boot_ms);

struct ledger_expiry {
    bool was_unconfirmed; /* else hosts that never appeared */
    int32_t delta;
    int32_t seen;
    int64_t age_ms;
};

/*
 * Drops one entry whose time is over and says what it was; false: none is. Entries seen in full go silently. An
 * unconfirmed scale-down waits for boot_timeout at least, what has shown itself once for the next status, and what may
 * cancel out with the open request for its end.
 */
bool ledger_expire(struct ledger *ledger, struct mono now, int64_t boot_timeout_ms,
                   int64_t confirm_timeout_ms, struct ledger_expiry *ret_expiry);

#endif
