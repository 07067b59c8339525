#include "tui/console/logbook.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

#define TEXT_LENGTH_MAX 4096

/* What malloc may round up for one piece. */
#define ROUNDING 32

struct tui_fixture {
    struct snapshots *maker;
    struct logbook *logbook;
};

static int open_desk(void **state)
{
    static struct tui_fixture tui_fixture;
    tui_fixture.maker = snapshots_create();
    assert_int_equal(logbook_create(&tui_fixture.logbook), 0);
    *state = &tui_fixture;
    return 0;
}

static int close_desk(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    logbook_destroy(tui_fixture->logbook);
    snapshots_destroy(tui_fixture->maker);
    assert_int_equal(watched_heap.live_count, 0);
    return 0;
}

static void add(struct tui_fixture *tui_fixture)
{
    const struct snapshot *snapshot = snapshots_take(tui_fixture->maker);
    logbook_add(tui_fixture->logbook, snapshot);
    snapshots_give_back(tui_fixture->maker, snapshot);
}

static void write_line(struct tui_fixture *tui_fixture, const char *text)
{
    snapshots_line(tui_fixture->maker, LEVEL_INFO, EVENT_SCALED, NULL, text);
}

static void write_numbers(struct tui_fixture *tui_fixture, int from, int to)
{
    for (int i = from; i < to; i++) {
        char storage[32];
        struct text text;
        text_init(&text, storage, sizeof storage);
        text_addf(&text, "line %d", i);
        write_line(tui_fixture, storage);
    }
}

static const char *text_at(const struct tui_fixture *tui_fixture, uint64_t number)
{
    const struct logbook_line *line = logbook_at(tui_fixture->logbook, number);
    assert_non_null(line);
    return line->text;
}

static void assert_span(const struct tui_fixture *tui_fixture, uint64_t first, uint64_t end)
{
    assert_int_equal(logbook_first(tui_fixture->logbook), first);
    assert_int_equal(logbook_end(tui_fixture->logbook), end);
    if (first > 0)
        assert_null(logbook_at(tui_fixture->logbook, first - 1));
    assert_null(logbook_at(tui_fixture->logbook, end));
    for (uint64_t number = first; number < end; number++)
        assert_non_null(logbook_at(tui_fixture->logbook, number));
}

/* --- keeping --------------------------------------------------------------------------------------------------- */

static void an_empty_one_has_nothing(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    uint64_t number = 7;
    assert_span(tui_fixture, 0, 0);
    add(tui_fixture);
    assert_span(tui_fixture, 0, 0);
    assert_false(
        logbook_find(tui_fixture->logbook, 0, true, &(struct logbook_query){ 0 }, &number));
    assert_false(
        logbook_find(tui_fixture->logbook, 0, false, &(struct logbook_query){ 0 }, &number));
    assert_int_equal(number, 7);
    logbook_destroy(NULL);
}

static void a_line_is_copied_whole(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    snapshots_line(tui_fixture->maker, LEVEL_ERROR, EVENT_SCALE_FAILED, "eu-1\xff",
                   "scale_failed deployment=\"eu-1\\xff\" applied=no");
    snapshots_line(tui_fixture->maker, LEVEL_DEBUG, EVENT_PASS_STARTED, NULL,
                   "pass_started pass=1");
    add(tui_fixture);
    assert_span(tui_fixture, 0, 2);
    const struct logbook_line *line = logbook_at(tui_fixture->logbook, 0);
    assert_int_equal(line->at.ms, SNAPSHOTS_AT.ms);
    assert_int_equal(line->level, LEVEL_ERROR);
    assert_int_equal(line->event, EVENT_SCALE_FAILED);
    assert_string_equal(line->id, "eu-1\xff");
    assert_string_equal(line->text, "scale_failed deployment=\"eu-1\\xff\" applied=no");
    line = logbook_at(tui_fixture->logbook, 1);
    assert_int_equal(line->level, LEVEL_DEBUG);
    assert_null(line->id);
    assert_string_equal(line->text, "pass_started pass=1");
}

