#include "tui/term/decoder.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/term/extended_key.h"

#include <string.h>

#define ESC '\x1b'
#define BEL '\x07'
#define CAN '\x18'
#define SUB '\x1a'
#define ETX '\x03' /* Ctrl-c */
#define ST_RAW '\x9c'
#define UTF8_C1 '\xc2' /* first byte of a C1 control in UTF-8 */
#define PARAMETERS_MAX 4

/* Result of looking at the first bytes. */
enum look {
    LOOK_NOTHING, /* no bytes, or not enough for a result */
    LOOK_INPUT,   /* an input */
    LOOK_DROP,    /* bytes without a meaning; they were dropped */
};

enum form {
    FORM_CSI,   /* ESC [ parameters final */
    FORM_SS3,   /* ESC O final; digits before the final byte are modifiers */
    FORM_LINUX, /* ESC [ [ A .. E: F1 to F5 of the Linux console */
};

struct sequence {
    enum form form;
    char prefix; /* '<', '?', or 0 */
    bool is_odd; /* has bytes that no known key has */
    int parameters[PARAMETERS_MAX];
    int subs[PARAMETERS_MAX]; /* the number behind the first ':' of each; 0: none */
    int colons[PARAMETERS_MAX];
    size_t count;
    char final; /* 0: the sequence was broken off */
};

static const struct {
    char final;
    uint32_t keypress;
} letter_keys[] = {
    { 'A', KEYPRESS_UP },   { 'B', KEYPRESS_DOWN },  { 'C', KEYPRESS_RIGHT },
    { 'D', KEYPRESS_LEFT }, { 'F', KEYPRESS_END },   { 'H', KEYPRESS_HOME },
    { 'P', KEYPRESS_F1 },   { 'Q', KEYPRESS_F2 },    { 'R', KEYPRESS_F3 },
    { 'S', KEYPRESS_F4 },   { 'M', KEYPRESS_ENTER }, { 'Z', KEYPRESS_BACKTAB },
};

static const struct {
    int number;
    uint32_t keypress;
} number_keys[] = {
    { 1, KEYPRESS_HOME },    { 3, KEYPRESS_DELETE },    { 4, KEYPRESS_END },
    { 5, KEYPRESS_PAGE_UP }, { 6, KEYPRESS_PAGE_DOWN }, { 7, KEYPRESS_HOME },
    { 8, KEYPRESS_END },     { 11, KEYPRESS_F1 },       { 12, KEYPRESS_F2 },
    { 13, KEYPRESS_F3 },     { 14, KEYPRESS_F4 },       { 15, KEYPRESS_F5 },
    { 17, KEYPRESS_F6 },     { 18, KEYPRESS_F7 },       { 19, KEYPRESS_F8 },
    { 20, KEYPRESS_F9 },     { 21, KEYPRESS_F10 },      { 23, KEYPRESS_F11 },
    { 24, KEYPRESS_F12 },
};

void decoder_init(struct decoder *decoder)
{
    decoder->length = 0;
    decoder->begun_length = 0;
    decoder->string = (struct decoder_string){ 0 };
    decoder->is_closing = false;
    decoder->is_torn = false;
    decoder->is_pasting = false;
    decoder->is_escaped = false;
    decoder->fed = (struct mono){ INT64_MIN / 2 };
    decoder->escaped = decoder->fed;
    decoder->clicked = decoder->fed;
    decoder->click_column = 0;
    decoder->click_row = 0;
}

/* OSC, DCS, APC, PM and SOS: what terminals answer to requests, perhaps of another program. */
static bool begins_string(char second)
{
    return second == ']' || second == 'P' || second == '_' || second == '^' || second == 'X';
}

/* An Esc that was waited for, and no rest of a sequence behind it. */
static bool is_lone_escape(const struct decoder *decoder, int64_t gap_ms, char next)
{
    bool is_rest = next == '\\' || next == '[' || next == 'O' || next == ESC || begins_string(next);
    return decoder->length == 1 && gap_ms > DECODE_LATE_MS && !is_rest;
}

