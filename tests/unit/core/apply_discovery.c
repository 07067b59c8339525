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
static size_t known_max;
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
    known_max = DEPLOYMENT_COUNT_MAX;
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
        .gone_keep_ms = KEEP_MS,
        .known_max = known_max,
        .policy_of = policy_of,
        .sink = &sink,
    };
    struct discovery discovery = { definitions, count };
    int failed = apply_discovery(fleet, &discovery, &context, ret_summary);
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

/* What is bad as a whole has no name yet. */
static const struct deployment *find_first(const struct definition *definition)
{
    bool is_entry = definition->fault == REASON_BAD_ENTRY;
    return fleet_find(fleet, is_entry ? "(entry 1)" : definition->id, is_entry);
}

static void row_is_held_until_it_is_fixed(void **state)
{
    const struct bad_row *row = *state;
    set_up(NULL);
    check(apply(&row->definition, 1), 1, 1, 0, 1);
    const struct deployment *deployment = find_first(&row->definition);
    assert_int_equal(deployment->definition_fault, row->definition.fault);
    assert_int_equal(deployment->action, ACTION_HELD);
    assert_string_equal(deployment->detail, row->definition.fault_text);
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 1);
    apply(&row->definition, 1);
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 1);
    bool is_new = deployment->is_entry;
    check(APPLY(GOOD("a", 10)), 1, is_new, 0, 0);
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_null(find("a")->detail);
    tear_down(NULL);
}

static void check_kept(const struct definition *definition)
{
    check(apply(definition, 1), 1, 0, 0, 1);
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_int_equal(deployment_entry_fault(find("a")), definition->fault);
    assert_int_equal(find("a")->servers_per_host, 10);
    assert_int_equal(find("a")->target_free_ppb, TARGET);
    assert_string_equal(find("a")->detail, definition->fault_text);
}

static void row_keeps_the_last_good_definition(void **state)
{
    const struct bad_row *row = *state;
    set_up(NULL);
    APPLY(GOOD("a", 10));
    check_kept(&row->definition);
    check_kept(&row->definition);
    assert_int_equal(events[EVENT_DEPLOYMENT_BAD], 1);
    check(APPLY(GOOD("a", 11)), 1, 0, 0, 0);
    assert_int_equal(deployment_entry_fault(find("a")), REASON_NONE);
    assert_int_equal(find("a")->servers_per_host, 11);
    APPLY(GOOD("b", 10));
    APPLY(row->definition);
    assert_int_equal(deployment_entry_fault(find("a")), row->definition.fault);
    tear_down(NULL);
}

static void row_keeps_nothing_that_is_in_doubt(void **state)
{
    const struct bad_row *row = *state;
    set_up(NULL);
    APPLY(GOOD("a", 10));
    APPLY(GOOD("a", 100));
    apply(&row->definition, 1);
    assert_int_equal(find("a")->definition_fault, row->definition.fault);
    apply(&row->definition, 1);
    assert_int_equal(find("a")->definition_fault, row->definition.fault);
    APPLY(GOOD("a", 100));
    assert_int_equal(find("a")->servers_per_host, 100);
    APPLY(GOOD("a", 100), row->definition);
    assert_int_equal(find("a")->definition_fault, REASON_DUPLICATE_ID);
    APPLY(row->definition);
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_int_equal(find("a")->servers_per_host, 100);
    tear_down(NULL);
}

static void a_policy_with_a_target_needs_none_from_the_api(void **state)
{
    (void)state;
    policy.target_free_ppb = TARGET;
    check(APPLY({ "a", 10, -1, REASON_BAD_TARGET, "is 100" }), 1, 1, 0, 0);
    assert_int_equal(find("a")->definition_fault, REASON_NONE);
    assert_int_equal(find("a")->target_free_ppb, -1);
}

