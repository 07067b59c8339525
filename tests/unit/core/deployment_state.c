#include "engine/core/deployment_state.h"

#include "tests/support/test.h"

enum { UNLISTED = 1, STALE = 2, PAUSED = 4, LOST = 8 };

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
    /* clang-format on */
};

static void case_has_its_state(void **state)
{
    const struct state_case *row = *state;
    struct state_facts facts = {
        .is_listed = !(row->flags & UNLISTED),
        .is_current = !(row->flags & STALE),
        .is_paused = row->flags & PAUSED,
        .is_unconfirmed = row->flags & LOST,
        .action = row->action,
        .reason = row->reason,
        .delta = row->delta,
        .wanted_delta = row->wanted_delta,
    };
    assert_string_equal(state_row(state_of_facts(&facts))->name, state_row(row->state)->name);
}

int main(void)
{
    struct CMUnitTest states[COUNT_OF(state_cases)];
    TESTS_FROM_ROWS(states, state_cases, case_has_its_state);
    return cmocka_run_group_tests_name("states", states, NULL, NULL);
}
