/*
 * The reconciler: bytes become discoveries, statuses, outcomes of scales, commands, configurations and time, in any
 * order that a driver may produce. After every step these invariants are checked:
 *
 *     one request of a kind per deployment, no more in flight than allowed, keys that never repeat, no scale by 0
 *     a scale of a pass only for a deployment that is listed without a fault, was read, and is not paused, dry-run,
 *         read-only or latched
 *     within the bounds, steps and cooldowns of the policy that decided; no removal of hosts that busy servers need
 *     by hand only what is not refused; every command has one printable acknowledgement and one event
 *     every explanation fits its line; a wake-up is in the future; after a stop nothing is sent and everything ends
 *
 * The expected state is kept separately here, from the events alone.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/arith.h"
#include "engine/core/explain.h"
#include "engine/core/reconciler.h"
#include "engine/snapshot.h"

#define IDS 8
#define ENTRIES_MAX 12
#define CALLS_MAX 40
#define STEPS_MAX 600
#define EFFECTS_MAX 200 /* at one instant */
#define NOT_YET INT64_MIN

/* The sixth differs from the first in case only, the seventh needs an escape. */
static const char *const ids[IDS] = { "a", "b", "c", "eu-west/1", "(entry 1)", "A", "\xe2\x80\xae",
                                      "h" };

struct known {
    bool is_listed; /* by the last accepted discovery, with a definition that may be used */
    bool was_good;  /* listed without a fault before */
    bool is_last_read_good;
    bool is_scaling;
    bool is_reading;
    bool was_read_since_scale;
    bool is_paused;
    int64_t scaled_ms; /* when a scale that may have been applied ended */
    int64_t scaled_up_ms;
    int32_t queued_delta; /* by a pass; checked against all bounds */
    uint64_t last_key;    /* of the last scale, with its delta */
    int32_t last_delta;
    bool is_outcome_unknown;
};

struct call {
    enum effect_kind kind;
    uint32_t slot;
    size_t id;
    int32_t delta;
};

struct play {
    struct supply supply;
    struct reconciler *reconciler;
    struct reconciler_config config;
    struct policy policies[IDS];
    struct known known[IDS];
    struct mono now;
    bool is_paused;
    bool is_stopped;
    bool was_logged; /* of a command */
    int32_t listed;
    uint64_t last_key;
    size_t call_count;
    struct call calls[CALLS_MAX];
};

/* --- values ---------------------------------------------------------------------------------------------------- */

static int32_t take_count(struct supply *supply)
{
    static const int32_t counts[] = {
        0, 1, 2, 3, 10, 99, 100, 101, 1000, INT32_MAX / 2, INT32_MAX - 1, INT32_MAX
    };
    uint8_t byte = supply_byte(supply);
    return byte < 200 ? byte / 2 : counts[byte % (sizeof counts / sizeof counts[0])];
}

static int64_t take_ms(struct supply *supply)
{
    static const int64_t times_ms[] = { 0,       1,       10,       999,        5000,   10000,
                                        30000,   60000,   120000,   600000,     900000, 1800000,
                                        3600000, 7200000, 86400000, 31536000000 };
    return times_ms[supply_below(supply, sizeof times_ms / sizeof times_ms[0])];
}

static int64_t take_day_ms(struct supply *supply)
{
    return min_i64(take_ms(supply), 86400000);
}

static int32_t take_share(struct supply *supply)
{
    uint8_t byte = supply_byte(supply);
    return (int32_t)min_i64((int64_t)byte * 4 * SHARE_PERCENT / 10, SHARE_WHOLE);
}

static struct step_limit take_step(struct supply *supply)
{
    switch (supply_below(supply, 3)) {
    case 0:
        return (struct step_limit){ STEP_UNLIMITED, 0 };
    case 1:
        return (struct step_limit){ STEP_HOSTS, (int32_t)min_i64(take_count(supply), 1000000000) };
    default:
        return (struct step_limit){ STEP_SHARE, take_share(supply) };
    }
}

