/*
 * The journal's file and damage: cut at any byte, flipped bits, zeros at its end, files of others, newer versions. What is
 * valid is kept, the rest is put aside; nothing is made up, and nothing ends the program.
 *
 * Every so many bytes are tried; every byte with CRASHES=all.
 */
#include "engine/store/journal_file.h"

#include "engine/store/schema.h"
#include "tests/store/fault_vfs.h"
#include "tests/store/script.h"
#include "tests/support/test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRIDE 251
#define OTHER_USER 65534
#define NOW ((struct wall){ 1767323045000 }) /* 2026-01-02T03:04:05Z */

/* A journal as the script leaves it, in memory: with its log, and after its log was emptied. */
struct fixture {
    struct journal_fixture journal;
    struct book *book;
    char full[RESTORED_SIZE]; /* restored from it undamaged */
    unsigned char *file;
    size_t file_size;
    unsigned char *log; /* of a process that was killed; with the file that belongs to it */
    size_t log_size;
    unsigned char *log_file;
    size_t log_file_size;
    struct journal_opening opening;
};

static void name_log(const struct fixture *fixture, char *ret_path, size_t size)
{
    snprintf(ret_path, size, "%s-wal", fixture->journal.path);
}

static void remove_all(struct fixture *fixture)
{
    journal_fixture_fini(&fixture->journal);
    journal_fixture_init(&fixture->journal);
    journal_fixture_make_directory(&fixture->journal);
}

/* Copies both files while the journal is in use, as a crash would leave them. */
static void keep_log(struct fixture *fixture)
{
    char log[STATE_PATH_SIZE + 64];
    struct journal_fixture *journal = &fixture->journal;
    assert_int_equal(journal_fixture_open(journal, &(struct error){ 0 }), 0);
    for (int i = 0; i < 3; i++) {
        book_add(fixture->book, ACT_STATE, 20 + i);
        uint64_t ticket = journal_fixture_put(journal, record_state(20 + i));
        journal_fixture_flush(journal);
        journal_fixture_await(journal, ticket);
    }
    name_log(fixture, log, sizeof log);
    fixture->log = read_whole_file(log, &fixture->log_size);
    fixture->log_file = read_whole_file(journal->path, &fixture->log_file_size);
    journal_fixture_close(journal);
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fault_vfs_reset();
    journal_fixture_init(&fixture->journal);
    fixture->book = book_create();
    script_run(&fixture->journal, fixture->book, 0, false);
    assert_int_equal(journal_fixture_open(&fixture->journal, &(struct error){ 0 }), 0);
    memcpy(fixture->full, fixture->journal.restored, sizeof fixture->full);
    journal_fixture_close(&fixture->journal);
    fixture->file = read_whole_file(fixture->journal.path, &fixture->file_size);
    keep_log(fixture);
    remove_all(fixture);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    journal_fixture_fini(&fixture->journal);
    book_destroy(fixture->book);
    free(fixture->file);
    free(fixture->log);
    free(fixture->log_file);
    free(fixture);
    return 0;
}

static void write_log(const struct fixture *fixture, const void *bytes, size_t size)
{
    char log[STATE_PATH_SIZE + 64];
    name_log(fixture, log, sizeof log);
    write_whole_file(log, bytes, size);
}

/* Opens and restores, as the journal does. */
static int open_file(struct fixture *fixture, struct error *err)
{
    struct database *database;
    struct restore_sink sink = journal_fixture_sink(&fixture->journal);
    struct restore_summary summary;
    struct stamp now = stamp_now();
    int failed =
        journal_file_open(fixture->journal.path, IDENTITY, NOW, &database, &fixture->opening, err);
    if (failed)
        return failed;
    failed = restore(database, "", false, &now, &sink, &summary, err);
    database_close(database, true);
    return failed;
}

static void must_open(struct fixture *fixture)
{
    struct error err = { 0 };
    if (open_file(fixture, &err))
        assert_string_equal(err.msg, "");
}

/* Every line is one of the undamaged journal; a line without a state stands for a row that was lost. */
static void must_be_part_of_full(const struct fixture *fixture)
{
    char line[256];
    const char *at = fixture->journal.restored;
    while (*at) {
        size_t length = strcspn(at, "\n") + 1;
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        at += length;
        if (strstr(line, " state \n"))
            continue;
        if (!strstr(fixture->full, line))
            assert_string_equal(line, fixture->full);
    }
}

static void must_be_put_aside(const struct fixture *fixture)
{
    assert_true(fixture->opening.damage[0] != '\0');
    assert_non_null(strstr(fixture->opening.quarantine, ".damaged-20260102T030405Z"));
    assert_int_equal(access(fixture->opening.quarantine, F_OK), 0);
}

