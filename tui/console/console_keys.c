#include "tui/console/console_state.h"

#include "engine/base/arith.h"

#define WHEEL_ROWS 3

/* --- keys ------------------------------------------------------------------------------------------------------ */

/* A key of the list does nothing while the log has the focus. */
static void say_wrong_pane(struct console *console, uint32_t keypress)
{
    enum act act = key_bindings_act(&console->bindings, KEY_CONTEXT_LIST, keypress);
    if (act == ACT_NONE || console_key_context(console) != KEY_CONTEXT_LOG)
        return;
    if (console->page == PAGE_LOG)
        console_message(console, ROLE_WARN, "%s does nothing on this page", keys_word(act).text);
    else
        console_message(console, ROLE_WARN, "%s needs the list: %s goes back to it",
                        keys_word(act).text, console_key(console, ACT_NEXT_PANE).text);
}

void console_keys_press(struct console *console, uint32_t keypress)
{
    unsigned context = console_key_context(console);
    enum act act = key_bindings_act(&console->bindings, context, keypress);
    if (act == ACT_NONE) {
        say_wrong_pane(console, keypress);
        return;
    }
    /* Like a second interrupt signal: leaves at once, on every page. */
    if (keypress == KEYPRESS_CTRL_C && console_commands_is_stopping(console))
        console_wish(console, WISH_LEAVE);
    else
        console_acts_press(console, context, act, keypress);
}

/* --- prompts --------------------------------------------------------------------------------------------------- */

static void change(struct console *console, const char *text)
{
    switch (console->prompt_use) {
    case PROMPT_NONE:
    case PROMPT_COMMAND:
        break;
    case PROMPT_FILTER:
        console_list_filter(console, text);
        /* The deployment that had the cursor may match again. */
        if (!console->prompt_fault.is_bad)
            console->cursor = console->cursor_before;
        break;
    case PROMPT_FIND:
        console_find_type(console, text);
        break;
    case PROMPT_SEARCH:
    case PROMPT_ONLY:
        console_log_type(console, text);
        break;
    case PROMPT_TIME:
    case PROMPT_AT:
    case PROMPT_SAVE:
        console->prompt_fault.is_bad = false;
        break;
    }
}

static void close_prompt(struct console *console)
{
    console->prompt_use = PROMPT_NONE;
    console->prompt_fault.is_bad = false;
}

/* An empty search repeats the last one. */
static void enter(struct console *console, const char *text)
{
    bool is_search = console->prompt_use == PROMPT_SEARCH;
    bool is_command = console->prompt_use == PROMPT_COMMAND;
    bool is_find = console->prompt_use == PROMPT_FIND;
    if (console->prompt_use == PROMPT_TIME)
        console_log_enter_time(console, text);
    if (console->prompt_use == PROMPT_AT)
        console_past_enter_time(console, text);
    if (console->prompt_use == PROMPT_SAVE)
        console_views_enter(console, text);
    console->prompt_fault.is_refused = console->prompt_fault.is_bad;
    if (console->prompt_fault.is_bad)
        return;
    if ((is_search || is_find) && text[0] == '\0')
        change(console, console->text_before);
    close_prompt(console);
    if (is_command)
        console_palette_run(console, text);
    if (is_search && !line_pattern_is_empty(console->log.search))
        console_log_search(console);
    if (is_find)
        console_find_enter(console);
}

void console_keys_type(struct console *console, const struct input *input)
{
    struct prompt *prompt = &console->prompts[console->prompt_use];
    if (console->prompt_use == PROMPT_COMMAND && input->keypress == KEYPRESS_TAB) {
        console_palette_complete(console);
        return;
    }
    switch (prompt_input(prompt, input)) {
    case PROMPT_IGNORED:
    case PROMPT_MOVED:
        break;
    case PROMPT_CHANGED:
        change(console, prompt->text);
        break;
    case PROMPT_ENTERED:
        enter(console, prompt->text);
        break;
    case PROMPT_LEFT:
        change(console, console->text_before);
        if (console->prompt_use == PROMPT_FIND)
            console_find_leave(console);
        close_prompt(console);
        break;
    }
}

