#include "engine/http/path_segment.h"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void path_segment_add(struct text *text, const char *id)
{
    for (; *id; id++) {
        if (is_unreserved(*id))
            text_add_char(text, *id);
        else
            text_addf(text, "%%%02X", (unsigned char)*id);
    }
}

static int hex_digit(char c)
{
    if ('0' <= c && c <= '9')
        return c - '0';
    if ('a' <= c && c <= 'f')
        return c - 'a' + 10;
    if ('A' <= c && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes one byte; returns the count of characters read. 0: not well-formed, or a NUL. */
static size_t read_byte(const char *encoded, char *ret_byte)
{
    if (encoded[0] != '%') {
        *ret_byte = encoded[0];
        return 1;
    }
    int high = hex_digit(encoded[1]);
    int low = high < 0 ? -1 : hex_digit(encoded[2]);
    if (low < 0 || high + low == 0)
        return 0;
    *ret_byte = (char)(unsigned char)(high * 16 + low);
    return 3;
}

bool path_segment_read(const char *encoded, char *ret_bytes, size_t ret_size)
{
    size_t size = 0;
    while (*encoded && size < ret_size - 1) {
        size_t taken = read_byte(encoded, &ret_bytes[size]);
        if (taken == 0)
            return false;
        encoded += taken;
        size++;
    }
    ret_bytes[size] = '\0';
    return true;
}
