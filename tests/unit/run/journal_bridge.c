/*
 * The journal beside a driver: runs of an engine without an API, one after the other, over one state directory.
 */
#include "engine/run/journal_bridge.h"

#include "engine/core/policy.h"
#include "tests/support/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API "http://127.0.0.1:1" /* nothing listens there */
#define HOUR_MS ((int64_t)3600 * 1000)
#define OVERWRITTEN 4096

struct run {
    uv_loop_t loop;
    struct state_place place;
    struct event_fanout events;
    struct event_reader reader;
    struct driver *driver;
    struct override_keeper *keeper;
    struct journal_bridge *bridge;
    bool is_over;
    int restored, damaged, unreadable, unavailable, available, unrecorded, expired; /* events */
    int64_t overrides; /* of the restored one */
};

static char base[64];
static char api_url[] = API;
static char user_agent[] = "tests";

static int begin(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/journal_bridge.XXXXXX");
    return mkdtemp(base) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- a run ----------------------------------------------------------------------------------------------------- */

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_default;
}

static void take_event(void *context, const struct event *event, struct wall at)
{
    struct run *run = context;
    (void)at;
    run->restored += event->id == EVENT_STATE_RESTORED;
    run->damaged += event->id == EVENT_STATE_DAMAGED;
    run->unreadable += event->id == EVENT_STATE_UNREADABLE;
    run->unavailable += event->id == EVENT_STATE_UNAVAILABLE;
    run->available += event->id == EVENT_STATE_AVAILABLE;
    run->unrecorded += event->id == EVENT_OVERRIDE_UNRECORDED;
    run->expired += event->id == EVENT_OVERRIDE_EXPIRED;
    for (size_t i = 0; i < event->field_count && event->id == EVENT_STATE_RESTORED; i++)
        if (strcmp(event->fields[i].key, "overrides") == 0)
            run->overrides = event->fields[i].number;
}

static void on_written(void *context)
{
    struct run *run = context;
    run->is_over = true;
}

static void on_finished(void *context)
{
    struct run *run = context;
    journal_bridge_finish(run->bridge, on_written, run);
}

static void on_closed(void *context)
{
    (void)context;
}

static void open_driver(struct run *run)
{
    struct error err;
    const struct driver_config config = {
        .reconciler = { .discovery_interval_ms = HOUR_MS,
                        .pass_interval_ms = HOUR_MS,
                        .concurrency = 1,
                        .is_recording = run->place.use == STATE_IS_OWN,
                        .policy_of = policy_of },
        .backend = { .name = "rest",
                     .url = api_url,
                     .user_agent = user_agent,
                     .connect_timeout_ms = 1000,
                     .timeout_ms = 1000,
                     .concurrency = requests_in_flight_max(1) },
        .speed_millis = 1000,
        .seed = 7,
        .sink = { event_fanout_take, &run->events },
        .finished = on_finished,
        .context = run,
    };
    assert_int_equal(driver_create(&run->loop, &config, &run->driver, &err), 0);
}

static void open_run(struct run *run, const struct config *config)
{
    struct error err;
    *run = (struct run){ .reader = { .take = take_event, .context = run } };
    event_fanout_add(&run->events, &run->reader);
    assert_int_equal(uv_loop_init(&run->loop), 0);
    assert_int_equal(state_place_open(config, &run->place, &err), 0);
    open_driver(run);
    const struct override_keeper_config keeper = { .driver = run->driver,
                                                   .events = { event_fanout_take, &run->events },
                                                   .speed_millis = 1000 };
    assert_int_equal(override_keeper_create(&run->loop, &keeper, &run->keeper, &err), 0);
    const struct journal_bridge_config bridge = {
        .driver = run->driver,
        .overrides = run->keeper,
        .place = &run->place,
        .intents_max = 1,
        .events = &run->events,
    };
    assert_int_equal(journal_bridge_create(&run->loop, &bridge, &run->bridge, &err), 0);
    journal_bridge_begin(run->bridge);
    override_keeper_begin(run->keeper);
}

/* An engine that may write, or one that may not. */
static void start(struct run *run, bool is_read_only)
{
    open_run(run, &(struct config){ .mode = MODE_HEADLESS,
                                    .read_only = is_read_only,
                                    .api = { .url = api_url },
                                    .state = { .dir = base } });
}

static void give_for(struct run *run, enum command_kind kind, int64_t for_ms)
{
    struct command command = { .kind = kind, .slot = SLOT_NONE, .for_ms = for_ms };
    struct command_ack ack;
    driver_command(run->driver, &command, &ack);
    assert_true(ack.is_accepted);
}

static void give(struct run *run, enum command_kind kind)
{
    give_for(run, kind, 0);
}

static void stop(struct run *run)
{
    driver_stop(run->driver);
    while (!run->is_over)
        uv_run(&run->loop, UV_RUN_ONCE);
    assert_true(journal_bridge_is_over(run->bridge));
    journal_bridge_close(run->bridge);
    override_keeper_close(run->keeper);
    driver_close(run->driver, on_closed, NULL);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&run->loop), 0);
    journal_bridge_destroy(run->bridge);
    override_keeper_destroy(run->keeper);
    state_place_close(&run->place);
}

static bool is_paused(const struct run *run)
{
    return reconciler_is_paused(driver_reconciler(run->driver));
}

static bool is_dry_run(const struct run *run)
{
    return reconciler_is_dry_run(driver_reconciler(run->driver));
}

/* --- tests ----------------------------------------------------------------------------------------------------- */

