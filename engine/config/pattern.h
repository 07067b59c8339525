/*
 * pattern - the shell pattern of a policy: is it well-formed, and does it match all that another one matches?
 *
 * pattern_matches (text.h) matches; like the shell, it takes a '[' that is not closed for the character itself. Any
 * thread. Owns nothing.
 */
#ifndef ENGINE_CONFIG_PATTERN_H
#define ENGINE_CONFIG_PATTERN_H

#include "engine/base/error.h"

#include <stdbool.h>

/* Refuses a '[' that is not closed and a backslash at the end: ERR_BAD_VALUE with a sentence. */
int pattern_check(const char *pattern, struct error *err);

/*
 * Does `wide` match every id that `narrow` matches? True is certain; false may mean that it is not known: sets of
 * characters are only compared with single characters and with themselves.
 */
bool pattern_covers(const char *wide, const char *narrow);

#endif
