/*
 * path_segment - an id as one segment of a URL's path, percent-encoded, and back.
 *
 * Any thread. Owns nothing. Locale-independent.
 */
#ifndef ENGINE_HTTP_PATH_SEGMENT_H
#define ENGINE_HTTP_PATH_SEGMENT_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* All but unreserved characters (RFC 3986, section 2.3) become %XX: an id is never two segments or a query. */
void path_segment_add(struct text *text, const char *id);

/*
 * Decodes up to ret_size - 1 bytes and adds a NUL; the rest is not checked. False: not well-formed, or a NUL among the
 * bytes; *ret_bytes is not valid then.
 */
bool path_segment_read(const char *encoded, char *ret_bytes, size_t ret_size);

#endif
