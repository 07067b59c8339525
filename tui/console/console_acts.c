#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

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

void console_acts_help(struct console *console, const char *wanted)
{
    struct text text;
    text_init(&text, console->help_wanted, sizeof console->help_wanted);
    text_add(&text, wanted ? wanted : "");
    console->is_help_open = true;
    console->help_top = 0;
}

static void open_help(struct console *console)
{
    console_acts_help(console, NULL);
}

static void close_help(struct console *console)
{
    console->is_help_open = false;
}

static void repaint(struct console *console)
{
    console_wish(console, WISH_REPAINT);
}

/* The prompt of the palette, with the beginning of a command. */
static void begin_command(struct console *console, const char *text)
{
    prompt_open(&console->prompts[PROMPT_COMMAND], text);
    console->prompt_use = PROMPT_COMMAND;
    console->cursor_before = console->cursor;
    console->text_before[0] = '\0';
}

static void open_palette(struct console *console)
{
    begin_command(console, "");
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

void console_acts_clamp(struct console *console)
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
        console_acts_clamp(console);
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
        console_acts_clamp(console);
    else if (act == ACT_REPAINT)
        repaint(console);
    else if (act == ACT_SUSPEND)
        console_commands_suspend(console);
    else if (act == ACT_FIND_HELP)
        begin_command(console, "help ");
    else if (act == ACT_BACK && console->help_wanted[0] != '\0')
        open_help(console);
    else if (act == ACT_HELP || act == ACT_BACK || act == ACT_QUIT)
        close_help(console);
}

static void walk(struct console *console, int by)
{
    console_order_refresh(console);
    if (console_order_move(console, by))
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
        console_acts_clamp(console);
}

static void copy(struct console *console)
{
    console_copy(console, false);
}

static void copy_to_file(struct console *console)
{
    console_copy(console, true);
}

/* --- acts ------------------------------------------------------------------------------------------------------ */

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
    { ACT_COMMAND, open_palette },
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

void console_acts_press(struct console *console, unsigned context, enum act act, uint32_t keypress)
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

bool console_acts_run(struct console *console, enum act act)
{
    unsigned context = console_key_context(console);
    if (!(keys_row(act)->contexts & context))
        return false;
    console_acts_press(console, context, act, keys_keypress(keys_row(act), 0));
    return true;
}
