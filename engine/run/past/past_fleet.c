#include "engine/run/past/past_fleet_state.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/core/intake_ops.h"
#include "engine/core/reconciler_events.h"
#include "engine/run/past/past_events.h"

#include <errno.h>
#include <string.h>

/* A deployment that is not listed any more is shown for so long, as by the engine. */
#define GONE_MS INT64_C(3600000)
#define ROOM_MIN 64
#define MINUTE_MS 60000

int past_fleet_create(const struct event_sink *sink, struct past_fleet **ret_past)
{
    struct past_fleet *past = heap_alloc(1, sizeof *past);
    if (!past || fleet_create(&past->fleet) || past_tape_create(PAST_TAPE_SIZE_MAX, &past->tape)) {
        past_fleet_destroy(past);
        return -ENOMEM;
    }
    past->sink = *sink;
    past->moment.turn = HISTORY_LENGTH;
    *ret_past = past;
    return 0;
}

void past_fleet_destroy(struct past_fleet *past)
{
    if (!past)
        return;
    fleet_summary_fini(&past->summary);
    past_tape_destroy(past->tape);
    past_arrival_fini(&past->arrival);
    fleet_destroy(past->fleet);
    while (past->policies) {
        struct past_policy *policy = past->policies;
        past->policies = policy->next;
        heap_free(policy);
    }
    heap_free(past->sites);
    heap_free(past->places);
    heap_free(past);
}

/* --- policies -------------------------------------------------------------------------------------------------- */

static bool is_same_policy(const struct policy *a, const struct policy *b)
{
    if (strcmp(policy_name(a), policy_name(b)) != 0 || !a->match != !b->match)
        return false;
    for (size_t i = 0; i < POLICY_FIELD_COUNT; i++)
        if (field_get(policy_field(i), a) != field_get(policy_field(i), b))
            return false;
    return true;
}

static struct past_policy *find_policy(const struct past_fleet *past, const struct policy *recorded)
{
    struct past_policy *policy = past->policies;
    while (policy && policy->recorded != recorded)
        policy = policy->next;
    for (struct past_policy *other = past->policies; other && !policy; other = other->next)
        if (!other->recorded && is_same_policy(&other->policy, recorded))
            policy = other;
    return policy;
}

static struct past_policy *add_policy(struct past_fleet *past, const struct policy *recorded)
{
    size_t size = strlen(policy_name(recorded)) + 1;
    struct past_policy *policy = heap_alloc(1, sizeof *policy + size);
    if (!policy)
        return NULL;
    memcpy(policy->name, policy_name(recorded), size);
    policy->policy = *recorded;
    policy->policy.match = recorded->match ? policy->name : NULL;
    policy->next = past->policies;
    past->policies = policy;
    return policy;
}

/* NULL: no memory. */
static const struct policy *own_policy(struct past_fleet *past, const struct policy *recorded)
{
    if (!recorded)
        return &policy_default;
    struct past_policy *policy = find_policy(past, recorded);
    policy = policy ? policy : add_policy(past, recorded);
    if (!policy)
        return NULL;
    policy->recorded = recorded;
    return &policy->policy;
}

static void forget_recorded(struct past_fleet *past)
{
    for (struct past_policy *policy = past->policies; policy; policy = policy->next)
        policy->recorded = NULL;
}

/* --- deployments ----------------------------------------------------------------------------------------------- */

static int reserve(struct past_fleet *past, size_t slot_count)
{
    if (slot_count <= past->site_room)
        return 0;
    size_t room = past->site_room ? past->site_room : ROOM_MIN;
    while (room < slot_count)
        room *= 2;
    struct site *sites = heap_resize(past->sites, room, sizeof *sites);
    if (!sites)
        return -ENOMEM;
    memset(sites + past->site_room, 0, (room - past->site_room) * sizeof *sites);
    past->sites = sites;
    past->site_room = room;
    return 0;
}

