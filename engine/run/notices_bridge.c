#include "engine/run/notices_bridge.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/notices/notifier.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Static_assert(NOTIFY_LIST_MAX <= METRICS_NOTIFIERS_MAX, "every notifier has metrics");
_Static_assert(NOTIFIER_NAME_SIZE <= METRICS_NOTIFIER_SIZE, "every name is a label");

#define HOST_SIZE 65

struct notices_bridge {
    uv_loop_t *loop;
    struct notices_bridge_config config;
    struct notifier *notifiers[NOTIFY_LIST_MAX];
    size_t count;
    struct event_reader reader;
    char host[HOST_SIZE];
    uv_timer_t timer; /* of the stop */
    size_t busy;      /* notifiers that are not idle at the stop */
    void (*finished)(void *context);
    void *finished_context;
};

static void take_event(void *context, const struct event *event, struct wall at)
{
    struct notices_bridge *bridge = context;
    for (size_t i = 0; i < bridge->count; i++)
        notifier_take(bridge->notifiers[i], event, at);
}

/* --- notifiers ------------------------------------------------------------------------------------------------- */

static struct notifier_config config_of(const struct notify_entry *entry)
{
    return (struct notifier_config){
        .name = entry->name,
        .events = entry->events,
        .format = entry->format == NOTIFY_CHAT ? NOTICE_CHAT : NOTICE_JSON,
        .limits = { entry->fold_ms, entry->max_age_ms, entry->burst, entry->per_minute },
        .timeout_ms = entry->timeout_ms,
        .url = entry->url,
        .ca_file = entry->ca_file,
        .words = (const char *const *)entry->command.paths,
        .word_count = entry->command.count,
    };
}

static int open_notifier(struct notices_bridge *bridge, const struct notify_entry *entry,
                         struct error *err)
{
    const struct notifier_context context = {
        .sink = { event_fanout_take, bridge->config.events },
        .redaction = bridge->config.redaction,
        .host = bridge->host,
        .api = bridge->config.api_url,
        .run = bridge->config.seed,
    };
    struct notifier_config config = config_of(entry);
    must(bridge->count < NOTIFY_LIST_MAX);
    int failed =
        notifier_create(bridge->loop, &config, &context, &bridge->notifiers[bridge->count], err);
    bridge->count += !failed;
    return failed;
}

static const struct notify_list *list_of(const struct notices_bridge *bridge)
{
    return &(*bridge->config.config)->notify;
}

static const struct notify_entry *find_entry(const struct notify_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].name, name) == 0)
            return &list->entries[i];
    return NULL;
}

static struct notifier *find_notifier(const struct notices_bridge *bridge, const char *name)
{
    for (size_t i = 0; i < bridge->count; i++)
        if (strcmp(notifier_name(bridge->notifiers[i]), name) == 0)
            return bridge->notifiers[i];
    return NULL;
}

static void on_closed(void *context)
{
    (void)context;
}

static void remove_missing(struct notices_bridge *bridge)
{
    size_t kept = 0;
    for (size_t i = 0; i < bridge->count; i++) {
        struct notifier *notifier = bridge->notifiers[i];
        if (find_entry(list_of(bridge), notifier_name(notifier))) {
            bridge->notifiers[kept++] = notifier;
            continue;
        }
        notifier_abandon(notifier, "removed");
        notifier_close(notifier, on_closed, NULL);
    }
    bridge->count = kept;
}

static void report_failure(struct notices_bridge *bridge, const char *name, const char *error)
{
    struct event event;
    event_init(&event, EVENT_NOTICE_FAILED);
    event_add_string(&event, "notifier", name);
    event_add_sentence(&event, "error", error);
    event_fanout_take(bridge->config.events, &event);
}

