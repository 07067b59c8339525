/*
 * regex_cost - how large an extended regular expression becomes when it is compiled.
 *
 * The C library writes repetitions out: "a{100}" is a hundred parts, "b++" is four, and every further plus doubles
 * them. Thirty of them, a key held down for a second, are gigabytes and minutes; no limit of its own stops it.
 * Pure. Cannot fail.
 */
#ifndef TUI_LIST_REGEX_COST_H
#define TUI_LIST_REGEX_COST_H

#include <stdbool.h>

/* Parts that repetitions may add: whatever they are, they are compiled within a hundredth of a second. */
#define REGEX_COST_MAX 100

/* Do the repetitions of this expression add more? */
bool regex_cost_is_high(const char *expression);

#endif