static void must_be_full_or_damaged(struct fixture *fixture)
{
    must_open(fixture);
    if (fixture->opening.is_damaged) {
        must_be_put_aside(fixture);
        must_be_part_of_full(fixture);
        must_open(fixture);
        assert_false(fixture->opening.is_damaged);
        must_be_part_of_full(fixture);
    } else {
        assert_string_equal(fixture->journal.restored, fixture->full);
    }
}

static size_t stride(void)
{
    const char *crashes = getenv("CRASHES");
    return crashes && strcmp(crashes, "all") == 0 ? 1 : STRIDE;
}

/* --- the file -------------------------------------------------------------------------------------------------- */

static void an_undamaged_file_is_restored(void **state)
{
    struct fixture *fixture = *state;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    must_open(fixture);
    assert_false(fixture->opening.is_damaged);
    assert_string_equal(fixture->journal.restored, fixture->full);
}

static void cut_at_any_byte(void **state)
{
    struct fixture *fixture = *state;
    for (size_t size = 0; size < fixture->file_size; size += stride()) {
        remove_all(fixture);
        write_whole_file(fixture->journal.path, fixture->file, size);
        must_be_full_or_damaged(fixture);
    }
    remove_all(fixture);
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size - 1);
    must_be_full_or_damaged(fixture);
}

static void try_flipped_bit(struct fixture *fixture, size_t at)
{
    unsigned char bit = (unsigned char)(1u << (at % 8));
    remove_all(fixture);
    fixture->file[at] ^= bit;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    fixture->file[at] ^= bit;
    must_be_full_or_damaged(fixture);
}

static void any_flipped_bit(void **state)
{
    struct fixture *fixture = *state;
    for (size_t at = 0; at < fixture->file_size; at += stride()) {
        try_flipped_bit(fixture, at);
    }
}

/* The header says what the file is: each of its bits is tried. */
static void any_flipped_bit_of_the_header(void **state)
{
    struct fixture *fixture = *state;
    for (size_t at = 0; at < 100; at++) {
        try_flipped_bit(fixture, at);
    }
}

static void zeros_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    for (size_t from = 0; from < fixture->file_size; from += 4096) {
        remove_all(fixture);
        unsigned char *bytes = calloc(1, fixture->file_size);
        memcpy(bytes, fixture->file, from);
        write_whole_file(fixture->journal.path, bytes, fixture->file_size);
        free(bytes);
        must_be_full_or_damaged(fixture);
    }
}

