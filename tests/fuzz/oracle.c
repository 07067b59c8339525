#include "tests/fuzz/oracle.h"

#include "engine/base/panic.h"
#include "engine/core/api_result.h"

#include <stdlib.h>
#include <string.h>

/* --- UTF-8 ----------------------------------------------------------------------------------------------------- */

/* The table of RFC 3629, section 4: how the second byte is bounded by the first. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high;
    size_t size;
} shapes[] = {
    { 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
    { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
    { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool is_between(char byte, unsigned char low, unsigned char high)
{
    return (unsigned char)byte >= low && (unsigned char)byte <= high;
}

size_t oracle_utf8(const char *bytes, size_t length, uint32_t *ret_code_point)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t size = shapes[i].size;
        if (!is_between(bytes[0], shapes[i].first_low, shapes[i].first_high))
            continue;
        if (size == 1) {
            *ret_code_point = (unsigned char)bytes[0];
            return 1;
        }
        if (size > length || !is_between(bytes[1], shapes[i].second_low, shapes[i].second_high))
            return 0;
        uint32_t code_point = (unsigned char)bytes[0] & (0x3fu >> (size - 1));
        for (size_t at = 1; at < size; at++) {
            if (!is_between(bytes[at], 0x80, 0xbf))
                return 0;
            code_point = code_point * 64 + ((unsigned char)bytes[at] - 0x80u);
        }
        *ret_code_point = code_point;
        return size;
    }
    return 0;
}

bool oracle_is_utf8(const char *bytes, size_t length)
{
    uint32_t ignored;
    for (size_t at = 0, size; at < length; at += size)
        if ((size = oracle_utf8(bytes + at, length - at, &ignored)) == 0)
            return false;
    return true;
}

static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           (c >= 0xe000 && c <= 0xf8ff) || c == 0xfeff || (c >= 0xfff0 && c <= 0xffff) ||
           c >= 0xe0000;
}

bool oracle_is_printable(const char *bytes, size_t length)
{
    uint32_t code_point = 0;
    for (size_t at = 0, size; at < length; at += size) {
        size = oracle_utf8(bytes + at, length - at, &code_point);
        if (size == 0 || is_hidden(code_point))
            return false;
    }
    return true;
}

bool oracle_is_id(const char *id)
{
    size_t length = strlen(id);
    uint32_t code_point = 0;
    for (size_t at = 0, size; at < length; at += size) {
        size = oracle_utf8(id + at, length - at, &code_point);
        if (size == 0 || code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
            return false;
    }
    return length >= 1 && length <= ID_SIZE_MAX && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

void oracle_check_error(const struct error *err, int code)
{
    must(code < 0);
    must(err->code == code);
    size_t length = strnlen(err->msg, sizeof err->msg);
    must(length > 0);
    must(length < sizeof err->msg);
    must(oracle_is_printable(err->msg, length));
}

/* --- JSON ------------------------------------------------------------------------------------------------------ */

struct json {
    const char *at;
    const char *end;
    size_t depth;
};

static bool read_value(struct json *json);

static void skip_space(struct json *json)
{
    while (json->at < json->end && memchr(" \t\n\r", *json->at, 4))
        json->at++;
}

static bool take(struct json *json, char c)
{
    if (json->at == json->end || *json->at != c)
        return false;
    json->at++;
    return true;
}

static bool read_unit(struct json *json, uint32_t *ret_unit)
{
    char digits[5] = { 0 };
    if (json->end - json->at < 4)
        return false;
    memcpy(digits, json->at, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4)
        return false;
    *ret_unit = (uint32_t)strtoul(digits, NULL, 16);
    json->at += 4;
    return true;
}

static size_t put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = size; i > 1; i--, c /= 64)
        out[i - 1] = (char)(0x80 + c % 64);
    out[0] = (char)(leads[size] + c);
    return size;
}

/* After "\u". */
static bool read_escaped_unit(struct json *json, uint32_t *ret_code_point)
{
    uint32_t low;
    if (!read_unit(json, ret_code_point) || *ret_code_point == 0 ||
        (*ret_code_point >= 0xdc00 && *ret_code_point < 0xe000))
        return false;
    if (*ret_code_point < 0xd800 || *ret_code_point >= 0xe000)
        return true;
    if (!take(json, '\\') || !take(json, 'u') || !read_unit(json, &low) || low < 0xdc00 ||
        low > 0xdfff)
        return false;
    *ret_code_point = 0x10000 + (*ret_code_point - 0xd800) * 0x400 + (low - 0xdc00);
    return true;
}

static bool read_escape(struct json *json, uint32_t *ret_code_point)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (take(json, 'u'))
        return read_escaped_unit(json, ret_code_point);
    const char *name = json->at < json->end && *json->at ? strchr(names, *json->at) : NULL;
    if (!name)
        return false;
    json->at++;
    *ret_code_point = (unsigned char)values[name - names];
    return true;
}

