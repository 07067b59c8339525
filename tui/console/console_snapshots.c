#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

/* --- snapshots ------------------------------------------------------------------------------------------------- */

void console_snapshots_release(const struct console *console, const struct snapshot *snapshot)
{
    if (snapshot)
        console->port.release(console->port.context, snapshot);
}

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
    console_snapshots_release(console, old);
    console_attention_begin(console);
    console_list_follow(console);
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

void console_snapshots_take(struct console *console, struct mono now,
                            const struct snapshot *snapshot)
{
    console->now = now;
    console->arrived = now;
    console->is_dirty = true;
    console_attention_take(console, snapshot);
    logbook_add(console->logbook, snapshot);
    console_log_settle(console);
    take_acknowledgements(console, snapshot);
    if (console->is_frozen) {
        console_snapshots_release(console, console->behind);
        console->behind = snapshot;
    } else {
        show(console, snapshot);
    }
    add_to_trend(console, snapshot);
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
