#include "tui/decode.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

#include <string.h>

#define ESC '\x1b'
#define PARAMETERS_MAX 4

/* What the first bytes are. */
enum look {
    LOOK_NOTHING, /* no bytes, or not enough of them */
    LOOK_INPUT,   /* an input */
    LOOK_DROP,    /* bytes that mean nothing */
};

struct sequence {
    char prefix; /* '<', '?', or 0 */
    int parameters[PARAMETERS_MAX];
    size_t count;
    char final;
};

static const struct {
    char final;
    uint32_t chord;
} letter_keys[] = {
    { 'A', CHORD_UP },  { 'B', CHORD_DOWN }, { 'C', CHORD_RIGHT }, { 'D', CHORD_LEFT },
    { 'F', CHORD_END }, { 'H', CHORD_HOME }, { 'P', CHORD_F1 },    { 'Q', CHORD_F2 },
    { 'R', CHORD_F3 },  { 'S', CHORD_F4 },   { 'M', CHORD_ENTER }, { 'Z', CHORD_BACKTAB },
};

static const struct {
    int number;
    uint32_t chord;
} number_keys[] = {
    { 1, CHORD_HOME },      { 3, CHORD_DELETE }, { 4, CHORD_END },  { 5, CHORD_PAGE_UP },
    { 6, CHORD_PAGE_DOWN }, { 7, CHORD_HOME },   { 8, CHORD_END },  { 11, CHORD_F1 },
    { 12, CHORD_F2 },       { 13, CHORD_F3 },    { 14, CHORD_F4 },  { 15, CHORD_F5 },
    { 17, CHORD_F6 },       { 18, CHORD_F7 },    { 19, CHORD_F8 },  { 20, CHORD_F9 },
    { 21, CHORD_F10 },      { 23, CHORD_F11 },   { 24, CHORD_F12 },
};

void decoder_init(struct decoder *decoder)
{
    decoder->length = 0;
    decoder->is_pasting = false;
    decoder->fed = (struct mono){ INT64_MIN / 2 };
    decoder->escaped = decoder->fed;
    decoder->clicked = decoder->fed;
}

void decoder_feed(struct decoder *decoder, struct mono now, const char *bytes, size_t length)
{
    size_t room = sizeof decoder->bytes - decoder->length;
    if (now.ms - decoder->fed.ms > DECODE_PASTE_MS)
        decoder->is_pasting = false; /* its end was lost */
    length = length < room ? length : room;
    memcpy(decoder->bytes + decoder->length, bytes, length);
    decoder->length += length;
    decoder->fed = now;
}

static void drop(struct decoder *decoder, size_t size)
{
    decoder->length -= size;
    memmove(decoder->bytes, decoder->bytes + size, decoder->length);
}

static uint32_t letter_chord(char final)
{
    for (size_t i = 0; i < sizeof letter_keys / sizeof letter_keys[0]; i++)
        if (letter_keys[i].final == final)
            return letter_keys[i].chord;
    return CHORD_NONE;
}

static uint32_t number_chord(int number)
{
    for (size_t i = 0; i < sizeof number_keys / sizeof number_keys[0]; i++)
        if (number_keys[i].number == number)
            return number_keys[i].chord;
    return CHORD_NONE;
}

/* --- sequences --------------------------------------------------------------------------------------- */

/* Reads a CSI sequence behind "ESC [" (or a late "["). Its size from `at` on; 0: it is not whole. */
static size_t read_sequence(const char *at, size_t length, struct sequence *ret_sequence)
{
    struct sequence sequence = { 0 };
    size_t i = 0;
    if (i < length && (at[i] == '<' || at[i] == '?' || at[i] == '>'))
        sequence.prefix = at[i++];
    for (; i < length && at[i] >= 0x20 && at[i] < 0x40; i++) {
        if (at[i] >= '0' && at[i] <= '9' && sequence.count < PARAMETERS_MAX) {
            int *number = &sequence.parameters[sequence.count];
            *number = *number < 100000 ? *number * 10 + (at[i] - '0') : *number;
        }
        sequence.count += at[i] == ';' && sequence.count < PARAMETERS_MAX;
    }
    if (i == length)
        return 0;
    sequence.count++;
    sequence.final = at[i];
    *ret_sequence = sequence;
    return i + 1;
}

