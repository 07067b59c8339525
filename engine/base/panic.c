#include "engine/base/panic.h"

#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_SIZE 512

static _Atomic(panic_hook *) current_hook;

void panic_set_hook(panic_hook *hook)
{
    atomic_store_explicit(&current_hook, hook, memory_order_release);
}

/* A blocked reader must not keep the program from ending: the line is lost then. */
static void write_line(const char *line, size_t length)
{
    struct pollfd place = { .fd = STDERR_FILENO, .events = POLLOUT };
    if (poll(&place, 1, 0) <= 0 || !(place.revents & POLLOUT))
        return;
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
}

_Noreturn void panic_failed(const char *expression, const char *file, int line)
{
    /* Removed before the call: a hook that fails a `must` itself must not recurse for ever. */
    panic_hook *hook = atomic_exchange_explicit(&current_hook, NULL, memory_order_acq_rel);
    if (hook)
        hook();
    char text[LINE_SIZE];
    int length = snprintf(text, sizeof text, "autoscaler: internal check failed: %s (%s:%d)\n",
                          expression, file, line);
    if (length > 0)
        write_line(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    abort();
}
