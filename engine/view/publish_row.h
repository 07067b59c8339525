/*
 * publish_row - a deployment as a row of a snapshot.
 *
 * A row follows from the deployment, its name and the time alone: the same ones give the same row. What people see of
 * time is absolute, so that a row need not be made again because time goes by. Pure. Cannot fail.
 */
#ifndef ENGINE_VIEW_PUBLISH_ROW_H
#define ENGINE_VIEW_PUBLISH_ROW_H

#include "engine/view/publish.h"

/* What a state follows from. */
struct row_facts {
    bool is_listed;
    bool is_current; /* read at least once, and in one of the last ROW_PASSES_MAX passes */
    bool is_paused;  /* by whomever */
    bool is_unconfirmed;
    enum action action;
    enum reason reason;
    int32_t delta;
    int32_t wanted_delta;
};

/* A status from before so many passes of the deployment is not a current one. */
#define ROW_PASSES_MAX 2

/*
 * The worst that is true, in the order of states.def, with two exceptions. A deployment that is not listed is GONE
 * whatever else it is. And bad data is HELD, however long it has been bad: the reason says more than "not read".
 *
 * What only a pause, read-only or a dry-run kept back, and the pause is over or nobody paused, shows where it would go.
 */
enum state publish_row_state(const struct row_facts *facts);

/* Machine time for people; MONO_NEVER is 0. */
struct wall publish_wall(const struct publish_context *context, struct mono at);

/* The last pass in which the deployment had its turn, and that is over for it. 0: none. */
uint32_t publish_row_pass(const struct deployment *deployment);

/*
 * The row of a deployment in place of the one before, whose trend is of the passes up to `known_pass` (its
 * publish_row_pass then) and goes on from there; 0: it was nobody's or somebody else's.
 */
void publish_row_make(const struct deployment *deployment, const struct snapshot_name *name,
                      bool is_all_paused, const struct publish_context *context,
                      uint32_t known_pass, struct snapshot_row *row);

/* A row more in the sums, or one less; nobody's row counts nothing. */
void publish_totals_add(struct snapshot_totals *totals, const struct snapshot_row *row);
void publish_totals_remove(struct snapshot_totals *totals, const struct snapshot_row *row);

#endif
