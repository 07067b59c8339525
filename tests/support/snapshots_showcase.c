/*
 * The showcase, in the order of its slots; every number follows from ceil(100 * busy / ((100 - target) * per host)):
 *
 *     failed, unconfirmed, unread, held (cooldown_up, max_hosts, free_above_total), paused,
 *     up (whole, and cut by max_step_up), down (cut by max_step_down), pending, on target twice, gone
 */
#include "tests/support/snapshots_state.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <string.h>

#define NEVER INT64_C(-1)
#define AT_PASS PASS_AGE_MS

/* clang-format off */
static const struct show_row {
    const char *id;
    int32_t per_host, target_pct, hosts, total, free, pending, unconfirmed, desired;
    int32_t raw, delta, wanted, last_delta;
    enum state state;
    enum action action;
    enum reason reason;
    enum action last_action;
    int64_t read_ago_ms, acted_ago_ms;
    int trend_step; /* half percents a pass, backwards from now; 0: as it is */
} show_rows[] = {
    /* id                    /host tgt hosts total free  pend unc want   raw delta wanted last */
    { "us-east-pvp-legacy",     8, 20,  31,  248,   24,   0, 0,   35,    4,    2,    2,    2,
      STATE_STARVED,     ACTION_FAILED,      REASON_SCALE_REFUSED,    ACTION_FAILED,      AT_PASS, 17084, 0 },
    { "eu-west-queue-02",      10, 15,  20,  200,   15,   2, 2,   22,    0,    0,    0,    2,
      STATE_UNCONFIRMED, ACTION_UNCONFIRMED, REASON_UNCONFIRMED,      ACTION_UNCONFIRMED, AT_PASS, 48104, -2 },
    { "ap-south-beta-qa",       4, 20,   3,   12,    3,   0, 0,    3,    0,    0,    0,    0,
      STATE_UNREAD,      ACTION_NONE,        REASON_ON_TARGET,        ACTION_NONE,        121104, NEVER, 0 },
    { "eu-west-tournament-a",   8, 20,  64,  512,   61,   0, 0,   71,    7,    0,    0,    2,
      STATE_HELD,        ACTION_HELD,        REASON_COOLDOWN_UP,      ACTION_SCALED,      AT_PASS, 40104, -1 },
    { "eu-west-event-spring",  16, 20,  40,  640,  118,   0, 0,   41,    1,    0,    0,    0,
      STATE_HELD,        ACTION_HELD,        REASON_MAX_HOSTS,        ACTION_NONE,        AT_PASS, NEVER, 0 },
    { "us-west-broken-feed",    8, 20,  -1,   -1,   -1,   0, 0,   -1,    0,    0,    0,    0,
      STATE_HELD,        ACTION_HELD,        REASON_FREE_ABOVE_TOTAL, ACTION_NONE,        NEVER,   NEVER, 0 },
    { "eu-central-moba-01",     6, 20,  30,  180,   20,   0, 0,   34,    4,    0,    4,   -1,
      STATE_PAUSED,      ACTION_HELD,        REASON_PAUSED,           ACTION_SCALED,      AT_PASS, 2883104, -1 },
    { "eu-west-arena-ranked",   8, 20, 210, 1680,  180,  25, 0,  235,   25,   25,    0,   25,
      STATE_UP,          ACTION_SCALED,      REASON_BELOW_TARGET,     ACTION_SCALED,      AT_PASS, 17855, -3 },
    { "eu-west-chess-ranked",   8, 20,  12,   96,   10,   2, 0,   16,    4,    2,    1,    2,
      STATE_UP,          ACTION_SCALED,      REASON_MAX_STEP_UP,      ACTION_SCALED,      AT_PASS, 17767, -2 },
    { "us-east-arena-casual",   8, 20, 160, 1280,  470, -16, 0,  127,  -33,  -16,  -16,  -16,
      STATE_DOWN,        ACTION_SCALED,      REASON_MAX_STEP_DOWN,    ACTION_SCALED,      AT_PASS, 16920, 2 },
    { "eu-north-coop-hard",     4, 20,  36,  144,   15,   5, 0,   41,    0,    0,    0,    5,
      STATE_PENDING,     ACTION_NONE,        REASON_PENDING_HOSTS,    ACTION_SCALED,      AT_PASS, 47936, -1 },
    { "eu-west-battle-royale", 12, 20, 118, 1416,  286,   0, 0,  118,    0,    0,    0,   20,
      STATE_ON_TARGET,   ACTION_NONE,        REASON_ON_TARGET,        ACTION_SCALED,      AT_PASS, 318104, 1 },
    { "ap-south-lobby-01",      6, 25,  44,  264,   68,   0, 0,   44,    0,    0,    0,    0,
      STATE_ON_TARGET,   ACTION_NONE,        REASON_ON_TARGET,        ACTION_NONE,        AT_PASS, NEVER, 0 },
    { "eu-west-winter-cup",     8, 20,   6,   48,   24,   0, 0,    4,   -2,    0,    0,   -2,
      STATE_GONE,        ACTION_HELD,        REASON_GONE,             ACTION_SCALED,      198104, 498104, 2 },
};

