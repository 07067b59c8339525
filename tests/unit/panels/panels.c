/*
 * The explanation and the help as operators see them, compared with reviewed screens.
 */
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "tests/support/console_steps.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

/* --- explanations ---------------------------------------------------------------------------------------------- */

static void set_steps(struct snapshot_detail *detail, const struct explanation *steps, size_t count)
{
    assert_true(count <= RULE_COUNT);
    memcpy(detail->steps, steps, count * sizeof *steps);
    detail->step_count = count;
}

/* Nothing is read any more. */
static void explain_old(struct console_fixture *fixture)
{
    steps_explain_cut(fixture);
    snapshots_at(fixture->maker)->ms += 80000;
    snapshots_engine(fixture->maker)->next_pass.ms += 90000;
    console_fixture_take(fixture);
}

static void explain_scrolled(struct console_fixture *fixture)
{
    steps_explain_cut(fixture);
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
    steps_show(fixture);
    struct snapshot_detail detail = steps_detail(fixture, COOLED);
    set_steps(&detail, steps, COUNT_OF(steps));
    detail.step_ends[COUNT_OF(steps) - 1] = steps_ago(-20 * SECOND_MS);
    steps_explain(fixture, COOLED, &detail);
}

static void explain_bad_data(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, HELD, 0, 0, REASON, REASON_FREE_ABOVE_TOTAL),
        /* clang-format on */
    };
    steps_show(fixture);
    struct snapshot_detail detail = steps_detail(fixture, BROKEN);
    set_steps(&detail, steps, COUNT_OF(steps));
    steps_sentence(detail.failure, "The status counts more free servers than servers.");
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        detail.history[i].is_read = false;
    steps_explain(fixture, BROKEN, &detail);
}

static void explain_failed(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE,         OK, 4, 4, PLAUSIBLE, 24, 248, 31, 8),
        STEP(DESIRED,           OK, 4, 4, DESIRED, 248, 24, 0, 224, 224, 8, 20 * SHARE_PERCENT, 35),
        STEP(BASE,              OK, 4, 4, BASE, 31, 0, 0, 0, 31, 35, 31, 4),
        STEP(SCALE_DOWN_WINDOW, OK, 4, 4, WINDOW, 5 * MINUTE_MS, 35),
        STEP(MAX_STEP,          CUT, 4, 2, STEP_UP, 2),
        STEP(COOLDOWN,          OK, 2, 2, COOLDOWN_UP_OVER, 0),
        STEP(GATE,              OK, 2, 2, GATE_FREE, 0),
        /* clang-format on */
    };
    steps_show(fixture);
    struct snapshot_detail detail = steps_detail(fixture, FAILED);
    set_steps(&detail, steps, COUNT_OF(steps));
    steps_sentence(detail.failure, "HTTP 409: quota exceeded");
    steps_explain(fixture, FAILED, &detail);
}

static void starve(struct snapshot_row *row)
{
    row->servers_per_host = 10;
    row->hosts = 43;
    row->total_servers = 270;
    row->free_servers = row->pending_hosts = row->delta = row->last_delta = 0;
    row->desired_hosts = 34;
    row->raw_delta = -9;
    row->state = STATE_STARVED;
    row->base_state = STATE_WAITING;
    row->action = ACTION_HELD;
    row->reason = REASON_SCALE_DOWN_WINDOW;
    row->later_reasons[0] = REASON_SURPLUS;
}

/* As counted, 43 hosts are more than enough; 27 of them serve, and all of their servers are busy. */
static void explain_starved(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, OK,   -9, -9, PLAUSIBLE_PARTLY, 0, 270, 43, 10, 27, 43),
        STEP(DESIRED,   OK,   -9, -9, DESIRED, 270, 0, 0, 270, 270, 10, 20 * SHARE_PERCENT, 34),
        STEP(BASE,      OK,   -9, -9, BASE, 43, 0, 0, 0, 43, 34, 43, -9),
        STEP(SCALE_DOWN_WINDOW, CUT, -9, -5, WINDOW, 15 * MINUTE_MS, 38),
        STEP(SURPLUS,   HELD, -5,  0, SURPLUS, 270, 0, 338, -68, 0),
        /* clang-format on */
    };
    steps_show(fixture);
    starve(snapshots_row(fixture->maker, CHESS));
    struct snapshot_detail detail = steps_detail(fixture, CHESS);
    set_steps(&detail, steps, COUNT_OF(steps));
    detail.step_ends[3] = steps_ago(-9 * MINUTE_MS);
    steps_explain(fixture, CHESS, &detail);
}

/* The words do not wait for the engine's explanation. */
static void explain_starved_waiting(struct console_fixture *fixture)
{
    steps_show(fixture);
    starve(snapshots_row(fixture->maker, CHESS));
    steps_explain(fixture, CHESS, NULL);
}

