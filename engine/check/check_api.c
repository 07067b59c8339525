#include "engine/check/check_api.h"

#include "engine/backend/response_meaning.h"
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/check/check_api_state.h"
#include "engine/http/path_segment.h"

#include <string.h>
#include <sys/random.h>

#define CALLS_MAX 4
#define RETRY_WAIT_MS_MAX 60000
#define UNKNOWN_ID "no-such-deployment-of-check-api"

static void send_request(struct check_api *check);

/* --- the end ---------------------------------------------------------------------------------------------------- */

/* Why a promise about reads was not judged. */
static const char *why_unread(const struct check_api *check, enum promise promise)
{
    if (!check->has_list)
        return "the discovery failed";
    if (promise == PROMISE_RETRY_AFTER)
        return "no response has one";
    if (check->list.count == 0)
        return "the list has no usable entry";
    if (promise == PROMISE_NO_LATE_BYTES)
        return "no status came after a quiet time";
    if (promise == PROMISE_ID_ENCODING)
        return "no id that was read needs it";
    if (promise == PROMISE_WHOLE_LIST)
        return "the second discovery failed";
    return check->was_read ? "no response shows it" : "no status could be used";
}

static const char *why_unscaled(const struct check_api *check)
{
    if (!check->config.scale_id)
        return "it needs scale requests, and --check-api-scale names no deployment";
    return check->scale_left ? check->scale_left : "the reads failed";
}

static void finish(struct check_api *check)
{
    for (int i = 1; i <= PROMISE_COUNT; i++) {
        enum promise promise = (enum promise)i;
        check_leave(&check->judge.verdicts, promise,
                    promise_row(promise)->acts ? why_unscaled(check) : why_unread(check, promise));
    }
    check->is_done = true;
    check->config.done(check->config.context);
}

/* --- requests --------------------------------------------------------------------------------------------------- */

static void set_url(struct check_api *check, const char *path, const char *id)
{
    struct text text;
    text_init(&text, check->url, sizeof check->url);
    text_addf(&text, "%s/%s", check->config.api.url, path);
    if (id)
        path_segment_add(&text, id);
    must(!text.was_cut);
    check->request.url = check->url;
}

void check_api_prepare_status(struct check_api *check, const char *id)
{
    set_url(check, "status/", id);
    check->request.body_size_max = WIRE_STATUS_SIZE_MAX;
}

static void prepare_entry(struct check_api *check, size_t index)
{
    check->entry = &check->list.entries[index];
    check_api_prepare_status(check, check->entry->id);
}

static void prepare(struct check_api *check)
{
    check->request = (struct http_request){ .timeout_ms = check->config.api.timeout_ms };
    switch (check->step) {
    case STEP_DISCOVERY:
    case STEP_AGAIN:
        set_url(check, "discover", NULL);
        check->request.body_size_max = WIRE_DISCOVERY_SIZE_MAX;
        return;
    case STEP_SAMPLE:
        prepare_entry(check, check->sample[check->sample_at]);
        return;
    case STEP_UNKNOWN:
        check_api_prepare_status(check, UNKNOWN_ID);
        return;
    case STEP_QUIET:
        prepare_entry(check, check->sample[0]);
        return;
    case STEP_SCALE_BEFORE:
    case STEP_SCALE_NO_DELTA:
    case STEP_SCALE_UNKNOWN:
    case STEP_SCALE_REFUSED:
    case STEP_SCALE_MORE:
    case STEP_SCALE_MORE_AGAIN:
    case STEP_SCALE_COMING:
    case STEP_SCALE_LESS:
    case STEP_SCALE_LEAVING:
        check_scale_prepare(check);
        return;
    case STEP_END:
        return;
    }
}

static void on_timer(uv_timer_t *timer)
{
    send_request(timer->data);
}

static void go(struct check_api *check, enum check_step step, int64_t wait_ms)
{
    check->step = step;
    check->attempt = 0;
    if (step == STEP_END)
        finish(check);
    else if (wait_ms > 0)
        uv_timer_start(&check->timer, on_timer, (uint64_t)wait_ms, 0);
    else
        send_request(check);
}

/* --- the sample ------------------------------------------------------------------------------------------------- */

static bool is_in_sample(const struct check_api *check, size_t index)
{
    for (size_t i = 0; i < check->sample_count; i++)
        if (check->sample[i] == index)
            return true;
    return false;
}

