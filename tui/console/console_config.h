/*
 * console_config - what the console and its caller agree on: settings, the way to the engine, requests, times.
 *
 * Plain values, filled by the caller. log_target is borrowed as long as the console exists. Console thread.
 */
#ifndef TUI_CONSOLE_CONSOLE_CONFIG_H
#define TUI_CONSOLE_CONSOLE_CONFIG_H

#include "engine/snapshot.h"
#include "tui/list/order.h"

/* How long a message is shown, and how long the order is kept after a cursor movement. */
#define MESSAGE_MS 6000
#define HOLD_MS 2000

struct console_config {
    enum view view;
    enum column sort;
    const char *filter; /* NULL: none; copied */
    int32_t confirm_above_ppb;
    const char *log_target; /* where the log is written, shown in the help; NULL: not written */
};

/* Sends commands to the engine and gives snapshots back. */
struct console_port {
    int (*send)(void *context, const struct command *command); /* returns 0, or a negative code */
    void (*release)(void *context, const struct snapshot *snapshot);
    void *context;
};

/* What the console can ask of its caller. */
enum console_wish { WISH_NONE, WISH_REPAINT, WISH_SUSPEND, WISH_LEAVE };

#endif
