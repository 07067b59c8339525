/*
 * A console with random input: every keypress, text, pastes, clicks, resizes, a fleet that changes meanwhile, an engine
 * that answers, stops and ends.
 *
 * A small model decides which commands are valid; it reads only the dialog before the input, and the times of the keys:
 * what comes as fast as a paste sends nothing.
 * RANDOM_KEYS in the environment is the number of inputs, RANDOM_SEED their seed.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/console_fixture.h"
#include "tests/support/settings.h"
#include "tests/support/test.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS 200000
#define EPISODE_INPUTS 1000
#define ROWS 240
#define SLOTS_MAX 4096
#define SENT_MAX 8
#define CONFIRM_ABOVE_PPB 20000000

/* Right before an input. */
struct before {
    bool is_open; /* a dialog */
    struct dialog dialog;
    bool is_typing; /* a prompt, or the help, is there */
    bool is_frozen;
    bool is_stopping;
    bool is_row_there; /* the one that the dialog is about */
    bool is_read_only;
    bool may_run; /* a pass would move little or nothing */
    bool is_large_scale;
};

struct world {
    struct random random;
    struct console_fixture fixture;
    bool is_there[SLOTS_MAX]; /* by slot */
    uint32_t focus_slot;
    int32_t focus_delta;
    bool is_full;
    bool may_send;             /* an input is being handled */
    struct input pressed;      /* the last key */
    struct mono pressed_after; /* the key before it */
    struct mono opened;        /* the dialog */
    struct mono pasted;        /* the last pasted character, or key of a run */
    size_t sent_count;
    struct command sent[SENT_MAX]; /* by this input, without FOCUS */
    int64_t sent_total[COMMAND_COUNT];
    int64_t forced_total;
};

static bool one_in(struct world *world, int64_t chances)
{
    return random_below(&world->random, chances) == 0;
}

static int below(struct world *world, int64_t bound)
{
    return (int)random_below(&world->random, bound);
}

/* --- the engine ------------------------------------------------------------------------------------------------ */

static void obey(struct world *world, const struct command *command)
{
    bool is_about_pause = command->kind == COMMAND_PAUSE || command->kind == COMMAND_RESUME;
    if (!is_about_pause || world->is_there[command->slot])
        console_fixture_obey(&world->fixture, command);
    struct command_ack ack = { command->kind, command->serial, true, "so be it" };
    snapshots_acknowledge(world->fixture.maker, &ack);
}

static int take_command(void *context, const struct command *command)
{
    struct world *world = context;
    if (world->is_full)
        return -EAGAIN;
    if (command->kind == COMMAND_FOCUS) {
        world->focus_slot = command->slot;
        world->focus_delta = command->delta;
        return 0;
    }
    assert_true(world->may_send);
    assert_true(world->sent_count < SENT_MAX);
    world->sent[world->sent_count++] = *command;
    world->sent_total[command->kind]++;
    world->forced_total += command->is_forced;
    obey(world, command);
    return 0;
}

/* The detail of the deployment in focus, with random objections of the guard rails. */
static void answer_focus(struct world *world)
{
    static struct snapshot_detail detail;
    snapshots_set_detail(world->fixture.maker, NULL);
    if (world->focus_slot == SLOT_NONE || !world->is_there[world->focus_slot] || one_in(world, 10))
        return;
    snapshots_example_detail(world->fixture.maker, world->focus_slot, &detail);
    detail.manual_delta = world->focus_delta;
    detail.objection_count = (size_t)below(world, 3);
    detail.manual_refusal[0] = one_in(world, 8) ? 'x' : '\0';
    detail.manual_refusal[1] = '\0';
    snapshots_set_detail(world->fixture.maker, &detail);
}

static void change_fleet(struct world *world)
{
    char id[64];
    uint32_t slot = (uint32_t)below(world, ROWS);
    snapshots_stir(world->fixture.maker, 10, random_next(&world->random));
    if (one_in(world, 4) && world->is_there[slot]) {
        snapshots_remove(world->fixture.maker, slot);
        world->is_there[slot] = false;
    }
    snprintf(id, sizeof id, "new-%llx", (unsigned long long)random_next(&world->random));
    if (one_in(world, 4)) {
        slot = snapshots_add(world->fixture.maker, id);
        assert_true(slot < SLOTS_MAX);
        world->is_there[slot] = true;
    }
}

