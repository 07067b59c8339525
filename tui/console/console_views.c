/*
 * Views on digits: the fixed ones, and what the operator saved in place of them or behind them.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "engine/base/text.h"

#include <string.h>

/* --- what is shown now ----------------------------------------------------------------------------------------- */

static void take_current(const struct console *console, struct saved_view *ret_view)
{
    const char *filter = filter_text(console->filter);
    *ret_view = (struct saved_view){ .is_there = true,
                                     .view = console->view,
                                     .sort = console->sort,
                                     .is_descending = console->is_descending,
                                     .columns = console->choice };
    memcpy(ret_view->filter, filter, strlen(filter) + 1);
}

/* A filter that was saved is a good one; without memory the old one stays. */
static void apply(struct console *console, const struct saved_view *view)
{
    struct error err;
    if (filter_set(console->filter, view->filter, &err))
        console_message(console, ROLE_ERROR, "%s", err.msg);
    console->view = view->view;
    console->sort = view->sort;
    console->is_descending = view->is_descending;
    console->choice = view->columns;
    console->columns_skipped = 0;
    console_order_renew(console);
}

/* NULL: none, or its rows are not what is shown any more. */
static const struct saved_view *shown_view(const struct console *console)
{
    const struct saved_view *saved =
        console->digit > 0 ? &console->saved.digits[console->digit - 1] : NULL;
    bool is_shown = saved && saved->view == console->view &&
                    strcmp(saved->filter, filter_text(console->filter)) == 0;
    return is_shown ? saved : NULL;
}

const char *console_view_name(const struct console *console)
{
    const struct saved_view *saved = shown_view(console);
    return saved && saved->name[0] != '\0' ? saved->name : view_name(console->view);
}

int console_view_digit(const struct console *console)
{
    return shown_view(console) ? console->digit : (int)console->view + 1;
}

/* --- digits ---------------------------------------------------------------------------------------------------- */

static void leave_current(struct console *console)
{
    take_current(console, &console->before);
    console->digit_before = console->digit;
}

static void go_back(struct console *console)
{
    struct saved_view before = console->before;
    int digit = console->digit_before;
    if (!before.is_there) {
        console_message(console, ROLE_NORMAL, "there was no other view before");
        return;
    }
    leave_current(console);
    console->digit = digit;
    apply(console, &before);
}

void console_views_go(struct console *console, uint32_t keypress)
{
    int digit = (int)(keypress - '0');
    if (digit == 0) {
        go_back(console);
        return;
    }
    const struct saved_view *saved = &console->saved.digits[digit - 1];
    if (!saved->is_there && digit > VIEW_COUNT) {
        console_message(console, ROLE_NORMAL, "no view is saved on %d: %s saves this one", digit,
                        console_key(console, ACT_SAVE_VIEW).text);
        return;
    }
    leave_current(console);
    console->digit = saved->is_there ? digit : 0;
    if (saved->is_there)
        apply(console, saved);
    else
        console_order_view(console, (enum view)(digit - 1));
}

/* --- saving ---------------------------------------------------------------------------------------------------- */

void console_views_open(struct console *console)
{
    console->text_before[0] = '\0';
    prompt_open(&console->prompts[PROMPT_SAVE], "");
    console->prompt_use = PROMPT_SAVE;
}

static void refuse(struct console *console, const char *sentence)
{
    struct prompt_fault *fault = &console->prompt_fault;
    *fault = (struct prompt_fault){ .is_bad = true, .fault = { FILTER_FAULT_DIGIT, 0 } };
    error_set(&fault->error, ERR_BAD_VALUE, "%s", sentence);
}

static void remove_view(struct console *console, int digit)
{
    struct saved_view *saved = &console->saved.digits[digit - 1];
    bool was_there = saved->is_there;
    *saved = (struct saved_view){ 0 };
    if (console->digit == digit)
        console->digit = 0;
    console->is_saving_due = console->is_saving_due || was_there;
    console_message(console, ROLE_NORMAL,
                    was_there ? "view %d is removed" : "no view is saved on %d", digit);
}

static void save_view(struct console *console, int digit, const char *name)
{
    struct saved_view *saved = &console->saved.digits[digit - 1];
    take_current(console, saved);
    memcpy(saved->name, name, strlen(name) + 1);
    console->digit = digit;
    console->is_saving_due = true;
    if (console->config.views_lost)
        console_message(console, ROLE_WARN, "saved for this run only (%s): %d shows this view",
                        console->config.views_lost, digit);
    else
        console_message(console, ROLE_NORMAL,
                        "saved: %d shows this view, with filter, sorting and columns", digit);
}

/* "8", "8 its name", "-8" */
void console_views_enter(struct console *console, const char *text)
{
    bool is_removal = *text == '-';
    const char *at = text + is_removal;
    const char *name = at + 1 + (*at != '\0' ? strspn(at + 1, " ") : 0);
    console->prompt_fault = (struct prompt_fault){ 0 };
    if (*text == '\0')
        return;
    if (*at < '1' || *at > '9' || (at[1] != '\0' && (is_removal || at[1] != ' ')))
        refuse(console, "write a digit from 1 to 9 and a name, or -8 to remove 8");
    else if (strlen(name) >= SAVED_NAME_SIZE)
        refuse(console, "a name has at most 24 bytes");
    else if (is_removal)
        remove_view(console, *at - '0');
    else
        save_view(console, *at - '0', name);
}

/* --- between runs ---------------------------------------------------------------------------------------------- */

void console_restore(struct console *console, const struct saved_views *saved, bool has_choice)
{
    const struct saved_view *last = &saved->last;
    console->saved = *saved;
    if (!last->is_there || has_choice)
        return;
    console->view = last->view;
    console->sort = last->sort;
    console->is_descending = last->is_descending;
    console->choice = last->columns;
}

bool console_take_saved(struct console *console, struct saved_views *ret_saved)
{
    bool is_due = console->is_saving_due;
    struct saved_view *last = &console->saved.last;
    take_current(console, last);
    last->filter[0] = '\0';
    *ret_saved = console->saved;
    console->is_saving_due = false;
    return is_due;
}
