#include "tui/draw/layout.h"

/* Smallest number of rows that has room for each part. */
#define VIEW_FROM 7
#define HEADING_FROM 8
#define TOTALS_FROM 9
#define HINTS_FROM 10
#define LOG_FROM 18
#define STATES_FROM 20
#define STRIP_FROM 28
#define PASS_FROM 40

#define LOG_LINES_MAX 12

#define DIALOG_COLUMNS_MIN 16
#define DIALOG_ROWS_MIN 3

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* Rows first .. end - 1; an empty area when there are none. */
static struct area rows_between(int columns, int first, int end)
{
    if (columns <= 0 || first >= end)
        return (struct area){ 0 };
    return (struct area){ .row = first, .columns = columns, .rows = end - first };
}

/* Takes one row from the top, if there is one. */
static struct area take_row(int columns, int rows, int from, int *first)
{
    if (rows < from)
        return (struct area){ 0 };
    *first += 1;
    return rows_between(columns, *first - 1, *first);
}

void layout_list(int columns, int rows, struct layout *ret_layout)
{
    struct layout *layout = ret_layout;
    *layout = (struct layout){ 0 };
    int first = 0;
    int end = rows;
    layout->status = take_row(columns, rows, 1, &first);
    layout->totals = take_row(columns, rows, TOTALS_FROM, &first);
    layout->states = take_row(columns, rows, STATES_FROM, &first);
    layout->pass = take_row(columns, rows, PASS_FROM, &first);
    layout->strip = take_row(columns, rows, STRIP_FROM, &first);
    layout->view = take_row(columns, rows, VIEW_FROM, &first);
    layout->heading = take_row(columns, rows, HEADING_FROM, &first);
    if (rows >= HINTS_FROM) {
        layout->hints = rows_between(columns, end - 1, end);
        end--;
    }
    if (rows >= LOG_FROM) {
        int lines = min_int(rows / 4 - 2, LOG_LINES_MAX);
        layout->log = rows_between(columns, end - lines, end);
        end -= lines;
        layout->log_title = rows_between(columns, end - 1, end);
        end--;
    }
    layout->list = rows_between(columns, first, end);
}

void layout_fold_strip(struct layout *layout)
{
    if (layout->strip.rows == 0)
        return;
    layout->strip = (struct area){ 0 };
    layout->view.row--;
    layout->heading.row--;
    layout->list.row--;
    layout->list.rows++;
}

void layout_page(int columns, int rows, struct layout *ret_layout)
{
    struct layout *layout = ret_layout;
    *layout = (struct layout){ 0 };
    int first = 0;
    int end = rows;
    layout->status = take_row(columns, rows, 1, &first);
    if (rows >= HINTS_FROM) {
        layout->hints = rows_between(columns, end - 1, end);
        end--;
    }
    layout->list = rows_between(columns, first, end);
}

struct area layout_dialog(int columns, int rows, int wanted_columns, int wanted_rows)
{
    if (columns < DIALOG_COLUMNS_MIN || rows < DIALOG_ROWS_MIN)
        return (struct area){ 0 };
    int dialog_columns = min_int(columns, max_int(wanted_columns, DIALOG_COLUMNS_MIN));
    int dialog_rows = min_int(rows, max_int(wanted_rows, DIALOG_ROWS_MIN));
    return (struct area){ .column = (columns - dialog_columns) / 2,
                          .row = (rows - dialog_rows) / 2,
                          .columns = dialog_columns,
                          .rows = dialog_rows };
}
