/*
 * console_config - what the console and its caller agree on: settings, port, renderer, requests, times.
 *
 * Plain values, filled by the caller. log_target is borrowed as long as the console exists. Console thread.
 */
#ifndef TUI_CONSOLE_CONSOLE_CONFIG_H
#define TUI_CONSOLE_CONSOLE_CONFIG_H

#include "engine/snapshot.h"
#include "tui/console/key_bindings.h"
#include "tui/list/order.h"

/* How long a message is shown, and how long the order is kept after a cursor movement. */
#define MESSAGE_MS 6000
#define HOLD_MS 2000

struct console_config {
    enum view view;
    bool
        is_view_auto; /* attention instead of `view` when something is in it after the first pass */
    enum column sort;
    const char *filter; /* NULL: none; copied */
    int32_t confirm_above_ppb;
    bool has_clipboard;     /* y may use the clipboard of the terminal */
    bool is_replay;         /* there is no engine, only a recording */
    bool is_attached;       /* the engine is another program, and goes on without this console */
    const char *views_lost; /* why saved views end with this run; NULL: they are kept */
    const struct key_bindings *bindings; /* NULL: those of keys.def; copied */
    const char *log_target; /* where the log is written, shown in the help; NULL: not written */
};

/* Sends commands to the engine and gives snapshots back. */
struct console_port {
    int (*send)(void *context, const struct command *command); /* returns 0, or a negative code */
    void (*release)(void *context, const struct snapshot *snapshot);
    void *context;
    /*
     * Sends LOOK and FOCUS to the recording, whose snapshots come as those of the engine do; a negative code: it
     * cannot, with a sentence. NULL: there is no recording.
     */
    int (*look)(void *context, const struct command *command, char ret_sentence[COMMAND_TEXT_SIZE]);
};

struct canvas;
struct console;
struct dialog_text;

/* Draws the console. The functions read the state in console_state.h and change nothing. */
struct console_renderer {
    /* Draws the parts of console->layout, and what lies over them, into a cleared canvas. */
    void (*draw)(const struct console *console, struct canvas *canvas);
    /* Number of lines of the help, and of the explanation, at this width: the limits of scrolling. */
    int (*help_lines)(const struct console *console, int columns);
    int (*explain_lines)(const struct console *console, int columns);
    /* Does the screen have room for the frame of this dialog? */
    bool (*has_dialog_room)(const struct console *console, const struct dialog_text *text);
};

/* What the console can ask of its caller. */
enum console_wish {
    WISH_NONE,
    WISH_REPAINT,
    WISH_SUSPEND,
    WISH_COPY,  /* the text of console_copied to the clipboard */
    WISH_WRITE, /* the same to a file */
    WISH_LEAVE
};

#endif