/* A string whose bytes no longer come has lost its end. Alt and a letter begin one too. Esc by hand ends it. */
static void follow_string(struct decoder *decoder, int64_t gap_ms, const char *bytes, size_t length)
{
    struct decoder_string *string = &decoder->string;
    bool is_silent = gap_ms > (string->is_sure ? DECODE_STRING_MS : DECODE_SEQUENCE_MS);
    bool is_escaped = length > 0 && is_lone_escape(decoder, gap_ms, bytes[0]);
    if (is_escaped)
        decoder->length = 0;
    if (is_escaped || (decoder->length == 0 && is_silent))
        *string = (struct decoder_string){ 0 };
    string->is_sure = string->begin && (string->is_sure || length > 1 || gap_ms < DECODE_ESC_MS);
}

void decoder_feed(struct decoder *decoder, struct mono now, const char *bytes, size_t length)
{
    size_t room = sizeof decoder->bytes - decoder->length;
    if (decoder->string.begin)
        follow_string(decoder, now.ms - decoder->fed.ms, bytes, length);
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

static uint32_t letter_keypress(char final)
{
    for (size_t i = 0; i < sizeof letter_keys / sizeof letter_keys[0]; i++)
        if (letter_keys[i].final == final)
            return letter_keys[i].keypress;
    return KEYPRESS_NONE;
}

static uint32_t number_keypress(int number)
{
    for (size_t i = 0; i < sizeof number_keys / sizeof number_keys[0]; i++)
        if (number_keys[i].number == number)
            return number_keys[i].keypress;
    return KEYPRESS_NONE;
}

/* --- syntax of sequences ----------------------------------------------------------------------------- */

static void add_digit(int *number, char byte)
{
    *number = *number < 1000000 ? *number * 10 + (byte - '0') : *number;
}

/* Of the numbers that colons separate, the first two of a parameter count. */
static void add_parameter_byte(struct sequence *sequence, char byte)
{
    size_t at = sequence->count;
    bool is_digit = byte >= '0' && byte <= '9';
    if (byte == ';' && at < PARAMETERS_MAX - 1)
        sequence->count++;
    else if (byte == ':')
        sequence->colons[at]++;
    else if (is_digit && sequence->colons[at] == 0)
        add_digit(&sequence->parameters[at], byte);
    else if (is_digit && sequence->colons[at] == 1)
        add_digit(&sequence->subs[at], byte);
    else if (!is_digit)
        sequence->is_odd = true;
}

/* Colons where no known key has them: only the modifiers have a second number, the kind of the event. */
static bool has_colons(const struct sequence *sequence)
{
    return sequence->colons[0] + sequence->colons[2] + sequence->colons[3] > 0;
}

/*
 * Offset of the final byte of a CSI sequence; `length` when it is missing. rxvt sends one number and '$' as final byte
 * for Shift; behind more numbers it is part of a report.
 */
static size_t read_csi_parameters(const char *at, size_t length, struct sequence *sequence)
{
    size_t i = 2;
    if (i < length && at[i] >= '<' && at[i] <= '?')
        sequence->prefix = at[i++];
    for (; i < length && at[i] >= 0x20 && at[i] < 0x40; i++) {
        if (at[i] == '$' && !sequence->prefix && sequence->count == 0)
            break;
        add_parameter_byte(sequence, at[i]);
    }
    sequence->count++;
    return i;
}

static size_t read_ss3_parameters(const char *at, size_t length, struct sequence *sequence)
{
    size_t i = 2;
    while (i < length && ((at[i] >= '0' && at[i] <= '9') || at[i] == ';'))
        i++;
    sequence->is_odd = i > 2;
    return i;
}

static size_t read_parameters(const char *at, size_t length, struct sequence *sequence)
{
    if (at[1] == 'O') {
        sequence->form = FORM_SS3;
        return read_ss3_parameters(at, length, sequence);
    }
    if (length > 2 && at[2] == '[') {
        sequence->form = FORM_LINUX;
        return 3;
    }
    return read_csi_parameters(at, length, sequence);
}

/* Terminals without SGR mouse reports send button, column and row as three bytes after "ESC [ M". */
static size_t old_mouse_size(const char *at, size_t length)
{
    size_t i = 3;
    while (i < 6 && i < length && (unsigned char)at[i] >= 0x20)
        i++;
    return i == length && i < 6 ? 0 : i;
}

/*
 * Reads the sequence that begins with "ESC [" or "ESC O". Returns its size; 0: incomplete. An invalid byte breaks the
 * sequence off and is not part of it; an Esc begins the next sequence.
 */
static size_t read_sequence(const char *at, size_t length, struct sequence *ret_sequence)
{
    struct sequence sequence = { .form = FORM_CSI };
    size_t size = read_parameters(at, length, &sequence);
    if (size == length)
        return 0;
    if (at[size] >= 0x20 && at[size] < 0x7f)
        sequence.final = at[size++];
    if (sequence.form == FORM_CSI && sequence.final == 'M' && size == 3) {
        sequence.is_odd = true;
        size = old_mouse_size(at, length);
    }
    *ret_sequence = sequence;
    return size;
}

/* "CSI code ; modifiers u" and "CSI 27 ; modifiers ; code ~". */
static bool reads_extended(const struct sequence *sequence, struct extended_key *ret_key)
{
    const int *numbers = sequence->parameters;
    if (sequence->form != FORM_CSI || sequence->prefix || sequence->is_odd)
        return false;
    if (sequence->final == 'u') {
        *ret_key = (struct extended_key){ .code = numbers[0],
                                          .shifted = sequence->subs[0],
                                          .modifiers = numbers[1],
                                          .event = sequence->subs[1],
                                          .text = numbers[2] };
        return true;
    }
    if (sequence->final != '~' || sequence->count != 3 || numbers[0] != 27)
        return false;
    *ret_key =
        (struct extended_key){ .code = numbers[2], .modifiers = numbers[1], .is_xterm = true };
    return !has_colons(sequence);
}

/*
 * With a modifier (a second parameter) it is another key, which is not known. R with a row and a column is a report. A
 * key may be reported a second time when it is released.
 */
static uint32_t sequence_keypress(const struct sequence *sequence)
{
    struct extended_key extended;
    if (reads_extended(sequence, &extended))
        return extended_key_keypress(&extended);
    int number = sequence->parameters[0];
    bool is_modified = sequence->count > 1 && extended_key_is_modified(sequence->parameters[1]);
    bool is_report = sequence->count > 1 && sequence->final == 'R';
    bool is_released = sequence->subs[1] >= 3;
    if (sequence->is_odd || sequence->prefix || is_modified || is_report || is_released ||
        has_colons(sequence))
        return KEYPRESS_NONE;
    if (sequence->form == FORM_LINUX)
        return sequence->final >= 'A' && sequence->final <= 'E'
                   ? (uint32_t)(KEYPRESS_F1 + (sequence->final - 'A'))
                   : (uint32_t)KEYPRESS_NONE;
    if (sequence->final == '~')
        return number_keypress(number);
    return number <= 1 ? letter_keypress(sequence->final) : KEYPRESS_NONE;
}

static bool sequence_is_bracket(const struct sequence *sequence)
{
    int number = sequence->parameters[0];
    return sequence->form == FORM_CSI && !sequence->prefix && !sequence->is_odd &&
           !has_colons(sequence) && sequence->colons[1] == 0 && sequence->final == '~' &&
           (number == 200 || number == 201);
}

/* --- meaning of sequences ---------------------------------------------------------------------------- */

static bool is_double(struct decoder *decoder, struct mono now, const struct input *input)
{
    bool is_near = now.ms - decoder->clicked.ms <= DECODE_DOUBLE_MS;
    bool is_same = input->column == decoder->click_column && input->row == decoder->click_row;
    /* a third click is a new first click */
    decoder->clicked = is_near && is_same ? (struct mono){ INT64_MIN / 2 } : now;
    decoder->click_column = input->column;
    decoder->click_row = input->row;
    return is_near && is_same;
}

/* Only button 0 pressed and the wheel (64, 65) are used. */
static enum look take_mouse(struct decoder *decoder, struct mono now,
                            const struct sequence *sequence, struct input *ret_input)
{
    int button = sequence->parameters[0];
    *ret_input = (struct input){
        .column = sequence->parameters[1] - 1,
        .row = sequence->parameters[2] - 1,
    };
    bool is_press = sequence->final == 'M' && sequence->count == 3 && !sequence->is_odd &&
                    !has_colons(sequence) && sequence->colons[1] == 0;
    if (!is_press || ret_input->column < 0 || ret_input->row < 0)
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

static enum look take_keypress(uint32_t keypress, struct input *ret_input)
{
    *ret_input = (struct input){ .kind = INPUT_KEY, .keypress = keypress };
    return keypress == KEYPRESS_NONE ? LOOK_DROP : LOOK_INPUT;
}

static enum look take_sequence(struct decoder *decoder, struct mono now,
                               const struct sequence *sequence, struct input *ret_input)
{
    if (sequence_is_bracket(sequence)) {
        decoder->is_pasting = sequence->parameters[0] == 200;
        return LOOK_DROP;
    }
    if (decoder->is_pasting)
        return LOOK_DROP; /* a key without a character is not text */
    if (sequence->prefix == '<')
        return take_mouse(decoder, now, sequence, ret_input);
    return take_keypress(sequence_keypress(sequence), ret_input);
}

/* --- control strings --------------------------------------------------------------------------------- */

/* The number of bytes of the beginning is `size`; what follows at once is no typed text. */
static enum look begin_string(struct decoder *decoder, char second, size_t size, bool is_raw)
{
    drop(decoder, size);
    decoder->string = (struct decoder_string){ .begin = second, .is_raw = is_raw };
    decoder->string.is_sure = decoder->length > 0;
    return LOOK_DROP;
}

static bool ends_string(const struct decoder_string *string, char byte)
{
    if (byte == BEL)
        return string->begin == ']';
    if (byte == ST_RAW)
        return string->is_raw || string->last == UTF8_C1;
    return byte == CAN || byte == SUB || byte == ETX;
}

static enum look end_string(struct decoder *decoder, size_t size)
{
    drop(decoder, size);
    decoder->string = (struct decoder_string){ 0 };
    return LOOK_DROP;
}

/* The string is ended by Esc and a backslash; any other byte behind the Esc begins the next sequence. */
static enum look end_string_by_escape(struct decoder *decoder, struct mono now)
{
    if (decoder->length > 1)
        return end_string(decoder, decoder->bytes[1] == '\\' ? 2 : 0);
    if (now.ms - decoder->fed.ms < DECODE_SEQUENCE_MS)
        return LOOK_NOTHING;
    decoder->is_closing = true;
    return end_string(decoder, 1);
}

/* Drops the bytes of the string. Ctrl-c ends it and is a key. */
static enum look swallow_string(struct decoder *decoder, struct mono now)
{
    struct decoder_string *string = &decoder->string;
    size_t size = 0;
    while (size < decoder->length && decoder->bytes[size] != ESC) {
        char byte = decoder->bytes[size++];
        if (ends_string(string, byte))
            return end_string(decoder, size - (byte == ETX));
        string->last = byte;
    }
    drop(decoder, size);
    return decoder->length > 0 ? end_string_by_escape(decoder, now) : LOOK_DROP;
}

/* The backslash of an end that was cut in two for long. */
static enum look close_string(struct decoder *decoder)
{
    decoder->is_closing = false;
    if (decoder->bytes[0] == '\\')
        drop(decoder, 1);
    return LOOK_DROP;
}

/* --- rest of a dropped sequence ---------------------------------------------------------------------- */

/* Keeps the beginning of a dropped sequence. One that is too long is replaced by one without a meaning. */
static void remember_begun(struct decoder *decoder, const char *at, size_t length)
{
    static const char endless[] = { ESC, '[', '?' };
    bool does_fit = length < sizeof decoder->begun;
    decoder->begun_length = does_fit ? length : sizeof endless;
    memcpy(decoder->begun, does_fit ? at : endless, decoder->begun_length);
}

static void drop_begun(struct decoder *decoder)
{
    remember_begun(decoder, decoder->bytes, decoder->length);
    drop(decoder, decoder->length);
}

/* The dropped beginning and the bytes after it: at most DECODE_BEGUN_SIZE bytes. */
static size_t join_begun(const struct decoder *decoder, char ret_joined[DECODE_BEGUN_SIZE])
{
    size_t room = DECODE_BEGUN_SIZE - decoder->begun_length;
    size_t length = decoder->length < room ? decoder->length : room;
    memcpy(ret_joined, decoder->begun, decoder->begun_length);
    memcpy(ret_joined + decoder->begun_length, decoder->bytes, length);
    return decoder->begun_length + length;
}

/* Drops the rest of the key. The brackets of a paste still count, else pasted text would act as keys. */
static enum look swallow_rest(struct decoder *decoder)
{
    char joined[DECODE_BEGUN_SIZE];
    size_t length = join_begun(decoder, joined);
    struct sequence sequence;
    size_t size = read_sequence(joined, length, &sequence);
    must(size == 0 || size >= decoder->begun_length);
    drop(decoder, (size == 0 ? length : size) - decoder->begun_length);
    decoder->begun_length = 0;
    if (size == 0)
        remember_begun(decoder, joined, length);
    else if (sequence_is_bracket(&sequence))
        decoder->is_pasting = sequence.parameters[0] == 200;
    return LOOK_DROP;
}

/*
 * Parameters, or two bytes at once that make a key, are not typed by hand, so they are a rest however late they come.
 */
static bool is_whole_rest(const struct decoder *decoder)
{
    char joined[DECODE_BEGUN_SIZE];
    struct sequence sequence;
    size_t size = read_sequence(joined, join_begun(decoder, joined), &sequence);
    if (size == 0 || !sequence.final)
        return false;
    return sequence_keypress(&sequence) != KEYPRESS_NONE || (sequence.form == FORM_CSI && size > 3);
}

static bool is_late_rest(const struct decoder *decoder)
{
    if (decoder->bytes[0] != '[' && decoder->bytes[0] != 'O')
        return false;
    return decoder->fed.ms - decoder->escaped.ms <= DECODE_LATE_MS || is_whole_rest(decoder);
}

/* The replies that are common: "]11;", "P>|", "P1$r", "_G". More than one byte at once is not typed by hand. */
static bool is_whole_string(const struct decoder *decoder)
{
    static const char *const seconds[] = { "]0123456789lL", "P0123456789>!|=", "_G" };
    if (decoder->length < 2)
        return false;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
        if (seconds[i][0] == decoder->bytes[0] && decoder->bytes[1] != '\0')
            return strchr(seconds[i] + 1, decoder->bytes[1]) != NULL;
    return false;
}

static bool is_late_string(const struct decoder *decoder)
{
    if (decoder->is_pasting || !begins_string(decoder->bytes[0]))
        return false;
    return decoder->fed.ms - decoder->escaped.ms <= DECODE_LATE_MS || is_whole_string(decoder);
}

/* After a lone Esc was returned, the next bytes may be the rest of its sequence, or a string. */
static void note_late_rest(struct decoder *decoder)
{
    if (is_late_string(decoder)) {
        begin_string(decoder, decoder->bytes[0], 1, false);
        return;
    }
    remember_begun(decoder, (const char[]){ ESC }, 1);
    if (!is_late_rest(decoder))
        decoder->begun_length = 0;
}

/* --- next input -------------------------------------------------------------------------------------- */

static enum look give_escape(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    drop(decoder, 1);
    decoder->is_escaped = true;
    decoder->escaped = now;
    return decoder->is_pasting ? LOOK_DROP : take_keypress(KEYPRESS_ESC, ret_input);
}

/* Alt and a character are dropped together, because the character alone has another meaning. */
static enum look drop_alt(struct decoder *decoder)
{
    uint32_t ignored;
    size_t size = utf8_decode(decoder->bytes + 1, decoder->length - 1, &ignored);
    drop(decoder, 1 + (size ? size : 1));
    return LOOK_DROP;
}

/* Within a paste there is no limit of its own: an incomplete sequence waits for the end of the paste. */
static enum look look_escape(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    int64_t waited_ms = decoder->is_pasting ? 0 : now.ms - decoder->fed.ms;
    struct sequence sequence;
    if (decoder->length == 1)
        return waited_ms >= DECODE_ESC_MS ? give_escape(decoder, now, ret_input) : LOOK_NOTHING;
    char second = decoder->bytes[1];
    if (second == ESC)
        return give_escape(decoder, now, ret_input);
    if (begins_string(second) && !decoder->is_pasting)
        return begin_string(decoder, second, 2, false);
    if (second != '[' && second != 'O')
        return drop_alt(decoder);
    size_t size = read_sequence(decoder->bytes, decoder->length, &sequence);
    if (size > 0) {
        drop(decoder, size);
        return take_sequence(decoder, now, &sequence, ret_input);
    }
    if (waited_ms < DECODE_SEQUENCE_MS && decoder->length < sizeof decoder->bytes)
        return LOOK_NOTHING;
    drop_begun(decoder);
    return LOOK_DROP;
}

static uint32_t control_keypress(unsigned char byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return KEYPRESS_ENTER;
    case '\t':
        return KEYPRESS_TAB;
    case '\b':
    case 0x7f:
        return KEYPRESS_BACKSPACE;
    default:
        return byte;
    }
}

/* A C1 control is one byte, 64 above the byte that follows Esc in its other form. */
static bool is_c1(uint32_t code)
{
    return code >= 0x80 && code <= 0x9f;
}

static enum look take_c1(struct decoder *decoder)
{
    char second = (char)((unsigned char)decoder->bytes[0] - 0x40);
    if (begins_string(second))
        return begin_string(decoder, second, 1, true);
    bool begins_sequence = second == '[' || second == 'O';
    if (!begins_sequence || decoder->length == sizeof decoder->bytes) {
        drop(decoder, 1);
        return LOOK_DROP;
    }
    memmove(decoder->bytes + 2, decoder->bytes + 1, decoder->length - 1);
    decoder->bytes[0] = ESC;
    decoder->bytes[1] = second;
    decoder->length++;
    return LOOK_DROP;
}

static enum look look_character(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    unsigned char first = (unsigned char)decoder->bytes[0];
    uint32_t keypress;
    if (first < 0x20 || first == 0x7f) {
        drop(decoder, 1);
        return take_keypress(control_keypress(first), ret_input);
    }
    bool is_rest = (first & 0xc0) == 0x80 && decoder->is_torn;
    decoder->is_torn = is_rest;
    if (is_c1(first) && !decoder->is_pasting && !is_rest)
        return take_c1(decoder);
    size_t size = utf8_decode(decoder->bytes, decoder->length, &keypress);
    bool may_grow = size == 0 && first >= 0xc2 && first <= 0xf4 && decoder->length < 4 &&
                    now.ms - decoder->fed.ms < DECODE_ESC_MS;
    if (may_grow)
        return LOOK_NOTHING;
    if (size > 0 && is_c1(keypress)) {
        drop(decoder, decoder->is_pasting ? size : 1);
        return LOOK_DROP;
    }
    decoder->is_torn = size == 0;
    drop(decoder, size ? size : 1);
    return size ? take_keypress(keypress, ret_input) : LOOK_DROP;
}

static enum look look(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    if (decoder->is_escaped)
        note_late_rest(decoder);
    decoder->is_escaped = false;
    if (decoder->string.begin)
        return swallow_string(decoder, now);
    if (decoder->is_closing)
        return close_string(decoder);
    if (decoder->begun_length > 0)
        return swallow_rest(decoder);
    if (decoder->bytes[0] == ESC)
        return look_escape(decoder, now, ret_input);
    return look_character(decoder, now, ret_input);
}

/* The end of the paste was lost, or its first bytes are here and the rest comes later. */
static void end_paste(struct decoder *decoder, struct mono now)
{
    decoder->is_pasting = false;
    if (decoder->length > 1)
        drop_begun(decoder);
    if (decoder->length == 0)
        return;
    drop(decoder, 1);
    decoder->is_escaped = true;
    decoder->escaped = now;
}

bool decoder_next(struct decoder *decoder, struct mono now, struct input *ret_input)
{
    while (decoder->length > 0) {
        bool was_pasting = decoder->is_pasting;
        enum look seen = look(decoder, now, ret_input);
        if (seen == LOOK_NOTHING)
            break;
        if (seen == LOOK_DROP)
            continue;
        if (was_pasting)
            ret_input->kind = INPUT_PASTE;
        ret_input->came = decoder->fed;
        return true;
    }
    /*
     * Checked only after all bytes are decoded: bytes that waited while the console was busy are still pasted text.
     */
    if (decoder->is_pasting && now.ms - decoder->fed.ms >= DECODE_PASTE_MS)
        end_paste(decoder, now);
    return false;
}

/* The time limit of what is incomplete: an Esc, a sequence, a character, or a paste. */
static int64_t limit_ms(const struct decoder *decoder)
{
    if (decoder->length > 0 && decoder->bytes[0] != ESC)
        return DECODE_ESC_MS;
    if (decoder->is_pasting)
        return DECODE_PASTE_MS;
    if (decoder->string.begin)
        return DECODE_SEQUENCE_MS;
    return decoder->length == 1 ? DECODE_ESC_MS : DECODE_SEQUENCE_MS;
}

int decoder_patience_ms(const struct decoder *decoder, struct mono now)
{
    if (decoder->length == 0 && !decoder->is_pasting)
        return -1;
    return (int)max_i64(0, decoder->fed.ms + limit_ms(decoder) - now.ms);
}
