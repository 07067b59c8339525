#include "engine/recording/recording_file.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE (STATE_PATH_SIZE + 64)

struct recording_file {
    struct database *database;
    struct statement *put_frame;
    struct statement *put_group;
    int64_t format;
    int64_t last_seq;
    int64_t group; /* 0: none has begun since it was opened */
};

/* --- names ----------------------------------------------------------------------------------------------------- */

static void add_suffix(char ret_name[NAME_SIZE], const char *path, const char *suffix)
{
    struct text text;
    text_init(&text, ret_name, NAME_SIZE);
    text_addf(&text, "%s%s", path, suffix);
    must(!text.was_cut);
}

/* SQLite's own files of a database that is not there. */
static void remove_rest(const char *path)
{
    static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
    char name[NAME_SIZE];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        add_suffix(name, path, suffixes[i]);
        unlink(name);
    }
}

/* "recording.db.damaged-20261129T031200Z" */
static void name_damaged(const char *path, struct wall now, char ret_name[NAME_SIZE])
{
    struct text text;
    char time[WALL_TEXT_SIZE];
    wall_format(now, time);
    text_init(&text, ret_name, NAME_SIZE);
    text_addf(&text, "%s.damaged-", path);
    for (const char *c = time; *c && *c != '.'; c++)
        if (*c != '-' && *c != ':')
            text_add_char(&text, *c);
    text_add_char(&text, 'Z');
    must(!text.was_cut);
}

static int move_damaged(const char *path, struct wall now, char ret_quarantine[STATE_PATH_SIZE],
                        struct error *err)
{
    char name[NAME_SIZE];
    name_damaged(path, now, name);
    if (rename(path, name) && errno != ENOENT)
        return error_set(err, -errno, "cannot rename the damaged file: %s", strerror(errno));
    remove_rest(path);
    struct text text;
    text_init(&text, ret_quarantine, STATE_PATH_SIZE);
    text_add(&text, name);
    return 0;
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static int build(const char *path, const char *identity, struct error *err)
{
    char name[NAME_SIZE];
    struct database *database = NULL;
    add_suffix(name, path, ".new");
    remove_rest(name);
    unlink(name);
    int failed = database_open(name, DATABASE_CREATE, 0, &database, err);
    failed = failed ? failed : recording_schema_create(database, identity, err);
    if (database)
        database_roll_back(database);
    database_close(database, !failed);
    if (!failed && rename(name, path))
        failed = error_set(err, -errno, "cannot rename the new file: %s", strerror(errno));
    if (failed) {
        remove_rest(name);
        unlink(name);
    }
    return failed;
}

static int ensure(const char *path, const char *identity, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return S_ISREG(st.st_mode)
                   ? 0
                   : error_set(err, ERR_CONFIG, "it is refused: it is not a regular file");
    if (errno != ENOENT)
        return error_set(err, -errno, "cannot open it: %s", strerror(errno));
    remove_rest(path);
    return build(path, identity, err);
}

/* It only appends: pages are not needed again. */
static const char cache_setting[] = "PRAGMA cache_size = -256";

static int prepare(struct recording_file *file, struct error *err)
{
    struct recording_names names;
    recording_names_own(&names);
    int failed = database_run(file->database, cache_setting, err);
    failed =
        failed ? failed : recording_schema_put_format(file->database, &names, &file->format, err);
    failed = failed
                 ? failed
                 : database_read_integer(file->database, "SELECT coalesce(max(seq), 0) FROM frames",
                                         &file->last_seq, err);
    failed = failed ? failed
                    : statement_create(file->database,
                                       "INSERT INTO frames (" FRAME_COLUMNS ", sum) VALUES"
                                       " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                                       " file_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))",
                                       &file->put_frame, err);
    return failed
               ? failed
               : statement_create(file->database, "INSERT OR REPLACE INTO groups VALUES (?1, ?2)",
                                  &file->put_group, err);
}

static int open_existing(struct recording_file *file, const char *path, const char *identity,
                         struct error *err)
{
    int failed = database_open(path, DATABASE_WRITE, 0, &file->database, err);
    failed = failed ? failed : recording_schema_check(file->database, identity, err);
    failed = failed ? failed : database_set_sync(file->database, false, err);
    return failed ? failed : prepare(file, err);
}

static void close_parts(struct recording_file *file, bool with_checkpoint)
{
    statement_destroy(file->put_frame);
    statement_destroy(file->put_group);
    database_close(file->database, with_checkpoint);
    *file = (struct recording_file){ 0 };
}

static int open_any(struct recording_file *file, const char *path, const char *identity,
                    struct wall now, struct recording_opening *opening, struct error *err)
{
    int failed = ensure(path, identity, err);
    failed = failed ? failed : open_existing(file, path, identity, err);
    if (failed != ERR_DAMAGED && failed != ERR_BAD_VALUE)
        return failed;
    close_parts(file, false);
    opening->is_damaged = true;
    snprintf(opening->damage, sizeof opening->damage, "%s", err->msg);
    failed = move_damaged(path, now, opening->quarantine, err);
    failed = failed ? failed : build(path, identity, err);
    return failed ? failed : open_existing(file, path, identity, err);
}

