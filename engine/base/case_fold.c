#include "engine/base/case_fold.h"

#include "engine/base/heap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unicase.h>

/* True: that was all. */
static bool fold_ascii(const char *text, size_t length, char *ret_folded)
{
    unsigned char bits = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bits |= (unsigned char)c;
        ret_folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return bits < 0x80;
}

size_t case_fold(const char *text, size_t length, char *ret_folded)
{
    if (fold_ascii(text, length, ret_folded))
        return length;
    size_t size = CASE_FOLD_GROWTH * length;
    uint8_t *place = (uint8_t *)ret_folded;
    uint8_t *folded = u8_casefold((const uint8_t *)text, length, NULL, NULL, place, &size);
    if (!folded)
        return length;
    /* Never: a text that has no room is allocated. */
    if (folded != place)
        heap_free(folded);
    return folded == place ? size : length;
}
