/* The first lines of an explanation, for every state and reason. */
#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "tests/support/console_fixture.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <ctype.h>
#include <locale.h>
#include <string.h>

#define COLUMNS 80
#define ROWS 24
#define SENTENCE_ROW 2 /* below the bar and the title */
#define LINE_SIZE 4096

static void open_explanation(struct console_fixture *fixture)
{
    console_fixture_init(fixture, VIEW_ALL, NULL);
    fixture->canvas.is_ascii = true;
    fixture->columns = COLUMNS;
    fixture->rows = ROWS;
    snapshots_add(fixture->maker, "eu-1");
    console_fixture_take(fixture);
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

/* Takes the detail, or none, and draws. */
static void show(struct console_fixture *fixture, bool has_detail)
{
    struct snapshot_detail detail;
    snapshots_example_detail(fixture->maker, 0, &detail);
    snapshots_set_detail(fixture->maker, has_detail ? &detail : NULL);
    console_fixture_take(fixture);
    console_fixture_draw(fixture);
}

/* The screen's row of a label; ROWS: it is not there. */
static int row_of(const struct console_fixture *fixture, const char *label)
{
    char row[LINE_SIZE];
    for (int i = SENTENCE_ROW; i < ROWS; i++) {
        canvas_row_text(&fixture->canvas, i, row, sizeof row);
        if (strncmp(row + 1, label, strlen(label)) == 0)
            return i;
    }
    return ROWS;
}

static void expect_sentence(struct console_fixture *fixture, int32_t delta, const char *wanted)
{
    char row[LINE_SIZE];
    struct snapshot_row *changed = snapshots_row(fixture->maker, 0);
    changed->state = STATE_UP;
    changed->action = ACTION_SCALED;
    changed->last_action = ACTION_SCALED;
    changed->acted_at = *snapshots_at(fixture->maker);
    changed->delta = changed->last_delta = changed->raw_delta = delta;
    show(fixture, true);
    canvas_row_text(&fixture->canvas, SENTENCE_ROW, row, sizeof row);
    assert_non_null(strstr(row, wanted));
}

/* The author, the end and the reason. */
static void a_pause_says_what_is_known_of_it(void **state)
{
    (void)state;
    struct console_fixture fixture;
    struct snapshot_detail detail;
    char line[LINE_SIZE];
    open_explanation(&fixture);
    struct snapshot_row *row = snapshots_row(fixture.maker, 0);
    row->state = STATE_PAUSED;
    row->is_paused = true;
    snapshots_example_detail(fixture.maker, 0, &detail);
    detail.pause = (struct snapshot_pause){ .since = { SNAPSHOTS_AT.ms - 60000 },
                                            .until = { SNAPSHOTS_AT.ms + 1800000 },
                                            .author = "ann",
                                            .reason = "new image" };
    snapshots_set_detail(fixture.maker, &detail);
    console_fixture_take(&fixture);
    console_fixture_draw(&fixture);
    canvas_row_text(&fixture.canvas, SENTENCE_ROW, line, sizeof line);
    assert_non_null(strstr(line, "Paused by ann since "));
    assert_non_null(strstr(line, " until "));
    assert_non_null(strstr(line, "(new image): "));
    console_fixture_fini(&fixture);
}

static void one_host_is_not_many(void **state)
{
    (void)state;
    struct console_fixture fixture;
    open_explanation(&fixture);
    expect_sentence(&fixture, 1, "Growing: +1 host sent ");
    expect_sentence(&fixture, 2, "Growing: +2 hosts sent ");
    console_fixture_fini(&fixture);
}

/* It begins with a word, not with a label, and no word of the tables is left in it. */
static void check_first_lines(const struct console_fixture *fixture)
{
    char row[LINE_SIZE];
    canvas_row_text(&fixture->canvas, SENTENCE_ROW, row, sizeof row);
    assert_true(isupper((unsigned char)row[1]) && islower((unsigned char)row[2]));
    for (int i = SENTENCE_ROW; i < ROWS; i++) {
        canvas_row_text(&fixture->canvas, i, row, sizeof row);
        assert_null(strchr(row, '{'));
    }
    assert_true(row_of(fixture, "RULE") < ROWS);
    assert_true(row_of(fixture, "NEXT") < row_of(fixture, "DO"));
    assert_true(row_of(fixture, "DO") < row_of(fixture, "INPUTS"));
}

static void every_state_and_reason_has_its_first_lines(void **state)
{
    (void)state;
    struct console_fixture fixture;
    open_explanation(&fixture);
    for (int i = 0; i < STATE_COUNT * REASON_COUNT * 2; i++) {
        struct snapshot_row *row = snapshots_row(fixture.maker, 0);
        row->state = row->base_state = (uint8_t)(i / REASON_COUNT % STATE_COUNT);
        row->reason = (uint8_t)(i % REASON_COUNT);
        row->raw_delta = i % 5 - 2;
        row->delta = i % 3 == 0 ? 0 : row->raw_delta;
        row->pending_hosts = i % 7 - 3;
        row->read_at.ms = i % 11 == 0 ? 0 : SNAPSHOTS_AT.ms;
        show(&fixture, i % 2 == 0);
        check_first_lines(&fixture);
    }
    console_fixture_fini(&fixture);
}

/* What the sentence, the rule and the next pass say is within the first five lines of the screen. */
static void what_matters_is_in_the_first_five_lines(void **state)
{
    (void)state;
    struct console_fixture fixture;
    open_explanation(&fixture);
    struct snapshot_row *row = snapshots_row(fixture.maker, 0);
    row->state = STATE_HELD;
    row->reason = REASON_COOLDOWN_UP;
    row->action = ACTION_HELD;
    row->raw_delta = 7;
    row->delta = 0;
    show(&fixture, false);
    assert_int_equal(row_of(&fixture, "RULE"), 3);
    assert_int_equal(row_of(&fixture, "NEXT"), 4);
    console_fixture_fini(&fixture);
}

/* The numbers may be those of a trouble that has ended. */
static void a_starved_one_that_is_not_read_says_when_it_was(void **state)
{
    (void)state;
    struct console_fixture fixture;
    open_explanation(&fixture);
    struct snapshot_row *row = snapshots_row(fixture.maker, 0);
    row->state = STATE_STARVED;
    row->base_state = STATE_FAILED;
    row->reason = REASON_READ_FAILED;
    row->action = ACTION_FAILED;
    row->free_servers = 2;
    show(&fixture, false);
    char line[LINE_SIZE];
    canvas_row_text(&fixture.canvas, 2, line, sizeof line);
    assert_string_equal(
        line, " Starved when it was last read, 14:03:15: 2 of 100 free (2.0%, target 15%).");
    console_fixture_fini(&fixture);
}

/* The advice of a rule that works as it should is none for a deployment without servers. */
static void a_starved_one_is_not_told_to_do_nothing(void **state)
{
    (void)state;
    struct console_fixture fixture;
    open_explanation(&fixture);
    struct snapshot_row *row = snapshots_row(fixture.maker, 0);
    row->state = STATE_STARVED;
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        row->base_state = STATE_UP;
        row->reason = (uint8_t)reason;
        row->raw_delta = row->delta = row->pending_hosts = 4;
        show(&fixture, false);
        char line[LINE_SIZE];
        int at = row_of(&fixture, "DO");
        for (int i = 0; i < 2; i++) {
            canvas_row_text(&fixture.canvas, at + i, line, sizeof line);
            assert_null(strstr(line, "Nothing to do"));
        }
    }
    console_fixture_fini(&fixture);
}

