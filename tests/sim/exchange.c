#include "tests/sim/exchange.h"

#include "engine/base/panic.h"
#include "tests/sim/api.h"
#include "tests/sim/journal.h"
#include "tests/sim/lists.h"
#include "tests/sim/reads.h"
#include "tests/sim/scales.h"
#include "tests/sim/strangers.h"
#include "tests/sim/turns.h"

static void take_event(void *context, const struct event *event)
{
    struct sim_state *sim_state = context;
    trace_mix(&sim_state->trace, (uint64_t)event->id << 32 ^ (uint64_t)sim_state_now_ms(sim_state));
    for (size_t i = 0; i < event->field_count; i++)
        trace_mix(&sim_state->trace, (uint64_t)event->fields[i].number);
    if (event->id == EVENT_DISCOVERY_FAILED)
        sim_state->is_list_refused = true;
    if (event->id == EVENT_PASS_STARTED) {
        sim_state->around.pass = ++sim_state->pass_number;
        turns_start_pass(sim_state);
    }
    bool is_given_up = event->id == EVENT_PENDING_EXPIRED || event->id == EVENT_SCALE_NOT_APPLIED;
    if (event->id != EVENT_SCALE_DROPPED && !is_given_up)
        return;
    uint32_t index = site_index(event->fields[0].string);
    if (index == SITE_NONE)
        return;
    if (event->id == EVENT_SCALE_DROPPED)
        sim_state->sites[index].manual_delta = 0;
    else
        scales_note_written_off(sim_state, &sim_state->sites[index],
                                (int32_t)event->fields[1].number,
                                event->id == EVENT_SCALE_NOT_APPLIED);
}

void exchange_open(struct sim_state *sim_state)
{
    struct event_sink sink = { .take = take_event, .context = sim_state };
    uint64_t seed = sim_state->plan->seed + sim_state->next_incident;
    must(reconciler_create(&sim_state->config, seed, sink, sim_state_now(sim_state),
                           &sim_state->reconciler) == 0);
}

/* The site of a request. */
static struct site *site_of(struct sim_state *sim_state, const struct effect *effect)
{
    uint32_t index = site_index(effect->id);
    if (index < sim_state->site_count)
        return &sim_state->sites[index];
    trace_check(&sim_state->trace, (struct breach){ LAW_ABSENT, effect->kind, effect->slot },
                SITE_NONE);
    panic_failed("a request for an unknown deployment", __FILE__, __LINE__);
}

/* A read may be beside the others when it takes long. The new request is not sent yet. */
static void check_in_flight(struct sim_state *sim_state, const struct site *site,
                            enum effect_kind kind)
{
    int32_t most = sim_state->config.concurrency;
    int64_t since_ms =
        kind == EFFECT_READ ? sim_state_now_ms(sim_state) - READ_SLOW_MS_MIN : INT64_MIN;
    int32_t count = 1 + in_flight_count(&sim_state->in_flight, kind, since_ms);
    trace_require(&sim_state->trace, count <= most, LAW_IN_FLIGHT, site->index, count, most);
    count = sim_state->requests_in_flight;
    most = requests_in_flight_max(most);
    trace_require(&sim_state->trace, count <= most, LAW_IN_FLIGHT, site->index, count, most);
}

static void carry_out(struct sim_state *sim_state, const struct effect *effect)
{
    struct trace *trace = &sim_state->trace;
    trace_mix(trace, (uint64_t)effect->kind << 60 ^ (uint64_t)effect->slot << 32 ^
                         (uint64_t)sim_state_now_ms(sim_state));
    trace_mix(trace, (uint64_t)effect->delta);
    if (effect->kind == EFFECT_UNSENT) {
        journal_drop(sim_state, site_of(sim_state, effect), effect);
        return;
    }
    trace_require(trace, !sim_state->around.is_stopping, LAW_SETTLED, SITE_NONE, effect->kind, 0);
    if (effect->kind == EFFECT_DISCOVER) {
        lists_start(sim_state);
        return;
    }
    if (effect->kind == EFFECT_RECORD) {
        journal_start(sim_state, site_of(sim_state, effect), effect);
        return;
    }
    if (effect->kind == EFFECT_READ && strangers_is_one(effect->id)) {
        sim_state->requests_in_flight++;
        strangers_start_read(sim_state, effect, api_is_limited(sim_state));
        return;
    }
    struct site *site = site_of(sim_state, effect);
    sim_state->requests_in_flight++;
    check_in_flight(sim_state, site, effect->kind);
    if (effect->kind == EFFECT_READ)
        reads_start(sim_state, site, effect);
    else
        scales_start(sim_state, site, effect);
}

void exchange_pump(struct sim_state *sim_state)
{
    struct effect effect;
    while (reconciler_next(sim_state->reconciler, sim_state_now(sim_state), &effect))
        carry_out(sim_state, &effect);
}

void exchange_deliver(struct sim_state *sim_state)
{
    struct call call;
    in_flight_take(&sim_state->in_flight, &call);
    bool is_request = call.kind == EFFECT_READ || call.kind == EFFECT_SCALE;
    sim_state->requests_in_flight -= is_request && !call.is_echo;
    switch (call.kind) {
    case EFFECT_DISCOVER:
        lists_respond(sim_state, &call);
        break;
    case EFFECT_READ:
        if (call.site == SITE_NONE)
            strangers_respond(sim_state, &call);
        else
            reads_respond(sim_state, &call);
        break;
    case EFFECT_SCALE:
        scales_respond(sim_state, &call);
        break;
    case EFFECT_RECORD:
        journal_respond(sim_state, &call);
        break;
    case EFFECT_UNSENT:
        break;
    }
}
