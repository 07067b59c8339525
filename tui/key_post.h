/*
 * key_post - hands the keys of a configuration that was read again to the console.
 *
 * The engine thread puts, the console thread takes; of several, the newest is taken. Both hold the lock for the time
 * of a copy. Needs no end.
 */
#ifndef TUI_KEY_POST_H
#define TUI_KEY_POST_H

#include "tui/console/key_bindings.h"

#include <pthread.h>
#include <stdbool.h>

struct key_post {
    pthread_mutex_t mutex;
    struct key_bindings bindings;
    bool is_new;
};

/* The initial value. */
#define KEY_POST_EMPTY                                                                             \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                         \
    }

void key_post_put(struct key_post *post, const struct key_bindings *bindings);

/* False: nothing came since the last time. */
bool key_post_take(struct key_post *post, struct key_bindings *ret_bindings);

#endif
