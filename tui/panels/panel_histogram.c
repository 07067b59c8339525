#include "tui/panels/panel.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tui/draw/format.h"

#define STEPS 8
#define LABELS_COLUMNS_MIN 40 /* from this width on there are times at both ends */
#define LABEL_SIZE 16

static enum role role_of(enum level worst)
{
    switch (worst) {
    case LEVEL_ERROR:
        return ROLE_ERROR;
    case LEVEL_WARN:
        return ROLE_WARN;
    case LEVEL_INFO:
    case LEVEL_DEBUG:
        break;
    }
    return ROLE_NORMAL;
}

/* Any line at all is seen. */
static uint32_t symbol_of(uint32_t count, uint32_t highest, bool is_ascii)
{
    static const char in_ascii[] = " ..::==##";
    if (count == 0)
        return ' ';
    int64_t step = max_i64(1, (int64_t)count * STEPS / highest);
    return is_ascii ? (uint32_t)(unsigned char)in_ascii[step] : (uint32_t)(0x2580 + step);
}

/* The time at one end of the row. */
static void put_label(struct canvas *canvas, struct area row, struct wall at, bool is_right)
{
    char storage[LABEL_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_time(&text, at);
    int columns = format_columns(storage);
    canvas_put(canvas, row, is_right ? row.columns - columns - 1 : 1, 0, ROLE_DIM, storage);
}

/* Without labels the bars have the whole row. */
static struct area bars_of(struct area row)
{
    const int label = 10;
    if (row.columns < LABELS_COLUMNS_MIN)
        return row;
    return (struct area){ row.column + label, row.row, row.columns - 2 * label, 1 };
}

/* The bucket of the selected line has the cursor's colours. */
static void mark_cursor(const struct console *console, struct canvas *canvas, struct area bars,
                        const struct log_tally *tally)
{
    const struct logbook_line *line = logbook_at(console->logbook, console->log.cursor);
    if (console->log.is_following || !line)
        return;
    int bucket = (int)log_tally_bucket(tally, line->at);
    canvas_mark(canvas, (struct area){ bars.column + bucket, bars.row, 1, 1 }, CELL_CURSOR);
}

size_t panel_histogram_columns(struct area row)
{
    return (size_t)clamp_i64(bars_of(row).columns, 0, LOG_BUCKETS_MAX);
}

void panel_histogram_draw(const struct console *console, struct canvas *canvas, struct area row,
                          const struct log_tally *tally)
{
    struct area bars = bars_of(row);
    if (tally->first.ms == 0 || tally->bucket_count == 0)
        return;
    if (bars.columns < row.columns) {
        put_label(canvas, row, tally->first, false);
        put_label(canvas, row, tally->last, true);
    }
    for (size_t i = 0; i < tally->bucket_count; i++) {
        const struct log_bucket *bucket = &tally->buckets[i];
        struct area cell = { bars.column + (int)i, bars.row, 1, 1 };
        canvas_fill(canvas, cell, role_of(bucket->worst),
                    symbol_of(bucket->count, tally->highest, canvas->is_ascii));
    }
    mark_cursor(console, canvas, bars, tally);
}
