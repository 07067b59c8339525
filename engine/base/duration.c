#include "engine/base/duration.h"

#include <stddef.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t ms;
};

/* Largest first: text_add_duration takes the first that divides. */
static const struct unit units[] = {
    { "h", 3600000 },
    { "m", 60000 },
    { "s", 1000 },
    { "ms", 1 },
};

#define UNIT_COUNT (sizeof units / sizeof units[0])
#define NANO 9

bool duration_parse(const char *string, int64_t *ret_ms)
{
    size_t digits = strspn(string, "0123456789.");
    const char *suffix = string + digits;
    int64_t unit_ms = *suffix == '\0' ? 1000 : 0;
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (strcmp(suffix, units[i].name) == 0)
            unit_ms = units[i].ms;
    int64_t number; /* billionths of a unit */
    if (unit_ms == 0 || !decimal_parse(string, digits, NANO, &number))
        return false;
    __extension__ __int128 scaled = (__int128)number * unit_ms;
    const int64_t billion = 1000000000;
    if (scaled % billion != 0 || scaled / billion > DURATION_MS_MAX)
        return false;
    *ret_ms = (int64_t)(scaled / billion);
    return true;
}

void text_add_duration(struct text *text, int64_t ms)
{
    size_t i = 0;
    while (i + 1 < UNIT_COUNT && (ms == 0 ? units[i].ms != 1000 : ms % units[i].ms != 0))
        i++;
    text_addf(text, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
}
