/*
 * tty - which terminal the console uses.
 *
 * Usually the controlling terminal, /dev/tty: standard input and output may be redirected. When there is none (setsid,
 * a container, a shell without job control), or when standard input and
 * output are another terminal, these streams are used.
 *
 * Owned by the caller. Any thread.
 */
#ifndef TUI_TERM_TTY_H
#define TUI_TERM_TTY_H

#include <stdbool.h>

struct tty {
    int in;  /* readable; also for modes and sizes; -1: none */
    int out; /* writable */
};

/* Opens it: new descriptors, closed in children. False: there is none. */
bool tty_open(struct tty *ret_tty);

void tty_close(struct tty *tty);

/* Is it the controlling terminal, and another process group has it? Not so when there is no job control. */
bool tty_is_taken(int fd);

#endif
