/*
 * The keys that are promises, pressed on the real program on a terminal, with their effect checked where it counts: at the
 * API. What is confirmed happens once; what is not confirmed does not happen.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ENTER "\r"
#define ESC "\x1b"
#define TAB "\t"
#define DOWN "\x1b[B"

/* Eight busy servers of ten want a host: ten hosts are right for eighty. */
static void add_sites(struct desk *desk)
{
    hosts_api_count_ordered(desk->scene->hosts);
    hosts_api_add(desk->scene->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(desk->scene->hosts, "eu-duel-2", 20, 160);
    hosts_api_add(desk->scene->hosts, "us-siege-3", 30, 240);
}

static const char *last_scale(struct desk *desk)
{
    int64_t count = desk_scales(desk);
    assert_true(count > 0);
    return fake_api_find(desk->scene->stage.api, "POST", NULL, count - 1)->body;
}

/* --- pause ------------------------------------------------------------------------------------------ */

static void a_confirmed_pause_stops_posts_until_a_confirmed_resume(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open(desk, NULL);
    desk_press(desk, "p", "Pause all deployments");
    desk_press(desk, ENTER, "[PAUSED since");
    hosts_api_set_busy(desk->scene->hosts, "eu-arena-1", 96);
    desk_wait_reads(desk, "eu-arena-1", 20, true);
    terminal_wait(desk->terminal, "+2 on 1");
    assert_int_equal(desk_scales(desk), 0);
    desk_press(desk, "p", "Resume all deployments");
    desk_press(desk, ENTER, "[PAUSED since"); /* the focus is on Cancel */
    terminal_wait_gone(desk->terminal, "Resume all");
    desk_wait_reads(desk, "eu-arena-1", 20, true);
    assert_int_equal(desk_scales(desk), 0);
    desk_press(desk, "p", "Type 2 to go on");
    desk_press(desk, "2", "[[ Resume ]]");
    desk_press(desk, ENTER, "[RUNNING]");
    desk_wait_scales(desk, 1);
    assert_non_null(strstr(last_scale(desk), "\"delta\":2"));
    desk_quit(desk);
    assert_int_equal(desk_count_log(desk, "operator_command command=pause_all outcome=accepted"),
                     1);
    assert_int_equal(desk_count_log(desk, "operator_command command=resume_all outcome=accepted"),
                     1);
}

static void one_deployment_is_paused_and_the_others_go_on(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open(desk, (const char *const[]){ "--sort=deployment", NULL });
    desk_press(desk, "j", "> . eu-duel-2");
    desk_press(desk, "P", "Pause eu-duel-2");
    desk_press(desk, ENTER, "> p eu-duel-2");
    hosts_api_set_busy(desk->scene->hosts, "eu-duel-2", 170);
    hosts_api_set_busy(desk->scene->hosts, "us-siege-3", 250);
    desk_wait_scales(desk, 1);
    desk_wait_reads(desk, "eu-duel-2", 20, true);
    assert_int_equal(desk_scales(desk), 1);
    assert_non_null(strstr(last_scale(desk), "us-siege-3"));
    desk_press(desk, "P", "Resume eu-duel-2");
    desk_press(desk, TAB, "[[ Resume ]]");
    terminal_type(desk->terminal, ENTER);
    desk_wait_scales(desk, 2);
    assert_non_null(strstr(last_scale(desk), "eu-duel-2"));
    desk_quit(desk);
}

/* --- passes, discoveries, dry-run ------------------------------------------------------------------- */

static void r_runs_one_pass_and_d_one_discovery(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open_quiet(desk, NULL);
    assert_int_equal(hosts_api_reads(desk->scene->hosts, "eu-duel-2"), 1);
    desk_press(desk, "r", "pass_done pass=2");
    assert_int_equal(hosts_api_reads(desk->scene->hosts, "eu-duel-2"), 2);
    assert_int_equal(fake_api_count(desk->scene->stage.api, "GET", "/discover"), 1);
    desk_press(desk, "d", "pass_done pass=3");
    assert_int_equal(fake_api_count(desk->scene->stage.api, "GET", "/discover"), 2);
    desk_quit(desk);
}

static void a_dry_run_sends_nothing_until_it_is_switched_off(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open(desk, NULL);
    desk_press(desk, "D", "Esc cancels  Enter");
    desk_press(desk, ENTER, "[DRY-RUN]");
    hosts_api_set_busy(desk->scene->hosts, "eu-arena-1", 96);
    terminal_wait(desk->terminal, "(+2)");
    desk_wait_reads(desk, "eu-arena-1", 20, true);
    assert_int_equal(desk_scales(desk), 0);
    desk_press(desk, "D", "Type 2 to go on");
    desk_press(desk, "2", "[[");
    terminal_wait(desk->terminal, "live ]]");
    desk_press(desk, ENTER, "[RUNNING]");
    desk_wait_scales(desk, 1);
    desk_quit(desk);
}

/* --- by hand ---------------------------------------------------------------------------------------- */

static void a_confirmed_scale_by_hand_is_one_post(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open(desk, (const char *const[]){ "--sort=deployment", NULL });
    desk_press(desk, "j+", "Add 1 host -> 21");
    desk_press(desk, "+", "Add 2 hosts -> 22");
    terminal_type(desk->terminal, ENTER); /* Cancel has the focus */
    terminal_wait_gone(desk->terminal, "by hand");
    assert_int_equal(desk_scales(desk), 0);
    desk_press(desk, "+", "Add 1 host -> 21");
    desk_press(desk, TAB, "[[ Scale +1 ]]");
    terminal_type(desk->terminal, ENTER);
    desk_wait_scales(desk, 1);
    desk_wait_reads(desk, "eu-duel-2", 20, true);
    assert_int_equal(desk_scales(desk), 1);
    assert_non_null(strstr(last_scale(desk), "\"deployment_id\":\"eu-duel-2\""));
    assert_non_null(strstr(last_scale(desk), "\"delta\":1"));
    assert_int_equal(hosts_api_hosts(desk->scene->hosts, "eu-duel-2"), 21);
    desk_quit(desk);
    assert_int_equal(desk_count_log(desk, "command=scale outcome=accepted deployment=eu-duel-2"),
                     1);
    assert_int_equal(desk_count_log(desk, "by=operator"), 1);
}

static void a_scale_that_a_rule_objects_to_must_be_typed(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open_quiet(desk, (const char *const[]){ "--sort=deployment", NULL });
    desk_press(desk, "-", "scale_down_window: 10 hosts are wanted");
    desk_press(desk, TAB, "[[ Scale -1 ]]");
    terminal_type(desk->terminal, ENTER); /* not typed: not pressed */
    terminal_wait(desk->terminal, "Type yes to go on");
    assert_int_equal(desk_scales(desk), 0);
    desk_press(desk, "yes", "go on: yes");
    terminal_type(desk->terminal, ENTER);
    desk_wait_scales(desk, 1);
    assert_non_null(strstr(last_scale(desk), "\"delta\":-1"));
    desk_quit(desk);
}

/* --- what is not confirmed -------------------------------------------------------------------------- */

static const struct unconfirmed_row {
    const char *name;
    const char *keys;
    const char *shown;
} unconfirmed_rows[] = {
    { "a pause that is cancelled", "p", "Pause all" },
    { "a pause of one that is cancelled", "P", "Pause eu-arena-1" },
    { "a dry-run that is cancelled", "D", "ry-run" },
    { "a scale that is cancelled", "+", "by hand" },
    { "a scale with another number that is cancelled", "+++", "by hand" },
    { "a scale down that is cancelled", "-", "by hand" },
    { "a scale with the focus moved twice", "+\t\t", "by hand" },
    { "a quit that is cancelled", "q", "Stop the engine" },
};

static void row_changes_nothing(void **state)
{
    struct desk *desk = *state;
    const struct unconfirmed_row *row = desk->scene->stage.row;
    add_sites(desk);
    desk_open_quiet(desk, (const char *const[]){ "--sort=deployment", NULL });
    desk_press(desk, row->keys, row->shown);
    terminal_wait(desk->terminal, "Esc cancels  Enter");
    terminal_type(desk->terminal, ESC);
    terminal_wait_gone(desk->terminal, "Esc cancels  Enter");
    desk_press(desk, "r", "pass_done pass=2");
    assert_int_equal(desk_scales(desk), 0);
    desk_quit(desk);
    assert_int_equal(desk_count_log(desk, "operator_command"), 1);
}

/* Every letter in a paste, and every steering sequence cut in two, is no command. */
static void a_paste_is_no_command(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open_quiet(desk, NULL);
    terminal_type(desk->terminal, "\x1b[200~p\rP\rD\r+\t\rrdq\r\x1b[201~");
    desk_press(desk, "?", "Help: deployments");
    desk_press(desk, ESC, "[RUNNING]");
    terminal_wait_gone(desk->terminal, "Help:");
    assert_int_equal(desk_scales(desk), 0);
    desk_quit(desk);
    assert_int_equal(desk_count_log(desk, "operator_command"), 0);
}

static void read_only_takes_no_steering(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open_quiet(desk, (const char *const[]){ "--read-only", NULL });
    terminal_wait(desk->terminal, "[RO]");
    desk_press(desk, "p", "read-only");
    desk_press(desk, "+", "read-only");
    desk_press(desk, "r", "pass_done pass=2");
    assert_int_equal(desk_scales(desk), 0);
    desk_quit(desk);
    assert_int_equal(desk_count_log(desk, "operator_command"), 1);
}

/* --- looking ---------------------------------------------------------------------------------------- */

static const struct look_row {
    const char *name;
    const char *keys;
    const char *shown;
} look_rows[] = {
    { "j", "j", "> . eu-duel-2" },
    { "Down", DOWN, "> . eu-duel-2" },
    { "k", "jjk", "> . eu-duel-2" },
    { "Up", "jj\x1b[A", "> . eu-duel-2" },
    { "G", "G", "> . us-siege-3" },
    { "End", "\x1b[F", "> . us-siege-3" },
    { "g", "Gg", "> . eu-arena-1" },
    { "Home", "G\x1b[H", "> . eu-arena-1" },
    { "PgDn", "\x1b[6~", "> . us-siege-3" },
    { "PgUp", "G\x1b[5~", "> . eu-arena-1" },
    { "? helps", "?", "Help: deployments" },
    { "F1 helps", "\x1bOP", "Help: deployments" },
    { "/ filters while typing", "/siege", "filter: siege" },
    { "/ and Enter keep the filter", "/siege\r", "1-1/1" },
    { "Esc clears the filter", "/siege\r\x1b", "1-3/3" },
    { "s sorts", "s", "Sort by" },
    { "Enter explains", "\r", "busy 100 - 20 = 80" },
    { "l shows the log", "l", "level>=info" },
    { "e finds no error", "e", "nothing in this list failed" },
    { "2 shows what needs attention", "2", "all 3 on target" },
    { "z freezes", "z", "[FROZEN" },
    { "Ctrl-l draws anew", "\x0c", "eu-arena-1" },
    { "Tab goes to the log", "\t", "back to the list" },
};

static void row_shows(void **state)
{
    struct desk *desk = *state;
    const struct look_row *row = desk->scene->stage.row;
    add_sites(desk);
    desk_open_quiet(desk, (const char *const[]){ "--sort=deployment", NULL });
    desk_press(desk, row->keys, row->shown);
    terminal_signal(desk->terminal, SIGTERM);
    assert_int_equal(terminal_finish(desk->terminal), 0);
    desk_check_given_back(desk);
    assert_int_equal(desk_count_log(desk, "operator_command"), 0);
}

/* A terminal that nobody reads is full before long; the passes must not notice, and the newest state comes at last. */
static void a_terminal_that_takes_nothing_changes_no_pass(void **state)
{
    struct desk *desk = *state;
    add_sites(desk);
    desk_open(desk, NULL);
    desk_wait_reads(desk, "eu-arena-1", 400, false);
    hosts_api_set_busy(desk->scene->hosts, "eu-arena-1", 88);
    fake_api_wait(desk->scene->stage.api, "POST", NULL, 1);
    desk_wait_reads(desk, "eu-arena-1", 200, false);
    terminal_wait(desk->terminal, "eu-arena-1");
    desk_press(desk, "\r", "busy 110 - 22 = 88");
    terminal_type(desk->terminal, ESC);
    terminal_wait_gone(desk->terminal, "busy 110");
    desk_press(desk, "?", "Help: deployments");
    terminal_type(desk->terminal, ESC);
    terminal_wait_gone(desk->terminal, "Help:");
    desk_quit(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_confirmed_pause_stops_posts_until_a_confirmed_resume,
                                        desk_enter, desk_leave),
        cmocka_unit_test_setup_teardown(one_deployment_is_paused_and_the_others_go_on, desk_enter,
                                        desk_leave),
        cmocka_unit_test_setup_teardown(r_runs_one_pass_and_d_one_discovery, desk_enter,
                                        desk_leave),
        cmocka_unit_test_setup_teardown(a_dry_run_sends_nothing_until_it_is_switched_off,
                                        desk_enter, desk_leave),
        cmocka_unit_test_setup_teardown(a_confirmed_scale_by_hand_is_one_post, desk_enter,
                                        desk_leave),
        cmocka_unit_test_setup_teardown(a_scale_that_a_rule_objects_to_must_be_typed, desk_enter,
                                        desk_leave),
        cmocka_unit_test_setup_teardown(a_paste_is_no_command, desk_enter, desk_leave),
        cmocka_unit_test_setup_teardown(read_only_takes_no_steering, desk_enter, desk_leave),
        cmocka_unit_test_setup_teardown(a_terminal_that_takes_nothing_changes_no_pass, desk_enter,
                                        desk_leave),
    };
    struct CMUnitTest unconfirmed[COUNT_OF(unconfirmed_rows)];
    struct CMUnitTest looks[COUNT_OF(look_rows)];
    TESTS_FROM_ROWS(unconfirmed, unconfirmed_rows, row_changes_nothing);
    TESTS_FROM_ROWS(looks, look_rows, row_shows);
    for (size_t i = 0; i < COUNT_OF(unconfirmed); i++) {
        unconfirmed[i].setup_func = desk_enter;
        unconfirmed[i].teardown_func = desk_leave;
    }
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        looks[i].setup_func = desk_enter;
        looks[i].teardown_func = desk_leave;
    }
    int failed = cmocka_run_group_tests_name("steering", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("steering: unconfirmed", unconfirmed, NULL, NULL);
    return failed + cmocka_run_group_tests_name("steering: looking", looks, NULL, NULL);
}
