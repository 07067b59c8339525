#include "tui/console/log_tally.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"

/* Ten lines, a second each: every third is a warning, the last one an error. */
static struct logbook *make_log(void)
{
    struct snapshots *maker = snapshots_create();
    struct logbook *logbook = NULL;
    assert_int_equal(logbook_create(&logbook), 0);
    for (int i = 0; i < 10; i++) {
        enum level level = i == 9 ? LEVEL_ERROR : i % 3 == 0 ? LEVEL_WARN : LEVEL_INFO;
        snapshots_at(maker)->ms = SNAPSHOTS_AT.ms + 1000 * i;
        snapshots_line(maker, level, EVENT_SCALED, i < 5 ? "a" : "b", "text");
        const struct snapshot *snapshot = snapshots_take(maker);
        logbook_add(logbook, snapshot);
        snapshots_give_back(maker, snapshot);
    }
    snapshots_destroy(maker);
    return logbook;
}

static void levels_are_counted_shown_or_not(void **state)
{
    (void)state;
    struct logbook *logbook = make_log();
    struct log_tally tally;
    log_tally_make(logbook, &(struct logbook_query){ .level_min = LEVEL_ERROR }, 4, &tally);
    assert_int_equal(tally.levels[LEVEL_DEBUG], 0);
    assert_int_equal(tally.levels[LEVEL_INFO], 6);
    assert_int_equal(tally.levels[LEVEL_WARN], 3);
    assert_int_equal(tally.levels[LEVEL_ERROR], 1);
    assert_int_equal(tally.first.ms, SNAPSHOTS_AT.ms + 9000);
    assert_int_equal(tally.last.ms, SNAPSHOTS_AT.ms + 9000);
    assert_int_equal(tally.buckets[0].count, 1);
    log_tally_make(logbook, &(struct logbook_query){ .id = "a" }, 0, &tally);
    assert_int_equal(tally.levels[LEVEL_WARN], 2);
    assert_int_equal(tally.levels[LEVEL_ERROR], 0);
    logbook_destroy(logbook);
}

/* Whatever the number of buckets: each line is in one, and the worst level of the last one is the error. */
static void every_line_has_a_bucket(void **state)
{
    (void)state;
    struct logbook *logbook = make_log();
    struct log_tally tally;
    for (size_t count = 1; count <= LOG_BUCKETS_MAX; count++) {
        size_t lines = 0;
        log_tally_make(logbook, &(struct logbook_query){ .level_min = LEVEL_DEBUG }, count, &tally);
        for (size_t i = 0; i < count; i++) {
            lines += tally.buckets[i].count;
            assert_true(tally.buckets[i].count <= tally.highest);
        }
        assert_int_equal(lines, 10);
        assert_int_equal(log_tally_bucket(&tally, tally.first), 0);
        assert_int_equal(tally.buckets[count - 1].worst, LEVEL_ERROR);
        assert_int_equal(log_tally_bucket(&tally, (struct wall){ 0 }), 0);
        assert_int_equal(log_tally_bucket(&tally, (struct wall){ INT64_MAX / 2 }), count - 1);
    }
    log_tally_make(logbook, &(struct logbook_query){ .level_min = LEVEL_DEBUG }, 2, &tally);
    assert_int_equal(tally.buckets[0].count, 5);
    assert_int_equal(tally.buckets[0].worst, LEVEL_WARN);
    logbook_destroy(logbook);
}

static void an_empty_log_has_nothing(void **state)
{
    (void)state;
    struct logbook *logbook = NULL;
    struct log_tally tally;
    assert_int_equal(logbook_create(&logbook), 0);
    log_tally_make(logbook, &(struct logbook_query){ .level_min = LEVEL_DEBUG }, 9, &tally);
    assert_int_equal(tally.first.ms, 0);
    assert_int_equal(tally.highest, 0);
    logbook_destroy(logbook);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_counted_shown_or_not),
        cmocka_unit_test(every_line_has_a_bucket),
        cmocka_unit_test(an_empty_log_has_nothing),
    };
    return cmocka_run_group_tests_name("log_tally", tests, NULL, NULL);
}
