/*
 * The console of an engine that is another program, as operators see it: reviewed screens, and what it refuses.
 */
#include "tui/console/console_state.h"

#include "tests/support/console_steps.h"
#include "tests/support/test.h"

#include <locale.h>
#include <string.h>

static void show(struct console_fixture *fixture, bool may_act, struct wall lost_at)
{
    struct snapshot_remote remote = { .socket = "/run/autoscaler/control.sock",
                                      .lost_at = lost_at,
                                      .may_act = may_act };
    fixture->console->config.is_attached = true;
    snapshots_set_remote(fixture->maker, &remote);
    steps_show(fixture);
}

static void attached(struct console_fixture *fixture)
{
    show(fixture, true, (struct wall){ 0 });
}

static void look_only(struct console_fixture *fixture)
{
    show(fixture, false, (struct wall){ 0 });
    console_fixture_type(fixture, "P");
}

static void look_only_help(struct console_fixture *fixture)
{
    show(fixture, false, (struct wall){ 0 });
    console_fixture_type(fixture, "?");
}

static void lost(struct console_fixture *fixture)
{
    show(fixture, true, (struct wall){ SNAPSHOTS_AT.ms + SECOND_MS });
}

static void lost_refuses(struct console_fixture *fixture)
{
    lost(fixture);
    console_fixture_type(fixture, "r");
}

static const struct screen_row screens[] = {
    /* clang-format off */
    { "attached",              80, 24, true,  attached },
    { "attached_120x40",      120, 40, true,  attached },
    { "attached_look_only",    80, 24, true,  look_only },
    { "attached_look_only_help", 80, 24, false, look_only_help },
    { "attached_lost",         80, 24, true,  lost },
    { "attached_lost_120x40", 120, 40, true,  lost },
    { "attached_lost_40x12",   40, 12, false, lost },
    { "attached_lost_refuses", 80, 24, true,  lost_refuses },
    /* clang-format on */
};

static const struct screen_row roles[] = {
    { "attached_lost", 80, 24, true, lost },
};

/* --- what is asked ----------------------------------------------------------------------------------------------- */

static struct console_fixture fixture;

static int set_up(void **state)
{
    *state = &fixture;
    steps_init(&fixture, 80, 24, false);
    return 0;
}

static int tear_down(void **state)
{
    console_fixture_fini(*state);
    return 0;
}

/* A command would fail the test: its fixture has no engine that obeys. */
static void check_refused(struct console_fixture *own, const char *sentence)
{
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        if (keys_row((enum act)act)->group != KEYS_ACT)
            continue;
        console_fixture_press(own, keys_keypress(keys_row((enum act)act), 0));
        assert_int_equal(own->console->dialog.kind, DIALOG_NONE);
        if (!strstr(own->console->message, sentence))
            fail_msg("act %d: %s", act, own->console->message);
    }
}

static void nothing_is_asked_without_the_right_to_act(void **state)
{
    show(*state, false, (struct wall){ 0 });
    check_refused(*state, "this user may not act");
}

static void nothing_is_asked_of_an_engine_that_is_lost(void **state)
{
    lost(*state);
    check_refused(*state, "the connection to the engine is lost");
}

static void leaving_needs_no_dialog(void **state)
{
    struct console_fixture *own = *state;
    attached(own);
    console_fixture_type(own, "q");
    assert_int_equal(own->console->dialog.kind, DIALOG_NONE);
    assert_int_equal(console_take_wish(own->console), WISH_LEAVE);
}

/* What is shown was true then, however young it is. */
static void all_is_old_once_the_engine_is_lost(void **state)
{
    struct console_fixture *own = *state;
    attached(own);
    assert_false(console_is_old(own->console, SNAPSHOTS_AT));
    lost(own);
    assert_true(console_is_old(own->console, SNAPSHOTS_AT));
    assert_int_equal(console_stale_since(own->console).ms, SNAPSHOTS_AT.ms);
    attached(own);
    assert_false(console_is_old(own->console, SNAPSHOTS_AT));
}

static void the_past_is_refused_in_words(void **state)
{
    struct console_fixture *own = *state;
    attached(own);
    own->console->port.look = NULL;
    console_fixture_type(own, "[");
    assert_string_equal(own->console->message, CONSOLE_PAST_ATTACHED);
}

#define FLEET 3
#define LOOKED_AT "eu-duel-2"

static void add_fleet(struct console_fixture *own)
{
    static const char *const ids[FLEET] = { "eu-arena-1", LOOKED_AT, "us-siege-3" };
    for (uint32_t i = 0; i < FLEET; i++)
        snapshots_add(own->maker, ids[i]);
    console_fixture_take(own);
}

static void remove_fleet(struct console_fixture *own)
{
    for (uint32_t slot = 0; slot < FLEET; slot++)
        snapshots_remove(own->maker, slot);
    console_fixture_take(own);
}

static void look_at_the_second(struct console_fixture *own)
{
    add_fleet(own);
    console_fixture_type(own, "1j");
    assert_string_equal(own->console->cursor.id, LOOKED_AT);
}

/* The console may be connected before the engine has discovered anything. */
static void the_cursor_comes_back_with_its_deployment(void **state)
{
    struct console_fixture *own = *state;
    look_at_the_second(own);
    *snapshots_pass(own->maker) = (struct snapshot_pass){ 0 };
    remove_fleet(own);
    assert_int_equal(own->console->cursor.slot, SLOT_NONE);
    console_fixture_take(own);
    add_fleet(own);
    assert_string_equal(own->console->cursor.id, LOOKED_AT);
    assert_int_equal(own->console->cursor.jumped.ms, 0);
}

/* A move of the operator is newer than what was looked at before. */
static void a_moved_cursor_does_not_jump_back(void **state)
{
    struct console_fixture *own = *state;
    look_at_the_second(own);
    *snapshots_pass(own->maker) = (struct snapshot_pass){ 0 };
    remove_fleet(own);
    snapshots_add(own->maker, "us-siege-3");
    snapshots_add(own->maker, "us-siege-4");
    console_fixture_take(own);
    console_fixture_type(own, "j");
    assert_string_equal(own->console->cursor.id, "us-siege-4");
    snapshots_add(own->maker, LOOKED_AT);
    console_fixture_take(own);
    own->now = mono_after(own->now, 10000);
    console_fixture_take(own);
    assert_string_equal(own->console->cursor.id, "us-siege-4");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_asked_without_the_right_to_act),
        TEST(nothing_is_asked_of_an_engine_that_is_lost),
        TEST(leaving_needs_no_dialog),
        TEST(all_is_old_once_the_engine_is_lost),
        TEST(the_past_is_refused_in_words),
        TEST(the_cursor_comes_back_with_its_deployment),
        TEST(a_moved_cursor_does_not_jump_back),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    int failed = screens_run("attached", screens, COUNT_OF(screens));
    failed += screens_run_roles("attached roles", roles, COUNT_OF(roles));
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
