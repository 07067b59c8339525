/*
 * Commands by key on the real program in a terminal, with their effect checked at the API. A confirmed command is
 * carried out once; a command that is not confirmed is not carried out.
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

/* Eight busy servers need one host of ten: eighty need ten hosts. */
static void add_sites(struct tui_fixture *tui_fixture)
{
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-duel-2", 20, 160);
    hosts_api_add(tui_fixture->fixture->hosts, "us-siege-3", 30, 240);
}

static const char *last_scale(struct tui_fixture *tui_fixture)
{
    int64_t count = tui_fixture_scales(tui_fixture);
    assert_true(count > 0);
    return fake_api_find(tui_fixture->fixture->program_fixture.api, "POST", NULL, count - 1)->body;
}

/* --- pause ------------------------------------------------------------------------------------------ */

static void a_confirmed_pause_stops_posts_until_a_confirmed_resume(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "P", "Pause all deployments");
    tui_fixture_press(tui_fixture, TAB, "[[ Pause ]]");
    tui_fixture_press(tui_fixture, ENTER, "[PAUSED since");
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 96);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    terminal_wait(tui_fixture->terminal, "+2 hosts to 1");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "P", "Resume all deployments");
    tui_fixture_press(tui_fixture, ENTER, "cancelled, nothing was sent: resume all");
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "P", "Type 2 to go on");
    tui_fixture_press(tui_fixture, "2", "[[ Resume ]]");
    tui_fixture_press(tui_fixture, ENTER, "[RUNNING]");
    tui_fixture_wait_scales(tui_fixture, 1);
    assert_non_null(strstr(last_scale(tui_fixture), "\"delta\":2"));
    tui_fixture_quit(tui_fixture);
    assert_int_equal(
        tui_fixture_count_log(tui_fixture, "operator_command command=pause_all outcome=accepted"),
        1);
    assert_int_equal(
        tui_fixture_count_log(tui_fixture, "operator_command command=resume_all outcome=accepted"),
        1);
}

static void kill_and_open(struct tui_fixture *tui_fixture, const char *shown)
{
    terminal_signal(tui_fixture->terminal, SIGKILL);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 128 + SIGKILL);
    terminal_destroy(tui_fixture->terminal);
    tui_fixture->terminal = NULL;
    tui_fixture_open(tui_fixture, NULL);
    terminal_wait(tui_fixture->terminal, shown);
}

static void a_pause_lasts_over_a_kill_until_it_is_resumed(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "P", "Pause all deployments");
    tui_fixture_press(tui_fixture, TAB, "[[ Pause ]]");
    tui_fixture_press(tui_fixture, ENTER, "[PAUSED since");
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    kill_and_open(tui_fixture, "[PAUSED since");
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 96);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    terminal_wait(tui_fixture->terminal, "+2 hosts to 1");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "P", "Type 2 to go on");
    tui_fixture_press(tui_fixture, "2", "[[ Resume ]]");
    tui_fixture_press(tui_fixture, ENTER, "[RUNNING]");
    tui_fixture_wait_scales(tui_fixture, 1);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    kill_and_open(tui_fixture, "[RUNNING]");
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_scales(tui_fixture), 1);
}

static void a_pause_of_one_deployment_does_not_affect_others(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    tui_fixture_press(tui_fixture, "p", "Pause eu-duel-2");
    tui_fixture_press(tui_fixture, TAB, "[[ Pause ]]");
    tui_fixture_press(tui_fixture, ENTER, "> p paused      eu-duel-2");
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-duel-2", 170);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "us-siege-3", 250);
    tui_fixture_wait_scales(tui_fixture, 1);
    tui_fixture_wait_reads(tui_fixture, "eu-duel-2", 20, true);
    assert_int_equal(tui_fixture_scales(tui_fixture), 1);
    assert_non_null(strstr(last_scale(tui_fixture), "us-siege-3"));
    tui_fixture_press(tui_fixture, "p", "Resume eu-duel-2");
    tui_fixture_press(tui_fixture, TAB, "[[ Resume ]]");
    tui_fixture_type(tui_fixture, ENTER);
    tui_fixture_wait_scales(tui_fixture, 2);
    assert_non_null(strstr(last_scale(tui_fixture), "eu-duel-2"));
    tui_fixture_quit(tui_fixture);
}

/* --- passes, discoveries, dry-run ------------------------------------------------------------------- */

static void r_runs_one_pass_and_d_one_discovery(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    assert_int_equal(hosts_api_reads(tui_fixture->fixture->hosts, "eu-duel-2"), 1);
    tui_fixture_press(tui_fixture, "r", "pass_done pass=2");
    assert_int_equal(hosts_api_reads(tui_fixture->fixture->hosts, "eu-duel-2"), 2);
    assert_int_equal(fake_api_count(tui_fixture->fixture->program_fixture.api, "GET", "/discover"),
                     1);
    tui_fixture_press(tui_fixture, "d", "pass_done pass=3");
    assert_int_equal(fake_api_count(tui_fixture->fixture->program_fixture.api, "GET", "/discover"),
                     2);
    tui_fixture_quit(tui_fixture);
}

