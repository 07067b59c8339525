/*
 * What is remembered of a deployment: every state of a hostile world survives the way into bytes and back, and damaged
 * bytes are refused or are a state.
 */
#include "engine/core/deployment_record.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE ((int64_t)60 * 1000)
#define HOUR (60 * MINUTE)
#define SIZE DEPLOYMENT_RECORD_SIZE_MAX

static struct world world;
static int64_t longest;

/* A new deployment from these bytes; NULL: they were refused. */
static struct deployment *import(struct fleet *fleet, const void *bytes, size_t size,
                                 struct mono now, int64_t age_ms)
{
    struct deployment *deployment;
    assert_int_equal(fleet_add(fleet, "d", false, &deployment), 0);
    int failed =
        deployment_import(fleet, deployment, now, DEPLOYMENT_RECORD_VERSION, bytes, size, age_ms);
    if (failed == 0)
        return deployment;
    assert_int_equal(failed, -EINVAL);
    assert_null(deployment->ledger);
    assert_null(deployment->growth);
    assert_int_equal(deployment->servers_per_host, 0);
    fleet_remove(fleet, deployment);
    return NULL;
}

static void check_way_back(struct world *in, const struct deployment *deployment)
{
    uint8_t before[SIZE], after[SIZE];
    struct fleet *fleet;
    size_t size = deployment_export(deployment, in->now, before, sizeof before);
    if (size == 0)
        return;
    longest = max_i64(longest, (int64_t)size);
    assert_int_equal(fleet_create(&fleet), 0);
    struct deployment *restored = import(fleet, before, size, in->now, 0);
    assert_non_null(restored);
    restored->policy = deployment->policy;
    assert_int_equal(ledger_pending_hosts(restored->ledger),
                     ledger_pending_hosts(deployment->ledger));
    assert_int_equal(growth_hosts(restored->growth, in->now),
                     growth_hosts(deployment->growth, in->now));
    assert_int_equal(deployment_export(restored, in->now, after, sizeof after), size);
    assert_memory_equal(before, after, size);
    fleet_destroy(fleet);
}

static void watch(struct world *in, void *context)
{
    (void)context;
    if (random_below(&in->random, 8) == 0)
        check_way_back(in, world_deployment(in, (size_t)random_below(&in->random, 20)));
}

static void watch_known(struct world *in, void *context)
{
    if (fleet_count(reconciler_fleet(in->reconciler)) == in->site_count)
        watch(in, context);
}

static void prepare(uint64_t seed)
{
    world_init(&world, seed);
    world_add_sites(&world, 20, seed % 2, 8, 90);
    for (size_t i = 0; i < 20; i++) {
        world.sites[i].policy = i % 3 ? policy_default : policy_formula;
        world.sites[i].fill_percent = i % 5 ? 100 : 50;
        world.sites[i].drain_ms = (int64_t)(i % 4) * 10 * MINUTE;
        world.sites[i].policy.scale_down_window_ms = 2 * MINUTE;
        world.sites[i].allowed_hosts = INT32_MAX / 2; /* not the subject here */
    }
    world.hostility = 10;
    world.lag_percent = seed % 3 ? 0 : 10;
    world.lag_ms = 45000;
}

static void shift_demands(void)
{
    for (size_t i = 0; i < 20; i++)
        site_set_demand(&world.sites[i], (int32_t)random_below(&world.random, 150));
}

static void every_state_of_a_hostile_world_comes_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        prepare(seed);
        world.watch = watch_known;
        world_start(&world);
        for (int i = 0; i < 12; i++) {
            world_run(&world, 10 * MINUTE);
            shift_demands();
        }
        world_fini(&world);
    }
    assert_in_range(longest, 100, 600);
}

/* A ledger, an account of growth, windows: all there is. */
static size_t rich_record(uint8_t bytes[SIZE], struct mono *ret_now)
{
    size_t best = 0;
    prepare(3);
    world_start(&world);
    for (int i = 0; i < 20; i++) {
        world_run(&world, 10 * MINUTE);
        shift_demands();
    }
    for (size_t i = 0; i < 20; i++) {
        uint8_t other[SIZE];
        size_t size = deployment_export(world_deployment(&world, i), world.now, other, SIZE);
        if (size <= best)
            continue;
        memcpy(bytes, other, size);
        best = size;
    }
    *ret_now = world.now;
    world_fini(&world);
    return best;
}

static void a_record_that_was_cut_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct mono now;
    struct fleet *fleet;
    size_t size = rich_record(bytes, &now);
    assert_int_equal(fleet_create(&fleet), 0);
    for (size_t cut = 0; cut < size; cut++)
        assert_null(import(fleet, bytes, cut, now, 0));
    bytes[size] = 0;
    assert_null(import(fleet, bytes, size + 1, now, 0));
    fleet_destroy(fleet);
}

static void flipped_bits_are_refused_or_are_a_state(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct mono now;
    struct fleet *fleet;
    size_t size = rich_record(bytes, &now);
    int32_t refused = 0, taken = 0;
    assert_int_equal(fleet_create(&fleet), 0);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct deployment *deployment = import(fleet, bytes, size, now, HOUR);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused += !deployment;
        taken += deployment != NULL;
        if (!deployment)
            continue;
        fleet_remove(fleet, deployment);
    }
    assert_true(refused > 0);
    assert_true(taken > 0);
    fleet_destroy(fleet);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct mono now;
    struct fleet *fleet;
    struct deployment *deployment;
    size_t size = rich_record(bytes, &now);
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(fleet_add(fleet, "d", false, &deployment), 0);
    assert_int_equal(
        deployment_import(fleet, deployment, now, DEPLOYMENT_RECORD_VERSION + 1, bytes, size, 0),
        -EINVAL);
    fleet_destroy(fleet);
}

