#include "tui/list/attention.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>

#define HALF_MINUTE_MS 30000

/* A fleet, and the attention that follows it. */
struct world {
    struct snapshots *maker;
    struct attention *attention;
    const struct snapshot *shown;
    uint32_t slot; /* of its one deployment */
};

static void follow(struct world *world)
{
    const struct snapshot *next = snapshots_take(world->maker);
    assert_int_equal(attention_follow(world->attention, world->shown, next), 0);
    if (world->shown)
        snapshots_give_back(world->maker, world->shown);
    world->shown = next;
    snapshots_at(world->maker)->ms += HALF_MINUTE_MS;
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    world->maker = snapshots_create();
    assert_int_equal(attention_create(&world->attention), 0);
    world->slot = snapshots_add(world->maker, "a");
    follow(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    snapshots_give_back(world->maker, world->shown);
    attention_destroy(world->attention);
    snapshots_destroy(world->maker);
    test_free(world);
    return 0;
}

static const struct attention_entry *entry(const struct world *world)
{
    return attention_at(world->attention, world->slot);
}

static void become(struct world *world, enum state state, enum reason reason)
{
    struct snapshot_row *row = snapshots_row(world->maker, world->slot);
    row->state = (uint8_t)state;
    row->reason = (uint8_t)reason;
    follow(world);
}

static void become_troubled(struct world *world)
{
    become(world, STATE_STARVED, REASON_MAX_HOSTS);
}

static void become_well(struct world *world)
{
    become(world, STATE_ON_TARGET, REASON_ON_TARGET);
}

static void assert_counts(const struct world *world, size_t entries, size_t open,
                          size_t unacknowledged)
{
    struct attention_counts counts = attention_counts(world->attention);
    assert_int_equal(counts.entries, entries);
    assert_int_equal(counts.open, open);
    assert_int_equal(counts.unacknowledged, unacknowledged);
}

/* --- what is trouble ------------------------------------------------------------------------------------------- */

static const struct trouble_row {
    const char *name;
    enum state state;
    enum reason reason;
    bool is_trouble;
} trouble_rows[] = {
    { "starved", STATE_STARVED, REASON_ON_TARGET, true },
    { "failed", STATE_FAILED, REASON_SCALE_REFUSED, true },
    { "unconfirmed", STATE_UNCONFIRMED, REASON_UNCONFIRMED, true },
    { "unread for two passes", STATE_UNREAD, REASON_ON_TARGET, true },
    { "held by a bound", STATE_HELD, REASON_MAX_HOSTS, true },
    { "held for bad data", STATE_HELD, REASON_BAD_STATUS, true },
    { "held by a cooldown", STATE_HELD, REASON_COOLDOWN_UP, false },
    { "paused", STATE_PAUSED, REASON_PAUSED, false },
    { "up", STATE_UP, REASON_BELOW_TARGET, false },
    { "down", STATE_DOWN, REASON_ABOVE_TARGET, false },
    { "pending", STATE_PENDING, REASON_PENDING_HOSTS, false },
    { "waiting", STATE_WAITING, REASON_SCALE_DOWN_WINDOW, false },
    { "on target", STATE_ON_TARGET, REASON_ON_TARGET, false },
    { "gone", STATE_GONE, REASON_GONE, false },
};

static void trouble_has_an_entry(void **state)
{
    const struct trouble_row *row = *state;
    void *fixture;
    set_up(&fixture);
    struct world *world = fixture;
    become(world, row->state, row->reason);
    assert_int_equal(entry(world) != NULL, row->is_trouble);
    assert_counts(world, row->is_trouble, row->is_trouble, row->is_trouble);
    tear_down(&fixture);
}

static void nothing_read_yet_is_no_trouble(void **state)
{
    struct world *world = *state;
    struct snapshot_row *row = snapshots_row(world->maker, world->slot);
    row->read_at = (struct wall){ 0 };
    become(world, STATE_UNREAD, REASON_NONE);
    assert_null(entry(world));
    become(world, STATE_UNREAD, REASON_READ_TIMEOUT);
    assert_non_null(entry(world));
}

/* --- life of an entry ------------------------------------------------------------------------------------------ */

static void an_entry_stays_until_it_has_ended_and_is_acknowledged(void **state)
{
    struct world *world = *state;
    become_troubled(world);
    struct wall since = world->shown->at;
    assert_int_equal(entry(world)->since.ms, since.ms);
    assert_int_equal(entry(world)->ended.ms, 0);
    become_well(world);
    assert_int_equal(entry(world)->since.ms, since.ms);
    assert_int_equal(entry(world)->ended.ms, since.ms + HALF_MINUTE_MS);
    assert_counts(world, 1, 0, 1);
    follow(world);
    assert_int_equal(entry(world)->ended.ms, since.ms + HALF_MINUTE_MS);
    assert_true(attention_acknowledge(world->attention, world->slot));
    assert_null(entry(world));
    assert_counts(world, 0, 0, 0);
    assert_false(attention_acknowledge(world->attention, world->slot));
}

static void an_acknowledged_entry_goes_when_it_ends(void **state)
{
    struct world *world = *state;
    become_troubled(world);
    assert_true(attention_acknowledge(world->attention, world->slot));
    assert_false(attention_acknowledge(world->attention, world->slot));
    assert_counts(world, 1, 1, 0);
    follow(world);
    assert_true(entry(world)->is_acknowledged);
    become_well(world);
    assert_null(entry(world));
}

static void what_comes_back_is_the_same_entry(void **state)
{
    struct world *world = *state;
    become_troubled(world);
    struct wall since = entry(world)->since;
    become_well(world);
    become(world, STATE_FAILED, REASON_SCALE_REFUSED);
    assert_int_equal(entry(world)->since.ms, since.ms);
    assert_int_equal(entry(world)->ended.ms, 0);
    assert_int_equal(entry(world)->worst, STATE_STARVED);
}

static void what_becomes_worse_is_to_be_acknowledged_again(void **state)
{
    struct world *world = *state;
    become(world, STATE_HELD, REASON_MAX_HOSTS);
    attention_acknowledge(world->attention, world->slot);
    become(world, STATE_HELD, REASON_MAX_STEP_UP);
    assert_true(entry(world)->is_acknowledged);
    become_troubled(world);
    assert_false(entry(world)->is_acknowledged);
    attention_acknowledge(world->attention, world->slot);
    become(world, STATE_HELD, REASON_MAX_HOSTS);
    assert_true(entry(world)->is_acknowledged);
    assert_int_equal(entry(world)->worst, STATE_STARVED);
}

static void an_entry_belongs_to_a_deployment_and_not_to_a_slot(void **state)
{
    struct world *world = *state;
    become_troubled(world);
    snapshots_remove(world->maker, world->slot);
    uint32_t other = snapshots_add(world->maker, "b");
    assert_int_equal(other, world->slot);
    follow(world);
    assert_null(entry(world));
    assert_counts(world, 0, 0, 0);
}

static void all_are_acknowledged_at_once(void **state)
{
    struct world *world = *state;
    uint32_t other = snapshots_add(world->maker, "b");
    snapshots_row(world->maker, other)->state = STATE_FAILED;
    become_troubled(world);
    become_well(world);
    assert_counts(world, 2, 1, 2);
    assert_int_equal(attention_acknowledge_all(world->attention), 2);
    assert_counts(world, 1, 1, 0);
    assert_int_equal(attention_acknowledge_all(world->attention), 0);
}

/* --- flapping -------------------------------------------------------------------------------------------------- */

static void scale(struct world *world, int32_t delta)
{
    struct snapshot_row *row = snapshots_row(world->maker, world->slot);
    row->acted_at = *snapshots_at(world->maker);
    row->last_delta = delta;
    follow(world);
}

static void turns_within_an_hour_are_flapping(void **state)
{
    struct world *world = *state;
    static const int32_t deltas[] = { 1, 2, -1, 3, 4 };
    for (size_t i = 0; i < COUNT_OF(deltas); i++)
        scale(world, deltas[i]);
    assert_null(entry(world));
    scale(world, -4);
    assert_non_null(entry(world));
    assert_true(entry(world)->is_flapping);
    *snapshots_at(world->maker) = (struct wall){ world->shown->at.ms + ATTENTION_FLAP_MS };
    become_well(world);
    assert_false(entry(world)->is_flapping);
    assert_int_equal(entry(world)->ended.ms, world->shown->at.ms);
}

static void turns_of_two_hours_are_not(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 10; i++) {
        scale(world, i % 2 == 0 ? 5 : -5);
        snapshots_at(world->maker)->ms += ATTENTION_FLAP_MS;
    }
    assert_null(entry(world));
}

