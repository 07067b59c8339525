#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <string.h>

#define WHEEL_ROWS 3

/* From this size on the help has a frame. */
#define HELP_FRAME_COLUMNS 24
#define HELP_FRAME_ROWS 5

/* --- pages ----------------------------------------------------------------------------------------------------- */

/* An explanation that was opened from the log returns to the log, so that pages never form a circle. */
static void toggle_log(struct console *console)
{
    if (console->page == PAGE_LOG ||
        (console->page == PAGE_EXPLAIN && console->explain_from == PAGE_LOG)) {
        console_list_back(console);
        return;
    }
    console->log_from = console->page;
    console->page = PAGE_LOG;
}

static void toggle_freeze(struct console *console)
{
    if (console->is_frozen)
        console_snapshots_thaw(console);
    else
        console_snapshots_freeze(console);
}

static void open_help(struct console *console)
{
    console->is_help_open = true;
    console->help_top = 0;
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
    if (console->page == PAGE_EXPLAIN)
        clamp_top(&console->explain_top,
                  console->renderer->explain_lines(console, console->screen_columns),
                  console->layout.list.rows - 1);
}

/* Scrolls by lines, by pages (as drawn last), or to an end. */
static bool scroll(int *top, enum act act, int rows)
{
    const int far = INT16_MAX;
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

static void press_in_help(struct console *console, enum act act)
{
    if (scroll(&console->help_top, act, help_rows(console)))
        console_keys_clamp(console);
    else if (act == ACT_REPAINT)
        repaint(console);
    else if (act == ACT_SUSPEND)
        console_commands_suspend(console);
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
    else if (scroll(&console->explain_top, act, console->layout.list.rows - 1))
        console_keys_clamp(console);
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

/* Keys that do the same on every page. */
static const struct {
    enum act act;
    void (*run)(struct console *console);
} common_acts[] = {
    { ACT_LOG, toggle_log },  { ACT_FREEZE, toggle_freeze },
    { ACT_REPAINT, repaint }, { ACT_HELP, open_help },
    { ACT_QUIT, quit },       { ACT_SUSPEND, console_commands_suspend },
};

static bool press_anywhere(struct console *console, enum act act)
{
    for (size_t i = 0; i < sizeof common_acts / sizeof common_acts[0]; i++) {
        if (common_acts[i].act == act) {
            common_acts[i].run(console);
            return true;
        }
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

void console_keys_press(struct console *console, uint32_t keypress)
{
    unsigned context = console_key_context(console);
    enum act act = keys_act(context, keypress);
    if (act == ACT_NONE)
        return;
    /* Like a second interrupt signal: leaves at once, on every page. */
    if (keypress == KEYPRESS_CTRL_C && console_commands_is_stopping(console))
        console_wish(console, WISH_LEAVE);
    else if (context == KEY_CONTEXT_HELP)
        press_in_help(console, act);
    else if (press_anywhere(console, act))
        return;
    else if (context == KEY_CONTEXT_EXPLAIN)
        press_in_explanation(console, act);
    else
        press_in_page(console, context, act, keypress);
}

/* --- prompts --------------------------------------------------------------------------------------------------- */

static void change(struct console *console, const char *text)
{
    switch (console->prompt_use) {
    case PROMPT_NONE:
        break;
    case PROMPT_FILTER:
        console_list_filter(console, text);
        /* The deployment that had the cursor may match again. */
        if (!console->is_filter_bad)
            console->cursor = console->cursor_before;
        break;
    case PROMPT_SEARCH:
        memmove(console->log.search, text, strlen(text) + 1);
        break;
    case PROMPT_ONLY:
        memmove(console->log.only, text, strlen(text) + 1);
        console_log_settle(console);
        break;
    }
}

static void close_prompt(struct console *console)
{
    console->prompt_use = PROMPT_NONE;
    console->is_filter_bad = false;
}

/* An empty search repeats the last one. */
static void enter(struct console *console, const char *text)
{
    bool is_search = console->prompt_use == PROMPT_SEARCH;
    if (console->prompt_use == PROMPT_FILTER && console->is_filter_bad)
        return;
    if (is_search && text[0] == '\0')
        change(console, console->text_before);
    close_prompt(console);
    if (is_search && console->log.search[0] != '\0')
        console_log_search(console);
}

void console_keys_type(struct console *console, const struct input *input)
{
    struct prompt *prompt = &console->prompts[console->prompt_use];
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
    if (console->is_help_open)
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
    struct area lines = area_below(console->layout.list, 1);
    if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN)
        turn_wheel(console, input, input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
    else if (console->is_help_open)
        return;
    else if (console->page == PAGE_LIST)
        click_page(console, input);
    else if (console->page == PAGE_LOG && is_in(lines, input))
        click_log(console, input->row - lines.row, input->kind == INPUT_DOUBLE_CLICK);
}
