/*
 * deployment_record - what is remembered of a deployment over a restart, as bytes.
 *
 *     orders     the ledger with its back-off and its drain; a request in flight is remembered as unconfirmed
 *     growth     the hosts ordered within the last hour, orders without effect, the base of the limit
 *     times      the last scales, for the cooldowns
 *     demand     the window of desired hosts, an outage hold, the errors of forecasts, the highest demand
 *     hosts      the last status, the most hosts of the last boot_timeout, unready hosts, boot times
 *     the definition, and the start hold, which goes on (start_hold.h)
 *
 * Not remembered: the pause of an operator, which has a record of its own; and the history and what depends on it (a
 * trend, a fall of hosts that statuses have not agreed on yet).
 *
 * Ages are written, not instants, so that the clock may start again; deadlines go on while the program does not run.
 * The bytes are the same on every machine. A new layout has a new DEPLOYMENT_RECORD_VERSION, and reads the old ones.
 *
 * Time is an argument. One thread at a time.
 */
#ifndef ENGINE_CORE_DEPLOYMENT_RECORD_H
#define ENGINE_CORE_DEPLOYMENT_RECORD_H

#include "engine/core/fleet.h"

#define DEPLOYMENT_RECORD_VERSION 2

/* The most bytes of a record; a deployment without orders has about a hundred. */
#define DEPLOYMENT_RECORD_SIZE_MAX 2048

/* `capacity` is at least DEPLOYMENT_RECORD_SIZE_MAX. Returns the bytes written; 0: nothing is worth keeping. */
size_t deployment_export(const struct deployment *deployment, struct mono now, void *bytes,
                         size_t capacity);

/*
 * Into a deployment that was added and has had no status; `age_ms` is the age of the bytes. -EINVAL: they cannot be
 * read; -ENOMEM. Nothing has changed then.
 */
int deployment_import(struct fleet *fleet, struct deployment *deployment, struct mono now,
                      int32_t version, const void *bytes, size_t size, int64_t age_ms);

#endif
