#include "engine/run/backtest/recorded_demand.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/recording/recording_reader.h"
#include "engine/run/past/recording_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MIN 64
#define NAME_SIZE 64

/* The last busy servers of a slot, for the sum. */
struct slot_demand {
    int64_t busy_servers;
    size_t trace; /* the index of its trace */
};

struct collecting {
    const char *pattern;
    struct recorded_demand *demand;
    struct named_trace sum;
    struct slot_demand *slots;
    size_t slot_count;
    size_t deployments; /* that match; beyond RECORDED_TRACES_MAX, some may be counted twice */
    int64_t busy_servers;
    bool has_many;
    struct frame_facts facts; /* of the frame that is read */
};

/* --- traces ---------------------------------------------------------------------------------------------------- */

static void free_trace(struct named_trace *trace)
{
    heap_free(trace->name);
    trace_fini(&trace->trace);
    *trace = (struct named_trace){ 0 };
}

/* A second sample of the same moment replaces the first; the clock may have been set back. */
static int add_sample(struct named_trace *named, int64_t at_ms, int64_t busy_servers)
{
    struct trace *trace = &named->trace;
    struct trace_sample sample = { at_ms, busy_servers * 1000 };
    if (trace->count > 0 && at_ms <= trace->samples[trace->count - 1].at_ms)
        return 0;
    if (trace->count == named->capacity) {
        size_t capacity = named->capacity ? 2 * named->capacity : SAMPLES_MIN;
        struct trace_sample *grown = heap_resize(trace->samples, capacity, sizeof *grown);
        if (!grown)
            return -ENOMEM;
        trace->samples = grown;
        named->capacity = capacity;
    }
    trace->samples[trace->count++] = sample;
    return 0;
}

/* --- deployments ----------------------------------------------------------------------------------------------- */

static void leave_sum_only(struct collecting *collecting)
{
    for (size_t i = 0; i < collecting->demand->count; i++)
        free_trace(&collecting->demand->traces[i]);
    collecting->demand->count = 0;
    collecting->has_many = true;
}

/* SIZE_MAX: there are too many. */
static size_t find_trace(struct collecting *collecting, const struct slot_demand *slot,
                         const char *id)
{
    struct recorded_demand *demand = collecting->demand;
    if (slot->trace < demand->count && strcmp(demand->traces[slot->trace].name, id) == 0)
        return slot->trace;
    for (size_t i = 0; i < demand->count; i++)
        if (strcmp(demand->traces[i].name, id) == 0)
            return i;
    collecting->deployments++;
    if (demand->count == RECORDED_TRACES_MAX)
        leave_sum_only(collecting);
    return collecting->has_many ? SIZE_MAX : demand->count;
}

static int add_to_trace(struct collecting *collecting, struct slot_demand *slot,
                        const struct recorded *recorded, int64_t busy_servers)
{
    size_t index = find_trace(collecting, slot, recorded->id);
    if (index == SIZE_MAX)
        return 0;
    struct named_trace *trace = &collecting->demand->traces[index];
    if (!trace->name) {
        trace->name = heap_copy_text(recorded->id, strlen(recorded->id));
        if (!trace->name)
            return -ENOMEM;
        collecting->demand->count++;
    }
    slot->trace = index;
    return add_sample(trace, collecting->facts.begun.ms, busy_servers);
}

static struct slot_demand *open_slot(struct collecting *collecting, uint32_t slot)
{
    if (slot < collecting->slot_count)
        return &collecting->slots[slot];
    size_t count = 2 * (size_t)slot + SAMPLES_MIN;
    struct slot_demand *grown = heap_resize(collecting->slots, count, sizeof *grown);
    if (!grown)
        return NULL;
    memset(grown + collecting->slot_count, 0, (count - collecting->slot_count) * sizeof *grown);
    collecting->slots = grown;
    collecting->slot_count = count;
    return &grown[slot];
}

static int visit(void *context, const struct recorded *recorded)
{
    struct collecting *collecting = context;
    const struct decision_input *input = &recorded->sample.input;
    bool is_meant = !collecting->pattern || pattern_matches(collecting->pattern, recorded->id);
    struct slot_demand *slot = open_slot(collecting, recorded->slot);
    if (!slot)
        return -ENOMEM;
    /* A status that could not be read, or not be true, says nothing about demand. */
    bool is_status = recorded->is_decided && input->fault == REASON_NONE;
    if (is_meant && !recorded->is_gone && !is_status)
        return 0;
    int64_t busy_servers = is_meant && is_status
                               ? (int64_t)input->status.total_servers - input->status.free_servers
                               : 0;
    collecting->busy_servers += busy_servers - slot->busy_servers;
    slot->busy_servers = busy_servers;
    if (!is_meant || !is_status || collecting->has_many)
        return 0;
    return add_to_trace(collecting, slot, recorded, max_i64(0, busy_servers));
}

