/*
 * hosts_api - a deployments API with a memory, behind a fake server: hosts that are ordered boot, players come, and
 * answers get lost as a test says.
 *
 * Nothing happens by time: hosts boot after so many statuses of their deployment. APIs differ in whether a host counts
 * when it is ordered or when it has booted; both are here. A deployment is created with the hosts that its players
 * need, or any other number.
 *
 * hosts_api_answer is the server's `answer` with the API as context; everything else is called from the test's thread.
 * A lock stands between them.
 */
#ifndef TESTS_SUPPORT_HOSTS_API_H
#define TESTS_SUPPORT_HOSTS_API_H

#include "tests/support/fake_api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTS_SITES_MAX 128
#define SITE_SERVERS_PER_HOST 10
#define SITE_TARGET_PCT 20 /* so that 8 busy servers want a host */

/* What becomes of a request. Of a discovery or status nothing can be applied. */
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

/* A host counts in current_hosts when it is ordered; else (pre-set) when it has booted. */
void hosts_api_count_ordered(struct hosts_api *hosts);

/* Hosts boot with the so manieth status after their order; pre-set is 1. */
void hosts_api_set_boot_reads(struct hosts_api *hosts, int64_t reads);

/* Where redirects lead. */
void hosts_api_set_elsewhere(struct hosts_api *hosts, const char *url);

/* `id` needs no escape. */
void hosts_api_add(struct hosts_api *hosts, const char *id, int64_t hosts_ready, int64_t busy);

void hosts_api_set_busy(struct hosts_api *hosts, const char *id, int64_t busy);

/* Hosts came or went by another hand. */
void hosts_api_set_ready(struct hosts_api *hosts, const char *id, int64_t hosts_ready);

/* Of the next order for more hosts only so many come. */
void hosts_api_set_fill(struct hosts_api *hosts, int64_t fill);

/* The next `count` requests of this kind are answered so. */
void hosts_api_trouble(struct hosts_api *hosts, enum request_kind kind, enum trouble trouble,
                       int64_t count);

/* The same for the statuses of one deployment. */
void hosts_api_trouble_site(struct hosts_api *hosts, const char *id, enum trouble trouble,
                            int64_t count);

/* Discoveries, or the statuses of one deployment, are answered so from now on; borrowed. NULL: as ever. */
void hosts_api_script_discovery(struct hosts_api *hosts, const struct fake_answer *answer);
void hosts_api_script_status(struct hosts_api *hosts, const char *id,
                             const struct fake_answer *answer);

/* So are the next `count` scales of this deployment, which are applied, or not. */
void hosts_api_script_scale(struct hosts_api *hosts, const char *id,
                            const struct fake_answer *answer, bool is_applied, int64_t count);

/* Ends every trouble and script. */
void hosts_api_heal(struct hosts_api *hosts);

/*
 * What the next `count` discoveries say of this deployment instead of the truth: any text, "" leaves it out. The
 * same for its statuses, with a whole body. 0: the truth again.
 */
void hosts_api_say_entry(struct hosts_api *hosts, const char *id, const char *text, int64_t count);
void hosts_api_say_status(struct hosts_api *hosts, const char *id, const char *body, int64_t count);

/* From now on every other status comes from a replica that stands still. */
void hosts_api_add_stale_replica(struct hosts_api *hosts, const char *id);

/* Ready and booting. */
int64_t hosts_api_hosts(struct hosts_api *hosts, const char *id);

/* Statuses of this deployment that were answered well. */
int64_t hosts_api_reads(struct hosts_api *hosts, const char *id);

void hosts_api_answer(void *context, const struct fake_request *request,
                      struct fake_answer *ret_answer);

#endif
