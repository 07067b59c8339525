/*
 * The explanation, the log, the help and the dialogs as operators see them, compared with screens that people have
 * looked at.
 */
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "tests/support/golden.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

#define CONFIRM_ABOVE_PPB 20000000
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

/* A console on a fleet that a fixture changes before it is seen, and keys that it presses after. */
struct program_fixture {
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct mono now;
    int columns;
    int rows;
};

static int swallow(void *context, const struct command *command)
{
    (void)context;
    (void)command;
    return 0;
}

static void give_back(void *context, const struct snapshot *snapshot)
{
    snapshots_give_back(context, snapshot);
}

static void program_fixture_init(struct program_fixture *program_fixture, int columns, int rows,
                                 bool is_ascii)
{
    const struct console_config config = { .view = VIEW_ALL,
                                           .sort = COLUMN_STATE,
                                           .confirm_above_ppb = CONFIRM_ABOVE_PPB,
                                           .log_target = "/var/log/autoscaler.log" };
    *program_fixture = (struct program_fixture){ .maker = snapshots_create(), .now = { 1000000 } };
    const struct console_port port = { swallow, give_back, program_fixture->maker };
    struct error err;
    assert_int_equal(console_create(&config, &port, &program_fixture->console, &err), 0);
    canvas_init(&program_fixture->canvas);
    program_fixture->canvas.is_ascii = is_ascii;
    program_fixture->columns = columns;
    program_fixture->rows = rows;
}

static void program_fixture_fini(struct program_fixture *program_fixture)
{
    console_destroy(program_fixture->console);
    assert_int_equal(snapshots_out(program_fixture->maker), 0);
    snapshots_destroy(program_fixture->maker);
    canvas_fini(&program_fixture->canvas);
}

/* Pages are as drawn last: so is whatever a key means. */
static void draw(struct program_fixture *program_fixture)
{
    assert_int_equal(
        canvas_resize(&program_fixture->canvas, program_fixture->columns, program_fixture->rows),
        0);
    console_draw(program_fixture->console, &program_fixture->canvas);
}

static void take(struct program_fixture *program_fixture)
{
    console_take(program_fixture->console, program_fixture->now,
                 snapshots_take(program_fixture->maker));
    draw(program_fixture);
}

static void press(struct program_fixture *program_fixture, uint32_t chord)
{
    const struct input input = { .kind = INPUT_KEY, .chord = chord };
    console_input(program_fixture->console, program_fixture->now, &input);
    draw(program_fixture);
}

static void type(struct program_fixture *program_fixture, const char *characters)
{
    for (; *characters != '\0'; characters++)
        press(program_fixture, (uint32_t)(unsigned char)*characters);
}

static void fill(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
}

static void show(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    take(program_fixture);
}

