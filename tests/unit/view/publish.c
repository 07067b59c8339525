/*
 * Each snapshot is compared with the fleet at the time when it was made: shared pages must not show later changes,
 * memory must not be freed while a snapshot uses it, and no change may be missing.
 */
#include "engine/view/publish.h"
#include "engine/core/deployment_state.h"
#include "engine/core/explain.h"
#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/serving.h"
#include "engine/view/publish_lines.h"
#include "engine/view/publish_row.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"
#include "tests/support/world.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#define SLOTS_MAX 400
#define ID_SIZE 48
#define REFERENCES 40 /* more than can be out */
#define HELD_MAX 32

static const struct ledger_timeouts timeouts = { 600000, 600000, 600000 };
#define WALK_STEPS (1600 / SLOWER)
#define WALL_AHEAD_MS INT64_C(1767362600000)

/* --- one row --------------------------------------------------------------------------------------------------- */

static const struct publish_context plain_context = {
    .now = { 50000 },
    .wall = { WALL_AHEAD_MS + 50000 },
    .speed_millis = 1000,
    .version = "0",
    .api_url = "http://localhost",
};

static const struct snapshot_name plain_name = { "eu-1", "eu-1", "eu-1" };

/* A row made from the deployment alone. */
static void make_row(const struct deployment *deployment, const struct snapshot_name *name,
                     bool is_all_paused, const struct publish_context *context, uint32_t known_pass,
                     struct snapshot_row *row)
{
    struct deployment_figures figures;
    deployment_figures_make(deployment, is_all_paused, &figures);
    publish_row_make(deployment, name, &figures, context, known_pass, row);
}

static struct snapshot_row made_row(const struct deployment *deployment,
                                    const struct publish_context *context)
{
    struct snapshot_row row = { 0 };
    make_row(deployment, &plain_name, false, context, 0, &row);
    return row;
}

/* Ninety of a hundred servers busy want one host more for 15 %. */
static struct deployment read_deployment(void)
{
    struct deployment deployment = {
        .is_used = true,
        .is_listed = true,
        .has_status = true,
        .last_pass = 1,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .policy = &policy_default,
        .status = { 10, 100, 10 },
        .status_at = { 20000 },
        .desired_hosts = 11,
        .raw_delta = 1,
        .action = ACTION_HELD,
        .reason = REASON_PAUSED,
    };
    deployment.input = (struct decision_input){
        .policy = &policy_default,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .status = deployment.status,
        .desired_high = 11,
        .gate = REASON_PAUSED,
    };
    return deployment;
}

static void nothing_known_is_minus_one_and_never(void **state)
{
    (void)state;
    struct deployment deployment = { .is_listed = true,
                                     .policy = &policy_default,
                                     .desired_hosts = -1 };
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.servers_per_host, -1);
    assert_int_equal(row.target_ppb, -1);
    assert_int_equal(row.hosts, -1);
    assert_int_equal(row.total_servers, -1);
    assert_int_equal(row.free_servers, -1);
    assert_int_equal(row.desired_hosts, -1);
    assert_int_equal(row.wanted_delta, 0);
    assert_int_equal(row.read_at.ms, 0);
    assert_int_equal(row.acted_at.ms, 0);
    assert_int_equal(row.state, STATE_UNREAD);
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH; i++)
        assert_int_equal(row.trend[i], TREND_UNREAD);
}

static void what_is_known_is_told(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    deployment.last_delta = -2;
    deployment.last_action = ACTION_FAILED;
    deployment.last_scale = (struct mono){ 30000 };
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.servers_per_host, 10);
    assert_int_equal(row.target_ppb, 15 * SHARE_PERCENT);
    assert_int_equal(row.hosts, 10);
    assert_int_equal(row.total_servers, 100);
    assert_int_equal(row.free_servers, 10);
    assert_int_equal(row.read_at.ms, WALL_AHEAD_MS + 20000);
    assert_int_equal(row.acted_at.ms, WALL_AHEAD_MS + 30000);
    assert_int_equal(row.last_delta, -2);
    assert_int_equal(row.last_action, ACTION_FAILED);
    assert_int_equal(row.raw_delta, 1);
    assert_int_equal(row.wanted_delta, 1);
    assert_int_equal(row.state, STATE_UP);
}

static void a_policys_target_is_the_one_in_force(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    struct policy policy = policy_default;
    policy.target_free_ppb = 40 * SHARE_PERCENT;
    deployment.policy = &policy;
    assert_int_equal(made_row(&deployment, &plain_context).target_ppb, 40 * SHARE_PERCENT);
}

static void what_is_on_its_way_is_not_wanted_twice(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    struct ledger ledger = { 0 };
    deployment.ledger = &ledger;
    ledger_send(&ledger, 1, (struct mono){ 30000 }, &timeouts);
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.pending_hosts, 1);
    assert_int_equal(row.wanted_delta, 0);
    ledger_lose(&ledger);
    row = made_row(&deployment, &plain_context);
    assert_int_equal(row.unconfirmed_hosts, 1);
    assert_int_equal(row.state, STATE_UNCONFIRMED);
}

static void who_pauses_makes_no_difference(void **state)
{
    (void)state;
    struct policy paused = policy_default;
    paused.is_paused = true;
    struct deployment deployment = read_deployment();
    deployment.policy = &paused;
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.state, STATE_PAUSED);
    assert_false(row.is_paused);
    deployment = read_deployment();
    deployment.is_operator_paused = true;
    row = made_row(&deployment, &plain_context);
    assert_int_equal(row.state, STATE_PAUSED);
    assert_true(row.is_paused);
    deployment = read_deployment();
    make_row(&deployment, &plain_name, true, &plain_context, 0, &row);
    assert_int_equal(row.state, STATE_PAUSED);
    assert_false(row.is_paused);
}

static bool find_known_pause(void *context, const char *id, struct shown_pause *ret_pause)
{
    (void)id;
    *ret_pause = *(const struct shown_pause *)context;
    return true;
}

static void a_row_has_the_end_of_its_own_pause(void **state)
{
    (void)state;
    struct shown_pause pause = { "ann", "", { 40000 }, { plain_context.now.ms + 60000 } };
    struct publish_context context = plain_context;
    struct policy policy = policy_default;
    struct deployment deployment = read_deployment();
    context.pauses = (struct pause_source){ .find = find_known_pause, .context = &pause };
    deployment.policy = &policy;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms, 0);
    deployment.is_operator_paused = true;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms,
                     context.wall.ms + 60000 * 1000 / context.speed_millis);
    pause.until = MONO_NEVER;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms, 0);
    pause.until = context.now;
    policy.is_paused = true;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms, 0);
}

static void a_scale_by_hand_has_its_own_direction(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    deployment.action = ACTION_SCALED;
    deployment.reason = REASON_ABOVE_TARGET;
    deployment.last_delta = -2;
    assert_int_equal(made_row(&deployment, &plain_context).state, STATE_DOWN);
}

static const struct wall_case {
    const char *name;
    int32_t speed_millis;
    int64_t now_ms;
    int64_t at_ms;
    int64_t wall_ms; /* it is 1,000,000 */
} wall_cases[] = {
    { "now", 1000, 5000, 5000, 1000000 },
    { "a second ago", 1000, 5000, 4000, 999000 },
    { "in a second", 1000, 5000, 6000, 1001000 },
    { "a second ago, twenty times as fast", 20000, 5000, 4000, 999950 },
    { "in a second, twenty times as fast", 20000, 5000, 6000, 1000050 },
    { "a second ago, half as fast", 500, 5000, 4000, 998000 },
    { "a day ago, as slow as it gets", 1, 86400000, 0, 1000000 - INT64_C(86400000000) },
    { "never", 1000, 5000, INT64_MAX, 0 },
};

