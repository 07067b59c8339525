/*
 * The journal between engine and disk: records in, receipts out, what is restored, a disk that fails, hangs and returns.
 */
#include "engine/store/journal.h"

#include "tests/store/fault_vfs.h"
#include "tests/store/journal_fixture.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAKE_YIELDS 200

static int begin(void **state)
{
    struct journal_fixture *fixture = malloc(sizeof *fixture);
    fault_vfs_reset();
    journal_fixture_init(fixture);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    fault_vfs_reset();
    journal_fixture_fini(*state);
    free(*state);
    return 0;
}

static void open_journal(struct journal_fixture *fixture)
{
    struct error err = { 0 };
    int failed = journal_fixture_open(fixture, &err);
    if (failed)
        print_message("%s\n", err.msg);
    assert_int_equal(failed, 0);
}

static void reopen(struct journal_fixture *fixture)
{
    if (fixture->journal)
        journal_fixture_close(fixture);
    open_journal(fixture);
}

static uint64_t store(struct journal_fixture *fixture, struct record record)
{
    uint64_t ticket = journal_fixture_put(fixture, record);
    journal_fixture_flush(fixture);
    journal_fixture_await(fixture, ticket);
    return ticket;
}

/* --- what is restored ------------------------------------------------------------------------------------------ */

static void a_new_journal_is_empty(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    assert_true(fixture->start.opening.is_new);
    assert_false(fixture->start.opening.is_damaged);
    assert_true(fixture->start.is_available);
    assert_string_equal(fixture->restored, "");
    reopen(fixture);
    assert_false(fixture->start.opening.is_new);
}

static void an_intent_without_outcome_is_restored_as_open(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_intent(1));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-1 state \neu-1 scale key-1 +1  1\n");
    assert_int_equal(fixture->start.restored.unconfirmed, 1);
}

static void outcomes_are_restored_until_a_state_includes_them(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_intent(1));
    store(fixture, record_outcome_of(1, OUTCOME_ACCEPTED));
    store(fixture, record_intent(4));
    store(fixture, record_outcome_of(4, OUTCOME_UNKNOWN));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-1 state \neu-1 scale key-1 +1 accepted 1\n"
                                           "eu-1 scale key-4 -5 unknown 1\n");
    store(fixture, record_state(7));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-1 state 7\neu-1 scale key-4 -5 unknown 1\n");
    store(fixture, record_outcome_of(4, OUTCOME_REFUSED));
    store(fixture, record_state(10));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-1 state 10\n");
}

static void a_repeat_opens_its_scale_again(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_intent(1));
    store(fixture, record_outcome_of(1, OUTCOME_UNKNOWN));
    store(fixture, record_intent(1));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-1 state \neu-1 scale key-1 +1  2\n");
}

static void overrides_last_until_they_are_ended(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_override(1));
    store(fixture, record_override(2));
    reopen(fixture);
    assert_string_equal(fixture->restored,
                        "override 1 pause eu-* ann\noverride 2 pause eu-* ann\n");
    store(fixture, record_override_end(1));
    reopen(fixture);
    assert_string_equal(fixture->restored, "override 2 pause eu-* ann\n");
    store(fixture, record_override_end(2));
    reopen(fixture);
    assert_string_equal(fixture->restored, "");
    assert_int_equal(fixture->start.restored.override_number_max, 2);
}

static void gone_deployments_are_kept_and_come_back(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_state(0));
    store(fixture, record_state(1));
    store(fixture, record_gone(0));
    store(fixture, record_gone(2));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-0 state 0 gone\neu-1 state 1\n");
    store(fixture, record_state(3));
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-0 state 3\neu-1 state 1\n");
}

static void tickets_grow_over_restarts(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_intent(1));
    uint64_t before = store(fixture, record_intent(1));
    reopen(fixture);
    uint64_t after = store(fixture, record_decision(1));
    assert_true(after > before);
    reopen(fixture);
    assert_true(store(fixture, record_intent(2)) > after);
}

static void the_journal_of_another_api_is_put_aside(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_state(1));
    journal_fixture_close(fixture);
    fixture->config.identity = "rest http://other";
    open_journal(fixture);
    assert_true(fixture->start.opening.is_damaged);
    assert_string_equal(fixture->start.opening.damage, "it is the journal of another API");
    assert_string_equal(fixture->restored, "");
    assert_int_equal(access(fixture->start.opening.quarantine, F_OK), 0);
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static void everything_that_waits_is_one_transaction(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    fault_vfs_block_syncs(true);
    journal_fixture_put(fixture, record_intent(0));
    journal_fixture_flush(fixture);
    fault_vfs_await_block();
    uint64_t last = 0;
    for (int i = 1; i < 10; i++) {
        last = journal_fixture_put(fixture, record_intent(i));
        journal_fixture_flush(fixture);
    }
    journal_fixture_look(fixture);
    assert_int_equal(fixture->stored, 0);
    fault_vfs_block_syncs(false);
    journal_fixture_await(fixture, last - 9);
    journal_fixture_await(fixture, last);
    reopen(fixture);
    assert_int_equal(fixture->start.restored.unconfirmed, 10);
}

