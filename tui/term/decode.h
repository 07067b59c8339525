/*
 * decode - the bytes of a terminal made into inputs, however they are cut.
 *
 * Curses gives up on a key sequence after a delay and hands its rest over as letters: with a slow line F1 becomes Esc,
 * O and P, and P is a command. So the bytes are decoded here: a sequence that has begun is never taken for letters. A
 * lone Esc is a key once DECODE_ESC_MS have passed; when the rest of a sequence comes after that, within
 * DECODE_LATE_MS or all at once, it is swallowed. So is the rest of a sequence that was dropped, however late it
 * comes. Sequences that nobody knows are swallowed whole, and so is what is typed together with Alt.
 *
 * Known are both forms (CSI and SS3) of the keys that terminals of the last decades send, SGR mouse reports and
 * bracketed paste, whose characters come as INPUT_PASTE, and nothing else of it. Plain value; time as an argument.
 * Cannot fail: what does not fit is dropped.
 */
#ifndef TUI_TERM_DECODE_H
#define TUI_TERM_DECODE_H

#include "engine/base/clock.h"
#include "tui/term/key.h"

#define DECODE_SIZE 4096
#define DECODE_BEGUN_SIZE 32
#define DECODE_ESC_MS 50
#define DECODE_LATE_MS 200
#define DECODE_SEQUENCE_MS 500 /* a sequence that is not whole by then is dropped */
#define DECODE_PASTE_MS 2000   /* a paste without its end is over then */
#define DECODE_DOUBLE_MS 400   /* two clicks on one place within this are a double click */

struct decoder {
    char bytes[DECODE_SIZE];
    size_t length;
    struct mono fed;     /* when the last bytes came */
    struct mono escaped; /* when an Esc was given out */
    bool is_escaped;     /* nothing came since: the rest of a sequence may follow */
    /* The beginning of a sequence that was dropped: its rest is not letters. */
    char begun[DECODE_BEGUN_SIZE];
    size_t begun_length;
    struct mono clicked;
    int click_column;
    int click_row;
    bool has_given; /* an input, of the bytes that came together */
    bool is_pasting;
};

void decoder_init(struct decoder *decoder);

void decoder_feed(struct decoder *decoder, struct mono now, const char *bytes, size_t length);

/* False: nothing (yet). */
bool decoder_next(struct decoder *decoder, struct mono now, struct input *ret_input);

/*
 * When decoder_next should be asked again though nothing came, in milliseconds; -1: no need. An open paste needs it,
 * or it would not end without its end.
 */
int decoder_patience_ms(const struct decoder *decoder, struct mono now);

#endif
