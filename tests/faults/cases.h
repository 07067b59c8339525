/*
 * cases - the shapes that many faults have in common: one wrong answer a deployment, a discovery, or a scale.
 *
 * Every check starts the program on a fleet of its own, gives each case its turn and ends everything well. Beside
 * the sick deployments stand sound ones, which are scaled once and no more; the sick are not scaled, the log says of
 * each what it has, and once they are cured each is scaled once. All of them want 2 hosts more.
 */
#ifndef TESTS_FAULTS_CASES_H
#define TESTS_FAULTS_CASES_H

#include "tests/support/api_fixture.h"

#define SHORT_TIMEOUT "--timeout=300ms"
#define NO_RETRIES "--set=api.retries=0"

extern const char *const no_retries[]; /* arguments: a failed read waits for the next pass */
extern const char *const short_confirmation[]; /* an unconfirmed scale is one for 300 ms */

struct fault_case {
    const char *name; /* for the one who reads a failure */
    struct fake_answer answer;
    const char *told; /* in the line of the log that is about it */
};

/* Answers to statuses: each deployment has one of these. Any number; a program at a time for some of them. */
void check_statuses(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                    const char *const *arguments);

/* Answers to discoveries, one after the other; the last list stays in use. At most 20. */
void check_discoveries(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                       const char *const *arguments);

/* Answers to scales that were applied: unconfirmed, and not asked for again. At most 30, as of the others below. */
void check_applied_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                          const char *const *arguments);

/* Answers to scales that were not applied: unconfirmed, and asked for once more after confirm_timeout. */
void check_lost_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                       const char *const *arguments);

/* Answers to scales that say no: known not to be applied, asked for once more. */
void check_refused_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                          const char *const *arguments);

/* Answers to scales that are as good as any other. */
void check_accepted_scales(struct api_fixture *fixture, const struct fault_case *cases,
                           size_t count, const char *const *arguments);

/* 12 hosts are wanted and there are 10; no more are wanted than there are. */
void add_needy(struct api_fixture *fixture, const char *id);
void add_content(struct api_fixture *fixture, const char *id);

/* Waits until some line of the log holds all of these words, wherever it stands. NULL ends them. */
void wait_told(struct api_fixture *fixture, const char *const *words);

/* The same for an event about a deployment. `text` NULL: any such line. */
void wait_event(struct api_fixture *fixture, const char *event, const char *id, const char *text);

/* So many scales were sent for the deployment, each of +2. */
void assert_scaled(struct api_fixture *fixture, const char *id, int64_t count);

#endif
