#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

/* --- the cursor ------------------------------------------------------------------------------------------------ */

const struct snapshot_row *console_order_row(const struct console *console, size_t position)
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
    point_at(console, order_slot(console->order, position), console_order_row(console, position));
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

void console_order_hold(struct console *console)
{
    console->hold_until = mono_after(console->now, HOLD_MS);
}

/* The first row from `from` on, in direction `step`, that still holds a deployment. */
static bool find_row(const struct console *console, int64_t from, int step, size_t *ret_position)
{
    int64_t count = (int64_t)order_count(console->order);
    for (int64_t at = from; at >= 0 && at < count; at += step) {
        if (console_order_row(console, (size_t)at)) {
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

void console_order_search(struct console *console)
{
    if (!console->shown)
        return;
    if (hits_make(console->hits, console->order, console->shown, console->search))
        console_message(console, ROLE_ERROR, "no memory to search");
}

void console_order_refresh(struct console *console)
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
    console_order_search(console);
    settle(console);
    console->is_order_asked = false;
}

void console_order_unhold(struct console *console)
{
    console->is_order_due = true;
    console->hold_until = (struct mono){ 0 };
}

void console_order_renew(struct console *console)
{
    console->is_order_asked = true;
    console_order_unhold(console);
}

void console_order_follow(struct console *console)
{
    console->is_order_due = true;
    if (!console_cursor_row(console) && !console_is_explaining(console))
        console_order_unhold(console);
}

void console_order_scroll(struct console *console, int rows)
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

bool console_order_move(struct console *console, int64_t by)
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
    console_order_hold(console);
    return true;
}

void console_order_put(struct console *console, size_t position)
{
    if (!console->shown || position >= order_count(console->order) ||
        !console_order_row(console, position))
        return;
    place(console, position);
    console_order_hold(console);
}

/* To the row that is the first one now. */
void console_order_first(struct console *console)
{
    size_t found;
    console_order_renew(console);
    console_order_refresh(console);
    console->list_top = 0;
    if (!console->shown || !find_row(console, 0, 1, &found))
        return;
    place(console, found);
    console_order_hold(console);
}

void console_order_select(struct console *console, uint32_t slot, const struct snapshot_row *row)
{
    point_at(console, slot, row);
    order_find(console->order, slot, &console->cursor.position);
}

/* --- the view -------------------------------------------------------------------------------------------------- */

void console_order_view(struct console *console, enum view view)
{
    console->digit = 0;
    console->view = view;
    console_order_renew(console);
}
