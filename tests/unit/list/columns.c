#include "tui/list/columns.h"

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"
#include "tui/draw/format.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_SWEEP 300
#define AT_MS INT64_C(1767362613104) /* 14:03:33 UTC */

/* --- which fit ------------------------------------------------------------------------------------------------- */

static const struct fit_row {
    const char *name;
    int columns;
    int skipped;
    const char *words; /* with the width where it is not that of columns.def */
} fit_rows[] = {
    /* clang-format off */
    { "one column has no room for anything", 1, 0, "" },
    { "five: the state and a little",  5, 0, "severity deployment:2" },
    { "20",   20, 0, "severity deployment:10 delta" },
    { "40",   40, 0, "severity deployment:23 free_pct delta" },
    { "60",   60, 0, "severity deployment:23 hosts free_pct delta reason" },
    { "80",   80, 0, "severity:13 deployment:20 hosts free_pct margin delta reason" },
    { "79",   79, 0, "severity deployment:24 hosts free_pct margin delta reason:20" },
    { "120", 120, 0, "severity:13 deployment:21 hosts pending want free free_pct margin target delta reason trend" },
    { "160", 160, 0, "severity:13 deployment:24 hosts pending want total free free_pct margin target delta reason "
                     "trend last age read" },
    { "200", 200, 0, "severity:13 deployment:24 hosts:8 pending want per_host total busy free free_pct margin target "
                     "raw delta reason:21 trend since last age read" },
    { "80, scrolled by six",   80,   6, "severity deployment:27 busy free free_pct margin target raw delta" },
    { "20, scrolled to a wide one", 20, 14, "severity trend" },
    { "80, scrolled too far",   80, 999, "severity deployment:40 policy" },
    /* clang-format on */
};

static void add_place(struct text *text, const struct column_place *place)
{
    const struct column_row *row = columns_row(place->column);
    text_addf(text, "%s%s", text->length > 0 ? " " : "", row->word);
    if (place->width != row->width)
        text_addf(text, ":%d", place->width);
}

static void row_fits(void **state)
{
    const struct fit_row *row = *state;
    struct column_layout layout;
    columns_fit_sideways(row->columns, row->skipped, false, &layout);
    char words[512];
    struct text text;
    text_init(&text, words, sizeof words);
    for (int i = 0; i < layout.count; i++)
        add_place(&text, &layout.places[i]);
    assert_string_equal(words, row->words);
}

static void places_are_inside_and_apart(void **state)
{
    (void)state;
    for (int columns = 1; columns <= COLUMNS_SWEEP; columns++) {
        for (int skipped = 0; skipped <= COLUMN_COUNT; skipped++) {
            struct column_layout layout;
            columns_fit_sideways(columns, skipped, false, &layout);
            int free_from = 1; /* the cursor's mark is before it */
            for (int i = 0; i < layout.count; i++) {
                const struct column_place *place = &layout.places[i];
                assert_true(place->width > 0);
                assert_true(place->at >= free_from);
                assert_true(place->at + place->width <= columns);
                assert_true(i == 0 || place->column > layout.places[i - 1].column);
                free_from = place->at + place->width + 1;
            }
        }
    }
}

static bool has(const struct column_layout *layout, enum column column)
{
    for (int i = 0; i < layout->count; i++) {
        if (layout->places[i].column == column)
            return true;
    }
    return false;
}

static void a_wider_terminal_shows_what_a_narrower_one_does(void **state)
{
    (void)state;
    for (int i = 2; i < 2 * COLUMNS_SWEEP; i++) {
        struct column_layout narrow;
        struct column_layout wide;
        int columns = i / 2;
        bool is_attention = i % 2 == 0;
        columns_fit(columns, is_attention, &narrow);
        columns_fit(columns + 1, is_attention, &wide);
        for (int place = 0; place < narrow.count; place++)
            assert_true(has(&wide, narrow.places[place].column));
    }
}

static void every_column_can_be_scrolled_to(void **state)
{
    (void)state;
    for (int columns = 20; columns <= COLUMNS_SWEEP; columns++) {
        bool was_seen[COLUMN_COUNT] = { false };
        int skipped_max = columns_skipped_max(columns, false);
        for (int skipped = 0; skipped <= skipped_max; skipped++) {
            struct column_layout layout;
            columns_fit_sideways(columns, skipped, false, &layout);
            for (int i = 0; i < layout.count; i++)
                was_seen[layout.places[i].column] = true;
            if (skipped == skipped_max)
                assert_true(has(&layout, (enum column)(COLUMN_COUNT - 1)));
        }
        for (int i = 0; i < COLUMN_COUNT; i++)
            assert_true(was_seen[i]);
    }
}

