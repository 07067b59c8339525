/*
 * The log and who reads it: nobody there, a reader that stands still, a reader that comes back.
 */
#include "engine/io/log.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A log that waits for ever is ended by this, and the test with it. */
#define PATIENCE_S 30

#define LINE_COUNT 5000
#define CAUGHT_SIZE ((size_t)2 * 1024 * 1024)

static void take(struct log *log, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        struct event event;
        event_init(&event, EVENT_SCALED);
        event_add_string(&event, "deployment", "eu-1");
        event_add_signed(&event, "delta", i + 1);
        log_take(log, &event);
    }
}

/* Standard error is a pipe until the log is destroyed; what came out of it is kept. */
struct scene {
    int pipe[2];
    int standard_error;
    struct log *log;
    char *caught;
    size_t caught_size;
};

static void begin(struct scene *scene)
{
    alarm(PATIENCE_S);
    scene->caught_size = 0;
    scene->caught = calloc(1, CAUGHT_SIZE);
    assert_non_null(scene->caught);
    assert_int_equal(pipe(scene->pipe), 0);
    assert_int_equal(fcntl(scene->pipe[0], F_SETFL, O_NONBLOCK), 0);
    scene->standard_error = dup(STDERR_FILENO);
    assert_true(dup2(scene->pipe[1], STDERR_FILENO) >= 0);
    struct log_config config = { "-", LEVEL_DEBUG, LOG_TEXT };
    assert_int_equal(log_create(&config, &scene->log, NULL), 0);
}

static void read_all(struct scene *scene)
{
    ssize_t size;
    while ((size = read(scene->pipe[0], scene->caught + scene->caught_size,
                        CAUGHT_SIZE - 1 - scene->caught_size)) > 0)
        scene->caught_size += (size_t)size;
}

static void end(struct scene *scene)
{
    log_destroy(scene->log);
    read_all(scene);
    dup2(scene->standard_error, STDERR_FILENO);
    close(scene->standard_error);
    close(scene->pipe[0]);
    close(scene->pipe[1]);
    alarm(0);
}

static int count_of(const struct scene *scene, const char *words)
{
    int count = 0;
    for (const char *at = scene->caught; (at = strstr(at, words)); at++)
        count++;
    return count;
}

static void a_reader_that_stands_still_holds_nobody_up(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    take(scene.log, LINE_COUNT);
    read_all(&scene);
    int written = count_of(&scene, " scaled deployment=eu-1 ");
    assert_in_range(written, 1, LINE_COUNT - 1);
    /* It reads again: all is written again, and what was lost is counted. */
    take(scene.log, 1);
    end(&scene);
    assert_int_equal(count_of(&scene, " scaled deployment=eu-1 "), written + 1);
    char words[80];
    snprintf(words, sizeof words, "events_suppressed event=scaled count=%d\n",
             LINE_COUNT - written);
    assert_int_equal(count_of(&scene, words), 1);
    free(scene.caught);
}

static void a_reader_that_is_gone_holds_nobody_up(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    int nobody[2];
    assert_int_equal(pipe(nobody), 0);
    close(nobody[0]);
    assert_true(dup2(nobody[1], STDERR_FILENO) >= 0);
    close(nobody[1]);
    take(scene.log, LINE_COUNT);
    end(&scene);
    assert_int_equal(scene.caught_size, 0);
    free(scene.caught);
}

static void a_pipe_without_a_reader_is_no_log_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_log.XXXXXX";
    assert_non_null(mkdtemp(folder));
    char file[64];
    snprintf(file, sizeof file, "%s/pipe", folder);
    assert_int_equal(mkfifo(file, 0600), 0);
    alarm(PATIENCE_S);
    struct log *log = NULL;
    struct error err = { 0 };
    struct log_config config = { file, LEVEL_DEBUG, LOG_TEXT };
    assert_int_equal(log_create(&config, &log, &err), -ENXIO);
    alarm(0);
    unlink(file);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_that_stands_still_holds_nobody_up),
        cmocka_unit_test(a_reader_that_is_gone_holds_nobody_up),
        cmocka_unit_test(a_pipe_without_a_reader_is_no_log_file),
    };
    /* As in main: nobody reads is an error of the write, not the end. */
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
