#include "engine/run/past/past_feed_state.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define REAL_SPEED_MILLIS 1000

/* While nothing was recorded for longer than this, playing goes on at once. */
#define GAP_WAIT_MS 3000

/* What there is no memory for, and a console that does not take a snapshot, are tried again after this time. */
#define RETRY_MS 200

/* While a recording is not written, it is longer than this without a pass. */
#define GAP_INTERVALS 10

/* At least so many passes are read before a moment that is jumped to, if there are: what a row shows of its past. */
#define PASSES_BEFORE SNAPSHOT_TREND_LENGTH

/* --- answers --------------------------------------------------------------------------------------------------- */

static void say(struct past_feed *past, enum command_kind kind, uint32_t serial, bool is_accepted,
                const char *sentence)
{
    struct command_ack ack = { .kind = kind, .serial = serial, .is_accepted = is_accepted };
    snprintf(ack.text, sizeof ack.text, "%s", sentence);
    publisher_acknowledge(past->publisher, &ack);
    past->is_publish_due = true;
}

static void note(struct past_feed *past, const char *sentence)
{
    say(past, COMMAND_LOOK, 0, true, sentence);
}

static void complain(struct past_feed *past, const struct error *err)
{
    past->is_walking = false;
    past->comparing = COMPARE_NOT;
    say(past, COMMAND_LOOK, 0, false, err->msg);
}

void past_feed_take_line(void *context, const struct event *event)
{
    struct past_feed *past = context;
    const struct snapshot_line *line =
        lines_take(&past->lines, event, past_fleet_at(past->fleet), past->redaction);
    if (line)
        publisher_mirror_line(past->publisher, line);
    else
        publisher_mirror_lost(past->publisher, 1);
}

/* --- going there ----------------------------------------------------------------------------------------------- */

static void jump(struct past_feed *past, int64_t group)
{
    recording_reader_go_to_group(past->reader, group);
    past_fleet_reset(past->fleet);
    publisher_forget_lines(past->publisher);
    lines_fini(&past->lines);
    past->is_read = false;
    past->is_jump = true;
}

static void arrive(struct past_feed *past)
{
    past->is_walking = false;
    past_fleet_arrive(past->fleet);
    past->at = past_fleet_at(past->fleet);
    past->version++;
    if (!past->is_play_moved || past->comparing != COMPARE_NOT)
        return;
    past->is_play_moved = false;
    past->play_from = past->at;
    past->play_since = mono_now();
}

/* Frame by frame, from where the reader is. */
static void walk_to(struct past_feed *past, const struct recorded_moment *target)
{
    past->target = *target;
    past->is_publish_due = true;
    past->is_walking = !past->is_read || recording_reader_position(past->reader) < target->seq;
    if (!past->is_walking)
        arrive(past);
}

/* The lines up to the moment, again: it was read before. */
static void repeat_lines(struct past_feed *past)
{
    struct line_batch batch = { 0 };
    struct wall at = past_fleet_at(past->fleet);
    publisher_forget_lines(past->publisher);
    publisher_mirror_lost(past->publisher, past->lines.lost);
    if (lines_list(&past->lines, &batch))
        publisher_mirror_lost(past->publisher, (int64_t)past->lines.count);
    for (size_t i = 0; batch.array && i < past->lines.count; i++)
        if (batch.array[i].at.ms <= at.ms)
            publisher_mirror_line(past->publisher, &batch.array[i]);
    line_batch_fini(&batch);
    past->is_jump = true;
}

/*
 * True: it was among the passes that were read last, and nothing was read. A comparison reads: it counts the orders of
 * each pass.
 */
static bool go_by_memory(struct past_feed *past, const struct recorded_moment *target)
{
    bool is_comparing = past->comparing != COMPARE_NOT;
    int64_t seq = past_fleet_seq(past->fleet);
    if (!past->is_read || !past_fleet_go(past->fleet, is_comparing ? INT64_MAX : target->seq))
        return false;
    past->target = *target;
    past->is_publish_due = true;
    if (seq != target->seq)
        repeat_lines(past);
    arrive(past);
    return true;
}

