#include "engine/control/stream_hub.h"

#include "engine/backend/json_scan.h"
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/control/stream_codec.h"
#include "engine/control/stream_reader.h"
#include "engine/view/publish_head.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define STATUS_OK 200
#define STATUS_BAD_REQUEST 400
#define STATUS_NOT_FOUND 404
#define STATUS_BUSY 503

#define RETRY_MS 1000 /* without memory */

#define HANDLE_COUNT 3

struct stream_hub {
    struct stream_source source;
    struct fleet_reader changes;
    struct event_reader events;
    struct stream_reader *first;
    size_t reader_count;
    uint64_t reader_number;
    uint64_t source_version; /* of the reconciler, as of the last head */
    bool is_urgent;          /* a reader waits for its focus */
    bool is_refused;         /* there was no memory */
    struct mono looked;      /* when the last head was made */
    uint64_t spent_ns;       /* writing, in this turn of the loop */
    uv_prepare_t look;
    uv_timer_t timer; /* the next head */
    uv_timer_t alive;
    int handles_open;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- lines of the log -------------------------------------------------------------------------------------------- */

static void take_line(void *context, const struct event *event, struct wall at)
{
    struct stream_hub *hub = context;
    struct stream_lines *lines = &hub->source.lines;
    const struct stream_line *line =
        stream_lines_take(lines, event, at, hub->source.engine.redaction);
    for (struct stream_reader *reader = hub->first; line && reader; reader = reader->next)
        stream_reader_line_added(reader, line);
    while ((line = stream_lines_excess(lines))) {
        for (struct stream_reader *reader = hub->first; reader; reader = reader->next)
            stream_reader_line_dropped(reader, line);
        stream_lines_drop(lines);
    }
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

static void touch(struct stream_hub *hub, uint32_t slot)
{
    for (struct stream_reader *reader = hub->first; reader; reader = reader->next)
        stream_reader_before_touch(reader, slot);
    change_order_touch(&hub->source.order, slot);
    for (struct stream_reader *reader = hub->first; reader; reader = reader->next)
        stream_reader_touched(reader, slot);
}

static bool refresh(struct stream_hub *hub)
{
    struct stream_source *source = &hub->source;
    source->summary = reconciler_summary(source->engine.reconciler);
    source->engine.describe(source->engine.context, &source->context);
    return source->summary != NULL;
}

/* Takes what has changed, and the head of now. False: no memory. */
static bool take_news(struct stream_hub *hub)
{
    struct stream_source *source = &hub->source;
    const struct reconciler *reconciler = source->engine.reconciler;
    size_t slot_count = fleet_slot_count(reconciler_fleet(reconciler));
    if (!refresh(hub) || change_order_reserve(&source->order, slot_count))
        return false;
    uint32_t slot = 0;
    while ((slot = fleet_reader_take(&hub->changes, slot)) != SLOT_NONE)
        touch(hub, slot++);
    publish_head_make(reconciler, &source->context, &source->head, &source->pass);
    source->at = source->context.wall;
    source->slot_count = slot_count;
    source->totals = source->summary->totals;
    source->version++;
    hub->source_version = reconciler_version(reconciler);
    hub->is_urgent = false;
    return true;
}

static bool has_news(const struct stream_hub *hub)
{
    return hub->is_urgent || fleet_reader_has_marks(&hub->changes) ||
           reconciler_version(hub->source.engine.reconciler) != hub->source_version;
}

/* --- readers ------------------------------------------------------------------------------------------------------ */

static void tell_dropped(const struct stream_hub *hub, const struct stream_reader *reader)
{
    struct event event;
    event_init(&event, EVENT_CONTROL_READER_DROPPED);
    event_add_integer(&event, "uid", reader->peer.uid);
    event_add_integer(&event, "pid", reader->peer.pid);
    event_emit(&event, &hub->source.engine.events);
}

/* What it takes resets its backlog; one that has taken all has none. */
static bool is_too_slow(const struct stream_reader *reader, struct mono now)
{
    return !reader->is_cut && reader->waiting_size > STREAM_BACKLOG_SIZE &&
           now.ms - reader->took.ms > STREAM_PATIENCE_MS;
}

static void cut_slow_readers(struct stream_hub *hub, struct mono now)
{
    for (struct stream_reader *reader = hub->first; reader; reader = reader->next) {
        if (!is_too_slow(reader, now))
            continue;
        reader->is_cut = true;
        http_server_cut(reader->exchange);
        tell_dropped(hub, reader);
    }
}

static void wake_readers(struct stream_hub *hub)
{
    for (struct stream_reader *reader = hub->first; reader; reader = reader->next)
        if (!reader->is_cut && stream_reader_has_news(reader))
            http_server_continue(reader->exchange);
}

static int64_t write_reader(void *context, char *bytes, size_t size)
{
    struct stream_reader *reader = context;
    struct stream_hub *hub = reader->hub;
    uint64_t begun = uv_hrtime();
    if (hub->spent_ns > STREAM_SLICE_US * UINT64_C(1000) || !refresh(hub))
        return HTTP_SERVER_LATER;
    size_t written = stream_reader_write(reader, bytes, size);
    hub->spent_ns += uv_hrtime() - begun;
    return written > 0 ? (int64_t)written : HTTP_SERVER_LATER;
}

static void stop_handles(struct stream_hub *hub)
{
    uv_prepare_stop(&hub->look);
    uv_timer_stop(&hub->timer);
    uv_timer_stop(&hub->alive);
}

static void end_reader(void *context)
{
    struct stream_reader *reader = context;
    struct stream_hub *hub = reader->hub;
    struct stream_reader **link = &hub->first;
    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    stream_reader_destroy(reader);
    if (--hub->reader_count > 0)
        return;
    stop_handles(hub);
    stream_texts_fini(&hub->source.texts);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static void look_now(struct stream_hub *hub)
{
    struct mono now = mono_now();
    hub->looked = now;
    hub->is_refused = !take_news(hub);
    if (hub->is_refused)
        uv_timer_start(&hub->timer, on_timer, RETRY_MS, 0);
    else
        uv_timer_stop(&hub->timer);
    cut_slow_readers(hub, now);
}

static void on_timer(uv_timer_t *timer)
{
    look_now(timer->data);
}

static void look_soon(struct stream_hub *hub)
{
    int64_t age_ms = mono_now().ms - hub->looked.ms;
    if (hub->is_urgent || age_ms >= STREAM_GAP_MS)
        look_now(hub);
    else if (!uv_is_active((uv_handle_t *)&hub->timer))
        uv_timer_start(&hub->timer, on_timer, (uint64_t)(STREAM_GAP_MS - age_ms), 0);
}

/* The loop is about to wait: all events of this turn are handled. */
static void on_look(uv_prepare_t *handle)
{
    struct stream_hub *hub = handle->data;
    hub->spent_ns = 0;
    if (!hub->is_refused && has_news(hub))
        look_soon(hub);
    wake_readers(hub);
}

static void on_alive(uv_timer_t *timer)
{
    struct stream_hub *hub = timer->data;
    struct mono now = mono_now();
    for (struct stream_reader *reader = hub->first; reader; reader = reader->next)
        reader->is_alive_due = true;
    cut_slow_readers(hub, now);
}

static void start_handles(struct stream_hub *hub)
{
    uv_prepare_start(&hub->look, on_look);
    uv_timer_start(&hub->alive, on_alive, STREAM_ALIVE_MS, STREAM_ALIVE_MS);
}

/* --- attaching ---------------------------------------------------------------------------------------------------- */

static void refuse(struct stream_hub *hub, struct http_server_exchange *exchange, unsigned status,
                   const char *code, const char *message)
{
    struct act_response response;
    act_refuse(&hub->source.engine, status, code, message, &response);
    const struct http_server_response given = {
        .status = status,
        .headers = { { "Content-Type", "application/json" }, { "Cache-Control", "no-store" } },
        .body = response.body,
        .body_size = strlen(response.body),
    };
    http_server_respond(exchange, &given);
}

/* Numbers that cannot be guessed: a reader is named by one. */
static uint64_t draw_number(void)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        number = uv_hrtime();
    return number;
}

static void add_reader(struct stream_hub *hub, struct stream_reader *reader,
                       struct http_server_exchange *exchange)
{
    reader->hub = hub;
    reader->exchange = exchange;
    reader->number = draw_number();
    reader->next = hub->first;
    hub->first = reader;
    if (hub->reader_count++ == 0)
        start_handles(hub);
}

void stream_hub_attach(struct stream_hub *hub, struct http_server_exchange *exchange,
                       const struct peer *peer, const char *after)
{
    const struct http_server_response head = {
        .status = STATUS_OK,
        .headers = { { "Content-Type", "application/x-ndjson" }, { "Cache-Control", "no-store" } },
    };
    if (hub->reader_count == STREAM_READERS_MAX) {
        refuse(hub, exchange, STATUS_BUSY, "too_many", "as many readers as may be are attached");
        return;
    }
    struct stream_reader *reader =
        take_news(hub) ? stream_reader_create(&hub->source, peer, after) : NULL;
    if (!reader) {
        http_server_drop(exchange);
        return;
    }
    add_reader(hub, reader, exchange);
    http_server_respond_pieces(exchange, &head,
                               &(struct http_server_pieces){ write_reader, end_reader, reader });
}

/* --- focus -------------------------------------------------------------------------------------------------------- */

struct focus_request {
    uint64_t stream;
    struct stream_focus focus;
};

static bool read_stream(const cJSON *item, uint64_t *ret_number)
{
    char *end;
    if (!cJSON_IsString(item) || strlen(item->valuestring) != 16)
        return false;
    *ret_number = strtoull(item->valuestring, &end, 16);
    return *end == '\0';
}

static bool read_id(const cJSON *item, struct stream_focus *ret_focus)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= sizeof ret_focus->id)
        return false;
    memcpy(ret_focus->id, item->valuestring, strlen(item->valuestring) + 1);
    return true;
}

