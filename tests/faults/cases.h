/*
 * cases - common checks of many faults: one wrong response for each deployment, discovery or scale.
 *
 * Every check starts the program with its own fleet, runs all cases, and stops the program normally. All deployments
 * need 2 more hosts. Healthy deployments must be scaled exactly once. Faulty deployments must not be scaled, and the
 * log must name each fault. When the fault ends, each of them must be scaled once.
 */
#ifndef TESTS_FAULTS_CASES_H
#define TESTS_FAULTS_CASES_H

#include "tests/support/api_fixture.h"

#define SHORT_TIMEOUT "--timeout=300ms"
#define NO_RETRIES "--set=api.retries=0"

extern const char *const no_retries[]; /* arguments: a failed read waits for the next pass */
extern const char *const short_confirmation[]; /* confirm_timeout is 300 ms */

struct fault_case {
    const char *name; /* for failure messages */
    struct fake_answer answer;
    const char *logged; /* text in the log line of this case */
};

/* Responses to statuses, one for each deployment. Any number; they are split over several runs of the program. */
void check_statuses(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                    const char *const *arguments);

/* Responses to discoveries, one after the other; the last valid list stays in use. At most 20. */
void check_discoveries(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                       const char *const *arguments);

/* Responses to applied scales: unconfirmed, not sent again. At most 30, also for the functions below. */
void check_applied_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                          const char *const *arguments);

/* Responses to scales that were not applied: unconfirmed, sent once more after confirm_timeout. */
void check_lost_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                       const char *const *arguments);

/* Responses that refuse a scale: known not to be applied, sent once more. */
void check_refused_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                          const char *const *arguments);

/* Responses that accept a scale. */
void check_accepted_scales(struct api_fixture *fixture, const struct fault_case *cases,
                           size_t count, const char *const *arguments);

/* A status with a need of 12 hosts and 10 present; a status without a need. */
void add_short(struct api_fixture *fixture, const char *id);
void add_sufficient(struct api_fixture *fixture, const char *id);

/* Waits until any line of the log has all of these words, ended by NULL. */
void wait_logged(struct api_fixture *fixture, const char *const *words);

/* The same for an event of a deployment. `text` NULL: any line of this event. */
void wait_event(struct api_fixture *fixture, const char *event, const char *id, const char *text);

/* Fails unless this number of scales were sent for the deployment, each of +2. */
void assert_scaled(struct api_fixture *fixture, const char *id, int64_t count);

#endif
