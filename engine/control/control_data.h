/*
 * control_data - what the control API needs of the engine, as plain values.
 *
 * Engine thread only. Owns nothing.
 */
#ifndef ENGINE_CONTROL_CONTROL_DATA_H
#define ENGINE_CONTROL_CONTROL_DATA_H

#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/control/peer.h"
#include "engine/core/reconciler.h"
#include "engine/log/event_fanout.h"
#include "engine/view/publish_context.h"

#include <stdio.h>

struct monitor;

/* Of one list of overrides. */
#define CONTROL_OVERRIDES_MAX ((size_t)500)

/* An act of an operator that lasts. Texts are borrowed until the engine changes. */
struct control_override {
    int64_t number;
    const char *kind;  /* "pause", "pause_all", "dry_run" */
    const char *match; /* an id, or "*" */
    const char *author;
    const char *reason; /* "": none */
    struct mono since;
    struct mono until; /* MONO_NEVER: until it is ended */
};

#define CONTROL_PATTERN_SIZE 1025

/* What of the recorded history is asked for. */
struct control_history {
    const char *match; /* an id or a shell pattern; "": all */
    struct wall since;
    struct wall until;
    int64_t limit; /* the newest rows */
};

/* The engine, as the control API uses it. All of it lives as long as the server. */
struct control_engine {
    const struct reconciler *reconciler;
    struct redaction *redaction; /* for every response */
    struct event_sink events;
    struct event_fanout *lines; /* of the log */
    struct monitor *monitor;    /* for metrics and health */
    int32_t confirm_above_ppb;  /* of all hosts: a larger scale by hand needs `expect` */
    /* Carries out a command; puts the outcome into the acknowledgement. */
    void (*command)(void *context, const struct command *command, struct command_ack *ret_ack);
    /* The current facts, see publish_context.h. */
    void (*describe)(void *context, struct publish_context *ret_context);
    /* The first `max` with a larger number than `after`, by number. Returns how many there are of them. */
    size_t (*list_overrides)(void *context, int64_t after, struct control_override *ret_overrides,
                             size_t max);
    /* It ends so long after now. */
    void (*extend_override)(void *context, int64_t number, int64_t for_ms, const char *author);
    /* May this author undo the last act (pause_source.h)? False: the sentence says why not. */
    bool (*may_undo)(void *context, const char *author, char ret_sentence[COMMAND_TEXT_SIZE]);
    /* Writes it as JSON. On any thread, also while the engine closes. */
    int (*read_history)(void *context, const struct control_history *query, FILE *out,
                        struct error *err);
    /* Sets a value as an entry of `policies` does. An error names neither key nor source. */
    int (*change_policy)(void *context, const char *key, const char *value, struct policy *policy,
                         struct error *err);
    void *context;
};

/* The pause of this deployment alone; zeroed: there is none. */
static inline void control_engine_pause(const struct control_engine *engine,
                                        const struct deployment *deployment,
                                        struct snapshot_pause *ret_pause)
{
    struct publish_context context;
    *ret_pause = (struct snapshot_pause){ 0 };
    if (!deployment->is_operator_paused)
        return;
    engine->describe(engine->context, &context);
    publish_context_pause(&context, deployment->id, ret_pause);
}

#endif
