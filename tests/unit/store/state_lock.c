/*
 * One engine for each directory: the lock of the kernel, its holder, and what does not take it away.
 */
#include "engine/store/state_lock.h"

#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SINCE ((struct wall){ 1767323045000 }) /* 2026-01-02T03:04:05Z */

/* Ends a test that waits for ever. */
#define DEADLINE_S 60

struct place {
    char directory[64];
    char file[80];
};

static int begin(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->directory, sizeof place->directory, "/tmp/lock-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->file, sizeof place->file, "%s/lock", place->directory);
    *state = place;
    return 0;
}

static int end(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    rmdir(place->directory);
    free(place);
    return 0;
}

static struct state_lock *acquire(const struct place *place)
{
    struct state_lock *lock = NULL;
    struct error err = { 0 };
    assert_int_equal(state_lock_acquire(place->directory, SINCE, &lock, &err), 0);
    return lock;
}

static void must_be_held(const struct place *place, int64_t pid)
{
    struct state_lock *lock = NULL;
    struct lock_holder holder;
    struct error err = { 0 };
    bool is_held = false;
    char expected[64];
    assert_int_equal(state_lock_acquire(place->directory, SINCE, &lock, &err), ERR_STATE_HELD);
    assert_null(lock);
    snprintf(expected, sizeof expected, "process %d since 2026-01-02T03:04:05.000Z (ps -fp %d",
             (int)pid, (int)pid);
    assert_non_null(strstr(err.msg, expected));
    assert_non_null(strstr(err.msg, place->directory));
    assert_non_null(strstr(err.msg, "; autoscalerctl status and autoscaler --attach look at it)"));
    assert_int_equal(state_lock_query(place->directory, &is_held, &holder, &err), 0);
    assert_true(is_held);
    assert_int_equal(holder.pid, pid);
    assert_int_equal(holder.since.ms, SINCE.ms);
}

static void must_be_free(const struct place *place)
{
    struct lock_holder holder;
    struct error err = { 0 };
    bool is_held = true;
    assert_int_equal(state_lock_query(place->directory, &is_held, &holder, &err), 0);
    assert_false(is_held);
    state_lock_release(acquire(place));
}

static void a_second_engine_gets_the_pid_of_the_first(void **state)
{
    struct place *place = *state;
    must_be_free(place);
    struct state_lock *lock = acquire(place);
    must_be_held(place, getpid());
    state_lock_release(lock);
    must_be_free(place);
}

static void a_query_takes_nothing(void **state)
{
    struct place *place = *state;
    struct lock_holder holder;
    bool is_held = true;
    assert_int_equal(state_lock_query(place->directory, &is_held, &holder, NULL), 0);
    assert_false(is_held);
    assert_int_equal(access(place->file, F_OK), -1);
}

/* POSIX record locks are lost in this way. */
static void closing_another_descriptor_keeps_the_lock(void **state)
{
    struct place *place = *state;
    struct state_lock *lock = acquire(place);
    close(open(place->file, O_RDWR | O_CLOEXEC));
    must_be_held(place, getpid());
    state_lock_release(lock);
}

/* A child holds it until it runs another program, or ends; here it ends. */
static void a_child_that_ends_keeps_the_lock_of_its_parent(void **state)
{
    struct place *place = *state;
    struct state_lock *lock = acquire(place);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    must_be_held(place, getpid());
    state_lock_release(lock);
    must_be_free(place);
}

/* A program that the engine starts, and that lives on. */
static void another_program_does_not_keep_the_lock(void **state)
{
    struct place *place = *state;
    int ends[2];
    struct state_lock *lock = acquire(place);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[1]);
        execl("/bin/cat", "cat", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    /* The child holds the lock until it runs `cat`, which ends when its input does. */
    state_lock_release(lock);
    struct lock_holder holder;
    bool is_held = true;
    while (is_held && waitpid(child, NULL, WNOHANG) == 0)
        assert_int_equal(state_lock_query(place->directory, &is_held, &holder, NULL), 0);
    assert_false(is_held);
    close(ends[1]);
    waitpid(child, NULL, 0);
    must_be_free(place);
}

