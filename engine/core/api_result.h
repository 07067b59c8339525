/*
 * observation - what a deployments API says: definitions from discovery, statuses from reads.
 *
 * Plain values between `wire`, which checks form (types, whole numbers, ranges), and `reconciler`, which judges
 * meaning. Strings are borrowed: whoever hands a discovery over owns it until the call returns.
 */
#ifndef ENGINE_CORE_API_RESULT_H
#define ENGINE_CORE_API_RESULT_H

#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_SIZE_MAX 128 /* bytes of an id, without the NUL */
#define DEPLOYMENT_COUNT_MAX 1000000

/* One entry of a discovery. */
struct definition {
    const char *
        id; /* printable or not, never control characters; NULL when unusable (BAD_ID, BAD_ENTRY) */
    int32_t servers_per_host; /* at least 1, or 0 when unusable */
    int32_t target_free_ppb;  /* 0 .. SHARE_WHOLE - 1, or -1 when unusable */
    enum reason
        fault; /* REASON_NONE, or what is wrong: the first of BAD_ENTRY, BAD_ID, BAD_SERVERS_PER_HOST,
                  BAD_TARGET that applies. DUPLICATE_ID is found by the fleet. */
    const char *fault_text; /* a printable sentence when `fault` is set, else NULL */
};

struct discovery {
    const struct definition *definitions;
    size_t count;
};

/* One deployment's live numbers: all of them present, whole and 0 .. INT32_MAX. */
struct status {
    int32_t current_hosts;
    int32_t total_servers;
    int32_t free_servers;
};

/*
 * How a request ended, as the reconciler needs to know it; `text` is a printable sentence, borrowed, "" when it
 * worked.
 */
#define RETRY_AFTER_NONE (-1)

struct discovery_result {
    struct discovery discovery; /* when it worked */
    bool is_ok;
    bool is_transient; /* worth another attempt */
    int64_t retry_after_ms;
    int64_t took_ms;
    const char *text;
};

struct read_result {
    struct status status; /* when `reason` is NONE */
    enum reason reason;   /* NONE, BAD_STATUS, MISSING, UNAUTHORIZED, READ_TIMEOUT, READ_FAILED */
    bool is_transient;    /* worth another attempt in this pass */
    bool is_cancelled;    /* given up by ourselves: says nothing about the API */
    int64_t retry_after_ms;
    const char *text;
};

/* A delta is relative: what may have been applied must never be taken for failed. */
enum scale_outcome {
    SCALE_LOST,     /* may have been applied: the harmless assumption, so it is zero */
    SCALE_ACCEPTED, /* any 2xx */
    SCALE_REFUSED,  /* known not to be applied */
};

struct scale_result {
    enum scale_outcome outcome;
    int64_t retry_after_ms;
    int64_t took_ms;
    const char *text;
};

#endif
