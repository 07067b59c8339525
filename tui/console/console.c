#include "tui/console/console.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "tui/console/console_state.h"

void console_bind(struct console *console, const struct key_bindings *bindings)
{
    console->bindings = *bindings;
    console->is_dirty = true;
    struct text text;
    text_init(&text, console->frozen, sizeof console->frozen);
    text_addf(&text, "the display is frozen and may be out of date: press %s to resume it",
              console_key(console, ACT_FREEZE).text);
    text_init(&text, console->past_refusal, sizeof console->past_refusal);
    text_addf(&text, "this is the past, and nothing can be sent: press %s to go back to now",
              console_key(console, ACT_NOW).text);
}

/* --- life ------------------------------------------------------------------------------------------------------ */

static int make_parts(struct console *console, const char *filter, struct error *err)
{
    if (order_create(&console->order) || filter_create(&console->filter) ||
        filter_create(&console->search) || hits_create(&console->hits) ||
        logbook_create(&console->logbook) || attention_create(&console->attention) ||
        logbook_create(&console->aside.logbook) || attention_create(&console->aside.attention) ||
        line_pattern_create(LINE_PATTERN_ONLY, &console->log.only) ||
        line_pattern_create(LINE_PATTERN_SEARCH, &console->log.search))
        return error_no_memory(err);
    return filter ? filter_set(console->filter, filter, err) : 0;
}

int console_create(const struct console_config *config, const struct console_port *port,
                   const struct console_renderer *renderer, struct console **ret_console,
                   struct error *err)
{
    struct console *console = heap_alloc(1, sizeof *console);
    if (!console)
        return error_no_memory(err);
    console->config = *config;
    console->config.filter = NULL; /* borrowed from the caller; copied below */
    console->config.bindings = NULL;
    struct key_bindings bindings;
    key_bindings_init(&bindings);
    console_bind(console, config->bindings ? config->bindings : &bindings);
    console->port = *port;
    console->renderer = renderer;
    console->view = config->view;
    console->home = config->view;
    console->is_view_due = config->is_view_auto;
    console->sort = config->sort;
    console->is_descending = columns_row(config->sort)->is_descending;
    column_choice_reset(&console->choice);
    console->cursor.slot = SLOT_NONE;
    console->focus.slot = SLOT_NONE;
    console->log.level_min = LEVEL_INFO;
    console->log.is_following = true;
    console->is_dirty = true;
    typing_init(&console->typing);
    fleet_trend_init(&console->trend);
    fleet_trend_init(&console->aside.trend);
    console->past.is_asked = config->is_replay;
    int failed = make_parts(console, config->filter, err);
    if (failed) {
        console_destroy(console);
        return failed;
    }
    *ret_console = console;
    return 0;
}

void console_destroy(struct console *console)
{
    if (!console)
        return;
    console_release_snapshot(console, console->shown);
    console_release_snapshot(console, console->behind);
    if (console->past.compared != console->shown)
        console_release_snapshot(console, console->past.compared);
    order_destroy(console->order);
    filter_destroy(console->filter);
    filter_destroy(console->search);
    hits_destroy(console->hits);
    logbook_destroy(console->logbook);
    attention_destroy(console->attention);
    logbook_destroy(console->aside.logbook);
    attention_destroy(console->aside.attention);
    line_pattern_destroy(console->log.only);
    line_pattern_destroy(console->log.search);
    heap_free(console);
}

/* --- messages and requests ------------------------------------------------------------------------------------- */

void console_warn(struct console *console, struct mono now, const char *sentence)
{
    console->now = now;
    console_message(console, ROLE_WARN, "%s", sentence);
}

enum console_wish console_take_wish(struct console *console)
{
    enum console_wish wish = console->wish;
    console->wish = WISH_NONE;
    return wish;
}

const char *console_copied(const struct console *console)
{
    return console->copy;
}

bool console_is_dirty(const struct console *console)
{
    return console->is_dirty;
}

/* --- input ----------------------------------------------------------------------------------------------------- */

void console_input(struct console *console, struct mono now, const struct input *input)
{
    console->now = now;
    console->is_dirty = true;
    console->is_touched = true;
    console_keys_take(console, input);
    console_commands_focus(console);
}

void console_interrupt(struct console *console, struct mono now)
{
    console->now = now;
    console->is_dirty = true;
    typing_init(&console->typing);
    console_commands_interrupt(console);
    console_commands_focus(console);
}

/* --- time ------------------------------------------------------------------------------------------------------ */

struct mono console_deadline(const struct console *console)
{
    struct mono deadline = console_freshness_deadline(console);
    if (console->message[0] != '\0')
        deadline = mono_min(deadline, console->message_until);
    if (console->hold_until.ms != 0)
        deadline = mono_min(deadline, console->hold_until);
    return mono_min(deadline, typing_deadline(&console->typing));
}

void console_tick(struct console *console, struct mono now)
{
    console->now = now;
    console_keys_release(console);
    if (console->message[0] != '\0' && now.ms >= console->message_until.ms) {
        console->message[0] = '\0';
        console->is_dirty = true;
    }
    if (console->hold_until.ms != 0 && now.ms >= console->hold_until.ms) {
        console->hold_until = (struct mono){ 0 };
        console->is_dirty = true;
    }
    if (console_freshness_follow(console)) {
        console->is_dirty = true;
        console_commands_follow(console);
        console_commands_focus(console);
    }
}

/* --- the picture ----------------------------------------------------------------------------------------------- */

static void lay_out(struct console *console, const struct canvas *canvas)
{
    console->screen_columns = canvas->columns;
    console->screen_rows = canvas->rows;
    if (console->page == PAGE_LIST)
        layout_list(canvas->columns, canvas->rows, &console->layout);
    else
        layout_page(canvas->columns, canvas->rows, &console->layout);
    if (console->is_strip_folded)
        layout_fold_strip(&console->layout);
    column_choice_fit(&console->choice, canvas->columns, console->columns_skipped,
                      console->view == VIEW_ATTENTION, &console->columns);
}

/* On a small terminal the log pane is not shown, so it cannot have the focus. */
static void measure(struct console *console)
{
    const struct layout *layout = &console->layout;
    if (console->page == PAGE_LIST) {
        console->list_rows = layout->list.rows;
        console->log_rows = layout->log.rows;
        if (layout->log.rows == 0)
            console->is_log_focused = false;
        console_order_scroll(console, layout->list.rows);
    } else if (console->page == PAGE_LOG) {
        console->log_rows = (int)max_i64(0, console_log_area(console).rows);
    }
    console_acts_clamp(console);
}

/* Once for each: it hides what was not asked for. Lines are matched while they are drawn: the next frame reports it. */
static void tell_what_is_given_up(struct console *console)
{
    bool is_given_up = filter_is_given_up(console->filter) || filter_is_given_up(console->search) ||
                       line_pattern_is_given_up(console->log.only) ||
                       line_pattern_is_given_up(console->log.search);
    if (is_given_up && !console->is_given_up_told)
        console_message(console, ROLE_ERROR,
                        "the expression takes too long: it is given up and matches nothing more");
    console->is_given_up_told = is_given_up;
}

void console_draw(struct console *console, struct canvas *canvas)
{
    console->columns_skipped = (int)min_i64(
        console->columns_skipped, column_choice_skipped_max(&console->choice, canvas->columns,
                                                            console->view == VIEW_ATTENTION));
    console_order_refresh(console);
    lay_out(console, canvas);
    measure(console);
    canvas_clear(canvas);
    console->renderer->draw(console, canvas);
    console->is_dirty = false;
    tell_what_is_given_up(console);
}
