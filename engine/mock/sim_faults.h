/*
 * sim_faults - which requests to the simulated API get a fault, and which one.
 *
 * One fault is drawn for each request, so that the same seed and the same order of requests give the same faults.
 * Belongs to its owner. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_MOCK_SIM_FAULTS_H
#define ENGINE_MOCK_SIM_FAULTS_H

#include "engine/base/random.h"

#include <stdint.h>

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_REPLY_LOST, /* applied, then closed without a response */
    SIM_FAULT_DROPPED,    /* closed without a response, nothing applied */
    SIM_FAULT_ERROR,      /* 500, nothing applied */
    SIM_FAULT_BUSY,       /* 503 with Retry-After, nothing applied */
    SIM_FAULT_HUNG,       /* applied, and the response never comes */
    SIM_FAULT_GARBAGE,    /* 200 with an invalid body */
};
#define SIM_FAULT_COUNT 6 /* without SIM_FAULT_NONE */

struct sim_faults {
    struct random random;
    int32_t share_ppb; /* of requests that get a fault; each fault is equally likely */
};

/* For the next request. */
enum sim_fault sim_faults_draw(struct sim_faults *faults);

/* A body that is not a valid response to any GET: static, NUL-terminated. */
const char *sim_faults_draw_garbage(struct sim_faults *faults);

#endif