static void case_has_its_instant(void **state)
{
    const struct wall_case *row = *state;
    struct publish_context context = { .now = { row->now_ms },
                                       .wall = { 1000000 },
                                       .speed_millis = row->speed_millis };
    assert_int_equal(publish_context_wall(&context, (struct mono){ row->at_ms }).ms, row->wall_ms);
}

static void put_sample(struct deployment *deployment, uint32_t pass, int32_t busy, int32_t free)
{
    deployment->last_pass = pass;
    history_put(&deployment->history, pass,
                &(struct history_sample){ .busy_servers = busy, .free_servers = free, .hosts = 1 });
}

static void the_trend_has_a_place_for_every_pass(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    put_sample(&deployment, 1, 100, 0);
    put_sample(&deployment, 2, 0, 100);
    put_sample(&deployment, 3, 0, 0);
    put_sample(&deployment, 5, 50, 50);
    put_sample(&deployment, 6, 199, 1);
    struct snapshot_row row = made_row(&deployment, &plain_context);
    const uint8_t last[] = { 0, 200, TREND_UNREAD, TREND_UNREAD, 100, 1 };
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH - COUNT_OF(last); i++)
        assert_int_equal(row.trend[i], TREND_UNREAD);
    assert_memory_equal(row.trend + SNAPSHOT_TREND_LENGTH - COUNT_OF(last), last, sizeof last);
    /* A pass without a status is a gap, but only once its turn is over. */
    deployment.last_pass = 7;
    deployment.is_reading = true;
    assert_int_equal(made_row(&deployment, &plain_context).trend[SNAPSHOT_TREND_LENGTH - 1], 1);
    deployment.is_reading = false;
    row = made_row(&deployment, &plain_context);
    assert_int_equal(row.trend[SNAPSHOT_TREND_LENGTH - 1], TREND_UNREAD);
    assert_int_equal(row.trend[SNAPSHOT_TREND_LENGTH - 2], 1);
}

static void a_trend_that_goes_on_is_as_one_made_anew(void **state)
{
    (void)state;
    struct random random = { .state = 7 };
    struct deployment deployment = read_deployment();
    struct snapshot_row row = { 0 };
    uint32_t known_pass = 0;
    uint32_t pass = 0;
    for (int i = 0; i < 2000; i++) {
        pass += (uint32_t)random_below(&random, random_below(&random, 10) ? 3 : 40);
        if (pass > deployment.last_pass && random_below(&random, 3))
            put_sample(&deployment, pass, (int32_t)random_below(&random, 90),
                       (int32_t)random_below(&random, 20));
        deployment.last_pass = pass;
        /* What is not listed, or badly defined, has no turns. */
        deployment.is_listed = random_below(&random, 8) > 0;
        make_row(&deployment, &plain_name, false, &plain_context, known_pass, &row);
        known_pass = deployment_last_turn(&deployment);
        struct snapshot_row anew = made_row(&deployment, &plain_context);
        assert_memory_equal(row.trend, anew.trend, sizeof row.trend);
    }
}

/* --- a fleet that is published --------------------------------------------------------------------------------- */

/* The fleet at the time when a version was made. */
struct reference {
    uint64_t version; /* 0: of none */
    size_t slot_count;
    struct snapshot_row rows[SLOTS_MAX];
    char ids[SLOTS_MAX][ID_SIZE]; /* "": none */
    uint32_t line_from;           /* numbers of the lines and acks that come with it */
    uint32_t line_to;
    uint32_t ack_from;
    uint32_t ack_to;
};

struct stand {
    struct reconciler *reconciler;
    struct fleet *fleet;
    struct feed *feed;
    struct publisher *publisher;
    struct publish_context context;
    struct random random;
    uint32_t pass;
    uint32_t id_count;
    uint32_t line_count; /* made so far */
    uint32_t line_told;  /* in snapshots that were taken by the feed */
    uint32_t ack_count;
    uint32_t ack_told;
    const struct snapshot *held[HELD_MAX];
    size_t held_count;
    uint64_t version; /* the last that the console took */
    uint64_t published;
    int32_t wakes;
};

static struct reference references[REFERENCES];

static const struct policy *default_policy(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_default;
}

static void ignore_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static void count_wake(void *context)
{
    int32_t *wakes = context;
    (*wakes)++;
}

static void set_up(struct stand *stand, uint64_t seed)
{
    struct reconciler_config config = {
        .discovery_interval_ms = 60000,
        .pass_interval_ms = 30000,
        .concurrency = 32,
        .policy_of = default_policy,
    };
    watched_heap.live_count = 0;
    watched_heap.live_size = 0;
    watched_heap.succeed_count = -1;
    *stand = (struct stand){ .context = plain_context, .random = { .state = seed }, .pass = 1 };
    memset(references, 0, sizeof references);
    assert_int_equal(reconciler_create(&config, seed, (struct event_sink){ ignore_event, NULL },
                                       stand->context.now, &stand->reconciler),
                     0);
    stand->fleet = stand->reconciler->fleet;
    assert_int_equal(feed_create(count_wake, &stand->wakes, &stand->feed, NULL), 0);
    assert_int_equal(publisher_create(stand->feed, stand->reconciler, &stand->publisher, NULL), 0);
}

static void tear_down(struct stand *stand)
{
    publisher_destroy(stand->publisher);
    feed_destroy(stand->feed);
    reconciler_destroy(stand->reconciler);
    assert_int_equal(watched_heap.live_count, 0);
}

static int32_t draw(struct stand *stand, int64_t below)
{
    return (int32_t)random_below(&stand->random, below);
}

static bool chance(struct stand *stand, int percent)
{
    return draw(stand, 100) < percent;
}

static struct deployment *add(struct stand *stand)
{
    static const char *const names[] = { "eu", "EU-West", "caf\xc3\xa9", "b\xff\x1b[2J" };
    char id[ID_SIZE];
    snprintf(id, sizeof id, "%s-%u", names[draw(stand, COUNT_OF(names))], stand->id_count++);
    struct deployment *deployment;
    assert_int_equal(fleet_add(stand->fleet, id, chance(stand, 5), &deployment), 0);
    deployment->policy = &policy_default;
    deployment->is_listed = true;
    return deployment;
}

static void add_many(struct stand *stand, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(stand);
}

static void move_ledger(struct stand *stand, struct deployment *deployment)
{
    struct ledger *ledger = fleet_open_ledger(stand->fleet, deployment);
    assert_non_null(ledger);
    if (ledger_state(ledger) == LEDGER_IN_FLIGHT) {
        void (*const ends[])(struct ledger *) = { ledger_accept, ledger_refuse, ledger_lose };
        ends[draw(stand, COUNT_OF(ends))](ledger);
    } else if (ledger_state(ledger) == LEDGER_SETTLED) {
        ledger_send(ledger, chance(stand, 50) ? 3 : -2, stand->context.now, &timeouts);
        deployment->last_delta = ledger->entries[ledger->count - 1].delta;
        deployment->last_scale = stand->context.now;
    } else {
        fleet_close_ledger(stand->fleet, deployment);
    }
}

