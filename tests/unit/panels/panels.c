/*
 * The explanation, the log, the help and the dialogs as operators see them, compared with reviewed screens.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "tests/support/console_fixture.h"
#include "tests/support/golden.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

#define SECOND_MS 1000
#define MINUTE_MS 60000

/* The slots of the showcase that are looked at. */
enum {
    FAILED,
    UNCONFIRMED,
    UNREAD,
    COOLED,
    BOUNDED,
    BROKEN,
    PAUSED,
    ROOMY,
    CHESS,
    CASUAL,
    GONE = 13
};

static void init(struct console_fixture *fixture, int columns, int rows, bool is_ascii)
{
    console_fixture_init(fixture, VIEW_ALL, "/var/log/autoscaler.log");
    fixture->canvas.is_ascii = is_ascii;
    fixture->columns = columns;
    fixture->rows = rows;
}

static void fill(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
}

static void show(struct console_fixture *fixture)
{
    fill(fixture);
    console_fixture_take(fixture);
}

/* Down to the deployment of this slot. */
static void go_to(struct console_fixture *fixture, uint32_t slot)
{
    for (int i = 0; i < 20 && fixture->console->cursor.slot != slot; i++)
        console_fixture_press(fixture, 'j');
    assert_int_equal(fixture->console->cursor.slot, slot);
}

/* --- explanations ---------------------------------------------------------------------------------------------- */

static struct wall ago(int64_t ms)
{
    return (struct wall){ SNAPSHOTS_AT.ms - ms };
}

static void put_sentence(char sentence[SNAPSHOT_TEXT_SIZE], const char *text)
{
    size_t size = strlen(text) + 1;
    assert_true(size <= SNAPSHOT_TEXT_SIZE);
    memcpy(sentence, text, size);
}

/* The example without what a fixture has to add itself. */
static struct snapshot_detail detail_of(struct console_fixture *fixture, uint32_t slot)
{
    struct snapshot_detail detail;
    snapshots_example_detail(fixture->maker, slot, &detail);
    detail.failure[0] = '\0';
    detail.order_count = 0;
    detail.manual_delta = 0;
    detail.manual_refusal[0] = '\0';
    detail.objection_count = 0;
    return detail;
}

static void set_steps(struct snapshot_detail *detail, const struct explanation *steps, size_t count)
{
    assert_true(count <= RULE_COUNT);
    memcpy(detail->steps, steps, count * sizeof *steps);
    detail->step_count = count;
}

static void explain(struct console_fixture *fixture, uint32_t slot,
                    const struct snapshot_detail *detail)
{
    go_to(fixture, slot);
    console_fixture_press(fixture, KEYPRESS_ENTER);
    snapshots_set_detail(fixture->maker, detail);
    console_fixture_take(fixture);
}

/* A history of events, so that they are more than a screen has room for. */
static void add_events(struct console_fixture *fixture)
{
    struct wall at = *snapshots_at(fixture->maker);
    for (int i = 0; i < 7; i++) {
        *snapshots_at(fixture->maker) = ago((7 - i) * 5 * MINUTE_MS);
        snapshots_line(fixture->maker, i == 3 ? LEVEL_WARN : LEVEL_INFO,
                       i == 3 ? EVENT_SCALE_FAILED : EVENT_SCALED, "eu-west-chess-ranked",
                       i == 3 ? "scale_failed deployment=eu-west-chess-ranked delta=+1 "
                                "error=\"HTTP 500: no host left\" applied=no took_ms=40"
                              : "scaled deployment=eu-west-chess-ranked delta=+1 "
                                "key=8d0c41f2-4700-8 took_ms=74");
    }
    *snapshots_at(fixture->maker) = at;
}

static void explain_cut(struct console_fixture *fixture)
{
    add_events(fixture);
    show(fixture);
    console_fixture_type(fixture, "2");
    struct snapshot_detail detail = detail_of(fixture, CHESS);
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){ .delta = 2,
                                                .sent = ago(17767),
                                                .until = ago(17767 - 10 * MINUTE_MS) };
    explain(fixture, CHESS, &detail);
}

