#include "tui/console/console.h"
#include "tui/console/console_state.h"

/* --- snapshots ------------------------------------------------------------------------------------------------- */

void console_snapshots_release(const struct console *console, const struct snapshot *snapshot)
{
    if (snapshot)
        console->port.release(console->port.context, snapshot);
}

static void take_acknowledgements(struct console *console, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->ack_count; i++) {
        const struct command_ack *ack = &snapshot->acks[i];
        if (ack->kind != COMMAND_FOCUS)
            console_message(console, ack->is_accepted ? ROLE_NORMAL : ROLE_ERROR, "%s", ack->text);
    }
}

static void show(struct console *console, const struct snapshot *snapshot)
{
    const struct snapshot *old = console->shown;
    console->shown = snapshot;
    console_snapshots_release(console, old);
    console_list_follow(console);
    console_commands_follow(console);
}

void console_snapshots_take(struct console *console, struct mono now,
                            const struct snapshot *snapshot)
{
    console->now = now;
    console->arrived = now;
    console->is_stale = false;
    console->is_dirty = true;
    logbook_add(console->logbook, snapshot);
    console_log_settle(console);
    take_acknowledgements(console, snapshot);
    if (console->is_frozen) {
        console_snapshots_release(console, console->behind);
        console->behind = snapshot;
    } else {
        show(console, snapshot);
    }
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
