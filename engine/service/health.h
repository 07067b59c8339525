/*
 * health - is the engine alive, and is it ready?
 *
 * Alive: the loop does what is due, and the state directory takes records. A loop that does not turn at all gives no
 * answer, and the caller sees that. Ready: the first pass is over, and the engine is not stopping. For /healthz and
 * /readyz, and for every other report of the state of the service.
 *
 * Plain values. Any thread. Cannot fail.
 */
#ifndef ENGINE_SERVICE_HEALTH_H
#define ENGINE_SERVICE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* What is due and not done for so long, is stuck. */
#define HEALTH_LOOP_MS ((int64_t)30 * 1000)
/* Records that cannot be stored for so long. */
#define HEALTH_STATE_MS ((int64_t)60 * 1000)

struct health_facts {
    int64_t late_ms;         /* for so long, work of the engine is due; 0: none is */
    int64_t unrecordable_ms; /* for so long, scales cannot be recorded; 0: they can */
    uint32_t passes;         /* that are over */
    bool is_stopping;
};

/* A line without its end that says it, "ok" for a good one. */
const char *health_alive(const struct health_facts *facts, bool *ret_is_alive);
const char *health_ready(const struct health_facts *facts, bool *ret_is_ready);

#endif