static void explain_scrolled(struct console_fixture *fixture)
{
    explain_cut(fixture);
    console_fixture_press(fixture, 'G');
}

static void explain_held(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE,         OK,   7, 7, PLAUSIBLE, 61, 512, 64, 8),
        STEP(DESIRED,           OK,   7, 7, DESIRED, 512, 61, 0, 451, 451, 8, 20 * SHARE_PERCENT, 71),
        STEP(BASE,              OK,   7, 7, BASE, 64, 0, 0, 0, 64, 71, 64, 7),
        STEP(SCALE_DOWN_WINDOW, OK,   7, 7, WINDOW, 5 * MINUTE_MS, 71),
        STEP(MIN_HOSTS,         OK,   7, 7, MIN_HOSTS, 1),
        STEP(MAX_HOSTS,         OK,   7, 7, MAX_HOSTS, 200),
        STEP(MAX_STEP,          OK,   7, 7, STEP_UP_SHARE, 20 * SHARE_PERCENT, 13),
        STEP(COOLDOWN,          HELD, 7, 0, COOLDOWN_UP, 20 * SECOND_MS),
        /* clang-format on */
    };
    show(fixture);
    struct snapshot_detail detail = detail_of(fixture, COOLED);
    set_steps(&detail, steps, COUNT_OF(steps));
    explain(fixture, COOLED, &detail);
}

static void explain_bad_data(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, HELD, 0, 0, REASON, REASON_FREE_ABOVE_TOTAL),
        /* clang-format on */
    };
    show(fixture);
    struct snapshot_detail detail = detail_of(fixture, BROKEN);
    set_steps(&detail, steps, COUNT_OF(steps));
    put_sentence(detail.failure, "The status counts more free servers than servers.");
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        detail.history[i].is_read = false;
    explain(fixture, BROKEN, &detail);
}

static void explain_failed(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE,         OK, 2, 2, PLAUSIBLE, 40, 248, 31, 8),
        STEP(DESIRED,           OK, 2, 2, DESIRED, 248, 40, 0, 208, 208, 8, 20 * SHARE_PERCENT, 33),
        STEP(BASE,              OK, 2, 2, BASE, 31, 0, 0, 0, 31, 33, 31, 2),
        STEP(SCALE_DOWN_WINDOW, OK, 2, 2, WINDOW, 5 * MINUTE_MS, 33),
        STEP(MAX_STEP,          OK, 2, 2, STEP_UP_SHARE, 20 * SHARE_PERCENT, 6),
        STEP(COOLDOWN,          OK, 2, 2, COOLDOWN_UP_OVER, 0),
        STEP(GATE,              OK, 2, 2, GATE_FREE, 0),
        /* clang-format on */
    };
    show(fixture);
    struct snapshot_detail detail = detail_of(fixture, FAILED);
    set_steps(&detail, steps, COUNT_OF(steps));
    put_sentence(detail.failure, "HTTP 409: quota exceeded");
    explain(fixture, FAILED, &detail);
}

static void explain_unconfirmed(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, OK,   0, 0, PLAUSIBLE, 12, 200, 20, 10),
        STEP(DESIRED,   OK,   0, 0, DESIRED, 200, 12, 0, 188, 188, 10, 15 * SHARE_PERCENT, 23),
        STEP(BASE,      OK,   0, 0, BASE, 20, 0, 3, 0, 23, 23, 23, 0),
        STEP(GATE,      HELD, 0, 0, REASON, REASON_UNCONFIRMED),
        /* clang-format on */
    };
    show(fixture);
    struct snapshot_detail detail = detail_of(fixture, UNCONFIRMED);
    set_steps(&detail, steps, COUNT_OF(steps));
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){
        .delta = 3, .sent = ago(48104), .until = ago(48104 - 90 * SECOND_MS), .is_unconfirmed = true
    };
    put_sentence(detail.failure, "no response within 5s");
    explain(fixture, UNCONFIRMED, &detail);
}

