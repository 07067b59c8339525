/*
 * neighbour - a healthy deployment next to the faulty ones: it must be scaled exactly once in every fault.
 *
 * One thread: the test's.
 */
#ifndef TESTS_FAULTS_NEIGHBOUR_H
#define TESTS_FAULTS_NEIGHBOUR_H

#include "tests/support/api_fixture.h"

#define NEIGHBOUR "neighbour"

/* Adds it with the hosts that it needs. */
void neighbour_add(struct api_fixture *fixture);

/* Call during the fault: it now needs two more hosts; waits until they are ordered. */
void neighbour_grow(struct api_fixture *fixture);

/* Fails unless exactly one scale was sent for it. */
void neighbour_check(struct api_fixture *fixture);

/* Stops the program normally and calls neighbour_check. */
void neighbour_stop(struct api_fixture *fixture);

#endif
