#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"

#include <inttypes.h>

#define EDGES 2
#define FRAME_COLUMNS_MIN 24
#define FRAME_ROWS_MIN 5
#define NAME_COLUMNS_MIN 12
#define CELL_SIZE 64

/* "   12 -> 14     86 -> 98     10 -> 14  on_target -> starved      +2 (1)" */
#define NUMBER_COLUMNS 13
#define STATE_COLUMNS 26
#define ORDERS_COLUMNS 12

struct table {
    struct canvas *canvas;
    struct area area;
    int name_columns;
    bool has_states; /* there is room */
};

struct cell_text {
    char text[CELL_SIZE];
};

static struct cell_text number_cell(int32_t before, int32_t after)
{
    struct cell_text cell;
    struct text text;
    text_init(&text, cell.text, sizeof cell.text);
    if (before < 0 && after < 0)
        text_add(&text, "-");
    else if (before == after)
        text_addf(&text, "%" PRId32, after);
    else if (before < 0)
        text_addf(&text, "- -> %" PRId32, after);
    else if (after < 0)
        text_addf(&text, "%" PRId32 " -> -", before);
    else
        text_addf(&text, "%" PRId32 " -> %" PRId32, before, after);
    return cell;
}

static struct cell_text state_cell(const struct snapshot_change *change)
{
    struct cell_text cell;
    struct text text;
    const char *before = state_row((enum state)change->before.state)->name;
    const char *after = state_row((enum state)change->after.state)->name;
    text_init(&text, cell.text, sizeof cell.text);
    if (change->before.state == change->after.state)
        text_add(&text, after);
    else
        text_addf(&text, "%s -> %s", before, after);
    return cell;
}

/* "+4 -1 (3)": hosts added and removed, by so many requests. */
static struct cell_text orders_cell(const struct snapshot_change *change)
{
    struct cell_text cell;
    struct text text;
    text_init(&text, cell.text, sizeof cell.text);
    if (change->added > 0)
        text_addf(&text, "+%" PRId64 " ", change->added);
    if (change->removed > 0)
        text_addf(&text, "-%" PRId64 " ", change->removed);
    if (change->orders > 0)
        text_addf(&text, "(%" PRId32 ")", change->orders);
    return cell;
}

static void put_right(const struct table *table, int row, int *column, enum role role,
                      const char *text)
{
    int width = format_columns(text);
    int start = *column + (width < NUMBER_COLUMNS ? NUMBER_COLUMNS - width : 0);
    canvas_put(table->canvas, table->area, start, row, role, text);
    *column += NUMBER_COLUMNS;
}

static void put_heading(const struct table *table, int row)
{
    int column = 2 + table->name_columns;
    canvas_put(table->canvas, table->area, 2, row, ROLE_HEADING, "DEPLOYMENT");
    put_right(table, row, &column, ROLE_HEADING, "HOSTS");
    put_right(table, row, &column, ROLE_HEADING, "BUSY");
    put_right(table, row, &column, ROLE_HEADING, "FREE");
    if (table->has_states)
        canvas_put(table->canvas, table->area, column + 2, row, ROLE_HEADING, "STATE");
    column += table->has_states ? STATE_COLUMNS : 0;
    canvas_put(table->canvas, table->area, column + 2, row, ROLE_HEADING, "SENT");
}

static void put_change(const struct table *table, int row, const struct snapshot_change *change)
{
    const struct snapshot_moment *before = &change->before;
    const struct snapshot_moment *after = &change->after;
    char name[CELL_SIZE * 4];
    struct text text;
    int column = 2 + table->name_columns;
    text_init(&text, name, sizeof name);
    format_cut_middle(&text, change->shown, table->name_columns);
    enum role role = columns_state_role((enum state)after->state);
    canvas_putf(table->canvas, table->area, 0, row, role, "%c",
                state_row((enum state)after->state)->glyph);
    canvas_put(table->canvas, table->area, 2, row, ROLE_NORMAL, name);
    put_right(table, row, &column, ROLE_NORMAL, number_cell(before->hosts, after->hosts).text);
    put_right(table, row, &column, ROLE_NORMAL,
              number_cell(before->busy_servers, after->busy_servers).text);
    put_right(table, row, &column, ROLE_NORMAL,
              number_cell(before->free_servers, after->free_servers).text);
    if (table->has_states)
        canvas_put(table->canvas, table->area, column + 2, row, role, state_cell(change).text);
    column += table->has_states ? STATE_COLUMNS : 0;
    canvas_put(table->canvas, table->area, column + 2, row, ROLE_NORMAL, orders_cell(change).text);
}

/* "2026-01-02 03:02:30 -> 03:12:30: 5 of 1,284 deployments have changed" */
static void put_title(const struct table *table, const struct snapshot_difference *difference)
{
    char from[WALL_TEXT_SIZE];
    char to[WALL_TEXT_SIZE];
    wall_format(difference->from, from);
    wall_format(difference->to, to);
    canvas_putf(table->canvas, table->area, 0, 0, ROLE_STRONG,
                "%.10s %.8s -> %.10s %.8s: %zu of %zu changed", from, from + 11, to, to + 11,
                difference->count, difference->deployments);
}

static struct table table_of(struct canvas *canvas, struct area inside)
{
    struct table table = { .canvas = canvas, .area = inside };
    int numbers = 2 + 3 * NUMBER_COLUMNS + 2 + ORDERS_COLUMNS;
    table.has_states = inside.columns >= numbers + STATE_COLUMNS + NAME_COLUMNS_MIN;
    int rest = inside.columns - numbers - (table.has_states ? STATE_COLUMNS : 0);
    table.name_columns = rest > NAME_COLUMNS_MIN ? rest : NAME_COLUMNS_MIN;
    return table;
}

void panel_difference_draw(const struct console *console, struct canvas *canvas)
{
    if (!console->past.compared)
        return;
    const struct snapshot_difference *difference = console->past.compared->past->difference;
    struct area area = canvas_area(canvas);
    bool has_frame = area.columns >= FRAME_COLUMNS_MIN && area.rows >= FRAME_ROWS_MIN;
    struct area inside = has_frame ? (struct area){ area.column + EDGES, area.row + 1,
                                                    area.columns - 2 * EDGES, area.rows - 2 }
                                   : area;
    struct table table = table_of(canvas, inside);
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    if (has_frame)
        canvas_frame(canvas, area, "Difference of two moments", "Esc closes, j k scroll");
    put_title(&table, difference);
    put_heading(&table, 1);
    for (int row = DIFFERENCE_ROWS; row < inside.rows; row++) {
        size_t index = (size_t)(console->past.top + row - DIFFERENCE_ROWS);
        if (index < difference->count)
            put_change(&table, row, &difference->changes[index]);
    }
    if (console->layout.hints.rows > 0)
        canvas_fill(canvas, console->layout.hints, ROLE_NORMAL, ' ');
}