/* What the options allow, and min_hosts up to max_hosts. */
static void take_policy(struct supply *supply, struct policy *policy)
{
    *policy = supply_below(supply, 2) ? policy_default : policy_formula;
    uint8_t parts = supply_byte(supply);
    if (parts & 1)
        policy->max_hosts = (int32_t)clamp_i64(take_count(supply), 1, 1000000000);
    if (parts & 2)
        policy->min_hosts =
            (int32_t)min_i64(take_count(supply), min_i64(policy->max_hosts, 1000000000));
    policy->min_hosts = (int32_t)min_i64(policy->min_hosts, policy->max_hosts);
    if (parts & 4) {
        policy->max_step_up = take_step(supply);
        policy->max_step_down = take_step(supply);
        policy->max_growth_per_hour = take_step(supply);
    }
    if (parts & 8) {
        policy->cooldown_up_ms = take_day_ms(supply);
        policy->cooldown_down_ms = take_day_ms(supply);
        policy->scale_down_window_ms = take_day_ms(supply);
        policy->outage_hold_ms = take_day_ms(supply);
    }
    if (parts & 16) {
        policy->boot_timeout_ms = max_i64(10, take_day_ms(supply));
        policy->confirm_timeout_ms = max_i64(10, take_day_ms(supply));
    }
    if (parts & 32) {
        policy->lookahead_ms = clamp_i64(take_ms(supply), 1000, 3600000);
        policy->surge_reserve_ppb = take_share(supply);
        policy->saturation_step_ppb = take_share(supply);
    }
    if (parts & 64) {
        policy->min_free_servers = supply_below(supply, 2)
                                       ? MIN_FREE_AUTO
                                       : (int32_t)min_i64(take_count(supply), 1000000000);
        policy->target_free_ppb = (int32_t)min_i64(take_share(supply), SHARE_WHOLE - 1);
    }
    policy->is_paused = (parts & 128) && supply_below(supply, 2);
}

static size_t index_of(const char *id)
{
    for (size_t i = 0; i < IDS; i++)
        if (strcmp(ids[i], id) == 0)
            return i;
    return IDS;
}

static const struct policy *policy_of(const void *context, const char *id)
{
    const struct play *play = context;
    size_t index = index_of(id);
    return index < IDS ? &play->policies[index] : &policy_default;
}

static void take_event(void *context, const struct event *event)
{
    struct play *play = context;
    must(event->field_count <= EVENT_FIELDS_MAX);
    play->was_logged = play->was_logged || event->id == EVENT_OPERATOR_COMMAND;
    for (size_t i = 0; i < event->field_count; i++) {
        const struct event_field *field = &event->fields[i];
        must(event_has_field(event->id, field->key));
        if (field->type == EVENT_FIELD_SENTENCE)
            must(oracle_is_printable(field->string, field->string_size));
    }
}

/* --- invariants ------------------------------------------------------------------------------------------------ */

static int64_t step_max(const struct step_limit *limit, const struct policy *policy, int64_t hosts)
{
    int64_t fleet = max_i64(hosts, policy->min_hosts);
    if (limit->kind == STEP_UNLIMITED)
        return INT64_MAX;
    return limit->kind == STEP_HOSTS ? limit->amount
                                     : (fleet * limit->amount + SHARE_WHOLE - 1) / SHARE_WHOLE;
}

/* Of an hour. */
static int64_t growth_max(const struct policy *policy, const struct decision_input *in)
{
    const struct step_limit *limit = &policy->max_growth_per_hour;
    int64_t hosts = step_max(limit, policy, max_i64(1, in->growth_base_hosts));
    int64_t per_host = in->servers_per_host;
    int64_t least = (GROWTH_SERVERS_MIN + per_host - 1) / per_host;
    return limit->kind == STEP_SHARE ? max_i64(hosts, least) : hosts;
}

