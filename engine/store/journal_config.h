/*
 * journal_config - the settings and limits of the journal.
 *
 * Plain values. Texts are copied by journal_create.
 */
#ifndef ENGINE_STORE_JOURNAL_CONFIG_H
#define ENGINE_STORE_JOURNAL_CONFIG_H

#include "engine/store/retention.h"

#include <stdint.h>

#define JOURNAL_FILE_NAME "journal.db"

#define JOURNAL_PAGES 32
/*
 * Pages that states, decisions and gone deployments leave free for intents, outcomes and overrides: room for an intent
 * and an outcome of each scale that may be under way (api.concurrency is at most 1024), of about 400 bytes each.
 */
#define JOURNAL_PAGES_KEPT 16

/* The longest time of commits that succeed before a journal that fails again and again is available. */
#define JOURNAL_PROOF_MS_MAX 60000

#define JOURNAL_RETRY_MS 1000
#define JOURNAL_SLOW_MS 5000
#define JOURNAL_SYNC_MS 1000
#define JOURNAL_BEAT_MS 10000
#define JOURNAL_RETENTION_MS ((int64_t)60 * 60 * 1000)

#define JOURNAL_KEEP_MS ((int64_t)14 * 24 * 60 * 60 * 1000)
#define JOURNAL_SIZE_MAX ((int64_t)256 * 1024 * 1024)

enum journal_sync { JOURNAL_SYNC_ALWAYS, JOURNAL_SYNC_BATCH };

struct journal_config {
    const char *path;     /* of the file */
    const char *identity; /* of api_identity */
    enum journal_sync sync;
    struct retention_limits limits;
    int64_t retry_ms;
    void (*wake)(void *context); /* on the store thread */
    void *context;
};

#endif
