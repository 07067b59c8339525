/*
 * key_post - hands the keys of a configuration that was read again to the console, through a ring.
 *
 * The engine thread puts, the console thread takes; of several, the newest is taken. A console that does not look for
 * KEY_POST_MAX reloads keeps the keys of the last one of these until the next reload. Owns what was not taken. Zeroed
 * memory takes nothing.
 */
#ifndef TUI_KEY_POST_H
#define TUI_KEY_POST_H

#include "engine/base/ring.h"
#include "tui/console/key_bindings.h"

#include <stdbool.h>

#define KEY_POST_MAX 64

struct key_post {
    struct ring *ring;
};

/* Before the threads. -ENOMEM. */
int key_post_init(struct key_post *post);

/* After both threads have ended. */
void key_post_fini(struct key_post *post);

/* Without memory, or without room, the console keeps the keys that it has. */
void key_post_put(struct key_post *post, const struct key_bindings *bindings);

/* False: nothing came since the last time. */
bool key_post_take(struct key_post *post, struct key_bindings *ret_bindings);

#endif
