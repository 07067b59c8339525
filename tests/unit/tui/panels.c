/*
 * The explanation, the log, the help and the dialogs as operators see them, compared with screens that people have
 * looked at.
 */
#include "tui/console/console_state.h"

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

/* A console on a fleet that a scene changes before it is seen, and keys that it presses after. */
struct stage {
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

static void stage_init(struct stage *stage, int columns, int rows, bool is_ascii)
{
    const struct console_config config = { .view = VIEW_ALL,
                                           .sort = COLUMN_STATE,
                                           .confirm_above_ppb = CONFIRM_ABOVE_PPB,
                                           .log_place = "/var/log/autoscaler.log" };
    *stage = (struct stage){ .maker = snapshots_create(), .now = { 1000000 } };
    const struct console_port port = { swallow, give_back, stage->maker };
    struct error err;
    assert_int_equal(console_create(&config, &port, &stage->console, &err), 0);
    canvas_init(&stage->canvas);
    stage->canvas.is_ascii = is_ascii;
    stage->columns = columns;
    stage->rows = rows;
}

static void stage_fini(struct stage *stage)
{
    console_destroy(stage->console);
    assert_int_equal(snapshots_out(stage->maker), 0);
    snapshots_destroy(stage->maker);
    canvas_fini(&stage->canvas);
}

/* Pages are as drawn last: so is whatever a key means. */
static void draw(struct stage *stage)
{
    assert_int_equal(canvas_resize(&stage->canvas, stage->columns, stage->rows), 0);
    console_draw(stage->console, &stage->canvas);
}

static void take(struct stage *stage)
{
    console_take(stage->console, stage->now, snapshots_take(stage->maker));
    draw(stage);
}

static void press(struct stage *stage, uint32_t chord)
{
    const struct input input = { .kind = INPUT_KEY, .chord = chord };
    console_input(stage->console, stage->now, &input);
    draw(stage);
}

static void type(struct stage *stage, const char *characters)
{
    for (; *characters != '\0'; characters++)
        press(stage, (uint32_t)(unsigned char)*characters);
}

static void fill(struct stage *stage)
{
    snapshots_fill_showcase(stage->maker);
}

static void show(struct stage *stage)
{
    fill(stage);
    take(stage);
}

/* Down to the deployment of this slot. */
static void go_to(struct stage *stage, uint32_t slot)
{
    for (int i = 0; i < 20 && stage->console->cursor.slot != slot; i++)
        press(stage, 'j');
    assert_int_equal(stage->console->cursor.slot, slot);
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

/* The example without what a scene has to add itself. */
static struct snapshot_detail detail_of(struct stage *stage, uint32_t slot)
{
    struct snapshot_detail detail;
    snapshots_example_detail(stage->maker, slot, &detail);
    detail.failure[0] = '\0';
    detail.order_count = 0;
    detail.manual_delta = 0;
    detail.manual_refusal[0] = '\0';
    detail.objection_count = 0;
    return detail;
}

static void set_steps(struct snapshot_detail *detail, const struct snapshot_step *steps,
                      size_t count)
{
    assert_true(count <= SNAPSHOT_STEPS_MAX);
    memcpy(detail->steps, steps, count * sizeof *steps);
    detail->step_count = count;
}

static void explain(struct stage *stage, uint32_t slot, const struct snapshot_detail *detail)
{
    go_to(stage, slot);
    press(stage, CHORD_ENTER);
    snapshots_set_detail(stage->maker, detail);
    take(stage);
}

/* A history of events, so that they are more than a screen has room for. */
static void add_events(struct stage *stage)
{
    struct wall at = *snapshots_at(stage->maker);
    for (int i = 0; i < 7; i++) {
        *snapshots_at(stage->maker) = ago((7 - i) * 5 * MINUTE_MS);
        snapshots_line(stage->maker, i == 3 ? LEVEL_WARN : LEVEL_INFO,
                       i == 3 ? EVENT_SCALE_FAILED : EVENT_SCALED, "eu-west-chess-ranked",
                       i == 3 ? "scale_failed deployment=eu-west-chess-ranked delta=+1 "
                                "error=\"HTTP 500: no host left\" applied=no took_ms=40"
                              : "scaled deployment=eu-west-chess-ranked delta=+1 "
                                "key=8d0c41f2-4700-8 took_ms=74");
    }
    *snapshots_at(stage->maker) = at;
}

static void explain_cut(struct stage *stage)
{
    add_events(stage);
    show(stage);
    struct snapshot_detail detail = detail_of(stage, CHESS);
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){ .delta = 2,
                                                .sent = ago(17767),
                                                .until = ago(17767 - 10 * MINUTE_MS) };
    explain(stage, CHESS, &detail);
}

static void explain_scrolled(struct stage *stage)
{
    explain_cut(stage);
    press(stage, 'G');
}

static void explain_held(struct stage *stage)
{
    static const struct snapshot_step steps[] = {
        { VERDICT_SHOWN_OK, "plausible: free 61 <= total 512, 64 hosts with 8 servers each" },
        { VERDICT_SHOWN_OK,
          "desired: busy 512 - 61 = 451; ceil(451 / (8 x (100% - 20%))) = 71 hosts" },
        { VERDICT_SHOWN_OK, "base: hosts 64 + pending 0 = 64; delta 71 - 64 = +7" },
        { VERDICT_SHOWN_OK, "scale_down_window 5m: highest desired 71: ok" },
        { VERDICT_SHOWN_OK, "min_hosts 1: ok" },
        { VERDICT_SHOWN_OK, "max_hosts 200: ok" },
        { VERDICT_SHOWN_OK, "max_step_up 20% = 13: ok" },
        { VERDICT_SHOWN_HELD, "cooldown_up for another 20s: +7 -> +0" },
    };
    show(stage);
    struct snapshot_detail detail = detail_of(stage, COOLED);
    set_steps(&detail, steps, COUNT_OF(steps));
    explain(stage, COOLED, &detail);
}

static void explain_bad_data(struct stage *stage)
{
    static const struct snapshot_step steps[] = {
        { VERDICT_SHOWN_HELD,
          "free_above_total: The status counts more free servers than servers." },
    };
    show(stage);
    struct snapshot_detail detail = detail_of(stage, BROKEN);
    set_steps(&detail, steps, COUNT_OF(steps));
    put_sentence(detail.failure, "The status counts more free servers than servers.");
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        detail.history[i].is_read = false;
    explain(stage, BROKEN, &detail);
}

static void explain_failed(struct stage *stage)
{
    static const struct snapshot_step steps[] = {
        { VERDICT_SHOWN_OK, "plausible: free 40 <= total 248, 31 hosts with 8 servers each" },
        { VERDICT_SHOWN_OK,
          "desired: busy 248 - 40 = 208; ceil(208 / (8 x (100% - 20%))) = 33 hosts" },
        { VERDICT_SHOWN_OK, "base: hosts 31 + pending 0 = 31; delta 33 - 31 = +2" },
        { VERDICT_SHOWN_OK, "scale_down_window 5m: highest desired 33: ok" },
        { VERDICT_SHOWN_OK, "max_step_up 20% = 6: ok" },
        { VERDICT_SHOWN_OK, "cooldown_up: ok" },
        { VERDICT_SHOWN_OK, "gate: free to send" },
    };
    show(stage);
    struct snapshot_detail detail = detail_of(stage, FAILED);
    set_steps(&detail, steps, COUNT_OF(steps));
    put_sentence(detail.failure, "HTTP 409: quota exceeded");
    explain(stage, FAILED, &detail);
}

static void explain_unconfirmed(struct stage *stage)
{
    static const struct snapshot_step steps[] = {
        { VERDICT_SHOWN_OK, "plausible: free 12 <= total 200, 20 hosts with 10 servers each" },
        { VERDICT_SHOWN_OK,
          "desired: busy 200 - 12 = 188; ceil(188 / (10 x (100% - 15%))) = 23 hosts" },
        { VERDICT_SHOWN_OK, "base: hosts 20 + pending 3 = 23; delta 23 - 23 = +0" },
        { VERDICT_SHOWN_HELD,
          "unconfirmed: The answer to a scale request was lost: it may have been "
          "applied, so it is not repeated." },
    };
    show(stage);
    struct snapshot_detail detail = detail_of(stage, UNCONFIRMED);
    set_steps(&detail, steps, COUNT_OF(steps));
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){
        .delta = 3, .sent = ago(48104), .until = ago(48104 - 90 * SECOND_MS), .is_unconfirmed = true
    };
    put_sentence(detail.failure, "no answer within 5s");
    explain(stage, UNCONFIRMED, &detail);
}

