/*
 * past_steps - what a recording shows of the fleet of the manual, for screens of the past.
 *
 * The snapshots are made by the fixture's maker; the difference is constant. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_PAST_STEPS_H
#define TESTS_SUPPORT_PAST_STEPS_H

#include "tests/support/console_steps.h"

/* The moment of the screens, ten minutes before the engine's. */
#define PAST_AT ((struct wall){ SNAPSHOTS_AT.ms - (int64_t)10 * MINUTE_MS })

/* Of a recording of a day, with forty minutes of sums. */
struct snapshot_past past_steps_of(int32_t speed_millis);

/* The console receives the fleet as it was then. */
void past_steps_show(struct console_fixture *fixture, const struct snapshot_past *past);

/* The same, with what five deployments were twenty minutes ago. */
void past_steps_compare(struct console_fixture *fixture);

#endif
