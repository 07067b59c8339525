/*
 * Scales of the reconciler: each need is ordered once, and what stops or delays an order.
 */
#include "engine/core/reconciler.h"

#include "tests/support/reconciler_fixture.h"
#include "tests/support/test.h"

#include <string.h>

/* --- scales ---------------------------------------------------------------------------------------------------- */

static const struct need_row {
    const char *name;
    bool is_counted_when_ordered;
    int32_t hosts, busy;
    int64_t boot_ms;
    enum answer answer; /* of the first scale */
    int64_t confirm_ms;
    int64_t again_ms; /* after the first scale; 0: never */
} need_rows[] = {
    /* clang-format off */
    { "growth, counted when ordered",        true,  10, 90, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "growth, counted when booted",         false, 10, 90, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "growth, slowest boot",                false, 10, 90, 9 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "growth, quickest boot",               false, 10, 90, 10,         ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "from nothing, counted when booted",   false,  0,  5, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "shrinking, counted when ordered",     true,  30, 90, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "lost but applied, counted when ordered", true, 10, 90, 5 * MINUTE, ANSWER_LOST,  CONFIRM_AUTO, 0 },
    { "lost but applied, counted when booted", false, 10, 90, 9 * MINUTE, ANSWER_LOST,  CONFIRM_AUTO, 0 },
    { "lost but applied, short confirm_timeout", true, 10, 90, 5 * MINUTE, ANSWER_LOST, 40 * SECOND,  0 },
    { "shrinking, lost but applied",         true,  30, 90, 5 * MINUTE, ANSWER_LOST,    CONFIRM_AUTO, 0 },
    { "lost and not applied",                true,  10, 90, 5 * MINUTE, ANSWER_TIMEOUT, CONFIRM_AUTO, 10 * MINUTE },
    { "500 and not applied",                 false, 10, 90, 5 * MINUTE, ANSWER_ERROR,   CONFIRM_AUTO, 10 * MINUTE },
    { "lost, short confirm_timeout",         true,  10, 90, 5 * MINUTE, ANSWER_TIMEOUT, 70 * SECOND, 90 * SECOND },
    { "shrinking, lost and not applied",     true,  30, 90, 5 * MINUTE, ANSWER_TIMEOUT, 70 * SECOND, 20 * MINUTE },
    { "refused: sent by the next pass",      true,  10, 90, 5 * MINUTE, ANSWER_REFUSED, CONFIRM_AUTO, 30 * SECOND },
    { "busy: sent by the next pass",         true,  10, 90, 5 * MINUTE, ANSWER_BUSY,    CONFIRM_AUTO, 30 * SECOND },
    /* clang-format on */
};

static void row_is_ordered_once(void **state)
{
    const struct need_row *row = *state;
    one_site(row->is_counted_when_ordered, row->hosts, row->busy);
    struct site *site = &world.sites[0];
    site->boot_ms = row->boot_ms;
    site->scales = (struct script){ row->answer, 1 };
    site->policy.confirm_timeout_ms = row->confirm_ms;
    site->policy.drain_timeout_ms = 20 * MINUTE;
    run_on(10 * SECOND);
    assert_int_equal(site->scale_count, 1);
    int64_t first_ms = site->last_scale_at.ms;
    world_run(&world, 40 * MINUTE);
    assert_int_equal(site->scale_count, row->again_ms ? 2 : 1);
    if (row->again_ms)
        assert_in_range(site->last_scale_at.ms - first_ms, row->again_ms - SECOND,
                        row->again_ms + 31 * SECOND);
    assert_int_equal(site->applied_count, 1);
    assert_int_equal(site_owned_hosts(site), site_wanted_hosts(site));
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    assert_int_equal(ledger_pending_hosts(world_deployment(&world, 0)->ledger), 0);
    world_fini(&world);
}

static void hosts_that_never_appear_are_ordered_again(void **state)
{
    (void)state;
    one_site(false, 10, 100);
    world.sites[0].fill_percent = 50;
    run_on(9 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_run(&world, 4 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 2);
    assert_int_equal(world.events[EVENT_PENDING_EXPIRED], 1);
    world_run(&world, 80 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), site_wanted_hosts(&world.sites[0]));
    world_fini(&world);
}

