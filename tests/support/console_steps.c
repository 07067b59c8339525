#include "tests/support/console_steps.h"

#include "engine/base/panic.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"
#include "tui/console/console_state.h"

#include <string.h>

#define SCREENS_MAX 100

void steps_init(struct console_fixture *fixture, int columns, int rows, bool is_ascii)
{
    console_fixture_init(fixture, VIEW_ALL, "/var/log/autoscaler.log");
    fixture->canvas.is_ascii = is_ascii;
    fixture->columns = columns;
    fixture->rows = rows;
}

void steps_fill(struct console_fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
}

void steps_show(struct console_fixture *fixture)
{
    steps_fill(fixture);
    console_fixture_take(fixture);
}

void steps_go_to(struct console_fixture *fixture, uint32_t slot)
{
    for (int i = 0; i < 20 && fixture->console->cursor.slot != slot; i++)
        console_fixture_press(fixture, 'j');
    assert_int_equal(fixture->console->cursor.slot, slot);
}

struct wall steps_ago(int64_t ms)
{
    return (struct wall){ SNAPSHOTS_AT.ms - ms };
}

void steps_sentence(char sentence[SNAPSHOT_TEXT_SIZE], const char *text)
{
    size_t size = strlen(text) + 1;
    assert_true(size <= SNAPSHOT_TEXT_SIZE);
    memcpy(sentence, text, size);
}

struct snapshot_detail steps_detail(struct console_fixture *fixture, uint32_t slot)
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

void steps_explain(struct console_fixture *fixture, uint32_t slot,
                   const struct snapshot_detail *detail)
{
    steps_go_to(fixture, slot);
    console_fixture_press(fixture, KEYPRESS_ENTER);
    snapshots_set_detail(fixture->maker, detail);
    console_fixture_take(fixture);
}

/* A history of events, so that they are more than a screen has room for. */
static void add_events(struct console_fixture *fixture)
{
    struct wall at = *snapshots_at(fixture->maker);
    for (int i = 0; i < 7; i++) {
        *snapshots_at(fixture->maker) = steps_ago((7 - i) * 5 * MINUTE_MS);
        snapshots_line(fixture->maker, i == 3 ? LEVEL_WARN : LEVEL_INFO,
                       i == 3 ? EVENT_SCALE_FAILED : EVENT_SCALED, "eu-west-chess-ranked",
                       i == 3 ? "scale_failed deployment=eu-west-chess-ranked delta=+1 "
                                "error=\"HTTP 500: no host left\" applied=no took_ms=40"
                              : "scaled deployment=eu-west-chess-ranked delta=+1 "
                                "key=8d0c41f2-4700-8 took_ms=74");
    }
    *snapshots_at(fixture->maker) = at;
}

void steps_explain_cut(struct console_fixture *fixture)
{
    add_events(fixture);
    steps_show(fixture);
    console_fixture_type(fixture, "3");
    struct snapshot_detail detail = steps_detail(fixture, CHESS);
    detail.order_count = 1;
    detail.orders[0] = (struct snapshot_order){ .delta = 2,
                                                .sent = steps_ago(17767),
                                                .until = steps_ago(17767 - 10 * MINUTE_MS) };
    steps_explain(fixture, CHESS, &detail);
}

/* --- checks ---------------------------------------------------------------------------------------------------- */

static void play(struct console_fixture *fixture, const struct screen_row *row)
{
    steps_init(fixture, row->columns, row->rows, !row->is_utf8);
    row->play(fixture);
    console_fixture_draw(fixture);
}

static void screen_is_golden(void **state)
{
    const struct screen_row *row = *state;
    struct console_fixture fixture;
    play(&fixture, row);
    golden_check(row->name, &fixture.canvas);
    console_fixture_fini(&fixture);
}

static void roles_are_golden(void **state)
{
    const struct screen_row *row = *state;
    struct console_fixture fixture;
    play(&fixture, row);
    golden_check_roles(row->name, &fixture.canvas);
    console_fixture_fini(&fixture);
}

static void can_be_drawn_in_every_size(void **state)
{
    struct console_fixture fixture;
    play(&fixture, *state);
    for (fixture.columns = 1; fixture.columns <= 250;
         fixture.columns += fixture.columns < 90 ? 3 : 25)
        for (fixture.rows = 1; fixture.rows <= 80; fixture.rows += fixture.rows < 26 ? 1 : 11)
            console_fixture_draw(&fixture);
    console_fixture_fini(&fixture);
}

static int run_each(const char *name, const struct screen_row *rows, size_t count,
                    CMUnitTestFunction check)
{
    struct CMUnitTest tests[SCREENS_MAX];
    must(count <= SCREENS_MAX);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

int screens_run(const char *name, const struct screen_row *rows, size_t count)
{
    return run_each(name, rows, count, screen_is_golden) +
           run_each("in every size", rows, count, can_be_drawn_in_every_size);
}

int screens_run_roles(const char *name, const struct screen_row *rows, size_t count)
{
    return run_each(name, rows, count, roles_are_golden);
}