/* The last good target of the API stays, for the time when the policy has none. */
static void a_policy_with_a_target_loses_it(void **state)
{
    (void)state;
    APPLY(GOOD("a", 10));
    policy.target_free_ppb = TARGET / 2;
    check(APPLY({ "a", 11, -1, REASON_BAD_TARGET, "is 100" }), 1, 0, 0, 0);
    assert_int_equal(find("a")->servers_per_host, 11);
    assert_int_equal(deployment_entry_fault(find("a")), REASON_NONE);
    policy.target_free_ppb = TARGET_FROM_API;
    assert_int_equal(find("a")->target_free_ppb, TARGET);
    assert_int_equal(deployment_entry_fault(find("a")), REASON_BAD_TARGET);
    check(APPLY({ "a", 12, -1, REASON_BAD_TARGET, "is 100" }), 1, 0, 0, 1);
    assert_int_equal(find("a")->servers_per_host, 11);
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

/* Otherwise a fleet with ids that change would refuse every list once it had been too large. */
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

/* --- room for listed ones ---------------------------------------------------------------------------- */

static void those_gone_longest_make_room(void **state)
{
    (void)state;
    known_max = 4;
    APPLY(GOOD("a", 10), GOOD("b", 10), GOOD("c", 10));
    APPLY(GOOD("a", 10), GOOD("c", 10));
    now = mono_after(now, KEEP_MS / 2);
    check(APPLY(GOOD("c", 10), GOOD("d", 10)), 2, 1, 1, 0);
    check(APPLY(GOOD("c", 10), GOOD("d", 10), GOOD("e", 10)), 3, 1, 0, 0);
    assert_non_null(find("a"));
    assert_null(find("b"));
    check(APPLY(GOOD("d", 10), GOOD("e", 10), GOOD("f", 10)), 3, 1, 1, 0);
    assert_int_equal(fleet_count(fleet), 4);
    assert_int_equal(events[EVENT_DEPLOYMENT_GONE], 3);
}

static void a_list_that_just_fits_replaces_all(void **state)
{
    (void)state;
    known_max = 3;
    APPLY(GOOD("a", 10), GOOD("b", 10), GOOD("c", 10));
    check(APPLY(GOOD("d", 10), GOOD("e", 10), GOOD("f", 10)), 3, 3, 3, 0);
    check(APPLY(GOOD("a", 10), GOOD("e", 10), GOOD("b", 10)), 3, 2, 2, 0);
    assert_int_equal(fleet_count(fleet), 3);
    assert_int_equal(events[EVENT_DEPLOYMENT_GONE], 5);
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++)
        assert_false(fleet_at(fleet, slot)->is_named);
}

static void assert_is_kept(struct deployment *deployment)
{
    struct discovery_summary summary;
    const struct definition others[] = { GOOD("b", 10), GOOD("c", 10), GOOD("d", 10) };
    assert_int_equal(try_apply(others, COUNT_OF(others), &summary), -E2BIG);
    assert_int_equal(fleet_count(fleet), 3);
    assert_true(deployment->is_listed);
    assert_null(find("d"));
    assert_false(deployment->is_named);
}

/* What is pending of it would be ordered again, or a limit would not hold, if it came back. */
static void orders_make_no_room(void **state)
{
    (void)state;
    known_max = 3;
    APPLY(GOOD("a", 10), GOOD("b", 10), GOOD("c", 10));
    struct deployment *deployment = fleet_find(fleet, "a", false);
    ledger_send(fleet_open_ledger(fleet, deployment), 6, now, &timeouts);
    assert_is_kept(deployment);
    ledger_accept(deployment->ledger);
    assert_is_kept(deployment);
    fleet_close_ledger(fleet, deployment);
    deployment->last_delta = 6;
    deployment->last_scale = now;
    assert_is_kept(deployment);
    deployment->last_scale.ms -= KEEP_MS;
    deployment->is_operator_paused = true;
    assert_is_kept(deployment);
    deployment->is_operator_paused = false;
    assert_non_null(fleet_open_growth(fleet, deployment));
    assert_is_kept(deployment);
    fleet_close_growth(fleet, deployment);
    deployment->is_reading = true;
    assert_is_kept(deployment);
    deployment->is_reading = false;
    check(APPLY(GOOD("b", 10), GOOD("c", 10), GOOD("d", 10)), 3, 1, 1, 0);
    assert_null(find("a"));
}