static void hosts_removed_while_they_boot_are_not_ordered_again(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        one_site(kind == 0, 10, 130);
        struct site *site = &world.sites[0];
        site->policy.scale_down_window_ms = 0;
        site->boot_ms = 5 * MINUTE;
        run_on(MINUTE);
        assert_int_equal(site->last_delta, 2);
        site_set_demand(site, 200);
        world_run(&world, 7 * MINUTE);
        site->demand = 90;
        world_run(&world, 60 * MINUTE);
        int32_t scales = site->scale_count;
        assert_int_equal(site_owned_hosts(site), 11);
        world_run(&world, 60 * MINUTE);
        assert_int_equal(site->scale_count, scales);
        world_fini(&world);
    }
}

/* Removals are fast, growth is slow: lost growth must not be repeated after the delay of removals. */
static void fast_removals_do_not_shorten_the_confirm_timeout(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 5, false, 40, 90);
    world_add_sites(&world, 1, false, 10, 80);
    struct site *site = &world.sites[5];
    site->boot_ms = 8 * MINUTE;
    run_on(10 * MINUTE);
    assert_int_equal(world.sites[0].applied_count, 1);
    site->scales = (struct script){ ANSWER_LOST, 1 };
    site_set_demand(site, 100);
    world_run(&world, 30 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(world.events[EVENT_SCALE_CONFIRMED], 1);
    world_fini(&world);
}

/* Without plausible statuses it is unknown whether the host count has changed. */
static void without_statuses_no_scale_expires(void **state)
{
    (void)state;
    static const enum answer answers[] = { ANSWER_ERROR, ANSWER_IMPLAUSIBLE };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        one_site(true, 10, 90);
        struct site *site = &world.sites[0];
        site->scales = (struct script){ ANSWER_LOST, 1 };
        run_on(20 * SECOND);
        assert_int_equal(site->applied_count, 1);
        site->reads = (struct script){ answers[i], FOREVER };
        world_run(&world, 20 * MINUTE);
        site->reads.left = 0;
        world_run(&world, 5 * MINUTE);
        assert_int_equal(site->scale_count, 1);
        assert_int_equal(world.events[EVENT_SCALE_NOT_APPLIED], 0);
        assert_int_equal(world.events[EVENT_SCALE_CONFIRMED], 1);
        assert_int_equal(world.events[EVENT_HOSTS_MOVED], 0);
        world_fini(&world);
    }
}

/* Fast growth of calm hours does not shorten the wait for a lost response. */
static void fast_growth_does_not_shorten_the_confirm_timeout(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 4, true, 10, 90);
    run_on(4 * MINUTE);
    struct site *site = &world.sites[3];
    site->scales = (struct script){ ANSWER_TIMEOUT, 1 };
    site_set_demand(site, 110);
    world_run(&world, 9 * MINUTE);
    assert_int_equal(site->scale_count, 2);
    world_run(&world, 2 * MINUTE);
    assert_int_equal(site->scale_count, 3);
    world_fini(&world);
}

static void retry_after_of_a_scale_is_kept(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.retry_after_ms = 5 * MINUTE;
    world.sites[0].scales = (struct script){ ANSWER_BUSY, 1 };
    run_on(5 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].scale_count, 2);
    world_fini(&world);
}

static void a_shorter_wait_does_not_end_a_longer_one(void **state)
{
    (void)state;
    struct command_ack ack;
    struct command command = { .kind = COMMAND_SCALE, .delta = 1, .is_forced = true };
    one_site(true, 11, 90);
    run_on(10 * SECOND);
    world.retry_after_ms = 5 * MINUTE;
    world.sites[0].reads = (struct script){ ANSWER_BUSY, 1 };
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].read_count, 2);
    world.retry_after_ms = 10 * SECOND;
    world.sites[0].scales = (struct script){ ANSWER_BUSY, 1 };
    memcpy(command.id, world.sites[0].id, sizeof world.sites[0].id);
    command.slot = world_deployment(&world, 0)->slot;
    assert_true(world_command(&world, &command, &ack));
    world_run(&world, 4 * MINUTE);
    assert_int_equal(world.sites[0].read_count, 2);
    world_run(&world, 2 * MINUTE);
    assert_true(world.sites[0].read_count > 2);
    world_fini(&world);
}

