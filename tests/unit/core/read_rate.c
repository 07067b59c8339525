#include "engine/core/read_rate.h"

#include "tests/support/test.h"

#define INTERVAL 30000
#define DEPLOYMENTS 200
#define BEGIN 100000

static struct mono at(int64_t ms)
{
    return (struct mono){ ms };
}

static struct read_rate begun(int64_t deployments)
{
    struct read_rate rate = { 0 };
    assert_false(read_rate_advance(&rate, deployments, INTERVAL, at(BEGIN)));
    return rate;
}

static void answer(struct read_rate *rate, int count)
{
    for (int i = 0; i < count; i++)
        read_rate_note_answered(rate);
}

/* The requests were sent a moment ago. How many of them have begun a limit. */
static int refuse(struct read_rate *rate, int count, int64_t now_ms)
{
    int begun_count = 0;
    for (int i = 0; i < count; i++)
        begun_count += read_rate_note_refused(rate, at(now_ms), -1, at(now_ms));
    return begun_count;
}

static void without_refusals_there_is_no_limit(void **state)
{
    (void)state;
    struct read_rate rate = begun(DEPLOYMENTS);
    for (int i = 0; i < 10; i++) {
        answer(&rate, DEPLOYMENTS);
        assert_false(read_rate_advance(&rate, DEPLOYMENTS, INTERVAL, at(BEGIN + i * INTERVAL)));
        assert_int_equal(read_rate_due(&rate).ms, 0);
    }
}

static const struct sign_row {
    const char *name;
    int answered, refused;
    bool is_limited;
} sign_rows[] = {
    { "a single refusal", 0, 1, false },
    { "two, and nothing else", 0, 2, true },
    { "two of sixteen", 14, 2, true },
    { "two of seventeen", 15, 2, false },
    { "a few deployments of many", 180, 20, false },
    { "an eighth", 140, 20, true },
};

static void row_is_a_sign(void **state)
{
    const struct sign_row *row = *state;
    struct read_rate rate = begun(DEPLOYMENTS);
    answer(&rate, row->answered);
    assert_int_equal(refuse(&rate, row->refused, BEGIN + 100), row->is_limited);
    assert_int_equal(read_rate_is_limited(&rate), row->is_limited);
}

static void a_limit_begins_with_all_deployments_in_an_interval(void **state)
{
    (void)state;
    struct read_rate rate = begun(DEPLOYMENTS);
    refuse(&rate, 2, BEGIN);
    assert_int_equal(rate.limit, DEPLOYMENTS);
}

/*
 * Once in an interval, by a quarter, not below a sixteenth of the deployments: from there four times as
 * many, for a comparison. Then a thirty-second part more.
 */
static void refusals_lower_the_limit_and_their_absence_raises_it(void **state)
{
    (void)state;
    static const int64_t limits[] = { 200, 150, 112, 84, 63, 47, 35, 26, 19, 14, 12, 48, 36 };
    struct read_rate rate = begun(DEPLOYMENTS);
    int64_t now_ms = BEGIN;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        refuse(&rate, 2, now_ms + 1);
        refuse(&rate, READ_RATE_COMPARED_MIN, now_ms + 2);
        assert_int_equal(rate.limit, limits[i]);
        now_ms += INTERVAL;
        read_rate_advance(&rate, DEPLOYMENTS, INTERVAL, at(now_ms));
    }
    for (int i = 1; i <= 5; i++) {
        now_ms += INTERVAL;
        assert_false(read_rate_advance(&rate, DEPLOYMENTS, INTERVAL, at(now_ms)));
        assert_int_equal(rate.limit, 36 + i * (DEPLOYMENTS / READ_RATE_STEP_PART));
    }
}

/* Requests that were in flight at the first sign are of the same excess. */
static void requests_of_before_the_sign_say_nothing(void **state)
{
    (void)state;
    struct read_rate rate = begun(DEPLOYMENTS);
    refuse(&rate, 2, BEGIN + 100);
    int64_t paused_ms = rate.paused_until.ms;
    for (int i = 0; i < 30; i++)
        assert_false(read_rate_note_refused(&rate, at(BEGIN + 90), -1, at(BEGIN + 110)));
    assert_int_equal(rate.paused_until.ms, paused_ms);
    assert_int_equal(rate.refused, 2);
}

static const struct pause_row {
    const char *name;
    int64_t retry_after_ms;
    int signs;
    int64_t pause_ms;
} pause_rows[] = {
    { "the first", -1, 1, INTERVAL / 8 },
    { "the second", -1, 2, INTERVAL / 4 },
    { "the third, up to half of the interval in all", -1, 3, INTERVAL / 8 },
    { "a short Retry-After", 1000, 1, INTERVAL / 8 },
    { "Retry-After", 10000, 1, 10000 },
    { "Retry-After for long", 900000, 1, INTERVAL },
};

