/*
 * demand - how many sessions the players of one deployment want at a moment.
 *
 * A day curve, shifted and flattened per deployment; noise of a deviation of about sqrt(load) with a memory of minutes;
 * now and then a spike. A pure function of its parameters and the time, so questions may come in any order. Whole
 * numbers only: every reconciler gets the same bits. Simulated milliseconds from 0. Any thread. Cannot fail.
 */
#ifndef ENGINE_SIM_DEMAND_H
#define ENGINE_SIM_DEMAND_H

#include <stdint.h>

#define DEMAND_HOURS 24 /* a day curve has that many, however long a day is */

struct demand {
    uint64_t key;     /* all its luck; see draw.h */
    int64_t day_ms;   /* length of a day, at least 1 */
    int64_t phase_ms; /* time of day at 0 */
    int32_t peak;     /* sessions at the top of the day, before noise and spikes */
    int32_t
        depth_mil; /* thousandths of the day curve's fall that this deployment sees; 0 is flat */
};

/* `start_hour` (0 .. DEMAND_HOURS - 1) is about the local hour at time 0; the rest of the character is drawn. */
void demand_init(struct demand *demand, uint64_t key, int64_t day_ms, int32_t start_hour,
                 int32_t peak);

/* Sessions wanted, 0 or more. */
int32_t demand_at(const struct demand *demand, int64_t now_ms);

#endif
