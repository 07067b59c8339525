/*
 * filter_fault - what is wrong with a filter, in as many words as there is room for.
 *
 * From filter_faults.def. Plain values. Any thread. Cannot fail.
 */
#ifndef TUI_LIST_FILTER_FAULT_H
#define TUI_LIST_FILTER_FAULT_H

#include <stddef.h>

struct text;

#define FAULT(id, brief) FILTER_FAULT_##id,
enum filter_fault_id {
#include "tui/list/filter_faults.def"
};
#undef FAULT

struct filter_fault {
    enum filter_fault_id id;
    size_t word; /* the word that is wrong, from 1; 0: the whole text */
};

/* The sentence when it fits into so many columns; else "word 2: no such field", or less. */
void filter_fault_describe(struct filter_fault fault, const char *sentence, int columns,
                           struct text *text);

#endif
