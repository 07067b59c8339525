/*
 * A command whose streams cannot be made: the attempt ends once, as a failure, and leaves no process and no handle.
 *
 * The linker redirects these calls of libuv to this file.
 */
#include "engine/notices/notice_command.h"

#include "engine/base/clock.h"
#include "tests/support/test.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

enum broken { NOTHING, PIPE, PIPE_OPEN, READ_START, WRITE };

static enum broken broken;

int __real_uv_pipe(uv_file fds[2], int read_flags, int write_flags);
int __wrap_uv_pipe(uv_file fds[2], int read_flags, int write_flags);
int __wrap_uv_pipe(uv_file fds[2], int read_flags, int write_flags)
{
    return broken == PIPE ? UV_EMFILE : __real_uv_pipe(fds, read_flags, write_flags);
}

int __real_uv_pipe_open(uv_pipe_t *handle, uv_file fd);
int __wrap_uv_pipe_open(uv_pipe_t *handle, uv_file fd);
int __wrap_uv_pipe_open(uv_pipe_t *handle, uv_file fd)
{
    return broken == PIPE_OPEN ? UV_EINVAL : __real_uv_pipe_open(handle, fd);
}

int __real_uv_read_start(uv_stream_t *stream, uv_alloc_cb allocate, uv_read_cb taken);
int __wrap_uv_read_start(uv_stream_t *stream, uv_alloc_cb allocate, uv_read_cb taken);
int __wrap_uv_read_start(uv_stream_t *stream, uv_alloc_cb allocate, uv_read_cb taken)
{
    return broken == READ_START ? UV_EINVAL : __real_uv_read_start(stream, allocate, taken);
}

int __real_uv_write(uv_write_t *write, uv_stream_t *stream, const uv_buf_t *buffers, unsigned count,
                    uv_write_cb written);
int __wrap_uv_write(uv_write_t *write, uv_stream_t *stream, const uv_buf_t *buffers, unsigned count,
                    uv_write_cb written);
int __wrap_uv_write(uv_write_t *write, uv_stream_t *stream, const uv_buf_t *buffers, unsigned count,
                    uv_write_cb written)
{
    return broken == WRITE ? UV_ENOMEM : __real_uv_write(write, stream, buffers, count, written);
}

/* --- the tests ------------------------------------------------------------------------------------------------- */

struct record {
    int answers;
    enum notice_result result;
    char text[ERROR_MSG_SIZE];
    int closes;
};

static void take_answer(void *context, const struct notice_answer *answer)
{
    struct record *record = context;
    record->answers++;
    record->result = answer->result;
    memcpy(record->text, answer->text, sizeof record->text);
}

static void take_close(void *context)
{
    struct record *record = context;
    record->closes++;
}

/* One attempt with these words, to its end. */
static struct record attempt(enum broken what, const char *const *words, size_t count,
                             bool is_closed_early)
{
    struct record record = { 0 };
    struct notice_command *command = NULL;
    struct error err;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(notice_command_create(&loop, take_answer, &record, &command, &err), 0);
    assert_int_equal(notice_command_configure(command, words, count, 60000, &err), 0);
    broken = what;
    int failed = notice_command_send(command, "{}", &err);
    broken = NOTHING;
    if (failed) {
        record.result = NOTICE_FAILED;
        record.answers++;
    }
    if (!is_closed_early)
        uv_run(&loop, UV_RUN_DEFAULT);
    notice_command_close(command, take_close, &record);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(record.closes, 1);
    assert_int_equal(record.answers, 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return record;
}

static const char *const reading[] = { "/bin/sh", "-c", "cat >/dev/null" };
static const char *const sleeping[] = { "/bin/sh", "-c", "sleep 1000; :" };

static void it_delivers(void **state)
{
    (void)state;
    assert_int_equal(attempt(NOTHING, reading, 3, false).result, NOTICE_DELIVERED);
}

static void calls_that_fail_are_failures(void **state)
{
    (void)state;
    assert_int_equal(attempt(PIPE, sleeping, 3, false).result, NOTICE_FAILED);
    for (int what = PIPE_OPEN; what <= WRITE; what++) {
        struct record record = attempt((enum broken)what, sleeping, 3, false);
        assert_int_equal(record.result, NOTICE_FAILED);
        assert_string_equal(record.text, "the command was killed: its pipes cannot be used");
    }
}

static void a_close_ends_what_runs(void **state)
{
    (void)state;
    assert_int_equal(attempt(NOTHING, sleeping, 3, true).result, NOTICE_FAILED);
}

static void a_program_that_does_not_exist_is_a_failure(void **state)
{
    (void)state;
    static const char *const nowhere[] = { "/nowhere" };
    struct record record = attempt(NOTHING, nowhere, 1, false);
    assert_int_equal(record.result, NOTICE_FAILED);
    assert_string_equal(record.text, "the command ended with exit status 127: cannot run it: no "
                                     "such file or directory");
    assert_int_equal(attempt(NOTHING, nowhere, 1, true).result, NOTICE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_delivers),
        cmocka_unit_test(calls_that_fail_are_failures),
        cmocka_unit_test(a_close_ends_what_runs),
        cmocka_unit_test(a_program_that_does_not_exist_is_a_failure),
    };
    return cmocka_run_group_tests_name("notice_command", tests, NULL, NULL);
}
