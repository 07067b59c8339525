/*
 * Rotation of the log by its size: no line is lost or split, old files end at their number, and what cannot be renamed or
 * opened is said once while the log goes on.
 */
#include "engine/log/log_rotation.h"

#include "engine/base/clock.h"
#include "engine/log/log.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_OF_FILE 2000
#define CONTENT_SIZE ((size_t)256 * 1024)

static int64_t now_ms = 1000;

/* The clock of the log is the test's. */
struct mono __wrap_mono_now(void);
struct mono __wrap_mono_now(void)
{
    return (struct mono){ now_ms };
}

struct place {
    char directory[64];
    char file[96];
    struct log *log;
    int32_t failures; /* log_rotation_failed, as a reader receives it */
};

static void count_failures(void *context, const struct event *event, struct wall at)
{
    struct place *place = context;
    (void)at;
    place->failures += event->id == EVENT_LOG_ROTATION_FAILED;
}

static struct event_reader reader;

static void open_log(struct place *place, const char *file, int64_t size_max, int32_t keep)
{
    const struct log_config config = { file, LEVEL_DEBUG, LOG_TEXT, NULL, size_max, keep };
    assert_int_equal(log_create(&config, &place->log, NULL), 0);
    reader = (struct event_reader){ .take = count_failures, .context = place };
    event_fanout_add(log_lines(place->log), &reader);
}

static int begin(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->directory, sizeof place->directory, "/tmp/test_rotation.XXXXXX");
    if (!mkdtemp(place->directory))
        return -1;
    snprintf(place->file, sizeof place->file, "%s/a.log", place->directory);
    *state = place;
    return 0;
}

static int end(void **state)
{
    struct place *place = *state;
    char command[96];
    log_destroy(place->log);
    snprintf(command, sizeof command, "rm -rf %s", place->directory);
    free(place);
    return system(command);
}

/* `scaled` is not limited. */
static void take(struct place *place, int32_t first, int32_t count)
{
    for (int32_t i = first; i < first + count; i++) {
        struct event event;
        event_init(&event, EVENT_SCALED);
        event_add_string(&event, "deployment", "eu-1");
        event_add_signed(&event, "delta", i);
        log_take(place->log, &event, wall_now());
    }
}

