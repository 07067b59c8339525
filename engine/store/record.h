/*
 * record - what the engine gives to the journal.
 *
 *     INTENT        a scale that will be sent; it may be sent when its receipt has come
 *     OUTCOME       how a scale ended, by its key
 *     OVERRIDE      an act of an operator that lasts: a pause, dry-run, a floor
 *     OVERRIDE_END  its end
 *     STATE         what is remembered of a deployment, in the caller's format; replaces the one before
 *     GONE          a deployment is not listed any more; its state is kept for a while, and comes back with a STATE
 *     DECISION      what was decided, for people
 *
 * A scale is live from its intent until a STATE of its deployment follows its final outcome. Live scales are restored
 * beside the state: a state written before a scale does not include it. A state with the empty id is the fleet's.
 *
 * Plain values; texts and blobs are borrowed, and copied by journal_put. Texts are at most RECORD_TEXT_MAX bytes, are
 * not NULL unless it says so, and may hold any bytes but NUL.
 */
#ifndef ENGINE_STORE_RECORD_H
#define ENGINE_STORE_RECORD_H

#include "engine/store/stamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_TEXT_MAX 1024
#define RECORD_BLOB_MAX 32768

enum record_kind {
    RECORD_NONE,
    RECORD_INTENT,
    RECORD_OUTCOME,
    RECORD_UNSENT, /* of the journal itself: an intent that was refused */
    RECORD_OVERRIDE,
    RECORD_OVERRIDE_END,
    RECORD_STATE,
    RECORD_GONE,
    RECORD_DECISION,
};

/*
 * The first is no outcome; the last three are final. A repeat that was not sent ends as UNKNOWN: the request before it
 * may have been applied.
 */
enum record_outcome {
    OUTCOME_OPEN,
    OUTCOME_UNKNOWN,
    OUTCOME_NOT_SENT,
    OUTCOME_ACCEPTED,
    OUTCOME_REFUSED,
};

#define OUTCOME_COUNT 5

/* As in the database: "", "unknown", "not_sent", "accepted", "refused". */
const char *record_outcome_name(enum record_outcome outcome);

/* The status that a decision was made from. */
struct record_status {
    int32_t hosts;
    int32_t servers;
    int32_t free_servers;
    int32_t pending_hosts;
};

struct intent_record {
    const char *deployment;
    const char *key;
    int32_t delta;
    struct record_status status;
    const char *reason; /* the rule that decided the number */
    const char *actor;  /* "engine", or the operator */
    int32_t desired_hosts;
    bool is_repeat; /* of the request with this key */
};

struct outcome_record {
    const char *key;
    enum record_outcome outcome;
    const char *detail; /* a sentence; NULL: none */
};

struct override_record {
    int64_t number; /* unique; see restore_summary.override_number_max */
    const char *kind;
    const char *match;  /* the deployments: an id or a pattern */
    const char *value;  /* NULL: none */
    const char *author; /* also of its end */
    const char *reason; /* NULL: none */
    int64_t for_ms;     /* 0: until it is ended */
};

struct state_record {
    const char *deployment;
    int32_t version; /* of the format of `blob` */
    const void *blob;
    size_t blob_size;
};

struct decision_record {
    const char *deployment;
    struct record_status status;
    int32_t desired_hosts;
    int32_t raw_delta;
    int32_t delta;
    const char *action;
    const char *reason;
};

struct record {
    enum record_kind kind;
    struct stamp at;
    union {
        struct intent_record intent;
        struct outcome_record outcome;
        struct override_record override; /* of an OVERRIDE_END: number and author */
        struct state_record state;
        const char *gone; /* the deployment */
        struct decision_record decision;
    };
};

#endif