static int reserve_places(struct past_fleet *past)
{
    size_t count = fleet_slot_count(past->fleet);
    if (count <= past->place_room)
        return 0;
    size_t room = count + count / 2 + ROOM_MIN;
    struct past_place *places = heap_resize(past->places, room, sizeof *places);
    if (!places)
        return -ENOMEM;
    memset(places + past->place_room, 0, (room - past->place_room) * sizeof *places);
    past->places = places;
    past->place_room = room;
    return 0;
}

/* A new one, or one that was not in this slot before. NULL: no memory. */
static struct deployment *enter(struct past_fleet *past, const struct recorded *recorded)
{
    struct deployment *deployment = fleet_find(past->fleet, recorded->id, false);
    if (!deployment) {
        if (fleet_add(past->fleet, recorded->id, false, &deployment) || reserve_places(past))
            return NULL;
        past->places[deployment->slot] = (struct past_place){ 0 };
        deployment->policy = &policy_default;
    }
    past->gone_count -= !deployment->is_listed && deployment->gone_at.ms != 0;
    deployment->is_listed = true;
    deployment->gone_at = (struct mono){ 0 };
    past->is_torn = true;
    past->places[deployment->slot].group = past->group;
    past->places[deployment->slot].site = recorded->slot;
    past->sites[recorded->slot].deployment = deployment;
    return deployment;
}

static struct deployment *find(struct past_fleet *past, const struct recorded *recorded)
{
    if (reserve(past, (size_t)recorded->slot + 1))
        return NULL;
    struct deployment *deployment = past->sites[recorded->slot].deployment;
    bool is_there =
        deployment && (!recorded->is_named || strcmp(deployment->id, recorded->id) == 0);
    return is_there ? deployment : enter(past, recorded);
}

static void add_to_sums(struct snapshot_sums *sums, const struct past_place *place, int sign)
{
    sums->hosts += sign * (int64_t)place->counted.current_hosts;
    sums->pending_hosts += sign * (int64_t)place->counted_pending;
    sums->servers += sign * (int64_t)place->counted.total_servers;
    sums->free_servers += sign * (int64_t)place->counted.free_servers;
}

/* What it adds to the sums from now on. */
static void count_in_sums(struct past_fleet *past, const struct deployment *deployment)
{
    static const struct status nothing = { 0 };
    struct past_place *place = &past->places[deployment->slot];
    bool is_counted = deployment->is_listed && deployment->has_status;
    add_to_sums(&past->moment.sums, place, -1);
    place->counted = is_counted ? deployment->status : nothing;
    place->counted_pending = is_counted ? ledger_pending_hosts(deployment->ledger) : 0;
    add_to_sums(&past->moment.sums, place, 1);
}

static void leave(struct past_fleet *past, const struct recorded *recorded)
{
    struct deployment *deployment =
        recorded->slot < past->site_room ? past->sites[recorded->slot].deployment : NULL;
    if (!deployment)
        return;
    past->is_torn = true;
    past->sites[recorded->slot].deployment = NULL;
    past->gone_count += deployment->is_listed;
    deployment->is_listed = false;
    deployment->gone_at = (struct mono){ past->facts.begun.ms };
    deployment->action = ACTION_NONE;
    deployment->reason = REASON_GONE;
    count_in_sums(past, deployment);
    fleet_mark(past->fleet, deployment->slot);
    past_events_gone(&past->sink, deployment);
}

static void remove_where(struct past_fleet *past,
                         bool (*is_over)(const struct past_fleet *past, const struct deployment *))
{
    for (uint32_t slot = 0; slot < fleet_slot_count(past->fleet); slot++) {
        struct deployment *deployment = fleet_at(past->fleet, slot);
        if (!deployment || !is_over(past, deployment))
            continue;
        past->gone_count -= !deployment->is_listed && deployment->gone_at.ms != 0;
        past->is_torn = true;
        deployment->is_listed = false;
        count_in_sums(past, deployment);
        fleet_remove(past->fleet, deployment);
    }
}

static bool is_unseen(const struct past_fleet *past, const struct deployment *deployment)
{
    return deployment->gone_at.ms == 0 && past->places[deployment->slot].group != past->group;
}