static bool is_double(struct decoder *decoder, struct mono now, const struct input *input)
{
    bool is_near = now.ms - decoder->clicked.ms <= DECODE_DOUBLE_MS;
    bool is_same = input->column == decoder->click_column && input->row == decoder->click_row;
    /* A third click begins anew. */
    decoder->clicked = is_near && is_same ? (struct mono){ INT64_MIN / 2 } : now;
    decoder->click_column = input->column;
    decoder->click_row = input->row;
    return is_near && is_same;
}

/* Button 0 goes down, or the wheel (64, 65) turns. */
static enum look take_mouse(struct decoder *decoder, struct mono now,
                            const struct sequence *sequence, struct input *ret_input)
{
    int button = sequence->parameters[0];
    *ret_input = (struct input){
        .column = sequence->parameters[1] - 1,
        .row = sequence->parameters[2] - 1,
    };
    if (sequence->final != 'M' || sequence->count < 3)
        return LOOK_DROP;
    if (button == 64 || button == 65) {
        ret_input->kind = button == 64 ? INPUT_WHEEL_UP : INPUT_WHEEL_DOWN;
        return LOOK_INPUT;
    }
    if (button != 0)
        return LOOK_DROP;
    ret_input->kind = is_double(decoder, now, ret_input) ? INPUT_DOUBLE_CLICK : INPUT_CLICK;
    return LOOK_INPUT;
}

static enum look take_chord(uint32_t chord, struct input *ret_input)
{
    *ret_input = (struct input){ .kind = INPUT_KEY, .chord = chord };
    return chord == CHORD_NONE ? LOOK_DROP : LOOK_INPUT;
}

/* With a modifier (a second parameter) it is another key, which nobody knows. */
static enum look take_sequence(struct decoder *decoder, struct mono now,
                               const struct sequence *sequence, struct input *ret_input)
{
    int number = sequence->parameters[0];
    if (sequence->prefix == '<')
        return take_mouse(decoder, now, sequence, ret_input);
    if (sequence->prefix)
        return LOOK_DROP;
    if (sequence->final == '~' && (number == 200 || number == 201)) {
        decoder->is_pasting = number == 200;
        return LOOK_DROP;
    }
    if (sequence->count > 1 && sequence->parameters[1] > 1)
        return LOOK_DROP;
    if (sequence->final == '~')
        return take_chord(number_chord(number), ret_input);
    return take_chord(letter_chord(sequence->final), ret_input);
}

/* "ESC [ [ A" .. "E": F1 to F5 of the Linux console. */
static size_t linux_key(const char *at, size_t length, struct input *ret_input, enum look *ret_look)
{
    if (length < 2 || at[0] != '[')
        return 0;
    bool is_key = at[1] >= 'A' && at[1] <= 'E';
    *ret_look =
        take_chord(is_key ? (uint32_t)(CHORD_F1 + (at[1] - 'A')) : (uint32_t)CHORD_NONE, ret_input);
    return 2;
}

/* Behind "ESC [" or a late "[". */
static size_t take_csi(struct decoder *decoder, struct mono now, size_t start,
                       struct input *ret_input, enum look *ret_look)
{
    const char *at = decoder->bytes + start;
    size_t length = decoder->length - start;
    struct sequence sequence;
    if (length > 0 && at[0] == '[')
        return linux_key(at, length, ret_input, ret_look);
    size_t size = read_sequence(at, length, &sequence);
    if (size > 0)
        *ret_look = take_sequence(decoder, now, &sequence, ret_input);
    return size;
}

/* Behind "ESC O" or a late "O". Digits in between are modifiers. */
static size_t take_ss3(const struct decoder *decoder, size_t start, struct input *ret_input,
                       enum look *ret_look)
{
    size_t i = start;
    while (i < decoder->length && decoder->bytes[i] >= '0' && decoder->bytes[i] <= '9')
        i++;
    if (i == decoder->length)
        return 0;
    *ret_look = i == start ? take_chord(letter_chord(decoder->bytes[i]), ret_input) : LOOK_DROP;
    return i + 1 - start;
}

/* --- what stands first ------------------------------------------------------------------------------- */

