/*
 * log - events as lines: text for people, JSON for machines, to a file or standard error.
 *
 *     2026-01-02T03:04:05.678Z info scale_requested deployment=eu-1 delta=+6 reason=below_target
 *
 * In the journal, a line begins with its priority (journal_stream.h).
 *
 * One write(2) per line, appended, so that rotation and other writers are safe. Foreign bytes are escaped. Events
 * marked as limited are dropped beyond LOG_LIMIT_LINES in LOG_LIMIT_MS and counted in a line of events_suppressed. A
 * log that cannot be written is not fatal: the line is lost and counted likewise, and the program continues. It never
 * waits for a terminal or a pipe that takes nothing (log_output.h): lines wait instead, and are lost and counted when
 * there are too many. While lines wait, log_flush is called from time to time.
 *
 * A file that has size_max bytes is renamed after a line, and a new one begins (log_rotation.h). When that fails, the
 * log says so (log_rotation_failed), goes on in the file and tries again LOG_ROTATION_RETRY_MS later.
 *
 * No line has the token, see redaction.h. Owns its descriptor. Engine thread only.
 */
#ifndef ENGINE_LOG_LOG_H
#define ENGINE_LOG_LOG_H

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/base/text.h"
#include "engine/log/event_fanout.h"

#define LOG_LIMIT_LINES 50
#define LOG_LIMIT_MS 10000
#define LOG_LINE_SIZE 8192
#define LOG_PATIENCE_MS 1000 /* at the end, for lines that wait */
#define LOG_ROTATION_RETRY_MS 60000

enum log_format { LOG_TEXT, LOG_JSON };

struct log_config {
    const char *file; /* "-": standard error */
    enum level level; /* lower ones are not written */
    enum log_format format;
    struct redaction *redaction; /* for each line; NULL: none. Lives as long as the log */
    int64_t size_max;            /* bytes of a regular file; 0: no limit */
    int32_t keep;                /* files beside it; at least 1 with a limit */
};

struct log;

/* -errno with the file's name and the cause. */
int log_create(const struct log_config *config, struct log **ret_log, struct error *err);

/* Opens the file again (after a rotation) with new settings; on failure nothing changes. */
int log_reopen(struct log *log, const struct log_config *config, struct error *err);

/* A reader of events; `context` is the log. */
void log_take(void *context, const struct event *event, struct wall at);

/* Do lines wait for a terminal or a pipe? */
bool log_is_waiting(const struct log *log);

/* Writes waiting lines as far as they are taken, then the counts of lost ones. True: some still wait. */
bool log_flush(struct log *log);

/*
 * The events that pass the level and the limit, with their time, also when the file does not take them, and an
 * events_suppressed for those that the limit dropped, once they are counted. Its readers must not send events to the
 * log.
 */
struct event_fanout *log_lines(struct log *log);

/*
 * Writes the pending counts of dropped lines and closes the file. Lines that wait are given LOG_PATIENCE_MS. Accepts
 * NULL.
 */
void log_destroy(struct log *log);

/* Its name and fields as in a line of text, without timestamp and level. */
void log_format_fields(const struct event *event, struct text *text);

/* A field as a member of a JSON object: "key":value. */
void log_add_json_field(struct text *text, const struct event_field *field);

#endif
