/*
 * The main view as operators see it, in every state and size, compared with reviewed screens.
 */
#include "tui/console/console_state.h"

#include "tests/support/console_fixture.h"
#include "tests/support/golden.h"
#include "tests/support/screen_svg.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWCASE 13     /* deployments */
#define STARVED_FIRST 3 /* eu-west-tournament-a and the two behind it */

static void draw(struct console_fixture *fixture, int columns, int rows, bool is_ascii)
{
    fixture->canvas.is_ascii = is_ascii;
    fixture->columns = columns;
    fixture->rows = rows;
    console_fixture_draw(fixture);
}

/* --- states ---------------------------------------------------------------------------------------------------- */

static void busy(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    console_fixture_take(fixture);
}

/* Counted hosts without servers: as counted all have enough. */
static void starved(struct console_fixture *fixture)
{
    static const int32_t hosts[] = { 43, 430, 4300 };
    snapshots_fill_showcase(fixture->maker);
    for (uint32_t slot = 0; slot < COUNT_OF(hosts); slot++) {
        struct snapshot_row *row = snapshots_row(fixture->maker, STARVED_FIRST + slot);
        row->hosts = row->desired_hosts = hosts[slot];
        row->servers_per_host = 10;
        row->total_servers = hosts[slot] * 10 * 5 / 8;
        row->free_servers = row->pending_hosts = row->delta = 0;
        row->state = STATE_STARVED;
        row->base_state = STATE_ON_TARGET;
        row->action = ACTION_NONE;
        row->reason = REASON_ON_TARGET;
    }
    console_fixture_take(fixture);
}

/* Nothing out of the ordinary. */
static void quiet(struct console_fixture *fixture)
{
    snapshots_add(fixture->maker, "eu-west-arena-casual");
    snapshots_add(fixture->maker, "eu-west-arena-ranked");
    snapshots_add(fixture->maker, "us-east-lobby-01");
    console_fixture_take(fixture);
}

static void paused(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->is_paused = true;
    snapshots_engine(fixture->maker)->paused_at = (struct wall){ SNAPSHOTS_AT.ms - 47 * 60000 };
    console_fixture_take(fixture);
}

#define PAUSED_SLOT 6 /* of the showcase */

static void paused_for_a_time(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    struct snapshot_row *row = snapshots_row(fixture->maker, PAUSED_SLOT);
    assert_true(row->is_paused);
    row->paused_until = (struct wall){ SNAPSHOTS_AT.ms + 27 * 60000 };
    console_fixture_take(fixture);
}

static void all_paused_for_days(struct console_fixture *fixture)
{
    paused_for_a_time(fixture);
    snapshots_engine(fixture->maker)->is_paused = true;
    snapshots_engine(fixture->maker)->paused_at = (struct wall){ SNAPSHOTS_AT.ms - 47 * 60000 };
    snapshots_engine(fixture->maker)->pause.until =
        (struct wall){ SNAPSHOTS_AT.ms + (int64_t)3 * 86400000 };
    console_fixture_take(fixture);
}

static void dry_run(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->is_dry_run = true;
    console_fixture_take(fixture);
}

static void read_only(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->is_read_only = true;
    console_fixture_take(fixture);
}

static void frozen(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_press(fixture, 'z');
    snapshots_at(fixture->maker)->ms += 60000;
    console_fixture_take(fixture);
}

/* A message that is longer than the last line. */
static void refused(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_press(fixture, 'z');
    console_fixture_press(fixture, 'P');
}

static void stale(struct console_fixture *fixture)
{
    busy(fixture);
    fixture->now = mono_after(fixture->now, INT64_C(3600) * 1000);
    console_tick(fixture->console, fixture->now);
}

/* Passes go on and read nothing. */
static void take_dead(struct console_fixture *fixture)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    static const char failure[] = "connection refused by 10.0.0.7:8080";
    snapshots_at(fixture->maker)->ms += 50000;
    engine->next_pass.ms += 60000;
    engine->next_discovery.ms += 60000;
    engine->failing_since = (struct wall){ SNAPSHOTS_AT.ms + 12000 };
    memcpy(engine->failure, failure, sizeof failure);
    console_fixture_take(fixture);
}

static void api_dead(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    take_dead(fixture);
}

