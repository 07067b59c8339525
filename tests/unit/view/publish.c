/*
 * What waits for a snapshot, the head, two threads and memory: the publisher against its header.
 */
#include "engine/view/publish.h"

#include "tests/support/published_fleet.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

/* --- what waits for a snapshot --------------------------------------------------------------------------------- */

static void a_stuck_console_misses_pictures_and_nothing_else(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, 40);
    int32_t refused = 0;
    for (int i = 0; i < 200; i++) {
        say(&stand);
        acknowledge(&stand);
        change(&stand, fleet_at(stand.fleet, (uint32_t)i % 40));
        refused += !publish(&stand);
    }
    assert_int_equal(refused, 200 - FEED_SNAPSHOTS_MAX);
    /* It reads again: the versions that it missed were never made, and the next one has all changes. */
    while (take(&stand))
        ;
    assert_int_equal(stand.version, FEED_SNAPSHOTS_MAX);
    publish_and_take(&stand);
    assert_int_equal(stand.version, FEED_SNAPSHOTS_MAX + 1);
    const struct snapshot *last = stand.held[stand.held_count - 1];
    assert_int_equal(last->line_count, 200 - FEED_SNAPSHOTS_MAX);
    assert_int_equal(last->ack_count, 200 - FEED_SNAPSHOTS_MAX);
    give_all_back(&stand);
    tear_down(&stand);
}

static void so_many_are_out_and_no_more(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, 40);
    int32_t published = 0;
    for (int i = 0; i < 100; i++) {
        change(&stand, fleet_at(stand.fleet, 7));
        published += publish(&stand);
        while (stand.held_count < HELD_MAX && take(&stand))
            ;
    }
    assert_int_equal(published, FEED_SNAPSHOTS_MAX + 24);
    give_back(&stand, 5);
    publish_and_take(&stand);
    for (size_t i = 0; i < stand.held_count; i++)
        check(stand.held[i]);
    give_all_back(&stand);
    tear_down(&stand);
}

static void more_acknowledgements_than_there_was_room_for(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    for (int i = 0; i < 3 * FEED_COMMANDS_MAX; i++)
        acknowledge(&stand);
    publish_and_take(&stand);
    assert_int_equal(stand.held[0]->ack_count, 3 * FEED_COMMANDS_MAX);
    give_all_back(&stand);
    publish_and_take(&stand);
    assert_int_equal(stand.held[0]->ack_count, 0);
    give_all_back(&stand);
    tear_down(&stand);
}

/* What a console sees of this many lines with texts of this size. */
static const struct flood_case {
    const char *name;
    size_t count;
    size_t text_size;
    size_t shown_min;
    size_t shown_max;
} flood_cases[] = {
    { "as many lines as are kept", PUBLISH_LINES_MAX, 10, PUBLISH_LINES_MAX, PUBLISH_LINES_MAX },
    { "one line more", PUBLISH_LINES_MAX + 1, 10, PUBLISH_LINES_MAX, PUBLISH_LINES_MAX },
    { "three times as many", 3 * PUBLISH_LINES_MAX, 10, PUBLISH_LINES_MAX, PUBLISH_LINES_MAX },
    { "more bytes than are kept", 2000, 8000, 450, 524 },
};

static void case_loses_the_oldest(void **state)
{
    const struct flood_case *row = *state;
    static char error[8192];
    struct stand stand;
    set_up(&stand, 1);
    memset(error, 'x', row->text_size);
    error[row->text_size] = '\0';
    for (size_t i = 0; i < row->count; i++) {
        struct event event;
        event_init(&event, EVENT_STATUS_FAILED);
        event_add_integer(&event, "attempt", (int64_t)i);
        event_add_sentence(&event, "error", error);
        publisher_take_line(stand.publisher, &event, (struct wall){ (int64_t)i });
    }
    assert_true(watched_heap.live_size < 2 * PUBLISH_LINES_SIZE + PUBLISH_LINES_MAX * 100);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_in_range(snapshot->line_count, row->shown_min, row->shown_max);
    assert_int_equal(snapshot->lines_lost + (int64_t)snapshot->line_count, row->count);
    for (size_t i = 0; i < snapshot->line_count; i++) {
        assert_int_equal(snapshot->lines[i].at.ms, snapshot->lines_lost + (int64_t)i);
        assert_null(snapshot->lines[i].id);
    }
    feed_release(stand.feed, snapshot);
    /* They are counted as lost once. */
    publisher_focus(stand.publisher, 1, 0);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    assert_int_equal(feed_next(stand.feed)->lines_lost, 0);
    tear_down(&stand);
}

