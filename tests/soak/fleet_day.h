/*
 * fleet_day - a day of a fleet as its API tells it, with bad weather, and an account of what it was asked for.
 *
 * The fleet is that of the simulated API (fleet_model) under a clock of FLEET_DAY_SPEED; the server is the fake API of
 * the tests, whose `answer` function fleet_day_answer is. The weather changes every few seconds, always in the same
 * order: calm, slow answers, lost ones, 500s, resets, answers that never come, lists that flap, 429 with Retry-After,
 * garbage, an outage. What the server cannot do by itself its owner does for it: answers that are late are taken with
 * fleet_day_take_late and sent, and while fleet_day_is_out says so nobody listens.
 *
 * The account knows what is true, since hosts of this fleet come and go by scales alone, and holds the program to the
 * laws of fleet_day_laws.def. What nobody can know who looks at statuses gives room: a scale that was applied and whose
 * answer was lost.
 *
 * The deployments whose ids match FLEET_DAY_FORMULA are to be scaled by the formula alone, so that their need is known.
 *
 * fleet_day_answer is called from the server's thread, everything else from the owner's. A lock stands between them.
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
#define FLEET_DAY_TIMEOUT_MS 500  /* requests that hang are given up after this long */
#define FLEET_DAY_CONFIRM_MS 2000 /* what nobody knows of is waited for as long */
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
    DAY_FLAP /* of a list: some are not in it, or nobody is */
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

/* An answer whose time has come; false: there is none. */
bool fleet_day_take_late(struct fleet_day *day, struct day_late *ret_late);

/* Is it a time in which nobody listens? */
bool fleet_day_is_out(struct fleet_day *day);

/* Hours of the fleet's clock since the start. */
double fleet_day_hours(const struct fleet_day *day);

struct day_counts fleet_day_counts(struct fleet_day *day);

const char *day_fault_name(enum day_fault fault);
const char *day_law_name(enum day_law law);

#endif
