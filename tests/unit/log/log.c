/*
 * The log and its readers: a closed pipe, a blocked pipe, a pipe that is read again; readers of lines.
 */
#include "engine/log/log.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Kills a test whose log waits for ever. */
#define DEADLINE_S 30

#define LINE_COUNT 5000
#define CAUGHT_SIZE ((size_t)2 * 1024 * 1024)

static void take(struct log *log, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        struct event event;
        event_init(&event, EVENT_SCALED);
        event_add_string(&event, "deployment", "eu-1");
        event_add_signed(&event, "delta", i + 1);
        log_take(log, &event, wall_now());
    }
}

/* Standard error is a pipe until the log is destroyed; its output is kept. */
struct api_fixture {
    int pipe[2];
    int standard_error;
    struct log *log;
    char *caught;
    size_t caught_size;
};

static void begin(struct api_fixture *fixture)
{
    alarm(DEADLINE_S);
    fixture->caught_size = 0;
    fixture->caught = calloc(1, CAUGHT_SIZE);
    assert_non_null(fixture->caught);
    assert_int_equal(pipe(fixture->pipe), 0);
    assert_int_equal(fcntl(fixture->pipe[0], F_SETFL, O_NONBLOCK), 0);
    fixture->standard_error = dup(STDERR_FILENO);
    assert_true(dup2(fixture->pipe[1], STDERR_FILENO) >= 0);
    struct log_config config = { "-", LEVEL_DEBUG, LOG_TEXT };
    assert_int_equal(log_create(&config, &fixture->log, NULL), 0);
}

static void read_all(struct api_fixture *fixture)
{
    ssize_t size;
    while ((size = read(fixture->pipe[0], fixture->caught + fixture->caught_size,
                        CAUGHT_SIZE - 1 - fixture->caught_size)) > 0)
        fixture->caught_size += (size_t)size;
}

static void end(struct api_fixture *fixture)
{
    log_destroy(fixture->log);
    read_all(fixture);
    dup2(fixture->standard_error, STDERR_FILENO);
    close(fixture->standard_error);
    close(fixture->pipe[0]);
    close(fixture->pipe[1]);
    alarm(0);
}

static int count_of(const struct api_fixture *fixture, const char *words)
{
    int count = 0;
    for (const char *at = fixture->caught; (at = strstr(at, words)); at++)
        count++;
    return count;
}

static void a_blocked_pipe_does_not_block_the_log(void **state)
{
    (void)state;
    struct api_fixture fixture;
    begin(&fixture);
    take(fixture.log, LINE_COUNT);
    read_all(&fixture);
    int written = count_of(&fixture, " scaled deployment=eu-1 ");
    assert_in_range(written, 1, LINE_COUNT - 1);
    /* The pipe is read again: lines are written again, and lost ones are counted. */
    take(fixture.log, 1);
    end(&fixture);
    assert_int_equal(count_of(&fixture, " scaled deployment=eu-1 "), written + 1);
    char words[80];
    snprintf(words, sizeof words, "events_suppressed event=scaled count=%d\n",
             LINE_COUNT - written);
    assert_int_equal(count_of(&fixture, words), 1);
    free(fixture.caught);
}

static void a_closed_pipe_does_not_block_the_log(void **state)
{
    (void)state;
    struct api_fixture fixture;
    begin(&fixture);
    int closed[2];
    assert_int_equal(pipe(closed), 0);
    close(closed[0]);
    assert_true(dup2(closed[1], STDERR_FILENO) >= 0);
    close(closed[1]);
    take(fixture.log, LINE_COUNT);
    end(&fixture);
    assert_int_equal(fixture.caught_size, 0);
    free(fixture.caught);
}

static void a_pipe_without_a_reader_is_refused(void **state)
{
    (void)state;
    char directory[] = "/tmp/test_log.XXXXXX";
    assert_non_null(mkdtemp(directory));
    char file[64];
    snprintf(file, sizeof file, "%s/pipe", directory);
    assert_int_equal(mkfifo(file, 0600), 0);
    alarm(DEADLINE_S);
    struct log *log = NULL;
    struct error err = { 0 };
    struct log_config config = { file, LEVEL_DEBUG, LOG_TEXT };
    assert_int_equal(log_create(&config, &log, &err), -ENXIO);
    alarm(0);
    unlink(file);
    rmdir(directory);
}

/* What a reader of the lines received. */
struct received {
    int32_t count;
    int32_t suppressed; /* lines of events_suppressed */
    int64_t dropped;    /* the count of the last one */
    struct wall first;
};

