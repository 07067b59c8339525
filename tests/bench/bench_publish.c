/*
 * bench_publish - the cost of a snapshot after a part of a large fleet has changed, beside a copy of all of it.
 *
 * The console of this bench is fast: it takes the newest snapshot and releases the one before. Between two publishes
 * statuses are applied as after a read, so that the changed data is in the cache as in the program. Then the same with
 * readers of the stream, which take all that has changed as text, without a connection.
 *
 * The first ratio is that of the fastest tenth: other processes on the machine take the caches, and the time of a
 * publish is that of memory. The one behind it is that of the medians.
 */
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/control/stream_reader.h"
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
#define READERS_MAX 8
#define PIECE_SIZE 32768

struct bench {
    struct read_fleet fleet;
    struct feed *feed;
    struct publisher *publisher;
    const struct snapshot *held;
    struct stream_source source;
    struct fleet_reader changes;
    struct stream_reader *readers[READERS_MAX];
    size_t reader_count;
    int64_t bytes; /* of all readers */
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

/* --- readers of the stream ------------------------------------------------------------------------------------- */

static void touch(struct bench *bench, uint32_t slot)
{
    for (size_t i = 0; i < bench->reader_count; i++)
        stream_reader_before_touch(bench->readers[i], slot);
    change_order_touch(&bench->source.order, slot);
    for (size_t i = 0; i < bench->reader_count; i++)
        stream_reader_touched(bench->readers[i], slot);
}

/* A piece for each in turn, as connections take them. */
static void write_to_readers(struct bench *bench)
{
    static char piece[PIECE_SIZE];
    for (int64_t before = -1; before != bench->bytes;) {
        before = bench->bytes;
        for (size_t i = 0; i < bench->reader_count; i++)
            bench->bytes += (int64_t)stream_reader_write(bench->readers[i], piece, sizeof piece);
    }
}

static void stream(struct bench *bench)
{
    if (bench->reader_count == 0)
        return;
    uint32_t slot = 0;
    bench->source.summary = reconciler_summary(bench->fleet.reconciler);
    while ((slot = fleet_reader_take(&bench->changes, slot)) != SLOT_NONE)
        touch(bench, slot++);
    bench->source.version++;
    write_to_readers(bench);
}

static void attach_readers(struct bench *bench, size_t count)
{
    if (count > 0 && !bench->changes.changes) {
        bench->source.engine.reconciler = bench->fleet.reconciler;
        change_order_init(&bench->source.order);
        must(change_order_reserve(&bench->source.order, READ_FLEET_DEPLOYMENTS) == 0);
        must(reconciler_attach_reader(bench->fleet.reconciler, &bench->changes) == 0);
    }
    while (bench->reader_count < count) {
        const struct peer peer = { .right = RIGHT_READ };
        struct stream_reader *reader = stream_reader_create(&bench->source, &peer, NULL);
        must(reader);
        bench->readers[bench->reader_count++] = reader;
    }
    stream(bench);
}

static void detach_readers(struct bench *bench)
{
    while (bench->reader_count > 0)
        stream_reader_destroy(bench->readers[--bench->reader_count]);
    stream_texts_fini(&bench->source.texts);
    policy_names_fini(&bench->source.policies);
    change_order_fini(&bench->source.order);
    fleet_reader_detach(&bench->changes);
}

/* --- a publish ------------------------------------------------------------------------------------------------- */

static double publish_us(struct bench *bench)
{
    const struct publish_context context = {
        .now = bench->fleet.now,
        .wall = { 1767362613104 },
        .speed_millis = 1000,
        .version = "0",
        .api_url = "http://localhost",
    };
    bench->source.context = context;
    double started = now_ns();
    bool is_taken = publisher_publish(bench->publisher, bench->fleet.reconciler, &context);
    stream(bench);
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
    double low_us;
    double median_us;
    double p99_us;
};

static struct figures figures_of(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, compare);
    return (struct figures){ samples[count / 10], samples[count / 2], samples[count * 99 / 100] };
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
    printf("%s: %.0f us, median %.0f us, p99 %.0f us; %.2f (%.2f) times copying all rows\n", what,
           figures.low_us, figures.median_us, figures.p99_us, figures.low_us / copy.low_us,
           figures.median_us / copy.median_us);
}

int main(void)
{
    static struct bench bench;
    set_up(&bench);
    printf("a snapshot of %d deployments, the first: %.0f us\n", READ_FLEET_DEPLOYMENTS,
           publish_us(&bench));
    struct figures scattered = measure(&bench, change_scattered, ROUNDS);
    struct figures together = measure(&bench, change_together, ROUNDS);
    struct figures all = measure(&bench, change_all, ROUNDS_ALL);
    struct figures copy = measure_copy();
    attach_readers(&bench, 1);
    struct figures one = measure(&bench, change_scattered, ROUNDS);
    attach_readers(&bench, READERS_MAX);
    struct figures eight = measure(&bench, change_scattered, ROUNDS);
    detach_readers(&bench);
    tear_down(&bench);
    print("  1 % changed, scattered (budget: 0.3)", scattered, copy);
    print("  the same, and to 1 reader of the stream", one, copy);
    print("  the same, and to 8 readers of the stream", eight, copy);
    print("  1 % changed, side by side", together, copy);
    print("  all changed", all, copy);
    printf("  copying all rows (%zu KiB): %.0f us, median %.0f us, p99 %.0f us\n",
           PAGES * sizeof(struct snapshot_page) / 1024, copy.low_us, copy.median_us, copy.p99_us);
    return 0;
}
