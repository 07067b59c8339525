/*
 * clipboard - the sequence that puts a text into the clipboard of the terminal's user (OSC 52).
 *
 * It holds nothing but base64, so no byte of the text reaches the terminal as it is. Pure. Any thread.
 */
#ifndef TUI_TERM_CLIPBOARD_H
#define TUI_TERM_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>

/* Longer texts are refused: terminals take a sequence of limited length. */
#define CLIPBOARD_TEXT_MAX ((size_t)16 * 1024)
#define CLIPBOARD_SEQUENCE_SIZE (CLIPBOARD_TEXT_MAX / 3 * 4 + 32)

/* False: the text is too long, or empty. */
bool clipboard_sequence(const char *text, char ret_sequence[CLIPBOARD_SEQUENCE_SIZE]);

#endif
