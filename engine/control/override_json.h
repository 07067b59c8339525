/*
 * override_json - the acts of operators that last, as the body of a response.
 *
 *     {"overrides":[{"number":3,"kind":"pause","match":"eu-1","author":"ann","since":"...","until":null,"reason":""}],
 *      "next":null}
 *
 * `next` is the last number when there may be more. Engine thread only. Not redacted.
 */
#ifndef ENGINE_CONTROL_OVERRIDE_JSON_H
#define ENGINE_CONTROL_OVERRIDE_JSON_H

#include "engine/base/text.h"
#include "engine/control/control_data.h"

/* Bytes of one, at most: each byte of a text may become an escape. */
#define OVERRIDE_JSON_SIZE 4096

void override_json_add(struct text *text, const struct publish_context *context,
                       const struct control_override *overrides, size_t count);

#endif
