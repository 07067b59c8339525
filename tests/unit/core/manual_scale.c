/*
 * The objections of the guard rails to a manual scale: at each bound, and one host or one millisecond beside it.
 */
#include "engine/core/manual_scale.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#include <string.h>

#define NOW ((struct mono){ 1000000 })
#define MINUTE 60000
#define NEVER (-1)
#define NONE REASON_NONE

static const struct ledger_timeouts timeouts = { 600000, 600000, 600000 };
#define TEXT_SIZE 256

/* A deployment without objections, with its own policy. */
struct api_fixture {
    struct policy policy;
    struct ledger ledger;
    struct deployment deployment;
};

static struct api_fixture fixture;

static void set_scene(int32_t hosts)
{
    memset(&fixture, 0, sizeof fixture);
    fixture.policy = policy_default;
    fixture.policy.min_hosts = 0;
    fixture.deployment = (struct deployment){
        .id = NULL,
        .is_used = true,
        .is_listed = true,
        .has_status = true,
        .servers_per_host = 10,
        .target_free_ppb = 0,
        .policy = &fixture.policy,
        .status = { .current_hosts = hosts,
                    .total_servers = 10 * hosts,
                    .free_servers = 10 * hosts },
        .scaled_up_at = MONO_NEVER,
        .scaled_at = MONO_NEVER,
        .desired_hosts = 0,
        .action = ACTION_NONE,
        .reason = REASON_ON_TARGET,
    };
}

/* Sent a while ago and accepted, not seen yet. */
static void order(int32_t hosts)
{
    if (hosts == 0)
        return;
    ledger_send(&fixture.ledger, hosts, (struct mono){ NOW.ms - MINUTE }, &timeouts);
    ledger_accept(&fixture.ledger);
    fixture.deployment.ledger = &fixture.ledger;
}

static struct manual_check check_of(int32_t delta)
{
    struct manual_check check;
    memset(&check, 0xff, sizeof check);
    manual_check(&fixture.deployment, delta,
                 &(struct manual_context){ .now = NOW, .pass_interval_ms = MINUTE / 2 }, &check);
    return check;
}

#define OBJECTIONS_MAX 3

/* Exactly these objections, in the order of the rules; NONE ends the list. */
static void expect_objections(int32_t delta, const enum reason objections[OBJECTIONS_MAX])
{
    struct manual_check check = check_of(delta);
    size_t count = 0;
    assert_int_equal(check.refusal, REASON_NONE);
    for (; count < OBJECTIONS_MAX && objections[count] != REASON_NONE; count++) {
        assert_true(count < check.objection_count);
        assert_int_equal(check.objections[count], objections[count]);
    }
    assert_int_equal(check.objection_count, count);
}

static void expect_objection(int32_t delta, enum reason objection)
{
    expect_objections(delta, (enum reason[OBJECTIONS_MAX]){ objection });
}

/* --- bounds ---------------------------------------------------------------------------------------- */

