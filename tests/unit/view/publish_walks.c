/*
 * Whatever changes, a snapshot shows what was true when it was made: of random changes, and of a hostile world.
 */
#include "engine/view/publish.h"

#include "tests/support/published_fleet.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#define WALK_STEPS (1600 / SLOWER)

/* --- walks ----------------------------------------------------------------------------------------------------- */

static const struct walk_case {
    const char *name;
    uint64_t seed;
    int take_percent;
    int give_percent;
    int fail_percent; /* of the publishes run out of memory somewhere */
    bool keeps_first; /* one snapshot stays out for ever */
} walk_cases[] = {
    { "a quick console", 1, 95, 95, 0, false },
    { "a console that holds many", 2, 60, 45, 0, false },
    { "a console that hardly looks", 3, 8, 60, 0, false },
    { "a console that hardly gives back", 4, 60, 8, 0, false },
    { "a frozen screen", 5, 90, 90, 0, true },
    { "no memory now and then", 6, 60, 50, 40, false },
    { "no memory most of the time", 7, 80, 60, 90, false },
    { "a frozen screen and no memory", 8, 90, 80, 50, true },
};

static void walk(struct stand *stand, const struct walk_case *row)
{
    stir(stand);
    if (chance(stand, 60)) {
        watched_heap.succeed_count = chance(stand, row->fail_percent) ? draw(stand, 6) : -1;
        publish(stand);
        watched_heap.succeed_count = -1;
    }
    if (chance(stand, row->take_percent) && stand->held_count < HELD_MAX)
        take(stand);
    size_t first = row->keeps_first ? 1 : 0;
    if (stand->held_count > first && chance(stand, row->give_percent)) {
        /* Any but the first, which stays outstanding: the oldest. */
        size_t count = stand->held_count - first;
        give_back(stand, first + (size_t)draw(stand, (int64_t)count));
    }
}

/* After every step everything that is held is read: memory that is freed or changed too early is found at once. */
static void case_shows_what_was_true(void **state)
{
    const struct walk_case *row = *state;
    struct stand stand;
    set_up(&stand, row->seed);
    add_many(&stand, 120);
    for (int i = 0; i < WALK_STEPS; i++) {
        walk(&stand, row);
        /* All of them now and then, one all the time. */
        for (size_t held = 0; held < stand.held_count; held++)
            if (i % 16 == 0 || held == (size_t)i % stand.held_count)
                check_rows(stand.held[held], reference_of(stand.held[held]->version));
    }
    assert_true(stand.version > 10);
    tear_down(&stand);
}

/* --- the reconciler marks what people can see --------------------------------------------------------------------- */

static struct world world;

static void check_shown(const struct snapshot *snapshot, const struct publish_context *context)
{
    const struct fleet *fleet = reconciler_fleet(world.reconciler);
    assert_int_equal(snapshot->slot_count, fleet_slot_count(fleet));
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        assert_int_equal(row != NULL, deployment != NULL);
        if (!row)
            continue;
        struct snapshot_row anew = { 0 };
        make_row(deployment, NULL, reconciler_is_paused(world.reconciler), context, 0, &anew);
        assert_true(are_rows_equal(row, &anew));
        assert_string_equal(row->name->id, deployment->id);
    }
}

static void a_hostile_world_is_shown_as_it_is(void **state)
{
    (void)state;
    struct feed *feed;
    struct publisher *publisher;
    int32_t wakes = 0;
    world_init(&world, 3);
    world_add_sites(&world, 60, true, 10, 85);
    world.hostility = 15;
    world_start(&world);
    assert_int_equal(feed_create(count_wake, &wakes, &feed, NULL), 0);
    assert_int_equal(publisher_create(feed, world.reconciler, &publisher, NULL), 0);
    for (int i = 0; i < WALK_STEPS; i++) {
        world_run(&world, 700);
        struct site *site = &world.sites[random_below(&world.random, 60)];
        site_set_demand(site, (int32_t)random_below(&world.random, 200));
        site->is_listed = random_below(&world.random, 30) > 0;
        struct publish_context context = plain_context;
        context.now = world.now;
        context.wall.ms = WALL_AHEAD_MS + world.now.ms;
        if (!publisher_has_news(publisher, world.reconciler))
            continue;
        assert_true(publisher_publish(publisher, world.reconciler, &context));
        const struct snapshot *snapshot = feed_next(feed);
        check_shown(snapshot, &context);
        check_totals(snapshot);
        feed_release(feed, snapshot);
    }
    publisher_destroy(publisher);
    feed_destroy(feed);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hostile_world_is_shown_as_it_is),
    };
    struct CMUnitTest walks[COUNT_OF(walk_cases)];
    TESTS_FROM_ROWS(walks, walk_cases, case_shows_what_was_true);
    int failed = cmocka_run_group_tests_name("publish walks", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("publish walks: changes", walks, NULL, NULL);
}
