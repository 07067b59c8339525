/*
 * publish_row - a deployment as a row of a snapshot.
 *
 * A row depends only on the deployment, its name and the time: equal input gives an equal row. Timestamps for people
 * are absolute, so that a row is not made again when time passes. Pure. Cannot fail.
 */
#ifndef ENGINE_VIEW_PUBLISH_ROW_H
#define ENGINE_VIEW_PUBLISH_ROW_H

#include "engine/core/fleet_summary.h"
#include "engine/snapshot.h"
#include "engine/view/publish_context.h"

/*
 * Replaces the previous row of the deployment. The trend of that row covers the passes up to `known_pass` (the
 * deployment_last_turn of that time) and continues from there; 0: the row was empty or of another deployment.
 */
void publish_row_make(const struct deployment *deployment, const struct snapshot_name *name,
                      const struct deployment_figures *figures,
                      const struct publish_context *context, uint32_t known_pass,
                      struct snapshot_row *row);

#endif
