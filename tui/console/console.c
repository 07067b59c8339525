#include "tui/console/console.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "tui/console/console_state.h"

/* The engine is stale this many pass intervals after the next pass was due. */
#define STALE_INTERVALS 2
/* Lower limit for short intervals: a short silence does not make the engine stale. */
#define STALE_MS_MIN 5000

/* --- life ------------------------------------------------------------------------------------------------------ */

static int make_parts(struct console *console, const char *filter, struct error *err)
{
    if (order_create(&console->order) || filter_create(&console->filter) ||
        logbook_create(&console->logbook))
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
    console->port = *port;
    console->renderer = renderer;
    console->view = config->view;
    console->sort = config->sort;
    console->is_descending = columns_row(config->sort)->is_descending;
    console->cursor.slot = SLOT_NONE;
    console->focus.slot = SLOT_NONE;
    console->log.level_min = LEVEL_INFO;
    console->log.is_following = true;
    console->is_dirty = true;
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
    console_snapshots_release(console, console->shown);
    console_snapshots_release(console, console->behind);
    order_destroy(console->order);
    filter_destroy(console->filter);
    logbook_destroy(console->logbook);
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

bool console_is_dirty(const struct console *console)
{
    return console->is_dirty;
}

/* --- input ----------------------------------------------------------------------------------------------------- */

void console_input(struct console *console, struct mono now, const struct input *input)
{
    console->now = now;
    console->is_dirty = true;
    if (console->dialog.kind != DIALOG_NONE)
        console_commands_answer(console, input);
    else if (console->prompt_use != PROMPT_NONE)
        console_keys_type(console, input);
    else if (input->kind == INPUT_KEY)
        console_keys_press(console, input->keypress);
    else if (input->kind != INPUT_PASTE)
        console_keys_point(console, input);
    console_commands_focus(console);
}

/* --- time ------------------------------------------------------------------------------------------------------ */

/* When the engine becomes stale if no snapshot comes. */
static struct mono stale_at(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    if (!newest || newest->engine.pass_interval_ms <= 0)
        return MONO_NEVER;
    int64_t patience_ms = max_i64(STALE_MS_MIN, STALE_INTERVALS * newest->engine.pass_interval_ms);
    int64_t until_pass_ms = clamp_i64(newest->engine.next_pass.ms - newest->at.ms, 0, patience_ms);
    return mono_after(console->arrived, until_pass_ms + patience_ms);
}

struct mono console_deadline(const struct console *console)
{
    struct mono deadline = console->is_stale ? MONO_NEVER : stale_at(console);
    if (console->message[0] != '\0')
        deadline = mono_min(deadline, console->message_until);
    if (console->hold_until.ms != 0)
        deadline = mono_min(deadline, console->hold_until);
    return deadline;
}

void console_tick(struct console *console, struct mono now)
{
    console->now = now;
    if (console->message[0] != '\0' && now.ms >= console->message_until.ms) {
        console->message[0] = '\0';
        console->is_dirty = true;
    }
    if (console->hold_until.ms != 0 && now.ms >= console->hold_until.ms) {
        console->hold_until = (struct mono){ 0 };
        console->is_dirty = true;
    }
    if (!console->is_stale && now.ms >= stale_at(console).ms) {
        console->is_stale = true;
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
    columns_fit_sideways(canvas->columns, console->columns_skipped, &console->columns);
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
        console_list_scroll(console, layout->list.rows);
    } else if (console->page == PAGE_LOG) {
        console->log_rows = (int)max_i64(0, layout->list.rows - 1);
    }
    console_keys_clamp(console);
}

void console_draw(struct console *console, struct canvas *canvas)
{
    console->columns_skipped =
        (int)min_i64(console->columns_skipped, columns_skipped_max(canvas->columns));
    console_list_refresh(console);
    lay_out(console, canvas);
    measure(console);
    canvas_clear(canvas);
    console->renderer->draw(console, canvas);
    console->is_dirty = false;
}