static const struct bound_row {
    const char *name;
    int32_t hosts;
    int32_t pending;
    int32_t min_hosts;
    int32_t max_hosts;
    int32_t delta;
    int64_t hosts_after;
    enum reason objections[OBJECTIONS_MAX];
} bound_rows[] = {
    /* clang-format off */
    /*                                   hosts pending min  max              delta  after  objection        */
    { "down, one above min_hosts",         10,   0,     5, HOSTS_UNLIMITED,   -4,      6, { NONE } },
    { "down to min_hosts",                 10,   0,     5, HOSTS_UNLIMITED,   -5,      5, { NONE } },
    { "down, one below min_hosts",         10,   0,     5, HOSTS_UNLIMITED,   -6,      4, { REASON_MIN_HOSTS } },
    { "down, pending hosts count",         10,   1,     5, HOSTS_UNLIMITED,   -6,      5, { REASON_PENDING_HOSTS, REASON_MIN_HOSTS } },
    { "down, removals count",              10,  -1,     5, HOSTS_UNLIMITED,   -5,      4, { REASON_MIN_HOSTS } },
    { "up, still below min_hosts",          2,   0,     5, HOSTS_UNLIMITED,    1,      3, { NONE } },
    { "down to no host at all",             3,   0,     0, HOSTS_UNLIMITED,   -3,      0, { NONE } },
    { "up, one below max_hosts",           10,   0,     0,              15,    4,     14, { NONE } },
    { "up to max_hosts",                   10,   0,     0,              15,    5,     15, { NONE } },
    { "up, one above max_hosts",           10,   0,     0,              15,    6,     16, { REASON_MAX_HOSTS } },
    { "up, pending hosts count",           10,   1,     0,              15,    5,     16, { REASON_MAX_HOSTS } },
    { "up, removals count",                10,  -1,     0,              15,    6,     15, { REASON_PENDING_HOSTS, REASON_MAX_HOSTS } },
    { "down, still above max_hosts",       20,   0,     0,              15,   -1,     19, { NONE } },
    { "up without a bound",                10,   0,     0, HOSTS_UNLIMITED,  100,    110, { NONE } },
    { "up, more than the growth of an hour", 10, 0,     0, HOSTS_UNLIMITED,  101,    111, { REASON_MAX_GROWTH_PER_HOUR } },
    { "up, more than can be counted",      10,   0,     0, HOSTS_UNLIMITED, INT32_MAX, INT64_C(2147483657), { REASON_NOT_COUNTABLE } },
    /* clang-format on */
};

static void check_bound(void **state)
{
    const struct bound_row *row = *state;
    set_scene(row->hosts);
    fixture.policy.min_hosts = row->min_hosts;
    fixture.policy.max_hosts = row->max_hosts;
    order(row->pending);
    expect_objections(row->delta, row->objections);
    assert_true(check_of(row->delta).hosts == row->hosts_after);
}

/* --- steps ----------------------------------------------------------------------------------------- */

/* clang-format off */
#define HOSTS(count) { STEP_HOSTS, (count) }
#define SHARE(percent) { STEP_SHARE, (percent) * SHARE_PERCENT }
/* clang-format on */

static const struct step_row {
    const char *name;
    int32_t hosts;
    int32_t min_hosts;
    struct step_limit up;
    struct step_limit down;
    int32_t delta;
    enum reason objection;
} step_rows[] = {
    /* clang-format off */
    /*                                     hosts min  up            down          delta  objection            */
    { "up, one less than max_step_up",      100,  0, HOSTS(5),     { 0 },            4, NONE                 },
    { "up by max_step_up",                  100,  0, HOSTS(5),     { 0 },            5, NONE                 },
    { "up, one more than max_step_up",      100,  0, HOSTS(5),     { 0 },            6, REASON_MAX_STEP_UP   },
    { "down ignores max_step_up",           100,  0, HOSTS(5),     { 0 },           -6, NONE                 },
    { "down, one less than max_step_down",  100,  0, { 0 },        HOSTS(5),        -4, NONE                 },
    { "down by max_step_down",              100,  0, { 0 },        HOSTS(5),        -5, NONE                 },
    { "down, one more than max_step_down",  100,  0, { 0 },        HOSTS(5),        -6, REASON_MAX_STEP_DOWN },
    { "up ignores max_step_down",           100,  0, { 0 },        HOSTS(5),         6, NONE                 },
    { "a share, rounded up",                 95,  0, SHARE(10),    { 0 },           10, NONE                 },
    { "one more than a share",               95,  0, SHARE(10),    { 0 },           11, REASON_MAX_STEP_UP   },
    { "a share of min_hosts at least",        0, 40, SHARE(10),    { 0 },            4, NONE                 },
    { "one more than that",                   0, 40, SHARE(10),    { 0 },            5, REASON_MAX_STEP_UP   },
    { "a share of hosts to be removed",      95,  0, { 0 },        SHARE(10),      -10, NONE                 },
    { "one more than may be removed",        95,  0, { 0 },        SHARE(10),      -11, REASON_MAX_STEP_DOWN },
    /* clang-format on */
};

static void check_step(void **state)
{
    const struct step_row *row = *state;
    set_scene(row->hosts);
    fixture.policy.min_hosts = row->min_hosts;
    fixture.policy.max_step_up = row->up;
    fixture.policy.max_step_down = row->down;
    expect_objection(row->delta, row->objection);
}

