/*
 * api_result - results of requests to a deployments API: definitions, statuses, outcomes of scales.
 *
 * Plain values. `wire` checks their form (types, whole numbers, ranges), `reconciler` checks their meaning. Strings are
 * borrowed: the caller owns them, and they stay valid until the call returns.
 */
#ifndef ENGINE_CORE_API_RESULT_H
#define ENGINE_CORE_API_RESULT_H

#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_SIZE_MAX 128 /* bytes of an id, without the NUL */
#define DEPLOYMENT_COUNT_MAX 1000000
#define STATUS_VERSION_SIZE 64 /* bytes of a version, with the NUL */

/* One entry of a discovery. */
struct definition {
    const char *id; /* no control characters; NULL: unusable (BAD_ID, or BAD_ENTRY that has none) */
    int32_t servers_per_host; /* at least 1, or 0 when unusable */
    int32_t target_free_ppb;  /* 0 .. SHARE_WHOLE - 1, or -1 when unusable */
    /* NONE, or the first of BAD_ENTRY, BAD_ID, BAD_SERVERS_PER_HOST, BAD_TARGET. apply_discovery finds DUPLICATE_ID. */
    enum reason fault;
    const char *fault_text; /* a printable sentence when `fault` is set, else NULL */
};

struct discovery {
    const struct definition *definitions;
    size_t count;
};

/* The counts of one deployment: all present, whole, 0 .. INT32_MAX. */
struct status {
    int32_t current_hosts;
    int32_t total_servers;
    int32_t free_servers;
};

/* In every result, `text` is a printable sentence about the failure; "" after a success. */
#define RETRY_AFTER_NONE (-1)

struct discovery_result {
    struct discovery discovery; /* when is_ok */
    bool is_ok;
    bool is_transient; /* a retry may succeed */
    int64_t retry_after_ms;
    int64_t took_ms;
    const char *text;
};

struct read_result {
    struct status status; /* when `reason` is NONE */
    /*
     * Of the status: opaque text that the back end gets again with the scale that is decided on this status. An API
     * may need it to refuse a scale when the deployment has changed since the read. "": none.
     */
    char version[STATUS_VERSION_SIZE];
    enum reason reason;   /* NONE, BAD_STATUS, MISSING, UNAUTHORIZED, READ_TIMEOUT, READ_FAILED */
    bool is_transient;    /* a retry may succeed */
    bool is_cancelled;    /* by this program: not a failure of the API */
    bool is_rate_limited; /* with a `reason`: the API accepts no more requests for a while */
    int64_t retry_after_ms;
    const char *text;
};

/* A delta is relative: a request that may have been applied must not count as failed, or it would be repeated. */
enum scale_outcome {
    SCALE_LOST,     /* may have been applied; the safe assumption, so it is zero */
    SCALE_ACCEPTED, /* any 2xx */
    SCALE_REFUSED,  /* certainly not applied */
};

/* Why a scale was refused. */
enum refusal {
    REFUSAL_UNSENT, /* it has not left this machine: not an answer */
    REFUSAL_BUSY,   /* not now: a conflict or a rate limit */
    REFUSAL_FIRM,   /* the same request would be refused again */
    REFUSAL_SIZE,   /* the same, but a smaller one may be accepted */
};

struct scale_result {
    enum scale_outcome outcome;
    enum refusal refusal; /* when SCALE_REFUSED */
    int64_t retry_after_ms;
    int64_t took_ms;
    const char *text;
};

#endif
