/*
 * prompt - a line of text that the operator types.
 *
 * Keys as in readline: arrows, Home and End, Ctrl-a e b f, Ctrl-u k w, Backspace, Delete, Ctrl-d; Up and Down (Ctrl-p
 * n) recall older entries (the last PROMPT_HISTORY). Enter confirms, Esc and Ctrl-c leave. Holds whole characters
 * with their combining characters, at most PROMPT_SIZE - 1 bytes. Plain value. Cannot fail.
 */
#ifndef TUI_CONSOLE_PROMPT_H
#define TUI_CONSOLE_PROMPT_H

#include "tui/draw/canvas.h"
#include "tui/term/keypress.h"

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_SIZE 256
#define PROMPT_HISTORY 16

struct prompt {
    char text[PROMPT_SIZE];
    size_t length;
    size_t cursor;           /* in bytes */
    size_t recalled;         /* 0: not recalling; else the index in the history, from 1 */
    char typed[PROMPT_SIZE]; /* text before recalling; Down returns to it */
    size_t history_count;
    char history[PROMPT_HISTORY][PROMPT_SIZE]; /* newest first */
};

/* IGNORED: not a key of a prompt. MOVED: the text is unchanged; the cursor may have moved. */
enum prompt_answer { PROMPT_IGNORED, PROMPT_CHANGED, PROMPT_MOVED, PROMPT_ENTERED, PROMPT_LEFT };

/*
 * Begins with this text and the cursor at its end; keeps the history. Characters that cannot be typed are left out.
 */
void prompt_open(struct prompt *prompt, const char *text);

/* ENTERED adds the text to the front of the history, without duplicates; an empty text is not added. */
enum prompt_answer prompt_input(struct prompt *prompt, const struct input *input);

/*
 * Draws "label: text" in a row of the area, scrolled so that the cursor is visible, and sets the terminal's cursor.
 * The whole row is drawn. The label is shortened when there is little room.
 */
void prompt_draw(const struct prompt *prompt, struct canvas *canvas, struct area area, int row,
                 const char *label, enum role role);

#endif
