/*
 * retry_after - the value of an HTTP Retry-After header: for how long the server wants no request.
 *
 * Seconds ("120") or an HTTP date in any of its three forms, UTC. Pure; any thread; locale-independent. The result is
 * clamped between RETRY_AFTER_MS_MIN and RETRY_AFTER_MS_MAX, so that a server cannot stall the engine.
 */
#ifndef ENGINE_HTTP_RETRY_AFTER_H
#define ENGINE_HTTP_RETRY_AFTER_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETRY_AFTER_MS_MIN ((int64_t)1000)
#define RETRY_AFTER_MS_MAX ((int64_t)15 * 60 * 1000)

/* False: negative, fractional or not valid; *ret_ms is not changed. */
bool retry_after_parse(const char *value, size_t length, struct wall now, int64_t *ret_ms);

#endif
