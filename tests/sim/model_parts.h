/*
 * model_parts - what the files of the model share; other modules include model.h.
 *
 *     model         the lists, the statuses and the decisions
 *     model_scales  the scales
 *     model_growth  how much may be ordered in an hour, and orders without effect
 *     model_need    the hosts that are needed, by the formula; steps; desired hosts of the past
 *
 * Plain values. Mono milliseconds. Cannot fail.
 */
#ifndef TESTS_SIM_MODEL_PARTS_H
#define TESTS_SIM_MODEL_PARTS_H

#include "tests/sim/model.h"

static const struct breach kept = { LAW_NONE, 0, 0 };

static inline struct breach broken(enum law law, int64_t is, int64_t bound)
{
    return (struct breach){ law, is, bound };
}

/* --- model ------------------------------------------------------------------------------------------ */

/* Removed hosts may hide demand, or look like it; the core can only estimate it. */
bool model_may_drain_at(const struct model *model, int64_t at_ms);
bool model_may_drain(const struct model *model, const struct surroundings *around);

/* --- model_growth ----------------------------------------------------------------------------------- */

/* The most hosts of an hour. `days`: the core keeps the most hosts of one day to two. */
int64_t model_growth_max(const struct model *model, int64_t now_ms, int64_t days);

void model_note_growth(struct grown *grown, int64_t at_ms, int64_t hosts);

/* A status was accepted. */
void model_note_enough(struct model *model, const struct status *status, int64_t now_ms);
void model_watch_status(struct stuck *stuck, const struct status *status);

/* A growth of a pass, before it is noted; and after that. */
struct breach model_check_pace(const struct model *model, const struct surroundings *around,
                               int32_t delta);
void model_watch_order(struct model *model, int64_t now_ms);

/* --- model_need ------------------------------------------------------------------------------------- */

int64_t model_busy_of(const struct status *status);
int64_t model_hosts_that_fill(int64_t servers, int32_t servers_per_host);

/* Of MIN_FREE_AUTO: the smallest number whose square is not below four times the busy servers. */
int64_t model_usual_free(int64_t busy);

/* For the target alone. */
int64_t model_needed_hosts(const struct model *model, int64_t busy);

/* For the target and min_free_servers. */
int64_t model_wanted_of(const struct model *model, int64_t busy);

/* The hosts that one scale may change. */
int64_t model_step_max(const struct step_limit *limit, const struct policy *policy, int64_t hosts);

/* The highest value after `since_ms`; 0: none. */
int64_t desired_highs_since(const struct desired_highs *desired_highs, int64_t since_ms);

/*
 * When the history is full, expired values are dropped, then every second one. `is_upper`: what remains is too high,
 * otherwise too low.
 */
void desired_highs_add(struct desired_highs *desired_highs, int64_t at_ms, int64_t hosts,
                       int64_t keep_ms, bool is_upper);

#endif
