#include "tests/support/settings.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

int64_t setting(const char *name, int64_t otherwise)
{
    const char *value = getenv(name);
    int64_t number;
    return value && integer_parse(value, strlen(value), &number) ? number : otherwise;
}