/* Some hosts came, some are pending, and one request has just been sent. */
static void explain_orders(struct console_fixture *fixture)
{
    show(fixture);
    struct snapshot_detail detail = detail_of(fixture, ROOMY);
    detail.unready_hosts = 3;
    detail.order_count = 2;
    detail.orders[0] = (struct snapshot_order){
        .delta = 12, .seen = 5, .sent = ago(78104), .until = ago(78104 - 10 * MINUTE_MS)
    };
    detail.orders[1] = (struct snapshot_order){
        .delta = 30, .sent = ago(104), .until = ago(104 - 10 * MINUTE_MS), .is_in_flight = true
    };
    explain(fixture, ROOMY, &detail);
}

static void explain_waiting(struct console_fixture *fixture)
{
    show(fixture);
    explain(fixture, CHESS, NULL);
}

static void explain_unlisted(struct console_fixture *fixture)
{
    show(fixture);
    explain(fixture, GONE, NULL);
}

static void explain_removed(struct console_fixture *fixture)
{
    show(fixture);
    explain(fixture, GONE, NULL);
    snapshots_remove(fixture->maker, GONE);
    console_fixture_take(fixture);
}

/* --- the log --------------------------------------------------------------------------------------------------- */

static void add_scales(struct console_fixture *fixture, int count)
{
    for (int i = 0; i < count; i++)
        snapshots_line(fixture->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-chess-ranked",
                       "scaled deployment=eu-west-chess-ranked delta=+1 key=8d0c41f2-4712-8 "
                       "took_ms=74");
}

static void log_open(struct console_fixture *fixture)
{
    show(fixture);
    console_fixture_type(fixture, "l");
}

/* Up to a line; then three more come. */
static void log_stopped(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "kk");
    add_scales(fixture, 3);
    console_fixture_take(fixture);
}

static void log_found(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "/DEPLOYMENT=eu");
    console_fixture_press(fixture, KEYPRESS_ENTER);
    add_scales(fixture, 3);
    console_fixture_take(fixture);
}

static void log_only(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "&chess");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void log_only_nothing(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "&zzz");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void log_errors(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "LL");
    fixture->now = mono_after(fixture->now, MESSAGE_MS);
    console_tick(fixture->console, fixture->now);
    console_fixture_draw(fixture);
}

static void log_lost(struct console_fixture *fixture)
{
    log_open(fixture);
    snapshots_lose_lines(fixture->maker, 312);
    add_scales(fixture, 2);
    console_fixture_take(fixture);
}

static void log_sideways(struct console_fixture *fixture)
{
    log_found(fixture);
    console_fixture_press(fixture, KEYPRESS_RIGHT);
    console_fixture_press(fixture, KEYPRESS_RIGHT);
}

static void log_searching(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "/eu");
}

static void log_empty(struct console_fixture *fixture)
{
    console_fixture_take(fixture);
    console_fixture_type(fixture, "l");
}

static void log_full(struct console_fixture *fixture)
{
    add_scales(fixture, 100);
    log_open(fixture);
    console_fixture_press(fixture, KEYPRESS_PAGE_UP);
}

/* --- help ------------------------------------------------------------------------------------------------------ */

static void help_list(struct console_fixture *fixture)
{
    show(fixture);
    console_fixture_type(fixture, "?");
}

static void help_scrolled(struct console_fixture *fixture)
{
    help_list(fixture);
    console_fixture_press(fixture, KEYPRESS_PAGE_DOWN);
}

static void help_end(struct console_fixture *fixture)
{
    help_list(fixture);
    console_fixture_type(fixture, "G");
}

static void help_explain(struct console_fixture *fixture)
{
    explain_cut(fixture);
    console_fixture_type(fixture, "?");
}

static void help_log(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "?");
}

static void help_read_only(struct console_fixture *fixture)
{
    fill(fixture);
    snapshots_engine(fixture->maker)->is_read_only = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "?");
    console_fixture_press(fixture, KEYPRESS_PAGE_DOWN);
}

/* --- dialogs --------------------------------------------------------------------------------------------------- */