static bool is_long_gone(const struct past_fleet *past, const struct deployment *deployment)
{
    return !deployment->is_listed && past->moment.at.ms - deployment->gone_at.ms >= GONE_MS;
}

/* --- values ---------------------------------------------------------------------------------------------------- */

/* A bad entry of the list: the deployment is not read at all. */
static bool is_of_definition(enum reason fault)
{
    return fault == REASON_BAD_ID || fault == REASON_DUPLICATE_ID || fault == REASON_BAD_ENTRY ||
           fault == REASON_BAD_SERVERS_PER_HOST || fault == REASON_BAD_TARGET ||
           fault == REASON_DEFINITION_CHANGED;
}

static void put_entry(struct ledger *ledger, int32_t delta, struct mono at)
{
    if (delta != 0)
        ledger->entries[ledger->count++] = (struct ledger_entry){ .delta = delta, .sent = at };
}

/* Pending hosts are of the orders before the pass, and of the one that this decision has sent. */
static void set_orders(struct past_fleet *past, struct deployment *deployment, bool is_sent)
{
    const struct decision_input *input = &deployment->input;
    struct mono at = deployment->last_scale;
    if (input->fault != REASON_NONE)
        return; /* nothing is recorded of them: they are as before */
    int32_t unconfirmed = input->unconfirmed_hosts;
    int32_t pending = input->pending_hosts - unconfirmed;
    int32_t sent = is_sent ? deployment->delta : 0;
    if (pending == 0 && unconfirmed == 0 && sent == 0) {
        if (deployment->ledger)
            fleet_close_ledger(past->fleet, deployment);
        return;
    }
    struct ledger *ledger = fleet_open_ledger(past->fleet, deployment);
    if (!ledger)
        return;
    *ledger = (struct ledger){ 0 };
    put_entry(ledger, pending, at);
    put_entry(ledger, sent, at);
    put_entry(ledger, unconfirmed, at);
    ledger->state = unconfirmed != 0 ? LEDGER_UNCONFIRMED : LEDGER_SETTLED;
    fleet_rest_ledger(past->fleet, deployment);
}

static bool has_sent(const struct recorded *recorded)
{
    return recorded->is_decided && recorded->sample.action == ACTION_SCALED &&
           recorded->sample.delta != 0;
}

static void take_scale(struct past_fleet *past, struct deployment *deployment)
{
    struct past_orders *orders = &past->places[deployment->slot].orders;
    deployment->last_delta = deployment->delta;
    deployment->last_scale = deployment->status_at;
    deployment->last_action = ACTION_SCALED;
    pass_count_scaled(&past->moment.pass, deployment->delta);
    if (!past->is_counting)
        return;
    orders->orders++;
    orders->added += deployment->delta > 0 ? deployment->delta : 0;
    orders->removed += deployment->delta < 0 ? -(int64_t)deployment->delta : 0;
}

static void put_sample(struct deployment *deployment, uint32_t turn)
{
    history_put(&deployment->history, turn,
                &(struct history_sample){ .busy_servers = intake_demand_servers(deployment),
                                          .free_servers = deployment->status.free_servers,
                                          .hosts = deployment->status.current_hosts });
}

/*
 * Passes in which nothing of it has changed leave no trace. It was looked at in them, and its status was read if it was
 * read in the last one that it has a trace of.
 */
uint32_t past_missed(const struct deployment *deployment, uint32_t turn)
{
    uint32_t from = deployment->last_pass;
    bool was_read = from != 0 && deployment->history.last_pass == from;
    return was_read ? (uint32_t)min_i64(turn - from, HISTORY_LENGTH) : 0;
}

void past_catch_up(const struct past_fleet *past, struct deployment *deployment, uint32_t turn)
{
    uint32_t from = deployment->last_pass;
    if (from == 0 || from >= turn || !deployment->is_listed)
        return;
    uint32_t missed = past_missed(deployment, turn);
    for (uint32_t back = missed; back-- > 0;)
        put_sample(deployment, turn - back);
    deployment->last_pass = turn;
    if (missed > 0 && turn == past->moment.turn)
        deployment->status_at = (struct mono){ past->moment.pass.started.ms };
}

