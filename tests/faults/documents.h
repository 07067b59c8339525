/*
 * documents - what rows about lists share.
 */
#ifndef TESTS_FAULTS_DOCUMENTS_H
#define TESTS_FAULTS_DOCUMENTS_H

#include "tests/support/api_fixture.h"

/* A list with the entries of tests/support/bad_entries.def that are of this row: none of them is used. */
void check_bad_entries(struct api_fixture *fixture, int fault);

#endif
