#include "engine/run/listed_targets.h"

#include "engine/config/target_doubt.h"

struct finding {
    const struct deployment *first; /* NULL: none */
    int64_t count;
};

/* The policy has no target of its own, and there is a definition. */
static bool has_target_of_api(const struct deployment *deployment)
{
    return deployment->is_listed && deployment->servers_per_host > 0 &&
           deployment->policy->target_free_ppb == TARGET_FROM_API;
}

static void find(const struct fleet *fleet, struct finding findings[TARGET_DOUBT_COUNT])
{
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment || !has_target_of_api(deployment))
            continue;
        struct finding *finding =
            &findings[target_doubt_of(deployment->target_free_ppb, deployment->policy->max_hosts)];
        finding->first = finding->first ? finding->first : deployment;
        finding->count++;
    }
}

static void report(enum target_doubt doubt, const struct finding *finding,
                   const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_TARGET_DOUBTFUL);
    event_add_string(&event, "deployment", finding->first->id);
    event_add_percent(&event, "target_free_pct", finding->first->target_free_ppb);
    event_add_integer(&event, "deployments", finding->count);
    event_add_sentence(&event, "warning", target_doubt_text(doubt));
    event_emit(&event, sink);
}

void listed_targets_report(const struct fleet *fleet, const struct event_sink *sink)
{
    struct finding findings[TARGET_DOUBT_COUNT] = { 0 };
    find(fleet, findings);
    for (int i = TARGET_IS_PLAIN + 1; i < TARGET_DOUBT_COUNT; i++)
        if (findings[i].first)
            report((enum target_doubt)i, &findings[i], sink);
}