static void a_line_without_memory_is_counted(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    watched_heap.succeed_count = 0;
    say(&stand);
    watched_heap.succeed_count = -1;
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    feed_next(stand.feed);
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->line_count, 0);
    assert_int_equal(snapshot->lines_lost, 1);
    tear_down(&stand);
}

static void a_line_keeps_the_bytes_of_the_id(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    struct event event;
    event_init(&event, EVENT_DEPLOYMENT_BAD);
    event_add_string(&event, "reason", "bad_id");
    event_add_string(&event, "deployment", "a \x1b[2J\xff");
    publisher_take_line(stand.publisher, &event, (struct wall){ 42 });
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->line_count, 1);
    assert_string_equal(snapshot->lines[0].id, "a \x1b[2J\xff");
    assert_string_equal(snapshot->lines[0].text,
                        "deployment_bad reason=bad_id deployment=\"a \\x1b[2J\\xff\"");
    assert_int_equal(snapshot->lines[0].at.ms, 42);
    assert_int_equal(snapshot->lines[0].level, LEVEL_WARN);
    tear_down(&stand);
}

static void there_are_news_exactly_when_something_changed(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand); /* checks that there are none behind it */
    add(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    say(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    acknowledge(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    publisher_focus(stand.publisher, 0, 0);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    publisher_focus(stand.publisher, 0, 0);
    assert_false(publisher_has_news(stand.publisher, stand.reconciler));
    publisher_focus(stand.publisher, 0, -3);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    pause_or_resume(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    give_all_back(&stand);
    tear_down(&stand);
}

static void pages_that_did_not_change_are_shared(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, 160);
    publish_and_take(&stand);
    change(&stand, fleet_at(stand.fleet, 35));
    publish_and_take(&stand);
    const struct snapshot *before = stand.held[0];
    const struct snapshot *after = stand.held[1];
    assert_int_equal(after->page_count, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(before->pages[i] == after->pages[i], i != 2);
    assert_int_equal(before->names_version, after->names_version);
    fleet_remove(stand.fleet, fleet_at(stand.fleet, 0));
    publish_and_take(&stand);
    assert_true(stand.held[2]->names_version != after->names_version);
    give_all_back(&stand);
    tear_down(&stand);
}

/* Replaced by another deployment between two snapshots; gone and back under the same id. */
static void a_slot_with_another_deployment_has_another_name(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    struct deployment *deployment;
    assert_int_equal(fleet_add(stand.fleet, "eu-1", false, &deployment), 0);
    deployment->policy = &policy_default;
    publish_and_take(&stand);
    const char *const ids[] = { "eu-2", "eu-2", "EU-2" };
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        fleet_remove(stand.fleet, fleet_at(stand.fleet, 0));
        assert_int_equal(fleet_add(stand.fleet, ids[i], false, &deployment), 0);
        assert_int_equal(deployment->slot, 0);
        deployment->policy = &policy_default;
        publish_and_take(&stand);
    }
    assert_string_equal(stand.held[0]->pages[0]->rows[0].name->id, "eu-1");
    for (size_t i = 0; i < stand.held_count; i++)
        check(stand.held[i]);
    give_all_back(&stand);
    tear_down(&stand);
}

/* --- the reconciler itself ---------------------------------------------------------------------------------------- */

static void the_head_tells_of_the_reconciler(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    stand.context.speed_millis = 20000;
    stand.context.is_demo = true;
    stand.context.is_insecure = true;
    stand.context.is_stateless = true;
    pause_or_resume(&stand);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->version, 1);
    assert_int_equal(snapshot->at.ms, stand.context.wall.ms);
    assert_string_equal(snapshot->engine.version, "0");
    assert_string_equal(snapshot->engine.api_url, "http://localhost");
    assert_true(snapshot->engine.is_paused);
    assert_true(snapshot->engine.is_insecure);
    assert_true(snapshot->engine.is_stateless);
    assert_int_equal(snapshot->engine.unrecordable_at.ms, 0);
    assert_false(snapshot->engine.is_read_only);
    assert_false(snapshot->engine.is_dry_run);
    assert_false(snapshot->engine.is_stopping);
    assert_int_equal(snapshot->engine.demo_speed_millis, 20000);
    assert_int_equal(snapshot->engine.paused_at.ms, stand.context.wall.ms);
    assert_int_equal(snapshot->engine.discovery_failed_at.ms, 0);
    assert_int_equal(snapshot->engine.last_read.ms, 0);
    assert_int_equal(snapshot->engine.failing_since.ms, 0);
    assert_string_equal(snapshot->engine.failure, "");
    assert_int_equal(snapshot->engine.next_pass.ms, 0);
    assert_int_equal(snapshot->engine.pass_interval_ms, 1500);
    assert_int_equal(snapshot->engine.discovery_interval_ms, 3000);
    assert_int_equal(snapshot->pass.number, 0);
    assert_int_equal(snapshot->pass.started.ms, 0);
    tear_down(&stand);
}

static void the_head_tells_of_a_state_that_is_unavailable(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    reconciler_set_recordable(stand.reconciler, stand.context.now, false);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->engine.unrecordable_at.ms, stand.context.wall.ms);
    feed_release(stand.feed, snapshot);
    reconciler_set_recordable(stand.reconciler, stand.context.now, true);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    assert_int_equal(feed_next(stand.feed)->engine.unrecordable_at.ms, 0);
    tear_down(&stand);
}

