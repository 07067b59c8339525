#include "tests/sim/exchange.h"

#include "engine/base/panic.h"
#include "tests/sim/lists.h"
#include "tests/sim/reads.h"
#include "tests/sim/scales.h"

static void take_event(void *context, const struct event *event)
{
    struct sim_state *sim_state = context;
    trace_mix(&sim_state->trace, (uint64_t)event->id << 32 ^ (uint64_t)sim_state_now_ms(sim_state));
    for (size_t i = 0; i < event->field_count; i++)
        trace_mix(&sim_state->trace, (uint64_t)event->fields[i].number);
    if (event->id == EVENT_PASS_STARTED)
        sim_state->around.pass = ++sim_state->pass_number;
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

static void carry_out(struct sim_state *sim_state, const struct effect *effect)
{
    struct trace *trace = &sim_state->trace;
    trace_mix(trace, (uint64_t)effect->kind << 60 ^ (uint64_t)effect->slot << 32 ^
                         (uint64_t)sim_state_now_ms(sim_state));
    trace_mix(trace, (uint64_t)effect->delta);
    trace_require(trace, !sim_state->around.is_stopping, LAW_SETTLED, SITE_NONE, effect->kind, 0);
    if (effect->kind == EFFECT_DISCOVER) {
        lists_start(sim_state);
        return;
    }
    struct site *site = site_of(sim_state, effect);
    sim_state->requests_in_flight++;
    trace_require(trace, sim_state->requests_in_flight <= sim_state->config.concurrency,
                  LAW_IN_FLIGHT, site->index, sim_state->requests_in_flight,
                  sim_state->config.concurrency);
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
    sim_state->requests_in_flight -= call.kind != EFFECT_DISCOVER && !call.is_echo;
    switch (call.kind) {
    case EFFECT_DISCOVER:
        lists_respond(sim_state, &call);
        break;
    case EFFECT_READ:
        reads_respond(sim_state, &call);
        break;
    case EFFECT_SCALE:
        scales_respond(sim_state, &call);
        break;
    }
}
