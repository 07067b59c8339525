#include "engine/log/log_output.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/log/journal_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* Before the bytes of a line in the queue. */
struct record {
    uint32_t size;
    uint32_t sent;
    enum event_id id;
};

/* --- opening ------------------------------------------------------------------------------------------------- */

static int open_again(bool is_terminal)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", STDERR_FILENO);
    int fd = open(path, OPEN_FLAGS);
    if (fd >= 0 || !is_terminal)
        return fd;
    /* After su the terminal may belong to another user; this name may be opened by everyone. */
    return tcgetsid(STDERR_FILENO) == getsid(0) ? open("/dev/tty", OPEN_FLAGS) : -1;
}

static struct log_output of_standard_error(void)
{
    struct log_output output = { .fd = STDERR_FILENO, .piece_size = SIZE_MAX };
    struct stat st;
    bool is_terminal = isatty(STDERR_FILENO);
    if (fstat(STDERR_FILENO, &st) < 0)
        return output;
    if (S_ISSOCK(st.st_mode)) {
        output.kind = LOG_OUTPUT_SOCKET;
        return output;
    }
    /* A regular file would be written from its beginning by a description of our own. */
    if (!S_ISFIFO(st.st_mode) && !is_terminal)
        return output;
    int fd = open_again(is_terminal);
    if (fd >= 0)
        return (struct log_output){ .fd = fd, .is_owned = true, .piece_size = SIZE_MAX };
    output.kind = LOG_OUTPUT_SHARED;
    output.piece_size = is_terminal ? 1 : PIPE_BUF;
    return output;
}

static int open_file(const char *file, struct log_output *ret_output, struct error *err)
{
    int fd = open(file, OPEN_FLAGS | O_CREAT, 0640);
    if (fd < 0) {
        int code = -errno;
        char storage[ERROR_MSG_SIZE / 2];
        struct text name;
        text_init(&name, storage, sizeof storage);
        text_add_escaped(&name, file, strlen(file));
        return error_set(err, code, "cannot open log file '%s': %s", storage, strerror(-code));
    }
    *ret_output = (struct log_output){ .fd = fd, .is_owned = true, .piece_size = SIZE_MAX };
    return 0;
}

int log_output_open(struct log_output *output, const char *file, struct error *err)
{
    if (strcmp(file, "-") != 0)
        return open_file(file, output, err);
    *output = of_standard_error();
    output->is_journal = journal_stream_is(STDERR_FILENO);
    return 0;
}

static void close_descriptor(const struct log_output *output)
{
    if (output->is_owned)
        close(output->fd);
}

