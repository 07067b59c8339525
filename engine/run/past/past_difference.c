#include "engine/run/past/past_difference.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_SIZE (4 * ID_SIZE_MAX + 1)

struct remembered {
    char id[ID_SIZE_MAX + 1];
    struct snapshot_moment moment;
};

struct past_difference {
    struct wall from;
    size_t count;
    struct remembered *deployments;
};

static const struct snapshot_moment absent = { -1, -1, -1, STATE_GONE };

static struct snapshot_moment moment_of(const struct fleet_summary *summary,
                                        const struct deployment *deployment)
{
    const struct status *status = &deployment->status;
    if (!deployment->is_listed)
        return absent;
    struct snapshot_moment moment = absent;
    moment.state = summary->figures[deployment->slot].state;
    if (!deployment->has_status)
        return moment;
    moment.hosts = status->current_hosts;
    moment.busy_servers = status->total_servers - status->free_servers;
    moment.free_servers = status->free_servers;
    return moment;
}

void past_difference_destroy(struct past_difference *difference)
{
    if (!difference)
        return;
    heap_free(difference->deployments);
    heap_free(difference);
}

int past_difference_begin(struct past_fleet *past, struct past_difference **ret_difference)
{
    const struct fleet_summary *summary = past_fleet_summary(past);
    const struct fleet *fleet = past_fleet_fleet(past);
    struct past_difference *difference = heap_alloc(1, sizeof *difference);
    if (difference)
        difference->deployments =
            heap_alloc(fleet_count(fleet) + 1, sizeof *difference->deployments);
    if (!summary || !difference || !difference->deployments) {
        past_difference_destroy(difference);
        return -ENOMEM;
    }
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment || !deployment->is_listed)
            continue;
        struct remembered *remembered = &difference->deployments[difference->count++];
        memcpy(remembered->id, deployment->id, strlen(deployment->id) + 1);
        remembered->moment = moment_of(summary, deployment);
    }
    difference->from = past_fleet_at(past);
    past_fleet_count_orders(past);
    *ret_difference = difference;
    return 0;
}

/* --- the result ------------------------------------------------------------------------------------------------ */

/* The pieces of a result: first counted, then filled. */
struct result {
    struct redaction *redaction;
    struct snapshot_difference *difference; /* NULL: only counted */
    struct snapshot_change *changes;
    char *names;
    size_t count;
    size_t names_size;
    size_t deployments;
};

static bool is_same(const struct snapshot_moment *a, const struct snapshot_moment *b)
{
    return a->hosts == b->hosts && a->busy_servers == b->busy_servers &&
           a->free_servers == b->free_servers && a->state == b->state;
}

static void add(struct result *result, const char *id, const struct snapshot_change *change)
{
    char storage[SHOWN_SIZE];
    struct text text;
    result->deployments++;
    if (is_same(&change->before, &change->after) && change->orders == 0)
        return;
    text_init(&text, storage, sizeof storage);
    text_add_escaped(&text, id, strlen(id));
    redaction_clean(result->redaction, &text);
    if (result->difference) {
        char *name = result->names + result->names_size;
        memcpy(name, storage, text.length + 1);
        result->changes[result->count] = *change;
        result->changes[result->count].shown = name;
    }
    result->count++;
    result->names_size += text.length + 1;
}

static struct snapshot_change change_of(const struct past_fleet *past,
                                        const struct fleet_summary *summary,
                                        const struct snapshot_moment *before,
                                        const struct deployment *deployment)
{
    struct snapshot_change change = { .before = *before, .after = absent };
    if (!deployment)
        return change;
    struct past_orders orders = past_fleet_orders(past, deployment->slot);
    change.after = moment_of(summary, deployment);
    change.orders = orders.orders;
    change.added = orders.added;
    change.removed = orders.removed;
    return change;
}

static const struct remembered *find(const struct past_difference *difference, const char *id)
{
    return bsearch(id, difference->deployments, difference->count, sizeof(struct remembered),
                   (int (*)(const void *, const void *))strcmp);
}

static void add_all(const struct past_difference *difference, struct past_fleet *past,
                    const struct fleet_summary *summary, struct result *result)
{
    const struct fleet *fleet = past_fleet_fleet(past);
    for (size_t i = 0; i < difference->count; i++) {
        const struct remembered *remembered = &difference->deployments[i];
        struct snapshot_change change =
            change_of(past, summary, &remembered->moment, fleet_find(fleet, remembered->id, false));
        add(result, remembered->id, &change);
    }
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment || !deployment->is_listed || find(difference, deployment->id))
            continue;
        struct snapshot_change change = change_of(past, summary, &absent, deployment);
        add(result, deployment->id, &change);
    }
}

static int64_t distance(int32_t before, int32_t after)
{
    int64_t difference = (int64_t)max_i64(0, after) - max_i64(0, before);
    return difference < 0 ? -difference : difference;
}

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Hosts first, moved or ordered; then players. */
static int compare(const void *left, const void *right)
{
    const struct snapshot_change *a = left;
    const struct snapshot_change *b = right;
    int by_hosts = compare_i64(distance(b->before.hosts, b->after.hosts) + b->added + b->removed,
                               distance(a->before.hosts, a->after.hosts) + a->added + a->removed);
    if (by_hosts != 0)
        return by_hosts;
    int by_busy = compare_i64(distance(b->before.busy_servers, b->after.busy_servers),
                              distance(a->before.busy_servers, a->after.busy_servers));
    return by_busy != 0 ? by_busy : strcmp(a->shown, b->shown);
}

static int compare_ids(const void *left, const void *right)
{
    const struct remembered *a = left;
    const struct remembered *b = right;
    return strcmp(a->id, b->id);
}

int past_difference_end(struct past_difference *difference, struct past_fleet *past,
                        struct redaction *redaction, struct snapshot_difference **ret_result)
{
    const struct fleet_summary *summary = past_fleet_summary(past);
    struct result result = { .redaction = redaction };
    if (!summary)
        return -ENOMEM;
    qsort(difference->deployments, difference->count, sizeof(struct remembered), compare_ids);
    add_all(difference, past, summary, &result);
    size_t changes_size = result.count * sizeof(struct snapshot_change);
    struct snapshot_difference *made =
        heap_alloc(1, sizeof *made + changes_size + result.names_size);
    if (!made)
        return -ENOMEM;
    struct snapshot_change *changes = (struct snapshot_change *)(made + 1);
    *made = (struct snapshot_difference){ .from = difference->from,
                                          .to = past_fleet_at(past),
                                          .deployments = result.deployments,
                                          .count = result.count,
                                          .changes = changes };
    result = (struct result){ .redaction = redaction,
                              .difference = made,
                              .changes = changes,
                              .names = (char *)(changes + result.count) };
    add_all(difference, past, summary, &result);
    qsort(changes, made->count, sizeof *changes, compare);
    *ret_result = made;
    return 0;
}
