#include "tests/support/console_fixture.h"

#include "tests/support/test.h"
#include "tui/console/typing.h"
#include "tui/panels/panels.h"

#define CONFIRM_ABOVE_PPB 20000000

static int take(void *context, const struct command *command)
{
    struct console_fixture *fixture = context;
    return fixture->take ? fixture->take(fixture->context, command) : 0;
}

static void give_back(void *context, const struct snapshot *snapshot)
{
    struct console_fixture *fixture = context;
    snapshots_give_back(fixture->maker, snapshot);
}

void console_fixture_open(struct console_fixture *fixture, const struct console_config *config)
{
    const struct console_port port = {
        .send = take, .release = give_back, .context = fixture, .look = fixture->look
    };
    struct error err;
    fixture->maker = snapshots_create();
    assert_int_equal(console_create(config, &port, &panels_renderer, &fixture->console, &err), 0);
    canvas_init(&fixture->canvas);
}

void console_fixture_init(struct console_fixture *fixture, enum view view, const char *log_target)
{
    const struct console_config config = { .view = view,
                                           .sort = COLUMN_STATE,
                                           .confirm_above_ppb = CONFIRM_ABOVE_PPB,
                                           .log_target = log_target };
    *fixture = (struct console_fixture){ .now = { 1000000 } };
    console_fixture_open(fixture, &config);
}

void console_fixture_fini(struct console_fixture *fixture)
{
    console_destroy(fixture->console);
    assert_int_equal(snapshots_out(fixture->maker), 0);
    snapshots_destroy(fixture->maker);
    canvas_fini(&fixture->canvas);
}

void console_fixture_obey(struct console_fixture *fixture, const struct command *command)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    if (command->kind == COMMAND_PAUSE_ALL || command->kind == COMMAND_RESUME_ALL)
        engine->is_paused = command->kind == COMMAND_PAUSE_ALL;
    if (command->kind == COMMAND_DRY_RUN_ON || command->kind == COMMAND_DRY_RUN_OFF)
        engine->is_dry_run = command->kind == COMMAND_DRY_RUN_ON;
    if (command->kind == COMMAND_STOP)
        engine->is_stopping = true;
    if (command->kind == COMMAND_PAUSE || command->kind == COMMAND_RESUME)
        snapshots_row(fixture->maker, command->slot)->is_paused = command->kind == COMMAND_PAUSE;
}

void console_fixture_draw(struct console_fixture *fixture)
{
    assert_int_equal(canvas_resize(&fixture->canvas, fixture->columns, fixture->rows), 0);
    console_draw(fixture->console, &fixture->canvas);
}

static void redraw(struct console_fixture *fixture)
{
    if (fixture->columns > 0)
        console_fixture_draw(fixture);
}

void console_fixture_take(struct console_fixture *fixture)
{
    console_snapshots_take(fixture->console, fixture->now, snapshots_take(fixture->maker));
    redraw(fixture);
}

static void elapse(struct console_fixture *fixture, int64_t ms)
{
    fixture->now = mono_after(fixture->now, ms);
    console_tick(fixture->console, fixture->now);
}

void console_fixture_press(struct console_fixture *fixture, uint32_t keypress)
{
    struct input input = { .kind = INPUT_KEY, .keypress = keypress };
    elapse(fixture, keypress == KEYPRESS_ENTER ? TYPING_QUIET_MS : TYPING_RUN_MS);
    input.came = fixture->now;
    console_input(fixture->console, fixture->now, &input);
    elapse(fixture, TYPING_RUN_MS);
    redraw(fixture);
}

void console_fixture_type(struct console_fixture *fixture, const char *characters)
{
    for (; *characters != '\0'; characters++)
        console_fixture_press(fixture, (uint32_t)(unsigned char)*characters);
}
