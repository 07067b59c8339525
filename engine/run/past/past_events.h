/*
 * past_events - what was logged of a deployment in a pass, as far as it follows from what is recorded.
 *
 * A scale request has no key, a failed read no error: these are not recorded. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_RUN_PAST_PAST_EVENTS_H
#define ENGINE_RUN_PAST_PAST_EVENTS_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

/* The decision before. Holds and failures are logged when they change. */
struct past_said {
    enum action action;
    enum reason reason;
    int32_t delta;
};

/* The deployment has a new decision; has_sent: a scale request was sent for it. Updates its is_starved. */
void past_events_say(const struct event_sink *sink, struct deployment *deployment,
                     const struct past_said *before, bool has_sent);

/* Only that it was scaled; that it is not listed any more. */
void past_events_scaled(const struct event_sink *sink, const struct deployment *deployment);
void past_events_gone(const struct event_sink *sink, const struct deployment *deployment);

#endif
