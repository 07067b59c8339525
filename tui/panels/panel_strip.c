#include "tui/panels/panel.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tui/draw/chart.h"
#include "tui/draw/format.h"

#define MARGIN 1
#define PICTURES_AT 4 /* behind "1h" */
#define GAP 2
#define LEVEL_MAX 200 /* of chart_trend_text: half percents */
#define PICTURE_SIZE (FLEET_TREND_MINUTES * 4 + 1)
#define FIGURE_SIZE 32

static const struct strip_row {
    enum fleet_figure figure;
    const char *title;
    int title_columns;
    int figure_columns; /* of the newest value, at the right of the picture */
} strip_rows[] = {
    { FLEET_FREE_PPB, "free", 4, 6 },
    { FLEET_HOSTS, "hosts", 5, 5 },
    { FLEET_PENDING, "pending", 7, 5 },
};
#define STRIP_ROWS (sizeof strip_rows / sizeof strip_rows[0])

/* The largest number of columns for a picture, of those into which the minutes can be divided; 0: no room. */
static int picture_columns(int columns)
{
    static const int choices[] = { 60, 30, 20, 15, 12, 10, 6, 5, 4, 3 };
    int left = columns - MARGIN - PICTURES_AT;
    for (size_t i = 0; i < STRIP_ROWS; i++)
        left -= strip_rows[i].title_columns + 1 + 1 + strip_rows[i].figure_columns + GAP;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (choices[i] * (int)STRIP_ROWS <= left + GAP)
            return choices[i];
    return 0;
}

/* The free share has the scale of the list's trend; hosts are drawn against their largest number. */
static int64_t full_of(enum fleet_figure figure, const int64_t *values, size_t count)
{
    int64_t full = 1;
    if (figure == FLEET_FREE_PPB)
        return SHARE_WHOLE;
    for (size_t i = 0; i < count; i++)
        full = max_i64(full, values[i]);
    return full;
}

static void draw_picture(const struct console *console, struct canvas *canvas, int at, int columns,
                         const struct strip_row *row, enum role role)
{
    int64_t values[FLEET_TREND_MINUTES];
    uint8_t levels[FLEET_TREND_MINUTES];
    char picture[PICTURE_SIZE];
    size_t count = (size_t)columns;
    fleet_trend_combine(&console->trend, row->figure, count, values);
    int64_t full = full_of(row->figure, values, count);
    for (size_t i = 0; i < count; i++) {
        int64_t level = values[i] > 0 ? max_i64(1, floor_div(values[i] * LEVEL_MAX, full)) : 0;
        levels[i] = values[i] < 0 ? TREND_UNREAD : (uint8_t)level;
    }
    chart_trend_text(levels, count, columns, canvas->is_ascii, picture, sizeof picture);
    canvas_put(canvas, console->layout.strip, at, 0, role, picture);
}

static void add_figure(const struct fleet_totals *totals, const struct strip_row *row,
                       struct text *text)
{
    if (row->figure == FLEET_HOSTS) {
        format_short(text, totals->hosts, row->figure_columns);
    } else if (row->figure == FLEET_PENDING) {
        if (totals->pending_hosts > 0)
            text_add_char(text, '+');
        format_short(text, totals->pending_hosts, row->figure_columns - 1);
    } else if (totals->servers > 0) {
        format_share(text, totals->free_servers, totals->servers);
        text_add_char(text, '%');
    } else {
        text_add_char(text, '-');
    }
}

static enum role role_of(const struct console *console, enum fleet_figure figure)
{
    if (console_is_old(console, console->shown->engine.last_read))
        return ROLE_UNREAD;
    return figure == FLEET_PENDING ? ROLE_PENDING : ROLE_NORMAL;
}

void panel_strip_draw(const struct console *console, struct canvas *canvas)
{
    struct area area = console->layout.strip;
    int columns = picture_columns(area.columns);
    if (!console->shown || area.rows == 0 || columns == 0)
        return;
    int at = MARGIN + PICTURES_AT;
    canvas_put(canvas, area, MARGIN, 0, ROLE_DIM, "1h");
    for (size_t i = 0; i < STRIP_ROWS; i++) {
        const struct strip_row *row = &strip_rows[i];
        enum role role = role_of(console, row->figure);
        char figure[FIGURE_SIZE];
        struct text text;
        text_init(&text, figure, sizeof figure);
        add_figure(&console->shown->totals, row, &text);
        canvas_put(canvas, area, at, 0, ROLE_DIM, row->title);
        at += row->title_columns + 1;
        draw_picture(console, canvas, at, columns, row, role);
        at += columns + 1;
        canvas_put(canvas, area, at, 0, role, figure);
        at += row->figure_columns + GAP;
    }
}
