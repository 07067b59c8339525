/*
 * route - which route of the control API (routes.def) a request means.
 *
 * Any thread. Owns nothing.
 */
#ifndef ENGINE_CONTROL_ROUTE_H
#define ENGINE_CONTROL_ROUTE_H

#include "engine/control/peer.h"

#include <stddef.h>

#define ROUTE(id, method, path, right, meaning) ROUTE_##id,
enum route {
#include "engine/control/routes.def"
    ROUTE_NONE,         /* no such path */
    ROUTE_WRONG_METHOD, /* the path has another method */
};
#undef ROUTE
#define ROUTE_COUNT ROUTE_NONE

struct route_row {
    const char *method;
    const char *path; /* `{...}` is one segment */
    enum right right;
    const char *meaning;
};

/* `route` is below ROUTE_COUNT. */
const struct route_row *route_row(enum route route);

/*
 * The route of a method and a path, which is still percent-encoded. *ret_segment is the encoded segment of `{...}`, if
 * there is one: it ends with a slash, or with the path. With ROUTE_WRONG_METHOD, *ret_allowed is the method that the
 * path has.
 */
enum route route_find(const char *method, const char *path, const char **ret_segment,
                      const char **ret_allowed);

#endif
