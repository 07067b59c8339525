/*
 * decoder - turns the bytes of a terminal into inputs; sequences may arrive in pieces.
 *
 * Curses gives up on a key sequence after a delay and returns its rest as letters: on a slow line F1 becomes Esc, O
 * and P, and P is a command. This decoder never returns the rest of a sequence as letters. A lone Esc is a key after
 * DECODE_ESC_MS. The rest of a sequence that comes after that is dropped when it comes within DECODE_LATE_MS or all
 * at once. The rest of a dropped sequence is dropped too, however late it comes. Unknown sequences, and characters
 * typed together with Alt, are dropped whole.
 *
 * Control strings (OSC, DCS, APC, PM, SOS) are answers of the terminal to a request, perhaps of another program. They
 * are dropped up to their end, in their 7-bit and 8-bit forms. A string without an end is over after DECODE_STRING_MS
 * of silence; until more than its beginning came at once, after DECODE_SEQUENCE_MS, because Alt and a letter begin one
 * too. Esc by hand ends one too, and Ctrl-c, which is a key all the same.
 *
 * Known sequences: both forms (CSI and SS3) of the keys of common terminals, keys reported by code and modifiers
 * (extended_key.h), SGR mouse reports, and bracketed paste.
 * Characters of a paste are returned as INPUT_PASTE; its other bytes are dropped. Plain value; time is an argument.
 * Cannot fail: input that does not fit is dropped.
 */
#ifndef TUI_TERM_DECODER_H
#define TUI_TERM_DECODER_H

#include "engine/base/clock.h"
#include "tui/term/keypress.h"

#define DECODE_SIZE 4096
#define DECODE_BEGUN_SIZE 32
#define DECODE_ESC_MS 50
#define DECODE_LATE_MS 200
#define DECODE_SEQUENCE_MS 500 /* an incomplete sequence is dropped after this time */
#define DECODE_STRING_MS 2000  /* a control string without its end is over after this silence */
#define DECODE_PASTE_MS 2000   /* a paste without its end is closed after this time */
#define DECODE_DOUBLE_MS 400   /* two clicks at one place within this time are a double click */

/* A control string whose bytes are being dropped. */
struct decoder_string {
    char begin;   /* the byte behind Esc: ']' for OSC ...; 0: none */
    char last;    /* byte before the next one */
    bool is_raw;  /* it began with one byte (C1), so it may end with one */
    bool is_sure; /* its bytes came faster than typed ones */
};

struct decoder {
    char bytes[DECODE_SIZE];
    size_t length;
    struct mono fed;     /* when the last bytes were added */
    struct mono escaped; /* when a lone Esc was returned */
    bool is_escaped;     /* no bytes came since then; the rest of a sequence may follow */
    /* The beginning of a dropped sequence. Its rest is not letters. */
    char begun[DECODE_BEGUN_SIZE];
    size_t begun_length;
    struct decoder_string string;
    bool is_closing; /* a string ended in an Esc; the backslash of its end may follow */
    bool is_torn;    /* a character was broken off; its last bytes are not controls */
    struct mono clicked;
    int click_column;
    int click_row;
    bool is_pasting;
};

void decoder_init(struct decoder *decoder);

void decoder_feed(struct decoder *decoder, struct mono now, const char *bytes, size_t length);

/* False: no input (yet). */
bool decoder_next(struct decoder *decoder, struct mono now, struct input *ret_input);

/*
 * Milliseconds until decoder_next must be called again even without new bytes; -1: not needed. An open paste needs
 * it, because its end may be lost.
 */
int decoder_patience_ms(const struct decoder *decoder, struct mono now);

#endif