/* Changes any visible value. */
static void change(struct stand *stand, struct deployment *deployment)
{
    int32_t hosts = draw(stand, 50);
    deployment->has_status = true;
    deployment->servers_per_host = 10;
    deployment->target_free_ppb = 15 * SHARE_PERCENT;
    deployment->status = (struct status){ hosts, 10 * hosts, draw(stand, 10 * hosts + 1) };
    deployment->status_at = stand->context.now;
    deployment->is_listed = chance(stand, 90);
    deployment->is_operator_paused = chance(stand, 10);
    deployment->action = (enum action)draw(stand, ACTION_COUNT);
    deployment->reason = (enum reason)draw(stand, REASON_COUNT);
    deployment->delta = draw(stand, 9) - 4;
    deployment->raw_delta = draw(stand, 9) - 4;
    deployment->desired_hosts = draw(stand, 50);
    deployment->input = (struct decision_input){
        .policy = deployment->policy,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .status = deployment->status,
    };
    if (chance(stand, 30))
        move_ledger(stand, deployment);
    if (stand->pass > deployment->last_pass && chance(stand, 70))
        put_sample(deployment, stand->pass, 10 * hosts - deployment->status.free_servers,
                   deployment->status.free_servers);
    deployment->last_pass = stand->pass;
    fleet_mark(stand->fleet, deployment->slot);
}

static struct deployment *any_deployment(struct stand *stand)
{
    size_t count = fleet_slot_count(stand->fleet);
    return count > 0 ? fleet_at(stand->fleet, (uint32_t)draw(stand, (int64_t)count)) : NULL;
}

static void remove_some(struct stand *stand)
{
    struct deployment *deployment = any_deployment(stand);
    if (deployment && ledger_state(deployment->ledger) != LEDGER_IN_FLIGHT)
        fleet_remove(stand->fleet, deployment);
}

static void pause_or_resume(struct stand *stand)
{
    struct command command = { .kind = reconciler_is_paused(stand->reconciler)
                                           ? COMMAND_RESUME_ALL
                                           : COMMAND_PAUSE_ALL };
    struct command_ack ack;
    assert_true(reconciler_command(stand->reconciler, stand->context.now, &command, &ack));
}

static void say(struct stand *stand)
{
    struct event event;
    event_init(&event, EVENT_SCALED);
    event_add_string(&event, "deployment", "eu-1");
    event_add_signed(&event, "delta", ++stand->line_count);
    publisher_take_line(stand->publisher, &event, stand->context.wall);
}

static void acknowledge(struct stand *stand)
{
    struct command_ack ack = { .kind = COMMAND_PASS, .serial = ++stand->ack_count };
    publisher_acknowledge(stand->publisher, &ack);
}

/* --- what it must show ----------------------------------------------------------------------------------------- */

static bool are_rows_equal(const struct snapshot_row *a, const struct snapshot_row *b)
{
    return a->read_at.ms == b->read_at.ms && a->acted_at.ms == b->acted_at.ms &&
           a->servers_per_host == b->servers_per_host && a->target_ppb == b->target_ppb &&
           a->hosts == b->hosts && a->total_servers == b->total_servers &&
           a->free_servers == b->free_servers && a->pending_hosts == b->pending_hosts &&
           a->unconfirmed_hosts == b->unconfirmed_hosts && a->desired_hosts == b->desired_hosts &&
           a->raw_delta == b->raw_delta && a->delta == b->delta &&
           a->wanted_delta == b->wanted_delta && a->last_delta == b->last_delta &&
           a->state == b->state && a->action == b->action && a->reason == b->reason &&
           a->last_action == b->last_action && a->is_paused == b->is_paused &&
           a->is_listed == b->is_listed && a->paused_until.ms == b->paused_until.ms &&
           memcmp(a->trend, b->trend, sizeof a->trend) == 0;
}

/* Made from the current fleet. */
static void keep_reference(const struct stand *stand, struct reference *ret_reference)
{
    *ret_reference = (struct reference){
        .slot_count = fleet_slot_count(stand->fleet),
        .line_from = stand->line_told + 1,
        .line_to = stand->line_count,
        .ack_from = stand->ack_told + 1,
        .ack_to = stand->ack_count,
    };
    assert_true(ret_reference->slot_count <= SLOTS_MAX);
    for (uint32_t slot = 0; slot < ret_reference->slot_count; slot++) {
        const struct deployment *deployment = fleet_at(stand->fleet, slot);
        if (!deployment)
            continue;
        make_row(deployment, NULL, reconciler_is_paused(stand->reconciler), &stand->context, 0,
                 &ret_reference->rows[slot]);
        snprintf(ret_reference->ids[slot], ID_SIZE, "%s", deployment->id);
    }
}

static void check_name(const struct snapshot_name *name, const char *id)
{
    char shown[4 * ID_SIZE];
    struct text text;
    text_init(&text, shown, sizeof shown);
    text_add_escaped(&text, id, strlen(id));
    assert_string_equal(name->id, id);
    assert_string_equal(name->shown, shown);
    for (size_t i = 0; shown[i]; i++)
        shown[i] = (char)(shown[i] >= 'A' && shown[i] <= 'Z' ? shown[i] + 32 : shown[i]);
    assert_string_equal(name->folded, shown);
}

static void check_rows(const struct snapshot *snapshot, const struct reference *reference)
{
    assert_int_equal(snapshot->version, reference->version);
    assert_int_equal(snapshot->slot_count, reference->slot_count);
    for (uint32_t slot = 0; slot < reference->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        assert_int_equal(row != NULL, reference->ids[slot][0] != '\0');
        if (!row)
            continue;
        assert_true(are_rows_equal(row, &reference->rows[slot]));
        check_name(row->name, reference->ids[slot]);
        assert_string_equal(snapshot_policy(snapshot, row), "defaults");
    }
    assert_null(snapshot_row_at(snapshot, (uint32_t)reference->slot_count));
}

static void check_totals(const struct snapshot *snapshot)
{
    struct fleet_totals totals = { 0 };
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        if (!row)
            continue;
        totals.states[row->state]++;
        if (!row->is_listed)
            continue;
        totals.deployments++;
        totals.hosts += row->hosts > 0 ? row->hosts : 0;
        totals.serving_hosts +=
            row->hosts > 0 ? serving_hosts(row->hosts, row->total_servers, row->servers_per_host)
                           : 0;
        totals.pending_hosts += row->pending_hosts;
        totals.servers += row->total_servers > 0 ? row->total_servers : 0;
        totals.free_servers += row->free_servers > 0 ? row->free_servers : 0;
        totals.paused += row->is_paused;
        if (row->is_paused)
            continue;
        totals.wanted_up += row->wanted_delta > 0;
        totals.wanted_down += row->wanted_delta < 0;
        totals.wanted_up_hosts += row->wanted_delta > 0 ? row->wanted_delta : 0;
        totals.wanted_down_hosts += row->wanted_delta < 0 ? -row->wanted_delta : 0;
    }
    assert_memory_equal(totals.states, snapshot->totals.states, sizeof totals.states);
    assert_int_equal(totals.deployments, snapshot->totals.deployments);
    assert_int_equal(totals.hosts, snapshot->totals.hosts);
    assert_int_equal(totals.serving_hosts, snapshot->totals.serving_hosts);
    assert_int_equal(totals.pending_hosts, snapshot->totals.pending_hosts);
    assert_int_equal(totals.servers, snapshot->totals.servers);
    assert_int_equal(totals.free_servers, snapshot->totals.free_servers);
    assert_int_equal(totals.paused, snapshot->totals.paused);
    assert_int_equal(totals.wanted_up, snapshot->totals.wanted_up);
    assert_int_equal(totals.wanted_down, snapshot->totals.wanted_down);
    assert_int_equal(totals.wanted_up_hosts, snapshot->totals.wanted_up_hosts);
    assert_int_equal(totals.wanted_down_hosts, snapshot->totals.wanted_down_hosts);
}

