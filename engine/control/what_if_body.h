/*
 * what_if_body - a deployment and the policy values to try on it, from the body of a request; and the response.
 *
 *     {"id":"eu-1","target_free_pct":30,"max_hosts":"40"}
 *
 * The keys are those of an entry of `policies`. The response has the decision as it is and as it would be:
 *
 *     {"id":"eu-1","now":{"delta":0,"desired_hosts":20,"action":"none","reason":"on_target","explanation":[...]},
 *      "then":{...}}
 *
 * Engine thread only (cJSON). ERR_BAD_JSON, ERR_BAD_VALUE, -ENOENT: not listed; -ENODATA: nothing can be decided now;
 * each with a sentence.
 */
#ifndef ENGINE_CONTROL_WHAT_IF_BODY_H
#define ENGINE_CONTROL_WHAT_IF_BODY_H

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/control/control_data.h"

#define WHAT_IF_JSON_SIZE 65536

int what_if_answer(const struct control_engine *engine, const char *bytes, size_t size,
                   struct text *text, struct error *err);

#endif
