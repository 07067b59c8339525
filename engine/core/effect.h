/*
 * effect - what the reconciler asks its caller to carry out: one request, or one record.
 *
 * Filled by reconciler_next(). Owns nothing. Any thread.
 */
#ifndef ENGINE_CORE_EFFECT_H
#define ENGINE_CORE_EFFECT_H

#include "engine/core/api_result.h"
#include "engine/core/order_key.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * With records, a scale begins as RECORD: its intent is stored, and reconciler_record_done reports that. Then it is
 * handed out again, with the same key: as SCALE, or as UNSENT when it may not be sent any more. Of an UNSENT no end is
 * reported: it has to be recorded that this request was not sent. Without records, a scale is a SCALE at once.
 */
enum effect_kind { EFFECT_DISCOVER, EFFECT_READ, EFFECT_RECORD, EFFECT_SCALE, EFFECT_UNSENT };

struct effect {
    enum effect_kind kind;
    uint32_t slot; /* of all but DISCOVER */
    const char
        *id; /* valid until the end of the effect is reported; of an UNSENT: until the next call */
    /* Of RECORD, SCALE and UNSENT. */
    int32_t delta;      /* never 0 */
    char key[KEY_SIZE]; /* unique, for the Idempotency-Key header; a repeat has the first one's */
    char version[STATUS_VERSION_SIZE]; /* of the status that it was decided on */
    /* Of RECORD and UNSENT. */
    struct status status;  /* the last plausible one */
    int32_t pending_hosts; /* without this request */
    enum reason reason;    /* of the decision; of an UNSENT: why it is not sent */
    bool is_manual;        /* an operator's */
    bool is_repeat;        /* of a request that may have been applied */
};

#endif
