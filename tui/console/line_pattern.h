/*
 * line_pattern - which lines of the log are found or shown.
 *
 *     timeout       the line contains it, whatever the case, spaces included
 *     !timeout      it does not
 *     /held|failed/ a Perl-compatible regular expression; a text that does not end with a slash is a plain one
 *     !/^pass_done/ none of these
 *
 * Owns what it compiled. Console thread. A text that is refused changes nothing.
 */
#ifndef TUI_CONSOLE_LINE_PATTERN_H
#define TUI_CONSOLE_LINE_PATTERN_H

#include "engine/base/error.h"
#include "tui/list/filter_fault.h"

#include <stdbool.h>
#include <stdint.h>

#define LINE_PATTERN_SIZE 256 /* bytes of the text, with its NUL */

struct line_pattern;

/* What it is for: the logbook keeps with each line what a pattern of each use said about it. */
enum line_pattern_use { LINE_PATTERN_ONLY, LINE_PATTERN_SEARCH };
#define LINE_PATTERN_USES 2

/* An empty one: every line matches. -ENOMEM. */
int line_pattern_create(enum line_pattern_use use, struct line_pattern **ret_pattern);
void line_pattern_destroy(struct line_pattern *pattern);

/* ERR_BAD_VALUE with a sentence, or -ENOMEM; *ret_fault says which. */
int line_pattern_set(struct line_pattern *pattern, const char *text, struct filter_fault *ret_fault,
                     struct error *err);

/* As it was set last. */
const char *line_pattern_text(const struct line_pattern *pattern);
bool line_pattern_is_empty(const struct line_pattern *pattern);

/* What a matching line contains; NULL: an expression, or what it does not contain. */
const char *line_pattern_word(const struct line_pattern *pattern);

enum line_pattern_use line_pattern_use(const struct line_pattern *pattern);

/* Another one after each line_pattern_set; never 0. There is one pattern for each use of a logbook. */
uint32_t line_pattern_serial(const struct line_pattern *pattern);

/* Does its expression take too long (expression.h)? It matches nothing then. */
bool line_pattern_is_given_up(const struct line_pattern *pattern);

bool line_pattern_matches(const struct line_pattern *pattern, const char *line);

#endif
