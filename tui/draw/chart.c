#include "tui/draw/chart.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/draw/format.h"
#include "tui/draw/utf8.h"

#define EIGHTHS 8
#define TREND_FULL_MIN 80 /* 40 % in half percents */
#define SCALE_WIDTH                                                                                \
    6 /* a number of five columns and the axis; fixed, so charts below each other align */
#define LABEL_SIZE 16

/* `value` of `full` in `steps`, rounded to nearest. Only a value of 0 gives 0. */
static int64_t steps_of(int64_t value, int64_t full, int64_t steps)
{
    must(value >= 0);
    must(full > 0);
    if (value == 0 || steps == 0)
        return 0;
    value = min_i64(value, full);
    while (full > INT64_MAX / (2 * steps + 2)) {
        value >>= 1; /* the digits that are left are more than the chart shows */
        full >>= 1;
    }
    return clamp_i64((value * steps * 2 / full + 1) / 2, 1, steps);
}

static void add_character(struct text *text, uint32_t code_point)
{
    char bytes[UTF8_SIZE_MAX];
    text_add_bytes(text, bytes, utf8_encode(code_point, bytes));
}

/* A cell of a bar that is filled from left to right, in eighths. */
static uint32_t bar_cell(int64_t eighths, bool is_ascii)
{
    if (is_ascii)
        return eighths > 0 ? '#' : '.';
    return eighths > 0 ? (uint32_t)(0x2590 - eighths)
                       : ' '; /* U+258F is one eighth, U+2588 is eight */
}

void chart_bar_text(int64_t share_ppb, int64_t target_ppb, int64_t full_ppb, int columns,
                    bool is_ascii, char *ret_text, size_t size)
{
    struct text text;
    text_init(&text, ret_text, size);
    if (columns < 3)
        return;
    must(full_ppb > 0);
    must(full_ppb <= SHARE_WHOLE);
    int64_t cells = min_i64(columns, CANVAS_COLUMNS_MAX) - 2;
    int64_t cell_steps = is_ascii ? 1 : EIGHTHS;
    bool is_known = share_ppb >= 0;
    int64_t filled = is_known ? steps_of(share_ppb, full_ppb, cells * cell_steps) : 0;
    int64_t mark = -1;
    if (is_known && target_ppb >= 0)
        mark = min_i64(min_i64(target_ppb, full_ppb) * cells / full_ppb, cells - 1);
    text_add_char(&text, '[');
    for (int64_t i = 0; i < cells; i++) {
        int64_t steps = clamp_i64(filled - i * cell_steps, 0, cell_steps);
        if (!is_known)
            text_add_char(&text, '-');
        else if (i == mark)
            add_character(&text, is_ascii ? '|' : 0x2502);
        else
            add_character(&text, bar_cell(steps, is_ascii));
    }
    text_add_char(&text, ']');
}

static uint32_t trend_cell(uint8_t level, int64_t full, bool is_ascii)
{
    static const char ramp[] = { '.', '-', '=', '*', '#' };
    if (level == TREND_UNREAD)
        return ' ';
    if (level == 0)
        return '_';
    if (is_ascii)
        return (unsigned char)ramp[steps_of(level, full, (int64_t)sizeof ramp) - 1];
    return (uint32_t)(0x2580 + steps_of(level, full, EIGHTHS)); /* U+2581 is one eighth */
}

void chart_trend_text(const uint8_t *levels, size_t count, int columns, bool is_ascii,
                      char *ret_text, size_t size)
{
    struct text text;
    text_init(&text, ret_text, size);
    size_t places = columns > 0 ? (size_t)columns : 0;
    size_t shown = count < places ? count : places;
    const uint8_t *first = levels + (count - shown);
    int64_t full = TREND_FULL_MIN;
    for (size_t i = 0; i < shown; i++)
        if (first[i] != TREND_UNREAD)
            full = max_i64(full, first[i]);
    for (size_t i = shown; i < places; i++)
        text_add_char(&text, ' ');
    for (size_t i = 0; i < shown; i++)
        add_character(&text, trend_cell(first[i], full, is_ascii));
}

