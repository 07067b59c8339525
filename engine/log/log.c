#include "engine/log/log.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct limit {
    struct mono since;
    int32_t lines;
    int32_t dropped;
    bool is_unreported; /* the readers have not received the count of all dropped lines */
};

struct log {
    int fd;
    bool owns_fd;
    bool is_stuck; /* the last line was not written in full */
    bool is_torn;  /* the file ends with a part of a line: the next event begins a new line */
    enum level level;
    enum log_format format;
    struct limit limits[EVENT_COUNT];
    int32_t dropping_count; /* events with dropped lines */
    struct event_fanout lines;
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

static void add_json_field(struct text *text, const struct event_field *field)
{
    text_addf(text, ",\"%s\":", field->key);
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
    for (size_t i = 0; i < event->field_count; i++)
        add_json_field(text, &event->fields[i]);
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

/* Only the first line waits for a blocked reader: waiting again for the next lines would not help. */
static bool is_ready(const struct log *log)
{
    struct pollfd place = { .fd = log->fd, .events = POLLOUT };
    int count = poll(&place, 1, log->is_stuck ? 0 : LOG_PATIENCE_MS);
    if (count < 0 && errno == EINTR)
        count = poll(&place, 1, 0);
    return count > 0;
}

/* Returns the number of bytes written. Writes at most what a ready pipe takes without blocking. */
static size_t write_bytes(const struct log *log, const char *bytes, size_t size)
{
    size_t taken = 0;
    while (taken < size && is_ready(log)) {
        size_t left = size - taken;
        ssize_t written = write(log->fd, bytes + taken, left < PIPE_BUF ? left : PIPE_BUF);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        taken += (size_t)written;
    }
    return taken;
}

/*
 * Stops at the first failure: what a full disk, a closed pipe or a full pipe does not take is lost. Standard error
 * belongs to other programs too, so it is not made non-blocking.
 */
static bool write_line(struct log *log, const char *bytes, size_t size)
{
    size_t taken = write_bytes(log, bytes, size);
    log->is_torn = taken < size && (taken > 0 || log->is_torn);
    return taken == size;
}

static bool write_event(struct log *log, const struct event *event, struct wall at)
{
    char storage[1 + LOG_LINE_SIZE] = "\n";
    char *line = storage + 1;
    struct text text;
    text_init(&text, line, LOG_LINE_SIZE - 1);
    format_event(event, at, log->format, &text);
    line[text.length] = '\n';
    /* After a part of a line, the newline comes first. */
    log->is_stuck = log->is_torn ? !write_line(log, storage, text.length + 2)
                                 : !write_line(log, line, text.length + 1);
    return !log->is_stuck;
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

/* Checked with every event, so that the count of dropped lines is written soon. */
static void report_all_dropped(struct log *log, struct mono now, bool is_closing)
{
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

static int open_file(const char *file, int *ret_fd, bool *ret_owns_fd, struct error *err)
{
    if (strcmp(file, "-") == 0) {
        *ret_fd = STDERR_FILENO;
        *ret_owns_fd = false;
        return 0;
    }
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    if (fd < 0) {
        int code = -errno;
        char storage[ERROR_MSG_SIZE / 2];
        struct text name;
        text_init(&name, storage, sizeof storage);
        text_add_escaped(&name, file, strlen(file));
        return error_set(err, code, "cannot open log file '%s': %s", storage, strerror(-code));
    }
    *ret_fd = fd;
    *ret_owns_fd = true;
    return 0;
}

static void close_file(struct log *log)
{
    if (log->owns_fd)
        close(log->fd);
}

int log_create(const struct log_config *config, struct log **ret_log, struct error *err)
{
    struct log *log = heap_alloc(1, sizeof *log);
    if (!log)
        return error_no_memory(err);
    int failed = open_file(config->file, &log->fd, &log->owns_fd, err);
    if (failed) {
        heap_free(log);
        return failed;
    }
    log->level = config->level;
    log->format = config->format;
    *ret_log = log;
    return 0;
}

int log_reopen(struct log *log, const struct log_config *config, struct error *err)
{
    int fd = -1;
    bool owns_fd = false;
    int failed = open_file(config->file, &fd, &owns_fd, err);
    if (failed)
        return failed;
    close_file(log);
    log->fd = fd;
    log->owns_fd = owns_fd;
    log->is_stuck = false;
    log->is_torn = false;
    log->level = config->level;
    log->format = config->format;
    return 0;
}

void log_take(void *context, const struct event *event, struct wall at)
{
    struct log *log = context;
    if (event_row(event->id)->level < log->level)
        return;
    struct mono now = mono_now();
    report_all_dropped(log, now, false);
    if (is_dropped(log, event->id, now))
        return;
    event_fanout_pass(&log->lines, event, at);
    if (!write_event(log, event, at))
        count_dropped(log, event->id);
}

struct event_fanout *log_lines(struct log *log)
{
    return &log->lines;
}

void log_destroy(struct log *log)
{
    if (!log)
        return;
    report_all_dropped(log, mono_now(), true);
    close_file(log);
    heap_free(log);
}
