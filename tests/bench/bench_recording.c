/*
 * bench_recording - what recording costs: bytes for a deployment and pass, and time of the engine's thread.
 *
 *     bench_recording [DEPLOYMENTS]
 *
 * The core runs passes over simulated statuses, once without a recording and once with one. In each pass, a part of the
 * deployments has another demand. Bytes are those of compressed frames. Nothing is asserted.
 */
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/random.h"
#include "engine/core/reconciler.h"
#include "engine/recording/compression.h"
#include "engine/recording/frame_builder.h"
#include "engine/recording/sampler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPLOYMENTS 10000
#define PER_HOST 10
#define PASS_MS 30000
#define QUIET_PASSES 400 /* until holds, windows and forecasts have settled */
#define PASSES 60
#define PASSES_MAX 60
#define PAGES 4096
#define CACHE_SIZE (32 * 1024 * 1024)

struct site {
    char id[40];
    int32_t hosts;
    int32_t busy;
    int32_t base;
};

struct bench {
    struct reconciler *reconciler;
    struct random random;
    struct mono now;
    size_t count;
    struct site *sites;
    struct definition *definitions;
    int32_t changed_percent;
    /* The recording. */
    bool is_recording;
    struct sampler sampler;
    struct recording_page *pages[PAGES];
    struct recording_page *full[PAGES];
    size_t free_count;
    size_t full_count;
    struct frame_builder *builder;
    struct compressor *compressor;
    /* Results. */
    double pass_ns[PASSES_MAX]; /* of the engine's thread */
    size_t pass_count;
    double thread_ns;
    int64_t bytes;
    int64_t rows;
    int64_t changed;
    int64_t keys; /* rows with all values */
};

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void must_have(const void *what)
{
    if (!what) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
}

/* --- the recording ---------------------------------------------------------------------------------------------- */

static struct recording_page *take_page(void *context)
{
    struct bench *bench = context;
    struct recording_page *page =
        bench->free_count > 0 ? bench->pages[--bench->free_count] : heap_alloc(1, sizeof *page);
    must_have(page);
    page->used = 0;
    return page;
}

static void pass_page(void *context, struct recording_page *page)
{
    struct bench *bench = context;
    must(bench->full_count < PAGES);
    bench->full[bench->full_count++] = page;
}

static void count_rows(struct bench *bench, const struct recording_page *page)
{
    struct byte_reader reader = byte_reader_of(page->bytes, page->used);
    while (byte_reader_left(&reader) > 0) {
        enum row_kind kind = (enum row_kind)byte_reader_number(&reader);
        if (kind == ROW_GROUP)
            continue;
        byte_reader_number(&reader); /* the slot, the pass or the number */
        bench->rows += kind < ROW_OF_SLOT_COUNT;
        bench->changed += kind == ROW_DIFF;
        bench->keys += kind == ROW_FULL || kind == ROW_SHOWN;
        if (kind == ROW_FULL || kind == ROW_SHOWN || kind == ROW_POLICY)
            byte_reader_take(&reader, byte_reader_number(&reader));
        size_t numbers = kind == ROW_POLICY                     ? POLICY_FIELD_COUNT
                         : kind == ROW_BEGIN || kind == ROW_END ? 1
                         : kind == ROW_SAME || kind == ROW_GONE
                             ? 0
                             : (size_t)__builtin_popcountll(byte_reader_number(&reader));
        for (size_t i = 0; i < numbers; i++)
            byte_reader_number(&reader);
    }
}

static void store_frame(struct bench *bench)
{
    struct frame_facts facts;
    const unsigned char *bytes;
    const void *block;
    size_t size;
    size_t block_size;
    frame_builder_make(bench->builder, &facts, &bytes, &size);
    must(compress_block(bench->compressor, bytes, size, &block, &block_size) == 0);
    frame_builder_reset(bench->builder);
    bench->bytes += (int64_t)block_size;
}

