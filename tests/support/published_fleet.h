/*
 * published_fleet - a fleet that changes at random, its publisher and its feed, and checks of what a snapshot shows.
 *
 * Include it in one .c file of a test: the functions belong to that file, and it replaces the heap, see watched_heap.h.
 * One thread, but for the feed. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_PUBLISHED_FLEET_H
#define TESTS_SUPPORT_PUBLISHED_FLEET_H

#include "engine/base/random.h"
#include "engine/core/reconciler_state.h"
#include "engine/serving.h"
#include "engine/view/publish_lines.h"
#include "tests/support/published_row.h"
#include "tests/support/watched_heap.h"

#include <stdio.h>

#define SLOTS_MAX 400
#define ID_SIZE 48
#define REFERENCES 40 /* more than can be out */
#define HELD_MAX 32

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

static inline const struct policy *default_policy(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_default;
}

static inline void ignore_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static inline void count_wake(void *context)
{
    int32_t *wakes = context;
    (*wakes)++;
}

static inline void set_up(struct stand *stand, uint64_t seed)
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

static inline void tear_down(struct stand *stand)
{
    publisher_destroy(stand->publisher);
    feed_destroy(stand->feed);
    reconciler_destroy(stand->reconciler);
    assert_int_equal(watched_heap.live_count, 0);
}

static inline int32_t draw(struct stand *stand, int64_t below)
{
    return (int32_t)random_below(&stand->random, below);
}

static inline bool chance(struct stand *stand, int percent)
{
    return draw(stand, 100) < percent;
}

static inline struct deployment *add(struct stand *stand)
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

static inline void add_many(struct stand *stand, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(stand);
}

static inline void move_ledger(struct stand *stand, struct deployment *deployment)
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
static inline void change(struct stand *stand, struct deployment *deployment)
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

static inline struct deployment *any_deployment(struct stand *stand)
{
    size_t count = fleet_slot_count(stand->fleet);
    return count > 0 ? fleet_at(stand->fleet, (uint32_t)draw(stand, (int64_t)count)) : NULL;
}

static inline void remove_some(struct stand *stand)
{
    struct deployment *deployment = any_deployment(stand);
    if (deployment && ledger_state(deployment->ledger) != LEDGER_IN_FLIGHT)
        fleet_remove(stand->fleet, deployment);
}

static inline void pause_or_resume(struct stand *stand)
{
    struct command command = { .kind = reconciler_is_paused(stand->reconciler)
                                           ? COMMAND_RESUME_ALL
                                           : COMMAND_PAUSE_ALL };
    struct command_ack ack;
    assert_true(reconciler_command(stand->reconciler, stand->context.now, &command, &ack));
}

static inline void say(struct stand *stand)
{
    struct event event;
    event_init(&event, EVENT_SCALED);
    event_add_string(&event, "deployment", "eu-1");
    event_add_signed(&event, "delta", ++stand->line_count);
    publisher_take_line(stand->publisher, &event, stand->context.wall);
}

static inline void acknowledge(struct stand *stand)
{
    struct command_ack ack = { .kind = COMMAND_PASS, .serial = ++stand->ack_count };
    publisher_acknowledge(stand->publisher, &ack);
}

/* --- what it must show ----------------------------------------------------------------------------------------- */

static inline bool are_rows_equal(const struct snapshot_row *a, const struct snapshot_row *b)
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
static inline void keep_reference(const struct stand *stand, struct reference *ret_reference)
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

static inline void check_name(const struct snapshot_name *name, const char *id)
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

static inline void check_rows(const struct snapshot *snapshot, const struct reference *reference)
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

static inline void check_totals(const struct snapshot *snapshot)
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

static inline void check_lines(const struct snapshot *snapshot, const struct reference *reference)
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

static inline void check_acks(const struct snapshot *snapshot, const struct reference *reference)
{
    uint32_t number = reference->ack_from;
    for (size_t i = 0; i < snapshot->ack_count; i++, number++)
        assert_int_equal(snapshot->acks[i].serial, number);
    assert_int_equal(number, reference->ack_to + 1);
}

static inline struct reference *reference_of(uint64_t version)
{
    for (size_t i = 0; i < REFERENCES; i++)
        if (references[i].version == version)
            return &references[i];
    fail_msg("version %d is unknown", (int)version);
    return &references[0];
}

static inline void check(const struct snapshot *snapshot)
{
    const struct reference *reference = reference_of(snapshot->version);
    check_rows(snapshot, reference);
    check_totals(snapshot);
    check_lines(snapshot, reference);
    check_acks(snapshot, reference);
}

/* --- both sides ------------------------------------------------------------------------------------------------ */

static inline bool publish(struct stand *stand)
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
static inline void check_stability(const struct snapshot *before, const struct snapshot *after)
{
    for (uint32_t slot = 0; slot < before->slot_count; slot++) {
        const struct snapshot_row *old = snapshot_row_at(before, slot);
        const struct snapshot_row *new = snapshot_row_at(after, slot);
        if (old && new)
            assert_int_equal(old->name == new->name, strcmp(old->name->id, new->name->id) == 0);
    }
}

static inline bool take(struct stand *stand)
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

static inline void give_back(struct stand *stand, size_t index)
{
    reference_of(stand->held[index]->version)->version = 0;
    feed_release(stand->feed, stand->held[index]);
    stand->held[index] = stand->held[--stand->held_count];
}

static inline void give_all_back(struct stand *stand)
{
    while (stand->held_count > 0)
        give_back(stand, stand->held_count - 1);
}

static inline void stir(struct stand *stand)
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

static inline void publish_and_take(struct stand *stand)
{
    assert_true(publish(stand));
    assert_true(take(stand));
}

#endif