/* Growth stays within max_hosts, shrinking above min_hosts and above the busy hosts. */
static void check_bounds(const struct play *play, const struct deployment *deployment,
                         const struct known *known)
{
    const struct policy *policy = deployment->policy;
    const struct decision_input *in = &deployment->input;
    int64_t delta = deployment->queued_delta;
    int64_t owned = (int64_t)in->status.current_hosts + in->pending_hosts;
    if (delta > 0) {
        must(policy->max_hosts == HOSTS_UNLIMITED || owned + delta <= policy->max_hosts);
        must(delta <= step_max(&policy->max_step_up, policy, in->status.current_hosts));
        must(known->scaled_up_ms == NOT_YET ||
             play->now.ms - known->scaled_up_ms >= policy->cooldown_up_ms);
        must(in->grown_hosts + delta <= growth_max(policy, in) ||
             owned - in->unready_hosts + delta <= policy->min_hosts);
    } else {
        int64_t busy = (int64_t)in->status.total_servers - in->status.free_servers;
        int64_t usable = owned - in->unready_hosts;
        must(owned + delta >= policy->min_hosts);
        must((usable + delta) * deployment->servers_per_host >= busy);
        must(-delta <= step_max(&policy->max_step_down, policy, in->status.current_hosts));
        must(known->scaled_ms == NOT_YET ||
             play->now.ms - known->scaled_ms >= policy->cooldown_down_ms);
        must(!in->is_shrink_latched);
    }
}

/* The same input gives the same decision, and each of its steps is one line. */
static void check_explained(const struct deployment *deployment)
{
    struct decision decision;
    decide(&deployment->input, &decision);
    must(decision.step_count >= 1 && decision.step_count <= RULE_COUNT);
    for (size_t i = 0; i < decision.step_count; i++) {
        char storage[EXPLANATION_TEXT_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        struct explanation step;
        explain_step(&deployment->input, &decision, i, &step);
        explanation_add(&text, &step);
        must(!text.was_cut);
        must(text.length > 0);
        must(oracle_is_printable(storage, text.length));
    }
}

static void check_deployment(const struct deployment *deployment)
{
    must(deployment->status.free_servers <= deployment->status.total_servers);
    must(!deployment->is_scale_queued || deployment->queued_delta != 0);
    must(ledger_state(deployment->ledger) != LEDGER_IN_FLIGHT || !deployment->is_scale_queued);
    must(!deployment->detail ||
         oracle_is_printable(deployment->detail, strlen(deployment->detail)));
}

static void check_fleet(const struct play *play)
{
    const struct fleet *fleet = reconciler_fleet(play->reconciler);
    int32_t in_flight = 0;
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment)
            continue;
        check_deployment(deployment);
        in_flight += ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT;
    }
    must(in_flight == reconciler_scales_in_flight(play->reconciler));
    must(reconciler_is_paused(play->reconciler) == play->is_paused);
}

static void check_scale_of_pass(const struct play *play, const struct effect *effect,
                                const struct deployment *deployment, const struct known *known)
{
    struct reconciler_outlook outlook;
    reconciler_outlook(play->reconciler, play->now, &outlook);
    must(!play->is_paused);
    must(!known->is_paused);
    must(!deployment->policy->is_paused);
    must(known->is_last_read_good);
    must(known->was_read_since_scale);
    must(effect->delta > 0 || !outlook.is_latched);
    must(effect->delta == known->queued_delta);
}

/* A key comes again only after an unknown outcome, with the same delta. */
static void check_key(struct play *play, const struct effect *effect, struct known *known,
                      uint64_t key)
{
    bool is_repeat =
        key == known->last_key && known->is_outcome_unknown && effect->delta == known->last_delta;
    must(is_repeat || key > play->last_key);
    play->last_key = is_repeat ? play->last_key : key;
    known->last_key = key;
    known->last_delta = effect->delta;
}