static void row_pauses(void **state)
{
    const struct pause_row *row = *state;
    struct read_rate rate = begun(DEPLOYMENTS);
    int64_t now_ms = BEGIN;
    for (int i = 0; i < row->signs; i++) {
        now_ms += 1000;
        for (int k = 0; k < 2 && rate.signs == i; k++)
            read_rate_note_refused(&rate, at(now_ms), row->retry_after_ms, at(now_ms));
    }
    assert_int_equal(rate.signs, row->signs);
    assert_int_equal(read_rate_due(&rate).ms, now_ms + row->pause_ms);
}

/* After the pause evenly, with an eighth of the limit at once when the reads were late. */
static void reads_are_spaced(void **state)
{
    (void)state;
    struct read_rate rate = begun(DEPLOYMENTS);
    refuse(&rate, 2, BEGIN);
    int64_t spacing_ms = INTERVAL / DEPLOYMENTS;
    int started = 0;
    for (int64_t ms = 0; ms < 10000; ms++) {
        struct mono now = at(rate.paused_until.ms + ms);
        for (; read_rate_due(&rate).ms <= now.ms; started++)
            read_rate_note_started(&rate, now);
        assert_in_range(started, ms / spacing_ms,
                        ms / spacing_ms + DEPLOYMENTS / READ_RATE_BURST_PART);
    }
}

static void a_limit_far_above_the_fleet_ends(void **state)
{
    (void)state;
    struct read_rate rate = begun(10);
    refuse(&rate, 2, BEGIN);
    bool is_over = false;
    int intervals = 0;
    for (; !is_over && intervals < 200; intervals++)
        is_over = read_rate_advance(&rate, 10, INTERVAL, at(BEGIN + (intervals + 1) * INTERVAL));
    assert_true(is_over);
    assert_int_equal(intervals, 1 + 7 * 10);
    assert_false(read_rate_is_limited(&rate));
}

/* A fleet of a few deployments is never read less than once in an interval. */
static void small_fleets_are_spaced_only(void **state)
{
    (void)state;
    struct read_rate rate = begun(3);
    for (int i = 0; i < 5; i++) {
        refuse(&rate, 3, BEGIN + i * INTERVAL + 1);
        assert_int_equal(rate.limit, 3);
        read_rate_advance(&rate, 3, INTERVAL, at(BEGIN + (i + 1) * INTERVAL));
    }
}

/* Passes of a day, and passes that are requested at once. */
static void the_interval_has_bounds(void **state)
{
    (void)state;
    struct read_rate rate = { 0 };
    read_rate_advance(&rate, 10, (int64_t)24 * 3600 * 1000, at(BEGIN));
    assert_int_equal(rate.interval_ms, READ_RATE_INTERVAL_MS_MAX);
    refuse(&rate, 2, BEGIN);
    read_rate_advance(&rate, 10, INTERVAL, at(BEGIN + 10));
    assert_int_equal(rate.since.ms, BEGIN);
    assert_int_equal(rate.signs, 1);
}

/* --- refusals that have nothing to do with the rate ---------------------------------------------------------- */

struct api {
    const char *name;
    int64_t share_pct; /* of the reads that are answered, scattered; 0: a limit */
    int64_t reads;     /* that are answered in an interval */
    bool is_even;      /* these are spread over the interval, else they are the first */
    int64_t deployments;
    bool is_limited; /* in the end */
};

static bool is_answered(const struct api *api, int64_t index, int64_t count)
{
    if (api->share_pct > 0)
        return (index * api->share_pct) % 100 < api->share_pct;
    if (api->is_even)
        return (index * api->reads) % count < api->reads;
    return index < api->reads;
}

/* As many reads as the limit allows, or the deployments. */
static void play_interval(struct read_rate *rate, const struct api *api, int64_t *now_ms)
{
    int64_t count = read_rate_is_limited(rate) ? rate->limit : api->deployments;
    for (int64_t i = 0; i < count; i++) {
        ++*now_ms;
        if (is_answered(api, i, count))
            answer(rate, 1);
        else
            refuse(rate, 1, *now_ms);
    }
    *now_ms += INTERVAL;
    read_rate_advance(rate, api->deployments, INTERVAL, at(*now_ms));
}

static const struct api api_rows[] = {
    { "a share of a seventh", 86, 0, false, DEPLOYMENTS, false },
    { "a share of half", 50, 0, false, DEPLOYMENTS, false },
    { "a share of most", 10, 0, false, DEPLOYMENTS, false },
    { "a share, few deployments", 60, 0, false, 10, false },
    { "a limit that is used up", 0, 60, false, DEPLOYMENTS, true },
    { "a limit that is reached late", 0, 140, false, DEPLOYMENTS, true },
    { "a low limit", 0, 15, false, DEPLOYMENTS, true },
    { "a limit at an even rate", 0, 60, true, DEPLOYMENTS, true },
    { "a low limit at an even rate", 0, 15, true, DEPLOYMENTS, true },
    { "nothing is answered", 0, 0, false, DEPLOYMENTS, true },
};

