/*
 * The recording on the disk: what a recorder has written is what a reader finds, whatever has happened to the file.
 */
#include "engine/recording/recorder.h"

#include "engine/base/heap.h"
#include "engine/recording/recording_reader.h"
#include "engine/store/schema.h"

#include "tests/support/recorded_fleet.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDENTITY "rest http://a"
#define PASS_MS 30000

struct fixture {
    char directory[64];
    char path[128];
    struct recorded_fleet fleet;
    struct recorder *recorder;
    int wakes[2];
    uint32_t pass;
};

static struct fixture fixture;

static void wake(void *context)
{
    struct fixture *f = context;
    char byte = 0;
    ssize_t written = write(f->wakes[1], &byte, 1);
    (void)written; /* full: the reader has enough */
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int set_up(void **state)
{
    struct fixture *f = &fixture;
    *state = f;
    *f = (struct fixture){ .directory = "/tmp/autoscaler-recording-XXXXXX" };
    if (!mkdtemp(f->directory) || pipe(f->wakes))
        return -1;
    fcntl(f->wakes[1], F_SETFL, O_NONBLOCK);
    snprintf(f->path, sizeof f->path, "%s/recording.db", f->directory);
    recorded_fleet_init(&f->fleet);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    recorded_fleet_fini(&f->fleet);
    close(f->wakes[0]);
    close(f->wakes[1]);
    return nftw(f->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- recording -------------------------------------------------------------------------------------------------- */

static void start(struct fixture *f)
{
    struct error err;
    struct recorder_config config = {
        .path = f->path,
        .identity = IDENTITY,
        .limits = { (int64_t)1000 * 24 * 3600 * 1000 * 365, (int64_t)1 << 30 },
        .retry_ms = 1,
        .wake = wake,
        .context = f,
    };
    assert_int_equal(recorder_create(&config, &f->recorder, &err), 0);
}

/* Until the thread has sent something. */
static void wait_for_wake(struct fixture *f)
{
    char byte;
    assert_int_equal(read(f->wakes[0], &byte, 1), 1);
}

static void stop(struct fixture *f)
{
    recorder_stop(f->recorder);
    while (!recorder_is_stopped(f->recorder))
        wait_for_wake(f);
    recorder_destroy(f->recorder);
}

static void record_pass(struct fixture *f, size_t changes)
{
    struct sampler *sampler = recorder_sampler(f->recorder);
    f->pass++;
    sampler_begin_pass(sampler, f->pass, (struct wall){ (int64_t)f->pass * PASS_MS });
    for (uint32_t slot = 0; slot < fleet_slot_count(f->fleet.fleet); slot++) {
        struct deployment *deployment = fleet_at(f->fleet.fleet, slot);
        if (!deployment)
            continue;
        sampler_before(sampler, deployment);
        recorded_fleet_change(&f->fleet, deployment, changes);
        sampler_after(sampler, deployment);
    }
    sampler_end_pass(sampler, f->fleet.fleet, (struct wall){ (int64_t)f->pass * PASS_MS + 1000 });
}

static void record(struct fixture *f, size_t deployments, size_t passes)
{
    start(f);
    recorded_fleet_add(&f->fleet, deployments);
    for (size_t i = 0; i < passes; i++) {
        record_pass(f, 3);
        wait_for_wake(f); /* so that pages do not run out */
    }
    stop(f);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
    size_t frames;
    size_t groups;
    size_t passes;
    size_t decided;
    int64_t damaged;
    int result;
};

static int count(void *context, const struct recorded *recorded)
{
    struct reading *reading = context;
    reading->decided += recorded->is_decided;
    return 0;
}

static struct recording_reader *open_reader(const char *path)
{
    struct error err;
    struct recording_reader *reader = NULL;
    assert_int_equal(recording_reader_open(path, &reader, &err), 0);
    return reader;
}

static struct reading read_rest(struct recording_reader *reader)
{
    struct reading reading = { 0 };
    struct frame_facts facts;
    struct error err;
    while ((reading.result = recording_reader_next(reader, count, &reading, &facts, &err)) > 0) {
        reading.frames++;
        reading.groups += facts.is_group_first;
        reading.passes += facts.is_pass_end;
    }
    reading.damaged = recording_reader_damaged(reader);
    return reading;
}

/* --- what is written is read ------------------------------------------------------------------------------------ */

static void a_recording_is_read_as_it_was_written(void **state)
{
    struct fixture *f = *state;
    record(f, 50, 2 * GROUP_PASSES + 5);
    struct recording_reader *reader = open_reader(f->path);
    struct reading reading = read_rest(reader);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.damaged, 0);
    assert_int_equal(reading.groups, 3);
    assert_int_equal(reading.passes, 2 * GROUP_PASSES + 5);
    assert_int_equal(reading.decided, 50 * (2 * GROUP_PASSES + 5));
    assert_true(recording_reader_is_own(reader));
    recorded_fleet_assert(&f->fleet, recording_reader_table(reader));
    recording_reader_close(reader);
}

static void a_second_run_goes_on_in_the_same_file(void **state)
{
    struct fixture *f = *state;
    record(f, 10, 3);
    record(f, 5, 3);
    struct recording_reader *reader = open_reader(f->path);
    struct reading reading = read_rest(reader);
    assert_int_equal(reading.groups, 2);
    assert_int_equal(reading.passes, 6);
    recorded_fleet_assert(&f->fleet, recording_reader_table(reader));
    recording_reader_close(reader);
}

static void it_is_read_while_it_is_written(void **state)
{
    struct fixture *f = *state;
    start(f);
    recorded_fleet_add(&f->fleet, 10);
    record_pass(f, 3);
    wait_for_wake(f); /* the page is back: its pass is stored */
    struct recording_reader *reader = open_reader(f->path);
    struct reading reading = read_rest(reader);
    assert_int_equal(reading.passes, 1);
    recorded_fleet_assert(&f->fleet, recording_reader_table(reader));
    record_pass(f, 3);
    stop(f);
    read_rest(reader);
    recorded_fleet_assert(&f->fleet, recording_reader_table(reader));
    recording_reader_close(reader);
}

static void a_moment_is_found_with_the_whole_fleet(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct frame_facts facts;
    record(f, 10, 2 * GROUP_PASSES);
    struct recording_reader *reader = open_reader(f->path);
    struct wall begun = { (GROUP_PASSES + 1) * (int64_t)PASS_MS };
    /* In the first pass of the second group the fleet is not complete: the first group is read. */
    assert_int_equal(recording_reader_seek(reader, begun, &err), 0);
    assert_int_equal(recording_reader_next(reader, NULL, NULL, &facts, &err), 1);
    assert_int_equal(facts.pass, 1);
    assert_int_equal(recording_reader_seek(reader, (struct wall){ begun.ms + 1000 }, &err), 0);
    assert_int_equal(recording_reader_next(reader, NULL, NULL, &facts, &err), 1);
    assert_int_equal(facts.pass, GROUP_PASSES + 1);
    assert_int_equal(recording_reader_seek(reader, (struct wall){ 1 }, &err), 0);
    assert_int_equal(recording_reader_next(reader, NULL, NULL, &facts, &err), 1);
    assert_int_equal(facts.pass, 1);
    recording_reader_close(reader);
}

static void without_a_recording_there_is_nothing_to_read(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct recording_reader *reader = NULL;
    assert_int_equal(recording_reader_open(f->path, &reader, &err), -ENOENT);
    assert_null(reader);
}

/* --- failures --------------------------------------------------------------------------------------------------- */

static void without_a_directory_it_is_unavailable_until_there_is_one(void **state)
{
    struct fixture *f = *state;
    char path[128];
    memcpy(path, f->path, sizeof path);
    snprintf(f->path, sizeof f->path, "%s/later/recording.db", f->directory);
    start(f);
    recorded_fleet_add(&f->fleet, 3);
    while (recorder_take(f->recorder)->is_available)
        wait_for_wake(f);
    assert_non_null(strstr(recorder_take(f->recorder)->reason, f->path));
    record_pass(f, 3);
    char directory[128];
    snprintf(directory, sizeof directory, "%s/later", f->directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    while (!recorder_take(f->recorder)->is_available) {
        record_pass(f, 3);
        wait_for_wake(f);
    }
    stop(f);
    struct recording_reader *reader = open_reader(f->path);
    assert_true(read_rest(reader).passes >= 1); /* the first one, too, if its page was read late */
    recorded_fleet_assert(&f->fleet, recording_reader_table(reader));
    recording_reader_close(reader);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void a_file_that_is_no_database_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    write_file(f->path, "no database, and longer than its header would be", 48);
    start(f);
    while (recorder_take(f->recorder)->replace_count == 0)
        wait_for_wake(f);
    assert_int_equal(stat(recorder_take(f->recorder)->quarantine, &st), 0);
    assert_int_equal(st.st_size, 48);
    assert_true(recorder_take(f->recorder)->damage[0] != '\0');
    stop(f);
}

static void the_file_of_another_api_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct recording_opening opening;
    struct recording_file *file = NULL;
    struct error err;
    struct wall now = { 1000 };
    assert_int_equal(recording_file_open(f->path, "rest http://b", now, &file, &opening, &err), 0);
    assert_false(opening.is_damaged);
    recording_file_close(file, true);
    assert_int_equal(recording_file_open(f->path, IDENTITY, now, &file, &opening, &err), 0);
    assert_true(opening.is_damaged);
    assert_non_null(strstr(opening.quarantine, "recording.db.damaged-19700101T000001Z"));
    recording_file_close(file, true);
}

static void a_newer_file_stays_as_it_is(void **state)
{
    struct fixture *f = *state;
    struct recording_opening opening;
    struct recording_file *file = NULL;
    struct recording_reader *reader = NULL;
    struct database *database;
    struct error err;
    record(f, 1, 1);
    assert_int_equal(database_open(f->path, DATABASE_WRITE, 0, &database, &err), 0);
    assert_int_equal(schema_set(database, "schema", "2", &err), 0);
    database_close(database, true);
    struct wall now = { 1000 };
    assert_int_equal(recording_file_open(f->path, IDENTITY, now, &file, &opening, &err),
                     ERR_TOO_NEW);
    assert_false(opening.is_damaged);
    assert_int_equal(recording_reader_open(f->path, &reader, &err), ERR_TOO_NEW);
}

/* --- damage ----------------------------------------------------------------------------------------------------- */

static unsigned char *load(const char *path, size_t *ret_size)
{
    struct stat st;
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    unsigned char *bytes = heap_alloc((size_t)st.st_size, 1);
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), st.st_size);
    fclose(file);
    *ret_size = (size_t)st.st_size;
    return bytes;
}

