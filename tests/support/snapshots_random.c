/*
 * Fleets and changes that are drawn from a seed.
 */
#include "tests/support/snapshots_state.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

static enum reason draw_reason(struct random *random, enum state state)
{
    static const enum reason held[] = { REASON_MAX_HOSTS, REASON_COOLDOWN_UP,
                                        REASON_FREE_ABOVE_TOTAL, REASON_COLLAPSED };
    static const enum reason waiting[] = { REASON_SCALE_DOWN_WINDOW, REASON_OUTAGE_HOLD,
                                           REASON_COOLDOWN_DOWN };
    static const enum reason failed[] = { REASON_READ_FAILED, REASON_READ_TIMEOUT, REASON_MISSING,
                                          REASON_UNAUTHORIZED, REASON_SCALE_REFUSED };
    switch (state) {
    case STATE_STARVED:
        return REASON_MAX_HOSTS;
    case STATE_FAILED:
        return failed[random_below(random, COUNT_OF(failed))];
    case STATE_UNCONFIRMED:
        return REASON_UNCONFIRMED;
    case STATE_UNREAD:
        return REASON_NONE;
    case STATE_HELD:
        return held[random_below(random, COUNT_OF(held))];
    case STATE_PAUSED:
        return REASON_PAUSED;
    case STATE_UP:
        return random_below(random, 3) == 0 ? REASON_MAX_STEP_UP : REASON_BELOW_TARGET;
    case STATE_DOWN:
        return random_below(random, 3) == 0 ? REASON_MAX_STEP_DOWN : REASON_ABOVE_TARGET;
    case STATE_PENDING:
        return REASON_PENDING_HOSTS;
    case STATE_WAITING:
        return waiting[random_below(random, COUNT_OF(waiting))];
    case STATE_ON_TARGET:
        return REASON_ON_TARGET;
    case STATE_GONE:
        return REASON_GONE;
    }
    return REASON_NONE;
}

static enum action action_of(enum state state)
{
    static const enum action actions[STATE_COUNT] = {
        [STATE_STARVED] = ACTION_HELD,
        [STATE_FAILED] = ACTION_FAILED,
        [STATE_UNCONFIRMED] = ACTION_UNCONFIRMED,
        [STATE_UNREAD] = ACTION_NONE,
        [STATE_HELD] = ACTION_HELD,
        [STATE_PAUSED] = ACTION_HELD,
        [STATE_UP] = ACTION_SCALED,
        [STATE_DOWN] = ACTION_SCALED,
        [STATE_PENDING] = ACTION_NONE,
        [STATE_WAITING] = ACTION_HELD,
        [STATE_ON_TARGET] = ACTION_NONE,
        [STATE_GONE] = ACTION_HELD,
    };
    return actions[state];
}

/* Three of four are on target; the others are of any state. */
static enum state draw_state(struct random *random)
{
    return random_below(random, 4) > 0 ? STATE_ON_TARGET
                                       : (enum state)random_below(random, STATE_COUNT);
}

static bool is_unknown(const struct snapshot_row *row)
{
    enum reason_kind kind = reason_row((enum reason)row->reason)->kind;
    return row->reason == REASON_NONE || kind == REASON_DATA ||
           (kind == REASON_FAILURE && row->reason != REASON_SCALE_REFUSED);
}

static void draw_counts(struct random *random, struct snapshot_row *row)
{
    row->servers_per_host = (int32_t)(1 + random_below(random, 20));
    row->target_ppb = (int32_t)(5 * random_below(random, 9)) * SHARE_PERCENT;
    row->hosts = (int32_t)(1 + random_below(random, random_below(random, 20) == 0 ? 2000 : 200));
    row->total_servers = row->hosts * row->servers_per_host;
    row->free_servers = (int32_t)random_below(random, row->total_servers + 1);
    if (random_below(random, 3) > 0)
        row->free_servers = (int32_t)((int64_t)row->free_servers * 2 / 5);
    int64_t busy = row->total_servers - row->free_servers;
    row->desired_hosts = (int32_t)ceil_div(
        busy * SHARE_WHOLE, (int64_t)(SHARE_WHOLE - row->target_ppb) * row->servers_per_host);
}

static int32_t signed_like(enum state state, int32_t size)
{
    return state == STATE_DOWN || state == STATE_WAITING ? -size : size;
}