static void row_keeps_a_limit_that_is_of_use(void **state)
{
    const struct api *api = *state;
    struct read_rate rate = begun(api->deployments);
    int64_t now_ms = BEGIN;
    for (int i = 0; i < READ_RATE_IGNORED_MIN; i++) {
        play_interval(&rate, api, &now_ms);
        assert_true(read_rate_is_limited(&rate) || !api->is_limited);
    }
    assert_int_equal(read_rate_is_limited(&rate), api->is_limited);
}

static void refusals_that_follow_one_another_are_a_sign_again(void **state)
{
    (void)state;
    static const struct api share = { "", 50, 0, false, DEPLOYMENTS, false };
    static const struct api limit = { "", 0, 60, false, DEPLOYMENTS, true };
    struct read_rate rate = begun(DEPLOYMENTS);
    int64_t now_ms = BEGIN;
    for (int i = 0; i < READ_RATE_IGNORED_MIN / 2; i++)
        play_interval(&rate, &share, &now_ms);
    assert_false(read_rate_is_limited(&rate));
    play_interval(&rate, &limit, &now_ms);
    play_interval(&rate, &limit, &now_ms);
    assert_true(read_rate_is_limited(&rate));
}

/* How long refusals are no sign. */
static int ignored_intervals(struct read_rate *rate, const struct api *api, int64_t *now_ms)
{
    int count = 0;
    while (read_rate_is_limited(rate))
        play_interval(rate, api, now_ms);
    for (; !read_rate_is_limited(rate); count++)
        play_interval(rate, api, now_ms);
    return count - 1;
}

static void a_share_that_stays_is_ignored_for_longer(void **state)
{
    (void)state;
    static const struct api share = { "", 50, 0, false, DEPLOYMENTS, false };
    struct read_rate rate = begun(DEPLOYMENTS);
    int64_t now_ms = BEGIN;
    play_interval(&rate, &share, &now_ms);
    for (int most = READ_RATE_IGNORED_MIN; most < READ_RATE_IGNORED_MAX; most *= 2)
        assert_int_equal(ignored_intervals(&rate, &share, &now_ms), most);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ignored_intervals(&rate, &share, &now_ms), READ_RATE_IGNORED_MAX);
}

/* A pause that would not leave time for reads. */
static void an_interval_is_paused_for_half_of_it_at_most(void **state)
{
    (void)state;
    struct read_rate rate = begun(DEPLOYMENTS);
    for (int i = 0; i < 20; i++)
        refuse(&rate, 1, BEGIN + i);
    assert_int_equal(rate.paused_ms, INTERVAL / 2);
    assert_true(read_rate_due(&rate).ms < BEGIN + INTERVAL);
}

int main(void)
{
    struct CMUnitTest signs[COUNT_OF(sign_rows)];
    struct CMUnitTest pauses[COUNT_OF(pause_rows)];
    struct CMUnitTest apis[COUNT_OF(api_rows)];
    TESTS_FROM_ROWS(apis, api_rows, row_keeps_a_limit_that_is_of_use);
    TESTS_FROM_ROWS(signs, sign_rows, row_is_a_sign);
    TESTS_FROM_ROWS(pauses, pause_rows, row_pauses);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_refusals_there_is_no_limit),
        cmocka_unit_test(a_limit_begins_with_all_deployments_in_an_interval),
        cmocka_unit_test(refusals_lower_the_limit_and_their_absence_raises_it),
        cmocka_unit_test(requests_of_before_the_sign_say_nothing),
        cmocka_unit_test(reads_are_spaced),
        cmocka_unit_test(a_limit_far_above_the_fleet_ends),
        cmocka_unit_test(small_fleets_are_spaced_only),
        cmocka_unit_test(the_interval_has_bounds),
        cmocka_unit_test(refusals_that_follow_one_another_are_a_sign_again),
        cmocka_unit_test(a_share_that_stays_is_ignored_for_longer),
        cmocka_unit_test(an_interval_is_paused_for_half_of_it_at_most),
    };
    int failed = cmocka_run_group_tests_name("read_rate: signs", signs, NULL, NULL);
    failed += cmocka_run_group_tests_name("read_rate: pauses", pauses, NULL, NULL);
    failed += cmocka_run_group_tests_name("read_rate: limits and shares", apis, NULL, NULL);
    failed += cmocka_run_group_tests_name("read_rate", tests, NULL, NULL);
    return failed;
}