static void the_oldest_go_when_there_are_too_many(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    write_numbers(tui_fixture, 0, LOGBOOK_LINES_MAX);
    add(tui_fixture);
    assert_span(tui_fixture, 0, LOGBOOK_LINES_MAX);
    write_numbers(tui_fixture, LOGBOOK_LINES_MAX, LOGBOOK_LINES_MAX + 3);
    add(tui_fixture);
    assert_span(tui_fixture, 3, LOGBOOK_LINES_MAX + 3);
    assert_string_equal(text_at(tui_fixture, 3), "line 3");
    assert_string_equal(text_at(tui_fixture, LOGBOOK_LINES_MAX + 2), "line 20002");
}

static void more_at_once_than_it_holds_leaves_the_newest(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    write_numbers(tui_fixture, 0, 2 * LOGBOOK_LINES_MAX + 5);
    add(tui_fixture);
    assert_span(tui_fixture, LOGBOOK_LINES_MAX + 5, 2 * LOGBOOK_LINES_MAX + 5);
    assert_string_equal(text_at(tui_fixture, LOGBOOK_LINES_MAX + 5), "line 20005");
}

/* Lines of the largest size: the limit of bytes holds, and as many lines are kept as it allows. */
static void the_oldest_go_when_they_are_too_large(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char text[TEXT_LENGTH_MAX + 1];
    size_t own_size = watched_heap.live_size;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    write_line(tui_fixture, text);
    add(tui_fixture);
    size_t line_size = watched_heap.live_size - own_size;
    watched_heap.live_size_max = 0;
    for (int i = 0; i < 5000; i++)
        write_line(tui_fixture, text);
    add(tui_fixture);
    uint64_t count = logbook_end(tui_fixture->logbook) - logbook_first(tui_fixture->logbook);
    assert_int_equal(logbook_end(tui_fixture->logbook), 5001);
    assert_span(tui_fixture, 5001 - count, 5001);
    assert_true(watched_heap.live_size_max <= LOGBOOK_SIZE_MAX + count * ROUNDING);
    assert_true(own_size + (count + 1) * line_size > LOGBOOK_SIZE_MAX);
}

/* clang-format off */
static const struct cut_row {
    const char *name;
    size_t plain; /* characters of one byte in front */
    const char *rest;
    size_t kept; /* bytes */
} cut_rows[] = {
    { "as long as can be",            TEXT_LENGTH_MAX,     "",                 TEXT_LENGTH_MAX },
    { "one byte longer",              TEXT_LENGTH_MAX,     "y",                TEXT_LENGTH_MAX },
    { "two bytes, whole at the end",  TEXT_LENGTH_MAX - 2, "\xc3\xa4",         TEXT_LENGTH_MAX },
    { "two bytes, whole before more", TEXT_LENGTH_MAX - 2, "\xc3\xa4y",        TEXT_LENGTH_MAX },
    { "two bytes across the end",     TEXT_LENGTH_MAX - 1, "\xc3\xa4",         TEXT_LENGTH_MAX - 1 },
    { "four bytes across the end",    TEXT_LENGTH_MAX - 3, "\xf0\x9f\x98\x80", TEXT_LENGTH_MAX - 3 },
    { "four bytes, the last of them", TEXT_LENGTH_MAX - 4, "\xf0\x9f\x98\x80\xc3\xa4", TEXT_LENGTH_MAX },
};
/* clang-format on */

static void long_line_is_cut(void **state)
{
    const struct cut_row *row = *state;
    void *opened = NULL;
    open_desk(&opened);
    struct tui_fixture *tui_fixture = opened;
    char storage[TEXT_LENGTH_MAX + 16] = "";
    memset(storage, 'x', row->plain);
    memcpy(storage + row->plain, row->rest, strlen(row->rest) + 1);
    write_line(tui_fixture, storage);
    add(tui_fixture);
    assert_int_equal(strlen(text_at(tui_fixture, 0)), row->kept);
    assert_memory_equal(text_at(tui_fixture, 0), storage, row->kept);
    close_desk(&opened);
}

/* --- losing ---------------------------------------------------------------------------------------------------- */

