/*
 * expression - a Perl-compatible regular expression, by PCRE2; see pcre2syntax(3).
 *
 *     abc . [a-z] [^0-9] [[:alpha:]] \d \w \s \b (a|b) * + ? {2} {2,} {2,5} ^ $ \. (?=a) (?!a)
 *
 * Letters are the same in either case. Source and texts are UTF-8; a text that is not does not match. `.` matches
 * a line end too, `$` only the end of the text.
 *
 * A text takes a bounded time: from each place where a match may begin PCRE2 goes at most EXPRESSION_STEPS +
 * EXPRESSION_BYTE_STEPS x the length of the text steps. A text that takes more does not match. An expression that
 * compiles into more than EXPRESSION_SIZE_MAX bytes is refused.
 *
 * Many texts take a bounded time, too. Of EXPRESSION_WINDOW texts that follow each other every EXPRESSION_SAMPLE-th is
 * measured, in time of this thread when the clock says that it was slow. When they take more than
 * EXPRESSION_WINDOW_US, and EXPRESSION_SLOW_MIN of them more than their part of it, the expression is given up: it
 * matches nothing from then on. That is for expressions that go back and forth in every text: they need seconds for
 * the lines of a log, above all without the just-in-time compiler.
 *
 * With PCRE2's just-in-time compiler, matching allocates nothing. Without it, or with (*NO_JIT), memory grows while
 * texts are matched, to EXPRESSION_HEAP_KIB at most, and is kept; a text that takes more does not match.
 *
 * Owns what PCRE2 made, in memory from heap_*, but for the machine code and its stack. One thread: matching writes to
 * it. Errors: ERR_BAD_VALUE with PCRE2's sentence and the offset in the source, or -ENOMEM.
 */
#ifndef TUI_LIST_EXPRESSION_H
#define TUI_LIST_EXPRESSION_H

#include "engine/base/error.h"

#include <stdbool.h>

#define EXPRESSION_STEPS 200
#define EXPRESSION_BYTE_STEPS 10
#define EXPRESSION_HEAP_KIB 256
#define EXPRESSION_SIZE_MAX 16384
#define EXPRESSION_WINDOW 256
#define EXPRESSION_WINDOW_US 12800
#define EXPRESSION_SAMPLE 8
#define EXPRESSION_SLOW_MIN 3

struct expression;

/* After an error *ret_expression is untouched. */
int expression_create(const char *source, struct expression **ret_expression, struct error *err);
void expression_destroy(struct expression *expression);

/* Does it match a part of the text? */
bool expression_matches(struct expression *expression, const char *text);

/* Was it given up? */
bool expression_is_given_up(const struct expression *expression);

#endif