static void a_new_configuration_does_not_end_a_wait(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(10 * SECOND);
    world.retry_after_ms = 5 * MINUTE;
    world.discoveries = (struct script){ ANSWER_BUSY, 1 };
    world_run(&world, 2 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 3 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    world_run(&world, 2 * MINUTE);
    assert_true(world_count(&world, EFFECT_DISCOVER, ALL, 0) > 2);
    world_fini(&world);
}

static void a_status_that_is_too_old_is_not_used(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.read_ms = 61 * SECOND;
    run_on(10 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 0);
    assert_int_equal(reason_of(0), REASON_STALE_STATUS);
    world_fini(&world);
}

static void cooldowns_begin_with_the_response(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    struct site *site = &world.sites[0];
    site->policy.cooldown_up_ms = 5 * MINUTE;
    run_on(10 * SECOND);
    assert_int_equal(site->scale_count, 1);
    site_set_demand(site, 150);
    world_run(&world, 4 * MINUTE + 40 * SECOND);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(reason_of(0), REASON_COOLDOWN_UP);
    world_run(&world, MINUTE);
    assert_int_equal(site->scale_count, 2);
    world_fini(&world);
}

static void shrinking_waits_for_the_window(void **state)
{
    (void)state;
    one_site(true, 19, 160);
    struct site *site = &world.sites[0];
    run_on(10 * SECOND);
    site->demand = 80;
    int64_t from_ms = world.now.ms;
    world_run(&world, 30 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(site->last_delta, -9);
    assert_in_range(site->last_scale_at.ms - from_ms, 4 * MINUTE + 30 * SECOND, 6 * MINUTE);
    world_fini(&world);
}

static void a_doubled_host_size_does_not_shrink_a_fleet_at_once(void **state)
{
    (void)state;
    one_site(true, 19, 160);
    run_on(10 * MINUTE);
    /* The list has the new size before the hosts have it. */
    struct site *site = &world.sites[0];
    site->truth.servers_per_host = 20;
    int64_t from_ms = world.now.ms;
    world_run(&world, 20 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_in_range(site->last_scale_at.ms - from_ms, 4 * MINUTE, 7 * MINUTE);
    world_fini(&world);
}

/* --- states without scales ------------------------------------------------------------------------------------- */

enum block { BLOCK_DRY_RUN, BLOCK_READ_ONLY, BLOCK_PAUSED };

static const struct block_row {
    const char *name;
    enum block block;
    enum action action;
    enum reason reason;
} block_rows[] = {
    { "dry-run sends nothing", BLOCK_DRY_RUN, ACTION_DRY_RUN, REASON_BELOW_TARGET },
    { "read-only sends nothing", BLOCK_READ_ONLY, ACTION_HELD, REASON_READ_ONLY },
    { "paused sends nothing", BLOCK_PAUSED, ACTION_HELD, REASON_PAUSED },
};

static void set_block(enum block block, bool is_on)
{
    world.config.is_dry_run = block == BLOCK_DRY_RUN && is_on;
    world.config.is_read_only = block == BLOCK_READ_ONLY && is_on;
    world.sites[0].policy.is_paused = block == BLOCK_PAUSED && is_on;
}

static void row_sends_nothing_until_it_is_switched_off(void **state)
{
    const struct block_row *row = *state;
    one_site(true, 10, 90);
    set_block(row->block, true);
    run_on(20 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 0);
    assert_int_equal(world_deployment(&world, 0)->action, row->action);
    assert_int_equal(reason_of(0), row->reason);
    assert_int_equal(world.events[EVENT_DRY_RUN] + world.events[EVENT_HELD], 1);
    set_block(row->block, false);
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, SECOND);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_fini(&world);
}

static void a_policy_that_loses_its_target_is_held(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    struct site *site = &world.sites[0];
    site->definition_fault = REASON_BAD_TARGET;
    site->target_free_ppb = -1;
    site->policy.target_free_ppb = 10 * SHARE_PERCENT;
    run_on(10 * SECOND);
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    site->policy.target_free_ppb = TARGET_FROM_API;
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 10 * SECOND);
    assert_int_equal(reason_of(0), REASON_BAD_TARGET);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(reason_of(0), REASON_BAD_TARGET);
    assert_int_equal(site->scale_count, 0);
    world_fini(&world);
}

static void a_shorter_interval_counts_from_now(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world.config.pass_interval_ms = 60 * MINUTE;
    world.config.discovery_interval_ms = 240 * MINUTE;
    run_on(MINUTE);
    world.config.pass_interval_ms = 10 * SECOND;
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 10 * MINUTE);
    assert_in_range(world.sites[0].read_count, 58, 64);
    world_fini(&world);
}

