#include "engine/core/apply_discovery.h"

#include "engine/base/arith.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TARGET (15 * SHARE_PERCENT)
#define KEEP_MS 3600000

static const struct ledger_timeouts timeouts = { 600000, 600000, 600000 };

static struct fleet *fleet;
static struct policy policy;
static uint32_t discovery_number;
static struct mono now;
static int32_t events[EVENT_COUNT];

static void take_event(void *context, const struct event *event)
{
    (void)context;
    events[event->id]++;
}

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy;
}

static int set_up(void **state)
{
    (void)state;
    policy = policy_default;
    discovery_number = 0;
    now = (struct mono){ 1000 };
    memset(events, 0, sizeof events);
    return fleet_create(&fleet);
}

static int tear_down(void **state)
{
    (void)state;
    fleet_destroy(fleet);
    return heap_held_count() == 0 ? 0 : -1;
}

static int try_apply(const struct definition *definitions, size_t count,
                     struct discovery_summary *ret_summary)
{
    struct event_sink sink = { take_event, NULL };
    struct discovery_context context = {
        .now = now,
        .discovery_number = discovery_number + 1,
        .gone_keep_ms = KEEP_MS,
        .policy_of = policy_of,
        .sink = &sink,
    };
    struct discovery discovery = { definitions, count };
    int failed = apply_discovery(fleet, &discovery, &context, ret_summary);
    discovery_number += failed == 0;
    now = mono_after(now, 60000);
    return failed;
}

static struct discovery_summary apply(const struct definition *definitions, size_t count)
{
    struct discovery_summary summary;
    assert_int_equal(try_apply(definitions, count, &summary), 0);
    return summary;
}

#define APPLY(...)                                                                                 \
    apply((const struct definition[]){ __VA_ARGS__ },                                              \
          COUNT_OF(((const struct definition[]){ __VA_ARGS__ })))
#define GOOD(id, size)                                                                             \
    {                                                                                              \
        id, size, TARGET, REASON_NONE, NULL                                                        \
    }
#define BAD(id, size, fault)                                                                       \
    {                                                                                              \
        id, size, TARGET, fault, "what is wrong"                                                   \
    }

static const struct deployment *find(const char *id)
{
    return fleet_find(fleet, id, false);
}

static void check(struct discovery_summary summary, int32_t listed, int32_t added, int32_t gone,
                  int32_t bad)
{
    assert_int_equal(summary.listed, listed);
    assert_int_equal(summary.added, added);
    assert_int_equal(summary.gone, gone);
    assert_int_equal(summary.bad, bad);
}

static void listed_deployments_are_added(void **state)
{
    (void)state;
    check(APPLY(GOOD("a", 10), GOOD("b", 20)), 2, 2, 0, 0);
    assert_true(find("a")->is_listed);
    assert_int_equal(find("b")->servers_per_host, 20);
    assert_int_equal(find("b")->target_free_ppb, TARGET);
    assert_ptr_equal(find("b")->policy, &policy);
    check(APPLY(GOOD("b", 20), GOOD("c", 1)), 2, 1, 1, 0);
    assert_false(find("a")->is_listed);
    assert_int_equal(find("a")->reason, REASON_GONE);
    assert_int_equal(events[EVENT_DEPLOYMENT_FOUND], 3);
    assert_int_equal(events[EVENT_DEPLOYMENT_GONE], 1);
}

static void an_empty_list_is_applied(void **state)
{
    (void)state;
    check(apply(NULL, 0), 0, 0, 0, 0);
    APPLY(GOOD("a", 10));
    check(apply(NULL, 0), 0, 0, 1, 0);
}

static void a_duplicate_id_is_held(void **state)
{
    (void)state;
    check(APPLY(GOOD("a", 10), GOOD("b", 10), GOOD("a", 10)), 2, 2, 0, 1);
    assert_int_equal(find("a")->definition_fault, REASON_DUPLICATE_ID);
    assert_int_equal(find("a")->action, ACTION_HELD);
    assert_int_equal(find("b")->definition_fault, REASON_NONE);
    APPLY(GOOD("a", 10), GOOD("b", 10));
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_null(find("a")->detail);
}