void notices_bridge_reload(struct notices_bridge *bridge)
{
    if (!bridge)
        return;
    const struct notify_list *list = list_of(bridge);
    remove_missing(bridge);
    for (size_t i = 0; i < list->count; i++) {
        const struct notify_entry *entry = &list->entries[i];
        struct notifier *notifier = find_notifier(bridge, entry->name);
        struct notifier_config config = config_of(entry);
        struct error err;
        int failed = notifier ? notifier_configure(notifier, &config, &err)
                              : open_notifier(bridge, entry, &err);
        if (failed)
            report_failure(bridge, entry->name, err.msg);
    }
}

void notices_bridge_describe(const struct notices_bridge *bridge, struct metrics_facts *facts)
{
    for (size_t i = 0; bridge && i < bridge->count; i++) {
        struct notice_counts counts = notifier_counts(bridge->notifiers[i]);
        struct notifier_facts *row = &facts->notifiers[facts->notifier_count++];
        snprintf(row->name, sizeof row->name, "%s", notifier_name(bridge->notifiers[i]));
        row->outcomes[NOTICE_OUTCOME_DELIVERED] = counts.delivered;
        row->outcomes[NOTICE_OUTCOME_REFUSED] = counts.refused;
        row->outcomes[NOTICE_OUTCOME_EXPIRED] = counts.expired;
        row->outcomes[NOTICE_OUTCOME_DROPPED] = counts.dropped;
        row->queued = counts.queued;
    }
}

/* --- the end --------------------------------------------------------------------------------------------------- */

static void finish(struct notices_bridge *bridge)
{
    uv_timer_stop(&bridge->timer);
    for (size_t i = 0; i < bridge->count; i++)
        notifier_abandon(bridge->notifiers[i], "stop");
    bridge->finished(bridge->finished_context);
}

static void on_timer(uv_timer_t *timer)
{
    finish(timer->data);
}

static void on_idle(void *context)
{
    struct notices_bridge *bridge = context;
    if (--bridge->busy == 0)
        finish(bridge);
}

void notices_bridge_finish(struct notices_bridge *bridge, void (*finished)(void *context),
                           void *context)
{
    if (!bridge || bridge->count == 0) {
        finished(context);
        return;
    }
    bridge->finished = finished;
    bridge->finished_context = context;
    bridge->busy = bridge->count;
    for (size_t i = 0; i < bridge->count; i++)
        notifier_hurry(bridge->notifiers[i], on_idle, bridge);
    uv_timer_start(&bridge->timer, on_timer, NOTICES_STOP_MS, 0);
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

int notices_bridge_create(uv_loop_t *loop, const struct notices_bridge_config *config,
                          struct notices_bridge **ret_bridge, struct error *err)
{
    struct notices_bridge *bridge = heap_alloc(1, sizeof *bridge);
    if (!bridge)
        return error_no_memory(err);
    bridge->loop = loop;
    bridge->config = *config;
    if (gethostname(bridge->host, sizeof bridge->host - 1) < 0)
        snprintf(bridge->host, sizeof bridge->host, "localhost");
    uv_timer_init(loop, &bridge->timer);
    bridge->timer.data = bridge;
    *ret_bridge = bridge;
    const struct notify_list *list = list_of(bridge);
    for (size_t i = 0; i < list->count; i++) {
        int failed = open_notifier(bridge, &list->entries[i], err);
        if (failed)
            return error_prefix(err, "notices");
    }
    bridge->reader = (struct event_reader){ .take = take_event, .context = bridge };
    event_fanout_add(config->events, &bridge->reader);
    return 0;
}

void notices_bridge_close(struct notices_bridge *bridge)
{
    if (!bridge)
        return;
    event_reader_remove(&bridge->reader);
    uv_close((uv_handle_t *)&bridge->timer, NULL);
    for (size_t i = 0; i < bridge->count; i++)
        notifier_close(bridge->notifiers[i], on_closed, NULL);
    bridge->count = 0;
}

void notices_bridge_destroy(struct notices_bridge *bridge)
{
    heap_free(bridge);
}
