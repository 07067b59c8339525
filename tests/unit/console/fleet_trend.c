/*
 * The trend of the fleet: snapshots at their times, and the samples of an hour.
 *
 * A row's snapshots are "SECONDS:HOSTS" between spaces; "?" before the seconds: the sums are old. The story has the last
 * minutes of the hosts, "-" for one that is not known. Minutes up to `filled` before a snapshot have its sums.
 */
#include "tui/console/fleet_trend.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#define STORY_SIZE 64
#define STORY_MINUTES 5
#define START_MS INT64_C(1700000040000) /* the start of a minute */

static const struct trend_row {
    const char *name;
    int64_t filled;
    const char *snapshots;
    const char *story;
} trend_rows[] = {
    /* clang-format off */
    { "nothing",                    1, "",                       "- - - - -" },
    { "one",                        1, "0:7",                    "- - - - 7" },
    { "the last of a minute",       1, "0:7 30:8 59:9",          "- - - - 9" },
    { "each minute its own",        1, "0:7 60:8 120:9",         "- - 7 8 9" },
    { "a gap",                      1, "0:7 180:8",              "- 7 - - 8" },
    { "a pass of three minutes",    3, "0:7 180:8",              "- 7 8 8 8" },
    { "old sums are no sample",     1, "0:7 ?60:7 ?120:7",       "- - 7 - -" },
    { "and keep one of the minute", 1, "0:7 ?30:8",              "- - - - 7" },
    { "after more than an hour",    1, "0:7 4000:8",             "- - - - 8" },
    { "a clock that is set back",   1, "600:7 0:8",              "- - - - 8" },
    /* clang-format on */
};

static void add(struct fleet_trend *trend, int64_t seconds, int64_t hosts, bool is_known,
                int64_t filled)
{
    struct wall at = { START_MS + seconds * 1000 };
    struct fleet_totals totals = { .hosts = hosts, .servers = 100, .free_servers = hosts };
    fleet_trend_add(trend, at, &totals, is_known, filled);
}

static void tell(const struct fleet_trend *trend, struct text *story)
{
    for (size_t i = FLEET_TREND_MINUTES - STORY_MINUTES; i < FLEET_TREND_MINUTES; i++) {
        int64_t hosts = trend->values[FLEET_HOSTS][i];
        if (story->length > 0)
            text_add_char(story, ' ');
        if (hosts < 0)
            text_add_char(story, '-');
        else
            text_addf(story, "%d", (int)hosts);
    }
}

static void check_trend(void **state)
{
    const struct trend_row *row = *state;
    struct fleet_trend trend;
    fleet_trend_init(&trend);
    for (const char *at = row->snapshots; *at; at += *at == ' ') {
        bool is_known = *at != '?';
        char *end;
        int64_t seconds = strtol(is_known ? at : at + 1, &end, 10);
        assert_int_equal(*end, ':');
        int64_t hosts = strtol(end + 1, &end, 10);
        add(&trend, seconds, hosts, is_known, row->filled);
        at = end;
    }
    char storage[STORY_SIZE];
    struct text story;
    text_init(&story, storage, sizeof storage);
    tell(&trend, &story);
    assert_string_equal(storage, row->story);
}

static void the_lowest_share_and_the_most_hosts_are_shown(void **state)
{
    (void)state;
    struct fleet_trend trend;
    fleet_trend_init(&trend);
    for (int64_t minute = 0; minute < FLEET_TREND_MINUTES; minute++)
        add(&trend, minute * 60, minute == 30 ? 90 : 40 - minute % 5, true, 1);
    int64_t values[12];
    fleet_trend_combine(&trend, FLEET_FREE_PPB, 12, values);
    assert_int_equal(values[0], 36 * SHARE_PERCENT);
    assert_int_equal(values[6], 36 * SHARE_PERCENT);
    fleet_trend_combine(&trend, FLEET_HOSTS, 12, values);
    assert_int_equal(values[5], 40);
    assert_int_equal(values[6], 90);
}

static void the_largest_sums_have_a_share(void **state)
{
    (void)state;
    struct fleet_trend trend;
    struct fleet_totals totals = { .servers = INT64_MAX / 2, .free_servers = INT64_MAX / 4 };
    fleet_trend_init(&trend);
    fleet_trend_add(&trend, (struct wall){ START_MS }, &totals, true, 1);
    int64_t share = trend.values[FLEET_FREE_PPB][FLEET_TREND_MINUTES - 1];
    assert_in_range(share, SHARE_WHOLE / 2 - 1, SHARE_WHOLE / 2);
}

static void hosts_to_be_removed_are_pending_too(void **state)
{
    (void)state;
    struct fleet_trend trend;
    struct fleet_totals totals = { .pending_hosts = -18 };
    fleet_trend_init(&trend);
    fleet_trend_add(&trend, (struct wall){ START_MS }, &totals, true, 1);
    assert_int_equal(trend.values[FLEET_PENDING][FLEET_TREND_MINUTES - 1], 18);
    assert_int_equal(trend.values[FLEET_FREE_PPB][FLEET_TREND_MINUTES - 1], -1);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(trend_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_share_and_the_most_hosts_are_shown),
        cmocka_unit_test(the_largest_sums_have_a_share),
        cmocka_unit_test(hosts_to_be_removed_are_pending_too),
    };
    TESTS_FROM_ROWS(rows, trend_rows, check_trend);
    int failed = cmocka_run_group_tests_name("fleet_trend", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("fleet_trend", tests, NULL, NULL);
}
