#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

/* --- movement -------------------------------------------------------------------------------------------------- */

static void move_page(struct console *console, int64_t by)
{
    int64_t before = (int64_t)console->cursor.position;
    if (!console_order_move(console, by))
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
    console_order_move(console, 1);
}

static void up(struct console *console)
{
    console_order_move(console, -1);
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

static void last(struct console *console)
{
    console_order_move(console, (int64_t)order_count(console->order));
}

void console_list_click(struct console *console, int row)
{
    console_order_put(console, console->list_top + (size_t)row);
}

/* At the edges of the screen the cursor moves along. */
void console_list_wheel(struct console *console, int rows)
{
    console_order_refresh(console);
    int64_t count = (int64_t)order_count(console->order);
    int64_t shown = page_rows(console);
    int64_t top_max = max_i64(0, count - shown);
    int64_t top = clamp_i64((int64_t)console->list_top + rows, 0, top_max);
    int64_t position = (int64_t)console->cursor.position;
    int64_t target = clamp_i64(position, top, top + shown - 1);
    bool is_scrolled = (size_t)top != console->list_top;
    console->list_top = (size_t)top;
    if (target != position)
        console_order_move(console, target - position);
    else if (is_scrolled)
        console_order_hold(console);
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
        const struct snapshot_row *row = console_order_row(console, at);
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
    console_order_put(console, position);
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
        const struct snapshot_row *row = console_order_row(console, position);
        if (!row || !strstr(row->name->folded, folded))
            continue;
        console_order_put(console, position);
        return;
    }
    console_message(console, ROLE_WARN, "no id in this list has '%s'", text);
}

/* --- view, sorting, filter ------------------------------------------------------------------------------------- */

static void set_sort(struct console *console, enum column column, bool is_descending)
{
    console->sort = column;
    console->is_descending = is_descending;
    console_order_renew(console);
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
        console_order_renew(console);
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
    console_order_view(console, console->home);
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
        console_order_first(console);
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
        console_order_unhold(console); /* the cursor moves to a row that the list shows */
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
    { ACT_FIRST, console_order_first },
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
    console_order_refresh(console);
    if (act == ACT_VIEW || act == ACT_LAST_VIEW)
        console_views_go(console, keypress);
    for (size_t i = 0; i < sizeof list_acts / sizeof list_acts[0]; i++) {
        if (list_acts[i].act == act)
            list_acts[i].run(console);
    }
}
