/*
 * hangup - does SIGHUP mean a reload, or that the terminal is gone?
 *
 * A program, with or without a console, that was started on a terminal gets SIGHUP from the kernel and
 * from the shell when the terminal closes. It has lost its controlling
 * terminal then. A program that was started without one, or with SIGHUP ignored (nohup), does
 * not end with it.
 *
 * Owns nothing. Any thread.
 */
#ifndef ENGINE_RUN_HANGUP_H
#define ENGINE_RUN_HANGUP_H

#include <stdbool.h>

/*
 * The kernel signals before it takes the terminal away, and a shell before it ends: so much later the terminal is
 * looked at.
 */
#define HANGUP_DELAY_MS 100

/* Does the program end with its controlling terminal? Call it before SIGHUP is handled. */
bool hangup_may_come(void);

/* Is the controlling terminal gone? */
bool hangup_has_come(void);

#endif
