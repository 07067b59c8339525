/*
 * views - every view and dialog of the console, each in a state in which much is shown: what tests draw in all sizes.
 *
 * One table, so that a view is looked at in every way. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_VIEWS_H
#define TESTS_SUPPORT_VIEWS_H

#include "tests/support/console_fixture.h"

#include <stdbool.h>
#include <stddef.h>

struct view_row {
    const char *name;
    bool is_dialog; /* with buttons, or one line of keys in their place */
    void (*play)(struct console_fixture *fixture);
};

extern const struct view_row view_rows[];
extern const size_t view_row_count;

#endif
