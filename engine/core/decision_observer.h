/*
 * decision_observer - what is called around each decision, for a recording.
 *
 * `before` is called when the status of a deployment, or the failure of its read, is about to change it; `after` when
 * it has: input and outcome are those of the new decision. Neither may change the core or take long: they run for each
 * deployment and pass. NULL members: nothing is called.
 */
#ifndef ENGINE_CORE_DECISION_OBSERVER_H
#define ENGINE_CORE_DECISION_OBSERVER_H

#include "engine/core/fleet.h"

struct decision_observer {
    void (*before)(void *context, const struct deployment *deployment);
    void (*after)(void *context, const struct deployment *deployment);
    void *context;
};

static inline void observe_before(const struct decision_observer *observer,
                                  const struct deployment *deployment)
{
    if (observer->before)
        observer->before(observer->context, deployment);
}

static inline void observe_after(const struct decision_observer *observer,
                                 const struct deployment *deployment)
{
    if (observer->after)
        observer->after(observer->context, deployment);
}

#endif
