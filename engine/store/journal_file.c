#include "engine/store/journal_file.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "engine/store/commit_stamp.h"
#include "engine/store/failpoint.h"
#include "engine/store/schema.h"
#include "engine/store/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (STATE_PATH_SIZE + 64)
#define NAMES_MAX 100 /* damaged files of one second */

static int damaged(struct error *err, const char *why)
{
    return error_set(err, ERR_DAMAGED, "%s", why);
}

static int system_failure(struct error *err, const char *what)
{
    int code = errno;
    return error_set(err, -code, "cannot %s: %s", what, strerror(code));
}

/* --- the check ------------------------------------------------------------------------------------------------- */

/* A statement that the file does not allow shows a file that is not ours. */
static int as_damage(int failed, struct error *err)
{
    return failed == ERR_BAD_VALUE || failed == -ENOENT
               ? damaged(err, "its tables are not those of a journal")
               : failed;
}

static int check_identity(struct database *database, const char *identity, struct error *err)
{
    char found[API_IDENTITY_SIZE];
    int failed = schema_get(database, "api", found, sizeof found, err);
    if (failed)
        return as_damage(failed, err);
    return strcmp(found, identity) == 0 ? 0 : damaged(err, "it is the journal of another API");
}

/* Both places must agree on a newer version: one of them alone is a flipped bit. */
static int check_version(struct database *database, int64_t *ret_version, struct error *err)
{
    char found[32];
    int64_t version = 0;
    int64_t user_version = 0;
    int failed = schema_get(database, "schema", found, sizeof found, err);
    failed = failed ? failed
                    : database_read_integer(database, "PRAGMA user_version", &user_version, err);
    if (failed)
        return as_damage(failed, err);
    if (!integer_parse(found, strlen(found), &version) || version != user_version || version < 1)
        return damaged(err, "it does not say which schema it has");
    if (version > SCHEMA_VERSION)
        return error_set(err, ERR_TOO_NEW,
                         "it was written by a newer version of the program (schema %" PRId64
                         ", this one has %d): use that version, or another state directory",
                         version, SCHEMA_VERSION);
    *ret_version = version;
    return 0;
}

static int check_kind(struct database *database, struct error *err)
{
    int64_t application_id;
    char mode[16];
    int failed = database_read_integer(database, "PRAGMA application_id", &application_id, err);
    failed = failed ? failed
                    : database_read_text(database, "PRAGMA journal_mode", mode, sizeof mode, err);
    if (failed)
        return as_damage(failed, err);
    if (application_id != SCHEMA_APPLICATION_ID)
        return damaged(err, "it is not a journal");
    /* In another mode, its log would not be read. */
    return strcmp(mode, "wal") == 0 || database_is_immutable(database)
               ? 0
               : damaged(err, "its header is damaged");
}

static int check_structure(struct database *database, struct error *err)
{
    char found[ERROR_MSG_SIZE];
    int failed = database_read_text(database, "PRAGMA quick_check(1)", found, sizeof found, err);
    if (failed)
        return as_damage(failed, err);
    return strcmp(found, "ok") == 0 ? 0 : damaged(err, found);
}

static int check_sums(struct database *database, struct error *err)
{
    for (size_t i = 0; i < SCHEMA_TABLE_COUNT; i++) {
        int64_t count;
        int failed = database_read_integer(database, schema_tables[i].find_damage, &count, err);
        if (failed)
            return as_damage(failed, err);
        if (count > 0)
            return error_set(err, ERR_DAMAGED, "%" PRId64 " of its rows have a wrong checksum",
                             count);
    }
    return 0;
}

/* Before the log is emptied, or after it. */
static int check_commits(struct database *database, const char *path, const char *identity,
                         struct error *err)
{
    int64_t stored = schema_commits(database);
    int64_t stamped = commit_stamp_read(path, api_identity_hash(identity));
    if (stored >= stamped)
        return 0;
    return error_set(err, ERR_DAMAGED,
                     "its newest commits are missing (%" PRId64
                     "): its log was cut, or an older copy has taken its place",
                     stamped - stored);
}

static int check_head(struct database *database, const char *identity, int64_t *ret_version,
                      struct error *err)
{
    int failed = check_kind(database, err);
    failed = failed ? failed : check_version(database, ret_version, err);
    return failed ? failed : check_identity(database, identity, err);
}

/* --- an existing file ------------------------------------------------------------------------------------------ */

/* A reader may keep the log from being emptied. It is emptied later then. */
static int recover(struct database *database, struct error *err)
{
    int failed = database_checkpoint(database, err);
    return failed == -EBUSY ? 0 : failed;
}

