/*
 * restore - returns what is remembered, in one pass.
 *
 * First the overrides that have not ended, by number. Then the deployments by id, each followed by its live scales
 * (record.h), oldest first. A live scale without an outcome, or with an unknown one, is unconfirmed: it may have been
 * applied. A deployment that has live scales and no state comes with an empty blob and version 0.
 *
 * Ages are lower bounds (stamp.h); for deadlines, an age is subtracted from now. Memory does not grow with the journal.
 * One thread at a time, that of the connection. Texts and blobs are borrowed until the callback returns. A callback
 * that returns a code other than 0 ends the pass with it.
 */
#ifndef ENGINE_STORE_RESTORE_H
#define ENGINE_STORE_RESTORE_H

#include "engine/store/database.h"
#include "engine/store/record.h"

struct restored_act {
    struct override_record override;
    struct stamp begun;
    int64_t age_ms;
};

struct restored_deployment {
    struct state_record state;
    struct stamp at; /* of the state */
    int64_t age_ms;
    bool is_gone;
};

struct restored_scale {
    struct intent_record intent;
    enum record_outcome outcome;
    int32_t attempts;
    struct stamp at; /* of the last attempt */
    int64_t age_ms;
};

struct restore_sink {
    int (*override)(void *context, const struct restored_act *override);
    int (*deployment)(void *context, const struct restored_deployment *deployment);
    int (*scale)(void *context, const struct restored_scale *scale);
    void *context;
};

struct restore_summary {
    int64_t overrides;
    int64_t deployments;
    int64_t scales;
    int64_t unconfirmed;         /* of the scales */
    int64_t override_number_max; /* also of those that have ended; 0: none */
    int64_t ticket_max;          /* of all records; 0: none */
};

/*
 * `is_rebuilding`: after damage, the state of some deployments is lost. Such a deployment comes with its settled scales
 * too: they are all that is known of its pending hosts. It reads all scales that are kept.
 *
 * `boot_id` is that of boot_id_read. Errors as in database.h; the summary is filled as far as it came.
 */
int restore(struct database *database, const char *boot_id, bool is_rebuilding,
            const struct stamp *now, const struct restore_sink *sink,
            struct restore_summary *ret_summary, struct error *err);

#endif
