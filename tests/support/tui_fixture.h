/*
 * tui_fixture - the console in front of an API with a memory: what the tests of the whole program on a terminal share.
 *
 * tui_fixture_enter and tui_fixture_leave are setup and teardown: *state is the tui_fixture, what it was before (a
 * row) is fixture->program_fixture.row. The log of the program is in the program_fixture's folder. Nothing is waited
 * for but what the screen shows or the API was asked.
 */
#ifndef TESTS_SUPPORT_TUI_FIXTURE_H
#define TESTS_SUPPORT_TUI_FIXTURE_H

#include "tests/support/api_fixture.h"
#include "tests/support/terminal.h"

struct tui_fixture {
    struct api_fixture *fixture;
    struct terminal *terminal;
    struct terminal_config config; /* of the terminal that is opened next; 80x24 */
    char log_path[PROGRAM_FIXTURE_PATH_SIZE];
};

int tui_fixture_enter(void **state);
int tui_fixture_leave(void **state);

/* The same on a fixture that there is already; cleared away with it. */
struct tui_fixture *tui_fixture_on(struct api_fixture *fixture);

/* The console with passes every 10 ms; these arguments come last. NULL: none. Waits until it shows deployments. */
void tui_fixture_open(struct tui_fixture *tui_fixture, const char *const *arguments);

/* The same with an hour between passes: nothing happens but what is asked for. */
void tui_fixture_open_quiet(struct tui_fixture *tui_fixture, const char *const *arguments);

/* The same, until the screen shows the text. */
void tui_fixture_open_to(struct tui_fixture *tui_fixture, const char *const *arguments,
                         const char *shown);

/* Types, and waits until the screen shows the text. */
void tui_fixture_press(struct tui_fixture *tui_fixture, const char *keys, const char *shown);

/* Waits for so many more good statuses of a deployment while the terminal is read, or is not. */
void tui_fixture_wait_reads(struct tui_fixture *tui_fixture, const char *id, int64_t more,
                            bool is_read);

/* Waits for so many scale requests in all. */
void tui_fixture_wait_scales(struct tui_fixture *tui_fixture, int64_t count);
int64_t tui_fixture_scales(const struct tui_fixture *tui_fixture);

/* Lines of the log that hold the text. */
int64_t tui_fixture_count_log(const struct tui_fixture *tui_fixture, const char *text);

/* Quits with the key and its dialog, and everything is well: exit code 0, the terminal as it was. */
void tui_fixture_quit(struct tui_fixture *tui_fixture);

/* The console does not even begin: it says why in one line that holds the text, and asks the API for nothing. */
void tui_fixture_check_refused(struct tui_fixture *tui_fixture, const char *text);

/* Fails when anything of the console is left on the terminal. */
void tui_fixture_check_given_back(struct tui_fixture *tui_fixture);

#endif
