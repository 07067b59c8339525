/*
 * ledger - hosts that were requested and not yet seen, so that no host is requested twice.
 *
 *                 send                accept
 *     (nothing) --------> in flight ----------> accepted --- seen, or boot_timeout ---> (gone)
 *                           |    |   lose
 *                           |    +----------> unconfirmed -- shown by two statuses ----> accepted
 *                     refuse|     <---------  |    |
 *                           v       repeat         +-- not wanted any more -----------> (gone)
 *                        (nothing)
 *
 * A status has only a number of hosts. Each change of it is booked on the oldest entry of the same direction with
 * outstanding hosts (requested, not yet seen). This works with APIs that count a host when it is ordered and with APIs
 * that count it when it has booted. An entry stays until its boot_timeout even when all its hosts were seen: when the
 * number falls back (a replica lags, a host died), its hosts become pending again and are not requested a second time
 * before several statuses agree that they are lost, see losses.h. A change that no entry explains is foreign: its cause
 * is not this program.
 *
 * An unconfirmed request counts as applied when two statuses in a row show some of its hosts: a single status may come
 * from a replica that lags, or show a foreign change.
 *
 * The wait for an unconfirmed request doubles with each repeat, up to LEDGER_WAIT_DOUBLINGS times: a repeat is the same
 * request with the same key, and an API that ignores keys may apply it again. After the wait the caller decides: it
 * repeats the request or gives it up. Until then the hosts of the request are pending. A removal is not repeated: its
 * hosts may drain unseen. It counts as accepted instead.
 *
 * A removal stays until drain_timeout as long as its hosts are counted, or still have sessions (drain.h): they may
 * drain for longer than a boot takes, and a second removal would take hosts that stay. After the last of them has left,
 * it stays for another boot_timeout: a replica that lags may count them once more.
 *
 * An entry whose hosts are gone again does not expire before the statuses agree, see losses.h.
 *
 * Growth that was accepted stays pending until hosts come and serve. At boot_timeout, an entry of which some hosts came
 * expires once nothing has come for another boot_timeout; an entry that brought no host, or none that serves, is
 * unfilled: it stays, see order_backoff.h.
 *
 * Requests in opposite directions may never be seen: hosts that are removed while they boot may never be counted. On
 * expiry, opposite outstanding hosts are netted first; only the remainder counts as undelivered. Hosts that were added
 * after a removal are not netted with it: they may have come while hosts left, unseen, or not have come, and the hosts
 * still drain. Growth assumes the first, another removal the second: the removal stays, and as many hosts count as
 * pending.
 *
 * Boot times are measured separately, by the hosts whose servers exist, whatever current_hosts counts. The boot time of
 * a request is the time until half of its hosts serve, so that one stuck host does not hide it. A request has no boot
 * time when hosts were removed or requests were merged in the meantime.
 *
 * At most one entry is open (in flight or unconfirmed): the newest. Beyond LEDGER_ENTRIES_MAX entries, two entries of
 * one kind (removals, growth, growth that is owed) merge and keep the later timestamp. Both were sent in the same
 * LEDGER_PARTS-th of their timeout (with fixed borders), so merging delays an expiry by at most one such part, however
 * many requests follow.
 *
 * Plain values, no pointers; zeroed memory is empty, and so is NULL, except for ledger_send. Owned by the fleet. One
 * thread at a time. Time is an argument. Cannot fail.
 *
 * Most ledgers have few entries and no fall. At rest such a ledger has only its first bytes (ledger_size): it may be
 * read and its entries may be changed, but it gets no entry and observes no status. It is not copied by assignment.
 */
#ifndef ENGINE_CORE_LEDGER_H
#define ENGINE_CORE_LEDGER_H

#include "engine/base/clock.h"
#include "engine/core/drain.h"
#include "engine/core/order_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_PARTS 2
#define LEDGER_ENTRIES_MAX                                                                         \
    (2 * (LEDGER_PARTS + 1) +                                                                      \
     2) /* boot_timeout overlaps one part more than LEDGER_PARTS; two to spare */

