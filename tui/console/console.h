/*
 * console - the console without a terminal: it turns snapshots, keys and time into a picture and commands.
 *
 * Snapshots, inputs and time go in; a canvas and commands come out. The program, the screen tests and the tests with
 * random keys run the same code. It never waits and uses no descriptors.
 *
 * Rules: The cursor belongs to a deployment, not to a row. Every change to what is sent needs a dialog first. A
 * snapshot is held until a newer one replaces it, then it is released. The list is sorted and filtered again only
 * when its input has changed; only visible rows are formatted.
 *
 * Owns order, filter, logbook and prompts; holds at most four snapshots. Console thread. Memory is allocated when the
 * fleet grows; when that fails, the old order stays and a message is shown.
 */
#ifndef TUI_CONSOLE_CONSOLE_H
#define TUI_CONSOLE_CONSOLE_H

#include "engine/base/error.h"
#include "tui/console/console_config.h"
#include "tui/console/saved_views.h"
#include "tui/draw/canvas.h"
#include "tui/term/keypress.h"

struct console;

/* The renderer is borrowed as long as the console exists. ERR_BAD_VALUE: invalid filter. -ENOMEM. */
int console_create(const struct console_config *config, const struct console_port *port,
                   const struct console_renderer *renderer, struct console **ret_console,
                   struct error *err);

/* Releases its snapshots. Accepts NULL. */
void console_destroy(struct console *console);

/* The console holds the snapshot until it releases it. */
void console_snapshots_take(struct console *console, struct mono now,
                            const struct snapshot *snapshot);

void console_input(struct console *console, struct mono now, const struct input *input);

/* The process was stopped for some time: an open dialog and a key that waits are from before. */
void console_interrupt(struct console *console, struct mono now);

/* When console_tick must be called even without new input; MONO_NEVER: not needed. */
struct mono console_deadline(const struct console *console);
void console_tick(struct console *console, struct mono now);

/* Other keys from now on; copied. What is shown names them. */
void console_bind(struct console *console, const struct key_bindings *bindings);

/* Has the picture changed since the last console_draw? */
bool console_is_dirty(const struct console *console);

/* Draws the whole picture into the canvas, in any size. Sorts the list first if that is due. */
void console_draw(struct console *console, struct canvas *canvas);

/* Shows a message from the caller to the operator. */
void console_warn(struct console *console, struct mono now, const char *sentence);

/* What was copied last, as printable lines; for WISH_COPY and WISH_WRITE. */
const char *console_copied(const struct console *console);

/*
 * restore: what was kept from the run before; the last view is shown, unless the operator has chosen one (has_choice).
 * take_saved: what is to be kept; true: the operator has just saved something.
 */
void console_restore(struct console *console, const struct saved_views *saved, bool has_choice);
bool console_take_saved(struct console *console, struct saved_views *ret_saved);

/* Is the past looked at beside the engine? Otherwise nothing of it is held any more, and its source may end. */
bool console_wants_past(const struct console *console);

/* The request of the console to its caller. Taking it clears it. */
enum console_wish console_take_wish(struct console *console);

#endif
