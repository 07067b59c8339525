/*
 * A console with random input: every keypress, text, pastes, clicks, resizes, a fleet that changes meanwhile, an engine
 * that answers, stops and ends.
 *
 * A small model decides which commands are valid; it reads only the dialog before the input.
 * RANDOM_KEYS in the environment is the number of inputs, RANDOM_SEED their seed.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"
#include "tui/panels/panels.h"

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/snapshots.h"
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
};

struct world {
    struct random random;
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct mono now;
    bool is_there[SLOTS_MAX]; /* by slot */
    uint32_t focus_slot;
    int32_t focus_delta;
    bool is_full;
    bool may_send; /* an input is being handled */
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
    struct snapshot_engine *engine = snapshots_engine(world->maker);
    if (command->kind == COMMAND_PAUSE_ALL || command->kind == COMMAND_RESUME_ALL)
        engine->is_paused = command->kind == COMMAND_PAUSE_ALL;
    if (command->kind == COMMAND_DRY_RUN_ON || command->kind == COMMAND_DRY_RUN_OFF)
        engine->is_dry_run = command->kind == COMMAND_DRY_RUN_ON;
    if (command->kind == COMMAND_STOP)
        engine->is_stopping = true;
    bool is_about_pause = command->kind == COMMAND_PAUSE || command->kind == COMMAND_RESUME;
    if (is_about_pause && world->is_there[command->slot])
        snapshots_row(world->maker, command->slot)->is_paused = command->kind == COMMAND_PAUSE;
    struct command_ack ack = { command->kind, command->serial, true, "so be it" };
    snapshots_acknowledge(world->maker, &ack);
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

static void give_back(void *context, const struct snapshot *snapshot)
{
    struct world *world = context;
    snapshots_give_back(world->maker, snapshot);
}

/* The detail of the deployment in focus, with random objections of the guard rails. */
static void answer_focus(struct world *world)
{
    static struct snapshot_detail detail;
    snapshots_set_detail(world->maker, NULL);
    if (world->focus_slot == SLOT_NONE || !world->is_there[world->focus_slot] || one_in(world, 10))
        return;
    snapshots_example_detail(world->maker, world->focus_slot, &detail);
    detail.manual_delta = world->focus_delta;
    detail.objection_count = (size_t)below(world, 3);
    detail.manual_refusal[0] = one_in(world, 8) ? 'x' : '\0';
    detail.manual_refusal[1] = '\0';
    snapshots_set_detail(world->maker, &detail);
}

static void change_fleet(struct world *world)
{
    char id[64];
    uint32_t slot = (uint32_t)below(world, ROWS);
    snapshots_stir(world->maker, 10, random_next(&world->random));
    if (one_in(world, 4) && world->is_there[slot]) {
        snapshots_remove(world->maker, slot);
        world->is_there[slot] = false;
    }
    snprintf(id, sizeof id, "new-%llx", (unsigned long long)random_next(&world->random));
    if (one_in(world, 4)) {
        slot = snapshots_add(world->maker, id);
        assert_true(slot < SLOTS_MAX);
        world->is_there[slot] = true;
    }
}

static void change_engine(struct world *world)
{
    struct snapshot_engine *engine = snapshots_engine(world->maker);
    if (one_in(world, 50))
        engine->is_paused = !engine->is_paused;
    if (one_in(world, 50))
        engine->is_dry_run = !engine->is_dry_run;
    if (one_in(world, 80))
        engine->is_read_only = !engine->is_read_only;
    if (one_in(world, 3))
        snapshots_line(world->maker, (enum level)below(world, LEVEL_COUNT), EVENT_SCALED,
                       one_in(world, 2) ? "eu-west-arena-00001" : NULL, "a line eu us 1 2");
    if (one_in(world, 100))
        snapshots_lose_lines(world->maker, 3);
    snapshots_at(world->maker)->ms += below(world, 1000);
}

/* --- the model ------------------------------------------------------------------------------------------------- */

static bool is_there(const struct snapshot *snapshot, uint32_t slot, const char *id)
{
    const struct snapshot_row *row = snapshot ? snapshot_row_at(snapshot, slot) : NULL;
    return row && strcmp(row->name->id, id) == 0;
}

static struct before look(const struct world *world)
{
    const struct console *console = world->console;
    const struct snapshot *shown = console->shown;
    const struct dialog_limits limits = { CONFIRM_ABOVE_PPB };
    struct before before = { .is_open = console->dialog.kind != DIALOG_NONE,
                             .dialog = console->dialog,
                             .is_typing =
                                 console->prompt_use != PROMPT_NONE || console->is_help_open,
                             .is_frozen = console->is_frozen };
    before.is_row_there = is_there(shown, console->dialog.slot, console->dialog.id);
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
    case COMMAND_STOP:
        return DIALOG_QUIT;
    case COMMAND_DISCOVERY:
    case COMMAND_FOCUS:
        break;
    }
    return DIALOG_NONE;
}

/* What a forced scale was typed for. */
static void check_scale(const struct before *before, const struct command *command)
{
    assert_int_equal(command->delta, before->dialog.delta);
    assert_true(!command->is_forced || strcmp(before->dialog.typed.text, DIALOG_YES) == 0);
}