static void add_to_sample(struct check_api *check, size_t index)
{
    if (check->sample_count < CHECK_SAMPLE_MAX && !is_in_sample(check, index) &&
        !check->list.entries[index].is_repeated)
        check->sample[check->sample_count++] = index;
}

/* Spread over the list, and one whose id needs encoding. A repeated id has no status of its own. */
static void choose_sample(struct check_api *check)
{
    const struct check_list *list = &check->list;
    for (size_t i = 0; i < CHECK_SAMPLE_MAX - 1 && i < list->count; i++)
        add_to_sample(
            check, list->count < CHECK_SAMPLE_MAX ? i : i * (list->count / (CHECK_SAMPLE_MAX - 1)));
    for (size_t i = 0; i < list->count; i++)
        if (check_entry_is_encoded(&list->entries[i]) && !list->entries[i].is_repeated) {
            add_to_sample(check, i);
            break;
        }
}

/* --- responses -------------------------------------------------------------------------------------------------- */

/* Nothing was sent: there is no API here that could be judged. */
static bool is_unreached(const struct check_api *check, const struct http_response *response)
{
    return check->step == STEP_DISCOVERY && response->error && !response->was_sent;
}

static enum check_step take_first_list(struct check_api *check,
                                       const struct check_exchange *exchange)
{
    check->has_list =
        check_judge_discovery(&check->judge, exchange, &check->list, &check->unreached);
    if (!check->has_list)
        return STEP_END;
    choose_sample(check);
    if (check->config.scale_id) {
        check->scaled = check_list_find(&check->list, check->config.scale_id);
        if (!check->scaled)
            check->scale_left = "the list has no usable entry of the deployment that was named";
    }
    return check->sample_count > 0 ? STEP_SAMPLE : STEP_UNKNOWN;
}

static bool take_status(struct check_api *check, const struct check_exchange *exchange)
{
    struct status ignored;
    bool is_used = check_judge_status(&check->judge, exchange, check->entry, &ignored);
    check->was_read |= is_used;
    return is_used;
}

/* A server that does not respond in time does not get the rest of the sample. */
static enum check_step take_sample(struct check_api *check, const struct check_exchange *exchange)
{
    take_status(check, exchange);
    check->sample_at++;
    if (check->sample_at < check->sample_count &&
        !check_is_broken(&check->judge.verdicts, PROMISE_STATUS_IN_TIME))
        return STEP_SAMPLE;
    return check_is_broken(&check->judge.verdicts, PROMISE_STATUS_IN_TIME) ? STEP_AGAIN
                                                                           : STEP_UNKNOWN;
}

static enum check_step take_second_list(struct check_api *check,
                                        const struct check_exchange *exchange)
{
    struct check_list list = { 0 };
    if (check_judge_discovery(&check->judge, exchange, &list, &check->unreached))
        check_judge_again(&check->judge, exchange, &list, &check->list);
    check_list_fini(&list);
    bool is_slow = check_is_broken(&check->judge.verdicts, PROMISE_STATUS_IN_TIME);
    return check->sample_count > 0 && !is_slow ? STEP_QUIET : STEP_END;
}

static enum check_step take_last_status(struct check_api *check,
                                        const struct check_exchange *exchange)
{
    take_status(check, exchange);
    check_keep(&check->judge.verdicts, PROMISE_NO_LATE_BYTES);
    return check->scaled && check->was_read ? STEP_SCALE_BEFORE : STEP_END;
}

static enum check_step take(struct check_api *check, const struct check_exchange *exchange,
                            int64_t *ret_wait_ms)
{
    enum check_step next = STEP_END;
    switch (check->step) {
    case STEP_DISCOVERY:
        return take_first_list(check, exchange);
    case STEP_SAMPLE:
        return take_sample(check, exchange);
    case STEP_UNKNOWN:
        check_judge_unknown(&check->judge, exchange);
        return STEP_AGAIN;
    case STEP_AGAIN:
        next = take_second_list(check, exchange);
        *ret_wait_ms = next == STEP_QUIET ? check->config.quiet_ms : 0;
        return next;
    case STEP_QUIET:
        return take_last_status(check, exchange);
    case STEP_SCALE_BEFORE:
    case STEP_SCALE_NO_DELTA:
    case STEP_SCALE_UNKNOWN:
    case STEP_SCALE_REFUSED:
    case STEP_SCALE_MORE:
    case STEP_SCALE_MORE_AGAIN:
    case STEP_SCALE_COMING:
    case STEP_SCALE_LESS:
    case STEP_SCALE_LEAVING:
        return check_scale_take(check, exchange, ret_wait_ms);
    case STEP_END:
        return STEP_END;
    }
    return next;
}

