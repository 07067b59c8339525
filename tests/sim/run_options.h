/*
 * run_options - options and result of a run, with its faults and records.
 *
 * Plain values, shared by all modules of the simulation; calls nothing.
 */
#ifndef TESTS_SIM_RUN_OPTIONS_H
#define TESTS_SIM_RUN_OPTIONS_H

#include "tests/sim/model.h"
#include "tests/sim/plan.h"

#define RUN_RECORDS_MAX 4096
#define RUN_FAULTS_MAX 65536
#define SITE_NONE UINT32_MAX

/* A possible fault: site (or SITE_NONE), family, and number within the family. */
struct fault {
    uint32_t site;
    enum family family;
    uint64_t number;
};

enum record_kind {
    RECORD_READ,
    RECORD_REPORTED,
    RECORD_FAILED,
    RECORD_DECIDED,
    RECORD_SCALE,
    RECORD_APPLIED,
    RECORD_RESPONSE,
    RECORD_FAULT,
    RECORD_LIST,
    RECORD_COMMAND,
    RECORD_INCIDENT,
    RECORD_PHASE,
};
#define RECORD_KIND_COUNT (RECORD_PHASE + 1)

/* An event of the deployment in focus, or of all deployments. */
struct record {
    int64_t step;
    int64_t at_ms; /* from the beginning of the run */
    enum record_kind kind;
    int64_t a, b, c;
};

struct run_options {
    int64_t steps_max;             /* INT64_MAX */
    uint64_t families;             /* bit set of enabled families */
    const bool *is_left_out;       /* by deployment; NULL: none */
    const bool *is_cancelled;      /* by incident; NULL: none */
    const struct fault *cancelled; /* faults that do not happen */
    size_t cancelled_count;
    bool are_even_spared; /* deployments with an even number have no faults */
    bool are_all_spared;
    uint32_t focus; /* the site whose records are kept; SITE_NONE: none */
    bool is_listing_faults;
};

struct run_result {
    struct breach breach;
    uint32_t site; /* SITE_NONE */
    int64_t step;  /* of the breach, or the last */
    int64_t at_ms;
    int64_t reads; /* deployment-passes: status requests */
    int64_t scales;
    uint64_t trace;
    char crash[200]; /* the internal check that failed, or "" */
    uint64_t site_traces[PLAN_SITES_MAX];
    size_t record_count; /* total; the last RUN_RECORDS_MAX are kept */
    struct record records[RUN_RECORDS_MAX];
    size_t fault_count;
    struct fault faults[RUN_FAULTS_MAX];
};

#endif
