/*
 * Recorded demand as CSV. An accepted trace rises from 0 without gaps and is in range; written again it is read as the
 * same; its demand is never negative. An error is one printable line that begins with the line number. The first bytes
 * are the passes, the peak and the seed.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/sim/trace.h"

#define LINE_SIZE_MAX 64
#define PASSES 500

static void check_samples(const struct trace *trace)
{
    must(trace->count >= 2 && trace->count <= TRACE_SAMPLES_MAX);
    must(trace->samples[0].at_ms == 0);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_sample *sample = &trace->samples[i];
        must(i == 0 || sample->at_ms > trace->samples[i - 1].at_ms);
        must(sample->at_ms <= TRACE_SECONDS_MAX * 1000);
        must(sample->concurrent_milli >= 0);
        must(sample->concurrent_milli <= (int64_t)TRACE_VALUE_MAX * 1000);
    }
}

static void check_written_again(const struct trace *trace)
{
    size_t size = trace->count * LINE_SIZE_MAX;
    char *storage = malloc(size);
    struct text text;
    struct trace again;
    struct error err;
    must(storage);
    text_init(&text, storage, size);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_sample *sample = &trace->samples[i];
        text_addf(&text, "%lld.%03d,%lld.%03d\r\n", (long long)(sample->at_ms / 1000),
                  (int)(sample->at_ms % 1000), (long long)(sample->concurrent_milli / 1000),
                  (int)(sample->concurrent_milli % 1000));
    }
    must(!text.was_cut);
    int r = trace_parse(storage, text.length, &again, &err);
    must(r == 0);
    must(again.count == trace->count);
    must(memcmp(again.samples, trace->samples, again.count * sizeof *again.samples) == 0);
    trace_fini(&again);
    free(storage);
}

static int64_t peak_of(const struct trace *trace)
{
    int64_t peak = 0;
    for (size_t i = 0; i < trace->count; i++)
        peak = max_i64(peak, trace->samples[i].concurrent_milli);
    return ceil_div(peak, 1000);
}

static void check_demand(const struct trace *trace, const struct trace_scaling *scaling)
{
    int32_t *servers;
    size_t count;
    struct error err;
    int r = trace_demand(trace, scaling, &servers, &count, &err);
    must(r == 0);
    must(count == (size_t)(trace_length_ms(trace) / scaling->pass_interval_ms) + 1);
    bool is_scaled = peak_of(trace) > scaling->peak_servers;
    for (size_t i = 0; i < count; i++) {
        must(servers[i] >= 0);
        must(is_scaled || servers[i] <= peak_of(trace));
    }
    heap_free(servers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    int32_t passes = 1 + supply_below(&supply, PASSES);
    int32_t peak = supply_byte(&supply);
    uint64_t seed = supply_byte(&supply);
    char *bytes = supply_rest(&supply);
    struct trace trace;
    struct error err;
    int r = trace_parse(bytes, supply.left, &trace, &err);
    if (r < 0) {
        oracle_check_error(&err, r);
        must(strncmp(err.msg, "line ", 5) == 0);
    } else {
        check_samples(&trace);
        check_written_again(&trace);
        struct trace_scaling scaling = {
            .pass_interval_ms = ceil_div(trace_length_ms(&trace), passes),
            .peak_servers = 1 + peak * peak * 15,
            .session_ms = 1000 + (int64_t)seed * 60000,
            .seed = seed,
        };
        check_demand(&trace, &scaling);
        trace_fini(&trace);
    }
    free(bytes);
    return 0;
}
