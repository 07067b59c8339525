#include "engine/base/clock.h"

#include "engine/base/arith.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * A clock that continues while the machine is suspended, if there is one. After a suspension, earlier readings are
 * older by its length, and a change during it does not count as a change within a pass.
 */
#ifdef CLOCK_BOOTTIME
#define MONO_CLOCK CLOCK_BOOTTIME
#else
#define MONO_CLOCK CLOCK_MONOTONIC
#endif

struct mono mono_now(void)
{
    return (struct mono){ read_clock(MONO_CLOCK) };
}

struct wall wall_now(void)
{
    return (struct wall){ read_clock(CLOCK_REALTIME) };
}

void wall_format(struct wall at, char ret_text[WALL_TEXT_SIZE])
{
    /* Years 1970 to 9999: a broken clock must not make the text longer than its buffer. */
    int64_t ms = clamp_i64(at.ms, 0, 253402300799999);
    time_t seconds = (time_t)floor_div(ms, 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char text[80];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
    for (size_t i = 0; i < WALL_TEXT_SIZE; i++)
        ret_text[i] = text[i];
    ret_text[WALL_TEXT_SIZE - 1] = '\0';
}