/* --- cooldowns ------------------------------------------------------------------------------------- */

static const struct cooldown_row {
    const char *name;
    int64_t up_ms;
    int64_t down_ms;
    int64_t scaled_up_ago_ms; /* NEVER */
    int64_t scaled_ago_ms;
    int32_t delta;
    enum reason objection;
} cooldown_rows[] = {
    /* clang-format off */
    /*                                             up      down    up ago      ago         delta  objection */
    { "up, a millisecond before the end",        MINUTE,       0, MINUTE - 1, MINUTE - 1,     1, REASON_COOLDOWN_UP },
    { "up, at the end",                          MINUTE,       0, MINUTE,     MINUTE,         1, NONE },
    { "up, a millisecond after the end",         MINUTE,       0, MINUTE + 1, MINUTE + 1,     1, NONE },
    { "up, just scaled down",                    MINUTE,       0, MINUTE,     1,              1, NONE },
    { "up, never scaled",                        MINUTE,       0, NEVER,      NEVER,          1, NONE },
    { "up, no cooldown",                              0,  MINUTE, 1,          1,              1, NONE },
    { "down, a millisecond before the end",           0,  MINUTE, NEVER,      MINUTE - 1,    -1, REASON_COOLDOWN_DOWN },
    { "down, at the end",                             0,  MINUTE, NEVER,      MINUTE,        -1, NONE },
    { "down, a millisecond after the end",            0,  MINUTE, NEVER,      MINUTE + 1,    -1, NONE },
    { "down, just scaled up",                         0,  MINUTE, 1,          1,             -1, REASON_COOLDOWN_DOWN },
    { "down, never scaled",                           0,  MINUTE, NEVER,      NEVER,         -1, NONE },
    { "down, no cooldown",                       MINUTE,       0, 1,          1,             -1, NONE },
    /* clang-format on */
};

static struct mono ago(int64_t ms)
{
    return ms == NEVER ? MONO_NEVER : (struct mono){ NOW.ms - ms };
}

static void check_cooldown(void **state)
{
    const struct cooldown_row *row = *state;
    set_scene(10);
    fixture.policy.cooldown_up_ms = row->up_ms;
    fixture.policy.cooldown_down_ms = row->down_ms;
    fixture.deployment.scaled_up_at = ago(row->scaled_up_ago_ms);
    fixture.deployment.scaled_at = ago(row->scaled_ago_ms);
    expect_objection(row->delta, row->objection);
}

/* --- the window ------------------------------------------------------------------------------------ */

static const struct window_row {
    const char *name;
    int32_t hosts;
    int32_t pending;
    int32_t desired;
    int32_t desired_high;
    int32_t delta;
    enum reason objections[OBJECTIONS_MAX];
} window_rows[] = {
    /* clang-format off */
    /*                                        hosts pending desired high  delta  objections */
    { "one more than was desired",              10,   0,      5,     8,     -1, { NONE } },
    { "as many as were desired",                10,   0,      5,     8,     -2, { NONE } },
    { "one less than was desired",              10,   0,      5,     8,     -3, { REASON_SCALE_DOWN_WINDOW } },
    { "as many as are desired now",             10,   0,      8,     5,     -2, { NONE } },
    { "one less than is desired now",           10,   0,      8,     5,     -3, { REASON_SCALE_DOWN_WINDOW, REASON_SURPLUS } },
    { "pending hosts are not removed",          10,   1,      5,     8,     -3, { REASON_PENDING_HOSTS } },
    { "removals count",                         10,  -1,      5,     8,     -2, { REASON_SCALE_DOWN_WINDOW } },
    { "growth ignores the window",              10,   0,      5,    99,      1, { NONE } },
    /* clang-format on */
};

static void check_window(void **state)
{
    const struct window_row *row = *state;
    set_scene(row->hosts);
    fixture.deployment.status.free_servers = 10 * (row->hosts - row->desired);
    fixture.deployment.input.desired_high = row->desired_high;
    order(row->pending);
    expect_objections(row->delta, row->objections);
}

