#include "engine/service/notifier.h"

#include "engine/base/panic.h"

#include <inttypes.h>
#include <string.h>

#define US_PER_MS 1000
#define PINGS_PER_PERIOD 2

void notifier_init(struct notifier *notifier, int64_t watchdog_us, struct mono now)
{
    must(watchdog_us >= 0);
    /* Rounded down: rather too often. */
    int64_t ping_ms = watchdog_us / US_PER_MS / PINGS_PER_PERIOD;
    if (watchdog_us > 0 && ping_ms == 0)
        ping_ms = 1;
    *notifier = (struct notifier){
        .ping_ms = ping_ms,
        .ping_at = ping_ms > 0 ? mono_after(now, ping_ms) : MONO_NEVER,
        .extend_at = now,
        .retry_at = now,
    };
}

void notifier_enter(struct notifier *notifier, enum service_phase phase, struct mono now,
                    int64_t now_us)
{
    if (notifier->phase == SERVICE_STOPPING ||
        (phase == SERVICE_RELOADING && notifier->phase != SERVICE_READY))
        return;
    notifier->phase = phase;
    notifier->extend_at = phase == SERVICE_STOPPING ? now : MONO_NEVER;
    if (phase == SERVICE_RELOADING)
        notifier->reload_us = now_us;
}

void notifier_set_status(struct notifier *notifier, const char *status)
{
    struct text text;
    if (strcmp(notifier->status, status) == 0)
        return;
    text_init(&text, notifier->status, sizeof notifier->status);
    text_add(&text, status);
    notifier->is_status_new = true;
}

static void write_phase(const struct notifier *notifier, struct text *message)
{
    if (notifier->phase == notifier->sent_phase)
        return;
    switch (notifier->phase) {
    case SERVICE_STARTING:
        break;
    case SERVICE_READY:
        text_add(message, "READY=1\n");
        break;
    case SERVICE_RELOADING:
        text_addf(message, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n", notifier->reload_us);
        break;
    case SERVICE_STOPPING:
        text_add(message, "STOPPING=1\n");
        break;
    }
}

/* Is it due and the engine alive? When it is not, it is looked at again soon. */
static bool may_vouch(struct mono *at, struct mono now, bool is_alive)
{
    bool is_due = now.ms >= at->ms;
    if (is_due && !is_alive)
        *at = mono_after(now, NOTIFIER_RETRY_MS);
    return is_due && is_alive;
}

bool notifier_write(struct notifier *notifier, struct mono now, bool is_alive, struct text *message)
{
    text_reset(message);
    if (now.ms < notifier->retry_at.ms)
        return false;
    notifier->has_ping = may_vouch(&notifier->ping_at, now, is_alive);
    notifier->has_extension = may_vouch(&notifier->extend_at, now, is_alive);
    write_phase(notifier, message);
    if (notifier->has_extension)
        text_addf(message, "EXTEND_TIMEOUT_USEC=%d\n", NOTIFIER_EXTENSION_US);
    if (notifier->has_ping)
        text_add(message, "WATCHDOG=1\n");
    if (notifier->is_status_new)
        text_addf(message, "STATUS=%s\n", notifier->status);
    must(!message->was_cut);
    return message->length > 0;
}

void notifier_sent(struct notifier *notifier, struct mono now)
{
    notifier->sent_phase = notifier->phase;
    notifier->is_status_new = false;
    /* Not from the time that they were due: after a delay, one is enough. */
    if (notifier->has_extension)
        notifier->extend_at = mono_after(now, NOTIFIER_EXTEND_MS);
    if (notifier->has_ping)
        notifier->ping_at = mono_after(now, notifier->ping_ms);
}

void notifier_missed(struct notifier *notifier, struct mono now)
{
    notifier->retry_at = mono_after(now, NOTIFIER_RETRY_MS);
}

struct mono notifier_due(const struct notifier *notifier)
{
    bool is_pending = notifier->phase != notifier->sent_phase || notifier->is_status_new;
    struct mono due = mono_min(notifier->ping_at, notifier->extend_at);
    if (is_pending)
        return notifier->retry_at;
    return due.ms > notifier->retry_at.ms ? due : notifier->retry_at;
}
