#include "tests/sim/trace.h"

#include <string.h>

static int64_t age_ms(const struct witness *witness)
{
    return witness->around->now_ms - witness->begin_ms;
}

void witness_init(struct witness *witness, struct life_result *result,
                  const struct surroundings *around, const struct life_options *options)
{
    *witness = (struct witness){
        .result = result,
        .around = around,
        .begin_ms = around->now_ms,
        .focus = options->focus,
        .is_listing_faults = options->is_listing_faults,
    };
    /* Records and faults are many; none of them counts any more. */
    memset(result, 0, offsetof(struct life_result, site_traces));
    result->record_count = 0;
    result->fault_count = 0;
    result->site = NOBODY;
}

void witness_record(struct witness *witness, const struct record *record)
{
    struct life_result *result = witness->result;
    struct record *kept = &result->records[result->record_count++ % LIFE_RECORDS_MAX];
    *kept = *record;
    kept->step = witness->step;
    kept->at_ms = age_ms(witness);
}

void witness_accuse(struct witness *witness, struct breach breach, uint32_t site)
{
    struct life_result *result = witness->result;
    if (result->breach.law != LAW_NONE)
        return;
    result->breach = breach;
    result->site = site;
    result->step = witness->step;
    result->at_ms = age_ms(witness);
}

void witness_fault(struct witness *witness, const struct fault *fault)
{
    struct life_result *result = witness->result;
    witness_note(witness, fault->site, RECORD_FAULT, fault->family, (int64_t)fault->number, 0);
    if (witness->is_listing_faults && result->fault_count < LIFE_FAULTS_MAX)
        result->faults[result->fault_count++] = *fault;
}
