#include "engine/core/reconciler_state.h"

#include "engine/base/duration.h"
#include "engine/base/text.h"
#include "engine/core/manual_scale.h"
#include "engine/core/reconciler_events.h"

#include <string.h>

#define ID_SHOWN_SIZE 96

static bool accept(struct text *outcome, const char *sentence)
{
    text_add(outcome, sentence);
    return true;
}

static bool refuse(struct text *outcome, const char *sentence)
{
    text_add(outcome, sentence);
    return false;
}

/* A long id is shortened, so that the rest of the sentence fits. */
static void add_id(struct text *outcome, const char *id)
{
    char storage[ID_SHOWN_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, id, strnlen(id, COMMAND_ID_SIZE));
    text_add(outcome, shown.data);
    if (shown.was_cut)
        text_add(outcome, "...");
}

/* The slot may belong to another deployment by now: the id must match, too. NULL: refused. */
static struct deployment *find_named(struct reconciler *reconciler, const struct command *command,
                                     struct text *outcome)
{
    struct deployment *deployment = fleet_at(reconciler->fleet, command->slot);
    if (deployment && !deployment->is_entry && strcmp(deployment->id, command->id) == 0)
        return deployment;
    add_id(outcome, command->id);
    text_add(outcome, " no longer exists");
    return NULL;
}

/* "paused for 30m: it resumes by itself then" */
static bool accept_timed_pause(struct text *outcome, int64_t for_ms)
{
    text_add(outcome, "paused for ");
    text_add_duration(outcome, for_ms);
    return accept(outcome, ": it resumes by itself then");
}

static void mark_paused(struct reconciler *reconciler, struct mono now, bool is_paused)
{
    reconciler->is_paused = is_paused;
    reconciler->paused_at = is_paused ? now : MONO_NEVER;
    fleet_mark_all(reconciler->fleet);
}

static size_t count_paused(const struct reconciler *reconciler)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        const struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        count += deployment && deployment->is_operator_paused;
    }
    return count;
}

/* What was paused one by one is not resumed with the others. */
static bool accept_resume(const struct reconciler *reconciler, bool was_paused,
                          struct text *outcome)
{
    size_t count = count_paused(reconciler);
    if (count == 0)
        return accept(outcome,
                      was_paused ? "resumed: the next pass scales again" : "nothing was paused");
    text_add(outcome,
             was_paused ? "resumed: the next pass scales again" : "there was no pause of all");
    text_addf(outcome, "; %zu %s stay%s paused", count,
              count == 1 ? "deployment that was paused alone"
                         : "deployments that were paused one by one",
              count == 1 ? "s" : "");
    return true;
}

static bool set_paused(struct reconciler *reconciler, struct mono now,
                       const struct command *command, bool is_paused, struct text *outcome)
{
    bool was_paused = reconciler->is_paused;
    if (was_paused != is_paused)
        mark_paused(reconciler, now, is_paused);
    if (is_paused && command->for_ms > 0)
        return accept_timed_pause(outcome, command->for_ms);
    if (!is_paused)
        return accept_resume(reconciler, was_paused, outcome);
    return accept(outcome, was_paused ? "scaling was paused already"
                                      : "paused: nothing is sent until you resume");
}

static bool set_one_paused(struct reconciler *reconciler, const struct command *command,
                           bool is_paused, struct text *outcome)
{
    struct deployment *deployment = find_named(reconciler, command, outcome);
    if (!deployment)
        return false;
    bool was_paused = deployment->is_operator_paused;
    deployment->is_operator_paused = is_paused;
    mark_changed(reconciler, deployment);
    add_id(outcome, deployment->id);
    if (is_paused && command->for_ms > 0) {
        text_add_char(outcome, ' ');
        return accept_timed_pause(outcome, command->for_ms);
    }
    if (was_paused == is_paused)
        return accept(outcome, is_paused ? " was paused already" : " was not paused");
    if (!is_paused && deployment->policy->is_paused)
        return accept(outcome, " resumed, but its policy pauses it");
    return accept(outcome, is_paused ? " paused: nothing is sent for it until you resume it"
                                     : " resumed: the next pass scales it again");
}

static bool set_dry_run(struct reconciler *reconciler, bool is_dry_run, struct text *outcome)
{
    if (reconciler->config.is_dry_run == is_dry_run)
        return accept(outcome, is_dry_run ? "dry-run was on already" : "dry-run was off already");
    reconciler->config.is_dry_run = is_dry_run;
    fleet_mark_all(reconciler->fleet);
    return accept(outcome, is_dry_run ? "dry-run: decisions are shown, nothing is sent"
                                      : "live: the next pass sends what it decides");
}