/* Down to the deployment of this slot. */
static void go_to(struct program_fixture *program_fixture, uint32_t slot)
{
    for (int i = 0; i < 20 && program_fixture->console->cursor.slot != slot; i++)
        press(program_fixture, 'j');
    assert_int_equal(program_fixture->console->cursor.slot, slot);
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
static struct snapshot_detail detail_of(struct program_fixture *program_fixture, uint32_t slot)
{
    struct snapshot_detail detail;
    snapshots_example_detail(program_fixture->maker, slot, &detail);
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

static void explain(struct program_fixture *program_fixture, uint32_t slot,
                    const struct snapshot_detail *detail)
{
    go_to(program_fixture, slot);
    press(program_fixture, CHORD_ENTER);
    snapshots_set_detail(program_fixture->maker, detail);
    take(program_fixture);
}

/* A history of events, so that they are more than a screen has room for. */
static void add_events(struct program_fixture *program_fixture)
{
    struct wall at = *snapshots_at(program_fixture->maker);
    for (int i = 0; i < 7; i++) {
        *snapshots_at(program_fixture->maker) = ago((7 - i) * 5 * MINUTE_MS);
        snapshots_line(program_fixture->maker, i == 3 ? LEVEL_WARN : LEVEL_INFO,
                       i == 3 ? EVENT_SCALE_FAILED : EVENT_SCALED, "eu-west-chess-ranked",
                       i == 3 ? "scale_failed deployment=eu-west-chess-ranked delta=+1 "
                                "error=\"HTTP 500: no host left\" applied=no took_ms=40"
                              : "scaled deployment=eu-west-chess-ranked delta=+1 "
                                "key=8d0c41f2-4700-8 took_ms=74");
    }
    *snapshots_at(program_fixture->maker) = at;
}

static void explain_cut(struct program_fixture *program_fixture)
{
    add_events(program_fixture);
    show(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, CHESS);
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){ .delta = 2,
                                                .sent = ago(17767),
                                                .until = ago(17767 - 10 * MINUTE_MS) };
    explain(program_fixture, CHESS, &detail);
}

static void explain_scrolled(struct program_fixture *program_fixture)
{
    explain_cut(program_fixture);
    press(program_fixture, 'G');
}

static void explain_held(struct program_fixture *program_fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE,         OK,   7, 7, PLAUSIBLE, 61, 512, 64, 8),
        STEP(DESIRED,           OK,   7, 7, DESIRED, 512, 61, 451, 451, 8, 20 * SHARE_PERCENT, 71),
        STEP(BASE,              OK,   7, 7, BASE, 64, 0, 0, 0, 64, 71, 64, 7),
        STEP(SCALE_DOWN_WINDOW, OK,   7, 7, WINDOW, 5 * MINUTE_MS, 71),
        STEP(MIN_HOSTS,         OK,   7, 7, MIN_HOSTS, 1),
        STEP(MAX_HOSTS,         OK,   7, 7, MAX_HOSTS, 200),
        STEP(MAX_STEP,          OK,   7, 7, STEP_UP_SHARE, 20 * SHARE_PERCENT, 13),
        STEP(COOLDOWN,          HELD, 7, 0, COOLDOWN_UP, 20 * SECOND_MS),
        /* clang-format on */
    };
    show(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, COOLED);
    set_steps(&detail, steps, COUNT_OF(steps));
    explain(program_fixture, COOLED, &detail);
}

static void explain_bad_data(struct program_fixture *program_fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, HELD, 0, 0, REASON, REASON_FREE_ABOVE_TOTAL),
        /* clang-format on */
    };
    show(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, BROKEN);
    set_steps(&detail, steps, COUNT_OF(steps));
    put_sentence(detail.failure, "The status counts more free servers than servers.");
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        detail.history[i].is_read = false;
    explain(program_fixture, BROKEN, &detail);
}

static void explain_failed(struct program_fixture *program_fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE,         OK, 2, 2, PLAUSIBLE, 40, 248, 31, 8),
        STEP(DESIRED,           OK, 2, 2, DESIRED, 248, 40, 208, 208, 8, 20 * SHARE_PERCENT, 33),
        STEP(BASE,              OK, 2, 2, BASE, 31, 0, 0, 0, 31, 33, 31, 2),
        STEP(SCALE_DOWN_WINDOW, OK, 2, 2, WINDOW, 5 * MINUTE_MS, 33),
        STEP(MAX_STEP,          OK, 2, 2, STEP_UP_SHARE, 20 * SHARE_PERCENT, 6),
        STEP(COOLDOWN,          OK, 2, 2, COOLDOWN_UP_OVER, 0),
        STEP(GATE,              OK, 2, 2, GATE_FREE, 0),
        /* clang-format on */
    };
    show(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, FAILED);
    set_steps(&detail, steps, COUNT_OF(steps));
    put_sentence(detail.failure, "HTTP 409: quota exceeded");
    explain(program_fixture, FAILED, &detail);
}

static void explain_unconfirmed(struct program_fixture *program_fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, OK,   0, 0, PLAUSIBLE, 12, 200, 20, 10),
        STEP(DESIRED,   OK,   0, 0, DESIRED, 200, 12, 188, 188, 10, 15 * SHARE_PERCENT, 23),
        STEP(BASE,      OK,   0, 0, BASE, 20, 0, 3, 0, 23, 23, 23, 0),
        STEP(GATE,      HELD, 0, 0, REASON, REASON_UNCONFIRMED),
        /* clang-format on */
    };
    show(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, UNCONFIRMED);
    set_steps(&detail, steps, COUNT_OF(steps));
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){
        .delta = 3, .sent = ago(48104), .until = ago(48104 - 90 * SECOND_MS), .is_unconfirmed = true
    };
    put_sentence(detail.failure, "no answer within 5s");
    explain(program_fixture, UNCONFIRMED, &detail);
}

