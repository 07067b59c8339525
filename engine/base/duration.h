/*
 * duration - lengths of time as people write them: "30s", "1.5m", "250ms", "2h", "14d"; a bare number is seconds.
 *
 * Any thread. Milliseconds inside; exact, never floating point. At most DURATION_MS_MAX (a year).
 */
#ifndef ENGINE_BASE_DURATION_H
#define ENGINE_BASE_DURATION_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define DURATION_MS_MAX ((int64_t)365 * 24 * 3600 * 1000)

/* False: not a duration, finer than a millisecond, or too long; *ret_ms untouched. */
bool duration_parse(const char *string, int64_t *ret_ms);

/* In the largest unit that needs no fraction: "90s", "2m", "1500ms", "0s"; days from two on. */
void text_add_duration(struct text *text, int64_t ms);

#endif
