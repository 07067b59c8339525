/*
 * promise - what a deployments API promises, as words: the rows of promises.def.
 *
 * Depends on nothing. Any thread. Cannot fail.
 */
#ifndef ENGINE_PROMISE_H
#define ENGINE_PROMISE_H

#include <stdbool.h>

#define PROMISE(id, ...) PROMISE_##id,
enum promise {
    PROMISE_NONE,
#include "engine/promises.def"
};
#undef PROMISE
#define PROMISE(id, ...) +1
enum {
    PROMISE_COUNT = 0 /* without PROMISE_NONE; the last one has this number */
#include "engine/promises.def"
};
#undef PROMISE

struct promise_row {
    const char *name;
    const char *section; /* of autoscaler-api(7) */
    bool acts;           /* judged with scale requests */
    const char *promise; /* a phrase */
    const char *judged;  /* a phrase */
};

/* Not of PROMISE_NONE. */
const struct promise_row *promise_row(enum promise promise);

/* PROMISE_NONE: there is no such name. */
enum promise promise_find(const char *name);

#endif
