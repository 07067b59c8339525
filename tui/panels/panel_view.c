#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"
#include "tui/draw/status_segments.h"
#include "tui/panels/status_words.h"

#include <inttypes.h>
#include <string.h>

static void add_filter(struct status_segments *segments, const struct console *console)
{
    if (!filter_is_empty(console->filter))
        status_segments_add(segments, 1, 2, ROLE_STRONG, "filter: %s",
                            filter_text(console->filter));
}

/* "find eu: 3 of 17" */
static void add_search(struct status_segments *segments, const struct console *console)
{
    const char *text = filter_text(console->search);
    size_t count = hits_count(console->hits);
    size_t at = console->cursor.position;
    if (filter_is_empty(console->search))
        return;
    if (count == 0)
        status_segments_add(segments, 1, 2, ROLE_WARN, "find %s: none", text);
    else if (hits_has(console->hits, at))
        status_segments_add(segments, 1, 2, ROLE_STRONG, "find %s: %zu of %zu", text,
                            hits_before(console->hits, at) + 1, count);
    else
        status_segments_add(segments, 1, 2, ROLE_STRONG, "find %s: %zu", text, count);
}

static void add_position(struct status_segments *segments, const struct console *console,
                         size_t count)
{
    size_t first = console->list_top + 1;
    size_t rows = (size_t)console->layout.list.rows;
    size_t last = count - console->list_top > rows ? console->list_top + rows : count;
    if (count > 0 && first <= count)
        status_segments_add_right(segments, 3, 2, ROLE_NORMAL, "%zu-%zu/%zu", first, last, count);
}

/* In every view: what is to be acknowledged. */
static void add_unacknowledged(struct status_segments *segments, const struct console *console)
{
    size_t count = attention_counts(console->attention).unacknowledged;
    if (count == 0)
        return;
    if (console->view == VIEW_ATTENTION)
        status_segments_add(segments, 2, 2, ROLE_WARN, "%zu to acknowledge", count);
    else
        status_segments_add(segments, 2, 2, ROLE_WARN, "%zu in 2:attention", count);
}

void panel_view_draw(const struct console *console, struct canvas *canvas)
{
    struct status_segments segments;
    status_segments_init(&segments);
    size_t count = order_count(console->order);
    status_segments_add(&segments, 0, 1, ROLE_STRONG, "%d:%s", console_view_digit(console),
                        console_view_name(console));
    /* Rows that have left are shown but not counted. */
    size_t fleet = (size_t)console->shown->totals.deployments;
    if (count < fleet)
        status_segments_add(&segments, 2, 1, ROLE_NORMAL, "%zu of %zu", count, fleet);
    add_unacknowledged(&segments, console);
    add_filter(&segments, console);
    add_search(&segments, console);
    if (console->columns_skipped > 0 && console->columns.count > COLUMN_DEPLOYMENT + 1)
        status_segments_add_right(
            &segments, 6, 2, ROLE_DIM, "columns from %s",
            columns_row(console->columns.places[COLUMN_DEPLOYMENT + 1].column)->title);
    if (console->now.ms < console->hold_until.ms)
        status_segments_add_right(&segments, 5, 2, ROLE_DIM, "order held");
    status_segments_add_right(&segments, 4, 2, ROLE_NORMAL, "sort %s %s",
                              columns_row(console->sort)->word,
                              console->is_descending ? "down" : "up");
    add_position(&segments, console, count);
    status_segments_draw(&segments, canvas, console->layout.view, 1);
}