/* -1: it is refused; else the passes that are left. */
static int64_t read_damaged(const char *path, int64_t *damaged)
{
    struct error err;
    struct recording_reader *reader = NULL;
    if (recording_reader_open(path, &reader, &err))
        return -1;
    struct reading reading = read_rest(reader);
    *damaged += reading.damaged;
    recording_reader_close(reader);
    return (int64_t)reading.passes;
}

static void a_flipped_bit_costs_at_most_the_groups_that_it_hits(void **state)
{
    struct fixture *f = *state;
    size_t size;
    int64_t damaged = 0;
    int64_t lost = 0;
    int64_t total = 3 * GROUP_PASSES;
    record(f, 20, 3 * GROUP_PASSES);
    unsigned char *bytes = load(f->path, &size);
    for (size_t at = 100; at < size; at += 3001) {
        bytes[at] ^= 0x10;
        write_file(f->path, bytes, size);
        bytes[at] ^= 0x10;
        int64_t passes = read_damaged(f->path, &damaged);
        assert_true(passes <= total);
        lost += passes >= 0 && passes < total;
    }
    assert_true(damaged > 0);
    assert_true(lost > 0);
    heap_free(bytes);
}

static void a_file_that_is_cut_is_refused_or_read_as_far_as_it_goes(void **state)
{
    struct fixture *f = *state;
    size_t size;
    int64_t damaged = 0;
    record(f, 20, 2 * GROUP_PASSES);
    unsigned char *bytes = load(f->path, &size);
    for (size_t cut = 0; cut < size; cut += 5003) {
        write_file(f->path, bytes, cut);
        assert_true(read_damaged(f->path, &damaged) <= 2 * GROUP_PASSES);
    }
    heap_free(bytes);
}

