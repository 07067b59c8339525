/*
 * bench_publish - the cost of a snapshot after a part of a large fleet has changed, beside a copy of all of it.
 *
 * The console of this bench is fast: it takes the newest snapshot and releases the one before. Between two publishes
 * statuses are applied as after a read, so that the changed data is in the cache as in the program.
 */
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "engine/core/reconciler_state.h"
#include "engine/view/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPLOYMENTS 100000
#define PAGES (DEPLOYMENTS / SNAPSHOT_PAGE_ROWS)
#define ONE_PERCENT (DEPLOYMENTS / 100)
#define PASSES 20
#define PASS_MS 30000
#define ID_SIZE 24
#define ROUNDS 300
#define ROUNDS_ALL 40
#define WARM_UP 20

struct bench {
    struct reconciler *reconciler;
    struct fleet *fleet;
    struct feed *feed;
    struct publisher *publisher;
    const struct snapshot *held;
    struct random random;
    struct mono now;
};

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* --- a fleet that has been read for a while -------------------------------------------------------------------- */

/* The noise of these statuses is not demand: with look-ahead, each of them would count as a forecast error. */
static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_formula;
}

static void ignore_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static void ignore_wake(void *context)
{
    (void)context;
}

/* Near the target of 15 %: most deployments order nothing most of the time. */
static struct status draw_status(struct bench *bench, int32_t hosts)
{
    int32_t wanted_free = (int32_t)ceil_div(hosts * (int64_t)15, 10);
    int32_t more =
        (int32_t)random_below(&bench->random, 9) - (random_below(&bench->random, 200) == 0);
    return (struct status){ hosts, 10 * hosts, wanted_free + more };
}

static void discover(struct bench *bench)
{
    struct definition *definitions = heap_alloc(DEPLOYMENTS, sizeof *definitions);
    char(*ids)[ID_SIZE] = heap_alloc(DEPLOYMENTS, sizeof *ids);
    must(definitions && ids);
    for (size_t i = 0; i < DEPLOYMENTS; i++) {
        snprintf(ids[i], ID_SIZE, "eu-west-arena-%06zu", i);
        definitions[i] = (struct definition){ .id = ids[i],
                                              .servers_per_host = 10,
                                              .target_free_ppb = 15 * SHARE_PERCENT };
    }
    struct discovery_result result = {
        .discovery = { definitions, DEPLOYMENTS },
        .is_ok = true,
        .text = "",
    };
    reconciler_discovery_done(bench->reconciler, bench->now, &result);
    heap_free(ids);
    heap_free(definitions);
}

static void answer(struct bench *bench, const struct effect *effect)
{
    static const struct scale_result accepted = { .outcome = SCALE_ACCEPTED, .text = "" };
    struct read_result read = { .status = draw_status(bench, 10 + (int32_t)effect->slot % 90),
                                .text = "" };
    switch (effect->kind) {
    case EFFECT_DISCOVER:
        discover(bench);
        break;
    case EFFECT_READ:
        reconciler_read_done(bench->reconciler, bench->now, effect->slot, &read);
        break;
    case EFFECT_SCALE:
        reconciler_scale_done(bench->reconciler, bench->now, effect->slot, &accepted);
        break;
    case EFFECT_RECORD:
    case EFFECT_UNSENT:
        break;
    }
}

static void run_pass(struct bench *bench)
{
    struct effect effect;
    while (reconciler_next(bench->reconciler, bench->now, &effect))
        answer(bench, &effect);
    bench->now = mono_after(bench->now, PASS_MS);
}

static void set_up(struct bench *bench)
{
    struct reconciler_config config = {
        .discovery_interval_ms = 100 * (int64_t)PASS_MS,
        .pass_interval_ms = PASS_MS,
        .concurrency = 32,
        .policy_of = policy_of,
    };
    *bench = (struct bench){ .now = { 1000000 } };
    int failed = reconciler_create(&config, 1, (struct event_sink){ ignore_event, NULL },
                                   bench->now, &bench->reconciler);
    failed = failed ? failed : feed_create(ignore_wake, NULL, &bench->feed, NULL);
    failed =
        failed ? failed : publisher_create(bench->feed, bench->reconciler, &bench->publisher, NULL);
    must(!failed);
    for (int i = 0; i < PASSES; i++)
        run_pass(bench);
    bench->fleet = bench->reconciler->fleet;
    must(fleet_count(bench->fleet) == DEPLOYMENTS);
}

static void tear_down(struct bench *bench)
{
    if (bench->held)
        feed_release(bench->feed, bench->held);
    publisher_destroy(bench->publisher);
    feed_destroy(bench->feed);
    reconciler_destroy(bench->reconciler);
}

/* --- what is measured ------------------------------------------------------------------------------------------ */

static void change(struct bench *bench, uint32_t slot)
{
    struct deployment *deployment = fleet_at(bench->fleet, slot);
    deployment->status = draw_status(bench, deployment->status.current_hosts);
    deployment->input.status = deployment->status;
    deployment->status_at = bench->now;
    fleet_mark(bench->fleet, slot);
}

static void change_scattered(struct bench *bench)
{
    for (size_t i = 0; i < ONE_PERCENT; i++)
        change(bench, (uint32_t)random_below(&bench->random, DEPLOYMENTS));
}

static void change_together(struct bench *bench)
{
    uint32_t first = (uint32_t)random_below(&bench->random, DEPLOYMENTS - ONE_PERCENT);
    for (uint32_t i = 0; i < ONE_PERCENT; i++)
        change(bench, first + i);
}

static void change_all(struct bench *bench)
{
    for (uint32_t slot = 0; slot < DEPLOYMENTS; slot++)
        change(bench, slot);
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
        .now = bench->now,
        .wall = { 1767362613104 },
        .speed_millis = 1000,
        .version = "0",
        .api_url = "http://localhost",
    };
    double started = now_ns();
    bool is_taken = publisher_publish(bench->publisher, bench->reconciler, &context);
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
    printf("a snapshot of %d deployments, the first: %.0f us\n", DEPLOYMENTS, publish_us(&bench));
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
