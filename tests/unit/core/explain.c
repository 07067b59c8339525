/* How a decision is explained, line by line. */
#include "engine/core/explain.h"

#include "tests/support/policy_setup.h"
#include "tests/support/test.h"

#include <string.h>

#define LINE_SIZE EXPLANATION_TEXT_SIZE

static const struct line_row {
    const char *name;
    struct setup in;
    size_t index;
    const char *line;
} line_rows[] = {
    /* clang-format off */
    { "line: plausible", { SHORT_OF_ONE }, RULE_PLAUSIBLE,
        "plausible: free 10 <= total 100, 10 hosts with 10 servers each" },
    { "line: inconsistent", { .status = { 10, 120, 10 } }, RULE_PLAUSIBLE,
        "plausible: free 10 <= total 120, 10 hosts with 10 servers each; inconsistent, 20 servers too many: of hosts that just left" },
    { "line: hosts that do not serve", { .status = { 43, 270, 0 } }, RULE_PLAUSIBLE,
        "plausible: free 0 <= total 270, 43 hosts with 10 servers each; 27 of 43 hosts serve" },
    { "line: one server is enough to serve", { .status = { 10, 91, 10 } }, RULE_PLAUSIBLE,
        "plausible: free 10 <= total 91, 10 hosts with 10 servers each" },
    { "line: no host serves", { .status = { 3, 0, 0 } }, RULE_PLAUSIBLE,
        "plausible: free 0 <= total 0, 3 hosts with 10 servers each; 0 of 3 hosts serve" },
    { "line: bad data", { SHORT_OF_ONE, .fault = REASON_FREE_ABOVE_TOTAL }, RULE_PLAUSIBLE,
        "free_above_total: The status counts more free servers than servers." },
    { "line: desired", { SHORT_OF_ONE }, RULE_DESIRED,
        "desired: busy 100 - 10 = 90; ceil(90 / (10 x (100% - 15%))) = 11 hosts" },
    { "line: base", { SHORT_OF_ONE }, RULE_BASE,
        "base: hosts 10 + pending 0 = 10; delta 11 - 10 = +1" },
    { "line: base with pending", { SHORT_OF_ONE, .pending_hosts = 3, .unconfirmed_hosts = 2 }, RULE_BASE,
        "base: hosts 10 + pending 3 (unconfirmed +2) = 13; delta 11 - 13 = -2" },
    { "line: base with removals and unready", { SHORT_OF_ONE, .pending_hosts = -3, .unconfirmed_hosts = -3, .unready_hosts = 2 }, RULE_BASE,
        "base: hosts 10 - unready 2 - pending 3 (unconfirmed -3) = 5; delta 11 - 5 = +6" },
    { "line: window", { NINE_TOO_MANY, .desired_high = 11 }, RULE_SCALE_DOWN_WINDOW,
        "scale_down_window 15m: highest desired 11: ok" },
    { "line: window cut", { NINE_TOO_MANY, .desired_high = 15 }, RULE_SCALE_DOWN_WINDOW,
        "scale_down_window 15m: highest desired 15: -9 -> -5" },
    { "line: window held", { NINE_TOO_MANY, .desired_high = 23 }, RULE_SCALE_DOWN_WINDOW,
        "scale_down_window 15m: highest desired 23: -9 -> +0" },
    { "line: ahead", { ON_TARGET, AHEAD(4, 1) }, RULE_LOOKAHEAD,
        "lookahead 150s: busy 90 + rise 4 + mean error 1 = 95, 12 hosts: +0 -> +1" },
    { "line: no rise", { SHORT_OF_ONE, AHEAD(0, 0) }, RULE_LOOKAHEAD,
        "lookahead 150s: busy 90 + rise 0 + mean error 0 = 90, 11 hosts: ok" },
    { "line: ahead, exists already", { ONE_TOO_MANY, AHEAD(4, 0) }, RULE_LOOKAHEAD,
        "lookahead 150s: busy 90 + rise 4 + mean error 0 = 94, 12 hosts: -1 -> +0" },
    { "line: ahead, limited", { ON_TARGET, AHEAD(40, 0) }, RULE_LOOKAHEAD,
        "lookahead 150s: busy 90 + rise 20 + mean error 0 = 110, 13 hosts, at most 13: +0 -> +2" },
    { "line: a limited reserve", { ON_TARGET, SURGE(260) }, RULE_SURGE_RESERVE,
        "surge_reserve 80%: peak forecast error 260; 208 free beside busy 90, 13 hosts, at most 13: +0 -> +2" },
    { "line: catching up", { ON_TARGET, .outlook = { .horizon_ms = 150000, .mean_error_servers = 4, .is_trending = true, .is_catching_up = true } }, RULE_LOOKAHEAD,
        "lookahead 150s: busy 90 catching up, no trend; + mean error 4 = 94, 12 hosts: +0 -> +1" },
    { "line: lookahead off", { ON_TARGET, .is_formula_only = true }, RULE_LOOKAHEAD, "lookahead off: ok" },
    { "line: surge", { ON_TARGET, SURGE(26) }, RULE_SURGE_RESERVE,
        "surge_reserve 80%: peak forecast error 26; 21 free beside busy 90, 12 hosts: +0 -> +1" },
    { "line: a surge with room", { ON_TARGET, SURGE(1) }, RULE_SURGE_RESERVE,
        "surge_reserve 80%: peak forecast error 1; 1 free beside busy 90, 10 hosts: ok" },
    { "line: no surge", { ON_TARGET, SURGE(0) }, RULE_SURGE_RESERVE,
        "surge_reserve 80%: peak forecast error 0: ok" },
    { "line: no reserve", { ON_TARGET, SURGE(26), .is_formula_only = true }, RULE_SURGE_RESERVE, "surge_reserve off: ok" },
    { "line: saturated", { SHORT_OF_TWO, SATURATED(3) }, RULE_SATURATION_STEP,
        "saturation_step 20%: no server free in 3 passes; hosts 10 + 2 = 12: ok" },
    { "line: saturated for longer", { SHORT_OF_TWO, SATURATED(4) }, RULE_SATURATION_STEP,
        "saturation_step 20%: no server free in 4 passes; hosts 12 + 2 = 14: +2 -> +4" },
    { "line: saturated for a pass", { SHORT_OF_TWO, SATURATED(1) }, RULE_SATURATION_STEP,
        "saturation_step 20%: no server free in 1 pass: ok" },
    { "line: saturated for too long", { SHORT_OF_TWO, SATURATED(121) }, RULE_SATURATION_STEP,
        "saturation_step 20%: no server free in 121 passes; no effect after 120: ok" },
    { "line: hosts went", { SHORT_OF_TWO, .outlook = { .saturated_passes = 2, .waiting_servers = 200 } }, RULE_SATURATION_STEP,
        "saturation_step 20%: no server free, busy 200 before hosts went; 24 hosts: +2 -> +14" },
    { "line: not saturated", { NOTHING }, RULE_SATURATION_STEP, "saturation_step 20%: not saturated: ok" },
    { "line: no saturation", { SHORT_OF_TWO, SATURATED(3), .is_formula_only = true }, RULE_SATURATION_STEP, "saturation_step off: ok" },
    { "line: min free", { ON_TARGET, .min_free = 21 }, RULE_MIN_FREE_SERVERS,
        "min_free_servers 21 beside busy 90, 12 hosts: +0 -> +1" },
    { "line: auto min free", { ON_TARGET, .min_free = MIN_FREE_AUTO }, RULE_MIN_FREE_SERVERS,
        "min_free_servers 19 (auto) beside busy 90, 11 hosts: ok" },
    { "line: auto min free without demand", { ALL_FREE, .min_free = MIN_FREE_AUTO }, RULE_MIN_FREE_SERVERS,
        "min_free_servers 0 (auto): ok" },
    { "line: no min free", { ON_TARGET }, RULE_MIN_FREE_SERVERS, "min_free_servers 0: ok" },
    { "line: outage", { NINE_TOO_MANY, .outlook = { .outage_left_ms = 1770001 }, .outage_high = 20 }, RULE_OUTAGE_HOLD,
        "outage_hold 30m: demand dropped, highest desired 20 for another 30m: -9 -> +0" },
    { "line: outage, soon over", { SHORT_OF_ONE, .outlook = { .outage_left_ms = 59001 }, .outage_high = 20 }, RULE_OUTAGE_HOLD,
        "outage_hold 30m: demand dropped, highest desired 20 for another 1m: ok" },
    { "line: no outage", { NINE_TOO_MANY }, RULE_OUTAGE_HOLD, "outage_hold 30m: ok" },
    { "line: no hold", { NINE_TOO_MANY, .is_formula_only = true }, RULE_OUTAGE_HOLD, "outage_hold off: ok" },
    { "line: pending", { NINE_TOO_MANY, .pending_hosts = 2 }, RULE_PENDING,
        "pending: 2 not seen yet, not removed before they come: -11 -> -9" },
    { "line: undrained", { ON_TARGET, .pending_hosts = -2, .undrained_hosts = 2 }, RULE_PENDING,
        "pending: 2 to be removed are still there, not replaced: +2 -> +0" },
    { "line: nothing pending", { SHORT_OF_ONE }, RULE_PENDING, "pending: ok" },
    { "line: pending and needed", { SHORT_OF_TWO, .pending_hosts = 1 }, RULE_PENDING, "pending: ok" },
    { "line: trusted, some pending", { NINE_TOO_MANY, .pending_hosts = 2 }, RULE_SHRINK_DOUBT, "discovery is trusted: ok" },
    { "line: trusted", { NINE_TOO_MANY }, RULE_SHRINK_DOUBT, "discovery is trusted: ok" },
    { "line: distrusted", { NINE_TOO_MANY, .is_shrink_latched = true }, RULE_SHRINK_DOUBT,
        "discovery lost many deployments: nothing shrinks: -9 -> +0" },
    { "line: a kept definition", { NINE_TOO_MANY, .entry_fault = REASON_BAD_TARGET }, RULE_SHRINK_DOUBT,
        "the last list has bad_target, the last good definition is used: nothing shrinks: -9 -> +0" },
    { "line: a kept definition, growth", { SHORT_OF_ONE, .entry_fault = REASON_BAD_TARGET }, RULE_SHRINK_DOUBT,
        "the last list has bad_target, the last good definition is used: nothing shrinks: ok" },
    { "line: no servers", { .status = { 10, 0, 0 } }, RULE_SHRINK_DOUBT,
        "hosts without a server: nothing shrinks: -10 -> +0" },
    { "line: min", { NOTHING, .min_hosts = 2 }, RULE_MIN_HOSTS, "min_hosts 2: +0 -> +2" },
    { "line: min unused", { SHORT_OF_ONE }, RULE_MIN_HOSTS, "min_hosts 1: ok" },
    { "line: no max", { SHORT_OF_ONE }, RULE_MAX_HOSTS, "max_hosts none: ok" },
    { "line: max", { SHORT_OF_ONE, .max_hosts = 10 }, RULE_MAX_HOSTS, "max_hosts 10: +1 -> +0" },
    { "line: start", { NINE_TOO_MANY, .start_hosts = 20, .start_left_ms = 899001 }, RULE_START_HOLD,
        "start_hold: not below the first 20 hosts for another 15m: -9 -> +0" },
    { "line: start, one status", { NINE_TOO_MANY, .start_hosts = 18 }, RULE_START_HOLD,
        "start_hold: not below the first 18 hosts before a second status: -9 -> -2" },
    { "line: start and growth", { SHORT_OF_ONE, .start_hosts = 10, .start_left_ms = 1 }, RULE_START_HOLD, "start_hold: ok" },
    { "line: start over", { NINE_TOO_MANY }, RULE_START_HOLD, "start_hold: ok" },
    { "line: no start", { NINE_TOO_MANY, .is_formula_only = true }, RULE_START_HOLD, "start_hold off: ok" },
    { "line: growth", { SHORT_OF_ONE, .growth_base = 20 }, RULE_MAX_GROWTH,
        "max_growth_per_hour 140: ok" },
    { "line: growth, cut", { .status = { 20, 200, 0 }, .min_free = 10630, .growth_base = 1 }, RULE_MAX_GROWTH,
        "max_growth_per_hour 700% of 1, at least 100 = 100: +1063 -> +100" },
    { "line: growth of this hour", { FULL_AND_MORE, .growth_base = 20, .grown = 49, .grown_left_ms = 60001 }, RULE_MAX_GROWTH,
        "max_growth_per_hour 700% of 20, at least 100 = 140; 49 ordered, 91 left, more in 61s: +92 -> +91" },
    { "line: growth of hosts", { FULL_AND_MORE, .growth = HOSTS(7), .grown = 3, .grown_left_ms = 60000 }, RULE_MAX_GROWTH,
        "max_growth_per_hour 7; 3 ordered, 4 left, more in 1m: +92 -> +4" },
    { "line: growth of hosts, none yet", { SHORT_OF_ONE, .growth = HOSTS(7) }, RULE_MAX_GROWTH, "max_growth_per_hour 7: ok" },
    { "line: no limit of growth", { SHORT_OF_ONE, .is_growth_off = true }, RULE_MAX_GROWTH, "max_growth_per_hour off: ok" },
    { "line: growth without effect", { SHORT_OF_ONE, .growth_wait_ms = 90000 }, RULE_MAX_GROWTH,
        "max_growth_per_hour: the hosts that came changed nothing, no order for another 90s: +1 -> +0" },
    { "line: not countable", { ABSURD_TARGET }, RULE_MAX_GROWTH,
        "max_growth_per_hour: 10000000000 hosts cannot be counted: +9999999990 -> +0" },
    { "line: no step", { SHORT_OF_ONE }, RULE_MAX_STEP, "max_step_up none: ok" },
    { "line: no step down", { NINE_TOO_MANY }, RULE_MAX_STEP, "max_step_down none: ok" },
    { "line: step of hosts", { SHORT_OF_TWO, .up = HOSTS(1) }, RULE_MAX_STEP, "max_step_up 1: +2 -> +1" },
    { "line: step of a share", { NINE_TOO_MANY, .down = SHARE(12) }, RULE_MAX_STEP,
        "max_step_down 12% = 3: -9 -> -3" },
    { "line: cooldown up", { SHORT_OF_ONE, .up_left_ms = 90000 }, RULE_COOLDOWN,
        "cooldown_up for another 90s: +1 -> +0" },
    { "line: cooldown up in odd milliseconds", { SHORT_OF_ONE, .up_left_ms = 89001 }, RULE_COOLDOWN,
        "cooldown_up for another 90s: +1 -> +0" },
    { "line: cooldown down over", { NINE_TOO_MANY }, RULE_COOLDOWN, "cooldown_down: ok" },
    { "line: free", { SHORT_OF_ONE }, RULE_GATE, "gate: free to send" },
    { "line: dry-run", { SHORT_OF_ONE, .gate = REASON_DRY_RUN }, RULE_GATE, "dry_run: +1 is not sent" },
    { "line: dry-run, on target", { ON_TARGET, .gate = REASON_DRY_RUN }, RULE_GATE,
        "dry_run: Scale requests are computed and shown, not sent." },
    { "line: paused", { SHORT_OF_ONE, .gate = REASON_PAUSED }, RULE_GATE,
        "paused: Scaling is paused, for all or for this deployment." },
    /* clang-format on */
};

