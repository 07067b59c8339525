/*
 * Retention: what is deleted by age and by size, and what never is.
 */
#include "engine/store/retention.h"

#include "engine/store/journal_file.h"
#include "engine/store/schema.h"
#include "tests/store/fault_vfs.h"
#include "tests/store/journal_fixture.h"
#include "tests/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KEEP_MS 1000
#define NOW ((struct wall){ 10000 })
#define STEPS_MAX 200

struct fixture {
    struct journal_fixture journal;
    struct database *database;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct journal_opening opening;
    fault_vfs_reset();
    journal_fixture_init(&fixture->journal);
    journal_fixture_make_directory(&fixture->journal);
    assert_int_equal(
        journal_file_open(fixture->journal.path, IDENTITY, NOW, &fixture->database, &opening, NULL),
        0);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    database_close(fixture->database, true);
    journal_fixture_fini(&fixture->journal);
    free(fixture);
    return 0;
}

static void run(struct fixture *fixture, const char *sql)
{
    struct error err = { 0 };
    if (database_run(fixture->database, sql, &err))
        assert_string_equal(err.msg, "");
}

static int64_t count(struct fixture *fixture, const char *sql)
{
    int64_t value = -1;
    assert_int_equal(database_read_integer(fixture->database, sql, &value, NULL), 0);
    return value;
}

/* Until no step deletes more; the number of steps. */
static int keep(struct fixture *fixture, int64_t size_max)
{
    struct retention_limits limits = { KEEP_MS, size_max };
    bool has_more = true;
    int steps = 0;
    while (has_more) {
        assert_int_equal(
            retention_step(fixture->database, &limits, NOW, &has_more, &(struct error){ 0 }), 0);
        assert_true(++steps < STEPS_MAX);
    }
    return steps;
}

/* Decisions seq..last, one each millisecond from 8001 on; NOW - KEEP_MS is 9000. */
static void add_decisions(struct fixture *fixture, int number)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " INSERT INTO decisions SELECT i, 8000 + i, 'eu-1', 1, 10, 1, 0, 2, 1, 1, 'scaled',"
             " 'below_target' FROM n",
             number);
    run(fixture, sql);
}

static void add_scale(struct fixture *fixture, int seq, int wall_ms, bool is_live)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO scales (" SCALE_COLUMNS
             ", sum) VALUES (%d, 'key-%d', %d, 1, 'eu-1', 1, 1, 10, 1, 0, 'r', 'a', 1,"
             " %d, 0, NULL, NULL, NULL, %d, 0)",
             seq, seq, seq, wall_ms, is_live);
    run(fixture, sql);
}

static void old_decisions_are_deleted_in_steps(void **state)
{
    struct fixture *fixture = *state;
    add_decisions(fixture, 2000);
    assert_int_equal(keep(fixture, INT64_MAX), 2000 / 2 / RETENTION_ROWS + 0);
    assert_int_equal(count(fixture, "SELECT count(*) FROM decisions"), 1001);
    assert_int_equal(count(fixture, "SELECT min(wall_ms) FROM decisions"), 9000);
}

static void old_scales_and_overrides_and_gone_deployments_are_deleted(void **state)
{
    struct fixture *fixture = *state;
    add_scale(fixture, 1, 8999, false);
    add_scale(fixture, 2, 8999, true);
    add_scale(fixture, 3, 9000, false);
    run(fixture,
        "INSERT INTO overrides VALUES (1, 'pause', '*', NULL, 'a', NULL, 1, 1, 1, 0, 8999, 'b', 0);"
        "INSERT INTO overrides VALUES (2, 'pause', '*', NULL, 'a', NULL, 1, 1, 1, 0, 9000, 'b', 0);"
        "INSERT INTO overrides VALUES (3, 'pause', '*', NULL, 'a', NULL, 2, 1, 1, 0, NULL, NULL, "
        "0);"
        "INSERT INTO deployments VALUES ('gone', 1, 1, 1, 1, x'00', 8999, 0);"
        "INSERT INTO deployments VALUES ('just gone', 1, 1, 1, 1, x'00', 9000, 0);"
        "INSERT INTO deployments VALUES ('old', 3, 1, 1, 1, x'00', NULL, 0);"
        "INSERT INTO runs (" RUN_COLUMNS ", sum) SELECT value, '', 1, '', '', 1, 8999, 1, 0"
        " FROM json_each('[1, 2, 3, 4, 5]')");
    keep(fixture, INT64_MAX);
    assert_int_equal(count(fixture, "SELECT sum(seq) FROM scales"), 3);
    assert_int_equal(count(fixture, "SELECT sum(number) FROM overrides"), 2 + 3);
    assert_int_equal(count(fixture, "SELECT count(*) FROM deployments WHERE id = 'gone'"), 0);
    assert_int_equal(count(fixture, "SELECT count(*) FROM deployments"), 2);
    /* Run 4 is the only one without a row that needs it, beside the newest. */
    assert_int_equal(count(fixture, "SELECT sum(run) FROM runs"), 1 + 2 + 3 + 5);
}

static void size_wins_over_age(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "INSERT INTO deployments VALUES ('kept', 1, 1, 1, 1, zeroblob(50000), NULL, 0)");
    add_decisions(fixture, 20000);
    run(fixture, "UPDATE decisions SET wall_ms = 9999");
    add_scale(fixture, 30000, 9999, true);
    add_scale(fixture, 30001, 9999, false);
    const char *size = "SELECT (SELECT page_count FROM pragma_page_count) * 4096";
    int64_t before = count(fixture, size);
    keep(fixture, before / 2);
    assert_true(count(fixture, "SELECT count(*) FROM decisions") > 0);
    assert_int_equal(count(fixture, "SELECT max(seq) FROM decisions"), 20000);
    assert_true(count(fixture, size) <= before / 2 + 500 * 100);
    keep(fixture, 1);
    assert_int_equal(count(fixture, "SELECT count(*) FROM decisions"), 0);
    assert_int_equal(count(fixture, "SELECT sum(seq) FROM scales"), 30000);
    assert_int_equal(count(fixture, "SELECT count(*) FROM deployments"), 1);
}

int main(void)
{
#define RETENTION_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        RETENTION_TEST(old_decisions_are_deleted_in_steps),
        RETENTION_TEST(old_scales_and_overrides_and_gone_deployments_are_deleted),
        RETENTION_TEST(size_wins_over_age),
    };
    fault_vfs_install();
    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
