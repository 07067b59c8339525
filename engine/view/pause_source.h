/*
 * pause_source - what is known of the pauses of operators: the author, the reason, and the end.
 *
 * Plain values; the texts are borrowed until the source changes. Engine thread only.
 */
#ifndef ENGINE_VIEW_PAUSE_SOURCE_H
#define ENGINE_VIEW_PAUSE_SOURCE_H

#include "engine/base/clock.h"

#include <stdbool.h>

struct shown_pause {
    const char *author;
    const char *reason; /* "": none */
    struct mono since;  /* the reconciler's time */
    struct mono until;  /* MONO_NEVER: until an operator resumes */
};

struct pause_source {
    /* `id` NULL: the pause of all. False: there is none. NULL: nothing is known. */
    bool (*find)(void *context, const char *id, struct shown_pause *ret_pause);
    void *context;
};

#endif
