#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

/* --- the cursor ------------------------------------------------------------------------------------------------ */

static const struct snapshot_row *row_at(const struct console *console, size_t position)
{
    return snapshot_row_at(console->shown, order_slot(console->order, position));
}

static void point_at(struct console *console, uint32_t slot, const struct snapshot_row *row)
{
    must(row);
    struct text id;
    text_init(&id, console->cursor.id, sizeof console->cursor.id);
    text_add(&id, row->name->id);
    console->cursor.slot = slot;
    console->cursor.jumped = (struct mono){ 0 };
    console->cursor.awaited[0] = '\0';
}

/* Puts the cursor on that row. Its slot must hold a deployment. */
static void place(struct console *console, size_t position)
{
    point_at(console, order_slot(console->order, position), row_at(console, position));
    console->cursor.position = position;
}

/* An engine that has just started has no deployments: the one that was looked at comes back. */
static void place_nowhere(struct console *console)
{
    struct cursor *cursor = &console->cursor;
    if (cursor->id[0] != '\0' && console->shown->totals.deployments == 0)
        memcpy(cursor->awaited, cursor->id, sizeof cursor->awaited);
    console->cursor.slot = SLOT_NONE;
    console->cursor.id[0] = '\0';
    console->cursor.position = 0;
}

/* Keeps the cursor on its deployment, and the order unchanged for HOLD_MS. */
static void hold(struct console *console)
{
    console->hold_until = mono_after(console->now, HOLD_MS);
}

/* The first row from `from` on, in direction `step`, that still holds a deployment. */
static bool find_row(const struct console *console, int64_t from, int step, size_t *ret_position)
{
    int64_t count = (int64_t)order_count(console->order);
    for (int64_t at = from; at >= 0 && at < count; at += step) {
        if (row_at(console, (size_t)at)) {
            *ret_position = (size_t)at;
            return true;
        }
    }
    return false;
}

/* Does the cursor's deployment exist, and is it part of the order? */
static bool find_cursor(const struct console *console, size_t *ret_position)
{
    return console_cursor_row(console) &&
           order_find(console->order, console->cursor.slot, ret_position);
}

/* --- the order ------------------------------------------------------------------------------------------------- */

static bool is_starting(const struct console *console)
{
    const struct snapshot_pass *pass = &console->shown->pass;
    return pass->number == 0 || (pass->number == 1 && pass->is_running);
}

/* Until a key is pressed, the first rows of a list that is being filled are no deployments that were looked at. */
static bool is_filling(const struct console *console)
{
    return is_starting(console) && !console->is_touched;
}

/* The position of the deployment that the cursor waits for. */
static bool find_awaited(struct console *console, size_t *ret_position)
{
    const struct snapshot *shown = console->shown;
    const char *awaited = console->cursor.awaited;
    for (uint32_t slot = 0; awaited[0] != '\0' && slot < shown->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(shown, slot);
        if (row && strcmp(row->name->id, awaited) == 0)
            return order_find(console->order, slot, ret_position);
    }
    return false;
}

/* Another deployment takes the cursor. What is pressed for the one before must not act on it. */
static void jump(struct console *console, size_t position)
{
    bool was_somewhere = console->cursor.slot != SLOT_NONE;
    char awaited[COMMAND_ID_SIZE];
    memcpy(awaited, console->cursor.awaited, sizeof awaited);
    place(console, position);
    if (is_starting(console))
        memcpy(console->cursor.awaited, awaited, sizeof awaited);
    if (was_somewhere && !console->is_order_asked)
        console->cursor.jumped = console->now;
}

/*
 * Before the first key no deployment was chosen: a list that follows one down would hide the worst rows above it.
 * What is pressed just now may be meant for the row that was there.
 */
static bool would_hide_the_worst(const struct console *console, size_t position)
{
    return !console->is_touched && console->list_top == 0 && console->list_rows > 0 &&
           position >= (size_t)console->list_rows;
}