static int examine(struct database *database, const char *identity, struct error *err)
{
    int64_t version = 0;
    failpoint(FAILPOINT_OPENED);
    int failed = check_head(database, identity, &version, err);
    failed = failed ? failed : recover(database, err);
    failpoint(FAILPOINT_RECOVERED);
    failed = failed ? failed : check_structure(database, err);
    failed = failed ? failed : schema_migrate(database, version, err);
    failpoint(FAILPOINT_MIGRATED);
    failed = failed ? failed : check_sums(database, err);
    failpoint(FAILPOINT_VERIFIED);
    return failed;
}

static int open_existing(const char *path, const char *identity, struct database **ret_database,
                         struct error *err)
{
    struct database *database;
    int failed = database_open(path, DATABASE_WRITE, api_identity_hash(identity), &database, err);
    if (failed)
        return as_damage(failed, err);
    failed = examine(database, identity, err);
    failed = failed ? failed : check_commits(database, path, identity, err);
    if (failed) {
        database_close(database, false);
        return as_damage(failed, err);
    }
    *ret_database = database;
    return 0;
}

int journal_file_read(const char *path, const char *identity, bool is_alone,
                      struct database **ret_database, struct error *err)
{
    struct database *database;
    int64_t version = 0;
    enum database_mode mode = is_alone ? DATABASE_READ_ALONE : DATABASE_READ;
    int failed = database_open(path, mode, api_identity_hash(identity), &database, err);
    if (failed)
        return error_prefix(err, "%s", path);
    failed = check_head(database, identity, &version, err);
    if (!failed && version != SCHEMA_VERSION)
        failed = error_set(err, ERR_BAD_VALUE, "an older version of the program has written it");
    if (failed) {
        database_close(database, false);
        return error_prefix(err, "%s", path);
    }
    *ret_database = database;
    return 0;
}

/* --- a new file ------------------------------------------------------------------------------------------------ */

static void name_file(char ret_path[PATH_SIZE], const char *path, const char *suffix)
{
    struct text text;
    text_init(&text, ret_path, PATH_SIZE);
    text_addf(&text, "%s%s", path, suffix);
}

/* Everything that can be read, from one end and then from the other: a damaged page ends a scan. */
static int64_t copy_table(struct database *from, struct database *to,
                          const struct schema_table *table)
{
    struct statement *insert;
    int64_t count = 0;
    if (statement_create(to, table->copy_to, &insert, NULL))
        return 0;
    for (size_t i = 0; i < 2; i++) {
        struct statement *select;
        if (statement_create(from, table->copy_from[i], &select, NULL))
            continue;
        while (statement_step(select, NULL) > 0 && !statement_copy_row(select, insert, NULL))
            count += database_change_count(to);
        statement_destroy(select);
    }
    statement_destroy(insert);
    return count;
}

/* What cannot be read is lost. */
static int copy_valid_rows(const char *path, const char *identity, struct database *to,
                           int64_t *ret_count, struct error *err)
{
    struct database *from;
    int failed = database_run(to, "BEGIN", err);
    if (failed ||
        database_open(path, DATABASE_READ_ALONE, api_identity_hash(identity), &from, NULL))
        return failed ? failed : database_run(to, "COMMIT", err);
    for (size_t i = 0; i < SCHEMA_TABLE_COUNT; i++)
        *ret_count += copy_table(from, to, &schema_tables[i]);
    database_close(from, false);
    return database_run(to, "COMMIT", err);
}

/* --- the mark of a loss: when a damaged file was replaced ------------------------------------------------------ */

static int put_mark(struct database *database, struct error *err)
{
    char boot_id[BOOT_ID_SIZE];
    char value[BOOT_ID_SIZE + 32];
    boot_id_read(boot_id);
    snprintf(value, sizeof value, "%" PRId64 " %s", stamp_now().boot.ms, boot_id);
    return schema_set(database, "damaged", value, err);
}

/* Without both ids, this boot gives the smaller age, unless the instant is none of it. */
static bool may_be_same_boot(const char *id, const char *own_id, int64_t then_ms, int64_t now_ms)
{
    return id[0] && own_id[0] ? strcmp(id, own_id) == 0 : then_ms <= now_ms;
}

