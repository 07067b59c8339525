#include "tests/support/metrics_fleet.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/metrics/metric_values.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define ID_SIZE 40
#define PASS_MS 30000
#define TEXT_SIZE ((size_t)8 * 1024 * 1024)

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_default;
}

static void take_event(void *context, const struct event *event)
{
    struct metrics_fleet *fleet = context;
    collector_take_event(&fleet->collector, event, (struct wall){ fleet->now.ms });
}

static void take_decision(void *context, const struct deployment *deployment)
{
    struct metrics_fleet *fleet = context;
    collector_take_decision(&fleet->collector, deployment);
}

static void describe(void *context, struct metrics_facts *ret_facts)
{
    const struct metrics_fleet *fleet = context;
    *ret_facts = fleet->facts;
    ret_facts->now = fleet->now;
}

static void examine(void *context, struct health_facts *ret_facts)
{
    const struct metrics_fleet *fleet = context;
    *ret_facts = fleet->health;
}

void metrics_fleet_init(struct metrics_fleet *fleet)
{
    const struct reconciler_config config = {
        .discovery_interval_ms = 1000 * (int64_t)PASS_MS,
        .pass_interval_ms = PASS_MS,
        .concurrency = 32,
        .is_read_only = true,
        .policy_of = policy_of,
    };
    const struct decision_observer observer = { NULL, take_decision, fleet };
    *fleet = (struct metrics_fleet){
        .collector = { .is_watched = true },
        .facts = { .version = "1.2.3",
                   .match = SAMPLE_ALL,
                   .series_max = 10000000,
                   .started = { 1796051145839 },
                   .pass_interval_ms = PASS_MS,
                   .is_leader = true },
        .health = { .passes = 1 },
        .now = { 1000 },
    };
    assert_int_equal(reconciler_create(&config, 1, (struct event_sink){ take_event, fleet },
                                       fleet->now, &fleet->reconciler),
                     0);
    reconciler_add_observer(fleet->reconciler, &observer);
    fleet->source = (struct metrics_source){
        .reconciler = fleet->reconciler,
        .collector = &fleet->collector,
        .describe = describe,
        .health = examine,
        .context = fleet,
    };
}

void metrics_fleet_fini(struct metrics_fleet *fleet)
{
    reconciler_destroy(fleet->reconciler);
    collector_fini(&fleet->collector);
}

static void discover(struct metrics_fleet *fleet)
{
    struct definition *definitions = heap_alloc(fleet->id_count, sizeof *definitions);
    char(*ids)[ID_SIZE] = heap_alloc(fleet->id_count, sizeof *ids);
    assert_true(definitions && ids);
    for (size_t i = 0; i < fleet->id_count; i++) {
        snprintf(ids[i], ID_SIZE, "eu-west-arena-%06zu", i);
        definitions[i] = (struct definition){ .id = fleet->ids ? fleet->ids[i] : ids[i],
                                              .servers_per_host = 10,
                                              .target_free_ppb = 15 * SHARE_PERCENT };
        if (!definitions[i].id)
            definitions[i].fault = REASON_BAD_ID;
    }
    struct discovery_result result = { .discovery = { definitions, fleet->id_count },
                                       .is_ok = true,
                                       .text = "" };
    reconciler_discovery_done(fleet->reconciler, fleet->now, &result);
    heap_free(ids);
    heap_free(definitions);
}

static void read_status(struct metrics_fleet *fleet, const struct effect *effect)
{
    struct read_result read = { .status = { 10, 100, 20 },
                                .retry_after_ms = RETRY_AFTER_NONE,
                                .text = "" };
    if (fleet->status_of && !fleet->status_of(effect->id, &read.status)) {
        read.reason = REASON_READ_FAILED;
        read.text = "it fails";
    }
    reconciler_read_done(fleet->reconciler, fleet->now, effect->slot, &read);
}

static void carry_out(struct metrics_fleet *fleet)
{
    struct effect effect;
    while (reconciler_next(fleet->reconciler, fleet->now, &effect)) {
        if (effect.kind == EFFECT_DISCOVER)
            discover(fleet);
        else if (effect.kind == EFFECT_READ)
            read_status(fleet, &effect);
        else
            fail_msg("a scale is sent");
    }
}

void metrics_fleet_list(struct metrics_fleet *fleet, const char *const *ids, size_t count)
{
    fleet->ids = ids;
    fleet->id_count = count;
    fleet->now.ms += PASS_MS;
    reconciler_request_discovery(fleet->reconciler, fleet->now);
    carry_out(fleet);
}

void metrics_fleet_pass(struct metrics_fleet *fleet)
{
    fleet->now.ms += PASS_MS;
    reconciler_request_pass(fleet->reconciler, fleet->now);
    carry_out(fleet);
}

struct fleet_sample *metrics_fleet_sample(struct metrics_fleet *fleet)
{
    struct fleet_sample *sample = fleet_sample_create(&fleet->source);
    assert_non_null(sample);
    while (!sample->is_complete)
        assert_true(fleet_sample_step(sample, &fleet->source, 7) >= 0);
    return sample;
}

char *metrics_fleet_text(const struct fleet_sample *sample, bool is_openmetrics)
{
    char *storage = heap_alloc(TEXT_SIZE, 1);
    struct text text;
    assert_non_null(storage);
    text_init(&text, storage, TEXT_SIZE);
    struct exposition exposition = { &text, is_openmetrics, sample->facts.started };
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        size_t count = metric_values_count(sample, (enum metric)metric);
        if (count > 0)
            exposition_add_head(&exposition, (enum metric)metric);
        for (size_t i = 0; i < count; i++)
            metric_values_add(&exposition, sample, (enum metric)metric, i);
    }
    exposition_add_end(&exposition);
    assert_false(text.was_cut);
    return storage;
}