/* NULL: it does not exist. */
static const char *content(const struct place *place, const char *suffix)
{
    static char text[CONTENT_SIZE];
    char name[128];
    snprintf(name, sizeof name, "%s%s", place->file, suffix);
    FILE *file = fopen(name, "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* The lines of a file are whole and go on at *next. */
static void must_go_on(const char *text, int32_t *next)
{
    char words[64];
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        assert_int_equal(text[length], '\n');
        if (!strstr(text, " log_rotation_failed ") ||
            strstr(text, " log_rotation_failed ") > text + length) {
            snprintf(words, sizeof words, " info scaled deployment=eu-1 delta=+%d", *next);
            assert_memory_equal(text + length - strlen(words), words, strlen(words));
            (*next)++;
        }
        text += length + 1;
    }
}

static void no_line_is_lost_or_split(void **state)
{
    struct place *place = *state;
    int32_t next = 1;
    int32_t files = 0;
    open_log(place, place->file, SIZE_MAX_OF_FILE, LOG_KEEP_MAX);
    take(place, 1, 1000);
    for (int32_t number = LOG_KEEP_MAX; number >= 0; number--) {
        char suffix[16] = "";
        if (number > 0)
            snprintf(suffix, sizeof suffix, ".%d", (int)number);
        const char *text = content(place, suffix);
        if (!text)
            continue;
        files++;
        assert_true(strlen(text) < SIZE_MAX_OF_FILE + 200);
        must_go_on(text, &next);
    }
    assert_int_equal(next, 1001);
    assert_true(files > 20);
    assert_int_equal(place->failures, 0);
}

static void only_so_many_are_kept(void **state)
{
    struct place *place = *state;
    open_log(place, place->file, SIZE_MAX_OF_FILE, 2);
    take(place, 1, 1000);
    assert_non_null(content(place, ".2"));
    assert_null(content(place, ".3"));
}

static void without_a_limit_it_grows(void **state)
{
    struct place *place = *state;
    int32_t next = 1;
    open_log(place, place->file, 0, 5);
    take(place, 1, 1000);
    must_go_on(content(place, ""), &next);
    assert_int_equal(next, 1001);
    assert_null(content(place, ".1"));
}

/* A directory with a file in it cannot be replaced. */
static void a_failed_rename_is_said_and_the_log_goes_on(void **state)
{
    struct place *place = *state;
    char name[128];
    int32_t next = 1;
    snprintf(name, sizeof name, "mkdir -p %s.1/full", place->file);
    assert_int_equal(system(name), 0);
    open_log(place, place->file, SIZE_MAX_OF_FILE, 1);
    take(place, 1, 500);
    assert_int_equal(place->failures, 1);
    assert_non_null(
        strstr(content(place, ""), "warn log_rotation_failed error=\"cannot rename log file "));
    must_go_on(content(place, ""), &next);
    assert_int_equal(next, 501);
    now_ms += LOG_ROTATION_RETRY_MS;
    take(place, 501, 1);
    assert_int_equal(place->failures, 2);
    snprintf(name, sizeof name, "rm -r %s.1", place->file);
    assert_int_equal(system(name), 0);
    now_ms += LOG_ROTATION_RETRY_MS;
    take(place, 502, 2);
    next = 1;
    must_go_on(content(place, ".1"), &next);
    must_go_on(content(place, ""), &next);
    assert_int_equal(next, 504);
    assert_int_equal(place->failures, 2);
}

/* With no descriptor left: the file has its name again. */
static void without_a_new_file_the_old_one_goes_on(void **state)
{
    struct place *place = *state;
    struct rlimit limit;
    int32_t next = 1;
    open_log(place, place->file, SIZE_MAX_OF_FILE, 3);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t old = limit.rlim_cur;
    limit.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    take(place, 1, 100);
    limit.rlim_cur = old;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(place->failures, 1);
    assert_null(content(place, ".1"));
    must_go_on(content(place, ""), &next);
    assert_int_equal(next, 101);
}

static void one_that_was_rotated_by_others_is_opened_again(void **state)
{
    struct place *place = *state;
    char name[128];
    int32_t next = 1;
    open_log(place, place->file, SIZE_MAX_OF_FILE, 3);
    take(place, 1, 10);
    snprintf(name, sizeof name, "%s.moved", place->file);
    assert_int_equal(rename(place->file, name), 0);
    take(place, 11, 30);
    assert_null(content(place, ".1"));
    must_go_on(content(place, ".moved"), &next);
    must_go_on(content(place, ""), &next);
    assert_int_equal(next, 41);
}

static void a_link_is_followed(void **state)
{
    struct place *place = *state;
    char link[128];
    struct stat st;
    snprintf(link, sizeof link, "%s/link", place->directory);
    assert_int_equal(symlink("a.log", link), 0);
    open_log(place, link, SIZE_MAX_OF_FILE, 3);
    take(place, 1, 60);
    assert_non_null(content(place, ".1"));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_non_null(content(place, ""));
}

static void a_device_is_not_rotated(void **state)
{
    struct place *place = *state;
    open_log(place, "/dev/null", 1, 1);
    take(place, 1, 10);
    assert_int_equal(place->failures, 0);
}

int main(void)
{
#define ROTATION_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        ROTATION_TEST(no_line_is_lost_or_split),
        ROTATION_TEST(only_so_many_are_kept),
        ROTATION_TEST(without_a_limit_it_grows),
        ROTATION_TEST(a_failed_rename_is_said_and_the_log_goes_on),
        ROTATION_TEST(without_a_new_file_the_old_one_goes_on),
        ROTATION_TEST(one_that_was_rotated_by_others_is_opened_again),
        ROTATION_TEST(a_link_is_followed),
        ROTATION_TEST(a_device_is_not_rotated),
    };
    return cmocka_run_group_tests_name("log_rotation", tests, NULL, NULL);
}
