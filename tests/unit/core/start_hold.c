#include "engine/core/start_hold.h"

#include "tests/support/test.h"

#define WINDOW_MS 900000
#define STATUSES_MAX 6

static struct policy policy;
static struct deployment deployment;

static int set_up(void **state)
{
    (void)state;
    policy = policy_default;
    policy.scale_down_window_ms = WINDOW_MS;
    deployment = (struct deployment){ .policy = &policy };
    return 0;
}

static void see(int64_t now_ms, int32_t hosts)
{
    deployment.has_status = true;
    deployment.status.current_hosts = hosts;
    start_hold_observe(&deployment, (struct mono){ now_ms }, 0, 1);
}

static struct decision_input input_at(int64_t now_ms)
{
    struct decision_input input = { .start_hosts = -1, .start_left_ms = -1 };
    start_hold_fill_input(&deployment, (struct mono){ now_ms }, &input);
    return input;
}

/* Statuses, and the hold after the last of them. */
static const struct hold_row {
    const char *name;
    int64_t window_ms;
    struct {
        int64_t at_ms;
        int32_t hosts;
    } statuses[STATUSES_MAX]; /* until hosts is 0 */
    int64_t now_ms;
    int32_t hosts;
    int32_t left_ms;
} hold_rows[] = {
    /* clang-format off */
    /*                                      window      statuses                                 now      hosts  left */
    { "the first status",                   WINDOW_MS, { { 5000, 20 } },                         5000,    20, WINDOW_MS },
    { "the second status changes nothing",  WINDOW_MS, { { 5000, 20 }, { 35000, 30 } },          35000,   20, WINDOW_MS - 30000 },
    { "a status with fewer hosts neither",  WINDOW_MS, { { 5000, 20 }, { 35000, 9 } },           35000,   20, WINDOW_MS - 30000 },
    { "the last millisecond",               WINDOW_MS, { { 5000, 20 }, { 904999, 20 } },         904999,  20, 1 },
    { "the end",                            WINDOW_MS, { { 5000, 20 }, { 905000, 20 } },         905000,  0,  0 },
    { "long after the end",                 WINDOW_MS, { { 5000, 20 }, { 35000, 20 } },          9000000, 0,  0 },
    { "never too short: whole seconds",     WINDOW_MS, { { 5001, 20 }, { 35000, 20 } },          905001,  20, 999 },
    { "one status, however old",            WINDOW_MS, { { 5000, 20 } },                         9000000, 20, 0 },
    { "a second status after the window",   WINDOW_MS, { { 5000, 20 }, { 9000000, 3 } },         9000000, 0,  0 },
    { "no window: the first status",        0,         { { 5001, 20 } },                         5001,    20, 0 },
    { "no window: the second status",       0,         { { 5001, 20 }, { 5002, 20 } },           5002,    0,  0 },
    { "the longest window",                 86400000,  { { 5000, 20 }, { 6000, 20 } },           6000,    20, 86399000 },
    { "a clock of centuries",               WINDOW_MS, { { INT64_C(4294967295000), 20 }, { INT64_C(4294967295001), 20 } },
                                                                                 INT64_C(4294967295001),  20, WINDOW_MS - 1 },
    /* clang-format on */
};

static void row_is_held(void **state)
{
    const struct hold_row *row = *state;
    set_up(NULL);
    policy.scale_down_window_ms = row->window_ms;
    for (size_t i = 0; i < STATUSES_MAX && row->statuses[i].hosts != 0; i++)
        see(row->statuses[i].at_ms, row->statuses[i].hosts);
    struct decision_input input = input_at(row->now_ms);
    assert_int_equal(input.start_hosts, row->hosts);
    assert_int_equal(input.start_left_ms, row->left_ms);
}

static void a_shorter_window_ends_it(void **state)
{
    (void)state;
    see(5000, 20);
    see(35000, 20);
    policy.scale_down_window_ms = 30000;
    assert_int_equal(input_at(35000).start_hosts, 0);
}

static void a_bare_policy_has_none(void **state)
{
    (void)state;
    policy_make_bare(&policy);
    see(5000, 20);
    assert_int_equal(input_at(5000).start_hosts, 0);
    assert_int_equal(input_at(5000).start_left_ms, 0);
}

static void it_begins_again_with_the_next_status(void **state)
{
    (void)state;
    see(5000, 20);
    see(905000, 30);
    assert_int_equal(input_at(905000).start_hosts, 0);
    start_hold_begin(&deployment);
    assert_int_equal(input_at(905000).start_hosts, 30);
    see(935000, 50);
    assert_int_equal(input_at(935000).start_hosts, 50);
    assert_int_equal(input_at(935000).start_left_ms, WINDOW_MS);
    see(965000, 40);
    assert_int_equal(input_at(965000).start_hosts, 50);
}