/* Accepted growth that brings no host is forgotten after so many times boot_timeout. */
#define OWED_TIMEOUTS_MAX 64

/* The longest wait for an unconfirmed request is 2^LEDGER_WAIT_DOUBLINGS times the first. */
#define LEDGER_WAIT_DOUBLINGS 3

/* How long entries are kept: added hosts, removed hosts, and the open request without a response. */
struct ledger_timeouts {
    int64_t boot_ms;
    int64_t drain_ms; /* at least boot_ms */
    int64_t confirm_ms;
};

enum ledger_state { LEDGER_SETTLED, LEDGER_IN_FLIGHT, LEDGER_UNCONFIRMED };

struct ledger_entry {
    int32_t delta;
    int32_t seen; /* part of the delta, with its sign */
    struct mono sent;
    int32_t shown;    /* most of its added hosts that came, without lost ones; see losses.h */
    int32_t done;     /* added hosts that serve, or hosts removed since; 0 .. |delta| */
    bool is_unclear;  /* hosts moved for another reason: no boot time */
    bool is_measured; /* half of the hosts serve */
    bool is_assumed;  /* the outcome is unknown; it counts as accepted */
    bool was_seen;    /* all of its hosts were seen at the same time */
    bool has_served;  /* servers came after the last of its hosts that were seen */
    bool is_unfilled; /* older than boot_timeout, and no host of it serves */
};

/* Of order_backoff.h. Zeroed: there is none. */
struct order_backoff {
    struct mono retry_at; /* when the next hosts of unfilled entries are asked again */
    int32_t lot;          /* so many; 0: no entry is unfilled */
    int32_t probe;     /* of the lot, ordered even if less is wanted than is owed; 0: none is due */
    uint8_t fruitless; /* lots in a row that brought no host */
    bool is_unproven;  /* all that was owed is not wanted any more, and no host of it has served */

    uint8_t refusals;       /* of growth, in a row */
    int32_t limit;          /* hosts of one order after a refusal; 0: no limit */
    struct mono hold_until; /* no growth before */
};

/* Statuses in a row that all lack so many hosts. */
struct ledger_fall_level {
    int32_t hosts;
    uint32_t first_pass; /* of the first of them */
    uint8_t statuses;    /* up to LOSS_STATUSES */
};

/* As many as passes in which a replica may lag, and two: see losses.h. */
#define FALL_LEVELS_MAX 12

/* Hosts that came and are gone, of losses.h. Zeroed: there are none. */
struct ledger_fall {
    int32_t from_hosts; /* current_hosts before the first of them */
    bool is_certain;    /* the last status is not one from before it: hosts that come are new */
    uint8_t count;
    struct ledger_fall_level
        levels[FALL_LEVELS_MAX]; /* each with more hosts, from a later status on */
};

struct ledger {
    uint8_t count;
    uint8_t state;           /* enum ledger_state of the newest entry */
    bool has_shown;          /* the last status showed hosts of the unconfirmed request */
    uint8_t repeats;         /* of the newest request */
    bool is_recording;       /* the newest request is in flight, and has not left yet */
    bool is_apart;           /* while it is recorded: the pass does not wait for it */
    bool is_waiting;         /* after a restart, for a second status: nothing is sent or expires */
    uint8_t size_class;      /* of its memory, of the fleet; 0: it is whole */
    int32_t hidden_hosts;    /* of those that leave: they may have left unseen */
    struct order_key key;    /* of the newest request; the caller sets it after ledger_send */
    struct mono sent_before; /* when the newest request was sent before its last repeat */
    struct mono left_at;     /* when a status has last shown removed hosts leave */
    struct mono served_at;   /* when servers of added hosts came last */
    struct mono
        changed_at; /* when a status differed from the one before last; zero: none since the first request */
    struct drain drain;
    struct order_backoff backoff;
    struct ledger_entry entries[LEDGER_ENTRIES_MAX]; /* oldest first */
    struct ledger_fall fall;
};

