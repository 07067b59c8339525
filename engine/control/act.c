#include "engine/control/act.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"

#include <string.h>

enum {
    STATUS_OK = 200,
    STATUS_NOT_FOUND = 404,
    STATUS_CONFLICT = 409,
    STATUS_GUARD_MISSING = 428,
};

struct act {
    const struct control_engine *engine;
    const struct act_body *body;
    enum route route;
    uint32_t slots[ACT_TARGETS_MAX];
    const char *author;
    bool is_more; /* the next command goes on with the act */
    size_t count; /* of slots; with ACT_ON_ALL, of listed deployments */
    struct act_response *response;
};

/* --- responses ------------------------------------------------------------------------------------------------- */

static void finish(const struct control_engine *engine, struct text *text)
{
    redaction_clean(engine->redaction, text);
    must(!text->was_cut);
}

static void begin_refusal(unsigned status, const char *code, const char *message,
                          struct act_response *response, struct text *ret_text)
{
    response->status = status;
    text_init(ret_text, response->body, sizeof response->body);
    text_addf(ret_text, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    text_add_json(ret_text, message, strlen(message));
}

void act_refuse(const struct control_engine *engine, unsigned status, const char *code,
                const char *message, struct act_response *ret_response)
{
    struct text text;
    begin_refusal(status, code, message, ret_response, &text);
    text_add(&text, "}}\n");
    finish(engine, &text);
}

/* With the number that the caller should have been shown. */
static void refuse_guard(const struct act *act, bool is_missing, const char *name, int64_t number,
                         const char *message)
{
    struct text text;
    begin_refusal(is_missing ? STATUS_GUARD_MISSING : STATUS_CONFLICT,
                  is_missing ? "expect_missing" : "expect_differs", message, act->response, &text);
    text_addf(&text, ",\"%s\":%lld}}\n", name, (long long)number);
    finish(act->engine, &text);
}

static void accept(const struct act *act, const char *message)
{
    struct text text;
    act->response->status = STATUS_OK;
    text_init(&text, act->response->body, sizeof act->response->body);
    text_add(&text, "{\"message\":");
    text_add_json(&text, message, strlen(message));
    if (act->body->target != ACT_ON_NONE)
        text_addf(&text, ",\"deployments\":%zu", act->count);
    text_add(&text, "}\n");
    finish(act->engine, &text);
}

static void refuse_target(const struct act *act, const char *id)
{
    char storage[ERROR_MSG_SIZE];
    char quoted[QUOTE_SIZE];
    struct text shown;
    struct text message;
    text_init(&shown, quoted, sizeof quoted);
    quote_add(&shown, id, strlen(id));
    text_init(&message, storage, sizeof storage);
    text_addf(&message, "no deployment %s is listed; nothing was done", quoted);
    act_refuse(act->engine, STATUS_NOT_FOUND, "not_found", storage, act->response);
}

/* --- targets --------------------------------------------------------------------------------------------------- */

static const struct fleet *fleet_of(const struct act *act)
{
    return reconciler_fleet(act->engine->reconciler);
}

static bool select_ids(struct act *act)
{
    for (size_t i = 0; i < act->body->id_count; i++) {
        const char *id = act->body->ids[i];
        const struct deployment *deployment = fleet_find(fleet_of(act), id, false);
        if (!deployment || !deployment->is_listed) {
            refuse_target(act, id);
            return false;
        }
        act->slots[act->count++] = deployment->slot;
    }
    return true;
}

static bool is_match(const struct act *act, const struct deployment *deployment)
{
    return deployment && deployment->is_listed && !deployment->is_entry &&
           (!act->body->match || pattern_matches(act->body->match, deployment->id));
}

/* Counts all of them, and keeps the slots of the first ones. */
static bool select_matching(struct act *act)
{
    const struct fleet *fleet = fleet_of(act);
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        if (!is_match(act, fleet_at(fleet, slot)))
            continue;
        if (act->count < ACT_TARGETS_MAX)
            act->slots[act->count] = slot;
        act->count++;
    }
    if (act->body->target == ACT_ON_ALL)
        return true;
    if (act->count == 0)
        act_refuse(act->engine, STATUS_NOT_FOUND, "not_found",
                   "the pattern matches no listed deployment; nothing was done", act->response);
    else if (act->count > ACT_TARGETS_MAX)
        act_refuse(act->engine, STATUS_CONFLICT, "too_many",
                   "the pattern matches more than 1000 deployments; nothing was done",
                   act->response);
    return act->count > 0 && act->count <= ACT_TARGETS_MAX;
}

