#include "tui/console/console_state.h"
#include "tui/console/palette.h"

#include <string.h>

void console_palette_complete(struct console *console)
{
    struct prompt *prompt = &console->prompts[PROMPT_COMMAND];
    char completed[PROMPT_SIZE];
    palette_complete(prompt->text, completed);
    prompt_open(prompt, completed);
}

static void run_key(struct console *console, enum act act)
{
    if (!console_acts_run(console, act))
        console_message(console, ROLE_WARN, "%s does nothing on this page", keys_word(act).text);
}

/* The list's commands go to the list. */
static void show_list(struct console *console)
{
    while (console->page != PAGE_LIST)
        console_list_back(console);
    console->is_log_focused = false;
}

static void show_log(struct console *console)
{
    if (console->page != PAGE_LOG)
        console_log_toggle(console);
}

/* What is wrong with the text has no prompt to stand above. */
static void say_fault(struct console *console)
{
    if (console->prompt_fault.is_bad)
        console_message(console, ROLE_ERROR, "%s", console->prompt_fault.error.msg);
    console->prompt_fault.is_bad = false;
}

static void find(struct console *console, const char *text)
{
    console_order_refresh(console);
    console->cursor_before = console->cursor;
    console_find_type(console, text);
    if (!console->prompt_fault.is_bad)
        console_find_enter(console);
}

static void perform(struct console *console, const struct palette_command *command)
{
    switch (command->kind) {
    case PALETTE_KEY:
        run_key(console, command->act);
        break;
    case PALETTE_VIEW:
        show_list(console);
        console_order_view(console, command->view);
        break;
    case PALETTE_SORT:
        show_list(console);
        console_list_sort(console, command->column);
        break;
    case PALETTE_FILTER:
        show_list(console);
        console_list_filter(console, command->text);
        break;
    case PALETTE_FIND:
        show_list(console);
        find(console, command->text);
        break;
    case PALETTE_GO:
        show_list(console);
        console_list_go(console, command->text);
        break;
    case PALETTE_SCALE:
        console_commands_scale(console, command->delta);
        break;
    case PALETTE_PAUSE:
        console_commands_pause(console, command->for_ms);
        break;
    case PALETTE_RESUME:
        console_commands_resume(console, command->is_all);
        break;
    case PALETTE_LEVEL:
        console_log_level(console, command->level);
        break;
    case PALETTE_ONLY:
        show_log(console);
        console_log_only(console, command->text);
        break;
    case PALETTE_TIME:
        show_log(console);
        console_log_enter_time(console, command->text);
        break;
    case PALETTE_AT:
        console_past_enter_time(console, command->text);
        break;
    case PALETTE_SPEED:
        console_past_speed(console, command->speed_millis);
        break;
    case PALETTE_HELP:
        console_acts_help(console, command->text);
        break;
    }
    say_fault(console);
}

/* The command was typed for the deployment that had the cursor then. */
static void check_cursor(struct console *console)
{
    const struct cursor *before = &console->cursor_before;
    if (console->cursor.slot != before->slot || strcmp(console->cursor.id, before->id) != 0)
        console->cursor.jumped = console->now;
}

void console_palette_run(struct console *console, const char *text)
{
    struct palette_command command;
    struct error err;
    if (text[strspn(text, " ")] == '\0')
        return;
    if (palette_parse(text, &command, &err)) {
        console_message(console, ROLE_ERROR, "%s", err.msg);
        return;
    }
    check_cursor(console);
    perform(console, &command);
}