/* The first row shown when the cursor was in the screen's row `on_screen`. The beginning of the list stays in view. */
static void scroll_along(struct console *console, size_t on_screen)
{
    size_t position = console->cursor.position;
    if (console->list_top > 0)
        console->list_top = position > on_screen ? position - on_screen : 0;
}

/* The cursor's position in a new order: at its deployment, else at the old position. */
static void settle(struct console *console)
{
    struct cursor *cursor = &console->cursor;
    int64_t last = (int64_t)order_count(console->order) - 1;
    size_t on_screen =
        cursor->position > console->list_top ? cursor->position - console->list_top : 0;
    size_t nearest = (size_t)clamp_i64((int64_t)cursor->position, 0, max_i64(0, last));
    size_t found;
    bool is_found = !is_filling(console) && find_cursor(console, &found);
    size_t awaited;
    if (!is_filling(console) && find_awaited(console, &awaited))
        place(console, awaited);
    else if (is_found && would_hide_the_worst(console, found))
        jump(console, 0);
    else if (is_found)
        cursor->position = found;
    else if (console_is_explaining(console))
        cursor->position = nearest;
    else if (last < 0)
        place_nowhere(console);
    else if (is_filling(console))
        place(console, 0);
    else
        jump(console, nearest);
    scroll_along(console, on_screen);
}

void console_list_refresh(struct console *console)
{
    if (!console->shown || !console->is_order_due || console->now.ms < console->hold_until.ms)
        return;
    struct order_by by = { .view = console->view,
                           .filter = console->filter,
                           .attention = console->attention,
                           .column = console->sort,
                           .is_descending = console->is_descending };
    console->is_order_due = false;
    if (order_make(console->order, console->shown, &by)) {
        console_message(console, ROLE_ERROR, "no memory to sort: the old order stays");
        return;
    }
    console_find_refresh(console);
    settle(console);
    console->is_order_asked = false;
}

static void renew(struct console *console)
{
    console->is_order_due = true;
    console->hold_until = (struct mono){ 0 };
}

void console_list_renew(struct console *console)
{
    console->is_order_asked = true;
    renew(console);
}

void console_list_follow(struct console *console)
{
    console->is_order_due = true;
    if (!console_cursor_row(console) && !console_is_explaining(console))
        renew(console);
}

void console_list_scroll(struct console *console, int rows)
{
    size_t count = order_count(console->order);
    size_t shown = rows > 0 ? (size_t)rows : 1;
    size_t position = console->cursor.position;
    size_t *top = &console->list_top;
    if (*top > position)
        *top = position;
    if (position - *top >= shown)
        *top = position - shown + 1;
    size_t top_max = count > shown ? count - shown : 0;
    if (*top > top_max)
        *top = top_max;
}

/* --- movement -------------------------------------------------------------------------------------------------- */

bool console_list_move(struct console *console, int64_t by)
{
    int64_t count = (int64_t)order_count(console->order);
    int64_t position = (int64_t)console->cursor.position;
    size_t found;
    if (!console->shown || count == 0)
        return false;
    int step = by < 0 ? -1 : 1;
    /* When the cursor's row is not shown any more, the row in its place is already the next one. */
    if (by > 0 && !find_cursor(console, &found))
        by--;
    int64_t target = clamp_i64(position + by, 0, count - 1);
    if (!find_row(console, target, step, &found) && !find_row(console, target, -step, &found))
        return false;
    if (console_cursor_row(console) && order_slot(console->order, found) == console->cursor.slot)
        return false;
    place(console, found);
    hold(console);
    return true;
}

void console_list_put(struct console *console, size_t position)
{
    if (!console->shown || position >= order_count(console->order) || !row_at(console, position))
        return;
    place(console, position);
    hold(console);
}

