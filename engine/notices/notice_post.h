/*
 * notice_post - posts notices to a URL, one at a time.
 *
 * A client of its own (http.h), each request on a connection of its own. A status of 200 to 299 is a delivery; 408,
 * 429, redirects, 500 and more, and every error of the network may succeed later; any other status is a refusal.
 *
 * Owns its client and a copy of the URL, which it wipes; no text repeats the path of the URL. Engine thread.
 */
#ifndef ENGINE_NOTICES_NOTICE_POST_H
#define ENGINE_NOTICES_NOTICE_POST_H

#include "engine/notices/notice_answer.h"

#include <uv.h>

struct notice_post_config {
    const char *url;
    const char *ca_file; /* NULL: the authorities of the system */
    int64_t timeout_ms;
};

struct notice_post;

int notice_post_create(uv_loop_t *loop, const struct notice_post_config *config, notice_done *done,
                       void *context, struct notice_post **ret_post, struct error *err);

/* For the next attempts. On failure nothing changes. */
int notice_post_configure(struct notice_post *post, const struct notice_post_config *config,
                          struct error *err);

/* Not while one runs. The strings are copied. `key`: the Idempotency-Key. */
int notice_post_send(struct notice_post *post, const char *body, const char *key,
                     struct error *err);

/* Ends an attempt: `done` is called before `closed`. NULL is accepted: `closed` is called at once. */
void notice_post_close(struct notice_post *post, void (*closed)(void *context), void *context);

#endif
