#include "tests/bench/read_fleet.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/core/reconciler_state.h"

#include <stdio.h>

#define PASS_MS 30000
#define ID_SIZE 24

/* The noise of these statuses is not demand: with look-ahead, each of them would count as a forecast error. */
static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_formula;
}

static void ignore_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

/* Near the target of 15 %: most deployments order nothing most of the time. */
static struct status draw_status(struct read_fleet *read_fleet, int32_t hosts)
{
    int32_t wanted_free = (int32_t)ceil_div(hosts * (int64_t)15, 10);
    int32_t more = (int32_t)random_below(&read_fleet->random, 9) -
                   (random_below(&read_fleet->random, 200) == 0);
    return (struct status){ hosts, 10 * hosts, wanted_free + more };
}

static void discover(struct read_fleet *read_fleet)
{
    struct definition *definitions = heap_alloc(READ_FLEET_DEPLOYMENTS, sizeof *definitions);
    char(*ids)[ID_SIZE] = heap_alloc(READ_FLEET_DEPLOYMENTS, sizeof *ids);
    must(definitions && ids);
    for (size_t i = 0; i < READ_FLEET_DEPLOYMENTS; i++) {
        snprintf(ids[i], ID_SIZE, "eu-west-arena-%06zu", i);
        definitions[i] = (struct definition){ .id = ids[i],
                                              .servers_per_host = 10,
                                              .target_free_ppb = 15 * SHARE_PERCENT };
    }
    struct discovery_result result = {
        .discovery = { definitions, READ_FLEET_DEPLOYMENTS },
        .is_ok = true,
        .text = "",
    };
    reconciler_discovery_done(read_fleet->reconciler, read_fleet->now, &result);
    heap_free(ids);
    heap_free(definitions);
}

static void answer(struct read_fleet *read_fleet, const struct effect *effect)
{
    static const struct scale_result accepted = { .outcome = SCALE_ACCEPTED, .text = "" };
    struct read_result read = { .status = draw_status(read_fleet, 10 + (int32_t)effect->slot % 90),
                                .text = "" };
    switch (effect->kind) {
    case EFFECT_DISCOVER:
        discover(read_fleet);
        break;
    case EFFECT_READ:
        reconciler_read_done(read_fleet->reconciler, read_fleet->now, effect->slot, &read);
        break;
    case EFFECT_SCALE:
        reconciler_scale_done(read_fleet->reconciler, read_fleet->now, effect->slot, &accepted);
        break;
    case EFFECT_RECORD:
    case EFFECT_UNSENT:
        break;
    }
}

void read_fleet_pass(struct read_fleet *read_fleet)
{
    struct effect effect;
    while (reconciler_next(read_fleet->reconciler, read_fleet->now, &effect))
        answer(read_fleet, &effect);
    read_fleet->now = mono_after(read_fleet->now, PASS_MS);
}

void read_fleet_init(struct read_fleet *read_fleet)
{
    struct reconciler_config config = {
        .discovery_interval_ms = 100 * (int64_t)PASS_MS,
        .pass_interval_ms = PASS_MS,
        .concurrency = 32,
        .policy_of = policy_of,
    };
    *read_fleet = (struct read_fleet){ .now = { 1000000 } };
    int failed = reconciler_create(&config, 1, (struct event_sink){ ignore_event, NULL },
                                   read_fleet->now, &read_fleet->reconciler);
    must(!failed);
    read_fleet_pass(read_fleet);
    read_fleet->fleet = read_fleet->reconciler->fleet;
    must(fleet_count(read_fleet->fleet) == READ_FLEET_DEPLOYMENTS);
}

void read_fleet_fini(struct read_fleet *read_fleet)
{
    reconciler_destroy(read_fleet->reconciler);
}

void read_fleet_change(struct read_fleet *read_fleet, uint32_t slot)
{
    struct deployment *deployment = fleet_at(read_fleet->fleet, slot);
    deployment->status = draw_status(read_fleet, deployment->status.current_hosts);
    deployment->input.status = deployment->status;
    deployment->status_at = read_fleet->now;
    fleet_mark(read_fleet->fleet, slot);
}

void read_fleet_change_some(struct read_fleet *read_fleet, size_t count)
{
    for (size_t i = 0; i < count; i++)
        read_fleet_change(read_fleet,
                          (uint32_t)random_below(&read_fleet->random, READ_FLEET_DEPLOYMENTS));
}
