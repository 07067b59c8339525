#include "engine/metrics/exposition.h"

#include "engine/base/panic.h"

#include <string.h>

#define DIGITS_MAX 24
#define TIME_DECIMALS 3
#define TOTAL "_total"
#define INFO "_info"

void exposition_escape(struct text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            text_add(text, "\\n");
        else if (bytes[i] == '"' || bytes[i] == '\\')
            text_add_bytes(text, (const char[]){ '\\', bytes[i] }, 2);
        else
            text_add_char(text, bytes[i]);
    }
}

/* A whole number of 10^-decimals; zeros at the end of the decimals are left out, at least `decimals_min` stay. */
static void add_number(struct text *text, int64_t value, unsigned decimals, unsigned decimals_min)
{
    char digits[DIGITS_MAX];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    bool is_shown = false;
    for (unsigned place = decimals; place > 0; place--, rest /= 10) {
        is_shown = is_shown || rest % 10 != 0 || place <= decimals_min;
        if (is_shown)
            digits[--at] = (char)('0' + rest % 10);
    }
    if (at < sizeof digits)
        digits[--at] = '.';
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        digits[--at] = '-';
    text_add_bytes(text, digits + at, sizeof digits - at);
}

/* --- names ----------------------------------------------------------------------------------------------------- */

/* Without its last part: OpenMetrics has that in the lines of counters and infos only. */
static size_t family_length(const struct metric_row *row)
{
    size_t length = strlen(row->name);
    if (row->type == METRIC_COUNTER)
        return length - strlen(TOTAL);
    return row->type == METRIC_INFO ? length - strlen(INFO) : length;
}

static void add_family(const struct exposition *exposition, const struct metric_row *row)
{
    size_t length = exposition->is_openmetrics ? family_length(row) : strlen(row->name);
    text_add_bytes(exposition->text, row->name, length);
}

void exposition_add_head(const struct exposition *exposition, enum metric metric)
{
    const struct metric_row *row = metric_row(metric);
    struct text *text = exposition->text;
    bool is_plain_info = row->type == METRIC_INFO && !exposition->is_openmetrics;
    text_add(text, "# HELP ");
    add_family(exposition, row);
    text_add_char(text, ' ');
    text_add(text, row->meaning);
    text_add(text, "\n# TYPE ");
    add_family(exposition, row);
    text_add_char(text, ' ');
    text_add(text, metric_type_name(is_plain_info ? METRIC_GAUGE : row->type));
    text_add_char(text, '\n');
    if (exposition->is_openmetrics && row->unit[0] != '\0') {
        text_add(text, "# UNIT ");
        add_family(exposition, row);
        text_add_char(text, ' ');
        text_add(text, row->unit);
        text_add_char(text, '\n');
    }
    must(!text->was_cut);
}

/* --- lines ----------------------------------------------------------------------------------------------------- */

/* `le="0.5"` of a bucket is the last label; it has at least one decimal, in both formats. NULL: no bucket. */
static void add_labels(struct text *text, const struct metric_row *row, const char *const values[],
                       const struct metric_bounds *bounds, size_t bucket)
{
    char separator = '{';
    const char *at = row->labels;
    for (size_t i = 0; *at != '\0'; i++) {
        size_t length = strcspn(at, " ");
        text_add_char(text, separator);
        text_add_bytes(text, at, length);
        text_add(text, "=\"");
        text_add(text, values[i]);
        text_add_char(text, '"');
        separator = ',';
        at += length;
        at += *at == ' ';
    }
    if (bounds) {
        text_add_char(text, separator);
        text_add(text, "le=\"");
        if (bucket < bounds->count)
            add_number(text, bounds->list[bucket] * (row->decimals == 0 ? 10 : 1),
                       row->decimals == 0 ? 1 : row->decimals, 1);
        else
            text_add(text, "+Inf");
        text_add_char(text, '"');
        separator = ',';
    }
    if (separator == ',')
        text_add_char(text, '}');
    text_add_char(text, ' ');
}

void exposition_add(const struct exposition *exposition, enum metric metric,
                    const char *const values[], int64_t value)
{
    const struct metric_row *row = metric_row(metric);
    struct text *text = exposition->text;
    text_add(text, row->name);
    add_labels(text, row, values, NULL, 0);
    add_number(text, value, row->decimals, 0);
    text_add_char(text, '\n');
    must(!text->was_cut);
}

void exposition_add_created(const struct exposition *exposition, enum metric metric,
                            const char *const values[])
{
    const struct metric_row *row = metric_row(metric);
    bool is_counting = row->type == METRIC_COUNTER || row->type == METRIC_HISTOGRAM;
    if (!exposition->is_openmetrics || !is_counting || row->scope == SCOPE_DEPLOYMENT)
        return;
    text_add_bytes(exposition->text, row->name, family_length(row));
    text_add(exposition->text, "_created");
    add_labels(exposition->text, row, values, NULL, 0);
    add_number(exposition->text, exposition->created.ms, TIME_DECIMALS, 0);
    text_add_char(exposition->text, '\n');
    must(!exposition->text->was_cut);
}

static void add_part(const struct exposition *exposition, const struct metric_row *row,
                     const char *suffix, const char *const values[], int64_t value,
                     unsigned decimals)
{
    text_add(exposition->text, row->name);
    text_add(exposition->text, suffix);
    add_labels(exposition->text, row, values, NULL, 0);
    add_number(exposition->text, value, decimals, 0);
    text_add_char(exposition->text, '\n');
}

void exposition_add_histogram(const struct exposition *exposition, enum metric metric,
                              const char *const values[], const struct histogram *histogram)
{
    const struct metric_row *row = metric_row(metric);
    const struct metric_bounds *bounds = metric_bounds(metric);
    struct text *text = exposition->text;
    int64_t count = 0;
    for (size_t bucket = 0; bucket <= bounds->count; bucket++) {
        count += histogram->counts[bucket < bounds->count ? bucket : METRIC_BOUNDS_MAX];
        text_add(text, row->name);
        text_add(text, "_bucket");
        add_labels(text, row, values, bounds, bucket);
        add_number(text, count, 0, 0);
        text_add_char(text, '\n');
    }
    add_part(exposition, row, "_sum", values, histogram->sum, row->decimals);
    add_part(exposition, row, "_count", values, count, 0);
    exposition_add_created(exposition, metric, values);
    must(!text->was_cut);
}

void exposition_add_end(const struct exposition *exposition)
{
    if (exposition->is_openmetrics)
        text_add(exposition->text, "# EOF\n");
}
