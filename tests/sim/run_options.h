/*
 * terms - what a life is lived under, and what it leaves: options, result, and the faults and records in it.
 *
 * Plain values, shared by all rooms of the simulation; calls nothing.
 */
#ifndef TESTS_SIM_RUN_OPTIONS_H
#define TESTS_SIM_RUN_OPTIONS_H

#include "tests/sim/model.h"
#include "tests/sim/plan.h"

#define LIFE_RECORDS_MAX 4096
#define LIFE_FAULTS_MAX 65536
#define NOBODY UINT32_MAX

/* A fault that happened, or could have: of a deployment or of nobody, the so-manieth of its kind. */
struct fault {
    uint32_t site;
    enum family family;
    uint64_t number;
};

enum record_kind {
    RECORD_READ,
    RECORD_TOLD,
    RECORD_FAILED,
    RECORD_DECIDED,
    RECORD_SCALE,
    RECORD_APPLIED,
    RECORD_ANSWERED,
    RECORD_FAULT,
    RECORD_LIST,
    RECORD_COMMAND,
    RECORD_INCIDENT,
    RECORD_PHASE,
};
#define RECORD_KIND_COUNT (RECORD_PHASE + 1)

/* What happened to the deployment that is looked at, or to all. */
struct record {
    int64_t step;
    int64_t at_ms; /* from the world's beginning */
    enum record_kind kind;
    int64_t a, b, c;
};

struct run_options {
    int64_t steps_max;             /* INT64_MAX */
    uint32_t families;             /* a bit for each that there may be */
    const bool *is_left_out;       /* by deployment; NULL: none */
    const bool *is_cancelled;      /* by incident; NULL: none */
    const struct fault *cancelled; /* faults that do not happen */
    size_t cancelled_count;
    bool are_even_spared; /* deployments with an even number have no faults */
    bool are_all_spared;
    uint32_t focus; /* whose records are kept; NOBODY */
    bool is_listing_faults;
};

struct run_result {
    struct breach breach;
    uint32_t site; /* NOBODY */
    int64_t step;  /* of the breach, or the last */
    int64_t at_ms;
    int64_t reads; /* deployment-passes: statuses that were asked for and answered */
    int64_t scales;
    uint64_t trace;
    char crash[200]; /* the internal check that failed; "" */
    uint64_t site_traces[PLAN_SITES_MAX];
    size_t record_count; /* ever; the last LIFE_RECORDS_MAX are kept */
    struct record records[LIFE_RECORDS_MAX];
    size_t fault_count;
    struct fault faults[LIFE_FAULTS_MAX];
};

#endif