static void lost_lines_leave_a_mark_before_the_others(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    write_line(tui_fixture, "before");
    add(tui_fixture);
    snapshots_lose_lines(tui_fixture->maker, 312);
    write_line(tui_fixture, "after");
    snapshots_at(tui_fixture->maker)->ms += 5000;
    add(tui_fixture);
    assert_span(tui_fixture, 0, 3);
    const struct logbook_line *mark = logbook_at(tui_fixture->logbook, 1);
    assert_string_equal(mark->text,
                        "312 lines were lost: the terminal did not take output for too long");
    assert_int_equal(mark->event, EVENT_COUNT);
    assert_int_equal(mark->level, LEVEL_WARN);
    assert_int_equal(mark->at.ms, SNAPSHOTS_AT.ms);
    assert_null(mark->id);
    assert_string_equal(text_at(tui_fixture, 2), "after");
}

static void a_mark_may_stand_alone(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    snapshots_lose_lines(tui_fixture->maker, 1);
    snapshots_at(tui_fixture->maker)->ms += 5000;
    add(tui_fixture);
    add(tui_fixture);
    assert_span(tui_fixture, 0, 1);
    assert_string_equal(text_at(tui_fixture, 0),
                        "1 line was lost: the terminal did not take output for too long");
    assert_int_equal(logbook_at(tui_fixture->logbook, 0)->at.ms, SNAPSHOTS_AT.ms + 5000);
}

static void lines_without_memory_leave_a_mark(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    write_numbers(tui_fixture, 0, 5);
    watched_heap.succeed_count = 2;
    add(tui_fixture);
    watched_heap.succeed_count = -1;
    assert_span(tui_fixture, 0, 2);
    write_numbers(tui_fixture, 5, 6);
    add(tui_fixture);
    assert_span(tui_fixture, 0, 4);
    assert_string_equal(text_at(tui_fixture, 1), "line 1");
    assert_string_equal(text_at(tui_fixture, 2), "3 lines were lost: there was no memory");
    assert_string_equal(text_at(tui_fixture, 3), "line 5");
}

/* A mark without memory waits, and later lines wait behind it. */
static void a_mark_without_memory_waits(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    snapshots_lose_lines(tui_fixture->maker, 10);
    write_numbers(tui_fixture, 0, 2);
    watched_heap.succeed_count = 0;
    add(tui_fixture);
    assert_span(tui_fixture, 0, 0);
    snapshots_lose_lines(tui_fixture->maker, 4);
    add(tui_fixture);
    watched_heap.succeed_count = -1;
    write_line(tui_fixture, "after");
    add(tui_fixture);
    assert_span(tui_fixture, 0, 3);
    assert_string_equal(text_at(tui_fixture, 0),
                        "14 lines were lost: the terminal did not take output for too long");
    assert_string_equal(text_at(tui_fixture, 1), "2 lines were lost: there was no memory");
    assert_string_equal(text_at(tui_fixture, 2), "after");
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct logbook *logbook = NULL;
    watched_heap.succeed_count = 0;
    int failed = logbook_create(&logbook);
    watched_heap.succeed_count = -1;
    assert_int_equal(failed, -ENOMEM);
    assert_null(logbook);
}

/* --- finding --------------------------------------------------------------------------------------------------- */

/*
 * The lines of these: 0 debug pass_started; 1 info scaled eu-1; 2 error scale_failed EU-1; 3 a mark; 4 warn held eu-2;
 * 5 info scaled eu-1.
 */
static void write_scene(struct tui_fixture *tui_fixture)
{
    snapshots_line(tui_fixture->maker, LEVEL_DEBUG, EVENT_PASS_STARTED, NULL,
                   "pass_started pass=7");
    snapshots_line(tui_fixture->maker, LEVEL_INFO, EVENT_SCALED, "eu-1",
                   "scaled deployment=eu-1 delta=+2");
    snapshots_line(tui_fixture->maker, LEVEL_ERROR, EVENT_SCALE_FAILED, "EU-1",
                   "scale_failed deployment=EU-1 error=\"Quota\"");
    add(tui_fixture);
    snapshots_lose_lines(tui_fixture->maker, 3);
    snapshots_line(tui_fixture->maker, LEVEL_WARN, EVENT_HELD_BAD_DATA, "eu-2",
                   "held_bad_data deployment=eu-2");
    snapshots_line(tui_fixture->maker, LEVEL_INFO, EVENT_SCALED, "eu-1",
                   "scaled deployment=eu-1 delta=-2");
    add(tui_fixture);
}

