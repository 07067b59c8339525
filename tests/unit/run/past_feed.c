/*
 * The past as a feed: every moment of a recording is shown as the engine has shown it, in whatever order the moments are
 * asked for; nothing else can be asked.
 */
#include "engine/run/past/past_feed.h"

#include "engine/recording/recorder.h"
#include "engine/view/publish.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SITES 40
#define PASSES 140 /* more than two groups of GROUP_PASSES */
#define PASS_MS 30000
#define UNREAD_MINUTES 4
#define PATIENCE_MS 60000
#define WALL_AHEAD_MS INT64_C(1767225600000)

/* What was shown at the end of a pass. */
struct shown {
    struct wall at;
    struct snapshot_pass pass;
    struct fleet_totals totals;
    size_t count;
    struct kept_row {
        char id[16];
        struct snapshot_row row;
    } rows[SITES];
};

struct fixture {
    char directory[64];
    char path[128];
    int wakes[2];
    struct recorder *recorder;
    struct feed *live;
    struct publisher *publisher;
    uint32_t open_pass; /* 0: none */
    size_t pass_count;
    struct shown shown[PASSES];
    struct redaction *redaction; /* that the past follows */
    struct past_feed *past;
    struct feed *feed;
    const struct snapshot *snapshot; /* the newest of the past */
};

static struct world world;
static struct fixture fixture;

/* --- a recorded run ---------------------------------------------------------------------------------------------- */

static void wake(void *context)
{
    struct fixture *f = context;
    char byte = 0;
    assert_int_equal(write(f->wakes[1], &byte, 1), 1);
}

static void no_wake(void *context)
{
    (void)context;
}

static struct wall wall_of_world(void)
{
    return (struct wall){ WALL_AHEAD_MS + world.now.ms };
}

static void keep_shown(struct fixture *f, const struct snapshot *snapshot)
{
    assert_true(f->pass_count < PASSES);
    struct shown *shown = &f->shown[f->pass_count++];
    shown->at = snapshot->at;
    shown->pass = snapshot->pass;
    shown->totals = snapshot->totals;
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        if (!row || !row->is_listed)
            continue;
        struct kept_row *kept = &shown->rows[shown->count++];
        snprintf(kept->id, sizeof kept->id, "%s", row->name->id);
        kept->row = *row;
    }
}

static void publish_live(struct fixture *f)
{
    struct publish_context context = { .now = world.now,
                                       .wall = wall_of_world(),
                                       .speed_millis = 1000,
                                       .version = "1.0",
                                       .api_url = "http://a" };
    assert_true(publisher_publish(f->publisher, world.reconciler, &context));
    const struct snapshot *snapshot = feed_next(f->live);
    keep_shown(f, snapshot);
    feed_release(f->live, snapshot);
}

/* The recorder has gone on, so that it always has a free page. */
static void await_recorder(struct fixture *f)
{
    char byte;
    assert_int_equal(read(f->wakes[0], &byte, 1), 1);
    recorder_take(f->recorder);
}

static void watch(struct world *watched, void *context)
{
    struct fixture *f = context;
    const struct pass_summary *pass = reconciler_pass(watched->reconciler);
    struct sampler *sampler = recorder_sampler(f->recorder);
    if (f->open_pass != 0 && !pass->is_running) {
        sampler_end_pass(sampler, reconciler_fleet(watched->reconciler), wall_of_world());
        f->open_pass = 0;
        await_recorder(f);
        publish_live(f);
    }
    if (pass->is_running && f->open_pass != pass->number) {
        sampler_begin_pass(sampler, pass->number, wall_of_world());
        f->open_pass = pass->number;
    }
}

static void before(void *context, const struct deployment *deployment)
{
    struct fixture *f = context;
    sampler_before(recorder_sampler(f->recorder), deployment);
}

static void after(void *context, const struct deployment *deployment)
{
    struct fixture *f = context;
    sampler_after(recorder_sampler(f->recorder), deployment);
}

