#include "tests/support/world.h"

#include "engine/base/arith.h"
#include "tests/support/formula.h"
#include "tests/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- sites ----------------------------------------------------------------------------------------------------- */

int32_t site_owned_hosts(const struct site *site)
{
    return fleet_truth_owned(&site->truth);
}

static int32_t target_of(const struct site *site)
{
    return site->policy.target_free_ppb == TARGET_FROM_API ? site->target_free_ppb
                                                           : site->policy.target_free_ppb;
}

int64_t site_needed_hosts(const struct site *site)
{
    return formula_hosts(site->demand, site->truth.servers_per_host, target_of(site));
}

int64_t site_needed_with_turnover(const struct site *site)
{
    int64_t servers = formula_hosts(site->demand, 1, target_of(site)) +
                      fleet_truth_away_mean(&site->truth, site->demand);
    return ceil_div(servers, site->truth.servers_per_host) + site->truth.unready;
}

int32_t site_wanted_hosts(const struct site *site)
{
    int64_t hosts = max_i64(site_needed_hosts(site), site->policy.min_hosts);
    return saturate_i32(min_i64(hosts, site->policy.max_hosts));
}

/* The expected demand is bounded by past demand; only the demand of a full fleet may be higher than visible. */
static void allow_wish(struct site *site, const struct deployment *deployment)
{
    if (site->policy.lookahead_ms == LOOKAHEAD_OFF || deployment->desired_hosts < 0)
        return;
    int64_t most = (int64_t)WISH_TIMES_MAX * max_i64(site->needed_high, 1);
    if (site->policy.saturation_step_ppb > 0)
        most += WISH_HIDDEN_MAX;
    if (deployment->desired_hosts > most)
        fail_msg("%s wants %d hosts, the most it ever needed is %d", site->id,
                 deployment->desired_hosts, site->needed_high);
    site->allowed_hosts = (int32_t)max_i64(site->allowed_hosts, deployment->desired_hosts);
}

void site_set_demand(struct site *site, int32_t demand)
{
    site->demand = demand;
    site->needed_high = (int32_t)max_i64(site->needed_high, site_wanted_hosts(site));
    site->allowed_hosts = (int32_t)max_i64(site->allowed_hosts, site_wanted_hosts(site));
}

/* An operator may order more hosts than needed. */
static void allow_what_there_is(struct site *site)
{
    int32_t own = site_owned_hosts(site) - site->foreign_hosts;
    site->allowed_hosts = (int32_t)max_i64(site->allowed_hosts, own);
}

void world_apply_scale(struct world *world, struct site *site, const struct call *call)
{
    int32_t delta = call->delta;
    bool is_manual = call->is_manual;
    if (site->is_key_honoured && call->key == site->applied_key)
        return;
    site->applied_key = call->key;
    site->applied_count++;
    if (delta < 0) {
        fleet_truth_remove(&site->truth, -delta, world->now.ms, world->now.ms + site->drain_ms);
        return;
    }
    int32_t hosts = (int32_t)ceil_div((int64_t)delta * site->fill_percent, 100);
    fleet_truth_order(&site->truth, hosts, world->now.ms + site->boot_ms);
    if (is_manual)
        allow_what_there_is(site);
    if (site_owned_hosts(site) > site->allowed_hosts + site->foreign_hosts)
        fail_msg("%s owns %d hosts, %d would do: seed %" PRIu64 " at %" PRId64 " ms", site->id,
                 site_owned_hosts(site), site->allowed_hosts + site->foreign_hosts, world->seed,
                 world->now.ms);
}

void site_move(struct site *site, int32_t hosts)
{
    /* The core may count them as its own for a while. */
    site->foreign_hosts += abs(hosts);
    if (hosts < 0)
        fleet_truth_remove(&site->truth, -hosts, 0, 0);
    else
        fleet_truth_move(&site->truth, hosts);
}

/* --- set-up ---------------------------------------------------------------------------------------------------- */

static const struct policy *policy_of(const void *context, const char *id)
{
    const struct world *world = context;
    for (size_t i = 0; i < world->site_count; i++)
        if (strcmp(world->sites[i].id, id) == 0)
            return &world->sites[i].policy;
    return &policy_default;
}

static void mix(struct world *world, uint64_t value)
{
    world->trace = random_mix(world->trace ^ value) + 1;
}