static void row_has_its_explanation(void **state)
{
    const struct line_row *row = *state;
    struct policy policy;
    struct decision_input in = setup_input(&row->in, &policy);
    struct decision decision;
    decide(&in, &decision);
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    struct explanation step;
    explain_step(&in, &decision, row->index, &step);
    explanation_add(&text, &step);
    assert_string_equal(storage, row->line);
    assert_false(text.was_cut);
}

/* The largest possible numbers, with every rule active: nothing may be cut. */
static void check_longest(const struct decision_input *in, size_t *longest)
{
    struct decision decision;
    decide(in, &decision);
    for (size_t i = 0; i < decision.step_count; i++) {
        char storage[EXPLANATION_TEXT_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        struct explanation step;
        explain_step(in, &decision, i, &step);
        explanation_add(&text, &step);
        if (text.was_cut)
            fail_msg("cut off: %s", storage);
        *longest = strlen(storage) > *longest ? strlen(storage) : *longest;
    }
}

#define MOST INT32_MAX
#define LEAST_TARGET_LEFT (SHARE_WHOLE - 1)

static void no_explanation_is_cut(void **state)
{
    (void)state;
    struct policy policy = {
        .min_hosts = MOST,
        .max_hosts = MOST - 1,
        .max_step_up = { STEP_SHARE, SHARE_WHOLE - 1 },
        .max_step_down = { STEP_SHARE, SHARE_WHOLE - 1 },
        .max_growth_per_hour = { STEP_SHARE, (int64_t)100 * SHARE_WHOLE - 1 },
        .scale_down_window_ms = 86399999,
        .lookahead_ms = 3599999,
        .surge_reserve_ppb = SHARE_WHOLE - 1,
        .saturation_step_ppb = SHARE_WHOLE - 1,
        .outage_hold_ms = 86399999,
    };
    static const int32_t min_free[] = { 1000000000, MIN_FREE_AUTO };
    static const int32_t free[] = { 0, 1, MOST };
    static const int32_t pending[] = { MOST, -MOST };
    static const int32_t per_host[] = { 1, MOST };
    static const uint8_t saturated[] = { 1, 20, 255 };
    size_t longest = 0;
    for (int i = 0; i < 72; i++) {
        policy.min_free_servers = min_free[i % 2];
        struct decision_input in = {
            .policy = &policy,
            .servers_per_host = per_host[i / 2 % 2],
            .target_free_ppb = i / 2 % 2 ? 12345678 : LEAST_TARGET_LEFT,
            .status = { MOST - 2 * (i / 36), MOST, free[i / 4 % 3] },
            .pending_hosts = pending[i / 12 % 2],
            .unconfirmed_hosts = pending[i / 12 % 2],
            .undrained_hosts = MOST,
            .unready_hosts = MOST - 2,
            .drain_servers = MOST,
            .drain_correction = free[i / 4 % 3],
            .outlook = { MOST, MOST, MOST, MOST, MOST, MOST, MOST, saturated[i / 12 % 3], true,
                         i % 2 == 0 },
            .desired_high = -(i / 36),
            .outage_high = MOST,
            .start_hosts = MOST,
            .start_left_ms = MOST,
            .cooldown_up_left_ms = MOST,
            .cooldown_down_left_ms = MOST,
            .growth_base_hosts = MOST,
            .grown_hosts = MOST,
            .grown_left_ms = 3899999,
            .growth_wait_ms = i / 8 % 2 ? 3599999 : 0,
            .gate = i % 2 ? REASON_DRY_RUN : REASON_UNCONFIRMED,
        };
        check_longest(&in, &longest);
    }
    for (int reason = 1; reason < REASON_COUNT; reason++) {
        struct decision_input in = { .policy = &policy_default,
                                     .servers_per_host = 1,
                                     .fault = (enum reason)reason };
        check_longest(&in, &longest);
        in.fault = REASON_NONE;
        in.gate = (enum reason)reason;
        check_longest(&in, &longest);
    }
    assert_true(longest > 150);
}

int main(void)
{
    struct CMUnitTest lines[COUNT_OF(line_rows)];
    TESTS_FROM_ROWS(lines, line_rows, row_has_its_explanation);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(no_explanation_is_cut),
    };
    int failed = cmocka_run_group_tests_name("policy: explanation", lines, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy: invariants", laws, NULL, NULL);
    return failed;
}
