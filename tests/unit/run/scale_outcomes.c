/*
 * What events of the engine mean for the journal: how scales ended, which deployments are gone.
 */
#include "engine/run/scale_outcomes.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define KEY "1f-2"

static struct fleet *fleet;
static struct deployment *deployment;
static struct outcome_line line;
static struct state_sweep sweep;

static int begin(void **state)
{
    (void)state;
    line = (struct outcome_line){ 0 };
    sweep = (struct state_sweep){ 0 };
    return fleet_create(&fleet) || fleet_add(fleet, "eu-1", false, &deployment);
}

static int end(void **state)
{
    (void)state;
    outcome_line_fini(&line);
    state_sweep_fini(&sweep);
    fleet_destroy(fleet);
    return 0;
}

static void take(enum event_id id, const char *of, bool has_key)
{
    struct event event;
    event_init(&event, id);
    event_add_string(&event, "deployment", of);
    if (has_key)
        event_add_string(&event, "key", KEY);
    if (id == EVENT_SCALE_FAILED || id == EVENT_SCALE_UNCONFIRMED)
        event_add_sentence(&event, "error", "it hung");
    scale_outcomes_take(&event, fleet, &line, &sweep);
}

/* --- outcomes -------------------------------------------------------------------------------------------------- */

static const struct end_row {
    const char *name;
    enum event_id id;
    enum record_outcome outcome; /* OPEN: none */
    const char *detail;
} end_rows[] = {
    { "scaled", EVENT_SCALED, OUTCOME_ACCEPTED, "" },
    { "confirmed", EVENT_SCALE_CONFIRMED, OUTCOME_ACCEPTED, "" },
    { "assumed", EVENT_SCALE_ASSUMED, OUTCOME_ACCEPTED, "" },
    { "failed", EVENT_SCALE_FAILED, OUTCOME_REFUSED, "it hung" },
    { "not applied", EVENT_SCALE_NOT_APPLIED, OUTCOME_REFUSED, "" },
    { "unconfirmed", EVENT_SCALE_UNCONFIRMED, OUTCOME_UNKNOWN, "it hung" },
    { "requested", EVENT_SCALE_REQUESTED, OUTCOME_OPEN, "" },
};

/* The state of the deployment is due after an end. */
static void row_ends_a_scale_or_does_not(void **state)
{
    const struct end_row *row = *state;
    assert_int_equal(begin(NULL), 0);
    take(row->id, "eu-1", true);
    assert_int_equal(line.count, row->outcome != OUTCOME_OPEN);
    assert_int_equal(sweep.urgent_count, line.count);
    if (line.count > 0) {
        assert_int_equal(line.ended[0].outcome, row->outcome);
        assert_string_equal(line.ended[0].text, KEY);
        assert_string_equal(line.ended[0].detail, row->detail);
        assert_int_equal(sweep.urgent[0], deployment->slot);
    }
    end(NULL);
}

static void the_refusal_of_a_repeat_is_unknown(void **state)
{
    (void)state;
    const struct ledger_timeouts timeouts = { 600000, 600000, 90000 };
    struct ledger *ledger = fleet_open_ledger(fleet, deployment);
    assert_non_null(ledger);
    ledger_send(ledger, 2, (struct mono){ 1000 }, &timeouts);
    take(EVENT_SCALE_FAILED, "eu-1", true);
    ledger_lose(ledger);
    ledger_repeat(ledger, (struct mono){ 95000 });
    take(EVENT_SCALE_FAILED, "eu-1", true);
    take(EVENT_SCALED, "eu-1", true);
    assert_int_equal(line.count, 3);
    assert_int_equal(line.ended[0].outcome, OUTCOME_REFUSED);
    assert_int_equal(line.ended[1].outcome, OUTCOME_UNKNOWN);
    assert_int_equal(line.ended[2].outcome, OUTCOME_ACCEPTED);
    assert_int_equal(sweep.urgent_count, 1);
}

