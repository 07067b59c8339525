/*
 * publish_row - a deployment as a row of a snapshot.
 *
 * A row depends only on the deployment, its name and the time: equal input gives an equal row. Timestamps for people
 * are absolute, so that a row is not made again when time passes. Pure. Cannot fail.
 */
#ifndef ENGINE_VIEW_PUBLISH_ROW_H
#define ENGINE_VIEW_PUBLISH_ROW_H

#include "engine/view/publish.h"

/* The input of a state. */
struct row_facts {
    bool is_listed;
    bool is_current; /* read at least once, and in one of the last ROW_PASSES_MAX passes */
    bool is_paused;  /* by an operator, by the pause of all, or by its policy */
    bool is_unconfirmed;
    enum action action;
    enum reason reason;
    int32_t delta;
    int32_t wanted_delta;
};

/* A status is current for so many passes of the deployment. */
#define ROW_PASSES_MAX 2

/*
 * The worst true state, in the order of states.def, with two exceptions. A deployment that is not listed is always
 * GONE. Bad data is always HELD, however old: its reason says more than "not read".
 *
 * When only a pause, read-only or a dry-run suppressed the delta, and nothing is paused any more, the state shows the
 * direction of the suppressed delta.
 */
enum state publish_row_state(const struct row_facts *facts);

/* Reconciler time as a timestamp for people; MONO_NEVER is 0. */
struct wall publish_wall(const struct publish_context *context, struct mono at);

/* The last pass in which the deployment had its turn and the turn is over. 0: none. */
uint32_t publish_row_pass(const struct deployment *deployment);

/*
 * Replaces the previous row of the deployment. The trend of that row covers the passes up to `known_pass` (the
 * publish_row_pass of that time) and continues from there; 0: the row was empty or of another deployment.
 */
void publish_row_make(const struct deployment *deployment, const struct snapshot_name *name,
                      bool is_all_paused, const struct publish_context *context,
                      uint32_t known_pass, struct snapshot_row *row);

/* Adds a row to the sums or removes it; an empty row counts nothing. */
void publish_totals_add(struct snapshot_totals *totals, const struct snapshot_row *row);
void publish_totals_remove(struct snapshot_totals *totals, const struct snapshot_row *row);

#endif
