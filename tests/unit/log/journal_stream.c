/*
 * Lines of the log in the journal begin with their priority: a JOURNAL_STREAM that is that of standard error, and
 * others.
 */
#include "engine/log/journal_stream.h"
#include "engine/log/log.h"
#include "engine/log/log_output.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAUGHT_SIZE 4096
#define STREAM_SIZE 64

/* 2026-01-02T14:03:33.104Z */
static const struct wall at = { INT64_C(1767362613104) };

/* Standard error is a socket meanwhile, as with the journal. */
struct stream {
    int reader;
    int standard_error;
    char own[STREAM_SIZE]; /* for JOURNAL_STREAM */
    char caught[CAUGHT_SIZE];
};

static void begin(struct stream *stream)
{
    int ends[2];
    struct stat st;
    *stream = (struct stream){ 0 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    stream->reader = ends[0];
    stream->standard_error = dup(STDERR_FILENO);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream->own, sizeof stream->own, "%ju:%ju", (uintmax_t)st.st_dev,
             (uintmax_t)st.st_ino);
}

/* What was written to standard error, which is the test's again. */
static const char *end(struct stream *stream)
{
    assert_true(dup2(stream->standard_error, STDERR_FILENO) >= 0);
    close(stream->standard_error);
    ssize_t size;
    size_t length = 0;
    while ((size = read(stream->reader, stream->caught + length, CAUGHT_SIZE - 1 - length)) > 0)
        length += (size_t)size;
    close(stream->reader);
    unsetenv("JOURNAL_STREAM");
    return stream->caught;
}

static void set_stream(const char *value)
{
    assert_int_equal(setenv("JOURNAL_STREAM", value, 1), 0);
}

static void take(struct log *log, enum event_id id)
{
    struct event event;
    event_init(&event, id);
    log_take(log, &event, at);
}

/* An event of each level. */
static void write_log(const char *file, enum log_format format)
{
    struct log *log = NULL;
    struct log_config config = { .file = file, .level = LEVEL_DEBUG, .format = format };
    assert_int_equal(log_create(&config, &log, NULL), 0);
    take(log, EVENT_PASS_STARTED);
    take(log, EVENT_PASS_DONE);
    take(log, EVENT_CLOCK_GAP);
    take(log, EVENT_SCALE_FAILED);
    log_destroy(log);
}

#define STAMP "2026-01-02T14:03:33.104Z"
#define PLAIN                                                                                      \
    STAMP " debug pass_started\n" STAMP " info pass_done\n" STAMP " warn clock_gap\n" STAMP        \
          " error scale_failed\n"

static void each_line_has_its_priority(void **state)
{
    struct stream stream;
    (void)state;
    begin(&stream);
    set_stream(stream.own);
    write_log("-", LOG_TEXT);
    assert_string_equal(end(&stream),
                        "<7>" STAMP " debug pass_started\n<6>" STAMP " info pass_done\n<4>" STAMP
                        " warn clock_gap\n<3>" STAMP " error scale_failed\n");
}

static void a_document_has_it_in_front(void **state)
{
    struct stream stream;
    (void)state;
    begin(&stream);
    set_stream(stream.own);
    write_log("-", LOG_JSON);
    assert_non_null(strstr(end(&stream), "\n<3>{\"at\":\"" STAMP
                                         "\",\"level\":\"error\",\"event\":\"scale_failed\"}\n"));
}

/* The variable is inherited by programs whose standard error is another stream. */
static const struct stream_row {
    const char *name;
    const char *value;
    const char *behind; /* the value is the own one, and this */
} stream_rows[] = {
    /* clang-format off */
    { "no JOURNAL_STREAM",        NULL,  NULL },
    { "that of another stream",   "8:1", NULL },
    { "an empty one",             "",    NULL },
    { "no numbers",               "a:b", NULL },
    { "another inode",            NULL,  "0" },
    { "something behind it",      NULL,  " " },
    { "a number too large",       "8:99999999999999999999999999999999999999999999999999", NULL },
    /* clang-format on */
};

static void lines_have_none(void **state)
{
    const struct stream_row *row = *state;
    struct stream stream;
    char value[2 * STREAM_SIZE];
    begin(&stream);
    snprintf(value, sizeof value, "%s%s",
             row->behind  ? stream.own
             : row->value ? row->value
                          : "",
             row->behind ? row->behind : "");
    if (row->value || row->behind)
        set_stream(value);
    write_log("-", LOG_TEXT);
    log_output_say("autoscaler: a sentence\n");
    assert_string_equal(journal_mark(LEVEL_ERROR), "");
    assert_string_equal(end(&stream), PLAIN "autoscaler: a sentence\n");
}

static void a_file_has_none(void **state)
{
    struct stream stream;
    char file[] = "/tmp/test_journal.XXXXXX";
    char lines[CAUGHT_SIZE] = { 0 };
    (void)state;
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    begin(&stream);
    set_stream(stream.own);
    write_log(file, LOG_TEXT);
    assert_string_equal(end(&stream), "");
    assert_true(read(fd, lines, sizeof lines - 1) > 0);
    assert_string_equal(lines, PLAIN);
    close(fd);
    unlink(file);
}

/* A reload may bring it. */
static void a_log_that_is_opened_again_has_them(void **state)
{
    struct stream stream;
    struct log *log = NULL;
    struct log_config config = { .file = "/dev/null", .level = LEVEL_DEBUG, .format = LOG_TEXT };
    (void)state;
    begin(&stream);
    set_stream(stream.own);
    assert_int_equal(log_create(&config, &log, NULL), 0);
    config.file = "-";
    assert_int_equal(log_reopen(log, &config, NULL), 0);
    take(log, EVENT_PASS_DONE);
    log_destroy(log);
    assert_string_equal(end(&stream), "<6>" STAMP " info pass_done\n");
}

static void sentences_of_the_program_have_it(void **state)
{
    struct stream stream;
    (void)state;
    begin(&stream);
    set_stream(stream.own);
    log_output_say("autoscaler: a sentence\n");
    assert_string_equal(journal_mark(LEVEL_WARN), "<4>");
    assert_true(journal_stream_is(STDERR_FILENO));
    assert_false(journal_stream_is(stream.reader));
    assert_false(journal_stream_is(-1));
    assert_string_equal(end(&stream), "<3>autoscaler: a sentence\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_has_its_priority),
        cmocka_unit_test(a_document_has_it_in_front),
        cmocka_unit_test(a_file_has_none),
        cmocka_unit_test(a_log_that_is_opened_again_has_them),
        cmocka_unit_test(sentences_of_the_program_have_it),
    };
    struct CMUnitTest streams[COUNT_OF(stream_rows)];
    TESTS_FROM_ROWS(streams, stream_rows, lines_have_none);
    unsetenv("JOURNAL_STREAM");
    int failed = cmocka_run_group_tests_name("journal_stream", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("journal_stream: others", streams, NULL, NULL);
}
