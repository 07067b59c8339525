#include "engine/base/text.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

struct code_point_range {
    uint32_t first;
    uint32_t last;
};

/* Characters that are not visible as themselves. Sorted. */
static const struct code_point_range hidden_ranges[] = {
    { 0x0000, 0x001f },   { 0x007f, 0x009f },    { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
    { 0x061c, 0x061c },   { 0x115f, 0x1160 },    { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
    { 0x200b, 0x200f },   { 0x2028, 0x202e },    { 0x2060, 0x206f },   { 0x3164, 0x3164 },
    { 0xd800, 0xf8ff },   { 0xfdd0, 0xfdef },    { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
    { 0xffa0, 0xffa0 },   { 0xfff0, 0xffff },    { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
    { 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
};

size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret_code_point)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    must(length > 0);
    unsigned char lead = (unsigned char)bytes[0];
    if (lead < 0x80) {
        *ret_code_point = lead;
        return 1;
    }
    size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || size > length)
        return 0;
    uint32_t code_point = lead & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if ((c & 0xc0) != 0x80)
            return 0;
        code_point = code_point << 6 | (c & 0x3f);
    }
    if (code_point < smallest[size] || code_point > 0x10ffff ||
        (code_point >= 0xd800 && code_point <= 0xdfff))
        return 0;
    *ret_code_point = code_point;
    return size;
}

void text_init(struct text *text, char *storage, size_t size)
{
    must(size >= 1);
    *text = (struct text){ .data = storage, .size = size };
    storage[0] = '\0';
}

void text_reset(struct text *text)
{
    text_init(text, text->data, text->size);
}

/* Marks the text as cut and removes the first bytes of a character that does not fit whole. */
static void cut(struct text *text)
{
    size_t size = 1;
    while (size < 4 && size <= text->length && (text->data[text->length - size] & 0xc0) == 0x80)
        size++;
    text->was_cut = true;
    uint32_t ignored;
    if (size > text->length || (unsigned char)text->data[text->length - size] < 0xc0 ||
        utf8_decode(text->data + text->length - size, size, &ignored) == size)
        return;
    text->length -= size;
    text->data[text->length] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    size_t room = text->size - 1 - text->length;
    size_t fitting = length < room ? length : room;
    if (length == 0 || text->was_cut)
        return;
    memcpy(text->data + text->length, bytes, fitting);
    text->length += fitting;
    text->data[text->length] = '\0';
    if (fitting < length)
        cut(text);
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void text_addv(struct text *text, const char *format, va_list args)
{
    if (text->was_cut)
        return;
    size_t room = text->size - text->length;
    int wanted = vsnprintf(text->data + text->length, room, format, args);
    must(wanted >= 0);
    if ((size_t)wanted < room) {
        text->length += (size_t)wanted;
    } else {
        text->length = text->size - 1;
        cut(text);
    }
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_addv(text, format, args);
    va_end(args);
}

void text_add_signed(struct text *text, int64_t value)
{
    text_addf(text, "%+lld", (long long)value);
}

void text_add_percent(struct text *text, int64_t ppb)
{
    must(ppb >= 0);
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld.%07lld", (long long)(ppb / SHARE_PERCENT),
                          (long long)(ppb % SHARE_PERCENT));
    while (digits[length - 1] == '0')
        length--;
    if (digits[length - 1] == '.')
        length--;
    text_add_bytes(text, digits, (size_t)length);
}

bool code_point_is_printable(uint32_t code_point)
{
    if (code_point >= 0x20 && code_point < 0x7f)
        return true;
    if ((code_point & 0xfffe) == 0xfffe) /* the last two of every plane are noncharacters */
        return false;
    for (size_t i = 0; i < sizeof hidden_ranges / sizeof hidden_ranges[0]; i++)
        if (code_point <= hidden_ranges[i].last)
            return code_point < hidden_ranges[i].first;
    return false;
}

/* The next character: its bytes if printable (*ret_hidden false), else the code point, or the byte if invalid. */
static size_t next_character(const char *bytes, size_t length, uint32_t *ret_code_point,
                             bool *ret_is_valid)
{
    size_t size = utf8_decode(bytes, length, ret_code_point);
    *ret_is_valid = size > 0;
    if (size > 0)
        return size;
    *ret_code_point = (unsigned char)bytes[0];
    return 1;
}

static void add_escape(struct text *text, uint32_t code_point, bool is_valid)
{
    if (code_point == '\n')
        text_add(text, "\\n");
    else if (code_point == '\t')
        text_add(text, "\\t");
    else if (code_point == '\r')
        text_add(text, "\\r");
    else if (!is_valid || code_point < 0x80)
        text_addf(text, "\\x%02x", code_point);
    else
        text_addf(text, "\\u{%x}", code_point);
}

static void add_escaped(struct text *text, const char *bytes, size_t length, const char *special)
{
    while (length > 0) {
        uint32_t code_point;
        bool is_valid;
        size_t size = next_character(bytes, length, &code_point, &is_valid);
        if (!is_valid || !code_point_is_printable(code_point)) {
            add_escape(text, code_point, is_valid);
        } else {
            if (code_point < 0x80 && strchr(special, (int)code_point))
                text_add_char(text, '\\');
            text_add_bytes(text, bytes, size);
        }
        bytes += size;
        length -= size;
    }
}

void text_add_escaped(struct text *text, const char *bytes, size_t length)
{
    add_escaped(text, bytes, length, "\\");
}

static bool is_bare_value(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t code_point;
        bool is_valid;
        i += next_character(bytes + i, length - i, &code_point, &is_valid);
        if (!is_valid || !code_point_is_printable(code_point))
            return false;
        if (code_point < 0x80 && strchr(" \"\\=", (int)code_point))
            return false;
    }
    return length > 0;
}

