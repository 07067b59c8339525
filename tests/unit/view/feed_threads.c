/*
 * Both ends of a feed on two threads: an engine and a console that sleep until the other wakes them.
 */
#include "engine/view/feed_source.h"

#include "engine/base/panic.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PAGES 3
#define SLOTS (PAGES * SNAPSHOT_PAGE_ROWS)
#define HELD_MAX 6
/* All that can be in the ring, held, and returning, and one to fill. */
#define ISSUES (FEED_SNAPSHOTS_MAX + 2 * HELD_MAX + 4)
#define GUARD_MS 60000 /* a longer sleep means a lost wake-up */

static const struct stress_row {
    const char *name;
    uint64_t versions;
    uint32_t commands;
    int console_sleeps_percent; /* how often it does not read, so that the ring fills up */
} stress_rows[] = {
    { "two threads, a quick console", 60000, 60000, 0 },
    { "two threads, a slow console", 60000, 20000, 60 },
    { "two threads, snapshots only", 60000, 0, 10 },
    { "two threads, commands only", 0, 100000, 0 },
};

/* A snapshot as publish makes them: a table of pages, each written before it is offered. */
struct issue {
    struct snapshot snapshot;
    const struct snapshot_page *table[PAGES];
    struct snapshot_page pages[PAGES];
    bool is_out;
};

struct stress {
    const struct stress_row *row;
    struct feed *feed;
    int wake_descriptor;
    uint64_t versions;
    uint32_t commands;
    /* The engine's, until it is joined. */
    struct issue issues[ISSUES];
    uint64_t offered;
    uint32_t received;
    uint64_t engine_faults;
    int64_t engine_live_count;
};

static int32_t hosts_of(uint64_t version, size_t slot)
{
    return (int32_t)(random_mix(version * SLOTS + slot) % 1000000);
}

static void fill_issue(struct issue *issue, uint64_t version)
{
    for (size_t slot = 0; slot < SLOTS; slot++) {
        struct snapshot_row *row =
            &issue->pages[slot / SNAPSHOT_PAGE_ROWS].rows[slot % SNAPSHOT_PAGE_ROWS];
        row->hosts = hosts_of(version, slot);
        row->desired_hosts = -row->hosts;
        row->trend[SNAPSHOT_TREND_LENGTH - 1] = (uint8_t)version;
    }
    for (size_t i = 0; i < PAGES; i++)
        issue->table[i] = &issue->pages[i];
    issue->snapshot = (struct snapshot){
        .version = version,
        .slot_count = SLOTS,
        .page_count = PAGES,
        .pages = issue->table,
    };
}

static bool is_row_whole(const struct snapshot *snapshot, size_t slot)
{
    const struct snapshot_row *row =
        &snapshot->pages[slot / SNAPSHOT_PAGE_ROWS]->rows[slot % SNAPSHOT_PAGE_ROWS];
    return row->hosts == hosts_of(snapshot->version, slot) && row->desired_hosts == -row->hosts &&
           row->trend[SNAPSHOT_TREND_LENGTH - 1] == (uint8_t)snapshot->version;
}

static bool is_snapshot_whole(const struct snapshot *snapshot)
{
    if (snapshot->slot_count != SLOTS || snapshot->page_count != PAGES)
        return false;
    for (size_t slot = 0; slot < SLOTS; slot++)
        if (!is_row_whole(snapshot, slot))
            return false;
    return true;
}

/* Sleeps until the descriptor is readable. False: no wake-up came. */
static bool await(int descriptor)
{
    struct pollfd pollfd = { .fd = descriptor, .events = POLLIN };
    int count;
    do {
        count = poll(&pollfd, 1, GUARD_MS);
    } while (count < 0 && errno == EINTR);
    return count == 1;
}

/* --- the engine's side; on its own thread, so nothing is asserted there --- */

static void wake_engine(void *context)
{
    struct stress *stress = context;
    uint64_t one = 1;
    must(write(stress->wake_descriptor, &one, sizeof one) == (ssize_t)sizeof one);
}

static bool engine_sleeps(struct stress *stress)
{
    uint64_t count;
    bool is_woken = await(stress->wake_descriptor);
    must(!is_woken || read(stress->wake_descriptor, &count, sizeof count) == (ssize_t)sizeof count);
    return is_woken;
}

static void take_back_spent(struct stress *stress)
{
    const struct snapshot *snapshot;
    while ((snapshot = feed_take_spent(stress->feed))) {
        size_t at = 0;
        while (at < ISSUES && &stress->issues[at].snapshot != snapshot)
            at++;
        if (at == ISSUES || !stress->issues[at].is_out) {
            stress->engine_faults++;
            continue;
        }
        stress->issues[at].is_out = false;
    }
}

static void take_commands(struct stress *stress)
{
    struct command command;
    while (feed_take_command(stress->feed, &command))
        stress->engine_faults += !is_command(&command, stress->received++);
}

