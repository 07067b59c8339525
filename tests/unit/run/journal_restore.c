/*
 * What the journal remembers, as the reconciler has it afterwards; what cannot be used is counted, and ends nothing.
 */
#include "engine/run/journal_restore.h"

#include "tests/support/test.h"

#include "engine/core/deployment_record.h"
#include "engine/core/order_key.h"
#include "engine/core/policy.h"

#include <string.h>

#define SITE "eu-1"

static const struct mono now = { 1000000 };
static struct policy policy;
static struct reconciler *reconciler;
static struct override_book book;
static struct journal_restore restored;
static struct restore_sink sink;

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)id;
    return context;
}

static int begin(void **state)
{
    (void)state;
    const struct reconciler_config config = {
        .discovery_interval_ms = 60000,
        .pass_interval_ms = 30000,
        .concurrency = 4,
        .is_recording = true,
        .policy_of = policy_of,
        .policy_context = &policy,
    };
    book = (struct override_book){ 0 };
    if (reconciler_create(&config, 7, (struct event_sink){ 0 }, now, &reconciler))
        return -1;
    journal_restore_init(&restored, reconciler, &book, now);
    sink = journal_restore_sink(&restored);
    return 0;
}

static int end(void **state)
{
    (void)state;
    override_book_fini(&book);
    reconciler_destroy(reconciler);
    return 0;
}

static const struct deployment *find(const char *id)
{
    return fleet_find(reconciler_fleet(reconciler), id, false);
}

/* --- overrides ------------------------------------------------------------------------------------------------- */

static const struct override_row {
    const char *name;
    struct override_record override;
    int64_t age_ms;
    bool is_paused, is_dry_run, is_site_paused;
    int64_t refused;
} override_rows[] = {
    { "a pause of all", { 1, OVERRIDE_PAUSE_ALL, "*", .author = "ann" }, 9, true, false, false, 0 },
    { "dry-run", { 1, OVERRIDE_DRY_RUN, "*", .author = "ann" }, 9, false, true, false, 0 },
    { "a pause", { 1, OVERRIDE_PAUSE, SITE, .author = "ann" }, 9, false, false, true, 0 },
    { "a pause that is over",
      { 1, OVERRIDE_PAUSE, SITE, .author = "ann", .for_ms = 100 },
      100,
      false,
      false,
      false,
      0 },
    { "a kind of a later program", { 1, "floor", SITE, .author = "a" }, 9, false, false, false, 1 },
    { "a pause without an id",
      { 1, OVERRIDE_PAUSE, "", .author = "ann" },
      9,
      false,
      false,
      false,
      1 },
};

static void row_is_in_force(void **state)
{
    const struct override_row *row = *state;
    const struct restored_act act = { .override = row->override, .age_ms = row->age_ms };
    assert_int_equal(begin(NULL), 0);
    assert_int_equal(sink.override(sink.context, &act), 0);
    const struct deployment *site = find(SITE);
    assert_int_equal(reconciler_is_paused(reconciler), row->is_paused);
    assert_int_equal(reconciler_is_dry_run(reconciler), row->is_dry_run);
    assert_int_equal(site && site->is_operator_paused, row->is_site_paused);
    assert_int_equal(restored.refused, row->refused);
    end(NULL);
}

/* --- deployments ----------------------------------------------------------------------------------------------- */

static int give(const char *id, int32_t version, const void *blob, size_t size)
{
    const struct restored_deployment deployment = {
        .state = { id, version, blob, size },
        .age_ms = 5000,
    };
    return sink.deployment(sink.context, &deployment);
}

static void a_record_makes_a_deployment_that_is_not_listed(void **state)
{
    (void)state;
    unsigned char bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    struct fleet *fleet;
    struct deployment *deployment;
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(fleet_add(fleet, SITE, false, &deployment), 0);
    deployment->servers_per_host = 12;
    deployment->status = (struct status){ 5, 60, 6 };
    deployment->status_at = now;
    deployment->has_status = true;
    size_t size = deployment_export(deployment, now, bytes, sizeof bytes);
    fleet_destroy(fleet);
    assert_int_not_equal(size, 0);
    assert_int_equal(give(SITE, DEPLOYMENT_RECORD_VERSION, bytes, size), 0);
    const struct deployment *site = find(SITE);
    assert_non_null(site);
    assert_false(site->is_listed);
    assert_int_equal(site->servers_per_host, 12);
    assert_int_equal(restored.refused, 0);
}

