#include "tests/sim/operator.h"

#include <string.h>

static bool is_about_one(enum command_kind kind)
{
    return kind == COMMAND_PAUSE || kind == COMMAND_RESUME || kind == COMMAND_SCALE;
}

/* Applies an accepted command to the sim_state. */
static void apply_command(struct sim_state *sim_state, struct site *site,
                          const struct command *command)
{
    switch (command->kind) {
    case COMMAND_PAUSE_ALL:
    case COMMAND_RESUME_ALL:
        sim_state->around.is_paused = command->kind == COMMAND_PAUSE_ALL;
        break;
    case COMMAND_DRY_RUN_ON:
    case COMMAND_DRY_RUN_OFF:
        sim_state->around.is_dry_run = command->kind == COMMAND_DRY_RUN_ON;
        break;
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
        site->model.is_paused = command->kind == COMMAND_PAUSE;
        break;
    case COMMAND_SCALE:
        site->manual_delta = command->delta;
        sim_state_disturb(sim_state, site, 0);
        break;
    case COMMAND_DISCOVERY:
        sim_state->listing.backoff_until_ms =
            INT64_MIN; /* the request of an operator ends the wait */
        break;
    case COMMAND_PASS:
    case COMMAND_RELOAD:
    case COMMAND_UNDO:
    case COMMAND_FOCUS:
    case COMMAND_LOOK:
    case COMMAND_STOP:
        break;
    }
}

static struct command command_of(const struct incident *incident, const struct site *site,
                                 const struct deployment *deployment)
{
    struct command command = {
        .kind = incident->command,
        .slot = deployment ? deployment->slot + incident->is_misnamed : SLOT_NONE,
        .delta = incident->amount,
        .is_forced = incident->is_forced,
    };
    memcpy(command.id, site->plan->id, sizeof site->plan->id);
    return command;
}

/* `is_known`: the deployment of the command exists. */
static void check_accepted(struct sim_state *sim_state, const struct site *site,
                           const struct command *command, bool is_known, bool is_open)
{
    if (is_about_one(command->kind))
        trace_require(&sim_state->trace, is_known, LAW_ABSENT, site->index, command->kind, 0);
    if (command->kind == COMMAND_SCALE)
        trace_require(&sim_state->trace, !is_open && command->delta != 0, LAW_ONE_OPEN, site->index,
                      command->delta, 0);
}

void operator_send(struct sim_state *sim_state, const struct incident *incident)
{
    struct trace *trace = &sim_state->trace;
    struct site *site = &sim_state->sites[incident->site];
    const struct deployment *deployment = sim_state_deployment(sim_state, site);
    bool is_known = deployment && !incident->is_misnamed;
    bool is_open = site->model.is_in_flight;
    struct command command = command_of(incident, site, deployment);
    struct command_ack ack;
    bool is_accepted =
        reconciler_command(sim_state->reconciler, sim_state_now(sim_state), &command, &ack);
    trace_note(trace, is_about_one(command.kind) ? site->index : SITE_NONE, RECORD_COMMAND,
               command.kind, command.delta, is_accepted);
    trace_mix(trace, is_accepted);
    trace_require(trace, ack.text[0] != '\0', LAW_REASON, site->index, command.kind, 0);
    if (!is_accepted)
        return;
    check_accepted(sim_state, site, &command, is_known, is_open);
    apply_command(sim_state, site, &command);
}

void operator_ask(struct sim_state *sim_state, enum command_kind kind, uint32_t site)
{
    operator_send(sim_state, &(struct incident){ .command = kind, .site = site });
}
