#include "engine/sim/trace.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/sim/binomial.h"
#include "engine/sim/draw.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define MILLI_PLACES 3
#define FIRST_CAPACITY 1024
#define SHOWN_SIZE 48 /* of foreign bytes in a sentence */

/* Far from the lanes of the hosts, which may use the same key. */
enum lane { LANE_CHURN = 100 };

#define Q16_WHOLE ((int64_t)1 << 16)

/* A part of the file or of one of its lines. */
struct span {
    const char *bytes;
    size_t length;
};

struct reader {
    struct span rest;
    size_t line; /* of the last span taken, from 1 */
};

/* --- lines ----------------------------------------------------------------------------------------------------- */

static struct span before(struct span span, char end)
{
    const char *found = span.length > 0 ? memchr(span.bytes, end, span.length) : NULL;
    return (struct span){ span.bytes, found ? (size_t)(found - span.bytes) : span.length };
}

static struct span behind(struct span span, size_t length)
{
    size_t skipped = length < span.length ? length : span.length;
    return (struct span){ span.bytes + skipped, span.length - skipped };
}

static bool is_word(struct span span, const char *word)
{
    return span.length == strlen(word) && memcmp(span.bytes, word, span.length) == 0;
}

static bool is_blank(struct span span)
{
    while (span.length > 0 && (span.bytes[0] == ' ' || span.bytes[0] == '\t'))
        span = behind(span, 1);
    return span.length == 0;
}

/* False: there are no more. */
static bool next_line(struct reader *reader, struct span *ret_line)
{
    if (reader->rest.length == 0)
        return false;
    struct span line = before(reader->rest, '\n');
    reader->rest = behind(reader->rest, line.length + 1);
    reader->line++;
    if (line.length > 0 && line.bytes[line.length - 1] == '\r')
        line.length--;
    *ret_line = line;
    return true;
}

/* The next line that is neither blank nor a comment; the header is one of them. */
static bool next_row(struct reader *reader, struct span *ret_line)
{
    while (next_line(reader, ret_line))
        if (!is_blank(*ret_line) && ret_line->bytes[0] != '#')
            return true;
    return false;
}

static bool is_header(struct span line)
{
    return is_word(line, "t_seconds,concurrent");
}

/* --- numbers --------------------------------------------------------------------------------------------------- */

static int refuse(const struct reader *reader, const char *expected, struct span found,
                  struct error *err)
{
    char storage[SHOWN_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, found.bytes, found.length);
    return error_set(err, ERR_CONFIG, "line %zu: expected %s, found '%s'%s", reader->line, expected,
                     storage, shown.was_cut ? "..." : "");
}

static int take_number(const struct reader *reader, const char *name, int64_t max,
                       struct span column, int64_t *ret_milli, struct error *err)
{
    int64_t milli;
    if (decimal_parse(column.bytes, column.length, MILLI_PLACES, &milli) && milli <= max * 1000) {
        *ret_milli = milli;
        return 0;
    }
    char expected[64];
    struct text text;
    text_init(&text, expected, sizeof expected);
    text_addf(&text, "a number from 0 to %" PRId64 " as %s", max, name);
    return refuse(reader, expected, column, err);
}

static int take_sample(const struct reader *reader, struct span line,
                       struct trace_sample *ret_sample, struct error *err)
{
    struct span first = before(line, ',');
    struct span second = behind(line, first.length + 1);
    if (first.length == line.length || before(second, ',').length < second.length)
        return refuse(reader, "two numbers, t_seconds,concurrent", line, err);
    int r = take_number(reader, "t_seconds", TRACE_SECONDS_MAX, first, &ret_sample->at_ms, err);
    if (r < 0)
        return r;
    return take_number(reader, "concurrent", TRACE_VALUE_MAX, second, &ret_sample->concurrent_milli,
                       err);
}

/* --- samples --------------------------------------------------------------------------------------------------- */

static int make_room(struct trace *trace, size_t *capacity, struct error *err)
{
    if (trace->count < *capacity)
        return 0;
    size_t wanted = *capacity > 0 ? 2 * *capacity : FIRST_CAPACITY;
    struct trace_sample *samples = heap_resize(trace->samples, wanted, sizeof *samples);
    if (!samples)
        return error_no_memory(err);
    trace->samples = samples;
    *capacity = wanted;
    return 0;
}

static int check_sample(const struct reader *reader, struct span line, const struct trace *trace,
                        const struct trace_sample *sample, struct error *err)
{
    if (trace->count > 0 && sample->at_ms <= trace->samples[trace->count - 1].at_ms)
        return refuse(reader, "t_seconds above those of the sample before", before(line, ','), err);
    if (trace->count == TRACE_SAMPLES_MAX)
        return error_set(err, ERR_CONFIG, "line %zu: more than %d samples", reader->line,
                         TRACE_SAMPLES_MAX);
    return 0;
}

