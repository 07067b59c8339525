/*
 * reconciler_restore - what an earlier run has recorded, put into a new reconciler before its first discovery.
 *
 * First the overrides, then the deployments, each followed by its scales, the oldest first. Ages are those of the
 * records; a deployment that is restored is not listed until a discovery lists it. Its ledger and its windows hold from
 * the first status on. With orders in it, nothing is sent and nothing expires before a second plausible status, except
 * in once mode, in which each run sees one. What has changed in the meantime is booked like any other change.
 *
 * Engine thread only. -ENOMEM and -E2BIG: as fleet_add.
 */
#ifndef ENGINE_CORE_RECONCILER_RESTORE_H
#define ENGINE_CORE_RECONCILER_RESTORE_H

#include "engine/core/reconciler.h"

enum restored_override {
    RESTORED_PAUSE,     /* of the deployment whose id is `match` */
    RESTORED_PAUSE_ALL, /* `match` is not used, nor by the next one */
    RESTORED_DRY_RUN,
};

/* `for_ms`: it ends so long after its begin; 0: when an operator ends it. */
int reconciler_restore_override(struct reconciler *reconciler, struct mono now,
                                enum restored_override kind, const char *match, int64_t age_ms,
                                int64_t for_ms);

/*
 * The bytes of deployment_export, and DEPLOYMENT_RECORD_VERSION of then. -EINVAL: they cannot be read, or the id is
 * none. Nothing has changed: without its record, a deployment starts in the start hold, like a new one.
 */
int reconciler_restore_deployment(struct reconciler *reconciler, struct mono now, const char *id,
                                  int32_t version, const void *bytes, size_t size, int64_t age_ms,
                                  bool is_gone);

enum restored_outcome {
    RESTORED_UNKNOWN, /* also when there is none: it may have been applied */
    RESTORED_ACCEPTED,
    RESTORED_REFUSED,
    RESTORED_NOT_SENT,
};

/*
 * A scale that was recorded, of the deployment that was restored last, or of one without a record. `attempts` counts
 * its requests with this key, `age_ms` is that of the latest. One that the ledger has is settled there; one that was
 * sent before the record of the deployment, and is not its newest, is in that record already. -EINVAL: not a key of
 * this program, or no delta.
 */
int reconciler_restore_scale(struct reconciler *reconciler, struct mono now, const char *id,
                             const char *key, int32_t delta, enum restored_outcome outcome,
                             int32_t attempts, int64_t age_ms);

/*
 * What was decided on for such a scale, before it, of a deployment whose record is lost: the scales of its timeouts are
 * all that is known of pending hosts. The oldest of them shows which hosts were there, and which were pending.
 */
int reconciler_restore_seen(struct reconciler *reconciler, struct mono now, const char *id,
                            const struct status *seen, int32_t pending_hosts, int64_t age_ms);

/* Is it too old to be pending? Then it is left out. */
bool reconciler_is_scale_over(const struct reconciler *reconciler, const char *id, int32_t delta,
                              int64_t age_ms);

/*
 * So long ago, a part of the records was lost. For boot_timeout, deployments of which nothing was restored are held
 * (REASON_STATE_LOST) unless they are starved.
 */
void reconciler_restore_loss(struct reconciler *reconciler, struct mono now, int64_t age_ms);

#endif
