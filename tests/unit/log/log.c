/*
 * The log and its readers: places that are not read, that are read again, that are closed; readers of lines.
 */
#include "engine/log/log.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Kills a test whose log waits for ever. */
#define DEADLINE_S 30

#define LINE_COUNT 20000
#define OTHER_USER 65534
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

enum place_kind { PLACE_PIPE, PLACE_SOCKET, PLACE_TERMINAL };

/* Standard error is a pipe, a socket or a terminal until the log is destroyed; its output is kept. */
struct api_fixture {
    int reader;
    int writer;
    int standard_error;
    struct log *log;
    char *caught;
    size_t caught_size;
};

static void open_terminal(struct api_fixture *fixture)
{
    fixture->reader = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(fixture->reader >= 0);
    assert_int_equal(grantpt(fixture->reader), 0);
    assert_int_equal(unlockpt(fixture->reader), 0);
    fixture->writer = open(ptsname(fixture->reader), O_RDWR | O_NOCTTY);
    assert_true(fixture->writer >= 0);
    struct termios modes;
    assert_int_equal(tcgetattr(fixture->writer, &modes), 0);
    modes.c_oflag &= ~(tcflag_t)OPOST;
    assert_int_equal(tcsetattr(fixture->writer, TCSANOW, &modes), 0);
}

static void open_place(struct api_fixture *fixture, enum place_kind kind)
{
    int ends[2];
    switch (kind) {
    case PLACE_PIPE:
        assert_int_equal(pipe(ends), 0);
        break;
    case PLACE_SOCKET:
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        break;
    case PLACE_TERMINAL:
        open_terminal(fixture);
        return;
    }
    fixture->reader = ends[0];
    fixture->writer = ends[1];
}

static void begin_at(struct api_fixture *fixture, enum place_kind kind, bool is_forbidden)
{
    alarm(DEADLINE_S);
    fixture->caught_size = 0;
    fixture->caught = calloc(1, CAUGHT_SIZE);
    assert_non_null(fixture->caught);
    open_place(fixture, kind);
    assert_int_equal(fcntl(fixture->reader, F_SETFL, O_NONBLOCK), 0);
    fixture->standard_error = dup(STDERR_FILENO);
    assert_true(dup2(fixture->writer, STDERR_FILENO) >= 0);
    /* Another user's: it cannot be opened once more. */
    bool is_root = is_forbidden && geteuid() == 0;
    if (is_forbidden)
        assert_int_equal(fchmod(fixture->writer, 0), 0);
    if (is_root)
        assert_int_equal(seteuid(OTHER_USER), 0);
    struct log_config config = { "-", LEVEL_DEBUG, LOG_TEXT, NULL, 0, 0 };
    assert_int_equal(log_create(&config, &fixture->log, NULL), 0);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
}

static void begin(struct api_fixture *fixture)
{
    begin_at(fixture, PLACE_PIPE, false);
}

static void read_all(struct api_fixture *fixture)
{
    ssize_t size;
    while ((size = read(fixture->reader, fixture->caught + fixture->caught_size,
                        CAUGHT_SIZE - 1 - fixture->caught_size)) > 0)
        fixture->caught_size += (size_t)size;
}

static void end(struct api_fixture *fixture)
{
    log_destroy(fixture->log);
    read_all(fixture);
    dup2(fixture->standard_error, STDERR_FILENO);
    close(fixture->standard_error);
    close(fixture->reader);
    close(fixture->writer);
    alarm(0);
}

static int count_of(const struct api_fixture *fixture, const char *words)
{
    int count = 0;
    for (const char *at = fixture->caught; (at = strstr(at, words)); at++)
        count++;
    return count;
}

/* The lines of take(), in order and whole. Returns the last one's number. */
static int last_of(const struct api_fixture *fixture)
{
    int last = 0;
    for (const char *at = fixture->caught; *at; at = strchr(at, '\n') + 1) {
        int number;
        assert_non_null(strchr(at, '\n'));
        if (sscanf(at, "%*s info scaled deployment=eu-1 delta=+%d\n", &number) != 1)
            continue;
        assert_true(number > last);
        last = number;
    }
    return last;
}

static const struct place_row {
    const char *name;
    enum place_kind kind;
    bool is_forbidden;
} place_rows[] = {
    /* clang-format off */
    { "a pipe that is not read",                       PLACE_PIPE,     false },
    { "a pipe of another user that is not read",       PLACE_PIPE,     true  },
    { "a socket that is not read",                     PLACE_SOCKET,   false },
    { "a terminal that is not read",                   PLACE_TERMINAL, false },
    { "a terminal of another user that is not read",   PLACE_TERMINAL, true  },
    /* clang-format on */
};

