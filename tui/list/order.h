/*
 * order - which rows are shown, in which order: an array of slots.
 *
 * Made anew from a snapshot when the snapshot, the filter, the view or the sorting changed, and only then. Sorted by
 * one column, equal ones by id; ids are ranked once for each set of names. 100,000 rows take a few milliseconds: keys
 * are numbers of 64 bits in a radix sort.
 *
 * severity: state, then size of delta, then of raw. delta and raw sort by size, margin by free share minus target,
 * trend by its change. What is not known comes last in either direction.
 * Owns its arrays. Console thread. -ENOMEM: it stays as it was.
 */
#ifndef TUI_LIST_ORDER_H
#define TUI_LIST_ORDER_H

#include "engine/snapshot.h"
#include "tui/list/columns.h"
#include "tui/list/filter.h"
#include "tui/list/view.h"

struct order_by {
    enum view view;
    const struct filter *filter; /* NULL: everything matches */
    enum column column;
    bool is_descending;
    const struct attention *attention; /* as of this snapshot; NULL: there is nothing in it */
};

struct order;

int order_create(struct order **ret_order);
void order_destroy(struct order *order);

/* Of this snapshot, from now on. */
int order_make(struct order *order, const struct snapshot *snapshot, const struct order_by *by);

size_t order_count(const struct order *order);

/* The slot at a position below order_count. */
uint32_t order_slot(const struct order *order, size_t position);

/* Where a slot stands; false: it is not shown. */
bool order_find(const struct order *order, uint32_t slot, size_t *ret_position);

#endif