/* What is behind, or so far ahead that passes would be read for nothing, is jumped to. */
static void go_to(struct past_feed *past, const struct recorded_moment *target)
{
    struct error err;
    int64_t group;
    int64_t position = recording_reader_position(past->reader);
    if (go_by_memory(past, target))
        return;
    if (recording_moments_group_before(past->reader, target, PASSES_BEFORE, &group, &err)) {
        complain(past, &err);
        return;
    }
    if (!past->is_read || position > target->seq || position < group)
        jump(past, group);
    walk_to(past, target);
}

static void show(struct past_feed *past, const struct recorded_moment *moment)
{
    past->wanted = *moment;
    go_to(past, moment);
}

/* One frame. The end of the file comes first when passes cannot be read. */
static void walk(struct past_feed *past)
{
    struct error err;
    int found = past_fleet_next(past->fleet, past->reader, &err);
    past->is_read = true;
    if (found < 0)
        complain(past, &err);
    else if (found == 0 ||
             (found == 1 && recording_reader_position(past->reader) >= past->target.seq))
        arrive(past);
}

/* --- what the operator looks at -------------------------------------------------------------------------------- */

static void look_at(struct past_feed *past, struct wall at)
{
    struct recorded_moment target;
    struct error err;
    char sentence[64 + WALL_TEXT_SIZE];
    char time[WALL_TEXT_SIZE];
    int found = recording_moments_at(past->reader, at, &target, &err);
    if (found < 0)
        complain(past, &err);
    else if (found == 0)
        note(past, "no pass is recorded");
    if (found <= 0)
        return;
    if (target.ended.ms > at.ms) {
        wall_format(target.ended, time);
        snprintf(sentence, sizeof sentence, "the recording begins at %.19s", time);
        note(past, sentence);
    }
    show(past, &target);
}

/* From the moment that is wanted, which may be a pass that cannot be read. */
static void look_on(struct past_feed *past, int64_t steps)
{
    struct recorded_moment from = past->wanted;
    struct recorded_moment target = from;
    struct error err;
    int found = recording_moments_step(past->reader, from.seq, steps, &target, &err);
    if (found < 0)
        complain(past, &err);
    else if (target.seq == from.seq || found == 0)
        note(past, steps < 0 ? "this is the beginning of the recording"
                             : "this is the end of the recording");
    else
        show(past, &target);
}

static void begin_playing(struct past_feed *past, int32_t speed_millis)
{
    past->speed_millis = speed_millis;
    past->is_play_moved = past->is_walking;
    past->play_from = past->at;
    past->play_since = mono_now();
    past->version++;
    past->is_publish_due = true;
}

/* --- comparing ------------------------------------------------------------------------------------------------- */

static void begin_comparing(struct past_feed *past, struct wall at)
{
    struct recorded_moment other;
    struct error err;
    int found = recording_moments_at(past->reader, at, &other, &err);
    if (found < 0)
        complain(past, &err);
    if (found <= 0)
        return;
    bool is_before = other.seq < past->wanted.seq;
    past->comparing = COMPARE_TO_FIRST;
    past->second = is_before ? past->wanted : other;
    go_to(past, is_before ? &other : &past->wanted);
}

static void end_comparing(struct past_feed *past)
{
    past_difference_destroy(past->comparison);
    past->comparison = NULL;
    past->comparing = COMPARE_NOT;
}

static void lack_memory(struct past_feed *past)
{
    struct error err;
    error_no_memory(&err);
    end_comparing(past);
    complain(past, &err);
}

/* The moment that was walked to is reached. */
static void go_on_comparing(struct past_feed *past)
{
    enum comparing comparing = past->comparing;
    if (comparing == COMPARE_TO_FIRST) {
        past->comparing = COMPARE_TO_SECOND;
        if (past_difference_begin(past->fleet, &past->comparison))
            lack_memory(past);
        else
            walk_to(past, &past->second); /* each pass between them counts */
    } else if (comparing == COMPARE_TO_SECOND) {
        past->comparing = COMPARE_BACK;
        heap_free(past->difference);
        past->difference = NULL;
        if (past_difference_end(past->comparison, past->fleet, past->redaction, &past->difference))
            lack_memory(past);
        else
            go_to(past, &past->wanted);
    } else {
        end_comparing(past);
    }
}

/* --- commands -------------------------------------------------------------------------------------------------- */

static void look(struct past_feed *past, const struct look_request *look)
{
    end_comparing(past);
    switch (look->kind) {
    case LOOK_AT:
        look_at(past, look->at);
        break;
    case LOOK_STEP:
        look_on(past, look->steps);
        break;
    case LOOK_PLAY:
        begin_playing(past, look->speed_millis);
        return;
    case LOOK_COMPARE:
        begin_playing(past, 0);
        begin_comparing(past, look->at);
        return;
    }
    begin_playing(past, past->speed_millis);
}

