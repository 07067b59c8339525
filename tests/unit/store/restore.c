/*
 * Restore: the order of what is restored, ages over a reboot, a sink that fails.
 */
#include "engine/store/restore.h"

#include "engine/store/journal_file.h"
#include "engine/store/schema.h"
#include "tests/store/fault_vfs.h"
#include "tests/store/journal_fixture.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct journal_fixture journal;
    struct database *database;
    int64_t ages[8];
    size_t age_count;
    int calls_left; /* before the sink fails; negative: it does not */
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct journal_opening opening;
    struct error err = { 0 };
    fault_vfs_reset();
    journal_fixture_init(&fixture->journal);
    journal_fixture_make_directory(&fixture->journal);
    fixture->calls_left = -1;
    assert_int_equal(journal_file_open(fixture->journal.path, IDENTITY, wall_now(),
                                       &fixture->database, &opening, &err),
                     0);
    assert_int_equal(
        database_run(
            fixture->database,
            /* Run 1 of another boot lived until 900; run 2 is of this boot. */
            "INSERT INTO runs (" RUN_COLUMNS ", sum) VALUES (1, 'boot-a', 1, '', '', 1, 1, 900, 0);"
            "INSERT INTO runs (" RUN_COLUMNS ", sum) VALUES (2, 'boot-b', 1, '', '', 1, 1, 1, 0);"
            "INSERT INTO overrides VALUES"
            " (1, 'pause', '*', NULL, 'ann', NULL, 1, 5000, 700, 0, NULL, NULL, 0);"
            "INSERT INTO deployments VALUES ('eu-1', 2, 5000, 100, 1, x'6161', NULL, 0);"
            "INSERT INTO deployments VALUES ('', 1, 5000, 850, 1, x'6666', NULL, 0);"
            "INSERT INTO scales (" SCALE_COLUMNS
            ", sum) VALUES (7, 'key-7', 9, 2, 'eu-0', 3, 1, 10, 1, 0, 'r', 'a',"
            " 3, 5000, 400, NULL, NULL, NULL, 1, 0);"
            "INSERT INTO scales (" SCALE_COLUMNS
            ", sum) VALUES (9, 'key-9', 10, 1, 'eu-0', 3, 1, 10, 1, 0, 'r', 'a',"
            " 3, 5000, 130, NULL, NULL, NULL, 1, 0);"
            "INSERT INTO scales (" SCALE_COLUMNS
            ", sum) VALUES (8, 'key-8', 8, 1, 'eu-1', 4, 1, 10, 1, 0, 'r', 'a',"
            " 2, 5000, 120, 'new word', NULL, 5001, 1, 0);",
            &err),
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

static int take_age(struct fixture *fixture, int64_t age_ms)
{
    if (fixture->calls_left == 0)
        return -ENOMEM;
    fixture->calls_left -= fixture->calls_left > 0;
    assert_true(fixture->age_count < COUNT_OF(fixture->ages));
    fixture->ages[fixture->age_count++] = age_ms;
    return 0;
}

static int take_override(void *context, const struct restored_act *override)
{
    return take_age(context, override->age_ms);
}

static int take_deployment(void *context, const struct restored_deployment *deployment)
{
    return take_age(context, deployment->age_ms);
}

static int take_scale(void *context, const struct restored_scale *scale)
{
    return take_age(context, scale->age_ms);
}

static const struct stamp now = { .wall = { 99000 }, .boot = { 150 } };

static int run(struct fixture *fixture, struct restore_summary *ret_summary)
{
    struct restore_sink sink = { take_override, take_deployment, take_scale, fixture };
    struct error err;
    return restore(fixture->database, "boot-b", false, &now, &sink, ret_summary, &err);
}

static void ages_are_lower_bounds(void **state)
{
    struct fixture *fixture = *state;
    struct restore_summary summary;
    assert_int_equal(run(fixture, &summary), 0);
    const int64_t expected[] = {
        900 - 700 + 150, /* the override, of another boot */
        900 - 850 + 150, /* the fleet's state, of another boot */
        0,               /* eu-0 has no state */
        150,             /* its scale, of a run that is not known: this boot counts */
        150 - 130,       /* another one, which may be of this boot */
        150 - 100,       /* eu-1, of this boot */
        150 - 120,
    };
    assert_int_equal(fixture->age_count, COUNT_OF(expected));
    assert_memory_equal(fixture->ages, expected, sizeof expected);
}

static void assert_ages_with(struct fixture *fixture, const char *boot_id, const int64_t *expected,
                             size_t count)
{
    struct restore_sink sink = { take_override, take_deployment, take_scale, fixture };
    struct restore_summary summary;
    struct error err;
    fixture->age_count = 0;
    assert_int_equal(restore(fixture->database, boot_id, false, &now, &sink, &summary, &err), 0);
    assert_int_equal(fixture->age_count, count);
    assert_memory_equal(fixture->ages, expected, count * sizeof *expected);
}

/* An order must not look older than it is: it would be sent again. */
static void without_an_id_of_the_boot_ages_are_lower_bounds(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    /* 700 and 850 are after now, so of another boot. The others may be of this one. */
    const int64_t expected[] = {
        900 - 700 + 150, 900 - 850 + 150, 0, 150, 150 - 130, 150 - 100, 150 - 120,
    };
    assert_ages_with(fixture, "", expected, COUNT_OF(expected));
    assert_int_equal(database_run(fixture->database, "UPDATE runs SET boot_id = ''", &err), 0);
    assert_ages_with(fixture, "boot-b", expected, COUNT_OF(expected));
    assert_ages_with(fixture, "", expected, COUNT_OF(expected));
}

static void everything_is_given_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct restore_sink sink = journal_fixture_sink(&fixture->journal);
    struct restore_summary summary;
    struct error err;
    assert_int_equal(restore(fixture->database, "boot-b", false, &now, &sink, &summary, &err), 0);
    /* An outcome that this version does not have may be anything: unknown. */
    assert_string_equal(fixture->journal.restored, "override 1 pause * ann\n"
                                                   " state ff\n"
                                                   "eu-0 state \n"
                                                   "eu-0 scale key-7 +3  2\n"
                                                   "eu-0 scale key-9 +3  1\n"
                                                   "eu-1 state aa\n"
                                                   "eu-1 scale key-8 +4 unknown 1\n");
    assert_int_equal(summary.overrides, 1);
    assert_int_equal(summary.deployments, 3);
    assert_int_equal(summary.scales, 3);
    assert_int_equal(summary.unconfirmed, 3);
    assert_int_equal(summary.ticket_max, 10);
}

