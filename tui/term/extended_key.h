/*
 * extended_key - the key that a terminal reports by its code and its modifiers.
 *
 * Two forms are common: "CSI code ; modifiers u" (CSI u, kitty) and "CSI 27 ; modifiers ; code ~" (modifyOtherKeys of
 * xterm). They mean the key that the same terminal sends as plain bytes otherwise: Shift and a letter is the capital,
 * Ctrl and a letter is its control code. Keys with Alt, Super or both Ctrl and Shift are other keys, which are not
 * known. Pure. Any thread. Cannot fail.
 */
#ifndef TUI_TERM_EXTENDED_KEY_H
#define TUI_TERM_EXTENDED_KEY_H

#include <stdbool.h>
#include <stdint.h>

struct extended_key {
    int code;      /* Unicode of the key, or a number of kitty for one without a character */
    int shifted;   /* the character with Shift; 0: not reported */
    int modifiers; /* as reported: 1 and the bits; 0: not reported */
    int event;     /* 1 press, 2 repeat, 3 release; 0: not reported */
    int text;      /* the character that it types; 0: not reported */
    bool is_xterm; /* modifyOtherKeys: the code is already the one with Shift */
};

/* KEYPRESS_NONE: no known key, or a release. */
uint32_t extended_key_keypress(const struct extended_key *key);

/* Does the number change the key? The locks of Caps and Num do not. */
bool extended_key_is_modified(int modifiers);

#endif