static void words_are_found_and_others_are_not(void **state)
{
    (void)state;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        enum column column = COLUMN_STATE;
        assert_true(columns_parse(columns_row((enum column)i)->word, &column));
        assert_int_equal(column, i);
    }
    enum column column = COLUMN_FREE;
    assert_false(columns_parse("", &column));
    assert_false(columns_parse("fre", &column));
    assert_false(columns_parse("FREE", &column));
    assert_int_equal(column, COLUMN_FREE);
}

static void titles_fit_their_columns(void **state)
{
    (void)state;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const struct column_row *row = columns_row((enum column)i);
        assert_true((int)strlen(row->title) <= row->width);
    }
}

/* --- what stands in them --------------------------------------------------------------------------------------- */

static const struct snapshot_name arena = { "eu-west-arena-ranked", "eu-west-arena-ranked",
                                            "eu-west-arena-ranked" };

/* On target but for what a row of the table says. */
struct change {
    int32_t hosts, total, free, pending, desired, raw, delta, wanted, last;
    enum state state;
    enum action action;
    enum reason reason;
    enum action last_action;
};

#define GOOD 10, 100, 15, 0, 10, 0, 0, 0, 0
#define WITH_DELTAS(raw, delta, wanted) 10, 100, 15, 0, 10, raw, delta, wanted, 0
#define WITH_LAST(last) 10, 100, 15, 0, 10, 0, 0, 0, last
#define ON_TARGET STATE_ON_TARGET, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE

