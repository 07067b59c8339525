#include "tests/support/console_fixture.h"

#include "tests/support/test.h"
#include "tui/panels/panels.h"

#define CONFIRM_ABOVE_PPB 20000000

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

void console_fixture_init(struct console_fixture *fixture, enum view view, const char *log_target)
{
    const struct console_config config = { .view = view,
                                           .sort = COLUMN_STATE,
                                           .confirm_above_ppb = CONFIRM_ABOVE_PPB,
                                           .log_target = log_target };
    *fixture = (struct console_fixture){ .maker = snapshots_create(), .now = { 1000000 } };
    const struct console_port port = { swallow, give_back, fixture->maker };
    struct error err;
    assert_int_equal(console_create(&config, &port, &panels_renderer, &fixture->console, &err), 0);
    canvas_init(&fixture->canvas);
}

void console_fixture_fini(struct console_fixture *fixture)
{
    console_destroy(fixture->console);
    assert_int_equal(snapshots_out(fixture->maker), 0);
    snapshots_destroy(fixture->maker);
    canvas_fini(&fixture->canvas);
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

void console_fixture_press(struct console_fixture *fixture, uint32_t keypress)
{
    const struct input input = { .kind = INPUT_KEY, .keypress = keypress };
    console_input(fixture->console, fixture->now, &input);
    redraw(fixture);
}

void console_fixture_type(struct console_fixture *fixture, const char *characters)
{
    for (; *characters != '\0'; characters++)
        console_fixture_press(fixture, (uint32_t)(unsigned char)*characters);
}