/* For two passes nothing could be read: those that were starved stay on top. */
static void outage(struct console_fixture *fixture)
{
    starved(fixture);
    for (uint32_t slot = 0; slot < SHOWCASE; slot++) {
        struct snapshot_row *row = snapshots_row(fixture->maker, slot);
        row->base_state = STATE_FAILED;
        row->state = row->state == STATE_STARVED ? STATE_STARVED : STATE_FAILED;
        row->action = ACTION_FAILED;
        row->reason = REASON_READ_FAILED;
        row->raw_delta = row->delta = row->wanted_delta = 0;
    }
    take_dead(fixture);
}

/* One deployment cannot be read. */
static void api_fails_partly(struct console_fixture *fixture)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    static const char failure[] = "no response within 5s";
    engine->failing_since = (struct wall){ SNAPSHOTS_AT.ms - 90000 };
    memcpy(engine->failure, failure, sizeof failure);
    snapshots_fill_showcase(fixture->maker);
    console_fixture_take(fixture);
}

static void api_dead_paused(struct console_fixture *fixture)
{
    snapshots_engine(fixture->maker)->is_paused = true;
    snapshots_engine(fixture->maker)->paused_at = SNAPSHOTS_AT;
    api_dead(fixture);
}

static void breaker(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->is_breaker_open = true;
    console_fixture_take(fixture);
}

static void discovery_failed(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->discovery_failed_at =
        (struct wall){ SNAPSHOTS_AT.ms - 5 * 60000 };
    console_fixture_take(fixture);
}

/* The disk is full. */
static void state_unavailable(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->unrecordable_at =
        (struct wall){ SNAPSHOTS_AT.ms - 5 * 60000 };
    console_fixture_take(fixture);
}

static void state_damaged(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->lost_until = (struct wall){ SNAPSHOTS_AT.ms + 9 * 60000 };
    console_fixture_take(fixture);
}

static void no_state(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->is_stateless = true;
    console_fixture_take(fixture);
}

/* The worst case: a segment that does not fit is dropped as a whole. */
static void everything(struct console_fixture *fixture)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    snapshots_fill_showcase(fixture->maker);
    engine->is_paused = true;
    engine->paused_at = (struct wall){ SNAPSHOTS_AT.ms - 47 * 60000 };
    engine->is_dry_run = true;
    engine->is_breaker_open = true;
    engine->is_latched = true;
    engine->is_insecure = true;
    engine->demo_speed_millis = 20000;
    engine->discovery_failed_at = (struct wall){ SNAPSHOTS_AT.ms - 5 * 60000 };
    console_fixture_take(fixture);
}

static void stopping(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    snapshots_engine(fixture->maker)->is_stopping = true;
    snapshots_engine(fixture->maker)->scales_in_flight = 2;
    console_fixture_take(fixture);
}

/* Nothing came yet. */
static void waiting(struct console_fixture *fixture)
{
    (void)fixture;
}

/* Discovery has not answered. */
static void undiscovered(struct console_fixture *fixture)
{
    *snapshots_pass(fixture->maker) = (struct snapshot_pass){ 0 };
    snapshots_engine(fixture->maker)->next_pass = (struct wall){ 0 };
    snapshots_engine(fixture->maker)->next_discovery = (struct wall){ 0 };
    console_fixture_take(fixture);
}

static void starting(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    *snapshots_pass(fixture->maker) = (struct snapshot_pass){
        .number = 1, .is_running = true, .started = SNAPSHOTS_AT, .deployments = 1284, .read = 312
    };
    snapshots_engine(fixture->maker)->next_pass = (struct wall){ 0 };
    console_fixture_take(fixture);
}

static void in_a_pass(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    struct snapshot_pass *pass = snapshots_pass(fixture->maker);
    pass->is_running = true;
    pass->read = 5;
    pass->deployments = 14;
    snapshots_engine(fixture->maker)->next_pass = (struct wall){ 0 };
    console_fixture_take(fixture);
}

static void empty(struct console_fixture *fixture)
{
    console_fixture_take(fixture);
}

static void filter_prompt(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "/eu ar");
}

static void filter_kept(struct console_fixture *fixture)
{
    filter_prompt(fixture);
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void filter_bad(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "/eu free<x");
}

/* Enter on it. */
static void filter_refused(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "/eu fre<10");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void found(struct console_fixture *fixture)
{
    busy(fixture);
    draw(fixture, 80, 24, false); /* there is room for the line of the view */
    console_fixture_type(fixture, "Feu-west");
    console_fixture_press(fixture, KEYPRESS_ENTER);
    console_fixture_type(fixture, "nn");
}

