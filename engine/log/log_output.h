/*
 * log_output - lines to a descriptor that never blocks the program, whatever its kind.
 *
 * A terminal that is not read, one that is stopped with Ctrl-S, a pipe whose reader stands still: what they do not
 * take at once waits in a queue of LOG_QUEUE_SIZE bytes, and log_output_flush goes on with it. A line that has no
 * room there is lost; the caller counts it. What a full disk or a closed pipe refuses is lost too.
 *
 * Standard error is shared with other programs, and O_NONBLOCK would hold for them too. So it is opened once more
 * (/proc/self/fd/2, or /dev/tty for the controlling terminal): the new description is our own. A socket is sent to
 * with MSG_DONTWAIT. A pipe or a terminal that may not be opened is asked before each write, and gets no more than
 * it takes for certain: a page for a pipe, a byte for a terminal. Regular files are written as they are.
 *
 * Owns its descriptor, unless it is standard error itself. Engine thread only.
 */
#ifndef ENGINE_LOG_LOG_OUTPUT_H
#define ENGINE_LOG_LOG_OUTPUT_H

#include "engine/base/error.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_QUEUE_SIZE ((size_t)256 * 1024)

enum log_output_kind {
    LOG_OUTPUT_FREE,   /* does not block: a file, or a description of our own */
    LOG_OUTPUT_SOCKET, /* each call says that it must not block */
    LOG_OUTPUT_SHARED, /* asked before each write of piece_size bytes */
};

struct log_output {
    int fd;
    bool is_owned;
    enum log_output_kind kind;
    size_t piece_size;
    bool is_journal; /* lines begin with their priority, see journal_stream.h */
    bool is_torn;    /* ends with a part of a line: the next one begins with a newline */
    char *queue;     /* records of a head and its bytes; NULL: nothing waits */
    size_t queue_start;
    size_t queue_end;
};

/* Called for each line that waited and is lost. */
typedef void log_output_lost(void *context, enum event_id id);

/* "-": standard error. -errno with the file's name and the cause. */
int log_output_open(struct log_output *output, const char *file, struct error *err);

/* Goes to another file; lines that wait go there too. On failure nothing changes. */
int log_output_reopen(struct log_output *output, const char *file, struct error *err);

/*
 * Writes or queues a line. `line` begins with a newline, which is written only after a part of a line, and ends with
 * one. False: it is lost.
 */
bool log_output_write(struct log_output *output, enum event_id id, const char *line, size_t size);

/* Writes what waits, as much as is taken now. */
void log_output_flush(struct log_output *output, log_output_lost *lost, void *context);

/* Bytes of a regular file that was opened by its name; -1: it is something else. */
int64_t log_output_size(const struct log_output *output);

/* Does the name lead to the open file? Not when something has rotated it. */
bool log_output_has_name(const struct log_output *output, const char *file);

/* Every line is there, and as a whole: the next one can be in another file. */
bool log_output_is_between_lines(const struct log_output *output);

bool log_output_is_waiting(const struct log_output *output);

/* Waits until it may take more, or for the time. */
void log_output_await(const struct log_output *output, int timeout_ms);

/* What waits is dropped. */
void log_output_close(struct log_output *output);

/* One line of the program itself to standard error, which may lose it. `line` ends with a newline. */
void log_output_say(const char *line);

#endif