/* The first bytes, in which all is that it holds. */
size_t ledger_size(const struct ledger *ledger);

/* The same for a ledger with so many entries and without a fall. */
size_t ledger_size_of(size_t entries);

/* A whole copy of a ledger that may have its first bytes only. */
void ledger_copy(struct ledger *to, const struct ledger *from);

enum ledger_state ledger_state(const struct ledger *ledger);

/* Hosts requested and not seen, unconfirmed and in flight included; negative: to be removed. */
int32_t ledger_pending_hosts(const struct ledger *ledger);
int32_t ledger_unconfirmed_hosts(const struct ledger *ledger);

/* Of those: the open request, in flight or unconfirmed. */
int32_t ledger_open_hosts(const struct ledger *ledger);

/* Of those, the added hosts alone, not netted with removals. 0 or more. */
int32_t ledger_coming_hosts(const struct ledger *ledger);

/* Hosts whose removal was requested: those that are still counted, and those that are not any more. 0 or more. */
int32_t ledger_leaving_hosts(const struct ledger *ledger);
int32_t ledger_removed_hosts(const struct ledger *ledger);

/*
 * Hosts whose removal was requested more than `patience_ms` ago and that still exist: an API may remove fewer hosts
 * than requested without an error. Their removal is not requested again before drain_timeout (they may be draining),
 * but no hosts are ordered to replace them, unless statuses have shown that the API drains. This is the highest
 * possible number: hosts removed since a later request was sent count for that request here, although they are booked
 * on the oldest entry. 0 or more; the open request is excluded.
 */
int32_t ledger_undrained_hosts(const struct ledger *ledger, struct mono now, int64_t patience_ms);

/* May removed hosts still have sessions? Not after drain_timeout, although an entry may stay for longer. */
bool ledger_may_drain(const struct ledger *ledger, struct mono now,
                      const struct ledger_timeouts *timeouts);

/* Hosts whose removal was requested and that may have left unseen, while as many added hosts came. 0 or more. */
int32_t ledger_hidden_hosts(const struct ledger *ledger);

/* Added hosts that were seen, or removed ones were counted once more: see losses.h. They are not removed. 0 or more. */
int32_t ledger_doubtful_hosts(const struct ledger *ledger);

/* Added hosts that the API counts already and that may still be booting: not unready. */
int32_t ledger_booting_hosts(const struct ledger *ledger);

/* Of those: as many as have not come to serve, as far as the servers show it. */
int32_t ledger_unserved_hosts(const struct ledger *ledger);

/* Is there a growth entry whose hosts have not all come and served? */
bool ledger_expects_hosts(const struct ledger *ledger);

/* Nothing in it is needed any more; NULL: so. */
bool ledger_is_idle(const struct ledger *ledger);

/* Adds a request that is sent now. No entry may be open. */
void ledger_send(struct ledger *ledger, int32_t delta, struct mono now,
                 const struct ledger_timeouts *timeouts);

/*
 * A request that is recorded before it is sent is in flight from ledger_send or ledger_repeat on; the caller sets
 * is_recording. It is sent now; or it is not sent: of a repeat the request before it stays unconfirmed.
 */
void ledger_leave(struct ledger *ledger, struct mono now);
void ledger_drop(struct ledger *ledger);

/* The outcome of the request in flight: applied; not applied; unknown. */
void ledger_accept(struct ledger *ledger);
void ledger_refuse(struct ledger *ledger);
void ledger_lose(struct ledger *ledger);

/* How long the outcome of the newest request may stay unknown, from when it was sent. */
int64_t ledger_confirm_wait_ms(const struct ledger *ledger, const struct ledger_timeouts *timeouts);

