#include "tui/console/console.h"
#include "tui/console/console_state.h"

/* --- snapshots ------------------------------------------------------------------------------------------------- */

static void take_acknowledgements(struct console *console, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->ack_count; i++) {
        const struct command_ack *ack = &snapshot->acks[i];
        if (ack->kind != COMMAND_FOCUS)
            console_say(console, ack->is_accepted ? ROLE_NORMAL : ROLE_ERROR, "%s", ack->text);
    }
}

static void show(struct console *console, const struct snapshot *snapshot)
{
    const struct snapshot *old = console->shown;
    console->shown = snapshot;
    console_give_back(console, old);
    console_list_follow(console);
    console_steer_follow(console);
}

void console_take(struct console *console, struct mono now, const struct snapshot *snapshot)
{
    console->now = now;
    console->arrived = now;
    console->is_stale = false;
    console->is_dirty = true;
    logbook_add(console->logbook, snapshot);
    console_log_settle(console);
    take_acknowledgements(console, snapshot);
    if (console->is_frozen) {
        console_give_back(console, console->behind);
        console->behind = snapshot;
    } else {
        show(console, snapshot);
    }
    console_steer_focus(console);
}

/* The log is frozen too; new lines are only counted. */
void console_freeze(struct console *console)
{
    if (!console->shown) {
        console_say(console, ROLE_WARN, "nothing to freeze yet");
        return;
    }
    bool is_following = console->log.is_following;
    console->is_frozen = true;
    console_log_stop(console);
    console->was_following = is_following;
}

void console_thaw(struct console *console)
{
    const struct snapshot *newest = console->behind;
    console->is_frozen = false;
    console->behind = NULL;
    if (console->was_following)
        console_log_follow(console);
    if (newest)
        show(console, newest);
}
