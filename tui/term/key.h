/*
 * key - a pressed key with its modifiers (a chord) as one number, its name in help and manual, and the inputs of a
 * terminal.
 *
 * A printable character is its code point. Ctrl with a letter is its control code (1 .. 26, except the codes of
 * Backspace, Tab and Enter). All other keys are above Unicode. Plain values. Any thread. Cannot fail.
 */
#ifndef TUI_TERM_KEY_H
#define TUI_TERM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chord {
    CHORD_NONE = 0,
    CHORD_CTRL_C = 3,
    CHORD_CTRL_L = 12,
    CHORD_CTRL_Z = 26,
    CHORD_ENTER = 0x110000,
    CHORD_ESC,
    CHORD_TAB,
    CHORD_BACKTAB,
    CHORD_BACKSPACE,
    CHORD_DELETE,
    CHORD_UP,
    CHORD_DOWN,
    CHORD_LEFT,
    CHORD_RIGHT,
    CHORD_HOME,
    CHORD_END,
    CHORD_PAGE_UP,
    CHORD_PAGE_DOWN,
    CHORD_F1,
    CHORD_F2,
    CHORD_F3,
    CHORD_F4,
    CHORD_F5,
    CHORD_F6,
    CHORD_F7,
    CHORD_F8,
    CHORD_F9,
    CHORD_F10,
    CHORD_F11,
    CHORD_F12,
};

#define CHORD_CTRL(letter) ((uint32_t)((letter) - 'a' + 1))
#define CHORD_NAME_SIZE 16

/* "j", "Ctrl-d", "PgDn", "Space", "Enter": as the help shows it. */
void chord_name(uint32_t chord, char ret_name[CHORD_NAME_SIZE]);

/* The chord with this name; CHORD_NONE: no such name. */
uint32_t chord_parse(const char *name, size_t length);

/* Is it a character that can be typed into a prompt? */
bool chord_is_text(uint32_t chord);

/* An input from the terminal. */
enum input_kind {
    INPUT_KEY,
    INPUT_CLICK,        /* `column`, `row` */
    INPUT_DOUBLE_CLICK, /* `column`, `row` */
    INPUT_WHEEL_UP,
    INPUT_WHEEL_DOWN,
    INPUT_PASTE, /* a pasted character: text for a prompt, never a command */
};

struct input {
    enum input_kind kind;
    uint32_t chord; /* for a key or a paste */
    int column;
    int row;
    bool is_burst; /* it came together with the input before it, so it was not typed by hand */
};

#endif
