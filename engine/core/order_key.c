#include "engine/core/order_key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void order_key_format(const struct order_key *key, char ret_text[KEY_SIZE])
{
    snprintf(ret_text, KEY_SIZE, "%016" PRIx64 "-%" PRIx64, key->epoch, key->number);
}

bool order_key_parse(const char *text, struct order_key *ret_key)
{
    char written[KEY_SIZE];
    char *dash;
    struct order_key key;
    errno = 0;
    key.epoch = strtoull(text, &dash, 16);
    key.number = *dash == '-' ? strtoull(dash + 1, NULL, 16) : 0;
    order_key_format(&key, written);
    if (errno != 0 || key.number == 0 || strcmp(written, text) != 0)
        return false;
    *ret_key = key;
    return true;
}