/* The newest values that fit, and the column of the first one. */
struct window {
    const int64_t *values;
    int count;
    int column;
};

static struct window window_of(const struct chart_series *series, int columns)
{
    int count = series->count < (size_t)columns ? (int)series->count : columns;
    if (count == 0)
        return (struct window){ .column = columns };
    return (struct window){ series->values + (series->count - (size_t)count), count,
                            columns - count };
}

/* At least 1, so that a chart of zeros has a scale too. */
static int64_t highest(const struct chart_series *series, size_t series_count, int columns)
{
    int64_t high = 1;
    for (size_t i = 0; i < series_count; i++) {
        struct window window = window_of(&series[i], columns);
        for (int column = 0; column < window.count; column++)
            high = max_i64(high, window.values[column]);
    }
    return high;
}

static void set_cell(struct canvas *canvas, struct area plot, int column, int row, enum role role,
                     uint32_t code_point)
{
    struct area cell = { plot.column + column, plot.row + row, 1, 1 };
    canvas_fill(canvas, cell, role, code_point);
}

/* The partly filled cell at the top of a column. */
static uint32_t top_cell(int64_t eighths, bool is_ascii)
{
    static const char ramp[] = { '_', '_', '-', '-', '-', '=', '=', '#' };
    return is_ascii ? (unsigned char)ramp[eighths - 1] : (uint32_t)(0x2580 + eighths);
}

static void draw_filled(struct canvas *canvas, struct area plot, int column, int64_t eighths,
                        enum role role)
{
    if (eighths == 0)
        set_cell(canvas, plot, column, plot.rows - 1, role, '_');
    for (int row = plot.rows - 1; eighths > 0; row--, eighths -= EIGHTHS)
        set_cell(canvas, plot, column, row, role,
                 top_cell(min_i64(eighths, EIGHTHS), canvas->is_ascii));
}

/* A line is drawn in the top cell that a filled series with the same value would have. */
static void draw_series(struct canvas *canvas, struct area plot, const struct chart_series *series,
                        int64_t high)
{
    struct window window = window_of(series, plot.columns);
    for (int i = 0; i < window.count; i++) {
        if (window.values[i] < 0)
            continue;
        int64_t eighths = steps_of(window.values[i], high, (int64_t)plot.rows * EIGHTHS);
        int64_t row = plot.rows - 1 - max_i64(eighths - 1, 0) / EIGHTHS;
        if (series->symbol)
            set_cell(canvas, plot, window.column + i, (int)row, series->role, series->symbol);
        else
            draw_filled(canvas, plot, window.column + i, eighths, series->role);
    }
}

/* The area without the scale; the whole area when the scale would take more than half of it. */
static struct area plot_of(struct area area)
{
    if (area.columns < 2 * SCALE_WIDTH)
        return area;
    area.column += SCALE_WIDTH;
    area.columns -= SCALE_WIDTH;
    return area;
}

static void draw_scale(struct canvas *canvas, struct area area, int64_t high)
{
    char storage[LABEL_SIZE];
    struct text label;
    struct area scale = { area.column, area.row, SCALE_WIDTH, area.rows };
    struct area axis = { area.column + SCALE_WIDTH - 1, area.row, 1, area.rows };
    text_init(&label, storage, sizeof storage);
    format_short(&label, high, SCALE_WIDTH - 1);
    if (area.rows > 1)
        canvas_put_right(canvas, scale, 1, area.rows - 1, ROLE_DIM, "0");
    canvas_put_right(canvas, scale, 1, 0, ROLE_DIM, label.data);
    canvas_fill(canvas, axis, ROLE_DIM, canvas->is_ascii ? '|' : 0x2502);
}

void chart_draw(struct canvas *canvas, struct area area, const struct chart_series *series,
                size_t series_count)
{
    if (area.columns < 1 || area.rows < 1)
        return;
    struct area plot = plot_of(area);
    int64_t high = highest(series, series_count, plot.columns);
    if (plot.columns < area.columns)
        draw_scale(canvas, area, high);
    for (size_t i = 0; i < series_count; i++)
        draw_series(canvas, plot, &series[i], high);
}