static void change_engine(struct world *world)
{
    struct snapshot_engine *engine = snapshots_engine(world->fixture.maker);
    if (one_in(world, 50))
        engine->is_paused = !engine->is_paused;
    if (one_in(world, 50))
        engine->is_dry_run = !engine->is_dry_run;
    if (one_in(world, 80))
        engine->is_read_only = !engine->is_read_only;
    if (one_in(world, 3))
        snapshots_line(world->fixture.maker, (enum level)below(world, LEVEL_COUNT), EVENT_SCALED,
                       one_in(world, 2) ? "eu-west-arena-00001" : NULL, "a line eu us 1 2");
    if (one_in(world, 100))
        snapshots_lose_lines(world->fixture.maker, 3);
    snapshots_at(world->fixture.maker)->ms += below(world, 1000);
}

/* --- the model ------------------------------------------------------------------------------------------------- */

static bool is_there(const struct snapshot *snapshot, uint32_t slot, const char *id)
{
    const struct snapshot_row *row = snapshot ? snapshot_row_at(snapshot, slot) : NULL;
    return row && strcmp(row->name->id, id) == 0;
}

static struct before look(const struct world *world)
{
    const struct console *console = world->fixture.console;
    const struct snapshot *shown = console->shown;
    const struct dialog_limits limits = { .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    struct before before = { .is_open = console->dialog.kind != DIALOG_NONE,
                             .dialog = console->dialog,
                             .is_typing =
                                 console->prompt_use != PROMPT_NONE || console->is_help_open,
                             .is_frozen = console->is_frozen };
    before.is_row_there = is_there(shown, console->dialog.slot, console->dialog.id);
    if (before.is_row_there && console->dialog.kind == DIALOG_SCALE) {
        const struct snapshot_row *row = snapshot_row_at(shown, console->dialog.slot);
        int64_t delta = console->dialog.delta;
        before.is_large_scale =
            (delta > 0 && row->hosts + row->pending_hosts + delta > row->desired_hosts) ||
            (delta < 0 ? -delta : delta) > shown->totals.hosts * CONFIRM_ABOVE_PPB / SHARE_WHOLE;
    }
    if (shown) {
        const struct snapshot_engine *engine = &shown->engine;
        before.is_read_only = engine->is_read_only;
        before.is_stopping = engine->is_stopping;
        before.may_run = engine->is_read_only || engine->is_paused || engine->is_dry_run ||
                         !dialog_is_large(shown, &limits);
    }
    return before;
}

static enum dialog_kind asked_by(enum command_kind kind)
{
    switch (kind) {
    case COMMAND_PASS:
        return DIALOG_PASS;
    case COMMAND_PAUSE_ALL:
        return DIALOG_PAUSE_ALL;
    case COMMAND_RESUME_ALL:
        return DIALOG_RESUME_ALL;
    case COMMAND_PAUSE:
        return DIALOG_PAUSE_ROW;
    case COMMAND_RESUME:
        return DIALOG_RESUME_ROW;
    case COMMAND_DRY_RUN_ON:
        return DIALOG_DRY_RUN_ON;
    case COMMAND_DRY_RUN_OFF:
        return DIALOG_DRY_RUN_OFF;
    case COMMAND_SCALE:
        return DIALOG_SCALE;
    case COMMAND_RELOAD:
        return DIALOG_RELOAD;
    case COMMAND_UNDO:
        return DIALOG_UNDO;
    case COMMAND_STOP:
        return DIALOG_QUIT;
    case COMMAND_DISCOVERY:
    case COMMAND_FOCUS:
    case COMMAND_LOOK:
        break;
    }
    return DIALOG_NONE;
}

/* What a forced or a large scale was typed for. */
static void check_scale(const struct before *before, const struct command *command)
{
    char number[16];
    const char *typed = before->dialog.typed.text;
    snprintf(number, sizeof number, "%d", abs(command->delta));
    assert_int_equal(command->delta, before->dialog.delta);
    bool is_number = strcmp(typed, number) == 0;
    assert_true(!command->is_forced || is_number || strcmp(typed, DIALOG_YES) == 0);
    assert_true(!before->is_large_scale || is_number);
}

/* Nothing came near the key, before it or behind it: it was typed. */
static void check_typed(const struct world *world)
{
    int64_t came_ms = world->pressed.came.ms;
    assert_true(world->fixture.now.ms - came_ms >= TYPING_RUN_MS);
    assert_true(came_ms - world->pressed_after.ms >= TYPING_RUN_MS);
    assert_true(came_ms - world->pasted.ms >= TYPING_QUIET_MS);
}

/* The dialog was there long enough to be read. */
static void check_read(const struct world *world)
{
    assert_true(world->pressed.came.ms - world->opened.ms >= TYPING_QUIET_MS);
}

static void check_sent(const struct world *world, const struct before *before,
                       const struct command *command)
{
    const struct input *input = &world->pressed;
    check_typed(world);
    assert_false(before->is_stopping);
    assert_false(before->is_read_only && command_row(command->kind)->is_steering);
    assert_false(before->is_frozen && command->kind != COMMAND_STOP);
    if (!before->is_open) {
        assert_false(before->is_typing);
        assert_true((command->kind == COMMAND_DISCOVERY && input->keypress == 'd') ||
                    (command->kind == COMMAND_PASS && input->keypress == 'r' && before->may_run));
        return;
    }
    check_read(world);
    assert_int_equal(input->keypress, KEYPRESS_ENTER);
    assert_int_equal(before->dialog.focus, FOCUS_ACTION);
    assert_int_equal(before->dialog.kind, asked_by(command->kind));
    if (!dialog_is_about_row(before->dialog.kind)) {
        assert_int_equal(command->slot, SLOT_NONE);
        return;
    }
    assert_true(before->is_row_there);
    assert_int_equal(command->slot, before->dialog.slot);
    assert_string_equal(command->id, before->dialog.id);
    if (command->kind == COMMAND_SCALE)
        check_scale(before, command);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void check_state(const struct console *console)
{
    size_t count = order_count(console->order);
    const struct cursor *cursor = &console->cursor;
    assert_true(cursor->position <= count || console->is_order_due);
    assert_true(cursor->slot != SLOT_NONE || cursor->id[0] == '\0');
    assert_true(console->behind == NULL || console->is_frozen);
    assert_false(console->explain_from == PAGE_LOG && console->page != PAGE_LIST &&
                 console->log_from == PAGE_EXPLAIN);
    assert_true(console->log.is_following ||
                logbook_at(console->logbook, console->log.cursor) != NULL);
    assert_true(console->dialog.kind != DIALOG_SCALE || console->dialog.delta != 0);
}

static void check_cell(const struct canvas *canvas, int column, int row)
{
    const struct cell *cell = canvas_at(canvas, column, row);
    assert_true(cell->width <= 2 && cell->role < ROLE_COUNT && cell->zero == 0);
    if (cell->width == 2) {
        assert_true(column + 1 < canvas->columns);
        assert_int_equal(canvas_at(canvas, column + 1, row)->width, 0);
    }
    if (cell->width == 0) {
        assert_true(column > 0);
        assert_int_equal(canvas_at(canvas, column - 1, row)->width, 2);
    }
}

static void check_canvas(const struct canvas *canvas)
{
    for (int row = 0; row < canvas->rows; row++)
        for (int column = 0; column < canvas->columns; column++)
            check_cell(canvas, column, row);
    assert_true(canvas->cursor_column < canvas->columns);
    assert_true(canvas->cursor_row < canvas->rows);
}

/* On the list, drawn just now. */
static void check_cursor(const struct console *console)
{
    size_t count = order_count(console->order);
    const struct cursor *cursor = &console->cursor;
    size_t rows = console->list_rows > 0 ? (size_t)console->list_rows : 1;
    assert_true(cursor->position >= console->list_top);
    assert_true(cursor->position < console->list_top + rows);
    if (console->is_order_due) {
        assert_true(console->now.ms < console->hold_until.ms);
        return;
    }
    assert_int_equal(count == 0, cursor->slot == SLOT_NONE);
    if (count > 0) {
        assert_int_equal(order_slot(console->order, cursor->position), cursor->slot);
        assert_non_null(console_cursor_row(console));
    }
}

/* --- what happens ---------------------------------------------------------------------------------------------- */

static void draw(struct world *world)
{
    struct console *console = world->fixture.console;
    struct cursor before = console->cursor;
    console_draw(console, &world->fixture.canvas);
    assert_false(console_is_dirty(console));
    if (console->shown && console->page == PAGE_LIST)
        check_cursor(console);
    /* The cursor stays on its deployment as long as that is shown. */
    size_t position;
    if (is_there(console->shown, before.slot, before.id) &&
        order_find(console->order, before.slot, &position))
        assert_string_equal(console->cursor.id, before.id);
}

static void take(struct world *world)
{
    change_fleet(world);
    change_engine(world);
    answer_focus(world);
    console_snapshots_take(world->fixture.console, world->fixture.now,
                           snapshots_take(world->fixture.maker));
}

static void resize(struct world *world)
{
    bool is_small = one_in(world, 4);
    world->fixture.canvas.is_ascii = one_in(world, 2);
    assert_int_equal(canvas_resize(&world->fixture.canvas, 1 + below(world, is_small ? 30 : 250),
                                   1 + below(world, is_small ? 12 : 80)),
                     0);
}

/* A keypress of the key table. */
static uint32_t known_keypress(struct world *world)
{
    const struct key_row *row = keys_row((enum act)(1 + below(world, ACT_COUNT - 1)));
    uint32_t keypress = keys_keypress(row, (size_t)below(world, 2));
    return keypress != KEYPRESS_NONE ? keypress : keys_keypress(row, 0);
}

/* A key that leads to the confirmation of the dialog. */
static uint32_t willing_keypress(struct world *world)
{
    const struct dialog *dialog = &world->fixture.console->dialog;
    size_t typed = strlen(dialog->typed.text);
    size_t asked = strlen(dialog->asked);
    bool is_number = dialog->asked[0] >= '0' && dialog->asked[0] <= '9';
    if (dialog->kind == DIALOG_SCALE && is_number && !dialog->is_answering)
        return KEYPRESS_TAB;
    if (typed < asked)
        return (uint32_t)(unsigned char)dialog->asked[typed];
    if (typed > asked)
        return KEYPRESS_BACKSPACE;
    return dialog->focus == FOCUS_ACTION ? KEYPRESS_ENTER : KEYPRESS_TAB;
}

static uint32_t any_keypress(struct world *world)
{
    int dice = below(world, 100);
    enum dialog_kind kind = world->fixture.console->dialog.kind;
    /* A stopped engine takes no commands: that comes later. */
    if (kind != DIALOG_NONE && dice < (kind == DIALOG_QUIT ? 5 : 60))
        return willing_keypress(world);
    if (dice < 75)
        return known_keypress(world);
    if (dice < 90)
        return (uint32_t)(1 + below(world, 0x17e));
    if (dice < 98)
        return (uint32_t)(KEYPRESS_ENTER + below(world, KEYPRESS_F12 - KEYPRESS_ENTER + 1));
    return (uint32_t)below(world, 0x110000);
}

static struct input any_input(struct world *world)
{
    int dice = below(world, 100);
    struct input input = { .kind = INPUT_KEY, .keypress = any_keypress(world) };
    if (dice < 88)
        return input;
    input.column = below(world, 260) - 3;
    input.row = below(world, 84) - 2;
    static const enum input_kind kinds[] = { INPUT_CLICK,      INPUT_DOUBLE_CLICK, INPUT_WHEEL_UP,
                                             INPUT_WHEEL_DOWN, INPUT_PASTE,        INPUT_PASTE };
    input.kind = kinds[below(world, COUNT_OF(kinds))];
    return input;
}

/* A character that neither moves nor repeats anywhere. */
static bool is_text(uint32_t keypress)
{
    return keypress > ' ' && keypress < 0x7f && !strchr("jkgGeEnNwW+-=[]{}", (int)keypress);
}

static void note_input(struct world *world, const struct input *input)
{
    const struct console *console = world->fixture.console;
    bool is_prompt = console->dialog.kind == DIALOG_NONE &&
                     (console->prompt_use != PROMPT_NONE || console->chooser.is_open);
    bool is_near = input->came.ms - world->pressed.came.ms < TYPING_RUN_MS;
    if (input->kind == INPUT_PASTE)
        world->pasted = input->came;
    if (input->kind != INPUT_KEY)
        return;
    if (is_near && !is_prompt && is_text(input->keypress) && is_text(world->pressed.keypress))
        world->pasted = input->came;
    world->pressed_after = world->pressed.came;
    world->pressed = *input;
}

/* One call of the console, and the commands that it sends. */
static void call(struct world *world, const struct input *input)
{
    struct before before = look(world);
    world->is_full = one_in(world, 200);
    world->sent_count = 0;
    world->may_send = true;
    if (input)
        console_input(world->fixture.console, world->fixture.now, input);
    else
        console_tick(world->fixture.console, world->fixture.now);
    world->may_send = false;
    assert_true(world->sent_count <= 1);
    for (size_t i = 0; i < world->sent_count; i++)
        check_sent(world, &before, &world->sent[i]);
    if (!before.is_open || world->fixture.console->dialog.kind != before.dialog.kind)
        world->opened = world->fixture.now;
    check_state(world->fixture.console);
}

static void press(struct world *world)
{
    struct input input = any_input(world);
    input.came = world->fixture.now;
    note_input(world, &input);
    call(world, &input);
}

/* The console is woken up at its deadline. */
static void elapse(struct world *world, int64_t ms)
{
    struct mono end = mono_after(world->fixture.now, ms);
    struct mono deadline = console_deadline(world->fixture.console);
    if (deadline.ms > world->fixture.now.ms && deadline.ms < end.ms) {
        world->fixture.now = deadline;
        call(world, NULL);
    }
    world->fixture.now = end;
}

/* As fast as a paste, as slow as a person, or between them. */
static int64_t any_gap_ms(struct world *world)
{
    int dice = below(world, 20);
    if (dice < 2)
        return below(world, TYPING_RUN_MS);
    return dice < 4 ? below(world, 100) : TYPING_RUN_MS + below(world, 400);
}

static void step(struct world *world)
{
    elapse(world, any_gap_ms(world));
    if (one_in(world, 400))
        world->fixture.now = mono_after(world->fixture.now, 200000);
    if (one_in(world, 2))
        call(world, NULL);
    if (one_in(world, 60))
        resize(world);
    if (one_in(world, 8))
        take(world);
    press(world);
    if (one_in(world, 8)) {
        draw(world);
        if (one_in(world, 8))
            check_canvas(&world->fixture.canvas);
    }
    console_take_wish(world->fixture.console);
    assert_true(console_deadline(world->fixture.console).ms > 0);
}

static void begin(struct world *world)
{
    struct console_config config = { .view = (enum view)below(world, VIEW_COUNT),
                                     .sort = (enum column)below(world, COLUMN_COUNT),
                                     .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    world->fixture.take = take_command;
    world->fixture.context = world;
    world->fixture.now = mono_after(world->fixture.now, TYPING_QUIET_MS);
    console_fixture_open(&world->fixture, &config);
    snapshots_fill_random(world->fixture.maker, ROWS, random_next(&world->random));
    for (int slot = 0; slot < SLOTS_MAX; slot++)
        world->is_there[slot] = slot < ROWS;
    world->focus_slot = SLOT_NONE;
    resize(world);
}

static void end(struct world *world)
{
    assert_true(snapshots_out(world->fixture.maker) <= 2);
    console_fixture_fini(&world->fixture);
}

/* Without any sent command, the test would prove nothing. */
static void check_totals(const struct world *world, int64_t inputs)
{
    for (int kind = 0; kind < COMMAND_COUNT; kind++) {
        print_message("%-12s sent %lld times\n", command_row((enum command_kind)kind)->name,
                      (long long)world->sent_total[kind]);
        if (inputs >= INPUTS && kind != COMMAND_FOCUS && kind != COMMAND_LOOK)
            assert_true(world->sent_total[kind] > 0);
    }
    print_message("%-12s %lld times\n", "forced", (long long)world->forced_total);
    assert_true(inputs < INPUTS || world->forced_total > 0);
}

static void random_hands_break_nothing(void **state)
{
    (void)state;
    static struct world world;
    int64_t inputs = setting("RANDOM_KEYS", INPUTS);
    world.random.state = (uint64_t)setting("RANDOM_SEED", 1);
    world.fixture.now = (struct mono){ 1000000 };
    for (int64_t done = 0; done < inputs; done += EPISODE_INPUTS) {
        begin(&world);
        for (int i = 0; i < EPISODE_INPUTS; i++)
            step(&world);
        end(&world);
    }
    check_totals(&world, inputs);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_hands_break_nothing) };
    return cmocka_run_group_tests_name("console: random", tests, NULL, NULL);
}