/* --- rules about the fleet, not about the delta ---------------------------------------------------- */

static void no_servers_and_outage_object_to_removal_only(void **state)
{
    (void)state;
    set_scene(10);
    fixture.deployment.input.outlook.outage_left_ms = MINUTE;
    fixture.deployment.input.outage_high = 10;
    expect_objection(-1, REASON_OUTAGE_HOLD);
    expect_objection(1, REASON_NONE);
    set_scene(10);
    fixture.deployment.status.total_servers = 0;
    fixture.deployment.status.free_servers = 0;
    expect_objections(-1, (enum reason[OBJECTIONS_MAX]){ REASON_NO_SERVERS, REASON_SURPLUS });
    expect_objection(1, REASON_NONE);
}

static void a_distrusted_discovery_objects_to_removal_only(void **state)
{
    (void)state;
    struct manual_context context = { .now = NOW,
                                      .pass_interval_ms = MINUTE / 2,
                                      .is_shrink_latched = true };
    struct manual_check check;
    set_scene(10);
    manual_check(&fixture.deployment, -1, &context, &check);
    assert_int_equal(check.objection_count, 1);
    assert_int_equal(check.objections[0], REASON_DISCOVERY_SHRANK);
    manual_check(&fixture.deployment, 1, &context, &check);
    assert_int_equal(check.objection_count, 0);
}

static void the_start_objects_to_removal_only(void **state)
{
    (void)state;
    set_scene(10);
    fixture.deployment.start_statuses = 1;
    fixture.deployment.start_hosts = 9;
    expect_objection(-1, REASON_NONE);
    expect_objection(-2, REASON_START_HOLD);
    expect_objection(1, REASON_NONE);
}

/* After a status that was not used, the last used one counts, with its window. */
static void bad_data_keeps_the_window(void **state)
{
    (void)state;
    set_scene(10);
    fixture.deployment.input =
        (struct decision_input){ .policy = &fixture.policy, .fault = REASON_BAD_STATUS };
    window_max_add(&fixture.deployment.desired_max, NOW, fixture.policy.scale_down_window_ms, 9);
    expect_objection(-1, REASON_NONE);
    expect_objection(-2, REASON_SCALE_DOWN_WINDOW);
}

/* --- refusals -------------------------------------------------------------------------------------- */

enum trouble {
    NO_TROUBLE,
    NOT_LISTED,
    BAD_DEFINITION,
    QUEUED,
    IN_FLIGHT,
    UNCONFIRMED,
    NEVER_READ,
    PAUSED_BY_OPERATOR,
    PAUSED_BY_POLICY,
    READ_LONG_AGO,
    BEING_READ,
};

static const struct refusal_row {
    const char *name;
    enum trouble trouble;
    enum reason gate;
    int32_t hosts;
    int32_t delta;
    enum reason refusal;
} refusal_rows[] = {
    /* clang-format off */
    /*                                trouble             gate              hosts delta      refusal                  */
    { "no refusal",                   NO_TROUBLE,         NONE,               5,  1,         NONE                     },
    { "read-only",                    NO_TROUBLE,         REASON_READ_ONLY,   5,  1,         REASON_READ_ONLY         },
    { "dry-run",                      NO_TROUBLE,         REASON_DRY_RUN,     5,  1,         REASON_DRY_RUN           },
    { "stopping",                     NO_TROUBLE,         REASON_STOPPING,    5,  1,         REASON_STOPPING          },
    { "the gate comes first",         NOT_LISTED,         REASON_READ_ONLY,   5, -9,         REASON_READ_ONLY         },
    { "not listed",                   NOT_LISTED,         NONE,               5,  1,         REASON_GONE              },
    { "a bad definition",             BAD_DEFINITION,     NONE,               5,  1,         REASON_DUPLICATE_ID      },
    { "one is queued",                QUEUED,             NONE,               5,  1,         REASON_REQUEST_IN_FLIGHT },
    { "one is in flight",             IN_FLIGHT,          NONE,               5,  1,         REASON_REQUEST_IN_FLIGHT },
    { "one is unconfirmed",           UNCONFIRMED,        NONE,               5,  1,         REASON_UNCONFIRMED       },
    { "never read",                   NEVER_READ,         NONE,               5,  1,         REASON_STALE_STATUS      },
    { "a pause is not a reason",      PAUSED_BY_OPERATOR, NONE,               5,  1,         NONE                     },
    { "nor a pause of the policy",    PAUSED_BY_POLICY,   NONE,               5,  1,         NONE                     },
    { "nor an old status",            READ_LONG_AGO,      NONE,               5,  1,         NONE                     },
    { "nor a read in flight",         BEING_READ,         NONE,               5,  1,         NONE                     },
    { "one host would be left",       NO_TROUBLE,         NONE,               5, -4,         NONE                     },
    { "no host would be left",        NO_TROUBLE,         NONE,               5, -5,         NONE                     },
    { "fewer than none",              NO_TROUBLE,         NONE,               5, -6,         REASON_MIN_HOSTS         },
    { "far fewer than none",          NO_TROUBLE,         NONE,               5, INT32_MIN,  REASON_MIN_HOSTS         },
    { "never read, and fewer",        NEVER_READ,         NONE,               0, -1,         REASON_STALE_STATUS      },
    /* clang-format on */
};

