#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

#define WHEEL_ROWS 3

/* From this size on the help has a frame. */
#define HELP_FRAME_COLUMNS 24
#define HELP_FRAME_ROWS 5

/* --- pages ----------------------------------------------------------------------------------------------------- */

static void toggle_freeze(struct console *console)
{
    if (console->is_frozen)
        console_snapshots_thaw(console);
    else
        console_snapshots_freeze(console);
}

void console_keys_help(struct console *console, const char *wanted)
{
    struct text text;
    text_init(&text, console->help_wanted, sizeof console->help_wanted);
    text_add(&text, wanted ? wanted : "");
    console->is_help_open = true;
    console->help_top = 0;
}

static void open_help(struct console *console)
{
    console_keys_help(console, NULL);
}

static void close_help(struct console *console)
{
    console->is_help_open = false;
}

static void repaint(struct console *console)
{
    console_wish(console, WISH_REPAINT);
}

/* --- leaving --------------------------------------------------------------------------------------------------- */

static bool is_at_the_top(const struct console *console)
{
    return console->page == PAGE_LIST && !console->is_log_focused;
}

static void quit(struct console *console)
{
    bool is_top = is_at_the_top(console);
    if (is_top && console_commands_is_stopping(console))
        console_wish(console, WISH_LEAVE);
    else if (is_top)
        console_commands_quit(console);
    else
        console_list_back(console);
}

/* --- scrolling of pages ---------------------------------------------------------------------------------------- */

static int help_rows(const struct console *console)
{
    bool has_frame =
        console->screen_rows >= HELP_FRAME_ROWS && console->screen_columns >= HELP_FRAME_COLUMNS;
    return console->screen_rows - (has_frame ? 2 : 0);
}

static void clamp_top(int *top, int64_t lines, int64_t rows)
{
    *top = (int)clamp_i64(*top, 0, max_i64(0, lines - rows));
}

void console_keys_clamp(struct console *console)
{
    if (console->screen_rows == 0)
        return;
    if (console->is_help_open)
        clamp_top(&console->help_top,
                  console->renderer->help_lines(console, console->screen_columns),
                  help_rows(console));
    if (console->past.compared)
        clamp_top(&console->past.top,
                  (int64_t)console->past.compared->past->difference->count + DIFFERENCE_ROWS,
                  help_rows(console));
    if (console->page == PAGE_EXPLAIN)
        clamp_top(&console->explain_top,
                  console->renderer->explain_lines(console, console->screen_columns),
                  console->layout.list.rows - 1);
}

/* Scrolls by lines, by pages (as drawn last), or to an end. */
static bool scroll(int *top, enum act act, int rows)
{
    const int far = INT32_MAX;
    int page = (int)max_i64(1, rows);
    int half = (int)max_i64(1, rows / 2);
    const struct {
        enum act act;
        int by;
    } ways[] = {
        { ACT_DOWN, 1 },        { ACT_UP, -1 },          { ACT_HALF_DOWN, half },
        { ACT_HALF_UP, -half }, { ACT_PAGE_DOWN, page }, { ACT_PAGE_UP, -page },
        { ACT_FIRST, -far },    { ACT_LAST, far },
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (ways[i].act == act) {
            *top = (int)clamp_i64((int64_t)*top + ways[i].by, 0, far);
            return true;
        }
    }
    return false;
}

static void press_in_difference(struct console *console, enum act act)
{
    if (scroll(&console->past.top, act, help_rows(console)))
        console_keys_clamp(console);
    else if (act == ACT_REPAINT)
        repaint(console);
    else if (act == ACT_SUSPEND)
        console_commands_suspend(console);
    else if (act == ACT_BACK || act == ACT_QUIT || act == ACT_HELP)
        console_past_close_difference(console);
}

static void press_in_help(struct console *console, enum act act)
{
    if (scroll(&console->help_top, act, help_rows(console)))
        console_keys_clamp(console);
    else if (act == ACT_REPAINT)
        repaint(console);
    else if (act == ACT_SUSPEND)
        console_commands_suspend(console);
    else if (act == ACT_FIND_HELP)
        console_palette_begin(console, "help ");
    else if (act == ACT_BACK && console->help_wanted[0] != '\0')
        open_help(console);
    else if (act == ACT_HELP || act == ACT_BACK || act == ACT_QUIT)
        close_help(console);
}

static void walk(struct console *console, int by)
{
    console_list_refresh(console);
    if (console_list_move(console, by))
        console->explain_top = 0;
    else
        console_message(console, ROLE_NORMAL, "this is the %s one of the list",
                        by > 0 ? "last" : "first");
}

static void press_in_explanation(struct console *console, enum act act)
{
    if (act == ACT_DOWN || act == ACT_UP)
        walk(console, act == ACT_DOWN ? 1 : -1);
    else if (act == ACT_BACK)
        console_list_back(console);
    else if (act == ACT_ACKNOWLEDGE)
        console_attention_acknowledge(console);
    else if (scroll(&console->explain_top, act, console->layout.list.rows - 1))
        console_keys_clamp(console);
}

static void copy(struct console *console)
{
    console_copy(console, false);
}

static void copy_to_file(struct console *console)
{
    console_copy(console, true);
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

/* Keys that do the same on every page. */
static const struct {
    enum act act;
    void (*run)(struct console *console);
} common_acts[] = {
    { ACT_LOG, console_log_toggle },
    { ACT_FREEZE, toggle_freeze },
    { ACT_REPAINT, repaint },
    { ACT_HELP, open_help },
    { ACT_QUIT, quit },
    { ACT_SUSPEND, console_commands_suspend },
    { ACT_COMMAND, console_palette_open },
    { ACT_COPY, copy },
    { ACT_COPY_FILE, copy_to_file },
};

static bool press_anywhere(struct console *console, enum act act)
{
    for (size_t i = 0; i < sizeof common_acts / sizeof common_acts[0]; i++) {
        if (common_acts[i].act == act) {
            common_acts[i].run(console);
            return true;
        }
    }
    if (keys_row(act)->group == KEYS_PAST) {
        console_past_act(console, act);
        return true;
    }
    if (keys_row(act)->group != KEYS_ACT)
        return false;
    console_commands_act(console, act);
    return true;
}

static void press_in_page(struct console *console, unsigned context, enum act act,
                          uint32_t keypress)
{
    if (context == KEY_CONTEXT_LOG || act == ACT_LEVEL)
        console_log_act(console, act);
    else if (act == ACT_SORT)
        console_commands_sort(console);
    else
        console_list_act(console, act, keypress);
}

static void run(struct console *console, unsigned context, enum act act, uint32_t keypress)
{
    if (context == KEY_CONTEXT_HELP && console->past.compared)
        press_in_difference(console, act);
    else if (context == KEY_CONTEXT_HELP)
        press_in_help(console, act);
    else if (press_anywhere(console, act))
        return;
    else if (context == KEY_CONTEXT_EXPLAIN)
        press_in_explanation(console, act);
    else
        press_in_page(console, context, act, keypress);
}

bool console_keys_run(struct console *console, enum act act)
{
    unsigned context = console_key_context(console);
    if (!(keys_row(act)->contexts & context))
        return false;
    run(console, context, act, keys_keypress(keys_row(act), 0));
    return true;
}

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
        run(console, context, act, keypress);
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
    console_keys_clamp(console);
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
