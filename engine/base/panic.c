#include "engine/base/panic.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Atomic(panic_hook *) current_hook;

void panic_set_hook(panic_hook *hook)
{
    atomic_store_explicit(&current_hook, hook, memory_order_release);
}

_Noreturn void panic_failed(const char *expression, const char *file, int line)
{
    /* Taken out before it is called: a hook that fails a `must` itself must not call itself for ever. */
    panic_hook *hook = atomic_exchange_explicit(&current_hook, NULL, memory_order_acq_rel);
    if (hook)
        hook();
    fprintf(stderr, "autoscaler: internal check failed: %s (%s:%d)\n", expression, file, line);
    abort();
}
