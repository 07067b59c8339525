#include "engine/core/deployment_state.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

enum { UNLISTED = 1, STALE = 2, PAUSED = 4, LOST = 8, STARVED = 16 };

static const struct state_case {
    const char *name;
    int flags;
    enum action action;
    enum reason reason;
    int32_t delta;
    int32_t wanted_delta;
    enum state state;
} state_cases[] = {
    /* clang-format off */
    { "on target",                   0,        ACTION_NONE,        REASON_ON_TARGET,       0,  0, STATE_ON_TARGET },
    { "idle at its minimum",         0,        ACTION_NONE,        REASON_MIN_HOSTS,       0,  0, STATE_ON_TARGET },
    { "pending",                     0,        ACTION_NONE,        REASON_PENDING_HOSTS,   0,  0, STATE_PENDING },
    { "grows",                       0,        ACTION_SCALED,      REASON_BELOW_TARGET,    3,  0, STATE_UP },
    { "shrinks",                     0,        ACTION_SCALED,      REASON_ABOVE_TARGET,   -3,  0, STATE_DOWN },
    { "would grow",                  0,        ACTION_DRY_RUN,     REASON_BELOW_TARGET,    3,  3, STATE_UP },
    { "would shrink",                0,        ACTION_DRY_RUN,     REASON_ABOVE_TARGET,   -3, -3, STATE_DOWN },
    { "read-only, would grow",       0,        ACTION_HELD,        REASON_READ_ONLY,       0,  3, STATE_UP },
    { "read-only, would shrink",     0,        ACTION_HELD,        REASON_READ_ONLY,       0, -3, STATE_DOWN },
    { "dropped in a dry-run",        0,        ACTION_HELD,        REASON_DRY_RUN,         0,  3, STATE_UP },
    { "dry-run, hosts appear",       0,        ACTION_HELD,        REASON_DRY_RUN,         0,  0, STATE_ON_TARGET },
    { "held by a bound",             0,        ACTION_HELD,        REASON_MAX_HOSTS,       0,  0, STATE_HELD },
    { "waits for the window",        0,        ACTION_HELD,        REASON_SCALE_DOWN_WINDOW, 0, 0, STATE_WAITING },
    { "waits after a collapse",      0,        ACTION_HELD,        REASON_OUTAGE_HOLD,     0,  0, STATE_WAITING },
    { "waits for the cooldown",      0,        ACTION_HELD,        REASON_COOLDOWN_DOWN,   0,  0, STATE_WAITING },
    { "delayed growth is held",      0,        ACTION_HELD,        REASON_COOLDOWN_UP,     0,  0, STATE_HELD },
    { "held while one is in flight", 0,        ACTION_HELD,        REASON_REQUEST_IN_FLIGHT, 0, 3, STATE_HELD },
    { "held while stopping",         0,        ACTION_HELD,        REASON_STOPPING,        0,  3, STATE_HELD },
    { "bad data",                    0,        ACTION_HELD,        REASON_FREE_ABOVE_TOTAL, 0, 0, STATE_HELD },
    { "bad data, never read",        STALE,    ACTION_HELD,        REASON_BAD_STATUS,      0,  0, STATE_HELD },
    { "bad definition, never read",  STALE,    ACTION_HELD,        REASON_BAD_ID,          0,  0, STATE_HELD },
    { "never read",                  STALE,    ACTION_NONE,        REASON_NONE,            0,  0, STATE_UNREAD },
    { "read, not decided",           0,        ACTION_NONE,        REASON_NONE,            0,  0, STATE_UNREAD },
    { "listed again",                0,        ACTION_HELD,        REASON_GONE,            0,  0, STATE_UNREAD },
    { "not read for two passes",     STALE,    ACTION_NONE,        REASON_ON_TARGET,       0,  0, STATE_UNREAD },
    { "not read, held by a bound",   STALE,    ACTION_HELD,        REASON_MAX_HOSTS,       0,  0, STATE_UNREAD },
    { "not readable",                STALE,    ACTION_FAILED,      REASON_READ_FAILED,     0,  0, STATE_FAILED },
    { "not readable in this pass",   0,        ACTION_FAILED,      REASON_READ_TIMEOUT,    0,  0, STATE_FAILED },
    { "scale refused",               0,        ACTION_FAILED,      REASON_SCALE_REFUSED,   3,  3, STATE_FAILED },
    { "response lost",               LOST,     ACTION_UNCONFIRMED, REASON_UNCONFIRMED,     3,  0, STATE_UNCONFIRMED },
    { "response lost, held since",   LOST,     ACTION_HELD,        REASON_MAX_HOSTS,       0,  0, STATE_UNCONFIRMED },
    { "response lost, on target",    LOST,     ACTION_NONE,        REASON_ON_TARGET,       0,  0, STATE_UNCONFIRMED },
    { "response lost, not readable", LOST,     ACTION_FAILED,      REASON_READ_FAILED,     0,  0, STATE_FAILED },
    { "paused on target",            PAUSED,   ACTION_NONE,        REASON_ON_TARGET,       0,  0, STATE_PAUSED },
    { "paused, would grow",          PAUSED,   ACTION_HELD,        REASON_PAUSED,          0,  3, STATE_PAUSED },
    { "paused, has just grown",      PAUSED,   ACTION_SCALED,      REASON_BELOW_TARGET,    3,  0, STATE_PAUSED },
    { "paused in a dry-run",         PAUSED,   ACTION_DRY_RUN,     REASON_BELOW_TARGET,    3,  3, STATE_PAUSED },
    { "paused and read-only",        PAUSED,   ACTION_HELD,        REASON_READ_ONLY,       0,  3, STATE_PAUSED },
    { "paused and pending",          PAUSED,   ACTION_NONE,        REASON_PENDING_HOSTS,   0,  0, STATE_PAUSED },
    { "paused at a bound",           PAUSED,   ACTION_HELD,        REASON_MAX_HOSTS,       0,  0, STATE_HELD },
    { "paused with bad data",        PAUSED,   ACTION_HELD,        REASON_BAD_STATUS,      0,  0, STATE_HELD },
    { "paused, never read",          PAUSED | STALE, ACTION_NONE,  REASON_NONE,            0,  0, STATE_UNREAD },
    { "paused, not readable",        PAUSED,   ACTION_FAILED,      REASON_READ_FAILED,     0,  0, STATE_FAILED },
    { "paused, response lost",       PAUSED | LOST, ACTION_HELD,   REASON_PAUSED,          0,  0, STATE_UNCONFIRMED },
    { "resumed, would grow",         0,        ACTION_HELD,        REASON_PAUSED,          0,  3, STATE_UP },
    { "resumed, would shrink",       0,        ACTION_HELD,        REASON_PAUSED,          0, -3, STATE_DOWN },
    { "gone",                        UNLISTED, ACTION_HELD,        REASON_GONE,            0,  0, STATE_GONE },
    { "gone, not readable",          UNLISTED, ACTION_FAILED,      REASON_MISSING,         0,  0, STATE_GONE },
    { "gone, response lost",         UNLISTED | LOST, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, 0, 0, STATE_GONE },
    { "gone, paused",                UNLISTED | PAUSED, ACTION_HELD, REASON_GONE,          0,  0, STATE_GONE },
    { "starved on target",           STARVED,  ACTION_NONE,        REASON_ON_TARGET,       0,  0, STATE_STARVED },
    { "starved and pending",         STARVED,  ACTION_NONE,        REASON_PENDING_HOSTS,   0,  0, STATE_STARVED },
    { "starved, waits for a window", STARVED,  ACTION_HELD,        REASON_SCALE_DOWN_WINDOW, 0, 0, STATE_STARVED },
    { "starved, dark hosts wait",    STARVED,  ACTION_HELD,        REASON_SURPLUS,         0,  0, STATE_STARVED },
    { "starved, grows",              STARVED,  ACTION_SCALED,      REASON_BELOW_TARGET,    3,  0, STATE_STARVED },
    { "starved, would grow",         STARVED,  ACTION_DRY_RUN,     REASON_BELOW_TARGET,    3,  3, STATE_STARVED },
    { "starved at a bound",          STARVED,  ACTION_HELD,        REASON_MAX_HOSTS,       0,  0, STATE_STARVED },
    { "starved and paused",          STARVED | PAUSED, ACTION_HELD, REASON_PAUSED,         0,  3, STATE_STARVED },
    { "starved, response lost",      STARVED | LOST, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, 3, 0, STATE_STARVED },
    { "starved, scale refused",      STARVED,  ACTION_FAILED,      REASON_SCALE_REFUSED,   3,  3, STATE_STARVED },
    { "starved, last read failed",   STARVED,  ACTION_FAILED,      REASON_READ_FAILED,     0,  0, STATE_STARVED },
    { "starved, then bad data",      STARVED,  ACTION_HELD,        REASON_BAD_STATUS,      0,  0, STATE_STARVED },
    { "starved when last read",      STARVED | STALE, ACTION_NONE, REASON_ON_TARGET,       0,  0, STATE_STARVED },
    { "starved, failing for long",   STARVED | STALE, ACTION_FAILED, REASON_READ_FAILED,   0,  0, STATE_STARVED },
    { "starved, bad data for long",  STARVED | STALE, ACTION_HELD, REASON_BAD_STATUS,      0,  0, STATE_STARVED },
    { "starved for long, gone",      STARVED | STALE | UNLISTED, ACTION_HELD, REASON_GONE, 0,  0, STATE_GONE },
    { "starved, listed again",       STARVED,  ACTION_HELD,        REASON_GONE,            0,  0, STATE_UNREAD },
    { "starved and gone",            STARVED | UNLISTED, ACTION_HELD, REASON_GONE,         0,  0, STATE_GONE },
    /* clang-format on */
};

