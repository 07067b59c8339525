/*
 * An attempt: spawn, write, read -> exit -> (end of the output) -> each handle is closed -> done().
 *
 * When the program has failed, its output is read to its end for the sentence; a descendant that keeps it open is
 * waited for until the deadline. A program that has exited is not killed: its number may belong to another one.
 */
#include "engine/notices/notice_command.h"

#include "engine/base/duration.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_SIZE 160 /* bytes of the output that a sentence has */
#define READ_SIZE 4096

/* Others may hold secrets: the token, credentials. */
static const char *const passed_variables[] = { "PATH", "HOME",   "USER", "LOGNAME",
                                                "LANG", "LC_ALL", "TZ",   "TMPDIR" };
#define PASSED_COUNT (sizeof passed_variables / sizeof passed_variables[0])

/* Why the group was killed. */
enum kill_cause { NOT_KILLED, KILLED_LATE, KILLED_LOUD, KILLED_DEAF, KILLED_CLOSING };

struct notice_command {
    uv_loop_t *loop;
    notice_done *done;
    void *context;
    char **words; /* NULL behind the last one */
    int64_t timeout_ms;
    char *environment[PASSED_COUNT + 1];

    /* of an attempt */
    uv_process_t process;
    uv_pipe_t input;
    uv_pipe_t output;
    uv_timer_t timer;
    uv_write_t write;
    int open_handles; /* 0: no attempt */
    bool has_exited;
    bool is_ending;
    enum kill_cause cause;
    int64_t exit_status;
    int exit_signal;
    size_t output_size; /* all that was read */
    char shown[SHOWN_SIZE];
    size_t shown_size;
    char buffer[READ_SIZE];

    bool is_closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- life ------------------------------------------------------------------------------------------------------ */

static void free_texts(char **texts)
{
    for (char **at = texts; at && *at; at++)
        heap_free(*at);
}

static void destroy(struct notice_command *command)
{
    free_texts(command->words);
    heap_free(command->words);
    free_texts(command->environment);
    heap_free(command);
}

static bool copy_environment(struct notice_command *command)
{
    size_t count = 0;
    for (size_t i = 0; i < PASSED_COUNT; i++) {
        const char *value = getenv(passed_variables[i]);
        if (!value)
            continue;
        size_t size = strlen(passed_variables[i]) + 1 + strlen(value) + 1;
        char *text = heap_alloc(size, 1);
        if (!text)
            return false;
        snprintf(text, size, "%s=%s", passed_variables[i], value);
        command->environment[count++] = text;
    }
    return true;
}

int notice_command_create(uv_loop_t *loop, notice_done *done, void *context,
                          struct notice_command **ret_command, struct error *err)
{
    struct notice_command *command = heap_alloc(1, sizeof *command);
    if (!command)
        return error_no_memory(err);
    command->loop = loop;
    command->done = done;
    command->context = context;
    if (!copy_environment(command)) {
        destroy(command);
        return error_no_memory(err);
    }
    *ret_command = command;
    return 0;
}

int notice_command_configure(struct notice_command *command, const char *const *words, size_t count,
                             int64_t timeout_ms, struct error *err)
{
    must(count > 0);
    char **copies = heap_alloc(count + 1, sizeof *copies);
    bool is_whole = copies;
    for (size_t i = 0; is_whole && i < count; i++) {
        copies[i] = heap_copy_text(words[i], strlen(words[i]));
        is_whole = copies[i];
    }
    if (!is_whole) {
        free_texts(copies);
        heap_free(copies);
        return error_no_memory(err);
    }
    free_texts(command->words);
    heap_free(command->words);
    command->words = copies;
    command->timeout_ms = timeout_ms;
    return 0;
}

/* --- the end of an attempt ------------------------------------------------------------------------------------- */

static void add_output(const struct notice_command *command, struct text *text)
{
    size_t size = command->shown_size;
    while (size > 0 && (command->shown[size - 1] == '\n' || command->shown[size - 1] == ' '))
        size--;
    if (size == 0)
        return;
    text_add(text, ": ");
    text_add_escaped(text, command->shown, size);
}

static void describe(const struct notice_command *command, struct text *text)
{
    switch (command->cause) {
    case NOT_KILLED:
        if (command->exit_signal)
            text_addf(text, "the command was ended by signal %d", command->exit_signal);
        else
            text_addf(text, "the command ended with exit status %lld",
                      (long long)command->exit_status);
        break;
    case KILLED_LATE:
        text_add(text, "the command was killed: it did not end within ");
        text_add_duration(text, command->timeout_ms);
        break;
    case KILLED_LOUD:
        text_addf(text, "the command was killed: it wrote more than %zu bytes", NOTICE_OUTPUT_MAX);
        break;
    case KILLED_DEAF:
        text_add(text, "the command was killed: its pipes cannot be used");
        break;
    case KILLED_CLOSING:
        text_add(text, "the command was killed: the program ends");
        break;
    }
    add_output(command, text);
}

static void finish(struct notice_command *command)
{
    bool is_good =
        command->cause == NOT_KILLED && command->exit_signal == 0 && command->exit_status == 0;
    struct notice_answer answer = { .result = is_good ? NOTICE_DELIVERED : NOTICE_FAILED,
                                    .retry_after_ms = NOTICE_RETRY_AFTER_NONE };
    struct text text;
    text_init(&text, answer.text, sizeof answer.text);
    describe(command, &text);
    command->done(command->context, &answer);
    if (!command->is_closing)
        return;
    void (*closed)(void *context) = command->closed;
    void *closed_context = command->closed_context;
    destroy(command);
    closed(closed_context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct notice_command *command = handle->data;
    if (--command->open_handles == 0)
        finish(command);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

static void end_attempt(struct notice_command *command)
{
    if (command->is_ending)
        return;
    command->is_ending = true;
    close_handle((uv_handle_t *)&command->process);
    close_handle((uv_handle_t *)&command->input);
    close_handle((uv_handle_t *)&command->output);
    close_handle((uv_handle_t *)&command->timer);
}

/* The exit follows. One that has exited is not waited for any longer. */
static void kill_group(struct notice_command *command, enum kill_cause cause)
{
    if (command->has_exited) {
        end_attempt(command);
        return;
    }
    if (command->cause == NOT_KILLED)
        command->cause = cause;
    uv_kill(-command->process.pid, SIGKILL);
}

/* --- its course ------------------------------------------------------------------------------------------------ */

static void on_exit(uv_process_t *process, int64_t exit_status, int exit_signal)
{
    struct notice_command *command = process->data;
    command->has_exited = true;
    command->exit_status = exit_status;
    command->exit_signal = exit_signal;
    bool is_good = exit_status == 0 && exit_signal == 0;
    if (is_good || command->cause != NOT_KILLED || uv_is_closing((uv_handle_t *)&command->output))
        end_attempt(command);
}

static void on_timer(uv_timer_t *timer)
{
    kill_group(timer->data, KILLED_LATE);
}

/* Also when the program has not read it: that is its own business. */
static void on_written(uv_write_t *write, int status)
{
    struct notice_command *command = write->data;
    (void)status;
    close_handle((uv_handle_t *)&command->input);
}

static void give_buffer(uv_handle_t *handle, size_t size, uv_buf_t *ret_buffer)
{
    struct notice_command *command = handle->data;
    (void)size;
    *ret_buffer = uv_buf_init(command->buffer, sizeof command->buffer);
}

static void take_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct notice_command *command = stream->data;
    if (size < 0) {
        close_handle((uv_handle_t *)&command->output);
        if (command->has_exited)
            end_attempt(command);
        return;
    }
    size_t room = sizeof command->shown - command->shown_size;
    size_t taken = (size_t)size < room ? (size_t)size : room;
    memcpy(command->shown + command->shown_size, buffer->base, taken);
    command->shown_size += taken;
    command->output_size += (size_t)size;
    if (command->output_size <= NOTICE_OUTPUT_MAX)
        return;
    uv_read_stop(stream);
    kill_group(command, KILLED_LOUD);
}

static int spawn(struct notice_command *command, int output_fd)
{
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
          .data.stream = (uv_stream_t *)&command->input },
        { .flags = UV_INHERIT_FD, .data.fd = output_fd },
        { .flags = UV_INHERIT_FD, .data.fd = output_fd },
    };
    const uv_process_options_t options = {
        .exit_cb = on_exit,
        .file = command->words[0],
        .args = command->words,
        .env = command->environment,
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = stdio,
    };
    return uv_spawn(command->loop, &command->process, &options);
}

