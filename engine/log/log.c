#include "engine/log/log.h"

#include "engine/base/heap.h"
#include "engine/log/journal_stream.h"
#include "engine/log/log_output.h"
#include "engine/log/log_rotation.h"

#include <string.h>

struct limit {
    struct mono since;
    int32_t lines;
    int32_t dropped;
    bool is_unreported; /* the readers have not received the count of all dropped lines */
};

struct log {
    struct log_output output;
    enum level level;
    enum log_format format;
    struct redaction *redaction;
    struct limit limits[EVENT_COUNT];
    int32_t dropping_count; /* events with dropped lines */
    struct event_fanout lines;
    char *file;
    int64_t size_max;
    int32_t keep;
    struct mono rotation_after; /* the last one has failed */
};

static void add_text_field(struct text *text, const struct event_field *field)
{
    text_addf(text, " %s=", field->key);
    switch (field->type) {
    case EVENT_FIELD_INTEGER:
        text_addf(text, "%lld", (long long)field->number);
        break;
    case EVENT_FIELD_SIGNED:
        text_add_signed(text, field->number);
        break;
    case EVENT_FIELD_PERCENT:
        text_add_percent(text, field->number);
        break;
    case EVENT_FIELD_STRING:
        text_add_value(text, field->string, field->string_size);
        break;
    case EVENT_FIELD_SENTENCE:
        text_add_sentence(text, field->string, field->string_size);
        break;
    case EVENT_FIELD_BOOL:
        text_add(text, field->number ? "yes" : "no");
        break;
    }
}

void log_add_json_field(struct text *text, const struct event_field *field)
{
    text_addf(text, "\"%s\":", field->key);
    switch (field->type) {
    case EVENT_FIELD_INTEGER:
    case EVENT_FIELD_SIGNED:
        text_addf(text, "%lld", (long long)field->number);
        break;
    case EVENT_FIELD_PERCENT:
        text_add_percent(text, field->number);
        break;
    case EVENT_FIELD_STRING:
    case EVENT_FIELD_SENTENCE:
        text_add_json(text, field->string, field->string_size);
        break;
    case EVENT_FIELD_BOOL:
        text_add(text, field->number ? "true" : "false");
        break;
    }
}

void log_format_fields(const struct event *event, struct text *text)
{
    text_add(text, event_row(event->id)->name);
    for (size_t i = 0; i < event->field_count; i++)
        add_text_field(text, &event->fields[i]);
}

static void format_text(const struct event *event, const char *at, struct text *text)
{
    text_addf(text, "%s %s ", at, level_name(event_row(event->id)->level));
    log_format_fields(event, text);
}

static void format_json(const struct event *event, const char *at, struct text *text)
{
    const struct event_row *row = event_row(event->id);
    text_addf(text, "{\"at\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", at, level_name(row->level),
              row->name);
    for (size_t i = 0; i < event->field_count; i++) {
        text_add_char(text, ',');
        log_add_json_field(text, &event->fields[i]);
    }
    text_add_char(text, '}');
}

static void format_event(const struct event *event, struct wall at, enum log_format format,
                         struct text *text)
{
    char stamp[WALL_TEXT_SIZE];
    wall_format(at, stamp);
    switch (format) {
    case LOG_TEXT:
        format_text(event, stamp, text);
        break;
    case LOG_JSON:
        format_json(event, stamp, text);
        break;
    }
}

/* False: the line is lost. */
static bool write_event(struct log *log, const struct event *event, struct wall at)
{
    char line[1 + LOG_LINE_SIZE];
    struct text text;
    text_init(&text, line, LOG_LINE_SIZE);
    text_add_char(&text, '\n');
    if (log->output.is_journal)
        text_add(&text, journal_priority(event_row(event->id)->level));
    format_event(event, at, log->format, &text);
    redaction_clean(log->redaction, &text);
    line[text.length] = '\n';
    return log_output_write(&log->output, event->id, line, text.length + 1);
}

static void count_dropped(struct log *log, enum event_id id)
{
    struct limit *limit = &log->limits[id];
    log->dropping_count += limit->dropped == 0;
    limit->dropped++;
}

static void report_dropped(struct log *log, enum event_id id)
{
    struct limit *limit = &log->limits[id];
    struct event event;
    event_init(&event, EVENT_EVENTS_SUPPRESSED);
    event_add_string(&event, "event", event_row(id)->name);
    event_add_integer(&event, "count", limit->dropped);
    struct wall at = wall_now();
    bool is_written = write_event(log, &event, at);
    /* While the file takes nothing, every event tries again; the readers receive the count only once. */
    if (is_written || limit->is_unreported)
        event_fanout_pass(&log->lines, &event, at);
    limit->is_unreported = false;
    if (!is_written)
        return;
    limit->dropped = 0;
    log->dropping_count--;
}

/*
 * Checked with every event, so that the count of dropped lines is written soon. Not behind lines that wait: more may
 * be lost until they are written.
 */
