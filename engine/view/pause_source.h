/*
 * pause_source - what is known of the acts of operators: the author, the reason and the end of a pause; the last act.
 *
 * Plain values; the texts are borrowed until the source changes. Engine thread only.
 */
#ifndef ENGINE_VIEW_PAUSE_SOURCE_H
#define ENGINE_VIEW_PAUSE_SOURCE_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct shown_pause {
    const char *author;
    const char *reason; /* "": none */
    struct mono since;  /* the reconciler's time */
    struct mono until;  /* MONO_NEVER: until an operator resumes */
};

#define SHOWN_ACT_SIZE 160

/* The last act of an operator that may be undone. */
struct shown_act {
    const char *author;
    char text[SHOWN_ACT_SIZE]; /* "the pause of eu-1"; printable */
    size_t count;              /* of changes that it made */
    bool is_on_all;
};

struct pause_source {
    /* `id` NULL: the pause of all. False: there is none. NULL: nothing is known. */
    bool (*find)(void *context, const char *id, struct shown_pause *ret_pause);
    /* False: there is none. NULL: nothing is known. */
    bool (*last_act)(void *context, struct shown_act *ret_act);
    void *context;
};

#endif
