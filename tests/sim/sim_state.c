#include "tests/sim/sim_state.h"

#include "engine/base/panic.h"
#include "tests/support/counting_heap.h"

#include <stdlib.h>

#define TIMEOUT_MS 5000
#define TIMEOUT_MS_PAIR 1000

static const struct policy *policy_of(const void *context, const char *id)
{
    uint32_t index = site_index(id);
    return index == NOBODY ? &policy_default : realm_policy(context, index);
}

static void found_site(struct realm *realm, uint32_t index)
{
    const struct plan_site *plan = &realm->plan->sites[index];
    const bool *is_left_out = realm->options->is_left_out;
    struct site *site = &realm->sites[index];
    *site = (struct site){
        .plan = plan,
        .index = index,
        .demand = -1,
        .listed_size = plan->servers_per_host,
        .listed_target = plan->target_free_ppb,
        .is_there = !is_left_out || !is_left_out[index],
        .truth = { .servers_per_host = plan->servers_per_host,
                   .is_counted_when_ordered = plan->is_counted_when_ordered,
                   .is_rude = plan->is_rude,
                   .ready = plan->hosts,
                   .next_ms = INT64_MAX },
    };
    site->book.policy = &plan->policies[0];
    book_forget(&site->book);
    site->replica = realm_status(realm, site);
    site->replica_ms = realm_now_ms(realm);
}

static void configure(struct realm *realm)
{
    const struct plan *plan = realm->plan;
    realm->timeout_ms = plan->retries == 1 ? TIMEOUT_MS_PAIR : TIMEOUT_MS;
    realm->around = (struct surroundings){ .now_ms = plan->begin_ms,
                                           .pass_interval_ms = plan->pass_interval_ms,
                                           .is_read_only = plan->is_read_only,
                                           .latched_until_ms = INT64_MIN };
    realm->config = (struct machine_config){
        .discovery_interval_ms = plan->discovery_interval_ms,
        .pass_interval_ms = plan->pass_interval_ms,
        .concurrency = plan->concurrency,
        .retries = plan->retries,
        .is_read_only = plan->is_read_only,
        .policy_of = policy_of,
        .policy_context = realm,
    };
}

struct realm *realm_create(const struct plan *plan, const struct life_options *options,
                           struct life_result *result)
{
    struct realm *realm = calloc(1, sizeof *realm);
    must(realm);
    realm->plan = plan;
    realm->options = options;
    realm->held_before = heap_held_count();
    realm->outage_until_ms = INT64_MIN;
    realm->listing.quiet_ms = INT64_MIN;
    configure(realm);
    witness_init(&realm->witness, result, &realm->around, options);
    luck_init(&realm->luck, plan, options, &realm->witness);
    mail_init(&realm->mail, plan->read_ms);
    realm->site_count = plan->site_count;
    for (uint32_t i = 0; i < realm->site_count; i++)
        found_site(realm, i);
    return realm;
}

void realm_destroy(struct realm *realm)
{
    luck_fini(&realm->luck);
    free(realm);
}

const struct deployment *realm_deployment(const struct realm *realm, const struct site *site)
{
    return fleet_find(machine_fleet(realm->machine), site->plan->id, false);
}
