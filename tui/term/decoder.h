/*
 * decoder - turns the bytes of a terminal into inputs; sequences may arrive in pieces.
 *
 * Curses gives up on a key sequence after a delay and returns its rest as letters: on a slow line F1 becomes Esc, O
 * and P, and P is a command. This decoder never returns the rest of a sequence as letters. A lone Esc is a key after
 * DECODE_ESC_MS. The rest of a sequence that comes after that is dropped when it comes within DECODE_LATE_MS or all
 * at once. The rest of a dropped sequence is dropped too, however late it comes. Unknown sequences, and characters
 * typed together with Alt, are dropped whole.
 *
 * Known sequences: both forms (CSI and SS3) of the keys of common terminals, SGR mouse reports, and bracketed paste.
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
#define DECODE_PASTE_MS 2000   /* a paste without its end is closed after this time */
#define DECODE_DOUBLE_MS 400   /* two clicks at one place within this time are a double click */

struct decoder {
    char bytes[DECODE_SIZE];
    size_t length;
    struct mono fed;     /* when the last bytes were added */
    struct mono escaped; /* when a lone Esc was returned */
    bool is_escaped;     /* no bytes came since then; the rest of a sequence may follow */
    /* The beginning of a dropped sequence. Its rest is not letters. */
    char begun[DECODE_BEGUN_SIZE];
    size_t begun_length;
    struct mono clicked;
    int click_column;
    int click_row;
    bool has_given; /* an input of the current burst was returned */
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
