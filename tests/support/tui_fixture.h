/*
 * desk - the console in front of an API with a memory: what the tests of the whole program on a terminal share.
 *
 * desk_enter and desk_leave are setup and teardown: *state is the desk, what it was before (a row) is scene->stage.row.
 * The log of the program is in the stage's folder. Nothing is waited for but what the screen shows or the API was asked.
 */
#ifndef TESTS_SUPPORT_TUI_FIXTURE_H
#define TESTS_SUPPORT_TUI_FIXTURE_H

#include "tests/support/api_fixture.h"
#include "tests/support/terminal.h"

struct desk {
    struct scene *scene;
    struct terminal *terminal;
    struct terminal_config config; /* of the terminal that is opened next; 80x24 */
    char log_path[STAGE_PATH_SIZE];
};

int desk_enter(void **state);
int desk_leave(void **state);

/* The same on a scene that there is already; cleared away with it. */
struct desk *desk_on(struct scene *scene);

/* The console with passes every 10 ms; these arguments come last. NULL: none. Waits until it shows deployments. */
void desk_open(struct desk *desk, const char *const *arguments);

/* The same with an hour between passes: nothing happens but what is asked for. */
void desk_open_quiet(struct desk *desk, const char *const *arguments);

/* The same, until the screen shows the text. */
void desk_open_to(struct desk *desk, const char *const *arguments, const char *shown);

/* Types, and waits until the screen shows the text. */
void desk_press(struct desk *desk, const char *keys, const char *shown);

/* Waits for so many more good statuses of a deployment while the terminal is read, or is not. */
void desk_wait_reads(struct desk *desk, const char *id, int64_t more, bool is_read);

/* Waits for so many scale requests in all. */
void desk_wait_scales(struct desk *desk, int64_t count);
int64_t desk_scales(const struct desk *desk);

/* Lines of the log that hold the text. */
int64_t desk_count_log(const struct desk *desk, const char *text);

/* Quits with the key and its dialog, and everything is well: exit code 0, the terminal as it was. */
void desk_quit(struct desk *desk);

/* The console does not even begin: it says why in one line that holds the text, and asks the API for nothing. */
void desk_check_refused(struct desk *desk, const char *text);

/* Fails when anything of the console is left on the terminal. */
void desk_check_given_back(struct desk *desk);

#endif
