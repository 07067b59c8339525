#include "engine/control/control.h"

#include "engine/base/duration.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/control/act_cache.h"
#include "engine/control/deployment_list.h"
#include "engine/control/history_job.h"
#include "engine/control/log_ring.h"
#include "engine/control/override_json.h"
#include "engine/control/plan.h"
#include "engine/control/state_json.h"
#include "engine/control/stream_hub.h"
#include "engine/control/what_if_body.h"
#include "engine/core/deployment_state.h"
#include "engine/http/http_server.h"
#include "engine/http/path_segment.h"
#include "engine/metrics/monitor.h"
#include "engine/view/deployment_json.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINES 100
#define HISTORY_MS ((int64_t)24 * 3600 * 1000)
#define HISTORY_ROWS 1000

enum {
    STATUS_OK = 200,
    STATUS_BAD_REQUEST = 400,
    STATUS_FORBIDDEN = 403,
    STATUS_NOT_FOUND = 404,
    STATUS_WRONG_METHOD = 405,
    STATUS_CONFLICT = 409,
    STATUS_TOO_LARGE = 413,
    STATUS_KEY_REUSED = 422,
    STATUS_UNAVAILABLE = 503,
};

struct control {
    struct control_engine engine;
    struct peer_groups groups;
    struct control_socket socket;
    struct http_server *server;
    struct stream_hub *hub;
    struct act_cache cache;
    struct log_ring log;
    struct event_reader log_reader;
    struct history_jobs *jobs;
    void (*closed)(void *context);
    void *closed_context;
};

/* A request that is being answered. */
struct call {
    struct control *control;
    struct http_server_exchange *exchange;
    const struct http_server_request *request;
    const char *segment;
    const char *allowed;
    struct peer peer;
};

/* --- responses ------------------------------------------------------------------------------------------------- */

static void respond(const struct call *call, unsigned status, const char *body, size_t size)
{
    const struct http_server_response response = {
        .status = status,
        .headers = { { "Content-Type", "application/json" },
                     { "Cache-Control", "no-store" },
                     { "Allow", call->allowed } },
        .body = body,
        .body_size = size,
    };
    http_server_respond(call->exchange, &response);
}

static void refuse(const struct call *call, unsigned status, const char *code, const char *message)
{
    struct act_response response;
    act_refuse(&call->control->engine, status, code, message, &response);
    respond(call, status, response.body, strlen(response.body));
}

static void respond_text(const struct call *call, struct text *text)
{
    text_add_char(text, '\n');
    redaction_clean(call->control->engine.redaction, text);
    must(!text->was_cut);
    respond(call, STATUS_OK, text->data, text->length);
}