static void a_lasting_fault_is_logged_once(void **state)
{
    (void)state;
    struct definition broken = { "a", 10, -1, REASON_BAD_TARGET, "is 100" };
    for (int i = 0; i < 3; i++) {
        APPLY(broken, GOOD("b", 10), GOOD("a", 10));
        assert_int_equal(find("a")->definition_fault, REASON_DUPLICATE_ID);
    }
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 1);
    APPLY(GOOD("a", 10), GOOD("b", 10));
    APPLY(GOOD("a", 10), GOOD("b", 10), GOOD("a", 10));
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 2);
}

static void ids_that_differ_in_letter_case_are_all_held(void **state)
{
    (void)state;
    check(APPLY(GOOD("eu", 10), GOOD("EU", 10), GOOD("us", 10), GOOD("Eu", 10)), 4, 4, 0, 3);
    assert_int_equal(find("eu")->definition_fault, REASON_DUPLICATE_ID);
    assert_int_equal(find("EU")->definition_fault, REASON_DUPLICATE_ID);
    assert_int_equal(find("Eu")->definition_fault, REASON_DUPLICATE_ID);
    assert_int_equal(find("us")->definition_fault, REASON_NONE);
    /* A deployment that is not listed does not count. */
    check(APPLY(GOOD("eu", 10), GOOD("us", 10)), 2, 0, 2, 0);
    assert_int_equal(find("eu")->definition_fault, REASON_NONE);
}

static const struct bad_row {
    const char *name;
    struct definition definition;
} bad_rows[] = {
    { "no servers per host", { "a", 0, TARGET, REASON_BAD_SERVERS_PER_HOST, "is 0" } },
    { "no target", { "a", 10, -1, REASON_BAD_TARGET, "is 100" } },
    { "a broken entry", { "a", 0, -1, REASON_BAD_ENTRY, "not an object" } },
};

static void row_is_held_until_it_is_fixed(void **state)
{
    const struct bad_row *row = *state;
    set_up(NULL);
    check(apply(&row->definition, 1), 1, 1, 0, 1);
    assert_int_equal(find("a")->definition_fault, row->definition.fault);
    assert_int_equal(find("a")->action, ACTION_HELD);
    assert_string_equal(find("a")->detail, row->definition.fault_text);
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 1);
    apply(&row->definition, 1);
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 1);
    check(APPLY(GOOD("a", 10)), 1, 0, 0, 0);
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_null(find("a")->detail);
    apply(&row->definition, 1);
    assert_int_equal(find("a")->definition_fault, row->definition.fault);
    assert_int_equal(find("a")->servers_per_host, 10);
    tear_down(NULL);
}

static void a_policy_with_a_target_needs_none_from_the_api(void **state)
{
    (void)state;
    policy.target_free_ppb = TARGET;
    check(APPLY({ "a", 10, -1, REASON_BAD_TARGET, "is 100" }), 1, 1, 0, 0);
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
}

static const struct jump_row {
    const char *name;
    int32_t after;
    bool is_held;
} jump_rows[] = {
    { "one more", 11, false },
    { "twice as large", 20, false },
    { "more than twice", 21, true },
    { "half as large", 5, false },
    { "less than half", 4, true },
    { "ten times", 100, true },
    { "a tenth", 1, true },
    { "the same", 10, false },
    { "the largest", INT32_MAX, true },
};

static void row_needs_a_second_list(void **state)
{
    const struct jump_row *row = *state;
    set_up(NULL);
    APPLY(GOOD("a", 10));
    APPLY(GOOD("a", row->after));
    assert_int_equal(find("a")->definition_fault,
                     row->is_held ? REASON_DEFINITION_CHANGED : REASON_NONE);
    assert_int_equal(find("a")->servers_per_host, row->is_held ? 10 : row->after);
    APPLY(GOOD("a", row->after));
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_int_equal(find("a")->servers_per_host, row->after);
    assert_int_equal(events[EVENT_DEPLOYMENT_CHANGED], row->after != 10);
    tear_down(NULL);
}

static void two_different_sizes_confirm_nothing(void **state)
{
    (void)state;
    APPLY(GOOD("a", 10));
    APPLY(GOOD("a", 100));
    APPLY(GOOD("a", 90));
    assert_int_equal(find("a")->definition_fault, REASON_DEFINITION_CHANGED);
    assert_int_equal(find("a")->servers_per_host, 10);
    APPLY(GOOD("a", 10));
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    APPLY(GOOD("a", 90));
    assert_int_equal(find("a")->definition_fault, REASON_DEFINITION_CHANGED);
}

