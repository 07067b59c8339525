/*
 * history - the last HISTORY_LENGTH passes of one deployment: busy, free and hosts, for charts and trends.
 *
 * A sample belongs to a pass number; passes without a sample are unread. A sample takes 5 bytes. Busy servers are exact
 * up to 1023 and within 1/512 above (5 bits of exponent, 9 of mantissa); free servers and hosts are exact up to 511 and
 * within 1/256 above (5 and 8 bits). Larger values are rounded down. In decisions only the forecast uses samples, and
 * this error is small against its own. Plain values; zeroed memory is an empty history. One thread at a time. Cannot
 * fail.
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

#define HISTORY_CELL_SIZE 5

struct history {
    uint32_t last_pass; /* of the newest sample; 0: none yet. Passes count from 1. */
    uint8_t cells[HISTORY_LENGTH][HISTORY_CELL_SIZE];
};

/* Pass numbers never decrease; the passes in between become unread. */
void history_put(struct history *history, uint32_t pass, const struct history_sample *sample);

/* False: not read in that pass, or too old. */
bool history_get(const struct history *history, uint32_t pass, struct history_sample *ret_sample);
bool history_busy(const struct history *history, uint32_t pass, int32_t *ret_busy_servers);

/* The bytes that this pass has, or that it will take. Restoring them, and `last_pass`, undoes history_put. */
uint8_t *history_cell(struct history *history, uint32_t pass);

#endif