/* Some hosts came, some are on their way, and one request has just left. */
static void explain_orders(struct program_fixture *program_fixture)
{
    show(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, ROOMY);
    detail.unready_hosts = 3;
    detail.order_count = 2;
    detail.orders[0] = (struct snapshot_order){
        .delta = 12, .seen = 5, .sent = ago(78104), .until = ago(78104 - 10 * MINUTE_MS)
    };
    detail.orders[1] = (struct snapshot_order){
        .delta = 30, .sent = ago(104), .until = ago(104 - 10 * MINUTE_MS), .is_in_flight = true
    };
    explain(program_fixture, ROOMY, &detail);
}

static void explain_waiting(struct program_fixture *program_fixture)
{
    show(program_fixture);
    explain(program_fixture, CHESS, NULL);
}

static void explain_unlisted(struct program_fixture *program_fixture)
{
    show(program_fixture);
    explain(program_fixture, GONE, NULL);
}

static void explain_removed(struct program_fixture *program_fixture)
{
    show(program_fixture);
    explain(program_fixture, GONE, NULL);
    snapshots_remove(program_fixture->maker, GONE);
    take(program_fixture);
}

/* --- the log --------------------------------------------------------------------------------------------------- */

static void add_scales(struct program_fixture *program_fixture, int count)
{
    for (int i = 0; i < count; i++)
        snapshots_line(program_fixture->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-chess-ranked",
                       "scaled deployment=eu-west-chess-ranked delta=+1 key=8d0c41f2-4712-8 "
                       "took_ms=74");
}

static void log_open(struct program_fixture *program_fixture)
{
    show(program_fixture);
    type(program_fixture, "l");
}

/* Up to a line; then three more come. */
static void log_stopped(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "kk");
    add_scales(program_fixture, 3);
    take(program_fixture);
}

static void log_found(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "/DEPLOYMENT=eu");
    press(program_fixture, CHORD_ENTER);
    add_scales(program_fixture, 3);
    take(program_fixture);
}

static void log_only(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "&chess");
    press(program_fixture, CHORD_ENTER);
}

static void log_only_nothing(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "&zzz");
    press(program_fixture, CHORD_ENTER);
}

static void log_errors(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "LL");
    program_fixture->now = mono_after(program_fixture->now, MESSAGE_MS);
    console_tick(program_fixture->console, program_fixture->now);
    draw(program_fixture);
}

static void log_lost(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    snapshots_lose_lines(program_fixture->maker, 312);
    add_scales(program_fixture, 2);
    take(program_fixture);
}

static void log_sideways(struct program_fixture *program_fixture)
{
    log_found(program_fixture);
    press(program_fixture, CHORD_RIGHT);
    press(program_fixture, CHORD_RIGHT);
}

static void log_searching(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "/eu");
}

static void log_empty(struct program_fixture *program_fixture)
{
    take(program_fixture);
    type(program_fixture, "l");
}

static void log_full(struct program_fixture *program_fixture)
{
    add_scales(program_fixture, 100);
    log_open(program_fixture);
    press(program_fixture, CHORD_PAGE_UP);
}

/* --- help ------------------------------------------------------------------------------------------------------ */

static void help_list(struct program_fixture *program_fixture)
{
    show(program_fixture);
    type(program_fixture, "?");
}

static void help_scrolled(struct program_fixture *program_fixture)
{
    help_list(program_fixture);
    press(program_fixture, CHORD_PAGE_DOWN);
}

static void help_end(struct program_fixture *program_fixture)
{
    help_list(program_fixture);
    type(program_fixture, "G");
}

static void help_explain(struct program_fixture *program_fixture)
{
    explain_cut(program_fixture);
    type(program_fixture, "?");
}

static void help_log(struct program_fixture *program_fixture)
{
    log_open(program_fixture);
    type(program_fixture, "?");
}

static void help_read_only(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    snapshots_engine(program_fixture->maker)->is_read_only = true;
    take(program_fixture);
    type(program_fixture, "?");
    press(program_fixture, CHORD_PAGE_DOWN);
}

/* --- dialogs --------------------------------------------------------------------------------------------------- */

static void pause_all(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    snapshots_engine(program_fixture->maker)->scales_in_flight = 2;
    take(program_fixture);
    type(program_fixture, "p");
}

static void pause_quiet(struct program_fixture *program_fixture)
{
    snapshots_add(program_fixture->maker, "eu-west-arena-casual");
    take(program_fixture);
    type(program_fixture, "p");
}

