/*
 * A journal that lacks commits which were on the disk: its log was cut, or an older copy is in its place.
 */
#include "engine/store/commit_stamp.h"

#include "engine/store/journal_file.h"
#include "tests/store/journal_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW ((struct wall){ 1767323045000 }) /* 2026-01-02T03:04:05Z */
#define PATH_SIZE (STATE_PATH_SIZE + 64)
#define FILES 3
#define INTENTS 5

static const char *const suffixes[FILES] = { "", "-wal", "-commits" };

/* The files of a journal, as a crash would leave them. */
struct copy {
    unsigned char *bytes[FILES];
    size_t sizes[FILES];
};

struct fixture {
    struct journal_fixture journal;
    struct copy first; /* with one intent */
    struct copy last;  /* with all */
    struct journal_opening opening;
};

static const char *path_of(const struct fixture *fixture, size_t file, char ret_path[PATH_SIZE])
{
    snprintf(ret_path, PATH_SIZE, "%s%s", fixture->journal.path, suffixes[file]);
    return ret_path;
}

static void take(struct fixture *fixture, struct copy *copy)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < FILES; i++)
        copy->bytes[i] = read_whole_file(path_of(fixture, i, path), &copy->sizes[i]);
}

static void put(struct fixture *fixture, const struct copy *copy, size_t file, size_t size)
{
    char path[PATH_SIZE];
    write_whole_file(path_of(fixture, file, path), copy->bytes[file], size);
}

static void put_all(struct fixture *fixture, const struct copy *copy)
{
    for (size_t i = 0; i < FILES; i++)
        put(fixture, copy, i, copy->sizes[i]);
}

static void commit_intent(struct fixture *fixture, int number)
{
    uint64_t ticket = journal_fixture_put(&fixture->journal, record_intent(number));
    journal_fixture_flush(&fixture->journal);
    journal_fixture_await(&fixture->journal, ticket);
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    journal_fixture_init(&fixture->journal);
    if (journal_fixture_open(&fixture->journal, &(struct error){ 0 }))
        return -1;
    for (int i = 1; i <= INTENTS; i++) {
        commit_intent(fixture, i);
        if (i == 1)
            take(fixture, &fixture->first);
    }
    take(fixture, &fixture->last);
    journal_fixture_close(&fixture->journal);
    journal_fixture_fini(&fixture->journal);
    journal_fixture_init(&fixture->journal);
    journal_fixture_make_directory(&fixture->journal);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    journal_fixture_fini(&fixture->journal);
    for (size_t i = 0; i < FILES; i++) {
        free(fixture->first.bytes[i]);
        free(fixture->last.bytes[i]);
    }
    free(fixture);
    return 0;
}

static void open_file(struct fixture *fixture)
{
    struct error err = { 0 };
    struct database *database = NULL;
    int failed = journal_file_open(fixture->journal.path, fixture->journal.config.identity, NOW,
                                   &database, &fixture->opening, &err);
    if (failed)
        assert_string_equal(err.msg, "");
    database_close(database, true);
}

static void expect_whole(struct fixture *fixture)
{
    open_file(fixture);
    assert_false(fixture->opening.is_damaged);
    assert_false(fixture->opening.is_lossy);
}

/* It is found once: the next start is one after a loss, without another damage. */
static void expect_loss(struct fixture *fixture)
{
    open_file(fixture);
    assert_true(fixture->opening.is_damaged);
    assert_true(fixture->opening.is_lossy);
    assert_non_null(strstr(fixture->opening.damage, "its newest commits are missing ("));
    assert_true(fixture->opening.quarantine[0]);
    open_file(fixture);
    assert_false(fixture->opening.is_damaged);
    assert_true(fixture->opening.is_lossy);
}

static void a_whole_log_is_no_loss(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture, &fixture->last);
    expect_whole(fixture);
    expect_whole(fixture);
}

static void a_log_without_its_end_is_a_loss(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture, &fixture->last);
    put(fixture, &fixture->last, 1, fixture->last.sizes[1] - 1);
    expect_loss(fixture);
}

static void a_log_with_a_damaged_end_is_a_loss(void **state)
{
    struct fixture *fixture = *state;
    fixture->last.bytes[1][fixture->last.sizes[1] - 1] ^= 1;
    put_all(fixture, &fixture->last);
    expect_loss(fixture);
}

static void a_log_that_is_gone_is_a_loss(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, &fixture->last, 0, fixture->last.sizes[0]);
    put(fixture, &fixture->last, 2, fixture->last.sizes[2]);
    expect_loss(fixture);
}

static void an_older_copy_is_a_loss(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture, &fixture->first);
    put(fixture, &fixture->last, 2, fixture->last.sizes[2]);
    expect_loss(fixture);
}

/* After a loss of power, or when the commit was not stamped any more. */
static void an_older_stamp_is_no_loss(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture, &fixture->last);
    put(fixture, &fixture->first, 2, fixture->first.sizes[2]);
    expect_whole(fixture);
}

static void without_a_valid_stamp_there_is_no_loss(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture, &fixture->first);
    put(fixture, &fixture->last, 2, fixture->last.sizes[2] - 1);
    expect_whole(fixture);
    put_all(fixture, &fixture->first);
    fixture->last.bytes[2][5] ^= 1;
    put(fixture, &fixture->last, 2, fixture->last.sizes[2]);
    expect_whole(fixture);
}

/* --- the stamp alone --------------------------------------------------------------------------------------------- */

static void a_number_is_read_by_its_own_api_only(void **state)
{
    struct fixture *fixture = *state;
    struct commit_stamp stamp;
    const char *path = fixture->journal.path;
    assert_int_equal(commit_stamp_read(path, 1), 0);
    commit_stamp_open(&stamp, path, 1);
    commit_stamp_put(&stamp, 9);
    assert_int_equal(commit_stamp_read(path, 1), 9);
    commit_stamp_put(&stamp, INT64_MAX);
    assert_int_equal(commit_stamp_read(path, 1), INT64_MAX);
    assert_int_equal(commit_stamp_read(path, 2), 0);
    commit_stamp_close(&stamp);
    commit_stamp_put(&stamp, 10);
    assert_int_equal(commit_stamp_read(path, 1), INT64_MAX);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_log_is_no_loss),
        TEST(a_log_without_its_end_is_a_loss),
        TEST(a_log_with_a_damaged_end_is_a_loss),
        TEST(a_log_that_is_gone_is_a_loss),
        TEST(an_older_copy_is_a_loss),
        TEST(an_older_stamp_is_no_loss),
        TEST(without_a_valid_stamp_there_is_no_loss),
        TEST(a_number_is_read_by_its_own_api_only),
    };
    return cmocka_run_group_tests_name("commit_stamp", tests, NULL, NULL);
}