/* `out` may be NULL. */
static bool read_string(struct json *json, char *out, size_t *ret_length)
{
    size_t length = 0;
    if (!take(json, '"'))
        return false;
    while (!take(json, '"')) {
        char bytes[4];
        uint32_t code_point = 0;
        if (json->at == json->end)
            return false;
        if (take(json, '\\')) {
            if (!read_escape(json, &code_point))
                return false;
        } else {
            size_t size = oracle_utf8(json->at, (size_t)(json->end - json->at), &code_point);
            if (size == 0 || code_point < 0x20)
                return false;
            json->at += size;
        }
        size_t size = put_utf8(code_point, bytes);
        if (out)
            memcpy(out + length, bytes, size);
        length += size;
    }
    *ret_length = length;
    return true;
}

bool oracle_read_string(const char *bytes, size_t size, char *ret_bytes, size_t *ret_length)
{
    struct json json = { bytes, bytes + size, 0 };
    return read_string(&json, ret_bytes, ret_length) && json.at == json.end;
}

static bool is_same_key(const char *a, size_t a_size, const char *b, size_t b_size)
{
    char *both = malloc(a_size + b_size);
    must(both);
    size_t a_length = 0;
    size_t b_length = 0;
    bool are_read = oracle_read_string(a, a_size, both, &a_length) &&
                    oracle_read_string(b, b_size, both + a_size, &b_length);
    must(are_read);
    bool is_same = a_length == b_length && memcmp(both, both + a_size, a_length) == 0;
    free(both);
    return is_same;
}

static bool read_members(struct json *json)
{
    const char *keys[JSON_MEMBERS_MAX];
    size_t sizes[JSON_MEMBERS_MAX];
    size_t count = 0;
    skip_space(json);
    if (take(json, '}'))
        return true;
    do {
        size_t ignored;
        skip_space(json);
        const char *key = json->at;
        if (count == JSON_MEMBERS_MAX || !read_string(json, NULL, &ignored))
            return false;
        keys[count] = key;
        sizes[count] = (size_t)(json->at - key);
        for (size_t i = 0; i < count; i++)
            if (is_same_key(keys[i], sizes[i], keys[count], sizes[count]))
                return false;
        count++;
        skip_space(json);
        if (!take(json, ':') || !read_value(json))
            return false;
        skip_space(json);
    } while (take(json, ','));
    return take(json, '}');
}

static bool read_elements(struct json *json)
{
    skip_space(json);
    if (take(json, ']'))
        return true;
    do {
        if (!read_value(json))
            return false;
        skip_space(json);
    } while (take(json, ','));
    return take(json, ']');
}

static bool read_digits(struct json *json)
{
    const char *start = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > start;
}

static bool read_number(struct json *json)
{
    const char *start = json->at;
    take(json, '-');
    if (!take(json, '0') && !read_digits(json))
        return false;
    if (take(json, '.') && !read_digits(json))
        return false;
    if (take(json, 'e') || take(json, 'E')) {
        if (!take(json, '+'))
            take(json, '-');
        if (!read_digits(json))
            return false;
    }
    return json->at - start <= JSON_NUMBER_SIZE_MAX;
}

static bool read_word(struct json *json, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(json->end - json->at) < length || memcmp(json->at, word, length) != 0)
        return false;
    json->at += length;
    return true;
}

static bool read_value(struct json *json)
{
    size_t ignored;
    skip_space(json);
    if (json->at == json->end)
        return false;
    if (*json->at == '"')
        return read_string(json, NULL, &ignored);
    if (*json->at != '{' && *json->at != '[')
        return read_word(json, "true") || read_word(json, "false") || read_word(json, "null") ||
               read_number(json);
    if (json->depth == JSON_DEPTH_MAX)
        return false;
    json->depth++;
    bool is_object = *json->at++ == '{';
    bool is_good = is_object ? read_members(json) : read_elements(json);
    json->depth--;
    return is_good;
}

bool oracle_is_json(const char *bytes, size_t size)
{
    struct json json = { bytes, bytes + size, 0 };
    if (!read_value(&json))
        return false;
    skip_space(&json);
    return json.at == json.end;
}

bool oracle_is_string(const char *document, struct json_span string, const char *text)
{
    size_t size = string.end - string.start;
    size_t length = 0;
    char *bytes = malloc(size + 1);
    must(bytes);
    bool is_read = oracle_read_string(document + string.start, size, bytes, &length);
    bool is_same = is_read && length == strlen(text) && memcmp(bytes, text, length) == 0;
    free(bytes);
    return is_same;
}

double oracle_number(const char *document, struct json_span number)
{
    char digits[JSON_NUMBER_SIZE_MAX + 1] = { 0 };
    size_t size = number.end - number.start;
    must(size <= JSON_NUMBER_SIZE_MAX);
    memcpy(digits, document + number.start, size);
    char *end;
    double value = strtod(digits, &end);
    must(*end == '\0');
    return value;
}
