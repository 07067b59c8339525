/*
 * metrics_source - what metrics need of the engine, as plain values.
 *
 * Engine thread only. Owns nothing. All of it lives as long as its users.
 */
#ifndef ENGINE_METRICS_METRICS_SOURCE_H
#define ENGINE_METRICS_METRICS_SOURCE_H

#include "engine/base/redaction.h"
#include "engine/core/reconciler.h"
#include "engine/metrics/collector.h"
#include "engine/service/health.h"

#define METRICS_NOTIFIERS_MAX 16
#define METRICS_NOTIFIER_SIZE                                                                      \
    41 /* bytes of a name, which needs no escapes as a label, with the NUL */

/* How a notice has ended. */
enum notice_outcome {
    NOTICE_OUTCOME_DELIVERED,
    NOTICE_OUTCOME_REFUSED,
    NOTICE_OUTCOME_EXPIRED,
    NOTICE_OUTCOME_DROPPED,
};
#define NOTICE_OUTCOME_COUNT 4

struct notifier_facts {
    char name[METRICS_NOTIFIER_SIZE];
    int64_t outcomes[NOTICE_OUTCOME_COUNT];
    int64_t queued;
};

/* What the reconciler does not know. */
struct metrics_facts {
    const char *version;
    const char *match; /* shell pattern on ids; "all", "none"; borrowed until the engine changes */
    int64_t series_max;
    struct mono now; /* the reconciler's time */
    struct wall started;
    int32_t overrides;
    int64_t pass_interval_ms;
    bool is_leader;
    bool is_insecure;
    bool is_stateless;
    struct notifier_facts notifiers[METRICS_NOTIFIERS_MAX]; /* notifier_count of them */
    size_t notifier_count;
};

struct metrics_source {
    const struct reconciler *reconciler;
    struct collector *collector;
    struct redaction *redaction; /* an id that has what it removes gets no series; NULL: none */
    void (*describe)(void *context, struct metrics_facts *ret_facts);
    void (*health)(void *context, struct health_facts *ret_facts);
    void *context;
};

#endif
