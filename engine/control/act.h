/*
 * act - carries out a request that changes something, and makes its response.
 *
 * All or nothing: the targets and the guard (`expect`) are checked before the first command. An act on more than one
 * deployment, or a scale larger than confirm_above of all hosts, needs what its caller was shown: another number is
 * refused with 409, and a missing one with 428; both name the current one.
 *
 * Each act that was understood is an event (control_act) with the user, the process and the reason.
 *
 * Engine thread only. Cannot fail: a failure is a response.
 */
#ifndef ENGINE_CONTROL_ACT_H
#define ENGINE_CONTROL_ACT_H

#include "engine/base/text.h"
#include "engine/control/act_body.h"
#include "engine/control/control_data.h"

/* Bytes of the body of a response, at most. */
#define ACT_RESPONSE_SIZE 1536
/* Deployments of one act, at most, unless it is on all of them. */
#define ACT_TARGETS_MAX ACT_IDS_MAX

struct act_response {
    unsigned status;
    char body[ACT_RESPONSE_SIZE]; /* a JSON object, redacted */
};

void act_carry_out(const struct control_engine *engine, enum route route,
                   const struct act_body *body, const struct peer *peer,
                   struct act_response *ret_response);

/* A response that says why nothing was done: {"error":{"code","message"}}. */
void act_refuse(const struct control_engine *engine, unsigned status, const char *code,
                const char *message, struct act_response *ret_response);

#endif
