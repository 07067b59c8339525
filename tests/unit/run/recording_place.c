/*
 * What is in the place of a recording: found, or named for what it is; and recordings that cannot be read.
 */
#include "engine/run/past/recording_place.h"

#include "engine/recording/recording_file.h"
#include "engine/recording/recording_reader.h"
#include "engine/recording/recording_schema.h"
#include "engine/store/journal_file.h"
#include "engine/store/schema.h"
#include "tests/support/test.h"

#include <errno.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDENTITY "rest http://a"
#define PATH_SIZE 256

struct fixture {
    char directory[64];
    char path[PATH_SIZE]; /* of the file */
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ .directory = "/tmp/autoscaler-place-XXXXXX" };
    if (!mkdtemp(fixture.directory))
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/recording.db", fixture.directory);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    return nftw(f->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const struct fixture *f, const void *bytes, size_t size)
{
    FILE *file = fopen(f->path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void make_recording(const struct fixture *f)
{
    struct recording_opening opening;
    struct recording_file *file = NULL;
    struct error err;
    struct wall now = { 1000 };
    assert_int_equal(recording_file_open(f->path, IDENTITY, now, &file, &opening, &err), 0);
    recording_file_close(file, true);
}

static void run_sql(const struct fixture *f, const char *sql)
{
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void assert_refused(const struct fixture *f, const char *sentence)
{
    char found[STATE_PATH_SIZE];
    char expected[2 * PATH_SIZE];
    struct error err;
    snprintf(expected, sizeof expected, "%s: %s", f->path, sentence);
    assert_int_equal(recording_place_find(f->path, found, &err), ERR_USAGE);
    assert_string_equal(err.msg, expected);
}

/* --- other files ------------------------------------------------------------------------------------------------- */

static void a_recording_is_found(void **state)
{
    struct fixture *f = *state;
    char found[STATE_PATH_SIZE];
    make_recording(f);
    assert_int_equal(recording_place_find(f->path, found, &(struct error){ 0 }), 0);
    assert_string_equal(found, f->path);
    assert_int_equal(recording_place_find(f->directory, found, &(struct error){ 0 }), 0);
    assert_string_equal(found, f->path);
}

static void a_text_is_named(void **state)
{
    struct fixture *f = *state;
    static const char text[] = "time,demand\n\t1,\xc3\xa9\r\n";
    write_file(f, text, sizeof text - 1);
    assert_refused(f, "it is a text, and not a recording");
}

static void an_empty_file_is_named(void **state)
{
    struct fixture *f = *state;
    write_file(f, "", 0);
    assert_refused(f, "it is empty, and not a recording");
}

static void other_bytes_are_no_recording(void **state)
{
    struct fixture *f = *state;
    write_file(f, "\x1f\x8b\0\1", 4);
    assert_refused(f, "it is not a recording");
    write_file(f, "SQLite format 3", 16);
    assert_refused(f, "it is the beginning of a database, and not a recording");
}

static void the_journal_is_named(void **state)
{
    struct fixture *f = *state;
    struct journal_opening opening;
    struct database *database = NULL;
    struct error err;
    assert_int_equal(
        journal_file_open(f->path, IDENTITY, (struct wall){ 1 }, &database, &opening, &err), 0);
    database_close(database, true);
    assert_refused(f, "it is the journal: the recording is recording.db beside it");
}

static void another_database_is_named(void **state)
{
    struct fixture *f = *state;
    run_sql(f, "CREATE TABLE other (x)");
    assert_refused(f, "it is a database of something else, and not a recording");
}

/* --- recordings that cannot be read ------------------------------------------------------------------------------ */

static void assert_unreadable(const struct fixture *f, int code, const char *sentence)
{
    char found[STATE_PATH_SIZE];
    struct recording_reader *reader = NULL;
    struct error err;
    assert_int_equal(recording_place_find(f->path, found, &err), 0);
    assert_int_equal(recording_reader_open(found, &reader, &err), code);
    assert_null(reader);
    assert_non_null(strstr(err.msg, f->path));
    assert_non_null(strstr(err.msg, sentence));
}

static void a_damaged_one_is_said(void **state)
{
    struct fixture *f = *state;
    make_recording(f);
    assert_int_equal(truncate(f->path, 4096), 0);
    assert_unreadable(f, ERR_DAMAGED, "it is damaged");
}

static void a_newer_one_is_said(void **state)
{
    struct fixture *f = *state;
    struct database *database;
    struct error err;
    make_recording(f);
    assert_int_equal(database_open(f->path, DATABASE_WRITE, 0, &database, &err), 0);
    assert_int_equal(schema_set(database, "schema", "9", &err), 0);
    database_close(database, true);
    assert_unreadable(f, ERR_TOO_NEW, "newer version of the program");
}

static void a_locked_one_is_said(void **state)
{
    struct fixture *f = *state;
    sqlite3 *handle;
    make_recording(f);
    assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle,
                                  "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
                                  "CREATE TABLE other (x)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_unreadable(f, -EBUSY, "another process has locked it");
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_recording_is_found),   TEST(a_text_is_named),
        TEST(an_empty_file_is_named), TEST(other_bytes_are_no_recording),
        TEST(the_journal_is_named),   TEST(another_database_is_named),
        TEST(a_damaged_one_is_said),  TEST(a_newer_one_is_said),
        TEST(a_locked_one_is_said),
    };
    return cmocka_run_group_tests_name("recording_place", tests, NULL, NULL);
}
