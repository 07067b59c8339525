/*
 * publish_detail - the details of the deployment in focus.
 *
 * Made anew for every snapshot: the steps use the decision's own input, and a manual scale is checked against the
 * current state. Pure. Cannot fail.
 */
#ifndef ENGINE_VIEW_PUBLISH_DETAIL_H
#define ENGINE_VIEW_PUBLISH_DETAIL_H

#include "engine/core/reconciler.h"
#include "engine/snapshot.h"
#include "engine/view/publish_context.h"

/* `manual_delta`: the manual scale to check; 0: none. */
void publish_detail_make(const struct reconciler *reconciler, const struct deployment *deployment,
                         const struct snapshot_name *name, int32_t manual_delta,
                         const struct publish_context *context, struct snapshot_detail *ret_detail);

#endif