static const struct show_line {
    int64_t ago_ms;
    enum level level;
    enum event_id event;
    const char *id;
    const char *text;
} show_lines[] = {
    { 198000, LEVEL_WARN,  EVENT_DEPLOYMENT_GONE, "eu-west-winter-cup",
      "deployment_gone deployment=eu-west-winter-cup pending_hosts=0" },
    { 48000,  LEVEL_ERROR, EVENT_SCALE_UNCONFIRMED, "eu-west-queue-02",
      "scale_unconfirmed deployment=eu-west-queue-02 delta=+2 key=8d0c41f2-4710-2 "
      "error=\"no response within 5s\" confirm_ms=90000 took_ms=5000" },
    { 18104,  LEVEL_DEBUG, EVENT_PASS_STARTED, NULL,
      "pass_started pass=4711 deployments=13 cause=interval" },
    { 17902,  LEVEL_WARN,  EVENT_HELD_BAD_DATA, "us-west-broken-feed",
      "held_bad_data deployment=us-west-broken-feed reason=free_above_total "
      "current_hosts=10 total_servers=80 free_servers=96" },
    { 17841,  LEVEL_INFO,  EVENT_HELD, "eu-west-event-spring",
      "held deployment=eu-west-event-spring delta=+0 raw_delta=+1 "
      "current_hosts=40 desired_hosts=41 reason=max_hosts" },
    { 17767,  LEVEL_INFO,  EVENT_SCALED, "eu-west-chess-ranked",
      "scaled deployment=eu-west-chess-ranked delta=+2 key=8d0c41f2-4711-8 took_ms=88" },
    { 17084,  LEVEL_ERROR, EVENT_SCALE_FAILED, "us-east-pvp-legacy",
      "scale_failed deployment=us-east-pvp-legacy delta=+2 key=8d0c41f2-4711-0 "
      "error=\"HTTP 409: quota exceeded\" applied=no took_ms=61" },
    { 16204,  LEVEL_INFO,  EVENT_PASS_DONE, NULL,
      "pass_done pass=4711 deployments=13 read=11 scaled=3 hosts_added=27 hosts_removed=16 "
      "held=4 starved=1 failed=1 unconfirmed=1 took_ms=1900" },
};
/* clang-format on */

static struct wall ago_or_never(int64_t ms)
{
    return ms == NEVER ? (struct wall){ 0 } : snapshots_ago(ms);
}

