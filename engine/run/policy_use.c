#include "engine/run/policy_use.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <stdint.h>

static size_t index_of(const struct config *config, const struct policy *policy)
{
    uintptr_t first = (uintptr_t)&config->policies[0].policy;
    return ((uintptr_t)policy - first) / sizeof config->policies[0];
}

static bool *find_used(const struct config *config, const struct fleet *fleet)
{
    bool *is_used = heap_alloc(config->policy_count, sizeof *is_used);
    for (uint32_t slot = 0; is_used && slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment || !deployment->is_listed || deployment->policy == &config->defaults)
            continue;
        size_t index = index_of(config, deployment->policy);
        must(index < config->policy_count);
        is_used[index] = true;
    }
    return is_used;
}

void policy_use_report(const struct config *config, const struct fleet *fleet,
                       const struct event_sink *sink)
{
    bool *is_used = config->policy_count > 0 ? find_used(config, fleet) : NULL;
    for (size_t i = 0; is_used && i < config->policy_count; i++) {
        if (is_used[i])
            continue;
        struct event event;
        event_init(&event, EVENT_POLICY_UNUSED);
        event_add_string(&event, "match", config->policies[i].match);
        event_emit(&event, sink);
    }
    heap_free(is_used);
}