static void check_scale(struct play *play, const struct effect *effect, struct known *known)
{
    const struct deployment *deployment =
        fleet_at(reconciler_fleet(play->reconciler), effect->slot);
    uint64_t key = strtoull(strchr(effect->key, '-') + 1, NULL, 16);
    must(strnlen(effect->key, KEY_SIZE) < KEY_SIZE);
    check_key(play, effect, known, key);
    must(effect->delta != 0);
    must(!known->is_scaling);
    must(known->is_listed);
    must(!reconciler_is_dry_run(play->reconciler));
    must(!reconciler_is_read_only(play->reconciler));
    if (!deployment->is_scale_manual)
        check_scale_of_pass(play, effect, deployment, known);
    known->is_scaling = true;
    known->was_read_since_scale = false;
}

/* --- effects --------------------------------------------------------------------------------------------------- */

static void carry_out(struct play *play, const struct effect *effect)
{
    size_t index = effect->kind == EFFECT_DISCOVER ? IDS : index_of(effect->id);
    int32_t requests = 0;
    must(!play->is_stopped);
    must(play->call_count < CALLS_MAX);
    play->calls[play->call_count++] =
        (struct call){ effect->kind, effect->slot, index, effect->delta };
    for (size_t i = 0; i < play->call_count; i++)
        requests += play->calls[i].kind != EFFECT_DISCOVER;
    must(requests <= requests_in_flight_max(play->config.concurrency));
    if (effect->kind == EFFECT_DISCOVER) {
        must((size_t)requests + 1 == play->call_count);
        return;
    }
    must(index < IDS);
    const struct deployment *deployment =
        fleet_at(reconciler_fleet(play->reconciler), effect->slot);
    must(deployment && strcmp(deployment->id, effect->id) == 0);
    if (effect->kind == EFFECT_SCALE) {
        check_scale(play, effect, &play->known[index]);
        return;
    }
    must(!play->known[index].is_reading);
    must(play->known[index].is_listed);
    play->known[index].is_reading = true;
}

static void pump(struct play *play)
{
    struct effect effect;
    for (int count = 0; reconciler_next(play->reconciler, play->now, &effect); count++) {
        must(count < EFFECTS_MAX);
        carry_out(play, &effect);
    }
    must(reconciler_wakeup(play->reconciler).ms > play->now.ms);
    check_fleet(play);
}

/* --- events ---------------------------------------------------------------------------------------------------- */

static size_t take_entry(struct play *play, struct definition *ret_definition)
{
    static const enum reason faults[] = { REASON_BAD_ENTRY, REASON_BAD_ID,
                                          REASON_BAD_SERVERS_PER_HOST, REASON_BAD_TARGET };
    struct supply *supply = &play->supply;
    size_t index = (size_t)supply_below(supply, IDS);
    uint8_t how = supply_byte(supply);
    struct definition definition = {
        .id = ids[index],
        .servers_per_host = how < 200 ? 1 + how % 16 : (int32_t)max_i64(1, take_count(supply)),
        .target_free_ppb = (int32_t)min_i64(take_share(supply), SHARE_WHOLE - 1),
    };
    if (how % 16 == 15) {
        definition.fault = faults[how / 16 % 4];
        definition.fault_text = "as the document has it";
    }
    bool is_nameless = definition.fault == REASON_BAD_ENTRY && how >= 128;
    if (is_nameless || definition.fault == REASON_BAD_ID)
        definition.id = NULL;
    if (definition.fault == REASON_BAD_SERVERS_PER_HOST)
        definition.servers_per_host = 0;
    if (definition.fault == REASON_BAD_TARGET)
        definition.target_free_ppb = -1;
    *ret_definition = definition;
    return index;
}

/* A bad entry may leave an earlier definition in use. */
static bool is_usable(const struct play *play, const struct definition *definition, size_t index)
{
    bool is_good = definition->fault == REASON_NONE ||
                   (definition->fault == REASON_BAD_TARGET &&
                    play->policies[index].target_free_ppb != TARGET_FROM_API);
    return is_good || play->known[index].was_good;
}