/* NULL: none. */
static struct line_pattern *make_pattern(const char *text)
{
    struct line_pattern *pattern = NULL;
    struct filter_fault fault;
    struct error err;
    if (!text)
        return NULL;
    assert_int_equal(line_pattern_create(LINE_PATTERN_ONLY, &pattern), 0);
    assert_int_equal(line_pattern_set(pattern, text, &fault, &err), 0);
    return pattern;
}

#define NOT_FOUND (-1)

/* clang-format off */
static const struct find_row {
    const char *name;
    uint64_t from;
    bool is_forward;
    enum level level_min;
    const char *text; /* NULL: no pattern */
    const char *id;
    int64_t found;
} find_rows[] = {
    { "any, from the first",           0,  true,  LEVEL_DEBUG, NULL, NULL,        0 },
    { "any, from the last backwards",  5,  false, LEVEL_DEBUG, NULL, NULL,        5 },
    { "from included",                 2,  true,  LEVEL_ERROR, NULL, NULL,        2 },
    { "from included backwards",       2,  false, LEVEL_ERROR, NULL, NULL,        2 },
    { "beyond the last",               6,  true,  LEVEL_DEBUG, NULL, NULL,        NOT_FOUND },
    { "beyond the last backwards",     99, false, LEVEL_DEBUG, NULL, NULL,        5 },
    { "from the largest number",       UINT64_MAX, false, LEVEL_DEBUG, NULL, NULL, 5 },
    { "a level and worse",             0,  true,  LEVEL_INFO, NULL, NULL,         1 },
    { "a mark is a warning",           3,  true,  LEVEL_WARN, NULL, NULL,         3 },
    { "a warning backwards",           4,  false, LEVEL_ERROR, NULL, NULL,        2 },
    { "no more errors",                3,  true,  LEVEL_ERROR, NULL, NULL,        NOT_FOUND },
    { "no errors before",              1,  false, LEVEL_ERROR, NULL, NULL,        NOT_FOUND },
    { "a text",                        0,  true,  LEVEL_DEBUG, "delta=-", NULL,   5 },
    { "a text in capitals",            0,  true,  LEVEL_DEBUG, "HELD_", NULL,     4 },
    { "a text in capitals there",      0,  true,  LEVEL_DEBUG, "quota\"", NULL,   2 },
    { "a text at the end",             5,  false, LEVEL_DEBUG, "pass=7", NULL,    0 },
    { "a text that goes on beyond",    0,  true,  LEVEL_DEBUG, "pass=77", NULL,   NOT_FOUND },
    { "a text of nothing",             1,  true,  LEVEL_DEBUG, "", NULL,          1 },
    { "a mark has a text",             0,  true,  LEVEL_DEBUG, "lost", NULL,      3 },
    { "an id",                         2,  true,  LEVEL_DEBUG, NULL, "eu-1",      5 },
    { "an id in capitals is another",  0,  true,  LEVEL_DEBUG, NULL, "EU-1",      2 },
    { "an id is exact",                0,  true,  LEVEL_DEBUG, NULL, "eu-",       NOT_FOUND },
    { "all at once",                   0,  true,  LEVEL_INFO, "SCALED", "eu-1",   1 },
    { "all at once but one",           0,  true,  LEVEL_WARN, "scaled", "eu-1",   NOT_FOUND },
    { "not a text",                    0,  true,  LEVEL_DEBUG, "!pass", NULL,          1 },
    { "an expression",                 0,  true,  LEVEL_DEBUG, "/^held_|quota/", NULL, 2 },
    { "not an expression",             0,  true,  LEVEL_DEBUG, "!/a/", NULL,           NOT_FOUND },
};
/* clang-format on */