static void check_lines(const struct snapshot *snapshot, const struct reference *reference)
{
    uint32_t number = reference->line_from;
    for (size_t i = 0; i < snapshot->line_count; i++, number++) {
        char words[80];
        snprintf(words, sizeof words, "scaled deployment=eu-1 delta=+%u", number);
        assert_string_equal(snapshot->lines[i].text, words);
        assert_string_equal(snapshot->lines[i].id, "eu-1");
        assert_int_equal(snapshot->lines[i].event, EVENT_SCALED);
        assert_int_equal(snapshot->lines[i].level, LEVEL_INFO);
    }
    assert_int_equal(number, reference->line_to + 1);
    assert_int_equal(snapshot->lines_lost, 0);
}

static void check_acks(const struct snapshot *snapshot, const struct reference *reference)
{
    uint32_t number = reference->ack_from;
    for (size_t i = 0; i < snapshot->ack_count; i++, number++)
        assert_int_equal(snapshot->acks[i].serial, number);
    assert_int_equal(number, reference->ack_to + 1);
}

static struct reference *reference_of(uint64_t version)
{
    for (size_t i = 0; i < REFERENCES; i++)
        if (references[i].version == version)
            return &references[i];
    fail_msg("version %d is unknown", (int)version);
    return &references[0];
}

static void check(const struct snapshot *snapshot)
{
    const struct reference *reference = reference_of(snapshot->version);
    check_rows(snapshot, reference);
    check_totals(snapshot);
    check_lines(snapshot, reference);
    check_acks(snapshot, reference);
}

/* --- both sides ------------------------------------------------------------------------------------------------ */

static bool publish(struct stand *stand)
{
    static struct reference fresh;
    keep_reference(stand, &fresh);
    bool had_news = publisher_has_news(stand->publisher, stand->reconciler);
    if (!publisher_publish(stand->publisher, stand->reconciler, &stand->context)) {
        assert_int_equal(publisher_has_news(stand->publisher, stand->reconciler), had_news);
        return false;
    }
    assert_false(publisher_has_news(stand->publisher, stand->reconciler));
    fresh.version = ++stand->published;
    *reference_of(0) = fresh;
    stand->line_told = stand->line_count;
    stand->ack_told = stand->ack_count;
    return true;
}

/* A name keeps its address while its deployment stays. */
static void check_stability(const struct snapshot *before, const struct snapshot *after)
{
    for (uint32_t slot = 0; slot < before->slot_count; slot++) {
        const struct snapshot_row *old = snapshot_row_at(before, slot);
        const struct snapshot_row *new = snapshot_row_at(after, slot);
        if (old && new)
            assert_int_equal(old->name == new->name, strcmp(old->name->id, new->name->id) == 0);
    }
}

static bool take(struct stand *stand)
{
    const struct snapshot *snapshot = feed_next(stand->feed);
    if (!snapshot)
        return false;
    assert_true(snapshot->version > stand->version);
    check(snapshot);
    for (size_t i = 0; i < stand->held_count; i++)
        if (stand->held[i]->version + 1 == snapshot->version)
            check_stability(stand->held[i], snapshot);
    stand->version = snapshot->version;
    assert_true(stand->held_count < HELD_MAX);
    stand->held[stand->held_count++] = snapshot;
    return true;
}

static void give_back(struct stand *stand, size_t index)
{
    reference_of(stand->held[index]->version)->version = 0;
    feed_release(stand->feed, stand->held[index]);
    stand->held[index] = stand->held[--stand->held_count];
}

static void give_all_back(struct stand *stand)
{
    while (stand->held_count > 0)
        give_back(stand, stand->held_count - 1);
}

static void stir(struct stand *stand)
{
    for (int32_t count = draw(stand, 6); count > 0; count--) {
        struct deployment *deployment = any_deployment(stand);
        if (deployment)
            change(stand, deployment);
    }
    if (chance(stand, 20) && fleet_slot_count(stand->fleet) < SLOTS_MAX - 16)
        add(stand);
    if (chance(stand, 15))
        remove_some(stand);
    if (chance(stand, 3))
        pause_or_resume(stand);
    if (chance(stand, 30))
        say(stand);
    if (chance(stand, 20))
        acknowledge(stand);
    stand->pass += chance(stand, 20);
    stand->context.now.ms += 700;
    stand->context.wall.ms += 700;
}

/* --- walks ----------------------------------------------------------------------------------------------------- */

static const struct walk_case {
    const char *name;
    uint64_t seed;
    int take_percent;
    int give_percent;
    int fail_percent; /* of the publishes run out of memory somewhere */
    bool keeps_first; /* one snapshot stays out for ever */
} walk_cases[] = {
    { "a quick console", 1, 95, 95, 0, false },
    { "a console that holds many", 2, 60, 45, 0, false },
    { "a console that hardly looks", 3, 8, 60, 0, false },
    { "a console that hardly gives back", 4, 60, 8, 0, false },
    { "a frozen screen", 5, 90, 90, 0, true },
    { "no memory now and then", 6, 60, 50, 40, false },
    { "no memory most of the time", 7, 80, 60, 90, false },
    { "a frozen screen and no memory", 8, 90, 80, 50, true },
};

static void walk(struct stand *stand, const struct walk_case *row)
{
    stir(stand);
    if (chance(stand, 60)) {
        watched_heap.succeed_count = chance(stand, row->fail_percent) ? draw(stand, 6) : -1;
        publish(stand);
        watched_heap.succeed_count = -1;
    }
    if (chance(stand, row->take_percent) && stand->held_count < HELD_MAX)
        take(stand);
    size_t first = row->keeps_first ? 1 : 0;
    if (stand->held_count > first && chance(stand, row->give_percent)) {
        /* Any but the first, which stays outstanding: the oldest. */
        size_t count = stand->held_count - first;
        give_back(stand, first + (size_t)draw(stand, (int64_t)count));
    }
}

/* After every step everything that is held is read: memory that is freed or changed too early is found at once. */
static void case_shows_what_was_true(void **state)
{
    const struct walk_case *row = *state;
    struct stand stand;
    set_up(&stand, row->seed);
    add_many(&stand, 120);
    for (int i = 0; i < WALK_STEPS; i++) {
        walk(&stand, row);
        /* All of them now and then, one all the time. */
        for (size_t held = 0; held < stand.held_count; held++)
            if (i % 16 == 0 || held == (size_t)i % stand.held_count)
                check_rows(stand.held[held], reference_of(stand.held[held]->version));
    }
    assert_true(stand.version > 10);
    tear_down(&stand);
}

/* --- what waits for a snapshot --------------------------------------------------------------------------------- */

static void publish_and_take(struct stand *stand)
{
    assert_true(publish(stand));
    assert_true(take(stand));
}

