/*
 * key_post - hands the keys of a configuration that was read again to the console.
 *
 * The engine thread puts, the console thread takes; of several, the newest is taken. Both hold the lock for the time
 * of a copy. The owner calls init before the threads begin, and fini behind them.
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

/* A negative error code, as pthread_mutex_init. */
int key_post_init(struct key_post *post);
void key_post_fini(struct key_post *post);

void key_post_put(struct key_post *post, const struct key_bindings *bindings);

/* False: nothing came since the last time. */
bool key_post_take(struct key_post *post, struct key_bindings *ret_bindings);

#endif
