/*
 * token_watch - notices that the token file has changed, and reads it.
 *
 * Looks at the file every TOKEN_LOOK_MS. One that has changed is read when it has not changed since the last look: it
 * is complete then. A file that cannot be used is reported once, and looked at further.
 *
 * Owns a timer on the loop that does not keep it alive. Engine thread only.
 */
#ifndef ENGINE_RUN_TOKEN_WATCH_H
#define ENGINE_RUN_TOKEN_WATCH_H

#include "engine/base/error.h"
#include "engine/config/file_trust.h"

#include <uv.h>

#define TOKEN_LOOK_MS 1000

/* `token` is NULL when the file cannot be used, `err` says why; else the callee owns it (secret.h). */
typedef void token_changed(void *context, char *token, const struct error *err);

struct token_watch {
    uv_timer_t timer;
    const char *path;
    struct file_stamp used; /* of the file that was read last */
    struct file_stamp seen; /* when it was looked at last */
    token_changed *changed;
    void *context;
};

void token_watch_init(struct token_watch *watch, uv_loop_t *loop, token_changed *changed,
                      void *context);

/* From now on, this file, which was read with this stamp; unknown: none. Borrows the path until the next call. */
void token_watch_set(struct token_watch *watch, const char *path, const struct file_stamp *used);

/* Closes the timer. */
void token_watch_close(struct token_watch *watch);

#endif
