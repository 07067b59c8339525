/*
 * The deployment in focus: every step of its decision, its orders and its history.
 */
#include "engine/view/publish.h"

#include "engine/core/explain.h"
#include "tests/support/published_fleet.h"
#include "tests/support/test.h"

static const struct snapshot_detail *publish_detail(struct stand *stand)
{
    assert_true(publisher_publish(stand->publisher, stand->reconciler, &stand->context));
    const struct snapshot *snapshot = feed_next(stand->feed);
    const struct snapshot_detail *detail = snapshot->detail;
    feed_release(stand->feed, snapshot); /* taken back with the next publish only */
    return detail;
}

static void set_up_one(struct stand *stand, struct deployment **ret_deployment)
{
    set_up(stand, 1);
    struct deployment model = read_deployment();
    assert_int_equal(fleet_add(stand->fleet, "eu-1", false, ret_deployment), 0);
    model.id = (*ret_deployment)->id;
    model.slot = (*ret_deployment)->slot;
    **ret_deployment = model;
}

static void nobody_in_focus_has_no_detail(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    assert_null(publish_detail(&stand));
    publisher_focus(stand.publisher, 0, 0);
    assert_non_null(publish_detail(&stand));
    publisher_focus(stand.publisher, 5, 0);
    assert_null(publish_detail(&stand));
    publisher_focus(stand.publisher, 0, 0);
    assert_non_null(publish_detail(&stand));
    fleet_remove(stand.fleet, deployment);
    assert_null(publish_detail(&stand));
    publisher_focus(stand.publisher, SLOT_NONE, 0);
    assert_null(publish_detail(&stand));
    tear_down(&stand);
}

static void the_detail_has_every_step(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    publisher_focus(stand.publisher, 0, 0);
    const struct snapshot_detail *detail = publish_detail(&stand);
    struct decision decision;
    decide(&deployment->input, &decision);
    assert_int_equal(detail->step_count, decision.step_count);
    for (size_t i = 0; i < decision.step_count; i++) {
        struct explanation step;
        explain_step(&deployment->input, &decision, i, &step);
        assert_memory_equal(&detail->steps[i], &step, sizeof step);
    }
    assert_int_equal(detail->steps[RULE_GATE].verdict, VERDICT_HELD);
    assert_int_equal(detail->steps[RULE_DESIRED].verdict, VERDICT_OK);
    assert_int_equal(detail->slot, 0);
    assert_string_equal(detail->name->id, "eu-1");
    assert_string_equal(detail->failure, "");
    assert_int_equal(detail->min_hosts, 1);
    assert_int_equal(detail->max_hosts, HOSTS_UNLIMITED);
    assert_string_equal(detail->policy, "defaults");
    assert_false(detail->is_target_own);
    assert_int_equal(detail->manual_delta, 0);
    assert_string_equal(detail->manual_refusal, "");
    tear_down(&stand);
}

static void one_that_was_never_read_has_no_steps(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    deployment->input = (struct decision_input){ .policy = &policy_default };
    publisher_focus(stand.publisher, 0, 0);
    assert_int_equal(publish_detail(&stand)->step_count, 0);
    tear_down(&stand);
}

