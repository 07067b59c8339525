/*
 * order_backoff - accepted growth that brings no host that serves is asked again slowly, and by single hosts first.
 *
 * An API that is out of stock may keep every order and fill all of them when stock returns, and a broken image brings
 * hosts that never serve. In both cases the same order again is paid for twice. Therefore unfilled orders stay pending,
 * so that their need is not ordered again. After BACKOFF_TIMEOUTS_FIRST times boot_timeout one of their hosts is
 * written off, and is thereby ordered again: a probe. It is ordered, too, when fewer hosts are wanted than are owed and
 * do not serve: those may never serve. Each probe that brings nothing doubles the wait. When hosts come
 * and serve, the rest has another boot_timeout to come; then it is written off in lots that grow fourfold.
 *
 * When none of the hosts that are owed is wanted any more, all are written off with the next lot. Nothing has shown
 * that later orders bring more: the next order is one host, and no other is sent before it serves.
 *
 * An order that is refused, although the API read it, may be too large: the next one asks for half, down to one host,
 * and each accepted one for twice as many. Refusals in a row double the wait, from a pass to boot_timeout.
 *
 * Works on a ledger, whose fields it owns. Time is an argument. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_ORDER_BACKOFF_H
#define ENGINE_CORE_ORDER_BACKOFF_H

#include "engine/core/api_result.h"
#include "engine/core/event.h"
#include "engine/core/ledger.h"

/* The wait for the first probe from the order on, and the longest wait between two, in times of boot_timeout. */
#define BACKOFF_TIMEOUTS_FIRST 3
#define BACKOFF_TIMEOUTS_MAX OWED_TIMEOUTS_MAX
#define BACKOFF_LOT_GROWTH 4

/* Hosts of unfilled orders: those that have not come, and those that are counted and do not serve. NULL: none. */
struct unfilled {
    int32_t absent_hosts;
    int32_t dark_hosts;
};
struct unfilled order_backoff_unfilled(const struct ledger *ledger);

/* NULL: no. */
bool order_backoff_is_active(const struct ledger *ledger);

/*
 * For how long no number of the status has changed, when that is since before the oldest unfilled order: the status may
 * come from a cache. Else 0.
 */
int64_t order_backoff_unchanged_ms(const struct ledger *ledger, struct mono now);

/* Milliseconds before the next lot, and during which growth is held; 0: none. */
int64_t order_backoff_retry_left_ms(const struct ledger *ledger, struct mono now);
int64_t order_backoff_hold_left_ms(const struct ledger *ledger, struct mono now);

/* Hosts of a lot that is due and was not ordered yet; 0: none. Not kept over a restart. */
int32_t order_backoff_probe(const struct ledger *ledger);

/* Hosts of the next order; 0: no limit. */
int32_t order_backoff_limit(const struct ledger *ledger);

/* No order since the last write-off has brought a host that serves; is one of them pending? NULL: no. */
bool order_backoff_is_unproven(const struct ledger *ledger);
bool order_backoff_is_proving(const struct ledger *ledger);

/* A status has shown that hosts of a scale-up serve. */
void order_backoff_note_served(struct ledger *ledger, struct mono now, int64_t boot_timeout_ms);

/*
 * After each plausible status and ledger_expire: begins or ends a back-off. True: the next lot is written off, and
 * *ret_expiry has its hosts. The unfilled hosts that are not wanted any more, `excess_hosts`, are written off with it.
 */
bool order_backoff_expire(struct ledger *ledger, int64_t excess_hosts, struct mono now,
                          int64_t boot_timeout_ms, struct ledger_expiry *ret_expiry);

/* The outcome of an order of `hosts` hosts. */
void order_backoff_note_refused(struct ledger *ledger, int32_t hosts, enum refusal refusal,
                                struct mono now, int64_t pass_interval_ms, int64_t boot_timeout_ms);
void order_backoff_note_accepted(struct ledger *ledger, int32_t hosts);

/* No growth is wanted any more: earlier refusals say nothing about the next order. */
void order_backoff_forget_refusals(struct ledger *ledger);

/* The events order_backoff_started and order_backoff_ended. */
void order_backoff_emit_started(const char *id, const char *cause, int64_t hosts, int64_t wait_ms,
                                const struct event_sink *sink);
void order_backoff_emit_ended(const char *id, const struct event_sink *sink);

#endif