static struct state_facts facts_of(const struct state_case *row)
{
    return (struct state_facts){
        .is_listed = !(row->flags & UNLISTED),
        .is_current = !(row->flags & STALE),
        .is_starved = row->flags & STARVED,
        .is_paused = row->flags & PAUSED,
        .is_unconfirmed = row->flags & LOST,
        .action = row->action,
        .reason = row->reason,
        .delta = row->delta,
        .wanted_delta = row->wanted_delta,
    };
}

static void case_has_its_state(void **state)
{
    const struct state_case *row = *state;
    struct state_facts facts = facts_of(row);
    assert_string_equal(state_row(state_of_facts(&facts))->name, state_row(row->state)->name);
}

/* What a row is beside starved: the state of the same row without that fact. */
static void starvation_hides_no_base_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(state_cases); i++) {
        struct state_facts facts = facts_of(&state_cases[i]);
        enum state base = base_state_of_facts(&facts);
        assert_int_not_equal(base, STATE_STARVED);
        facts.is_starved = false;
        assert_int_equal(state_of_facts(&facts), base);
    }
}

/* clang-format off */
static const struct starved_row {
    const char *name;
    struct status status; /* current, total, free */
    int32_t target_ppb;
    bool is_starved;
} starved_rows[] = {
    { "no server is free",                 { 43,  270,   0 }, 20 * SHARE_PERCENT,  true },
    { "none is free, and none is wanted",  { 43,  430,   0 },  0,                  true },
    { "none is free, unknown target",      {  1,    1,   0 }, -1,                  true },
    { "below half of the target",          { 10,  100,   9 }, 20 * SHARE_PERCENT,  true },
    { "exactly half of the target",        { 10,  100,  10 }, 20 * SHARE_PERCENT, false },
    { "below the target",                  { 10,  100,  15 }, 20 * SHARE_PERCENT, false },
    { "half of an odd target",             {  1, 1000,  75 }, 15 * SHARE_PERCENT, false },
    { "one below half of an odd target",   {  1, 1000,  74 }, 15 * SHARE_PERCENT,  true },
    { "below half of half a percent",      {  1, 1000,   2 }, SHARE_PERCENT / 2,   true },
    { "above half of half a percent",      {  1, 1000,   3 }, SHARE_PERCENT / 2,  false },
    { "below half of the largest target",  {  1, 1000, 499 }, SHARE_WHOLE - 1,     true },
    { "above half of the largest target",  {  1, 1000, 500 }, SHARE_WHOLE - 1,    false },
    { "one free, no target",               { 43,  430,   1 },  0,                 false },
    { "one free, unknown target",          { 43,  430,   1 }, -1,                 false },
    { "all are free",                      { 10,  100, 100 }, 99 * SHARE_PERCENT, false },
    { "hosts without a server",            {  3,    0,   0 }, 20 * SHARE_PERCENT,  true },
    { "hosts without a server, no target", {  3,    0,   0 },  0,                 false },
    { "no hosts",                          {  0,    0,   0 }, 20 * SHARE_PERCENT, false },
    { "the largest numbers, none free",    { INT32_MAX, INT32_MAX, 0 }, SHARE_WHOLE - 1, true },
    { "the largest numbers, all free",     { INT32_MAX, INT32_MAX, INT32_MAX }, SHARE_WHOLE - 1, false },
};
/* clang-format on */