static void a_stuck_console_misses_pictures_and_nothing_else(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, 40);
    int32_t refused = 0;
    for (int i = 0; i < 200; i++) {
        say(&stand);
        acknowledge(&stand);
        change(&stand, fleet_at(stand.fleet, (uint32_t)i % 40));
        refused += !publish(&stand);
    }
    assert_int_equal(refused, 200 - FEED_SNAPSHOTS_MAX);
    /* It reads again: the versions that it missed were never made, and the next one has all changes. */
    while (take(&stand))
        ;
    assert_int_equal(stand.version, FEED_SNAPSHOTS_MAX);
    publish_and_take(&stand);
    assert_int_equal(stand.version, FEED_SNAPSHOTS_MAX + 1);
    const struct snapshot *last = stand.held[stand.held_count - 1];
    assert_int_equal(last->line_count, 200 - FEED_SNAPSHOTS_MAX);
    assert_int_equal(last->ack_count, 200 - FEED_SNAPSHOTS_MAX);
    give_all_back(&stand);
    tear_down(&stand);
}

static void so_many_are_out_and_no_more(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, 40);
    int32_t published = 0;
    for (int i = 0; i < 100; i++) {
        change(&stand, fleet_at(stand.fleet, 7));
        published += publish(&stand);
        while (stand.held_count < HELD_MAX && take(&stand))
            ;
    }
    assert_int_equal(published, FEED_SNAPSHOTS_MAX + 24);
    give_back(&stand, 5);
    publish_and_take(&stand);
    for (size_t i = 0; i < stand.held_count; i++)
        check(stand.held[i]);
    give_all_back(&stand);
    tear_down(&stand);
}

static void more_acknowledgements_than_there_was_room_for(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    for (int i = 0; i < 3 * FEED_COMMANDS_MAX; i++)
        acknowledge(&stand);
    publish_and_take(&stand);
    assert_int_equal(stand.held[0]->ack_count, 3 * FEED_COMMANDS_MAX);
    give_all_back(&stand);
    publish_and_take(&stand);
    assert_int_equal(stand.held[0]->ack_count, 0);
    give_all_back(&stand);
    tear_down(&stand);
}

/* What a console sees of this many lines with texts of this size. */
static const struct flood_case {
    const char *name;
    size_t count;
    size_t text_size;
    size_t shown_min;
    size_t shown_max;
} flood_cases[] = {
    { "as many lines as are kept", PUBLISH_LINES_MAX, 10, PUBLISH_LINES_MAX, PUBLISH_LINES_MAX },
    { "one line more", PUBLISH_LINES_MAX + 1, 10, PUBLISH_LINES_MAX, PUBLISH_LINES_MAX },
    { "three times as many", 3 * PUBLISH_LINES_MAX, 10, PUBLISH_LINES_MAX, PUBLISH_LINES_MAX },
    { "more bytes than are kept", 2000, 8000, 450, 524 },
};

static void case_loses_the_oldest(void **state)
{
    const struct flood_case *row = *state;
    static char error[8192];
    struct stand stand;
    set_up(&stand, 1);
    memset(error, 'x', row->text_size);
    error[row->text_size] = '\0';
    for (size_t i = 0; i < row->count; i++) {
        struct event event;
        event_init(&event, EVENT_STATUS_FAILED);
        event_add_integer(&event, "attempt", (int64_t)i);
        event_add_sentence(&event, "error", error);
        publisher_take_line(stand.publisher, &event, (struct wall){ (int64_t)i });
    }
    assert_true(watched_heap.live_size < 2 * PUBLISH_LINES_SIZE + PUBLISH_LINES_MAX * 100);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_in_range(snapshot->line_count, row->shown_min, row->shown_max);
    assert_int_equal(snapshot->lines_lost + (int64_t)snapshot->line_count, row->count);
    for (size_t i = 0; i < snapshot->line_count; i++) {
        assert_int_equal(snapshot->lines[i].at.ms, snapshot->lines_lost + (int64_t)i);
        assert_null(snapshot->lines[i].id);
    }
    feed_release(stand.feed, snapshot);
    /* They are counted as lost once. */
    publisher_focus(stand.publisher, 1, 0);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    assert_int_equal(feed_next(stand.feed)->lines_lost, 0);
    tear_down(&stand);
}

static void a_line_without_memory_is_counted(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    watched_heap.succeed_count = 0;
    say(&stand);
    watched_heap.succeed_count = -1;
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    feed_next(stand.feed);
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->line_count, 0);
    assert_int_equal(snapshot->lines_lost, 1);
    tear_down(&stand);
}

static void a_line_keeps_the_bytes_of_the_id(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    struct event event;
    event_init(&event, EVENT_DEPLOYMENT_BAD);
    event_add_string(&event, "reason", "bad_id");
    event_add_string(&event, "deployment", "a \x1b[2J\xff");
    publisher_take_line(stand.publisher, &event, (struct wall){ 42 });
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->line_count, 1);
    assert_string_equal(snapshot->lines[0].id, "a \x1b[2J\xff");
    assert_string_equal(snapshot->lines[0].text,
                        "deployment_bad reason=bad_id deployment=\"a \\x1b[2J\\xff\"");
    assert_int_equal(snapshot->lines[0].at.ms, 42);
    assert_int_equal(snapshot->lines[0].level, LEVEL_WARN);
    tear_down(&stand);
}

static void there_are_news_exactly_when_something_changed(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand); /* checks that there are none behind it */
    add(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    say(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    acknowledge(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    publisher_focus(stand.publisher, 0, 0);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    publisher_focus(stand.publisher, 0, 0);
    assert_false(publisher_has_news(stand.publisher, stand.reconciler));
    publisher_focus(stand.publisher, 0, -3);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    pause_or_resume(&stand);
    assert_true(publisher_has_news(stand.publisher, stand.reconciler));
    publish_and_take(&stand);
    give_all_back(&stand);
    tear_down(&stand);
}

static void pages_that_did_not_change_are_shared(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, 160);
    publish_and_take(&stand);
    change(&stand, fleet_at(stand.fleet, 35));
    publish_and_take(&stand);
    const struct snapshot *before = stand.held[0];
    const struct snapshot *after = stand.held[1];
    assert_int_equal(after->page_count, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(before->pages[i] == after->pages[i], i != 2);
    assert_int_equal(before->names_version, after->names_version);
    fleet_remove(stand.fleet, fleet_at(stand.fleet, 0));
    publish_and_take(&stand);
    assert_true(stand.held[2]->names_version != after->names_version);
    give_all_back(&stand);
    tear_down(&stand);
}

/* Replaced by another deployment between two snapshots; gone and back under the same id. */
static void a_slot_with_another_deployment_has_another_name(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    struct deployment *deployment;
    assert_int_equal(fleet_add(stand.fleet, "eu-1", false, &deployment), 0);
    deployment->policy = &policy_default;
    publish_and_take(&stand);
    const char *const ids[] = { "eu-2", "eu-2", "EU-2" };
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        fleet_remove(stand.fleet, fleet_at(stand.fleet, 0));
        assert_int_equal(fleet_add(stand.fleet, ids[i], false, &deployment), 0);
        assert_int_equal(deployment->slot, 0);
        deployment->policy = &policy_default;
        publish_and_take(&stand);
    }
    assert_string_equal(stand.held[0]->pages[0]->rows[0].name->id, "eu-1");
    for (size_t i = 0; i < stand.held_count; i++)
        check(stand.held[i]);
    give_all_back(&stand);
    tear_down(&stand);
}

/* --- the reconciler itself ---------------------------------------------------------------------------------------- */

static void the_head_tells_of_the_reconciler(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    stand.context.speed_millis = 20000;
    stand.context.is_demo = true;
    stand.context.is_insecure = true;
    stand.context.is_stateless = true;
    pause_or_resume(&stand);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->version, 1);
    assert_int_equal(snapshot->at.ms, stand.context.wall.ms);
    assert_string_equal(snapshot->engine.version, "0");
    assert_string_equal(snapshot->engine.api_url, "http://localhost");
    assert_true(snapshot->engine.is_paused);
    assert_true(snapshot->engine.is_insecure);
    assert_true(snapshot->engine.is_stateless);
    assert_int_equal(snapshot->engine.unrecordable_at.ms, 0);
    assert_false(snapshot->engine.is_read_only);
    assert_false(snapshot->engine.is_dry_run);
    assert_false(snapshot->engine.is_stopping);
    assert_int_equal(snapshot->engine.demo_speed_millis, 20000);
    assert_int_equal(snapshot->engine.paused_at.ms, stand.context.wall.ms);
    assert_int_equal(snapshot->engine.discovery_failed_at.ms, 0);
    assert_int_equal(snapshot->engine.last_read.ms, 0);
    assert_int_equal(snapshot->engine.failing_since.ms, 0);
    assert_string_equal(snapshot->engine.failure, "");
    assert_int_equal(snapshot->engine.next_pass.ms, 0);
    assert_int_equal(snapshot->engine.pass_interval_ms, 1500);
    assert_int_equal(snapshot->engine.discovery_interval_ms, 3000);
    assert_int_equal(snapshot->pass.number, 0);
    assert_int_equal(snapshot->pass.started.ms, 0);
    tear_down(&stand);
}

