#include "engine/core/history.h"

#include "engine/base/panic.h"

#define MANTISSA_BITS 11
#define CELL_UNREAD UINT16_MAX

static uint16_t pack(int32_t value)
{
    must(value >= 0);
    uint32_t mantissa = (uint32_t)value;
    uint32_t exponent = 0;
    while (mantissa >= 2u << MANTISSA_BITS) {
        mantissa >>= 1;
        exponent++;
    }
    if (mantissa < 1u << MANTISSA_BITS)
        return (uint16_t)mantissa;
    return (uint16_t)((exponent + 1) << MANTISSA_BITS | (mantissa - (1u << MANTISSA_BITS)));
}

static int32_t unpack(uint16_t cell)
{
    uint32_t exponent = (uint32_t)cell >> MANTISSA_BITS;
    uint32_t mantissa = cell & ((1u << MANTISSA_BITS) - 1);
    return (int32_t)(exponent == 0 ? mantissa
                                   : (mantissa + (1u << MANTISSA_BITS)) << (exponent - 1));
}

void history_put(struct history *history, uint32_t pass, const struct history_sample *sample)
{
    must(pass > 0);
    must(pass >= history->last_pass);
    uint32_t first = history->last_pass + 1;
    if (pass - history->last_pass > HISTORY_LENGTH || history->last_pass == 0)
        first = pass > HISTORY_LENGTH ? pass - HISTORY_LENGTH + 1 : 1;
    for (uint32_t i = first; i <= pass; i++)
        history->cells[i % HISTORY_LENGTH].busy = CELL_UNREAD;
    history->cells[pass % HISTORY_LENGTH] = (struct history_cell){
        .busy = pack(sample->busy_servers),
        .free = pack(sample->free_servers),
        .hosts = pack(sample->hosts),
    };
    history->last_pass = pass;
}

bool history_get(const struct history *history, uint32_t pass, struct history_sample *ret_sample)
{
    if (pass == 0 || pass > history->last_pass || history->last_pass - pass >= HISTORY_LENGTH)
        return false;
    const struct history_cell *cell = &history->cells[pass % HISTORY_LENGTH];
    if (cell->busy == CELL_UNREAD)
        return false;
    *ret_sample = (struct history_sample){
        .busy_servers = unpack(cell->busy),
        .free_servers = unpack(cell->free),
        .hosts = unpack(cell->hosts),
    };
    return true;
}
