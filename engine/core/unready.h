/*
 * unready - counted hosts that do not serve, although they had the time to boot.
 *
 * Candidates are hosts without servers, minus those that may still be booting and those that leave. The fewest
 * candidates over a period of boot_timeout are unready; then a new period begins, for hosts that failed later. Unready
 * hosts stay unready until the count of hosts without servers falls: new hosts count as booting for boot_timeout,
 * whether they serve or not.
 *
 * Plain values; zeroed memory has no unready hosts. Hosts, milliseconds. One thread at a time. Time is an argument and
 * never decreases. Cannot fail.
 */
#ifndef ENGINE_CORE_UNREADY_H
#define ENGINE_CORE_UNREADY_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"
#include "engine/core/event.h"

#include <stdint.h>

struct unready {
    int32_t hosts; /* without servers for longer than boot_timeout */
    int32_t least; /* fewest candidates since `since` */
    struct mono since;
};

/* A plausible status: `missing_hosts` have no servers and do not leave; `booting_hosts` of them may still boot. */
void unready_observe(struct unready *unready, int64_t missing_hosts, int64_t booting_hosts,
                     struct mono now, int64_t boot_timeout_ms);

/* The event hosts_dark, if the unready hosts were fewer `before` this status. */
void unready_emit(const struct unready *unready, int32_t before, const char *id,
                  const struct status *status, const struct event_sink *sink);

#endif
