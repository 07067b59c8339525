#include "tests/support/secret_search.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <stdio.h>
#include <string.h>

#define DEPTH 3

static int hex_digits(const char *at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        const char *digits = "0123456789abcdef";
        char lower = (char)(at[i] >= 'A' && at[i] <= 'F' ? at[i] + 32 : at[i]);
        const char *digit = lower ? strchr(digits, lower) : NULL;
        if (!digit)
            return -1;
        value = value * 16 + (int)(digit - digits);
    }
    return value;
}

static const struct escape {
    const char *before;
    int digits; /* hexadecimal; 0: `byte` */
    const char *after;
    char byte;
} escapes[] = {
    { "\\u{", 2, "}", 0 },   { "\\u00", 2, "", 0 },      { "\\x", 2, "", 0 },
    { "%", 2, "", 0 },       { "&#x", 2, ";", 0 },       { "&#47;", 0, "", '/' },
    { "&#43;", 0, "", '+' }, { "&#61;", 0, "", '=' },    { "&plus;", 0, "", '+' },
    { "&sol;", 0, "", '/' }, { "&equals;", 0, "", '=' }, { "\\/", 0, "", '/' },
    { "\\\\", 0, "", '\\' },
};

/* Length of an escape that begins here, and its byte; 0: none. */
static size_t decode_escape(const char *at, char *ret_byte)
{
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        const struct escape *escape = &escapes[i];
        size_t before = strlen(escape->before);
        if (strncmp(at, escape->before, before) != 0)
            continue;
        int value = escape->digits ? hex_digits(at + before, escape->digits) : escape->byte;
        const char *end = at + before + escape->digits;
        if (value < 0 || strncmp(end, escape->after, strlen(escape->after)) != 0)
            continue;
        *ret_byte = (char)value;
        return (size_t)(end - at) + strlen(escape->after);
    }
    return 0;
}

/* In place. */
static void decode_escapes(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        char byte = *at;
        size_t length = decode_escape(at, &byte);
        *to++ = byte;
        at += length ? length : 1;
    }
    *to = '\0';
}

static int base64_value(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *letter = c ? strchr(letters, c == '-' ? '+' : c == '_' ? '/' : c) : NULL;
    return letter ? (int)(letter - letters) : -1;
}

/* The bytes of the letters from here on; other characters end it. */
static void decode_base64(const char *at, char *ret_bytes, size_t size)
{
    unsigned bits = 0;
    int count = 0;
    size_t length = 0;
    for (int value; (value = base64_value(*at)) >= 0 && length + 1 < size; at++) {
        bits = bits << 6 | (unsigned)value;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        char byte = (char)(bits >> count & 0xff);
        ret_bytes[length++] = byte ? byte : ' ';
    }
    ret_bytes[length] = '\0';
}

/* Where the first four letters begin is not known. */
static bool has_base64(const char *text, const char *part)
{
    size_t size = strlen(text) + 1;
    char *bytes = heap_alloc(size, 1);
    bool is_found = false;
    must(bytes);
    for (const char *at = text; *at && !is_found;) {
        const char *end = at;
        while (base64_value(*end) >= 0)
            end++;
        for (const char *start = at; start < end && start < at + 4 && !is_found; start++) {
            decode_base64(start, bytes, size);
            is_found = strstr(bytes, part);
        }
        at = end > at ? end : at + 1;
    }
    heap_free(bytes);
    return is_found;
}

bool secret_is_in(const char *output, size_t size, const char *part)
{
    char *text = heap_copy_text(output, size);
    must(text);
    bool is_found = false;
    for (int i = 0; i <= DEPTH && !is_found; i++) {
        is_found = strstr(text, part) || has_base64(text, part);
        decode_escapes(text);
    }
    heap_free(text);
    return is_found;
}