static void found_by_field(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "Ffree<target");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void view_lost(struct console_fixture *fixture)
{
    busy(fixture);
    fixture->console->config.views_lost = "a demo keeps no views";
    console_fixture_type(fixture, "S8 short of hosts");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void view_saved(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "/free<target");
    console_fixture_press(fixture, KEYPRESS_ENTER);
    console_fixture_type(fixture, "S8 short of hosts");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void columns_open(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "cjj jj>>>");
}

static void columns_chosen(struct console_fixture *fixture)
{
    columns_open(fixture);
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void filter_of_nothing(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "/zzz");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void moved(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "jjj");
}

static void sorted_by_free(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_type(fixture, "1>>>>");
}

static void scrolled_sideways(struct console_fixture *fixture)
{
    busy(fixture);
    console_fixture_press(fixture, KEYPRESS_RIGHT);
    console_fixture_press(fixture, KEYPRESS_RIGHT);
}

static void large(struct console_fixture *fixture)
{
    snapshots_fill_random(fixture->maker, 100000, 1);
    console_fixture_take(fixture);
    draw(fixture, 120, 40, false); /* a page is what was seen last */
    console_fixture_press(fixture, KEYPRESS_PAGE_DOWN);
}

/* Hostile ids: escapes, directions, newlines, wide and combining characters. */
static void hostile(struct console_fixture *fixture)
{
    snapshots_add(fixture->maker, "\x1b[2J\x1b]0;owned\x07");
    snapshots_add(fixture->maker, "line\nbreak\ttab");
    snapshots_add(fixture->maker, "right\xe2\x80\xaeto-left");
    snapshots_add(fixture->maker, "broken-\xff\xfe-bytes");
    snapshots_add(
        fixture->maker,
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e-arena-\xe3\x82\xb5\xe3\x83\xbc\xe3\x83\x90");
    snapshots_add(fixture->maker, "cafe\xcc\x81-lobby");
    snapshots_add(fixture->maker,
                  "an-id-that-is-quite-long-and-goes-on-and-on-for-longer-than-any-column-is-wide");
    console_fixture_take(fixture);
}

/* An hour of passes: demand rises and falls, and for some minutes nothing is read. */
static void an_hour(struct console_fixture *fixture)
{
    for (int64_t minute = 55; minute > 0; minute--) {
        struct wall at = { SNAPSHOTS_AT.ms - minute * 60000 };
        struct fleet_totals totals = {
            .hosts = 600 + 168 * (55 - minute) / 55,
            .pending_hosts = minute % 11 < 4 ? minute : 0,
            .servers = 4000,
            .free_servers = 400 + 30 * (minute % 23),
        };
        fleet_trend_add(&fixture->console->trend, at, &totals, minute < 30 || minute > 34, 1);
    }
    busy(fixture);
}

/* clang-format off */
static const struct scene_row {
    const char *name;
    enum view view;
    int columns, rows;
    bool is_utf8;
    void (*play)(struct console_fixture *fixture);
} scene_rows[] = {
    { "main_80x24",             VIEW_ATTENTION,  80, 24, false, busy },
    { "main_all_80x24",         VIEW_ALL,        80, 24, false, busy },
    { "main_all_120x40",        VIEW_ALL,       120, 40, false, busy },
    { "main_120x40",            VIEW_ATTENTION, 120, 40, false, busy },
    { "main_200x60",            VIEW_ALL,       200, 60, false, busy },
    { "main_hour_80x30",        VIEW_ATTENTION,  80, 30, false, an_hour },
    { "main_hour_160x50_utf8",  VIEW_ALL,       160, 50, true,  an_hour },
    { "main_60x12",             VIEW_ATTENTION,  60, 12, false, busy },
    { "main_44x10",             VIEW_ATTENTION,  44, 10, false, busy },
    { "main_40x6",              VIEW_ATTENTION,  40,  6, false, busy },
    { "main_20x2",              VIEW_ATTENTION,  20,  2, false, busy },
    { "main_10x1",              VIEW_ATTENTION,  10,  1, false, busy },
    { "main_120x40_utf8",       VIEW_ATTENTION, 120, 40, true,  busy },
    { "main_160x50_utf8",       VIEW_ALL,       160, 50, true,  busy },
    { "main_starved_80x24",     VIEW_ATTENTION,  80, 24, false, starved },
    { "main_starved_120x40",    VIEW_ATTENTION, 120, 40, false, starved },
    { "main_starved_160x50_utf8", VIEW_ALL,     160, 50, true,  starved },
    { "main_starved_44x10",     VIEW_ATTENTION,  44, 10, false, starved },
    { "main_starved_40x6",      VIEW_ATTENTION,  40,  6, false, starved },
    { "main_quiet",             VIEW_ATTENTION,  80, 24, false, quiet },
    { "main_quiet_all",         VIEW_ALL,        80, 24, false, quiet },
    { "main_paused_80x24",      VIEW_ATTENTION,  80, 24, false, paused },
    { "main_paused_120x40",     VIEW_ATTENTION, 120, 40, false, paused },
    { "main_paused_40x6",       VIEW_ATTENTION,  40,  6, false, paused },
    { "main_paused_until_80x24", VIEW_ALL,       80, 24, false, paused_for_a_time },
    { "main_paused_until_120x40", VIEW_ALL,     120, 40, false, paused_for_a_time },
    { "main_paused_until_200x60", VIEW_ALL,     200, 60, false, paused_for_a_time },
    { "main_all_paused_until_80x24", VIEW_ALL,   80, 24, false, all_paused_for_days },
    { "main_all_paused_until_160x50", VIEW_ALL, 160, 50, true,  all_paused_for_days },
    { "main_all_paused_until_40x6", VIEW_ALL,    40,  6, false, all_paused_for_days },
    { "main_dry_run",           VIEW_ATTENTION,  80, 24, false, dry_run },
    { "main_read_only",         VIEW_ATTENTION,  80, 24, false, read_only },
    { "main_frozen",            VIEW_ATTENTION,  80, 24, false, frozen },
    { "main_refused_80x24",     VIEW_ATTENTION,  80, 24, false, refused },
    { "main_refused_44x10",     VIEW_ATTENTION,  44, 10, false, refused },
    { "main_refused_20x2",      VIEW_ATTENTION,  20,  2, false, refused },
    { "main_stale",             VIEW_ATTENTION,  80, 24, false, stale },
    { "main_api_dead_80x24",    VIEW_ATTENTION,  80, 24, false, api_dead },
    { "main_api_dead_120x40",   VIEW_ATTENTION, 120, 40, false, api_dead },
    { "main_api_dead_44x10",    VIEW_ATTENTION,  44, 10, false, api_dead },
    { "main_outage_80x24",      VIEW_ATTENTION,  80, 24, false, outage },
    { "main_outage_44x10",      VIEW_ALL,        44, 10, false, outage },
    { "main_api_fails_80x24",   VIEW_ATTENTION,  80, 24, false, api_fails_partly },
    { "main_api_fails_120x40",  VIEW_ATTENTION, 120, 40, false, api_fails_partly },
    { "main_api_dead_paused",   VIEW_ATTENTION,  80, 24, false, api_dead_paused },
    { "main_breaker",           VIEW_ATTENTION,  80, 24, false, breaker },
    { "main_discovery_failed",  VIEW_ATTENTION,  80, 24, false, discovery_failed },
    { "main_state_unavailable", VIEW_ATTENTION,  80, 24, false, state_unavailable },
    { "main_state_unavailable_narrow", VIEW_ATTENTION, 40, 16, false, state_unavailable },
    { "main_state_damaged",     VIEW_ATTENTION,  80, 24, false, state_damaged },
    { "main_no_state",          VIEW_ATTENTION,  80, 24, false, no_state },
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
    { "main_filter_refused_80x24", VIEW_ALL,     80, 24, false, filter_refused },
    { "main_filter_refused_44x10", VIEW_ALL,     44, 10, false, filter_refused },
    { "main_filter_refused_20x2", VIEW_ALL,      20,  2, false, filter_refused },
    { "main_filter_bad_44x10",  VIEW_ALL,        44, 10, false, filter_bad },
    { "main_found_80x24",       VIEW_ALL,        80, 24, false, found },
    { "main_found_44x10",       VIEW_ALL,        44, 10, false, found },
    { "main_view_saved",        VIEW_ALL,        80, 24, false, view_saved },
    { "main_view_lost",         VIEW_ALL,        80, 24, false, view_lost },
    { "columns_80x24",          VIEW_ALL,        80, 24, false, columns_open },
    { "columns_44x10",          VIEW_ALL,        44, 10, false, columns_open },
    { "columns_120x40_utf8",    VIEW_ALL,       120, 40, true,  columns_open },
    { "columns_20x2",           VIEW_ALL,        20,  2, false, columns_open },
    { "main_columns_chosen",    VIEW_ALL,        80, 24, false, columns_chosen },
    { "main_filter_of_nothing", VIEW_ATTENTION,  80, 24, false, filter_of_nothing },
    { "main_moved",             VIEW_ATTENTION,  80, 24, false, moved },
    { "main_sorted",            VIEW_ALL,        80, 24, false, sorted_by_free },
    { "main_sideways",          VIEW_ALL,        80, 24, false, scrolled_sideways },
    { "main_large",             VIEW_ALL,       120, 40, true,  large },
    { "main_hostile_ascii",     VIEW_ALL,        80, 24, false, hostile },
    { "main_hostile_utf8",      VIEW_ALL,       120, 40, true,  hostile },
};

/* Screens with colours: letters stand for roles. */
static const struct scene_row role_rows[] = {
    { "main_80x24",             VIEW_ATTENTION,  80, 24, false, busy },
    { "main_all_80x24",         VIEW_ALL,        80, 24, false, busy },
    { "main_all_120x40",        VIEW_ALL,       120, 40, false, busy },
    { "main_paused_80x24",      VIEW_ATTENTION,  80, 24, false, paused },
    { "main_filter_kept",       VIEW_ALL,        80, 24, false, filter_kept },
    { "main_found_80x24",       VIEW_ALL,        80, 24, false, found },
    { "main_found_by_field",    VIEW_ALL,        80, 24, false, found_by_field },
    { "main_frozen",            VIEW_ATTENTION,  80, 24, false, frozen },
    { "main_api_dead_80x24",    VIEW_ATTENTION,  80, 24, false, api_dead },
};
/* clang-format on */

static void play(struct console_fixture *fixture, const struct scene_row *row)
{
    console_fixture_init(fixture, row->view, NULL);
    row->play(fixture);
    draw(fixture, row->columns, row->rows, !row->is_utf8);
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

/* The README begins with it. */
static void picture_is_golden(void **state)
{
    (void)state;
    struct console_fixture fixture;
    const struct scene_row row = { "picture", VIEW_ALL, 112, 32, true, an_hour };
    play(&fixture, &row);
    char *picture = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&picture, &size);
    assert_non_null(stream);
    screen_svg_write(stream, &fixture.canvas, "The console: fourteen deployments, the worst first");
    assert_int_equal(fclose(stream), 0);
    golden_check_file("man/console.svg", picture);
    free(picture);
    console_fixture_fini(&fixture);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void every_scene_can_be_drawn_in_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scene_rows); i++) {
        struct console_fixture fixture;
        if (scene_rows[i].play == large)
            continue; /* a fleet's size is not a screen's */
        console_fixture_init(&fixture, scene_rows[i].view, NULL);
        scene_rows[i].play(&fixture);
        for (int columns = 1; columns <= 250; columns += columns < 90 ? 1 : 20) {
            for (int rows = 1; rows <= 80; rows += rows < 26 ? 1 : 11)
                draw(&fixture, columns, rows, columns % 2 == 0);
        }
        console_fixture_fini(&fixture);
    }
}

static bool is_bar(const struct cell *cell)
{
    return ROLE_BAR_RUNNING <= cell->role && cell->role <= ROLE_BAR_FROZEN;
}

/* In every state and size, the first row is the bar and has one colour. */
static void the_bar_has_one_colour(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scene_rows); i++) {
        struct console_fixture fixture;
        if (scene_rows[i].rows == 1 || scene_rows[i].play == large)
            continue;
        play(&fixture, &scene_rows[i]);
        uint8_t role = canvas_at(&fixture.canvas, 0, 0)->role;
        for (int column = 0; column < scene_rows[i].columns; column++) {
            const struct cell *cell = canvas_at(&fixture.canvas, column, 0);
            assert_true(is_bar(cell));
            assert_int_equal(cell->role, role);
        }
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
        cmocka_unit_test(picture_is_golden),
        cmocka_unit_test(every_scene_can_be_drawn_in_every_size),
        cmocka_unit_test(the_bar_has_one_colour),
    };
    int failed = cmocka_run_group_tests_name("screens: text", scenes, NULL, NULL);
    failed += cmocka_run_group_tests_name("screens: roles", roles, NULL, NULL);
    failed += cmocka_run_group_tests_name("screens: laws", laws, NULL, NULL);
    return failed;
}
