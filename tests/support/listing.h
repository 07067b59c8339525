/*
 * listing - a deployments API that answers from a list which a test writes down: what discovery says, what each status
 * says, and for whom.
 *
 * Made whole before a server answers from it (listing_answer, on the server's thread, with the listing as context), and
 * only read from then on. Texts are copied. Deployments are found by the path that RFC 3986 gives their id: whoever
 * asks for another one gets 404. Scales are answered with 200.
 */
#ifndef TESTS_SUPPORT_LISTING_H
#define TESTS_SUPPORT_LISTING_H

#include "tests/support/fake_api.h"

#include <stdint.h>

struct listed {
    const char *id;    /* decoded; NULL: nobody can ask for it */
    const char *path;  /* of its status */
    const char *entry; /* JSON, as discovery lists it */
    struct fake_answer status;
};

struct listing;

struct listing *listing_create(void);
void listing_destroy(struct listing *listing);

/* `status` NULL: the pre-set answer. */
void listing_add(struct listing *listing, const char *id, const char *entry,
                 const struct fake_answer *status);

/* One in good order: an entry and a status of these numbers. The target is in tenths of a percent. */
struct listed_numbers {
    int64_t servers_per_host;
    int64_t target_free_permille;
    int64_t current_hosts;
    int64_t total_servers;
    int64_t free_servers;
};

void listing_add_good(struct listing *listing, const char *id,
                      const struct listed_numbers *numbers);

/* The formula, in whole numbers, and never less than one host: hosts to ask for. */
int64_t listed_delta(const struct listed_numbers *numbers);

int64_t listing_count(const struct listing *listing);
const struct listed *listing_at(const struct listing *listing, int64_t index);

void listing_answer(void *context, const struct fake_request *request,
                    struct fake_answer *ret_answer);

#endif