static const struct text_row {
    const char *name;
    enum column column;
    int width;
    const char *text;
    enum role role;
    struct change change;
} text_rows[] = {
    /* clang-format off */
    { "the glyph of the state", COLUMN_STATE, 1, "=", ROLE_HELD,
        { GOOD, STATE_HELD, ACTION_HELD, REASON_COOLDOWN_UP, ACTION_NONE } },
    { "the glyph of a starved one", COLUMN_STATE, 1, "*", ROLE_FAILED,
        { 10, 100, 0, 0, 10, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "starved when it was last read", COLUMN_STATE, 13, "* starved?", ROLE_FAILED,
        { 10, 100, 0, 0, 10, 0, 0, 0, 0, STATE_STARVED, ACTION_FAILED, REASON_READ_FAILED, ACTION_NONE } },
    { "starved, its growth refused", COLUMN_STATE, 13, "* starved", ROLE_FAILED,
        { 10, 100, 0, 0, 10, 0, 3, 3, 3, STATE_STARVED, ACTION_FAILED, REASON_SCALE_REFUSED, ACTION_NONE } },
    { "a starved one has its free share", COLUMN_FREE_PCT, 5, "0.0", ROLE_FAILED,
        { 10, 100, 0, 0, 10, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "a starved one waits for its hosts", COLUMN_REASON, 13, "+4 pending", ROLE_FAILED,
        { 10, 100, 0, 4, 14, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "a starved one waits for many", COLUMN_REASON, 13, "+12k pending", ROLE_FAILED,
        { 10, 100, 0, 12345, 14, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "a starved one without pending hosts", COLUMN_REASON, 13, "on_target", ROLE_FAILED,
        { 10, 100, 0, 0, 10, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "a name that fits", COLUMN_DEPLOYMENT, 20, "eu-west-arena-ranked", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "a name that does not", COLUMN_DEPLOYMENT, 11, "eu-we~anked", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "gone: all of it is dim", COLUMN_DEPLOYMENT, 20, "eu-west-arena-ranked", ROLE_DIM,
        { GOOD, STATE_GONE, ACTION_HELD, REASON_GONE, ACTION_NONE } },
    { "hosts", COLUMN_HOSTS, 5, "10", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "unknown hosts", COLUMN_HOSTS, 5, "-", ROLE_UNREAD,
        { -1, -1, -1, 0, -1, 0, 0, 0, 0, STATE_UNREAD, ACTION_NONE, REASON_NONE, ACTION_NONE } },
    { "more hosts than digits", COLUMN_HOSTS, 5, "1234k", ROLE_NORMAL,
        { 1234567, 12345670, 2345670, 0, 1234567, 0, 0, 0, 0, ON_TARGET } },
    { "hosts that do not all serve", COLUMN_HOSTS, 5, "27/43", ROLE_NORMAL,
        { 43, 270, 50, 0, 34, 0, 0, 0, 0, ON_TARGET } },
    { "the last one has a part of its servers", COLUMN_HOSTS, 5, "10", ROLE_NORMAL,
        { 10, 91, 15, 0, 10, 0, 0, 0, 0, ON_TARGET } },
    { "no host serves", COLUMN_HOSTS, 5, "0/43", ROLE_NORMAL,
        { 43, 0, 0, 0, 34, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "more of them", COLUMN_HOSTS, 7, "270/430", ROLE_NORMAL, { 430, 2700, 50, 0, 340, 0, 0, 0, 0, ON_TARGET } },
    { "no room for both numbers", COLUMN_HOSTS, 6, "<430", ROLE_NORMAL,
        { 430, 2700, 50, 0, 340, 0, 0, 0, 0, ON_TARGET } },
    { "nor for all digits", COLUMN_HOSTS, 5, "<43k", ROLE_NORMAL,
        { 43000, 2700, 50, 0, 340, 0, 0, 0, 0, ON_TARGET } },
    { "nothing pending is quiet", COLUMN_PENDING, 4, "", ROLE_PENDING, { GOOD, ON_TARGET } },
    { "pending", COLUMN_PENDING, 4, "+3", ROLE_PENDING, { 10, 100, 15, 3, 13, 0, 0, 0, 0, ON_TARGET } },
    { "leaving", COLUMN_PENDING, 4, "-999", ROLE_PENDING, { 10, 100, 15, -999, 1, 0, 0, 0, 0, ON_TARGET } },
    { "much pending", COLUMN_PENDING, 4, "+12k", ROLE_PENDING,
        { 10, 100, 15, 12345, 13, 0, 0, 0, 0, ON_TARGET } },
    { "wanted", COLUMN_WANT, 5, "10", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "servers per host", COLUMN_PER_HOST, 5, "10", ROLE_DIM, { GOOD, ON_TARGET } },
    { "servers", COLUMN_TOTAL, 6, "100", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "busy", COLUMN_BUSY, 6, "85", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "busy is unknown when more are free than there are", COLUMN_BUSY, 6, "-", ROLE_NORMAL,
        { 10, 80, 96, 0, 10, 0, 0, 0, 0, STATE_HELD, ACTION_HELD, REASON_FREE_ABOVE_TOTAL, ACTION_NONE } },
    { "free", COLUMN_FREE, 5, "15", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "share on target", COLUMN_FREE_PCT, 5, "15.0", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "half of the target", COLUMN_FREE_PCT, 5, "7.5", ROLE_WARN,
        { 10, 200, 15, 0, 11, 0, 0, 0, 0, ON_TARGET } },
    { "less than half of the target", COLUMN_FREE_PCT, 5, "7.0", ROLE_FAILED,
        { 10, 200, 14, 0, 11, 0, 0, 0, 0, ON_TARGET } },
    { "twice the target", COLUMN_FREE_PCT, 5, "30.0", ROLE_NORMAL, { 10, 100, 30, 0, 10, 0, 0, 0, 0, ON_TARGET } },
    { "more than twice the target", COLUMN_FREE_PCT, 5, "31.0", ROLE_UP,
        { 10, 100, 31, 0, 10, 0, 0, 0, 0, ON_TARGET } },
    { "the state with its word", COLUMN_STATE, 13, "~ unconfirmed", ROLE_UNCONFIRMED,
        { WITH_LAST(30), STATE_UNCONFIRMED, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, ACTION_UNCONFIRMED } },
    { "without room for every word, the glyph", COLUMN_STATE, 12, ".", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "share below target", COLUMN_FREE_PCT, 5, "14.0", ROLE_WARN,
        { 10, 100, 14, 0, 11, 0, 0, 0, 0, ON_TARGET } },
    { "an old share below target", COLUMN_FREE_PCT, 5, "14.0", ROLE_UNREAD,
        { 10, 100, 14, 0, 11, 0, 0, 0, 0, STATE_UNREAD, ACTION_NONE, REASON_READ_TIMEOUT, ACTION_NONE } },
    { "all free", COLUMN_FREE_PCT, 5, "100.0", ROLE_UP, { 10, 100, 100, 0, 1, 0, 0, 0, 0, ON_TARGET } },
    { "share of nothing", COLUMN_FREE_PCT, 5, "-", ROLE_NORMAL, { 0, 0, 0, 0, 0, 0, 0, 0, 0, ON_TARGET } },
    { "share that cannot be", COLUMN_FREE_PCT, 5, "-", ROLE_NORMAL,
        { 10, 80, 96, 0, 10, 0, 0, 0, 0, STATE_HELD, ACTION_HELD, REASON_FREE_ABOVE_TOTAL, ACTION_NONE } },
    { "target", COLUMN_TARGET, 4, "15", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "nothing asked", COLUMN_DELTA, 6, "+0", ROLE_DIM, { GOOD, ON_TARGET } },
    { "asked for", COLUMN_DELTA, 6, "+30", ROLE_UP,
        { WITH_DELTAS(40, 30, 30), STATE_UP, ACTION_SCALED, REASON_MAX_STEP_UP, ACTION_SCALED } },
    { "removed", COLUMN_DELTA, 6, "-16", ROLE_DOWN,
        { WITH_DELTAS(-33, -16, -16), STATE_DOWN, ACTION_SCALED, REASON_MAX_STEP_DOWN, ACTION_SCALED } },
    { "held", COLUMN_DELTA, 6, "+0", ROLE_DIM,
        { WITH_DELTAS(7, 0, 0), STATE_HELD, ACTION_HELD, REASON_COOLDOWN_UP, ACTION_NONE } },
    { "kept back by a pause", COLUMN_DELTA, 6, "(+4)", ROLE_UP,
        { WITH_DELTAS(4, 0, 4), STATE_PAUSED, ACTION_HELD, REASON_PAUSED, ACTION_NONE } },
    { "kept back by a dry-run", COLUMN_DELTA, 6, "(-3)", ROLE_DOWN,
        { WITH_DELTAS(-3, -3, -3), STATE_DOWN, ACTION_DRY_RUN, REASON_DRY_RUN, ACTION_NONE } },
    { "kept back, and much", COLUMN_DELTA, 6, "(+12k)", ROLE_UP,
        { WITH_DELTAS(12345, 0, 12345), STATE_PAUSED, ACTION_HELD, REASON_PAUSED, ACTION_NONE } },
    { "not read: not decided", COLUMN_DELTA, 6, "?", ROLE_UNREAD,
        { GOOD, STATE_UNREAD, ACTION_FAILED, REASON_READ_TIMEOUT, ACTION_NONE } },
    { "unread: an old decision has no number", COLUMN_DELTA, 6, "?", ROLE_UNREAD,
        { WITH_DELTAS(3, 3, 3), STATE_UNREAD, ACTION_NONE, REASON_BELOW_TARGET, ACTION_NONE } },
    { "unread: nor had it a raw one", COLUMN_RAW, 6, "?", ROLE_UNREAD,
        { WITH_DELTAS(3, 3, 3), STATE_UNREAD, ACTION_NONE, REASON_BELOW_TARGET, ACTION_NONE } },
    { "not decided yet", COLUMN_DELTA, 6, "?", ROLE_UNREAD,
        { GOOD, STATE_UNREAD, ACTION_NONE, REASON_NONE, ACTION_NONE } },
    { "refused: this is what was asked", COLUMN_DELTA, 6, "+2", ROLE_UP,
        { WITH_DELTAS(2, 2, 2), STATE_FAILED, ACTION_FAILED, REASON_SCALE_REFUSED, ACTION_FAILED } },
    { "bad data has no raw number", COLUMN_RAW, 6, "-", ROLE_UNREAD,
        { GOOD, STATE_HELD, ACTION_HELD, REASON_BAD_STATUS, ACTION_NONE } },
    { "raw", COLUMN_RAW, 6, "+7", ROLE_UP,
        { WITH_DELTAS(7, 0, 0), STATE_HELD, ACTION_HELD, REASON_COOLDOWN_UP, ACTION_NONE } },
    { "the rule that held it", COLUMN_REASON, 13, "cooldown_up", ROLE_HELD,
        { GOOD, STATE_HELD, ACTION_HELD, REASON_COOLDOWN_UP, ACTION_NONE } },
    { "a long one has a short name", COLUMN_REASON, 13, "down_window", ROLE_PENDING,
        { GOOD, STATE_WAITING, ACTION_HELD, REASON_SCALE_DOWN_WINDOW, ACTION_NONE } },
    { "on target is quiet", COLUMN_REASON, 13, "on_target", ROLE_DIM, { GOOD, ON_TARGET } },
    { "starved on target is not", COLUMN_REASON, 13, "on_target", ROLE_FAILED,
        { 10, 100, 0, 0, 10, 0, 0, 0, 0, STATE_STARVED, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "no reason yet", COLUMN_REASON, 13, "unread", ROLE_UNREAD,
        { GOOD, STATE_UNREAD, ACTION_NONE, REASON_NONE, ACTION_NONE } },
    { "unread for long: the old reason is no news", COLUMN_REASON, 13, "unread", ROLE_UNREAD,
        { GOOD, STATE_UNREAD, ACTION_NONE, REASON_ON_TARGET, ACTION_NONE } },
    { "why it is unread", COLUMN_REASON, 13, "read_timeout", ROLE_UNREAD,
        { GOOD, STATE_UNREAD, ACTION_FAILED, REASON_READ_TIMEOUT, ACTION_NONE } },
    { "no scale yet", COLUMN_LAST, 15, "-", ROLE_DIM, { GOOD, ON_TARGET } },
    { "a scale in flight", COLUMN_LAST, 15, "+30 sent", ROLE_NORMAL, { WITH_LAST(30), ON_TARGET } },
    { "a scale that failed", COLUMN_LAST, 15, "+2 failed", ROLE_FAILED,
        { WITH_LAST(2), STATE_FAILED, ACTION_FAILED, REASON_SCALE_REFUSED, ACTION_FAILED } },
    { "a scale whose answer was lost", COLUMN_LAST, 15, "+30 unconfirmed", ROLE_UNCONFIRMED,
        { WITH_LAST(30), STATE_UNCONFIRMED, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, ACTION_UNCONFIRMED } },
    { "age", COLUMN_AGE, 4, "18s", ROLE_DIM, { WITH_LAST(30), ON_TARGET } },
    { "no age without a scale", COLUMN_AGE, 4, "-", ROLE_DIM, { GOOD, ON_TARGET } },
    { "when it was read", COLUMN_READ, 8, "14:03:15", ROLE_NORMAL, { GOOD, ON_TARGET } },
    { "the share against its target", COLUMN_BAR, 13, "[###|.......]", ROLE_WARN,
        { 10, 100, 14, 0, 11, 0, 0, 0, 0, ON_TARGET } },
    /* clang-format on */
};

static const struct later_row {
    const char *name;
    int width;
    const char *text;
    enum state state;
    enum reason reason;
    enum reason later[SNAPSHOT_LATER_REASONS_MAX];
} later_rows[] = {
    /* clang-format off */
    { "behind the first one", 22, "max_hosts, cooldown_up",
        STATE_HELD, REASON_MAX_HOSTS, { REASON_COOLDOWN_UP } },
    { "a number, without room for it", 21, "max_hosts+1",
        STATE_HELD, REASON_MAX_HOSTS, { REASON_COOLDOWN_UP } },
    { "the number of two", 21, "max_hosts+2",
        STATE_HELD, REASON_MAX_HOSTS, { REASON_MAX_STEP_UP, REASON_COOLDOWN_UP } },
    { "just room for the number", 13, "cooldown_up+1",
        STATE_HELD, REASON_COOLDOWN_UP, { REASON_UNCONFIRMED } },
    { "all short names", 20, "list_shrank, surplus",
        STATE_WAITING, REASON_DISCOVERY_SHRANK, { REASON_SURPLUS } },
    { "the short name and the number", 13, "down_window+1",
        STATE_WAITING, REASON_SCALE_DOWN_WINDOW, { REASON_COOLDOWN_DOWN } },
    { "the first one needs all the room", 13, "cooldown_down",
        STATE_WAITING, REASON_COOLDOWN_DOWN, { REASON_SURPLUS } },
    { "starved, the same", 22, "max_hosts, cooldown_up",
        STATE_STARVED, REASON_MAX_HOSTS, { REASON_COOLDOWN_UP } },
    { "unread: later ones are old, too", 21, "unread",
        STATE_UNREAD, REASON_PENDING_HOSTS, { REASON_ORDER_BACKOFF } },
    /* clang-format on */
};

static void later_reasons_are_shown(void **state)
{
    const struct later_row *wanted = *state;
    struct column_context context = { .now = { AT_MS }, .is_ascii = true };
    char text[COLUMN_TEXT_SIZE];
    struct snapshot_row row = { .name = &arena,
                                .state = (uint8_t)wanted->state,
                                .reason = (uint8_t)wanted->reason };
    for (size_t i = 0; i < SNAPSHOT_LATER_REASONS_MAX; i++)
        row.later_reasons[i] = (uint8_t)wanted->later[i];
    columns_text(COLUMN_REASON, &row, wanted->width, &context, text);
    assert_string_equal(text, wanted->text);
}

static const struct pause_row {
    const char *name;
    int width;
    int64_t for_ms; /* 0: without an end */
    bool is_all_paused;
    enum reason reason;
    enum reason later;
    const char *text;
} pause_rows[] = {
    /* clang-format off */
    { "without an end", 20, 0, false, REASON_PAUSED, REASON_NONE, "paused" },
    { "with an end", 18, 1800000, false, REASON_PAUSED, REASON_NONE, "paused until 14:33" },
    { "in the usual width", 13, 1800000, false, REASON_PAUSED, REASON_NONE, "paused 14:33" },
    { "without room for the end", 11, 1800000, false, REASON_PAUSED, REASON_NONE, "paused" },
    { "another day", 24, 4 * 86400000, false, REASON_PAUSED, REASON_NONE, "paused until 01-06 14:03" },
    { "another day, in the usual width", 13, 4 * 86400000, false, REASON_PAUSED, REASON_NONE, "paused 01-06" },
    { "just within a day", 13, 86400000 - 1, false, REASON_PAUSED, REASON_NONE, "paused 14:03" },
    { "all are paused", 20, 1800000, true, REASON_PAUSED, REASON_NONE, "paused" },
    { "with another reason", 29, 1800000, false, REASON_PAUSED, REASON_MAX_HOSTS, "paused until 14:33, max_hosts" },
    { "with another reason, in less", 23, 1800000, false, REASON_PAUSED, REASON_MAX_HOSTS, "paused 14:33, max_hosts" },
    { "with another reason, alone", 14, 1800000, false, REASON_PAUSED, REASON_MAX_HOSTS, "paused 14:33+1" },
    { "nothing to hold", 18, 1800000, false, REASON_ON_TARGET, REASON_NONE, "paused until 14:33" },
    { "nothing to hold, without an end", 18, 0, false, REASON_ON_TARGET, REASON_NONE, "on_target" },
    { "behind a limit", 29, 1800000, false, REASON_MAX_HOSTS, REASON_NONE, "paused until 14:33, max_hosts" },
    { "after a fault", 33, 1800000, false, REASON_BAD_STATUS, REASON_NONE, "bad_status, paused until 14:33" },
    { "after a fault, in the usual width", 13, 1800000, false, REASON_BAD_STATUS, REASON_NONE, "bad_status+1" },
    /* clang-format on */
};

static void a_pause_has_its_end(void **state)
{
    const struct pause_row *wanted = *state;
    struct column_context context = { .now = { AT_MS },
                                      .is_ascii = true,
                                      .is_all_paused = wanted->is_all_paused };
    char text[COLUMN_TEXT_SIZE];
    struct snapshot_row row = { .name = &arena,
                                .state = STATE_PAUSED,
                                .reason = (uint8_t)wanted->reason,
                                .is_paused = true,
                                .later_reasons = { (uint8_t)wanted->later } };
    if (wanted->for_ms > 0)
        row.paused_until.ms = AT_MS + wanted->for_ms;
    columns_text(COLUMN_REASON, &row, wanted->width, &context, text);
    assert_string_equal(text, wanted->text);
}

static struct snapshot_row row_from(const struct change *change)
{
    return (struct snapshot_row){
        .name = &arena,
        .read_at = { AT_MS - 18000 },
        .acted_at = { AT_MS - 18000 },
        .servers_per_host = 10,
        .target_ppb = 150000000,
        .hosts = change->hosts,
        .total_servers = change->total,
        .free_servers = change->free,
        .pending_hosts = change->pending,
        .desired_hosts = change->desired,
        .raw_delta = change->raw,
        .delta = change->delta,
        .wanted_delta = change->wanted,
        .last_delta = change->last,
        .state = (uint8_t)change->state,
        .action = (uint8_t)change->action,
        .reason = (uint8_t)change->reason,
        .last_action = (uint8_t)change->last_action,
        .is_listed = true,
    };
}

static const struct column_context in_ascii = { .now = { AT_MS }, .is_ascii = true };

static void row_says(void **state)
{
    const struct text_row *wanted = *state;
    struct snapshot_row row = row_from(&wanted->change);
    char text[COLUMN_TEXT_SIZE];
    columns_text(wanted->column, &row, wanted->width, &in_ascii, text);
    assert_string_equal(text, wanted->text);
    assert_int_equal(columns_role(wanted->column, &row), wanted->role);
}

static const struct since_row {
    const char *name;
    struct attention_entry entry; /* since 0: none */
    const char *text;
} since_rows[] = {
    { "none", { .since = { 0 } }, "" },
    { "it goes on", { .since = { AT_MS } }, "14:03" },
    { "acknowledged", { .since = { AT_MS }, .is_acknowledged = true }, "(14:03)" },
    { "ended", { .since = { AT_MS - 3600000 }, .ended = { AT_MS } }, "ok 14:03" },
};

static void times_of_trouble(void **state)
{
    const struct since_row *row = *state;
    struct column_context context = in_ascii;
    char text[COLUMN_TEXT_SIZE];
    context.attention = row->entry.since.ms != 0 ? &row->entry : NULL;
    columns_text(COLUMN_SINCE, &(struct snapshot_row){ .name = &arena },
                 columns_row(COLUMN_SINCE)->width, &context, text);
    assert_string_equal(text, row->text);
}

/* Where the state shows no trouble, the reason is what the entry is about. */
static void flapping_is_a_reason(void **state)
{
    (void)state;
    const struct attention_entry entry = { .since = { AT_MS }, .is_flapping = true };
    struct column_context context = in_ascii;
    struct snapshot_row row = { .name = &arena, .state = STATE_UP, .reason = REASON_BELOW_TARGET };
    char text[COLUMN_TEXT_SIZE];
    context.attention = &entry;
    columns_text(COLUMN_REASON, &row, 13, &context, text);
    assert_string_equal(text, "flapping");
    row.state = STATE_STARVED;
    columns_text(COLUMN_REASON, &row, 13, &context, text);
    assert_string_equal(text, "below_target");
}

static int32_t any_count(struct random *random)
{
    static const int32_t counts[] = { -1, 0, 1, 9, 99, 12345, INT32_MAX, INT32_MIN };
    return counts[random_below(random, COUNT_OF(counts))];
}

static struct snapshot_row any_row(struct random *random)
{
    static const struct snapshot_name names[] = {
        { "a", "a", "a" },
        { "x", "a-name-that-is-much-longer-than-any-column-of-the-list-would-ever-be", "x" },
        { "x", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x82\xb5\xe3\x83\xbc\xe3\x83\x90", "x" },
        { "x",
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81",
          "x" },
    };
    struct snapshot_row row = {
        .name = &names[random_below(random, COUNT_OF(names))],
        .read_at = { (int64_t)random_below(random, 2) * AT_MS },
        .acted_at = { (int64_t)random_below(random, 2) * AT_MS },
        .servers_per_host = any_count(random),
        .target_ppb = (int32_t)random_below(random, 1000000000) - 1,
        .hosts = any_count(random),
        .total_servers = any_count(random),
        .free_servers = any_count(random),
        .pending_hosts = any_count(random),
        .desired_hosts = any_count(random),
        .raw_delta = any_count(random),
        .delta = any_count(random),
        .wanted_delta = any_count(random),
        .last_delta = any_count(random),
        .state = (uint8_t)random_below(random, STATE_COUNT),
        .action = (uint8_t)random_below(random, ACTION_COUNT),
        .reason = (uint8_t)random_below(random, REASON_COUNT),
        .last_action = (uint8_t)random_below(random, ACTION_COUNT),
    };
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH; i++)
        row.trend[i] = (uint8_t)random_below(random, 256);
    return row;
}

static void no_text_is_wider_than_its_column(void **state)
{
    (void)state;
    struct random random = { .state = 1 };
    for (int turn = 0; turn < 2000; turn++) {
        struct snapshot_row row = any_row(&random);
        const struct attention_entry entry = { .since = { AT_MS },
                                               .ended = { turn % 3 == 0 ? AT_MS : 0 },
                                               .is_flapping = turn % 5 == 0,
                                               .is_acknowledged = turn % 7 == 0 };
        struct column_context context = { { AT_MS },
                                          turn % 2 == 0,
                                          turn % 2 ? &entry : NULL,
                                          turn % 3 ? "eu-*-ranked-and-unranked" : NULL,
                                          turn % 11 == 0 };
        for (int i = 0; i < COLUMN_COUNT; i++) {
            int width = (int)random_below(&random, 42);
            char text[COLUMN_TEXT_SIZE];
            columns_text((enum column)i, &row, width, &context, text);
            assert_true(format_columns(text) <= width);
            assert_true(columns_role((enum column)i, &row) < ROLE_COUNT);
        }
    }
}

/* A number that a filter can compare is shown, and one that is shown can be compared. */
static void what_is_shown_is_what_is_compared(void **state)
{
    (void)state;
    struct random random = { .state = 2 };
    for (int turn = 0; turn < 2000; turn++) {
        struct snapshot_row row = any_row(&random);
        for (int i = 0; i < COLUMN_COUNT; i++) {
            const struct column_row *column = columns_row((enum column)i);
            char text[COLUMN_TEXT_SIZE];
            int64_t value;
            if (!column->filter || !column->metric || column->words ||
                column->align != COLUMN_RIGHT)
                continue; /* no number, or a picture */
            columns_text((enum column)i, &row, 40, &in_ascii, text);
            bool is_mark = strcmp(text, "-") == 0 || strcmp(text, "?") == 0;
            assert_int_equal(column->metric(&row, &value), !is_mark);
        }
    }
}

static void every_column_has_what_it_is_sorted_and_filtered_by(void **state)
{
    (void)state;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const struct column_row *column = columns_row((enum column)i);
        bool is_text = column->sort == COLUMN_BY_ID || column->sort == COLUMN_BY_POLICY;
        bool needs_metric = column->sort == COLUMN_BY_METRIC || column->sort == COLUMN_BY_SIZE ||
                            (column->filter && !column->words && !is_text);
        assert_true(column->text && column->role);
        assert_true(column->metric || !needs_metric);
        if (column->filter) {
            assert_ptr_equal(columns_find_filter(column->filter), column);
            assert_ptr_equal(columns_find_filter(column->word), column);
        }
        if (column->filter && column->title[0] != '\0')
            assert_ptr_equal(columns_find_filter(column->title), column);
        if (column->words)
            assert_in_range(column->words->count, 1, COLUMN_WORDS_MAX);
    }
    assert_null(columns_find_filter(""));
    assert_null(columns_find_filter("margi"));
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest fits[COUNT_OF(fit_rows)];
    struct CMUnitTest texts[COUNT_OF(text_rows)];
    struct CMUnitTest later[COUNT_OF(later_rows)];
    struct CMUnitTest pauses[COUNT_OF(pause_rows)];
    struct CMUnitTest since[COUNT_OF(since_rows)];
    TESTS_FROM_ROWS(fits, fit_rows, row_fits);
    TESTS_FROM_ROWS(texts, text_rows, row_says);
    TESTS_FROM_ROWS(later, later_rows, later_reasons_are_shown);
    TESTS_FROM_ROWS(pauses, pause_rows, a_pause_has_its_end);
    TESTS_FROM_ROWS(since, since_rows, times_of_trouble);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(flapping_is_a_reason),
        cmocka_unit_test(places_are_inside_and_apart),
        cmocka_unit_test(a_wider_terminal_shows_what_a_narrower_one_does),
        cmocka_unit_test(every_column_can_be_scrolled_to),
        cmocka_unit_test(words_are_found_and_others_are_not),
        cmocka_unit_test(titles_fit_their_columns),
        cmocka_unit_test(no_text_is_wider_than_its_column),
        cmocka_unit_test(what_is_shown_is_what_is_compared),
        cmocka_unit_test(every_column_has_what_it_is_sorted_and_filtered_by),
    };
    int failed = cmocka_run_group_tests_name("columns: fit", fits, NULL, NULL);
    failed += cmocka_run_group_tests_name("columns: texts", texts, NULL, NULL);
    failed += cmocka_run_group_tests_name("columns: later reasons", later, NULL, NULL);
    failed += cmocka_run_group_tests_name("columns: pauses", pauses, NULL, NULL);
    failed += cmocka_run_group_tests_name("columns: since", since, NULL, NULL);
    failed += cmocka_run_group_tests_name("columns: laws", laws, NULL, NULL);
    return failed;
}
