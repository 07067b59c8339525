#include "engine/control/route.h"

#include <stdbool.h>
#include <string.h>

#define ROUTE(id, method, path, right, meaning)                                                    \
    [ROUTE_##id] = { method, path, RIGHT_##right, meaning },
static const struct route_row rows[] = {
#include "engine/control/routes.def"
};
#undef ROUTE

const struct route_row *route_row(enum route route)
{
    return &rows[route];
}

/* A segment is not empty, and has no slash. */
static bool matches(const char *pattern, const char *path, const char **ret_segment)
{
    const char *mark = strchr(pattern, '{');
    if (!mark)
        return strcmp(pattern, path) == 0;
    size_t prefix = (size_t)(mark - pattern);
    if (strncmp(pattern, path, prefix) != 0)
        return false;
    size_t length = strcspn(path + prefix, "/");
    if (length == 0 || strcmp(strchr(mark, '}') + 1, path + prefix + length) != 0)
        return false;
    *ret_segment = path + prefix;
    return true;
}

enum route route_find(const char *method, const char *path, const char **ret_segment,
                      const char **ret_allowed)
{
    *ret_segment = NULL;
    *ret_allowed = NULL;
    for (enum route route = 0; route < ROUTE_COUNT; route++) {
        if (!matches(rows[route].path, path, ret_segment))
            continue;
        if (strcmp(rows[route].method, method) == 0)
            return route;
        *ret_allowed = rows[route].method;
    }
    return *ret_allowed ? ROUTE_WRONG_METHOD : ROUTE_NONE;
}
