#include "engine/view/publish_detail.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_state.h"
#include "engine/core/explain.h"
#include "engine/core/manual_scale.h"
#include "engine/view/publish_row.h"

#include <string.h>

_Static_assert(LEDGER_ENTRIES_MAX <= SNAPSHOT_ORDERS_MAX, "every order has a place");
_Static_assert(SNAPSHOT_HISTORY_LENGTH <= HISTORY_LENGTH, "no more is shown than there is");

/* The window's phrase has no time left: the time is that of the highest value in it. */
static struct wall step_end(const struct deployment *deployment, const struct explanation *step,
                            const struct publish_context *context)
{
    int64_t left_ms = explanation_time_left_ms(step);
    if (step->verdict == VERDICT_OK)
        return (struct wall){ 0 };
    if (step->rule == RULE_SCALE_DOWN_WINDOW)
        return publish_context_wall(
            context,
            window_max_end(&deployment->desired_max, deployment->policy->scale_down_window_ms));
    if (left_ms == 0)
        return (struct wall){ 0 };
    return publish_context_wall(context, mono_after(deployment->status_at, left_ms));
}

static void add_steps(const struct deployment *deployment, const struct publish_context *context,
                      struct snapshot_detail *detail)
{
    const struct decision_input *input = &deployment->input;
    if (input->fault == REASON_NONE && input->servers_per_host < 1)
        return; /* not decided yet */
    struct decision decision;
    decide(input, &decision);
    detail->step_count = decision.step_count;
    for (size_t i = 0; i < decision.step_count; i++) {
        explain_step(input, &decision, i, &detail->steps[i]);
        detail->step_ends[i] = step_end(deployment, &detail->steps[i], context);
    }
}

/* What was not asked at all has no error of its own: the first one of the API is the cause. */
static void add_first_error(const struct reconciler *reconciler, struct mono now, struct text *text)
{
    struct reconciler_outlook outlook;
    reconciler_outlook(reconciler, now, &outlook);
    if (outlook.trouble->text[0] != '\0')
        text_addf(text, "; the first error: %s", outlook.trouble->text);
}

/* The sentence that came with it, or what the reason means when none could be kept. */
static void add_failure(const struct reconciler *reconciler, const struct deployment *deployment,
                        struct mono now, struct snapshot_detail *detail)
{
    enum reason_kind kind = reason_row(deployment->reason)->kind;
    bool is_bad = kind == REASON_FAILURE || kind == REASON_DATA;
    struct text text;
    text_init(&text, detail->failure, sizeof detail->failure);
    if (deployment->detail)
        text_add(&text, deployment->detail);
    else if (is_bad)
        text_add(&text, reason_row(deployment->reason)->meaning);
    if (deployment->reason == REASON_BREAKER_OPEN && reconciler)
        add_first_error(reconciler, now, &text);
}

static void add_policy(const struct policy *policy, struct snapshot_detail *detail)
{
    struct text text;
    text_init(&text, detail->policy, sizeof detail->policy);
    text_add_escaped(&text, policy_name(policy), strlen(policy_name(policy)));
    detail->is_target_own = policy->target_free_ppb != TARGET_FROM_API;
    detail->min_hosts = policy->min_hosts;
    detail->max_hosts = policy->max_hosts;
}

static void add_orders(const struct reconciler *reconciler, const struct deployment *deployment,
                       const struct publish_context *context, struct snapshot_detail *detail)
{
    const struct ledger *ledger = reconciler ? deployment->ledger : NULL;
    for (size_t i = 0; ledger && i < ledger->count; i++) {
        const struct ledger_entry *entry = &ledger->entries[i];
        bool is_newest = i + 1u == ledger->count;
        if (entry->seen == entry->delta)
            continue;
        detail->orders[detail->order_count++] = (struct snapshot_order){
            .delta = entry->delta,
            .seen = entry->seen,
            .sent = publish_context_wall(context, entry->sent),
            .until =
                publish_context_wall(context, reconciler_order_deadline(reconciler, deployment, i)),
            .is_unconfirmed = is_newest && ledger_state(ledger) == LEDGER_UNCONFIRMED,
            .is_in_flight = is_newest && ledger_state(ledger) == LEDGER_IN_FLIGHT,
        };
    }
}

static void add_history(const struct deployment *deployment, struct snapshot_detail *detail)
{
    detail->pass = deployment_last_turn(deployment);
    for (uint32_t age = 0; age < SNAPSHOT_HISTORY_LENGTH && age < detail->pass; age++) {
        struct history_sample sample;
        if (!history_get(&deployment->history, detail->pass - age, &sample))
            continue;
        detail->history[SNAPSHOT_HISTORY_LENGTH - 1 - age] =
            (struct snapshot_sample){ true, sample.busy_servers, sample.free_servers,
                                      sample.hosts };
    }
}

static void add_manual(const struct reconciler *reconciler, const struct deployment *deployment,
                       int32_t delta, struct mono now, struct snapshot_detail *detail)
{
    struct manual_check check;
    struct text text;
    reconciler_check_manual(reconciler, deployment, delta, now, &check);
    detail->manual_delta = delta;
    detail->manual_hosts = saturate_i32(check.hosts);
    if (check.refusal != REASON_NONE) {
        text_init(&text, detail->manual_refusal, sizeof detail->manual_refusal);
        manual_explain_refusal(&check, &text);
    }
    for (size_t i = 0; i < check.objection_count; i++)
        manual_explain_objection(&check, i, &detail->objections[i]);
    detail->objection_count = check.objection_count;
}

void publish_detail_make(const struct reconciler *reconciler, const struct deployment *deployment,
                         const struct snapshot_name *name, int32_t manual_delta,
                         const struct publish_context *context, struct snapshot_detail *ret_detail)
{
    *ret_detail = (struct snapshot_detail){
        .slot = deployment->slot,
        .name = name,
        .unready_hosts = unready_hosts(&deployment->unready),
    };
    add_policy(deployment->policy, ret_detail);
    add_steps(deployment, context, ret_detail);
    add_failure(reconciler, deployment, context->now, ret_detail);
    add_orders(reconciler, deployment, context, ret_detail);
    add_history(deployment, ret_detail);
    if (deployment->is_operator_paused)
        publish_context_pause(context, deployment->id, &ret_detail->pause);
    if (manual_delta != 0 && reconciler)
        add_manual(reconciler, deployment, manual_delta, context->now, ret_detail);
}
