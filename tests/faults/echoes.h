/*
 * echoes - an API that repeats the token in every place and form: is it in what the program prints?
 *
 * The token is ECHOES_TOKEN; the program must have it in its environment.
 */
#ifndef TESTS_FAULTS_ECHOES_H
#define TESTS_FAULTS_ECHOES_H

#include "tests/support/api_fixture.h"

#include <stdbool.h>
#include <stddef.h>

#define ECHOES_TOKEN "S3cr3t/Canary+Token=="
/* A part that no output may have: half of the token. */
#define ECHOES_PART "t/Canary+To"

/* Is this part in the text, as it is or after up to three decodings of JSON, URLs, HTML, the log, and base64? */
bool echoes_hold(const char *output, size_t size, const char *part);

/* Runs --once for each place, form and output; fails when one holds the token. */
void echoes_check_once(struct api_fixture *fixture);

#endif