static void see_after(int64_t silent_ms, uint32_t silent_passes)
{
    see(5000, 20);
    see(35000, 20);
    deployment.status.current_hosts = 40;
    start_hold_observe(&deployment, (struct mono){ 35000 + silent_ms }, silent_ms, silent_passes);
}

/* Hosts that were removed before the program started drain, and a part of their servers is gone. */
static void hosts_without_servers_may_drain(void **state)
{
    (void)state;
    deployment.servers_per_host = 10;
    deployment.status.total_servers = 150;
    deployment.is_start_unknown = true;
    see(5000, 20);
    see(905000, 20);
    assert_int_equal(input_at(905000).start_hosts, 20);
    assert_int_equal(input_at(905000).start_left_ms, policy.drain_timeout_ms - 900000);
    deployment.status.total_servers = 200;
    assert_int_equal(input_at(905000).start_hosts, 0);
    deployment.status.total_servers = 199;
    assert_int_equal(input_at(5000 + policy.drain_timeout_ms).start_hosts, 0);
}

/* The ledger has what was removed. */
static void hosts_that_were_removed_since_the_start_are_remembered(void **state)
{
    (void)state;
    deployment.servers_per_host = 10;
    deployment.is_start_unknown = true;
    see(5000, 20);
    start_hold_begin(&deployment);
    see(35000, 20);
    see(935000, 20);
    assert_int_equal(input_at(935000).start_hosts, 0);
    set_up(NULL);
    deployment.servers_per_host = 10;
    deployment.is_start_unknown = true;
    see_after(WINDOW_MS, START_SILENT_PASSES + 1);
    see(35000 + 2 * WINDOW_MS, 20);
    assert_int_equal(input_at(35000 + 2 * WINDOW_MS).start_hosts, 0);
}

/* The answer may come from the API of before. */
static void a_status_that_was_requested_before_does_not_count(void **state)
{
    (void)state;
    see(5000, 20);
    see(905000, 20);
    deployment.is_reading = true;
    start_hold_begin(&deployment);
    deployment.is_reading = false;
    see(906000, 10);
    assert_int_equal(input_at(906000).start_hosts, 10);
    see(936000, 50);
    assert_int_equal(input_at(936000).start_hosts, 50);
    assert_int_equal(input_at(936000).start_left_ms, WINDOW_MS);
}

static void it_begins_again_after_a_silence(void **state)
{
    (void)state;
    see_after(WINDOW_MS, START_SILENT_PASSES + 1);
    assert_int_equal(deployment.start_hosts, 40);
    assert_int_equal(input_at(35000 + WINDOW_MS).start_left_ms, WINDOW_MS);
}

/* The window reaches across it, or a pass takes so long. */
static void it_does_not_begin_again_after_a_short_silence(void **state)
{
    (void)state;
    see_after(WINDOW_MS - 1, START_SILENT_PASSES + 1);
    assert_int_equal(deployment.start_hosts, 20);
    set_up(NULL);
    see_after(9 * WINDOW_MS, START_SILENT_PASSES);
    assert_int_equal(deployment.start_hosts, 20);
}

/* A scale that is decided and not sent is decided again on its input. */
static void a_decision_of_before_is_held(void **state)
{
    (void)state;
    see(5000, 20);
    see(905000, 30);
    deployment.input = (struct decision_input){ .policy = &policy, .status = deployment.status };
    start_hold_begin(&deployment);
    assert_int_equal(deployment.input.start_hosts, 30);
}

#define TEST(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(hold_rows)];
    TESTS_FROM_ROWS(rows, hold_rows, row_is_held);
    const struct CMUnitTest tests[] = {
        TEST(a_shorter_window_ends_it),
        TEST(a_bare_policy_has_none),
        TEST(it_begins_again_with_the_next_status),
        TEST(hosts_without_servers_may_drain),
        TEST(hosts_that_were_removed_since_the_start_are_remembered),
        TEST(a_status_that_was_requested_before_does_not_count),
        TEST(it_begins_again_after_a_silence),
        TEST(it_does_not_begin_again_after_a_short_silence),
        TEST(a_decision_of_before_is_held),
    };
    int failed = cmocka_run_group_tests_name("start_hold: statuses", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("start_hold", tests, NULL, NULL);
}
