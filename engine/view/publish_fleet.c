#include "engine/view/publish_fleet.h"

#include "engine/base/panic.h"
#include "engine/core/deployment_state.h"
#include "engine/view/publish_row.h"

#include <errno.h>
#include <stddef.h>

/* Slots with memory that is prefetched: deployments and pages are scattered, and each access would wait for memory. */
#define BATCH_SLOTS 32
#define CACHE_LINE 64

/* The input for all rows, collected once. */
struct view {
    const struct fleet *fleet;
    const struct fleet_summary *summary;
    bool are_names_known; /* no deployment was added or removed since the last update */
    uint64_t version;     /* of the snapshot that is being made */
    struct holder *newest;
    const struct publish_context *context;
    const struct policy *policy; /* of the last row; NULL: none yet */
    uint16_t policy_index;
};

void shown_fleet_fini(struct shown_fleet *shown)
{
    fleet_reader_detach(&shown->changes);
    pages_fini(&shown->pages);
    names_fini(&shown->names);
    policy_names_fini(&shown->policies);
}

static struct snapshot_row *row_place(const struct shown_fleet *shown, uint32_t slot)
{
    return &shown->pages.table[slot / SNAPSHOT_PAGE_ROWS]->rows[slot % SNAPSHOT_PAGE_ROWS];
}

static int update_name(struct shown_fleet *shown, const struct view *view, uint32_t slot,
                       const struct deployment *deployment)
{
    if (view->are_names_known)
        return 0;
    return names_set(&shown->names, slot, deployment ? deployment->id : NULL,
                     deployment && deployment->is_entry, view->version, view->newest);
}

static void make_row(struct shown_fleet *shown, const struct view *view,
                     const struct deployment *deployment, struct snapshot_row *row)
{
    struct name_slot *place = &shown->names.slots[deployment->slot];
    must(place->kept);
    publish_row_make(deployment, &place->kept->name, &view->summary->figures[deployment->slot],
                     view->context, place->trend_pass, row);
    place->trend_pass = deployment_last_turn(deployment);
}

/* Many deployments have the same policy: its name is looked up once for a row of them. */
static int find_policy(struct shown_fleet *shown, struct view *view,
                       const struct deployment *deployment)
{
    if (view->policy == deployment->policy)
        return 0;
    int failed = policy_names_index(&shown->policies, deployment->policy, &view->policy_index);
    view->policy = failed ? NULL : deployment->policy;
    return failed;
}

/* On failure the row is unchanged. */
static int update_row(struct shown_fleet *shown, struct view *view, uint32_t slot)
{
    const struct deployment *deployment = fleet_at(view->fleet, slot);
    int failed = pages_open(&shown->pages, slot / SNAPSHOT_PAGE_ROWS, view->version, view->newest);
    failed = failed ? failed : update_name(shown, view, slot, deployment);
    if (!failed && deployment)
        failed = find_policy(shown, view, deployment);
    if (failed)
        return failed;
    struct snapshot_row *row = row_place(shown, slot);
    if (deployment)
        make_row(shown, view, deployment, row);
    else
        *row = (struct snapshot_row){ 0 };
    row->policy = deployment ? view->policy_index : 0;
    return 0;
}

static void fetch(const void *memory, size_t size)
{
    const char *bytes = memory;
    for (size_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch(bytes + at);
}

/* Prefetches everything that a row is made of, except samples of old passes, and the page to be copied. */
static void fetch_slot(const struct shown_fleet *shown, const struct view *view, uint32_t slot)
{
    fleet_prefetch(view->fleet, slot);
    size_t page = slot / SNAPSHOT_PAGE_ROWS;
    fetch(shown->pages.table[page], sizeof(struct snapshot_page));
    fetch(shown->pages.tags[page], sizeof(struct page_tag));
    fetch(&shown->names.slots[slot], sizeof(struct name_slot));
}

/* Takes the next marks; 0: there are no more. */
static size_t take_batch(struct shown_fleet *shown, const struct view *view, uint32_t *slot,
                         uint32_t ret_slots[BATCH_SLOTS])
{
    size_t count = 0;
    while (count < BATCH_SLOTS && *slot != SLOT_NONE) {
        *slot = fleet_reader_take(&shown->changes, *slot);
        if (*slot == SLOT_NONE)
            break;
        fetch_slot(shown, view, *slot);
        ret_slots[count++] = (*slot)++;
    }
    return count;
}

/* Rows that could not be made keep their marks. */
static int update_batch(struct shown_fleet *shown, struct view *view, const uint32_t *slots,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int failed = update_row(shown, view, slots[i]);
        if (!failed)
            continue;
        for (; i < count; i++)
            fleet_reader_mark(&shown->changes, slots[i]);
        return failed;
    }
    return 0;
}

static int update_rows(struct shown_fleet *shown, struct view *view)
{
    uint32_t slots[BATCH_SLOTS];
    uint32_t slot = 0;
    for (;;) {
        size_t count = take_batch(shown, view, &slot, slots);
        if (count == 0)
            return 0;
        int failed = update_batch(shown, view, slots, count);
        if (failed)
            return failed;
    }
}

int shown_fleet_reserve(struct shown_fleet *shown, size_t slot_count, uint64_t version)
{
    size_t page_count = (slot_count + SNAPSHOT_PAGE_ROWS - 1) / SNAPSHOT_PAGE_ROWS;
    int failed = pages_reserve(&shown->pages, page_count, version);
    return failed ? failed : names_reserve(&shown->names, slot_count);
}

int shown_fleet_update(struct shown_fleet *shown, const struct fleet *fleet,
                       const struct fleet_summary *summary, const struct publish_context *context,
                       uint64_t version, struct holder *newest)
{
    struct view view = {
        .fleet = fleet,
        .summary = summary,
        .version = version,
        .newest = newest,
        .context = context,
    };
    if (!view.summary)
        return -ENOMEM;
    shown->totals = view.summary->totals;
    view.are_names_known = shown->names_version == fleet_names_version(view.fleet);
    int failed = shown_fleet_reserve(shown, fleet_slot_count(view.fleet), version);
    failed = failed ? failed : update_rows(shown, &view);
    if (!failed)
        shown->names_version = fleet_names_version(view.fleet);
    return failed;
}

int shown_fleet_put(struct shown_fleet *shown, uint32_t slot, const struct shown_row *given,
                    uint64_t version, struct holder *newest)
{
    int failed = pages_open(&shown->pages, slot / SNAPSHOT_PAGE_ROWS, version, newest);
    const struct kept_name *before = shown->names.slots[slot].kept;
    failed = failed ? failed
                    : names_set(&shown->names, slot, given ? given->id : NULL,
                                given && given->is_entry, version, newest);
    if (failed)
        return failed;
    struct snapshot_row *row = row_place(shown, slot);
    *row = given ? *given->row : (struct snapshot_row){ 0 };
    row->name = names_at(&shown->names, slot);
    if (shown->names.slots[slot].kept != before)
        shown->names_version++;
    return 0;
}
