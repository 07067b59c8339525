#define _GNU_SOURCE /* prlimit */
#include "tests/support/program.h"

#include "tests/support/environment.h"
#include "tests/support/test.h"

#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_SIZE ((size_t)16 * 1024)
#define LOOK_MS 5 /* polling interval for conditions without a descriptor */
#define LINE_SIZE 16384
#define TAIL_SIZE 3000 /* bytes of the log shown when a wait fails */
#define END_SIZE 900
#define EXEC_FAILED 127
#define SIGNAL_MAX 31 /* of those with names */

struct stream {
    int fd; /* negative: it has ended */
    char *bytes;
    size_t size;
    size_t capacity;
    size_t found; /* lines before this were waited for */
    char line[LINE_SIZE];
};

struct program {
    pid_t pid; /* 0: it has ended */
    int exit_code;
    struct stream output;
    struct stream log;
};

#define BINARY_SIZE 4096

/* --- start --------------------------------------------------------------------------------------------------- */

static const char *binary(void)
{
    const char *path = getenv("AUTOSCALER");
    return path && *path ? path : "build/release/autoscaler";
}

/* In the child: system calls only, since the parent has threads. */
static void become_program(char *const *arguments, char *const *environment, const char *input,
                           int output, int log, unsigned files_max)
{
    for (int number = 1; number <= SIGNAL_MAX; number++)
        signal(number, SIG_DFL);
    int given = open(input ? input : "/dev/null", O_RDONLY);
    dup2(given, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (given > STDERR_FILENO)
        close(given);
    struct rlimit limit = { files_max, files_max };
    if (files_max > 0)
        setrlimit(RLIMIT_NOFILE, &limit);
    execve(arguments[0], arguments, environment);
    _exit(EXEC_FAILED);
}

static void open_pipe(struct stream *stream, int *ret_write_end)
{
    int ends[2];
    must(pipe(ends) == 0);
    must(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0);
    must(fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0);
    stream->fd = ends[0];
    *ret_write_end = ends[1];
}

struct program *program_start(const struct program_config *config)
{
    static char path[BINARY_SIZE];
    int length = snprintf(path, sizeof path, "%s%s", binary(), config->is_ctl ? "ctl" : "");
    must(length > 0 && length < BINARY_SIZE);
    char *arguments[PROGRAM_ARGUMENTS_MAX + 2] = { path };
    size_t count = 1;
    for (; config->arguments[count - 1]; count++) {
        must(count <= PROGRAM_ARGUMENTS_MAX);
        arguments[count] = (char *)(uintptr_t)config->arguments[count - 1];
    }
    static struct environment environment;
    environment_init(&environment, config->environment, config->home);
    environment_add(&environment, "LC_CTYPE=", "C.UTF-8");
    struct program *program = heap_alloc(1, sizeof *program);
    must(program);
    int output, log;
    open_pipe(&program->output, &output);
    open_pipe(&program->log, &log);
    program->pid = fork();
    must(program->pid >= 0);
    if (program->pid == 0)
        become_program(arguments, environment.variables, config->input, output, log,
                       config->files_max);
    close(output);
    close(log);
    return program;
}

/* --- reading ------------------------------------------------------------------------------------------------- */

static void end_stream(struct stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
}

static void read_stream(struct stream *stream)
{
    if (stream->capacity - stream->size <= READ_SIZE) {
        stream->capacity = 2 * stream->capacity + 2 * READ_SIZE;
        stream->bytes = heap_resize(stream->bytes, stream->capacity, 1);
        must(stream->bytes);
        stream->bytes[stream->size] = '\0';
    }
    ssize_t got = read(stream->fd, stream->bytes + stream->size, READ_SIZE);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        end_stream(stream);
        return;
    }
    stream->size += (size_t)got;
    stream->bytes[stream->size] = '\0';
}

static bool has_ended(const struct program *program)
{
    return program->output.fd < 0 && program->log.fd < 0;
}

/* Reads once, waiting at most this number of milliseconds. poll(2) ignores negative descriptors. */
static void read_some(struct program *program, int wait_ms)
{
    struct pollfd fds[] = {
        { .fd = program->output.fd, .events = POLLIN },
        { .fd = program->log.fd, .events = POLLIN },
    };
    if (poll(fds, COUNT_OF(fds), wait_ms) <= 0)
        return;
    if (fds[0].revents)
        read_stream(&program->output);
    if (fds[1].revents)
        read_stream(&program->log);
}

static const char *tail_of(const struct stream *stream)
{
    if (stream->size == 0)
        return "(nothing)";
    return stream->bytes + (stream->size > TAIL_SIZE ? stream->size - TAIL_SIZE : 0);
}

static void check_patience(const struct program *program, struct mono until, const char *what)
{
    if (mono_now().ms >= until.ms)
        fail_msg("waited in vain for %s; the log ends with:\n%s", what, tail_of(&program->log));
}

static struct mono patience(void)
{
    return mono_after(mono_now(), PROGRAM_PATIENCE_MS);
}

bool program_wait_or_end(struct program *program, bool (*is_true)(void *context), void *context,
                         const char *what)
{
    struct mono until = patience();
    while (!is_true(context)) {
        if (has_ended(program))
            return false;
        check_patience(program, until, what);
        read_some(program, LOOK_MS);
    }
    return true;
}

