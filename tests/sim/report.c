#include "tests/sim/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FAULTS_SHOWN_MAX 40

void report_breach(const struct plan *plan, const struct run_result *result, const char *title)
{
    const struct law_row *row = law_row(result->breach.law);
    printf("\n%s: seed %" PRIu64 ", step %" PRId64 ", %.3f s: invariant %s (%s): %s\n", title,
           plan->seed, result->step, (double)result->at_ms / 1000.0, row->name, row->number,
           row->meaning);
    if (result->site != SITE_NONE)
        printf("  deployment %s; ", plan->sites[result->site].id);
    printf("  it is %" PRId64 ", the bound is %" PRId64 "\n", result->breach.is,
           result->breach.bound);
    if (result->crash[0])
        printf("  failed check: %s\n", result->crash);
}

static void print_record(const struct record *record)
{
    switch (record->kind) {
    case RECORD_READ:
        printf("read");
        break;
    case RECORD_REPORTED:
        printf("status: %" PRId64 " hosts, %" PRId64 " servers, %" PRId64 " free", record->a,
               record->b, record->c);
        break;
    case RECORD_FAILED:
        printf("read failed: result %" PRId64 ", wait %" PRId64 " ms%s", record->a, record->b,
               record->c ? ", again" : "");
        break;
    case RECORD_DECIDED:
        printf("decided: %s, %s, %+" PRId64, action_name((enum action)record->a),
               reason_row((enum reason)record->b)->name, record->c);
        break;
    case RECORD_SCALE:
        printf("scale %+" PRId64 "%s", record->a, record->b ? " by hand" : "");
        break;
    case RECORD_APPLIED:
        printf("applied: owns %" PRId64 ", %" PRId64 " ready, wanted %" PRId64, record->a,
               record->b, record->c);
        break;
    case RECORD_RESPONSE:
        printf("scale %s", record->a == SCALE_ACCEPTED  ? "accepted"
                           : record->a == SCALE_REFUSED ? "refused"
                                                        : "lost");
        break;
    case RECORD_FAULT:
        printf("fault %s %" PRId64, family_name((enum family)record->a), record->b);
        break;
    case RECORD_LIST:
        printf(record->a ? "listed: %" PRId64 " servers a host, target %" PRId64 " ppb%s"
                         : "not listed",
               record->a, record->b, record->c >= 0 ? ", oddly" : "");
        break;
    case RECORD_COMMAND:
        printf("command %s %+" PRId64 "%s", command_row((enum command_kind)record->a)->name,
               record->b, record->c ? "" : ": refused");
        break;
    case RECORD_INCIDENT:
        printf("incident %" PRId64 ", %" PRId64, record->a, record->b);
        break;
    case RECORD_PHASE:
        printf("phase %" PRId64, record->a);
        break;
    }
}

/* Same content as the last record of this kind, with no other kind of event between them. */
static bool is_repeated(const struct record *record, struct record latest[RECORD_KIND_COUNT])
{
    struct record *before = &latest[record->kind];
    bool is_usual = record->kind == RECORD_REPORTED || record->kind == RECORD_DECIDED ||
                    record->kind == RECORD_LIST || record->kind == RECORD_READ;
    bool is_same = before->step > 0 && before->a == record->a && before->b == record->b &&
                   before->c == record->c;
    if (!is_usual)
        memset(latest, 0, RECORD_KIND_COUNT * sizeof *latest);
    *before = *record;
    return is_usual && is_same;
}

/* Prints the records that are not repetitions, without the first `skipped`; returns their number. */
static size_t walk_records(const struct run_result *result, size_t skipped)
{
    struct record latest[RECORD_KIND_COUNT] = { 0 };
    size_t count = 0;
    size_t kept = result->record_count < RUN_RECORDS_MAX ? result->record_count : RUN_RECORDS_MAX;
    for (size_t i = result->record_count - kept; i < result->record_count; i++) {
        const struct record *record = &result->records[i % RUN_RECORDS_MAX];
        if (is_repeated(record, latest) || count++ < skipped)
            continue;
        printf("  %10" PRId64 " %12.3f s  ", record->step, (double)record->at_ms / 1000.0);
        print_record(record);
        printf("\n");
    }
    return count;
}

void report_records(const struct run_result *result, size_t count_max)
{
    size_t count = walk_records(result, SIZE_MAX);
    walk_records(result, count > count_max ? count - count_max : 0);
}

void report_faults(const struct run_result *result)
{
    size_t shown = result->fault_count < FAULTS_SHOWN_MAX ? result->fault_count : FAULTS_SHOWN_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct fault *fault = &result->faults[i];
        printf("  fault %s", family_name(fault->family));
        if (fault->site != SITE_NONE)
            printf(" of d%03u", (unsigned)fault->site);
        printf(", number %" PRIu64 "\n", fault->number);
    }
    if (shown < result->fault_count)
        printf("  and %zu more\n", result->fault_count - shown);
}