static bool select_targets(struct act *act)
{
    return act->body->target == ACT_ON_IDS ? select_ids(act) : select_matching(act);
}

/* --- guards ---------------------------------------------------------------------------------------------------- */

static bool check_number(const struct act *act, bool is_needed, int32_t expected, int64_t number,
                         const char *name, const char *message)
{
    bool is_missing = expected < 0;
    if (is_missing ? !is_needed : expected == number)
        return true;
    refuse_guard(act, is_missing, name, number, message);
    return false;
}

static bool check_count(const struct act *act)
{
    bool is_needed = act->body->target == ACT_ON_ALL || act->count > 1;
    return check_number(act, is_needed, act->body->expected_count, (int64_t)act->count, "count",
                        "expect.count is to be the number of deployments; nothing was done");
}

static bool is_large(const struct act *act)
{
    const struct fleet_summary *summary = reconciler_summary(act->engine->reconciler);
    int64_t hosts = summary ? summary->totals.hosts : 0;
    int64_t delta = act->body->delta;
    return max_i64(delta, -delta) > share_floor(hosts, act->engine->confirm_above_ppb);
}

static bool check_hosts(const struct act *act)
{
    const struct deployment *deployment = fleet_at(fleet_of(act), act->slots[0]);
    return check_number(act, is_large(act), act->body->expected_hosts,
                        deployment->status.current_hosts, "hosts",
                        "expect.hosts is to be the number of hosts now; nothing was done");
}

/* --- commands -------------------------------------------------------------------------------------------------- */

static void send(const struct act *act, enum command_kind kind, uint32_t slot,
                 struct command_ack *ret_ack)
{
    struct command command = {
        .kind = kind,
        .slot = slot,
        .for_ms = act->body->for_ms,
        .delta = act->body->delta,
        .is_forced = act->body->is_forced,
        .is_more = act->is_more,
        .author = act->author,
        .reason = act->body->reason[0] ? act->body->reason : NULL,
    };
    if (slot != SLOT_NONE) {
        struct text id;
        text_init(&id, command.id, sizeof command.id);
        text_add(&id, fleet_at(fleet_of(act), slot)->id);
    }
    act->engine->command(act->engine->context, &command, ret_ack);
}

/* An acknowledgement is printable. A refused command of several leaves the others done: it names itself. */
static void answer(const struct act *act, const struct command_ack *ack)
{
    if (ack->is_accepted)
        accept(act, ack->text);
    else
        act_refuse(act->engine, STATUS_CONFLICT, "refused", ack->text, act->response);
}

static void command_engine(const struct act *act, enum command_kind kind)
{
    struct command_ack ack;
    send(act, kind, SLOT_NONE, &ack);
    answer(act, &ack);
}

/* "75 deployments paused for 2h: they resume by themselves then" */
static void accept_each(const struct act *act, enum command_kind kind)
{
    char storage[COMMAND_TEXT_SIZE];
    struct text message;
    text_init(&message, storage, sizeof storage);
    text_addf(&message, "%zu deployments ", act->count);
    if (kind == COMMAND_RESUME) {
        text_add(&message, "resumed: the next pass scales them again");
    } else if (act->body->for_ms > 0) {
        text_add(&message, "paused for ");
        text_add_duration(&message, act->body->for_ms);
        text_add(&message, ": they resume by themselves then");
    } else {
        text_add(&message, "paused: nothing is sent for them until you resume them");
    }
    accept(act, storage);
}

/* The same command for each: what one refuses, the first one refuses (read-only, stopping). */
static void command_each(struct act *act, enum command_kind kind)
{
    struct command_ack ack = { .is_accepted = true };
    for (size_t i = 0; i < act->count && ack.is_accepted; i++) {
        send(act, kind, act->slots[i], &ack);
        act->is_more = true;
    }
    if (ack.is_accepted && act->count > 1)
        accept_each(act, kind);
    else
        answer(act, &ack);
}