/* --- bounds ----------------------------------------------------------------------------------------------------- */

static struct recording_file *open_with_groups(struct fixture *f, int64_t groups)
{
    static unsigned char block[40000];
    struct recording_opening opening;
    struct recording_file *file = NULL;
    struct error err;
    struct wall now = { 0 };
    assert_int_equal(recording_file_open(f->path, IDENTITY, now, &file, &opening, &err), 0);
    for (int64_t i = 0; i < groups; i++) {
        struct frame_facts facts = { .is_group_first = true, .begun = { i * 1000 } };
        assert_int_equal(recording_file_put(file, &facts, block, sizeof block, 1, &err), 0);
    }
    return file;
}

static int64_t trim_all(struct recording_file *file, const struct recording_limits *limits,
                        struct wall now, struct recording_trim *ret_trim)
{
    struct error err;
    int64_t steps = -1;
    do {
        assert_int_equal(recording_file_trim(file, limits, now, ret_trim, &err), 0);
        steps++;
    } while (ret_trim->has_more);
    return steps;
}

static void groups_that_are_too_old_are_deleted(void **state)
{
    struct fixture *f = *state;
    struct recording_trim trim;
    struct recording_limits limits = { 5000, 1 << 30 };
    struct recording_file *file = open_with_groups(f, 10);
    /* Groups of the seconds 0 to 9: at 12.5, what ended before 7.5 goes. */
    assert_int_equal(trim_all(file, &limits, (struct wall){ 12500 }, &trim), 7);
    assert_false(trim.is_cut);
    assert_int_equal(trim_all(file, &limits, (struct wall){ 1 << 30 }, &trim), 2);
    recording_file_close(file, true);
}

