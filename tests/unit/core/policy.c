#include "engine/core/decision.h"
#include "engine/core/explain.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/snapshot.h"
#include "tests/support/test.h"

#include <string.h>

#define PCT(percent) ((percent)*SHARE_PERCENT)
#define LINE_SIZE EXPLANATION_TEXT_SIZE
#define RANDOM_DECISIONS 200000

/* Differences from a healthy deployment of ten servers a host at 15 %, with the default policy. Zero: none. */
struct setup {
    struct status status;
    int32_t pending_hosts, coming_hosts, undrained_hosts, unconfirmed_hosts, unready_hosts;
    int32_t desired_high;
    int32_t min_hosts, max_hosts; /* min: 0 is one host, NO_MINIMUM is none */
    struct step_limit up, down;
    int32_t up_left_ms, down_left_ms;
    int32_t start_hosts, start_left_ms;
    enum reason gate, fault;
    bool is_shrink_latched;
    enum reason entry_fault;
    struct outlook outlook;
    int32_t outage_high;
    int32_t min_free;
    bool is_formula_only;     /* all other rules of STAGE_DESIRED are off */
    struct step_limit growth; /* STEP_UNLIMITED: the default */
    bool is_growth_off;
    int32_t growth_base, grown, grown_left_ms, growth_wait_ms;
    int32_t servers_per_host; /* 0: ten */
    int32_t target_free_ppb;  /* 0: 15 % */
};

#define NO_MINIMUM (-1)

/* The policy is stored beside the input, which borrows it. */
/* All servers of the leaving hosts exist. */
static int32_t drain_servers(const struct status *status, int32_t pending_hosts,
                             int32_t coming_hosts, int32_t servers_per_host)
{
    int64_t coming = max_i64(coming_hosts, max_i64(0, pending_hosts));
    return (int32_t)min_i64(status->total_servers, (coming - pending_hosts) * servers_per_host);
}

static struct decision_input build(const struct setup *setup, struct policy *ret_policy)
{
    *ret_policy = setup->is_formula_only ? policy_formula : policy_default;
    /* The rows count with four fifths of the peak error. */
    if (!setup->is_formula_only)
        ret_policy->surge_reserve_ppb = 80 * SHARE_PERCENT;
    ret_policy->min_free_servers = setup->min_free;
    ret_policy->min_hosts = setup->min_hosts == 0 ? 1 : (int32_t)max_i64(0, setup->min_hosts);
    ret_policy->max_hosts = setup->max_hosts == 0 ? HOSTS_UNLIMITED : setup->max_hosts;
    ret_policy->max_step_up = setup->up;
    ret_policy->max_step_down = setup->down;
    if (setup->growth.kind != STEP_UNLIMITED || setup->is_growth_off)
        ret_policy->max_growth_per_hour = setup->growth;
    return (struct decision_input){
        .policy = ret_policy,
        .fault = setup->fault,
        .servers_per_host = setup->servers_per_host > 0 ? setup->servers_per_host : 10,
        .target_free_ppb = setup->target_free_ppb > 0 ? setup->target_free_ppb : PCT(15),
        .status = setup->status,
        .pending_hosts = setup->pending_hosts,
        .coming_hosts = setup->coming_hosts,
        .unconfirmed_hosts = setup->unconfirmed_hosts,
        .unready_hosts = setup->unready_hosts,
        .undrained_hosts = setup->undrained_hosts,
        .drain_servers =
            drain_servers(&setup->status, setup->pending_hosts, setup->coming_hosts, 10),
        .outlook = setup->outlook,
        .desired_high = setup->desired_high,
        .outage_high = setup->outage_high,
        .start_hosts = setup->start_hosts,
        .start_left_ms = setup->start_left_ms,
        .cooldown_up_left_ms = setup->up_left_ms,
        .cooldown_down_left_ms = setup->down_left_ms,
        .growth_base_hosts = setup->growth_base,
        .grown_hosts = setup->grown,
        .grown_left_ms = setup->grown_left_ms,
        .growth_wait_ms = setup->growth_wait_ms,
        .gate = setup->gate,
        .is_shrink_latched = setup->is_shrink_latched,
        .entry_fault = setup->entry_fault,
    };
}

#define HOSTS(n)                                                                                   \
    {                                                                                              \
        STEP_HOSTS, n                                                                              \
    }
#define SHARE(percent)                                                                             \
    {                                                                                              \
        STEP_SHARE, PCT(percent)                                                                   \
    }

/* 90 busy servers need 11 hosts, 100 need 12, 190 need 23. */
#define SHORT_OF_ONE .status = { 10, 100, 10 }
#define SHORT_OF_TWO .status = { 10, 100, 0 }
#define ON_TARGET .status = { 11, 110, 20 }
#define NINE_TOO_MANY .status = { 20, 200, 110 }
#define ALL_FREE .status = { 5, 50, 50 }
#define NOTHING .status = { 0, 0, 0 }
#define ONE_TOO_MANY .status = { 12, 120, 30 }
#define ABSURD_TARGET .status = { 10, 100, 0 }, .target_free_ppb = SHARE_WHOLE - 1
#define FULL_AND_MORE .status = { 20, 200, 0 }, .min_free = 920
/* With one server a host, 2^30 - 1 + n busy servers at half need 2^31 - 2 + 2n hosts; 2^31 - 1 can be counted. */
#define MOST_SERVERS(n)                                                                            \
    .status = { 1073741823, 1073741823, 0 }, .servers_per_host = 1, .target_free_ppb = PCT(50),    \
    AHEAD((n)-1, 0)

/* With 90 busy, four more need a twelfth host. So does a peak error of 26: 21 free servers. */
#define AHEAD(rise, usual)                                                                         \
    .outlook = { .horizon_ms = 150000,                                                             \
                 .rise_servers = rise,                                                             \
                 .mean_error_servers = usual,                                                      \
                 .is_trending = true }
#define SURGE(servers) .outlook = { .peak_error_servers = servers }
#define SATURATED(passes) .outlook = { .saturated_passes = passes }
#define OUTAGE(high) .outlook = { .outage_left_ms = 1000 }, .outage_high = high
#define ALL_OF(rise, usual, surge)                                                                 \
    .outlook = { .rise_servers = rise,                                                             \
                 .mean_error_servers = usual,                                                      \
                 .peak_error_servers = surge,                                                      \
                 .is_trending = true }