static void pause_or_resume(struct act *act, enum command_kind all, enum command_kind one)
{
    if (!select_targets(act) || !check_count(act))
        return;
    if (act->body->target == ACT_ON_ALL)
        command_engine(act, all);
    else
        command_each(act, one);
}

static void scale(struct act *act)
{
    struct command_ack ack;
    if (!select_targets(act) || !check_count(act) || !check_hosts(act))
        return;
    send(act, COMMAND_SCALE, act->slots[0], &ack);
    answer(act, &ack);
}

/* --- overrides ------------------------------------------------------------------------------------------------- */

static bool find_override(const struct act *act, struct control_override *ret_override)
{
    const struct control_engine *engine = act->engine;
    int64_t number = act->body->number;
    if (engine->list_overrides(engine->context, number - 1, ret_override, 1) == 1 &&
        ret_override->number == number)
        return true;
    act_refuse(engine, STATUS_NOT_FOUND, "not_found",
               "no override with this number is in force; nothing was done", act->response);
    return false;
}

/* NULL: it may. */
static const char *objection_to_extend(const struct act *act,
                                       const struct control_override *override)
{
    struct reconciler_outlook outlook;
    struct publish_context context;
    act->engine->describe(act->engine->context, &context);
    reconciler_outlook(act->engine->reconciler, context.now, &outlook);
    if (outlook.is_stopping)
        return "the engine is stopping";
    if (reconciler_is_read_only(act->engine->reconciler))
        return "read-only: this engine refuses such commands";
    return strcmp(override->kind, "dry_run") == 0 ? "a dry-run has no end: nothing was done" : NULL;
}

static void extend_override(const struct act *act)
{
    struct control_override override;
    char storage[ERROR_MSG_SIZE];
    struct text message;
    if (!find_override(act, &override))
        return;
    const char *objection = objection_to_extend(act, &override);
    if (objection) {
        act_refuse(act->engine, STATUS_CONFLICT, "refused", objection, act->response);
        return;
    }
    act->engine->extend_override(act->engine->context, override.number, act->body->for_ms,
                                 act->author);
    text_init(&message, storage, sizeof storage);
    text_addf(&message, "override %lld ends in ", (long long) override.number);
    text_add_duration(&message, act->body->for_ms);
    accept(act, storage);
}

/* It may be a pause of a deployment that is not listed now. */
static void resume_one(struct act *act, const char *id)
{
    struct command_ack ack;
    const struct deployment *deployment = fleet_find(fleet_of(act), id, false);
    if (!deployment) {
        refuse_target(act, id);
        return;
    }
    send(act, COMMAND_RESUME, deployment->slot, &ack);
    answer(act, &ack);
}

/* The end of a pause of all is as guarded as a resume of all. */
static void resume_all(struct act *act)
{
    struct act_body all = *act->body;
    all.target = ACT_ON_ALL;
    const struct act_body *own = act->body;
    act->body = &all;
    pause_or_resume(act, COMMAND_RESUME_ALL, COMMAND_RESUME);
    act->body = own;
}

static void end_override(struct act *act)
{
    struct control_override override;
    if (!find_override(act, &override))
        return;
    if (strcmp(override.kind, "pause_all") == 0)
        resume_all(act);
    else if (strcmp(override.kind, "dry_run") == 0)
        command_engine(act, COMMAND_DRY_RUN_OFF);
    else
        resume_one(act, override.match);
}

/* --- undo ------------------------------------------------------------------------------------------------------- */

/* An act on all, or on more than one, needs the number that its author was shown, as the act itself did. */
static bool check_undo(struct act *act)
{
    struct publish_context context;
    struct shown_act last;
    act->engine->describe(act->engine->context, &context);
    if (!context.pauses.last_act || !context.pauses.last_act(context.pauses.context, &last))
        return true;
    act->count = last.is_on_all ? 0 : last.count;
    if (last.is_on_all)
        select_matching(act);
    return check_number(act, last.is_on_all || last.count > 1, act->body->expected_count,
                        (int64_t)act->count, "count",
                        "expect.count is to be the number of deployments; nothing was undone");
}

