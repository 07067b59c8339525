/*
 * shell_pattern - a shell pattern as an expression: matched without a look at the locale, and with a bound on the time.
 */
#ifndef TUI_LIST_SHELL_PATTERN_H
#define TUI_LIST_SHELL_PATTERN_H

#include "tui/list/expression.h"

/* False: it cannot be one, or there is no memory; *ret_expression is untouched. */
bool shell_pattern_compile(const char *pattern, struct expression **ret_expression);

#endif