static void a_sink_that_fails_ends_the_pass(void **state)
{
    struct fixture *fixture = *state;
    struct restore_summary summary;
    for (int calls = 0; calls < 6; calls++) {
        fixture->calls_left = calls;
        fixture->age_count = 0;
        assert_int_equal(run(fixture, &summary), -ENOMEM);
        assert_int_equal(fixture->age_count, calls);
    }
}

/* Of eu-9 the state is lost: its settled scales come, those of eu-1 do not, and a damaged one is left out. */
static void a_lost_state_is_rebuilt_from_settled_scales(void **state)
{
    struct fixture *fixture = *state;
    struct restore_sink sink = journal_fixture_sink(&fixture->journal);
    struct restore_summary summary;
    struct error err;
#define SETTLED_SUM                                                                                \
    "UPDATE scales SET sum = row_sum(" SCALE_COLUMNS ") WHERE is_live = 0 AND seq <> 23;"
    assert_int_equal(database_run(fixture->database,
                                  "INSERT INTO scales (" SCALE_COLUMNS
                                  ", sum) VALUES (20, 'key-20', 20, 1, 'eu-9', 4, 1, 10, 1, 0, 'r',"
                                  " 'a', 2, 5000, 120, 'accepted', NULL, 5001, 0, 0);"
                                  "INSERT INTO scales (" SCALE_COLUMNS
                                  ", sum) VALUES (21, 'key-21', 21, 1, 'eu-9', 5, 1, 10, 1, 0, 'r',"
                                  " 'a', 2, 5000, 130, 'refused', NULL, 5001, 0, 0);"
                                  "INSERT INTO scales (" SCALE_COLUMNS
                                  ", sum) VALUES (22, 'key-22', 22, 1, 'eu-1', 6, 1, 10, 1, 0, 'r',"
                                  " 'a', 2, 5000, 130, 'accepted', NULL, 5001, 0, 0);"
                                  "INSERT INTO scales (" SCALE_COLUMNS
                                  ", sum) VALUES (23, 'key-23', 23, 1, 'eu-9', 7, 1, 10, 1, 0, 'r',"
                                  " 'a', 2, 5000, 130, 'accepted', NULL, 5001, 0, 0);" SETTLED_SUM,
                                  &err),
                     0);
    assert_int_equal(restore(fixture->database, "boot-b", true, &now, &sink, &summary, &err), 0);
    assert_non_null(
        strstr(fixture->journal.restored, "eu-9 state \neu-9 scale key-20 +4 accepted 1\n"));
    for (int key = 21; key <= 23; key++) {
        char name[16];
        snprintf(name, sizeof name, "key-%d", key);
        assert_null(strstr(fixture->journal.restored, name));
    }
    assert_int_equal(summary.unconfirmed, 3);
}

int main(void)
{
#define RESTORE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        RESTORE_TEST(ages_are_lower_bounds),
        RESTORE_TEST(without_an_id_of_the_boot_ages_are_lower_bounds),
        RESTORE_TEST(everything_is_given_in_order),
        RESTORE_TEST(a_lost_state_is_rebuilt_from_settled_scales),
        RESTORE_TEST(a_sink_that_fails_ends_the_pass),
    };
    fault_vfs_install();
    return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