static void set_paused(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_paused = true;
    snapshots_engine(program_fixture->maker)->paused_at = ago(47 * MINUTE_MS);
}

static void resume_much(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    set_paused(program_fixture);
    take(program_fixture);
    type(program_fixture, "p");
}

static void resume_typed(struct program_fixture *program_fixture)
{
    resume_much(program_fixture);
    type(program_fixture, "5");
}

static void resume_agreed(struct program_fixture *program_fixture)
{
    resume_much(program_fixture);
    type(program_fixture, program_fixture->console->dialog.asked);
}

static void resume_nothing(struct program_fixture *program_fixture)
{
    snapshots_add(program_fixture->maker, "eu-west-arena-casual");
    set_paused(program_fixture);
    take(program_fixture);
    type(program_fixture, "p");
}

static void resume_dry(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    set_paused(program_fixture);
    snapshots_engine(program_fixture->maker)->is_dry_run = true;
    take(program_fixture);
    type(program_fixture, "p");
}

static void pause_row(struct program_fixture *program_fixture)
{
    show(program_fixture);
    go_to(program_fixture, CHESS);
    type(program_fixture, "P");
}

static void resume_row(struct program_fixture *program_fixture)
{
    show(program_fixture);
    go_to(program_fixture, PAUSED);
    type(program_fixture, "P");
}

static void dry_run_on(struct program_fixture *program_fixture)
{
    show(program_fixture);
    type(program_fixture, "D");
}

static void dry_run_off(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    snapshots_engine(program_fixture->maker)->is_dry_run = true;
    take(program_fixture);
    type(program_fixture, "D");
}

static void run_pass(struct program_fixture *program_fixture)
{
    show(program_fixture);
    type(program_fixture, "r");
}

static void scale_waiting(struct program_fixture *program_fixture)
{
    show(program_fixture);
    go_to(program_fixture, CHESS);
    type(program_fixture, "+");
}

/* The engine's opinion of it has come. */
static void judge(struct program_fixture *program_fixture, struct snapshot_detail *detail)
{
    detail->manual_delta = program_fixture->console->dialog.delta;
    snapshots_set_detail(program_fixture->maker, detail);
    take(program_fixture);
}

static void scale_free(struct program_fixture *program_fixture)
{
    scale_waiting(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, CHESS);
    detail.manual_hosts = 15;
    judge(program_fixture, &detail);
}

static void scale_objected(struct program_fixture *program_fixture)
{
    scale_waiting(program_fixture);
    type(program_fixture, "4");
    struct snapshot_detail detail;
    snapshots_example_detail(program_fixture->maker, CHESS, &detail);
    detail.manual_refusal[0] = '\0';
    detail.manual_hosts = 18;
    judge(program_fixture, &detail);
}

static void scale_refused(struct program_fixture *program_fixture)
{
    scale_waiting(program_fixture);
    struct snapshot_detail detail = detail_of(program_fixture, CHESS);
    detail.manual_hosts = 15;
    put_sentence(detail.manual_refusal, "A scale request of this deployment is in flight.");
    judge(program_fixture, &detail);
}

static void scale_down(struct program_fixture *program_fixture)
{
    show(program_fixture);
    go_to(program_fixture, CASUAL);
    type(program_fixture, "-");
    struct snapshot_detail detail = detail_of(program_fixture, CASUAL);
    detail.manual_hosts = 143;
    detail.max_hosts = HOSTS_UNLIMITED;
    judge(program_fixture, &detail);
}

static void sort_menu(struct program_fixture *program_fixture)
{
    show(program_fixture);
    type(program_fixture, "s");
}

static void sort_end(struct program_fixture *program_fixture)
{
    sort_menu(program_fixture);
    press(program_fixture, CHORD_END);
}

static void suspend(struct program_fixture *program_fixture)
{
    show(program_fixture);
    press(program_fixture, CHORD_CTRL_Z);
}

static void quit(struct program_fixture *program_fixture)
{
    fill(program_fixture);
    snapshots_engine(program_fixture->maker)->scales_in_flight = 1;
    take(program_fixture);
    type(program_fixture, "q");
}

static void quit_waiting(struct program_fixture *program_fixture)
{
    draw(program_fixture);
    type(program_fixture, "q");
}

