/*
 * terminal - runs the real program on an emulated terminal; a test types and reads the screen.
 *
 * A pty with libvterm interprets the output, so that a test can read the screen as text and query modes (alternate
 * screen, cursor, mouse). The environment variable AUTOSCALER names the binary; the default is
 * build/release/autoscaler. It gets a clean environment.
 *
 * There is no reader thread: the pty is read only while a function here waits, so that a test can simulate a terminal
 * that blocks. Waits fail the test after TERMINAL_PATIENCE_MS and print the screen.
 *
 * One thread: the test's.
 */
#ifndef TESTS_SUPPORT_TERMINAL_H
#define TESTS_SUPPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#define TERMINAL_PATIENCE_MS ((int64_t)60 * 1000)
#define TERMINAL_ROW_SIZE 4096

struct terminal_config {
    const char *const *arguments;   /* without the program's name, ended by NULL */
    const char *const *environment; /* "NAME=value"; NULL ends them; NULL: none */
    const char *home;
    const char *type;   /* TERM; NULL: xterm-256color */
    const char *locale; /* LC_ALL; NULL: C.UTF-8 */
    int columns;
    int rows;
    bool ignores_hangups;   /* as by nohup */
    bool has_no_tty;        /* a session without a controlling terminal */
    bool has_no_input;      /* standard input is /dev/null */
    const char *error_file; /* standard error goes there instead of the terminal */
};

struct terminal;

struct terminal *terminal_start(const struct terminal_config *config);

/* Kills the program if it still runs. Accepts NULL. */
void terminal_destroy(struct terminal *terminal);

/* Sends bytes as if typed; keys are byte sequences. */
void terminal_type(struct terminal *terminal, const char *bytes);

void terminal_resize(struct terminal *terminal, int columns, int rows);

/* Reads until a row of the screen has the text, or none has it any more. */
void terminal_wait(struct terminal *terminal, const char *text);
void terminal_wait_gone(struct terminal *terminal, const char *text);

/* Reads until `is_true` returns true; `what` is for the failure text. */
void terminal_wait_until(struct terminal *terminal, bool (*is_true)(void *context), void *context,
                         const char *what);

/* A row as text without trailing spaces; valid until the next call. */
const char *terminal_row(struct terminal *terminal, int row);

/* The row that has the text; -1: none. Reads no output. */
int terminal_find(struct terminal *terminal, const char *text);

/* Does any cell have a colour? */
bool terminal_has_color(struct terminal *terminal);

/* Calls `see` for the two colours of each cell with text: an index, or -1 for the terminal's own. */
void terminal_each_color(struct terminal *terminal, void (*see)(void *context, int ink, int paper),
                         void *context);

bool terminal_is_alternate(const struct terminal *terminal);
bool terminal_has_cursor(const struct terminal *terminal);
bool terminal_has_mouse(const struct terminal *terminal);

/* The modes of the terminal now, and before the program started. */
struct termios terminal_modes(const struct terminal *terminal);
struct termios terminal_modes_before(const struct terminal *terminal);

/* Does the main thread of the program sleep? */
bool terminal_is_waiting(const struct terminal *terminal);

/* Number of bytes that were typed, with what the terminal answered. */
int64_t terminal_typed(const struct terminal *terminal);

/* Number of bytes received from the program. */
int64_t terminal_bytes(const struct terminal *terminal);

pid_t terminal_pid(const struct terminal *terminal);
void terminal_signal(struct terminal *terminal, int number);

/* Closes the terminal, like a broken connection. */
void terminal_hang_up(struct terminal *terminal);

/* Reads until the end. Returns the exit code, or 128 plus the signal. */
int terminal_finish(struct terminal *terminal);

/* Waits for the end without reading anything. */
int terminal_finish_unread(struct terminal *terminal);

/* All bytes written to the terminal, terminated by NUL. */
const char *terminal_written(const struct terminal *terminal, size_t *ret_size);

#endif