/* Records each id that is listed once, without a fault, and without another id that differs in case only. */
static void record_list(struct play *play, const struct definition *definitions, size_t count)
{
    bool is_listed[IDS] = { false };
    bool is_wrong[IDS] = { false };
    for (size_t i = 0; i < count; i++) {
        if (!definitions[i].id)
            continue;
        size_t index = index_of(definitions[i].id);
        play->known[index].was_good |= definitions[i].fault == REASON_NONE;
        is_wrong[index] =
            is_wrong[index] || is_listed[index] || !is_usable(play, &definitions[i], index);
        is_listed[index] = true;
    }
    if (is_listed[0] && is_listed[5])
        is_wrong[0] = is_wrong[5] = true;
    for (size_t i = 0; i < IDS; i++)
        play->known[i].is_listed = is_listed[i] && !is_wrong[i];
    play->listed = (int32_t)count;
}

static int64_t take_retry_after(struct supply *supply)
{
    return supply_below(supply, 4) ? RETRY_AFTER_NONE : clamp_i64(take_ms(supply), 1000, 900000);
}

static void end_discovery(struct play *play)
{
    struct supply *supply = &play->supply;
    struct definition definitions[ENTRIES_MAX];
    uint8_t how = supply_byte(supply);
    size_t count = how % (ENTRIES_MAX + 1);
    struct discovery_result result = {
        .is_ok = how < 224,
        .is_transient = how % 2,
        .retry_after_ms = RETRY_AFTER_NONE,
        .took_ms = 5,
        .text = how < 224 ? "" : "no response",
    };
    for (size_t i = 0; i < count; i++)
        take_entry(play, &definitions[i]);
    if (result.is_ok)
        result.discovery = (struct discovery){ definitions, count };
    else
        result.retry_after_ms = take_retry_after(supply);
    bool is_taken = result.is_ok && !play->is_stopped && (count > 0 || play->listed == 0);
    if (is_taken)
        record_list(play, definitions, count);
    reconciler_discovery_done(play->reconciler, play->now, &result);
}

static void take_status(struct play *play, const struct deployment *deployment,
                        struct read_result *result)
{
    struct supply *supply = &play->supply;
    uint8_t how = supply_byte(supply);
    int32_t hosts = how % 4 == 0 ? deployment->status.current_hosts : take_count(supply);
    int64_t total = (int64_t)hosts * deployment->servers_per_host;
    /* Mostly as many servers as fit on the hosts, a share of them free. */
    result->status.current_hosts = hosts;
    result->status.total_servers =
        how % 8 == 7 ? take_count(supply) : (int32_t)min_i64(total, INT32_MAX);
    result->status.free_servers =
        how % 16 == 6
            ? take_count(supply)
            : (int32_t)(result->status.total_servers * (int64_t)supply_byte(supply) / 255);
}

static void end_read(struct play *play, const struct call *call)
{
    static const enum reason failures[] = { REASON_BAD_STATUS, REASON_MISSING, REASON_UNAUTHORIZED,
                                            REASON_READ_TIMEOUT, REASON_READ_FAILED };
    struct supply *supply = &play->supply;
    struct known *known = &play->known[call->id];
    const struct deployment *deployment = fleet_at(reconciler_fleet(play->reconciler), call->slot);
    bool was_queued = deployment->is_scale_queued;
    uint8_t how = supply_byte(supply);
    struct read_result result = { .retry_after_ms = RETRY_AFTER_NONE, .text = "" };
    if (how >= 224) {
        result.reason = failures[how % 5];
        result.is_transient = how % 2;
        result.retry_after_ms = take_retry_after(supply);
        result.text = "it failed";
    } else {
        take_status(play, deployment, &result);
    }
    result.is_cancelled = play->is_stopped && how % 2;
    known->is_reading = false;
    known->is_last_read_good = result.reason == REASON_NONE && !result.is_cancelled &&
                               result.status.free_servers <= result.status.total_servers;
    known->was_read_since_scale = known->was_read_since_scale || !known->is_scaling;
    reconciler_read_done(play->reconciler, play->now, call->slot, &result);
    if (deployment->is_scale_queued && !was_queued) {
        known->queued_delta = deployment->queued_delta;
        must(known->is_last_read_good);
        check_bounds(play, deployment, known);
    }
    if (deployment->input.policy &&
        (deployment->input.fault != REASON_NONE || deployment->has_status))
        check_explained(deployment);
}