static void start_recording(struct fixture *f)
{
    struct error err;
    struct recorder_config config = { .path = f->path,
                                      .identity = "rest http://a",
                                      .limits = { INT64_MAX, INT64_MAX },
                                      .retry_ms = 1000,
                                      .wake = wake,
                                      .context = f };
    struct decision_observer observer = { before, after, f };
    assert_int_equal(recorder_create(&config, &f->recorder, &err), 0);
    reconciler_add_observer(world.reconciler, &observer);
    world.watch = watch;
    world.watch_context = f;
}

static void stop_recording(struct fixture *f)
{
    char byte;
    recorder_stop(f->recorder);
    while (!recorder_is_stopped(f->recorder))
        assert_int_equal(read(f->wakes[0], &byte, 1), 1);
    recorder_destroy(f->recorder);
}

/* Statuses that fail or lie, a list that changes, demand that moves; scale requests are answered. */
static void stir(struct fixture *f)
{
    (void)f;
    struct site *site = &world.sites[random_below(&world.random, SITES)];
    site_set_demand(site, (int32_t)random_below(&world.random, 150));
    site = &world.sites[random_below(&world.random, SITES)];
    site->reads =
        (struct script){ random_below(&world.random, 2) ? ANSWER_ERROR : ANSWER_IMPLAUSIBLE,
                         (int32_t)random_below(&world.random, 6) };
    world.sites[0].is_listed = random_below(&world.random, 4) > 0;
}

static void record(struct fixture *f)
{
    world_init(&world, 11);
    world_add_sites(&world, SITES, true, 10, 85);
    world_start(&world);
    start_recording(f);
    assert_int_equal(feed_create(no_wake, f, &f->live, NULL), 0);
    assert_int_equal(publisher_create(f->live, world.reconciler, &f->publisher, NULL), 0);
    while (f->pass_count < PASSES) {
        stir(f);
        world_run(&world, PASS_MS / 2);
    }
    world.watch = NULL;
    stop_recording(f);
    publisher_destroy(f->publisher);
    feed_destroy(f->live);
    world_fini(&world);
}

/* --- the past ---------------------------------------------------------------------------------------------------- */

/* Waits for a snapshot that is as wanted. */
static void wait_until(struct fixture *f, bool (*is_wanted)(const struct fixture *f, const void *),
                       const void *wanted)
{
    struct pollfd watched = { .fd = feed_descriptor(f->feed), .events = POLLIN };
    for (;;) {
        assert_int_equal(poll(&watched, 1, PATIENCE_MS), 1);
        feed_settle(f->feed);
        const struct snapshot *snapshot;
        while ((snapshot = feed_next(f->feed))) {
            if (f->snapshot)
                feed_release(f->feed, f->snapshot);
            f->snapshot = snapshot;
            if (is_wanted(f, wanted))
                return;
        }
    }
}

static bool is_at(const struct fixture *f, const void *at)
{
    return f->snapshot->at.ms == ((const struct wall *)at)->ms;
}

static bool says(const struct fixture *f, const void *text)
{
    for (size_t i = 0; i < f->snapshot->ack_count; i++)
        if (strstr(f->snapshot->acks[i].text, text))
            return true;
    return false;
}

static bool has_detail(const struct fixture *f, const void *id)
{
    return f->snapshot->detail && strcmp(f->snapshot->detail->name->id, id) == 0;
}

static bool has_difference(const struct fixture *f, const void *unused)
{
    (void)unused;
    return f->snapshot->past->difference;
}

static void look(struct fixture *f, const struct look_request *request)
{
    struct command command = { .kind = COMMAND_LOOK, .slot = SLOT_NONE, .look = *request };
    assert_int_equal(feed_send(f->feed, &command), 0);
}

static void look_at(struct fixture *f, size_t pass)
{
    look(f, &(struct look_request){ .kind = LOOK_AT, .at = f->shown[pass].at });
    wait_until(f, is_at, &f->shown[pass].at);
}

static const struct snapshot_row *past_row(const struct fixture *f, const char *id,
                                           uint32_t *ret_slot)
{
    for (uint32_t slot = 0; slot < f->snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(f->snapshot, slot);
        if (row && strcmp(row->name->id, id) == 0) {
            if (ret_slot)
                *ret_slot = slot;
            return row;
        }
    }
    return NULL;
}

