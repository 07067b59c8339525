/*
 * unready - counted hosts that do not serve, although they had the time to boot: dark ones, and turnover.
 *
 * Dark hosts: the same ones, for longer than boot_timeout. Candidates are hosts without servers, minus those that may
 * still be booting and those that leave. The fewest candidates over a period of boot_timeout are dark; then a new
 * period begins, for hosts that failed later. Dark hosts stay dark until the count of hosts without servers falls: new
 * hosts count as booting for boot_timeout, whether they serve or not.
 *
 * Turnover: servers that restart after each session. Some are always missing, and never the same ones. A status has no
 * names of hosts, but the number of missing servers rises and falls all the time. `swing` is the share of its latest
 * moves that turned back; while it is high, the mean number is unready, too: what a host serves is less than its
 * nominal size. A move shows nothing when hosts may have come, gone or booted, when it is too large to be chance, or
 * when it is not one of total_servers: then other hosts are counted, such as those whose boot_timeout is over.
 * The mean is over half a boot_timeout or scale_down_window, and TURNOVER_SAMPLES statuses at least. The unready hosts
 * follow it up at once, and down after it was clearly lower for a scale_down_window: noise must not move hosts. While
 * removed hosts may drain, their servers hide missing ones, and nothing is lowered.
 *
 * The event hosts_dark is about the same hosts. Dark hosts are reported after a period in which their number did not
 * turn back. During turnover, the period is DARK_TIMEOUTS times as long, and the fewest must be close to the mean:
 * otherwise the missing hosts change.
 *
 * Plain values; zeroed memory has no unready hosts. Hosts, milliseconds. One thread at a time. Time is an argument and
 * never decreases. Cannot fail.
 */
#ifndef ENGINE_CORE_UNREADY_H
#define ENGINE_CORE_UNREADY_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"
#include "engine/core/event.h"

#include <stdbool.h>
#include <stdint.h>

/* Of the statuses in the mean. */
#define TURNOVER_SAMPLES 16
#define TURNOVER_SAMPLES_MAX 240

/* The count swings from the first share on until it is below the second, in parts of SWING_WHOLE. */
#define SWING_WHOLE 65536
#define SWING_BEGIN (SWING_WHOLE / 8 * 3)
#define SWING_END (SWING_WHOLE / 10)

/* Unit of the mean: a fraction of a host. */
#define TURNOVER_UNIT 4096

#define DARK_TIMEOUTS 8

/* Times are milliseconds of the mono clock, modulo 2^32. */
struct unready {
    int32_t dark_hosts; /* without servers for longer than boot_timeout */
    int32_t dark_least; /* fewest candidates since `dark_since_ms` */
    uint32_t dark_since_ms;
    int32_t turnover_hosts;
    int32_t turnover_mean;   /* in 1/TURNOVER_UNIT */
    int32_t missing_servers; /* of the last status */
    uint32_t high_at_ms;     /* when the mean was last not clearly below turnover_hosts */
    uint16_t swing;
    uint16_t still;     /* statuses since the count has moved */
    uint8_t samples;    /* in the mean */
    uint8_t statuses;   /* since `dark_since_ms` */
    bool is_known : 1;  /* there was a status */
    bool has_moved : 1; /* the count; `is_rising`: up */
    bool is_rising : 1;
    bool is_turnover : 1;
    bool has_changed : 1; /* the count, since `dark_since_ms` */
    bool has_turned : 1;  /* the count turned back since `dark_since_ms` */
    bool is_untold : 1;   /* dark hosts that may yet be turnover */
};

/* A plausible status. */
struct unready_facts {
    int64_t missing_hosts;   /* have no servers and do not leave */
    int64_t booting_hosts;   /* of those: they may still boot */
    int64_t missing_servers; /* of hosts that neither leave nor boot; may be negative */
    int32_t servers_per_host;
    int64_t servers_risen; /* total_servers since the status before; negative: fallen */
    bool have_hosts_moved; /* current_hosts is another one than before */
    bool is_draining;      /* removed hosts may still have servers */
    int64_t boot_timeout_ms;
    int64_t scale_down_window_ms;
    int64_t pass_interval_ms;
    struct mono now;
};

/* True: more hosts are dark, to be reported. */
bool unready_observe(struct unready *unready, const struct unready_facts *facts);

/* Dark hosts and turnover. */
int32_t unready_hosts(const struct unready *unready);

/* Missing servers come back and others go: of any hosts. It may be too few for turnover. */
bool unready_is_swinging(const struct unready *unready);

/* Turnover, and more servers are missing than on average: some will soon be back. */
bool unready_is_above_mean(const struct unready *unready, int32_t servers_per_host);

/* The event hosts_dark. */
void unready_emit(const struct unready *unready, const char *id, const struct status *status,
                  const struct event_sink *sink);

#endif