int log_output_reopen(struct log_output *output, const char *file, struct error *err)
{
    struct log_output opened;
    int failed = log_output_open(&opened, file, err);
    if (failed)
        return failed;
    close_descriptor(output);
    opened.queue = output->queue;
    opened.queue_start = output->queue_start;
    opened.queue_end = output->queue_end;
    *output = opened;
    return 0;
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static bool is_ready(const struct log_output *output)
{
    struct pollfd place = { .fd = output->fd, .events = POLLOUT };
    return poll(&place, 1, 0) > 0;
}

/* Returns -1 with EAGAIN when it would have to wait. */
static ssize_t put_piece(const struct log_output *output, const char *bytes, size_t size)
{
    switch (output->kind) {
    case LOG_OUTPUT_SOCKET:
        return send(output->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    case LOG_OUTPUT_SHARED:
        if (!is_ready(output)) {
            errno = EAGAIN;
            return -1;
        }
        break;
    case LOG_OUTPUT_FREE:
        break;
    }
    return write(output->fd, bytes, size < output->piece_size ? size : output->piece_size);
}

/* Returns the number of bytes that were taken; *ret_would_wait: the rest may be taken later. */
static size_t put(const struct log_output *output, const char *bytes, size_t size,
                  bool *ret_would_wait)
{
    size_t taken = 0;
    *ret_would_wait = false;
    while (taken < size) {
        ssize_t written = put_piece(output, bytes + taken, size - taken);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            *ret_would_wait = errno == EAGAIN;
        if (written <= 0)
            break;
        taken += (size_t)written;
    }
    return taken;
}

static bool make_room(struct log_output *output, size_t size)
{
    if (!output->queue)
        output->queue = heap_alloc(LOG_QUEUE_SIZE, 1);
    if (!output->queue || output->queue_end - output->queue_start + size > LOG_QUEUE_SIZE)
        return false;
    if (output->queue_end + size > LOG_QUEUE_SIZE) {
        output->queue_end -= output->queue_start;
        memmove(output->queue, output->queue + output->queue_start, output->queue_end);
        output->queue_start = 0;
    }
    return true;
}

static bool enqueue(struct log_output *output, enum event_id id, const char *bytes, size_t size)
{
    struct record record = { .size = (uint32_t)size, .id = id };
    if (!make_room(output, sizeof record + size))
        return false;
    memcpy(output->queue + output->queue_end, &record, sizeof record);
    memcpy(output->queue + output->queue_end + sizeof record, bytes, size);
    output->queue_end += sizeof record + size;
    return true;
}

bool log_output_write(struct log_output *output, enum event_id id, const char *line, size_t size)
{
    must(size >= 2);
    if (output->queue)
        return enqueue(output, id, line + 1, size - 1);
    size_t skipped = output->is_torn ? 0 : 1;
    bool would_wait;
    size_t taken = put(output, line + skipped, size - skipped, &would_wait);
    bool is_whole = taken == size - skipped;
    if (!is_whole && would_wait &&
        enqueue(output, id, line + skipped + taken, size - skipped - taken))
        is_whole = true;
    output->is_torn = !is_whole && (taken > 0 || output->is_torn);
    return is_whole;
}

static void drop_queue(struct log_output *output)
{
    heap_free(output->queue);
    output->queue = NULL;
    output->queue_start = 0;
    output->queue_end = 0;
}

/* Nothing takes it any more. */
static void lose_queue(struct log_output *output, log_output_lost *lost, void *context)
{
    while (output->queue_start < output->queue_end) {
        struct record record;
        memcpy(&record, output->queue + output->queue_start, sizeof record);
        output->is_torn = output->is_torn || record.sent > 0;
        output->queue_start += sizeof record + record.size;
        lost(context, record.id);
    }
    drop_queue(output);
}

/* Sends the rest of the first line; false: not all of it was taken. */
static bool send_first(struct log_output *output, bool *ret_would_wait)
{
    char *at = output->queue + output->queue_start;
    struct record record;
    memcpy(&record, at, sizeof record);
    size_t left = record.size - record.sent;
    size_t taken = put(output, at + sizeof record + record.sent, left, ret_would_wait);
    record.sent += (uint32_t)taken;
    memcpy(at, &record, sizeof record);
    if (taken < left)
        return false;
    output->queue_start += sizeof record + record.size;
    return true;
}

void log_output_flush(struct log_output *output, log_output_lost *lost, void *context)
{
    if (!output->queue)
        return;
    bool would_wait = true;
    while (output->queue_start < output->queue_end)
        if (!send_first(output, &would_wait))
            break;
    if (output->queue_start == output->queue_end)
        drop_queue(output);
    else if (!would_wait)
        lose_queue(output, lost, context);
}

int64_t log_output_size(const struct log_output *output)
{
    struct stat st;
    bool is_file = output->is_owned && fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
    return is_file ? (int64_t)st.st_size : -1;
}

bool log_output_has_name(const struct log_output *output, const char *file)
{
    struct stat open_file;
    struct stat named;
    return fstat(output->fd, &open_file) == 0 && stat(file, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

bool log_output_is_between_lines(const struct log_output *output)
{
    return !output->queue && !output->is_torn;
}

bool log_output_is_waiting(const struct log_output *output)
{
    return output->queue != NULL;
}

void log_output_await(const struct log_output *output, int timeout_ms)
{
    struct pollfd place = { .fd = output->fd, .events = POLLOUT };
    poll(&place, 1, timeout_ms);
}

void log_output_close(struct log_output *output)
{
    close_descriptor(output);
    drop_queue(output);
}

void log_output_say(const char *line)
{
    struct log_output output = of_standard_error();
    const char *mark = journal_mark(LEVEL_ERROR);
    bool would_wait;
    put(&output, mark, strlen(mark), &would_wait);
    put(&output, line, strlen(line), &would_wait);
    close_descriptor(&output);
}
