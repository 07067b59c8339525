/*
 * screen - the terminal. The only module that uses curses.
 *
 * Opens the terminal that tty.h finds, so standard output and error stay free. Shows a canvas by sending only what
 * has changed. Turns bytes into inputs. Gives the terminal
 * back however the program ends: screen_close, a suspension, a failed `must`, a
 * deadly signal on any thread. The process has one terminal, so there is one screen with process-wide state.
 *
 * Signals WINCH, TSTP and CONT must be blocked in every thread before screen_open; a descriptor (signalfd) reads
 * them. Console thread only.
 */
#ifndef TUI_TERM_SCREEN_H
#define TUI_TERM_SCREEN_H

#include "engine/base/error.h"
#include "tui/draw/canvas.h"
#include "tui/term/keypress.h"
#include "tui/term/theme.h"

enum screen_colors {
    SCREEN_COLORS_AUTO,
    SCREEN_COLORS_NEVER,
    SCREEN_COLORS_8,
    SCREEN_COLORS_16,
    SCREEN_COLORS_256
};
#define SCREEN_COLORS_COUNT 5

struct screen_config {
    /* AUTO: as the terminal supports; none when NO_COLOR is set and not empty. */
    enum screen_colors colors;
    enum theme theme;
    bool is_ascii; /* also set by a locale that is not UTF-8, the Linux console, vt100, vt200 */
    bool has_mouse;
    int error_fd; /* replaces a standard error that is the terminal while the screen is open; -1: /dev/null */
};

/* "auto", "never", "8" ...: as --color calls it. False: no such word. */
bool screen_colors_parse(const char *word, enum screen_colors *ret_colors);

/*
 * Is there a usable terminal? A TERM that is unknown or not set is taken for xterm-256color. ERR_USAGE with one line
 * that names --no-ui. Changes nothing.
 */
int screen_check(struct error *err);

/* What screen_check or screen_open did for want of a better way, a sentence for the operator; NULL: nothing. */
const char *screen_note(void);

/*
 * Blocks WINCH, TSTP, CONT in the calling thread and in threads started later. Returns the descriptor that reads
 * them, or -errno.
 */
int screen_block_signals(int *ret_descriptor, struct error *err);

int screen_open(const struct screen_config *config, struct error *err);
void screen_close(void);

/* Descriptor of the terminal, for poll(2). */
int screen_descriptor(void);

/* Can the terminal show only ASCII? */
bool screen_is_ascii(void);

/* Current size of the terminal. */
void screen_size(int *ret_columns, int *ret_rows);

/* The next input; false: none is waiting. After every wake-up, call it until it returns false. */
bool screen_input(struct input *ret_input);

/*
 * A lone Esc waits for a moment, because it may be the beginning of a key. Milliseconds until screen_input must be
 * called again even without new bytes; -1: not needed.
 */
int screen_patience_ms(void);

enum screen_end {
    SCREEN_SHOWN,
    SCREEN_BUSY, /* the terminal has not taken the last output; nothing was sent. Wait for POLLOUT */
    SCREEN_GONE, /* the terminal is gone */
};

/* Shows the canvas. `is_whole`: sends every cell, even unchanged ones. */
enum screen_end screen_show(const struct canvas *canvas, bool is_whole);

/*
 * Sends a text to the clipboard of the terminal's user. False: the terminal is not one that takes it, is busy, or the
 * text is too long. Whether it arrives is not known.
 */
bool screen_copy(const char *text);

/* Gives the terminal back and stops the process, as Ctrl-Z does. Call screen_resume afterwards. */
void screen_suspend(void);

/*
 * Call it after the process continues. In the foreground it takes the terminal again and restores its state. In the
 * background (bg) another process uses the terminal: it stops the process again, as the kernel does with SIGTTOU.
 * False: still there; only screen_resume, after the next SIGCONT, and screen_close may be called.
 */
bool screen_resume(void);

enum screen_signal {
    SCREEN_SIGNAL_NONE,
    SCREEN_SIGNAL_RESIZED,
    SCREEN_SIGNAL_SUSPEND,
    SCREEN_SIGNAL_CONTINUED
};

/* The next signal from the descriptor of screen_block_signals. */
enum screen_signal screen_take_signal(int descriptor);

#endif
