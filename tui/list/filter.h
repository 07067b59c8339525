/*
 * filter - which deployments are shown: words and comparisons, all of which must hold.
 *
 *     eu arena          the id contains both, whatever the case
 *     !test             does not contain
 *     eu-*-0?           a shell pattern (with * ? or [) on the whole id
 *     /^eu-(west|east)/ an extended regular expression
 *     free<15 delta!=0 hosts>=100 pending>0 total busy want raw target free_pct per_host    numbers
 *     state:held reason:max_hosts last:failed    words, by their beginning
 *
 * `!` turns any of them round. The slash that closes an expression is one before a space or the end. Letters and a
 * sign are a comparison; an id with a sign in it is found by a pattern or an expression. delta is what the list shows:
 * what was asked for, or what is kept back. last: "sent" while the answer is awaited, "none" before the first one.
 *
 * Words are separated by spaces. Compiled once, matched often: no memory per match. Fields are those of columns.def.
 * Unknown numbers match no comparison; an unread row has no delta, and no reason but what made it unread.
 * Owns what it compiled. Console thread. Errors: ERR_BAD_VALUE with a sentence that names the word, or -ENOMEM for an
 * expression; the filter stays as it was, so that a half-typed one keeps the last result.
 */
#ifndef TUI_LIST_FILTER_H
#define TUI_LIST_FILTER_H

#include "engine/base/error.h"
#include "engine/snapshot.h"

#include <stdbool.h>

#define FILTER_SIZE 256 /* bytes of the text, with its NUL */

struct filter;

/* An empty one: everything matches. -ENOMEM. */
int filter_create(struct filter **ret_filter);
void filter_destroy(struct filter *filter);

int filter_set(struct filter *filter, const char *text, struct error *err);

/* As it was set last. */
const char *filter_text(const struct filter *filter);
bool filter_is_empty(const struct filter *filter);

bool filter_matches(const struct filter *filter, const struct snapshot_row *row);

#endif