/* --- two threads ----------------------------------------------------------------------------------------------- */

struct watcher {
    struct feed *feed;
    int64_t seen;
    int64_t bad; /* impossible rows, versions that go back */
};

static int64_t bad_rows(const struct snapshot *snapshot)
{
    int64_t bad = 0;
    int32_t listed = 0;
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        if (!row)
            continue;
        listed += row->is_listed;
        bad += row->free_servers > row->total_servers || row->name->id[0] == '\0';
    }
    return bad + (listed != snapshot->totals.deployments);
}

/* Holds one and reads it again when the next one is there. */
static void *watch(void *context)
{
    struct watcher *watcher = context;
    const struct snapshot *held = NULL;
    while (!feed_is_over(watcher->feed)) {
        const struct snapshot *next = feed_next(watcher->feed);
        if (!next) {
            sched_yield();
            continue;
        }
        watcher->seen++;
        watcher->bad += bad_rows(next);
        if (held) {
            watcher->bad += bad_rows(held) + (held->version >= next->version);
            feed_release(watcher->feed, held);
        }
        held = next;
    }
    return NULL;
}

static void a_console_looks_while_the_engine_goes_on(void **state)
{
    (void)state;
    struct stand stand;
    pthread_t thread;
    set_up(&stand, 11);
    add_many(&stand, 100);
    struct watcher watcher = { .feed = stand.feed };
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    int64_t published = 0;
    while (published < 1000) {
        stir(&stand);
        bool is_taken = publisher_publish(stand.publisher, stand.reconciler, &stand.context);
        published += is_taken;
        if (!is_taken)
            sched_yield();
    }
    feed_close(stand.feed);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(watcher.seen, published);
    assert_int_equal(watcher.bad, 0);
    tear_down(&stand);
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

/* A publish with everything in it fails at its first, second, third ... allocation, and then works. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    int64_t tries = 0;
    bool is_done = false;
    for (; !is_done && tries < 1000; tries++) {
        struct stand stand;
        set_up(&stand, 1);
        add_many(&stand, 100);
        publisher_focus(stand.publisher, 3, 0);
        say(&stand);
        acknowledge(&stand);
        watched_heap.succeed_count = tries;
        is_done = publish(&stand);
        watched_heap.succeed_count = -1;
        if (!is_done)
            assert_true(publish(&stand));
        assert_true(take(&stand));
        give_all_back(&stand);
        tear_down(&stand);
    }
    assert_true(is_done);
    assert_in_range(tries, 100, 200);
}

static void starts_or_says_why_not(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add(&stand);
    for (int64_t tries = 0; tries < 3; tries++) {
        struct publisher *publisher = NULL;
        struct error err = { 0 };
        watched_heap.succeed_count = tries;
        assert_int_equal(publisher_create(stand.feed, stand.reconciler, &publisher, &err), -ENOMEM);
        watched_heap.succeed_count = -1;
        assert_null(publisher);
        assert_true(err.msg[0] != '\0');
    }
    publisher_destroy(NULL);
    tear_down(&stand);
}

#define FLAT_SLOTS 320
#define FLAT_ROUNDS 1000

static void change_many(struct stand *stand)
{
    for (int i = 0; i < 30; i++)
        change(stand, any_deployment(stand));
    struct deployment *deployment = fleet_at(stand->fleet, 9);
    if (ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT)
        ledger_accept(deployment->ledger);
    fleet_remove(stand->fleet, deployment);
    assert_int_equal(
        fleet_add(stand->fleet, stand->id_count++ % 2 ? "eu-odd" : "eu-even", false, &deployment),
        0);
    deployment->policy = &policy_default;
    deployment->is_listed = true;
    stand->context.now.ms += 700;
    stand->context.wall.ms += 700;
}

static size_t size_after_rounds(struct stand *stand, size_t first)
{
    for (int i = 0; i < FLAT_ROUNDS; i++) {
        /* Memory outside of the publisher must not grow in the meantime: no ledgers here. */
        change_many(stand);
        publish_and_take(stand);
        while (stand->held_count > first + 1)
            give_back(stand, first);
    }
    return watched_heap.live_size;
}