/* In the head, and with a deployment that was not read because of it. */
static void the_first_error_is_published(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    struct reconciler *reconciler = stand.reconciler;
    struct mono since = { stand.context.now.ms - 5000 };
    api_trouble_note(&reconciler->read_trouble, "connection refused", since);
    api_trouble_note(&reconciler->discovery_trouble, "no response", stand.context.now);
    reconciler->last_read = (struct mono){ since.ms - 1000 };
    deployment->action = ACTION_FAILED;
    deployment->reason = REASON_BREAKER_OPEN;
    publisher_focus(stand.publisher, 0, 0);
    assert_true(publisher_publish(stand.publisher, reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_string_equal(snapshot->engine.failure, "connection refused");
    assert_int_equal(stand.context.wall.ms - snapshot->engine.failing_since.ms, 5000);
    assert_int_equal(stand.context.wall.ms - snapshot->engine.last_read.ms, 6000);
    assert_non_null(strstr(snapshot->detail->failure, "; the first error: connection refused"));
    feed_release(stand.feed, snapshot);
    tear_down(&stand);
}

static void a_failure_has_a_sentence_with_and_without_memory(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    deployment->action = ACTION_FAILED;
    deployment->reason = REASON_READ_FAILED;
    deployment->input =
        (struct decision_input){ .policy = &policy_default, .fault = REASON_READ_FAILED };
    publisher_focus(stand.publisher, 0, 0);
    assert_string_equal(publish_detail(&stand)->failure, reason_row(REASON_READ_FAILED)->meaning);
    deployment_set_detail(deployment, "connection refused");
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_string_equal(detail->failure, "connection refused");
    assert_int_equal(detail->step_count, 1);
    assert_int_equal(detail->steps[0].verdict, VERDICT_HELD);
    tear_down(&stand);
}

static void orders_say_how_long_they_count(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    struct policy policy = policy_default;
    policy.confirm_timeout_ms = 90000;
    deployment->policy = &policy;
    struct ledger *ledger = fleet_open_ledger(stand.fleet, deployment);
    *ledger = (struct ledger){ .count = 3, .state = LEDGER_UNCONFIRMED };
    /* The first is seen in full: no order any more. */
    ledger->entries[0] = (struct ledger_entry){ .delta = 4, .seen = 4, .sent = { 10000 } };
    ledger->entries[1] = (struct ledger_entry){ .delta = 6, .seen = 2, .sent = { 20000 } };
    ledger->entries[2] = (struct ledger_entry){ .delta = 3, .sent = { 30000 } };
    publisher_focus(stand.publisher, 0, 0);
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_int_equal(detail->order_count, 2);
    assert_int_equal(detail->orders[0].delta, 6);
    assert_int_equal(detail->orders[0].seen, 2);
    assert_int_equal(detail->orders[0].sent.ms, WALL_AHEAD_MS + 20000);
    assert_int_equal(detail->orders[0].until.ms, WALL_AHEAD_MS + 20000 + 600000);
    assert_false(detail->orders[0].is_unconfirmed);
    assert_int_equal(detail->orders[1].until.ms, WALL_AHEAD_MS + 30000 + 90000);
    assert_true(detail->orders[1].is_unconfirmed);
    /* An unconfirmed shrink waits for the longer of the two. */
    ledger->entries[2].delta = -3;
    detail = publish_detail(&stand);
    assert_int_equal(detail->orders[1].until.ms, WALL_AHEAD_MS + 30000 + 600000);
    ledger->state = LEDGER_IN_FLIGHT;
    detail = publish_detail(&stand);
    assert_true(detail->orders[1].is_in_flight);
    assert_false(detail->orders[1].is_unconfirmed);
    assert_int_equal(detail->orders[1].until.ms, 0);
    /* The last status showed the unconfirmed request: the next one decides. */
    ledger->state = LEDGER_UNCONFIRMED;
    ledger->has_shown = true;
    assert_int_equal(publish_detail(&stand)->orders[1].until.ms, 0);
    ledger->state = LEDGER_SETTLED;
    deployment->policy = &policy_default;
    tear_down(&stand);
}

static void the_history_ends_with_the_last_pass(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    for (uint32_t pass = 1; pass <= 70; pass++)
        if (pass % 10 != 0)
            put_sample(deployment, pass, (int32_t)pass, 1);
    deployment->last_pass = 70;
    publisher_focus(stand.publisher, 0, 0);
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_int_equal(detail->pass, 70);
    for (uint32_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        uint32_t pass = 70 - SNAPSHOT_HISTORY_LENGTH + 1 + i;
        /* What is kept is a window that ends with the last sample. */
        bool is_kept = deployment->history.last_pass - pass < HISTORY_LENGTH || pass > 69;
        assert_int_equal(detail->history[i].is_read, pass % 10 != 0 && is_kept);
        if (detail->history[i].is_read)
            assert_int_equal(detail->history[i].busy_servers, pass);
    }
    tear_down(&stand);
}

static void a_scale_by_hand_is_judged(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    struct policy policy = policy_default;
    policy.max_hosts = 12;
    deployment->policy = &policy;
    publisher_focus(stand.publisher, 0, 2);
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_int_equal(detail->manual_delta, 2);
    assert_int_equal(detail->manual_hosts, 12);
    assert_int_equal(detail->objection_count, 0);
    assert_string_equal(detail->manual_refusal, "");
    publisher_focus(stand.publisher, 0, 3);
    detail = publish_detail(&stand);
    assert_int_equal(detail->manual_hosts, 13);
    assert_int_equal(detail->objection_count, 1);
    assert_int_equal(detail->objections[0].rule, RULE_MAX_HOSTS);
    publisher_focus(stand.publisher, 0, -11);
    assert_true(publish_detail(&stand)->manual_refusal[0] != '\0');
    reconciler_stop(stand.reconciler, stand.context.now);
    publisher_focus(stand.publisher, 0, 2);
    assert_true(publish_detail(&stand)->manual_refusal[0] != '\0');
    deployment->policy = &policy_default;
    tear_down(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_in_focus_has_no_detail),
        cmocka_unit_test(the_detail_has_every_step),
        cmocka_unit_test(one_that_was_never_read_has_no_steps),
        cmocka_unit_test(the_first_error_is_published),
        cmocka_unit_test(a_failure_has_a_sentence_with_and_without_memory),
        cmocka_unit_test(orders_say_how_long_they_count),
        cmocka_unit_test(the_history_ends_with_the_last_pass),
        cmocka_unit_test(a_scale_by_hand_is_judged),
    };
    return cmocka_run_group_tests_name("publish focus", tests, NULL, NULL);
}
