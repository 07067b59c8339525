#include "tests/support/watch.h"

#include "engine/core/deployment_state.h"
#include "tests/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void see_deployment(const struct deployment *deployment, struct sight *sight)
{
    snprintf(sight->id, sizeof sight->id, "%s", deployment->id);
    sight->is_listed = deployment->is_listed;
    sight->is_operator_paused = deployment->is_operator_paused;
    sight->is_policy_paused = deployment->policy->is_paused;
    sight->has_status = deployment->has_status;
    sight->servers_per_host = deployment->servers_per_host;
    sight->target_free_ppb = deployment->target_free_ppb;
    sight->definition_fault = deployment->definition_fault;
    sight->entry_fault = deployment_entry_fault(deployment);
    sight->status = deployment->status;
    sight->status_at = deployment->status_at;
    sight->action = deployment->action;
    sight->reason = deployment->reason;
    sight->delta = deployment->delta;
    sight->raw_delta = deployment->raw_delta;
    sight->desired_hosts = deployment->desired_hosts;
    sight->pending_hosts = ledger_pending_hosts(deployment->ledger);
    sight->unconfirmed_hosts = ledger_unconfirmed_hosts(deployment->ledger);
    sight->wanted_delta = deployment_wanted_delta(deployment);
    sight->ledger = ledger_state(deployment->ledger);
    sight->last_pass = deployment->history.last_pass;
    sight->failure_count = deployment->failure_count;
    sight->last_delta = deployment->last_delta;
    sight->last_action = (enum action)deployment->last_action;
    sight->last_scale = deployment->last_scale;
}

static void see(const struct fleet *fleet, uint32_t slot, struct sight *ret_sight)
{
    const struct deployment *deployment = fleet_at(fleet, slot);
    memset(ret_sight, 0, sizeof *ret_sight);
    if (deployment)
        see_deployment(deployment, ret_sight);
}

static void look_at_marked(struct watch *watch, const struct fleet *fleet)
{
    bool has_new_name = false;
    for (uint32_t slot = 0; (slot = fleet_reader_take(&watch->changes, slot)) != SLOT_NONE;) {
        assert_true(slot < fleet_slot_count(fleet));
        struct sight sight;
        see(fleet, slot, &sight);
        has_new_name = has_new_name || strcmp(sight.id, watch->sights[slot].id) != 0;
        watch->sights[slot] = sight;
    }
    assert_false(fleet_reader_has_marks(&watch->changes));
    if (has_new_name)
        assert_true(fleet_names_version(fleet) != watch->names_version);
    watch->names_version = fleet_names_version(fleet);
}

static void look_at_others(const struct watch *watch, const struct world *world)
{
    const struct fleet *fleet = reconciler_fleet(world->reconciler);
    assert_true(fleet_slot_count(fleet) <= WORLD_SITES_MAX);
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        struct sight sight;
        see(fleet, slot, &sight);
        if (memcmp(&sight, &watch->sights[slot], sizeof sight) != 0)
            fail_msg("slot %u (%s, %s) changed without a mark: seed %" PRIu64 " at %" PRId64 " ms",
                     slot, sight.id, reason_row(sight.reason)->name, world->seed, world->now.ms);
    }
}

static void see_pass(const struct pass_summary *pass, struct reconciler_sight *sight)
{
    const int32_t counts[] = { pass->deployments,   pass->read,        pass->scaled,
                               pass->hosts_removed, pass->hosts_added, pass->held,
                               pass->held_data,     pass->failed,      pass->unconfirmed,
                               pass->would_scale };
    _Static_assert(sizeof counts == sizeof sight->counts, "every count");
    sight->pass = pass->number;
    sight->is_pass_running = pass->is_running;
    memcpy(sight->counts, counts, sizeof counts);
}

static void look_at_reconciler(struct watch *watch, const struct world *world)
{
    const struct reconciler *reconciler = world->reconciler;
    struct reconciler_sight sight;
    struct reconciler_outlook outlook;
    reconciler_outlook(reconciler, world->now, &outlook);
    memset(&sight, 0, sizeof sight);
    see_pass(reconciler_pass(reconciler), &sight);
    sight.is_paused = reconciler_is_paused(reconciler);
    sight.is_dry_run = reconciler_is_dry_run(reconciler);
    sight.is_stopping = outlook.is_stopping;
    sight.is_breaker_open = outlook.is_breaker_open;
    sight.scales_in_flight = reconciler_scales_in_flight(reconciler);
    sight.scales_accepted = reconciler_scales_accepted(reconciler);
    sight.paused_at = reconciler_paused_at(reconciler);
    sight.next_pass = outlook.next_pass;
    sight.next_discovery = outlook.next_discovery;
    sight.discovery_failed_at = outlook.discovery_failed_at;
    bool is_same = memcmp(&sight, &watch->reconciler, sizeof sight) == 0;
    if (!is_same && reconciler_version(reconciler) == watch->version)
        fail_msg("the machine changed, its version did not: seed %" PRIu64 " at %" PRId64 " ms",
                 world->seed, world->now.ms);
    watch->reconciler = sight;
    watch->version = reconciler_version(reconciler);
}

static void look(struct world *world, void *context)
{
    struct watch *watch = context;
    look_at_marked(watch, reconciler_fleet(world->reconciler));
    look_at_others(watch, world);
    look_at_reconciler(watch, world);
}

void watch_world(struct watch *watch, struct world *world)
{
    fleet_reader_detach(&watch->changes);
    memset(watch, 0, sizeof *watch);
    watch->version = UINT64_MAX;
    watch->names_version = UINT64_MAX;
    assert_int_equal(reconciler_attach_reader(world->reconciler, &watch->changes), 0);
    world->watch = look;
    world->watch_context = watch;
    look(world, watch);
}