static void draw_deltas(struct random *random, struct snapshot_row *row)
{
    enum state state = (enum state)row->state;
    int32_t size = (int32_t)(1 + random_below(random, 30));
    bool is_moving = state == STATE_UP || state == STATE_DOWN || state == STATE_FAILED;
    row->raw_delta = state == STATE_ON_TARGET || state == STATE_PENDING
                         ? 0
                         : signed_like(state, size + (int32_t)random_below(random, 9));
    row->delta = is_moving ? signed_like(state, size) : 0;
    row->wanted_delta = state == STATE_PAUSED ? row->raw_delta : 0;
    row->pending_hosts = state == STATE_PENDING || state == STATE_UNCONFIRMED ? size : row->delta;
    row->unconfirmed_hosts = state == STATE_UNCONFIRMED ? size : 0;
    bool has_acted = is_moving || row->pending_hosts != 0 || random_below(random, 2) == 0;
    row->last_delta = has_acted ? signed_like(state, size) : 0;
    row->last_action = has_acted ? (uint8_t)ACTION_SCALED : (uint8_t)ACTION_NONE;
    if (has_acted && (state == STATE_FAILED || state == STATE_UNCONFIRMED))
        row->last_action = (uint8_t)action_of(state);
}

/* Half of those of which nothing is known were never read; of the others, what was read last. */
static void forget(struct random *random, struct snapshot_row *row)
{
    row->desired_hosts = -1;
    row->raw_delta = row->delta = row->wanted_delta = 0;
    if (random_below(random, 2) == 0)
        return;
    row->hosts = row->total_servers = row->free_servers = -1;
    row->read_at = (struct wall){ 0 };
    if (reason_row((enum reason)row->reason)->kind == REASON_DATA)
        row->servers_per_host = row->target_ppb = -1;
}

static void draw_trend(struct random *random, struct snapshot_row *row)
{
    int64_t level = snapshots_level(row);
    for (size_t i = SNAPSHOT_TREND_LENGTH; i-- > 0;) {
        bool is_read = level != TREND_UNREAD && random_below(random, 20) > 0;
        row->trend[i] = is_read ? (uint8_t)level : TREND_UNREAD;
        if (level != TREND_UNREAD)
            level = clamp_i64(level + random_below(random, 11) - 5, 0, 200);
    }
}

static void draw_row(const struct snapshots *maker, struct random *random, struct snapshot_row *row)
{
    enum state state = draw_state(random);
    *row = (struct snapshot_row){
        .name = row->name,
        .state = (uint8_t)state,
        .action = (uint8_t)action_of(state),
        .reason = (uint8_t)draw_reason(random, state),
        .is_paused = state == STATE_PAUSED,
        .is_listed = state != STATE_GONE,
    };
    draw_counts(random, row);
    if (state == STATE_STARVED) {
        row->base_state = STATE_HELD;
        row->free_servers = 0;
    }
    draw_deltas(random, row);
    row->read_at.ms = maker->at.ms - PASS_AGE_MS + random_below(random, 2000);
    if (row->last_delta != 0)
        row->acted_at.ms = maker->at.ms - PASS_AGE_MS - random_below(random, 60 * MINUTE_MS);
    if (is_unknown(row))
        forget(random, row);
    draw_trend(random, row);
}

static void draw_id(struct random *random, size_t number, struct text *text)
{
    static const char *const regions[] = { "eu-west", "eu-north", "us-east", "us-west",
                                           "ap-south" };
    static const char *const games[] = {
        "arena", "battle-royale", "chess", "coop", "lobby", "moba"
    };
    text_reset(text);
    text_addf(text, "%s-%s-%05zu", regions[random_below(random, COUNT_OF(regions))],
              games[random_below(random, COUNT_OF(games))], number);
}

void snapshots_fill_random(struct snapshots *maker, size_t count, uint64_t seed)
{
    struct random random = { seed };
    char storage[64];
    struct text id;
    text_init(&id, storage, sizeof storage);
    for (size_t i = 0; i < count; i++) {
        draw_id(&random, maker->drawn_count++, &id);
        draw_row(maker, &random, snapshots_row(maker, snapshots_add(maker, id.data)));
    }
}

void snapshots_stir(struct snapshots *maker, size_t count, uint64_t seed)
{
    struct random random = { seed };
    for (size_t i = 0; i < count && maker->slot_count > 0; i++) {
        uint32_t slot = (uint32_t)random_below(&random, (int64_t)maker->slot_count);
        if (snapshots_peek_row(maker, slot)->name)
            draw_row(maker, &random, snapshots_open_row(maker, slot));
    }
}
