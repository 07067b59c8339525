/*
 * service_status - the line that `systemctl status` shows of the engine.
 *
 * What keeps it from working comes first, then the last pass. Plain values. Any thread. Cannot fail.
 */
#ifndef ENGINE_SERVICE_SERVICE_STATUS_H
#define ENGINE_SERVICE_SERVICE_STATUS_H

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Errors are printable sentences; NULL: there is none. */
struct service_facts {
    const char *stuck;           /* why it does not count as alive */
    const char *config_error;    /* the last reload was refused */
    const char *discovery_error; /* the last discovery has failed */
    const char *read_error;      /* why the breaker is open */
    int32_t scales_in_flight;
    bool is_stopping;
    bool is_discovered; /* the first discovery has ended */
    bool is_paused;     /* all deployments, by an operator */
    bool is_dry_run;
    bool is_read_only;
    bool is_breaker_open;
    /* The last pass; number 0: there was none yet. */
    uint32_t pass;
    struct wall pass_ended;
    int32_t deployments;
    int32_t read;
    int32_t starved;
    int32_t scaled; /* in a dry-run: that would be */
    int32_t hosts_added;
    int32_t hosts_removed;
    int32_t held;
    int32_t failed;
    int32_t unconfirmed;
};

void service_status_write(const struct service_facts *facts, struct text *text);

#endif
