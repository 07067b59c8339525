/*
 * scales - the scale requests that a fake API was sent, read strictly, in the order in which they came.
 *
 * Every POST must be a scale, {"deployment_id":..., "delta":...} and nothing else, carry the headers that the contract
 * promises, and a key that no other one has; else the test fails. One thread: the test's.
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
    const char *key; /* lives as long as the server */
};

struct scales {
    struct scale *items;
    size_t count;
};

void scales_init(struct scales *scales, struct fake_api *api);
void scales_fini(struct scales *scales);

int64_t scales_count(const struct scales *scales, const char *id);

/* The how manieth for this deployment, from 0; NULL when there are not so many. */
const struct scale *scales_find(const struct scales *scales, const char *id, int64_t index);

/* Into the order of their ids. */
void scales_sort(struct scales *scales);

/* The header's value must begin with `value`. */
void assert_header(const struct fake_request *request, const char *name, const char *value);

#endif
