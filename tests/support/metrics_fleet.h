/*
 * metrics_fleet - a reconciler with deployments that have been read, and what metrics need of an engine.
 *
 * The deployments are those of the last list, in its order; a read is answered with the status that their test gives.
 * Nothing is sent: scales are held by read-only. Owns what it has made. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_METRICS_FLEET_H
#define TESTS_SUPPORT_METRICS_FLEET_H

#include "engine/metrics/fleet_sample.h"

#include <stddef.h>

struct metrics_fleet {
    struct reconciler *reconciler;
    struct collector collector;
    struct metrics_facts facts;
    struct health_facts health;
    struct metrics_source source;
    struct mono now;
    const char *const *ids; /* of the last list; NULL: eu-west-arena-000000 and so on */
    size_t id_count;
    /* Of the deployment with this id; false: its read fails. NULL: 10 hosts, 100 servers, 20 of them free. */
    bool (*status_of)(const char *id, struct status *ret_status);
};

void metrics_fleet_init(struct metrics_fleet *fleet);
void metrics_fleet_fini(struct metrics_fleet *fleet);

/* A discovery of these ids, which live as long as the fleet, and a pass. NULL: generated ones. */
void metrics_fleet_list(struct metrics_fleet *fleet, const char *const *ids, size_t count);

/* Another pass over them. */
void metrics_fleet_pass(struct metrics_fleet *fleet);

/* A complete sample of now. */
struct fleet_sample *metrics_fleet_sample(struct metrics_fleet *fleet);

/* All its metrics. The caller frees the text with heap_free. */
char *metrics_fleet_text(const struct fleet_sample *sample, bool is_openmetrics);

#endif