static void a_dry_run_sends_nothing_until_it_is_switched_off(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "D", "Esc cancels  Enter");
    tui_fixture_press(tui_fixture, TAB, "[[ Dry-run ]]");
    tui_fixture_press(tui_fixture, ENTER, "[DRY-RUN]");
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 96);
    terminal_wait(tui_fixture->terminal, "(+2)");
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "D", "Type 2 to go on");
    tui_fixture_press(tui_fixture, "2", "[[");
    terminal_wait(tui_fixture->terminal, "live ]]");
    tui_fixture_press(tui_fixture, ENTER, "[RUNNING]");
    tui_fixture_wait_scales(tui_fixture, 1);
    tui_fixture_quit(tui_fixture);
}

/* --- manual scales ---------------------------------------------------------------------------------- */

static void a_confirmed_scale_by_hand_is_one_post(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    tui_fixture_press(tui_fixture, "j+", "Add 1 host -> 21");
    tui_fixture_press(tui_fixture, "+", "Add 2 hosts -> 22");
    tui_fixture_press(tui_fixture, ENTER,
                      "cancelled, nothing was sent: scale eu-duel-2 by hand, +2");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "+", "Add 1 host -> 21");
    tui_fixture_press(tui_fixture, TAB, "[[ Scale +1 ]]");
    tui_fixture_press(tui_fixture, ENTER, "Type 1 to go on"); /* it needs no host */
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "1", "go on: 1");
    tui_fixture_type(tui_fixture, ENTER);
    tui_fixture_wait_scales(tui_fixture, 1);
    tui_fixture_wait_reads(tui_fixture, "eu-duel-2", 20, true);
    assert_int_equal(tui_fixture_scales(tui_fixture), 1);
    assert_non_null(strstr(last_scale(tui_fixture), "\"deployment_id\":\"eu-duel-2\""));
    assert_non_null(strstr(last_scale(tui_fixture), "\"delta\":1"));
    assert_int_equal(hosts_api_hosts(tui_fixture->fixture->hosts, "eu-duel-2"), 21);
    tui_fixture_quit(tui_fixture);
    assert_int_equal(
        tui_fixture_count_log(tui_fixture, "command=scale outcome=accepted deployment=eu-duel-2"),
        1);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "by=operator"), 1);
}

static void a_scale_that_a_rule_objects_to_must_be_typed(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    tui_fixture_press(tui_fixture, "-", "scale_down_window 15m: highest desired 10: -1 -> +0");
    tui_fixture_press(tui_fixture, TAB, "[[ Scale -1 ]]");
    tui_fixture_type(tui_fixture, ENTER); /* without the typed word, the button does not work */
    terminal_wait(tui_fixture->terminal, "Type yes to go on");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_press(tui_fixture, "yes", "go on: yes");
    tui_fixture_type(tui_fixture, ENTER);
    tui_fixture_wait_scales(tui_fixture, 1);
    assert_non_null(strstr(last_scale(tui_fixture), "\"delta\":-1"));
    tui_fixture_quit(tui_fixture);
}

/* --- without confirmation --------------------------------------------------------------------------- */

static const struct unconfirmed_row {
    const char *name;
    const char *keys;
    const char *shown;
} unconfirmed_rows[] = {
    { "a pause that is cancelled", "P", "Pause all" },
    { "a pause of one that is cancelled", "p", "Pause eu-arena-1" },
    { "a dry-run that is cancelled", "D", "ry-run" },
    { "a scale that is cancelled", "+", "by hand" },
    { "a scale with another number that is cancelled", "+++", "by hand" },
    { "a scale down that is cancelled", "-", "by hand" },
    { "a scale with the focus moved twice", "+\t\t", "by hand" },
    { "a quit that is cancelled", "q", "Stop the engine" },
};

static void row_changes_nothing(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct unconfirmed_row *row = tui_fixture->fixture->program_fixture.row;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    tui_fixture_press(tui_fixture, row->keys, row->shown);
    terminal_wait(tui_fixture->terminal, "Esc cancels  Enter");
    tui_fixture_type(tui_fixture, ESC);
    terminal_wait(tui_fixture->terminal, "cancelled, nothing was sent");
    tui_fixture_press(tui_fixture, "r", "pass_done pass=2");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 1);
}

/* Letters in a paste and control sequences that are split are not commands. */
static void a_paste_is_not_a_command(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    tui_fixture_paste(tui_fixture, "\x1b[200~p\rP\rD\r+\t\rrdq\r\x1b[201~");
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_press(tui_fixture, ESC, "[RUNNING]");
    terminal_wait_gone(tui_fixture->terminal, "Help:");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 0);
}