static void pause_all(struct console_fixture *fixture)
{
    fill(fixture);
    snapshots_engine(fixture->maker)->scales_in_flight = 2;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "p");
}

static void pause_quiet(struct console_fixture *fixture)
{
    snapshots_add(fixture->maker, "eu-west-arena-casual");
    console_fixture_take(fixture);
    console_fixture_type(fixture, "p");
}

static void set_paused(struct console_fixture *fixture)
{
    snapshots_engine(fixture->maker)->is_paused = true;
    snapshots_engine(fixture->maker)->paused_at = ago(47 * MINUTE_MS);
}

static void resume_much(struct console_fixture *fixture)
{
    fill(fixture);
    set_paused(fixture);
    console_fixture_take(fixture);
    console_fixture_type(fixture, "p");
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

static void resume_nothing(struct console_fixture *fixture)
{
    snapshots_add(fixture->maker, "eu-west-arena-casual");
    set_paused(fixture);
    console_fixture_take(fixture);
    console_fixture_type(fixture, "p");
}

static void resume_dry(struct console_fixture *fixture)
{
    fill(fixture);
    set_paused(fixture);
    snapshots_engine(fixture->maker)->is_dry_run = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "p");
}

static void pause_row(struct console_fixture *fixture)
{
    show(fixture);
    go_to(fixture, CHESS);
    console_fixture_type(fixture, "P");
}

static void resume_row(struct console_fixture *fixture)
{
    show(fixture);
    go_to(fixture, PAUSED);
    console_fixture_type(fixture, "P");
}

static void dry_run_on(struct console_fixture *fixture)
{
    show(fixture);
    console_fixture_type(fixture, "D");
}

static void dry_run_off(struct console_fixture *fixture)
{
    fill(fixture);
    snapshots_engine(fixture->maker)->is_dry_run = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "D");
}

static void run_pass(struct console_fixture *fixture)
{
    show(fixture);
    console_fixture_type(fixture, "r");
}

static void scale_waiting(struct console_fixture *fixture)
{
    show(fixture);
    go_to(fixture, CHESS);
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
    struct snapshot_detail detail = detail_of(fixture, CHESS);
    detail.manual_hosts = 15;
    judge(fixture, &detail);
}

static void scale_objected(struct console_fixture *fixture)
{
    show(fixture);
    go_to(fixture, CHESS);
    console_fixture_type(fixture, "-4");
    struct snapshot_detail detail;
    snapshots_example_detail(fixture->maker, CHESS, &detail);
    detail.manual_refusal[0] = '\0';
    detail.manual_hosts = 10;
    judge(fixture, &detail);
}

static void scale_refused(struct console_fixture *fixture)
{
    scale_waiting(fixture);
    struct snapshot_detail detail = detail_of(fixture, CHESS);
    detail.manual_hosts = 15;
    put_sentence(detail.manual_refusal, "A scale request of this deployment is in flight.");
    judge(fixture, &detail);
}

static void scale_down(struct console_fixture *fixture)
{
    show(fixture);
    go_to(fixture, CASUAL);
    console_fixture_type(fixture, "-");
    struct snapshot_detail detail = detail_of(fixture, CASUAL);
    detail.manual_hosts = 143;
    detail.max_hosts = HOSTS_UNLIMITED;
    judge(fixture, &detail);
}

static void sort_menu(struct console_fixture *fixture)
{
    show(fixture);
    console_fixture_type(fixture, "s");
}

static void sort_end(struct console_fixture *fixture)
{
    sort_menu(fixture);
    console_fixture_press(fixture, KEYPRESS_END);
}

static void suspend(struct console_fixture *fixture)
{
    show(fixture);
    console_fixture_press(fixture, KEYPRESS_CTRL_Z);
}

