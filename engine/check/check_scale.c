/*
 * The part of a check that scales one deployment:
 *
 *     status -> no delta -> unknown id -> status: the same hosts?
 *            -> +1 -> +1, same key -> statuses until host and servers are there, and as long again for a second host
 *            -> minus what came -> statuses until it is gone
 */
#include "engine/backend/response_meaning.h"
#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/check/check_api_state.h"

#include <stdio.h>
#include <string.h>

#define UNKNOWN_ID "no-such-deployment-of-check-api"
#define REMOVED_MAX 2 /* so many hosts the requests of this check can have ordered */

/* --- requests --------------------------------------------------------------------------------------------------- */

static void prepare_post(struct check_api *check, bool has_new_key)
{
    struct text url;
    text_init(&url, check->url, sizeof check->url);
    text_addf(&url, "%s/scale", check->config.api.url);
    must(!url.was_cut);
    if (has_new_key)
        check->order.number++;
    order_key_format(&check->order, check->key);
    check->request.url = check->url;
    check->request.method = "POST";
    check->request.body = check->body;
    check->request.content_type = "application/json";
    check->request.idempotency_key = check->key;
    check->request.fresh = true;
    check->request.body_size_max = SCALE_RESPONSE_SIZE_MAX;
}

static void prepare_scale(struct check_api *check, const char *id, int32_t delta, bool has_new_key)
{
    struct text body;
    text_init(&body, check->body, sizeof check->body);
    wire_encode_scale(&body, id, delta);
    prepare_post(check, has_new_key);
}

static void prepare_no_delta(struct check_api *check)
{
    struct text body;
    text_init(&body, check->body, sizeof check->body);
    text_add(&body, "{\"deployment_id\":");
    text_add_json(&body, check->scaled->id, strlen(check->scaled->id));
    text_add(&body, "}");
    prepare_post(check, true);
}

static void prepare_status(struct check_api *check)
{
    check->entry = check->scaled;
    check_api_prepare_status(check, check->scaled->id);
}

void check_scale_prepare(struct check_api *check)
{
    switch (check->step) {
    case STEP_SCALE_NO_DELTA:
        prepare_no_delta(check);
        return;
    case STEP_SCALE_UNKNOWN:
        prepare_scale(check, UNKNOWN_ID, 1, true);
        return;
    case STEP_SCALE_MORE:
        prepare_scale(check, check->scaled->id, 1, true);
        return;
    case STEP_SCALE_MORE_AGAIN:
        prepare_scale(check, check->scaled->id, 1, false);
        return;
    case STEP_SCALE_LESS:
        prepare_scale(check, check->scaled->id, -check->removing, true);
        return;
    case STEP_SCALE_BEFORE:
    case STEP_SCALE_REFUSED:
    case STEP_SCALE_COMING:
    case STEP_SCALE_LEAVING:
        prepare_status(check);
        return;
    case STEP_DISCOVERY:
    case STEP_SAMPLE:
    case STEP_UNKNOWN:
    case STEP_AGAIN:
    case STEP_QUIET:
    case STEP_END:
        return;
    }
}

/* --- what is awaited -------------------------------------------------------------------------------------------- */

static void tell(const struct check_api *check, const char *what, int32_t from, int32_t to)
{
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s: current_hosts %d, expected %d, for up to %lld s", what, from, to,
              (long long)(check->deadline.ms - mono_now().ms) / 1000);
    if (check->config.tell)
        check->config.tell(check->config.context, storage);
}

static void break_with(struct check_api *check, const struct check_exchange *exchange,
                       enum promise promise, const char *what)
{
    char storage[CHECK_FAULT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s: current_hosts %d before and %d now, total_servers %d before and %d now",
              what, check->base.current_hosts, check->seen.current_hosts, check->base.total_servers,
              check->seen.total_servers);
    check_break(&check->judge.verdicts, promise, exchange, storage);
}

static bool read_status(struct check_api *check, const struct check_exchange *exchange)
{
    return check_judge_status(&check->judge, exchange, check->scaled, &check->seen);
}

static enum check_step leave(struct check_api *check, const char *why)
{
    check->scale_left = why;
    return STEP_END;
}

static enum check_step take_base(struct check_api *check, const struct check_exchange *exchange)
{
    if (!read_status(check, exchange))
        return leave(check, "the deployment that was named has no usable status");
    check->base = check->seen;
    return STEP_SCALE_NO_DELTA;
}

/* A server that does not respond in time gets no request that may be applied. */
static enum check_step take_refusal(struct check_api *check, const struct check_exchange *exchange,
                                    enum check_step next)
{
    check_judge_refusal(&check->judge, exchange);
    if (check_is_broken(&check->judge.verdicts, PROMISE_SCALE_IN_TIME))
        return leave(check, "a scale request was not answered in time");
    return next;
}

/* From here on, the hosts that there are now count as those before. */
static enum check_step take_after_refusals(struct check_api *check,
                                           const struct check_exchange *exchange)
{
    if (!read_status(check, exchange))
        return leave(check, "the deployment that was named has no usable status");
    if (check->seen.current_hosts == check->base.current_hosts)
        check_keep(&check->judge.verdicts, PROMISE_REFUSAL_CHANGES_NOTHING);
    else
        break_with(check, exchange, PROMISE_REFUSAL_CHANGES_NOTHING,
                   "it changed after requests that must be refused");
    check->base = check->seen;
    return STEP_SCALE_MORE;
}

static enum check_step take_order(struct check_api *check, const struct check_exchange *exchange)
{
    if (!check_judge_scale(&check->judge, exchange, PROMISE_SCALE_ACCEPTED))
        return leave(check, response_scale_outcome(exchange->response) == SCALE_LOST
                                ? "the outcome of the request for one host more is unknown: look "
                                  "whether a host came"
                                : "the request for one host more was not accepted");
    check->ordered = mono_now();
    check->deadline = mono_after(check->ordered, check->config.come_timeout_ms);
    check->look_until = MONO_NEVER;
    return STEP_SCALE_MORE_AGAIN;
}