/* uv_spawn initializes the process also when it fails. */
static void init_handles(struct notice_command *command)
{
    uv_pipe_init(command->loop, &command->input, 0);
    uv_pipe_init(command->loop, &command->output, 0);
    uv_timer_init(command->loop, &command->timer);
    command->process.data = command;
    command->input.data = command;
    command->output.data = command;
    command->timer.data = command;
    command->write.data = command;
    command->open_handles = 4;
    command->has_exited = false;
    command->is_ending = false;
    command->cause = NOT_KILLED;
    command->exit_status = 0;
    command->exit_signal = 0;
    command->output_size = 0;
    command->shown_size = 0;
}

/* The attempt has failed before its program ran. The sentence is in place of its output. */
static void fail_spawn(struct notice_command *command, int code)
{
    struct text text;
    text_init(&text, command->shown, sizeof command->shown);
    text_addf(&text, "cannot run it: %s", uv_strerror(code));
    command->shown_size = text.length;
    command->has_exited = true;
    command->exit_status = 127;
    end_attempt(command);
}

static void begin_streams(struct notice_command *command, const char *body)
{
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)body, (unsigned)strlen(body));
    int failed = uv_read_start((uv_stream_t *)&command->output, give_buffer, take_output);
    failed =
        failed ? failed
               : uv_write(&command->write, (uv_stream_t *)&command->input, &buffer, 1, on_written);
    if (failed)
        kill_group(command, KILLED_DEAF);
    uv_timer_start(&command->timer, on_timer, (uint64_t)command->timeout_ms, 0);
}

int notice_command_send(struct notice_command *command, const char *body, struct error *err)
{
    uv_file output[2];
    must(command->words && command->open_handles == 0);
    int failed = uv_pipe(output, UV_NONBLOCK_PIPE, 0);
    if (failed)
        return error_set(err, failed, "cannot make a pipe: %s", uv_strerror(failed));
    init_handles(command);
    failed = spawn(command, output[1]);
    close(output[1]);
    bool is_running = failed == 0;
    int open_failed = uv_pipe_open(&command->output, output[0]);
    if (open_failed)
        close(output[0]);
    if (!is_running)
        fail_spawn(command, failed);
    else if (open_failed)
        kill_group(command, KILLED_DEAF);
    else
        begin_streams(command, body);
    return 0;
}

void notice_command_close(struct notice_command *command, void (*closed)(void *context),
                          void *context)
{
    if (!command || command->open_handles == 0) {
        if (command)
            destroy(command);
        closed(context);
        return;
    }
    command->is_closing = true;
    command->closed = closed;
    command->closed_context = context;
    kill_group(command, KILLED_CLOSING);
}
