/*
 * neighbour - a healthy deployment beside the sick one: whatever befalls others, it gets what it needs, once.
 *
 * One thread: the test's.
 */
#ifndef TESTS_FAULTS_NEIGHBOUR_H
#define TESTS_FAULTS_NEIGHBOUR_H

#include "tests/support/api_fixture.h"

#define NEIGHBOUR "neighbour"

/* It has the hosts that it needs. */
void neighbour_add(struct api_fixture *fixture);

/* In the middle of a fault: it needs two hosts more, and waits until they are ordered. */
void neighbour_grow(struct api_fixture *fixture);

/* One scale was sent for it, all in all. */
void neighbour_check(struct api_fixture *fixture);

/* SIGTERM, everything ends well, and it was given what it needed. */
void neighbour_stop(struct api_fixture *fixture);

#endif