static void take_event(void *context, const struct event *event)
{
    struct world *world = context;
    world->events[event->id]++;
    mix(world, (uint64_t)event->id << 32 ^ (uint64_t)world->now.ms);
    for (size_t i = 0; i < event->field_count; i++) {
        const struct event_field *field = &event->fields[i];
        if (field->type != EVENT_FIELD_STRING)
            mix(world, (uint64_t)field->number);
        else
            for (size_t at = 0; at < field->string_size; at++)
                mix(world, (unsigned char)field->string[at]);
    }
}

void world_init(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->seed = seed;
    world->random.state = seed;
    world->now = (struct mono){ 1000000 };
    world->read_ms = 20;
    world->scale_ms = 50;
    world->discovery_ms = 100;
    world->retry_after_ms = RETRY_AFTER_NONE;
    world->config = (struct reconciler_config){
        .discovery_interval_ms = 60000,
        .pass_interval_ms = 30000,
        .concurrency = 32,
        .retries = 2,
        .policy_of = policy_of,
        .policy_context = world,
    };
}

void world_add_sites(struct world *world, size_t count, bool is_counted_when_ordered, int32_t hosts,
                     int32_t busy_servers)
{
    for (; count > 0; count--) {
        assert_true(world->site_count < WORLD_SITES_MAX);
        struct site *site = &world->sites[world->site_count];
        *site = (struct site){
            .is_listed = true,
            .target_free_ppb = 15 * SHARE_PERCENT,
            .policy = policy_formula,
            .fill_percent = 100,
            .truth = { .servers_per_host = 10,
                       .is_counted_when_ordered = is_counted_when_ordered,
                       .ready = hosts },
            .boot_ms = 120000,
            .allowed_hosts = hosts,
            .stale_at = world->now,
        };
        site->policy.scale_down_window_ms = 5 * 60 * 1000;
        snprintf(site->id, sizeof site->id, "d%03zu", world->site_count++);
        site_set_demand(site, busy_servers);
        site->stale = fleet_truth_status(&site->truth, site->demand);
    }
}

void world_start(struct world *world)
{
    struct event_sink sink = { take_event, world };
    assert_int_equal(
        reconciler_create(&world->config, world->seed, sink, world->now, &world->reconciler), 0);
}

void world_fini(struct world *world)
{
    reconciler_destroy(world->reconciler);
    world->reconciler = NULL;
}

const struct deployment *world_deployment(const struct world *world, size_t site)
{
    return fleet_find(reconciler_fleet(world->reconciler), world->sites[site].id, false);
}

int32_t world_count(const struct world *world, enum effect_kind kind, size_t site, int64_t from_ms)
{
    int32_t count = 0;
    for (size_t i = 0; i < world->log_count; i++) {
        const struct log_line *line = &world->log[i];
        count += line->kind == kind && line->at.ms >= from_ms &&
                 (site == SIZE_MAX || line->site == site);
    }
    return count;
}

/* --- requests -------------------------------------------------------------------------------------------------- */

static enum answer draw_answer(struct world *world, enum effect_kind kind)
{
    static const enum answer reads[] = { ANSWER_ERROR,        ANSWER_TIMEOUT, ANSWER_MISSING,
                                         ANSWER_BUSY,         ANSWER_GARBAGE, ANSWER_IMPLAUSIBLE,
                                         ANSWER_UNAUTHORIZED, ANSWER_REFUSED };
    static const enum answer scales[] = { ANSWER_ERROR, ANSWER_TIMEOUT, ANSWER_LOST,
                                          ANSWER_LOST,  ANSWER_REFUSED, ANSWER_BUSY };
    static const enum answer discoveries[] = { ANSWER_ERROR, ANSWER_TIMEOUT, ANSWER_EMPTY,
                                               ANSWER_UNAUTHORIZED };
    if (random_below(&world->random, 100) >= world->hostility)
        return ANSWER_OK;
    size_t draw = (size_t)random_below(&world->random, 240);
    switch (kind) {
    case EFFECT_READ:
        return reads[draw % COUNT_OF(reads)];
    case EFFECT_SCALE:
        return scales[draw % COUNT_OF(scales)];
    case EFFECT_DISCOVER:
        return discoveries[draw % COUNT_OF(discoveries)];
    case EFFECT_RECORD:
    case EFFECT_UNSENT:
        break;
    }
    return ANSWER_OK;
}

