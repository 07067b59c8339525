/*
 * filter_number - a comparison of a filter whose field is a number, a share or a time.
 *
 *     free<15 hosts>=1k     a number
 *     free%<12.5 free<15%   a share of the servers
 *     age>2m read>1.5h      the time since an instant; seconds without a unit
 *     free<target           another field: as shares when one of them is a share
 *
 * Plain values, compiled once. Unknown numbers match nothing. Any thread.
 */
#ifndef TUI_LIST_FILTER_NUMBER_H
#define TUI_LIST_FILTER_NUMBER_H

#include "engine/base/error.h"
#include "tui/list/columns.h"
#include "tui/list/filter_fault.h"

/* BEGINS is the colon, which numbers refuse. */
enum comparison {
    COMPARE_LESS,
    COMPARE_AT_MOST,
    COMPARE_EQUAL,
    COMPARE_UNEQUAL,
    COMPARE_AT_LEAST,
    COMPARE_MORE,
    COMPARE_BEGINS
};

/* One side. */
struct filter_operand {
    bool (*metric)(const struct snapshot_row *row, int64_t *ret_value); /* NULL: the value */
    bool is_since; /* the time since the metric's instant */
    int64_t value;
};

struct filter_number {
    struct filter_operand left;
    struct filter_operand right;
    enum comparison comparison;
};

/* `word` is what stands behind the sign, in lower case. ERR_BAD_VALUE with a sentence; *ret_fault says which. */
int filter_number_compile(const struct column_row *field, enum comparison comparison,
                          const char *sign, const char *word, struct filter_number *ret_number,
                          enum filter_fault_id *ret_fault, struct error *err);

bool filter_number_matches(const struct filter_number *number, const struct snapshot_row *row,
                           struct wall now);

#endif