/* --- times ----------------------------------------------------------------------------------------------------- */

/* The clock of the new process starts at another time, also at zero. */
static void ages_go_on_by_another_clock(void **state)
{
    (void)state;
    static const int64_t starts_ms[] = { 0, 5000, 7 * HOUR + 11, (int64_t)1 << 41 };
    struct mono now = { 100 * HOUR + 17 };
    uint8_t bytes[SIZE];
    for (size_t i = 0; i < COUNT_OF(starts_ms); i++) {
        struct fleet *fleet;
        struct deployment *deployment;
        struct ledger_timeouts timeouts = { 10 * MINUTE, 20 * MINUTE, MINUTE };
        assert_int_equal(fleet_create(&fleet), 0);
        assert_int_equal(fleet_add(fleet, "a", false, &deployment), 0);
        deployment->servers_per_host = 10;
        deployment->has_status = true;
        deployment->scaled_at = mono_after(now, -2 * MINUTE);
        ledger_send(fleet_open_ledger(fleet, deployment), 4, mono_after(now, -2 * MINUTE),
                    &timeouts);
        growth_add(fleet_open_growth(fleet, deployment), 4, mono_after(now, -2 * MINUTE));
        window_max_add(&deployment->desired_max, mono_after(now, -MINUTE), HOUR, 7);
        size_t size = deployment_export(deployment, now, bytes, sizeof bytes);
        struct mono then = { starts_ms[i] };
        struct deployment *restored = import(fleet, bytes, size, then, 3 * MINUTE);
        assert_non_null(restored);
        assert_int_equal(restored->scaled_at.ms, then.ms - 5 * MINUTE);
        assert_int_equal(restored->scaled_up_at.ms, MONO_NEVER.ms);
        assert_int_equal(restored->ledger->entries[0].sent.ms, then.ms - 5 * MINUTE);
        assert_int_equal(ledger_state(restored->ledger), LEDGER_UNCONFIRMED);
        assert_int_equal(restored->desired_max.latest.ms, then.ms - 4 * MINUTE);
        assert_int_equal(growth_hosts(restored->growth, then), 4);
        assert_int_equal(growth_hosts(restored->growth, mono_after(then, 54 * MINUTE)), 4);
        assert_int_equal(growth_hosts(restored->growth, mono_after(then, 61 * MINUTE)), 0);
        fleet_destroy(fleet);
    }
}

static void nothing_is_kept_of_a_deployment_without_a_definition(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct fleet *fleet;
    struct deployment *deployment;
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(fleet_add(fleet, "a", false, &deployment), 0);
    assert_int_equal(deployment_export(deployment, (struct mono){ 1 }, bytes, sizeof bytes), 0);
    /* The pause has a record of its own: with two, the end of one would leave the other. */
    deployment->is_operator_paused = true;
    assert_int_equal(deployment_export(deployment, (struct mono){ 1 }, bytes, sizeof bytes), 0);
    fleet_destroy(fleet);
}

/* Every number as large as it may be. */
static void the_largest_record_has_room(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct mono now = { (int64_t)1 << 49 };
    struct fleet *fleet;
    struct deployment *deployment;
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(fleet_add(fleet, "a", false, &deployment), 0);
    struct ledger *ledger = fleet_open_ledger(fleet, deployment);
    struct growth *growth = fleet_open_growth(fleet, deployment);
    memset(&deployment->status, 0x7f, sizeof deployment->status);
    deployment->status.free_servers = 0;
    memset(&deployment->unready, 0x7f, sizeof deployment->unready);
    memset(&deployment->forecast, 0x7f, sizeof deployment->forecast);
    memset(&deployment->growth_base, 0x01, sizeof deployment->growth_base);
    memset(ledger, 0x01, sizeof *ledger);
    memset(growth, 0x01, sizeof *growth);
    growth->bucket = 5;
    deployment->servers_per_host = INT32_MAX;
    deployment->has_status = true;
    memset(&deployment->desired_max.ages_ms, 0x01, sizeof deployment->desired_max.ages_ms);
    deployment->boot_time.count = BOOT_SAMPLES;
    deployment->last_delta = INT32_MIN + 1;
    ledger->count = LEDGER_ENTRIES_MAX;
    ledger->state = LEDGER_SETTLED;
    ledger->key = (struct order_key){ UINT64_MAX, UINT64_MAX };
    for (size_t i = 0; i < LEDGER_ENTRIES_MAX; i++)
        ledger->entries[i] = (struct ledger_entry){
            .delta = INT32_MAX, .seen = INT32_MAX, .shown = INT32_MAX, .done = INT32_MAX
        };
    assert_in_range(deployment_export(deployment, now, bytes, sizeof bytes), 400, SIZE / 2);
    fleet_destroy(fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_of_a_hostile_world_comes_back),
        cmocka_unit_test(a_record_that_was_cut_is_refused),
        cmocka_unit_test(flipped_bits_are_refused_or_are_a_state),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(ages_go_on_by_another_clock),
        cmocka_unit_test(nothing_is_kept_of_a_deployment_without_a_definition),
        cmocka_unit_test(the_largest_record_has_room),
    };
    return cmocka_run_group_tests_name("deployment_record", tests, NULL, NULL);
}