static void quit(struct console_fixture *fixture)
{
    fill(fixture);
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
static const struct scene_row {
    const char *name;
    int columns, rows;
    bool is_utf8;
    void (*play)(struct console_fixture *fixture);
} scene_rows[] = {
    { "explain_80x24",              80, 24, false, explain_cut },
    { "explain_80x24_end",          80, 24, false, explain_scrolled },
    { "explain_120x40",            120, 40, false, explain_cut },
    { "explain_200x60",            200, 60, false, explain_cut },
    { "explain_140x50_utf8",       140, 50, true,  explain_cut },
    { "explain_40x6",               40,  6, false, explain_cut },
    { "explain_20x2",               20,  2, false, explain_cut },
    { "explain_held",               80, 24, false, explain_held },
    { "explain_bad_data",           80, 24, false, explain_bad_data },
    { "explain_bad_data_120x40",   120, 40, false, explain_bad_data },
    { "explain_failed",             80, 24, false, explain_failed },
    { "explain_unconfirmed",        80, 24, false, explain_unconfirmed },
    { "explain_orders",             80, 24, false, explain_orders },
    { "explain_waiting",            80, 24, false, explain_waiting },
    { "explain_waiting_200x60",    200, 60, false, explain_waiting },
    { "explain_gone",               80, 24, false, explain_unlisted },
    { "explain_removed",            80, 24, false, explain_removed },

    { "log_80x24",                  80, 24, false, log_open },
    { "log_120x40",                120, 40, false, log_open },
    { "log_200x60",                200, 60, false, log_open },
    { "log_40x6",                   40,  6, false, log_open },
    { "log_20x2",                   20,  2, false, log_open },
    { "log_stopped",                80, 24, false, log_stopped },
    { "log_stopped_40x6",           40,  6, false, log_stopped },
    { "log_found",                  80, 24, false, log_found },
    { "log_found_utf8",            120, 40, true,  log_found },
    { "log_only",                   80, 24, false, log_only },
    { "log_only_nothing",           80, 24, false, log_only_nothing },
    { "log_errors",                 80, 24, false, log_errors },
    { "log_lost",                   80, 24, false, log_lost },
    { "log_sideways",               80, 24, false, log_sideways },
    { "log_searching",              80, 24, false, log_searching },
    { "log_empty",                  80, 24, false, log_empty },
    { "log_full",                   80, 24, false, log_full },

    { "help_80x24",                 80, 24, false, help_list },
    { "help_120x40",               120, 40, false, help_list },
    { "help_200x60",               200, 60, false, help_list },
    { "help_120x40_utf8",          120, 40, true,  help_list },
    { "help_40x6",                  40,  6, false, help_list },
    { "help_20x2",                  20,  2, false, help_list },
    { "help_scrolled",              80, 24, false, help_scrolled },
    { "help_end",                   80, 24, false, help_end },
    { "help_explain",               80, 24, false, help_explain },
    { "help_log",                   80, 24, false, help_log },
    { "help_read_only",             80, 24, false, help_read_only },

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
    { "dialog_scale_refused",       80, 24, false, scale_refused },
    { "dialog_scale_refused_40x6",  40,  6, false, scale_refused },
    { "dialog_sort",                80, 24, false, sort_menu },
    { "dialog_sort_end",            60, 12, false, sort_end },
    { "dialog_sort_20x2",           20,  2, false, sort_menu },
    { "dialog_suspend",             80, 24, false, suspend },
    { "dialog_quit",                80, 24, false, quit },
    { "dialog_quit_waiting",        80, 24, false, quit_waiting },
};

/* Screens with colours: letters stand for roles. */
static const struct scene_row role_rows[] = {
    { "explain_80x24",              80, 24, false, explain_cut },
    { "explain_failed",             80, 24, false, explain_failed },
    { "log_found",                  80, 24, false, log_found },
    { "help_read_only",             80, 24, false, help_read_only },
    { "dialog_resume_much",         80, 24, false, resume_much },
};
/* clang-format on */

static void play(struct console_fixture *fixture, const struct scene_row *row)
{
    init(fixture, row->columns, row->rows, !row->is_utf8);
    row->play(fixture);
    console_fixture_draw(fixture);
}

static void screen_is_golden(void **state)
{
    const struct scene_row *row = *state;
    struct console_fixture fixture;
    play(&fixture, row);
    golden_check(row->name, &fixture.canvas);
    console_fixture_fini(&fixture);
}

static void roles_are_golden(void **state)
{
    const struct scene_row *row = *state;
    struct console_fixture fixture;
    play(&fixture, row);
    golden_check_roles(row->name, &fixture.canvas);
    console_fixture_fini(&fixture);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void every_scene_can_be_drawn_in_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scene_rows); i++) {
        struct console_fixture fixture;
        play(&fixture, &scene_rows[i]);
        for (fixture.columns = 1; fixture.columns <= 250;
             fixture.columns += fixture.columns < 90 ? 3 : 25)
            for (fixture.rows = 1; fixture.rows <= 80; fixture.rows += fixture.rows < 26 ? 1 : 11)
                console_fixture_draw(&fixture);
        console_fixture_fini(&fixture);
    }
}