static bool read_members(const cJSON *root, struct focus_request *request)
{
    int64_t delta = 0;
    bool is_read = true;
    for (const cJSON *item = root->child; item && is_read; item = item->next) {
        if (strcmp(item->string, "stream") == 0)
            is_read = read_stream(item, &request->stream);
        else if (strcmp(item->string, "id") == 0)
            is_read = read_id(item, &request->focus);
        else
            is_read = strcmp(item->string, "delta") == 0 &&
                      stream_read_integer(item, -INT32_MAX, INT32_MAX, &delta);
    }
    request->focus.delta = (int32_t)delta;
    return is_read && cJSON_GetObjectItemCaseSensitive(root, "stream");
}

static bool read_focus(const char *body, size_t size, struct focus_request *ret_request)
{
    struct json_fault fault;
    *ret_request = (struct focus_request){ 0 };
    if (!json_scan_check(body, (struct json_span){ .end = size }, &fault))
        return false;
    cJSON *root = cJSON_ParseWithLengthOpts(body, size, NULL, false);
    bool is_read = cJSON_IsObject(root) && read_members(root, ret_request);
    cJSON_Delete(root);
    return is_read;
}

static struct stream_reader *find_reader(const struct stream_hub *hub, uint64_t number, uid_t uid)
{
    struct stream_reader *reader = hub->first;
    while (reader && (reader->number != number || reader->peer.uid != uid))
        reader = reader->next;
    return reader;
}