#define SCALES_UNDER_WAY_MAX 1024 /* the maximum of api.concurrency */
#define LONG_TEXT 128             /* the longest id */

/* An intent and an outcome with long texts. */
static void put_long_scale(struct journal_fixture *fixture, int number)
{
    static char text[LONG_TEXT + 1];
    memset(text, 'x', LONG_TEXT);
    struct record intent = record_intent(number);
    struct record outcome = record_outcome_of(number, OUTCOME_REFUSED);
    intent.intent.deployment = text;
    outcome.outcome.detail = text;
    journal_fixture_put(fixture, intent);
    journal_fixture_put(fixture, outcome);
}

static void a_full_journal_says_so_and_keeps_room_for_intents(void **state)
{
    struct journal_fixture *fixture = *state;
    static char blob[RECORD_BLOB_MAX];
    open_journal(fixture);
    fault_vfs_block_syncs(true);
    journal_fixture_put(fixture, record_intent(0));
    journal_fixture_flush(fixture);
    fault_vfs_await_block();
    struct record record = record_state(0);
    record.state.blob = blob;
    record.state.blob_size = sizeof blob;
    int states = 0;
    while (journal_put(fixture->journal, &record, NULL) == 0)
        states++;
    assert_int_equal(states, JOURNAL_PAGES - 1 - JOURNAL_PAGES_KEPT);
    /* Each in a turn of the loop of its own: more turns than there are pages. */
    for (int i = 1; i <= SCALES_UNDER_WAY_MAX; i++) {
        put_long_scale(fixture, i);
        journal_fixture_flush(fixture);
        assert_int_equal(journal_put(fixture->journal, &record, NULL), -EAGAIN);
    }
    uint64_t last = journal_fixture_put(fixture, record_override(1));
    journal_fixture_flush(fixture);
    assert_int_equal(journal_put(fixture->journal, &record, NULL), -EAGAIN);
    fault_vfs_block_syncs(false);
    journal_fixture_await(fixture, last);
    assert_int_equal(journal_put(fixture->journal, &record, NULL), 0);
}

static void a_record_that_the_schema_refuses_is_left_out(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    struct record bad = record_override(1);
    bad.override.kind = NULL;
    journal_fixture_put(fixture, record_state(1));
    journal_fixture_put(fixture, bad);
    uint64_t last = journal_fixture_put(fixture, record_intent(2));
    journal_fixture_flush(fixture);
    journal_fixture_await(fixture, last);
    reopen(fixture);
    assert_string_equal(fixture->restored, "eu-1 state 1\neu-2 state \neu-2 scale key-2 -3  1\n");
}

static void an_intent_that_the_schema_refuses_is_refused(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    struct record bad = record_intent(1);
    bad.intent.reason = NULL;
    uint64_t ticket = journal_fixture_put(fixture, bad);
    journal_fixture_flush(fixture);
    journal_fixture_await_refusal(fixture, ticket);
    journal_fixture_await(fixture, ticket);
    reopen(fixture);
    assert_string_equal(fixture->restored, "");
}

/* --- a disk that fails ----------------------------------------------------------------------------------------- */

static const struct disk_row {
    const char *name;
    enum fault fault;
    const char *reason; /* contained in the sentence */
    const char *rest;   /* restored of the refused intent: it may have reached the disk */
} disk_rows[] = {
    { "no space is left", FAULT_FULL, "no space is left on the disk", "" },
    { "the disk fails", FAULT_ERROR, "the disk ", "" },
    { "writes are cut", FAULT_SHORT, "the disk reports an error", "" },
    { "syncs fail", FAULT_SYNC, "the disk did not confirm a write (fsync failed)",
      "eu-1 state \neu-1 scale key-1 +1 not_sent 1\n" },
};

static const struct disk_row *disk_row;