static const struct policy_row {
    const char *name;
    struct setup in;
    enum action action;
    enum reason reason;
    int32_t delta;
} policy_rows[] = {
    /* clang-format off */
    { "formula: one short",              { SHORT_OF_ONE },                       ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "formula: on target",              { ON_TARGET },                          ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "formula: one too many",           { .status = { 12, 120, 30 } },          ACTION_SCALED, REASON_ABOVE_TARGET, -1 },
    { "formula: all free, down to min",  { .status = { 10, 100, 100 } },         ACTION_SCALED, REASON_MIN_HOSTS,    -9 },
    { "formula: no host, up to min",     { NOTHING },                            ACTION_SCALED, REASON_MIN_HOSTS,     1 },

    { "pending: requested already",      { SHORT_OF_ONE, .pending_hosts = 1 },   ACTION_NONE,   REASON_PENDING_HOSTS, 0 },
    { "pending: one more than needed is not removed", { SHORT_OF_ONE, .pending_hosts = 2 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "pending: only existing hosts are removed", { NINE_TOO_MANY, .pending_hosts = 2 }, ACTION_SCALED, REASON_PENDING_HOSTS, -9 },
    { "pending: removals do not keep other hosts", { NINE_TOO_MANY, .pending_hosts = -2 }, ACTION_SCALED, REASON_ABOVE_TARGET, -7 },
    { "pending: removals do not offset added hosts", { NINE_TOO_MANY, .pending_hosts = -4, .coming_hosts = 2 }, ACTION_SCALED, REASON_PENDING_HOSTS, -3 },
    { "pending: one removal",            { SHORT_OF_ONE, .pending_hosts = -1 },  ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "pending: zero hosts, min is pending", { NOTHING, .pending_hosts = 1 },    ACTION_NONE,   REASON_PENDING_HOSTS, 0 },

    { "unready: none, no surplus",       { .status = { 12, 100, 10 } },          ACTION_HELD,   REASON_SURPLUS,       0 },
    { "unready: as many as spare",       { .status = { 12, 100, 10 }, .unready_hosts = 1 }, ACTION_NONE, REASON_ON_TARGET, 0 },
    { "unready: more than spare",        { .status = { 12, 100, 10 }, .unready_hosts = 2 }, ACTION_SCALED, REASON_BELOW_TARGET, 1 },
    { "unready: all, new ones for min",  { .status = { 3, 0, 0 }, .unready_hosts = 3 }, ACTION_SCALED, REASON_MIN_HOSTS, 1 },

    { "window: lower",                   { NINE_TOO_MANY, .desired_high = 10 },  ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "window: the same",                { NINE_TOO_MANY, .desired_high = 11 },  ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "window: one more",                { NINE_TOO_MANY, .desired_high = 12 },  ACTION_SCALED, REASON_SCALE_DOWN_WINDOW, -8 },
    { "window: one below existing",      { NINE_TOO_MANY, .desired_high = 19 },  ACTION_SCALED, REASON_SCALE_DOWN_WINDOW, -1 },
    { "window: existing",                { NINE_TOO_MANY, .desired_high = 20 },  ACTION_HELD,   REASON_SCALE_DOWN_WINDOW, 0 },
    { "window: never adds hosts",        { NINE_TOO_MANY, .desired_high = 21 },  ACTION_HELD,   REASON_SCALE_DOWN_WINDOW, 0 },
    { "window: growth is not changed",   { SHORT_OF_ONE, .desired_high = 99 },   ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "window: on target",               { ON_TARGET, .desired_high = 99 },      ACTION_NONE,   REASON_ON_TARGET,     0 },

    { "start: down to the first hosts",  { NINE_TOO_MANY, .start_hosts = 15 },   ACTION_SCALED, REASON_START_HOLD,   -5 },
    { "start: all of the first hosts stay", { NINE_TOO_MANY, .start_hosts = 20 }, ACTION_HELD,  REASON_START_HOLD,    0 },
    { "start: never adds hosts",         { NINE_TOO_MANY, .start_hosts = 30 },   ACTION_HELD,   REASON_START_HOLD,    0 },
    { "start: first hosts below the desired ones", { NINE_TOO_MANY, .start_hosts = 11 }, ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "start: over",                     { NINE_TOO_MANY },                      ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "start: growth is not changed",    { SHORT_OF_ONE, .start_hosts = 10 },    ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "start: on target",                { ON_TARGET, .start_hosts = 11 },       ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "start: a lowered max waits",      { NINE_TOO_MANY, .max_hosts = 15, .start_hosts = 20 }, ACTION_HELD, REASON_START_HOLD, 0 },
    { "start: a lowered max waits in part", { .status = { 20, 200, 60 }, .max_hosts = 12, .start_hosts = 18 }, ACTION_SCALED, REASON_START_HOLD, -2 },
    { "start: a max that was low already", { .status = { 20, 200, 60 }, .max_hosts = 18, .start_hosts = 17 }, ACTION_SCALED, REASON_ABOVE_TARGET, -3 },
    { "start: pending hosts are not the first ones", { NINE_TOO_MANY, .pending_hosts = 5, .start_hosts = 18 }, ACTION_SCALED, REASON_START_HOLD, -2 },
    { "start: pending removals count",   { NINE_TOO_MANY, .pending_hosts = -1, .start_hosts = 18 }, ACTION_SCALED, REASON_START_HOLD, -1 },
    { "start: unready hosts do not count", { .status = { 20, 180, 90 }, .unready_hosts = 2, .start_hosts = 17 }, ACTION_SCALED, REASON_START_HOLD, -1 },
    { "start: then the surplus",         { .status = { 20, 130, 20 }, .start_hosts = 10 }, ACTION_HELD, REASON_SURPLUS, 0 },

    { "latch: shrinking waits",          { NINE_TOO_MANY, .is_shrink_latched = true }, ACTION_HELD, REASON_DISCOVERY_SHRANK, 0 },
    { "latch: growth continues",         { SHORT_OF_ONE, .is_shrink_latched = true }, ACTION_SCALED, REASON_BELOW_TARGET, 1 },
    { "bad entry: shrinking waits",      { NINE_TOO_MANY, .entry_fault = REASON_BAD_TARGET }, ACTION_HELD, REASON_KEPT_DEFINITION, 0 },
    { "bad entry: nor for max_hosts",    { NINE_TOO_MANY, .max_hosts = 15, .entry_fault = REASON_BAD_TARGET }, ACTION_HELD, REASON_KEPT_DEFINITION, 0 },
    { "bad entry: growth continues",     { SHORT_OF_ONE, .entry_fault = REASON_BAD_ENTRY }, ACTION_SCALED, REASON_BELOW_TARGET, 1 },
    { "bad entry: within max_hosts",     { SHORT_OF_TWO, .max_hosts = 11, .entry_fault = REASON_BAD_ENTRY }, ACTION_SCALED, REASON_MAX_HOSTS, 1 },
    { "bad entry: on target",            { ON_TARGET, .entry_fault = REASON_BAD_TARGET }, ACTION_HELD, REASON_KEPT_DEFINITION, 0 },
    { "bad entry: pending",              { SHORT_OF_ONE, .pending_hosts = 1, .entry_fault = REASON_BAD_TARGET }, ACTION_HELD, REASON_KEPT_DEFINITION, 0 },
    { "bad entry: in the window",        { NINE_TOO_MANY, .desired_high = 20, .entry_fault = REASON_BAD_TARGET }, ACTION_HELD, REASON_KEPT_DEFINITION, 0 },
    { "latch: on target",                { ON_TARGET, .is_shrink_latched = true }, ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "latch: no shrinking for max_hosts", { NINE_TOO_MANY, .max_hosts = 15, .is_shrink_latched = true }, ACTION_HELD, REASON_DISCOVERY_SHRANK, 0 },
    { "latch: no growth above max_hosts", { .status = { 20, 200, 10 }, .max_hosts = 15, .is_shrink_latched = true }, ACTION_HELD, REASON_MAX_HOSTS, 0 },

    { "pending: all spare hosts",        { ON_TARGET, .pending_hosts = 1 },      ACTION_NONE,   REASON_PENDING_HOSTS, 0 },
    { "pending: one spare host exists",  { ONE_TOO_MANY, .pending_hosts = 1 },   ACTION_SCALED, REASON_PENDING_HOSTS, -1 },
    { "pending: as many as are spare",   { NINE_TOO_MANY, .pending_hosts = 9 },  ACTION_SCALED, REASON_PENDING_HOSTS, -9 },
    { "pending: held by the window first", { NINE_TOO_MANY, .pending_hosts = 1, .desired_high = 21 }, ACTION_HELD, REASON_SCALE_DOWN_WINDOW, 0 },
    { "pending: after the window",       { NINE_TOO_MANY, .pending_hosts = 1, .desired_high = 20 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },

    { "undrained: all that are missing", { ON_TARGET, .pending_hosts = -2, .undrained_hosts = 2 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "undrained: one only",             { ON_TARGET, .pending_hosts = -2, .undrained_hosts = 1 }, ACTION_SCALED, REASON_PENDING_HOSTS, 1 },
    { "undrained: none yet",             { ON_TARGET, .pending_hosts = -2 },     ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "undrained: more than missing",    { ONE_TOO_MANY, .pending_hosts = -2, .undrained_hosts = 2 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "undrained: fewer than missing",   { SHORT_OF_ONE, .pending_hosts = -3, .undrained_hosts = 3 }, ACTION_SCALED, REASON_PENDING_HOSTS, 1 },
    { "undrained: shrinking continues",  { NINE_TOO_MANY, .pending_hosts = -2, .undrained_hosts = 2 }, ACTION_SCALED, REASON_ABOVE_TARGET, -7 },
    { "undrained: they count for min_hosts", { ALL_FREE, .min_hosts = 5, .pending_hosts = -2, .undrained_hosts = 2 }, ACTION_NONE, REASON_MIN_HOSTS, 0 },

    { "ahead: no rise",                  { ON_TARGET, AHEAD(0, 0) },             ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "ahead: less than a host",         { ON_TARGET, AHEAD(3, 0) },             ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "ahead: a rise of a host",         { ON_TARGET, AHEAD(4, 0) },             ACTION_SCALED, REASON_LOOKAHEAD,     1 },
    { "ahead: a mean error of a host",   { ON_TARGET, AHEAD(0, 4) },             ACTION_SCALED, REASON_LOOKAHEAD,     1 },
    { "ahead: short, and a rise",        { SHORT_OF_ONE, AHEAD(4, 0) },          ACTION_SCALED, REASON_LOOKAHEAD,     2 },
    { "ahead: short, the rise adds nothing", { SHORT_OF_ONE, AHEAD(3, 0) },      ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "ahead: exists already",           { ONE_TOO_MANY, AHEAD(4, 0) },          ACTION_NONE,   REASON_LOOKAHEAD,     0 },
    { "ahead: ordered already",          { ON_TARGET, AHEAD(4, 0), .pending_hosts = 1 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "ahead: fewer are removed",        { NINE_TOO_MANY, AHEAD(4, 0) },         ACTION_SCALED, REASON_ABOVE_TARGET, -8 },
    { "ahead: off",                      { ON_TARGET, .outlook = { .rise_servers = 40, .mean_error_servers = 40 } }, ACTION_NONE, REASON_ON_TARGET, 0 },

    { "surge: less than a host",         { ON_TARGET, SURGE(25) },               ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "surge: of a host",                { ON_TARGET, SURGE(26) },               ACTION_SCALED, REASON_SURGE_RESERVE, 1 },
    { "surge: exists already",           { ONE_TOO_MANY, SURGE(26) },            ACTION_NONE,   REASON_SURGE_RESERVE, 0 },
    { "surge: off",                      { ON_TARGET, SURGE(99), .is_formula_only = true }, ACTION_NONE, REASON_ON_TARGET, 0 },

    { "saturated: one pass",             { SHORT_OF_TWO, SATURATED(1) },         ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "saturated: two passes",           { SHORT_OF_TWO, SATURATED(2) },         ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "saturated: four passes",          { SHORT_OF_TWO, SATURATED(4) },         ACTION_SCALED, REASON_SATURATION_STEP, 4 },
    { "saturated: too many passes",      { SHORT_OF_TWO, SATURATED(121) },       ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "saturated: ordered already",      { SHORT_OF_TWO, SATURATED(4), .pending_hosts = 4 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "saturated: off",                  { SHORT_OF_TWO, SATURATED(2), .is_formula_only = true }, ACTION_SCALED, REASON_BELOW_TARGET, 2 },

    { "min free: met by the target",     { ON_TARGET, .min_free = 20 },          ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "min free: one more",              { ON_TARGET, .min_free = 21 },          ACTION_SCALED, REASON_MIN_FREE_SERVERS, 1 },
    { "min free: exists already",        { ONE_TOO_MANY, .min_free = 21 },       ACTION_NONE,   REASON_MIN_FREE_SERVERS, 0 },
    { "min free: auto, met by the target", { ON_TARGET, .min_free = MIN_FREE_AUTO }, ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "min free: auto of four busy",     { .status = { 1, 10, 6 }, .min_free = MIN_FREE_AUTO }, ACTION_NONE, REASON_ON_TARGET, 0 },
    { "min free: auto of six busy",      { .status = { 1, 10, 4 }, .min_free = MIN_FREE_AUTO }, ACTION_SCALED, REASON_MIN_FREE_SERVERS, 1 },
    { "min free: without demand",        { NOTHING, .min_free = 21 },            ACTION_SCALED, REASON_MIN_FREE_SERVERS, 3 },

    { "largest: the first of equals",    { ON_TARGET, ALL_OF(0, 4, 26) },        ACTION_SCALED, REASON_LOOKAHEAD,     1 },
    { "largest: the surge reserve",      { ON_TARGET, ALL_OF(4, 0, 40) },        ACTION_SCALED, REASON_SURGE_RESERVE, 2 },
    { "largest: the mean error",         { ON_TARGET, ALL_OF(0, 20, 26) },       ACTION_SCALED, REASON_LOOKAHEAD,     2 },
    { "largest: min_free_servers",       { ON_TARGET, ALL_OF(0, 4, 26), .min_free = 31 }, ACTION_SCALED, REASON_MIN_FREE_SERVERS, 2 },
    { "largest: min_free_servers as much", { ON_TARGET, ALL_OF(0, 4, 26), .min_free = 30 }, ACTION_SCALED, REASON_LOOKAHEAD, 1 },
    { "largest: of existing hosts",      { .status = { 13, 130, 40 }, ALL_OF(4, 0, 40) }, ACTION_NONE, REASON_SURGE_RESERVE, 0 },

    { "guards: max_hosts cuts lookahead", { ON_TARGET, AHEAD(20, 0), .max_hosts = 12 }, ACTION_SCALED, REASON_MAX_HOSTS, 1 },
    { "guards: max_hosts stops lookahead", { ON_TARGET, AHEAD(20, 0), .max_hosts = 11 }, ACTION_HELD, REASON_MAX_HOSTS, 0 },
    { "guards: max_hosts removes hosts", { .status = { 13, 130, 40 }, AHEAD(20, 0), .max_hosts = 12 }, ACTION_SCALED, REASON_MAX_HOSTS, -1 },
    { "guards: a step cuts lookahead",   { ON_TARGET, AHEAD(20, 0), .up = HOSTS(1) }, ACTION_SCALED, REASON_MAX_STEP_UP, 1 },
    { "guards: a step cuts saturation",  { SHORT_OF_TWO, SATURATED(4), .up = SHARE(30) }, ACTION_SCALED, REASON_MAX_STEP_UP, 3 },
    { "guards: a cooldown holds lookahead", { ON_TARGET, AHEAD(4, 0), .up_left_ms = 1 }, ACTION_HELD, REASON_COOLDOWN_UP, 0 },
    { "guards: a pause holds lookahead", { ON_TARGET, AHEAD(4, 0), .gate = REASON_PAUSED }, ACTION_HELD, REASON_PAUSED, 0 },
    { "guards: paused, on lookahead",    { ONE_TOO_MANY, AHEAD(4, 0), .gate = REASON_PAUSED }, ACTION_NONE, REASON_LOOKAHEAD, 0 },
    { "guards: a dry-run keeps the delta", { ON_TARGET, AHEAD(4, 0), .gate = REASON_DRY_RUN }, ACTION_DRY_RUN, REASON_LOOKAHEAD, 1 },
    { "guards: unconfirmed",             { ON_TARGET, AHEAD(4, 0), .gate = REASON_UNCONFIRMED }, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, 0 },
    { "guards: a latch allows growth",   { ON_TARGET, AHEAD(4, 0), .is_shrink_latched = true }, ACTION_SCALED, REASON_LOOKAHEAD, 1 },
    { "guards: min_hosts above lookahead", { ON_TARGET, AHEAD(4, 0), .min_hosts = 13 }, ACTION_SCALED, REASON_MIN_HOSTS, 2 },
    { "guards: a fault",                 { ON_TARGET, AHEAD(4, 0), .fault = REASON_BAD_STATUS }, ACTION_HELD, REASON_BAD_STATUS, 0 },

    { "outage: fewer before",            { NINE_TOO_MANY, OUTAGE(10) },          ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "outage: as many before",          { NINE_TOO_MANY, OUTAGE(11) },          ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "outage: one more before",         { NINE_TOO_MANY, OUTAGE(12) },          ACTION_SCALED, REASON_OUTAGE_HOLD,  -8 },
    { "outage: one below existing",      { NINE_TOO_MANY, OUTAGE(19) },          ACTION_SCALED, REASON_OUTAGE_HOLD,  -1 },
    { "outage: existing",                { NINE_TOO_MANY, OUTAGE(20) },          ACTION_HELD,   REASON_OUTAGE_HOLD,   0 },
    { "outage: never adds hosts",        { NINE_TOO_MANY, OUTAGE(21) },          ACTION_HELD,   REASON_OUTAGE_HOLD,   0 },
    { "outage: over",                    { NINE_TOO_MANY, .outage_high = 20 },   ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "outage: growth continues",        { SHORT_OF_ONE, OUTAGE(99) },           ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "outage: on target",               { ON_TARGET, OUTAGE(99) },              ACTION_NONE,   REASON_ON_TARGET,     0 },
    { "outage: more than the window",    { NINE_TOO_MANY, OUTAGE(18), .desired_high = 15 }, ACTION_SCALED, REASON_OUTAGE_HOLD, -2 },
    { "outage: less than the window",    { NINE_TOO_MANY, OUTAGE(15), .desired_high = 18 }, ACTION_SCALED, REASON_SCALE_DOWN_WINDOW, -2 },
    { "outage: max_hosts is lower",      { NINE_TOO_MANY, OUTAGE(20), .max_hosts = 15 }, ACTION_SCALED, REASON_MAX_HOSTS, -5 },
    { "outage: no servers",              { .status = { 20, 0, 0 }, OUTAGE(20) }, ACTION_HELD,   REASON_OUTAGE_HOLD,   0 },

    { "min: none, down to zero",         { ALL_FREE, .min_hosts = NO_MINIMUM },  ACTION_SCALED, REASON_ABOVE_TARGET, -5 },
    { "min: one below existing",         { ALL_FREE, .min_hosts = 4 },           ACTION_SCALED, REASON_MIN_HOSTS,    -1 },
    { "min: existing",                   { ALL_FREE, .min_hosts = 5 },           ACTION_NONE,   REASON_MIN_HOSTS,     0 },
    { "min: one above existing",         { ALL_FREE, .min_hosts = 6 },           ACTION_SCALED, REASON_MIN_HOSTS,     1 },
    { "min: one below desired",          { NINE_TOO_MANY, .min_hosts = 10 },     ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "min: desired",                    { NINE_TOO_MANY, .min_hosts = 11 },     ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "min: one above desired",          { NINE_TOO_MANY, .min_hosts = 12 },     ACTION_SCALED, REASON_MIN_HOSTS,    -8 },
    { "no servers: shrinking waits",     { .status = { 10, 0, 0 } },             ACTION_HELD,   REASON_NO_SERVERS,    0 },
    { "no servers: one is no host",      { .status = { 10, 1, 1 } },             ACTION_HELD,   REASON_SURPLUS,       0 },
    { "no servers: nor for max_hosts",   { .status = { 10, 0, 0 }, .max_hosts = 5 }, ACTION_HELD, REASON_NO_SERVERS, 0 },
    { "no servers: unready, replaced",   { .status = { 10, 0, 0 }, .unready_hosts = 10 }, ACTION_SCALED, REASON_MIN_HOSTS, 1 },
    { "min: pending, the last one stays", { .status = { 1, 10, 10 }, .pending_hosts = 1 }, ACTION_NONE, REASON_MIN_HOSTS, 0 },
    { "min: pending hosts do not replace existing ones", { ALL_FREE, .min_hosts = 4, .pending_hosts = 3 }, ACTION_SCALED, REASON_MIN_HOSTS, -1 },
    { "min: undrained hosts are not replaced", { ALL_FREE, .min_hosts = 2, .pending_hosts = -4, .undrained_hosts = 4 }, ACTION_NONE, REASON_MIN_HOSTS, 0 },
    { "min: also when latched",          { NOTHING, .min_hosts = 3, .is_shrink_latched = true }, ACTION_SCALED, REASON_MIN_HOSTS, 3 },

    { "max: one above desired",          { SHORT_OF_ONE, .max_hosts = 12 },      ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "max: desired",                    { SHORT_OF_ONE, .max_hosts = 11 },      ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "max: existing",                   { SHORT_OF_ONE, .max_hosts = 10 },      ACTION_HELD,   REASON_MAX_HOSTS,     0 },
    { "max: below, below the target",    { SHORT_OF_ONE, .max_hosts = 9 },       ACTION_HELD,   REASON_MAX_HOSTS,     0 },
    { "max: far below, below the target", { SHORT_OF_ONE, .max_hosts = 1 },      ACTION_HELD,   REASON_MAX_HOSTS,     0 },
    { "max: far below, none is idle",    { SHORT_OF_TWO, .max_hosts = 1 },       ACTION_HELD,   REASON_MAX_HOSTS,     0 },
    { "max: below, and too many anyway", { NINE_TOO_MANY, .max_hosts = 15 },     ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "max: below what is needed",       { NINE_TOO_MANY, .max_hosts = 10 },     ACTION_SCALED, REASON_MAX_HOSTS,    -9 },
    { "max: below busy",                 { NINE_TOO_MANY, .max_hosts = 8 },      ACTION_SCALED, REASON_MAX_HOSTS,    -9 },
    { "surplus: a host and a half",      { .status = { 20, 125, 35 } },          ACTION_SCALED, REASON_SURPLUS,      -1 },
    { "surplus: exactly one host",       { .status = { 20, 116, 26 } },          ACTION_SCALED, REASON_SURPLUS,      -1 },
    { "surplus: a server less",          { .status = { 20, 115, 25 } },          ACTION_HELD,   REASON_SURPLUS,       0 },
    { "surplus: at the target",          { .status = { 20, 106, 16 } },          ACTION_HELD,   REASON_SURPLUS,       0 },
    { "surplus: below the target",       { .status = { 20, 100, 10 } },          ACTION_HELD,   REASON_SURPLUS,       0 },
    { "surplus: minus the removals",     { .status = { 20, 200, 110 }, .pending_hosts = -8 }, ACTION_SCALED, REASON_ABOVE_TARGET, -1 },
    { "surplus: removals, and dead hosts", { .status = { 20, 180, 90 }, .pending_hosts = -7 }, ACTION_HELD, REASON_SURPLUS, 0 },
    { "surplus: counted when ordered",   { .status = { 20, 120, 110 } , .min_hosts = NO_MINIMUM }, ACTION_SCALED, REASON_SURPLUS, -10 },
    { "surplus: every host is idle",     { ALL_FREE, .min_hosts = NO_MINIMUM },  ACTION_SCALED, REASON_ABOVE_TARGET, -5 },
    { "surplus: dead hosts at full load", { .status = { 9, 50, 0 } },            ACTION_HELD,   REASON_SURPLUS,       0 },
    { "surplus: does not limit growth",  { .status = { 5, 50, 0 } },             ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "max: below the window",           { NINE_TOO_MANY, .max_hosts = 15, .desired_high = 20 }, ACTION_SCALED, REASON_MAX_HOSTS, -5 },
    { "max: pending hosts count",        { SHORT_OF_TWO, .max_hosts = 11, .pending_hosts = 1 }, ACTION_HELD, REASON_MAX_HOSTS, 0 },
    { "max: unready hosts count",        { .status = { 12, 100, 10 }, .unready_hosts = 2, .max_hosts = 12 }, ACTION_HELD, REASON_MAX_HOSTS, 0 },
    { "max: one more than unready",      { .status = { 12, 100, 10 }, .unready_hosts = 2, .max_hosts = 13 }, ACTION_SCALED, REASON_BELOW_TARGET, 1 },
    { "max: pending hosts are not idle", { SHORT_OF_TWO, .max_hosts = 12, .pending_hosts = 5 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "max: idle hosts stay while pending", { SHORT_OF_ONE, .max_hosts = 10, .pending_hosts = 5 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "max: pending hosts are not surplus", { SHORT_OF_TWO, .max_hosts = 8, .pending_hosts = 5 }, ACTION_HELD, REASON_MAX_HOSTS, 0 },
    { "max: pending hosts are removed later", { .status = { 10, 100, 20 }, .max_hosts = 12, .pending_hosts = 3 }, ACTION_NONE, REASON_PENDING_HOSTS, 0 },
    { "max: removals are not idle",      { SHORT_OF_TWO, .max_hosts = 1, .pending_hosts = -5 }, ACTION_HELD, REASON_MAX_HOSTS, 0 },

    /* 950 busy need 112 hosts. */
    { "growth: the share of a day",      { FULL_AND_MORE, .growth_base = 20, .grown = 48 }, ACTION_SCALED, REASON_MIN_FREE_SERVERS, 92 },
    { "growth: one more than the share", { FULL_AND_MORE, .growth_base = 20, .grown = 49 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 91 },
    { "growth: at least 1000 servers",   { FULL_AND_MORE, .growth_base = 1, .grown = 8 }, ACTION_SCALED, REASON_MIN_FREE_SERVERS, 92 },
    { "growth: one more than those",     { FULL_AND_MORE, .growth_base = 1, .grown = 9 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 91 },
    { "growth: 1000 servers, rounded up", { .status = { 0, 0, 0 }, .min_free = 9999, .servers_per_host = 130 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 8 },
    { "growth: nothing is left",         { FULL_AND_MORE, .growth_base = 20, .grown = 140 }, ACTION_HELD, REASON_MAX_GROWTH_PER_HOUR, 0 },
    { "growth: more than the limit, by hand", { FULL_AND_MORE, .growth_base = 20, .grown = 999 }, ACTION_HELD, REASON_MAX_GROWTH_PER_HOUR, 0 },
    { "growth: a share of min_hosts",    { FULL_AND_MORE, .growth_base = 1, .min_hosts = 20, .grown = 49 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 91 },
    { "growth: a number of hosts",       { FULL_AND_MORE, .growth = HOSTS(7), .growth_base = 20, .grown = 3 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 4 },
    { "growth: none",                    { FULL_AND_MORE, .growth = HOSTS(0), .growth_base = 20 }, ACTION_HELD, REASON_MAX_GROWTH_PER_HOUR, 0 },
    { "growth: off",                     { FULL_AND_MORE, .is_growth_off = true, .grown = 9999, .growth_wait_ms = 1 }, ACTION_SCALED, REASON_MIN_FREE_SERVERS, 92 },
    { "growth: min_hosts is not cut",    { FULL_AND_MORE, .growth = HOSTS(0), .min_hosts = 50 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 30 },
    { "growth: min_hosts alone",         { NOTHING, .min_hosts = 500, .grown = 9999 }, ACTION_SCALED, REASON_MIN_HOSTS, 500 },
    { "growth: max_hosts cuts first",    { FULL_AND_MORE, .max_hosts = 25, .growth_base = 20 }, ACTION_SCALED, REASON_MAX_HOSTS, 5 },
    { "growth: a step cuts after it",    { FULL_AND_MORE, .growth = HOSTS(7), .up = HOSTS(2) }, ACTION_SCALED, REASON_MAX_STEP_UP, 2 },
    { "growth: shrinking is not limited", { NINE_TOO_MANY, .growth = HOSTS(0), .grown = 99, .growth_wait_ms = 1 }, ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "growth: on target",               { ON_TARGET, .growth = HOSTS(0), .growth_wait_ms = 1 }, ACTION_NONE, REASON_ON_TARGET, 0 },
    { "no effect: waits",                { SHORT_OF_TWO, .growth_wait_ms = 1 },  ACTION_HELD,   REASON_GROWTH_WITHOUT_EFFECT, 0 },
    { "no effect: min_hosts is ordered", { SHORT_OF_TWO, .min_hosts = 11, .growth_wait_ms = 1 }, ACTION_SCALED, REASON_GROWTH_WITHOUT_EFFECT, 1 },
    { "no effect: the wait is over",     { SHORT_OF_TWO, .growth_wait_ms = 0 },  ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "countable: the most",             { MOST_SERVERS(1), .is_growth_off = true }, ACTION_SCALED, REASON_BELOW_TARGET, 1073741823 },
    { "countable: one host more",        { MOST_SERVERS(2), .is_growth_off = true }, ACTION_HELD, REASON_NOT_COUNTABLE, 0 },
    { "countable: an absurd target",     { ABSURD_TARGET }, ACTION_HELD, REASON_NOT_COUNTABLE, 0 },
    { "countable: cut to the growth of an hour", { SHORT_OF_TWO, .target_free_ppb = SHARE_WHOLE - 10 }, ACTION_SCALED, REASON_MAX_GROWTH_PER_HOUR, 100 },
    { "countable: not cut to max_hosts", { ABSURD_TARGET, .max_hosts = 12 }, ACTION_HELD, REASON_NOT_COUNTABLE, 0 },
    { "countable: min_hosts is ordered", { ABSURD_TARGET, .min_hosts = 12 }, ACTION_SCALED, REASON_NOT_COUNTABLE, 2 },

    { "step up: one above desired",      { SHORT_OF_TWO, .up = HOSTS(3) },       ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "step up: desired",                { SHORT_OF_TWO, .up = HOSTS(2) },       ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "step up: one less",               { SHORT_OF_TWO, .up = HOSTS(1) },       ACTION_SCALED, REASON_MAX_STEP_UP,   1 },
    { "step up: none",                   { SHORT_OF_TWO, .up = HOSTS(0) },       ACTION_HELD,   REASON_MAX_STEP_UP,   0 },
    { "step up: a share, rounded up",    { SHORT_OF_TWO, .up = SHARE(11) },      ACTION_SCALED, REASON_BELOW_TARGET,  2 },
    { "step up: a share, exactly",       { SHORT_OF_TWO, .up = SHARE(10) },      ACTION_SCALED, REASON_MAX_STEP_UP,   1 },
    { "step up: a share of min_hosts",   { NOTHING, .min_hosts = 10, .up = SHARE(30) }, ACTION_SCALED, REASON_MAX_STEP_UP, 3 },
    { "step up: is not for shrinking",   { NINE_TOO_MANY, .up = HOSTS(1) },      ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "step down: one above desired",    { NINE_TOO_MANY, .down = HOSTS(10) },   ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "step down: desired",              { NINE_TOO_MANY, .down = HOSTS(9) },    ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "step down: one less",             { NINE_TOO_MANY, .down = HOSTS(8) },    ACTION_SCALED, REASON_MAX_STEP_DOWN, -8 },
    { "step down: a share, exactly",     { NINE_TOO_MANY, .down = SHARE(45) },   ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "step down: a share, less",        { NINE_TOO_MANY, .down = SHARE(40) },   ACTION_SCALED, REASON_MAX_STEP_DOWN, -8 },
    { "step down: is not for growth",    { SHORT_OF_TWO, .down = HOSTS(1) },     ACTION_SCALED, REASON_BELOW_TARGET,  2 },

    { "cooldown up: 1 ms left",          { SHORT_OF_ONE, .up_left_ms = 1 },      ACTION_HELD,   REASON_COOLDOWN_UP,   0 },
    { "cooldown up: over",               { SHORT_OF_ONE, .up_left_ms = 0 },      ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "cooldown up: shrinking",          { NINE_TOO_MANY, .up_left_ms = 9 },     ACTION_SCALED, REASON_ABOVE_TARGET, -9 },
    { "cooldown down: 1 ms left",        { NINE_TOO_MANY, .down_left_ms = 1 },   ACTION_HELD,   REASON_COOLDOWN_DOWN, 0 },
    { "cooldown down: growth",           { SHORT_OF_ONE, .down_left_ms = 9 },    ACTION_SCALED, REASON_BELOW_TARGET,  1 },
    { "cooldown: on target",             { ON_TARGET, .up_left_ms = 9, .down_left_ms = 9 }, ACTION_NONE, REASON_ON_TARGET, 0 },

    { "gate: paused",                    { SHORT_OF_ONE, .gate = REASON_PAUSED }, ACTION_HELD, REASON_PAUSED,     0 },
    { "gate: paused, on target",         { ON_TARGET, .gate = REASON_PAUSED },   ACTION_NONE,   REASON_ON_TARGET,  0 },
    { "gate: read-only",                 { SHORT_OF_ONE, .gate = REASON_READ_ONLY }, ACTION_HELD, REASON_READ_ONLY,  0 },
    { "gate: stopping",                  { NINE_TOO_MANY, .gate = REASON_STOPPING }, ACTION_HELD, REASON_STOPPING,   0 },
    { "gate: in flight",                 { NINE_TOO_MANY, .gate = REASON_REQUEST_IN_FLIGHT }, ACTION_HELD, REASON_REQUEST_IN_FLIGHT, 0 },
    { "gate: gone",                      { SHORT_OF_ONE, .gate = REASON_GONE },  ACTION_HELD,   REASON_GONE,       0 },
    { "gate: dry-run keeps the delta",   { SHORT_OF_ONE, .gate = REASON_DRY_RUN }, ACTION_DRY_RUN, REASON_BELOW_TARGET, 1 },
    { "gate: dry-run, shrinking",        { NINE_TOO_MANY, .gate = REASON_DRY_RUN }, ACTION_DRY_RUN, REASON_ABOVE_TARGET, -9 },
    { "gate: dry-run, on target",        { ON_TARGET, .gate = REASON_DRY_RUN },  ACTION_NONE,   REASON_ON_TARGET,  0 },
    { "gate: dry-run, held by a guard",  { SHORT_OF_ONE, .max_hosts = 10, .gate = REASON_DRY_RUN }, ACTION_HELD, REASON_MAX_HOSTS, 0 },
    { "gate: unconfirmed",               { SHORT_OF_TWO, .pending_hosts = 1, .unconfirmed_hosts = 1, .gate = REASON_UNCONFIRMED }, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, 0 },
    { "gate: unconfirmed and enough",    { SHORT_OF_ONE, .pending_hosts = 1, .unconfirmed_hosts = 1, .gate = REASON_UNCONFIRMED }, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, 0 },

    { "order: max, then step",           { SHORT_OF_TWO, .max_hosts = 11, .up = HOSTS(1) }, ACTION_SCALED, REASON_MAX_HOSTS, 1 },
    { "order: step is last",             { .status = { 10, 100, 0 }, .pending_hosts = -3, .max_hosts = 11, .up = HOSTS(3) }, ACTION_SCALED, REASON_MAX_STEP_UP, 3 },
    { "order: cooldown after step",      { SHORT_OF_TWO, .up = HOSTS(1), .up_left_ms = 1 }, ACTION_HELD, REASON_COOLDOWN_UP, 0 },
    { "order: held before the gate",     { SHORT_OF_TWO, .up_left_ms = 1, .gate = REASON_PAUSED }, ACTION_HELD, REASON_COOLDOWN_UP, 0 },
    { "order: min after window",         { ALL_FREE, .desired_high = 4, .min_hosts = 6 }, ACTION_SCALED, REASON_MIN_HOSTS, 1 },
    { "order: max after min",            { ALL_FREE, .min_hosts = 6, .max_hosts = 6, .unready_hosts = 2 }, ACTION_SCALED, REASON_MAX_HOSTS, 1 },

    { "fault: bad status",               { SHORT_OF_TWO, .fault = REASON_BAD_STATUS }, ACTION_HELD, REASON_BAD_STATUS,       0 },
    { "fault: free above total",         { NINE_TOO_MANY, .fault = REASON_FREE_ABOVE_TOTAL }, ACTION_HELD, REASON_FREE_ABOVE_TOTAL, 0 },
    { "fault: before a dry-run",         { SHORT_OF_TWO, .fault = REASON_COLLAPSED, .gate = REASON_DRY_RUN }, ACTION_HELD, REASON_COLLAPSED, 0 },
    { "fault: before unconfirmed",       { SHORT_OF_TWO, .fault = REASON_STALE_STATUS, .gate = REASON_UNCONFIRMED }, ACTION_HELD, REASON_STALE_STATUS, 0 },
    /* clang-format on */
};

static void row_is_decided(void **state)
{
    const struct policy_row *row = *state;
    struct policy policy;
    struct decision_input in = build(&row->in, &policy);
    struct decision decision;
    decide(&in, &decision);
    assert_string_equal(action_name(decision.action), action_name(row->action));
    assert_string_equal(reason_row(decision.reason)->name, reason_row(row->reason)->name);
    assert_int_equal(decision.delta, row->delta);
    if (in.fault != REASON_NONE) {
        assert_int_equal(decision.desired_hosts, -1);
        assert_int_equal(decision.step_count, 1);
    } else {
        assert_int_equal(decision.step_count, RULE_COUNT);
        assert_int_equal(decision.raw_delta, decision.desired_hosts - decision.base_hosts);
    }
}

static const struct fault_row {
    const char *name;
    struct status status;
    int32_t hosts_high;
    enum reason fault;
} fault_rows[] = {
    /* clang-format off */
    { "free just below total",             { 10, 100,  99 }, 10, REASON_NONE },
    { "free is total",                     { 10, 100, 100 }, 10, REASON_NONE },
    { "free above total",                  { 10, 100, 101 }, 10, REASON_FREE_ABOVE_TOTAL },
    { "free above nothing",                {  0,   0,   1 }, 10, REASON_FREE_ABOVE_TOTAL },
    { "no hosts, no servers",              {  0,   0,   0 },  0, REASON_NONE },
    { "no hosts, one server",              {  0,   1,   0 }, 10, REASON_SERVERS_WITHOUT_HOSTS },
    { "hosts without servers",             { 10,   0,   0 }, 10, REASON_NONE },
    { "a server less than the hosts run", { 10,  99,   0 }, 10, REASON_NONE },
    { "as many as the hosts run",        { 10, 100,   0 }, 10, REASON_NONE },
    { "a server more than the hosts run", { 10, 101,   0 }, 10, REASON_SERVERS_ABOVE_HOSTS },
    { "of hosts that just left",           { 10, 119,   0 }, 12, REASON_NONE },
    { "as many as the most hosts ran", { 10, 120,   0 }, 12, REASON_NONE },
    { "more than the most hosts ran",  { 10, 121,   0 }, 12, REASON_SERVERS_ABOVE_HOSTS },
    { "the largest numbers",               { INT32_MAX, INT32_MAX, INT32_MAX }, INT32_MAX, REASON_NONE },
    /* clang-format on */
};

static void row_has_its_fault(void **state)
{
    const struct fault_row *row = *state;
    assert_int_equal(status_fault(&row->status, 10, row->hosts_high), row->fault);
}

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
    struct decision_input in = build(&row->in, &policy);
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

static int32_t draw(struct random *random, int32_t bound)
{
    return (int32_t)random_below(random, bound);
}

static struct step_limit draw_limit(struct random *random)
{
    switch (draw(random, 3)) {
    case 0:
        return (struct step_limit){ STEP_HOSTS, 1 + draw(random, 20) };
    case 1:
        return (struct step_limit){ STEP_SHARE, 1 + draw(random, SHARE_WHOLE) };
    default:
        return (struct step_limit){ 0 };
    }
}

static struct outlook draw_outlook(struct random *random)
{
    return (struct outlook){
        .rise_servers = draw(random, 3) ? 0 : draw(random, 200),
        .mean_error_servers = draw(random, 3) ? 0 : draw(random, 50),
        .peak_error_servers = draw(random, 3) ? 0 : draw(random, 200),
        .outage_left_ms = draw(random, 4) ? 0 : 1,
        .saturated_passes = (uint8_t)(draw(random, 3) ? 0 : draw(random, 30)),
        .is_trending = draw(random, 2),
    };
}

static struct decision_input draw_input(struct random *random, struct policy *ret_policy)
{
    static const enum reason gates[] = { REASON_NONE, REASON_NONE, REASON_NONE, REASON_PAUSED,
                                         REASON_DRY_RUN };
    int32_t hosts = draw(random, 60);
    int32_t total = draw(random, hosts * 8 + 1);
    *ret_policy = draw(random, 2) ? policy_default : policy_formula;
    ret_policy->min_free_servers = draw(random, 3) ? 0 : draw(random, 40) - 1;
    ret_policy->min_hosts = draw(random, 10);
    ret_policy->max_hosts = draw(random, 2) ? HOSTS_UNLIMITED : 10 + draw(random, 50);
    ret_policy->max_step_up = draw_limit(random);
    ret_policy->max_step_down = draw_limit(random);
    ret_policy->max_growth_per_hour = draw_limit(random);
    return (struct decision_input){
        .policy = ret_policy,
        .servers_per_host = 8,
        .target_free_ppb = draw(random, 900) * (SHARE_WHOLE / 1000),
        .status = { hosts, total, draw(random, total + 1) },
        .pending_hosts = draw(random, 3) ? 0 : draw(random, 21) - (int32_t)min_i64(hosts, 10),
        .unready_hosts = draw(random, 3) ? 0 : draw(random, hosts - total / 8 + 1),
        .undrained_hosts = draw(random, 3) ? 0 : draw(random, 10),
        .outlook = draw_outlook(random),
        .desired_high = draw(random, 70),
        .outage_high = draw(random, 70),
        .start_hosts = draw(random, 3) ? 0 : draw(random, 70),
        .cooldown_up_left_ms = draw(random, 8) ? 0 : 1,
        .cooldown_down_left_ms = draw(random, 8) ? 0 : 1,
        .growth_base_hosts = draw(random, 20),
        .grown_hosts = draw(random, 3) ? 0 : draw(random, 140),
        .growth_wait_ms = draw(random, 8) ? 0 : 1,
        .gate = gates[draw(random, COUNT_OF(gates))],
        .is_shrink_latched = draw(random, 8) == 0,
        .entry_fault = draw(random, 8) == 0 ? REASON_BAD_TARGET : REASON_NONE,
    };
}

static int64_t limit_hosts(const struct decision_input *in, const struct step_limit *limit)
{
    int64_t fleet = max_i64(1, max_i64(in->status.current_hosts, in->policy->min_hosts));
    if (limit->kind == STEP_UNLIMITED)
        return INT64_MAX;
    return limit->kind == STEP_HOSTS ? limit->amount : ceil_div(fleet * limit->amount, SHARE_WHOLE);
}

/* Hosts that may be ordered within an hour. */
static int64_t growth_of_an_hour(const struct decision_input *in)
{
    const struct step_limit *limit = &in->policy->max_growth_per_hour;
    int64_t fleet = max_i64(1, max_i64(in->growth_base_hosts, in->policy->min_hosts));
    if (limit->kind == STEP_HOSTS)
        return limit->amount;
    int64_t servers = 1000;
    return max_i64(ceil_div(fleet * limit->amount, SHARE_WHOLE),
                   ceil_div(servers, in->servers_per_host));
}

static void check_growth_of_an_hour(const struct decision_input *in,
                                    const struct decision *decision)
{
    if (in->policy->max_growth_per_hour.kind == STEP_UNLIMITED ||
        decision->base_hosts + decision->delta <= in->policy->min_hosts)
        return;
    assert_int_equal(in->growth_wait_ms, 0);
    assert_true(in->grown_hosts + decision->delta <= growth_of_an_hour(in));
}

static void check_growth(const struct decision_input *in, const struct decision *decision)
{
    int64_t owned = (int64_t)in->status.current_hosts + in->pending_hosts;
    assert_true(decision->delta <= limit_hosts(in, &in->policy->max_step_up));
    assert_true(owned + decision->delta <= in->policy->max_hosts);
    check_growth_of_an_hour(in, decision);
    assert_true(decision->base_hosts + decision->delta <=
                max_i64(decision->desired_hosts, in->policy->min_hosts));
    assert_int_equal(in->cooldown_up_left_ms, 0);
}

__extension__ typedef __int128 wide;

/* The servers that exist after the removal, those of leaving hosts not counted, still keep the target free. */
static bool is_target_kept(const struct decision_input *in, int32_t delta)
{
    int64_t busy = (int64_t)in->status.total_servers - in->status.free_servers;
    int64_t coming = max_i64(in->coming_hosts, max_i64(0, in->pending_hosts));
    int64_t leaving = coming - in->pending_hosts;
    wide left = in->status.total_servers + (wide)(delta - leaving) * in->servers_per_host;
    return left * (SHARE_WHOLE - in->target_free_ppb) >= (wide)busy * SHARE_WHOLE;
}

static void check_shrinking(const struct decision_input *in, const struct decision *decision)
{
    int64_t owned = (int64_t)in->status.current_hosts + in->pending_hosts;
    int64_t left = decision->base_hosts + decision->delta;
    bool is_down_to_max = owned + decision->delta >= in->policy->max_hosts;
    assert_true(-decision->delta <= limit_hosts(in, &in->policy->max_step_down));
    assert_true(is_target_kept(in, decision->delta));
    assert_true(owned + decision->delta >= in->start_hosts);
    assert_true(left >= in->policy->min_hosts || is_down_to_max);
    assert_true(left >= decision->desired_hosts || is_down_to_max);
    assert_int_equal(in->cooldown_down_left_ms, 0);
    assert_false(in->is_shrink_latched);
    assert_int_equal(in->entry_fault, REASON_NONE);
}

static void check_words(const struct decision_input *in, const struct decision *decision)
{
    bool is_sent = decision->action == ACTION_SCALED;
    assert_true(is_sent == (decision->delta != 0 && in->gate == REASON_NONE));
    assert_true((decision->action == ACTION_DRY_RUN) ==
                (decision->delta != 0 && in->gate == REASON_DRY_RUN));
    if (decision->action == ACTION_NONE)
        assert_true(reason_row(decision->reason)->kind == REASON_PLAIN ||
                    decision->reason == REASON_MIN_HOSTS);
    if (decision->action == ACTION_HELD)
        assert_int_equal(reason_row(decision->reason)->kind, REASON_RAIL);
    if (decision->reason == REASON_BELOW_TARGET || decision->reason == REASON_ABOVE_TARGET)
        assert_int_equal(decision->delta, decision->raw_delta);
    assert_true(decision->desired_hosts >= decision->formula_hosts);
    for (size_t i = RULE_LOOKAHEAD; i <= RULE_MIN_FREE_SERVERS; i++)
        assert_true(decision->steps[i].after >= decision->steps[i].before);
    for (size_t i = RULE_LOOKAHEAD; i < decision->step_count; i++) {
        const struct step *step = &decision->steps[i];
        assert_int_equal(step->rule, i);
        assert_int_equal(step->before, decision->steps[i - 1].after);
        assert_true((step->verdict == VERDICT_OK) == (step->before == step->after));
        bool is_wish = i <= RULE_MIN_FREE_SERVERS;
        bool is_more = step->after > step->before && step->after > 0;
        assert_true((step->verdict == VERDICT_RAISED) ==
                    (is_more || (is_wish && step->before != step->after)));
        assert_true((step->verdict == VERDICT_HELD) ==
                    (!is_wish && step->before != step->after && step->after == 0));
    }
    assert_int_equal(decision->steps[RULE_GATE].after, decision->delta);
}

static void the_guards_hold_for_any_input(void **state)
{
    (void)state;
    struct random random = { 7 };
    for (int i = 0; i < RANDOM_DECISIONS; i++) {
        struct policy policy;
        struct decision_input in = draw_input(&random, &policy);
        in.drain_servers = drain_servers(&in.status, in.pending_hosts, in.coming_hosts, 8);
        struct decision decision;
        decide(&in, &decision);
        if (decision.delta > 0)
            check_growth(&in, &decision);
        if (decision.delta < 0)
            check_shrinking(&in, &decision);
        check_words(&in, &decision);
    }
}

static void the_same_input_is_decided_the_same(void **state)
{
    (void)state;
    struct random random = { 8 };
    for (int i = 0; i < 1000; i++) {
        struct policy policy;
        struct decision_input in = draw_input(&random, &policy);
        in.drain_servers = drain_servers(&in.status, in.pending_hosts, in.coming_hosts, 8);
        struct decision first = { 0 };
        struct decision second;
        memset(&second, 0x5a, sizeof second);
        decide(&in, &first);
        decide(&in, &second);
        assert_int_equal(first.delta, second.delta);
        assert_int_equal(first.reason, second.reason);
        assert_int_equal(first.step_count, second.step_count);
    }
}

static void a_share_of_no_hosts_is_one_host(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    policy.min_hosts = 0;
    struct step_limit limit = SHARE(30);
    assert_int_equal(step_limit_hosts(&limit, &policy, 0), 1);
    assert_int_equal(step_limit_hosts(&limit, &policy, 4), 2);
    policy.min_hosts = 10;
    assert_int_equal(step_limit_hosts(&limit, &policy, 0), 3);
}

/* A share above 100 % of the most hosts does not fit into a product of 64 bits. */
static void the_largest_share_does_not_wrap(void **state)
{
    (void)state;
    struct step_limit limit = { STEP_SHARE, (int64_t)100 * SHARE_WHOLE };
    assert_true(step_limit_hosts(&limit, &policy_default, INT32_MAX) == (int64_t)100 * INT32_MAX);
    limit.amount = (int64_t)100 * SHARE_WHOLE - 1;
    assert_true(step_limit_hosts(&limit, &policy_default, 2) == 200);
    limit.amount = 7 * (int64_t)SHARE_WHOLE + 1;
    assert_true(step_limit_hosts(&limit, &policy_default, 2) == 15);
}

static void the_largest_fleet_saturates(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    struct decision_input in = {
        .policy = &policy,
        .servers_per_host = 1,
        .target_free_ppb = SHARE_WHOLE - 1,
        .status = { INT32_MAX, INT32_MAX, 0 },
        .pending_hosts = INT32_MAX,
    };
    struct decision decision;
    decide(&in, &decision);
    assert_int_equal(decision.delta, 0);
    assert_int_equal(decision.reason, REASON_NOT_COUNTABLE);
    in.target_free_ppb = 0;
    in.status.free_servers = INT32_MAX;
    decide(&in, &decision);
    assert_int_equal(decision.delta, -INT32_MAX + 1);
}

int main(void)
{
    struct CMUnitTest rules[COUNT_OF(policy_rows)];
    struct CMUnitTest faults[COUNT_OF(fault_rows)];
    struct CMUnitTest lines[COUNT_OF(line_rows)];
    TESTS_FROM_ROWS(rules, policy_rows, row_is_decided);
    TESTS_FROM_ROWS(faults, fault_rows, row_has_its_fault);
    TESTS_FROM_ROWS(lines, line_rows, row_has_its_explanation);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(no_explanation_is_cut),
        cmocka_unit_test(the_guards_hold_for_any_input),
        cmocka_unit_test(the_same_input_is_decided_the_same),
        cmocka_unit_test(a_share_of_no_hosts_is_one_host),
        cmocka_unit_test(the_largest_share_does_not_wrap),
        cmocka_unit_test(the_largest_fleet_saturates),
    };
    int failed = cmocka_run_group_tests_name("policy: rules", rules, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy: plausibility", faults, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy: explanation", lines, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy: invariants", laws, NULL, NULL);
    return failed;
}
