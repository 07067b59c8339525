#include "tui/console/console_state.h"

#include "engine/base/text.h"

#include <string.h>

/* --- current page ---------------------------------------------------------------------------------------------- */

unsigned console_help_context(const struct console *console)
{
    switch (console->page) {
    case PAGE_LIST:
        return console->is_log_focused ? KEY_CONTEXT_LOG : KEY_CONTEXT_LIST;
    case PAGE_EXPLAIN:
        return KEY_CONTEXT_EXPLAIN;
    case PAGE_LOG:
        return KEY_CONTEXT_LOG;
    }
    return KEY_CONTEXT_LIST;
}

unsigned console_key_context(const struct console *console)
{
    return console->is_help_open || console->past.compared ? KEY_CONTEXT_HELP
                                                           : console_help_context(console);
}

bool console_is_explaining(const struct console *console)
{
    return console->page == PAGE_EXPLAIN ||
           (console->page == PAGE_LOG && console->log_from == PAGE_EXPLAIN);
}

const struct snapshot_row *console_cursor_row(const struct console *console)
{
    if (!console->shown)
        return NULL;
    const struct snapshot_row *row = snapshot_row_at(console->shown, console->cursor.slot);
    return row && strcmp(row->name->id, console->cursor.id) == 0 ? row : NULL;
}

const struct snapshot_detail *console_detail(const struct console *console)
{
    const struct snapshot_detail *detail = console->shown ? console->shown->detail : NULL;
    bool is_its_own = detail && detail->slot == console->cursor.slot &&
                      strcmp(detail->name->id, console->cursor.id) == 0;
    return is_its_own ? detail : NULL;
}

struct logbook_query console_log_query(const struct console *console)
{
    const char *id = console->page == PAGE_EXPLAIN ? console->cursor.id
                     : console->page == PAGE_LOG   ? console->log.scope
                                                   : "";
    return (struct logbook_query){ .level_min = console->log.level_min,
                                   .pattern = console->log.only,
                                   .id = *id != '\0' ? id : NULL };
}

/* --- messages and requests ------------------------------------------------------------------------------------- */

void console_message(struct console *console, enum role role, const char *format, ...)
{
    struct text text;
    text_init(&text, console->message, sizeof console->message);
    va_list args;
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
    console->message_role = role;
    console->message_until = mono_after(console->now, MESSAGE_MS);
    console->is_dirty = true;
}

const struct snapshot *console_newest(const struct console *console)
{
    return console->behind ? console->behind : console->shown;
}

void console_release_snapshot(const struct console *console, const struct snapshot *snapshot)
{
    if (snapshot)
        console->port.release(console->port.context, snapshot);
}

bool console_is_past(const struct console *console)
{
    return console->shown && console->shown->past;
}

struct key_label console_key(const struct console *console, enum act act)
{
    return key_bindings_label(&console->bindings, act);
}

void console_wish(struct console *console, enum console_wish wish)
{
    if (console->wish != WISH_LEAVE)
        console->wish = wish;
}