/* --- the whole recording --------------------------------------------------------------------------------------- */

static int read_frames(struct collecting *collecting, struct recording_reader *reader,
                       struct error *err)
{
    int found;
    while ((found = recording_reader_next(reader, visit, collecting, &collecting->facts, err)) > 0)
        if (collecting->facts.is_pass_end &&
            add_sample(&collecting->sum, collecting->facts.begun.ms,
                       max_i64(0, collecting->busy_servers)))
            return error_no_memory(err);
    return found;
}

static int compare_names(const void *left, const void *right)
{
    const struct named_trace *a = left;
    const struct named_trace *b = right;
    return strcmp(a->name, b->name);
}

/* A single sample is no trace. */
static void drop_short(struct recorded_demand *demand)
{
    size_t kept = 0;
    for (size_t i = 0; i < demand->count; i++) {
        struct named_trace trace = demand->traces[i];
        demand->traces[i] = (struct named_trace){ 0 };
        if (trace.trace.count >= 2)
            demand->traces[kept++] = trace;
        else
            free_trace(&trace);
    }
    demand->count = kept;
    if (kept > 0)
        qsort(demand->traces, kept, sizeof demand->traces[0], compare_names);
}

static int add_sum(struct collecting *collecting, struct error *err)
{
    char storage[NAME_SIZE];
    struct text name;
    struct recorded_demand *demand = collecting->demand;
    if (collecting->sum.trace.count < 2 || (!collecting->has_many && demand->count < 2))
        return 0;
    text_init(&name, storage, sizeof storage);
    if (collecting->has_many)
        text_addf(&name, "sum of more than %d deployments", RECORDED_TRACES_MAX);
    else
        text_addf(&name, "sum of %zu deployments", demand->count);
    collecting->sum.name = heap_copy_text(storage, name.length);
    if (!collecting->sum.name)
        return error_no_memory(err);
    demand->traces[demand->count++] = collecting->sum;
    collecting->sum = (struct named_trace){ 0 };
    return 0;
}

static void begin_at_zero(struct trace *trace)
{
    int64_t first_ms = trace->samples[0].at_ms;
    for (size_t i = 0; i < trace->count; i++)
        trace->samples[i].at_ms -= first_ms;
}

static int finish(struct collecting *collecting, struct error *err)
{
    drop_short(collecting->demand);
    int failed = add_sum(collecting, err);
    for (size_t i = 0; i < collecting->demand->count; i++)
        begin_at_zero(&collecting->demand->traces[i].trace);
    if (!failed && collecting->demand->count == 0)
        failed = error_set(err, ERR_CONFIG, "no demand of %s is recorded",
                           collecting->pattern ? "a deployment that matches" : "any deployment");
    return failed;
}

static int collect(struct collecting *collecting, const char *path, struct error *err)
{
    char file[STATE_PATH_SIZE];
    struct recording_reader *reader = NULL;
    int failed = recording_place_find(path, file, err);
    failed = failed ? failed : recording_reader_open(file, &reader, err);
    failed = failed ? failed : read_frames(collecting, reader, err);
    recording_reader_close(reader);
    failed = failed ? failed : finish(collecting, err);
    return failed && failed != -ENOMEM ? ERR_CONFIG : failed;
}

int recorded_demand_read(const char *path, const char *pattern, struct recorded_demand *ret_demand,
                         struct error *err)
{
    struct recorded_demand demand = { .count = 0 };
    struct collecting collecting = { .pattern = pattern, .demand = &demand };
    int failed = collect(&collecting, path, err);
    heap_free(collecting.slots);
    free_trace(&collecting.sum);
    if (failed) {
        recorded_demand_fini(&demand);
        return failed;
    }
    *ret_demand = demand;
    return 0;
}

void recorded_demand_fini(struct recorded_demand *demand)
{
    for (size_t i = 0; i <= RECORDED_TRACES_MAX; i++)
        free_trace(&demand->traces[i]);
    demand->count = 0;
}