static void apply_trouble(enum trouble trouble)
{
    struct deployment *deployment = &fixture.deployment;
    switch (trouble) {
    case NO_TROUBLE:
        break;
    case NOT_LISTED:
        deployment->is_listed = false;
        break;
    case BAD_DEFINITION:
        deployment->definition_fault = REASON_DUPLICATE_ID;
        break;
    case QUEUED:
        deployment->is_scale_queued = true;
        break;
    case IN_FLIGHT:
    case UNCONFIRMED:
        ledger_send(&fixture.ledger, 2, NOW, &timeouts);
        if (trouble == UNCONFIRMED)
            ledger_lose(&fixture.ledger);
        deployment->ledger = &fixture.ledger;
        break;
    case NEVER_READ:
        deployment->has_status = false;
        break;
    case PAUSED_BY_OPERATOR:
        deployment->is_operator_paused = true;
        break;
    case PAUSED_BY_POLICY:
        fixture.policy.is_paused = true;
        break;
    case READ_LONG_AGO:
        deployment->status_at = (struct mono){ NOW.ms - 999999 };
        break;
    case BEING_READ:
        deployment->is_reading = true;
        break;
    }
}

static void check_refusal(void **state)
{
    const struct refusal_row *row = *state;
    set_scene(row->hosts);
    apply_trouble(row->trouble);
    struct manual_check check;
    manual_check(
        &fixture.deployment, row->delta,
        &(struct manual_context){ .now = NOW, .pass_interval_ms = MINUTE / 2, .gate = row->gate },
        &check);
    assert_int_equal(check.refusal, row->refusal);
    if (check.refusal == REASON_NONE)
        return;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    manual_explain_refusal(&check, &text);
    assert_true(text.length > 0);
    assert_false(text.was_cut);
}

/* --- sentences ------------------------------------------------------------------------------------- */

static const struct sentence_row {
    const char *name;
    int32_t delta;
    const char *sentences[6]; /* every objection, in order */
} sentence_rows[] = {
    { "up",
      9,
      { "max_hosts 15: +9 -> +3", "max_step_up 2: +9 -> +2",
        "cooldown_up for another 90s: +9 -> +0" } },
    { "down",
      -10,
      { "scale_down_window 15m: highest desired 11: -10 -> -1",
        "pending: 2 not seen yet, not removed before they come: -10 -> -8",
        "min_hosts 4: -10 -> -6",
        "surplus: total 100 - needed 70 = 30 servers, hosts to spare 3: -10 -> -3",
        "max_step_down 30% = 3: -10 -> -3", "cooldown_down for another 30s: -10 -> +0" } },
};

