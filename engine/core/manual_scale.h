/*
 * manual - a scale by hand: may it be sent, and what do the guard rails say against it?
 *
 * A refusal is final: read-only, dry-run, stopping, not listed, bad definition, a request on its way or unconfirmed, no
 * status yet, or fewer than no hosts. An objection is a guard rail's (min_hosts, max_hosts, max_step, a cooldown, the
 * scale-down window): the operator may go on when he has seen it. A pause is neither: whoever pauses scales by hand.
 *
 * Hosts that were added by hand count as wanted for the scale-down window; what was removed may be asked for again by
 * the next pass.
 *
 * Pure; owns nothing. Cannot fail.
 */
#ifndef ENGINE_CORE_MANUAL_SCALE_H
#define ENGINE_CORE_MANUAL_SCALE_H

#include "engine/base/text.h"
#include "engine/core/fleet.h"

#define MANUAL_OBJECTIONS_MAX 6

struct manual_check {
    enum reason refusal; /* REASON_NONE: none */
    int64_t hosts;       /* there would be, with those on their way */
    size_t objection_count;
    enum reason objections[MANUAL_OBJECTIONS_MAX];
};

/* `gate`: why nothing at all may be sent by hand (READ_ONLY, DRY_RUN, STOPPING), or REASON_NONE. `delta` is not 0. */
void manual_check(const struct deployment *deployment, int32_t delta, enum reason gate,
                  struct mono now, struct manual_check *ret_check);

/* The refusal, or objection `index`, as one printable sentence with its figures. */
void manual_explain_refusal(const struct manual_check *check, struct text *text);
void manual_explain_objection(const struct deployment *deployment, int32_t delta,
                              const struct manual_check *check, size_t index, struct mono now,
                              struct text *text);

#endif
