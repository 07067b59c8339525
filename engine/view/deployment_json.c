#include "engine/view/deployment_json.h"

#include "engine/base/arith.h"
#include "engine/base/error.h"
#include "engine/core/explain.h"
#include "engine/core/shown_reasons.h"
#include "engine/serving.h"

#include <string.h>

bool deployment_has_status(const struct deployment *deployment)
{
    enum reason fault = deployment->input.fault;
    if (deployment->input.servers_per_host == 0)
        return false;
    return reason_row(fault)->kind != REASON_FAILURE;
}

bool deployment_has_decision(const struct deployment *deployment)
{
    return deployment_has_status(deployment) && deployment->input.fault == REASON_NONE;
}

static int32_t serving_hosts_of(const struct decision_input *in)
{
    return serving_hosts(in->status.current_hosts, in->status.total_servers, in->servers_per_host);
}

static void add_key(struct text *text, const char *key)
{
    text_addf(text, ",\"%s\":", key);
}

static void add_number(struct text *text, const char *key, bool is_known, int64_t number)
{
    add_key(text, key);
    if (is_known)
        text_addf(text, "%lld", (long long)number);
    else
        text_add(text, "null");
}

static void add_string(struct text *text, const char *key, const char *string)
{
    add_key(text, key);
    text_add_json(text, string, strlen(string));
}

static void add_share(struct text *text, const char *key, bool is_known, int64_t part,
                      int64_t whole)
{
    add_key(text, key);
    if (is_known && whole > 0)
        text_add_percent(text, floor_div(part * SHARE_WHOLE + whole / 2, whole));
    else
        text_add(text, "null");
}

/* Has there been anything to decide, or a reason to hold it? A signal may come before. */
static bool has_steps(const struct deployment *deployment)
{
    return deployment->input.fault != REASON_NONE || deployment->input.servers_per_host > 0;
}

static void add_line(struct text *text, bool is_first, const char *line)
{
    text_add(text, is_first ? "" : ",");
    text_add_json(text, line, strlen(line));
}

static void add_steps(struct text *text, const struct deployment *deployment)
{
    struct decision decision;
    decide(&deployment->input, &decision);
    for (size_t i = 0; i < decision.step_count; i++) {
        char storage[ERROR_MSG_SIZE];
        struct text line;
        text_init(&line, storage, sizeof storage);
        struct explanation step;
        explain_step(&deployment->input, &decision, i, &step);
        explanation_add(&line, &step);
        add_line(text, i == 0, line.data);
    }
}

/* "policy eu-*, target of the API" */
static void add_policy_line(struct text *text, const struct policy *policy)
{
    char storage[ERROR_MSG_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    text_add(&line, "policy ");
    text_add_escaped(&line, policy_name(policy), strlen(policy_name(policy)));
    bool is_own = policy->target_free_ppb != TARGET_FROM_API;
    text_addf(&line, ", target of the %s", is_own ? "policy" : "API");
    add_line(text, false, line.data);
}

static void add_instant(struct text *text, struct wall at)
{
    char shown[WALL_TEXT_SIZE];
    wall_format(at, shown);
    text_add(text, shown);
}

/* "paused by ann since 2026-01-02T03:04:05.678Z until 2026-01-02T03:34:05.678Z: new image" */
static void add_pause_line(struct text *text, const struct snapshot_pause *pause)
{
    char storage[ERROR_MSG_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    text_addf(&line, "paused by %s since ", pause->author);
    add_instant(&line, pause->since);
    text_add(&line, " until ");
    if (pause->until.ms != 0)
        add_instant(&line, pause->until);
    else
        text_add(&line, "an operator resumes it");
    text_addf(&line, "%s%s", pause->reason[0] != '\0' ? ": " : "", pause->reason);
    add_line(text, false, line.data);
}

static void add_explanation(struct text *text, const struct deployment *deployment,
                            const struct snapshot_pause *pause)
{
    add_key(text, "explanation");
    text_add_char(text, '[');
    if (has_steps(deployment))
        add_steps(text, deployment);
    else
        add_line(text, true, reason_row(REASON_NONE)->meaning);
    add_policy_line(text, deployment->policy);
    if (pause)
        add_pause_line(text, pause);
    if (deployment->detail)
        add_line(text, false, deployment->detail);
    text_add_char(text, ']');
}

/* The first one, and those behind it as a list. */
static void add_reasons(struct text *text, const struct deployment *deployment)
{
    struct shown_reasons reasons;
    shown_reasons_make(deployment, &reasons);
    add_string(text, "reason", reason_row(reasons.list[0])->name);
    add_key(text, "later_reasons");
    text_add_char(text, '[');
    for (size_t i = 1; i < reasons.count; i++)
        add_line(text, i == 1, reason_row(reasons.list[i])->name);
    text_add_char(text, ']');
}

static void add_wall(struct text *text, const char *key, struct wall at)
{
    char shown[WALL_TEXT_SIZE];
    wall_format(at, shown);
    if (at.ms != 0)
        add_string(text, key, shown);
    else
        text_addf(text, ",\"%s\":null", key);
}

void pause_json_add(struct text *text, const char *key, const struct snapshot_pause *pause)
{
    add_key(text, key);
    if (!pause || pause->since.ms == 0) {
        text_add(text, "null");
        return;
    }
    text_add(text, "{\"author\":");
    text_add_json(text, pause->author, strlen(pause->author));
    add_wall(text, "since", pause->since);
    add_wall(text, "until", pause->until);
    add_string(text, "reason", pause->reason);
    text_add_char(text, '}');
}

void deployment_json_add(struct text *text, const struct deployment *deployment, enum state state,
                         const struct snapshot_pause *pause)
{
    const struct decision_input *in = &deployment->input;
    const struct status *status = &in->status;
    bool has_status = deployment_has_status(deployment);
    bool has_decision = deployment_has_decision(deployment);
    int32_t per_host = deployment->servers_per_host;
    text_add(text, "{\"id\":");
    text_add_json(text, deployment->id, strlen(deployment->id));
    add_number(text, "servers_per_host", per_host > 0, per_host);
    int32_t target_ppb = has_status ? in->target_free_ppb : deployment->target_free_ppb;
    add_share(text, "target_free_pct", per_host > 0 && target_ppb >= 0, target_ppb, SHARE_WHOLE);
    add_number(text, "current_hosts", has_status, status->current_hosts);
    add_number(text, "total_servers", has_status, status->total_servers);
    add_number(text, "free_servers", has_status, status->free_servers);
    add_share(text, "free_pct", has_decision, status->free_servers, status->total_servers);
    add_number(text, "busy_servers", has_decision,
               (int64_t)status->total_servers - status->free_servers);
    add_number(text, "serving_hosts", has_decision, has_decision ? serving_hosts_of(in) : 0);
    add_number(text, "pending_hosts", has_decision, in->pending_hosts);
    add_number(text, "desired_hosts", has_decision, deployment->desired_hosts);
    add_number(text, "raw_delta", has_decision, deployment->raw_delta);
    add_number(text, "delta", has_decision, deployment->delta);
    add_string(text, "state", state_row(state)->name);
    add_string(text, "action", action_name(deployment->action));
    add_reasons(text, deployment);
    add_string(text, "policy", policy_name(deployment->policy));
    add_string(text, "target_from", policy_target_source(deployment->policy));
    if (pause && pause->since.ms == 0)
        pause = NULL;
    if (pause)
        pause_json_add(text, "pause", pause);
    add_explanation(text, deployment, pause);
    text_add_char(text, '}');
}
