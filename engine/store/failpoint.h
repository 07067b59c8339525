/*
 * failpoint - named places at which a test ends or disturbs the program.
 *
 * failpoint() does nothing. Tests link with -Wl,--wrap=failpoint and take the calls. Any thread. Cannot fail.
 */
#ifndef ENGINE_STORE_FAILPOINT_H
#define ENGINE_STORE_FAILPOINT_H

#define FAILPOINT(id, where) FAILPOINT_##id,
enum failpoint_id {
#include "engine/store/failpoints.def"
};
#undef FAILPOINT

#define FAILPOINT(id, where) +1
enum {
    FAILPOINT_COUNT = 0
#include "engine/store/failpoints.def"
};
#undef FAILPOINT

/* Those before it are of this layer. */
#define FAILPOINT_STORE_COUNT FAILPOINT_SCALE_DECIDED

void failpoint(enum failpoint_id id);

/* The id as it is written in failpoints.def. */
const char *failpoint_name(enum failpoint_id id);

#endif
