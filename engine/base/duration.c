#include "engine/base/duration.h"

#include <stddef.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t ms;
};

#define DAY_MS 86400000

/* Largest first: text_add_duration takes the first that divides the value. */
static const struct unit units[] = {
    { "d", DAY_MS }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
};

#define UNIT_COUNT (sizeof units / sizeof units[0])

/* Hours with 7 decimals can be whole milliseconds (0.0000025h); what needs more decimals is refused. */
#define PLACES 7
#define ONE 10000000

static bool has_more_places(const char *number, size_t length)
{
    const char *point = memchr(number, '.', length);
    size_t decimals = point ? length - (size_t)(point - number) - 1 : 0;
    if (decimals <= PLACES)
        return false;
    return strspn(point + 1 + PLACES, "0") < decimals - PLACES;
}

bool duration_parse(const char *string, int64_t *ret_ms)
{
    size_t digits = strspn(string, "0123456789.");
    const char *suffix = string + digits;
    int64_t unit_ms = *suffix == '\0' ? 1000 : 0;
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (strcmp(suffix, units[i].name) == 0)
            unit_ms = units[i].ms;
    int64_t number; /* ten-millionths of a unit */
    if (unit_ms == 0 || has_more_places(string, digits) ||
        !decimal_parse(string, digits, PLACES, &number))
        return false;
    int64_t scaled;
    if (__builtin_mul_overflow(number, unit_ms, &scaled) || scaled % ONE != 0 ||
        scaled / ONE > DURATION_MS_MAX)
        return false;
    *ret_ms = scaled / ONE;
    return true;
}

void text_add_duration(struct text *text, int64_t ms)
{
    size_t i = ms < 2 * (int64_t)DAY_MS; /* a single day is 24 hours */
    while (i + 1 < UNIT_COUNT && (ms == 0 ? units[i].ms != 1000 : ms % units[i].ms != 0))
        i++;
    text_addf(text, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
}