void program_wait_until(struct program *program, bool (*is_true)(void *context), void *context,
                        const char *what)
{
    if (!program_wait_or_end(program, is_true, context, what))
        fail_msg("the program ended before %s; the log ends with:\n%s", what,
                 tail_of(&program->log));
}

/* --- lines --------------------------------------------------------------------------------------------------- */

/* The position after the line that starts at `at`; 0: the line is not complete yet. */
static size_t line_end(const struct stream *stream, size_t at)
{
    const char *newline =
        at < stream->size ? memchr(stream->bytes + at, '\n', stream->size - at) : NULL;
    return newline ? (size_t)(newline - stream->bytes) + 1 : 0;
}

static bool line_contains(const struct stream *stream, size_t start, size_t end, const char *text)
{
    size_t length = strlen(text);
    for (size_t at = start; at + length < end; at++)
        if (memcmp(stream->bytes + at, text, length) == 0)
            return true;
    return false;
}

/* Moves *at after the next complete line that contains `text`, and stores the line; false: none yet. */
static bool next_line(struct stream *stream, const char *text, size_t *at)
{
    for (size_t end; (end = line_end(stream, *at)) > 0; *at = end) {
        if (!line_contains(stream, *at, end, text))
            continue;
        must(end - *at <= sizeof stream->line);
        memcpy(stream->line, stream->bytes + *at, end - *at - 1);
        stream->line[end - *at - 1] = '\0';
        *at = end;
        return true;
    }
    return false;
}

static const char *wait_line(struct program *program, struct stream *stream, const char *text)
{
    struct mono until = patience();
    while (!next_line(stream, text, &stream->found)) {
        if (stream->fd < 0)
            fail_msg("the program ended before it said '%s'; the log ends with:\n%s", text,
                     tail_of(&program->log));
        check_patience(program, until, text);
        read_some(program, (int)(until.ms - mono_now().ms));
    }
    return stream->line;
}

const char *program_wait_line(struct program *program, const char *text)
{
    return wait_line(program, &program->log, text);
}

const char *program_wait_output(struct program *program, const char *text)
{
    return wait_line(program, &program->output, text);
}

int64_t program_count_lines(const struct program *program, const char *text)
{
    const struct stream *log = &program->log;
    int64_t count = 0;
    size_t at = 0;
    for (size_t end; (end = line_end(log, at)) > 0; at = end)
        count += line_contains(log, at, end, text);
    return count;
}

const char *program_find_line(struct program *program, const char *text, int64_t index)
{
    size_t at = 0;
    while (next_line(&program->log, text, &at))
        if (index-- == 0)
            return program->log.line;
    return NULL;
}

const char *program_output(const struct program *program, size_t *ret_size)
{
    *ret_size = program->output.size;
    return program->output.bytes ? program->output.bytes : "";
}

const char *program_log(const struct program *program, size_t *ret_size)
{
    *ret_size = program->log.size;
    return program->log.bytes ? program->log.bytes : "";
}

const char *program_log_end(const struct program *program)
{
    size_t size = program->log.size;
    return size == 0 ? "(nothing)" : program->log.bytes + (size > END_SIZE ? size - END_SIZE : 0);
}

/* --- end ----------------------------------------------------------------------------------------------------- */

void program_signal(struct program *program, int number)
{
    must(program->pid > 0);
    must(kill(program->pid, number) == 0);
}

uint64_t program_set_limit(struct program *program, int resource, uint64_t limit)
{
    __rlimit_resource_t which = (__rlimit_resource_t)resource; /* what glibc wants */
    struct rlimit old;
    must(program->pid > 0);
    must(prlimit(program->pid, which, NULL, &old) == 0);
    struct rlimit new = { limit, old.rlim_max };
    must(prlimit(program->pid, which, &new, NULL) == 0);
    return old.rlim_cur;
}

static void reap(struct program *program)
{
    int status = 0;
    while (waitpid(program->pid, &status, 0) < 0)
        must(errno == EINTR);
    program->pid = 0;
    program->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int64_t program_memory_kib(const struct program *program)
{
    char path[64], line[256];
    int64_t kib = 0;
    must(program->pid > 0);
    snprintf(path, sizeof path, "/proc/%d/status", (int)program->pid);
    FILE *file = fopen(path, "r");
    must(file);
    while (kib == 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtoll(line + 8, NULL, 10);
    fclose(file);
    must(kib > 0);
    return kib;
}

int program_finish(struct program *program)
{
    struct mono until = patience();
    while (!has_ended(program)) {
        check_patience(program, until, "the end of the program");
        read_some(program, (int)(until.ms - mono_now().ms));
    }
    if (program->pid > 0)
        reap(program);
    return program->exit_code;
}

void program_destroy(struct program *program)
{
    if (!program)
        return;
    if (program->pid > 0) {
        kill(program->pid, SIGKILL);
        reap(program);
    }
    end_stream(&program->output);
    end_stream(&program->log);
    heap_free(program->output.bytes);
    heap_free(program->log.bytes);
    heap_free(program);
}
