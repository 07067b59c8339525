/*
 * listing - a deployments API with fixed responses from a table: the discovery, and the status of each deployment.
 *
 * The listing must be complete before a server uses it (listing_answer, on the server's thread, with the listing as
 * context); it is then read-only. Strings are copied. Deployments are found by the path of their id, encoded by RFC
 * 3986; other paths get 404. Scales get 200.
 */
#ifndef TESTS_SUPPORT_LISTING_H
#define TESTS_SUPPORT_LISTING_H

#include "tests/support/fake_api.h"

#include <stdbool.h>
#include <stdint.h>

struct listed {
    const char *id;    /* decoded; NULL: not reachable by a path */
    const char *path;  /* of its status */
    const char *entry; /* JSON, as discovery lists it */
    struct fake_answer status;
};

struct listing;

struct listing *listing_create(void);
void listing_destroy(struct listing *listing);

/* `status` NULL: the default response. */
void listing_add(struct listing *listing, const char *id, const char *entry,
                 const struct fake_answer *status);

/* Adds a valid entry and status with these numbers. The target is in tenths of a percent. */
struct listed_numbers {
    int64_t servers_per_host;
    int64_t target_free_permille;
    int64_t current_hosts;
    int64_t total_servers;
    int64_t free_servers;
};

void listing_add_good(struct listing *listing, const char *id,
                      const struct listed_numbers *numbers);

/* The delta by the formula, in integers, with at least one host; and what the servers that exist allow of it. */
int64_t listed_formula_delta(const struct listed_numbers *numbers);
int64_t listed_delta(const struct listed_numbers *numbers);

/* Hosts that have servers. */
int64_t listed_serving(const struct listed_numbers *numbers);

/* No server is free, or less than half of the target. */
bool listed_is_starved(const struct listed_numbers *numbers);

int64_t listing_count(const struct listing *listing);
const struct listed *listing_at(const struct listing *listing, int64_t index);

void listing_answer(void *context, const struct fake_request *request,
                    struct fake_answer *ret_answer);

#endif
