/*
 * manual_scale - a scale by hand: may it be sent, and which rules object?
 *
 * A refusal is final: read-only, dry-run, stopping, not listed, a bad definition, a request in flight or
 * unconfirmed, no status yet, or fewer than no hosts. An objection comes from a rule of the decision (STAGE_GUARD in
 * rules.def) that would have cut or stopped this delta in a pass; the operator may send the scale anyway. A pause is
 * neither: an operator scales by hand while scaling is paused.
 *
 * Hosts that were added by hand count as desired for the scale-down window. Hosts that were removed by hand may be
 * ordered again by the next pass.
 *
 * Pure; owns nothing. Cannot fail.
 */
#ifndef ENGINE_CORE_MANUAL_SCALE_H
#define ENGINE_CORE_MANUAL_SCALE_H

#include "engine/base/text.h"
#include "engine/core/fleet.h"
#include "engine/explanation.h"

struct manual_context {
    struct mono now;
    int64_t pass_interval_ms;
    enum reason gate; /* NONE, or why nothing may be sent by hand: READ_ONLY, DRY_RUN, STOPPING */
    bool is_shrink_latched;
};

struct manual_check {
    enum reason refusal; /* REASON_NONE: none */
    int64_t hosts;       /* after the scale, pending ones included */
    size_t objection_count;
    enum reason objections[RULE_COUNT];
    /* The decision behind the objections; not set when the scale is refused. */
    struct decision_input input;
    struct decision decision;
    size_t steps[RULE_COUNT]; /* for each objection, its step of `decision` */
};

/* `delta` is not 0. */
void manual_check(const struct deployment *deployment, int32_t delta,
                  const struct manual_context *context, struct manual_check *ret_check);

/* The refusal as one printable sentence with its figures. */
void manual_explain_refusal(const struct manual_check *check, struct text *text);

void manual_explain_objection(const struct manual_check *check, size_t index,
                              struct explanation *ret_explanation);

#endif