static void the_head_tells_of_a_state_that_is_unavailable(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    reconciler_set_recordable(stand.reconciler, stand.context.now, false);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_int_equal(snapshot->engine.unrecordable_at.ms, stand.context.wall.ms);
    feed_release(stand.feed, snapshot);
    reconciler_set_recordable(stand.reconciler, stand.context.now, true);
    assert_true(publisher_publish(stand.publisher, stand.reconciler, &stand.context));
    assert_int_equal(feed_next(stand.feed)->engine.unrecordable_at.ms, 0);
    tear_down(&stand);
}

/* --- the one in focus ------------------------------------------------------------------------------------------ */

static const struct snapshot_detail *publish_detail(struct stand *stand)
{
    assert_true(publisher_publish(stand->publisher, stand->reconciler, &stand->context));
    const struct snapshot *snapshot = feed_next(stand->feed);
    const struct snapshot_detail *detail = snapshot->detail;
    feed_release(stand->feed, snapshot); /* taken back with the next publish only */
    return detail;
}

static void set_up_one(struct stand *stand, struct deployment **ret_deployment)
{
    set_up(stand, 1);
    struct deployment model = read_deployment();
    assert_int_equal(fleet_add(stand->fleet, "eu-1", false, ret_deployment), 0);
    model.id = (*ret_deployment)->id;
    model.slot = (*ret_deployment)->slot;
    **ret_deployment = model;
}

static void nobody_in_focus_has_no_detail(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    assert_null(publish_detail(&stand));
    publisher_focus(stand.publisher, 0, 0);
    assert_non_null(publish_detail(&stand));
    publisher_focus(stand.publisher, 5, 0);
    assert_null(publish_detail(&stand));
    publisher_focus(stand.publisher, 0, 0);
    assert_non_null(publish_detail(&stand));
    fleet_remove(stand.fleet, deployment);
    assert_null(publish_detail(&stand));
    publisher_focus(stand.publisher, SLOT_NONE, 0);
    assert_null(publish_detail(&stand));
    tear_down(&stand);
}

static void the_detail_has_every_step(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    publisher_focus(stand.publisher, 0, 0);
    const struct snapshot_detail *detail = publish_detail(&stand);
    struct decision decision;
    decide(&deployment->input, &decision);
    assert_int_equal(detail->step_count, decision.step_count);
    for (size_t i = 0; i < decision.step_count; i++) {
        struct explanation step;
        explain_step(&deployment->input, &decision, i, &step);
        assert_memory_equal(&detail->steps[i], &step, sizeof step);
    }
    assert_int_equal(detail->steps[RULE_GATE].verdict, VERDICT_HELD);
    assert_int_equal(detail->steps[RULE_DESIRED].verdict, VERDICT_OK);
    assert_int_equal(detail->slot, 0);
    assert_string_equal(detail->name->id, "eu-1");
    assert_string_equal(detail->failure, "");
    assert_int_equal(detail->min_hosts, 1);
    assert_int_equal(detail->max_hosts, HOSTS_UNLIMITED);
    assert_string_equal(detail->policy, "defaults");
    assert_false(detail->is_target_own);
    assert_int_equal(detail->manual_delta, 0);
    assert_string_equal(detail->manual_refusal, "");
    tear_down(&stand);
}

static void one_that_was_never_read_has_no_steps(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    deployment->input = (struct decision_input){ .policy = &policy_default };
    publisher_focus(stand.publisher, 0, 0);
    assert_int_equal(publish_detail(&stand)->step_count, 0);
    tear_down(&stand);
}

/* In the head, and with a deployment that was not read because of it. */
static void the_first_error_is_published(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    struct reconciler *reconciler = stand.reconciler;
    struct mono since = { stand.context.now.ms - 5000 };
    api_trouble_note(&reconciler->read_trouble, "connection refused", since);
    api_trouble_note(&reconciler->discovery_trouble, "no response", stand.context.now);
    reconciler->last_read = (struct mono){ since.ms - 1000 };
    deployment->action = ACTION_FAILED;
    deployment->reason = REASON_BREAKER_OPEN;
    publisher_focus(stand.publisher, 0, 0);
    assert_true(publisher_publish(stand.publisher, reconciler, &stand.context));
    const struct snapshot *snapshot = feed_next(stand.feed);
    assert_string_equal(snapshot->engine.failure, "connection refused");
    assert_int_equal(stand.context.wall.ms - snapshot->engine.failing_since.ms, 5000);
    assert_int_equal(stand.context.wall.ms - snapshot->engine.last_read.ms, 6000);
    assert_non_null(strstr(snapshot->detail->failure, "; the first error: connection refused"));
    feed_release(stand.feed, snapshot);
    tear_down(&stand);
}

static void a_failure_has_a_sentence_with_and_without_memory(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    deployment->action = ACTION_FAILED;
    deployment->reason = REASON_READ_FAILED;
    deployment->input =
        (struct decision_input){ .policy = &policy_default, .fault = REASON_READ_FAILED };
    publisher_focus(stand.publisher, 0, 0);
    assert_string_equal(publish_detail(&stand)->failure, reason_row(REASON_READ_FAILED)->meaning);
    deployment_set_detail(deployment, "connection refused");
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_string_equal(detail->failure, "connection refused");
    assert_int_equal(detail->step_count, 1);
    assert_int_equal(detail->steps[0].verdict, VERDICT_HELD);
    tear_down(&stand);
}