static int add_sample(const struct reader *reader, struct span line, struct trace *trace,
                      size_t *capacity, struct error *err)
{
    struct trace_sample sample = { 0 };
    int r;
    if ((r = take_sample(reader, line, &sample, err)) < 0 ||
        (r = check_sample(reader, line, trace, &sample, err)) < 0 ||
        (r = make_room(trace, capacity, err)) < 0)
        return r;
    must(trace->samples);
    trace->samples[trace->count++] = sample;
    return 0;
}

static int read_samples(struct reader *reader, struct trace *trace, struct error *err)
{
    size_t capacity = 0;
    struct span line;
    bool is_there = next_row(reader, &line);
    if (is_there && is_header(line))
        is_there = next_row(reader, &line);
    for (; is_there; is_there = next_row(reader, &line)) {
        int r = add_sample(reader, line, trace, &capacity, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- gaps ------------------------------------------------------------------------------------------------------ */

static int64_t step_before(const struct trace *trace, size_t index)
{
    return trace->samples[index].at_ms - trace->samples[index - 1].at_ms;
}

static size_t count_steps_up_to(const struct trace *trace, int64_t step_ms)
{
    size_t count = 0;
    for (size_t i = 1; i < trace->count; i++)
        count += step_before(trace, i) <= step_ms;
    return count;
}

/* The lower median: the smallest length that half of the steps do not exceed. Bisection needs no memory. */
static int64_t usual_step_ms(const struct trace *trace)
{
    int64_t low_ms = 1;
    int64_t high_ms = trace_length_ms(trace);
    while (low_ms < high_ms) {
        int64_t middle_ms = low_ms + floor_div(high_ms - low_ms, 2);
        if (2 * count_steps_up_to(trace, middle_ms) >= trace->count - 1)
            high_ms = middle_ms;
        else
            low_ms = middle_ms + 1;
    }
    return low_ms;
}

/* The line numbers of samples are not stored, so the text is read again. */
static size_t line_of_sample(const char *bytes, size_t size, size_t index)
{
    struct reader reader = { .rest = { bytes, size } };
    struct span line;
    for (size_t count = 0; count <= index; count += !is_header(line)) {
        bool is_row = next_row(&reader, &line);
        must(is_row);
    }
    return reader.line;
}

static int refuse_gap(size_t line, int64_t gap_ms, int64_t usual_ms, struct error *err)
{
    char gap_storage[32];
    char usual_storage[32];
    struct text gap;
    struct text usual;
    text_init(&gap, gap_storage, sizeof gap_storage);
    text_init(&usual, usual_storage, sizeof usual_storage);
    text_add_duration(&gap, gap_ms);
    text_add_duration(&usual, usual_ms);
    return error_set(err, ERR_CONFIG, "line %zu: a gap, %s from the sample before; usual are %s",
                     line, gap_storage, usual_storage);
}

static int check_gaps(const struct trace *trace, const char *bytes, size_t size, struct error *err)
{
    int64_t usual_ms = usual_step_ms(trace);
    for (size_t i = 1; i < trace->count; i++)
        if (step_before(trace, i) > TRACE_GAP_STEPS * usual_ms)
            return refuse_gap(line_of_sample(bytes, size, i), step_before(trace, i), usual_ms, err);
    return 0;
}

static void begin_at_zero(struct trace *trace)
{
    must(trace->samples);
    int64_t first_ms = trace->samples[0].at_ms;
    for (size_t i = 0; i < trace->count; i++)
        trace->samples[i].at_ms -= first_ms;
}

int trace_parse(const char *bytes, size_t size, struct trace *ret_trace, struct error *err)
{
    struct trace trace = { 0 };
    struct reader reader = { .rest = { bytes, size } };
    int r = read_samples(&reader, &trace, err);
    if (r == 0 && trace.count < 2)
        r = error_set(err, ERR_CONFIG, "line %zu: the end; expected at least 2 samples, found %zu",
                      reader.line > 0 ? reader.line : 1, trace.count);
    if (r == 0)
        r = check_gaps(&trace, bytes, size, err);
    if (r < 0) {
        trace_fini(&trace);
        return r;
    }
    begin_at_zero(&trace);
    *ret_trace = trace;
    return 0;
}

void trace_fini(struct trace *trace)
{
    heap_free(trace->samples);
    *trace = (struct trace){ 0 };
}

int64_t trace_length_ms(const struct trace *trace)
{
    must(trace->count > 0);
    return trace->samples[trace->count - 1].at_ms - trace->samples[0].at_ms;
}

/* --- demand ---------------------------------------------------------------------------------------------------- */

/* The demand of a fleet of this size on the trace, pass by pass. */
struct fleet_demand {
    const struct trace *trace;
    size_t index;       /* of the sample at or before the pass */
    int64_t scale_from; /* thousandths of the recorded unit ... */
    int64_t scale_to;   /* ... that map to so many thousandths of a server */
    int64_t left_q32;   /* share of one pass's churn that remains at the next */
    int64_t fresh_q16;  /* deviation of the new part */
    int64_t churn_q16;  /* in deviations */
    struct random random;
};

static int64_t scale(int64_t value, int64_t to, int64_t from)
{
    __extension__ __int128 product = (__int128)value * to;
    return (int64_t)(product / from);
}

static int64_t peak_milli(const struct trace *trace)
{
    int64_t peak = 0;
    for (size_t i = 0; i < trace->count; i++)
        peak = max_i64(peak, trace->samples[i].concurrent_milli);
    return peak;
}

static bool is_scaled(const struct fleet_demand *demand)
{
    return demand->scale_to < demand->scale_from;
}

/* An autoregressive process of the first order: its deviation stays 1, its memory is one session. */
static void init_churn(struct fleet_demand *demand, const struct trace_scaling *scaling)
{
    int64_t ended_q32 = probability_of_end(scaling->pass_interval_ms, scaling->session_ms);
    int64_t fresh_variance_q32 =
        scale(ended_q32, 2 * PROBABILITY_WHOLE - ended_q32, PROBABILITY_WHOLE);
    demand->left_q32 = PROBABILITY_WHOLE - ended_q32;
    demand->fresh_q16 = floor_sqrt(fresh_variance_q32);
    demand->random = draw(scaling->seed, LANE_CHURN, 0);
    demand->churn_q16 = normal_draw_q8(&demand->random) * (Q16_WHOLE >> 8);
}

static void init_demand(struct fleet_demand *demand, const struct trace *trace,
                        const struct trace_scaling *scaling)
{
    int64_t recorded = peak_milli(trace);
    int64_t wanted = (int64_t)scaling->peak_servers * 1000;
    bool is_down = recorded > wanted;
    *demand = (struct fleet_demand){
        .trace = trace,
        .scale_from = is_down ? recorded : 1,
        .scale_to = is_down ? wanted : 1,
    };
    init_churn(demand, scaling);
}

/* Thousandths of the recorded value, linear between two samples. Times never decrease from call to call. */
static int64_t recorded_milli(struct fleet_demand *demand, int64_t at_ms)
{
    const struct trace *trace = demand->trace;
    while (demand->index + 2 < trace->count && trace->samples[demand->index + 1].at_ms <= at_ms)
        demand->index++;
    const struct trace_sample *from = &trace->samples[demand->index];
    const struct trace_sample *to = from + 1;
    return from->concurrent_milli + scale(to->concurrent_milli - from->concurrent_milli,
                                          at_ms - from->at_ms, to->at_ms - from->at_ms);
}

static void move_churn(struct fleet_demand *demand)
{
    int64_t left_q16 =
        floor_div(demand->churn_q16 * demand->left_q32 + PROBABILITY_WHOLE / 2, PROBABILITY_WHOLE);
    demand->churn_q16 =
        left_q16 + floor_div(demand->fresh_q16 * normal_draw_q8(&demand->random), 1 << 8);
}

static int64_t with_churn_q16(const struct fleet_demand *demand, int64_t load_q16)
{
    int64_t deviation_q16 = floor_sqrt(load_q16 * Q16_WHOLE);
    return load_q16 + floor_div(deviation_q16 * demand->churn_q16, Q16_WHOLE);
}

static int32_t servers_at(struct fleet_demand *demand, int64_t at_ms)
{
    int64_t milli = recorded_milli(demand, at_ms);
    /* Half up, like the decimals of the file. */
    if (!is_scaled(demand))
        return (int32_t)floor_div(milli + 500, 1000);
    int64_t load_q16 = scale(milli, demand->scale_to * Q16_WHOLE, demand->scale_from) / 1000;
    int64_t noisy_q16 = with_churn_q16(demand, load_q16);
    move_churn(demand);
    return (int32_t)max_i64(0, floor_div(noisy_q16 + Q16_WHOLE / 2, Q16_WHOLE));
}

int trace_demand(const struct trace *trace, const struct trace_scaling *scaling,
                 int32_t **ret_servers, size_t *ret_count, struct error *err)
{
    must(trace->count >= 2);
    must(scaling->pass_interval_ms > 0);
    must(0 < scaling->peak_servers && scaling->peak_servers <= TRACE_PEAK_SERVERS_MAX);
    int64_t count = floor_div(trace_length_ms(trace), scaling->pass_interval_ms) + 1;
    if (count > TRACE_PASSES_MAX)
        return error_set(err, ERR_CONFIG, "%" PRId64 " passes are more than %d", count,
                         TRACE_PASSES_MAX);
    int32_t *servers = heap_alloc((size_t)count, sizeof *servers);
    if (!servers)
        return error_no_memory(err);
    struct fleet_demand demand;
    init_demand(&demand, trace, scaling);
    for (int64_t i = 0; i < count; i++)
        servers[i] = servers_at(&demand, i * scaling->pass_interval_ms);
    *ret_servers = servers;
    *ret_count = (size_t)count;
    return 0;
}
