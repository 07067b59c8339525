/*
 * tui_fixture - the console on a terminal with a hosts_api, for tests of the whole program.
 *
 * tui_fixture_enter and tui_fixture_leave are setup and teardown: they set *state to the tui_fixture and keep its old
 * value, a row, in fixture->program_fixture.row. The program's log is in the directory of the program_fixture. Tests
 * wait only for the content of the screen and for requests.
 */
#ifndef TESTS_SUPPORT_TUI_FIXTURE_H
#define TESTS_SUPPORT_TUI_FIXTURE_H

#include "engine/base/clock.h"
#include "tests/support/api_fixture.h"
#include "tests/support/clocks.h"
#include "tests/support/terminal.h"

struct tui_fixture {
    struct api_fixture *fixture;
    struct terminal *terminal;
    struct terminal_config config; /* for the next terminal; 80x24 */
    const char *state_home; /* "XDG_STATE_HOME=..."; NULL: a place where nothing can be kept */
    char log_path[PROGRAM_FIXTURE_PATH_SIZE];
    struct clocks clocks; /* of the program: the time between two keys does not have to pass */
    bool is_pasted;       /* what came last was not typed by hand */
};

int tui_fixture_enter(void **state);
int tui_fixture_leave(void **state);

/* The same on an existing fixture; ends with it. */
struct tui_fixture *tui_fixture_on(struct api_fixture *fixture);

/* Starts the console with a pass every 10 ms and these arguments; NULL: none. Waits until it shows deployments. */
void tui_fixture_open(struct tui_fixture *tui_fixture, const char *const *arguments);

/* The same with one hour between passes, so that passes run only on request. */
void tui_fixture_open_quiet(struct tui_fixture *tui_fixture, const char *const *arguments);

/* The same, until the screen shows the text. */
void tui_fixture_open_to(struct tui_fixture *tui_fixture, const char *const *arguments,
                         const char *shown);

/* The console of an engine that runs already, at this socket; the same. */
void tui_fixture_attach(struct tui_fixture *tui_fixture, const char *socket, const char *shown);
void tui_fixture_attach_in_lines(struct tui_fixture *tui_fixture, const char *socket,
                                 const char *shown);

/* Types keys as a person does: the program takes faster ones for a paste. */
void tui_fixture_type(struct tui_fixture *tui_fixture, const char *keys);

/* Sends all bytes at once. */
void tui_fixture_paste(struct tui_fixture *tui_fixture, const char *bytes);

/* Types, and waits until the screen shows the text. */
void tui_fixture_press(struct tui_fixture *tui_fixture, const char *keys, const char *shown);

/* Waits for this number of further successful statuses; reads the terminal meanwhile, or does not. */
void tui_fixture_wait_reads(struct tui_fixture *tui_fixture, const char *id, int64_t more,
                            bool is_read);

/* Waits for this total number of scale requests. */
void tui_fixture_wait_scales(struct tui_fixture *tui_fixture, int64_t count);
int64_t tui_fixture_scales(const struct tui_fixture *tui_fixture);

/* Number of lines of the log that contain the text. */
int64_t tui_fixture_count_log(const struct tui_fixture *tui_fixture, const char *text);

/* Quits with the key and its dialog; checks for exit code 0 and a restored terminal. */
void tui_fixture_quit(struct tui_fixture *tui_fixture);

/* Checks that the console does not start: one line with the text, and no request. */
void tui_fixture_check_refused(struct tui_fixture *tui_fixture, const char *text);

/* Fails unless the terminal is restored. */
void tui_fixture_check_given_back(struct tui_fixture *tui_fixture);

#endif