/* A context of NULL: there was no memory for it. */
static void respond_pieces(const struct call *call, const struct http_server_pieces *pieces)
{
    if (!pieces->context) {
        http_server_drop(call->exchange);
        return;
    }
    const struct http_server_response head = {
        .status = STATUS_OK,
        .headers = { { "Content-Type", "application/json" }, { "Cache-Control", "no-store" } },
    };
    http_server_respond_pieces(call->exchange, &head, pieces);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static void respond_state(const struct call *call)
{
    const struct control_engine *engine = &call->control->engine;
    char storage[STATE_JSON_SIZE];
    struct text text;
    struct publish_context context;
    engine->describe(engine->context, &context);
    text_init(&text, storage, sizeof storage);
    state_json_add(&text, engine->reconciler, &context);
    respond_text(call, &text);
}

static const struct deployment *find_listed(const struct call *call, const char *encoded)
{
    char id[ID_SIZE_MAX + 2];
    if (!path_segment_read(encoded, id, sizeof id) || strlen(id) > ID_SIZE_MAX)
        return NULL;
    const struct fleet *fleet = reconciler_fleet(call->control->engine.reconciler);
    const struct deployment *deployment = fleet_find(fleet, id, false);
    return deployment && deployment->is_listed ? deployment : NULL;
}

static void respond_deployment(const struct call *call)
{
    const struct reconciler *reconciler = call->control->engine.reconciler;
    const struct deployment *deployment = find_listed(call, call->segment);
    char storage[DEPLOYMENT_JSON_SIZE];
    struct text text;
    struct snapshot_pause pause;
    if (!deployment) {
        refuse(call, STATUS_NOT_FOUND, "not_found", "no deployment with this id is listed");
        return;
    }
    control_engine_pause(&call->control->engine, deployment, &pause);
    text_init(&text, storage, sizeof storage);
    deployment_json_add(&text, deployment,
                        deployment_state(deployment, reconciler_is_paused(reconciler),
                                         deployment_wanted_delta(deployment)),
                        &pause);
    respond_text(call, &text);
}

static bool read_state(const char *word, int *ret_state)
{
    for (int state = 0; state < STATE_COUNT; state++)
        if (strcmp(state_row((enum state)state)->name, word) == 0) {
            *ret_state = state;
            return true;
        }
    return false;
}

static bool read_limit(const char *word, int64_t *ret_limit)
{
    return integer_parse(word, strlen(word), ret_limit) && *ret_limit > 0;
}

/* False: refused. */
static bool read_list_query(const struct call *call, struct deployment_list_config *config,
                            char ret_match[CONTROL_PATTERN_SIZE])
{
    const char *match = http_server_request_query(call->exchange, "match");
    const char *state = http_server_request_query(call->exchange, "state");
    const char *limit = http_server_request_query(call->exchange, "limit");
    const char *after = http_server_request_query(call->exchange, "after");
    const char *problem = NULL;
    if (match && !path_segment_read(match, ret_match, CONTROL_PATTERN_SIZE))
        problem = "match: expected a shell pattern, percent-encoded";
    else if (state && !read_state(state, &config->state))
        problem = "state: expected the name of a state, such as starved";
    else if (limit && !read_limit(limit, &config->limit))
        problem = "limit: expected a whole number above 0";
    if (problem) {
        refuse(call, STATUS_BAD_REQUEST, "bad_query", problem);
        return false;
    }
    config->match = match ? ret_match : NULL;
    const struct deployment *last = after ? find_listed(call, after) : NULL;
    if (after && !last) {
        refuse(call, STATUS_NOT_FOUND, "not_found", "after: no deployment with this id is listed");
        return false;
    }
    config->from = last ? last->slot + 1 : 0;
    return true;
}

static void respond_deployments(const struct call *call)
{
    struct deployment_list_config config = { .engine = &call->control->engine, .state = -1 };
    char match[CONTROL_PATTERN_SIZE];
    if (!read_list_query(call, &config, match))
        return;
    respond_pieces(call, &(struct http_server_pieces){ deployment_list_write, deployment_list_end,
                                                       deployment_list_create(&config) });
}

static bool read_number(const char *word, int64_t *ret_number)
{
    return integer_parse(word, strcspn(word, "/"), ret_number) && *ret_number >= 0;
}

/* A long text. Returns what the caller frees with heap_free; NULL: no memory, and the exchange has ended. */
static char *make_text(const struct call *call, size_t size, struct text *ret_text)
{
    char *storage = heap_alloc(size, 1);
    if (storage)
        text_init(ret_text, storage, size);
    else
        http_server_drop(call->exchange);
    return storage;
}

/* `size` bytes are enough for what `add` writes. */
static void respond_long(const struct call *call, size_t size,
                         void (*add)(struct text *text, const void *what), const void *what)
{
    struct text text;
    char *storage = make_text(call, size, &text);
    if (!storage)
        return;
    add(&text, what);
    respond_text(call, &text);
    heap_free(storage);
}

struct override_page {
    struct publish_context context;
    struct control_override overrides[CONTROL_OVERRIDES_MAX];
    size_t count;
};

static void add_override_page(struct text *text, const void *what)
{
    const struct override_page *page = what;
    override_json_add(text, &page->context, page->overrides, page->count);
}

static void respond_overrides(const struct call *call)
{
    const struct control_engine *engine = &call->control->engine;
    const char *word = http_server_request_query(call->exchange, "after");
    struct override_page page;
    int64_t after = 0;
    if (word && !read_number(word, &after)) {
        refuse(call, STATUS_BAD_REQUEST, "bad_query", "after: expected the number of an override");
        return;
    }
    engine->describe(engine->context, &page.context);
    page.count =
        engine->list_overrides(engine->context, after, page.overrides, CONTROL_OVERRIDES_MAX);
    respond_long(call, (page.count + 1) * OVERRIDE_JSON_SIZE, add_override_page, &page);
}

struct log_page {
    const struct log_ring *ring;
    int64_t first;
};

static void add_log_page(struct text *text, const void *what)
{
    const struct log_page *page = what;
    log_ring_add_json(page->ring, page->first, text);
}

static void respond_log(const struct call *call)
{
    const struct log_ring *ring = &call->control->log;
    const char *since = http_server_request_query(call->exchange, "since");
    const char *limit = http_server_request_query(call->exchange, "limit");
    int64_t after = 0;
    int64_t max = since ? LOG_RING_MAX : LOG_LINES;
    if ((since && !read_number(since, &after)) || (limit && !read_limit(limit, &max))) {
        refuse(call, STATUS_BAD_REQUEST, "bad_query", "since, limit: expected a whole number");
        return;
    }
    struct log_page page = { ring, log_ring_first(ring, after, max) };
    size_t count = (size_t)(ring->count - page.first + 1);
    respond_long(call, (count + 1) * LOG_RING_JSON_SIZE, add_log_page, &page);
}

/* "24h": so long ago. */
static bool read_ago(const char *word, struct wall *at)
{
    int64_t ago_ms;
    if (!word)
        return true;
    if (!duration_parse(word, &ago_ms))
        return false;
    *at = (struct wall){ wall_now().ms - ago_ms };
    return true;
}

static void respond_history(const struct call *call)
{
    char match[CONTROL_PATTERN_SIZE] = "";
    struct control_history query = {
        match, { wall_now().ms - HISTORY_MS }, wall_now(), HISTORY_ROWS
    };
    const char *word = http_server_request_query(call->exchange, "match");
    const char *limit = http_server_request_query(call->exchange, "limit");
    const char *problem = NULL;
    if (word && !path_segment_read(word, match, sizeof match))
        problem = "match: expected an id or a shell pattern, percent-encoded";
    else if (!read_ago(http_server_request_query(call->exchange, "since"), &query.since) ||
             !read_ago(http_server_request_query(call->exchange, "until"), &query.until))
        problem = "since, until: expected how long ago, such as 24h";
    else if (limit && (!read_limit(limit, &query.limit) || query.limit > HISTORY_ROWS_MAX))
        problem = "limit: expected a whole number from 1 to 10000";
    if (problem) {
        refuse(call, STATUS_BAD_REQUEST, "bad_query", problem);
        return;
    }
    if (history_job_start(call->control->jobs, &call->control->engine, call->exchange, &query))
        refuse(call, STATUS_UNAVAILABLE, "busy", "too many histories are being read; ask again");
}

static void respond_plan(const struct call *call)
{
    respond_pieces(call, &(struct http_server_pieces){ plan_write, plan_end,
                                                       plan_create(&call->control->engine) });
}

static void respond_what_if(const struct call *call)
{
    struct error err;
    struct text text;
    char *storage = make_text(call, WHAT_IF_JSON_SIZE, &text);
    if (!storage)
        return;
    int failed = what_if_answer(&call->control->engine, call->request->body,
                                call->request->body_size, &text, &err);
    if (failed == -ENOENT)
        refuse(call, STATUS_NOT_FOUND, "not_found", err.msg);
    else if (failed == -ENODATA)
        refuse(call, STATUS_CONFLICT, "refused", err.msg);
    else if (failed)
        refuse(call, STATUS_BAD_REQUEST, "bad_request", err.msg);
    else
        respond_text(call, &text);
    heap_free(storage);
}

/* --- acting ---------------------------------------------------------------------------------------------------- */

static void carry_out(const struct call *call, enum route route, struct act_response *ret_response)
{
    struct act_body body;
    struct error err;
    if (act_body_parse(route, call->request->body, call->request->body_size, &body, &err)) {
        act_refuse(&call->control->engine, STATUS_BAD_REQUEST, "bad_request", err.msg,
                   ret_response);
        return;
    }
    if (call->segment && !read_number(call->segment, &body.number))
        body.number = 0; /* none has it */
    act_carry_out(&call->control->engine, route, &body, &call->peer, ret_response);
    act_body_fini(&body);
}

/* A failure is not kept: the client may ask again with the same key. */
static void carry_out_once(const struct call *call, enum route route, const char *key,
                           struct act_response *ret_response)
{
    struct act_cache *cache = &call->control->cache;
    struct act_identity identity;
    bool is_same = true;
    if (!act_identity_make(key, call->peer.uid, route, call->request->path, call->request->body,
                           call->request->body_size, &identity)) {
        act_refuse(&call->control->engine, STATUS_BAD_REQUEST, "bad_key",
                   "Idempotency-Key: expected 1 to 128 printable ASCII characters", ret_response);
        return;
    }
    const struct act_response *kept = act_cache_find(cache, &identity, &is_same);
    if (kept && is_same) {
        *ret_response = *kept;
    } else if (kept) {
        act_refuse(&call->control->engine, STATUS_KEY_REUSED, "key_reused",
                   "Idempotency-Key: it was used for another request", ret_response);
    } else {
        carry_out(call, route, ret_response);
        if (ret_response->status == STATUS_OK)
            act_cache_add(cache, &identity, ret_response);
    }
}

static void act(const struct call *call, enum route route)
{
    struct act_response response;
    const char *key = http_server_request_header(call->exchange, "Idempotency-Key");
    if (key)
        carry_out_once(call, route, key, &response);
    else
        carry_out(call, route, &response);
    respond(call, response.status, response.body, strlen(response.body));
}

/* --- the stream ------------------------------------------------------------------------------------------------ */

static void stream(const struct call *call)
{
    const char *after = http_server_request_query(call->exchange, "after");
    stream_hub_attach(call->control->hub, call->exchange, &call->peer, after);
}

static void focus(const struct call *call)
{
    struct act_response response;
    stream_hub_focus(call->control->hub, &call->peer, call->request->body, call->request->body_size,
                     &response);
    respond(call, response.status, response.body, strlen(response.body));
}

/* --- requests -------------------------------------------------------------------------------------------------- */

static void refuse_peer(const struct call *call)
{
    struct event event;
    event_init(&event, EVENT_CONTROL_REFUSED);
    event_add_integer(&event, "uid", call->peer.uid);
    event_add_integer(&event, "pid", call->peer.pid);
    event_add_string(&event, "path", call->request->path);
    event_emit(&event, &call->control->engine.events);
    refuse(call, STATUS_FORBIDDEN, "forbidden",
           "this user may not do that: see control.operators in autoscaler.yaml(5)");
}

static void answer(const struct call *call, enum route route)
{
    switch (route) {
    case ROUTE_STATE:
        respond_state(call);
        return;
    case ROUTE_DEPLOYMENTS:
        respond_deployments(call);
        return;
    case ROUTE_DEPLOYMENT:
        respond_deployment(call);
        return;
    case ROUTE_OVERRIDES:
        respond_overrides(call);
        return;
    case ROUTE_PLAN:
        respond_plan(call);
        return;
    case ROUTE_WHAT_IF:
        respond_what_if(call);
        return;
    case ROUTE_LOG:
        respond_log(call);
        return;
    case ROUTE_HISTORY:
        respond_history(call);
        return;
    case ROUTE_STREAM:
        stream(call);
        return;
    case ROUTE_FOCUS:
        focus(call);
        return;
    case ROUTE_METRICS:
        monitor_answer(call->control->engine.monitor, call->exchange, MONITOR_METRICS);
        return;
    case ROUTE_HEALTH:
        monitor_answer(call->control->engine.monitor, call->exchange, MONITOR_HEALTH);
        return;
    case ROUTE_READY:
        monitor_answer(call->control->engine.monitor, call->exchange, MONITOR_READY);
        return;
    case ROUTE_UNDO:
    case ROUTE_PASS:
    case ROUTE_DISCOVERY:
    case ROUTE_RELOAD:
    case ROUTE_DRY_RUN:
    case ROUTE_PAUSE:
    case ROUTE_RESUME:
    case ROUTE_SCALE:
    case ROUTE_EXTEND:
    case ROUTE_END:
        act(call, route);
        return;
    case ROUTE_NONE:
    case ROUTE_WRONG_METHOD:
        break;
    }
    must(false); /* refused before */
}

static void on_request(void *context, struct http_server_exchange *exchange,
                       const struct http_server_request *request)
{
    struct control *control = context;
    struct call call = { .control = control, .exchange = exchange, .request = request };
    enum route route = route_find(request->method, request->path, &call.segment, &call.allowed);
    peer_of(http_server_client_socket(exchange), &control->groups, &call.peer);
    enum right needed = route < ROUTE_COUNT ? route_row(route)->right : RIGHT_READ;
    if (call.peer.right < needed)
        refuse_peer(&call);
    else if (route == ROUTE_NONE)
        refuse(&call, STATUS_NOT_FOUND, "unknown_path",
               "there is no such path: see autoscaler-control(7)");
    else if (route == ROUTE_WRONG_METHOD)
        refuse(&call, STATUS_WRONG_METHOD, "wrong_method", "see the Allow header");
    else
        answer(&call, route);
}

static void on_too_large(void *context, struct http_server_exchange *exchange,
                         const struct http_server_request *request)
{
    struct call call = { .control = context, .exchange = exchange, .request = request };
    refuse(&call, STATUS_TOO_LARGE, "too_large", "a request has at most 65536 bytes");
}

static void take_line(void *context, const struct event *event, struct wall at)
{
    struct control *control = context;
    log_ring_take(&control->log, event, at, control->engine.redaction);
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

int control_create(uv_loop_t *loop, const struct control_engine *engine,
                   const struct peer_groups *groups, struct control_socket *control_socket,
                   struct control **ret_control, struct error *err)
{
    struct control *control = heap_alloc(1, sizeof *control);
    if (!control) {
        control_socket_close(control_socket);
        return error_no_memory(err);
    }
    control->engine = *engine;
    control->groups = *groups;
    control->jobs = history_jobs_create(loop);
    control->socket = *control_socket;
    const struct http_server_config config = {
        .listen_fd = control_socket_take(&control->socket),
        .connections_max = CONTROL_CONNECTIONS_MAX,
        .body_size_max = CONTROL_BODY_SIZE_MAX,
        .idle_timeout_ms = CONTROL_IDLE_MS,
        .handler = on_request,
        .too_large = on_too_large,
        .context = control,
    };
    int failed = control->jobs ? http_server_create(loop, &config, &control->server, err)
                               : error_no_memory(err);
    if (!failed)
        control->hub = stream_hub_create(loop, engine);
    if (!failed && !control->hub) {
        http_server_close(control->server, NULL, NULL);
        failed = error_no_memory(err);
    }
    if (failed) {
        if (!control->jobs)
            close(config.listen_fd);
        control_socket_close(&control->socket);
        history_jobs_release(control->jobs);
        heap_free(control);
        return failed;
    }
    control->log_reader = (struct event_reader){ .take = take_line, .context = control };
    event_fanout_add(engine->lines, &control->log_reader);
    *ret_control = control;
    return 0;
}

const char *control_path(const struct control *control)
{
    return control->socket.path;
}

static void on_hub_closed(void *context)
{
    struct control *control = context;
    void (*closed)(void *context) = control->closed;
    void *closed_context = control->closed_context;
    log_ring_fini(&control->log);
    history_jobs_release(control->jobs);
    heap_free(control);
    closed(closed_context);
}

/* The server has ended the readers of the stream. */
static void on_server_closed(void *context)
{
    struct control *control = context;
    stream_hub_close(control->hub, on_hub_closed, control);
}

void control_close(struct control *control, void (*closed)(void *context), void *context)
{
    if (!control) {
        closed(context);
        return;
    }
    control->closed = closed;
    control->closed_context = context;
    control_socket_close(&control->socket);
    event_reader_remove(&control->log_reader);
    http_server_close(control->server, on_server_closed, control);
}