/* One byte at a time, as a serial line sends it; and replies that another program asked the terminal for. */
static void a_paste_without_brackets_is_not_a_command(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    static const char text[] = "+\tif (x) {\r+\t\treturn d;\rD\tx\r\x1b]11;rgb:dede/dede/dede\x07"
                               "\x1bP>|term\x1b\\\x1b_Gi=31;OK\x1b\\r";
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    for (const char *at = text; *at; at++)
        tui_fixture_paste(tui_fixture, (const char[]){ *at, '\0' });
    terminal_wait(tui_fixture->terminal, "ignored: pasted");
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 0);
}

static void read_only_refuses_commands_that_steer(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ "--read-only", NULL });
    terminal_wait(tui_fixture->terminal, "[RO]");
    tui_fixture_press(tui_fixture, "P", "read-only");
    tui_fixture_press(tui_fixture, "+", "read-only");
    tui_fixture_press(tui_fixture, "r", "pass_done pass=2");
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 1);
}

/* --- views ------------------------------------------------------------------------------------------ */

static const struct look_row {
    const char *name;
    const char *keys;
    const char *shown;
} look_rows[] = {
    { "j", "j", "> . on_target   eu-duel-2" },
    { "Down", DOWN, "> . on_target   eu-duel-2" },
    { "k", "jjk", "> . on_target   eu-duel-2" },
    { "Up", "jj\x1b[A", "> . on_target   eu-duel-2" },
    { "G", "G", "> . on_target   us-siege-3" },
    { "End", "\x1b[F", "> . on_target   us-siege-3" },
    { "g", "Gg", "> . on_target   eu-arena-1" },
    { "Home", "G\x1b[H", "> . on_target   eu-arena-1" },
    { "PgDn", "\x1b[6~", "> . on_target   us-siege-3" },
    { "PgUp", "G\x1b[5~", "> . on_target   eu-arena-1" },
    { "? helps", "?", "Help: deployments" },
    { "F1 helps", "\x1bOP", "Help: deployments" },
    { "/ filters while typing", "/siege", "filter: siege" },
    { "/ and Enter keep the filter", "/siege\r", "1-1/1" },
    { "Esc clears the filter", "/siege\r\x1b", "1-3/3" },
    { "s sorts", "s", "Sort by" },
    { "Enter explains", "\r", "busy 100 - 20 = 80" },
    { "l shows the log", "l", "level>=info" },
    { "e finds no error", "e", "nothing in this list is starved" },
    { "2 shows what needs attention", "2", "all 3 on target" },
    { "z freezes", "z", "[FROZEN" },
    { "Ctrl-l draws anew", "\x0c", "eu-arena-1" },
    { "Tab goes to the log", "\t", "back to the list" },
};

static void row_shows(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct look_row *row = tui_fixture->fixture->program_fixture.row;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    tui_fixture_press(tui_fixture, row->keys, row->shown);
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 0);
}

/* A terminal that is not read becomes full. Passes must continue, and the newest state must be shown later. */
static void a_blocked_terminal_delays_no_pass(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 400, false);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 88);
    fake_api_wait(tui_fixture->fixture->program_fixture.api, "POST", NULL, 1);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 200, false);
    terminal_wait(tui_fixture->terminal, "eu-arena-1");
    tui_fixture_press(tui_fixture, "\r", "busy 110 - 22 = 88");
    tui_fixture_type(tui_fixture, ESC);
    terminal_wait_gone(tui_fixture->terminal, "busy 110");
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_type(tui_fixture, ESC);
    terminal_wait_gone(tui_fixture->terminal, "Help:");
    tui_fixture_quit(tui_fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_confirmed_pause_stops_posts_until_a_confirmed_resume,
                                        tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_pause_lasts_over_a_kill_until_it_is_resumed,
                                        tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_pause_of_one_deployment_does_not_affect_others,
                                        tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(r_runs_one_pass_and_d_one_discovery, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_dry_run_sends_nothing_until_it_is_switched_off,
                                        tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_confirmed_scale_by_hand_is_one_post, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_scale_that_a_rule_objects_to_must_be_typed,
                                        tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_paste_is_not_a_command, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_paste_without_brackets_is_not_a_command,
                                        tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(read_only_refuses_commands_that_steer, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_blocked_terminal_delays_no_pass, tui_fixture_enter,
                                        tui_fixture_leave),
    };
    struct CMUnitTest unconfirmed[COUNT_OF(unconfirmed_rows)];
    struct CMUnitTest looks[COUNT_OF(look_rows)];
    TESTS_FROM_ROWS(unconfirmed, unconfirmed_rows, row_changes_nothing);
    TESTS_FROM_ROWS(looks, look_rows, row_shows);
    for (size_t i = 0; i < COUNT_OF(unconfirmed); i++) {
        unconfirmed[i].setup_func = tui_fixture_enter;
        unconfirmed[i].teardown_func = tui_fixture_leave;
    }
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        looks[i].setup_func = tui_fixture_enter;
        looks[i].teardown_func = tui_fixture_leave;
    }
    int failed = cmocka_run_group_tests_name("steering", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("steering: unconfirmed", unconfirmed, NULL, NULL);
    return failed + cmocka_run_group_tests_name("steering: looking", looks, NULL, NULL);
}