/* The status of the input is one that was read, unless it is implausible; a read that failed keeps the one before. */
static void take_status(struct past_fleet *past, struct deployment *deployment,
                        const struct recorded *recorded)
{
    const struct sample *sample = &recorded->sample;
    if (sample->policy == 0 || sample->input.fault != REASON_NONE)
        return;
    deployment->status = sample->input.status;
    deployment->drain_correction = sample->input.drain_correction;
    deployment->has_status = true;
    if (!recorded->is_decided || sample->action == ACTION_FAILED)
        return;
    deployment->status_at = (struct mono){ past->facts.begun.ms };
    put_sample(deployment, past->moment.turn);
}

static void take_values(struct past_fleet *past, struct deployment *deployment,
                        const struct recorded *recorded, const struct policy *policy)
{
    const struct sample *sample = &recorded->sample;
    deployment->policy = policy;
    deployment->input = sample->input;
    deployment->input.policy = policy;
    if (sample->input.servers_per_host >= 1) {
        deployment->servers_per_host = sample->input.servers_per_host;
        deployment->target_free_ppb = sample->input.target_free_ppb;
    }
    deployment->definition_fault =
        is_of_definition(sample->input.fault) ? sample->input.fault : REASON_NONE;
    deployment->entry_fault = sample->input.entry_fault;
    deployment->desired_hosts = sample->desired_hosts;
    deployment->raw_delta = sample->raw_delta;
    deployment->delta = sample->delta;
    deployment->action = sample->action;
    deployment->reason = sample->reason;
    deployment->is_operator_paused = sample->input.gate == REASON_PAUSED && !policy->is_paused;
    if (recorded->is_decided)
        deployment->last_pass = past->moment.turn;
    take_status(past, deployment, recorded);
    if (has_sent(recorded))
        take_scale(past, deployment);
    if (sample->action == ACTION_UNCONFIRMED)
        deployment->last_action = ACTION_UNCONFIRMED;
    set_orders(past, deployment, has_sent(recorded));
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

static void begin_pass(struct past_fleet *past)
{
    past->before = past->moment;
    past_tape_begin(past->tape);
    int64_t gap_ms = past->facts.begun.ms - past->moment.begun_before.ms;
    past->moment.interval_ms =
        past->moment.begun_before.ms != 0 && gap_ms > 0 ? gap_ms : past->moment.interval_ms;
    past->moment.begun_before = past->facts.begun;
    past->is_pass_open = true;
    past->moment.turn++;
    memset(past->moment.outcomes, 0, sizeof past->moment.outcomes);
    past->moment.pass =
        (struct pass_summary){ .number = past->facts.pass, .started = { past->facts.begun.ms } };
}

static void begin_group(struct past_fleet *past)
{
    past->group++;
    past->is_torn = true;
    past->is_sweep_due = true;
    for (size_t slot = 0; slot < past->site_room; slot++)
        past->sites[slot] = (struct site){ 0 };
    forget_recorded(past);
}

/* The facts of a frame are known with its first row. */
static void open_frame(struct past_fleet *past)
{
    if (past->is_frame_open)
        return;
    past->is_frame_open = true;
    if (past->facts.is_group_first)
        begin_group(past);
    if (!past->is_pass_open || past->moment.pass.started.ms != past->facts.begun.ms)
        begin_pass(past);
    past->moment.at = past->facts.begun;
}

static uint8_t outcome_of(const struct deployment *deployment)
{
    bool is_data = reason_row(deployment->reason)->kind == REASON_DATA;
    return (uint8_t)((unsigned)deployment->action | (is_data ? OUTCOME_DATA : 0u) |
                     (deployment->is_starved ? OUTCOME_STARVED : 0u));
}

static void count_outcomes(struct past_fleet *past)
{
    struct pass_summary *pass = &past->moment.pass;
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        int32_t count = past->moment.outcomes[outcome];
        enum action action = (enum action)(outcome & OUTCOME_ACTION);
        pass->deployments += count;
        pass->read += action != ACTION_FAILED ? count : 0;
        pass->starved += outcome & OUTCOME_STARVED ? count : 0;
        pass->would_scale += action == ACTION_DRY_RUN ? count : 0;
        pass->held += action == ACTION_HELD ? count : 0;
        pass->held_data += action == ACTION_HELD && (outcome & OUTCOME_DATA) ? count : 0;
        pass->failed += action == ACTION_FAILED ? count : 0;
        pass->unconfirmed += action == ACTION_UNCONFIRMED ? count : 0;
    }
}

