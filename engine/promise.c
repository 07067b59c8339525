#include "engine/promise.h"

#include <string.h>

static const struct promise_row rows[] = {
    { 0 },
#define PROMISE(id, name, section, acts, promise, judged) { name, section, acts, promise, judged },
#include "engine/promises.def"
#undef PROMISE
};

const struct promise_row *promise_row(enum promise promise)
{
    return &rows[promise];
}

enum promise promise_find(const char *name)
{
    for (int i = 1; i <= PROMISE_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (enum promise)i;
    return PROMISE_NONE;
}