static void orders_say_how_long_they_count(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    struct policy policy = policy_default;
    policy.confirm_timeout_ms = 90000;
    deployment->policy = &policy;
    struct ledger *ledger = fleet_open_ledger(stand.fleet, deployment);
    *ledger = (struct ledger){ .count = 3, .state = LEDGER_UNCONFIRMED };
    /* The first is seen in full: no order any more. */
    ledger->entries[0] = (struct ledger_entry){ .delta = 4, .seen = 4, .sent = { 10000 } };
    ledger->entries[1] = (struct ledger_entry){ .delta = 6, .seen = 2, .sent = { 20000 } };
    ledger->entries[2] = (struct ledger_entry){ .delta = 3, .sent = { 30000 } };
    publisher_focus(stand.publisher, 0, 0);
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_int_equal(detail->order_count, 2);
    assert_int_equal(detail->orders[0].delta, 6);
    assert_int_equal(detail->orders[0].seen, 2);
    assert_int_equal(detail->orders[0].sent.ms, WALL_AHEAD_MS + 20000);
    assert_int_equal(detail->orders[0].until.ms, WALL_AHEAD_MS + 20000 + 600000);
    assert_false(detail->orders[0].is_unconfirmed);
    assert_int_equal(detail->orders[1].until.ms, WALL_AHEAD_MS + 30000 + 90000);
    assert_true(detail->orders[1].is_unconfirmed);
    /* An unconfirmed shrink waits for the longer of the two. */
    ledger->entries[2].delta = -3;
    detail = publish_detail(&stand);
    assert_int_equal(detail->orders[1].until.ms, WALL_AHEAD_MS + 30000 + 600000);
    ledger->state = LEDGER_IN_FLIGHT;
    detail = publish_detail(&stand);
    assert_true(detail->orders[1].is_in_flight);
    assert_false(detail->orders[1].is_unconfirmed);
    assert_int_equal(detail->orders[1].until.ms, 0);
    /* The last status showed the unconfirmed request: the next one decides. */
    ledger->state = LEDGER_UNCONFIRMED;
    ledger->has_shown = true;
    assert_int_equal(publish_detail(&stand)->orders[1].until.ms, 0);
    ledger->state = LEDGER_SETTLED;
    deployment->policy = &policy_default;
    tear_down(&stand);
}

static void the_history_ends_with_the_last_pass(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    for (uint32_t pass = 1; pass <= 70; pass++)
        if (pass % 10 != 0)
            put_sample(deployment, pass, (int32_t)pass, 1);
    deployment->last_pass = 70;
    publisher_focus(stand.publisher, 0, 0);
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_int_equal(detail->pass, 70);
    for (uint32_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        uint32_t pass = 70 - SNAPSHOT_HISTORY_LENGTH + 1 + i;
        /* What is kept is a window that ends with the last sample. */
        bool is_kept = deployment->history.last_pass - pass < HISTORY_LENGTH || pass > 69;
        assert_int_equal(detail->history[i].is_read, pass % 10 != 0 && is_kept);
        if (detail->history[i].is_read)
            assert_int_equal(detail->history[i].busy_servers, pass);
    }
    tear_down(&stand);
}

static void a_scale_by_hand_is_judged(void **state)
{
    (void)state;
    struct stand stand;
    struct deployment *deployment;
    set_up_one(&stand, &deployment);
    struct policy policy = policy_default;
    policy.max_hosts = 12;
    deployment->policy = &policy;
    publisher_focus(stand.publisher, 0, 2);
    const struct snapshot_detail *detail = publish_detail(&stand);
    assert_int_equal(detail->manual_delta, 2);
    assert_int_equal(detail->manual_hosts, 12);
    assert_int_equal(detail->objection_count, 0);
    assert_string_equal(detail->manual_refusal, "");
    publisher_focus(stand.publisher, 0, 3);
    detail = publish_detail(&stand);
    assert_int_equal(detail->manual_hosts, 13);
    assert_int_equal(detail->objection_count, 1);
    assert_int_equal(detail->objections[0].rule, RULE_MAX_HOSTS);
    publisher_focus(stand.publisher, 0, -11);
    assert_true(publish_detail(&stand)->manual_refusal[0] != '\0');
    reconciler_stop(stand.reconciler, stand.context.now);
    publisher_focus(stand.publisher, 0, 2);
    assert_true(publish_detail(&stand)->manual_refusal[0] != '\0');
    deployment->policy = &policy_default;
    tear_down(&stand);
}

/* --- two threads ----------------------------------------------------------------------------------------------- */

struct watcher {
    struct feed *feed;
    int64_t seen;
    int64_t bad; /* impossible rows, versions that go back */
};

static int64_t bad_rows(const struct snapshot *snapshot)
{
    int64_t bad = 0;
    int32_t listed = 0;
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        if (!row)
            continue;
        listed += row->is_listed;
        bad += row->free_servers > row->total_servers || row->name->id[0] == '\0';
    }
    return bad + (listed != snapshot->totals.deployments);
}

/* Holds one and reads it again when the next one is there. */
static void *watch(void *context)
{
    struct watcher *watcher = context;
    const struct snapshot *held = NULL;
    while (!feed_is_over(watcher->feed)) {
        const struct snapshot *next = feed_next(watcher->feed);
        if (!next) {
            sched_yield();
            continue;
        }
        watcher->seen++;
        watcher->bad += bad_rows(next);
        if (held) {
            watcher->bad += bad_rows(held) + (held->version >= next->version);
            feed_release(watcher->feed, held);
        }
        held = next;
    }
    return NULL;
}

static void a_console_looks_while_the_engine_goes_on(void **state)
{
    (void)state;
    struct stand stand;
    pthread_t thread;
    set_up(&stand, 11);
    add_many(&stand, 100);
    struct watcher watcher = { .feed = stand.feed };
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    int64_t published = 0;
    while (published < 1000) {
        stir(&stand);
        bool is_taken = publisher_publish(stand.publisher, stand.reconciler, &stand.context);
        published += is_taken;
        if (!is_taken)
            sched_yield();
    }
    feed_close(stand.feed);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(watcher.seen, published);
    assert_int_equal(watcher.bad, 0);
    tear_down(&stand);
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

/* A publish with everything in it fails at its first, second, third ... allocation, and then works. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    int64_t tries = 0;
    bool is_done = false;
    for (; !is_done && tries < 1000; tries++) {
        struct stand stand;
        set_up(&stand, 1);
        add_many(&stand, 100);
        publisher_focus(stand.publisher, 3, 0);
        say(&stand);
        acknowledge(&stand);
        watched_heap.succeed_count = tries;
        is_done = publish(&stand);
        watched_heap.succeed_count = -1;
        if (!is_done)
            assert_true(publish(&stand));
        assert_true(take(&stand));
        give_all_back(&stand);
        tear_down(&stand);
    }
    assert_true(is_done);
    assert_in_range(tries, 100, 200);
}

static void starts_or_says_why_not(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add(&stand);
    for (int64_t tries = 0; tries < 3; tries++) {
        struct publisher *publisher = NULL;
        struct error err = { 0 };
        watched_heap.succeed_count = tries;
        assert_int_equal(publisher_create(stand.feed, stand.reconciler, &publisher, &err), -ENOMEM);
        watched_heap.succeed_count = -1;
        assert_null(publisher);
        assert_true(err.msg[0] != '\0');
    }
    publisher_destroy(NULL);
    tear_down(&stand);
}

#define FLAT_SLOTS 320
#define FLAT_ROUNDS 1000

static void change_many(struct stand *stand)
{
    for (int i = 0; i < 30; i++)
        change(stand, any_deployment(stand));
    struct deployment *deployment = fleet_at(stand->fleet, 9);
    if (ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT)
        ledger_accept(deployment->ledger);
    fleet_remove(stand->fleet, deployment);
    assert_int_equal(
        fleet_add(stand->fleet, stand->id_count++ % 2 ? "eu-odd" : "eu-even", false, &deployment),
        0);
    deployment->policy = &policy_default;
    deployment->is_listed = true;
    stand->context.now.ms += 700;
    stand->context.wall.ms += 700;
}

static size_t size_after_rounds(struct stand *stand, size_t first)
{
    for (int i = 0; i < FLAT_ROUNDS; i++) {
        /* Memory outside of the publisher must not grow in the meantime: no ledgers here. */
        change_many(stand);
        publish_and_take(stand);
        while (stand->held_count > first + 1)
            give_back(stand, first);
    }
    return watched_heap.live_size;
}