static void receive(void *context, const struct event *event, struct wall at)
{
    struct received *received = context;
    if (event->id == EVENT_EVENTS_SUPPRESSED) {
        received->suppressed++;
        received->dropped = event->fields[1].number;
        return;
    }
    received->first = received->count++ == 0 ? at : received->first;
}

static void take_limited(struct log *log, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        struct event event;
        event_init(&event, EVENT_HOSTS_DARK);
        event_add_string(&event, "deployment", "eu-1");
        log_take(log, &event, wall_now());
    }
}

/* The file of the log, and the lines that a reader receives. */
static const struct line_row {
    const char *name;
    const char *file;
    enum level level;
    int32_t limited; /* events of a limited kind */
    int32_t received;
    int32_t suppressed;
} line_rows[] = {
    /* clang-format off */
    { "a reader receives written lines",                  "/dev/null", LEVEL_DEBUG,  5,  5, 0 },
    { "a reader receives lines that a full disk loses",   "/dev/full", LEVEL_DEBUG,  5,  5, 0 },
    { "a reader receives nothing below the level",        "/dev/null", LEVEL_ERROR,  5,  0, 0 },
    { "a reader receives lines within the limit",         "/dev/null", LEVEL_DEBUG, LOG_LIMIT_LINES + 7, LOG_LIMIT_LINES, 1 },
    { "also when the disk is full",       "/dev/full", LEVEL_DEBUG, LOG_LIMIT_LINES + 7, LOG_LIMIT_LINES, 1 },
    /* clang-format on */
};

static void row_is_received(void **state)
{
    const struct line_row *row = *state;
    struct received received = { 0 };
    struct log *log = NULL;
    struct log_config config = { row->file, row->level, LOG_TEXT };
    assert_int_equal(log_create(&config, &log, NULL), 0);
    struct event_reader reader = { .take = receive, .context = &received };
    event_fanout_add(log_lines(log), &reader);
    struct wall before = wall_now();
    take_limited(log, row->limited);
    assert_int_equal(received.count, row->received);
    if (row->received > 0)
        assert_in_range(received.first.ms, before.ms, wall_now().ms);
    log_destroy(log);
    assert_int_equal(received.suppressed, row->suppressed);
    if (row->suppressed > 0)
        assert_in_range(received.dropped, row->limited - LOG_LIMIT_LINES, row->limited);
}

static void a_removed_reader_receives_no_more(void **state)
{
    (void)state;
    struct received received = { 0 };
    struct log *log = NULL;
    struct log_config config = { "/dev/null", LEVEL_DEBUG, LOG_JSON };
    assert_int_equal(log_create(&config, &log, NULL), 0);
    take(log, 1);
    struct event_reader reader = { .take = receive, .context = &received };
    event_fanout_add(log_lines(log), &reader);
    take(log, 2);
    event_reader_remove(&reader);
    take(log, 4);
    log_destroy(log);
    assert_int_equal(received.count, 2);
}

static void fields_equal_those_of_the_line(void **state)
{
    (void)state;
    char fields[LOG_LINE_SIZE];
    struct text text;
    struct event event;
    struct api_fixture fixture;
    event_init(&event, EVENT_SCALED);
    event_add_string(&event, "deployment", "a b");
    event_add_signed(&event, "delta", 6);
    text_init(&text, fields, sizeof fields);
    log_format_fields(&event, &text);
    assert_string_equal(fields, "scaled deployment=\"a b\" delta=+6");
    begin(&fixture);
    log_take(fixture.log, &event, (struct wall){ 1767362613104 });
    end(&fixture);
    assert_string_equal(fixture.caught,
                        "2026-01-02T14:03:33.104Z info scaled deployment=\"a b\" delta=+6\n");
    free(fixture.caught);
}

int main(void)
{
    struct CMUnitTest lines[COUNT_OF(line_rows)];
    TESTS_FROM_ROWS(lines, line_rows, row_is_received);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blocked_pipe_does_not_block_the_log),
        cmocka_unit_test(a_closed_pipe_does_not_block_the_log),
        cmocka_unit_test(a_pipe_without_a_reader_is_refused),
        cmocka_unit_test(a_removed_reader_receives_no_more),
        cmocka_unit_test(fields_equal_those_of_the_line),
    };
    /* As in main: a closed pipe is an error of the write, and does not end the program. */
    signal(SIGPIPE, SIG_IGN);
    int failed = cmocka_run_group_tests_name("log: lines", lines, NULL, NULL);
    return failed + cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
