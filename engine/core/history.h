/*
 * history - the last HISTORY_LENGTH passes of one deployment: busy, free and hosts, for charts and trends.
 *
 * A sample belongs to a pass by number; passes without a sample are unread. Values are kept in 16 bits each: exact up to
 * 4095, above that within 1/4096 (5 bits of exponent, 11 of mantissa). Decisions never use them.
 * Plain values; zeroed memory is an empty history. Cannot fail.
 */
#ifndef ENGINE_CORE_HISTORY_H
#define ENGINE_CORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#define HISTORY_LENGTH 60

struct history_sample {
    int32_t busy_servers;
    int32_t free_servers;
    int32_t hosts;
};

struct history_cell {
    uint16_t busy;
    uint16_t free;
    uint16_t hosts;
};

struct history {
    uint32_t last_pass; /* the newest sample's; 0: none yet. Passes count from 1. */
    struct history_cell cells[HISTORY_LENGTH];
};

/* Pass numbers never go back; the passes in between become unread. */
void history_put(struct history *history, uint32_t pass, const struct history_sample *sample);

/* False: not read in that pass, or too long ago. */
bool history_get(const struct history *history, uint32_t pass, struct history_sample *ret_sample);

#endif