/* What the recorder's thread does, without the disk. */
static void store_pages(struct bench *bench)
{
    double started = now_ns();
    for (size_t i = 0; i < bench->full_count; i++) {
        size_t from = 0;
        while (frame_builder_add(bench->builder, bench->full[i], &from))
            store_frame(bench);
    }
    bench->thread_ns += now_ns() - started;
    for (size_t i = 0; i < bench->full_count; i++) {
        count_rows(bench, bench->full[i]);
        bench->pages[bench->free_count++] = bench->full[i];
    }
    bench->full_count = 0;
}

static void before(void *context, const struct deployment *deployment)
{
    sampler_before(context, deployment);
}

static void after(void *context, const struct deployment *deployment)
{
    sampler_after(context, deployment);
}

static void take_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

/* --- the fleet -------------------------------------------------------------------------------------------------- */

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_default;
}

static void make_sites(struct bench *bench)
{
    bench->sites = heap_alloc(bench->count, sizeof *bench->sites);
    bench->definitions = heap_alloc(bench->count, sizeof *bench->definitions);
    must_have(bench->sites);
    must_have(bench->definitions);
    for (size_t i = 0; i < bench->count; i++) {
        struct site *site = &bench->sites[i];
        snprintf(site->id, sizeof site->id, "eu-west-arena-%05zu", i);
        site->base = 20 + (int32_t)(random_next(&bench->random) % 2000);
        site->busy = site->base;
        site->hosts = site->base / PER_HOST * 5 / 4 + 1;
        bench->definitions[i] =
            (struct definition){ site->id, PER_HOST, SHARE_WHOLE / 10, REASON_NONE, NULL };
    }
}

/* Demand walks around its base by some servers. */
static void move_demand(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        struct site *site = &bench->sites[i];
        if ((int32_t)(random_next(&bench->random) % 100) >= bench->changed_percent)
            continue;
        int32_t reach = 2 + site->base / 50;
        int32_t step = (int32_t)(random_next(&bench->random) % (2 * (uint64_t)reach + 1)) - reach;
        site->busy += step + (site->base - site->busy) / 8;
        site->busy = site->busy < 0 ? 0 : site->busy;
    }
}

static struct read_result status_of(const struct site *site)
{
    int32_t total = site->hosts * PER_HOST;
    int32_t busy = site->busy < total ? site->busy : total;
    return (struct read_result){
        .status = { site->hosts, total, total - busy },
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "",
    };
}

static void carry_out(struct bench *bench, const struct effect *effect)
{
    struct discovery_result discovery = {
        .discovery = { bench->definitions, bench->count },
        .is_ok = true,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "",
    };
    struct scale_result scaled = { .outcome = SCALE_ACCEPTED,
                                   .retry_after_ms = RETRY_AFTER_NONE,
                                   .text = "" };
    if (effect->kind == EFFECT_DISCOVER)
        reconciler_discovery_done(bench->reconciler, bench->now, &discovery);
    struct site *site = effect->kind == EFFECT_DISCOVER ? NULL : &bench->sites[effect->slot];
    if (effect->kind == EFFECT_READ) {
        struct read_result result = status_of(site);
        reconciler_read_done(bench->reconciler, bench->now, effect->slot, &result);
    } else if (effect->kind == EFFECT_SCALE) {
        site->hosts += effect->delta;
        reconciler_scale_done(bench->reconciler, bench->now, effect->slot, &scaled);
    }
}

/* The frames are made by another thread: what that leaves in the caches here does not count. */
static void empty_caches(void)
{
    static unsigned char bytes[CACHE_SIZE];
    static unsigned char value;
    memset(bytes, ++value, sizeof bytes);
}

static void run_pass(struct bench *bench)
{
    struct effect effect;
    struct wall wall = { bench->now.ms };
    uint32_t pass = (uint32_t)(bench->now.ms / PASS_MS);
    move_demand(bench);
    empty_caches();
    double started = now_ns();
    if (bench->is_recording)
        sampler_begin_pass(&bench->sampler, pass, wall);
    while (reconciler_next(bench->reconciler, bench->now, &effect))
        carry_out(bench, &effect);
    if (bench->is_recording)
        sampler_end_pass(&bench->sampler, reconciler_fleet(bench->reconciler), wall);
    if (bench->pass_count < PASSES_MAX)
        bench->pass_ns[bench->pass_count++] = now_ns() - started;
    if (bench->is_recording)
        store_pages(bench);
    bench->now.ms += PASS_MS;
}