/* --- between deciding and sending ------------------------------------------------------------------------------ */

enum between {
    BETWEEN_NOTHING,
    BETWEEN_STOP,
    BETWEEN_PAUSE,
    BETWEEN_GONE,
    BETWEEN_TWICE,
    BETWEEN_FAULT,
    BETWEEN_LATCH,
    BETWEEN_RAIL,
    BETWEEN_RELOAD,
    BETWEEN_AGE
};

static const struct between_row {
    const char *name;
    enum between between;
    int32_t free_servers;
    enum reason reason; /* NONE: it is sent */
} between_rows[] = {
    { "between: nothing", BETWEEN_NOTHING, 10, REASON_NONE },
    { "between: a stop", BETWEEN_STOP, 10, REASON_STOPPING },
    { "between: a pause", BETWEEN_PAUSE, 10, REASON_PAUSED },
    { "between: it is not listed", BETWEEN_GONE, 10, REASON_GONE },
    { "between: its entry is there twice", BETWEEN_TWICE, 10, REASON_DUPLICATE_ID },
    { "between: its entry is bad, growth", BETWEEN_FAULT, 10, REASON_NONE },
    { "between: its entry is bad, shrinking", BETWEEN_FAULT, 60, REASON_KEPT_DEFINITION },
    { "between: the list shrank, growth", BETWEEN_LATCH, 10, REASON_NONE },
    { "between: the list shrank, shrinking", BETWEEN_LATCH, 60, REASON_DISCOVERY_SHRANK },
    { "between: a reload, another bound", BETWEEN_RAIL, 10, REASON_RELOADED },
    { "between: a reload, the same", BETWEEN_RELOAD, 10, REASON_NONE },
    { "between: a stall", BETWEEN_AGE, 10, REASON_STALE_STATUS },
};

static void take_list(size_t from, enum reason fault)
{
    static const char *const ids[] = { "a", "b", "c", "d" };
    struct definition definitions[COUNT_OF(ids)];
    size_t count = 0;
    for (size_t i = from; i < COUNT_OF(ids); i++)
        definitions[count++] = (struct definition){ ids[i], 10, 15 * SHARE_PERCENT, fault, NULL };
    struct discovery_result result = { .discovery = { definitions, count }, .is_ok = true };
    reconciler_discovery_done(world.reconciler, world.now, &result);
}

static void apply_between(enum between between)
{
    switch (between) {
    case BETWEEN_NOTHING:
        break;
    case BETWEEN_STOP:
        reconciler_stop(world.reconciler, world.now);
        break;
    case BETWEEN_PAUSE:
        world.sites[0].policy.is_paused = true;
        reconciler_configure(world.reconciler, &world.config, world.now);
        break;
    case BETWEEN_GONE:
        take_list(1, REASON_NONE);
        break;
    case BETWEEN_TWICE:
        take_list(0, REASON_DUPLICATE_ID);
        break;
    case BETWEEN_FAULT:
        take_list(0, REASON_BAD_TARGET);
        break;
    case BETWEEN_LATCH:
        take_list(3, REASON_NONE);
        break;
    case BETWEEN_RAIL:
        world.sites[0].policy.max_hosts = 10;
        reconciler_configure(world.reconciler, &world.config, world.now);
        break;
    case BETWEEN_RELOAD:
        reconciler_configure(world.reconciler, &world.config, world.now);
        break;
    case BETWEEN_AGE:
        world.now = mono_after(world.now, 61 * SECOND);
        break;
    }
}

