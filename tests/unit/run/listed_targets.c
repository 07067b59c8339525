#include "engine/run/listed_targets.h"

#include "engine/base/arith.h"
#include "engine/core/apply_discovery.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define PPM (SHARE_PERCENT / 10000)

static struct policy policy;
static struct fleet *fleet;
static int count;
static struct event last;
static char shown[64];

static void take_event(void *context, const struct event *event)
{
    (void)context;
    if (event->id != EVENT_TARGET_DOUBTFUL)
        return;
    count++;
    last = *event;
    snprintf(shown, sizeof shown, "%s", event->fields[0].string);
}

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy;
}

static const struct event_sink sink = { take_event, NULL };

static void list(const struct definition *definitions, size_t definition_count)
{
    struct discovery discovery = { definitions, definition_count };
    struct discovery_context context = { .known_max = DEPLOYMENT_COUNT_MAX,
                                         .policy_of = policy_of,
                                         .sink = &sink };
    struct discovery_summary summary;
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(apply_discovery(fleet, &discovery, &context, &summary), 0);
    count = 0;
    listed_targets_report(fleet, &sink);
}

static const struct target_row {
    const char *name;
    int32_t target_ppb;
    int32_t max_hosts;
    int32_t own_target_ppb;
    const char *warning; /* NULL: none */
} target_rows[] = {
    /* clang-format off */
    { "none free",          0,                        HOSTS_UNLIMITED, TARGET_FROM_API, NULL },
    { "half a percent",     SHARE_PERCENT / 2,        HOSTS_UNLIMITED, TARGET_FROM_API, "below one percent" },
    { "one percent",        SHARE_PERCENT,            HOSTS_UNLIMITED, TARGET_FROM_API, NULL },
    { "a half",             50 * SHARE_PERCENT,       HOSTS_UNLIMITED, TARGET_FROM_API, NULL },
    { "more than a half",   50 * SHARE_PERCENT + PPM, HOSTS_UNLIMITED, TARGET_FROM_API, "no max_hosts" },
    { "with max_hosts",     50 * SHARE_PERCENT + PPM, 1000,            TARGET_FROM_API, NULL },
    { "90 %",               90 * SHARE_PERCENT,       1000,            TARGET_FROM_API, NULL },
    { "more than 90 %",     90 * SHARE_PERCENT + PPM, 1000,            TARGET_FROM_API, "ten times" },
    { "of the policy",      99 * SHARE_PERCENT,       1000,            SHARE_PERCENT,   NULL },
    /* clang-format on */
};

static void row_is_reported(void **state)
{
    const struct target_row *row = *state;
    policy = policy_default;
    policy.max_hosts = row->max_hosts;
    policy.target_free_ppb = row->own_target_ppb;
    list(&(struct definition){ "a", 10, row->target_ppb, REASON_NONE, NULL }, 1);
    assert_int_equal(count, row->warning != NULL);
    if (row->warning)
        assert_non_null(strstr(last.fields[3].string, row->warning));
    fleet_destroy(fleet);
}

/* One line, however many there are. Held ones have no target. */
static void many_are_summed_up(void **state)
{
    (void)state;
    policy = policy_default;
    list(
        (const struct definition[]){
            { "a", 10, 20 * SHARE_PERCENT, REASON_NONE, NULL },
            { "b", 10, 95 * SHARE_PERCENT, REASON_NONE, NULL },
            { "c", 10, 91 * SHARE_PERCENT, REASON_NONE, NULL },
            { "d", 0, 99 * SHARE_PERCENT, REASON_BAD_SERVERS_PER_HOST, "is 0" },
        },
        4);
    assert_int_equal(count, 1);
    assert_string_equal(shown, "b");
    assert_int_equal(last.fields[2].number, 2);
    fleet_destroy(fleet);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(target_rows)];
    TESTS_FROM_ROWS(rows, target_rows, row_is_reported);
    const struct CMUnitTest tests[] = { cmocka_unit_test(many_are_summed_up) };
    int failed = cmocka_run_group_tests_name("doubts", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("listed_targets", tests, NULL, NULL);
}
