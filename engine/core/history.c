#include "engine/core/history.h"

#include "engine/base/panic.h"

#include <string.h>

#define EXPONENT_BITS 5
#define BUSY_BITS 9
#define OTHER_BITS 8
#define BUSY_SHIFT (2 * (EXPONENT_BITS + OTHER_BITS))
#define FREE_SHIFT (EXPONENT_BITS + OTHER_BITS)

/* The highest byte of a sample never has all bits set: the exponents of INT32_MAX are below 31. */
#define BYTE_UNREAD 0xff

/* Exact below 2 << bits; above, rounded down to a multiple of a power of two. */
static uint64_t pack(int32_t value, unsigned bits)
{
    must(value >= 0);
    uint32_t mantissa = (uint32_t)value;
    uint32_t exponent = 0;
    while (mantissa >= 2u << bits) {
        mantissa >>= 1;
        exponent++;
    }
    if (mantissa < 1u << bits)
        return mantissa;
    return (exponent + 1) << bits | (mantissa - (1u << bits));
}

/* Unpacks the lowest EXPONENT_BITS + bits of `cell`. */
static int32_t unpack(uint64_t cell, unsigned bits)
{
    uint32_t packed = (uint32_t)cell & ((1u << (EXPONENT_BITS + bits)) - 1);
    uint32_t exponent = packed >> bits;
    uint32_t mantissa = packed & ((1u << bits) - 1);
    return (int32_t)(exponent == 0 ? mantissa : (mantissa + (1u << bits)) << (exponent - 1));
}

uint8_t *history_cell(struct history *history, uint32_t pass)
{
    return history->cells[pass % HISTORY_LENGTH];
}

static void store(uint8_t *bytes, const struct history_sample *sample)
{
    uint64_t cell = pack(sample->busy_servers, BUSY_BITS) << BUSY_SHIFT |
                    pack(sample->free_servers, OTHER_BITS) << FREE_SHIFT |
                    pack(sample->hosts, OTHER_BITS);
    for (size_t i = 0; i < HISTORY_CELL_SIZE; i++)
        bytes[i] = (uint8_t)(cell >> (8 * i));
}

static bool load(const uint8_t *bytes, uint64_t *ret_cell)
{
    uint64_t cell = 0;
    bool is_unread = true;
    for (size_t i = 0; i < HISTORY_CELL_SIZE; i++) {
        cell |= (uint64_t)bytes[i] << (8 * i);
        is_unread = is_unread && bytes[i] == BYTE_UNREAD;
    }
    *ret_cell = cell;
    return !is_unread;
}

void history_put(struct history *history, uint32_t pass, const struct history_sample *sample)
{
    must(pass > 0);
    must(pass >= history->last_pass);
    uint32_t first = history->last_pass + 1;
    if (pass - history->last_pass > HISTORY_LENGTH || history->last_pass == 0)
        first = pass > HISTORY_LENGTH ? pass - HISTORY_LENGTH + 1 : 1;
    for (uint32_t i = first; i <= pass; i++)
        memset(history_cell(history, i), BYTE_UNREAD, HISTORY_CELL_SIZE);
    store(history_cell(history, pass), sample);
    history->last_pass = pass;
}

/* NULL: too old, or in the future. */
static const uint8_t *find(const struct history *history, uint32_t pass)
{
    if (pass == 0 || pass > history->last_pass || history->last_pass - pass >= HISTORY_LENGTH)
        return NULL;
    return history->cells[pass % HISTORY_LENGTH];
}

bool history_get(const struct history *history, uint32_t pass, struct history_sample *ret_sample)
{
    const uint8_t *bytes = find(history, pass);
    uint64_t cell;
    if (!bytes || !load(bytes, &cell))
        return false;
    *ret_sample = (struct history_sample){
        .busy_servers = unpack(cell >> BUSY_SHIFT, BUSY_BITS),
        .free_servers = unpack(cell >> FREE_SHIFT, OTHER_BITS),
        .hosts = unpack(cell, OTHER_BITS),
    };
    return true;
}

/* Forecasts read many samples: only the two bytes with the busy servers are loaded. */
bool history_busy(const struct history *history, uint32_t pass, int32_t *ret_busy_servers)
{
    const uint8_t *bytes = find(history, pass);
    if (!bytes || bytes[HISTORY_CELL_SIZE - 1] == BYTE_UNREAD)
        return false;
    uint32_t end = bytes[HISTORY_CELL_SIZE - 2] | (uint32_t)bytes[HISTORY_CELL_SIZE - 1] << 8;
    *ret_busy_servers = unpack(end >> (BUSY_SHIFT - 8 * (HISTORY_CELL_SIZE - 2)), BUSY_BITS);
    return true;
}