static enum check_step take_repeat(struct check_api *check, const struct check_exchange *exchange)
{
    check_judge_scale(&check->judge, exchange, PROMISE_KEY_RESPONSE);
    tell(check, "one host more", check->base.current_hosts, check->base.current_hosts + 1);
    return STEP_SCALE_COMING;
}

/* --- a host comes, and goes ------------------------------------------------------------------------------------- */

static void note_coming(struct check_api *check)
{
    bool was_there = check->is_counted && check->is_served;
    check->is_counted |= check->seen.current_hosts > check->base.current_hosts;
    check->is_served |= check->seen.total_servers > check->base.total_servers;
    struct mono now = mono_now();
    if (!was_there && check->is_counted && check->is_served)
        check->look_until = mono_after(now, now.ms - check->ordered.ms);
}

static void judge_coming(struct check_api *check, const struct check_exchange *exchange)
{
    struct check_verdicts *verdicts = &check->judge.verdicts;
    if (check->is_counted)
        check_keep(verdicts, PROMISE_SCALE_COUNTED);
    else
        break_with(check, exchange, PROMISE_SCALE_COUNTED, "it did not change within boot_timeout");
    if (check->is_served)
        check_keep(verdicts, PROMISE_SCALE_SERVED);
    else if (check->is_counted)
        break_with(check, exchange, PROMISE_SCALE_SERVED, "no server came within boot_timeout");
    if (check->seen.current_hosts > check->base.current_hosts + 1)
        break_with(check, exchange, PROMISE_KEY_ONCE, "two requests with one key were carried out");
    else if (check->is_counted)
        check_keep(verdicts, PROMISE_KEY_ONCE);
}

static enum check_step end_coming(struct check_api *check, const struct check_exchange *exchange)
{
    int32_t came = check->seen.current_hosts - check->base.current_hosts;
    judge_coming(check, exchange);
    if (came <= 0)
        return leave(check, "no host came that could be removed");
    check->removing = (int32_t)min_i64(came, REMOVED_MAX);
    return STEP_SCALE_LESS;
}

/*
 * A status that was asked for after the deadline decides. For a second host it waits as long again as the first one
 * took: it boots as long.
 */
static enum check_step take_coming(struct check_api *check, const struct check_exchange *exchange,
                                   int64_t *ret_wait_ms)
{
    int64_t asked_ms = mono_now().ms - exchange->response->took_ms;
    if (read_status(check, exchange)) {
        note_coming(check);
        if (asked_ms >= mono_min(check->deadline, check->look_until).ms)
            return end_coming(check, exchange);
    } else if (asked_ms >= check->deadline.ms) {
        return leave(check, "the statuses failed: look whether a host came");
    }
    *ret_wait_ms = check->config.poll_ms;
    return STEP_SCALE_COMING;
}

static enum check_step take_removal(struct check_api *check, const struct check_exchange *exchange)
{
    if (!check_judge_scale(&check->judge, exchange, PROMISE_SCALE_ACCEPTED))
        return leave(check, "the removal was not accepted: remove the host by hand");
    check->base = check->seen;
    check->deadline = mono_after(mono_now(), check->config.leave_timeout_ms);
    tell(check, "the host is removed", check->base.current_hosts,
         check->base.current_hosts - check->removing);
    return STEP_SCALE_LEAVING;
}

static enum check_step take_leaving(struct check_api *check, const struct check_exchange *exchange,
                                    int64_t *ret_wait_ms)
{
    int64_t asked_ms = mono_now().ms - exchange->response->took_ms;
    bool is_read = read_status(check, exchange);
    bool is_gone =
        is_read && check->seen.current_hosts <= check->base.current_hosts - check->removing;
    if (is_gone)
        check_keep(&check->judge.verdicts, PROMISE_SCALE_REMOVED);
    else if (is_read && asked_ms >= check->deadline.ms)
        break_with(check, exchange, PROMISE_SCALE_REMOVED, "it did not fall within drain_timeout");
    else if (asked_ms >= check->deadline.ms)
        return leave(check, "the statuses failed: look whether the host is gone");
    else
        *ret_wait_ms = check->config.poll_ms;
    return *ret_wait_ms > 0 ? STEP_SCALE_LEAVING : STEP_END;
}

enum check_step check_scale_take(struct check_api *check, const struct check_exchange *exchange,
                                 int64_t *ret_wait_ms)
{
    switch (check->step) {
    case STEP_SCALE_BEFORE:
        return take_base(check, exchange);
    case STEP_SCALE_NO_DELTA:
        return take_refusal(check, exchange, STEP_SCALE_UNKNOWN);
    case STEP_SCALE_UNKNOWN:
        return take_refusal(check, exchange, STEP_SCALE_REFUSED);
    case STEP_SCALE_REFUSED:
        return take_after_refusals(check, exchange);
    case STEP_SCALE_MORE:
        return take_order(check, exchange);
    case STEP_SCALE_MORE_AGAIN:
        return take_repeat(check, exchange);
    case STEP_SCALE_COMING:
        return take_coming(check, exchange, ret_wait_ms);
    case STEP_SCALE_LESS:
        return take_removal(check, exchange);
    case STEP_SCALE_LEAVING:
        return take_leaving(check, exchange, ret_wait_ms);
    case STEP_DISCOVERY:
    case STEP_SAMPLE:
    case STEP_UNKNOWN:
    case STEP_AGAIN:
    case STEP_QUIET:
    case STEP_END:
        break;
    }
    return STEP_END;
}