void text_add_value(struct text *text, const char *bytes, size_t length)
{
    if (is_bare_value(bytes, length)) {
        text_add_bytes(text, bytes, length);
        return;
    }
    text_add_char(text, '"');
    add_escaped(text, bytes, length, "\"\\");
    text_add_char(text, '"');
}

void text_add_sentence(struct text *text, const char *bytes, size_t length)
{
    text_add_char(text, '"');
    add_escaped(text, bytes, length, "\"");
    text_add_char(text, '"');
}

static void add_json_escape(struct text *text, uint32_t code_point)
{
    if (code_point < 0x10000) {
        text_addf(text, "\\u%04x", code_point);
        return;
    }
    uint32_t offset = code_point - 0x10000;
    text_addf(text, "\\u%04x\\u%04x", 0xd800 + (offset >> 10), 0xdc00 + (offset & 0x3ff));
}

void text_add_json(struct text *text, const char *bytes, size_t length)
{
    text_add_char(text, '"');
    while (length > 0) {
        uint32_t code_point;
        bool is_valid;
        size_t size = next_character(bytes, length, &code_point, &is_valid);
        if (!is_valid)
            text_add(text, "\\ufffd");
        else if (code_point == '"' || code_point == '\\')
            text_addf(text, "\\%c", (char)code_point);
        else if (code_point == '\n')
            text_add(text, "\\n");
        else if (!code_point_is_printable(code_point))
            add_json_escape(text, code_point);
        else
            text_add_bytes(text, bytes, size);
        bytes += size;
        length -= size;
    }
    text_add_char(text, '"');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool decimal_parse(const char *bytes, size_t length, unsigned places, int64_t *ret_value)
{
    int64_t value = 0;
    unsigned decimals = 0;
    bool has_point = false;
    bool has_digit = false;
    bool round_up = false;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (!is_digit(bytes[i]))
            return false;
        has_digit = true;
        if (has_point && decimals >= places) {
            /* Only the first omitted digit rounds. */
            round_up = decimals == places ? bytes[i] >= '5' : round_up;
            decimals++;
            continue;
        }
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, bytes[i] - '0', &value))
            return false;
        decimals += has_point;
    }
    for (; decimals < places; decimals++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    if (!has_digit || __builtin_add_overflow(value, round_up, &value))
        return false;
    *ret_value = value;
    return true;
}

bool integer_parse(const char *bytes, size_t length, int64_t *ret_value)
{
    bool negative = length > 0 && bytes[0] == '-';
    if (length > 0 && (bytes[0] == '-' || bytes[0] == '+')) {
        bytes++;
        length--;
    }
    int64_t value;
    if (!decimal_parse(bytes, length, 0, &value) || memchr(bytes, '.', length))
        return false;
    *ret_value = negative ? -value : value;
    return true;
}

bool pattern_matches(const char *pattern, const char *string)
{
    return fnmatch(pattern, string, 0) == 0;
}
