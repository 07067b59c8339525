/*
 * hosts_api - a stateful deployments API behind a fake server: ordered hosts boot, demand changes, and requests fail
 * as the test scripts it.
 *
 * Its hosts are those of fleet_truth, with the number of statuses of a deployment as their time: nothing depends on
 * the clock. A host counts either when it is ordered or when it has booted, because real APIs differ in this. A
 * deployment starts with any number of hosts.
 *
 * hosts_api_answer is the server's `answer` function with the API as context. All other functions run on the test's
 * thread. A lock protects the shared state.
 */
#ifndef TESTS_SUPPORT_HOSTS_API_H
#define TESTS_SUPPORT_HOSTS_API_H

#include "tests/support/fake_api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTS_SITES_MAX 128
#define SITE_SERVERS_PER_HOST 10
#define SITE_TARGET_PCT 20 /* so that 8 busy servers need one host */

/* The scripted fault of a request. "Applied" has a meaning for scales only. */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_LOST,          /* applied, closed without an answer */
    TROUBLE_DROPPED,       /* not applied, closed without an answer */
    TROUBLE_ERROR_APPLIED, /* applied, and answered 500 */
    TROUBLE_ERROR,         /* not applied, 500 with a hostile body */
    TROUBLE_REFUSED,       /* 400 */
    TROUBLE_BUSY,          /* 429 with Retry-After: 1 */
    TROUBLE_OVERLOADED,    /* 503 */
    TROUBLE_HUNG_APPLIED,  /* applied, never answered */
    TROUBLE_HUNG,          /* not applied, never answered */
    TROUBLE_EMPTY,         /* of a discovery: an empty list; else an empty body */
    TROUBLE_GARBAGE,       /* 200 with a page */
    TROUBLE_REDIRECT,      /* 307 to hosts_api.elsewhere */
};

enum request_kind { REQUEST_DISCOVERY, REQUEST_STATUS, REQUEST_SCALE };
#define REQUEST_KIND_COUNT 3
#define FOR_EVER INT64_MAX

struct hosts_api;

struct hosts_api *hosts_api_create(void);
void hosts_api_destroy(struct hosts_api *hosts);

/* Hosts count in current_hosts when they are ordered; by default they count when they have booted. */
void hosts_api_count_ordered(struct hosts_api *hosts);

/* Hosts boot at this number of statuses after their order; the default is 1. */
void hosts_api_set_boot_reads(struct hosts_api *hosts, int64_t reads);

/* Removed hosts leave at this number of statuses after their removal, and serve until then; the default is 0. */
void hosts_api_set_drain_reads(struct hosts_api *hosts, int64_t reads);

/* The target of redirects. */
void hosts_api_set_elsewhere(struct hosts_api *hosts, const char *url);

/* `id` must need no escaping. */
void hosts_api_add(struct hosts_api *hosts, const char *id, int32_t hosts_ready, int64_t busy);

void hosts_api_set_busy(struct hosts_api *hosts, const char *id, int64_t busy);

/* Another tool adds or removes hosts. */
void hosts_api_set_ready(struct hosts_api *hosts, const char *id, int32_t hosts_ready);

/* Only this number of the next ordered hosts boot. */
void hosts_api_set_fill(struct hosts_api *hosts, int64_t fill);

/* The next `count` requests of this kind have this fault. */
void hosts_api_trouble(struct hosts_api *hosts, enum request_kind kind, enum trouble trouble,
                       int64_t count);

/* The same for the statuses of one deployment. */
void hosts_api_trouble_site(struct hosts_api *hosts, const char *id, enum trouble trouble,
                            int64_t count);

/* A fixed response to discoveries, or to the statuses of one deployment; borrowed. NULL: the usual one. */
void hosts_api_script_discovery(struct hosts_api *hosts, const struct fake_answer *answer);
void hosts_api_script_status(struct hosts_api *hosts, const char *id,
                             const struct fake_answer *answer);

/* A fixed response to the next `count` scales of this deployment, which are applied or not. */
void hosts_api_script_scale(struct hosts_api *hosts, const char *id,
                            const struct fake_answer *answer, bool is_applied, int64_t count);

/* Ends all scripted faults and responses. */
void hosts_api_heal(struct hosts_api *hosts);

/*
 * Replaces the entry of this deployment in the next `count` discoveries by any text; "" leaves it out. The second
 * function replaces the whole body of its statuses. 0: the correct data again.
 */
void hosts_api_say_entry(struct hosts_api *hosts, const char *id, const char *text, int64_t count);
void hosts_api_say_status(struct hosts_api *hosts, const char *id, const char *body, int64_t count);

/* From now on, every second status comes from a stale replica. */
void hosts_api_add_stale_replica(struct hosts_api *hosts, const char *id);

/* Ready and booting hosts. */
int64_t hosts_api_hosts(struct hosts_api *hosts, const char *id);

/* Successful statuses of this deployment. */
int64_t hosts_api_reads(struct hosts_api *hosts, const char *id);

/* A condition to wait for: hosts_api_reads() is at least `wanted`. */
struct hosts_reads {
    struct hosts_api *hosts;
    const char *id;
    int64_t wanted;
};
bool hosts_reads_are_enough(void *hosts_reads);

void hosts_api_answer(void *context, const struct fake_request *request,
                      struct fake_answer *ret_answer);

#endif
