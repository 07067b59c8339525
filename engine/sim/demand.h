/*
 * demand - the number of sessions that the players of one deployment want at a moment.
 *
 * A day curve, shifted and flattened per deployment; noise of a deviation of about sqrt(load) with a memory of
 * minutes; spikes from time to time. A pure function of its parameters and the time, so calls may come in any order.
 * Whole numbers only: every machine gets the same bits. Simulated milliseconds from 0. Any thread. Cannot fail.
 */
#ifndef ENGINE_SIM_DEMAND_H
#define ENGINE_SIM_DEMAND_H

#include <stdint.h>

#define DEMAND_HOURS 24 /* a day curve has so many, whatever the length of a day */

struct demand {
    uint64_t key;     /* seed of all its random values; see draw.h */
    int64_t day_ms;   /* length of a day, at least 1 */
    int64_t phase_ms; /* time of day at 0 */
    int32_t peak;     /* sessions at the top of the day, before noise and spikes */
    /* Thousandths of the day curve's fall that apply to this deployment; 0 is flat. */
    int32_t depth_mil;
};

/* `start_hour` (0 .. DEMAND_HOURS - 1) is the approximate local hour at time 0; all other properties are drawn. */
void demand_init(struct demand *demand, uint64_t key, int64_t day_ms, int32_t start_hour,
                 int32_t peak);

/* Sessions wanted, 0 or more. */
int32_t demand_at(const struct demand *demand, int64_t now_ms);

#endif