#define CHURN_COUNT (3 * FLEET_SLAB)

static struct definition *make_list(const char *prefix)
{
    static char ids[CHURN_COUNT][16];
    static struct definition definitions[CHURN_COUNT];
    for (int i = 0; i < CHURN_COUNT; i++) {
        snprintf(ids[i], sizeof ids[i], "%s%d", prefix, i);
        definitions[i] = (struct definition)GOOD(ids[i], 10);
    }
    return definitions;
}

/* A list that lost many may be wrong, so they are kept for a while. */
static void many_that_are_gone_are_forgotten_early(void **state)
{
    (void)state;
    size_t held = heap_held_count();
    apply(make_list("old"), CHURN_COUNT);
    apply(make_list("new"), CHURN_COUNT);
    assert_int_equal(fleet_count(fleet), 2 * CHURN_COUNT);
    apply(make_list("newer"), CHURN_COUNT);
    assert_int_equal(fleet_count(fleet), 3 * CHURN_COUNT);
    now = mono_after(now, KEEP_MS / GONE_KEEP_PART);
    apply(make_list("newer"), CHURN_COUNT);
    assert_int_equal(fleet_count(fleet), 2 * CHURN_COUNT);
    assert_non_null(find("new7"));
    apply(make_list("newer"), FLEET_SLAB);
    now = mono_after(now, KEEP_MS);
    apply(make_list("newer"), FLEET_SLAB);
    assert_int_equal(fleet_count(fleet), FLEET_SLAB);
    /* One or two slabs, the ids and the index. */
    assert_true(heap_held_count() - held <= FLEET_SLAB + 4);
}

static int run_rows(void)
{
    struct CMUnitTest bads[COUNT_OF(bad_rows)];
    struct CMUnitTest jumps[COUNT_OF(jump_rows)];
    struct CMUnitTest kept[COUNT_OF(bad_rows)];
    struct CMUnitTest doubts[COUNT_OF(bad_rows)];
    struct CMUnitTest times[COUNT_OF(time_rows)];
    TESTS_FROM_ROWS(bads, bad_rows, row_is_held_until_it_is_fixed);
    TESTS_FROM_ROWS(kept, bad_rows, row_keeps_the_last_good_definition);
    TESTS_FROM_ROWS(doubts, bad_rows, row_keeps_nothing_that_is_in_doubt);
    TESTS_FROM_ROWS(jumps, jump_rows, row_needs_a_second_list);
    TESTS_FROM_ROWS(times, time_rows, row_extends_the_time_of_an_unlisted_deployment);
    int failed = cmocka_run_group_tests_name("apply_discovery: bad definitions", bads, NULL, NULL);
    failed += cmocka_run_group_tests_name("apply_discovery: kept definitions", kept, NULL, NULL);
    failed += cmocka_run_group_tests_name("apply_discovery: doubts", doubts, NULL, NULL);
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
        TEST(a_policy_with_a_target_loses_it),
        TEST(two_different_sizes_confirm_nothing),
        TEST(a_deployment_that_returns_has_its_ledger),
        TEST(an_unlisted_deployment_is_removed_after_its_time),
        TEST(a_deployment_in_use_is_not_removed),
        TEST(old_deployments_are_removed_before_additions),
        TEST(those_gone_longest_make_room),
        TEST(a_list_that_just_fits_replaces_all),
        TEST(orders_make_no_room),
        TEST(many_that_are_gone_are_forgotten_early),
        TEST(entries_without_an_id_have_their_position),
        TEST(an_id_that_looks_like_a_position_is_an_id),
        TEST(without_memory_the_old_list_stays),
    };
    int failed = run_rows();
    return failed + cmocka_run_group_tests_name("apply_discovery", tests, NULL, NULL);
}
