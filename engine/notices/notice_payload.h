/*
 * notice_payload - a notice as the JSON document that its receiver gets.
 *
 * NOTICE_JSON is the whole notice, NOTICE_CHAT an object with a `text` that chat services show (autoscaler(1),
 * NOTICES). Valid UTF-8 and valid JSON for any bytes of an id. In a chat, foreign text is code and mentions no user.
 * What does not fit is left out, so that the document is complete: at most NOTICE_BODY_SIZE bytes with the NUL.
 *
 * Owns nothing. Any thread. Cannot fail.
 */
#ifndef ENGINE_NOTICES_NOTICE_PAYLOAD_H
#define ENGINE_NOTICES_NOTICE_PAYLOAD_H

#include "engine/base/text.h"
#include "engine/notices/notice.h"

#define NOTICE_BODY_SIZE ((size_t)16 * 1024)
#define NOTICE_KEY_SIZE 64 /* of the id of a notice, with the NUL */

enum notice_format { NOTICE_JSON, NOTICE_CHAT };

/* Where a notice comes from. */
struct notice_origin {
    const char *notifier;
    const char *host;
    const char *api; /* address of the API */
    uint64_t run;    /* differs from start to start */
};

/* The id of a notice: the same for each attempt, another one for every other notice. */
void notice_payload_key(const struct notice *notice, const struct notice_origin *origin,
                        char ret_key[NOTICE_KEY_SIZE]);

void notice_payload_write(const struct notice *notice, const struct notice_origin *origin,
                          enum notice_format format, struct text *body);

#endif
