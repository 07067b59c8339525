#include "tests/sim/trace.h"

#include <string.h>

static int64_t age_ms(const struct trace *trace)
{
    return trace->around->now_ms - trace->begin_ms;
}

void trace_init(struct trace *trace, struct run_result *result, const struct surroundings *around,
                const struct run_options *options)
{
    *trace = (struct trace){
        .result = result,
        .around = around,
        .begin_ms = around->now_ms,
        .focus = options->focus,
        .is_listing_faults = options->is_listing_faults,
    };
    /* The arrays of records and faults are large; their counts are enough. */
    memset(result, 0, offsetof(struct run_result, site_traces));
    result->record_count = 0;
    result->fault_count = 0;
    result->site = SITE_NONE;
}

void trace_record(struct trace *trace, const struct record *record)
{
    struct run_result *result = trace->result;
    struct record *kept = &result->records[result->record_count++ % RUN_RECORDS_MAX];
    *kept = *record;
    kept->step = trace->step;
    kept->at_ms = age_ms(trace);
}

void trace_breach(struct trace *trace, struct breach breach, uint32_t site)
{
    struct run_result *result = trace->result;
    if (result->breach.law != LAW_NONE)
        return;
    result->breach = breach;
    result->site = site;
    result->step = trace->step;
    result->at_ms = age_ms(trace);
}

void trace_fault(struct trace *trace, const struct fault *fault)
{
    struct run_result *result = trace->result;
    trace_note(trace, fault->site, RECORD_FAULT, fault->family, (int64_t)fault->number, 0);
    if (trace->is_listing_faults && result->fault_count < RUN_FAULTS_MAX)
        result->faults[result->fault_count++] = *fault;
}
