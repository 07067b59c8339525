/*
 * screen - the terminal: the only place that knows curses.
 *
 * Opens /dev/tty, so that standard output and error stay free; shows a canvas by the difference to what is there; turns
 * bytes into inputs; gives the terminal back however the program ends: screen_close, a suspension, a failed `must`, a
 * deadly signal on any thread. There is one terminal, so there is one screen: its state is the process's.
 *
 * Signals WINCH, TSTP and CONT must be blocked in every thread before screen_open; they are read through a descriptor
 * (signalfd). Console thread only.
 */
#ifndef TUI_TERM_SCREEN_H
#define TUI_TERM_SCREEN_H

#include "engine/base/error.h"
#include "tui/draw/canvas.h"
#include "tui/term/key.h"

enum screen_colors {
    SCREEN_COLORS_AUTO,
    SCREEN_COLORS_NEVER,
    SCREEN_COLORS_8,
    SCREEN_COLORS_16,
    SCREEN_COLORS_256
};

struct screen_config {
    enum screen_colors
        colors;    /* AUTO: what the terminal has, nothing when NO_COLOR is set and not empty */
    bool is_ascii; /* else when the locale is not UTF-8, or on the Linux console or a vt100 */
    bool has_mouse;
    int error_fd; /* standard error goes here while the screen is up, when it is the terminal; -1: nowhere */
};

/* Is there a terminal that could be used? ERR_USAGE, one line that names --no-ui. Changes nothing. */
int screen_check(struct error *err);

/*
 * Blocks WINCH, TSTP, CONT in the calling thread and those that it starts later; the descriptor that tells of them.
 * -errno.
 */
int screen_block_signals(int *ret_descriptor, struct error *err);

int screen_open(const struct screen_config *config, struct error *err);
void screen_close(void);

/* Of the terminal that keys come from, for poll(2). */
int screen_descriptor(void);

/* Only ASCII can be shown. */
bool screen_is_ascii(void);

/* The size of the terminal as it is now. */
void screen_size(int *ret_columns, int *ret_rows);

/* The next input; false: none is waiting. To be asked until then after every wake-up. */
bool screen_input(struct input *ret_input);

/*
 * A lone Esc waits for a moment, because it may be the beginning of a key. When to ask screen_input again though
 * nothing came, in milliseconds; -1: no need.
 */
int screen_patience_ms(void);

enum screen_end {
    SCREEN_SHOWN,
    SCREEN_BUSY, /* the terminal has not taken what was sent before; nothing was done. Ready when POLLOUT says so */
    SCREEN_GONE, /* there is no terminal any more */
};

/* Shows the canvas. `is_whole`: everything anew, whatever the terminal may show. */
enum screen_end screen_show(const struct canvas *canvas, bool is_whole);

/* Gives the terminal back and stops the process as Ctrl-Z does; then screen_resume. */
void screen_suspend(void);

/*
 * The process goes on after a stop. In the foreground the terminal is taken again, whatever was done to it meanwhile.
 * False: in the background; it is somebody else's, and nothing of the screen may be called but this and screen_close.
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