static void assert_same_row(const struct snapshot_row *live, const struct snapshot_row *past)
{
    assert_int_equal(past->servers_per_host, live->servers_per_host);
    assert_int_equal(past->target_ppb, live->target_ppb);
    assert_int_equal(past->hosts, live->hosts);
    assert_int_equal(past->total_servers, live->total_servers);
    assert_int_equal(past->free_servers, live->free_servers);
    assert_int_equal(past->pending_hosts, live->pending_hosts);
    assert_int_equal(past->unconfirmed_hosts, live->unconfirmed_hosts);
    assert_int_equal(past->desired_hosts, live->desired_hosts);
    assert_int_equal(past->raw_delta, live->raw_delta);
    assert_int_equal(past->delta, live->delta);
    assert_int_equal(past->wanted_delta, live->wanted_delta);
    assert_int_equal(past->state, live->state);
    assert_int_equal(past->base_state, live->base_state);
    assert_int_equal(past->action, live->action);
    assert_int_equal(past->reason, live->reason);
    assert_memory_equal(past->later_reasons, live->later_reasons, sizeof live->later_reasons);
}

static void assert_same_totals(const struct fleet_totals *live, const struct fleet_totals *past)
{
    assert_int_equal(past->deployments, live->deployments);
    assert_int_equal(past->hosts, live->hosts);
    assert_int_equal(past->pending_hosts, live->pending_hosts);
    assert_int_equal(past->servers, live->servers);
    assert_int_equal(past->free_servers, live->free_servers);
    assert_int_equal(past->wanted_up_hosts, live->wanted_up_hosts);
    assert_int_equal(past->wanted_down_hosts, live->wanted_down_hosts);
}

/*
 * The sums of each minute before are those of the last pass in it. At first, deployments are missing whose status could
 * not be read when the group began.
 */
static void assert_sums(const struct fixture *f)
{
    const struct snapshot_past *past = f->snapshot->past;
    assert_true(past->sums_count > 0);
    for (size_t i = UNREAD_MINUTES; i < past->sums_count; i++) {
        const struct snapshot_sums *sums = &past->sums[i];
        size_t pass = 0;
        while (pass < PASSES && f->shown[pass].at.ms != sums->at.ms)
            pass++;
        assert_true(pass < PASSES);
        assert_int_equal(sums->hosts, f->shown[pass].totals.hosts);
        assert_int_equal(sums->servers, f->shown[pass].totals.servers);
        assert_int_equal(sums->free_servers, f->shown[pass].totals.free_servers);
        assert_int_equal(sums->pending_hosts, f->shown[pass].totals.pending_hosts);
    }
    assert_int_equal(past->sums[past->sums_count - 1].at.ms, f->snapshot->at.ms);
}

static void assert_shown(const struct fixture *f, size_t pass)
{
    assert_sums(f);
    const struct shown *shown = &f->shown[pass];
    const struct snapshot *snapshot = f->snapshot;
    assert_int_equal(snapshot->at.ms, shown->at.ms);
    assert_int_equal(snapshot->pass.number, shown->pass.number);
    assert_int_equal(snapshot->pass.started.ms, shown->pass.started.ms);
    assert_int_equal(snapshot->pass.scaled, shown->pass.scaled);
    assert_int_equal(snapshot->pass.held, shown->pass.held);
    assert_int_equal(snapshot->pass.failed, shown->pass.failed);
    assert_int_equal(snapshot->pass.hosts_added, shown->pass.hosts_added);
    assert_int_equal(snapshot->pass.hosts_removed, shown->pass.hosts_removed);
    assert_same_totals(&shown->totals, &snapshot->totals);
    for (size_t i = 0; i < shown->count; i++) {
        const struct snapshot_row *row = past_row(f, shown->rows[i].id, NULL);
        assert_non_null(row);
        assert_true(row->is_listed);
        assert_same_row(&shown->rows[i].row, row);
    }
}

