#include "tui/term/clipboard.h"

#include <stdint.h>
#include <string.h>

#define BEGIN "\x1b]52;c;"
#define END "\x1b\\"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes, or the last one or two. */
static size_t put_group(const unsigned char *bytes, size_t count, char *ret)
{
    uint32_t group = (uint32_t)bytes[0] << 16;
    group |= count > 1 ? (uint32_t)bytes[1] << 8 : 0;
    group |= count > 2 ? bytes[2] : 0;
    for (size_t i = 0; i < 4; i++)
        ret[i] = i <= count ? digits[group >> (18 - 6 * i) & 63u] : '=';
    return 4;
}

bool clipboard_sequence(const char *text, char ret_sequence[CLIPBOARD_SEQUENCE_SIZE])
{
    size_t length = strlen(text);
    size_t size = sizeof BEGIN - 1;
    if (length == 0 || length > CLIPBOARD_TEXT_MAX)
        return false;
    memcpy(ret_sequence, BEGIN, size);
    for (size_t at = 0; at < length; at += 3)
        size += put_group((const unsigned char *)text + at, length - at < 3 ? length - at : 3,
                          ret_sequence + size);
    memcpy(ret_sequence + size, END, sizeof END);
    return true;
}
