/* What events, decisions and responses count. */
#include "engine/metrics/collector.h"

#include "engine/base/arith.h"
#include "engine/base/error.h"
#include "tests/support/test.h"

#include <errno.h>
#include <string.h>

static void take(struct collector *collector, enum event_id id, const char *key, int64_t number)
{
    struct event event;
    event_init(&event, id);
    event_add_signed(&event, key, number);
    collector_take_event(collector, &event, (struct wall){ 5000 });
}

static void scales_are_counted_by_direction_and_outcome(void **state)
{
    (void)state;
    struct collector collector = { 0 };
    take(&collector, EVENT_SCALED, "delta", 6);
    take(&collector, EVENT_SCALED, "delta", -2);
    take(&collector, EVENT_SCALED, "delta", 1);
    take(&collector, EVENT_SCALE_FAILED, "delta", -2);
    take(&collector, EVENT_SCALE_UNCONFIRMED, "delta", 3);
    const struct counters *counters = &collector.counters;
    assert_int_equal(counters->scale_requests[DIRECTION_UP][COUNTED_ACCEPTED], 2);
    assert_int_equal(counters->scale_requests[DIRECTION_DOWN][COUNTED_ACCEPTED], 1);
    assert_int_equal(counters->scale_requests[DIRECTION_UP][COUNTED_REFUSED], 0);
    assert_int_equal(counters->scale_requests[DIRECTION_DOWN][COUNTED_REFUSED], 1);
    assert_int_equal(counters->scale_requests[DIRECTION_UP][COUNTED_UNCONFIRMED], 1);
    assert_int_equal(counters->scale_requests[DIRECTION_DOWN][COUNTED_UNCONFIRMED], 0);
}

/* A repeat is the same request again. */
static void hosts_are_counted_when_they_are_requested_first(void **state)
{
    (void)state;
    struct collector collector = { 0 };
    struct event event;
    take(&collector, EVENT_SCALE_REQUESTED, "delta", 6);
    take(&collector, EVENT_SCALE_REQUESTED, "delta", -4);
    event_init(&event, EVENT_SCALE_REQUESTED);
    event_add_signed(&event, "delta", 6);
    event_add_integer(&event, "repeat", 1);
    collector_take_event(&collector, &event, (struct wall){ 0 });
    assert_int_equal(collector.counters.hosts_requested[DIRECTION_UP], 6);
    assert_int_equal(collector.counters.hosts_requested[DIRECTION_DOWN], 4);
}

static void passes_are_counted_in_real_time(void **state)
{
    (void)state;
    struct collector collector = { .speed_millis = 20000 };
    take(&collector, EVENT_PASS_DONE, "took_ms", 2000);
    assert_int_equal(collector.counters.pass_duration.sum, 100);
    assert_int_equal(histogram_count(&collector.counters.pass_duration), 1);
    assert_int_equal(collector.counters.pass_ended.ms, 5000);
}

/* --- responses -------------------------------------------------------------------------------------------------- */

static const struct answer_row {
    const char *name;
    struct backend_answer answer;
    const char *code;
    const char *kind; /* NULL: no failure */
} answer_rows[] = {
    /* clang-format off */
    { "a response",            { OPERATION_STATUS, 0, 200, false, 3 },                  "200",   NULL },
    { "another success",       { OPERATION_SCALE, 0, 202, false, 3 },                   "202",   NULL },
    { "a bad document",        { OPERATION_STATUS, 0, 200, true, 3 },                   "200",   "malformed" },
    { "a rate limit",          { OPERATION_STATUS, 0, 429, false, 3 },                  "429",   "rate_limited" },
    { "not found",             { OPERATION_STATUS, 0, 404, false, 3 },                  "404",   "http_4xx" },
    { "a failure there",       { OPERATION_DISCOVERY, 0, 503, false, 3 },               "503",   "http_5xx" },
    { "a redirect",            { OPERATION_DISCOVERY, 0, 302, false, 3 },               "302",   "http_other" },
    { "an unusual status",     { OPERATION_STATUS, 0, 418, false, 3 },                  "other", "http_4xx" },
    { "a status beyond all",   { OPERATION_STATUS, 0, 999, false, 3 },                  "other", "http_other" },
    { "a negative status",     { OPERATION_STATUS, 0, -1, false, 3 },                   "other", "http_other" },
    { "too late",              { OPERATION_STATUS, -ETIMEDOUT, 0, false, 5000 },        "none",  "timeout" },
    { "too late, with status", { OPERATION_STATUS, -ETIMEDOUT, 200, false, 5000 },      "none",  "timeout" },
    { "no connection",         { OPERATION_SCALE, -ECONNREFUSED, 0, false, 1 },         "none",  "connection" },
    { "no name",               { OPERATION_STATUS, ERR_NAME_LOOKUP, 0, false, 1 },      "none",  "name_lookup" },
    { "no trust",              { OPERATION_STATUS, ERR_TLS, 0, false, 1 },              "none",  "tls" },
    { "no HTTP",               { OPERATION_STATUS, ERR_PROTOCOL, 0, false, 1 },         "none",  "protocol" },
    { "too large",             { OPERATION_DISCOVERY, ERR_TOO_LARGE, 200, false, 1 },   "none",  "too_large" },
    /* clang-format on */
};

