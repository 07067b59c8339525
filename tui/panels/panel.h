/*
 * panel - the panels: each one draws its part of the console.
 *
 * A panel draws its areas of console->layout, from the state in console_state.h, and changes nothing. A panel over
 * other panels draws only while it is open. Console thread. Cannot fail.
 */
#ifndef TUI_PANELS_PANEL_H
#define TUI_PANELS_PANEL_H

#include "tui/console/console_state.h"
#include "tui/console/log_tally.h"

/* On every page: status, and the lines below it: totals, pass, states, strip, view. */
void panel_status_draw(const struct console *console, struct canvas *canvas);

/* Sums of the fleet or what is unusual, and the last pass; view, filter, sorting, position. They need a snapshot. */
void panel_totals_draw(const struct console *console, struct canvas *canvas);
void panel_view_draw(const struct console *console, struct canvas *canvas);

/*
 * On the list's page: states. Each state has a place of its own, so that counts stay where they are. first_hidden: the
 * first state that has no place in this width; STATE_COUNT: all have one.
 */
void panel_states_draw(const struct console *console, struct canvas *canvas);
enum state panel_states_first_hidden(int32_t deployments, int columns);

/* On the list's page: strip. */
void panel_strip_draw(const struct console *console, struct canvas *canvas);

/* On the list's page: heading, list. */
void panel_fleet_draw(const struct console *console, struct canvas *canvas);

/* On the list's page: log_title, log. On the log's page: list. */
void panel_log_draw(const struct console *console, struct canvas *canvas);

/* An event without its field `deployment`, for where the title has the id. */
void panel_add_without_id(const char *line, struct text *text);

/* A row of bars: when the lines of the log came, in the colour of the worst. columns: the buckets it has room for. */
size_t panel_histogram_columns(struct area row);
void panel_histogram_draw(const struct console *console, struct canvas *canvas, struct area row,
                          const struct log_tally *tally);

/* On the explanation's page: list. lines: number of lines at this width. */
void panel_explain_draw(const struct console *console, struct canvas *canvas);
int panel_explain_lines(const struct console *console, int columns);

/* On every page: hints. Prompts and messages use the last row. */
void panel_hints_draw(const struct console *console, struct canvas *canvas);

/* Over the log, while the whole of its selected line is shown. */
#define LINE_TEXT_SIZE 4096
void panel_line_draw(const struct console *console, struct canvas *canvas);

/* A text in a row of a menu: as many of its parts as fit, at least the first. Semicolons separate the parts. */
void panel_put_parts(struct canvas *canvas, struct area row, enum role role, const char *text);

/* Over the page, while the menu of columns is open. */
void panel_columns_draw(const struct console *console, struct canvas *canvas);

/* Over everything but the prompt, while its text is not accepted. */
void panel_fault_draw(const struct console *console, struct canvas *canvas);

/* Over the page, while the help is open. lines: number of lines at this width. */
void panel_help_draw(const struct console *console, struct canvas *canvas);
int panel_help_lines(const struct console *console, int columns);

/* Over the page, while two moments of the past are compared. */
void panel_difference_draw(const struct console *console, struct canvas *canvas);

/* Over everything, while a dialog is open. has_room: does its frame fit on the screen? If not, it has one line. */
void panel_dialog_draw(const struct console *console, struct canvas *canvas);
bool panel_dialog_has_room(const struct console *console, const struct dialog_text *text);

#endif
