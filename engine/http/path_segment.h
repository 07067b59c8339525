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

/* Everything but unreserved characters (RFC 3986, section 2.3) becomes %XX: no id is two segments or a query. */
void path_segment_add(struct text *text, const char *id);

/*
 * The bytes that `encoded` stands for, with a NUL; at most ret_size - 1 of them, what follows is not looked at. False:
 * not well-formed, or a NUL among them; *ret_bytes is void then.
 */
bool path_segment_read(const char *encoded, char *ret_bytes, size_t ret_size);

#endif
