#include "engine/core/order_key.h"

#include <inttypes.h>
#include <stdio.h>

void order_key_format(uint64_t epoch, uint64_t number, char ret_text[KEY_SIZE])
{
    snprintf(ret_text, KEY_SIZE, "%016" PRIx64 "-%" PRIx64, epoch, number);
}
