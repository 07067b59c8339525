/*
 * boot_time - the time from a scale request until the servers of its hosts exist, learned from earlier requests of one
 * deployment.
 *
 * The estimate is the second longest of the last BOOT_SAMPLES boots: a short estimate would order too late, and the
 * maximum would follow one stuck host. With at most BOOT_SAMPLES_SURE boots it is the longest; with fewer than
 * BOOT_SAMPLES_SURE it is at least BOOT_START_MS.
 *
 * A sample takes one byte: its seconds as four bits of exponent and four of mantissa, rounded up by at most 1/16.
 * Plain values; zeroed memory means that nothing is learned yet. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_BOOT_TIME_H
#define ENGINE_CORE_BOOT_TIME_H

#include <stdint.h>

#define BOOT_SAMPLES 8
#define BOOT_SAMPLES_SURE 3
#define BOOT_START_MS ((int64_t)120 * 1000)

struct boot_time {
    uint8_t count;
    uint8_t next;
    uint8_t samples[BOOT_SAMPLES];
};

void boot_time_add(struct boot_time *boot, int64_t boot_ms);

/* Never more than `most_ms`. */
int64_t boot_time_ms(const struct boot_time *boot, int64_t most_ms);

#endif
