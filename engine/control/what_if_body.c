#include "engine/control/what_if_body.h"

#include "engine/backend/json_scan.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/core/explain.h"
#include "engine/core/what_if.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define VALUE_SIZE 64

/* --- the request ----------------------------------------------------------------------------------------------- */

/* As it is written in a configuration: 30, "30", true. NULL: no value. */
static const char *value_of(const cJSON *item, char storage[VALUE_SIZE])
{
    struct text value;
    text_init(&value, storage, VALUE_SIZE);
    if (cJSON_IsString(item))
        return item->valuestring;
    if (cJSON_IsNumber(item))
        text_addf(&value, "%.12g", item->valuedouble);
    else if (cJSON_IsBool(item))
        text_add(&value, cJSON_IsTrue(item) ? "true" : "false");
    else
        return NULL;
    return storage;
}

static int change(const struct control_engine *engine, const cJSON *item, struct policy *policy,
                  struct error *err)
{
    char storage[VALUE_SIZE];
    char quoted[QUOTE_SIZE];
    struct text shown;
    const char *value = value_of(item, storage);
    int failed = value ? engine->change_policy(engine->context, item->string, value, policy, err)
                       : error_set(err, ERR_BAD_VALUE, "expected a text, a number, or a boolean");
    text_init(&shown, quoted, sizeof quoted);
    quote_add(&shown, item->string, strlen(item->string));
    return failed ? error_prefix(err, "%s", quoted) : 0;
}

static int read_request(const struct control_engine *engine, const cJSON *root,
                        const struct deployment **ret_deployment, struct policy *ret_policy,
                        struct error *err)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(root, "id");
    int failed = 0;
    if (!cJSON_IsString(id))
        return error_set(err, ERR_BAD_VALUE, "id: expected the id of a deployment");
    const struct fleet *fleet = reconciler_fleet(engine->reconciler);
    const struct deployment *deployment = fleet_find(fleet, id->valuestring, false);
    if (!deployment || !deployment->is_listed)
        return error_set(err, -ENOENT, "no deployment with this id is listed");
    *ret_policy = *deployment->policy;
    for (const cJSON *item = root->child; item && !failed; item = item->next)
        if (item != id)
            failed = change(engine, item, ret_policy, err);
    *ret_deployment = deployment;
    return failed;
}

/* --- the response ---------------------------------------------------------------------------------------------- */

static void add_steps(struct text *text, const struct decision_input *input,
                      const struct decision *decision)
{
    for (size_t i = 0; i < decision->step_count; i++) {
        char storage[ERROR_MSG_SIZE];
        struct explanation step;
        struct text line;
        text_init(&line, storage, sizeof storage);
        explain_step(input, decision, i, &step);
        explanation_add(&line, &step);
        text_add(text, i == 0 ? "" : ",");
        text_add_json(text, storage, strlen(storage));
    }
}

static void add_decision(struct text *text, const char *key, const struct decision_input *input)
{
    struct decision decision;
    decide(input, &decision);
    text_addf(text,
              ",\"%s\":{\"delta\":%d,\"desired_hosts\":%lld,\"action\":\"%s\",\"reason\":\"%s\"",
              key, decision.delta, (long long)decision.desired_hosts, action_name(decision.action),
              reason_row(decision.reason)->name);
    text_add(text, ",\"explanation\":[");
    add_steps(text, input, &decision);
    text_add(text, "]}");
}

static int compare(const struct control_engine *engine, const struct deployment *deployment,
                   const struct policy *policy, struct text *text, struct error *err)
{
    struct publish_context context;
    struct decision_input now;
    struct decision_input then;
    engine->describe(engine->context, &context);
    if (!what_if_input(engine->reconciler, deployment, NULL, context.now, &now) ||
        !what_if_input(engine->reconciler, deployment, policy, context.now, &then))
        return error_set(err, -ENODATA, "nothing can be decided: no usable status has been read");
    text_add(text, "{\"id\":");
    text_add_json(text, deployment->id, strlen(deployment->id));
    add_decision(text, "now", &now);
    add_decision(text, "then", &then);
    text_add_char(text, '}');
    return 0;
}

int what_if_answer(const struct control_engine *engine, const char *bytes, size_t size,
                   struct text *text, struct error *err)
{
    struct json_fault fault;
    struct policy policy;
    const struct deployment *deployment = NULL;
    if (!json_scan_check(bytes, (struct json_span){ .end = size }, &fault))
        return error_set(err, ERR_BAD_JSON, "the body is no JSON: %s at byte %zu", fault.text,
                         fault.offset);
    cJSON *root = cJSON_ParseWithLengthOpts(bytes, size, NULL, false);
    if (!root)
        return error_no_memory(err);
    int failed = cJSON_IsObject(root)
                     ? read_request(engine, root, &deployment, &policy, err)
                     : error_set(err, ERR_BAD_VALUE, "the body: expected an object");
    cJSON_Delete(root);
    if (failed)
        return failed;
    must(deployment);
    return compare(engine, deployment, &policy, text, err);
}
