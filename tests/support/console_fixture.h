/*
 * console_fixture - a console in memory, on a fleet of snapshots, with keys and a canvas.
 *
 * Commands of the console go to `take`, or are accepted and dropped. With a size, it is drawn after every snapshot and every key, as the
 * meaning of a key depends on the page that was drawn last; with `columns` 0 only by console_fixture_draw.
 *
 * The owner calls console_fixture_fini, which checks that every snapshot came back. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_CONSOLE_FIXTURE_H
#define TESTS_SUPPORT_CONSOLE_FIXTURE_H

#include "tests/support/snapshots.h"
#include "tui/console/console.h"

#include <stdint.h>

struct console_fixture {
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct mono now;
    int columns;
    int rows;
    int (*take)(void *context, const struct command *command); /* as in console_port; NULL: none */
    /* The same for what is asked of the past; its context is the fixture. NULL: there is no recording. */
    int (*look)(void *context, const struct command *command, char ret_sentence[COMMAND_TEXT_SIZE]);
    void *context;
};

/* Sorted by state, without a size. `log_target` is borrowed and may be NULL. */
void console_fixture_init(struct console_fixture *fixture, enum view view, const char *log_target);

/* With this configuration; the owner has set `now`, `take` and `context`, and the size, or zeroed them. */
void console_fixture_open(struct console_fixture *fixture, const struct console_config *config);

void console_fixture_fini(struct console_fixture *fixture);

void console_fixture_draw(struct console_fixture *fixture);

/* The engine of the snapshots does as this command says, as far as they show it. */
void console_fixture_obey(struct console_fixture *fixture, const struct command *command);

/* The console receives the fleet as it is now. */
void console_fixture_take(struct console_fixture *fixture);

/* Keys come at the speed of a person, so time passes. */
void console_fixture_press(struct console_fixture *fixture, uint32_t keypress);
void console_fixture_type(struct console_fixture *fixture, const char *characters);

#endif