/* What it takes is written, what has room waits, the rest is lost; when it is read again, the lost ones are counted. */
static void does_not_block_the_log(void **state)
{
    const struct place_row *row = *state;
    struct api_fixture fixture;
    begin_at(&fixture, row->kind, row->is_forbidden);
    take(fixture.log, LINE_COUNT);
    assert_true(log_is_waiting(fixture.log));
    assert_int_equal(fcntl(fixture.writer, F_GETFL) & O_NONBLOCK, 0);
    do
        read_all(&fixture);
    while (log_flush(fixture.log));
    read_all(&fixture);
    int written = count_of(&fixture, " scaled deployment=eu-1 ");
    assert_in_range(written, 1000, LINE_COUNT - 1);
    assert_int_equal(last_of(&fixture), written);
    char words[80];
    snprintf(words, sizeof words, " warn events_suppressed event=scaled count=%d\n",
             LINE_COUNT - written);
    assert_int_equal(count_of(&fixture, words), 1);
    take(fixture.log, 1);
    end(&fixture);
    assert_int_equal(count_of(&fixture, " scaled deployment=eu-1 "), written + 1);
    free(fixture.caught);
}

/* Also at the end, when it takes nothing for a moment. */
static void a_blocked_place_does_not_keep_the_log_from_closing(void **state)
{
    (void)state;
    struct api_fixture fixture;
    begin_at(&fixture, PLACE_TERMINAL, false);
    take(fixture.log, LINE_COUNT);
    end(&fixture);
    assert_true(fixture.caught_size > 0);
    free(fixture.caught);
}

static void waiting_lines_that_a_closed_pipe_refuses_are_lost(void **state)
{
    (void)state;
    struct api_fixture fixture;
    begin(&fixture);
    take(fixture.log, 3000);
    assert_true(log_is_waiting(fixture.log));
    close(fixture.reader);
    assert_false(log_flush(fixture.log));
    fixture.reader = dup(fixture.writer);
    end(&fixture);
    free(fixture.caught);
}

/* A rotation or a reload does not lose what waits. */
static void waiting_lines_survive_an_opening(void **state)
{
    (void)state;
    struct api_fixture fixture;
    begin(&fixture);
    take(fixture.log, 3000);
    assert_true(log_is_waiting(fixture.log));
    struct log_config config = { "-", LEVEL_DEBUG, LOG_TEXT, NULL, 0, 0 };
    assert_int_equal(log_reopen(fixture.log, &config, NULL), 0);
    do
        read_all(&fixture);
    while (log_flush(fixture.log));
    end(&fixture);
    assert_int_equal(last_of(&fixture), 3000);
    free(fixture.caught);
}

static void a_closed_pipe_does_not_block_the_log(void **state)
{
    (void)state;
    struct api_fixture fixture;
    begin(&fixture);
    close(fixture.reader);
    take(fixture.log, LINE_COUNT);
    assert_false(log_is_waiting(fixture.log));
    fixture.reader = dup(fixture.writer);
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
    struct log_config config = { file, LEVEL_DEBUG, LOG_TEXT, NULL, 0, 0 };
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
    struct log_config config = { row->file, row->level, LOG_TEXT, NULL, 0, 0 };
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
    struct log_config config = { "/dev/null", LEVEL_DEBUG, LOG_JSON, NULL, 0, 0 };
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
    struct CMUnitTest places[COUNT_OF(place_rows)];
    struct CMUnitTest lines[COUNT_OF(line_rows)];
    TESTS_FROM_ROWS(places, place_rows, does_not_block_the_log);
    TESTS_FROM_ROWS(lines, line_rows, row_is_received);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blocked_place_does_not_keep_the_log_from_closing),
        cmocka_unit_test(waiting_lines_that_a_closed_pipe_refuses_are_lost),
        cmocka_unit_test(waiting_lines_survive_an_opening),
        cmocka_unit_test(a_closed_pipe_does_not_block_the_log),
        cmocka_unit_test(a_pipe_without_a_reader_is_refused),
        cmocka_unit_test(a_removed_reader_receives_no_more),
        cmocka_unit_test(fields_equal_those_of_the_line),
    };
    /* As in main: a closed pipe is an error of the write, and does not end the program. */
    signal(SIGPIPE, SIG_IGN);
    int failed = cmocka_run_group_tests_name("log: places", places, NULL, NULL);
    failed += cmocka_run_group_tests_name("log: lines", lines, NULL, NULL);
    return failed + cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