static enum answer next_answer(struct world *world, enum effect_kind kind, struct script *script)
{
    if (script->left > 0) {
        script->left -= script->left != FOREVER;
        return script->answer;
    }
    return draw_answer(world, kind);
}

static bool is_over_budget(struct world *world)
{
    if (world->budget_reads == 0)
        return false;
    int64_t window = floor_div(world->now.ms, world->budget_ms);
    if (window != world->budget_window)
        world->budget_used = 0;
    world->budget_window = window;
    bool is_over = world->budget_used++ >= world->budget_reads;
    world->refused += is_over;
    return is_over;
}

static int64_t delay_ms(struct world *world, int64_t usual_ms, enum answer answer)
{
    if (answer == ANSWER_TIMEOUT || answer == ANSWER_LOST || answer == ANSWER_LATE)
        return 5000;
    return world->hostility > 0 ? usual_ms + random_below(&world->random, 4 * usual_ms) : usual_ms;
}

static void log_request(struct world *world, const struct effect *effect, size_t site)
{
    mix(world, (uint64_t)effect->kind << 60 ^ (uint64_t)site << 40 ^ (uint64_t)world->now.ms);
    mix(world, (uint64_t)effect->delta);
    if (world->log_count < WORLD_LOG_MAX)
        world->log[world->log_count++] =
            (struct log_line){ effect->kind, site, effect->delta, world->now };
}

/* Manual scales are allowed while paused, and may override the rails. */
static void check_scale_of_pass(const struct world *world, const struct site *site,
                                const struct effect *effect)
{
    assert_false(reconciler_is_paused(world->reconciler));
    assert_false(fleet_at(reconciler_fleet(world->reconciler), effect->slot)->is_operator_paused);
    assert_false(site->policy.is_paused);
    assert_true(site->is_last_read_good);
    assert_true(site->is_known_good || effect->delta > 0);
    const struct step_limit *limit =
        effect->delta > 0 ? &site->policy.max_step_up : &site->policy.max_step_down;
    if (limit->kind == STEP_HOSTS)
        assert_in_range(abs(effect->delta), 1, limit->amount);
}

static bool is_manual(const struct world *world, const struct effect *effect)
{
    return fleet_at(reconciler_fleet(world->reconciler), effect->slot)->is_scale_manual;
}

static uint64_t key_of(const struct effect *effect)
{
    struct order_key key;
    assert_true(order_key_parse(effect->key, &key));
    return (key.epoch & INT32_MAX) << 32 | key.number;
}

/* A repeat is the whole request again, when by now a fifth or two hosts less are needed. */
static void allow_repeat(struct site *site)
{
    int32_t needed = site_wanted_hosts(site);
    site->allowed_hosts = (int32_t)max_i64(site->allowed_hosts, needed + max_i64(2, needed / 5));
}

/* A new request: its key was never used. */
static void note_key(struct world *world, uint64_t key)
{
    assert_true(key > world->last_key);
    world->last_key = key;
}

/* A key comes again only after an unknown outcome, with the same delta. */
static void check_scale(struct world *world, struct site *site, const struct effect *effect)
{
    uint64_t key = key_of(effect);
    bool is_repeat = key == site->last_key;
    if (is_repeat) {
        assert_true(site->is_outcome_unknown);
        assert_int_equal(effect->delta, site->last_delta);
        allow_repeat(site);
    } else if (!world->config.is_recording) {
        note_key(world, key);
    }
    site->last_key = key;
    site->repeat_count += is_repeat;
    assert_false(site->is_scaling);
    assert_true(effect->delta != 0);
    assert_true(site->is_known_listed);
    assert_false(reconciler_is_dry_run(world->reconciler));
    assert_false(reconciler_is_read_only(world->reconciler));
    if (!is_manual(world, effect))
        check_scale_of_pass(world, site, effect);
    site->is_scaling = true;
    site->scale_count++;
    site->manual_count += is_manual(world, effect);
    site->last_delta = effect->delta;
    site->last_scale_at = world->now;
}

static size_t site_of(const struct world *world, const char *id)
{
    for (size_t i = 0; i < world->site_count; i++)
        if (strcmp(world->sites[i].id, id) == 0)
            return i;
    fail_msg("a request for '%s', which does not exist", id);
    return SIZE_MAX;
}

/* A read or a scale. */
static bool is_request(enum effect_kind kind)
{
    return kind == EFFECT_READ || kind == EFFECT_SCALE;
}