static void set_paused(struct console_fixture *fixture, struct snapshot_row *row)
{
    snapshots_engine(fixture->maker)->is_paused = true;
    row->wanted_delta = 4;
}

static void set_row_paused(struct console_fixture *fixture, struct snapshot_row *row)
{
    (void)fixture;
    row->is_paused = true;
    row->wanted_delta = -3;
}

static void set_stopping(struct console_fixture *fixture, struct snapshot_row *row)
{
    (void)row;
    snapshots_engine(fixture->maker)->is_stopping = true;
}

static void set_in_a_pass(struct console_fixture *fixture, struct snapshot_row *row)
{
    (void)row;
    snapshots_engine(fixture->maker)->next_pass.ms = 0;
}

static const struct coming_row {
    const char *name;
    void (*set)(struct console_fixture *fixture, struct snapshot_row *row);
    const char *text;
} coming_rows[] = {
    { "paused", set_paused, "Nothing is sent until scaling is resumed; then +4 hosts." },
    { "its own pause", set_row_paused,
      "Nothing is sent until this deployment is resumed; then -3 hosts." },
    { "the program stops", set_stopping, "The program stops; nothing is sent." },
    { "in a pass", set_in_a_pass, "The next pass reads and decides again." },
};

static void what_comes_next(void **state)
{
    const struct coming_row *wanted = *state;
    struct console_fixture fixture;
    char row[LINE_SIZE];
    open_explanation(&fixture);
    wanted->set(&fixture, snapshots_row(fixture.maker, 0));
    show(&fixture, false);
    canvas_row_text(&fixture.canvas, row_of(&fixture, "NEXT"), row, sizeof row);
    assert_string_equal(row + 11, wanted->text);
    console_fixture_fini(&fixture);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest rows[COUNT_OF(coming_rows)];
    TESTS_FROM_ROWS(rows, coming_rows, what_comes_next);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_reason_has_its_first_lines),
        cmocka_unit_test(what_matters_is_in_the_first_five_lines),
        cmocka_unit_test(one_host_is_not_many),
        cmocka_unit_test(a_pause_says_what_is_known_of_it),
        cmocka_unit_test(a_starved_one_is_not_told_to_do_nothing),
        cmocka_unit_test(a_starved_one_that_is_not_read_says_when_it_was),
    };
    int failed = cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("verdict: next", rows, NULL, NULL);
    return failed;
}