static void carry_out(struct past_feed *past, const struct command *command)
{
    if (command->kind == COMMAND_LOOK) {
        look(past, &command->look);
    } else if (command->kind == COMMAND_FOCUS) {
        publisher_focus(past->publisher, command->slot, 0);
        past->is_publish_due = true;
    } else if (command->kind == COMMAND_STOP) {
        past->is_over = true;
    } else {
        say(past, command->kind, command->serial, false,
            "this is the past: nothing can be asked of it");
    }
}

/* --- snapshots ------------------------------------------------------------------------------------------------- */

/* Behind the name of the back end. */
static const char *url_of(const struct past_feed *past)
{
    const char *space = strchr(past->api, ' ');
    return space ? space + 1 : past->api;
}

static void fill_engine(struct past_feed *past, const struct publish_context *context,
                        struct snapshot_engine *ret_engine)
{
    struct past_modes modes;
    past_fleet_modes(past->fleet, &modes);
    *ret_engine = (struct snapshot_engine){
        .version = past->config.version,
        .api_url = url_of(past),
        .is_paused = modes.is_paused,
        .is_dry_run = modes.is_dry_run,
        .is_read_only = modes.is_read_only,
        .is_latched = modes.is_latched,
        .last_read = { modes.last_read.ms },
        .pass_interval_ms = past_fleet_interval_ms(past->fleet),
    };
    if (!modes.is_paused)
        return;
    publish_context_pause(context, NULL, &ret_engine->pause);
    ret_engine->paused_at = ret_engine->pause.since;
}

static struct snapshot_pass shown_pass(const struct pass_summary *pass)
{
    return (struct snapshot_pass){
        .number = pass->number,
        .started = { pass->started.ms },
        .took_ms = pass->took_ms,
        .deployments = pass->deployments,
        .read = pass->read,
        .scaled = pass->scaled,
        .would_scale = pass->would_scale,
        .hosts_added = pass->hosts_added,
        .hosts_removed = pass->hosts_removed,
        .held = pass->held,
        .failed = pass->failed,
        .unconfirmed = pass->unconfirmed,
    };
}

static struct snapshot_past shown_past(struct past_feed *past)
{
    struct recorded_moment first = past->wanted;
    struct recorded_moment last = past->wanted;
    struct error err;
    recording_moments_first(past->reader, &first, &err);
    recording_moments_last(past->reader, &last, &err);
    return (struct snapshot_past){ .first = first.ended,
                                   .last = last.ended,
                                   .speed_millis = past->speed_millis,
                                   .is_jump = past->is_jump };
}

/* False: the console has not taken it. */
static bool publish(struct past_feed *past)
{
    struct snapshot_engine engine;
    struct snapshot_pass pass = shown_pass(past_fleet_pass(past->fleet));
    struct snapshot_past shown = shown_past(past);
    shown.sums_count = past_fleet_sums(past->fleet, shown.sums);
    struct publish_context context = { .now = { past->at.ms },
                                       .wall = past->at,
                                       .speed_millis = REAL_SPEED_MILLIS,
                                       .version = past->config.version,
                                       .api_url = url_of(past),
                                       .pauses = past_pauses_source(past->pauses) };
    past_pauses_look_at(past->pauses, past->at);
    fill_engine(past, &context, &engine);
    struct publish_source source = {
        .fleet = past_fleet_fleet(past->fleet),
        .summary = past_fleet_summary(past->fleet),
        .version = past->version,
        .engine = &engine,
        .pass = &pass,
        .past = &shown,
        .difference = past->difference,
    };
    if (!publisher_publish_source(past->publisher, &source, &context))
        return false;
    past->difference = NULL; /* the snapshot's */
    past->is_jump = false;
    return true;
}

static void publish_or_retry(struct past_feed *past)
{
    past->is_publish_due = !publish(past);
    past->publish_at = past->is_publish_due ? mono_after(mono_now(), RETRY_MS) : (struct mono){ 0 };
}

/* --- playing --------------------------------------------------------------------------------------------------- */

