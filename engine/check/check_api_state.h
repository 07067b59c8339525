/*
 * check_api_state - the state of a check, for check_api.c and check_scale.c alone.
 *
 * A step sends one request, or waits. Its `take` judges the response and chooses the next step.
 */
#ifndef ENGINE_CHECK_CHECK_API_STATE_H
#define ENGINE_CHECK_CHECK_API_STATE_H

#include "engine/backend/http_api.h"
#include "engine/base/clock.h"
#include "engine/check/check_api.h"
#include "engine/check/check_judge.h"
#include "engine/core/order_key.h"

#include <stdbool.h>

#define CHECK_BODY_SIZE 1024

enum check_step {
    STEP_DISCOVERY,
    STEP_SAMPLE,
    STEP_UNKNOWN,
    STEP_AGAIN,
    STEP_QUIET, /* one more status, after a wait */
    STEP_SCALE_BEFORE,
    STEP_SCALE_NO_DELTA,
    STEP_SCALE_UNKNOWN,
    STEP_SCALE_REFUSED, /* a status after the refusals */
    STEP_SCALE_MORE,
    STEP_SCALE_MORE_AGAIN,
    STEP_SCALE_COMING,
    STEP_SCALE_LESS,
    STEP_SCALE_LEAVING,
    STEP_END,
};

struct check_api {
    struct check_api_config config;
    uv_timer_t timer;
    struct http *http;
    struct http_call *call;
    struct check_judge judge;
    struct check_list list;
    enum check_step step;
    int32_t attempt; /* of the request of this step, from 0 */
    struct error unreached;
    bool has_list;
    bool was_read; /* a status was judged */
    bool is_done;
    bool is_closing;
    size_t sample[CHECK_SAMPLE_MAX];
    size_t sample_count;
    size_t sample_at;

    /* the request in flight */
    struct http_request request;
    char url[HTTP_API_URL_SIZE];
    char body[CHECK_BODY_SIZE];
    char key[KEY_SIZE];
    struct check_entry *entry; /* that is read */

    /* the deployment that is scaled */
    struct check_entry *scaled;
    const char *scale_left; /* why the rest is not judged */
    struct order_key order;
    struct status base;
    struct status seen;
    bool is_counted;
    bool is_served;
    struct mono ordered;
    struct mono deadline;
    struct mono look_until; /* for a second host, once the first one is there */
    int32_t removing;
};

/* Prepares the request of a step that scales; `check->request` is zeroed. */
void check_scale_prepare(struct check_api *check);

/* Judges the response of such a step; returns the next one, and in *ret_wait_ms how long to wait before it. */
enum check_step check_scale_take(struct check_api *check, const struct check_exchange *exchange,
                                 int64_t *ret_wait_ms);

/* The request for the status of `id`. */
void check_api_prepare_status(struct check_api *check, const char *id);

#endif
