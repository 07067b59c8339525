/*
 * retry_after - how long a server asks to be left alone: the value of an HTTP Retry-After header.
 *
 * Seconds ("120") or an HTTP date in any of its three forms, UTC. Pure; any thread; locale-independent. Whatever is
 * asked for is kept between RETRY_AFTER_MS_MIN and RETRY_AFTER_MS_MAX: a server can neither hurry nor stall the engine.
 */
#ifndef ENGINE_HTTP_RETRY_AFTER_H
#define ENGINE_HTTP_RETRY_AFTER_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETRY_AFTER_MS_MIN ((int64_t)1000)
#define RETRY_AFTER_MS_MAX ((int64_t)15 * 60 * 1000)

/* False: negative, fractional or junk; *ret_ms untouched. */
bool retry_after_parse(const char *value, size_t length, struct wall now, int64_t *ret_ms);

#endif