int recording_file_open(const char *path, const char *identity, struct wall now,
                        struct recording_file **ret_file, struct recording_opening *ret_opening,
                        struct error *err)
{
    *ret_opening = (struct recording_opening){ 0 };
    struct recording_file *file = heap_alloc(1, sizeof *file);
    if (!file)
        return error_no_memory(err);
    int failed = open_any(file, path, identity, now, ret_opening, err);
    if (failed) {
        recording_file_close(file, false);
        return error_prefix(err, "%s", path);
    }
    *ret_file = file;
    return 0;
}

void recording_file_close(struct recording_file *file, bool with_checkpoint)
{
    if (!file)
        return;
    close_parts(file, with_checkpoint);
    heap_free(file);
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

static int put_group(struct recording_file *file, const struct frame_facts *facts,
                     struct error *err)
{
    statement_bind_integer(file->put_group, 1, file->last_seq + 1);
    statement_bind_integer(file->put_group, 2, facts->begun.ms);
    return statement_run(file->put_group, err);
}

static int put_frame(struct recording_file *file, const struct frame_facts *facts, int64_t group,
                     const void *block, size_t block_size, size_t size, struct error *err)
{
    const int64_t columns[] = {
        file->last_seq + 1, group,           file->format,    facts->is_pass_end,
        facts->pass,        facts->begun.ms, facts->ended.ms, (int64_t)facts->row_count,
        (int64_t)size,
    };
    int index = 1;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        statement_bind_integer(file->put_frame, index++, columns[i]);
    statement_bind_blob(file->put_frame, index, block, block_size);
    return statement_run(file->put_frame, err);
}

int recording_file_put(struct recording_file *file, const struct frame_facts *facts,
                       const void *block, size_t block_size, size_t size, struct error *err)
{
    must(facts->is_group_first || file->group > 0);
    int64_t group = facts->is_group_first ? file->last_seq + 1 : file->group;
    int failed = database_check_place(file->database, err);
    failed = failed ? failed : database_run(file->database, "BEGIN IMMEDIATE", err);
    if (!failed && facts->is_group_first)
        failed = put_group(file, facts, err);
    failed = failed ? failed : put_frame(file, facts, group, block, block_size, size, err);
    failed = failed ? failed : database_run(file->database, "COMMIT", err);
    if (failed) {
        database_roll_back(file->database);
        return failed;
    }
    file->group = group;
    file->last_seq++;
    return 0;
}

/* --- bounds ---------------------------------------------------------------------------------------------------- */

static int measure(struct database *database, int64_t *ret_size, struct error *err)
{
    int64_t pages = 0;
    int64_t free_pages = 0;
    int failed = database_read_integer(database, "PRAGMA page_count", &pages, err);
    failed = failed ? failed
                    : database_read_integer(database, "PRAGMA freelist_count", &free_pages, err);
    *ret_size = (pages - free_pages) * 4096;
    return failed;
}

/* Of the group after the oldest one: everything before it is older. 0: there is no such group. */
static int find_second(struct database *database, int64_t *ret_begun_ms, struct error *err)
{
    int failed = database_read_integer(
        database, "SELECT begun_ms FROM groups ORDER BY grp LIMIT 1 OFFSET 1", ret_begun_ms, err);
    if (failed == -ENOENT)
        *ret_begun_ms = 0;
    return failed == -ENOENT ? 0 : failed;
}

static int delete_oldest(struct database *database, struct error *err)
{
    return database_run(database,
                        "BEGIN IMMEDIATE;"
                        "DELETE FROM frames WHERE seq <"
                        " (SELECT grp FROM groups ORDER BY grp LIMIT 1 OFFSET 1);"
                        "DELETE FROM groups WHERE grp = (SELECT min(grp) FROM groups);"
                        "COMMIT;"
                        "PRAGMA incremental_vacuum",
                        err);
}

int recording_file_trim(struct recording_file *file, const struct recording_limits *limits,
                        struct wall now, struct recording_trim *ret_trim, struct error *err)
{
    int64_t second_ms = 0;
    int64_t size = 0;
    *ret_trim = (struct recording_trim){ 0 };
    int failed = measure(file->database, &size, err);
    failed = failed ? failed : find_second(file->database, &second_ms, err);
    if (failed)
        return failed;
    bool is_old = second_ms > 0 && now.ms - second_ms > limits->keep_ms;
    bool is_large = size > limits->size_max;
    ret_trim->needs_group = is_large && second_ms == 0;
    if (second_ms == 0 || (!is_old && !is_large))
        return 0;
    ret_trim->has_more = true;
    ret_trim->is_cut = !is_old;
    ret_trim->kept_ms = now.ms - second_ms;
    failed = delete_oldest(file->database, err);
    if (failed)
        database_roll_back(file->database);
    return failed;
}