static struct call *add_call(struct world *world, const struct effect *effect, size_t site)
{
    assert_true(world->call_count < WORLD_CALLS_MAX);
    struct call *call = &world->calls[world->call_count++];
    *call = (struct call){
        .kind = effect->kind, .site = site, .slot = effect->slot, .delta = effect->delta
    };
    if (is_request(effect->kind))
        world->requests_in_flight++;
    world->requests_high = (int32_t)max_i64(world->requests_high, world->requests_in_flight);
    assert_true(world->requests_in_flight <= requests_in_flight_max(world->config.concurrency));
    return call;
}

/* Its end does not come from the API. */
static void end_unsent(struct world *world, struct site *site, const struct effect *effect)
{
    assert_true(world->config.is_recording);
    assert_true(site->recorded_key == key_of(effect));
    assert_int_not_equal(effect->reason, REASON_NONE);
    site->recorded_key = 0;
    world->unsent++;
}

/* A scale is sent only after its intent was stored, with the same key. */
static void check_recorded(const struct world *world, struct site *site,
                           const struct effect *effect)
{
    assert_true(!world->config.is_recording || site->recorded_key == key_of(effect));
    site->recorded_key = 0;
}

static void carry_out(struct world *world, const struct effect *effect)
{
    size_t index = effect->kind == EFFECT_DISCOVER ? SIZE_MAX : site_of(world, effect->id);
    struct site *site = index == SIZE_MAX ? NULL : &world->sites[index];
    int64_t usual_ms = 0;
    log_request(world, effect, index);
    if (effect->kind == EFFECT_UNSENT) {
        end_unsent(world, site, effect);
        return;
    }
    struct call *call = add_call(world, effect, index);
    switch (effect->kind) {
    case EFFECT_DISCOVER:
        call->answer = next_answer(world, effect->kind, &world->discoveries);
        usual_ms = world->discovery_ms;
        break;
    case EFFECT_READ:
        site->read_count++;
        call->answer =
            is_over_budget(world) ? ANSWER_BUSY : next_answer(world, effect->kind, &site->reads);
        usual_ms = world->read_ms;
        break;
    case EFFECT_SCALE:
        check_recorded(world, site, effect);
        check_scale(world, site, effect);
        call->is_manual = is_manual(world, effect);
        call->key = key_of(effect);
        call->answer = next_answer(world, effect->kind, &site->scales);
        usual_ms = world->scale_ms;
        break;
    case EFFECT_RECORD:
        assert_true(world->config.is_recording);
        assert_true(site->recorded_key == 0);
        call->key = key_of(effect);
        if (!effect->is_repeat)
            note_key(world, call->key);
        usual_ms = world->record_ms;
        break;
    case EFFECT_UNSENT:
        break;
    }
    call->due = mono_after(world->now, delay_ms(world, usual_ms, call->answer));
}

/* --- responses ------------------------------------------------------------------------------------------------- */

static struct status seen_status(struct world *world, struct site *site)
{
    fleet_truth_turn_over(&site->truth, site->demand, world->now.ms);
    struct status status = fleet_truth_status(&site->truth, site->demand);
    if (world->now.ms - site->stale_at.ms > world->lag_ms) {
        site->stale = status;
        site->stale_at = world->now;
    }
    if (world->lag_percent > 0 && random_below(&world->random, 100) < world->lag_percent)
        return site->stale;
    if (site->is_free_stuck) {
        status.free_servers = 0;
        site->needed_high = site->allowed_hosts = INT32_MAX / 2;
    }
    return status;
}

/* A bad entry leaves the last good definition in use. */
static bool is_usable(struct site *site)
{
    bool has_target = site->policy.target_free_ppb != TARGET_FROM_API;
    enum reason fault = has_target && site->definition_fault == REASON_BAD_TARGET
                            ? REASON_NONE
                            : site->definition_fault;
    bool may_keep = fault == REASON_BAD_ENTRY || fault == REASON_BAD_SERVERS_PER_HOST ||
                    fault == REASON_BAD_TARGET;
    site->is_known_good = fault == REASON_NONE && site->is_listed;
    site->was_good = site->was_good || site->is_known_good;
    return fault == REASON_NONE || (may_keep && site->was_good);
}