/* After a reboot, its age is that of the boot: a lower bound. */
static void read_mark(struct database *database, struct journal_opening *opening)
{
    char found[BOOT_ID_SIZE + 32];
    char boot_id[BOOT_ID_SIZE];
    int64_t boot_ms = 0;
    int64_t now_ms = stamp_now().boot.ms;
    if (schema_get(database, "damaged", found, sizeof found, NULL))
        return;
    size_t length = strcspn(found, " ");
    boot_id_read(boot_id);
    if (found[length] == '\0' || !integer_parse(found, length, &boot_ms))
        return;
    bool is_same_boot = may_be_same_boot(found + length + 1, boot_id, boot_ms, now_ms);
    opening->loss_age_ms = max_i64(0, is_same_boot ? now_ms - boot_ms : now_ms);
    opening->is_lossy = opening->loss_age_ms < JOURNAL_LOSS_MS;
}

static int fill_new(struct database *database, const char *identity, const char *damaged_path,
                    int64_t commits, int64_t *ret_count, struct error *err)
{
    failpoint(FAILPOINT_CREATE_BEGUN);
    int failed = schema_prepare(database, err);
    failed = failed ? failed : schema_migrate(database, 0, err);
    failed = failed ? failed : schema_set(database, "api", identity, err);
    failpoint(FAILPOINT_CREATE_MIGRATED);
    if (!failed && damaged_path)
        failed = copy_valid_rows(damaged_path, identity, database, ret_count, err);
    if (!failed && damaged_path)
        failed = put_mark(database, err);
    failpoint(FAILPOINT_CREATE_COPIED);
    failed = failed ? failed : schema_set_commits(database, commits, err);
    return failed ? failed : database_checkpoint(database, err);
}

/* Of an attempt that did not end. */
static void remove_new(const char *path)
{
    char name[PATH_SIZE];
    static const char *const suffixes[] = { ".new", ".new-wal", ".new-shm", ".new-journal" };
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        name_file(name, path, suffixes[i]);
        unlink(name);
    }
}

static int sync_path(const char *path, int flags, struct error *err)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return system_failure(err, "open what was written");
    int failed = fsync(fd) ? system_failure(err, "write to the disk") : 0;
    close(fd);
    return failed;
}

static int sync_directory_of(const char *path, struct error *err)
{
    char directory[PATH_SIZE];
    name_file(directory, path, "");
    char *slash = strrchr(directory, '/');
    if (slash)
        *slash = '\0';
    return sync_path(slash ? directory : ".", O_DIRECTORY, err);
}

/* Complete and on the disk as PATH.new. `damaged_path` NULL: empty. */
static int build_new(const char *path, const char *identity, const char *damaged_path,
                     int64_t *ret_count, struct error *err)
{
    char name[PATH_SIZE];
    struct database *database;
    remove_new(path);
    name_file(name, path, ".new");
    int failed = database_open(name, DATABASE_CREATE, api_identity_hash(identity), &database, err);
    if (failed)
        return failed;
    /* What is missing was reported, and commits are counted on. */
    int64_t commits = commit_stamp_read(path, api_identity_hash(identity));
    failed = fill_new(database, identity, damaged_path, commits, ret_count, err);
    database_close(database, !failed);
    failed = failed ? failed : sync_path(name, 0, err);
    if (failed)
        remove_new(path);
    else
        failpoint(FAILPOINT_CREATE_BUILT);
    return failed;
}

/* --- quarantine ------------------------------------------------------------------------------------------------ */

static void name_quarantine(char ret_path[PATH_SIZE], const char *path, struct wall now, int number)
{
    char time[WALL_TEXT_SIZE];
    char compact[WALL_TEXT_SIZE];
    size_t length = 0;
    wall_format(now, time);
    for (const char *c = time; *c && *c != '.'; c++)
        if (*c != '-' && *c != ':')
            compact[length++] = *c;
    compact[length] = '\0';
    struct text text;
    text_init(&text, ret_path, PATH_SIZE);
    text_addf(&text, "%s.damaged-%sZ", path, compact);
    if (number > 1)
        text_addf(&text, "-%d", number);
}

/* A free name for the file and its log. */
static int choose_quarantine(char ret_path[PATH_SIZE], const char *path, struct wall now,
                             struct error *err)
{
    char log[PATH_SIZE];
    struct stat st;
    for (int number = 1; number <= NAMES_MAX; number++) {
        name_quarantine(ret_path, path, now, number);
        name_file(log, ret_path, "-wal");
        if (lstat(ret_path, &st) && lstat(log, &st))
            return 0;
    }
    return error_set(err, -EEXIST, "too many damaged files are beside it");
}