static void a_response_is_counted(void **state)
{
    const struct answer_row *row = *state;
    struct collector collector = { 0 };
    collector_take_answer(&collector, &row->answer);
    for (size_t code = 0; code < api_code_count(); code++) {
        bool is_it = strcmp(api_code_name(code), row->code) == 0;
        const struct histogram *histogram =
            &collector.counters.api_duration[row->answer.operation][code];
        assert_int_equal(histogram_count(histogram), is_it);
        assert_int_equal(histogram->sum, is_it ? row->answer.took_ms : 0);
    }
    for (int kind = 0; kind < API_KIND_COUNT; kind++)
        assert_int_equal(collector.counters.api_errors[row->answer.operation][kind],
                         row->kind && strcmp(api_kind_name((enum api_kind)kind), row->kind) == 0);
}

/* --- decisions -------------------------------------------------------------------------------------------------- */

/* Ninety of a hundred servers busy want one host more for 15 %. */
static struct deployment wanting(char *id)
{
    struct deployment deployment = {
        .id = id,
        .slot = 3000,
        .is_used = true,
        .is_listed = true,
        .has_status = true,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .policy = &policy_default,
        .status = { 10, 100, 10 },
        .read_started = { 20000 },
    };
    deployment.input = (struct decision_input){
        .policy = &policy_default,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .status = deployment.status,
        .desired_high = 11,
    };
    return deployment;
}

static int64_t bound_sum(const struct collector *collector)
{
    int64_t sum = 0;
    for (int rule = 0; rule < RULE_COUNT; rule++)
        sum += collector->counters.rule_bound[rule];
    return sum;
}

static void the_rule_that_limits_is_counted(void **state)
{
    (void)state;
    struct collector collector = { .is_watched = true };
    struct deployment deployment = wanting((char[]){ "eu-1" });
    deployment.reason = REASON_BELOW_TARGET;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(bound_sum(&collector), 0);
    deployment.input.gate = REASON_PAUSED;
    deployment.reason = REASON_PAUSED;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(collector.counters.rule_bound[RULE_GATE], 1);
    struct policy bounded = policy_default;
    bounded.max_hosts = 10;
    deployment.input.policy = &bounded;
    deployment.reason = REASON_MAX_HOSTS;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(collector.counters.rule_bound[RULE_MAX_HOSTS], 1);
    deployment.input.fault = REASON_READ_FAILED;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(bound_sum(&collector), 2);
    collector_fini(&collector);
}

static void a_forecast_is_counted_when_it_was_scored(void **state)
{
    (void)state;
    struct collector collector = { .is_watched = true };
    struct deployment deployment = wanting((char[]){ "eu-1" });
    deployment.forecast.last_error = 7;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(histogram_count(&collector.counters.forecast_error), 0);
    deployment.forecast.is_scored = true;
    collector_take_decision(&collector, &deployment);
    deployment.forecast.last_error = -3;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(histogram_count(&collector.counters.forecast_error), 2);
    assert_int_equal(collector.counters.forecast_error.sum, 7);
    collector_fini(&collector);
}

static void decisions_cost_nothing_before_a_scrape(void **state)
{
    (void)state;
    struct collector collector = { 0 };
    struct deployment deployment = wanting((char[]){ "eu-1" });
    deployment.forecast.is_scored = true;
    collector_take_decision(&collector, &deployment);
    assert_int_equal(histogram_count(&collector.counters.forecast_error), 0);
    assert_null(collector.below_target.slots);
}

/* --- time below the target -------------------------------------------------------------------------------------- */