/* clang-format off */
static const struct api_fixture_row {
    const char *name;
    int columns, rows;
    bool is_utf8;
    void (*play)(struct program_fixture *program_fixture);
} api_fixture_rows[] = {
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

/* Screens in which colours matter: the same scenes, as letters for roles. */
static const struct api_fixture_row role_rows[] = {
    { "explain_80x24",              80, 24, false, explain_cut },
    { "explain_failed",             80, 24, false, explain_failed },
    { "log_found",                  80, 24, false, log_found },
    { "help_read_only",             80, 24, false, help_read_only },
    { "dialog_resume_much",         80, 24, false, resume_much },
};
/* clang-format on */

static void play(struct program_fixture *program_fixture, const struct api_fixture_row *row)
{
    program_fixture_init(program_fixture, row->columns, row->rows, !row->is_utf8);
    row->play(program_fixture);
    draw(program_fixture);
}

static void screen_is_golden(void **state)
{
    const struct api_fixture_row *row = *state;
    struct program_fixture program_fixture;
    play(&program_fixture, row);
    golden_check(row->name, &program_fixture.canvas);
    program_fixture_fini(&program_fixture);
}

static void roles_are_golden(void **state)
{
    const struct api_fixture_row *row = *state;
    struct program_fixture program_fixture;
    play(&program_fixture, row);
    golden_check_roles(row->name, &program_fixture.canvas);
    program_fixture_fini(&program_fixture);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void every_scene_can_be_drawn_in_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(api_fixture_rows); i++) {
        struct program_fixture program_fixture;
        play(&program_fixture, &api_fixture_rows[i]);
        for (program_fixture.columns = 1; program_fixture.columns <= 250;
             program_fixture.columns += program_fixture.columns < 90 ? 3 : 25)
            for (program_fixture.rows = 1; program_fixture.rows <= 80;
                 program_fixture.rows += program_fixture.rows < 26 ? 1 : 11)
                draw(&program_fixture);
        program_fixture_fini(&program_fixture);
    }
}

static bool shows(const struct program_fixture *program_fixture, const char *text)
{
    char row[4096];
    for (int i = 0; i < program_fixture->rows; i++) {
        canvas_row_text(&program_fixture->canvas, i, row, sizeof row);
        if (strstr(row, text))
            return true;
    }
    return false;
}

/* In every size G shows what stands last. */
static void check_end(void (*open)(struct program_fixture *program_fixture), const char *last,
                      int columns_min, int rows_min)
{
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, 80, 24, true);
    open(&program_fixture);
    for (program_fixture.columns = columns_min; program_fixture.columns <= 200;
         program_fixture.columns += 7) {
        for (program_fixture.rows = rows_min; program_fixture.rows <= 70;
             program_fixture.rows += program_fixture.rows < 26 ? 1 : 7) {
            draw(&program_fixture);
            press(&program_fixture, 'g');
            press(&program_fixture, 'G');
            if (!shows(&program_fixture, last))
                fail_msg("%d x %d", program_fixture.columns, program_fixture.rows);
        }
    }
    program_fixture_fini(&program_fixture);
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

/* What was found is marked where it stands, scrolled sideways or not. */
static void hits_are_marked(void **state)
{
    (void)state;
    static void (*const scenes[])(struct program_fixture * program_fixture) = { log_found,
                                                                                log_sideways };
    for (size_t i = 0; i < COUNT_OF(scenes); i++) {
        struct program_fixture program_fixture;
        char row[4096];
        program_fixture_init(&program_fixture, 120, 40, true);
        scenes[i](&program_fixture);
        canvas_row_text(&program_fixture.canvas, 6, row, sizeof row);
        const char *id = strstr(row, "=eu-west-chess");
        assert_non_null(id);
        int column = (int)(id - row);
        assert_true(canvas_at(&program_fixture.canvas, column + 3, 6)->marks & CELL_CURSOR);
        assert_int_equal(canvas_at(&program_fixture.canvas, column + 2, 6)->marks & CELL_HIT,
                         i == 0 ? CELL_HIT : 0);
        assert_int_equal(canvas_at(&program_fixture.canvas, column + 3, 6)->marks & CELL_HIT, 0);
        program_fixture_fini(&program_fixture);
    }
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest scenes[COUNT_OF(api_fixture_rows)];
    struct CMUnitTest roles[COUNT_OF(role_rows)];
    TESTS_FROM_ROWS(scenes, api_fixture_rows, screen_is_golden);
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