/* No durable intent, no receipt; the rest waits; it returns by itself. */
static void a_failing_disk_refuses_intents_and_keeps_the_rest(void **state)
{
    struct journal_fixture *fixture = *state;
    struct journal_status status;
    open_journal(fixture);
    store(fixture, record_intent(0));
    fault_vfs_set(disk_row->fault, 1, -1);
    uint64_t refused = journal_fixture_put(fixture, record_intent(1));
    uint64_t kept = journal_fixture_put(fixture, record_outcome_of(0, OUTCOME_ACCEPTED));
    journal_fixture_put(fixture, record_override(1));
    journal_fixture_flush(fixture);
    journal_fixture_await_refusal(fixture, refused);
    journal_fixture_await_available(fixture, false);
    journal_get_status(fixture->journal, (struct mono){ 0 }, &status);
    assert_non_null(strstr(status.reason, disk_row->reason));
    assert_non_null(strstr(status.reason, fixture->path));
    assert_true(fixture->stored < kept);
    struct record intent = record_intent(2);
    assert_int_equal(journal_put(fixture->journal, &intent, NULL), -EAGAIN);
    fault_vfs_set(FAULT_NONE, 0, 0);
    journal_fixture_await_available(fixture, true);
    journal_fixture_await(fixture, kept);
    journal_get_status(fixture->journal, (struct mono){ 0 }, &status);
    assert_string_equal(status.reason, "");
    assert_int_equal(status.replace_count, 0);
    store(fixture, record_intent(3));
    reopen(fixture);
    char expected[512];
    snprintf(expected, sizeof expected,
             "override 1 pause eu-* ann\n"
             "eu-0 state \neu-0 scale key-0 -1 accepted 1\neu-0 scale key-3 +3  1\n%s",
             disk_row->rest);
    assert_string_equal(fixture->restored, expected);
}

static void disk_row_holds(void **state)
{
    disk_row = *state;
    void *fixture = NULL;
    begin(&fixture);
    a_failing_disk_refuses_intents_and_keeps_the_rest(&fixture);
    end(&fixture);
}

/* A repeat that was not stored says nothing about the attempt before it. */
static void refuse_a_repeat(struct journal_fixture *fixture, enum fault fault)
{
    open_journal(fixture);
    store(fixture, record_intent(1));
    fault_vfs_set(fault, 1, -1);
    uint64_t ticket = journal_fixture_put(fixture, record_intent(1));
    journal_fixture_flush(fixture);
    journal_fixture_await_refusal(fixture, ticket);
    fault_vfs_set(FAULT_NONE, 0, 0);
    journal_fixture_await_available(fixture, true);
    journal_fixture_await(fixture, ticket);
    reopen(fixture);
    assert_int_equal(fixture->start.restored.unconfirmed, 1);
}

static void a_refused_repeat_stays_open(void **state)
{
    refuse_a_repeat(*state, FAULT_SYNC);
}

/* The repeat has not even reached the file. */
static void a_refused_repeat_on_a_full_disk_stays_open(void **state)
{
    refuse_a_repeat(*state, FAULT_FULL);
}

/* SQLite would go on writing into the file that has no name any more. */
static void a_file_that_was_removed_is_made_again(void **state)
{
    struct journal_fixture *fixture = *state;
    struct journal_status status;
    open_journal(fixture);
    store(fixture, record_state(0));
    assert_int_equal(unlink(fixture->path), 0);
    uint64_t ticket = journal_fixture_put(fixture, record_intent(1));
    journal_fixture_put(fixture, record_override(1));
    journal_fixture_flush(fixture);
    journal_fixture_await_refusal(fixture, ticket);
    journal_fixture_await(fixture, ticket);
    journal_fixture_await_available(fixture, true);
    journal_get_status(fixture->journal, (struct mono){ 0 }, &status);
    assert_int_equal(status.replace_count, 1);
    store(fixture, record_intent(2));
    reopen(fixture);
    assert_string_equal(fixture->restored,
                        "override 1 pause eu-* ann\neu-2 state \neu-2 scale key-2 -3  1\n");
}

static void a_slow_disk_is_unavailable_after_a_while(void **state)
{
    struct journal_fixture *fixture = *state;
    struct journal_status status;
    open_journal(fixture);
    fault_vfs_block_syncs(true);
    uint64_t ticket = journal_fixture_put(fixture, record_intent(1));
    journal_flush(fixture->journal, (struct mono){ 1000 });
    fault_vfs_await_block();
    journal_get_status(fixture->journal, (struct mono){ 1000 + JOURNAL_SLOW_MS - 1 }, &status);
    assert_true(status.is_available);
    journal_get_status(fixture->journal, (struct mono){ 31000 }, &status);
    assert_false(status.is_available);
    assert_int_equal(status.waited_ms, 30000);
    assert_non_null(strstr(status.reason, "the disk has not confirmed a write for 30 s"));
    fault_vfs_block_syncs(false);
    journal_fixture_await(fixture, ticket);
    journal_get_status(fixture->journal, (struct mono){ 31000 }, &status);
    assert_true(status.is_available);
}

static void a_start_on_a_full_disk_restores_and_waits(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    store(fixture, record_intent(1));
    journal_fixture_close(fixture);
    fault_vfs_set(FAULT_FULL, 1, -1);
    open_journal(fixture);
    assert_false(fixture->start.is_available);
    assert_string_equal(fixture->restored, "eu-1 state \neu-1 scale key-1 +1  1\n");
    fault_vfs_set(FAULT_NONE, 0, 0);
    journal_fixture_await_available(fixture, true);
    store(fixture, record_intent(2));
    reopen(fixture);
    assert_int_equal(fixture->start.restored.unconfirmed, 2);
}