static struct issue *find_at_rest(struct stress *stress)
{
    for (size_t i = 0; i < ISSUES; i++)
        if (!stress->issues[i].is_out)
            return &stress->issues[i];
    return NULL;
}

/* False: there is no room. */
static bool offer_one(struct stress *stress)
{
    struct issue *issue = find_at_rest(stress);
    if (!issue) {
        sched_yield(); /* the console is releasing some */
        return true;
    }
    fill_issue(issue, stress->offered + 1);
    issue->is_out = feed_offer(stress->feed, &issue->snapshot);
    stress->offered += issue->is_out;
    return issue->is_out;
}

static void *be_engine(void *context)
{
    struct stress *stress = context;
    bool is_woken = true;
    while (is_woken &&
           (stress->offered < stress->versions || stress->received < stress->commands)) {
        take_back_spent(stress);
        take_commands(stress);
        bool is_done = stress->offered == stress->versions;
        if (is_done ? stress->received < stress->commands : !offer_one(stress))
            is_woken = engine_sleeps(stress);
    }
    stress->engine_faults += !is_woken;
    feed_close(stress->feed);
    stress->engine_live_count = heap.live_count;
    return NULL;
}

/* --- the console's side, on the test's thread --- */

struct console {
    struct stress *stress;
    struct random random;
    const struct snapshot *held[HELD_MAX];
    size_t held_count;
    uint64_t taken;
    uint32_t sent;
    uint64_t faults;
};

static bool chance(struct console *console, int percent)
{
    return random_below(&console->random, 100) < percent;
}

/* Held snapshots must not have changed. */
static void release_one(struct console *console)
{
    size_t at = (size_t)random_below(&console->random, (int64_t)console->held_count);
    console->faults += !is_snapshot_whole(console->held[at]);
    feed_release(console->stress->feed, console->held[at]);
    console->held[at] = console->held[--console->held_count];
}

static void look(struct console *console)
{
    const struct snapshot *snapshot;
    feed_settle(console->stress->feed);
    while ((snapshot = feed_next(console->stress->feed))) {
        console->faults += snapshot->version != ++console->taken;
        console->held[console->held_count++] = snapshot;
        while (console->held_count == HELD_MAX || (console->held_count > 0 && chance(console, 50)))
            release_one(console);
    }
}

static void send_some(struct console *console)
{
    for (int i = 0; i < 8 && console->sent < console->stress->commands; i++) {
        int failed = send_and_spoil(console->stress->feed, console->sent);
        console->faults += failed && failed != -EAGAIN;
        if (failed)
            return;
        console->sent++;
    }
}

static void be_console(struct console *console)
{
    const struct stress *stress = console->stress;
    bool is_woken = true;
    while (is_woken && !feed_is_over(stress->feed)) {
        send_some(console);
        for (int i = 0; i < 20 && chance(console, stress->row->console_sleeps_percent); i++)
            sched_yield();
        if (console->sent == stress->commands)
            is_woken = await(feed_descriptor(stress->feed));
        else
            sched_yield();
        look(console);
    }
    console->faults += !is_woken;
    while (console->held_count > 0)
        release_one(console);
}

static void check_end(struct stress *stress, const struct console *console)
{
    assert_int_equal(stress->engine_faults, 0);
    assert_int_equal(console->faults, 0);
    assert_int_equal(stress->offered, stress->versions);
    assert_int_equal(console->taken, stress->versions);
    assert_int_equal(stress->received, stress->commands);
    take_back_spent(stress);
    assert_int_equal(stress->engine_faults, 0);
    for (size_t i = 0; i < ISSUES; i++)
        assert_false(stress->issues[i].is_out);
}

static void both_sides_get_everything_and_are_always_woken(void **state)
{
    const struct stress_row *row = *state;
    struct stress *stress = calloc(1, sizeof *stress);
    assert_non_null(stress);
    stress->row = row;
    stress->versions = row->versions / SLOWER;
    stress->commands = row->commands / SLOWER;
    stress->wake_descriptor = eventfd(0, EFD_CLOEXEC);
    assert_true(stress->wake_descriptor >= 0);
    assert_int_equal(feed_create(wake_engine, stress, &stress->feed, NULL), 0);

    pthread_t engine;
    struct console console = { .stress = stress, .random = { 1 } };
    assert_int_equal(pthread_create(&engine, NULL, be_engine, stress), 0);
    be_console(&console);
    assert_int_equal(pthread_join(engine, NULL), 0);
    check_end(stress, &console);

    feed_destroy(stress->feed);
    assert_int_equal(heap.live_count + stress->engine_live_count, 0);
    heap.live_count = 0;
    close(stress->wake_descriptor);
    free(stress);
}

int main(void)
{
    struct CMUnitTest stresses[COUNT_OF(stress_rows)];
    TESTS_FROM_ROWS(stresses, stress_rows, both_sides_get_everything_and_are_always_woken);
    return cmocka_run_group_tests_name("feed: two threads", stresses, NULL, NULL);
}