/* Its log goes with it: it must not be replayed into the file that follows. */
static int move_log(const char *path, const char *quarantine, struct error *err)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    name_file(from, path, "-shm");
    unlink(from);
    name_file(from, path, "-wal");
    name_file(to, quarantine, "-wal");
    return rename(from, to) && errno != ENOENT ? system_failure(err, "rename the damaged log") : 0;
}

/* The damaged file keeps its place until the new one takes it: at no time is there none. */
static int put_aside(const char *path, struct wall now, char ret_quarantine[PATH_SIZE],
                     struct error *err)
{
    int failed = choose_quarantine(ret_quarantine, path, now, err);
    if (failed)
        return failed;
    if (link(path, ret_quarantine) && errno != ENOENT)
        return system_failure(err, "rename the damaged file");
    failpoint(FAILPOINT_QUARANTINE_LINKED);
    failed = move_log(path, ret_quarantine, err);
    failpoint(FAILPOINT_QUARANTINE_MOVED);
    return failed;
}

static int take_place(const char *path, struct error *err)
{
    char name[PATH_SIZE];
    name_file(name, path, ".new");
    int failed = rename(name, path) ? system_failure(err, "rename the new file") : 0;
    failed = failed ? failed : sync_directory_of(path, err);
    failpoint(FAILPOINT_CREATE_RENAMED);
    return failed;
}

static int replace(const char *path, const char *identity, struct wall now,
                   struct journal_opening *opening, struct error *err)
{
    char quarantine[PATH_SIZE];
    int failed = build_new(path, identity, path, &opening->kept_count, err);
    failed = failed ? failed : put_aside(path, now, quarantine, err);
    failed = failed ? failed : take_place(path, err);
    if (failed)
        return failed;
    opening->is_damaged = true;
    struct text text;
    text_init(&text, opening->quarantine, sizeof opening->quarantine);
    text_add(&text, quarantine);
    return 0;
}

/* --- any file -------------------------------------------------------------------------------------------------- */

enum found { FOUND_NONE, FOUND_LOG_ONLY, FOUND_EMPTY, FOUND_FILE };

static int look(const char *path, enum found *ret_found, struct error *err)
{
    struct stat st;
    char log[PATH_SIZE];
    name_file(log, path, "-wal");
    if (lstat(path, &st)) {
        if (errno != ENOENT)
            return system_failure(err, "open it");
        *ret_found = lstat(log, &st) == 0 && st.st_size > 0 ? FOUND_LOG_ONLY : FOUND_NONE;
        return 0;
    }
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_CONFIG, "it is refused: it is not a regular file");
    *ret_found = st.st_size == 0 ? FOUND_EMPTY : FOUND_FILE;
    return 0;
}

static int create_first(const char *path, const char *identity, struct error *err)
{
    char log[PATH_SIZE];
    int64_t count = 0;
    name_file(log, path, "-wal");
    unlink(log); /* empty, or it would have been found */
    int failed = build_new(path, identity, NULL, &count, err);
    return failed ? failed : take_place(path, err);
}

static int ensure_file(const char *path, const char *identity, struct wall now,
                       struct journal_opening *opening, struct error *err)
{
    enum found found = FOUND_NONE;
    int failed = look(path, &found, err);
    if (failed || found == FOUND_FILE)
        return failed;
    if (found == FOUND_NONE) {
        opening->is_new = true;
        return create_first(path, identity, err);
    }
    snprintf(opening->damage, sizeof opening->damage, "%s",
             found == FOUND_EMPTY ? "it is empty" : "it is missing, and its log is not");
    return replace(path, identity, now, opening, err);
}

static int open_any(const char *path, const char *identity, struct wall now,
                    struct database **ret_database, struct journal_opening *opening,
                    struct error *err)
{
    int failed = ensure_file(path, identity, now, opening, err);
    failed = failed ? failed : open_existing(path, identity, ret_database, err);
    if (failed != ERR_DAMAGED || opening->is_damaged)
        return failed;
    snprintf(opening->damage, sizeof opening->damage, "%s", err->msg);
    failed = replace(path, identity, now, opening, err);
    return failed ? failed : open_existing(path, identity, ret_database, err);
}

int journal_file_open(const char *path, const char *identity, struct wall now,
                      struct database **ret_database, struct journal_opening *ret_opening,
                      struct error *err)
{
    *ret_opening = (struct journal_opening){ 0 };
    int failed = open_any(path, identity, now, ret_database, ret_opening, err);
    if (failed)
        return error_prefix(err, "%s", path);
    read_mark(*ret_database, ret_opening);
    return 0;
}