static void size_wins_over_age(void **state)
{
    struct fixture *f = *state;
    struct recording_trim trim;
    struct recording_limits limits = { 1 << 30, 200000 };
    struct recording_file *file = open_with_groups(f, 10);
    struct error err;
    struct stat st;
    assert_int_equal(recording_file_trim(file, &limits, (struct wall){ 20000 }, &trim, &err), 0);
    assert_true(trim.is_cut);
    assert_int_equal(trim.kept_ms, 19000);
    assert_true(trim_all(file, &limits, (struct wall){ 20000 }, &trim) > 2);
    assert_false(trim.needs_group);
    recording_file_close(file, true);
    assert_int_equal(stat(f->path, &st), 0);
    assert_true(st.st_size <= 200000 + 20 * 4096);
}

static void the_last_group_is_kept_and_another_one_is_needed(void **state)
{
    struct fixture *f = *state;
    struct recording_trim trim;
    struct recording_limits limits = { 1 << 30, 1000 };
    struct recording_file *file = open_with_groups(f, 3);
    assert_int_equal(trim_all(file, &limits, (struct wall){ 20000 }, &trim), 2);
    assert_true(trim.needs_group);
    recording_file_close(file, true);
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_recording_is_read_as_it_was_written),
        FILE_TEST(a_second_run_goes_on_in_the_same_file),
        FILE_TEST(it_is_read_while_it_is_written),
        FILE_TEST(a_moment_is_found_with_the_whole_fleet),
        FILE_TEST(without_a_recording_there_is_nothing_to_read),
        FILE_TEST(without_a_directory_it_is_unavailable_until_there_is_one),
        FILE_TEST(a_file_that_is_no_database_is_replaced),
        FILE_TEST(the_file_of_another_api_is_replaced),
        FILE_TEST(a_newer_file_stays_as_it_is),
        FILE_TEST(a_flipped_bit_costs_at_most_the_groups_that_it_hits),
        FILE_TEST(a_file_that_is_cut_is_refused_or_read_as_far_as_it_goes),
        FILE_TEST(groups_that_are_too_old_are_deleted),
        FILE_TEST(size_wins_over_age),
        FILE_TEST(the_last_group_is_kept_and_another_one_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
