#include "engine/core/boot_time.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#define MANTISSA_BITS 4
#define MANTISSA_WHOLE ((int64_t)1 << MANTISSA_BITS)
#define SECONDS_MAX 500000 /* fits the exponent; longer than any boot_timeout */

/* Exact below 32 seconds; above, rounded up to the next value that the format can hold. */
static uint8_t pack(int64_t seconds)
{
    int64_t mantissa = clamp_i64(seconds, 0, SECONDS_MAX);
    uint8_t exponent = 0;
    while (mantissa >= 2 * MANTISSA_WHOLE) {
        mantissa = ceil_div(mantissa, 2);
        exponent++;
    }
    if (mantissa < MANTISSA_WHOLE)
        return (uint8_t)mantissa;
    return (uint8_t)((exponent + 1) * MANTISSA_WHOLE + (mantissa - MANTISSA_WHOLE));
}

static int64_t unpack(uint8_t packed)
{
    int64_t mantissa = packed % MANTISSA_WHOLE;
    int exponent = packed >> MANTISSA_BITS;
    return exponent == 0 ? mantissa : (mantissa + MANTISSA_WHOLE) << (exponent - 1);
}

void boot_time_add(struct boot_time *boot, int64_t boot_ms)
{
    must(boot_ms >= 0);
    boot->samples[boot->next] = pack(ceil_div(boot_ms, 1000));
    boot->next = (uint8_t)((boot->next + 1) % BOOT_SAMPLES);
    boot->count = (uint8_t)min_i64(boot->count + 1, BOOT_SAMPLES);
}

int64_t boot_time_ms(const struct boot_time *boot, int64_t most_ms)
{
    /* Packed values have the same order as unpacked ones. */
    uint8_t longest = 0;
    uint8_t second = 0;
    for (int i = 0; i < boot->count; i++) {
        uint8_t sample = boot->samples[i];
        second = sample > longest ? longest : sample > second ? sample : second;
        longest = sample > longest ? sample : longest;
    }
    int64_t learned_ms = 1000 * unpack(boot->count > BOOT_SAMPLES_SURE ? second : longest);
    if (boot->count < BOOT_SAMPLES_SURE)
        learned_ms = max_i64(learned_ms, BOOT_START_MS);
    return min_i64(learned_ms, most_ms);
}