void stream_hub_focus(struct stream_hub *hub, const struct peer *peer, const char *body,
                      size_t body_size, struct act_response *ret_response)
{
    struct focus_request request;
    struct text text;
    if (!read_focus(body, body_size, &request)) {
        act_refuse(&hub->source.engine, STATUS_BAD_REQUEST, "bad_request",
                   "expected an object with stream, and perhaps id and delta", ret_response);
        return;
    }
    struct stream_reader *reader = find_reader(hub, request.stream, peer->uid);
    if (!reader) {
        act_refuse(&hub->source.engine, STATUS_NOT_FOUND, "not_found",
                   "no reader of this user has this stream", ret_response);
        return;
    }
    reader->focus = request.focus;
    hub->is_urgent = true;
    ret_response->status = STATUS_OK;
    text_init(&text, ret_response->body, sizeof ret_response->body);
    text_add(&text, "{\"message\":\"the detail follows in the stream\"}\n");
}

/* --- life cycle --------------------------------------------------------------------------------------------------- */

static void open_handles(struct stream_hub *hub, uv_loop_t *loop)
{
    uv_prepare_init(loop, &hub->look);
    uv_timer_init(loop, &hub->timer);
    uv_timer_init(loop, &hub->alive);
    hub->look.data = hub;
    hub->timer.data = hub;
    hub->alive.data = hub;
    hub->handles_open = HANDLE_COUNT;
}

struct stream_hub *stream_hub_create(uv_loop_t *loop, const struct control_engine *engine)
{
    struct stream_hub *hub = heap_alloc(1, sizeof *hub);
    if (!hub)
        return NULL;
    hub->source.engine = *engine;
    hub->source.epoch = draw_number();
    hub->source.policies.redaction = engine->redaction;
    change_order_init(&hub->source.order);
    if (reconciler_attach_reader(engine->reconciler, &hub->changes)) {
        heap_free(hub);
        return NULL;
    }
    hub->events = (struct event_reader){ .take = take_line, .context = hub };
    event_fanout_add(engine->lines, &hub->events);
    open_handles(hub, loop);
    return hub;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct stream_hub *hub = handle->data;
    if (--hub->handles_open > 0)
        return;
    void (*closed)(void *context) = hub->closed;
    void *context = hub->closed_context;
    heap_free(hub);
    closed(context);
}

void stream_hub_close(struct stream_hub *hub, void (*closed)(void *context), void *context)
{
    if (!hub) {
        closed(context);
        return;
    }
    must(!hub->first);
    hub->closed = closed;
    hub->closed_context = context;
    stop_handles(hub);
    event_reader_remove(&hub->events);
    fleet_reader_detach(&hub->changes);
    change_order_fini(&hub->source.order);
    stream_lines_fini(&hub->source.lines);
    stream_texts_fini(&hub->source.texts);
    policy_names_fini(&hub->source.policies);
    uv_close((uv_handle_t *)&hub->look, on_handle_closed);
    uv_close((uv_handle_t *)&hub->timer, on_handle_closed);
    uv_close((uv_handle_t *)&hub->alive, on_handle_closed);
}