static void answer_discovery(struct world *world, const struct call *call)
{
    static struct definition definitions[WORLD_SITES_MAX];
    size_t count = 0;
    bool is_ok = call->answer == ANSWER_OK || call->answer == ANSWER_EMPTY;
    for (size_t i = 0; call->answer == ANSWER_OK && i < world->site_count; i++) {
        const struct site *site = &world->sites[i];
        if (site->is_listed)
            definitions[count++] =
                (struct definition){ site->id, site->truth.servers_per_host, site->target_free_ppb,
                                     site->definition_fault,
                                     site->definition_fault ? "as listed" : NULL };
    }
    for (size_t i = 0; count > 0 && i < world->site_count; i++)
        world->sites[i].is_known_listed = world->sites[i].is_listed && is_usable(&world->sites[i]);
    struct discovery_result result = {
        .discovery = { definitions, count },
        .is_ok = is_ok,
        .is_transient = call->answer == ANSWER_ERROR || call->answer == ANSWER_TIMEOUT ||
                        call->answer == ANSWER_BUSY,
        .retry_after_ms = call->answer == ANSWER_BUSY ? world->retry_after_ms : RETRY_AFTER_NONE,
        .text = is_ok ? "" : "scripted",
    };
    reconciler_discovery_done(world->reconciler, world->now, &result);
}

static enum reason read_reason(enum answer answer)
{
    switch (answer) {
    case ANSWER_OK:
    case ANSWER_IMPLAUSIBLE:
    case ANSWER_EMPTY:
        return REASON_NONE;
    case ANSWER_ERROR:
    case ANSWER_REFUSED:
    case ANSWER_BUSY:
        return REASON_READ_FAILED;
    case ANSWER_TIMEOUT:
    case ANSWER_LOST:
    case ANSWER_LATE:
        return REASON_READ_TIMEOUT;
    case ANSWER_MISSING:
        return REASON_MISSING;
    case ANSWER_UNAUTHORIZED:
        return REASON_UNAUTHORIZED;
    case ANSWER_GARBAGE:
        return REASON_BAD_STATUS;
    }
    return REASON_NONE;
}

static bool is_transient(enum answer answer)
{
    return answer == ANSWER_ERROR || answer == ANSWER_BUSY || answer == ANSWER_TIMEOUT ||
           answer == ANSWER_LOST || answer == ANSWER_LATE;
}

static void answer_read(struct world *world, const struct call *call)
{
    struct site *site = &world->sites[call->site];
    struct read_result result = {
        .status = seen_status(world, site),
        .reason = read_reason(call->answer),
        .is_transient = is_transient(call->answer),
        .is_rate_limited = call->answer == ANSWER_BUSY,
        .retry_after_ms = call->answer == ANSWER_BUSY ? world->retry_after_ms : RETRY_AFTER_NONE,
        .text = "scripted",
    };
    if (call->answer == ANSWER_IMPLAUSIBLE)
        result.status.free_servers = result.status.total_servers + 1;
    site->is_last_read_good = call->answer == ANSWER_OK;
    reconciler_read_done(world->reconciler, world->now, call->slot, &result);
    allow_wish(site, fleet_at(reconciler_fleet(world->reconciler), call->slot));
}

static enum refusal refusal_of(enum answer answer)
{
    if (answer == ANSWER_REFUSED)
        return REFUSAL_SIZE;
    return answer == ANSWER_BUSY ? REFUSAL_BUSY : REFUSAL_FIRM;
}

static void apply_later(struct world *world, const struct call *call)
{
    assert_true(world->call_count < WORLD_CALLS_MAX);
    struct call *later = &world->calls[world->call_count++];
    *later = *call;
    later->is_late = true;
    later->due = mono_after(world->now, world->sites[call->site].late_ms);
}

static bool is_above_quota(const struct site *site, int32_t delta)
{
    return delta > 0 && site->quota > 0 && site_owned_hosts(site) + delta > site->quota;
}

