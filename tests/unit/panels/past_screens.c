/*
 * The past as operators see it, in a replay and beside a running engine: reviewed screens, and what its keys ask for.
 */
#include "tui/console/console_state.h"

#include "tests/support/console_steps.h"
#include "tests/support/past_steps.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define LOOKS_MAX 16

static struct look_request looks[LOOKS_MAX];
static size_t look_count;
static bool is_refused;

static int take_look(void *context, const struct command *command,
                     char ret_sentence[COMMAND_TEXT_SIZE])
{
    (void)context;
    if (is_refused) {
        snprintf(ret_sentence, COMMAND_TEXT_SIZE, "there is no recording");
        return -1;
    }
    if (command->kind == COMMAND_FOCUS)
        return 0;
    assert_int_equal(command->kind, COMMAND_LOOK);
    assert_true(look_count < LOOKS_MAX);
    looks[look_count++] = command->look;
    return 0;
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

/* As its caller does after the first key of the past. */
static void enter(struct console_fixture *fixture)
{
    struct snapshot_past past = past_steps_of(0);
    fixture->console->port.look = take_look;
    steps_show(fixture);
    console_fixture_type(fixture, "[");
    past_steps_show(fixture, &past);
}

static void begin_replay(struct console_fixture *fixture, int32_t speed_millis)
{
    struct snapshot_past past = past_steps_of(speed_millis);
    fixture->console->port.look = take_look;
    fixture->console->config.is_replay = true;
    fixture->console->past.is_asked = true;
    steps_fill(fixture);
    past_steps_show(fixture, &past);
}

/* --- screens ----------------------------------------------------------------------------------------------------- */

static void replay(struct console_fixture *fixture)
{
    begin_replay(fixture, 0);
}

static void replay_playing(struct console_fixture *fixture)
{
    begin_replay(fixture, 60000);
}

static void replay_explained(struct console_fixture *fixture)
{
    struct snapshot_detail detail;
    begin_replay(fixture, 0);
    steps_go_to(fixture, CHESS);
    console_fixture_press(fixture, KEYPRESS_ENTER);
    snapshots_example_detail(fixture->maker, CHESS, &detail);
    snapshots_set_detail(fixture->maker, &detail);
    console_fixture_take(fixture);
}

static void replay_time(struct console_fixture *fixture)
{
    begin_replay(fixture, 0);
    console_fixture_type(fixture, "b03:12");
}

static void replay_bad_time(struct console_fixture *fixture)
{
    begin_replay(fixture, 0);
    console_fixture_type(fixture, "bnoon");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void replay_refuses(struct console_fixture *fixture)
{
    begin_replay(fixture, 0);
    console_fixture_type(fixture, "p");
}

static void replay_difference(struct console_fixture *fixture)
{
    begin_replay(fixture, 0);
    console_fixture_type(fixture, "mM");
    past_steps_compare(fixture);
}

static void past_list(struct console_fixture *fixture)
{
    enter(fixture);
}

static void past_help(struct console_fixture *fixture)
{
    enter(fixture);
    console_fixture_type(fixture, ":help time");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static const struct screen_row screens[] = {
    /* clang-format off */
    { "replay",             80, 24, true,  replay },
    { "replay_120x40",     120, 40, true,  replay },
    { "replay_ascii",       80, 24, false, replay },
    { "replay_40x12",       40, 12, true,  replay },
    { "replay_playing",     80, 24, true,  replay_playing },
    { "replay_explained",   80, 24, true,  replay_explained },
    { "replay_time",        80, 24, true,  replay_time },
    { "replay_bad_time",    80, 24, true,  replay_bad_time },
    { "replay_refuses",     80, 24, true,  replay_refuses },
    { "replay_difference",  80, 24, true,  replay_difference },
    { "replay_difference_120x40", 120, 40, true, replay_difference },
    { "past",               80, 24, true,  past_list },
    { "past_120x40",       120, 40, true,  past_list },
    { "past_help",          80, 24, true,  past_help },
    /* clang-format on */
};

/* --- what is asked ----------------------------------------------------------------------------------------------- */

static struct console_fixture fixture;

static int set_up(void **state)
{
    *state = &fixture;
    look_count = 0;
    is_refused = false;
    steps_init(&fixture, 80, 24, false);
    return 0;
}

static int tear_down(void **state)
{
    console_fixture_fini(*state);
    return 0;
}

static void assert_look(size_t index, enum look_kind kind, int32_t number, struct wall at)
{
    assert_true(index < look_count);
    assert_int_equal(looks[index].kind, kind);
    assert_int_equal(kind == LOOK_PLAY ? looks[index].speed_millis : looks[index].steps, number);
    assert_int_equal(looks[index].at.ms, at.ms);
}

static void steps_ask_for_passes(void **state)
{
    begin_replay(*state, 0);
    console_fixture_type(*state, "[]");
    assert_look(0, LOOK_STEP, -1, (struct wall){ 0 });
    assert_look(1, LOOK_STEP, 1, (struct wall){ 0 });
}

static const struct time_row {
    const char *name;
    const char *typed;
    int64_t ms; /* before the end of the recording */
} time_rows[] = {
    { "a time of day", "14:00", 3 * MINUTE_MS + 33104 },
    { "a time of the day before", "23:00", 15 * 60 * MINUTE_MS + 3 * MINUTE_MS + 33104 },
    { "a date", "2026-01-02 13:03:33", 60 * MINUTE_MS + 104 },
    { "before what is shown", "-10m", 20 * MINUTE_MS },
    { "after what is shown", "+5m", 5 * MINUTE_MS },
};

static void a_time_is_asked_for(void **state)
{
    const struct time_row *row = *state;
    void *own = NULL;
    set_up(&own);
    begin_replay(&fixture, 0);
    console_fixture_type(&fixture, "b");
    console_fixture_type(&fixture, row->typed);
    console_fixture_press(&fixture, KEYPRESS_ENTER);
    assert_look(0, LOOK_AT, 0, (struct wall){ SNAPSHOTS_AT.ms - row->ms });
    tear_down(&own);
}

static void speeds_go_in_steps(void **state)
{
    static const int32_t speeds[] = { 2000, 5000, 10000, 20000 };
    begin_replay(*state, 0);
    console_fixture_type(*state, "}}}}");
    for (size_t i = 0; i < COUNT_OF(speeds); i++)
        assert_look(i, LOOK_PLAY, speeds[i], (struct wall){ 0 });
    console_fixture_type(*state, "{");
    assert_look(4, LOOK_PLAY, 10000, (struct wall){ 0 });
    console_fixture_type(*state, ":speed 0.25");
    console_fixture_press(*state, KEYPRESS_ENTER);
    assert_look(5, LOOK_PLAY, 250, (struct wall){ 0 });
    console_fixture_type(*state, " ");
    assert_look(6, LOOK_PLAY, 250, (struct wall){ 0 });
}

static void the_key_that_plays_stops_too(void **state)
{
    begin_replay(*state, 60000);
    console_fixture_type(*state, " ");
    assert_look(0, LOOK_PLAY, 0, (struct wall){ 0 });
}

static void a_marked_moment_is_compared(void **state)
{
    begin_replay(*state, 0);
    console_fixture_type(*state, "mM");
    assert_look(0, LOOK_COMPARE, 0, PAST_AT);
}

/* No key that acts has any effect; the command of the engine would fail the test. */
static void nothing_is_sent_from_the_past(void **state)
{
    struct console_fixture *own = *state;
    enter(own);
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        if (keys_row((enum act)act)->group != KEYS_ACT)
            continue;
        console_fixture_press(own, keys_keypress(keys_row((enum act)act), 0));
        assert_int_equal(own->console->dialog.kind, DIALOG_NONE);
        assert_non_null(strstr(own->console->message, "this is the past"));
    }
    console_fixture_type(own, "a");
    assert_non_null(strstr(own->console->message, "this is the past"));
}

/* The engine's snapshots wait, with their log, and are there when now comes back. */
static void the_engine_goes_on_behind_the_past(void **state)
{
    struct console_fixture *own = *state;
    enter(own);
    uint64_t end = logbook_end(own->console->aside.logbook);
    snapshots_set_past(own->maker, NULL);
    *snapshots_at(own->maker) = (struct wall){ SNAPSHOTS_AT.ms + SECOND_MS };
    snapshots_line(own->maker, LEVEL_INFO, EVENT_SCALED, NULL, "scaled deployment=x delta=+1");
    console_fixture_take(own);
    assert_true(console_is_past(own->console));
    assert_int_equal(logbook_end(own->console->aside.logbook), end + 1);
    console_fixture_type(own, "B");
    assert_false(console_is_past(own->console));
    assert_false(console_wants_past(own->console));
    assert_int_equal(own->console->shown->at.ms, SNAPSHOTS_AT.ms + SECOND_MS);
    assert_int_equal(logbook_end(own->console->logbook), end + 1);
}

/* One that was asked for before. */
static void a_late_snapshot_of_the_past_is_not_shown(void **state)
{
    struct console_fixture *own = *state;
    struct snapshot_past past = past_steps_of(0);
    enter(own);
    console_fixture_type(own, "B");
    past_steps_show(own, &past);
    assert_false(console_is_past(own->console));
}

/* In the other source it has another slot. */
static void the_cursor_stays_on_its_deployment(void **state)
{
    struct console_fixture *own = *state;
    struct snapshot_past past = past_steps_of(0);
    own->console->port.look = take_look;
    steps_show(own);
    steps_go_to(own, CHESS);
    console_fixture_type(own, "[");
    snapshots_remove(own->maker, CHESS);
    snapshots_add(own->maker, "in-its-slot");
    uint32_t slot = snapshots_add(own->maker, "eu-west-chess-ranked");
    assert_int_not_equal(slot, CHESS);
    past_steps_show(own, &past);
    assert_string_equal(own->console->cursor.id, "eu-west-chess-ranked");
    assert_int_equal(own->console->cursor.slot, slot);
    assert_non_null(console_cursor_row(own->console));
}

static void why_it_cannot_be_shown_is_said(void **state)
{
    struct console_fixture *own = *state;
    is_refused = true;
    own->console->port.look = take_look;
    steps_show(own);
    console_fixture_type(own, "[");
    assert_non_null(strstr(own->console->message, "cannot be shown: there is no recording"));
    assert_false(console_wants_past(own->console));
}

static void a_replay_ends_without_a_question(void **state)
{
    struct console_fixture *own = *state;
    begin_replay(own, 0);
    console_fixture_type(own, "q");
    assert_int_equal(own->console->dialog.kind, DIALOG_NONE);
    assert_int_equal(console_take_wish(own->console), WISH_LEAVE);
}

static void a_difference_is_closed_with_escape(void **state)
{
    struct console_fixture *own = *state;
    replay_difference(own);
    assert_non_null(own->console->past.compared);
    console_fixture_type(own, "jjGg");
    console_fixture_press(own, KEYPRESS_ESC);
    assert_null(own->console->past.compared);
    assert_true(console_is_past(own->console));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest times[COUNT_OF(time_rows)];
    TESTS_FROM_ROWS(times, time_rows, a_time_is_asked_for);
    const struct CMUnitTest tests[] = {
        TEST(steps_ask_for_passes),
        TEST(speeds_go_in_steps),
        TEST(the_key_that_plays_stops_too),
        TEST(a_marked_moment_is_compared),
        TEST(nothing_is_sent_from_the_past),
        TEST(the_engine_goes_on_behind_the_past),
        TEST(a_late_snapshot_of_the_past_is_not_shown),
        TEST(the_cursor_stays_on_its_deployment),
        TEST(why_it_cannot_be_shown_is_said),
        TEST(a_replay_ends_without_a_question),
        TEST(a_difference_is_closed_with_escape),
    };
    int failed = screens_run("past screens", screens, COUNT_OF(screens));
    failed += cmocka_run_group_tests_name("times", times, NULL, NULL);
    return failed + cmocka_run_group_tests_name("past", tests, NULL, NULL);
}