static void undo(struct act *act)
{
    char sentence[COMMAND_TEXT_SIZE];
    const struct control_engine *engine = act->engine;
    struct act_body all = { .target = ACT_ON_ALL, .reason = "", .expected_count = -1 };
    const struct act_body *own = act->body;
    if (!engine->may_undo(engine->context, act->author, sentence)) {
        act_refuse(engine, STATUS_CONFLICT, "refused", sentence, act->response);
        return;
    }
    all.expected_count = own->expected_count;
    all.reason = own->reason;
    act->body = &all;
    if (check_undo(act))
        command_engine(act, COMMAND_UNDO);
    act->body = own;
}

static void carry_out(struct act *act)
{
    switch (act->route) {
    case ROUTE_PASS:
        command_engine(act, COMMAND_PASS);
        return;
    case ROUTE_DISCOVERY:
        command_engine(act, COMMAND_DISCOVERY);
        return;
    case ROUTE_RELOAD:
        command_engine(act, COMMAND_RELOAD);
        return;
    case ROUTE_DRY_RUN:
        command_engine(act, act->body->is_on ? COMMAND_DRY_RUN_ON : COMMAND_DRY_RUN_OFF);
        return;
    case ROUTE_PAUSE:
        pause_or_resume(act, COMMAND_PAUSE_ALL, COMMAND_PAUSE);
        return;
    case ROUTE_RESUME:
        pause_or_resume(act, COMMAND_RESUME_ALL, COMMAND_RESUME);
        return;
    case ROUTE_SCALE:
        scale(act);
        return;
    case ROUTE_UNDO:
        undo(act);
        return;
    case ROUTE_EXTEND:
        extend_override(act);
        return;
    case ROUTE_END:
        end_override(act);
        return;
    case ROUTE_STATE:
    case ROUTE_DEPLOYMENTS:
    case ROUTE_OVERRIDES:
    case ROUTE_LOG:
    case ROUTE_PLAN:
    case ROUTE_WHAT_IF:
    case ROUTE_HISTORY:
    case ROUTE_DEPLOYMENT:
    case ROUTE_STREAM:
    case ROUTE_FOCUS:
    case ROUTE_METRICS:
    case ROUTE_HEALTH:
    case ROUTE_READY:
    case ROUTE_NONE:
    case ROUTE_WRONG_METHOD:
        break;
    }
    must(false); /* not a route that acts */
}

/* "ann", or "uid 1004" when /etc/passwd does not have the user. */
static void describe_author(const struct peer *peer, const char *name, char *storage, size_t size)
{
    struct text author;
    text_init(&author, storage, size);
    if (name[0] != '\0')
        text_add(&author, name);
    else
        text_addf(&author, "uid %lu", (unsigned long)peer->uid);
}

static void tell(const struct act *act, const struct peer *peer, const char *name)
{
    struct event event;
    event_init(&event, EVENT_CONTROL_ACT);
    event_add_string(&event, "act", route_row(act->route)->path + strlen("/v1/"));
    event_add_integer(&event, "status", act->response->status);
    if (act->body->target != ACT_ON_NONE || act->route == ROUTE_UNDO)
        event_add_integer(&event, "deployments", (int64_t)act->count);
    if (act->body->number > 0)
        event_add_integer(&event, "number", act->body->number);
    event_add_integer(&event, "uid", peer->uid);
    event_add_integer(&event, "pid", peer->pid);
    if (name[0] != '\0')
        event_add_string(&event, "user", name);
    if (act->body->reason[0] != '\0')
        event_add_string(&event, "reason", act->body->reason);
    event_emit(&event, &act->engine->events);
}

void act_carry_out(const struct control_engine *engine, enum route route,
                   const struct act_body *body, const struct peer *peer,
                   struct act_response *ret_response)
{
    char name[PEER_NAME_SIZE];
    char author[PEER_NAME_SIZE + 16];
    struct act act = {
        .engine = engine, .route = route, .body = body, .author = author, .response = ret_response
    };
    peer_name(peer->uid, name);
    describe_author(peer, name, author, sizeof author);
    carry_out(&act);
    tell(&act, peer, name);
}
