/*
 * reconciler_config - the settings of the reconciler, and the limits that follow from them.
 *
 * Owns nothing: the policies are borrowed. Any thread. Durations are milliseconds.
 */
#ifndef ENGINE_CORE_RECONCILER_CONFIG_H
#define ENGINE_CORE_RECONCILER_CONFIG_H

#include "engine/core/drain.h"
#include "engine/core/policy.h"
#include "engine/core/read_slots.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The maximum of requests in flight, the discovery not counted: `concurrency` reads, as many scales, which do not wait
 * for reads, and the reads that have given up their slots.
 */
static inline int32_t requests_in_flight_max(int32_t concurrency)
{
    return 2 * concurrency + reads_slow_max(concurrency);
}

/* A status older than this many pass intervals, and older than STATUS_AGE_MS_MIN, is not used. */
#define STATUS_AGE_PASSES 2
#define STATUS_AGE_MS_MIN 10000

static inline int64_t status_age_max_ms(int64_t pass_interval_ms)
{
    int64_t age_ms = STATUS_AGE_PASSES * pass_interval_ms;
    return age_ms > STATUS_AGE_MS_MIN ? age_ms : STATUS_AGE_MS_MIN;
}

struct reconciler_config {
    int64_t discovery_interval_ms;
    int64_t pass_interval_ms;
    int32_t known_max;      /* deployments, listed or not; 0: DEPLOYMENT_COUNT_MAX */
    int32_t concurrency;    /* see requests_in_flight_max */
    int32_t retries;        /* of a read, after its first attempt */
    enum draining draining; /* how the API reports hosts that leave */
    bool is_dry_run;
    bool is_read_only;
    bool is_pending_removable; /* the API removes hosts that have not booted first */
    bool is_once;              /* one discovery, one pass, then reconciler_is_finished() */
    bool is_recording;         /* a scale is recorded before it is sent: EFFECT_RECORD */
    const struct policy *(*policy_of)(const void *context, const char *id);
    const void *policy_context;
};

#endif
