#include "engine/run/past/past_pauses.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/run/override_book.h"
#include "engine/store/journal_file.h"
#include "engine/store/state_dir.h"

#include <string.h>

#define ROOM_MIN 16

/* In the order of find_pause; of two of one deployment, the newest comes last. */
static const char list_sql[] =
    "SELECT kind, match, author, reason, wall_ms, for_ms FROM overrides"
    " WHERE kind IN ('" OVERRIDE_PAUSE "', '" OVERRIDE_PAUSE_ALL "')"
    " AND wall_ms <= ?1 AND (ended_ms IS NULL OR ended_ms > ?1)"
    " AND (for_ms IS NULL OR for_ms <= 0 OR wall_ms + for_ms > ?1) ORDER BY kind, match, number";

struct known_pause {
    char *kind; /* the memory of all four texts */
    const char *match;
    const char *author;
    const char *reason;
    int64_t since_ms;
    int64_t for_ms;
};

struct past_pauses {
    struct database *database;
    struct statement *list;
    struct wall at;
    bool is_listed; /* those of the moment are known */
    struct known_pause *known;
    size_t count;
    size_t room;
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
    return failed ? failed : statement_create(pauses->database, list_sql, &pauses->list, &err);
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

static void forget(struct past_pauses *pauses)
{
    for (size_t i = 0; i < pauses->count; i++)
        heap_free(pauses->known[i].kind);
    pauses->count = 0;
    pauses->is_listed = false;
}

void past_pauses_close(struct past_pauses *pauses)
{
    if (!pauses)
        return;
    forget(pauses);
    heap_free(pauses->known);
    statement_destroy(pauses->list);
    database_close(pauses->database, false);
    heap_free(pauses);
}

void past_pauses_look_at(struct past_pauses *pauses, struct wall at)
{
    if (!pauses || (pauses->is_listed && pauses->at.ms == at.ms))
        return;
    forget(pauses);
    pauses->at = at;
}

/* --- those of the moment --------------------------------------------------------------------------------------- */

static bool make_room(struct past_pauses *pauses)
{
    if (pauses->count < pauses->room)
        return true;
    size_t room = pauses->room ? 2 * pauses->room : ROOM_MIN;
    struct known_pause *known = heap_resize(pauses->known, room, sizeof *known);
    if (!known)
        return false;
    pauses->known = known;
    pauses->room = room;
    return true;
}

/* The columns of four texts. NULL: no memory. */
static char *copy_texts(struct statement *row, const char *ret_texts[4])
{
    size_t sizes[4];
    size_t size = 0;
    for (int i = 0; i < 4; i++)
        size += sizes[i] = strlen(statement_text(row, i)) + 1;
    char *memory = heap_alloc(size, 1);
    for (int i = 0, at = 0; memory && i < 4; at += (int)sizes[i], i++)
        ret_texts[i] = memcpy(memory + at, statement_text(row, i), sizes[i]);
    return memory;
}

static bool take_row(struct past_pauses *pauses, struct statement *row)
{
    const char *texts[4];
    char *memory = make_room(pauses) ? copy_texts(row, texts) : NULL;
    if (!memory)
        return false;
    pauses->known[pauses->count++] = (struct known_pause){
        .kind = memory,
        .match = texts[1],
        .author = texts[2],
        .reason = texts[3],
        .since_ms = statement_integer(row, 4),
        .for_ms = statement_integer(row, 5),
    };
    return true;
}

/* What cannot be read is not known. */
static void list(struct past_pauses *pauses)
{
    pauses->is_listed = true;
    statement_bind_integer(pauses->list, 1, pauses->at.ms);
    while (statement_step(pauses->list, NULL) > 0 && take_row(pauses, pauses->list))
        continue;
    statement_reset(pauses->list);
}

static bool is_after(const struct known_pause *pause, const char *kind, const char *match)
{
    int order = strcmp(pause->kind, kind);
    return order > 0 || (order == 0 && strcmp(pause->match, match) > 0);
}

/* The last one that is not after it. NULL: there is none. */
static const struct known_pause *find_pause(const struct past_pauses *pauses, const char *kind,
                                            const char *match)
{
    size_t low = 0;
    size_t high = pauses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_after(&pauses->known[middle], kind, match))
            high = middle;
        else
            low = middle + 1;
    }
    const struct known_pause *found = low > 0 ? &pauses->known[low - 1] : NULL;
    bool is_it = found && strcmp(found->kind, kind) == 0 && strcmp(found->match, match) == 0;
    return is_it ? found : NULL;
}

static bool find(void *context, const char *id, struct shown_pause *ret_pause)
{
    struct past_pauses *pauses = context;
    if (!pauses->is_listed)
        list(pauses);
    const struct known_pause *found =
        find_pause(pauses, id ? OVERRIDE_PAUSE : OVERRIDE_PAUSE_ALL, id ? id : OVERRIDE_ALL);
    if (!found)
        return false;
    *ret_pause = (struct shown_pause){
        .author = found->author,
        .reason = found->reason,
        .since = { found->since_ms },
        .until = found->for_ms > 0 ? (struct mono){ found->since_ms + found->for_ms } : MONO_NEVER,
    };
    return true;
}

struct pause_source past_pauses_source(struct past_pauses *pauses)
{
    return (struct pause_source){ .find = pauses ? find : NULL, .context = pauses };
}
