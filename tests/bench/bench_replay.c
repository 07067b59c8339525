/*
 * bench_replay - how fast the past is shown: passes a second of a recording, and the time of a jump.
 *
 *     bench_replay [DEPLOYMENTS]
 *
 * A recording is written with three groups of passes, in each of which a tenth of the deployments has other values. It
 * is then shown through the feed of the console: pass by pass, and by jumps. Read only: without snapshots. Nothing is
 * asserted.
 */
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "engine/core/decision.h"
#include "engine/recording/compression.h"
#include "engine/recording/recording_file.h"
#include "engine/recording/sampler.h"
#include "engine/run/past/past_feed.h"
#include "engine/run/past/past_fleet.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEPLOYMENTS 10000
#define PASSES (3 * GROUP_PASSES)
#define STEPS 50
#define STEPS_BACK 10 /* each reads the passes from the beginning of a group again */
#define JUMPS 10
#define PASS_MS 30000
#define CHANGED_PERCENT 10
#define PAGES 4096

struct bench {
    char directory[64];
    char path[128];
    size_t count;
    struct random random;
    struct fleet *fleet;
    struct sampler sampler;
    struct frame_builder *builder;
    struct compressor *compressor;
    struct recording_file *file;
    struct recording_page *full[PAGES];
    size_t full_count;
    struct feed *feed;
    const struct snapshot *snapshot;
};

static double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- a recording ------------------------------------------------------------------------------------------------- */

static struct recording_page *take_page(void *context)
{
    (void)context;
    struct recording_page *page = heap_alloc(1, sizeof *page);
    must(page);
    return page;
}

static void pass_page(void *context, struct recording_page *page)
{
    struct bench *bench = context;
    must(bench->full_count < PAGES);
    bench->full[bench->full_count++] = page;
}

static void store_frame(struct bench *bench)
{
    struct frame_facts facts;
    const unsigned char *bytes;
    const void *block;
    size_t size;
    size_t block_size;
    struct error err;
    frame_builder_make(bench->builder, &facts, &bytes, &size);
    must(compress_block(bench->compressor, bytes, size, &block, &block_size) == 0);
    must(recording_file_put(bench->file, &facts, block, block_size, size, &err) == 0);
    frame_builder_reset(bench->builder);
}

static void store_pages(struct bench *bench)
{
    for (size_t i = 0; i < bench->full_count; i++) {
        size_t from = 0;
        while (frame_builder_add(bench->builder, bench->full[i], &from))
            store_frame(bench);
        heap_free(bench->full[i]);
    }
    bench->full_count = 0;
}

/* Usually about the target; one in a hundred is not. */
static int32_t some_free(struct bench *bench)
{
    int32_t around = 10 + (int32_t)(random_next(&bench->random) % 9);
    return random_next(&bench->random) % 100 == 0 ? 3 * around : around;
}

static void decide_on(struct bench *bench, struct deployment *deployment)
{
    struct decision decision;
    deployment->input = (struct decision_input){
        .policy = &policy_default,
        .servers_per_host = 10,
        .target_free_ppb = SHARE_WHOLE / 10,
        .status = { .current_hosts = 10, .total_servers = 100, .free_servers = some_free(bench) },
    };
    decide(&deployment->input, &decision);
    deployment->action = decision.action;
    deployment->reason = decision.reason;
    deployment->delta = decision.delta;
    deployment->raw_delta = saturate_i32(decision.raw_delta);
    deployment->desired_hosts = saturate_i32(decision.desired_hosts);
}

static struct wall end_of(uint32_t pass)
{
    return (struct wall){ (int64_t)pass * PASS_MS + 1000 };
}

static void record_pass(struct bench *bench, uint32_t pass)
{
    sampler_begin_pass(&bench->sampler, pass, (struct wall){ (int64_t)pass * PASS_MS });
    for (uint32_t slot = 0; slot < bench->count; slot++) {
        struct deployment *deployment = fleet_at(bench->fleet, slot);
        sampler_before(&bench->sampler, deployment);
        if (pass == 1 || random_next(&bench->random) % 100 < CHANGED_PERCENT)
            decide_on(bench, deployment);
        sampler_after(&bench->sampler, deployment);
    }
    sampler_end_pass(&bench->sampler, bench->fleet, end_of(pass));
    store_pages(bench);
}

static void record(struct bench *bench)
{
    struct sampler_pages pages = { take_page, pass_page, bench };
    struct recording_opening opening;
    struct error err;
    must(sampler_init(&bench->sampler, &pages) == 0 && fleet_create(&bench->fleet) == 0 &&
         frame_builder_create(&bench->builder) == 0 &&
         compressor_create(FRAME_SIZE_MAX, &bench->compressor) == 0);
    must(recording_file_open(bench->path, "rest http://a", (struct wall){ 1 }, &bench->file,
                             &opening, &err) == 0);
    for (size_t i = 0; i < bench->count; i++) {
        char id[40];
        struct deployment *deployment;
        snprintf(id, sizeof id, "eu-west-arena-%06zu", i);
        must(fleet_add(bench->fleet, id, false, &deployment) == 0);
        deployment->is_listed = true;
    }
    for (uint32_t pass = 1; pass <= PASSES; pass++)
        record_pass(bench, pass);
    recording_file_close(bench->file, true);
    sampler_fini(&bench->sampler);
    fleet_destroy(bench->fleet);
    frame_builder_destroy(bench->builder);
    compressor_destroy(bench->compressor);
}

