/*
 * linear_dialog - a dialog of the console in lines: it is read out, and the next line answers it.
 *
 * Console thread. Cannot fail.
 */
#ifndef TUI_LINEAR_LINEAR_DIALOG_H
#define TUI_LINEAR_LINEAR_DIALOG_H

#include "tui/linear/linear_parts.h"

bool linear_dialog_is_open(const struct linear *linear);

/* An open dialog that was not read out yet, as soon as the engine has checked what it is about. */
void linear_dialog_read_out(struct linear *linear);

/* The line of the operator behind it. */
void linear_dialog_answer(struct linear *linear, const char *line);

#endif
