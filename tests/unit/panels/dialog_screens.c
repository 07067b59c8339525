/*
 * The dialogs as operators see them, compared with reviewed screens.
 */
#include "tui/console/console_state.h"

#include "tests/support/console_steps.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

static void pause_all(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_engine(fixture->maker)->scales_in_flight = 2;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void pause_quiet(struct console_fixture *fixture)
{
    snapshots_add(fixture->maker, "eu-west-arena-casual");
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void set_paused(struct console_fixture *fixture)
{
    snapshots_engine(fixture->maker)->is_paused = true;
    snapshots_engine(fixture->maker)->paused_at = steps_ago(47 * MINUTE_MS);
}

/* Nothing is read any more. */
static void resume_old(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_at(fixture->maker)->ms += 50000;
    set_paused(fixture);
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void resume_much(struct console_fixture *fixture)
{
    steps_fill(fixture);
    set_paused(fixture);
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void resume_typed(struct console_fixture *fixture)
{
    resume_much(fixture);
    console_fixture_type(fixture, "5");
}

static void resume_agreed(struct console_fixture *fixture)
{
    resume_much(fixture);
    console_fixture_type(fixture, fixture->console->dialog.asked);
}

/* A pass changed what would be sent while the number was typed. */
static void resume_changed(struct console_fixture *fixture)
{
    resume_much(fixture);
    console_fixture_type(fixture, "1");
    snapshots_row(fixture->maker, CASUAL)->wanted_delta -= 5;
    snapshots_at(fixture->maker)->ms += 30000;
    snapshots_engine(fixture->maker)->next_pass.ms += 30000;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "9");
}

static void resume_refused(struct console_fixture *fixture)
{
    resume_changed(fixture);
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void resume_nothing(struct console_fixture *fixture)
{
    snapshots_add(fixture->maker, "eu-west-arena-casual");
    set_paused(fixture);
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void resume_dry(struct console_fixture *fixture)
{
    steps_fill(fixture);
    set_paused(fixture);
    snapshots_engine(fixture->maker)->is_dry_run = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void pause_row(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, CHESS);
    console_fixture_type(fixture, "p");
}

static void resume_row(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, PAUSED);
    console_fixture_type(fixture, "p");
}

static void dry_run_on(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "D");
}

static void dry_run_off(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_engine(fixture->maker)->is_dry_run = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "D");
}

static void run_pass(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "r");
}

static void scale_waiting(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, CHESS);
    console_fixture_type(fixture, "+");
}

/* The engine has checked it. */
static void judge(struct console_fixture *fixture, struct snapshot_detail *detail)
{
    detail->manual_delta = fixture->console->dialog.delta;
    snapshots_set_detail(fixture->maker, detail);
    console_fixture_take(fixture);
}

static void scale_free(struct console_fixture *fixture)
{
    scale_waiting(fixture);
    struct snapshot_detail detail = steps_detail(fixture, CHESS);
    detail.manual_hosts = 15;
    judge(fixture, &detail);
}

static void scale_objected(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, CHESS);
    console_fixture_type(fixture, "-4");
    struct snapshot_detail detail;
    snapshots_example_detail(fixture->maker, CHESS, &detail);
    detail.manual_refusal[0] = '\0';
    detail.manual_hosts = 10;
    judge(fixture, &detail);
}

/* The deployment was read long ago. */
static void scale_old(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, UNREAD);
    console_fixture_type(fixture, "+");
    struct snapshot_detail detail = steps_detail(fixture, UNREAD);
    detail.manual_hosts = 4;
    judge(fixture, &detail);
}

static void scale_refused(struct console_fixture *fixture)
{
    scale_waiting(fixture);
    struct snapshot_detail detail = steps_detail(fixture, CHESS);
    detail.manual_hosts = 15;
    steps_sentence(detail.manual_refusal, "A scale request of this deployment is in flight.");
    judge(fixture, &detail);
}