/* The same decision with the same numbers: only a scale is something new. */
static void visit_same(struct past_fleet *past, uint32_t slot)
{
    const struct site *site = slot < past->site_room ? &past->sites[slot] : NULL;
    if (!site || !site->deployment)
        return;
    past->moment.outcomes[site->outcome]++;
    if ((site->outcome & OUTCOME_ACTION) != ACTION_SCALED || site->deployment->delta == 0)
        return;
    struct past_image image;
    past_take_image(past, site->deployment, &image);
    site->deployment->status_at = (struct mono){ past->facts.begun.ms };
    take_scale(past, site->deployment);
    past_note_change(past, site->deployment, &image);
    past_events_scaled(&past->sink, site->deployment);
    fleet_mark(past->fleet, site->deployment->slot);
}

static int visit(void *context, const struct recorded *recorded)
{
    struct past_fleet *past = context;
    open_frame(past);
    if (recorded->is_gone || recorded->is_same) {
        if (recorded->is_gone)
            leave(past, recorded);
        else
            visit_same(past, recorded->slot);
        return 0;
    }
    struct deployment *deployment = find(past, recorded);
    const struct policy *policy = own_policy(past, recorded->sample.input.policy);
    if (!deployment || !policy)
        return -ENOMEM;
    struct past_said before = { deployment->action, deployment->reason, deployment->delta };
    struct past_image image;
    bool is_noted = !past->is_torn;
    if (is_noted)
        past_take_image(past, deployment, &image);
    past_catch_up(past, deployment, past->moment.turn - 1);
    take_values(past, deployment, recorded, policy);
    past_events_say(&past->sink, deployment, &before, has_sent(recorded));
    count_in_sums(past, deployment);
    past->sites[recorded->slot].outcome = outcome_of(deployment);
    past->moment.outcomes[outcome_of(deployment)] += recorded->is_decided;
    if (is_noted)
        past_note_change(past, deployment, &image);
    fleet_mark(past->fleet, deployment->slot);
    return 0;
}

/* The last pass of a minute stands for it. */
static void keep_sums(struct past_fleet *past)
{
    size_t count = past->moment.minute_count;
    past->moment.sums.at = past->moment.at;
    bool is_same = count > 0 && past->moment.minutes[count - 1].at.ms / MINUTE_MS ==
                                    past->moment.at.ms / MINUTE_MS;
    if (!is_same && count == SNAPSHOT_SUMS_MAX)
        memmove(past->moment.minutes, past->moment.minutes + 1,
                (--count) * sizeof past->moment.minutes[0]);
    past->moment.minute_count = is_same ? count : count + 1;
    past->moment.minutes[past->moment.minute_count - 1] = past->moment.sums;
}

static void end_pass(struct past_fleet *past)
{
    past->is_pass_open = false;
    past->moment.at = past->facts.ended;
    past->moment.pass.took_ms = past->facts.ended.ms - past->facts.begun.ms;
    if (past->is_sweep_due)
        remove_where(past, is_unseen);
    past->is_sweep_due = false;
    if (past->gone_count > 0)
        remove_where(past, is_long_gone);
    count_outcomes(past);
    keep_sums(past);
    past_tape_note(past->tape, PAST_KEY_MOMENT, &past->before, &past->moment, sizeof past->moment);
    if (past->is_torn)
        past_tape_clear(past->tape);
    past->is_torn = false;
    emit_pass_done(&past->sink, &past->moment.pass);
}

