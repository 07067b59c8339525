/*
 * rescue - the terminal given back when the program cannot go on: a deadly signal on any thread, a failed `must`, a
 * terminal that takes nothing.
 *
 * Curses cannot be called then. What is needed is made ready while all is well: the modes of the terminal as they
 * were, one string that undoes what the screen did, the standard error that was there. There is one terminal, so this
 * is the process's. terminal_restore_* but for the handlers themselves: console thread.
 */
#ifndef TUI_TERM_TERMINAL_RESTORE_H
#define TUI_TERM_TERMINAL_RESTORE_H

#include <termios.h>

#define RESCUE_STRING_SIZE 256

struct terminal_restore_plan {
    int terminal;                    /* descriptor to write to */
    int error_fd;                    /* standard error as it was; -1: it is as it was */
    struct termios modes;            /* of the terminal, as they were */
    char string[RESCUE_STRING_SIZE]; /* what leaves the screen, with a NUL */
};

/* From now on deadly signals and a failed `must` carry it out first, then do what they did before. */
void terminal_restore_arm(const struct terminal_restore_plan *plan);

/* The terminal is as it was: nothing is to be done any more. */
void terminal_restore_disarm(void);

/*
 * Ends the process with `code` after so many seconds if it has not ended by then; a terminal that takes nothing may
 * hold it in a write. Any thread.
 */
void terminal_restore_after(unsigned seconds, int code);

#endif
