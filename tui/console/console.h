/*
 * console - everything between a key and a picture, without a terminal: what is shown, where the cursor is, what a
 * key does.
 *
 * Snapshots, inputs and time go in; a canvas and commands come out. The same console runs in the program, in the
 * tests that read its screens as text, and under a million random keys. It never waits and never knows a
 * descriptor.
 *
 * Laws: the cursor belongs to a deployment, not to a row. Nothing that changes what is sent happens without a
 * dialog. A snapshot is held until a newer one replaces it, then given back. Nothing is sorted or filtered anew
 * unless its input changed; only what is visible is formatted.
 *
 * Owns order, filter, logbook and prompts; holds at most two snapshots. Console thread. Memory is taken when a
 * fleet grows; without it the old order stays and a message says so.
 */
#ifndef TUI_CONSOLE_CONSOLE_H
#define TUI_CONSOLE_CONSOLE_H

#include "engine/base/error.h"
#include "engine/snapshot.h"
#include "tui/draw/canvas.h"
#include "tui/list/order.h"
#include "tui/term/key.h"

/* A message stays this long; after a movement the order is held so long. */
#define MESSAGE_MS 6000
#define HOLD_MS 2000

struct console_config {
    enum view view;
    enum column sort;
    const char *filter; /* NULL: none; copied */
    int32_t confirm_above_ppb;
    const char *log_target; /* where the log is written, for the help; NULL: nowhere */
};

/* Where commands go, and snapshots go back. */
struct console_port {
    int (*send)(void *context, const struct command *command); /* 0 or negative */
    void (*release)(void *context, const struct snapshot *snapshot);
    void *context;
};

struct console;

/* ERR_BAD_VALUE when the filter is none; -ENOMEM. */
int console_create(const struct console_config *config, const struct console_port *port,
                   struct console **ret_console, struct error *err);

/* Gives back the snapshots that it holds. Accepts NULL. */
void console_destroy(struct console *console);

/* The console holds the snapshot from now on. */
void console_take(struct console *console, struct mono now, const struct snapshot *snapshot);

void console_input(struct console *console, struct mono now, const struct input *input);

/* The engine has ended: nothing will come any more. */
void console_engine_over(struct console *console, struct mono now);

/* When console_tick must be called though nothing came; MONO_NEVER: time alone changes nothing. */
struct mono console_deadline(const struct console *console);
void console_tick(struct console *console, struct mono now);

/* Has anything changed since it was drawn last? */
bool console_is_dirty(const struct console *console);

/* Draws all of it into the canvas, whatever its size. Its order is made anew if need be. */
void console_draw(struct console *console, struct canvas *canvas);

/* A sentence for the operator from whoever runs the console. */
void console_tell(struct console *console, struct mono now, const char *sentence);

/* What the console wants of whoever runs it; taken once. */
enum console_wish { WISH_NONE, WISH_REPAINT, WISH_SUSPEND, WISH_LEAVE };
enum console_wish console_take_wish(struct console *console);

#endif