static void report_all_dropped(struct log *log, struct mono now, bool is_closing)
{
    if (log_output_is_waiting(&log->output) && !is_closing)
        return;
    for (size_t i = 0; log->dropping_count > 0 && i < EVENT_COUNT; i++)
        if (log->limits[i].dropped > 0 &&
            (is_closing || now.ms - log->limits[i].since.ms >= LOG_LIMIT_MS))
            report_dropped(log, (enum event_id)i);
}

static bool is_dropped(struct log *log, enum event_id id, struct mono now)
{
    struct limit *limit = &log->limits[id];
    if (!event_row(id)->is_limited)
        return false;
    if (now.ms - limit->since.ms >= LOG_LIMIT_MS) {
        limit->since = now;
        limit->lines = 0;
    }
    if (limit->lines < LOG_LIMIT_LINES) {
        limit->lines++;
        return false;
    }
    count_dropped(log, id);
    limit->is_unreported = true;
    return true;
}

/* --- opening ------------------------------------------------------------------------------------------------- */

static void take_settings(struct log *log, const struct log_config *config, char *file)
{
    heap_free(log->file);
    log->file = file;
    log->level = config->level;
    log->format = config->format;
    log->redaction = config->redaction;
    log->size_max = config->size_max;
    log->keep = config->keep;
    log->rotation_after = (struct mono){ 0 };
}

int log_create(const struct log_config *config, struct log **ret_log, struct error *err)
{
    struct log *log = heap_alloc(1, sizeof *log);
    if (!log)
        return error_no_memory(err);
    char *file = heap_copy_text(config->file, strlen(config->file));
    int failed = file ? log_output_open(&log->output, config->file, err) : error_no_memory(err);
    if (failed) {
        heap_free(file);
        heap_free(log);
        return failed;
    }
    take_settings(log, config, file);
    *ret_log = log;
    return 0;
}

int log_reopen(struct log *log, const struct log_config *config, struct error *err)
{
    char *file = heap_copy_text(config->file, strlen(config->file));
    int failed = file ? log_output_reopen(&log->output, config->file, err) : error_no_memory(err);
    if (failed) {
        heap_free(file);
        return failed;
    }
    take_settings(log, config, file);
    return 0;
}

/* --- rotation ------------------------------------------------------------------------------------------------ */

/* One that something else has rotated is only opened again. */
static int rotate(struct log *log, struct error *err)
{
    bool is_renamed = log_output_has_name(&log->output, log->file);
    int failed = is_renamed ? log_rotation_rename(log->file, log->keep, err) : 0;
    if (failed)
        return failed;
    failed = log_output_reopen(&log->output, log->file, err);
    if (failed && is_renamed)
        log_rotation_undo(log->file);
    return failed;
}

static void report_rotation(struct log *log, const struct error *err)
{
    struct event event;
    struct wall at = wall_now();
    event_init(&event, EVENT_LOG_ROTATION_FAILED);
    event_add_sentence(&event, "error", err->msg);
    event_fanout_pass(&log->lines, &event, at);
    write_event(log, &event, at);
}

/* After a line that is there as a whole, so that none is split. */
static void rotate_if_full(struct log *log, struct mono now)
{
    struct error err;
    if (log->size_max == 0 || now.ms < log->rotation_after.ms || strcmp(log->file, "-") == 0 ||
        !log_output_is_between_lines(&log->output) || log_output_size(&log->output) < log->size_max)
        return;
    if (!rotate(log, &err))
        return;
    log->rotation_after.ms = now.ms + LOG_ROTATION_RETRY_MS;
    report_rotation(log, &err);
}

/* --- lines --------------------------------------------------------------------------------------------------- */

static void on_lost(void *context, enum event_id id)
{
    count_dropped(context, id);
}

bool log_flush(struct log *log)
{
    log_output_flush(&log->output, on_lost, log);
    report_all_dropped(log, mono_now(), false);
    return log_output_is_waiting(&log->output);
}

bool log_is_waiting(const struct log *log)
{
    return log_output_is_waiting(&log->output);
}

void log_take(void *context, const struct event *event, struct wall at)
{
    struct log *log = context;
    if (event_row(event->id)->level < log->level)
        return;
    struct mono now = mono_now();
    log_flush(log);
    if (is_dropped(log, event->id, now))
        return;
    event_fanout_pass(&log->lines, event, at);
    if (!write_event(log, event, at))
        count_dropped(log, event->id);
    rotate_if_full(log, now);
}

struct event_fanout *log_lines(struct log *log)
{
    return &log->lines;
}

/* The last lines are worth a moment. */
static void await_reader(struct log *log)
{
    struct mono until = { mono_now().ms + LOG_PATIENCE_MS };
    while (log_flush(log)) {
        int64_t left_ms = until.ms - mono_now().ms;
        if (left_ms <= 0)
            return;
        log_output_await(&log->output, (int)left_ms);
    }
}

void log_destroy(struct log *log)
{
    if (!log)
        return;
    await_reader(log);
    report_all_dropped(log, mono_now(), true);
    log_output_flush(&log->output, on_lost, log);
    log_output_close(&log->output);
    heap_free(log->file);
    heap_free(log);
}
