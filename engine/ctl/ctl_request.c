#include "engine/ctl/ctl_request.h"

#include "engine/base/text.h"
#include "engine/http/path_segment.h"

#include <errno.h>
#include <string.h>

static const char *const targets[CTL_COUNT] = {
    [CTL_STATUS] = "/v1/state",
    [CTL_LIST] = "/v1/deployments",
    [CTL_EXPLAIN] = "/v1/deployments/",
    [CTL_PAUSE] = "/v1/pause",
    [CTL_RESUME] = "/v1/resume",
    [CTL_SCALE] = "/v1/scale",
    [CTL_WATCH] = "/v1/state",
    [CTL_COMPLETION] = "/v1/deployments",
    [CTL_PLAN] = "/v1/plan",
    [CTL_WHAT_IF] = "/v1/what-if",
    [CTL_LOG] = "/v1/log",
    [CTL_HISTORY] = "/v1/history",
    [CTL_OVERRIDES] = "/v1/overrides",
    [CTL_EXTEND] = "/v1/overrides/",
    [CTL_END] = "/v1/overrides/",
    [CTL_UNDO] = "/v1/undo",
    [CTL_DRY_RUN] = "/v1/dry-run",
    [CTL_PASS] = "/v1/pass",
    [CTL_DISCOVER] = "/v1/discovery",
    [CTL_RELOAD] = "/v1/reload",
};

static void add_query(struct text *target, char separator, const char *name, const char *value)
{
    text_addf(target, "%c%s=", separator, name);
    path_segment_add(target, value);
}

static void add_target(const struct ctl_arguments *arguments, struct text *target)
{
    text_add(target, targets[arguments->command]);
    if (arguments->command == CTL_EXPLAIN)
        path_segment_add(target, arguments->subject);
    if (arguments->command == CTL_EXTEND || arguments->command == CTL_END)
        text_addf(target, "%lld/%s", (long long)arguments->number,
                  arguments->command == CTL_END ? "end" : "extend");
    if (arguments->command == CTL_HISTORY) {
        add_query(target, '?', "match", arguments->subject);
        if (arguments->since)
            add_query(target, '&', "since", arguments->since);
    }
    if (arguments->command != CTL_LIST)
        return;
    if (arguments->subject)
        add_query(target, '?', "match", arguments->subject);
    if (arguments->state)
        add_query(target, arguments->subject ? '&' : '?', "state", arguments->state);
}

/* An id without characters of a pattern is itself: it may be given as one, and is not looked for as a pattern. */
static bool is_pattern(const char *subject)
{
    return strpbrk(subject, "*?[\\") != NULL;
}

static void begin_member(struct text *body, const char *name)
{
    text_addf(body, "%s\"%s\":", body->length > 1 ? "," : "", name);
}

static void add_string(struct text *body, const char *name, const char *value)
{
    begin_member(body, name);
    text_add_json(body, value, strlen(value));
}

static void add_subject(const struct ctl_arguments *arguments, struct text *body)
{
    if (arguments->is_all) {
        begin_member(body, "all");
        text_add(body, "true");
    } else if (arguments->command != CTL_SCALE && is_pattern(arguments->subject)) {
        add_string(body, "match", arguments->subject);
    } else {
        begin_member(body, "ids");
        text_add_char(body, '[');
        text_add_json(body, arguments->subject, strlen(arguments->subject));
        text_add_char(body, ']');
    }
}

static void add_guard(const struct ctl_guard *guard, struct text *body)
{
    if (guard->count < 0 && guard->hosts < 0)
        return;
    begin_member(body, "expect");
    if (guard->count >= 0)
        text_addf(body, "{\"count\":%lld", (long long)guard->count);
    if (guard->hosts >= 0)
        text_addf(body, "%s\"hosts\":%lld", guard->count >= 0 ? "," : "{", (long long)guard->hosts);
    text_add_char(body, '}');
}

/* {"id":"eu-1","max_hosts":"40"}: the engine reads values as a configuration does. */
static void add_values(const struct ctl_arguments *arguments, struct text *body)
{
    text_add_char(body, '{');
    add_string(body, "id", arguments->subject);
    for (size_t i = 0; i < arguments->value_count; i++) {
        size_t length = strcspn(arguments->values[i], "=");
        text_add_char(body, ',');
        text_add_json(body, arguments->values[i], length);
        text_add_char(body, ':');
        text_add_json(body, arguments->values[i] + length + 1,
                      strlen(arguments->values[i] + length + 1));
    }
    text_add_char(body, '}');
}

static void add_body(const struct ctl_arguments *arguments, const struct ctl_guard *guard,
                     struct text *body)
{
    text_add_char(body, '{');
    if (arguments->is_all || arguments->subject)
        add_subject(arguments, body);
    if (arguments->command == CTL_SCALE) {
        begin_member(body, "delta");
        text_addf(body, "%d", arguments->delta);
    }
    if (arguments->is_forced) {
        begin_member(body, "force");
        text_add(body, "true");
    }
    if (arguments->command == CTL_DRY_RUN) {
        begin_member(body, "on");
        text_add(body, arguments->is_on ? "true" : "false");
    }
    if (arguments->length)
        add_string(body, "for", arguments->length);
    if (arguments->reason)
        add_string(body, "reason", arguments->reason);
    add_guard(guard, body);
    text_add_char(body, '}');
}

void ctl_request_follow(int64_t number, struct ctl_request *ret_request)
{
    struct text target;
    *ret_request = (struct ctl_request){ 0 };
    text_init(&target, ret_request->target, sizeof ret_request->target);
    text_addf(&target, "%s?since=%lld", targets[CTL_LOG], (long long)number);
}

int ctl_request_make(const struct ctl_arguments *arguments, const struct ctl_guard *guard,
                     struct ctl_request *ret_request, struct error *err)
{
    struct text target;
    struct text body;
    text_init(&target, ret_request->target, sizeof ret_request->target);
    text_init(&body, ret_request->body, sizeof ret_request->body);
    ret_request->is_act = arguments->command >= CTL_PAUSE;
    add_target(arguments, &target);
    ret_request->has_body = ret_request->is_act || arguments->command == CTL_WHAT_IF;
    if (arguments->command == CTL_WHAT_IF)
        add_values(arguments, &body);
    else if (ret_request->is_act)
        add_body(arguments, guard, &body);
    return target.was_cut || body.was_cut ? error_set(err, -E2BIG, "an argument is too long") : 0;
}