/* As long as the server asks for, within reason. */
static int64_t retry_wait_ms(const struct check_api *check, const struct http_response *response)
{
    return min_i64(max_i64(check->config.retry_wait_ms, response->retry_after_ms),
                   RETRY_WAIT_MS_MAX);
}

/* As the engine does, without its growing waits. */
static bool is_repeated(struct check_api *check, const struct http_response *response)
{
    if (check->request.body || check->attempt >= check->config.retries ||
        !response_is_transient(response))
        return false;
    check->attempt++;
    uv_timer_start(&check->timer, on_timer, (uint64_t)retry_wait_ms(check, response), 0);
    return true;
}

static void on_response(void *context, const struct http_response *response)
{
    struct check_api *check = context;
    const struct check_exchange exchange = { &check->request, response, check->config.api.token };
    int64_t wait_ms = 0;
    check->call = NULL;
    if (check->is_closing || check->is_done)
        return;
    check_judge_any(&check->judge, &exchange);
    if (is_repeated(check, response))
        return;
    if (is_unreached(check, response)) {
        error_set(&check->unreached, response->error, "%s", response->error_text);
        finish(check);
        return;
    }
    enum check_step next = take(check, &exchange, &wait_ms);
    go(check, check->unreached.code ? STEP_END : next, wait_ms);
}

static void send_request(struct check_api *check)
{
    prepare(check);
    if (http_start(check->http, &check->request, on_response, check, &check->call,
                   &check->unreached)) {
        check->step = STEP_END;
        finish(check);
    }
}

/* The request that was sent last may be another one than the one whose connection it was. */
static void on_surprise(void *context)
{
    struct check_api *check = context;
    const struct http_response nothing = {
        .error = ERR_PROTOCOL,
        .notable = "",
        .body = "",
        .error_text =
            "bytes that no request asked for, on a connection without a request in flight",
    };
    const struct check_exchange exchange = { &check->request, &nothing, check->config.api.token };
    check_break(&check->judge.verdicts, PROMISE_NO_LATE_BYTES, &exchange, nothing.error_text);
}

/* --- life cycle ------------------------------------------------------------------------------------------------- */

static struct http_config http_config(struct check_api *check)
{
    struct http_config http = http_api_client(&check->config.api);
    http.surprised = on_surprise;
    http.surprised_context = check;
    http.calls_max = CALLS_MAX;
    return http;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct check_api *check = handle->data;
    check_list_fini(&check->list);
    check_judge_fini(&check->judge);
    heap_free(check);
}

static void on_http_closed(void *context)
{
    struct check_api *check = context;
    uv_close((uv_handle_t *)&check->timer, on_timer_closed);
}

void check_api_close(struct check_api *check)
{
    if (!check)
        return;
    check->is_closing = true;
    uv_timer_stop(&check->timer);
    http_close(check->http, on_http_closed, check);
}

static void begin(uv_timer_t *timer)
{
    go(timer->data, STEP_DISCOVERY, 0);
}

int check_api_create(uv_loop_t *loop, const struct check_api_config *config,
                     struct check_api **ret_check, struct error *err)
{
    struct check_api *check = heap_alloc(1, sizeof *check);
    if (!check)
        return error_no_memory(err);
    check->config = *config;
    uv_timer_init(loop, &check->timer);
    check->timer.data = check;
    if (getrandom(&check->order.epoch, sizeof check->order.epoch, GRND_NONBLOCK) < 0)
        check->order.epoch = (uint64_t)wall_now().ms;
    struct http_config http = http_config(check);
    int failed = check_judge_init(&check->judge, err);
    failed = failed ? failed : http_create(loop, &http, &check->http, err);
    if (failed) {
        check_api_close(check);
        return failed;
    }
    uv_timer_start(&check->timer, begin, 0, 0);
    *ret_check = check;
    return 0;
}

int check_api_result(const struct check_api *check, struct error *err)
{
    if (check->unreached.code)
        *err = check->unreached;
    return check->unreached.code;
}

const struct check_verdicts *check_api_verdicts(const struct check_api *check)
{
    return &check->judge.verdicts;
}

size_t check_api_listed(const struct check_api *check)
{
    return check->list.count;
}
