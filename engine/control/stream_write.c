#include "engine/control/stream_codec.h"
#include "engine/control/stream_words.h"

#include <string.h>

/* Larger ones are strings: a reader that takes numbers for doubles would round them. */
#define EXACT_MAX ((int64_t)1 << 53)
#define DIGITS_MAX 20

/* Faster than a format: a row has two dozen numbers, and a fleet has many rows. */
static void add_digits(struct text *text, int64_t value)
{
    char digits[DIGITS_MAX + 1];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        digits[--at] = '-';
    text_add_bytes(text, digits + at, sizeof digits - at);
}

static void add_number(struct text *text, int64_t value)
{
    bool is_exact = -EXACT_MAX <= value && value <= EXACT_MAX;
    text_add_bytes(text, "\"", is_exact ? 0 : 1);
    add_digits(text, value);
    text_add_bytes(text, "\"", is_exact ? 0 : 1);
}

static void add_key(struct text *text, const char *name)
{
    if (text->length > 0 && text->data[text->length - 1] != '{')
        text_add_char(text, ',');
    text_add_char(text, '"');
    text_add_bytes(text, name, strlen(name));
    text_add_bytes(text, "\":", 2);
}

void stream_add_integer(struct text *text, const char *name, int64_t value)
{
    add_key(text, name);
    add_number(text, value);
}

void stream_add_bool(struct text *text, const char *name, bool value)
{
    add_key(text, name);
    text_add(text, value ? "true" : "false");
}

void stream_add_string(struct text *text, const char *name, const char *string)
{
    add_key(text, name);
    text_add_json(text, string, strlen(string));
}

/* --- the kinds of the table ------------------------------------------------------------------------------------- */

static void add_i64(struct text *text, const char *name, int64_t value)
{
    if (value != 0)
        stream_add_integer(text, name, value);
}

static void add_bool(struct text *text, const char *name, bool value)
{
    if (value)
        stream_add_bool(text, name, true);
}

static void add_text(struct text *text, const char *name, const char *string)
{
    if (string[0] != '\0')
        stream_add_string(text, name, string);
}

/* The words of the tables need no escape. */
static void add_word(struct text *text, const char *name, enum stream_word kind, unsigned value)
{
    const char *word = stream_word(kind, value);
    add_key(text, name);
    text_add_char(text, '"');
    text_add_bytes(text, word, strlen(word));
    text_add_char(text, '"');
}

static void add_reasons(struct text *text, const char *name, const uint8_t *reasons)
{
    for (size_t i = 0; i < SNAPSHOT_LATER_REASONS_MAX && reasons[i] != REASON_NONE; i++) {
        if (i == 0) {
            add_key(text, name);
            text_add_char(text, '[');
        }
        text_addf(text, "%s\"%s\"", i == 0 ? "" : ",", stream_word(WORD_REASON, reasons[i]));
    }
    if (reasons[0] != REASON_NONE)
        text_add_char(text, ']');
}

/* Without the zeros at its end. */
static void add_array(struct text *text, const char *name, const int64_t *numbers, size_t count)
{
    while (count > 0 && numbers[count - 1] == 0)
        count--;
    if (count == 0)
        return;
    add_key(text, name);
    for (size_t i = 0; i < count; i++) {
        text_add_char(text, i == 0 ? '[' : ',');
        add_number(text, numbers[i]);
    }
    text_add_char(text, ']');
}

/* Two digits a pass: a list of numbers would be a third of the row. */
static void add_trend(struct text *text, const char *name, const uint8_t *trend)
{
    static const char digits[] = "0123456789abcdef";
    add_key(text, name);
    text_add_char(text, '"');
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH; i++) {
        const char pair[2] = { digits[trend[i] >> 4], digits[trend[i] & 15] };
        text_add_bytes(text, pair, sizeof pair);
    }
    text_add_char(text, '"');
}

static void add_states(struct text *text, const char *name, const int32_t *states)
{
    add_key(text, name);
    text_add_char(text, '{');
    for (unsigned state = 0; state < STATE_COUNT; state++)
        add_i64(text, stream_word(WORD_STATE, state), states[state]);
    text_add_char(text, '}');
}

#define ADD_I32(name, value) add_i64(text, name, value);
#define ADD_I64(name, value) add_i64(text, name, value);
#define ADD_U32(name, value) add_i64(text, name, value);
#define ADD_U16(name, value) add_i64(text, name, value);
#define ADD_BOOL(name, value) add_bool(text, name, value);
#define ADD_WALL(name, value) add_i64(text, name, (value).ms);
#define ADD_TEXT(name, value) add_text(text, name, value);
#define ADD_STATE(name, value) add_word(text, name, WORD_STATE, value);
#define ADD_ACTION(name, value) add_word(text, name, WORD_ACTION, value);
#define ADD_REASON(name, value) add_word(text, name, WORD_REASON, value);
#define ADD_RULE(name, value) add_word(text, name, WORD_RULE, value);
#define ADD_VERDICT(name, value) add_word(text, name, WORD_VERDICT, value);
#define ADD_PHRASE(name, value) add_word(text, name, WORD_PHRASE, value);
#define ADD_REASONS(name, value) add_reasons(text, name, value);
#define ADD_TREND(name, value) add_trend(text, name, value);
#define ADD_STATES(name, value) add_states(text, name, value);
#define ADD_NUMBERS(name, value) add_array(text, name, value, EXPLANATION_NUMBERS_MAX);

/* --- the objects ------------------------------------------------------------------------------------------------ */

/* For each: static void add_row(text, value), and so on. */
#define OBJECT(kind, type)                                                                         \
    static void add_##kind(struct text *text, const struct type *value)                            \
    {
#define FIELD(kind, name, member) ADD_##kind(name, value->member)
#define OBJECT_END }
#include "engine/control/stream_fields.def"

#define DEFINE_ADD(kind, type)                                                                     \
    void stream_add_##kind(struct text *text, const struct type *value)                            \
    {                                                                                              \
        add_##kind(text, value);                                                                   \
    }

DEFINE_ADD(row, snapshot_row)
DEFINE_ADD(engine, snapshot_engine)
DEFINE_ADD(pass, snapshot_pass)
DEFINE_ADD(totals, fleet_totals)
DEFINE_ADD(step, explanation)

void stream_add_detail(struct text *text, const struct snapshot_detail *detail)
{
    add_detail_fields(text, detail);
    add_key(text, "orders");
    text_add_char(text, '[');
    for (size_t i = 0; i < detail->order_count; i++) {
        text_add(text, i == 0 ? "{" : ",{");
        add_order(text, &detail->orders[i]);
        text_add_char(text, '}');
    }
    text_add_char(text, ']');
    add_key(text, "history");
    text_add_char(text, '[');
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        text_add(text, i == 0 ? "{" : ",{");
        add_sample(text, &detail->history[i]);
        text_add_char(text, '}');
    }
    text_add_char(text, ']');
}