static void end_scale(struct play *play, const struct call *call)
{
    static const enum scale_outcome outcomes[] = { SCALE_ACCEPTED, SCALE_LOST, SCALE_REFUSED,
                                                   SCALE_ACCEPTED };
    struct supply *supply = &play->supply;
    struct known *known = &play->known[call->id];
    uint8_t how = supply_byte(supply);
    struct scale_result result = {
        .outcome = outcomes[how % 4],
        .refusal = (enum refusal)(how / 16 % 4),
        .retry_after_ms = how % 8 == 6 ? take_retry_after(supply) : RETRY_AFTER_NONE,
        .took_ms = how,
        .text = how % 4 == 0 ? "" : "it failed",
    };
    known->is_scaling = false;
    /* A repeat that was not sent leaves its order unknown. */
    if (result.outcome != SCALE_REFUSED || result.refusal != REFUSAL_UNSENT)
        known->is_outcome_unknown = result.outcome == SCALE_LOST;
    if (result.outcome != SCALE_REFUSED) {
        known->scaled_ms = play->now.ms;
        known->scaled_up_ms = call->delta > 0 ? play->now.ms : known->scaled_up_ms;
    }
    reconciler_scale_done(play->reconciler, play->now, call->slot, &result);
}

static void end_call(struct play *play, size_t at)
{
    struct call call = play->calls[at];
    play->call_count--;
    memmove(&play->calls[at], &play->calls[at + 1], (play->call_count - at) * sizeof call);
    switch (call.kind) {
    case EFFECT_DISCOVER:
        end_discovery(play);
        break;
    case EFFECT_READ:
        end_read(play, &call);
        break;
    case EFFECT_SCALE:
        end_scale(play, &call);
        break;
    case EFFECT_RECORD:
    case EFFECT_UNSENT:
        must(false);
    }
}

static void record_command(struct play *play, const struct command *command)
{
    size_t index = index_of(command->id);
    if (command->kind == COMMAND_PAUSE_ALL || command->kind == COMMAND_RESUME_ALL)
        play->is_paused = command->kind == COMMAND_PAUSE_ALL;
    if (command->kind == COMMAND_PAUSE || command->kind == COMMAND_RESUME)
        play->known[index].is_paused = command->kind == COMMAND_PAUSE;
}

/* The slot is mostly correct. */
static void give_command(struct play *play)
{
    struct supply *supply = &play->supply;
    struct command command = {
        .kind = (enum command_kind)supply_below(supply, COMMAND_COUNT),
        .serial = 7,
    };
    size_t index = (size_t)supply_below(supply, IDS);
    uint8_t how = supply_byte(supply);
    const struct deployment *deployment =
        fleet_find(reconciler_fleet(play->reconciler), ids[index], false);
    command.slot = deployment && how < 240 ? deployment->slot : how;
    command.is_forced = how % 2;
    command.delta = (how % 4 < 2 ? 1 : -1) * take_count(supply);
    memcpy(command.id, ids[index], strlen(ids[index]) + 1);
    struct command_ack ack;
    memset(&ack, 0xff, sizeof ack);
    play->was_logged = false;
    bool is_accepted = reconciler_command(play->reconciler, play->now, &command, &ack);
    size_t length = strnlen(ack.text, sizeof ack.text);
    must(play->was_logged);
    must(ack.kind == command.kind && ack.serial == command.serial);
    must(ack.is_accepted == is_accepted);
    must(length > 0 && length < sizeof ack.text);
    must(oracle_is_printable(ack.text, length));
    if (!is_accepted)
        return;
    record_command(play, &command);
    if (command.kind != COMMAND_SCALE)
        return;
    must(deployment->is_scale_queued && deployment->is_scale_manual);
    must(deployment->queued_delta == command.delta);
    must(!reconciler_is_dry_run(play->reconciler) && !reconciler_is_read_only(play->reconciler));
    must((int64_t)deployment->status.current_hosts + ledger_pending_hosts(deployment->ledger) +
             command.delta >=
         0);
}