static void move_page(struct console *console, int64_t by)
{
    int64_t before = (int64_t)console->cursor.position;
    if (!console_list_move(console, by))
        return;
    int64_t moved = (int64_t)console->cursor.position - before;
    console->list_top = (size_t)max_i64(0, (int64_t)console->list_top + moved);
}

static int64_t page_rows(const struct console *console)
{
    return max_i64(1, console->list_rows);
}

static int64_t half_page_rows(const struct console *console)
{
    return max_i64(1, console->list_rows / 2);
}

static void down(struct console *console)
{
    console_list_move(console, 1);
}

static void up(struct console *console)
{
    console_list_move(console, -1);
}

static void half_down(struct console *console)
{
    move_page(console, half_page_rows(console));
}

static void half_up(struct console *console)
{
    move_page(console, -half_page_rows(console));
}

static void page_down(struct console *console)
{
    move_page(console, page_rows(console));
}

static void page_up(struct console *console)
{
    move_page(console, -page_rows(console));
}

/* To the row that is the first one now. */
static void first(struct console *console)
{
    size_t found;
    console_list_renew(console);
    console_list_refresh(console);
    console->list_top = 0;
    if (!console->shown || !find_row(console, 0, 1, &found))
        return;
    place(console, found);
    hold(console);
}

static void last(struct console *console)
{
    console_list_move(console, (int64_t)order_count(console->order));
}

void console_list_click(struct console *console, int row)
{
    console_list_put(console, console->list_top + (size_t)row);
}

/* At the edges of the screen the cursor moves along. */
void console_list_wheel(struct console *console, int rows)
{
    console_list_refresh(console);
    int64_t count = (int64_t)order_count(console->order);
    int64_t shown = page_rows(console);
    int64_t top_max = max_i64(0, count - shown);
    int64_t top = clamp_i64((int64_t)console->list_top + rows, 0, top_max);
    int64_t position = (int64_t)console->cursor.position;
    int64_t target = clamp_i64(position, top, top + shown - 1);
    bool is_scrolled = (size_t)top != console->list_top;
    console->list_top = (size_t)top;
    if (target != position)
        console_list_move(console, target - position);
    else if (is_scrolled)
        hold(console);
}

void console_list_select(struct console *console, uint32_t slot, const struct snapshot_row *row)
{
    point_at(console, slot, row);
    order_find(console->order, slot, &console->cursor.position);
}

bool console_list_explain(struct console *console)
{
    if (!console_cursor_row(console)) {
        console_message(console, ROLE_WARN, "there is no deployment under the cursor");
        return false;
    }
    console->page = PAGE_EXPLAIN;
    console->explain_top = 0;
    return true;
}

static void explain(struct console *console)
{
    if (console_list_explain(console))
        console->explain_from = PAGE_LIST;
}

/* --- the strip ------------------------------------------------------------------------------------------------- */

static void fold(struct console *console)
{
    struct layout layout;
    layout_list(console->screen_columns, console->screen_rows, &layout);
    if (layout.strip.rows == 0)
        console_message(console, ROLE_WARN, "no room for the strip of the last hour");
    else
        console->is_strip_folded = !console->is_strip_folded;
}

/* --- next row in trouble --------------------------------------------------------------------------------------- */

static bool is_failing(const struct snapshot_row *row)
{
    return row->state == STATE_STARVED || row->state == STATE_FAILED ||
           row->state == STATE_UNCONFIRMED;
}

static bool is_unread(const struct snapshot_row *row)
{
    return row->state == STATE_UNREAD;
}

/* Searches from the cursor on, once around. The cursor's own row is last. */
static bool find_trouble(const struct console *console, int step,
                         bool (*is_wanted)(const struct snapshot_row *row), size_t *ret_position)
{
    size_t count = order_count(console->order);
    size_t at = console->cursor.position;
    for (size_t i = 0; i < count; i++) {
        at = step > 0 ? (at + 1 < count ? at + 1 : 0) : (at > 0 ? at : count) - 1;
        const struct snapshot_row *row = row_at(console, at);
        if (row && is_wanted(row)) {
            *ret_position = at;
            return true;
        }
    }
    return false;
}