/* --- the mouse ------------------------------------------------------------------------------------------------- */

static bool is_in(struct area area, const struct input *input)
{
    return input->column >= area.column && input->column < area.column + area.columns &&
           input->row >= area.row && input->row < area.row + area.rows;
}

static void turn_wheel(struct console *console, const struct input *input, int rows)
{
    const struct layout *layout = &console->layout;
    if (console->past.compared)
        console->past.top = (int)clamp_i64(console->past.top + rows, 0, INT32_MAX);
    else if (console->is_help_open)
        console->help_top = (int)clamp_i64(console->help_top + rows, 0, INT16_MAX);
    else if (console->page == PAGE_EXPLAIN)
        console->explain_top = (int)clamp_i64(console->explain_top + rows, 0, INT16_MAX);
    else if (console->page == PAGE_LOG || is_in(layout->log, input) ||
             is_in(layout->log_title, input))
        console_log_wheel(console, rows);
    else
        console_list_wheel(console, rows);
    console_acts_clamp(console);
}

static void click_log(struct console *console, int row, bool is_double)
{
    console_log_click(console, row);
    if (is_double)
        console_log_explain(console);
}

static void click_list(struct console *console, const struct input *input)
{
    struct area list = console->layout.list;
    size_t position = console->list_top + (size_t)(input->row - list.row);
    console->is_log_focused = false;
    if (position >= order_count(console->order))
        return;
    console_list_click(console, input->row - list.row);
    if (input->kind == INPUT_DOUBLE_CLICK && console_list_explain(console))
        console->explain_from = PAGE_LIST;
}

static void click_page(struct console *console, const struct input *input)
{
    const struct layout *layout = &console->layout;
    bool is_double = input->kind == INPUT_DOUBLE_CLICK;
    if (is_in(layout->heading, input)) {
        console_list_click_heading(console, input->column - layout->heading.column);
    } else if (is_in(layout->list, input)) {
        click_list(console, input);
    } else if (is_in(layout->log, input)) {
        console->is_log_focused = true;
        click_log(console, input->row - layout->log.row, is_double);
    } else if (is_in(layout->log_title, input)) {
        console->is_log_focused = true;
    }
}

void console_keys_point(struct console *console, const struct input *input)
{
    struct area lines = console_log_area(console);
    if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN)
        turn_wheel(console, input, input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
    else if (console->is_help_open || console->past.compared)
        return;
    else if (console->page == PAGE_LIST)
        click_page(console, input);
    else if (console->page == PAGE_LOG && is_in(lines, input))
        click_log(console, input->row - lines.row, input->kind == INPUT_DOUBLE_CLICK);
}

/* --- the speed of keys ----------------------------------------------------------------------------------------- */

/* Keys of other groups that go on as movements do when they are held down. */
static bool is_walk(enum act act)
{
    return act == ACT_NEXT_MATCH || act == ACT_PREVIOUS_MATCH || act == ACT_NEXT_ERROR ||
           act == ACT_PREVIOUS_ERROR || act == ACT_EARLIER || act == ACT_LATER ||
           act == ACT_FASTER || act == ACT_SLOWER || act == ACT_NEXT_WARNING ||
           act == ACT_PREVIOUS_WARNING || act == ACT_REPAINT;
}

/* The text of a prompt follows the key that opens it, so that key does not wait. */
static bool opens_prompt(enum act act)
{
    return act == ACT_FIND_HELP || act == ACT_FILTER || act == ACT_FIND || act == ACT_SEARCH ||
           act == ACT_ONLY || act == ACT_TIME || act == ACT_AT || act == ACT_SAVE_VIEW ||
           act == ACT_COMMAND;
}