static void scale_down(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, CASUAL);
    console_fixture_type(fixture, "-");
    struct snapshot_detail detail = steps_detail(fixture, CASUAL);
    detail.manual_hosts = 143;
    detail.max_hosts = HOSTS_UNLIMITED;
    judge(fixture, &detail);
}

static void sort_menu(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "s");
}

static void sort_end(struct console_fixture *fixture)
{
    sort_menu(fixture);
    console_fixture_press(fixture, KEYPRESS_END);
}

static void suspend(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_press(fixture, KEYPRESS_CTRL_Z);
}

static void reload(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "R");
}

static void quit(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_engine(fixture->maker)->scales_in_flight = 1;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "q");
}

static void quit_waiting(struct console_fixture *fixture)
{
    console_fixture_draw(fixture);
    console_fixture_type(fixture, "q");
}

/* clang-format off */
static const struct screen_row screen_rows[] = {
    { "dialog_pause_all",           80, 24, false, pause_all },
    { "dialog_pause_all_120x40",   120, 40, false, pause_all },
    { "dialog_pause_all_200x60",   200, 60, false, pause_all },
    { "dialog_pause_all_utf8",      80, 24, true,  pause_all },
    { "dialog_pause_all_40x6",      40,  6, false, pause_all },
    { "dialog_pause_all_20x2",      20,  2, false, pause_all },
    { "dialog_pause_quiet",         80, 24, false, pause_quiet },
    { "dialog_resume_much",         80, 24, false, resume_much },
    { "dialog_resume_much_40x6",    40,  6, false, resume_much },
    { "dialog_resume_much_20x2",    20,  2, false, resume_much },
    { "dialog_resume_typed",        80, 24, false, resume_typed },
    { "dialog_resume_agreed",       80, 24, false, resume_agreed },
    { "dialog_resume_changed",      80, 24, false, resume_changed },
    { "dialog_resume_refused",      80, 24, false, resume_refused },
    { "dialog_resume_nothing",      80, 24, false, resume_nothing },
    { "dialog_resume_dry",          80, 24, false, resume_dry },
    { "dialog_pause_row",           80, 24, false, pause_row },
    { "dialog_resume_row",          80, 24, false, resume_row },
    { "dialog_dry_run_on",          80, 24, false, dry_run_on },
    { "dialog_dry_run_off",         80, 24, false, dry_run_off },
    { "dialog_pass",                80, 24, false, run_pass },
    { "dialog_scale_waiting",       80, 24, false, scale_waiting },
    { "dialog_scale",               80, 24, false, scale_free },
    { "dialog_scale_20x2",          20,  2, false, scale_free },
    { "dialog_scale_down",          80, 24, false, scale_down },
    { "dialog_scale_objected",      80, 24, false, scale_objected },
    { "dialog_scale_objected_40x6", 40,  6, false, scale_objected },
    { "dialog_scale_old",           80, 24, false, scale_old },
    { "dialog_resume_old",          80, 24, false, resume_old },
    { "dialog_scale_refused",       80, 24, false, scale_refused },
    { "dialog_scale_refused_40x6",  40,  6, false, scale_refused },
    { "dialog_sort",                80, 24, false, sort_menu },
    { "dialog_sort_end",            60, 12, false, sort_end },
    { "dialog_sort_20x2",           20,  2, false, sort_menu },
    { "dialog_suspend",             80, 24, false, suspend },
    { "dialog_reload",              80, 24, false, reload },
    { "dialog_quit",                80, 24, false, quit },
    { "dialog_quit_waiting",        80, 24, false, quit_waiting },
};
/* clang-format on */

/* Screens with colours: letters stand for roles. */
/* clang-format off */
static const struct screen_row role_rows[] = {
    { "dialog_resume_much",         80, 24, false, resume_much },
};
/* clang-format on */

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    int failed = screens_run("dialogs", screen_rows, COUNT_OF(screen_rows));
    failed += screens_run_roles("dialogs: roles", role_rows, COUNT_OF(role_rows));
    return failed;
}
