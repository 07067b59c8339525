/*
 * prompt - a line that is being typed.
 *
 * Keys as in readline: arrows, Home and End, Ctrl-a e b f, Ctrl-u k w, Backspace, Delete, Ctrl-d; Up and Down (Ctrl-p
 * n) recall what was entered before (the last PROMPT_HISTORY). Enter enters, Esc and Ctrl-c leave. Whole characters
 * only, with what joins them, never more than PROMPT_SIZE - 1 bytes. Plain value. Cannot fail.
 */
#ifndef TUI_CONSOLE_PROMPT_H
#define TUI_CONSOLE_PROMPT_H

#include "tui/draw/canvas.h"
#include "tui/term/key.h"

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_SIZE 256
#define PROMPT_HISTORY 16

struct prompt {
    char text[PROMPT_SIZE];
    size_t length;
    size_t cursor;           /* in bytes */
    size_t recalled;         /* 0: not recalling; else how far back */
    char typed[PROMPT_SIZE]; /* what Down comes back to */
    size_t history_count;
    char history[PROMPT_HISTORY][PROMPT_SIZE]; /* newest first */
};

/* IGNORED: it is no key of a prompt. MOVED: at most the cursor did. */
enum prompt_answer { PROMPT_IGNORED, PROMPT_CHANGED, PROMPT_MOVED, PROMPT_ENTERED, PROMPT_LEFT };

/* Begins with this text, the cursor behind it; the history stays. What could not have been typed is left out. */
void prompt_open(struct prompt *prompt, const char *text);

/* ENTERED puts the text into the history: in front, once, and not when it is empty. */
enum prompt_answer prompt_input(struct prompt *prompt, const struct input *input);

/*
 * "label: text" in a row of the area, scrolled so that the cursor shows; puts the terminal's cursor there. The whole
 * row is drawn. The label gives way when there is little room.
 */
void prompt_draw(const struct prompt *prompt, struct canvas *canvas, struct area area, int row,
                 const char *label, enum role role);

#endif