static void memory_stays_where_it_is(void **state)
{
    (void)state;
    struct stand stand;
    set_up(&stand, 1);
    add_many(&stand, FLAT_SLOTS);
    for (uint32_t slot = 0; slot < FLAT_SLOTS; slot++)
        assert_non_null(fleet_open_ledger(stand.fleet, fleet_at(stand.fleet, slot)));
    size_t before = size_after_rounds(&stand, 0);
    assert_in_range(size_after_rounds(&stand, 0), before / 2, before + 1000);
    /* From now on the first never returns: it costs the pages that it shows, once. */
    size_t frozen = size_after_rounds(&stand, 1);
    size_t fleet_size =
        (FLAT_SLOTS / SNAPSHOT_PAGE_ROWS + 64) * (sizeof(struct snapshot_page) + 64);
    assert_true(frozen < before + fleet_size);
    assert_in_range(size_after_rounds(&stand, 1), frozen / 2, frozen + 1000);
    check(stand.held[0]);
    give_all_back(&stand);
    tear_down(&stand);
}

/* --- the reconciler marks what people can see --------------------------------------------------------------------- */

static struct world world;

static void check_shown(const struct snapshot *snapshot, const struct publish_context *context)
{
    const struct fleet *fleet = reconciler_fleet(world.reconciler);
    assert_int_equal(snapshot->slot_count, fleet_slot_count(fleet));
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        assert_int_equal(row != NULL, deployment != NULL);
        if (!row)
            continue;
        struct snapshot_row anew = { 0 };
        make_row(deployment, NULL, reconciler_is_paused(world.reconciler), context, 0, &anew);
        assert_true(are_rows_equal(row, &anew));
        assert_string_equal(row->name->id, deployment->id);
    }
}

static void a_hostile_world_is_shown_as_it_is(void **state)
{
    (void)state;
    struct feed *feed;
    struct publisher *publisher;
    int32_t wakes = 0;
    world_init(&world, 3);
    world_add_sites(&world, 60, true, 10, 85);
    world.hostility = 15;
    world_start(&world);
    assert_int_equal(feed_create(count_wake, &wakes, &feed, NULL), 0);
    assert_int_equal(publisher_create(feed, world.reconciler, &publisher, NULL), 0);
    for (int i = 0; i < WALK_STEPS; i++) {
        world_run(&world, 700);
        struct site *site = &world.sites[random_below(&world.random, 60)];
        site_set_demand(site, (int32_t)random_below(&world.random, 200));
        site->is_listed = random_below(&world.random, 30) > 0;
        struct publish_context context = plain_context;
        context.now = world.now;
        context.wall.ms = WALL_AHEAD_MS + world.now.ms;
        if (!publisher_has_news(publisher, world.reconciler))
            continue;
        assert_true(publisher_publish(publisher, world.reconciler, &context));
        const struct snapshot *snapshot = feed_next(feed);
        check_shown(snapshot, &context);
        check_totals(snapshot);
        feed_release(feed, snapshot);
    }
    publisher_destroy(publisher);
    feed_destroy(feed);
    world_fini(&world);
}

int main(void)
{
    struct CMUnitTest walls[COUNT_OF(wall_cases)];
    struct CMUnitTest walks[COUNT_OF(walk_cases)];
    struct CMUnitTest floods[COUNT_OF(flood_cases)];
    TESTS_FROM_ROWS(walls, wall_cases, case_has_its_instant);
    TESTS_FROM_ROWS(walks, walk_cases, case_shows_what_was_true);
    TESTS_FROM_ROWS(floods, flood_cases, case_loses_the_oldest);
    const struct CMUnitTest rows[] = {
        cmocka_unit_test(nothing_known_is_minus_one_and_never),
        cmocka_unit_test(what_is_known_is_told),
        cmocka_unit_test(a_policys_target_is_the_one_in_force),
        cmocka_unit_test(what_is_on_its_way_is_not_wanted_twice),
        cmocka_unit_test(who_pauses_makes_no_difference),
        cmocka_unit_test(a_row_has_the_end_of_its_own_pause),
        cmocka_unit_test(a_scale_by_hand_has_its_own_direction),
        cmocka_unit_test(the_trend_has_a_place_for_every_pass),
        cmocka_unit_test(a_trend_that_goes_on_is_as_one_made_anew),
    };
    const struct CMUnitTest snapshots[] = {
        cmocka_unit_test(a_stuck_console_misses_pictures_and_nothing_else),
        cmocka_unit_test(so_many_are_out_and_no_more),
        cmocka_unit_test(more_acknowledgements_than_there_was_room_for),
        cmocka_unit_test(a_line_without_memory_is_counted),
        cmocka_unit_test(a_line_keeps_the_bytes_of_the_id),
        cmocka_unit_test(there_are_news_exactly_when_something_changed),
        cmocka_unit_test(pages_that_did_not_change_are_shared),
        cmocka_unit_test(a_slot_with_another_deployment_has_another_name),
        cmocka_unit_test(the_head_tells_of_the_reconciler),
        cmocka_unit_test(the_head_tells_of_a_state_that_is_unavailable),
        cmocka_unit_test(nobody_in_focus_has_no_detail),
        cmocka_unit_test(the_detail_has_every_step),
        cmocka_unit_test(one_that_was_never_read_has_no_steps),
        cmocka_unit_test(the_first_error_is_published),
        cmocka_unit_test(a_failure_has_a_sentence_with_and_without_memory),
        cmocka_unit_test(orders_say_how_long_they_count),
        cmocka_unit_test(the_history_ends_with_the_last_pass),
        cmocka_unit_test(a_scale_by_hand_is_judged),
        cmocka_unit_test(a_console_looks_while_the_engine_goes_on),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(starts_or_says_why_not),
        cmocka_unit_test(memory_stays_where_it_is),
        cmocka_unit_test(a_hostile_world_is_shown_as_it_is),
    };
    int failed = cmocka_run_group_tests_name("publish: instants", walls, NULL, NULL);
    failed += cmocka_run_group_tests_name("publish: rows", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("publish: walks", walks, NULL, NULL);
    failed += cmocka_run_group_tests_name("publish: lines", floods, NULL, NULL);
    failed += cmocka_run_group_tests_name("publish: snapshots", snapshots, NULL, NULL);
    return failed;
}