static void explain_unconfirmed(struct console_fixture *fixture)
{
    static const struct explanation steps[] = {
        /* clang-format off */
        STEP(PLAUSIBLE, OK,   0, 0, PLAUSIBLE, 15, 200, 20, 10),
        STEP(DESIRED,   OK,   0, 0, DESIRED, 200, 15, 0, 185, 185, 10, 15 * SHARE_PERCENT, 22),
        STEP(BASE,      OK,   0, 0, BASE, 20, 0, 2, 0, 22, 22, 22, 0),
        STEP(GATE,      HELD, 0, 0, REASON, REASON_UNCONFIRMED),
        /* clang-format on */
    };
    steps_show(fixture);
    struct snapshot_detail detail = steps_detail(fixture, UNCONFIRMED);
    set_steps(&detail, steps, COUNT_OF(steps));
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){ .delta = 2,
                                                .sent = steps_ago(48104),
                                                .until = steps_ago(48104 - 90 * SECOND_MS),
                                                .is_unconfirmed = true };
    steps_sentence(detail.failure, "no response within 5s");
    steps_explain(fixture, UNCONFIRMED, &detail);
}

/* Some hosts came, some are pending, and one request has just been sent. */
static void explain_orders(struct console_fixture *fixture)
{
    steps_show(fixture);
    struct snapshot_detail detail = steps_detail(fixture, ROOMY);
    detail.unready_hosts = 3;
    detail.order_count = 2;
    detail.orders[0] = (struct snapshot_order){
        .delta = 12, .seen = 5, .sent = steps_ago(78104), .until = steps_ago(78104 - 10 * MINUTE_MS)
    };
    detail.orders[1] = (struct snapshot_order){ .delta = 25,
                                                .sent = steps_ago(104),
                                                .until = steps_ago(104 - 10 * MINUTE_MS),
                                                .is_in_flight = true };
    steps_explain(fixture, ROOMY, &detail);
}

static void explain_waiting(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_explain(fixture, CHESS, NULL);
}

static void explain_unlisted(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_explain(fixture, GONE, NULL);
}

static void explain_removed(struct console_fixture *fixture)
{
    explain_unlisted(fixture);
    snapshots_remove(fixture->maker, GONE);
    console_fixture_take(fixture);
}

/* --- help ------------------------------------------------------------------------------------------------------ */

static void help_list(struct console_fixture *fixture)
{
    steps_show(fixture);
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
    steps_explain_cut(fixture);
    console_fixture_type(fixture, "?");
}

static void help_read_only(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_engine(fixture->maker)->is_read_only = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "?");
    console_fixture_press(fixture, KEYPRESS_PAGE_DOWN);
}

/* clang-format off */
static const struct screen_row screen_rows[] = {
    { "explain_80x24",              80, 24, false, steps_explain_cut },
    { "explain_80x24_end",          80, 24, false, explain_scrolled },
    { "explain_120x40",            120, 40, false, steps_explain_cut },
    { "explain_200x60",            200, 60, false, steps_explain_cut },
    { "explain_140x50_utf8",       140, 50, true,  steps_explain_cut },
    { "explain_40x6",               40,  6, false, steps_explain_cut },
    { "explain_44x10",              44, 10, false, steps_explain_cut },
    { "explain_old",                80, 24, false, explain_old },
    { "explain_20x2",               20,  2, false, steps_explain_cut },
    { "explain_held",               80, 24, false, explain_held },
    { "explain_bad_data",           80, 24, false, explain_bad_data },
    { "explain_bad_data_120x40",   120, 40, false, explain_bad_data },
    { "explain_failed",             80, 24, false, explain_failed },
    { "explain_starved",            80, 24, false, explain_starved },
    { "explain_starved_waiting",    80, 24, false, explain_starved_waiting },
    { "explain_unconfirmed",        80, 24, false, explain_unconfirmed },
    { "explain_orders",             80, 24, false, explain_orders },
    { "explain_waiting",            80, 24, false, explain_waiting },
    { "explain_waiting_200x60",    200, 60, false, explain_waiting },
    { "explain_gone",               80, 24, false, explain_unlisted },
    { "explain_removed",            80, 24, false, explain_removed },
    { "help_80x24",                 80, 24, false, help_list },
    { "help_120x40",               120, 40, false, help_list },
    { "help_200x60",               200, 60, false, help_list },
    { "help_120x40_utf8",          120, 40, true,  help_list },
    { "help_40x6",                  40,  6, false, help_list },
    { "help_20x2",                  20,  2, false, help_list },
    { "help_scrolled",              80, 24, false, help_scrolled },
    { "help_end",                   80, 24, false, help_end },
    { "help_explain",               80, 24, false, help_explain },
    { "help_read_only",             80, 24, false, help_read_only },
};
/* clang-format on */

/* Screens with colours: letters stand for roles. */
/* clang-format off */
static const struct screen_row role_rows[] = {
    { "explain_80x24",              80, 24, false, steps_explain_cut },
    { "explain_old",                80, 24, false, explain_old },
    { "explain_failed",             80, 24, false, explain_failed },
    { "help_read_only",             80, 24, false, help_read_only },
};
/* clang-format on */

/* --- laws ------------------------------------------------------------------------------------------------------ */

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
    steps_init(&fixture, 80, 24, true);
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
    check_end(explain_failed, "took_ms=61", 70, 8);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(the_end_of_the_help_can_be_reached),
        cmocka_unit_test(the_end_of_an_explanation_can_be_reached),
    };
    int failed = screens_run("panels", screen_rows, COUNT_OF(screen_rows));
    failed += screens_run_roles("panels: roles", role_rows, COUNT_OF(role_rows));
    failed += cmocka_run_group_tests_name("panels: laws", laws, NULL, NULL);
    return failed;
}
