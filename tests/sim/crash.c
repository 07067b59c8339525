#include "tests/sim/crash.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    jmp_buf place;
    char *text; /* NULL: nothing runs */
    size_t size;
} landing;

_Noreturn void panic_failed(const char *expression, const char *file, int line)
{
    if (!landing.text) {
        fprintf(stderr, "internal check failed: %s (%s:%d)\n", expression, file, line);
        abort();
    }
    snprintf(landing.text, landing.size, "%s (%s:%d)", expression, file, line);
    longjmp(landing.place, 1);
}

bool crash_run(void (*run)(void *context), void *context, char *ret_text, size_t size)
{
    landing.text = ret_text;
    landing.size = size;
    if (setjmp(landing.place) != 0) {
        landing.text = NULL;
        return false;
    }
    run(context);
    landing.text = NULL;
    return true;
}