static bool is_late(const struct decoder *decoder, struct mono now)
{
    return now.ms - decoder->escaped.ms <= DECODE_LATE_MS;
}

/* A sequence whose Esc was given out already: it is swallowed, whatever it is. */
static enum look look_late(struct decoder *decoder, struct mono now)
{
    struct input ignored;
    enum look look = LOOK_DROP;
    size_t size = decoder->bytes[0] == '[' ? take_csi(decoder, now, 1, &ignored, &look)
                                           : take_ss3(decoder, 1, &ignored, &look);
    if (size == 0 && now.ms - decoder->fed.ms < DECODE_SEQUENCE_MS) {
        decoder->escaped = now; /* its rest is late as well */
        return LOOK_NOTHING;
    }
    drop(decoder, size == 0 ? decoder->length : size + 1);
    decoder->escaped = (struct mono){ INT64_MIN / 2 };
    return LOOK_DROP;
}

static enum look give_escape(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    drop(decoder, 1);
    decoder->escaped = now;
    return take_chord(CHORD_ESC, ret_input);
}

/* Alt and a character come together: not the character's own meaning. */
static enum look drop_alt(struct decoder *decoder)
{
    uint32_t ignored;
    size_t size = utf8_decode(decoder->bytes + 1, decoder->length - 1, &ignored);
    drop(decoder, 1 + (size ? size : 1));
    return LOOK_DROP;
}

static enum look look_escape(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    bool is_over = now.ms - decoder->fed.ms >= DECODE_SEQUENCE_MS;
    enum look look = LOOK_DROP;
    size_t size = 0;
    if (decoder->length == 1)
        return now.ms - decoder->fed.ms >= DECODE_ESC_MS ? give_escape(decoder, now, ret_input)
                                                         : LOOK_NOTHING;
    char second = decoder->bytes[1];
    if (second == ESC)
        return give_escape(decoder, now, ret_input);
    if (second == '[')
        size = take_csi(decoder, now, 2, ret_input, &look);
    else if (second == 'O')
        size = take_ss3(decoder, 2, ret_input, &look);
    else
        return drop_alt(decoder);
    if (size == 0 && !is_over)
        return LOOK_NOTHING;
    drop(decoder, size == 0 ? decoder->length : size + 2);
    return look;
}

static uint32_t control_chord(unsigned char byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return CHORD_ENTER;
    case '\t':
        return CHORD_TAB;
    case '\b':
    case 0x7f:
        return CHORD_BACKSPACE;
    default:
        return byte;
    }
}

static enum look look_character(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    unsigned char first = (unsigned char)decoder->bytes[0];
    uint32_t chord;
    if (first < 0x20 || first == 0x7f) {
        drop(decoder, 1);
        return take_chord(control_chord(first), ret_input);
    }
    size_t size = utf8_decode(decoder->bytes, decoder->length, &chord);
    bool may_grow = size == 0 && first >= 0xc2 && first <= 0xf4 && decoder->length < 4 &&
                    now.ms - decoder->fed.ms < DECODE_ESC_MS;
    if (may_grow)
        return LOOK_NOTHING;
    drop(decoder, size ? size : 1);
    return size ? take_chord(chord, ret_input) : LOOK_DROP;
}

static enum look look(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    char first = decoder->bytes[0];
    if ((first == '[' || first == 'O') && is_late(decoder, now))
        return look_late(decoder, now);
    if (first == ESC)
        return look_escape(decoder, now, ret_input);
    return look_character(decoder, now, ret_input);
}

bool decoder_next(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    while (decoder->length > 0) {
        bool was_pasting = decoder->is_pasting;
        enum look seen = look(decoder, now, ret_input);
        if (seen == LOOK_NOTHING)
            return false;
        if (seen == LOOK_DROP)
            continue;
        if (was_pasting)
            ret_input->kind = INPUT_PASTE;
        return true;
    }
    return false;
}

int decoder_patience_ms(const struct decoder *decoder, struct mono now)
{
    if (decoder->length == 0)
        return -1;
    int64_t limit = decoder->length == 1 ? DECODE_ESC_MS : DECODE_SEQUENCE_MS;
    return (int)max_i64(0, decoder->fed.ms + limit - now.ms);
}