static bool find_next(struct past_feed *past, struct recorded_moment *ret_next)
{
    struct error err;
    struct recorded_moment next = past->wanted;
    int found = recording_moments_step(past->reader, past->wanted.seq, 1, &next, &err);
    if (found < 0)
        complain(past, &err);
    *ret_next = next;
    return found > 0 && next.seq > past->wanted.seq;
}

static struct wall play_time(const struct past_feed *past)
{
    int64_t passed_ms = mono_now().ms - past->play_since.ms;
    return (struct wall){ past->play_from.ms +
                          mul_div(passed_ms, past->speed_millis, REAL_SPEED_MILLIS) };
}

/* Milliseconds until the next moment is due; 0: it is. */
static int64_t wait_for_next(struct past_feed *past)
{
    struct recorded_moment next;
    if (!find_next(past, &next)) {
        begin_playing(past, 0);
        note(past, "this is the end of the recording");
        return 0;
    }
    int64_t left_ms = max_i64(0, next.ended.ms - play_time(past).ms);
    int64_t wait_ms = mul_div(left_ms, REAL_SPEED_MILLIS, past->speed_millis);
    bool is_gap = next.ended.ms - past->at.ms > GAP_INTERVALS * past_fleet_interval_ms(past->fleet);
    if (wait_ms > GAP_WAIT_MS && is_gap) {
        past->play_from = next.ended;
        past->play_since = mono_now();
        return 0;
    }
    return wait_ms;
}

/* Moments that are over already are read and not shown. */
static void play_on(struct past_feed *past)
{
    struct recorded_moment target;
    struct error err;
    int found = recording_moments_at(past->reader, play_time(past), &target, &err);
    if (found < 0)
        complain(past, &err);
    else if (found > 0 && target.seq > past->wanted.seq)
        show(past, &target);
    else
        look_on(past, 1);
}

/* --- the thread ------------------------------------------------------------------------------------------------ */

static void take_signals(struct past_feed *past)
{
    struct signalfd_siginfo signal;
    while (read(past->watched[WATCH_SIGNALS].fd, &signal, sizeof signal) == (ssize_t)sizeof signal)
        past->is_over = true;
}

static void wait_for_news(struct past_feed *past, int64_t wait_ms)
{
    uint64_t count;
    int timeout = wait_ms < 0 ? -1 : (int)min_i64(wait_ms, INT32_MAX);
    if (poll(past->watched, WATCH_COUNT, timeout) <= 0)
        return;
    past->is_over = past->is_over || past->watched[WATCH_CLOSE].revents;
    if (past->watched[WATCH_SIGNALS].revents)
        take_signals(past);
    if (past->watched[WATCH_WAKE].revents) {
        ssize_t size = read(past->watched[WATCH_WAKE].fd, &count, sizeof count);
        must(size == (ssize_t)sizeof count || errno == EAGAIN);
        past->publish_at = (struct mono){ 0 };
    }
}

/* How long nothing is to be done; -1: until something comes. */
static int64_t patience_ms(struct past_feed *past)
{
    bool has_to_retry = past->is_publish_due && past->publish_at.ms != 0;
    int64_t retry_ms = has_to_retry ? max_i64(0, past->publish_at.ms - mono_now().ms) : 0;
    if (past->is_walking || past->comparing != COMPARE_NOT ||
        (past->is_publish_due && !has_to_retry))
        return 0;
    if (past->is_publish_due)
        return retry_ms;
    return past->speed_millis > 0 ? wait_for_next(past) : -1;
}

/* One step: short, so that commands do not wait for long. */
static void step(struct past_feed *past)
{
    if (redaction_follow(past->redaction, past->config.redaction))
        wait_for_news(past, RETRY_MS); /* no memory for a new token */
    else if (past->is_walking)
        walk(past);
    else if (past->comparing != COMPARE_NOT)
        go_on_comparing(past);
    else if (past->is_publish_due)
        publish_or_retry(past);
    else if (past->speed_millis > 0)
        play_on(past);
}

void past_feed_run(void *context)
{
    struct past_feed *past = context;
    struct command command;
    look_at(past, (struct wall){ INT64_MAX });
    while (!past->is_over) {
        wait_for_news(past, patience_ms(past));
        while (feed_take_command(past->feed, &command))
            carry_out(past, &command);
        if (patience_ms(past) == 0)
            step(past);
    }
    feed_close(past->feed);
    if (past->config.over)
        past->config.over();
}