static void open_past(struct fixture *f)
{
    struct error err;
    struct past_feed_config config = { .path = f->directory,
                                       .version = "1.0",
                                       .redaction = f->redaction };
    assert_int_equal(past_feed_open(&config, &f->past, &err), 0);
    assert_int_equal(past_feed_start(f->past, &err), 0);
    f->feed = past_feed_feed(f->past);
    wait_until(f, is_at, &f->shown[PASSES - 1].at);
}

/* --- set-up ------------------------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

/* One recording for all tests, which only read it. */
static int set_up_group(void **state)
{
    struct fixture *f = &fixture;
    *state = f;
    *f = (struct fixture){ .directory = "/tmp/autoscaler-past-XXXXXX" };
    if (!mkdtemp(f->directory) || pipe(f->wakes))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/recording.db", f->directory);
    record(f);
    return 0;
}

static int tear_down_group(void **state)
{
    struct fixture *f = *state;
    close(f->wakes[0]);
    close(f->wakes[1]);
    return nftw(f->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int set_up(void **state)
{
    *state = &fixture;
    if (redaction_create(&fixture.redaction))
        return -1;
    open_past(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->snapshot)
        feed_release(f->feed, f->snapshot);
    f->snapshot = NULL;
    past_feed_close(f->past);
    redaction_destroy(f->redaction);
    return 0;
}

/* --- tests ------------------------------------------------------------------------------------------------------- */

/* Forwards, backwards, within a group and over its borders. */
static void every_moment_is_what_was_shown(void **state)
{
    struct fixture *f = *state;
    static const size_t passes[] = { PASSES - 1, 0, 1, 2, 59, 60, 61, 58, 119, 120, 121, 5, 100 };
    for (size_t i = 0; i < COUNT_OF(passes); i++) {
        look_at(f, passes[i]);
        assert_shown(f, passes[i]);
    }
}

static void steps_go_from_pass_to_pass(void **state)
{
    struct fixture *f = *state;
    for (size_t pass = PASSES - 1; pass-- > PASSES - 70;) {
        look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = -1 });
        wait_until(f, is_at, &f->shown[pass].at);
        assert_shown(f, pass);
    }
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = 30 });
    wait_until(f, is_at, &f->shown[PASSES - 40].at);
    assert_shown(f, PASSES - 40);
}

static size_t step_to(struct fixture *f, size_t pass, int32_t steps)
{
    pass = (size_t)((int64_t)pass + steps);
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = steps });
    wait_until(f, is_at, &f->shown[pass].at);
    assert_shown(f, pass);
    return pass;
}

/* Passes that were read are taken back, done again, and read on from, also across the beginning of a group. */
static void steps_back_and_forth_show_the_same(void **state)
{
    struct fixture *f = *state;
    size_t pass = PASSES - 1;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 12; i++)
            pass = step_to(f, pass, -1);
        for (int i = 0; i < 5; i++)
            pass = step_to(f, pass, 1);
        pass = step_to(f, pass, -9);
        pass = step_to(f, pass, 4);
    }
    look_at(f, PASSES - 30);
    pass = PASSES - 30;
    for (int i = 0; i < 6; i++)
        pass = step_to(f, pass, -2);
    for (int i = 0; i < 16; i++)
        pass = step_to(f, pass, 1);
    step_to(f, pass, (int32_t)(PASSES - 1 - pass));
}

static void a_time_between_passes_is_that_of_the_one_before(void **state)
{
    struct fixture *f = *state;
    struct wall later = { f->shown[7].at.ms + 1000 };
    look(f, &(struct look_request){ .kind = LOOK_AT, .at = later });
    wait_until(f, is_at, &f->shown[7].at);
    assert_shown(f, 7);
}

static void the_ends_are_said(void **state)
{
    struct fixture *f = *state;
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = 1 });
    wait_until(f, says, "end of the recording");
    look(f, &(struct look_request){ .kind = LOOK_AT, .at = { 1000 } });
    wait_until(f, says, "the recording begins at ");
    assert_shown(f, 0);
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = -1 });
    wait_until(f, says, "beginning of the recording");
    assert_int_equal(f->snapshot->past->first.ms, f->shown[0].at.ms);
    assert_int_equal(f->snapshot->past->last.ms, f->shown[PASSES - 1].at.ms);
}

