/*
 * bench_publish - the cost of a snapshot after a part of a large fleet has changed, beside a copy of all of it.
 *
 * The console of this bench is fast: it takes the newest snapshot and releases the one before. Between two publishes
 * statuses are applied as after a read, so that the changed data is in the cache as in the program.
 */
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/view/publish.h"
#include "tests/bench/read_fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGES (READ_FLEET_DEPLOYMENTS / SNAPSHOT_PAGE_ROWS)
#define PASSES 20
#define ROUNDS 300
#define ROUNDS_ALL 40
#define WARM_UP 20

struct bench {
    struct read_fleet fleet;
    struct feed *feed;
    struct publisher *publisher;
    const struct snapshot *held;
};

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void ignore_wake(void *context)
{
    (void)context;
}

static void set_up(struct bench *bench)
{
    *bench = (struct bench){ 0 };
    read_fleet_init(&bench->fleet);
    int failed = feed_create(ignore_wake, NULL, &bench->feed, NULL);
    failed = failed
                 ? failed
                 : publisher_create(bench->feed, bench->fleet.reconciler, &bench->publisher, NULL);
    must(!failed);
    for (int i = 1; i < PASSES; i++)
        read_fleet_pass(&bench->fleet);
}

static void tear_down(struct bench *bench)
{
    if (bench->held)
        feed_release(bench->feed, bench->held);
    publisher_destroy(bench->publisher);
    feed_destroy(bench->feed);
    read_fleet_fini(&bench->fleet);
}

/* --- what is measured ------------------------------------------------------------------------------------------ */

static void change_scattered(struct bench *bench)
{
    read_fleet_change_some(&bench->fleet, READ_FLEET_ONE_PERCENT);
}

static void change_together(struct bench *bench)
{
    uint32_t first = (uint32_t)random_below(&bench->fleet.random,
                                            READ_FLEET_DEPLOYMENTS - READ_FLEET_ONE_PERCENT);
    for (uint32_t i = 0; i < READ_FLEET_ONE_PERCENT; i++)
        read_fleet_change(&bench->fleet, first + i);
}

static void change_all(struct bench *bench)
{
    for (uint32_t slot = 0; slot < READ_FLEET_DEPLOYMENTS; slot++)
        read_fleet_change(&bench->fleet, slot);
}

/* The console takes the newest and releases the one before. */
static void look(struct bench *bench)
{
    const struct snapshot *snapshot = feed_next(bench->feed);
    must(snapshot);
    feed_settle(bench->feed);
    if (bench->held)
        feed_release(bench->feed, bench->held);
    bench->held = snapshot;
}

static double publish_us(struct bench *bench)
{
    struct publish_context context = {
        .now = bench->fleet.now,
        .wall = { 1767362613104 },
        .speed_millis = 1000,
        .version = "0",
        .api_url = "http://localhost",
    };
    double started = now_ns();
    bool is_taken = publisher_publish(bench->publisher, bench->fleet.reconciler, &context);
    double took_us = (now_ns() - started) / 1e3;
    must(is_taken);
    look(bench);
    return took_us;
}

/* All rows from one place to another, page by page. */
static double copy_us(struct snapshot_page *target, const struct snapshot_page *source)
{
    double started = now_ns();
    for (size_t i = 0; i < PAGES; i++)
        memcpy(&target[i], &source[i], sizeof target[i]);
    return (now_ns() - started) / 1e3;
}

/* --- figures --------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

struct figures {
    double median_us;
    double p99_us;
};

static struct figures figures_of(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, compare);
    return (struct figures){ samples[count / 2], samples[count * 99 / 100] };
}

static struct figures measure(struct bench *bench, void (*change_some)(struct bench *),
                              size_t rounds)
{
    double samples[ROUNDS];
    for (size_t i = 0; i < WARM_UP + rounds; i++) {
        change_some(bench);
        double took_us = publish_us(bench);
        if (i >= WARM_UP)
            samples[i - WARM_UP] = took_us;
    }
    return figures_of(samples, rounds);
}

static struct figures measure_copy(void)
{
    double samples[ROUNDS_ALL];
    struct snapshot_page *source = heap_alloc(PAGES, sizeof *source);
    struct snapshot_page *target = heap_alloc(PAGES, sizeof *target);
    must(source && target);
    memset(source, 1, PAGES * sizeof *source);
    memset(target, 2, PAGES * sizeof *target);
    for (size_t i = 0; i < ROUNDS_ALL; i++)
        samples[i] = copy_us(target, source);
    must(memcmp(source, target, sizeof *source) == 0);
    heap_free(source);
    heap_free(target);
    return figures_of(samples, ROUNDS_ALL);
}

static void print(const char *what, struct figures figures, struct figures copy)
{
    printf("%s: %.0f us, p99 %.0f us; %.2f times copying all rows\n", what, figures.median_us,
           figures.p99_us, figures.median_us / copy.median_us);
}

int main(void)
{
    struct bench bench;
    set_up(&bench);
    printf("a snapshot of %d deployments, the first: %.0f us\n", READ_FLEET_DEPLOYMENTS,
           publish_us(&bench));
    struct figures scattered = measure(&bench, change_scattered, ROUNDS);
    struct figures together = measure(&bench, change_together, ROUNDS);
    struct figures all = measure(&bench, change_all, ROUNDS_ALL);
    struct figures copy = measure_copy();
    tear_down(&bench);
    print("  1 % changed, scattered (budget: 300 us)", scattered, copy);
    print("  1 % changed, side by side", together, copy);
    print("  all changed", all, copy);
    printf("  copying all rows (%zu KiB): %.0f us, p99 %.0f us\n",
           PAGES * sizeof(struct snapshot_page) / 1024, copy.median_us, copy.p99_us);
    return 0;
}
