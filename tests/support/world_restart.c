#include "tests/support/world_restart.h"

#include "engine/core/deployment_record.h"
#include "engine/core/reconciler_restore.h"
#include "tests/support/test.h"

#include <string.h>

/* What is on the disk of one site. */
struct remembered {
    uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    size_t size;
    char key[KEY_SIZE];
    int32_t delta; /* of a scale without an outcome; 0: there is none */
    int32_t attempts;
    int64_t age_ms;
};

static struct remembered memory[WORLD_SITES_MAX];

static void remember(struct world *world, size_t site)
{
    struct remembered *remembered = &memory[site];
    const struct deployment *deployment = world_deployment(world, site);
    *remembered = (struct remembered){ 0 };
    if (!deployment)
        return;
    remembered->size =
        deployment_export(deployment, world->now, remembered->bytes, sizeof remembered->bytes);
    const struct ledger *ledger = deployment->ledger;
    if (ledger_state(ledger) == LEDGER_SETTLED)
        return;
    order_key_format(&ledger->key, remembered->key);
    remembered->delta = ledger->entries[ledger->count - 1].delta;
    remembered->attempts = 1 + ledger->repeats;
    remembered->age_ms = world->now.ms - ledger->entries[ledger->count - 1].sent.ms;
}

static void restore(struct world *world, size_t site, int64_t down_ms)
{
    const struct remembered *remembered = &memory[site];
    const char *id = world->sites[site].id;
    if (remembered->size > 0)
        assert_int_equal(reconciler_restore_deployment(world->reconciler, world->now, id,
                                                       DEPLOYMENT_RECORD_VERSION, remembered->bytes,
                                                       remembered->size, down_ms, false),
                         0);
    if (remembered->delta != 0)
        assert_int_equal(reconciler_restore_scale(
                             world->reconciler, world->now, id, remembered->key, remembered->delta,
                             RESTORED_UNKNOWN, remembered->attempts, remembered->age_ms + down_ms),
                         0);
}

static void forget_requests(struct world *world)
{
    world->call_count = 0;
    world->requests_in_flight = 0;
    world->last_key = 0;
    for (size_t i = 0; i < world->site_count; i++) {
        world->sites[i].is_known_listed = false;
        world->sites[i].is_scaling = false;
        world->sites[i].is_last_read_good = false;
        world->sites[i].recorded_key = 0;
    }
}

void world_restart(struct world *world)
{
    reconciler_destroy(world->reconciler);
    forget_requests(world);
    for (size_t i = 0; i < world->site_count; i++) {
        world->sites[i].was_good = false;
        world->sites[i].is_outcome_unknown = false;
        world->sites[i].last_key = 0;
        world->sites[i].applied_key = 0;
    }
    world->seed++;
    world_start(world);
}

static void end_scales(struct world *world, bool are_applied)
{
    for (size_t i = 0; i < world->call_count; i++) {
        const struct call *call = &world->calls[i];
        if (call->kind != EFFECT_SCALE || call->is_late)
            continue;
        world->sites[call->site].is_outcome_unknown = true;
        if (are_applied)
            world_apply_scale(world, &world->sites[call->site], call);
    }
}

static void restore_pause(struct world *world, enum restored_override kind, const char *match,
                          int64_t down_ms)
{
    assert_int_equal(
        reconciler_restore_override(world->reconciler, world->now, kind, match, down_ms, 0), 0);
}

void world_restart_restored(struct world *world, bool are_applied, int64_t down_ms)
{
    bool is_paused = reconciler_is_paused(world->reconciler);
    bool are_paused[WORLD_SITES_MAX];
    for (size_t i = 0; i < world->site_count; i++) {
        const struct deployment *deployment = world_deployment(world, i);
        are_paused[i] = deployment && deployment->is_operator_paused;
        remember(world, i);
    }
    reconciler_destroy(world->reconciler);
    end_scales(world, are_applied);
    for (size_t i = 0; i < world->site_count; i++) {
        /* An intent that was recorded counts as sent. */
        struct site *site = &world->sites[i];
        struct order_key key;
        if (memory[i].delta == 0 || !order_key_parse(memory[i].key, &key))
            continue;
        site->is_outcome_unknown = true;
        site->last_key = (key.epoch & INT32_MAX) << 32 | key.number;
        site->last_delta = memory[i].delta;
    }
    forget_requests(world);
    world->seed++;
    world->now = mono_after(world->now, down_ms);
    world_start(world);
    if (is_paused)
        restore_pause(world, RESTORED_PAUSE_ALL, "", down_ms);
    for (size_t i = 0; i < world->site_count; i++)
        if (are_paused[i])
            restore_pause(world, RESTORED_PAUSE, world->sites[i].id, down_ms);
    for (size_t i = 0; i < world->site_count; i++)
        restore(world, i, down_ms);
}