static void memory_stays_where_it_is(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, FLAT_SLOTS);
    for (uint32_t slot = 0; slot < FLAT_SLOTS; slot++)
        assert_non_null(fleet_open_ledger(stand.fleet, fleet_at(stand.fleet, slot)));
    size_t before = size_after_rounds(&stand, 0);
    assert_in_range(size_after_rounds(&stand, 0), before / 2, before + 1000);
    /* From now on the first never returns: it costs the pages that it shows, once. */
    size_t frozen = size_after_rounds(&stand, 1);
    size_t fleet_size =
        (FLAT_SLOTS / SNAPSHOT_PAGE_ROWS + 64) * (sizeof(struct snapshot_page) + 64);
    assert_true(frozen < before + fleet_size);
    assert_in_range(size_after_rounds(&stand, 1), frozen / 2, frozen + 1000);
    check(stand.held[0]);
    give_all_back(&stand);
    tear_down(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stuck_console_misses_pictures_and_nothing_else),
        cmocka_unit_test(so_many_are_out_and_no_more),
        cmocka_unit_test(more_acknowledgements_than_there_was_room_for),
        cmocka_unit_test(a_line_without_memory_is_counted),
        cmocka_unit_test(a_line_keeps_the_bytes_of_the_id),
        cmocka_unit_test(there_are_news_exactly_when_something_changed),
        cmocka_unit_test(pages_that_did_not_change_are_shared),
        cmocka_unit_test(a_slot_with_another_deployment_has_another_name),
        cmocka_unit_test(the_head_tells_of_the_reconciler),
        cmocka_unit_test(the_head_tells_of_a_state_that_is_unavailable),
        cmocka_unit_test(a_console_looks_while_the_engine_goes_on),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(starts_or_says_why_not),
        cmocka_unit_test(memory_stays_where_it_is),
    };
    struct CMUnitTest floods[COUNT_OF(flood_cases)];
    TESTS_FROM_ROWS(floods, flood_cases, case_loses_the_oldest);
    int failed = cmocka_run_group_tests_name("publish", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("publish: lines", floods, NULL, NULL);
}