/* The delta of an unconfirmed request whose wait is over, to be repeated or given up now; 0: there is none. */
int32_t ledger_overdue_delta(const struct ledger *ledger, struct mono now,
                             const struct ledger_timeouts *timeouts);

/* The unconfirmed request is sent again, with its key. */
void ledger_repeat(struct ledger *ledger, struct mono now);

/* Is the request in flight a repeat? */
bool ledger_is_repeat(const struct ledger *ledger);

/* The repeat in flight has not left this machine: the request is unconfirmed as before it. */
void ledger_unsend(struct ledger *ledger);

struct ledger_movement {
    bool is_confirmed;       /* two statuses in a row have shown the unconfirmed request */
    int32_t confirmed_delta; /* of that request */
    int32_t confirmed_seen;
    int64_t confirmed_age_ms;
    int32_t foreign_hosts; /* change without a request of this program */
};

/* A plausible status: current_hosts changed from `before` to `after`. */
void ledger_observe(struct ledger *ledger, int32_t before, int32_t after, struct mono now,
                    struct ledger_movement *ret_movement);

/*
 * The same status: hosts with servers changed from `usable_before` to `usable_after`. True: half of the hosts of a
 * scale-up serve now, *ret_boot_ms after it was sent; of several such requests, the latest.
 */
bool ledger_observe_usable(struct ledger *ledger, int32_t usable_before, int32_t usable_after,
                           struct mono now, int64_t *ret_boot_ms);

/*
 * The same status: the servers rose from `servers_before` to `servers_after`, or all counted hosts have theirs. True:
 * hosts of a scale-up have begun to serve.
 */
bool ledger_observe_servers(struct ledger *ledger, int32_t servers_before, int32_t servers_after,
                            bool are_all_serving, struct mono now);

struct ledger_expiry {
    int32_t delta;
    int32_t seen;
    bool is_assumed;
    int64_t age_ms;
};

/*
 * When the entry at `index` expires at the earliest, or may be repeated; MONO_NEVER: not before its response, or the
 * next status. The wait for an unconfirmed scale-down is boot_timeout at least. An unconfirmed request that the last
 * status showed waits for the next one.
 */
struct mono ledger_deadline(const struct ledger *ledger, size_t index,
                            const struct ledger_timeouts *timeouts);

/*
 * Removes one expired entry with hosts that never appeared, and returns it; false: there is none. Entries seen in full
 * are removed and not returned. The open request does not expire, and an entry that may cancel with it waits for its
 * outcome.
 */
bool ledger_expire(struct ledger *ledger, struct mono now, const struct ledger_timeouts *timeouts,
                   struct ledger_expiry *ret_expiry);

/* Takes at most `hosts` out of an unfilled entry: they are not pending any more. Returns how many. */
int32_t ledger_write_off(struct ledger *ledger, size_t index, int32_t hosts);

/* `hosts` of the entry at `index` have come and are gone: they are not pending any more. */
void ledger_forget_gone(struct ledger *ledger, size_t index, int32_t hosts);

/*
 * The hosts of the unconfirmed request may have come unseen, so that a repeat could be a second one: removed hosts have
 * left since it was sent and others are still to leave, or an entry of the other direction should have expired and
 * waits for the request.
 */
bool ledger_is_hidden(const struct ledger *ledger, struct mono now,
                      const struct ledger_timeouts *timeouts);

/*
 * Removes the unconfirmed request: it counts as not applied. The outstanding hosts of other entries stay expected,
 * except those that should have expired in the other direction: they are netted. When hosts of removals have left in
 * the meantime, its hosts may have come unseen.
 */
void ledger_give_up(struct ledger *ledger, struct mono now, const struct ledger_timeouts *timeouts,
                    struct ledger_expiry *ret_expiry);

/* The unconfirmed request counts as accepted: a removal may have been carried out unseen. */
void ledger_assume(struct ledger *ledger, struct mono now, struct ledger_expiry *ret_expiry);

#endif