/* Some hosts came, some are on their way, and one request has just left. */
static void explain_orders(struct stage *stage)
{
    show(stage);
    struct snapshot_detail detail = detail_of(stage, ROOMY);
    detail.dark_hosts = 3;
    detail.order_count = 2;
    detail.orders[0] = (struct snapshot_order){
        .delta = 12, .seen = 5, .sent = ago(78104), .until = ago(78104 - 10 * MINUTE_MS)
    };
    detail.orders[1] = (struct snapshot_order){
        .delta = 30, .sent = ago(104), .until = ago(104 - 10 * MINUTE_MS), .is_in_flight = true
    };
    explain(stage, ROOMY, &detail);
}

static void explain_waiting(struct stage *stage)
{
    show(stage);
    explain(stage, CHESS, NULL);
}

static void explain_unlisted(struct stage *stage)
{
    show(stage);
    explain(stage, GONE, NULL);
}

static void explain_removed(struct stage *stage)
{
    show(stage);
    explain(stage, GONE, NULL);
    snapshots_remove(stage->maker, GONE);
    take(stage);
}

/* --- the log --------------------------------------------------------------------------------------------------- */

static void add_scales(struct stage *stage, int count)
{
    for (int i = 0; i < count; i++)
        snapshots_line(stage->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-chess-ranked",
                       "scaled deployment=eu-west-chess-ranked delta=+1 key=8d0c41f2-4712-8 "
                       "took_ms=74");
}