static bool run_pass(struct reconciler *reconciler, struct mono now, struct text *outcome)
{
    if (reconciler->listed == 0)
        return refuse(outcome, "no deployments are known yet");
    reconciler_request_pass(reconciler, now);
    return accept(outcome, reconciler->pass.is_running ? "a pass is running; another one follows"
                                                       : "a pass begins");
}

static bool run_discovery(struct reconciler *reconciler, struct mono now, struct text *outcome)
{
    reconciler_request_discovery(reconciler, now);
    return accept(outcome, reconciler->is_discovering ? "a discovery is running already"
                                                      : "a discovery begins");
}

static bool scale(struct reconciler *reconciler, struct mono now, const struct command *command,
                  struct text *outcome)
{
    struct deployment *deployment = find_named(reconciler, command, outcome);
    if (!deployment)
        return false;
    if (command->delta == 0)
        return refuse(outcome, "a scale by 0 hosts has no effect");
    struct manual_check check;
    reconciler_check_manual(reconciler, deployment, command->delta, now, &check);
    add_id(outcome, deployment->id);
    text_addf(outcome, " %+d: ", command->delta);
    if (check.refusal != REASON_NONE) {
        manual_explain_refusal(&check, outcome);
        return false;
    }
    if (check.objection_count > 0 && !command->is_forced) {
        struct explanation objection;
        manual_explain_objection(&check, 0, &objection);
        explanation_add(outcome, &objection);
        return false;
    }
    reconciler_queue_manual(reconciler, deployment, command->delta);
    text_addf(outcome, "requested; there will be %lld hosts", (long long)check.hosts);
    return true;
}

static bool carry_out(struct reconciler *reconciler, struct mono now, const struct command *command,
                      struct text *outcome)
{
    switch (command->kind) {
    case COMMAND_PASS:
        return run_pass(reconciler, now, outcome);
    case COMMAND_DISCOVERY:
        return run_discovery(reconciler, now, outcome);
    case COMMAND_PAUSE_ALL:
        return set_paused(reconciler, now, command, true, outcome);
    case COMMAND_RESUME_ALL:
        return set_paused(reconciler, now, command, false, outcome);
    case COMMAND_PAUSE:
        return set_one_paused(reconciler, command, true, outcome);
    case COMMAND_RESUME:
        return set_one_paused(reconciler, command, false, outcome);
    case COMMAND_DRY_RUN_ON:
        return set_dry_run(reconciler, true, outcome);
    case COMMAND_DRY_RUN_OFF:
        return set_dry_run(reconciler, false, outcome);
    case COMMAND_SCALE:
        return scale(reconciler, now, command, outcome);
    case COMMAND_RELOAD:
        return accept(outcome, "the configuration is read again");
    case COMMAND_UNDO:
    case COMMAND_FOCUS:
    case COMMAND_LOOK:
    case COMMAND_STOP:
        break;
    }
    return refuse(outcome, "the reconciler has no such command");
}

bool reconciler_command(struct reconciler *reconciler, struct mono now,
                        const struct command *command, struct command_ack *ret_ack)
{
    struct text outcome;
    *ret_ack = (struct command_ack){ .kind = command->kind, .serial = command->serial };
    text_init(&outcome, ret_ack->text, sizeof ret_ack->text);
    reconciler->version++;
    if (reconciler->is_stopping || reconciler->is_once_over)
        ret_ack->is_accepted = refuse(&outcome, "the engine is stopping");
    else if (reconciler->config.is_read_only && command_row(command->kind)->is_steering)
        ret_ack->is_accepted = refuse(&outcome, "read-only: this engine refuses such commands");
    else
        ret_ack->is_accepted = carry_out(reconciler, now, command, &outcome);
    emit_command(&reconciler->sink, command, ret_ack);
    return ret_ack->is_accepted;
}

void reconciler_end_pause(struct reconciler *reconciler, struct mono now, const char *id)
{
    struct deployment *deployment = id ? fleet_find(reconciler->fleet, id, false) : NULL;
    reconciler->version++;
    if (!id && reconciler->is_paused)
        mark_paused(reconciler, now, false);
    if (!deployment)
        return;
    deployment->is_operator_paused = false;
    mark_changed(reconciler, deployment);
}

void reconciler_touch(struct reconciler *reconciler, const char *id)
{
    const struct deployment *deployment = id ? fleet_find(reconciler->fleet, id, false) : NULL;
    reconciler->version++;
    if (deployment)
        mark_changed(reconciler, deployment);
}
