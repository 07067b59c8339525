#include "tui/panels/explain.h"

#include "engine/base/arith.h"
#include "tui/draw/chart.h"
#include "tui/draw/format.h"

#define CHART_ROWS 9
#define CHART_ROWS_MIN 2
#define PLOT_COLUMNS (SNAPSHOT_HISTORY_LENGTH + 6) /* the scale and one column per pass */
#define SCALE_COLUMNS 6
#define AXIS_COLUMNS_MIN 24 /* two times of day and some space */
#define SERIES_COUNT 4

/* All in servers, oldest first; negative: not read. */
struct samples {
    int64_t busy[SNAPSHOT_HISTORY_LENGTH];
    int64_t capacity[SNAPSHOT_HISTORY_LENGTH];
    int64_t desired[SNAPSHOT_HISTORY_LENGTH]; /* capacity of the hosts that the formula gives */
    int64_t target[SNAPSHOT_HISTORY_LENGTH];  /* so many may be busy at the target */
};

static bool has_target(const struct snapshot_row *row)
{
    return 0 <= row->target_ppb && row->target_ppb < SHARE_WHOLE;
}

/* As by the formula, with the servers per host and the target of now. Charts may use floating point. */
static int64_t desired_servers(const struct snapshot_row *row, int64_t busy)
{
    double used = (double)(SHARE_WHOLE - row->target_ppb) / (double)SHARE_WHOLE;
    double hosts = (double)busy / used / (double)row->servers_per_host;
    if (hosts > (double)INT32_MAX)
        return -1;
    int64_t whole = (int64_t)hosts;
    return (whole + (hosts - (double)whole > 1e-9)) * row->servers_per_host;
}

static int64_t busy_at_target(const struct snapshot_row *row, int64_t capacity)
{
    return floor_div(capacity * (SHARE_WHOLE - row->target_ppb), SHARE_WHOLE);
}

static void gather(const struct snapshot_detail *detail, const struct snapshot_row *row,
                   struct samples *samples)
{
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        const struct snapshot_sample *sample = &detail->history[i];
        int64_t capacity = (int64_t)sample->busy_servers + sample->free_servers;
        bool is_decided = sample->is_read && has_target(row);
        samples->busy[i] = sample->is_read ? sample->busy_servers : -1;
        samples->capacity[i] = sample->is_read ? capacity : -1;
        samples->target[i] = is_decided ? busy_at_target(row, capacity) : -1;
        samples->desired[i] = is_decided && row->servers_per_host > 0
                                  ? desired_servers(row, sample->busy_servers)
                                  : -1;
    }
}

static bool is_anything_read(const struct snapshot_detail *detail)
{
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        if (detail->history[i].is_read)
            return true;
    return false;
}

/* The figures stand below each other. */
#define MARK_COLUMNS 4 /* "busy" */
#define FIGURE_COLUMNS (EXPLAIN_LABEL_COLUMNS - MARK_COLUMNS - 1)

/* "D     120": the mark of a line in the chart, and its newest value. */
static void put_figure(struct scroll_text *scroll, enum role role, const char *mark,
                       const int64_t *values)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_short(&text, values[SNAPSHOT_HISTORY_LENGTH - 1], FIGURE_COLUMNS);
    scroll_text_putf(scroll, EXPLAIN_LABEL_COLUMN, role, "%-*s %*s", MARK_COLUMNS, mark,
                     FIGURE_COLUMNS, storage);
    scroll_text_next(scroll, 1);
}

/* The times of the first and the last column. */
static void put_axis(struct scroll_text *scroll, const struct snapshot_engine *engine,
                     const struct snapshot_row *row, int columns)
{
    struct area line = scroll_text_area(scroll, EXPLAIN_TEXT_COLUMN, 1);
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    line.columns = columns;
    if (line.rows == 0 || columns < AXIS_COLUMNS_MIN || row->read_at.ms == 0)
        return;
    int64_t passes = min_i64(columns - SCALE_COLUMNS, SNAPSHOT_HISTORY_LENGTH) - 1;
    format_time(&text, (struct wall){ row->read_at.ms - passes * engine->pass_interval_ms });
    canvas_put(scroll->canvas, line, SCALE_COLUMNS, 0, ROLE_DIM, storage);
    text_reset(&text);
    format_time(&text, row->read_at);
    canvas_put_right(scroll->canvas, line, 0, 0, ROLE_DIM, storage);
}

/* The whole chart is drawn into the visible part of its area. */
static void put_plot(struct scroll_text *scroll, const struct samples *samples,
                     const struct snapshot_engine *engine, const struct snapshot_row *row)
{
    const struct chart_series series[SERIES_COUNT] = {
        { samples->busy, SNAPSHOT_HISTORY_LENGTH, ROLE_PENDING, 0 },
        { samples->target, SNAPSHOT_HISTORY_LENGTH, ROLE_HELD, 'T' },
        { samples->desired, SNAPSHOT_HISTORY_LENGTH, ROLE_UP, 'D' },
        { samples->capacity, SNAPSHOT_HISTORY_LENGTH, ROLE_STRONG, 'C' },
    };
    struct scroll_text legend = *scroll;
    int room = scroll->area.columns - EXPLAIN_TEXT_COLUMN;
    int columns = room < PLOT_COLUMNS ? room : PLOT_COLUMNS;
    struct area area = scroll_text_area(scroll, EXPLAIN_TEXT_COLUMN, CHART_ROWS);
    area.columns = area.columns < columns ? area.columns : columns;
    if (area.rows >= CHART_ROWS_MIN)
        chart_draw(scroll->canvas, area, series, SERIES_COUNT);
    explain_put_label(&legend, "SERVERS");
    scroll_text_next(&legend, 1);
    put_figure(&legend, ROLE_STRONG, "C  ", samples->capacity);
    put_figure(&legend, ROLE_UP, "D  ", samples->desired);
    put_figure(&legend, ROLE_HELD, "T  ", samples->target);
    put_figure(&legend, ROLE_PENDING, "busy", samples->busy);
    scroll_text_next(scroll, CHART_ROWS);
    put_axis(scroll, engine, row, columns);
    scroll_text_next(scroll, 1);
}

void explain_put_chart(struct scroll_text *scroll, const struct snapshot_engine *engine,
                       const struct snapshot_row *row, const struct snapshot_detail *detail)
{
    if (!is_anything_read(detail)) {
        explain_put_label(scroll, "SERVERS");
        explain_put_line(scroll, ROLE_DIM, "nothing that can be used was read in the last passes");
        return;
    }
    struct samples samples;
    gather(detail, row, &samples);
    put_plot(scroll, &samples, engine, row);
    explain_put_line(scroll, ROLE_DIM,
                     "C capacity, D desired, T busy at the target; one column is one pass");
}