static void log_open(struct stage *stage)
{
    show(stage);
    type(stage, "l");
}

/* Up to a line; then three more come. */
static void log_stopped(struct stage *stage)
{
    log_open(stage);
    type(stage, "kk");
    add_scales(stage, 3);
    take(stage);
}

static void log_found(struct stage *stage)
{
    log_open(stage);
    type(stage, "/DEPLOYMENT=eu");
    press(stage, CHORD_ENTER);
    add_scales(stage, 3);
    take(stage);
}

static void log_only(struct stage *stage)
{
    log_open(stage);
    type(stage, "&chess");
    press(stage, CHORD_ENTER);
}

static void log_only_nothing(struct stage *stage)
{
    log_open(stage);
    type(stage, "&zzz");
    press(stage, CHORD_ENTER);
}

static void log_errors(struct stage *stage)
{
    log_open(stage);
    type(stage, "LL");
    stage->now = mono_after(stage->now, MESSAGE_MS);
    console_tick(stage->console, stage->now);
    draw(stage);
}

static void log_lost(struct stage *stage)
{
    log_open(stage);
    snapshots_lose_lines(stage->maker, 312);
    add_scales(stage, 2);
    take(stage);
}

static void log_sideways(struct stage *stage)
{
    log_found(stage);
    press(stage, CHORD_RIGHT);
    press(stage, CHORD_RIGHT);
}

static void log_searching(struct stage *stage)
{
    log_open(stage);
    type(stage, "/eu");
}

static void log_empty(struct stage *stage)
{
    take(stage);
    type(stage, "l");
}

static void log_full(struct stage *stage)
{
    add_scales(stage, 100);
    log_open(stage);
    press(stage, CHORD_PAGE_UP);
}

/* --- help ------------------------------------------------------------------------------------------------------ */

static void help_list(struct stage *stage)
{
    show(stage);
    type(stage, "?");
}

static void help_scrolled(struct stage *stage)
{
    help_list(stage);
    press(stage, CHORD_PAGE_DOWN);
}

static void help_end(struct stage *stage)
{
    help_list(stage);
    type(stage, "G");
}