static void status_is_starved_or_not(void **state)
{
    const struct starved_row *row = *state;
    assert_int_equal(status_is_starved(&row->status, row->target_ppb), row->is_starved);
}

static struct deployment starved_deployment(void)
{
    return (struct deployment){
        .is_listed = true,
        .has_status = true,
        .servers_per_host = 10,
        .target_free_ppb = 20 * SHARE_PERCENT,
        .policy = &policy_default,
        .status = { 10, 100, 6 },
        .action = ACTION_NONE,
        .reason = REASON_ON_TARGET,
    };
}

static void the_target_of_the_policy_counts(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    struct deployment deployment = starved_deployment();
    assert_int_equal(deployment_state(&deployment, false, 0), STATE_STARVED);
    policy.target_free_ppb = 12 * SHARE_PERCENT;
    deployment.policy = &policy;
    assert_int_equal(deployment_state(&deployment, false, 0), STATE_ON_TARGET);
    assert_int_equal(deployment_target_ppb(&deployment), 12 * SHARE_PERCENT);
}

/* It is not read: what its status says may be over for long. */
static void a_bad_definition_is_not_starved(void **state)
{
    (void)state;
    struct deployment deployment = starved_deployment();
    deployment.definition_fault = REASON_BAD_TARGET;
    deployment.action = ACTION_HELD;
    deployment.reason = REASON_BAD_TARGET;
    assert_int_equal(deployment_state(&deployment, false, 0), STATE_HELD);
}

int main(void)
{
    struct CMUnitTest states[COUNT_OF(state_cases)];
    struct CMUnitTest starved[COUNT_OF(starved_rows)];
    TESTS_FROM_ROWS(states, state_cases, case_has_its_state);
    TESTS_FROM_ROWS(starved, starved_rows, status_is_starved_or_not);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starvation_hides_no_base_state),
        cmocka_unit_test(the_target_of_the_policy_counts),
        cmocka_unit_test(a_bad_definition_is_not_starved),
    };
    int failed = cmocka_run_group_tests_name("states", states, NULL, NULL);
    failed += cmocka_run_group_tests_name("starved", starved, NULL, NULL);
    failed += cmocka_run_group_tests_name("deployment_state", tests, NULL, NULL);
    return failed;
}