static enum typing_use use_of(const struct console *console, uint32_t keypress)
{
    if (console->dialog.kind != DIALOG_NONE)
        return dialog_use(&console->dialog, keypress);
    /* A pasted line is welcome as text, and is no command. */
    if (console->prompt_use == PROMPT_COMMAND && keypress == KEYPRESS_ENTER)
        return TYPING_ACT;
    if (console->prompt_use != PROMPT_NONE)
        return keypress == KEYPRESS_ENTER ? TYPING_ENTER : TYPING_PROMPT;
    if (console->chooser.is_open)
        return console_columns_use(keypress);
    enum act act = key_bindings_act(&console->bindings, console_key_context(console), keypress);
    if (act == ACT_NONE || opens_prompt(act) || keypress == KEYPRESS_CTRL_C)
        return TYPING_TEXT;
    if (act == ACT_EXPLAIN)
        return TYPING_LOOK;
    if (is_walk(act) || keys_row(act)->group == KEYS_MOVE)
        return TYPING_MOVE;
    return TYPING_ACT;
}

/* A key in a dialog. What a run of keys changes there is taken back to where it began. */
static void answer(struct console *console, const struct input *input)
{
    if (input->came.ms - console->dialog_changed.ms >= TYPING_RUN_MS)
        console->dialog_before = console->dialog;
    console->dialog_changed = input->came;
    console_commands_answer(console, input);
}

static void perform(struct console *console, const struct input *input)
{
    if (console->dialog.kind != DIALOG_NONE)
        answer(console, input);
    else if (console->prompt_use != PROMPT_NONE)
        console_keys_type(console, input);
    else if (console->chooser.is_open)
        console_columns_answer(console, input);
    else if (input->kind == INPUT_KEY)
        console_keys_press(console, input->keypress);
    else
        console_keys_point(console, input);
}

/* A key that waited for the answer of a dialog is not for another one. */
static void perform_held(struct console *console, const struct input *input)
{
    if (console->held_in == console->dialog.kind)
        perform(console, input);
}

static void say_pasted(struct console *console)
{
    if (console->prompt_use == PROMPT_NONE)
        console_message(console, ROLE_WARN, "ignored: pasted text, or keys faster than typed ones");
}

/* A dialog that opened just before was opened by the first key of the run. */
static void refuse_in_dialog(struct console *console, struct mono came)
{
    if (came.ms - console->dialog_opened.ms < TYPING_QUIET_MS) {
        console_commands_close(console);
        return;
    }
    if (came.ms - console->dialog_changed.ms < TYPING_RUN_MS)
        console->dialog = console->dialog_before;
    dialog_distrust(&console->dialog);
}

static void refuse_run(struct console *console, struct mono came)
{
    if (console->dialog.kind != DIALOG_NONE)
        refuse_in_dialog(console, came);
    say_pasted(console);
}

static void take_key(struct console *console, const struct input *input)
{
    switch (typing_take(&console->typing, input, use_of(console, input->keypress))) {
    case TYPING_NOW:
        perform(console, input);
        break;
    case TYPING_HELD:
        console->held_in = console->dialog.kind;
        break;
    case TYPING_PASTED:
        refuse_run(console, input->came);
        break;
    }
}

void console_keys_take(struct console *console, const struct input *input)
{
    bool is_paste = input->kind == INPUT_PASTE;
    if (input->kind == INPUT_KEY) {
        take_key(console, input);
        return;
    }
    if (!is_paste && console->typing.is_holding)
        return;
    if (is_paste)
        typing_paste(&console->typing, input->came);
    bool is_text = console->dialog.kind == DIALOG_NONE && console->prompt_use != PROMPT_NONE;
    if (is_paste && !is_text)
        say_pasted(console);
    else
        perform(console, input);
}

void console_keys_release(struct console *console)
{
    struct input held;
    if (!typing_release(&console->typing, console->now, &held))
        return;
    console->is_dirty = true;
    perform_held(console, &held);
    console_commands_focus(console);
}
