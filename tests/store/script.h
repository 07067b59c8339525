/*
 * script - one run of a program that uses the journal: lock, open, records of every kind, stop.
 *
 * Everything that it does is written into the book first. Numbers of records begin with `first`, so that a second run
 * continues the first.
 */
#ifndef TESTS_STORE_SCRIPT_H
#define TESTS_STORE_SCRIPT_H

#include "tests/store/book.h"

#define SCRIPT_NUMBERS 8 /* used by one run */

/* `is_disk_failing`: syncs fail in between. A must() fails when the journal does not behave. */
void script_run(struct journal_fixture *fixture, struct book *book, int first,
                bool is_disk_failing);

#endif
