#include "tests/support/clock_shim.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct clock_shim *shared;
static long long begun_ms;

static long long to_ms(const struct timespec *ts)
{
    return (long long)ts->tv_sec * 1000 + ts->tv_nsec / 1000000;
}

__attribute__((constructor)) static void open_shared(void)
{
    struct timespec now;
    const char *path = getenv("CLOCK_SHIM");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    begun_ms = to_ms(&now);
    shared = memory == MAP_FAILED ? NULL : memory;
}

/* relaxed: the values are independent of each other. */
static long long shift_ms(clockid_t id, const struct timespec *ts)
{
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return atomic_load_explicit(&shared->wall_ms, memory_order_relaxed) +
               atomic_load_explicit(&shared->is_wall_double, memory_order_relaxed) *
                   (to_ms(ts) - begun_ms);
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
        return atomic_load_explicit(&shared->mono_ms, memory_order_relaxed);
    case CLOCK_BOOTTIME:
        return atomic_load_explicit(&shared->boot_ms, memory_order_relaxed);
    default:
        return 0;
    }
}

/* Replaces the function of the C library in the whole program. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
    int failed = (int)syscall(SYS_clock_gettime, id, ts);
    if (failed || !shared)
        return failed;
    long long moved_ms = to_ms(ts) + shift_ms(id, ts);
    long rest_ns = ts->tv_nsec % 1000000;
    ts->tv_sec = (time_t)(moved_ms / 1000);
    ts->tv_nsec = (long)(moved_ms % 1000) * 1000000 + rest_ns;
    return 0;
}

/*
 * Calls the function that was replaced: a sanitizer has its own. release: a test that sees the count sees it before the
 * next call of this thread.
 */
static ssize_t read_and_count(int fd, void *buffer, size_t size)
{
    ssize_t (*next_read)(int, void *, size_t);
    void *next = dlsym(RTLD_NEXT, "read");
    memcpy(&next_read, &next, sizeof next_read);
    ssize_t got = next_read(fd, buffer, size);
    if (got > 0 && shared && isatty(fd))
        atomic_fetch_add_explicit(&shared->bytes_read, got, memory_order_release);
    return got;
}

/* Replace functions of the C library; the second one is what read(2) is with _FORTIFY_SOURCE. */
ssize_t read(int fd, void *buffer, size_t size)
{
    return read_and_count(fd, buffer, size);
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
    return read_and_count(fd, buffer, size < room ? size : room);
}
