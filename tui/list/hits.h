/*
 * hits - which positions of an order a search matches, and how many there are before each.
 *
 * Made anew with the order or the search; a bit for each position.
 * Owns its bits. Console thread. -ENOMEM: there are none.
 */
#ifndef TUI_LIST_HITS_H
#define TUI_LIST_HITS_H

#include "tui/list/filter.h"
#include "tui/list/order.h"

struct hits;

int hits_create(struct hits **ret_hits);
void hits_destroy(struct hits *hits);

/* An empty filter matches nothing here. The snapshot is that of the order, or a later one of the same fleet. */
int hits_make(struct hits *hits, const struct order *order, const struct snapshot *snapshot,
              const struct filter *filter);

size_t hits_count(const struct hits *hits);
bool hits_has(const struct hits *hits, size_t position);

/* How many there are before this position. */
size_t hits_before(const struct hits *hits, size_t position);

/*
 * The nearest one from `from` on (included), forwards or backwards, once around; false: there is none.
 * *ret_is_wrapped: an end of the order was passed.
 */
bool hits_find(const struct hits *hits, size_t from, bool is_forward, size_t *ret_position,
               bool *ret_is_wrapped);

#endif
