/*
 * trace - recorded demand: parses a CSV text into samples, and makes the demand of a fleet from them, one value a
 * pass.
 *
 * The text: lines `t_seconds,concurrent`, decimal numbers; comment lines begin with `#`; one header line of those two
 * words may precede the first sample; blank lines are skipped, CR LF is accepted. Refused, with the line's number:
 * anything else, negative or too large numbers, times that do not rise, a gap (a step longer than TRACE_GAP_STEPS
 * times the usual, the median, step), fewer than two samples, more than TRACE_SAMPLES_MAX.
 *
 * Decimals beyond a thousandth are rounded. Foreign bytes in errors are escaped. Errors: ERR_CONFIG "line 12: ..."
 * without the file's name, which the caller adds; -ENOMEM. Whole numbers only. One thread at a time.
 */
#ifndef ENGINE_SIM_TRACE_H
#define ENGINE_SIM_TRACE_H

#include "engine/base/error.h"

#include <stddef.h>
#include <stdint.h>

#define TRACE_SAMPLES_MAX 10000000
#define TRACE_GAP_STEPS 4
#define TRACE_VALUE_MAX INT32_MAX
#define TRACE_SECONDS_MAX 4000000000 /* enough for a Unix timestamp */
#define TRACE_PASSES_MAX 10000000    /* nine years of passes every 30 s */
#define TRACE_PEAK_SERVERS_MAX 1000000

struct trace_sample {
    int64_t at_ms;            /* from the first sample */
    int64_t concurrent_milli; /* thousandths */
};

struct trace {
    struct trace_sample *samples;
    size_t count;
};

int trace_parse(const char *bytes, size_t size, struct trace *ret_trace, struct error *err);
void trace_fini(struct trace *trace);

/* From the first to the last sample. */
int64_t trace_length_ms(const struct trace *trace);

/*
 * The demand of a fleet at every pass: linear between the samples; scaled down so that the highest sample is
 * `peak_servers` (never up). Scaling down removes noise, so the noise of a fleet of that size is added: normal, with
 * the root of the load as deviation and the memory of one session, drawn from the seed.
 */
struct trace_scaling {
    int64_t pass_interval_ms;
    int32_t peak_servers; /* 1 .. TRACE_PEAK_SERVERS_MAX */
    int64_t session_ms;
    uint64_t seed;
};

/* *ret_servers: `*ret_count` values (1 .. TRACE_PASSES_MAX, else ERR_CONFIG), the caller's to heap_free. */
int trace_demand(const struct trace *trace, const struct trace_scaling *scaling,
                 int32_t **ret_servers, size_t *ret_count, struct error *err);

#endif
