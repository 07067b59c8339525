/*
 * keypress - a pressed key with its modifiers as one number, its name in help and manual, and the inputs of a
 * terminal.
 *
 * A printable character is its code point. Ctrl with a letter is its control code (1 .. 26, except the codes of
 * Backspace, Tab and Enter). All other keys are above Unicode. Plain values. Any thread. Cannot fail.
 */
#ifndef TUI_TERM_KEYPRESS_H
#define TUI_TERM_KEYPRESS_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum keypress {
    KEYPRESS_NONE = 0,
    KEYPRESS_CTRL_C = 3,
    KEYPRESS_CTRL_L = 12,
    KEYPRESS_CTRL_Z = 26,
    KEYPRESS_ENTER = 0x110000,
    KEYPRESS_ESC,
    KEYPRESS_TAB,
    KEYPRESS_BACKTAB,
    KEYPRESS_BACKSPACE,
    KEYPRESS_DELETE,
    KEYPRESS_UP,
    KEYPRESS_DOWN,
    KEYPRESS_LEFT,
    KEYPRESS_RIGHT,
    KEYPRESS_HOME,
    KEYPRESS_END,
    KEYPRESS_PAGE_UP,
    KEYPRESS_PAGE_DOWN,
    KEYPRESS_F1,
    KEYPRESS_F2,
    KEYPRESS_F3,
    KEYPRESS_F4,
    KEYPRESS_F5,
    KEYPRESS_F6,
    KEYPRESS_F7,
    KEYPRESS_F8,
    KEYPRESS_F9,
    KEYPRESS_F10,
    KEYPRESS_F11,
    KEYPRESS_F12,
};

#define KEYPRESS_CTRL(letter) ((uint32_t)((letter) - 'a' + 1))
#define KEYPRESS_NAME_SIZE 16

/* "j", "Ctrl-d", "PgDn", "Space", "Enter": as the help shows it. */
void keypress_name(uint32_t keypress, char ret_name[KEYPRESS_NAME_SIZE]);

/* The keypress with this name; KEYPRESS_NONE: no such name. */
uint32_t keypress_parse(const char *name, size_t length);

/* Is it a character that can be typed into a prompt? */
bool keypress_is_text(uint32_t keypress);

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
    uint32_t keypress; /* for a key or a paste */
    int column;
    int row;
    struct mono came; /* when its last byte was read */
};

#endif
