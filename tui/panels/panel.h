/*
 * panel - the panels: each one draws its part of the console.
 *
 * A panel draws its areas of console->layout, from the state in console_state.h, and changes nothing. A panel over
 * other panels draws only while it is open. Console thread. Cannot fail.
 */
#ifndef TUI_PANELS_PANEL_H
#define TUI_PANELS_PANEL_H

#include "tui/console/console_state.h"

/* On every page: status, totals, pass, view. */
void panel_status_draw(const struct console *console, struct canvas *canvas);

/* On the list's page: heading, list. */
void panel_fleet_draw(const struct console *console, struct canvas *canvas);

/* On the list's page: log_title, log. On the log's page: list. */
void panel_log_draw(const struct console *console, struct canvas *canvas);

/* On the explanation's page: list. lines: number of lines at this width. */
void panel_explain_draw(const struct console *console, struct canvas *canvas);
int panel_explain_lines(const struct console *console, int columns);

/* On every page: hints. Prompts and messages use the last row. */
void panel_hints_draw(const struct console *console, struct canvas *canvas);

/* Over the page, while the help is open. lines: number of lines at this width. */
void panel_help_draw(const struct console *console, struct canvas *canvas);
int panel_help_lines(const struct console *console, int columns);

/* Over everything, while a dialog is open. has_room: does its frame fit on the screen? If not, it has one line. */
void panel_dialog_draw(const struct console *console, struct canvas *canvas);
bool panel_dialog_has_room(const struct console *console, const struct dialog_text *text);

#endif
