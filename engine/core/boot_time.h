/*
 * boot_time - how long a deployment's hosts take from the order until their servers are there, as learned from its own
 * orders.
 *
 * The answer is the second longest of the last BOOT_SAMPLES boots: high, because who looks ahead too short is late, and
 * not the longest, because one host that hangs is not the rule. With fewer than four boots it is the longest one, and
 * before there are BOOT_SAMPLES_SURE of them not less than BOOT_START_MS.
 *
 * A sample takes one byte: four bits of exponent and four of mantissa of its seconds, rounded up by a sixteenth at
 * most. Plain values; zeroed memory is "nothing learned". Cannot fail.
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