static void line_is_found(void **state)
{
    const struct find_row *row = *state;
    void *opened = NULL;
    open_desk(&opened);
    struct tui_fixture *tui_fixture = opened;
    uint64_t number = UINT64_MAX;
    write_scene(tui_fixture);
    assert_span(tui_fixture, 0, 6);
    struct line_pattern *pattern = make_pattern(row->text);
    const struct logbook_query query = { row->level_min, pattern, row->id };
    bool is_found = logbook_find(tui_fixture->logbook, row->from, row->is_forward, &query, &number);
    assert_int_equal(is_found, row->found != NOT_FOUND);
    assert_int_equal(number, row->found == NOT_FOUND ? UINT64_MAX : (uint64_t)row->found);
    line_pattern_destroy(pattern);
    close_desk(&opened);
}

static void what_is_gone_is_not_searched(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct line_pattern *pattern = make_pattern("line 7");
    struct logbook_query query = { .pattern = pattern };
    uint64_t number = 0;
    write_numbers(tui_fixture, 0, LOGBOOK_LINES_MAX + 10);
    add(tui_fixture);
    assert_true(logbook_find(tui_fixture->logbook, 0, true, &query, &number));
    assert_int_equal(number, 70);
    assert_false(logbook_find(tui_fixture->logbook, 69, false, &query, &number));
    assert_false(logbook_find(tui_fixture->logbook, 5, false, &query, &number));
    assert_int_equal(number, 70);
    line_pattern_destroy(pattern);
}

/* What was said about a line is kept with it, for each use, until the pattern has another text. */
static void each_pattern_has_its_own_say(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct line_pattern *only = make_pattern("line 1");
    struct line_pattern *search = NULL;
    struct filter_fault fault;
    struct error err;
    assert_int_equal(line_pattern_create(LINE_PATTERN_SEARCH, &search), 0);
    assert_int_equal(line_pattern_set(search, "5", &fault, &err), 0);
    write_numbers(tui_fixture, 0, 20);
    add(tui_fixture);
    const struct logbook_query shown = { .pattern = only };
    const struct logbook_query found = { .pattern = search };
    for (int turn = 0; turn < 2; turn++) {
        for (uint64_t number = 0; number < 20; number++) {
            bool has_one = number == 1 || number >= 10;
            assert_int_equal(logbook_matches(tui_fixture->logbook, number, &shown), has_one);
            assert_int_equal(logbook_matches(tui_fixture->logbook, number, &found),
                             number % 10 == 5);
        }
    }
    assert_int_equal(line_pattern_set(search, "!5", &fault, &err), 0);
    assert_true(logbook_matches(tui_fixture->logbook, 4, &found));
    assert_false(logbook_matches(tui_fixture->logbook, 5, &found));
    line_pattern_destroy(search);
    line_pattern_destroy(only);
}

int main(void)
{
    struct CMUnitTest cuts[COUNT_OF(cut_rows)];
    struct CMUnitTest finds[COUNT_OF(find_rows)];
    TESTS_FROM_ROWS(cuts, cut_rows, long_line_is_cut);
    TESTS_FROM_ROWS(finds, find_rows, line_is_found);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_one_has_nothing, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_line_is_copied_whole, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(the_oldest_go_when_there_are_too_many, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(more_at_once_than_it_holds_leaves_the_newest, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(the_oldest_go_when_they_are_too_large, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(lost_lines_leave_a_mark_before_the_others, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(a_mark_may_stand_alone, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(lines_without_memory_leave_a_mark, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_mark_without_memory_waits, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(what_is_gone_is_not_searched, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(each_pattern_has_its_own_say, open_desk, close_desk),
        cmocka_unit_test(without_memory_there_is_none),
    };
    int failed = cmocka_run_group_tests_name("logbook: long lines", cuts, NULL, NULL);
    failed += cmocka_run_group_tests_name("logbook: finding", finds, NULL, NULL);
    failed += cmocka_run_group_tests_name("logbook: laws", tests, NULL, NULL);
    return failed;
}