/* What is valid is kept: one row is damaged, the others are there. */
static void one_damaged_row_loses_itself_only(void **state)
{
    struct fixture *fixture = *state;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(fixture->journal.path, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle, "UPDATE scales SET delta = 99 WHERE key = 'key-2'", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    must_open(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_string_equal(fixture->opening.damage, "1 of its rows have a wrong checksum");
    must_be_part_of_full(fixture);
    assert_null(strstr(fixture->journal.restored, "key-2"));
    assert_int_equal(strlen(fixture->full) - strlen(fixture->journal.restored),
                     strlen("eu-2 state \neu-2 scale key-2 -3  1\n"));
}

/* The next run may come before the lost states are written again. */
static void a_loss_is_known_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    must_open(fixture);
    assert_false(fixture->opening.is_lossy);
    remove_all(fixture);
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size / 2);
    must_open(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_true(fixture->opening.is_lossy);
    must_open(fixture);
    assert_false(fixture->opening.is_damaged);
    assert_true(fixture->opening.is_lossy);
    assert_in_range(fixture->opening.loss_age_ms, 0, JOURNAL_LOSS_MS - 1);
}

/* As if the id of the boot could not be read. */
static void put_mark_without_id(struct fixture *fixture, int64_t at_ms)
{
    struct database *database;
    struct error err;
    char value[32];
    snprintf(value, sizeof value, "%lld ", (long long)at_ms);
    assert_int_equal(
        journal_file_open(fixture->journal.path, IDENTITY, NOW, &database, &fixture->opening, &err),
        0);
    assert_int_equal(schema_set(database, "damaged", value, &err), 0);
    database_close(database, true);
}

static void without_an_id_of_the_boot_a_loss_is_not_too_old(void **state)
{
    struct fixture *fixture = *state;
    int64_t at_ms = stamp_now().boot.ms;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    put_mark_without_id(fixture, at_ms);
    must_open(fixture);
    assert_true(fixture->opening.is_lossy);
    assert_in_range(fixture->opening.loss_age_ms, 0, stamp_now().boot.ms - at_ms);
}

/* --- the log --------------------------------------------------------------------------------------------------- */

/* A first part of the records: the log ends where it is damaged. */
static void must_be_a_first_part(struct fixture *fixture)
{
    must_open(fixture);
    assert_false(fixture->opening.is_damaged);
    for (size_t i = 0; i < fixture->book->count; i++)
        fixture->book->acts[i].is_stored = fixture->book->acts[i].number < 20;
    assert_true(book_allows(fixture->book, fixture->journal.restored, false));
}

static void a_log_that_is_cut(void **state)
{
    struct fixture *fixture = *state;
    for (size_t size = 0; size <= fixture->log_size; size += stride()) {
        remove_all(fixture);
        write_whole_file(fixture->journal.path, fixture->log_file, fixture->log_file_size);
        write_log(fixture, fixture->log, size);
        must_be_a_first_part(fixture);
    }
}

static void a_log_with_a_flipped_bit(void **state)
{
    struct fixture *fixture = *state;
    for (size_t at = 0; at < fixture->log_size; at += stride()) {
        remove_all(fixture);
        write_whole_file(fixture->journal.path, fixture->log_file, fixture->log_file_size);
        fixture->log[at] ^= 4;
        write_log(fixture, fixture->log, fixture->log_size);
        fixture->log[at] ^= 4;
        must_be_a_first_part(fixture);
    }
}

static void a_log_without_its_file_is_put_aside(void **state)
{
    struct fixture *fixture = *state;
    char log[2 * STATE_PATH_SIZE];
    write_log(fixture, fixture->log, fixture->log_size);
    must_open(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_false(fixture->opening.is_new);
    assert_string_equal(fixture->opening.damage, "it is missing, and its log is not");
    assert_string_equal(fixture->journal.restored, "");
    snprintf(log, sizeof log, "%s-wal", fixture->opening.quarantine);
    assert_int_equal(access(log, F_OK), 0);
}

/* --- files of others ------------------------------------------------------------------------------------------- */

/* The journal of another API, with a log of its own. */
static void swapped_files_are_put_aside(void **state)
{
    struct fixture *fixture = *state;
    fixture->journal.config.identity = "rest http://other";
    assert_int_equal(journal_fixture_open(&fixture->journal, &(struct error){ 0 }), 0);
    journal_fixture_close(&fixture->journal);
    must_open(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_string_equal(fixture->opening.damage, "it is the journal of another API");
    assert_string_equal(fixture->journal.restored, "");
}

/* A file of one time and a log of another: what it has of the log is not what was there. */
static void a_log_of_another_file_is_found(void **state)
{
    struct fixture *fixture = *state;
    fixture->journal.config.identity = "rest http://other";
    assert_int_equal(journal_fixture_open(&fixture->journal, &(struct error){ 0 }), 0);
    journal_fixture_close(&fixture->journal);
    write_log(fixture, fixture->log, fixture->log_size);
    must_open(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_int_equal(fixture->opening.kept_count > 0, fixture->journal.restored[0] != '\0');
}

static void run_sql(struct fixture *fixture, const char *sql)
{
    struct database *database;
    struct error err = { 0 };
    assert_int_equal(database_open(fixture->journal.path, DATABASE_WRITE, 1, &database, &err), 0);
    int failed = database_run(database, sql, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(failed, 0);
    database_close(database, true);
}

static void an_older_file_is_migrated(void **state)
{
    struct fixture *fixture = *state;
    struct database *database;
    struct error err;
    int64_t count = 0;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    assert_int_equal(database_open(fixture->journal.path, DATABASE_WRITE, 0, &database, &err), 0);
    assert_int_equal(database_run(database,
                                  "DROP TABLE commits; DROP VIEW v_scales; DROP VIEW v_runs;"
                                  "ALTER TABLE scales DROP COLUMN desired;"
                                  "ALTER TABLE scales DROP COLUMN first_ms;"
                                  "ALTER TABLE runs DROP COLUMN stopped_ms;"
                                  "CREATE VIEW v_scales AS SELECT key FROM scales;"
                                  "UPDATE meta SET value = '1', sum = file_sum(key, '1')"
                                  " WHERE key = 'schema';"
                                  "PRAGMA user_version = 1;",
                                  &err),
                     0);
    database_close(database, true);
    must_open(fixture);
    assert_false(fixture->opening.is_damaged);
    assert_string_equal(fixture->journal.restored, fixture->full);
    assert_int_equal(journal_file_read(fixture->journal.path, IDENTITY, false, &database, &err), 0);
    assert_int_equal(database_read_integer(database,
                                           "SELECT count(*) FROM v_scales WHERE first_time = time",
                                           &count, &err),
                     0);
    assert_true(count > 0);
    database_close(database, false);
}

static void a_newer_file_is_refused_and_stays(void **state)
{
    struct fixture *fixture = *state;
    struct error err = { 0 };
    size_t size;
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    run_sql(fixture,
            "UPDATE meta SET value = '7', sum = file_sum('schema', '7') WHERE key = 'schema';"
            "PRAGMA user_version = 7; DROP TABLE scales; CREATE TABLE later (x);");
    unsigned char *before = read_whole_file(fixture->journal.path, &size);
    assert_int_equal(open_file(fixture, &err), ERR_TOO_NEW);
    assert_non_null(strstr(err.msg, fixture->journal.path));
    assert_non_null(strstr(err.msg, "newer version of the program (schema 7, this one has 3)"));
    unsigned char *after = read_whole_file(fixture->journal.path, &size);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
}

static void another_database_is_put_aside(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(fixture->journal.path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "CREATE TABLE meta (x)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    must_open(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_string_equal(fixture->opening.damage, "it is not a journal");
}

static void a_link_or_a_directory_in_the_place_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct error err = { 0 };
    assert_int_equal(symlink("/dev/null", fixture->journal.path), 0);
    assert_int_equal(open_file(fixture, &err), ERR_CONFIG);
    assert_non_null(strstr(err.msg, "it is not a regular file"));
    assert_int_equal(unlink(fixture->journal.path), 0);
    assert_int_equal(mkdir(fixture->journal.path, 0700), 0);
    assert_int_equal(open_file(fixture, &err), ERR_CONFIG);
    assert_int_equal(rmdir(fixture->journal.path), 0);
}

static void damaged_files_of_one_second_have_names_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    char first[STATE_PATH_SIZE];
    write_whole_file(fixture->journal.path, "x", 1);
    must_open(fixture);
    memcpy(first, fixture->opening.quarantine, sizeof first);
    write_whole_file(fixture->journal.path, "y", 1);
    must_open(fixture);
    assert_string_not_equal(first, fixture->opening.quarantine);
    assert_int_equal(access(first, F_OK), 0);
    must_be_put_aside(fixture);
}

/* --- readers --------------------------------------------------------------------------------------------------- */

static int print_row(void *context, int count, char **values, char **names)
{
    struct text *text = context;
    (void)names;
    for (int i = 0; i < count; i++)
        text_addf(text, "%s%s", i ? "|" : "", values[i] ? values[i] : "");
    text_add_char(text, '\n');
    return 0;
}

static const struct view_row {
    const char *name;
    const char *sql;
    const char *rows;
} view_rows[] = {
    { "scales",
      "SELECT deployment, delta, outcome, attempts, reason, actor, hosts, free_servers, key,"
      " ended IS NULL, time LIKE '20__-__-__T__:__:__.___Z' FROM v_scales",
      "eu-0|-1|accepted|1|below_target|engine|10|5|key-0|0|1\n"
      "eu-2|-3|open|1|below_target|engine|10|5|key-2|1|1\n"
      "eu-1|1|refused|2|below_target|engine|10|5|key-1|0|1\n"
      "eu-0|3|open|1|below_target|engine|10|5|key-3|1|1\n" },
    { "decisions", "SELECT deployment, desired, delta, action, reason FROM v_decisions",
      "eu-0|12|2|scaled|below_target\n" },
    { "overrides",
      "SELECT number, kind, match, author, ended_by, reason, ends > begun, ended IS NULL"
      " FROM v_overrides",
      "0|pause|eu-*|ann|bob|maintenance|1|0\n1|pause|eu-*|ann||maintenance|1|1\n" },
};

/* As sqlite3 shows it, without the functions of the program. */
static void view_shows(void **state)
{
    const struct view_row *row = *state;
    void *fixture_state = NULL;
    begin(&fixture_state);
    struct fixture *fixture = fixture_state;
    char storage[1024];
    struct text text;
    sqlite3 *handle;
    text_init(&text, storage, sizeof storage);
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    assert_int_equal(sqlite3_open_v2(fixture->journal.path, &handle, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, row->sql, print_row, &text, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    assert_string_equal(storage, row->rows);
    end(&fixture_state);
}

/* Another process reads while the engine runs; a reader that stays does not make the journal unavailable. */
static void readers_and_the_engine_do_not_disturb_each_other(void **state)
{
    struct fixture *fixture = *state;
    struct journal_fixture *journal = &fixture->journal;
    struct database *reader;
    struct error err = { 0 };
    int64_t count = -1;
    assert_int_equal(journal_fixture_open(journal, &err), 0);
    assert_int_equal(journal_file_read(journal->path, IDENTITY, false, &reader, &err), 0);
    assert_int_equal(database_run(reader, "BEGIN", &err), 0);
    assert_int_equal(database_read_integer(reader, "SELECT count(*) FROM v_scales", &count, &err),
                     0);
    uint64_t ticket = journal_fixture_put(journal, record_intent(1));
    journal_fixture_flush(journal);
    journal_fixture_await(journal, ticket);
    journal_fixture_close(journal);
    assert_int_equal(journal_fixture_open(journal, &err), 0);
    assert_true(journal->start.is_available);
    assert_int_equal(database_read_integer(reader, "SELECT count(*) FROM v_scales", &count, &err),
                     0);
    assert_int_equal(count, 0);
    assert_int_equal(database_run(reader, "COMMIT", &err), 0);
    assert_int_equal(database_read_integer(reader, "SELECT count(*) FROM v_scales", &count, &err),
                     0);
    assert_int_equal(count, 1);
    database_close(reader, false);
}

/* --- without write permission ---------------------------------------------------------------------------------- */

/* Files may be read, and nothing may be written; root may, so another user reads. */
static int read_as_another(const struct fixture *fixture, struct error *err)
{
    struct database *database;
    int64_t count = 0;
    uid_t user = geteuid();
    assert_int_equal(chmod(fixture->journal.path, 0444), 0);
    assert_int_equal(chmod(fixture->journal.directory, 0555), 0);
    assert_int_equal(chmod(fixture->journal.base, 0755), 0);
    assert_int_equal(user == 0 ? seteuid(OTHER_USER) : 0, 0);
    int failed = journal_file_read(fixture->journal.path, IDENTITY, false, &database, err);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(fixture->journal.directory, 0700), 0);
    if (failed)
        return failed;
    assert_int_equal(database_read_integer(database, "SELECT count(*) FROM v_scales", &count, err),
                     0);
    assert_true(count > 0);
    database_close(database, false);
    return 0;
}

static void a_closed_journal_is_read_without_permission_to_write(void **state)
{
    struct fixture *fixture = *state;
    struct error err = { 0 };
    remove_all(fixture);
    write_whole_file(fixture->journal.path, fixture->file, fixture->file_size);
    if (read_as_another(fixture, &err))
        assert_string_equal(err.msg, "");
}

static void a_log_that_cannot_be_read_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct error err = { 0 };
    remove_all(fixture);
    write_whole_file(fixture->journal.path, fixture->log_file, fixture->log_file_size);
    write_log(fixture, fixture->log, fixture->log_size);
    assert_int_equal(read_as_another(fixture, &err), -EROFS);
    assert_non_null(strstr(err.msg, "journal.db: its directory may not be written, and a part of"));
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        FILE_TEST(an_undamaged_file_is_restored),
        FILE_TEST(cut_at_any_byte),
        FILE_TEST(any_flipped_bit),
        FILE_TEST(any_flipped_bit_of_the_header),
        FILE_TEST(zeros_at_the_end),
        FILE_TEST(one_damaged_row_loses_itself_only),
        FILE_TEST(a_loss_is_known_after_a_restart),
        FILE_TEST(a_log_that_is_cut),
        FILE_TEST(a_log_with_a_flipped_bit),
        FILE_TEST(a_log_without_its_file_is_put_aside),
        FILE_TEST(swapped_files_are_put_aside),
        FILE_TEST(a_log_of_another_file_is_found),
        FILE_TEST(an_older_file_is_migrated),
        FILE_TEST(a_newer_file_is_refused_and_stays),
        FILE_TEST(another_database_is_put_aside),
        FILE_TEST(a_link_or_a_directory_in_the_place_is_refused),
        FILE_TEST(without_an_id_of_the_boot_a_loss_is_not_too_old),
        FILE_TEST(damaged_files_of_one_second_have_names_of_their_own),
        FILE_TEST(readers_and_the_engine_do_not_disturb_each_other),
        FILE_TEST(a_closed_journal_is_read_without_permission_to_write),
        FILE_TEST(a_log_that_cannot_be_read_is_said),
    };
    struct CMUnitTest views[COUNT_OF(view_rows)];
    TESTS_FROM_ROWS(views, view_rows, view_shows);
    fault_vfs_install();
    int failed = cmocka_run_group_tests_name("journal_file", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("journal_file: views", views, NULL, NULL);
}
