/*
 * Durations, whole and decimal numbers, compared with slow arithmetic on the digits; written again they are read as the
 * same.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/duration.h"

#define PLACES_MAX 9
#define WRITTEN_SIZE 64

__extension__ typedef __int128 wide;

#define TOO_WIDE ((wide)1 << 100)

static wide append(wide value, int digit)
{
    return value < TOO_WIDE ? value * 10 + digit : TOO_WIDE;
}

/* Digits with at most one point; false: no such number. Rounded half up after `places` decimals. */
static bool slow_decimal(const char *text, size_t length, unsigned places, wide *ret_value)
{
    const char *point = memchr(text, '.', length);
    size_t whole = point ? (size_t)(point - text) : length;
    size_t decimals = point ? length - whole - 1 : 0;
    wide value = 0;
    if (whole + decimals == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if (i != whole && (text[i] < '0' || text[i] > '9'))
            return false;
    for (size_t i = 0; i < whole; i++)
        value = append(value, text[i] - '0');
    for (size_t i = 0; i < places; i++)
        value = append(value, i < decimals ? point[1 + i] - '0' : 0);
    if (decimals > places && point[1 + places] >= '5')
        value++;
    *ret_value = value;
    return true;
}

static void check_decimal(const char *text, size_t length, unsigned places)
{
    int64_t value = -77;
    wide slow = 0;
    bool is_good = decimal_parse(text, length, places, &value);
    must(is_good == (slow_decimal(text, length, places, &slow) && slow <= INT64_MAX));
    must(is_good ? value == slow : value == -77);
}

static void check_integer(const char *text, size_t length)
{
    int64_t value;
    int64_t again;
    char storage[WRITTEN_SIZE];
    struct text written;
    if (!integer_parse(text, length, &value))
        return;
    text_init(&written, storage, sizeof storage);
    text_add_signed(&written, value);
    must(integer_parse(storage, written.length, &again));
    must(again == value);
}

static void check_duration(const char *text)
{
    static const struct {
        const char *suffix;
        int64_t ms;
    } units[] = { { "", 1000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 } };
    int64_t ms;
    int64_t again;
    char storage[WRITTEN_SIZE];
    struct text written;
    size_t digits = strspn(text, "0123456789.");
    if (!duration_parse(text, &ms))
        return;
    must(ms >= 0 && ms <= DURATION_MS_MAX);
    wide slow = -1;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + digits, units[i].suffix) == 0)
            must(slow_decimal(text, digits, PLACES_MAX, &slow) &&
                 slow * units[i].ms == (wide)ms * 1000000000);
    must(slow >= 0);
    text_init(&written, storage, sizeof storage);
    text_add_duration(&written, ms);
    must(!written.was_cut);
    must(duration_parse(storage, &again));
    must(again == ms);
}

static void check_percent(uint64_t bits)
{
    int64_t ppb = (int64_t)(bits >> 4);
    int64_t again;
    char storage[WRITTEN_SIZE];
    struct text written;
    text_init(&written, storage, sizeof storage);
    text_add_percent(&written, ppb);
    must(!written.was_cut);
    must(decimal_parse(storage, written.length, 7, &again));
    must(again == ppb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    struct supply bits = supply;
    check_percent(supply_u64(&bits));
    unsigned places = (unsigned)supply_below(&supply, PLACES_MAX + 1);
    char *bytes = supply_rest(&supply);
    char *text = supply_text(&supply);
    check_decimal(bytes, supply.left, places);
    check_integer(bytes, supply.left);
    check_duration(text);
    free(bytes);
    free(text);
    return 0;
}