static void answer_scale(struct world *world, struct call *call)
{
    struct site *site = &world->sites[call->site];
    if (call->is_late) {
        world_apply_scale(world, site, call);
        return;
    }
    if (call->answer == ANSWER_OK && is_above_quota(site, call->delta))
        call->answer = ANSWER_REFUSED;
    bool is_refused = call->answer == ANSWER_REFUSED || call->answer == ANSWER_BUSY ||
                      call->answer == ANSWER_MISSING || call->answer == ANSWER_UNAUTHORIZED;
    struct scale_result result = {
        .outcome = call->answer == ANSWER_OK ? SCALE_ACCEPTED
                   : is_refused              ? SCALE_REFUSED
                                             : SCALE_LOST,
        .refusal = refusal_of(call->answer),
        .retry_after_ms = call->answer == ANSWER_BUSY ? world->retry_after_ms : RETRY_AFTER_NONE,
        .took_ms = world->scale_ms,
        .text = "scripted",
    };
    if (call->answer == ANSWER_OK || call->answer == ANSWER_LOST)
        world_apply_scale(world, site, call);
    if (call->answer == ANSWER_LATE)
        apply_later(world, call);
    site->is_scaling = false;
    bool is_unread = result.outcome == SCALE_REFUSED && result.refusal == REFUSAL_BUSY;
    site->is_outcome_unknown =
        result.outcome == SCALE_LOST || (is_unread && site->is_outcome_unknown);
    reconciler_scale_done(world->reconciler, world->now, call->slot, &result);
}

static void answer_record(struct world *world, const struct call *call)
{
    if (!world->is_disk_full)
        world->sites[call->site].recorded_key = call->key;
    world->recorded += !world->is_disk_full;
    reconciler_record_done(world->reconciler, world->now, call->slot, !world->is_disk_full);
}

static void answer_call(struct world *world, size_t index)
{
    struct call call = world->calls[index];
    memmove(&world->calls[index], &world->calls[index + 1],
            (--world->call_count - index) * sizeof call);
    if (is_request(call.kind) && !call.is_late)
        world->requests_in_flight--;
    if (call.site != SIZE_MAX)
        fleet_truth_advance(&world->sites[call.site].truth, world->now.ms);
    switch (call.kind) {
    case EFFECT_DISCOVER:
        answer_discovery(world, &call);
        break;
    case EFFECT_READ:
        answer_read(world, &call);
        break;
    case EFFECT_SCALE:
        answer_scale(world, &call);
        break;
    case EFFECT_RECORD:
        answer_record(world, &call);
        break;
    case EFFECT_UNSENT:
        break;
    }
}

/* --- time ------------------------------------------------------------------------------------------------------ */

static void look(struct world *world)
{
    if (world->watch)
        world->watch(world, world->watch_context);
}

static void pump(struct world *world)
{
    struct effect effect;
    while (reconciler_next(world->reconciler, world->now, &effect))
        carry_out(world, &effect);
    /* A wait must have a wake-up or a response in flight. */
    assert_true(reconciler_wakeup(world->reconciler).ms > world->now.ms);
    look(world);
}

static size_t earliest_call(const struct world *world)
{
    size_t earliest = SIZE_MAX;
    for (size_t i = 0; i < world->call_count; i++)
        if (earliest == SIZE_MAX || world->calls[i].due.ms < world->calls[earliest].due.ms)
            earliest = i;
    return earliest;
}

void world_run(struct world *world, int64_t ms)
{
    struct mono end = mono_after(world->now, ms);
    for (;;) {
        pump(world);
        size_t index = earliest_call(world);
        struct mono call_due = index == SIZE_MAX ? MONO_NEVER : world->calls[index].due;
        struct mono next = mono_min(call_due, reconciler_wakeup(world->reconciler));
        if (next.ms > end.ms)
            break;
        world->now = next;
        if (call_due.ms <= next.ms)
            answer_call(world, index);
        look(world);
    }
    world->now = end;
    for (size_t i = 0; i < world->site_count; i++)
        fleet_truth_advance(&world->sites[i].truth, end.ms);
}

bool world_command(struct world *world, const struct command *command, struct command_ack *ret_ack)
{
    int32_t told = world->events[EVENT_OPERATOR_COMMAND];
    memset(ret_ack, 0xff, sizeof *ret_ack);
    bool is_accepted = reconciler_command(world->reconciler, world->now, command, ret_ack);
    assert_int_equal(world->events[EVENT_OPERATOR_COMMAND], told + 1);
    assert_int_equal(ret_ack->is_accepted, is_accepted);
    assert_int_equal(ret_ack->kind, command->kind);
    assert_int_equal(ret_ack->serial, command->serial);
    assert_in_range(strnlen(ret_ack->text, sizeof ret_ack->text), 1, sizeof ret_ack->text - 1);
    for (const char *at = ret_ack->text; *at; at++)
        assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
    look(world);
    return is_accepted;
}
