/*
 * notice_answer - how an attempt to deliver a notice ended, as a plain value.
 */
#ifndef ENGINE_NOTICES_NOTICE_ANSWER_H
#define ENGINE_NOTICES_NOTICE_ANSWER_H

#include "engine/base/error.h"
#include "engine/notices/notice.h"

struct notice_answer {
    enum notice_result result;
    int64_t retry_after_ms;    /* NOTICE_RETRY_AFTER_NONE: not asked for */
    char text[ERROR_MSG_SIZE]; /* a printable sentence unless it was delivered */
};

/* Called once for each attempt, from the loop, never inside the call that began it. */
typedef void notice_done(void *context, const struct notice_answer *answer);

#endif