static void go_to_trouble(struct console *console, int step)
{
    size_t position;
    if (!console->shown || (!find_trouble(console, step, is_failing, &position) &&
                            !find_trouble(console, step, is_unread, &position))) {
        console_message(console, ROLE_NORMAL,
                        "nothing in this list is starved, failed, unconfirmed or unread");
        return;
    }
    if (order_slot(console->order, position) == console->cursor.slot)
        console_message(console, ROLE_NORMAL, "this is the only one in trouble in this list");
    place(console, position);
    hold(console);
}

static void next_trouble(struct console *console)
{
    go_to_trouble(console, 1);
}

static void previous_trouble(struct console *console)
{
    go_to_trouble(console, -1);
}

/* --- by id ----------------------------------------------------------------------------------------------------- */

static void fold_case(const char *text, char ret_folded[PROMPT_SIZE])
{
    size_t i = 0;
    for (; text[i] != '\0' && i < PROMPT_SIZE - 1; i++)
        ret_folded[i] = 'A' <= text[i] && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    ret_folded[i] = '\0';
}

void console_list_go(struct console *console, const char *text)
{
    char folded[PROMPT_SIZE];
    size_t count = console->shown ? order_count(console->order) : 0;
    fold_case(text, folded);
    for (size_t i = 1; i <= count; i++) {
        size_t position = (console->cursor.position + i) % count;
        const struct snapshot_row *row = row_at(console, position);
        if (!row || !strstr(row->name->folded, folded))
            continue;
        place(console, position);
        hold(console);
        return;
    }
    console_message(console, ROLE_WARN, "no id in this list has '%s'", text);
}

/* --- view, sorting, filter ------------------------------------------------------------------------------------- */

void console_list_view(struct console *console, enum view view)
{
    console->digit = 0;
    console->view = view;
    console_list_renew(console);
}

static void set_sort(struct console *console, enum column column, bool is_descending)
{
    console->sort = column;
    console->is_descending = is_descending;
    console_list_renew(console);
}

static void invert(struct console *console)
{
    set_sort(console, console->sort, !console->is_descending);
}

void console_list_sort(struct console *console, enum column column)
{
    if (column == console->sort)
        invert(console);
    else
        set_sort(console, column, columns_row(column)->is_descending);
}

/* Index of the sorted column on the screen; -1: it is not shown. */
static int sorted_place(const struct console *console)
{
    for (int i = 0; i < console->columns.count; i++) {
        if (console->columns.places[i].column == console->sort)
            return i;
    }
    return -1;
}

/* Sorts by the next shown column. When the sorted column is not shown, by the next column of the table. */
static void sort_beside(struct console *console, int step)
{
    int at = sorted_place(console);
    bool is_seen = at >= 0;
    at = (is_seen ? at : (int)console->sort) + step;
    if (at < 0 || at >= (is_seen ? console->columns.count : COLUMN_COUNT))
        return;
    console_list_sort(console, is_seen ? console->columns.places[at].column : (enum column)at);
}

static void sort_left(struct console *console)
{
    sort_beside(console, -1);
}

static void sort_right(struct console *console)
{
    sort_beside(console, 1);
}

void console_list_click_heading(struct console *console, int column)
{
    for (int i = 0; i < console->columns.count; i++) {
        const struct column_place *column_place = &console->columns.places[i];
        if (column >= column_place->at && column < column_place->at + column_place->width)
            console_list_sort(console, column_place->column);
    }
}

static void scroll_left(struct console *console)
{
    if (console->columns_skipped > 0)
        console->columns_skipped--;
}

static void scroll_right(struct console *console)
{
    if (console->columns_skipped < column_choice_skipped_max(&console->choice,
                                                             console->screen_columns,
                                                             console->view == VIEW_ATTENTION))
        console->columns_skipped++;
}

