/*
 * decision_observer - what is called around each decision, for a recording and for metrics.
 *
 * `before` is called when the status of a deployment, or the failure of its read, is about to change it; `after` when
 * it has: input and outcome are those of the new decision. Neither may change the core or take long: they run for each
 * deployment and pass. NULL members: nothing is called.
 */
#ifndef ENGINE_CORE_DECISION_OBSERVER_H
#define ENGINE_CORE_DECISION_OBSERVER_H

#include "engine/base/panic.h"
#include "engine/core/fleet.h"

#include <stddef.h>

struct decision_observer {
    void (*before)(void *context, const struct deployment *deployment);
    void (*after)(void *context, const struct deployment *deployment);
    void *context;
};

#define DECISION_OBSERVERS_MAX 2

/* Zeroed memory has none. */
struct decision_observers {
    struct decision_observer list[DECISION_OBSERVERS_MAX];
    size_t count;
};

static inline void decision_observers_add(struct decision_observers *observers,
                                          const struct decision_observer *observer)
{
    must(observers->count < DECISION_OBSERVERS_MAX);
    observers->list[observers->count++] = *observer;
}

static inline void observe_before(const struct decision_observers *observers,
                                  const struct deployment *deployment)
{
    for (size_t i = 0; i < observers->count; i++)
        if (observers->list[i].before)
            observers->list[i].before(observers->list[i].context, deployment);
}

static inline void observe_after(const struct decision_observers *observers,
                                 const struct deployment *deployment)
{
    for (size_t i = 0; i < observers->count; i++)
        if (observers->list[i].after)
            observers->list[i].after(observers->list[i].context, deployment);
}

#endif
