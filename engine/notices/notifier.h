/*
 * notifier - sends the notices of one entry of the configuration: a queue (notice_queue.h) and a way to its receiver.
 *
 * Takes events, and sends notices from the loop. Events about trouble go to a sink, never while an event is taken. A
 * failure is reported once, and then its end.
 *
 * Owns queue, timer, client and command, and copies of its settings. Engine thread.
 */
#ifndef ENGINE_NOTICES_NOTIFIER_H
#define ENGINE_NOTICES_NOTIFIER_H

#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/notices/notice_payload.h"
#include "engine/notices/notice_queue.h"

#include <uv.h>

#define NOTIFIER_NAME_SIZE 41

struct notifier_config {
    const char *name;   /* less than NOTIFIER_NAME_SIZE bytes */
    const bool *events; /* EVENT_COUNT of them: those that it sends */
    enum notice_format format;
    struct notice_limits limits;
    int64_t timeout_ms;
    const char *url; /* NULL: a command */
    const char *ca_file;
    const char *const *words; /* of the command */
    size_t word_count;
};

/* What all notifiers share. The strings live as long as they. */
struct notifier_context {
    struct event_sink sink;
    struct redaction *redaction; /* for each document and sentence; NULL: none */
    const char *host;
    const char *api;
    uint64_t run;
};

struct notifier;

int notifier_create(uv_loop_t *loop, const struct notifier_config *config,
                    const struct notifier_context *context, struct notifier **ret_notifier,
                    struct error *err);

/* Other settings under the same name; what waits stays. On failure nothing but the limits changes. */
int notifier_configure(struct notifier *notifier, const struct notifier_config *config,
                       struct error *err);

/* Does nothing with an event that is not of its own. */
void notifier_take(struct notifier *notifier, const struct event *event, struct wall at);

const char *notifier_name(const struct notifier *notifier);
struct notice_counts notifier_counts(const struct notifier *notifier);

/* The program stops: what waits is tried once more. `idle` is called from the loop, once nothing more can be done. */
void notifier_hurry(struct notifier *notifier, void (*idle)(void *context), void *context);

/* Reports what still waits as dropped for this cause, and takes nothing more. Nothing is sent any more. */
void notifier_abandon(struct notifier *notifier, const char *cause);

/* Ends an attempt; the notifier is freed before `closed` is called. Needs a running loop. */
void notifier_close(struct notifier *notifier, void (*closed)(void *context), void *context);

#endif
