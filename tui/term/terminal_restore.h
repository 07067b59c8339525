/*
 * terminal_restore - gives the terminal back when the program cannot continue: a deadly signal on any thread, a
 * failed `must`, a terminal that takes no output.
 *
 * Curses cannot be called in a signal handler. The plan is made in advance: the terminal's original modes, one string
 * that undoes the changes of the screen, and the original standard error. The process has one terminal, so the state
 * is process-wide. terminal_restore_arm and terminal_restore_disarm: console thread; the handlers run on any thread.
 */
#ifndef TUI_TERM_TERMINAL_RESTORE_H
#define TUI_TERM_TERMINAL_RESTORE_H

#include <termios.h>

#define RESCUE_STRING_SIZE 256

struct terminal_restore_plan {
    int terminal;                    /* descriptor of the terminal */
    int error_fd;                    /* original standard error; -1: not redirected */
    struct termios modes;            /* original modes of the terminal */
    char string[RESCUE_STRING_SIZE]; /* leaves the screen; with a NUL */
};

/* From now on, deadly signals and a failed `must` carry out the plan first, then do what they did before. */
void terminal_restore_arm(const struct terminal_restore_plan *plan);

/* The terminal is restored already; from now on the handlers do nothing to it. */
void terminal_restore_disarm(void);

/*
 * Ends the process with `code` after `seconds` if it has not ended before. Needed because a terminal that takes no
 * output may block a write. Any thread.
 */
void terminal_restore_after(unsigned seconds, int code);

#endif
