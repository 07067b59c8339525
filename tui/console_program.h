/*
 * console_program - what every way to run a console has in common: exit codes, signals, settings of the configuration.
 *
 * Any thread before others start; console thread afterwards.
 */
#ifndef TUI_CONSOLE_PROGRAM_H
#define TUI_CONSOLE_PROGRAM_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "tui/app.h"
#include "tui/term/screen.h"

enum exit_code {
    EXIT_OK,
    EXIT_TROUBLE,
    EXIT_USAGE,
    EXIT_NO_DISCOVERY,
    EXIT_NO_ENGINE = EXIT_NO_DISCOVERY,
    EXIT_STATE_HELD,
};

/* One line on standard error; returns the code. */
int console_program_complain(enum exit_code code, const struct error *err);

/* HUP, USR1, USR2: what asks a running engine for something. `how` as in sigprocmask(2). */
void console_program_mask_requests(int how);

/* INT and TERM, for the calling thread: another thread takes them. */
void console_program_mask_ends(int how);

/* On the thread of a feed, when it is over: a terminal that takes nothing holds the console for a few seconds only. */
void console_program_over(void);

/* `error_fd`: what is written to standard error while it is the screen; -1: nothing. */
struct screen_config console_program_screen(const struct config *config, int error_fd);

/* `signals` as in struct app_config. */
struct app_config console_program_settings(const struct config *config, int signals);

#endif
