#include "tui/console/console_state.h"

#include <inttypes.h>

void console_attention_take(struct console *console, const struct snapshot *before,
                            const struct snapshot *snapshot)
{
    bool was_lost = console->is_attention_lost;
    console->is_attention_lost =
        attention_follow(console->attention, was_lost ? NULL : before, snapshot) != 0;
    if (console->is_attention_lost && !was_lost)
        console_message(console, ROLE_ERROR, "no memory to follow what needs attention");
}

/* The list of the first pass is complete. A key that was pressed has been meant for the view that was shown. */
void console_attention_begin(struct console *console)
{
    const struct snapshot_pass *pass = &console->shown->pass;
    if (!console->is_view_due || pass->number == 0 || (pass->number == 1 && pass->is_running))
        return;
    console->is_view_due = false;
    if (console->is_touched || attention_counts(console->attention).open == 0)
        return;
    console->home = VIEW_ATTENTION;
    console_order_view(console, VIEW_ATTENTION);
}

/* --- acknowledging --------------------------------------------------------------------------------------------- */

void console_attention_acknowledge(struct console *console)
{
    const struct snapshot_row *row =
        console_commands_may_act(console) ? console_commands_row(console) : NULL;
    if (!row)
        return;
    if (!attention_acknowledge(console->attention, console->cursor.slot)) {
        console_message(console, ROLE_NORMAL, "%s: nothing to acknowledge", row->name->shown);
        return;
    }
    bool goes_on = attention_at(console->attention, console->cursor.slot) != NULL;
    console_message(console, ROLE_NORMAL, "%s: acknowledged%s", row->name->shown,
                    goes_on ? "; it leaves the attention view when it has ended" : "");
    console_order_renew(console);
}

void console_attention_acknowledge_all(struct console *console)
{
    if (!console_commands_may_act(console))
        return;
    size_t count = attention_acknowledge_all(console->attention);
    if (count == 0) {
        console_message(console, ROLE_NORMAL, "nothing to acknowledge");
        return;
    }
    console_message(console, ROLE_NORMAL, "%zu acknowledged", count);
    console_order_renew(console);
}