static pid_t start_holder(const struct place *place)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct state_lock *lock;
        if (state_lock_acquire(place->directory, SINCE, &lock, NULL) == 0 &&
            write(ends[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void a_killed_holder_leaves_no_lock(void **state)
{
    struct place *place = *state;
    pid_t child = start_holder(place);
    must_be_held(place, child);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(access(place->file, F_OK), 0);
    must_be_free(place);
}

static void a_file_that_was_removed_locks_nothing(void **state)
{
    struct place *place = *state;
    struct state_lock *lock = acquire(place);
    assert_true(state_lock_is_in_place(lock));
    assert_int_equal(unlink(place->file), 0);
    assert_false(state_lock_is_in_place(lock));
    struct state_lock *second = acquire(place);
    assert_false(state_lock_is_in_place(lock));
    assert_true(state_lock_is_in_place(second));
    must_be_held(place, getpid());
    state_lock_release(lock);
    must_be_held(place, getpid());
    state_lock_release(second);
}

static const struct content_row {
    const char *name;
    const char *content;
    const char *sentence;
} content_rows[] = {
    { "an empty file", "", "another engine runs for this API (lsof " },
    { "nonsense", "pid= since_ms=x host=\n", "another engine runs for this API (lsof " },
    { "another host", "pid=12 since_ms=1767323045000 host=b.example\n",
      "process 12 on b.example since 2026-01-02T03:04:05.000Z" },
    { "control bytes", "pid=12 since_ms=0 host=\x1b[2J\n", "process 12 on \\x1b[2J since 1970" },
};

/* What is written in the file decides about the message only. */
static void content_is_for_the_message_only(void **state)
{
    const struct content_row *row = *state;
    void *place_state = NULL;
    begin(&place_state);
    struct place *place = place_state;
    struct state_lock *lock = acquire(place);
    FILE *file = fopen(place->file, "w");
    assert_non_null(file);
    fputs(row->content, file);
    fclose(file);
    struct state_lock *second = NULL;
    struct error err = { 0 };
    assert_int_equal(state_lock_acquire(place->directory, SINCE, &second, &err), ERR_STATE_HELD);
    if (!strstr(err.msg, row->sentence))
        assert_string_equal(err.msg, row->sentence);
    state_lock_release(lock);
    end(&place_state);
}

static void a_planted_link_is_refused(void **state)
{
    struct place *place = *state;
    struct state_lock *lock = NULL;
    struct error err;
    assert_int_equal(symlink("/dev/null", place->file), 0);
    assert_int_equal(state_lock_acquire(place->directory, SINCE, &lock, &err), ERR_CONFIG);
    assert_non_null(strstr(err.msg, "it is a symbolic link"));
}

int main(void)
{
#define LOCK_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        LOCK_TEST(a_second_engine_gets_the_pid_of_the_first),
        LOCK_TEST(a_query_takes_nothing),
        LOCK_TEST(closing_another_descriptor_keeps_the_lock),
        LOCK_TEST(a_child_that_ends_keeps_the_lock_of_its_parent),
        LOCK_TEST(another_program_does_not_keep_the_lock),
        LOCK_TEST(a_killed_holder_leaves_no_lock),
        LOCK_TEST(a_file_that_was_removed_locks_nothing),
        LOCK_TEST(a_planted_link_is_refused),
    };
    struct CMUnitTest contents[COUNT_OF(content_rows)];
    TESTS_FROM_ROWS(contents, content_rows, content_is_for_the_message_only);
    alarm(DEADLINE_S);
    int failed = cmocka_run_group_tests_name("state_lock", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("state_lock: content", contents, NULL, NULL);
}
