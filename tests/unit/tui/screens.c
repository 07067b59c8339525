/*
 * The main view as operators see it, in every state and size, compared with screens that people have looked at.
 */
#include "tui/console/console.h"

#include "tests/support/golden.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

#define CONFIRM_ABOVE_PPB 20000000

/* A console on a fleet that a fixture changes before it is seen, and keys that it presses after. */
struct program_fixture {
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct mono now;
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

static void program_fixture_init(struct program_fixture *program_fixture, enum view view)
{
    const struct console_config config = { .view = view,
                                           .sort = COLUMN_STATE,
                                           .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    *program_fixture = (struct program_fixture){ .maker = snapshots_create(), .now = { 1000000 } };
    const struct console_port port = { swallow, give_back, program_fixture->maker };
    struct error err;
    assert_int_equal(console_create(&config, &port, &program_fixture->console, &err), 0);
    canvas_init(&program_fixture->canvas);
}

static void program_fixture_fini(struct program_fixture *program_fixture)
{
    console_destroy(program_fixture->console);
    assert_int_equal(snapshots_out(program_fixture->maker), 0);
    snapshots_destroy(program_fixture->maker);
    canvas_fini(&program_fixture->canvas);
}

static void take(struct program_fixture *program_fixture)
{
    console_take(program_fixture->console, program_fixture->now,
                 snapshots_take(program_fixture->maker));
}

static void press(struct program_fixture *program_fixture, uint32_t chord)
{
    const struct input input = { .kind = INPUT_KEY, .chord = chord };
    console_input(program_fixture->console, program_fixture->now, &input);
}

static void type(struct program_fixture *program_fixture, const char *characters)
{
    for (; *characters != '\0'; characters++)
        press(program_fixture, (uint32_t)(unsigned char)*characters);
}

static void draw(struct program_fixture *program_fixture, int columns, int rows, bool is_ascii)
{
    program_fixture->canvas.is_ascii = is_ascii;
    assert_int_equal(canvas_resize(&program_fixture->canvas, columns, rows), 0);
    console_draw(program_fixture->console, &program_fixture->canvas);
}

/* --- scenes ---------------------------------------------------------------------------------------------------- */

static void busy(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    take(program_fixture);
}

/* Nothing out of the ordinary. */
static void quiet(struct program_fixture *program_fixture)
{
    snapshots_add(program_fixture->maker, "eu-west-arena-casual");
    snapshots_add(program_fixture->maker, "eu-west-arena-ranked");
    snapshots_add(program_fixture->maker, "us-east-lobby-01");
    take(program_fixture);
}

static void paused(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->is_paused = true;
    snapshots_engine(program_fixture->maker)->paused_at =
        (struct wall){ SNAPSHOTS_AT.ms - 47 * 60000 };
    take(program_fixture);
}

static void dry_run(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->is_dry_run = true;
    take(program_fixture);
}

static void read_only(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->is_read_only = true;
    take(program_fixture);
}

static void frozen(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    press(program_fixture, 'z');
    snapshots_at(program_fixture->maker)->ms += 60000;
    take(program_fixture);
}

static void stale(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    program_fixture->now = mono_after(program_fixture->now, INT64_C(3600) * 1000);
    console_tick(program_fixture->console, program_fixture->now);
}

static void breaker(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->is_breaker_open = true;
    take(program_fixture);
}

static void discovery_failed(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->discovery_failed_at =
        (struct wall){ SNAPSHOTS_AT.ms - 5 * 60000 };
    take(program_fixture);
}

/* As bad as it gets: what does not fit must go whole. */
static void everything(struct program_fixture *program_fixture)
{
    struct snapshot_engine *engine = snapshots_engine(program_fixture->maker);
    snapshots_fill_showcase(program_fixture->maker);
    engine->is_paused = true;
    engine->paused_at = (struct wall){ SNAPSHOTS_AT.ms - 47 * 60000 };
    engine->is_dry_run = true;
    engine->is_breaker_open = true;
    engine->is_latched = true;
    engine->is_insecure = true;
    engine->demo_speed_millis = 20000;
    engine->discovery_failed_at = (struct wall){ SNAPSHOTS_AT.ms - 5 * 60000 };
    take(program_fixture);
}

static void stopping(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->is_stopping = true;
    snapshots_engine(program_fixture->maker)->scales_in_flight = 2;
    take(program_fixture);
}

/* Nothing came yet. */
static void waiting(struct program_fixture *program_fixture)
{
    (void)program_fixture;
}

/* Discovery has not answered. */
static void undiscovered(struct program_fixture *program_fixture)
{
    *snapshots_pass(program_fixture->maker) = (struct snapshot_pass){ 0 };
    snapshots_engine(program_fixture->maker)->next_pass = (struct wall){ 0 };
    snapshots_engine(program_fixture->maker)->next_discovery = (struct wall){ 0 };
    take(program_fixture);
}

static void starting(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    *snapshots_pass(program_fixture->maker) = (struct snapshot_pass){
        .number = 1, .is_running = true, .started = SNAPSHOTS_AT, .deployments = 1284, .read = 312
    };
    snapshots_engine(program_fixture->maker)->next_pass = (struct wall){ 0 };
    take(program_fixture);
}

static void in_a_pass(struct program_fixture *program_fixture)
{
    snapshots_fill_showcase(program_fixture->maker);
    struct snapshot_pass *pass = snapshots_pass(program_fixture->maker);
    pass->is_running = true;
    pass->read = 5;
    pass->deployments = 14;
    snapshots_engine(program_fixture->maker)->next_pass = (struct wall){ 0 };
    take(program_fixture);
}

static void empty(struct program_fixture *program_fixture)
{
    take(program_fixture);
}

static void filter_prompt(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    type(program_fixture, "/eu ar");
}

static void filter_kept(struct program_fixture *program_fixture)
{
    filter_prompt(program_fixture);
    press(program_fixture, CHORD_ENTER);
}

static void filter_bad(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    type(program_fixture, "/eu free<x");
}

static void filter_of_nothing(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    type(program_fixture, "/zzz");
    press(program_fixture, CHORD_ENTER);
}

static void moved(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    type(program_fixture, "jjj");
}

static void sorted_by_free(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    type(program_fixture, "1>>>>");
}

static void scrolled_sideways(struct program_fixture *program_fixture)
{
    busy(program_fixture);
    press(program_fixture, CHORD_RIGHT);
    press(program_fixture, CHORD_RIGHT);
}

static void large(struct program_fixture *program_fixture)
{
    snapshots_fill_random(program_fixture->maker, 100000, 1);
    take(program_fixture);
    draw(program_fixture, 120, 40, false); /* a page is what was seen last */
    press(program_fixture, CHORD_PAGE_DOWN);
}

/* Ids from a stranger: escapes, directions, newlines, wide and combining characters. */
static void hostile(struct program_fixture *program_fixture)
{
    snapshots_add(program_fixture->maker, "\x1b[2J\x1b]0;owned\x07");
    snapshots_add(program_fixture->maker, "line\nbreak\ttab");
    snapshots_add(program_fixture->maker, "right\xe2\x80\xaeto-left");
    snapshots_add(program_fixture->maker, "broken-\xff\xfe-bytes");
    snapshots_add(
        program_fixture->maker,
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e-arena-\xe3\x82\xb5\xe3\x83\xbc\xe3\x83\x90");
    snapshots_add(program_fixture->maker, "cafe\xcc\x81-lobby");
    snapshots_add(program_fixture->maker,
                  "an-id-that-is-quite-long-and-goes-on-and-on-for-longer-than-any-column-is-wide");
    take(program_fixture);
}

/* clang-format off */
static const struct api_fixture_row {
    const char *name;
    enum view view;
    int columns, rows;
    bool is_utf8;
    void (*play)(struct program_fixture *program_fixture);
} api_fixture_rows[] = {
    { "main_80x24",             VIEW_ATTENTION,  80, 24, false, busy },
    { "main_120x40",            VIEW_ATTENTION, 120, 40, false, busy },
    { "main_200x60",            VIEW_ALL,       200, 60, false, busy },
    { "main_60x12",             VIEW_ATTENTION,  60, 12, false, busy },
    { "main_40x6",              VIEW_ATTENTION,  40,  6, false, busy },
    { "main_20x2",              VIEW_ATTENTION,  20,  2, false, busy },
    { "main_10x1",              VIEW_ATTENTION,  10,  1, false, busy },
    { "main_120x40_utf8",       VIEW_ATTENTION, 120, 40, true,  busy },
    { "main_160x50_utf8",       VIEW_ALL,       160, 50, true,  busy },
    { "main_quiet",             VIEW_ATTENTION,  80, 24, false, quiet },
    { "main_quiet_all",         VIEW_ALL,        80, 24, false, quiet },
    { "main_paused_80x24",      VIEW_ATTENTION,  80, 24, false, paused },
    { "main_paused_120x40",     VIEW_ATTENTION, 120, 40, false, paused },
    { "main_paused_40x6",       VIEW_ATTENTION,  40,  6, false, paused },
    { "main_dry_run",           VIEW_ATTENTION,  80, 24, false, dry_run },
    { "main_read_only",         VIEW_ATTENTION,  80, 24, false, read_only },
    { "main_frozen",            VIEW_ATTENTION,  80, 24, false, frozen },
    { "main_stale",             VIEW_ATTENTION,  80, 24, false, stale },
    { "main_breaker",           VIEW_ATTENTION,  80, 24, false, breaker },
    { "main_discovery_failed",  VIEW_ATTENTION,  80, 24, false, discovery_failed },
    { "main_everything_80x24",  VIEW_ATTENTION,  80, 24, false, everything },
    { "main_everything_200x60", VIEW_ATTENTION, 200, 60, false, everything },
    { "main_everything_20x2",   VIEW_ATTENTION,  20,  2, false, everything },
    { "main_stopping",          VIEW_ATTENTION,  80, 24, false, stopping },
    { "main_waiting",           VIEW_ATTENTION,  80, 24, false, waiting },
    { "main_waiting_20x2",      VIEW_ATTENTION,  20,  2, false, waiting },
    { "main_undiscovered",      VIEW_ATTENTION,  80, 24, false, undiscovered },
    { "main_starting",          VIEW_ALL,        80, 24, false, starting },
    { "main_in_a_pass",         VIEW_ATTENTION, 120, 40, false, in_a_pass },
    { "main_empty",             VIEW_ATTENTION,  80, 24, false, empty },
    { "main_filter_prompt",     VIEW_ALL,        80, 24, false, filter_prompt },
    { "main_filter_prompt_40x6", VIEW_ALL,       40,  6, false, filter_prompt },
    { "main_filter_kept",       VIEW_ALL,        80, 24, false, filter_kept },
    { "main_filter_bad",        VIEW_ALL,        80, 24, false, filter_bad },
    { "main_filter_of_nothing", VIEW_ATTENTION,  80, 24, false, filter_of_nothing },
    { "main_moved",             VIEW_ATTENTION,  80, 24, false, moved },
    { "main_sorted",            VIEW_ALL,        80, 24, false, sorted_by_free },
    { "main_sideways",          VIEW_ALL,        80, 24, false, scrolled_sideways },
    { "main_large",             VIEW_ALL,       120, 40, true,  large },
    { "main_hostile_ascii",     VIEW_ALL,        80, 24, false, hostile },
    { "main_hostile_utf8",      VIEW_ALL,       120, 40, true,  hostile },
};

/* Screens in which colours matter: the same scenes, as letters for roles. */
static const struct api_fixture_row role_rows[] = {
    { "main_80x24",             VIEW_ATTENTION,  80, 24, false, busy },
    { "main_paused_80x24",      VIEW_ATTENTION,  80, 24, false, paused },
    { "main_filter_kept",       VIEW_ALL,        80, 24, false, filter_kept },
    { "main_frozen",            VIEW_ATTENTION,  80, 24, false, frozen },
};
/* clang-format on */

static void play(struct program_fixture *program_fixture, const struct api_fixture_row *row)
{
    program_fixture_init(program_fixture, row->view);
    row->play(program_fixture);
    draw(program_fixture, row->columns, row->rows, !row->is_utf8);
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
        if (api_fixture_rows[i].play == large)
            continue; /* a fleet's size is not a screen's */
        program_fixture_init(&program_fixture, api_fixture_rows[i].view);
        api_fixture_rows[i].play(&program_fixture);
        for (int columns = 1; columns <= 250; columns += columns < 90 ? 1 : 20) {
            for (int rows = 1; rows <= 80; rows += rows < 26 ? 1 : 11)
                draw(&program_fixture, columns, rows, columns % 2 == 0);
        }
        program_fixture_fini(&program_fixture);
    }
}

static bool is_bar(const struct cell *cell)
{
    return ROLE_BAR_RUNNING <= cell->role && cell->role <= ROLE_BAR_FROZEN;
}

/* Whatever the state and the size, the first row is the bar and has one colour. */
static void the_bar_has_one_colour(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(api_fixture_rows); i++) {
        struct program_fixture program_fixture;
        if (api_fixture_rows[i].rows == 1 || api_fixture_rows[i].play == large)
            continue;
        play(&program_fixture, &api_fixture_rows[i]);
        uint8_t role = canvas_at(&program_fixture.canvas, 0, 0)->role;
        for (int column = 0; column < api_fixture_rows[i].columns; column++) {
            const struct cell *cell = canvas_at(&program_fixture.canvas, column, 0);
            assert_true(is_bar(cell));
            assert_int_equal(cell->role, role);
        }
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
        cmocka_unit_test(the_bar_has_one_colour),
    };
    int failed = cmocka_run_group_tests_name("screens: text", scenes, NULL, NULL);
    failed += cmocka_run_group_tests_name("screens: roles", roles, NULL, NULL);
    failed += cmocka_run_group_tests_name("screens: laws", laws, NULL, NULL);
    return failed;
}
