#include "engine/run/past/past_pauses.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/run/override_book.h"
#include "engine/store/journal_file.h"
#include "engine/store/state_dir.h"

#include <stdio.h>
#include <string.h>

#define AUTHOR_SIZE 512

/* At a time that the clock has had twice, the last pause counts. */
static const char find_sql[] =
    "SELECT author, reason, wall_ms, for_ms FROM overrides WHERE kind = ?1 AND match = ?2"
    " AND wall_ms <= ?3 AND (ended_ms IS NULL OR ended_ms > ?3)"
    " AND (for_ms IS NULL OR for_ms <= 0 OR wall_ms + for_ms > ?3) ORDER BY number DESC LIMIT 1";

struct past_pauses {
    struct database *database;
    struct statement *find;
    struct wall at;
    char author[AUTHOR_SIZE];
    char reason[OVERRIDE_REASON_SIZE];
};

/* False: the name is too long. */
static bool name_journal(const char *recording_path, char ret_path[STATE_PATH_SIZE])
{
    struct text text;
    const char *slash = strrchr(recording_path, '/');
    size_t length = slash ? (size_t)(slash - recording_path) + 1 : 0;
    text_init(&text, ret_path, STATE_PATH_SIZE);
    text_add_bytes(&text, recording_path, length);
    text_add(&text, JOURNAL_FILE_NAME);
    return !text.was_cut;
}

static int open_parts(struct past_pauses *pauses, const char *recording_path, const char *identity)
{
    char path[STATE_PATH_SIZE];
    struct error err;
    if (!name_journal(recording_path, path))
        return -1;
    int failed = journal_file_read(path, identity, false, &pauses->database, &err);
    return failed ? failed : statement_create(pauses->database, find_sql, &pauses->find, &err);
}

struct past_pauses *past_pauses_open(const char *recording_path, const char *identity)
{
    struct past_pauses *pauses = heap_alloc(1, sizeof *pauses);
    if (pauses && open_parts(pauses, recording_path, identity)) {
        past_pauses_close(pauses);
        return NULL;
    }
    return pauses;
}

void past_pauses_close(struct past_pauses *pauses)
{
    if (!pauses)
        return;
    statement_destroy(pauses->find);
    database_close(pauses->database, false);
    heap_free(pauses);
}

void past_pauses_look_at(struct past_pauses *pauses, struct wall at)
{
    if (pauses)
        pauses->at = at;
}

static void take_row(struct past_pauses *pauses, struct shown_pause *ret_pause)
{
    int64_t since_ms = statement_integer(pauses->find, 2);
    int64_t for_ms = statement_integer(pauses->find, 3);
    snprintf(pauses->author, sizeof pauses->author, "%s", statement_text(pauses->find, 0));
    snprintf(pauses->reason, sizeof pauses->reason, "%s", statement_text(pauses->find, 1));
    *ret_pause = (struct shown_pause){
        .author = pauses->author,
        .reason = pauses->reason,
        .since = { since_ms },
        .until = for_ms > 0 ? (struct mono){ since_ms + for_ms } : MONO_NEVER,
    };
}

static bool find(void *context, const char *id, struct shown_pause *ret_pause)
{
    struct past_pauses *pauses = context;
    statement_bind_text(pauses->find, 1, id ? OVERRIDE_PAUSE : OVERRIDE_PAUSE_ALL);
    statement_bind_text(pauses->find, 2, id ? id : OVERRIDE_ALL);
    statement_bind_integer(pauses->find, 3, pauses->at.ms);
    bool is_there = statement_step(pauses->find, NULL) > 0;
    if (is_there)
        take_row(pauses, ret_pause);
    statement_reset(pauses->find);
    return is_there;
}

struct pause_source past_pauses_source(struct past_pauses *pauses)
{
    return (struct pause_source){ pauses ? find : NULL, pauses };
}