static void forget_results(struct bench *bench, int32_t changed_percent)
{
    bench->pass_count = 0;
    bench->changed_percent = changed_percent;
    bench->thread_ns = 0;
    bench->bytes = 0;
    bench->rows = 0;
    bench->changed = 0;
    bench->keys = 0;
}

static void run_passes(struct bench *bench, int passes, int32_t changed_percent)
{
    forget_results(bench, changed_percent);
    for (int i = 0; i < passes; i++)
        run_pass(bench);
}

static void init(struct bench *bench, size_t count, bool is_recording)
{
    struct sampler_pages pages = { take_page, pass_page, bench };
    struct reconciler_config config = {
        .discovery_interval_ms = (int64_t)1 << 50,
        .pass_interval_ms = PASS_MS,
        .concurrency = 32,
        .policy_of = policy_of,
    };
    struct decision_observer observer = { before, after, &bench->sampler };
    struct event_sink sink = { take_event, NULL };
    *bench = (struct bench){
        .count = count, .random = { 1 }, .now = { PASS_MS }, .is_recording = is_recording
    };
    make_sites(bench);
    must(reconciler_create(&config, 1, sink, bench->now, &bench->reconciler) == 0);
    must(sampler_init(&bench->sampler, &pages) == 0 && frame_builder_create(&bench->builder) == 0 &&
         compressor_create(FRAME_SIZE_MAX, &bench->compressor) == 0);
    if (is_recording)
        reconciler_add_observer(bench->reconciler, &observer);
}

static void fini(struct bench *bench)
{
    for (size_t i = 0; i < bench->free_count; i++)
        heap_free(bench->pages[i]);
    reconciler_destroy(bench->reconciler);
    sampler_fini(&bench->sampler);
    frame_builder_destroy(bench->builder);
    compressor_destroy(bench->compressor);
    heap_free(bench->sites);
    heap_free(bench->definitions);
}

/* --- results ---------------------------------------------------------------------------------------------------- */

static void print_bytes(const struct bench *bench, int32_t percent)
{
    printf("%3d %% moving: %6.2f bytes a deployment and pass, %5.1f %% of the rows changed",
           percent, (double)bench->bytes / (double)bench->rows,
           100.0 * (double)bench->changed / (double)bench->rows);
    if (bench->changed > 0)
        printf(", %5.1f bytes each with all else", (double)bench->bytes / (double)bench->changed);
    printf("\n");
}

static int compare_times(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return (*a > *b) - (*a < *b);
}

/* The lower quartile: other processes only add to a time. */
static double usual_ns(struct bench *bench)
{
    qsort(bench->pass_ns, bench->pass_count, sizeof bench->pass_ns[0], compare_times);
    return bench->pass_ns[bench->pass_count / 4] / (double)bench->count;
}

static void compare(struct bench *bare, struct bench *recorded, int32_t percent)
{
    forget_results(bare, percent);
    forget_results(recorded, percent);
    for (int i = 0; i < PASSES; i++) {
        run_pass(bare);
        run_pass(recorded);
    }
    double bare_ns = usual_ns(bare);
    double recorded_ns = usual_ns(recorded);
    print_bytes(recorded, percent);
    printf("              core %4.0f ns a deployment, with the recording %4.0f: %+4.0f ns; "
           "recorder's thread %4.0f ns\n",
           bare_ns, recorded_ns, recorded_ns - bare_ns,
           recorded->thread_ns / ((double)bare->count * PASSES));
}

int main(int argc, char **argv)
{
    static struct bench bare;
    static struct bench recorded;
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : DEPLOYMENTS;
    init(&bare, count, false);
    init(&recorded, count, true);
    run_passes(&bare, 10, 20);
    run_passes(&recorded, 10, 20);
    printf("recording: %zu deployments\n", count);
    compare(&bare, &recorded, 10);
    compare(&bare, &recorded, 100);
    run_passes(&bare, QUIET_PASSES, 0);
    run_passes(&recorded, QUIET_PASSES, 0);
    compare(&bare, &recorded, 0);
    fini(&bare);
    fini(&recorded);
    return 0;
}