/* From the level of now backwards, a little uneven, so that a trend looks like one. */
static void show_trend(const struct show_row *show, struct snapshot_row *row)
{
    static const int waves[SNAPSHOT_TREND_LENGTH] = { 0, 2, 1, -1, 0, 3, 1, 0, -2, 1, 2, 0, -1 };
    int level = snapshots_level(row);
    for (int age = 0; age < SNAPSHOT_TREND_LENGTH; age++) {
        int64_t then = level - show->trend_step * age + waves[age];
        row->trend[SNAPSHOT_TREND_LENGTH - 1 - age] =
            level == TREND_UNREAD ? TREND_UNREAD : (uint8_t)clamp_i64(then, 0, 200);
    }
    for (int age = 0; show->state == STATE_UNREAD && age < 4; age++)
        row->trend[SNAPSHOT_TREND_LENGTH - 1 - age] = TREND_UNREAD;
}

static void show_deployment(struct snapshots *maker, const struct show_row *show)
{
    struct snapshot_row *row = snapshots_row(maker, snapshots_add(maker, show->id));
    *row = (struct snapshot_row){
        .name = row->name,
        .read_at = ago_or_never(show->read_ago_ms),
        .acted_at = ago_or_never(show->acted_ago_ms),
        .servers_per_host = show->per_host,
        .target_ppb = show->target_pct * SHARE_PERCENT,
        .hosts = show->hosts,
        .total_servers = show->total,
        .free_servers = show->free,
        .pending_hosts = show->pending,
        .unconfirmed_hosts = show->unconfirmed,
        .desired_hosts = show->desired,
        .raw_delta = show->raw,
        .delta = show->delta,
        .wanted_delta = show->wanted,
        .last_delta = show->last_delta,
        .state = (uint8_t)show->state,
        .base_state = (uint8_t)(show->state == STATE_STARVED ? STATE_FAILED : show->state),
        .action = (uint8_t)show->action,
        .reason = (uint8_t)show->reason,
        .last_action = (uint8_t)show->last_action,
        .is_paused = show->state == STATE_PAUSED,
        .is_listed = show->state != STATE_GONE,
    };
    show_trend(show, row);
}

void snapshots_fill_showcase(struct snapshots *maker)
{
    for (size_t i = 0; i < COUNT_OF(show_rows); i++)
        show_deployment(maker, &show_rows[i]);
    struct wall at = maker->at;
    for (size_t i = 0; i < COUNT_OF(show_lines); i++) {
        const struct show_line *show = &show_lines[i];
        maker->at = snapshots_ago(show->ago_ms);
        snapshots_line(maker, show->level, show->event, show->id, show->text);
    }
    maker->at = at;
    maker->pass = (struct snapshot_pass){
        .number = 4711,
        .started = snapshots_ago(PASS_AGE_MS),
        .took_ms = 1900,
        .deployments = 13,
        .read = 11,
        .scaled = 3,
        .hosts_added = 27,
        .hosts_removed = 16,
        .held = 4,
        .failed = 1,
        .unconfirmed = 1,
    };
}

/* --- a detail -------------------------------------------------------------------------------------------------- */

static const struct explanation example_steps[] = {
    /* clang-format off */
    STEP(PLAUSIBLE,         OK,     2, 2, PLAUSIBLE, 10, 96, 12, 8),
    STEP(DESIRED,           OK,     2, 2, DESIRED, 96, 10, 0, 86, 86, 8, 20 * SHARE_PERCENT, 14),
    STEP(BASE,              OK,     2, 2, BASE, 12, 0, 0, 0, 12, 14, 12, 2),
    STEP(LOOKAHEAD,         RAISED, 2, 4, LOOKAHEAD, 150000, 86, 12, 2, 100, 16),
    STEP(SURGE_RESERVE,     OK,     4, 4, SURGE, 80 * SHARE_PERCENT, 12, 10, 98, 14),
    STEP(SATURATION_STEP,   OK,     4, 4, SATURATION_NONE, 20 * SHARE_PERCENT),
    STEP(MIN_FREE_SERVERS,  OK,     4, 4, MIN_FREE_NONE, 0),
    STEP(SCALE_DOWN_WINDOW, OK,     4, 4, WINDOW, 15 * MINUTE_MS, 16),
    STEP(OUTAGE_HOLD,       OK,     4, 4, OUTAGE_NONE, 30 * MINUTE_MS),
    STEP(PENDING,           OK,     4, 4, PENDING_NONE, 0),
    STEP(SHRINK_DOUBT,      OK,     4, 4, TRUSTED, 0),
    STEP(MIN_HOSTS,         OK,     4, 4, MIN_HOSTS, 1),
    STEP(MAX_HOSTS,         OK,     4, 4, MAX_HOSTS, 40),
    STEP(START_HOLD,        OK,     4, 4, START_HOLD_NONE, 0),
    STEP(SURPLUS,           OK,     4, 4, SURPLUS_NONE, 0),
    STEP(MAX_GROWTH,        OK,     4, 4, GROWTH, 125),
    STEP(MAX_STEP,          CUT,    4, 2, STEP_UP_SHARE, 10 * SHARE_PERCENT, 2),
    STEP(COOLDOWN,          OK,     2, 2, COOLDOWN_UP_OVER, 0),
    STEP(GATE,              OK,     2, 2, GATE_FREE, 0),
    /* clang-format on */
};