static bool shows(const struct console_fixture *fixture, const char *text)
{
    char row[4096];
    for (int i = 0; i < fixture->rows; i++) {
        canvas_row_text(&fixture->canvas, i, row, sizeof row);
        if (strstr(row, text))
            return true;
    }
    return false;
}

/* In every size G shows the last line. */
static void check_end(void (*open)(struct console_fixture *fixture), const char *last,
                      int columns_min, int rows_min)
{
    struct console_fixture fixture;
    init(&fixture, 80, 24, true);
    open(&fixture);
    for (fixture.columns = columns_min; fixture.columns <= 200; fixture.columns += 7) {
        for (fixture.rows = rows_min; fixture.rows <= 70;
             fixture.rows += fixture.rows < 26 ? 1 : 7) {
            console_fixture_draw(&fixture);
            console_fixture_press(&fixture, 'g');
            console_fixture_press(&fixture, 'G');
            if (!shows(&fixture, last))
                fail_msg("%d x %d", fixture.columns, fixture.rows);
        }
    }
    console_fixture_fini(&fixture);
}

static void the_end_of_the_help_can_be_reached(void **state)
{
    (void)state;
    check_end(help_list, ".log", 20, 1);
}

static void the_end_of_an_explanation_can_be_reached(void **state)
{
    (void)state;
    check_end(explain_failed, "the right", 70, 8);
}

/* A match is marked at its position, scrolled sideways or not. */
static void hits_are_marked(void **state)
{
    (void)state;
    static void (*const scenes[])(struct console_fixture * fixture) = { log_found, log_sideways };
    for (size_t i = 0; i < COUNT_OF(scenes); i++) {
        struct console_fixture fixture;
        char row[4096];
        init(&fixture, 120, 40, true);
        scenes[i](&fixture);
        canvas_row_text(&fixture.canvas, 6, row, sizeof row);
        const char *id = strstr(row, "=eu-west-chess");
        assert_non_null(id);
        int column = (int)(id - row);
        assert_true(canvas_at(&fixture.canvas, column + 3, 6)->marks & CELL_CURSOR);
        assert_int_equal(canvas_at(&fixture.canvas, column + 2, 6)->marks & CELL_HIT,
                         i == 0 ? CELL_HIT : 0);
        assert_int_equal(canvas_at(&fixture.canvas, column + 3, 6)->marks & CELL_HIT, 0);
        console_fixture_fini(&fixture);
    }
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest scenes[COUNT_OF(scene_rows)];
    struct CMUnitTest roles[COUNT_OF(role_rows)];
    TESTS_FROM_ROWS(scenes, scene_rows, screen_is_golden);
    TESTS_FROM_ROWS(roles, role_rows, roles_are_golden);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(every_scene_can_be_drawn_in_every_size),
        cmocka_unit_test(the_end_of_the_help_can_be_reached),
        cmocka_unit_test(the_end_of_an_explanation_can_be_reached),
        cmocka_unit_test(hits_are_marked),
    };
    int failed = cmocka_run_group_tests_name("panels: text", scenes, NULL, NULL);
    failed += cmocka_run_group_tests_name("panels: roles", roles, NULL, NULL);
    failed += cmocka_run_group_tests_name("panels: laws", laws, NULL, NULL);
    return failed;
}