static void a_deployment_that_returns_has_its_ledger(void **state)
{
    (void)state;
    APPLY(GOOD("a", 10), GOOD("b", 10));
    struct deployment *deployment = fleet_find(fleet, "a", false);
    ledger_send(fleet_open_ledger(fleet, deployment), 6, now, &timeouts);
    ledger_lose(deployment->ledger);
    check(APPLY(GOOD("b", 10)), 1, 0, 1, 0);
    check(APPLY(GOOD("a", 10), GOOD("b", 10)), 2, 0, 0, 0);
    assert_ptr_equal(find("a"), deployment);
    assert_true(deployment->is_listed);
    assert_int_equal(ledger_unconfirmed_hosts(deployment->ledger), 6);
}

static void an_unlisted_deployment_is_removed_after_its_time(void **state)
{
    (void)state;
    APPLY(GOOD("a", 10), GOOD("b", 10));
    APPLY(GOOD("b", 10));
    int64_t gone_ms = now.ms - 60000;
    now.ms = gone_ms + KEEP_MS - 1;
    APPLY(GOOD("b", 10));
    assert_non_null(find("a"));
    now.ms = gone_ms + KEEP_MS;
    APPLY(GOOD("b", 10));
    assert_null(find("a"));
}

static const struct time_row {
    const char *name;
    size_t offset; /* of a time in the policy */
} time_rows[] = {
    { "boot_timeout", offsetof(struct policy, boot_timeout_ms) },
    { "confirm_timeout", offsetof(struct policy, confirm_timeout_ms) },
    { "cooldown_up", offsetof(struct policy, cooldown_up_ms) },
    { "cooldown_down", offsetof(struct policy, cooldown_down_ms) },
    { "scale_down_window", offsetof(struct policy, scale_down_window_ms) },
};

static void row_extends_the_time_of_an_unlisted_deployment(void **state)
{
    const struct time_row *row = *state;
    int64_t time_ms = 3 * (int64_t)KEEP_MS;
    assert_int_equal(set_up(NULL), 0);
    memcpy((char *)&policy + row->offset, &time_ms, sizeof time_ms);
    APPLY(GOOD("a", 10), GOOD("b", 10));
    APPLY(GOOD("b", 10));
    int64_t gone_ms = now.ms - 60000;
    now.ms = gone_ms + time_ms - 1;
    APPLY(GOOD("b", 10));
    assert_non_null(find("a"));
    now.ms = gone_ms + time_ms;
    APPLY(GOOD("b", 10));
    assert_null(find("a"));
    assert_int_equal(tear_down(NULL), 0);
}

static void a_deployment_in_use_is_not_removed(void **state)
{
    (void)state;
    APPLY(GOOD("a", 10), GOOD("b", 10));
    struct deployment *deployment = fleet_find(fleet, "a", false);
    ledger_send(fleet_open_ledger(fleet, deployment), 6, now, &timeouts);
    APPLY(GOOD("b", 10));
    now = mono_after(now, 2 * KEEP_MS);
    APPLY(GOOD("b", 10));
    assert_non_null(find("a"));
    ledger_accept(deployment->ledger);
    deployment->is_reading = true;
    APPLY(GOOD("b", 10));
    assert_non_null(find("a"));
    deployment->is_reading = false;
    APPLY(GOOD("b", 10));
    assert_null(find("a"));
}

static void entries_without_an_id_have_their_position(void **state)
{
    (void)state;
    check(APPLY(GOOD("a", 10), BAD(NULL, 10, REASON_BAD_ID), BAD(NULL, 0, REASON_BAD_ENTRY)), 3, 3,
          0, 2);
    const struct deployment *entry = fleet_find(fleet, "(entry 2)", true);
    assert_non_null(entry);
    assert_int_equal(entry->definition_fault, REASON_BAD_ID);
    assert_null(fleet_find(fleet, "(entry 2)", false));
    /* Fixed: the entry is removed at once, and does not count as gone. */
    check(APPLY(GOOD("a", 10), GOOD("b", 10)), 2, 1, 0, 0);
    assert_null(fleet_find(fleet, "(entry 2)", true));
    assert_int_equal(fleet_count(fleet), 2);
}