/* Ten hosts, two pending, and a policy that objects to everything. */
static void set_strict_scene(void)
{
    set_scene(10);
    order(2);
    fixture.policy.min_hosts = 4;
    fixture.policy.max_hosts = 15;
    fixture.policy.max_step_up = (struct step_limit){ STEP_HOSTS, 2 };
    fixture.policy.max_step_down = (struct step_limit){ STEP_SHARE, 30 * SHARE_PERCENT };
    fixture.policy.cooldown_up_ms = 2 * MINUTE;
    fixture.policy.cooldown_down_ms = MINUTE;
    fixture.deployment.scaled_up_at = ago(MINUTE / 2);
    /* The time left is rounded up to a second. */
    fixture.deployment.scaled_at = ago(MINUTE / 2 + 1);
    fixture.deployment.status.free_servers = 30; /* 7 hosts are desired */
    fixture.deployment.input.desired_high = 11;
}

static void check_sentences(void **state)
{
    const struct sentence_row *row = *state;
    set_strict_scene();
    struct manual_check check = check_of(row->delta);
    assert_int_equal(check.refusal, REASON_NONE);
    size_t count = 0;
    while (count < COUNT_OF(row->sentences) && row->sentences[count])
        count++;
    assert_int_equal(check.objection_count, count);
    for (size_t i = 0; i < count; i++) {
        char storage[TEXT_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        struct explanation objection;
        manual_explain_objection(&check, i, &objection);
        explanation_add(&text, &objection);
        assert_string_equal(storage, row->sentences[i]);
    }
}

static void a_refusal_has_its_figures(void **state)
{
    (void)state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    set_scene(3);
    order(-1);
    struct manual_check check = check_of(-4);
    manual_explain_refusal(&check, &text);
    assert_string_equal(storage, "there would be -2 hosts");
}

/* A delta that grows host by host meets the same limits as the steps of the policy. */
static void an_objection_holds_for_larger_deltas(void **state)
{
    (void)state;
    set_strict_scene();
    size_t before = 0;
    for (int32_t delta = 1; delta < 20; delta++) {
        struct manual_check check = check_of(delta);
        assert_true(check.objection_count >= before);
        before = check.objection_count;
    }
    before = 0;
    for (int32_t delta = -1; delta > -12; delta--) {
        struct manual_check check = check_of(delta);
        assert_true(check.objection_count >= before);
        before = check.objection_count;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_distrusted_discovery_objects_to_removal_only),
        cmocka_unit_test(a_refusal_has_its_figures),
        cmocka_unit_test(an_objection_holds_for_larger_deltas),
        cmocka_unit_test(the_start_objects_to_removal_only),
        cmocka_unit_test(bad_data_keeps_the_window),
        cmocka_unit_test(no_servers_and_outage_object_to_removal_only),
    };
    struct CMUnitTest bounds[COUNT_OF(bound_rows)];
    struct CMUnitTest steps[COUNT_OF(step_rows)];
    struct CMUnitTest cooldowns[COUNT_OF(cooldown_rows)];
    struct CMUnitTest windows[COUNT_OF(window_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    struct CMUnitTest sentences[COUNT_OF(sentence_rows)];
    TESTS_FROM_ROWS(bounds, bound_rows, check_bound);
    TESTS_FROM_ROWS(steps, step_rows, check_step);
    TESTS_FROM_ROWS(cooldowns, cooldown_rows, check_cooldown);
    TESTS_FROM_ROWS(windows, window_rows, check_window);
    TESTS_FROM_ROWS(refusals, refusal_rows, check_refusal);
    TESTS_FROM_ROWS(sentences, sentence_rows, check_sentences);
    int failed = cmocka_run_group_tests_name("manual_scale: bounds", bounds, NULL, NULL);
    failed += cmocka_run_group_tests_name("manual_scale: steps", steps, NULL, NULL);
    failed += cmocka_run_group_tests_name("manual_scale: cooldowns", cooldowns, NULL, NULL);
    failed += cmocka_run_group_tests_name("manual_scale: window", windows, NULL, NULL);
    failed += cmocka_run_group_tests_name("manual_scale: refusals", refusals, NULL, NULL);
    failed += cmocka_run_group_tests_name("manual_scale: texts", sentences, NULL, NULL);
    return failed + cmocka_run_group_tests_name("manual_scale", tests, NULL, NULL);
}