void console_list_filter(struct console *console, const char *text)
{
    struct error err = { 0 };
    bool is_bad = filter_set(console->filter, text, &err) != 0;
    console->prompt_fault = (struct prompt_fault){ .is_bad = is_bad,
                                                   .fault = filter_fault(console->filter),
                                                   .error = err };
    if (!is_bad)
        console_list_renew(console);
}

static void open_filter(struct console *console)
{
    console->cursor_before = console->cursor;
    memcpy(console->text_before, filter_text(console->filter),
           strlen(filter_text(console->filter)) + 1);
    prompt_open(&console->prompts[PROMPT_FILTER], console->text_before);
    console->prompt_use = PROMPT_FILTER;
}

static void next_match(struct console *console)
{
    console_find_next(console, true);
}

static void previous_match(struct console *console)
{
    console_find_next(console, false);
}

/* The view that the console began with. */
static void leave_view(struct console *console)
{
    console_list_view(console, console->home);
}

/* Undoes one layer: search, filter, skipped columns, view, cursor. Never quits. */
static void back(struct console *console)
{
    if (console_find_clear(console))
        return;
    if (!filter_is_empty(console->filter))
        console_list_filter(console, "");
    else if (console->columns_skipped > 0)
        console->columns_skipped = 0;
    else if (console->view != console->home || console->digit > 0)
        leave_view(console);
    else
        first(console);
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

void console_list_back(struct console *console)
{
    switch (console->page) {
    case PAGE_LIST:
        console->is_log_focused = false;
        break;
    case PAGE_EXPLAIN:
        console->page = console->explain_from;
        console->explain_from = PAGE_LIST;
        renew(console); /* the cursor moves to a row that the list shows */
        break;
    case PAGE_LOG:
        console->page = console->log_from;
        break;
    }
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

static void focus_log(struct console *console)
{
    if (console->log_rows > 0)
        console->is_log_focused = true;
    else
        console_message(console, ROLE_NORMAL, "no room for the log below the list: %s shows it",
                        console_key(console, ACT_LOG).text);
}

static const struct {
    enum act act;
    void (*run)(struct console *console);
} list_acts[] = {
    { ACT_DOWN, down },
    { ACT_UP, up },
    { ACT_HALF_DOWN, half_down },
    { ACT_HALF_UP, half_up },
    { ACT_PAGE_DOWN, page_down },
    { ACT_PAGE_UP, page_up },
    { ACT_FIRST, first },
    { ACT_LAST, last },
    { ACT_LEFT, scroll_left },
    { ACT_RIGHT, scroll_right },
    { ACT_NEXT_PANE, focus_log },
    { ACT_EXPLAIN, explain },
    { ACT_BACK, back },
    { ACT_FILTER, open_filter },
    { ACT_FIND, console_find_open },
    { ACT_SAVE_VIEW, console_views_open },
    { ACT_COLUMNS, console_columns_open },
    { ACT_NEXT_MATCH, next_match },
    { ACT_PREVIOUS_MATCH, previous_match },
    { ACT_SORT_LEFT, sort_left },
    { ACT_SORT_RIGHT, sort_right },
    { ACT_INVERT, invert },
    { ACT_FOLD, fold },
    { ACT_NEXT_ERROR, next_trouble },
    { ACT_PREVIOUS_ERROR, previous_trouble },
    { ACT_ACKNOWLEDGE, console_attention_acknowledge },
    { ACT_ACKNOWLEDGE_ALL, console_attention_acknowledge_all },
};

void console_list_act(struct console *console, enum act act, uint32_t keypress)
{
    console_list_refresh(console);
    if (act == ACT_VIEW || act == ACT_LAST_VIEW)
        console_views_go(console, keypress);
    for (size_t i = 0; i < sizeof list_acts / sizeof list_acts[0]; i++) {
        if (list_acts[i].act == act)
            list_acts[i].run(console);
    }
}
