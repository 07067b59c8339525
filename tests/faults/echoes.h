/*
 * echoes - an API that repeats the token in every place and form: is it in what the program prints?
 *
 * The token is ECHOES_TOKEN; the program must have it in its environment.
 */
#ifndef TESTS_FAULTS_ECHOES_H
#define TESTS_FAULTS_ECHOES_H

#include "tests/support/api_fixture.h"

#define ECHOES_TOKEN "S3cr3t/Canary+Token=="
/* A part that no output may have: half of the token. */
#define ECHOES_PART "t/Canary+To"

/* Runs --once for each place, form and output; fails when one holds the token. */
void echoes_check_once(struct api_fixture *fixture);

#endif
