#include "engine/metrics/process_facts.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <uv.h>

#define NOT_KNOWN (-1)

static int64_t milliseconds(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
}

void process_facts_read(int64_t *ret_processor_ms, int64_t *ret_memory_size)
{
    struct rusage usage;
    size_t size;
    *ret_processor_ms = NOT_KNOWN;
    *ret_memory_size = NOT_KNOWN;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        *ret_processor_ms = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
    if (uv_resident_set_memory(&size) == 0)
        *ret_memory_size = (int64_t)size;
}