struct below_step {
    int64_t at_ms;
    int32_t free_servers; /* negative: the read fails */
    int64_t below_ms;     /* afterwards */
};

static const struct below_row {
    const char *name;
    struct below_step steps[6];
} below_rows[] = {
    /* clang-format off */
    { "never",                  { { 1000, 20, 0 }, { 31000, 20, 0 } } },
    { "exactly at the target",  { { 1000, 15, 0 }, { 31000, 15, 0 } } },
    { "from the first on",      { { 1000, 14, 0 }, { 31000, 14, 30000 }, { 61000, 14, 60000 } } },
    { "until it ends",          { { 1000, 14, 0 }, { 31000, 20, 30000 }, { 61000, 20, 30000 } } },
    { "not over failed reads",  { { 1000, 14, 0 }, { 31000, -1, 30000 }, { 61000, -1, 30000 }, { 91000, 14, 30000 }, { 121000, 14, 60000 } } },
    { "a clock that stands",    { { 1000, 14, 0 }, { 1000, 14, 0 }, { 500, 14, 0 } } },
    /* clang-format on */
};

static void the_time_below_the_target_is_counted(void **state)
{
    const struct below_row *row = *state;
    struct below_target below = { 0 };
    struct deployment deployment = wanting((char[]){ "eu-1" });
    for (size_t i = 0; i < COUNT_OF(row->steps) && row->steps[i].at_ms > 0; i++) {
        bool is_read = row->steps[i].free_servers >= 0;
        deployment.read_started = (struct mono){ row->steps[i].at_ms };
        deployment.failure_count = is_read ? 0 : 1;
        deployment.input.fault = is_read ? REASON_NONE : REASON_READ_FAILED;
        if (is_read)
            deployment.status.free_servers = row->steps[i].free_servers;
        below_target_observe(&below, &deployment);
        assert_int_equal(below_target_ms(&below, &deployment), row->steps[i].below_ms);
    }
    below_target_fini(&below);
}

static void a_slot_that_is_used_again_begins_with_nothing(void **state)
{
    (void)state;
    struct below_target below = { 0 };
    struct deployment deployment = wanting((char[]){ "eu-1" });
    below_target_observe(&below, &deployment);
    deployment.read_started = (struct mono){ 50000 };
    below_target_observe(&below, &deployment);
    assert_int_equal(below_target_ms(&below, &deployment), 30000);
    deployment.id = (char[]){ "eu-2" };
    assert_int_equal(below_target_ms(&below, &deployment), 0);
    below_target_observe(&below, &deployment);
    assert_int_equal(below_target_ms(&below, &deployment), 0);
    below_target_fini(&below);
}

static void hosts_without_servers_are_below_a_target(void **state)
{
    (void)state;
    struct below_target below = { 0 };
    struct deployment deployment = wanting((char[]){ "eu-1" });
    deployment.status = (struct status){ 10, 0, 0 };
    below_target_observe(&below, &deployment);
    deployment.read_started = (struct mono){ 50000 };
    deployment.status = (struct status){ 0, 0, 0 };
    below_target_observe(&below, &deployment);
    assert_int_equal(below_target_ms(&below, &deployment), 30000);
    deployment.read_started = (struct mono){ 80000 };
    below_target_observe(&below, &deployment);
    assert_int_equal(below_target_ms(&below, &deployment), 30000);
    below_target_fini(&below);
}

int main(void)
{
    struct CMUnitTest answers[COUNT_OF(answer_rows)];
    struct CMUnitTest belows[COUNT_OF(below_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales_are_counted_by_direction_and_outcome),
        cmocka_unit_test(hosts_are_counted_when_they_are_requested_first),
        cmocka_unit_test(passes_are_counted_in_real_time),
        cmocka_unit_test(the_rule_that_limits_is_counted),
        cmocka_unit_test(a_forecast_is_counted_when_it_was_scored),
        cmocka_unit_test(decisions_cost_nothing_before_a_scrape),
        cmocka_unit_test(a_slot_that_is_used_again_begins_with_nothing),
        cmocka_unit_test(hosts_without_servers_are_below_a_target),
    };
    TESTS_FROM_ROWS(answers, answer_rows, a_response_is_counted);
    TESTS_FROM_ROWS(belows, below_rows, the_time_below_the_target_is_counted);
    int failed = cmocka_run_group_tests_name("responses", answers, NULL, NULL);
    failed += cmocka_run_group_tests_name("below the target", belows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