static void the_outcome_of_a_deployment_that_was_forgotten_counts(void **state)
{
    (void)state;
    take(EVENT_SCALED, "eu-2", true);
    assert_int_equal(line.count, 1);
    assert_int_equal(sweep.urgent_count, 0);
}

static void an_event_without_a_key_ends_nothing(void **state)
{
    (void)state;
    take(EVENT_SCALED, "eu-1", false);
    assert_int_equal(line.count, 0);
}

static void a_deployment_that_is_gone_is_recorded_with_its_id(void **state)
{
    (void)state;
    take(EVENT_DEPLOYMENT_GONE, "eu-1", false);
    assert_int_equal(line.count, 1);
    assert_int_equal(line.ended[0].outcome, OUTCOME_OPEN);
    assert_string_equal(line.ended[0].text, "eu-1");
}

/* --- the line -------------------------------------------------------------------------------------------------- */

#define MANY 100

static void the_line_has_room_for_many_and_keeps_their_order(void **state)
{
    (void)state;
    char key[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        outcome_line_add(&line, key, OUTCOME_ACCEPTED, "");
    }
    assert_int_equal(line.count, MANY);
    assert_string_equal(line.ended[0].text, "key-0");
    assert_string_equal(line.ended[MANY - 1].text, "key-99");
}

/* A part was handed over: its room is used again, and no outcome is lost. */
static void room_of_what_was_handed_over_is_used_again(void **state)
{
    (void)state;
    outcome_line_add(&line, "first", OUTCOME_ACCEPTED, "");
    size_t capacity = line.capacity;
    while (line.count < capacity)
        outcome_line_add(&line, "more", OUTCOME_ACCEPTED, "");
    line.first = capacity - 1;
    line.count = 1;
    outcome_line_add(&line, "last", OUTCOME_REFUSED, "");
    assert_int_equal(line.capacity, capacity);
    assert_int_equal(line.first, 0);
    assert_int_equal(line.count, 2);
    assert_string_equal(line.ended[0].text, "more");
    assert_string_equal(line.ended[1].text, "last");
}

static void a_long_detail_is_cut(void **state)
{
    (void)state;
    char detail[2 * OUTCOME_DETAIL_SIZE];
    memset(detail, 'x', sizeof detail - 1);
    detail[sizeof detail - 1] = '\0';
    outcome_line_add(&line, KEY, OUTCOME_UNKNOWN, detail);
    assert_in_range(strlen(line.ended[0].detail), OUTCOME_DETAIL_SIZE / 2, OUTCOME_DETAIL_SIZE - 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* The journal is read when another token is in use. */
static void the_token_is_in_no_detail(void **state)
{
    (void)state;
    struct event event;
    struct redaction *redaction;
    assert_int_equal(redaction_create_for("S3cr3t/Canary+Token==", &redaction), 0);
    line.redaction = redaction;
    event_init(&event, EVENT_SCALE_FAILED);
    event_add_string(&event, "deployment", "eu-1");
    event_add_string(&event, "key", KEY);
    event_add_sentence(&event, "error", "not: UzNjcjN0L0NhbmFyeStUb2tlbj09.");
    scale_outcomes_take(&event, fleet, &line, &sweep);
    assert_int_equal(line.count, 1);
    assert_string_equal(line.ended[0].detail, "not: (token).");
    redaction_destroy(redaction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_refusal_of_a_repeat_is_unknown),
        TEST(the_outcome_of_a_deployment_that_was_forgotten_counts),
        TEST(an_event_without_a_key_ends_nothing),
        TEST(a_deployment_that_is_gone_is_recorded_with_its_id),
        TEST(the_line_has_room_for_many_and_keeps_their_order),
        TEST(room_of_what_was_handed_over_is_used_again),
        TEST(a_long_detail_is_cut),
        TEST(the_token_is_in_no_detail),
    };
    struct CMUnitTest events[COUNT_OF(end_rows)];
    TESTS_FROM_ROWS(events, end_rows, row_ends_a_scale_or_does_not);
    int failed = cmocka_run_group_tests_name("scale_outcomes", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("scale_outcomes: events", events, NULL, NULL);
}
