/*
 * publish_head - the part of a snapshot about the reconciler itself: its settings, its pass, its next deadlines.
 *
 * Pure. Cannot fail.
 */
#ifndef ENGINE_VIEW_PUBLISH_HEAD_H
#define ENGINE_VIEW_PUBLISH_HEAD_H

#include "engine/core/reconciler.h"
#include "engine/snapshot.h"
#include "engine/view/publish_context.h"

void publish_head_make(const struct reconciler *reconciler, const struct publish_context *context,
                       struct snapshot_engine *ret_engine, struct snapshot_pass *ret_pass);

#endif
