/*
 * terminal - the real program on a terminal of its own, which a test types on and reads as a person would.
 *
 * A pty with libvterm behind it: what the program draws is interpreted, so that the screen can be read as text, and its
 * modes (alternate screen, cursor, mouse) asked for. The binary is what the environment variable AUTOSCALER names, else
 * build/release/autoscaler. It gets an environment that holds nothing of the tester's own.
 *
 * There is no thread: the pty is read while something here waits, and only then, so that a test can leave the
 * program with a terminal that takes nothing. Waits fail the test after TERMINAL_PATIENCE_MS and show the screen.
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
    const char *const *arguments;   /* behind the name; NULL ends them */
    const char *const *environment; /* "NAME=value"; NULL ends them; NULL: none */
    const char *home;
    const char *type;   /* TERM; NULL: xterm-256color */
    const char *locale; /* LC_ALL; NULL: C.UTF-8 */
    int columns;
    int rows;
    bool has_no_tty;        /* a session without a controlling terminal */
    const char *error_file; /* standard error goes there instead of the terminal */
};

struct terminal;

struct terminal *terminal_start(const struct terminal_config *config);

/* Kills what still runs. Accepts NULL. */
void terminal_destroy(struct terminal *terminal);

/* Bytes, as if typed; keys are their byte sequences. */
void terminal_type(struct terminal *terminal, const char *bytes);

void terminal_resize(struct terminal *terminal, int columns, int rows);

/* Reads until the screen shows the text in one of its rows, or no longer. */
void terminal_wait(struct terminal *terminal, const char *text);
void terminal_wait_gone(struct terminal *terminal, const char *text);

/* Reads until `is_true` says so; `what` is for the failure. */
void terminal_wait_until(struct terminal *terminal, bool (*is_true)(void *context), void *context,
                         const char *what);

/* A row as text without spaces at its end; lives until the next call. */
const char *terminal_row(struct terminal *terminal, int row);

/* The row that holds the text; -1: none. Nothing is read. */
int terminal_find(struct terminal *terminal, const char *text);

/* Is anything on the screen drawn with a colour? */
bool terminal_has_color(struct terminal *terminal);

bool terminal_is_alternate(const struct terminal *terminal);
bool terminal_has_cursor(const struct terminal *terminal);
bool terminal_has_mouse(const struct terminal *terminal);

/* The modes of the terminal now, and those before the program began. */
struct termios terminal_modes(const struct terminal *terminal);
struct termios terminal_modes_before(const struct terminal *terminal);

/* Bytes that came from the program so far. */
int64_t terminal_bytes(const struct terminal *terminal);

pid_t terminal_pid(const struct terminal *terminal);
void terminal_signal(struct terminal *terminal, int number);

/* The other end goes away, as when a connection breaks. */
void terminal_hang_up(struct terminal *terminal);

/* Waits for the end, reading what comes. The exit code, or 128 and the signal. */
int terminal_finish(struct terminal *terminal);

/* Waits for the end without reading anything. */
int terminal_finish_unread(struct terminal *terminal);

/* All that was ever written to the terminal, as bytes with a NUL. */
const char *terminal_written(const struct terminal *terminal, size_t *ret_size);

#endif
