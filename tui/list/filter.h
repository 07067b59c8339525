/*
 * filter - which deployments are shown: words and comparisons, all of which must hold.
 *
 *     eu arena          the id contains both, whatever the case
 *     !test             does not contain
 *     eu-*-0?           a shell pattern (with * ? or [) on the whole id
 *     /^eu-(west|east)/ a Perl-compatible regular expression
 *     free<15 delta!=0 hosts>=100 pending>0 free%<12.5 margin<0 age>2m    numbers, shares, times
 *     free<target hosts<want                                              two fields
 *     state:held,failed reason:max_hosts last:failed                      words, by their beginning
 *     id=eu-west-1 id:eu                                                  the id: whole, or a part
 *     policy=defaults policy:eu                                           the name of its policy, the same
 *
 * `!` turns any of them round. The slash that closes an expression is one before a space or the end. Letters and a
 * sign are a comparison; an id with a sign in it is found by a pattern or an expression. delta is what the list shows:
 * what was asked for, or what is kept back. last: "sent" while the answer is awaited, "none" before the first one.
 *
 * Words are separated by spaces. Compiled once, matched often: no memory per match. Fields are those of columns.def, by
 * their name in filters, their word or their title; letters are the same in either case.
 * Unknown numbers match no comparison; an unread row has no delta, and no reason but what made it unread.
 * Owns what it compiled. Console thread. Errors: ERR_BAD_VALUE with a sentence that names the word, or -ENOMEM for an
 * expression; the filter stays as it was, so that a half-typed one keeps the last result. filter_fault.h shortens the
 * sentence to any width.
 */
#ifndef TUI_LIST_FILTER_H
#define TUI_LIST_FILTER_H

#include "engine/base/error.h"
#include "engine/snapshot.h"
#include "tui/list/filter_fault.h"

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

/* What is wrong with the text that was refused last. */
struct filter_fault filter_fault(const struct filter *filter);

/* Was one of its expressions given up? It matches nothing then. */
bool filter_is_given_up(const struct filter *filter);

/* A row of this snapshot; ages are as of its instant. */
bool filter_matches(const struct filter *filter, const struct snapshot_row *row,
                    const struct snapshot *snapshot);

#endif