static void help_explain(struct stage *stage)
{
    explain_cut(stage);
    type(stage, "?");
}

static void help_log(struct stage *stage)
{
    log_open(stage);
    type(stage, "?");
}

static void help_read_only(struct stage *stage)
{
    fill(stage);
    snapshots_engine(stage->maker)->is_read_only = true;
    take(stage);
    type(stage, "?");
    press(stage, CHORD_PAGE_DOWN);
}

/* --- dialogs --------------------------------------------------------------------------------------------------- */

static void pause_all(struct stage *stage)
{
    fill(stage);
    snapshots_engine(stage->maker)->scales_in_flight = 2;
    take(stage);
    type(stage, "p");
}

static void pause_quiet(struct stage *stage)
{
    snapshots_add(stage->maker, "eu-west-arena-casual");
    take(stage);
    type(stage, "p");
}

static void set_paused(struct stage *stage)
{
    snapshots_engine(stage->maker)->is_paused = true;
    snapshots_engine(stage->maker)->paused_at = ago(47 * MINUTE_MS);
}

static void resume_much(struct stage *stage)
{
    fill(stage);
    set_paused(stage);
    take(stage);
    type(stage, "p");
}

static void resume_typed(struct stage *stage)
{
    resume_much(stage);
    type(stage, "5");
}

static void resume_agreed(struct stage *stage)
{
    resume_much(stage);
    type(stage, stage->console->dialog.asked);
}

static void resume_nothing(struct stage *stage)
{
    snapshots_add(stage->maker, "eu-west-arena-casual");
    set_paused(stage);
    take(stage);
    type(stage, "p");
}

static void resume_dry(struct stage *stage)
{
    fill(stage);
    set_paused(stage);
    snapshots_engine(stage->maker)->is_dry_run = true;
    take(stage);
    type(stage, "p");
}

static void pause_row(struct stage *stage)
{
    show(stage);
    go_to(stage, CHESS);
    type(stage, "P");
}

static void resume_row(struct stage *stage)
{
    show(stage);
    go_to(stage, PAUSED);
    type(stage, "P");
}

static void dry_run_on(struct stage *stage)
{
    show(stage);
    type(stage, "D");
}

static void dry_run_off(struct stage *stage)
{
    fill(stage);
    snapshots_engine(stage->maker)->is_dry_run = true;
    take(stage);
    type(stage, "D");
}

static void run_pass(struct stage *stage)
{
    show(stage);
    type(stage, "r");
}

static void scale_waiting(struct stage *stage)
{
    show(stage);
    go_to(stage, CHESS);
    type(stage, "+");
}

/* The engine's opinion of it has come. */
static void judge(struct stage *stage, struct snapshot_detail *detail)
{
    detail->manual_delta = stage->console->dialog.delta;
    snapshots_set_detail(stage->maker, detail);
    take(stage);
}

static void scale_free(struct stage *stage)
{
    scale_waiting(stage);
    struct snapshot_detail detail = detail_of(stage, CHESS);
    detail.manual_hosts = 15;
    judge(stage, &detail);
}

static void scale_objected(struct stage *stage)
{
    scale_waiting(stage);
    type(stage, "4");
    struct snapshot_detail detail;
    snapshots_example_detail(stage->maker, CHESS, &detail);
    detail.manual_refusal[0] = '\0';
    detail.manual_hosts = 18;
    judge(stage, &detail);
}

static void scale_refused(struct stage *stage)
{
    scale_waiting(stage);
    struct snapshot_detail detail = detail_of(stage, CHESS);
    detail.manual_hosts = 15;
    put_sentence(detail.manual_refusal, "A scale request of this deployment is still on its way.");
    judge(stage, &detail);
}

static void scale_down(struct stage *stage)
{
    show(stage);
    go_to(stage, CASUAL);
    type(stage, "-");
    struct snapshot_detail detail = detail_of(stage, CASUAL);
    detail.manual_hosts = 143;
    detail.max_hosts = HOSTS_NO_LIMIT;
    judge(stage, &detail);
}