int past_fleet_next(struct past_fleet *past, struct recording_reader *reader, struct error *err)
{
    must(past_tape_ahead(past->tape) == 0);
    past->is_frame_open = false;
    past_leave_moment(past);
    recording_reader_skim(reader);
    int found = recording_reader_next(reader, visit, past, &past->facts, err);
    if (found <= 0)
        return found;
    open_frame(past);
    if (!past->facts.is_pass_end)
        return 2;
    past->moment.seq = recording_reader_position(reader);
    end_pass(past);
    return 1;
}

/* --- jumps ----------------------------------------------------------------------------------------------------- */

static void forget(struct past_fleet *past, struct deployment *deployment)
{
    fleet_close_ledger(past->fleet, deployment);
    *deployment = (struct deployment){
        .id = deployment->id,
        .slot = deployment->slot,
        .is_used = true,
        .policy = &policy_default,
        .scaled_up_at = MONO_NEVER,
        .scaled_at = MONO_NEVER,
        .desired_hosts = -1,
    };
}

/* Turns go on behind all that the trends of rows know. */
void past_fleet_reset(struct past_fleet *past)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(past->fleet); slot++) {
        struct deployment *deployment = fleet_at(past->fleet, slot);
        if (deployment)
            forget(past, deployment);
    }
    for (size_t i = 0; i < past->place_room; i++) {
        past->places[i].counted = (struct status){ 0 };
        past->places[i].counted_pending = 0;
    }
    fleet_mark_all(past->fleet);
    past_forget_passes(past);
    past->moment = (struct moment){ .turn = past->moment.turn + HISTORY_LENGTH,
                                    .at = past->moment.at,
                                    .interval_ms = past->moment.interval_ms };
    past->gone_count = 0;
    past->is_pass_open = false;
    past->is_counting = false;
}

/* --- what is read ---------------------------------------------------------------------------------------------- */

struct fleet *past_fleet_fleet(const struct past_fleet *past)
{
    return past->fleet;
}

const struct fleet_summary *past_fleet_summary(struct past_fleet *past)
{
    return fleet_summary_update(&past->summary, past->fleet, false) ? NULL : &past->summary;
}

const struct pass_summary *past_fleet_pass(const struct past_fleet *past)
{
    return &past->moment.pass;
}

struct wall past_fleet_at(const struct past_fleet *past)
{
    return past->moment.at;
}

int64_t past_fleet_interval_ms(const struct past_fleet *past)
{
    return past->moment.interval_ms;
}

size_t past_fleet_sums(const struct past_fleet *past,
                       struct snapshot_sums ret_sums[SNAPSHOT_SUMS_MAX])
{
    memcpy(ret_sums, past->moment.minutes, past->moment.minute_count * sizeof ret_sums[0]);
    return past->moment.minute_count;
}

void past_fleet_modes(const struct past_fleet *past, struct past_modes *ret_modes)
{
    struct past_modes modes = { 0 };
    size_t listed = 0;
    size_t paused = 0;
    for (uint32_t slot = 0; slot < fleet_slot_count(past->fleet); slot++) {
        const struct deployment *deployment = fleet_at(past->fleet, slot);
        if (!deployment || !deployment->is_listed)
            continue;
        const struct decision_input *input = &deployment->input;
        listed += input->fault == REASON_NONE && deployment->has_status;
        paused += input->fault == REASON_NONE && input->gate == REASON_PAUSED;
        modes.is_dry_run |= input->gate == REASON_DRY_RUN;
        modes.is_read_only |= input->gate == REASON_READ_ONLY;
        modes.is_latched |= input->is_shrink_latched;
        if (deployment->status_at.ms > modes.last_read.ms)
            modes.last_read = deployment->status_at;
    }
    modes.is_paused = listed > 0 && paused == listed;
    *ret_modes = modes;
}

void past_fleet_count_orders(struct past_fleet *past)
{
    for (size_t i = 0; i < past->place_room; i++)
        past->places[i].orders = (struct past_orders){ 0 };
    past_tape_clear(past->tape); /* they have other counts */
    past->is_counting = true;
}

struct past_orders past_fleet_orders(const struct past_fleet *past, uint32_t slot)
{
    return slot < past->place_room ? past->places[slot].orders : (struct past_orders){ 0 };
}
