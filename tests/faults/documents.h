/*
 * documents - functions shared by rows about lists.
 */
#ifndef TESTS_FAULTS_DOCUMENTS_H
#define TESTS_FAULTS_DOCUMENTS_H

#include "tests/support/api_fixture.h"

/* Checks the entries of tests/support/bad_entries.def with this row number: none is used. */
void check_bad_entries(struct api_fixture *fixture, int fault);

#endif
