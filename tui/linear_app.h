/*
 * linear_app - the loop between standard input and output and an engine, for the linear console (--a11y).
 *
 * Lines are read and written as they are: no cursor, no modes of the terminal, so that TERM=dumb, a pipe and a screen
 * reader are served alike. The end of the input, and an output that is not read any more, stop the engine as a closed
 * terminal does; an engine that is another program goes on. Console thread.
 */
#ifndef TUI_LINEAR_APP_H
#define TUI_LINEAR_APP_H

#include "engine/feed.h"
#include "tui/app.h"

struct linear_app;

/* Call it before the engine runs. -ENOMEM, or ERR_BAD_VALUE for an invalid filter. */
int linear_app_create(const struct console_config *config, bool is_ascii, struct feed *feed,
                      struct linear_app **ret_app, struct error *err);

/* Runs until the engine has ended. */
enum app_end linear_app_run(struct linear_app *app);

/* Gives its snapshots back to the feed. Accepts NULL. */
void linear_app_destroy(struct linear_app *app);

#endif
