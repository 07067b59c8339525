#include "engine/run/journal_restore.h"

#include "engine/core/reconciler_restore.h"

#include <errno.h>
#include <string.h>

void journal_restore_init(struct journal_restore *restore, struct reconciler *reconciler,
                          struct override_book *book, struct mono now)
{
    *restore = (struct journal_restore){ .reconciler = reconciler, .book = book, .now = now };
}

/* What cannot be used is counted; only a lack of memory ends the restoration. */
static int count(struct journal_restore *restore, int failed)
{
    restore->refused += failed != 0;
    return failed == -ENOMEM || failed == -E2BIG ? failed : 0;
}

static enum restored_override kind_of(const char *kind)
{
    if (strcmp(kind, OVERRIDE_PAUSE_ALL) == 0)
        return RESTORED_PAUSE_ALL;
    return strcmp(kind, OVERRIDE_DRY_RUN) == 0 ? RESTORED_DRY_RUN : RESTORED_PAUSE;
}

static int restore_override(void *context, const struct restored_act *restored)
{
    struct journal_restore *restore = context;
    const char *kind = override_book_restore(restore->book, restored, restore->now);
    return count(restore,
                 kind ? reconciler_restore_override(restore->reconciler, restore->now,
                                                    kind_of(kind), restored->override.match,
                                                    restored->age_ms, restored->override.for_ms)
                      : -EINVAL);
}

/* A deployment without a record comes with its scales alone. */
static int restore_deployment(void *context, const struct restored_deployment *restored)
{
    struct journal_restore *restore = context;
    const struct state_record *state = &restored->state;
    restore->is_without_record = state->blob_size == 0;
    if (state->blob_size == 0 || state->deployment[0] == '\0')
        return 0;
    int failed = reconciler_restore_deployment(restore->reconciler, restore->now, state->deployment,
                                               state->version, state->blob, state->blob_size,
                                               restored->age_ms, restored->is_gone);
    restore->is_without_record = failed != 0;
    return count(restore, failed);
}

static enum restored_outcome outcome_of(enum record_outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OPEN:
    case OUTCOME_UNKNOWN:
        return RESTORED_UNKNOWN;
    case OUTCOME_NOT_SENT:
        return RESTORED_NOT_SENT;
    case OUTCOME_ACCEPTED:
        return RESTORED_ACCEPTED;
    case OUTCOME_REFUSED:
        return RESTORED_REFUSED;
    }
    return RESTORED_UNKNOWN;
}

/* The hosts of before, and whether it may still matter. */
static int restore_seen(struct journal_restore *restore, const struct restored_scale *restored,
                        bool *ret_is_over)
{
    const struct intent_record *intent = &restored->intent;
    const struct record_status *status = &intent->status;
    const struct status seen = { status->hosts, status->servers, status->free_servers };
    *ret_is_over = restored->outcome == OUTCOME_ACCEPTED &&
                   reconciler_is_scale_over(restore->reconciler, intent->deployment, intent->delta,
                                            restored->age_ms);
    return *ret_is_over
               ? 0
               : reconciler_restore_seen(restore->reconciler, restore->now, intent->deployment,
                                         &seen, status->pending_hosts, restored->age_ms);
}

static int restore_scale(void *context, const struct restored_scale *restored)
{
    struct journal_restore *restore = context;
    const struct intent_record *intent = &restored->intent;
    bool is_over = false;
    int failed = restore->is_without_record ? restore_seen(restore, restored, &is_over) : 0;
    if (failed || is_over)
        return count(restore, failed);
    return count(restore,
                 reconciler_restore_scale(restore->reconciler, restore->now, intent->deployment,
                                          intent->key, intent->delta, outcome_of(restored->outcome),
                                          restored->attempts, restored->age_ms));
}

struct restore_sink journal_restore_sink(struct journal_restore *restore)
{
    return (struct restore_sink){ restore_override, restore_deployment, restore_scale, restore };
}