static void check_sent(const struct before *before, const struct input *input,
                       const struct command *command)
{
    assert_int_equal(input->kind, INPUT_KEY);
    assert_false(before->is_stopping);
    assert_false(before->is_read_only && command_row(command->kind)->is_steering);
    assert_false(before->is_frozen && command->kind != COMMAND_STOP);
    if (!before->is_open) {
        assert_false(before->is_typing);
        assert_true((command->kind == COMMAND_DISCOVERY && input->keypress == 'd') ||
                    (command->kind == COMMAND_PASS && input->keypress == 'r' && before->may_run));
        return;
    }
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
    assert_true(cursor->is_moved || cursor->position == 0);
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
    struct console *console = world->console;
    struct cursor before = console->cursor;
    console_draw(console, &world->canvas);
    assert_false(console_is_dirty(console));
    if (console->shown && console->page == PAGE_LIST)
        check_cursor(console);
    /* The cursor stays on its deployment as long as that is shown. */
    size_t position;
    if (before.is_moved && is_there(console->shown, before.slot, before.id) &&
        order_find(console->order, before.slot, &position))
        assert_string_equal(console->cursor.id, before.id);
}

static void take(struct world *world)
{
    change_fleet(world);
    change_engine(world);
    answer_focus(world);
    console_snapshots_take(world->console, world->now, snapshots_take(world->maker));
}

static void resize(struct world *world)
{
    bool is_small = one_in(world, 4);
    world->canvas.is_ascii = one_in(world, 2);
    assert_int_equal(canvas_resize(&world->canvas, 1 + below(world, is_small ? 30 : 250),
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
    const struct dialog *dialog = &world->console->dialog;
    size_t typed = strlen(dialog->typed.text);
    size_t asked = strlen(dialog->asked);
    if (typed < asked)
        return (uint32_t)(unsigned char)dialog->asked[typed];
    if (typed > asked)
        return KEYPRESS_BACKSPACE;
    return dialog->focus == FOCUS_ACTION ? KEYPRESS_ENTER : KEYPRESS_TAB;
}

static uint32_t any_keypress(struct world *world)
{
    int dice = below(world, 100);
    enum dialog_kind kind = world->console->dialog.kind;
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

static void press(struct world *world)
{
    struct input input = any_input(world);
    struct before before = look(world);
    world->is_full = one_in(world, 200);
    world->sent_count = 0;
    world->may_send = true;
    console_input(world->console, world->now, &input);
    world->may_send = false;
    assert_true(world->sent_count <= 1);
    for (size_t i = 0; i < world->sent_count; i++)
        check_sent(&before, &input, &world->sent[i]);
    check_state(world->console);
}

static void step(struct world *world)
{
    world->now = mono_after(world->now, below(world, 60));
    if (one_in(world, 400))
        world->now = mono_after(world->now, 200000);
    if (one_in(world, 2))
        console_tick(world->console, world->now);
    if (one_in(world, 60))
        resize(world);
    if (one_in(world, 8))
        take(world);
    press(world);
    if (one_in(world, 8)) {
        draw(world);
        if (one_in(world, 8))
            check_canvas(&world->canvas);
    }
    console_take_wish(world->console);
    assert_true(console_deadline(world->console).ms > 0);
}

static void begin(struct world *world)
{
    struct console_config config = { .view = (enum view)below(world, VIEW_COUNT),
                                     .sort = (enum column)below(world, COLUMN_COUNT),
                                     .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    struct console_port port = { take_command, give_back, world };
    struct error err;
    world->maker = snapshots_create();
    snapshots_fill_random(world->maker, ROWS, random_next(&world->random));
    for (int slot = 0; slot < SLOTS_MAX; slot++)
        world->is_there[slot] = slot < ROWS;
    world->focus_slot = SLOT_NONE;
    assert_int_equal(console_create(&config, &port, &panels_renderer, &world->console, &err), 0);
    resize(world);
}

static void end(struct world *world)
{
    assert_true(snapshots_out(world->maker) <= 2);
    console_destroy(world->console);
    assert_int_equal(snapshots_out(world->maker), 0);
    snapshots_destroy(world->maker);
}

static int64_t from_environment(const char *name, int64_t otherwise)
{
    const char *value = getenv(name);
    int64_t number;
    return value && integer_parse(value, strlen(value), &number) ? number : otherwise;
}

/* Without any sent command, the test would prove nothing. */
static void check_totals(const struct world *world, int64_t inputs)
{
    for (int kind = 0; kind < COMMAND_COUNT; kind++) {
        print_message("%-12s sent %lld times\n", command_row((enum command_kind)kind)->name,
                      (long long)world->sent_total[kind]);
        if (inputs >= INPUTS && kind != COMMAND_FOCUS)
            assert_true(world->sent_total[kind] > 0);
    }
    print_message("%-12s %lld times\n", "forced", (long long)world->forced_total);
    assert_true(inputs < INPUTS || world->forced_total > 0);
}

static void random_hands_break_nothing(void **state)
{
    (void)state;
    static struct world world;
    int64_t inputs = from_environment("RANDOM_KEYS", INPUTS);
    world.random.state = (uint64_t)from_environment("RANDOM_SEED", 1);
    world.now = (struct mono){ 1000000 };
    canvas_init(&world.canvas);
    for (int64_t done = 0; done < inputs; done += EPISODE_INPUTS) {
        begin(&world);
        for (int i = 0; i < EPISODE_INPUTS; i++)
            step(&world);
        end(&world);
    }
    canvas_fini(&world.canvas);
    check_totals(&world, inputs);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_hands_break_nothing) };
    return cmocka_run_group_tests_name("console: random", tests, NULL, NULL);
}