/* To removing 4 of 12 hosts while 2 are pending and 16 were desired. */
static const struct explanation example_objections[] = {
    STEP(SCALE_DOWN_WINDOW, HELD, -4, 0, WINDOW, 15 * MINUTE_MS, 16),
    STEP(PENDING, CUT, -4, -2, PENDING_ADDED, 2),
    STEP(SURPLUS, HELD, -4, 0, SURPLUS, 96, 0, 108, -12, 0),
};

static void put_sentence(char *storage, size_t size, const char *sentence)
{
    struct text text;
    text_init(&text, storage, size);
    text_add(&text, sentence);
}

static void put_history(const struct snapshot_row *row, struct snapshot_detail *detail)
{
    int32_t total = row->total_servers > 0 ? row->total_servers : 100;
    for (int32_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        int32_t free_servers = (int32_t)((int64_t)total * (3 + (i * 7) % 31) / 100);
        detail->history[i] = (struct snapshot_sample){
            .is_read = i != 20 && i != 21,
            .busy_servers = total - free_servers,
            .free_servers = free_servers,
            .hosts = (row->hosts > 0 ? row->hosts : 10) - (SNAPSHOT_HISTORY_LENGTH - 1 - i) / 20,
        };
    }
}

void snapshots_example_detail(struct snapshots *maker, uint32_t slot,
                              struct snapshot_detail *ret_detail)
{
    const struct snapshot_row *row = snapshots_peek_row(maker, slot);
    assert_non_null(row->name);
    *ret_detail = (struct snapshot_detail){
        .slot = slot,
        .name = row->name,
        .pass = maker->pass.number,
        .step_count = COUNT_OF(example_steps),
        .order_count = 2,
        .orders = { { .delta = 1,
                      .sent = snapshots_ago(101104),
                      .until = snapshots_ago(101104 - 10 * MINUTE_MS) },
                    { .delta = 2,
                      .seen = 1,
                      .sent = snapshots_ago(17855),
                      .until = snapshots_ago(17855 - 10 * MINUTE_MS),
                      .is_unconfirmed = true } },
        .unready_hosts = 1,
        .policy = "eu-*",
        .is_target_own = true,
        .min_hosts = 1,
        .max_hosts = 40,
        .manual_delta = -4,
        .manual_hosts = (row->hosts > 0 ? row->hosts : 0) + row->pending_hosts - 4,
        .objection_count = COUNT_OF(example_objections),
    };
    memcpy(ret_detail->steps, example_steps, sizeof example_steps);
    put_sentence(ret_detail->failure, sizeof ret_detail->failure, "HTTP 409: quota exceeded");
    put_sentence(ret_detail->manual_refusal, sizeof ret_detail->manual_refusal,
                 "A scale request of this deployment is in flight.");
    memcpy(ret_detail->objections, example_objections, sizeof example_objections);
    put_history(row, ret_detail);
}