static void sort_menu(struct stage *stage)
{
    show(stage);
    type(stage, "s");
}

static void sort_end(struct stage *stage)
{
    sort_menu(stage);
    press(stage, CHORD_END);
}

static void suspend(struct stage *stage)
{
    show(stage);
    press(stage, CHORD_CTRL_Z);
}

static void quit(struct stage *stage)
{
    fill(stage);
    snapshots_engine(stage->maker)->scales_in_flight = 1;
    take(stage);
    type(stage, "q");
}

static void quit_waiting(struct stage *stage)
{
    draw(stage);
    type(stage, "q");
}

/* clang-format off */
static const struct scene_row {
    const char *name;
    int columns, rows;
    bool is_utf8;
    void (*play)(struct stage *stage);
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

/* Screens in which colours matter: the same scenes, as letters for roles. */
static const struct scene_row role_rows[] = {
    { "explain_80x24",              80, 24, false, explain_cut },
    { "explain_failed",             80, 24, false, explain_failed },
    { "log_found",                  80, 24, false, log_found },
    { "help_read_only",             80, 24, false, help_read_only },
    { "dialog_resume_much",         80, 24, false, resume_much },
};
/* clang-format on */

static void play(struct stage *stage, const struct scene_row *row)
{
    stage_init(stage, row->columns, row->rows, !row->is_utf8);
    row->play(stage);
    draw(stage);
}

static void screen_is_golden(void **state)
{
    const struct scene_row *row = *state;
    struct stage stage;
    play(&stage, row);
    golden_check(row->name, &stage.canvas);
    stage_fini(&stage);
}

static void roles_are_golden(void **state)
{
    const struct scene_row *row = *state;
    struct stage stage;
    play(&stage, row);
    golden_check_roles(row->name, &stage.canvas);
    stage_fini(&stage);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void every_scene_can_be_drawn_in_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scene_rows); i++) {
        struct stage stage;
        play(&stage, &scene_rows[i]);
        for (stage.columns = 1; stage.columns <= 250; stage.columns += stage.columns < 90 ? 3 : 25)
            for (stage.rows = 1; stage.rows <= 80; stage.rows += stage.rows < 26 ? 1 : 11)
                draw(&stage);
        stage_fini(&stage);
    }
}

static bool shows(const struct stage *stage, const char *text)
{
    char row[4096];
    for (int i = 0; i < stage->rows; i++) {
        canvas_row_text(&stage->canvas, i, row, sizeof row);
        if (strstr(row, text))
            return true;
    }
    return false;
}

/* In every size G shows what stands last. */
static void check_end(void (*open)(struct stage *stage), const char *last, int columns_min,
                      int rows_min)
{
    struct stage stage;
    stage_init(&stage, 80, 24, true);
    open(&stage);
    for (stage.columns = columns_min; stage.columns <= 200; stage.columns += 7) {
        for (stage.rows = rows_min; stage.rows <= 70; stage.rows += stage.rows < 26 ? 1 : 7) {
            draw(&stage);
            press(&stage, 'g');
            press(&stage, 'G');
            if (!shows(&stage, last))
                fail_msg("%d x %d", stage.columns, stage.rows);
        }
    }
    stage_fini(&stage);
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
    static void (*const scenes[])(struct stage * stage) = { log_found, log_sideways };
    for (size_t i = 0; i < COUNT_OF(scenes); i++) {
        struct stage stage;
        char row[4096];
        stage_init(&stage, 120, 40, true);
        scenes[i](&stage);
        canvas_row_text(&stage.canvas, 6, row, sizeof row);
        const char *id = strstr(row, "=eu-west-chess");
        assert_non_null(id);
        int column = (int)(id - row);
        assert_true(canvas_at(&stage.canvas, column + 3, 6)->marks & CELL_CURSOR);
        assert_int_equal(canvas_at(&stage.canvas, column + 2, 6)->marks & CELL_HIT,
                         i == 0 ? CELL_HIT : 0);
        assert_int_equal(canvas_at(&stage.canvas, column + 3, 6)->marks & CELL_HIT, 0);
        stage_fini(&stage);
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
