/*
 * quote - foreign bytes inside a sentence: escaped, in single quotes, and shortened.
 *
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_BASE_QUOTE_H
#define ENGINE_BASE_QUOTE_H

#include "engine/base/text.h"

#include <stddef.h>

/* Enough for anything that quote_add or quote_add_path adds. */
#define QUOTE_SIZE 96

/* 'text'; a long text is cut at its end: 'text'... */
void quote_add(struct text *text, const char *bytes, size_t length);

/* A path without quotes; a long path is cut at its beginning: .../autoscaler.yaml */
void quote_add_path(struct text *text, const char *path);

#endif