/* Each failure in a row asks for a longer proof. What waits is stored meanwhile, and it ends. */
static void a_disk_that_fails_again_and_again_becomes_available(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    for (int i = 0; i < 4; i++) {
        fault_vfs_set(FAULT_FULL, 1, -1);
        uint64_t refused = journal_fixture_put(fixture, record_intent(i));
        uint64_t kept = journal_fixture_put(fixture, record_state(i));
        journal_fixture_flush(fixture);
        journal_fixture_await_refusal(fixture, refused);
        journal_fixture_await_available(fixture, false);
        fault_vfs_set(FAULT_NONE, 0, 0);
        journal_fixture_await(fixture, kept);
        journal_fixture_await_available(fixture, true);
    }
    store(fixture, record_intent(9));
}

static void a_first_start_on_a_full_disk_is_an_error(void **state)
{
    struct journal_fixture *fixture = *state;
    struct error err;
    fault_vfs_set(FAULT_FULL, 1, -1);
    assert_int_equal(journal_fixture_open(fixture, &err), -ENOSPC);
    assert_non_null(strstr(err.msg, "no space is left on the disk"));
    fault_vfs_set(FAULT_NONE, 0, 0);
    open_journal(fixture);
    assert_true(fixture->start.opening.is_new);
}

static void a_stop_on_a_failing_disk_ends(void **state)
{
    struct journal_fixture *fixture = *state;
    open_journal(fixture);
    fault_vfs_set(FAULT_ERROR, 1, -1);
    uint64_t ticket = journal_fixture_put(fixture, record_intent(1));
    journal_fixture_put(fixture, record_state(1));
    journal_fixture_flush(fixture);
    journal_fixture_await_refusal(fixture, ticket);
    journal_fixture_close(fixture);
    assert_true(fixture->stored < ticket);
}

static void with_batch_sync_receipts_do_not_wait_for_the_disk(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture->config.sync = JOURNAL_SYNC_BATCH;
    open_journal(fixture);
    store(fixture, record_intent(0));
    fault_vfs_set(FAULT_NONE, 0, 0);
    int64_t before = fault_vfs_count();
    store(fixture, record_intent(1));
    assert_true(fault_vfs_count() > before);
    reopen(fixture);
    assert_int_equal(fixture->start.restored.unconfirmed, 2);
}

/* What it wakes may be freed then. The fixture checks it. */
static void a_stopped_journal_wakes_nobody(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture->wake_yields = WAKE_YIELDS;
    for (int i = 0; i < 20; i++)
        reopen(fixture);
    fixture->wake_yields = 0;
}

int main(void)
{
#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(a_new_journal_is_empty),
        JOURNAL_TEST(an_intent_without_outcome_is_restored_as_open),
        JOURNAL_TEST(outcomes_are_restored_until_a_state_includes_them),
        JOURNAL_TEST(a_repeat_opens_its_scale_again),
        JOURNAL_TEST(overrides_last_until_they_are_ended),
        JOURNAL_TEST(gone_deployments_are_kept_and_come_back),
        JOURNAL_TEST(tickets_grow_over_restarts),
        JOURNAL_TEST(the_journal_of_another_api_is_put_aside),
        JOURNAL_TEST(everything_that_waits_is_one_transaction),
        JOURNAL_TEST(a_full_journal_says_so_and_keeps_room_for_intents),
        JOURNAL_TEST(a_record_that_the_schema_refuses_is_left_out),
        JOURNAL_TEST(an_intent_that_the_schema_refuses_is_refused),
        JOURNAL_TEST(a_refused_repeat_stays_open),
        JOURNAL_TEST(a_refused_repeat_on_a_full_disk_stays_open),
        JOURNAL_TEST(a_file_that_was_removed_is_made_again),
        JOURNAL_TEST(a_slow_disk_is_unavailable_after_a_while),
        JOURNAL_TEST(a_start_on_a_full_disk_restores_and_waits),
        JOURNAL_TEST(a_disk_that_fails_again_and_again_becomes_available),
        JOURNAL_TEST(a_first_start_on_a_full_disk_is_an_error),
        JOURNAL_TEST(a_stop_on_a_failing_disk_ends),
        JOURNAL_TEST(a_stopped_journal_wakes_nobody),
        JOURNAL_TEST(with_batch_sync_receipts_do_not_wait_for_the_disk),
    };
    struct CMUnitTest disks[COUNT_OF(disk_rows)];
    TESTS_FROM_ROWS(disks, disk_rows, disk_row_holds);
    fault_vfs_install();
    int failed = cmocka_run_group_tests_name("journal", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("journal: disks", disks, NULL, NULL);
}