static void it_plays_to_the_end(void **state)
{
    struct fixture *f = *state;
    look_at(f, PASSES - 20);
    look(f, &(struct look_request){ .kind = LOOK_PLAY, .speed_millis = 500000000 });
    wait_until(f, says, "end of the recording");
    assert_shown(f, PASSES - 1);
    assert_int_equal(f->snapshot->past->speed_millis, 0);
}

static void playing_is_stopped_where_it_is(void **state)
{
    struct fixture *f = *state;
    look_at(f, 3);
    look(f, &(struct look_request){ .kind = LOOK_PLAY, .speed_millis = 1 });
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = 2 });
    wait_until(f, is_at, &f->shown[5].at);
    assert_int_equal(f->snapshot->past->speed_millis, 1);
    look(f, &(struct look_request){ .kind = LOOK_PLAY, .speed_millis = 0 });
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = -1 });
    wait_until(f, is_at, &f->shown[4].at);
    assert_int_equal(f->snapshot->past->speed_millis, 0);
    assert_shown(f, 4);
}

/* The steps of the explanation are decided again from the recorded input. */
static void the_decision_of_then_is_explained(void **state)
{
    struct fixture *f = *state;
    uint32_t slot = SLOT_NONE;
    look_at(f, 70);
    const struct snapshot_row *row = past_row(f, f->shown[70].rows[5].id, &slot);
    struct command command = { .kind = COMMAND_FOCUS, .slot = slot };
    snprintf(command.id, sizeof command.id, "%s", row->name->id);
    assert_int_equal(feed_send(f->feed, &command), 0);
    wait_until(f, has_detail, command.id);
    const struct snapshot_detail *detail = f->snapshot->detail;
    assert_true(detail->step_count > 3);
    assert_int_equal(detail->manual_delta, 0);
    size_t read = 0;
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        read += detail->history[i].is_read;
    assert_true(read >= SNAPSHOT_HISTORY_LENGTH / 2);
    look_at(f, 71);
    assert_true(has_detail(f, command.id));
}

static int32_t hosts_of(const struct shown *shown, const char *id)
{
    for (size_t i = 0; i < shown->count; i++)
        if (strcmp(shown->rows[i].id, id) == 0)
            return shown->rows[i].row.hosts;
    return -1;
}

static void check_difference(const struct fixture *f, size_t from, size_t to)
{
    const struct snapshot_difference *difference = f->snapshot->past->difference;
    int64_t added = 0;
    int64_t removed = 0;
    int64_t wanted = 0;
    assert_int_equal(difference->from.ms, f->shown[from].at.ms);
    assert_int_equal(difference->to.ms, f->shown[to].at.ms);
    assert_true(difference->count > 0);
    for (size_t i = 0; i < difference->count; i++) {
        const struct snapshot_change *change = &difference->changes[i];
        assert_int_equal(change->before.hosts, hosts_of(&f->shown[from], change->shown));
        assert_int_equal(change->after.hosts, hosts_of(&f->shown[to], change->shown));
        added += change->added;
        removed += change->removed;
    }
    for (size_t pass = from + 1; pass <= to; pass++)
        wanted += f->shown[pass].pass.hosts_added;
    assert_int_equal(added, wanted);
    assert_true(removed >= 0);
}

static void two_moments_are_compared(void **state)
{
    struct fixture *f = *state;
    look_at(f, 100);
    look(f, &(struct look_request){ .kind = LOOK_COMPARE, .at = f->shown[40].at });
    wait_until(f, has_difference, NULL);
    check_difference(f, 40, 100);
    assert_shown(f, 100);
    look_at(f, 3);
    look(f, &(struct look_request){ .kind = LOOK_COMPARE, .at = f->shown[130].at });
    wait_until(f, has_difference, NULL);
    check_difference(f, 3, 130);
    assert_shown(f, 3);
}

