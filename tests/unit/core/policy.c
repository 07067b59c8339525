/* Decisions of every rule, row by row. */
#include "engine/core/decision.h"

#include "tests/support/policy_setup.h"
#include "tests/support/test.h"

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
    struct decision_input in = setup_input(&row->in, &policy);
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

int main(void)
{
    struct CMUnitTest rules[COUNT_OF(policy_rows)];
    struct CMUnitTest faults[COUNT_OF(fault_rows)];
    TESTS_FROM_ROWS(rules, policy_rows, row_is_decided);
    TESTS_FROM_ROWS(faults, fault_rows, row_has_its_fault);
    int failed = cmocka_run_group_tests_name("policy: rules", rules, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy: plausibility", faults, NULL, NULL);
    return failed;
}