static void an_id_that_looks_like_a_position_is_an_id(void **state)
{
    (void)state;
    check(APPLY(GOOD("(entry 2)", 10), BAD(NULL, 10, REASON_BAD_ID)), 2, 2, 0, 1);
    assert_int_equal(find("(entry 2)")->definition_fault, REASON_NONE);
    assert_int_equal(fleet_find(fleet, "(entry 2)", true)->definition_fault, REASON_BAD_ID);
}

static void without_memory_the_old_list_stays(void **state)
{
    (void)state;
    static const struct definition more[] = { GOOD("b", 20), GOOD("c", 10), GOOD("d", 10) };
    APPLY(GOOD("a", 10), GOOD("b", 10));
    int failed = -ENOMEM;
    struct discovery_summary summary;
    for (size_t successes = 0; failed; successes++) {
        heap_fail_after(successes);
        failed = try_apply(more, COUNT_OF(more), &summary);
        heap_fail_never();
        assert_true(failed == 0 || failed == -ENOMEM);
        assert_int_equal(find("a")->is_listed, failed != 0);
        assert_int_equal(find("b")->servers_per_host, failed ? 10 : 20);
        assert_true(!find("c") || find("c")->is_listed == (failed == 0));
    }
    assert_int_equal(summary.listed, 3);
    assert_int_equal(summary.gone, 1);
}

/* Otherwise a fleet whose ids change would refuse every list once it had been too large. */
static void old_deployments_are_removed_before_additions(void **state)
{
    (void)state;
    enum { OLD_COUNT = FLEET_SLAB, NEW_COUNT = FLEET_SLAB / 2 };
    static char ids[OLD_COUNT + NEW_COUNT][8];
    struct definition definitions[OLD_COUNT + NEW_COUNT];
    for (int i = 0; i < OLD_COUNT + NEW_COUNT; i++) {
        snprintf(ids[i], sizeof ids[i], "d%d", i);
        definitions[i] = (struct definition)GOOD(ids[i], 10);
    }
    apply(definitions, OLD_COUNT);
    apply(definitions, 1);
    now = mono_after(now, KEEP_MS);
    heap_fail_after(NEW_COUNT); /* their ids, and nothing else */
    struct discovery_summary summary;
    int failed = try_apply(&definitions[OLD_COUNT], NEW_COUNT, &summary);
    heap_fail_never();
    assert_int_equal(failed, 0);
    check(summary, NEW_COUNT, NEW_COUNT, 1, 0);
}

static int run_rows(void)
{
    struct CMUnitTest bads[COUNT_OF(bad_rows)];
    struct CMUnitTest jumps[COUNT_OF(jump_rows)];
    TESTS_FROM_ROWS(bads, bad_rows, row_is_held_until_it_is_fixed);
    struct CMUnitTest times[COUNT_OF(time_rows)];
    TESTS_FROM_ROWS(jumps, jump_rows, row_needs_a_second_list);
    TESTS_FROM_ROWS(times, time_rows, row_extends_the_time_of_an_unlisted_deployment);
    int failed = cmocka_run_group_tests_name("apply_discovery: bad definitions", bads, NULL, NULL);
    failed += cmocka_run_group_tests_name("apply_discovery: changes of size", jumps, NULL, NULL);
    return failed +
           cmocka_run_group_tests_name("apply_discovery: a long absence", times, NULL, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listed_deployments_are_added),
        TEST(an_empty_list_is_applied),
        TEST(a_duplicate_id_is_held),
        TEST(a_lasting_fault_is_logged_once),
        TEST(ids_that_differ_in_letter_case_are_all_held),
        TEST(a_policy_with_a_target_needs_none_from_the_api),
        TEST(two_different_sizes_confirm_nothing),
        TEST(a_deployment_that_returns_has_its_ledger),
        TEST(an_unlisted_deployment_is_removed_after_its_time),
        TEST(a_deployment_in_use_is_not_removed),
        TEST(old_deployments_are_removed_before_additions),
        TEST(entries_without_an_id_have_their_position),
        TEST(an_id_that_looks_like_a_position_is_an_id),
        TEST(without_memory_the_old_list_stays),
    };
    int failed = run_rows();
    return failed + cmocka_run_group_tests_name("apply_discovery", tests, NULL, NULL);
}