/* --- following ------------------------------------------------------------------------------------------------- */

/* The same as one that has read every row of every snapshot, without the pages that did not change. */
static void only_changed_pages_matter(void **state)
{
    struct world *world = *state;
    snapshots_fill_random(world->maker, 1000, 7);
    for (uint64_t round = 0; round < 20; round++) {
        snapshots_stir(world->maker, 30, round);
        follow(world);
        struct attention *fresh;
        assert_int_equal(attention_create(&fresh), 0);
        assert_int_equal(attention_follow(fresh, NULL, world->shown), 0);
        assert_int_equal(attention_counts(fresh).open, attention_counts(world->attention).open);
        for (uint32_t slot = 0; slot < world->shown->slot_count; slot++) {
            const struct attention_entry *entry = attention_at(world->attention, slot);
            bool is_open = entry && entry->ended.ms == 0;
            assert_int_equal(is_open, attention_at(fresh, slot) != NULL);
        }
        attention_destroy(fresh);
    }
}

static void no_memory_changes_nothing(void **state)
{
    struct world *world = *state;
    become_troubled(world);
    snapshots_fill_random(world->maker, 500, 7);
    const struct snapshot *next = snapshots_take(world->maker);
    watched_heap.succeed_count = 0;
    assert_int_equal(attention_follow(world->attention, world->shown, next), -ENOMEM);
    watched_heap.succeed_count = -1;
    assert_non_null(entry(world));
    assert_counts(world, 1, 1, 1);
    snapshots_give_back(world->maker, next);
    follow(world);
    assert_true(attention_counts(world->attention).entries > 1);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    struct CMUnitTest troubles[COUNT_OF(trouble_rows)];
    TESTS_FROM_ROWS(troubles, trouble_rows, trouble_has_an_entry);
    const struct CMUnitTest tests[] = {
        WORLD_TEST(nothing_read_yet_is_no_trouble),
        WORLD_TEST(an_entry_stays_until_it_has_ended_and_is_acknowledged),
        WORLD_TEST(an_acknowledged_entry_goes_when_it_ends),
        WORLD_TEST(what_comes_back_is_the_same_entry),
        WORLD_TEST(what_becomes_worse_is_to_be_acknowledged_again),
        WORLD_TEST(an_entry_belongs_to_a_deployment_and_not_to_a_slot),
        WORLD_TEST(all_are_acknowledged_at_once),
        WORLD_TEST(turns_within_an_hour_are_flapping),
        WORLD_TEST(turns_of_two_hours_are_not),
        WORLD_TEST(only_changed_pages_matter),
        WORLD_TEST(no_memory_changes_nothing),
    };
    int failed = cmocka_run_group_tests_name("attention: trouble", troubles, NULL, NULL);
    failed += cmocka_run_group_tests_name("attention", tests, NULL, NULL);
    return failed;
}
