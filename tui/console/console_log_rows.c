/*
 * The rows of the log on the screen: lines, and the date in front of the first line of a day. The date of today is not
 * shown in front of the first row.
 */
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "tui/console/log_time.h"

/* --- one row after the other ----------------------------------------------------------------------------------- */

struct log_walk console_log_walk(const struct console *console, uint64_t from)
{
    struct wall now = console->shown ? console->shown->at : (struct wall){ 0 };
    return (struct log_walk){ .from = from, .day = log_time_day(now) };
}

bool console_log_next(const struct console *console, struct log_walk *walk, struct log_row *ret_row)
{
    struct logbook_query query = console_log_query(console);
    uint64_t number;
    if (!logbook_find(console->logbook, walk->from, true, &query, &number))
        return false;
    int64_t day = log_time_day(logbook_at(console->logbook, number)->at);
    *ret_row = (struct log_row){ .number = number, .is_date = day != walk->day };
    walk->day = day;
    walk->from = ret_row->is_date ? number : number + 1;
    return true;
}

/* Rows from a line on, up to one more than `rows_max`. */
static int count_rows(const struct console *console, uint64_t from, int rows_max)
{
    struct log_walk walk = console_log_walk(console, from);
    struct log_row row;
    int count = 0;
    while (count <= rows_max && console_log_next(console, &walk, &row))
        count++;
    return count;
}

/* Is this line among so many rows from `from` on? */
static bool is_within(const struct console *console, uint64_t from, int rows, uint64_t number)
{
    struct log_walk walk = console_log_walk(console, from);
    struct log_row row;
    for (int i = 0; i < rows && console_log_next(console, &walk, &row); i++)
        if (!row.is_date && row.number == number)
            return true;
    return false;
}

/* --- the first row --------------------------------------------------------------------------------------------- */

/* The line that is `count` matching lines before `from`, or the first line that is kept. */
static uint64_t walk_back(const struct logbook *logbook, const struct logbook_query *query,
                          uint64_t from, int count)
{
    uint64_t number = from;
    uint64_t found;
    for (int i = 0; i < count && number > logbook_first(logbook); i++) {
        if (!logbook_find(logbook, number - 1, false, query, &found))
            break;
        number = found;
    }
    return number;
}

static int count_lines(const struct logbook *logbook, const struct logbook_query *query,
                       uint64_t from, int count_max)
{
    int count = 0;
    uint64_t number;
    while (count < count_max && logbook_find(logbook, from, true, query, &number)) {
        from = number + 1;
        count++;
    }
    return count;
}

/* So that the last line is the last row. */
static uint64_t first_of_last(const struct console *console, const struct logbook_query *query,
                              int rows)
{
    uint64_t end = logbook_end(console->logbook);
    uint64_t first = walk_back(console->logbook, query, end, rows);
    for (int lines = rows - 1; lines > 0 && count_rows(console, first, rows) > rows; lines--)
        first = walk_back(console->logbook, query, end, lines);
    return first;
}

/*
 * The cursor is in the middle, so that lines before and after it are visible; near the end of the log it is lower.
 */
static uint64_t first_around(const struct console *console, const struct logbook_query *query,
                             int rows)
{
    uint64_t cursor = console->log.cursor;
    int below = count_lines(console->logbook, query, cursor, rows - rows / 2);
    int above = (int)max_i64(0, rows - below);
    uint64_t first = walk_back(console->logbook, query, cursor, above);
    while (above > 0 && !is_within(console, first, rows, cursor))
        first = walk_back(console->logbook, query, cursor, --above);
    return first;
}

uint64_t console_log_first(const struct console *console, int rows)
{
    struct logbook_query query = console_log_query(console);
    return console->log.is_following ? first_of_last(console, &query, rows)
                                     : first_around(console, &query, rows);
}

/* --- areas ----------------------------------------------------------------------------------------------------- */

/* From this height on there is room for the histogram. */
#define HISTOGRAM_ROWS_MIN 8

bool console_log_has_histogram(const struct console *console)
{
    return console->page == PAGE_LOG && console->layout.list.rows >= HISTOGRAM_ROWS_MIN;
}

struct area console_log_area(const struct console *console)
{
    if (console->page == PAGE_LIST)
        return console->layout.log;
    return area_below(console->layout.list, 1 + console_log_has_histogram(console));
}
