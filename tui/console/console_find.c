/*
 * The search in the list: the cursor goes to rows that match, and nothing is hidden. While the text is typed, the
 * cursor is on the first match from where it was.
 */
#include "tui/console/console_state.h"

#include <string.h>

#define SHOWN_MAX 40 /* bytes of the text in a message */

/* The count has no place of its own on a small terminal. */
static void say_where(struct console *console, bool is_wrapped, bool is_forward)
{
    size_t number = hits_before(console->hits, console->cursor.position) + 1;
    size_t count = hits_count(console->hits);
    if (is_wrapped && count > 1)
        console_message(console, ROLE_NORMAL, "%zu of %zu: went on at the %s", number, count,
                        is_forward ? "first one" : "last one");
    else if (is_wrapped)
        console_message(console, ROLE_NORMAL, "1 of 1: there is no other match");
    else if (console->layout.view.rows == 0)
        console_message(console, ROLE_NORMAL, "%zu of %zu", number, count);
}

static void say_none(struct console *console)
{
    console_message(console, ROLE_WARN, "no row here matches '%.*s'", SHOWN_MAX,
                    filter_text(console->search));
}

void console_find_open(struct console *console)
{
    const char *text = filter_text(console->search);
    console->cursor_before = console->cursor;
    memcpy(console->text_before, text, strlen(text) + 1);
    prompt_open(&console->prompts[PROMPT_FIND], "");
    console->prompt_use = PROMPT_FIND;
}

/* Where the cursor was when the prompt was opened. */
static void return_to_start(struct console *console)
{
    size_t position;
    const struct cursor *before = &console->cursor_before;
    if (before->slot != SLOT_NONE && order_find(console->order, before->slot, &position))
        console_order_put(console, position);
}

void console_find_leave(struct console *console)
{
    return_to_start(console);
}

void console_find_type(struct console *console, const char *text)
{
    struct error err = { 0 };
    size_t position;
    bool is_wrapped;
    bool is_bad = filter_set(console->search, text, &err) != 0;
    console->prompt_fault = (struct prompt_fault){ .is_bad = is_bad,
                                                   .fault = filter_fault(console->search),
                                                   .error = err };
    if (is_bad)
        return;
    console_order_search(console);
    return_to_start(console);
    if (hits_find(console->hits, console->cursor.position, true, &position, &is_wrapped))
        console_order_put(console, position);
}

void console_find_enter(struct console *console)
{
    if (filter_is_empty(console->search))
        return;
    if (hits_count(console->hits) == 0)
        say_none(console);
    else if (console->layout.view.rows == 0)
        say_where(console, false, true);
}

void console_find_next(struct console *console, bool is_forward)
{
    size_t count = order_count(console->order);
    size_t at = console->cursor.position;
    size_t position;
    bool is_wrapped;
    if (filter_is_empty(console->search)) {
        console_find_open(console);
        return;
    }
    bool is_over = is_forward ? at + 1 >= count : at == 0;
    size_t from = is_over ? count : is_forward ? at + 1 : at - 1;
    if (!hits_find(console->hits, from, is_forward, &position, &is_wrapped)) {
        say_none(console);
        return;
    }
    console_order_put(console, position);
    say_where(console, is_wrapped, is_forward);
}

bool console_find_clear(struct console *console)
{
    struct error err;
    if (filter_is_empty(console->search))
        return false;
    filter_set(console->search, "", &err);
    console_order_search(console);
    return true;
}
