/*
 * collector - what the engine counts for its metrics: scale requests, rules, requests to the API, passes.
 *
 * Fed by events, by decisions and by the back end; counts for the life of the program and from 0 on. What takes time or
 * memory for each decision begins with the first scrape, or at the start where scrapes are expected.
 *
 * Owns the times below the target; the rest is a plain value. Zeroed memory is an empty one. Engine thread only. Cannot
 * fail.
 */
#ifndef ENGINE_METRICS_COLLECTOR_H
#define ENGINE_METRICS_COLLECTOR_H

#include "engine/backend/backend.h"
#include "engine/core/event.h"
#include "engine/metrics/api_words.h"
#include "engine/metrics/below_target.h"
#include "engine/metrics/histogram.h"

enum direction { DIRECTION_UP, DIRECTION_DOWN };
#define DIRECTION_COUNT 2

enum counted_outcome { COUNTED_ACCEPTED, COUNTED_REFUSED, COUNTED_UNCONFIRMED };
#define COUNTED_OUTCOME_COUNT 3

struct counters {
    int64_t scale_requests[DIRECTION_COUNT][COUNTED_OUTCOME_COUNT];
    int64_t hosts_requested[DIRECTION_COUNT];
    int64_t rule_bound[RULE_COUNT];
    int64_t api_errors[OPERATION_COUNT][API_KIND_COUNT];
    struct histogram pass_duration;
    struct histogram forecast_error;
    struct histogram api_duration[OPERATION_COUNT][API_CODES_MAX];
    struct wall pass_ended; /* the last one; 0: none yet */
};

struct collector {
    struct counters counters;
    struct below_target below_target;
    int32_t speed_millis; /* the time of events, as in driver.h; 0: real time */
    bool is_watched;      /* decisions are counted, too: scrapes came, or are expected */
};

void collector_fini(struct collector *collector);

void collector_take_event(struct collector *collector, const struct event *event, struct wall at);
void collector_take_decision(struct collector *collector, const struct deployment *deployment);
void collector_take_answer(struct collector *collector, const struct backend_answer *answer);

const char *direction_name(enum direction direction);
const char *outcome_name(enum counted_outcome outcome);

#endif
