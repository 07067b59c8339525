/*
 * scales - the scale requests that a fake API received, parsed strictly, in order of arrival.
 *
 * The test fails unless every POST is exactly {"deployment_id":..., "delta":...}, has the headers of the contract, and
 * has a key that no other order has: only a repeat, of the same deployment and delta, has it too. One thread: the
 * test's.
 */
#ifndef TESTS_SUPPORT_SCALES_H
#define TESTS_SUPPORT_SCALES_H

#include "tests/support/fake_api.h"

#include <stddef.h>
#include <stdint.h>

#define SCALE_ID_SIZE 160

struct scale {
    char id[SCALE_ID_SIZE];
    int64_t delta;
    int64_t connection;
    const char *key; /* valid as long as the server */
};

struct scales {
    struct scale *items;
    size_t count;
};

void scales_init(struct scales *scales, struct fake_api *api);
void scales_fini(struct scales *scales);

int64_t scales_count(const struct scales *scales, const char *id);

/* The scale with this index for this deployment, from 0; NULL: there are fewer. */
const struct scale *scales_find(const struct scales *scales, const char *id, int64_t index);

/* Sorts by id. */
void scales_sort(struct scales *scales);

/* The header's value must begin with `value`. */
void assert_header(const struct fake_request *request, const char *name, const char *value);

#endif
