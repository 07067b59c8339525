/*
 * world_restart - the process of a world is killed and starts again.
 */
#ifndef TESTS_SUPPORT_WORLD_RESTART_H
#define TESTS_SUPPORT_WORLD_RESTART_H

#include "tests/support/world.h"

/* It knows nothing, and requests in flight do not arrive. */
void world_restart(struct world *world);

/*
 * It starts `down_ms` later with what was remembered: the records of all deployments at the end, and the scales that
 * were recorded and have no outcome. Those in flight are carried out, or are not.
 */
void world_restart_restored(struct world *world, bool are_applied, int64_t down_ms);

#endif
