#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

/* --- snapshots ------------------------------------------------------------------------------------------------- */

static void add_acknowledgements(const struct snapshot *snapshot, bool is_accepted,
                                 struct text *text)
{
    for (size_t i = 0; i < snapshot->ack_count; i++) {
        const struct command_ack *ack = &snapshot->acks[i];
        if (ack->kind != COMMAND_FOCUS && ack->is_accepted == is_accepted)
            text_addf(text, "%s%s", text->length > 0 ? "; " : "", ack->text);
    }
}

/* All that came together are one message, and what was refused is first in it. */
static void take_acknowledgements(struct console *console, const struct snapshot *snapshot)
{
    char storage[COMMAND_TEXT_SIZE];
    struct text text;
    enum role role = ROLE_NORMAL;
    text_init(&text, storage, sizeof storage);
    add_acknowledgements(snapshot, false, &text);
    if (text.length > 0)
        role = ROLE_ERROR;
    add_acknowledgements(snapshot, true, &text);
    if (text.length > 0)
        console_message(console, role, "%s", storage);
}

static void show(struct console *console, const struct snapshot *snapshot)
{
    const struct snapshot *old = console->shown;
    console->shown = snapshot;
    if (old != console->past.compared)
        console_release_snapshot(console, old);
    console_attention_begin(console);
    console_order_follow(console);
    console_commands_follow(console);
}

/* A demo's hour is that of its simulated fleet. */
static int64_t fleet_ms(const struct snapshot_engine *engine, int64_t ms)
{
    return engine->demo_speed_millis > 0 ? mul_div(ms, engine->demo_speed_millis, 1000) : ms;
}

/* Of the newest snapshot, also while the display is frozen. */
static void add_to_trend(struct console *console, const struct snapshot *snapshot)
{
    const struct snapshot_engine *engine = &snapshot->engine;
    int64_t patience_ms = console_old_after_ms(console);
    int64_t age_ms = snapshot->at.ms - engine->last_read.ms;
    bool is_known = engine->last_read.ms != 0 && age_ms <= patience_ms;
    struct wall at = { fleet_ms(engine, snapshot->at.ms) };
    int64_t filled = ceil_div(fleet_ms(engine, patience_ms), FLEET_TREND_MINUTE_MS);
    fleet_trend_add(&console->trend, at, &snapshot->totals, is_known, filled);
}

/* The snapshot before this one, of the same source; NULL: none is held. */
static const struct snapshot *before_of(const struct console *console,
                                        const struct snapshot *snapshot)
{
    const struct snapshot *shown = console->shown;
    if (!snapshot->past && console->behind)
        return console->behind;
    return shown && !shown->past == !snapshot->past ? shown : NULL;
}

/* What is kept of the source of this snapshot. */
static void keep(struct console *console, const struct snapshot *snapshot)
{
    const struct snapshot *before = before_of(console, snapshot);
    if (snapshot->past)
        console_past_begin(console, snapshot->past);
    console_attention_take(console, snapshot->past && snapshot->past->is_jump ? NULL : before,
                           snapshot);
    logbook_add(console->logbook, snapshot);
}

static void put_behind(struct console *console, const struct snapshot *snapshot)
{
    console_release_snapshot(console, console->behind);
    console->behind = snapshot;
}

/* The first snapshot of the past: that of the engine goes behind it. */
static void turn_to_past(struct console *console, const struct snapshot *snapshot)
{
    const struct snapshot *live = console->shown;
    if (console->is_frozen)
        console->is_frozen = false;
    console->shown = snapshot;
    console_past_turn(console);
    if (live && !console->behind)
        console->behind = live;
    else
        console_release_snapshot(console, live);
    console_order_follow(console);
}

static void take_past(struct console *console, const struct snapshot *snapshot)
{
    if (!console->past.is_asked) {
        console_release_snapshot(console, snapshot); /* it was asked for before now came back */
        return;
    }
    bool is_turn = !console->config.is_replay && !console_is_past(console);
    if (snapshot->past->speed_millis > 0)
        console->past.speed_millis = snapshot->past->speed_millis;
    if (is_turn)
        turn_to_past(console, snapshot);
    keep(console, snapshot);
    console_log_settle(console);
    if (!is_turn)
        show(console, snapshot);
    add_to_trend(console, snapshot);
    if (snapshot->past->difference)
        console_past_show_difference(console, snapshot);
}

static void take_live(struct console *console, const struct snapshot *snapshot)
{
    bool is_aside = console_is_past(console);
    if (is_aside)
        console_past_swap(console);
    keep(console, snapshot);
    if (!is_aside)
        console_log_settle(console);
    if (console->is_frozen || is_aside)
        put_behind(console, snapshot);
    else
        show(console, snapshot);
    add_to_trend(console, snapshot);
    if (is_aside)
        console_past_swap(console);
}

void console_snapshots_take(struct console *console, struct mono now,
                            const struct snapshot *snapshot)
{
    console->now = now;
    console->is_dirty = true;
    take_acknowledgements(console, snapshot);
    if (snapshot->past) {
        take_past(console, snapshot);
    } else {
        console->arrived = now;
        take_live(console, snapshot);
    }
    if (console_freshness_follow(console))
        console_commands_follow(console);
    console_commands_focus(console);
}

/* The log is frozen too; new lines are only counted. */
void console_snapshots_freeze(struct console *console)
{
    if (!console->shown) {
        console_message(console, ROLE_WARN, "nothing to freeze yet");
        return;
    }
    if (console_is_past(console)) {
        console_message(console, ROLE_NORMAL,
                        "the past stands still: Space plays it, and stops it");
        return;
    }
    bool is_following = console->log.is_following;
    console->is_frozen = true;
    console_log_stop(console);
    console->was_following = is_following;
}

void console_snapshots_thaw(struct console *console)
{
    const struct snapshot *newest = console->behind;
    console->is_frozen = false;
    console->behind = NULL;
    if (console->was_following)
        console_log_follow(console);
    if (newest)
        show(console, newest);
}