/* It starts as one that was never seen. */
static void a_record_that_cannot_be_read_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(give(SITE, DEPLOYMENT_RECORD_VERSION, "\xff\xff\xff", 3), 0);
    assert_int_equal(give("eu-2", DEPLOYMENT_RECORD_VERSION + 1, "\x01", 1), 0);
    assert_null(find(SITE));
    assert_null(find("eu-2"));
    assert_int_equal(restored.refused, 2);
}

static void the_record_of_the_fleet_and_an_empty_one_are_no_deployment(void **state)
{
    (void)state;
    assert_int_equal(give("", 1, "ff", 2), 0);
    assert_int_equal(give(SITE, 0, NULL, 0), 0);
    assert_int_equal(fleet_count(reconciler_fleet(reconciler)), 0);
    assert_int_equal(restored.refused, 0);
}

/* --- scales ---------------------------------------------------------------------------------------------------- */

static const struct scale_row {
    const char *name;
    const char *key; /* NULL: a valid one */
    int32_t delta;
    enum record_outcome outcome;
    int32_t pending;
    int32_t unconfirmed;
    int64_t refused;
} scale_rows[] = {
    { "no outcome", NULL, 3, OUTCOME_OPEN, 3, 3, 0 },
    { "unknown", NULL, -2, OUTCOME_UNKNOWN, -2, -2, 0 },
    { "accepted", NULL, 3, OUTCOME_ACCEPTED, 3, 0, 0 },
    { "refused", NULL, 3, OUTCOME_REFUSED, 0, 0, 0 },
    { "not sent", NULL, 3, OUTCOME_NOT_SENT, 0, 0, 0 },
    { "a key of another program", "order seven", 3, OUTCOME_OPEN, 0, 0, 1 },
    { "no delta", NULL, 0, OUTCOME_OPEN, 0, 0, 1 },
};

static void row_is_pending_or_is_not(void **state)
{
    const struct scale_row *row = *state;
    char key[KEY_SIZE];
    order_key_format(&(struct order_key){ 99, 4 }, key);
    const struct restored_scale scale = {
        .intent = { .deployment = SITE, .key = row->key ? row->key : key, .delta = row->delta },
        .outcome = row->outcome,
        .attempts = 1,
        .age_ms = 2000,
    };
    assert_int_equal(begin(NULL), 0);
    assert_int_equal(sink.scale(sink.context, &scale), 0);
    const struct deployment *site = find(SITE);
    const struct ledger *ledger = site ? site->ledger : NULL;
    assert_int_equal(ledger ? ledger_pending_hosts(ledger) : 0, row->pending);
    assert_int_equal(ledger ? ledger_unconfirmed_hosts(ledger) : 0, row->unconfirmed);
    assert_int_equal(restored.refused, row->refused);
    end(NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_makes_a_deployment_that_is_not_listed),
        TEST(a_record_that_cannot_be_read_is_left_out),
        TEST(the_record_of_the_fleet_and_an_empty_one_are_no_deployment),
    };
    struct CMUnitTest overrides[COUNT_OF(override_rows)];
    struct CMUnitTest scales[COUNT_OF(scale_rows)];
    policy = policy_default;
    TESTS_FROM_ROWS(overrides, override_rows, row_is_in_force);
    TESTS_FROM_ROWS(scales, scale_rows, row_is_pending_or_is_not);
    int failed = cmocka_run_group_tests_name("journal_restore", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("journal_restore: overrides", overrides, NULL, NULL);
    return failed + cmocka_run_group_tests_name("journal_restore: scales", scales, NULL, NULL);
}