/* --- showing it -------------------------------------------------------------------------------------------------- */

static void drop_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static void measure_reading(struct bench *bench)
{
    struct recording_reader *reader;
    struct past_fleet *past;
    struct error err;
    struct event_sink sink = { drop_event, NULL };
    int passes = 0;
    int found;
    must(recording_reader_open(bench->path, &reader, &err) == 0);
    must(past_fleet_create(&sink, &past) == 0);
    double started = now_s();
    while ((found = past_fleet_next(past, reader, &err)) > 0)
        passes += found == 1;
    double took = now_s() - started;
    printf("read only:  %8.1f passes/s, %5.0f ns a deployment and pass\n", passes / took,
           took * 1e9 / ((double)passes * (double)bench->count));
    past_fleet_destroy(past);
    recording_reader_close(reader);
}

static void wait_for(struct bench *bench, struct wall at)
{
    struct pollfd watched = { .fd = feed_descriptor(bench->feed), .events = POLLIN };
    while (!bench->snapshot || bench->snapshot->at.ms != at.ms) {
        const struct snapshot *snapshot;
        poll(&watched, 1, -1);
        feed_settle(bench->feed);
        while ((snapshot = feed_next(bench->feed))) {
            if (bench->snapshot)
                feed_release(bench->feed, bench->snapshot);
            bench->snapshot = snapshot;
        }
    }
}

static void look(struct bench *bench, const struct look_request *request)
{
    struct command command = { .kind = COMMAND_LOOK, .slot = SLOT_NONE, .look = *request };
    must(feed_send(bench->feed, &command) == 0);
}

static void measure_steps(struct bench *bench, int32_t steps, const char *name)
{
    uint32_t pass = steps > 0 ? 1 : PASSES;
    int count = steps > 0 ? STEPS : STEPS_BACK;
    look(bench, &(struct look_request){ .kind = LOOK_AT, .at = end_of(pass) });
    wait_for(bench, end_of(pass));
    double started = now_s();
    for (int i = 1; i <= count; i++) {
        look(bench, &(struct look_request){ .kind = LOOK_STEP, .steps = steps });
        wait_for(bench, end_of((uint32_t)((int64_t)pass + (int64_t)i * steps)));
    }
    double took = now_s() - started;
    printf("%s%8.1f passes/s, %6.2f ms each\n", name, count / took, took * 1e3 / count);
    fflush(stdout);
}

static void measure_jumps(struct bench *bench)
{
    double longest = 0;
    double sum = 0;
    for (int i = 0; i < JUMPS; i++) {
        uint32_t pass = i % 2 ? PASSES - (uint32_t)i : GROUP_PASSES + (uint32_t)i;
        double started = now_s();
        look(bench, &(struct look_request){ .kind = LOOK_AT, .at = end_of(pass) });
        wait_for(bench, end_of(pass));
        double took = now_s() - started;
        sum += took;
        longest = took > longest ? took : longest;
    }
    printf("jumps:      %8.1f ms on average, %.1f ms at most\n", sum * 1e3 / JUMPS, longest * 1e3);
}

static void show(struct bench *bench)
{
    struct past_feed_config config = { .path = bench->path, .version = "bench" };
    struct past_feed *past;
    struct error err;
    must(past_feed_open(&config, &past, &err) == 0 && past_feed_start(past, &err) == 0);
    bench->feed = past_feed_feed(past);
    wait_for(bench, end_of(PASSES));
    measure_steps(bench, 1, "forwards:   ");
    measure_steps(bench, -1, "backwards:  ");
    measure_jumps(bench);
    feed_release(bench->feed, bench->snapshot);
    past_feed_close(past);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bench = (struct bench){ .directory = "/tmp/autoscaler-bench-XXXXXX", .random = { 1 } };
    bench.count = argc > 1 ? strtoul(argv[1], NULL, 10) : DEPLOYMENTS;
    if (!mkdtemp(bench.directory))
        return 1;
    snprintf(bench.path, sizeof bench.path, "%s/recording.db", bench.directory);
    record(&bench);
    printf("replay: %zu deployments, %d %% change in each of %d passes\n", bench.count,
           CHANGED_PERCENT, PASSES);
    measure_reading(&bench);
    show(&bench);
    char extra[160];
    snprintf(extra, sizeof extra, "%s-wal", bench.path);
    unlink(extra);
    snprintf(extra, sizeof extra, "%s-shm", bench.path);
    unlink(extra);
    unlink(bench.path);
    rmdir(bench.directory);
    return 0;
}