static void configure(struct play *play)
{
    struct supply *supply = &play->supply;
    uint8_t how = supply_byte(supply);
    play->config.is_dry_run = how % 8 == 1;
    play->config.is_read_only = how % 8 == 2;
    play->config.pass_interval_ms = max_i64(10, take_day_ms(supply));
    play->config.discovery_interval_ms = max_i64(10, take_day_ms(supply));
    if (how >= 128)
        take_policy(supply, &play->policies[how % IDS]);
    reconciler_configure(play->reconciler, &play->config, play->now);
}

static void let_time_pass(struct play *play)
{
    uint8_t how = supply_byte(&play->supply);
    struct mono wakeup = reconciler_wakeup(play->reconciler);
    if (how < 128 && wakeup.ms != MONO_NEVER.ms)
        play->now = wakeup;
    else
        play->now = mono_after(play->now, take_ms(&play->supply));
}

static void stop(struct play *play)
{
    reconciler_stop(play->reconciler, play->now);
    play->is_stopped = true;
}

static void step(struct play *play)
{
    uint8_t what = supply_byte(&play->supply);
    if (what < 160 && play->call_count > 0)
        end_call(play, what % play->call_count);
    else if (what < 208)
        let_time_pass(play);
    else if (what < 236)
        give_command(play);
    else if (what < 244)
        configure(play);
    else if (what < 248)
        reconciler_request_discovery(play->reconciler, play->now);
    else if (what < 254)
        reconciler_request_pass(play->reconciler, play->now);
    else
        stop(play);
    pump(play);
}

/* Requests in flight end; nothing else begins. */
static void check_end(struct play *play)
{
    stop(play);
    while (play->call_count > 0) {
        pump(play);
        end_call(play, 0);
    }
    pump(play);
    must(play->call_count == 0);
    must(reconciler_is_finished(play->reconciler));
    must(reconciler_scales_in_flight(play->reconciler) == 0);
    must(reconciler_wakeup(play->reconciler).ms == MONO_NEVER.ms);
    const struct fleet *fleet = reconciler_fleet(play->reconciler);
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        must(!deployment || (!deployment->is_reading && !deployment->is_scale_queued &&
                             !deployment->is_retry_waiting));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play *play = calloc(1, sizeof *play);
    must(play);
    play->supply = (struct supply){ data, size };
    struct supply *supply = &play->supply;
    uint8_t how = supply_byte(supply);
    play->now = (struct mono){ 1000000 };
    play->config = (struct reconciler_config){
        .discovery_interval_ms = 60000,
        .pass_interval_ms = 30000,
        .concurrency = 1 + how % 8,
        .retries = how / 8 % 4,
        .is_once = how >= 240,
        .policy_of = policy_of,
        .policy_context = play,
    };
    for (size_t i = 0; i < IDS; i++) {
        play->policies[i] = i % 2 ? policy_default : policy_formula;
        play->known[i].scaled_ms = NOT_YET;
        play->known[i].scaled_up_ms = NOT_YET;
    }
    take_policy(supply, &play->policies[0]);
    take_policy(supply, &play->policies[1]);
    struct event_sink sink = { take_event, play };
    int r = reconciler_create(&play->config, 1, sink, play->now, &play->reconciler);
    must(r == 0);
    pump(play);
    for (int count = 0; count < STEPS_MAX && supply->left > 0; count++)
        step(play);
    check_end(play);
    reconciler_destroy(play->reconciler);
    free(play);
    return 0;
}
