#include "engine/metrics/collector.h"

#include "engine/base/arith.h"
#include "engine/core/shown_reasons.h"

#include <string.h>

#define REAL_SPEED_MILLIS 1000

static const char *const direction_names[] = { [DIRECTION_UP] = "up", [DIRECTION_DOWN] = "down" };
static const char *const outcome_names[] = {
    [COUNTED_ACCEPTED] = "accepted",
    [COUNTED_REFUSED] = "refused",
    [COUNTED_UNCONFIRMED] = "unconfirmed",
};

const char *direction_name(enum direction direction)
{
    return direction_names[direction];
}

const char *outcome_name(enum counted_outcome outcome)
{
    return outcome_names[outcome];
}

void collector_fini(struct collector *collector)
{
    below_target_fini(&collector->below_target);
}

/* --- events ---------------------------------------------------------------------------------------------------- */

/* 0: the event has no such field. */
static int64_t field(const struct event *event, const char *key)
{
    for (size_t i = 0; i < event->field_count; i++)
        if (strcmp(event->fields[i].key, key) == 0)
            return event->fields[i].number;
    return 0;
}

static enum direction direction_of(const struct event *event)
{
    return field(event, "delta") < 0 ? DIRECTION_DOWN : DIRECTION_UP;
}

static void count_outcome(struct counters *counters, const struct event *event,
                          enum counted_outcome outcome)
{
    counters->scale_requests[direction_of(event)][outcome]++;
}

static void count_request(struct counters *counters, const struct event *event)
{
    int64_t delta = field(event, "delta");
    if (field(event, "repeat") == 0)
        counters->hosts_requested[direction_of(event)] += delta < 0 ? -delta : delta;
}

static void count_pass(struct collector *collector, const struct event *event, struct wall at)
{
    int64_t speed = collector->speed_millis > 0 ? collector->speed_millis : REAL_SPEED_MILLIS;
    int64_t took_ms = max_i64(0, field(event, "took_ms")) * REAL_SPEED_MILLIS;
    histogram_add(&collector->counters.pass_duration, metric_bounds(METRIC_OF_PASS_DURATION),
                  floor_div(took_ms, speed));
    collector->counters.pass_ended = at;
}

void collector_take_event(struct collector *collector, const struct event *event, struct wall at)
{
    if (event->id == EVENT_SCALE_REQUESTED)
        count_request(&collector->counters, event);
    else if (event->id == EVENT_SCALED)
        count_outcome(&collector->counters, event, COUNTED_ACCEPTED);
    else if (event->id == EVENT_SCALE_FAILED)
        count_outcome(&collector->counters, event, COUNTED_REFUSED);
    else if (event->id == EVENT_SCALE_UNCONFIRMED)
        count_outcome(&collector->counters, event, COUNTED_UNCONFIRMED);
    else if (event->id == EVENT_PASS_DONE)
        count_pass(collector, event, at);
}

/* --- decisions ------------------------------------------------------------------------------------------------- */

/* Can a rule have set this reason? Most decisions have an ordinary one, and are not made again. */
static bool may_be_of_rule(enum reason reason)
{
    if (reason_row(reason)->kind == REASON_RAIL)
        return true;
    for (int rule = 0; rule < RULE_COUNT; rule++)
        if (rule_row((enum rule)rule)->reason == reason && reason != REASON_NONE)
            return true;
    return false;
}

static void count_rule(struct counters *counters, const struct deployment *deployment)
{
    struct decision decision;
    enum rule rule;
    if (deployment->input.servers_per_host < 1 || !may_be_of_rule(deployment->reason))
        return;
    decide(&deployment->input, &decision);
    if (shown_rule_of_decision(&decision, &rule))
        counters->rule_bound[rule]++;
}

void collector_take_decision(struct collector *collector, const struct deployment *deployment)
{
    if (!collector->is_watched)
        return;
    below_target_observe(&collector->below_target, deployment);
    if (deployment->input.fault != REASON_NONE)
        return;
    count_rule(&collector->counters, deployment);
    if (deployment->forecast.is_scored)
        histogram_add(&collector->counters.forecast_error, metric_bounds(METRIC_OF_FORECAST_ERROR),
                      max_i64(0, deployment->forecast.last_error));
}

/* --- requests to the API --------------------------------------------------------------------------------------- */

void collector_take_answer(struct collector *collector, const struct backend_answer *answer)
{
    struct counters *counters = &collector->counters;
    enum api_kind kind;
    histogram_add(&counters->api_duration[answer->operation][api_code_of(answer)],
                  metric_bounds(METRIC_OF_API_DURATION), max_i64(0, answer->took_ms));
    if (api_kind_of(answer, &kind))
        counters->api_errors[answer->operation][kind]++;
}