/* The id of the site is the last of the list, so that a list that loses the others still has it. */
static void row_is_checked_before_sending(void **state)
{
    const struct between_row *row = *state;
    struct effect effect;
    uint32_t slot = SLOT_NONE;
    world_init(&world, 1);
    world_add_sites(&world, 1, true, 10, 0);
    strcpy(world.sites[0].id, row->between == BETWEEN_GONE ? "a" : "d");
    world.config.concurrency = 5;
    world_start(&world);
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    take_list(0, REASON_NONE);
    while (reconciler_next(world.reconciler, world.now, &effect))
        slot = strcmp(effect.id, world.sites[0].id) == 0 ? effect.slot : slot;
    if (row->between == BETWEEN_LATCH || row->between == BETWEEN_GONE ||
        row->between == BETWEEN_FAULT || row->between == BETWEEN_TWICE) {
        reconciler_request_discovery(world.reconciler, world.now);
        assert_true(reconciler_next(world.reconciler, world.now, &effect));
        assert_int_equal(effect.kind, EFFECT_DISCOVER);
    }
    struct read_result result = { .status = { 10, 100, row->free_servers },
                                  .retry_after_ms = RETRY_AFTER_NONE };
    reconciler_read_done(world.reconciler, world.now, slot, &result);
    apply_between(row->between);
    bool is_sent = false;
    while (reconciler_next(world.reconciler, world.now, &effect))
        is_sent = is_sent || effect.kind == EFFECT_SCALE;
    assert_int_equal(is_sent, row->reason == REASON_NONE);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], !is_sent);
    if (!is_sent)
        assert_int_equal(fleet_at(reconciler_fleet(world.reconciler), slot)->reason, row->reason);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_never_appear_are_ordered_again),
        cmocka_unit_test(hosts_removed_while_they_boot_are_not_ordered_again),
        cmocka_unit_test(fast_removals_do_not_shorten_the_confirm_timeout),
        cmocka_unit_test(without_statuses_no_scale_expires),
        cmocka_unit_test(fast_growth_does_not_shorten_the_confirm_timeout),
        cmocka_unit_test(retry_after_of_a_scale_is_kept),
        cmocka_unit_test(a_shorter_wait_does_not_end_a_longer_one),
        cmocka_unit_test(a_new_configuration_does_not_end_a_wait),
        cmocka_unit_test(a_status_that_is_too_old_is_not_used),
        cmocka_unit_test(cooldowns_begin_with_the_response),
        cmocka_unit_test(shrinking_waits_for_the_window),
        cmocka_unit_test(a_doubled_host_size_does_not_shrink_a_fleet_at_once),
        cmocka_unit_test(a_policy_that_loses_its_target_is_held),
        cmocka_unit_test(a_shorter_interval_counts_from_now),
    };
    struct CMUnitTest needs[COUNT_OF(need_rows)];
    struct CMUnitTest blocks[COUNT_OF(block_rows)];
    struct CMUnitTest betweens[COUNT_OF(between_rows)];
    TESTS_FROM_ROWS(needs, need_rows, row_is_ordered_once);
    TESTS_FROM_ROWS(blocks, block_rows, row_sends_nothing_until_it_is_switched_off);
    TESTS_FROM_ROWS(betweens, between_rows, row_is_checked_before_sending);
    int failed = cmocka_run_group_tests_name("reconciler scales", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("reconciler scales: needs", needs, NULL, NULL);
    failed +=
        cmocka_run_group_tests_name("reconciler scales: states without scales", blocks, NULL, NULL);
    return failed + cmocka_run_group_tests_name("reconciler scales: between", betweens, NULL, NULL);
}
