/*
 * Retry-After: an accepted wait is within its bounds, seconds are exact, blanks around the value have no effect, a
 * later time gives no longer wait, and a timestamp in any of its three forms is exact. The first bytes are two
 * instants.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/arith.h"
#include "engine/http/retry_after.h"

#include <stdio.h>
#include <time.h>

#define DATE_SIZE 64

/* 1970 to 9999, in whole seconds. */
static int64_t take_seconds(struct supply *supply)
{
    return (int64_t)(supply_u64(supply) % UINT64_C(253402300800));
}

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static void check_date(const char *date, int64_t seconds, struct wall now)
{
    int64_t ms = -1;
    bool is_read = retry_after_parse(date, strlen(date), now, &ms);
    must(is_read);
    must(ms == clamp_i64(seconds * 1000 - now.ms, RETRY_AFTER_MS_MIN, RETRY_AFTER_MS_MAX));
}

static void check_dates(int64_t seconds, struct wall now)
{
    char date[DATE_SIZE];
    time_t time = (time_t)seconds;
    struct tm tm;
    must(gmtime_r(&time, &tm));
    snprintf(date, sizeof date, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    check_date(date, seconds, now);
    snprintf(date, sizeof date, "%s %s %2d %02d:%02d:%02d %04d", days[tm.tm_wday],
             months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
    check_date(date, seconds, now);
    /* Two digits are 1970 to 2069. */
    if (tm.tm_year >= 170)
        return;
    snprintf(date, sizeof date, "%sday, %02d-%s-%02d %02d:%02d:%02d GMT", days[tm.tm_wday],
             tm.tm_mday, months[tm.tm_mon], tm.tm_year % 100, tm.tm_hour, tm.tm_min, tm.tm_sec);
    check_date(date, seconds, now);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Only digits, apart from blanks around them: a number of seconds. */
static void check_seconds(const char *value, size_t length, bool is_read, int64_t ms)
{
    int64_t seconds = 0;
    while (length > 0 && is_blank(value[length - 1]))
        length--;
    for (; length > 0 && is_blank(*value); length--)
        value++;
    if (length == 0)
        must(!is_read);
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
        seconds = min_i64(1000000, 10 * seconds + (value[i] - '0'));
    }
    if (length > 0) {
        must(is_read);
        must(ms == clamp_i64(seconds * 1000, RETRY_AFTER_MS_MIN, RETRY_AFTER_MS_MAX));
    }
}

static void check_padded(const char *value, size_t length, struct wall now, bool is_read,
                         int64_t ms)
{
    int64_t padded_ms = -1;
    char *padded = malloc(length + 2);
    must(padded);
    padded[0] = ' ';
    memcpy(padded + 1, value, length);
    padded[length + 1] = '\t';
    must(retry_after_parse(padded, length + 2, now, &padded_ms) == is_read);
    must(padded_ms == ms);
    free(padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    struct wall now = { take_seconds(&supply) * 1000 + 999 };
    check_dates(take_seconds(&supply), now);
    char *value = supply_rest(&supply);
    int64_t ms = -1;
    int64_t later_ms = -1;
    bool is_read = retry_after_parse(value, supply.left, now, &ms);
    must(is_read ? ms >= RETRY_AFTER_MS_MIN && ms <= RETRY_AFTER_MS_MAX : ms == -1);
    check_seconds(value, supply.left, is_read, ms);
    check_padded(value, supply.left, now, is_read, ms);
    now.ms += 1000;
    must(retry_after_parse(value, supply.left, now, &later_ms) == is_read);
    must(later_ms <= ms);
    free(value);
    return 0;
}
