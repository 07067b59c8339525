/*
 * fleet_day - an API that simulates a day of a fleet with faults, and checks the program's requests.
 *
 * The fleet is the fleet_model of the simulated API with a clock of FLEET_DAY_SPEED. The server is the fake API of the
 * tests; fleet_day_answer is its `answer` function. The kind of fault changes every few seconds, always in the same
 * order: none, slow responses, lost responses, status 500, resets, responses that never come, incomplete lists, 429
 * with Retry-After, invalid data, an outage. The owner must do two things: send the late responses that
 * fleet_day_take_late returns, and refuse connections while fleet_day_is_out.
 *
 * It has no host model of its own. Its checks are an independent oracle: they use the requests, the responses and the
 * formula of the tests, and share no code with the decisions of the core. Only scales change the hosts of this fleet,
 * so their real number is the first status and all scales since. fleet_day_laws.def lists the invariants. A scale that
 * was applied and whose response was lost cannot be seen in statuses; the invariants allow a difference for it.
 *
 * Deployments with ids that match FLEET_DAY_FORMULA must be scaled by the formula alone, so that their need is known.
 *
 * fleet_day_answer runs on the server's thread, all other functions on the owner's. A lock protects the shared state.
 */
#ifndef TESTS_SOAK_FLEET_DAY_H
#define TESTS_SOAK_FLEET_DAY_H

#include "tests/support/fake_api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_DAY_SPEED 288
#define FLEET_DAY_DEPLOYMENTS 100
#define FLEET_DAY_FORMULA "[eu]*" /* Europe and the United States: about half of them */
#define FLEET_DAY_TIMEOUT_MS 500  /* request timeout */
#define FLEET_DAY_CONFIRM_MS 2000 /* confirm_timeout */
#define FLEET_DAY_LATE_SIZE 512

enum day_law {
#define LAW(id, name, meaning) LAW_##id,
#include "tests/soak/fleet_day_laws.def"
#undef LAW
};
#define DAY_LAW_COUNT 6

enum day_fault {
    DAY_WELL,
    DAY_SLOW,
    DAY_LOST,
    DAY_ERROR,
    DAY_RESET,
    DAY_HUNG,
    DAY_BUSY,
    DAY_GARBAGE,
    DAY_FLAP /* a list without some deployments, or an empty list */
};
#define DAY_FAULT_COUNT 9

struct day_counts {
    int64_t discoveries;
    int64_t statuses;
    int64_t scales;
    int64_t scales_applied;
    int64_t hosts_added;
    int64_t hosts_removed;
    int64_t faults[DAY_FAULT_COUNT];
    int64_t breaches[DAY_LAW_COUNT];
};

struct day_late {
    int64_t connection;
    char bytes[FLEET_DAY_LATE_SIZE];
    size_t size;
};

struct fleet_day;

struct fleet_day *fleet_day_create(void);
void fleet_day_destroy(struct fleet_day *day);

void fleet_day_answer(void *context, const struct fake_request *request,
                      struct fake_answer *ret_answer);

/* Takes a response that is due; false: there is none. */
bool fleet_day_take_late(struct fleet_day *day, struct day_late *ret_late);

/* Must the server refuse connections now? */
bool fleet_day_is_out(struct fleet_day *day);

/* Hours of the fleet's clock since the start. */
double fleet_day_hours(const struct fleet_day *day);

struct day_counts fleet_day_counts(struct fleet_day *day);

const char *day_fault_name(enum day_fault fault);
const char *day_law_name(enum day_law law);

#endif
