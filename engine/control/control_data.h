/*
 * control_data - what the control API needs of the engine, as plain values.
 *
 * Engine thread only. Owns nothing.
 */
#ifndef ENGINE_CONTROL_CONTROL_DATA_H
#define ENGINE_CONTROL_CONTROL_DATA_H

#include "engine/base/redaction.h"
#include "engine/control/peer.h"
#include "engine/core/reconciler.h"
#include "engine/view/publish_context.h"

/* The engine, as the control API uses it. All of it lives as long as the server. */
struct control_engine {
    const struct reconciler *reconciler;
    struct redaction *redaction; /* for every response */
    struct event_sink events;
    int32_t confirm_above_ppb; /* of all hosts: a larger scale by hand needs `expect` */
    /* Carries out a command; puts the outcome into the acknowledgement. */
    void (*command)(void *context, const struct command *command, struct command_ack *ret_ack);
    /* The current facts, see publish_context.h. */
    void (*describe)(void *context, struct publish_context *ret_context);
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