/* The lines begin anew with a jump, and none is of a later time. */
static void the_log_is_that_of_then(void **state)
{
    struct fixture *f = *state;
    look_at(f, 100);
    look_at(f, 50);
    assert_true(f->snapshot->past->is_jump);
    assert_true(f->snapshot->line_count > 50);
    for (size_t i = 0; i < f->snapshot->line_count; i++)
        assert_true(f->snapshot->lines[i].at.ms <= f->snapshot->at.ms);
    look(f, &(struct look_request){ .kind = LOOK_STEP, .steps = 1 });
    wait_until(f, is_at, &f->shown[51].at);
    assert_false(f->snapshot->past->is_jump);
    assert_true(f->snapshot->line_count > 0);
    for (size_t i = 0; i < f->snapshot->line_count; i++)
        assert_true(f->snapshot->lines[i].at.ms > f->shown[50].at.ms);
}

/* A secret that is new while the past is looked at. */
static void the_log_has_no_secret(void **state)
{
    struct fixture *f = *state;
    look_at(f, 100);
    assert_non_null(strstr(f->snapshot->lines[0].text, "deployment="));
    assert_int_equal(redaction_set(f->redaction, "deployment="), 0);
    look_at(f, 50);
    assert_true(f->snapshot->line_count > 50);
    for (size_t i = 0; i < f->snapshot->line_count; i++)
        assert_null(strstr(f->snapshot->lines[i].text, "deployment="));
    assert_non_null(strstr(f->snapshot->lines[0].text, "(token)"));
}

static void nothing_can_be_sent(void **state)
{
    struct fixture *f = *state;
    static const enum command_kind kinds[] = { COMMAND_PASS, COMMAND_PAUSE_ALL, COMMAND_SCALE,
                                               COMMAND_DRY_RUN_OFF, COMMAND_RELOAD };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct command command = { .kind = kinds[i], .slot = 0, .delta = 1 };
        assert_int_equal(feed_send(f->feed, &command), 0);
        wait_until(f, says, "nothing can be asked");
        assert_false(f->snapshot->acks[0].is_accepted);
    }
}

static void it_ends_when_asked(void **state)
{
    struct fixture *f = *state;
    struct command command = { .kind = COMMAND_STOP, .slot = SLOT_NONE };
    struct pollfd watched = { .fd = feed_descriptor(f->feed), .events = POLLIN };
    assert_int_equal(feed_send(f->feed, &command), 0);
    while (!feed_is_over(f->feed)) {
        assert_int_equal(poll(&watched, 1, PATIENCE_MS), 1);
        feed_settle(f->feed);
        const struct snapshot *snapshot;
        while ((snapshot = feed_next(f->feed)))
            feed_release(f->feed, snapshot);
    }
}

static void a_recording_without_a_pass_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/autoscaler-empty-XXXXXX";
    char file[128];
    struct recording_file *recording = NULL;
    struct recording_opening opening;
    struct past_feed *past = NULL;
    struct error err;
    assert_non_null(mkdtemp(path));
    snprintf(file, sizeof file, "%s/recording.db", path);
    assert_int_equal(
        recording_file_open(file, "rest http://a", (struct wall){ 1 }, &recording, &opening, &err),
        0);
    recording_file_close(recording, true);
    struct past_feed_config config = { .path = path, .version = "1.0" };
    assert_int_not_equal(past_feed_open(&config, &past, &err), 0);
    assert_non_null(strstr(err.msg, "no pass is recorded"));
    assert_null(past);
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_moment_is_what_was_shown),
        TEST(steps_go_from_pass_to_pass),
        TEST(steps_back_and_forth_show_the_same),
        TEST(a_time_between_passes_is_that_of_the_one_before),
        TEST(the_ends_are_said),
        TEST(it_plays_to_the_end),
        TEST(playing_is_stopped_where_it_is),
        TEST(the_decision_of_then_is_explained),
        TEST(two_moments_are_compared),
        TEST(the_log_is_that_of_then),
        TEST(the_log_has_no_secret),
        TEST(nothing_can_be_sent),
        TEST(it_ends_when_asked),
        cmocka_unit_test(a_recording_without_a_pass_is_refused),
    };
    return cmocka_run_group_tests_name("past_feed", tests, set_up_group, tear_down_group);
}