static void without_a_state_there_is_no_bridge(void **state)
{
    (void)state;
    struct run run;
    open_run(&run, &(struct config){ .mode = MODE_HEADLESS,
                                     .api = { .url = api_url },
                                     .state = { .dir = base, .is_off = true } });
    assert_null(run.bridge);
    give(&run, COMMAND_PAUSE_ALL);
    stop(&run);
    assert_int_equal(run.restored, 0);
    assert_int_equal(rmdir(base), 0);
    assert_non_null(mkdtemp(strcpy(base, "/tmp/journal_bridge.XXXXXX")));
}

static void what_an_operator_has_set_lasts_until_it_is_ended(void **state)
{
    (void)state;
    struct run run;
    start(&run, false);
    assert_int_equal(run.restored, 1);
    assert_int_equal(run.overrides, 0);
    give(&run, COMMAND_PAUSE_ALL);
    give(&run, COMMAND_DRY_RUN_ON);
    stop(&run);
    start(&run, false);
    assert_int_equal(run.overrides, 2);
    assert_true(is_paused(&run));
    assert_true(is_dry_run(&run));
    give(&run, COMMAND_RESUME_ALL);
    stop(&run);
    start(&run, false);
    assert_int_equal(run.overrides, 1);
    assert_false(is_paused(&run));
    assert_true(is_dry_run(&run));
    stop(&run);
}

static struct shown_pause pause_of_all(const struct run *run)
{
    struct pause_source source = override_keeper_pauses(run->keeper);
    struct shown_pause pause = { .until = MONO_NEVER };
    assert_true(source.find(source.context, NULL, &pause));
    return pause;
}

static void the_end_of_a_pause_survives_a_restart(void **state)
{
    (void)state;
    struct run run;
    start(&run, false);
    give_for(&run, COMMAND_PAUSE_ALL, HOUR_MS);
    stop(&run);
    start(&run, false);
    assert_true(is_paused(&run));
    struct shown_pause pause = pause_of_all(&run);
    assert_int_equal(pause.until.ms - pause.since.ms, HOUR_MS);
    override_keeper_extend(run.keeper, 1, 2 * HOUR_MS, "ann");
    stop(&run);
    start(&run, false);
    pause = pause_of_all(&run);
    assert_in_range(pause.until.ms - pause.since.ms, 2 * HOUR_MS, 3 * HOUR_MS);
    stop(&run);
}

/* An end without a clock: the next run begins after it, whenever that is. */
static void a_pause_that_ended_meanwhile_is_ended_for_good(void **state)
{
    (void)state;
    struct run run;
    start(&run, false);
    give_for(&run, COMMAND_PAUSE_ALL, 1);
    while (is_paused(&run))
        uv_run(&run.loop, UV_RUN_ONCE);
    assert_int_equal(run.expired, 1);
    stop(&run);
    start(&run, false);
    assert_int_equal(run.overrides, 0);
    assert_false(is_paused(&run));
    stop(&run);
}

static void a_directory_that_is_only_read_is_not_written(void **state)
{
    (void)state;
    struct run run;
    start(&run, false);
    give(&run, COMMAND_PAUSE_ALL);
    stop(&run);
    start(&run, true);
    assert_int_equal(run.overrides, 1);
    assert_true(is_paused(&run));
    give(&run, COMMAND_RESUME_ALL);
    stop(&run);
    start(&run, false);
    assert_true(is_paused(&run));
    stop(&run);
}

static void overwrite_journal(const struct run *run)
{
    char path[STATE_PATH_SIZE];
    struct error err;
    assert_int_equal(state_place_journal(&run->place, path, &err), 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < OVERWRITTEN; i++)
        fputc('Z', file);
    assert_int_equal(fclose(file), 0);
}

/* One that only reads leaves it as it is. One that writes puts it aside, and the next run has a whole one. */
static void a_damaged_journal_keeps_no_engine_from_its_work(void **state)
{
    (void)state;
    struct run run;
    start(&run, false);
    stop(&run);
    overwrite_journal(&run);
    start(&run, true);
    assert_int_equal(run.unreadable, 1);
    assert_int_equal(run.restored, 0);
    stop(&run);
    start(&run, false);
    assert_int_equal(run.damaged, 1);
    give(&run, COMMAND_PAUSE_ALL);
    stop(&run);
    start(&run, false);
    assert_int_equal(run.damaged, 0);
    assert_true(is_paused(&run));
    stop(&run);
}

static void wait_for(struct run *run, const int *count)
{
    while (*count == 0)
        uv_run(&run->loop, UV_RUN_NOWAIT);
}

/* The directory is away for a while. */
static void an_act_that_cannot_be_recorded_is_reported_and_recorded_later(void **state)
{
    (void)state;
    struct run run;
    char moved[STATE_PATH_SIZE + 8];
    start(&run, false);
    snprintf(moved, sizeof moved, "%s.away", run.place.directory);
    assert_int_equal(rename(run.place.directory, moved), 0);
    give(&run, COMMAND_PAUSE_ALL);
    wait_for(&run, &run.unavailable);
    give(&run, COMMAND_DRY_RUN_ON);
    assert_int_equal(run.unrecorded, 1);
    assert_int_equal(rename(moved, run.place.directory), 0);
    wait_for(&run, &run.available);
    stop(&run);
    start(&run, false);
    assert_int_equal(run.overrides, 2);
    stop(&run);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_state_there_is_no_bridge),
        TEST(what_an_operator_has_set_lasts_until_it_is_ended),
        TEST(the_end_of_a_pause_survives_a_restart),
        TEST(a_pause_that_ended_meanwhile_is_ended_for_good),
        TEST(a_directory_that_is_only_read_is_not_written),
        TEST(a_damaged_journal_keeps_no_engine_from_its_work),
        TEST(an_act_that_cannot_be_recorded_is_reported_and_recorded_later),
    };
    return cmocka_run_group_tests_name("journal_bridge", tests, NULL, NULL);
}
