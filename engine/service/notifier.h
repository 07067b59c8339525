/*
 * notifier - what a service manager is notified of, and when.
 *
 *     STARTING ──> READY <──> RELOADING
 *         └──────────┴────────────┴────> STOPPING
 *
 * A phase is sent once. While it cannot be sent, it is kept; when another one follows meanwhile, only the newest is
 * sent. STATUS is sent when it is new. WATCHDOG is sent twice in each of its periods, and only while the engine counts
 * as alive: then the manager ends a program that is stuck. While the service starts or stops, which has limits of its
 * own, the manager's limit is extended.
 *
 * Writes messages and sends none. Time is an argument. Plain value. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_SERVICE_NOTIFIER_H
#define ENGINE_SERVICE_NOTIFIER_H

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What could not be sent, or was not because the engine was stuck, is looked at again after this time. */
#define NOTIFIER_RETRY_MS 250
/* While the service starts or stops: how often the limit is extended, and by how much. */
#define NOTIFIER_EXTEND_MS 10000
#define NOTIFIER_EXTENSION_US 60000000

#define NOTIFIER_STATUS_SIZE 512
/* Of a message with everything in it. */
#define NOTIFIER_MESSAGE_SIZE (NOTIFIER_STATUS_SIZE + 256)

enum service_phase { SERVICE_STARTING, SERVICE_READY, SERVICE_RELOADING, SERVICE_STOPPING };

struct notifier {
    enum service_phase phase;
    enum service_phase sent_phase;
    int64_t reload_us; /* CLOCK_MONOTONIC */
    char status[NOTIFIER_STATUS_SIZE];
    bool is_status_new;
    int64_t ping_ms; /* half of the watchdog's period; 0: none */
    struct mono ping_at;
    struct mono extend_at;
    struct mono retry_at;
    /* Of the message that was written. */
    bool has_ping;
    bool has_extension;
};

/* In the phase STARTING. `watchdog_us`: its period; 0: there is none. */
void notifier_init(struct notifier *notifier, int64_t watchdog_us, struct mono now);

/*
 * Nothing follows STOPPING, and a reload while the service is not ready is not shown. `now_us`: CLOCK_MONOTONIC, which
 * the manager compares with its own.
 */
void notifier_enter(struct notifier *notifier, enum service_phase phase, struct mono now,
                    int64_t now_us);

/* One line. The same text again is not sent. */
void notifier_set_status(struct notifier *notifier, const char *status);

/*
 * Writes the message that is due; false: none is. Then notifier_sent, or notifier_missed when it could not be sent.
 * `is_alive`: see health_alive.
 */
bool notifier_write(struct notifier *notifier, struct mono now, bool is_alive,
                    struct text *message);
void notifier_sent(struct notifier *notifier, struct mono now);
void notifier_missed(struct notifier *notifier, struct mono now);

/* When something is due, at the earliest; MONO_NEVER: nothing is. */
struct mono notifier_due(const struct notifier *notifier);

#endif
