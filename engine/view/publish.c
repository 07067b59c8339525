#include "engine/view/publish.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/view/publish_detail.h"
#include "engine/view/publish_head.h"
#include "engine/view/publish_lines.h"

#include <errno.h>
#include <string.h>

/*
 * The console may hold at most this number of snapshots besides those in the queue. Beyond it, nothing is published
 * until one is released. This bounds memory, and the ring for released snapshots (64) is never full.
 */
#define HELD_MAX 24
#define OUT_MAX (FEED_SNAPSHOTS_MAX + HELD_MAX)

/* Space for acknowledgements, allocated at creation: one for each command that can be pending. */
#define ACKS_MIN FEED_COMMANDS_MAX

/* A snapshot and the memory that belongs to it alone. */
struct issue {
    struct snapshot snapshot;
    struct holder holder;
    struct issue
        *older; /* the next older outstanding one; in the list of free ones: the next one */
    struct issue *newer;
    const struct snapshot_page **table;
    size_t table_room;
    struct snapshot_detail *detail;
    struct line_batch lines;
    struct command_ack *acks;
    struct snapshot_past past;
    struct snapshot_remote remote;
    struct snapshot_difference *difference; /* NULL: none */
};

/*
 * `version` is that of the last snapshot in the feed. Pages, names and totals are those of the next one. When the
 * feed is full or memory runs out in the middle, they stay as they are, and the next attempt continues there.
 */
struct publisher {
    struct feed *feed;
    struct redaction *redaction; /* NULL: none */
    uint64_t version;
    uint64_t source_version; /* as of the last snapshot */
    bool is_news;            /* a change that neither a mark nor the reconciler's version shows */
    struct shown_fleet fleet;
    struct lines lines;
    struct command_ack *acks;
    size_t ack_count;
    size_t ack_room;
    uint32_t focus;
    int32_t manual_delta;
    struct issue *newest; /* the newest outstanding one */
    size_t out_count;
    struct issue *resting;
};

/* NULL: no memory. */
static struct publisher *make_publisher(struct feed *feed)
{
    struct publisher *publisher = heap_alloc(1, sizeof *publisher);
    if (publisher)
        publisher->acks = heap_alloc(ACKS_MIN, sizeof *publisher->acks);
    if (!publisher || !publisher->acks) {
        heap_free(publisher);
        return NULL;
    }
    publisher->feed = feed;
    publisher->ack_room = ACKS_MIN;
    publisher->focus = SLOT_NONE;
    publisher->is_news = true;
    return publisher;
}

int publisher_create(struct feed *feed, const struct reconciler *reconciler,
                     struct publisher **ret_publisher, struct error *err)
{
    struct publisher *publisher = make_publisher(feed);
    if (!publisher || reconciler_attach_reader(reconciler, &publisher->fleet.changes)) {
        publisher_destroy(publisher);
        return error_no_memory(err);
    }
    *ret_publisher = publisher;
    return 0;
}

int publisher_create_past(struct feed *feed, struct fleet *fleet, struct publisher **ret_publisher,
                          struct error *err)
{
    struct publisher *publisher = make_publisher(feed);
    if (!publisher || fleet_attach_reader(fleet, &publisher->fleet.changes)) {
        publisher_destroy(publisher);
        return error_no_memory(err);
    }
    *ret_publisher = publisher;
    return 0;
}

int publisher_create_mirror(struct feed *feed, struct publisher **ret_publisher, struct error *err)
{
    struct publisher *publisher = make_publisher(feed);
    if (!publisher)
        return error_no_memory(err);
    *ret_publisher = publisher;
    return 0;
}

/* --- released snapshots ---------------------------------------------------------------------------------------- */

static struct holder *newest_holder(const struct publisher *publisher)
{
    return publisher->newest ? &publisher->newest->holder : NULL;
}

static void drop_own(struct issue *issue)
{
    line_batch_fini(&issue->lines);
    heap_free(issue->acks);
    heap_free(issue->difference);
    issue->acks = NULL;
    issue->difference = NULL;
}

static void rest(struct publisher *publisher, struct issue *issue)
{
    drop_own(issue);
    issue->newer = NULL;
    issue->older = publisher->resting;
    publisher->resting = issue;
}

static void put_out(struct publisher *publisher, struct issue *issue)
{
    must(publisher->out_count < OUT_MAX);
    issue->newer = NULL;
    issue->older = publisher->newest;
    if (issue->older)
        issue->older->newer = issue;
    publisher->newest = issue;
    publisher->out_count++;
}

static void take_back(struct publisher *publisher, struct issue *issue)
{
    struct holder *older = issue->older ? &issue->older->holder : NULL;
    pages_hand_down(&publisher->fleet.pages, &issue->holder, older);
    names_hand_down(&issue->holder, older);
    if (issue->newer)
        issue->newer->older = issue->older;
    else
        publisher->newest = issue->older;
    if (issue->older)
        issue->older->newer = issue->newer;
    publisher->out_count--;
    rest(publisher, issue);
}

static struct issue *find_out(const struct publisher *publisher, const struct snapshot *snapshot)
{
    struct issue *issue = publisher->newest;
    while (issue && &issue->snapshot != snapshot)
        issue = issue->older;
    return issue;
}

static void take_back_spent(struct publisher *publisher)
{
    const struct snapshot *snapshot;
    while ((snapshot = feed_take_spent(publisher->feed))) {
        struct issue *issue = find_out(publisher, snapshot);
        must(issue);
        take_back(publisher, issue);
    }
}

static void free_resting(struct publisher *publisher)
{
    while (publisher->resting) {
        struct issue *issue = publisher->resting;
        publisher->resting = issue->older;
        heap_free(issue->table);
        heap_free(issue->detail);
        heap_free(issue);
    }
}

void publisher_destroy(struct publisher *publisher)
{
    if (!publisher)
        return;
    while (publisher->newest)
        take_back(publisher, publisher->newest);
    free_resting(publisher);
    shown_fleet_fini(&publisher->fleet);
    lines_fini(&publisher->lines);
    heap_free(publisher->acks);
    heap_free(publisher);
}

void publisher_redact(struct publisher *publisher, struct redaction *redaction)
{
    publisher->redaction = redaction;
    publisher->fleet.names.redaction = redaction;
    publisher->fleet.policies.redaction = redaction;
}

/* A text that is in a field of its size. */
static void redact_field(const struct publisher *publisher, char *field)
{
    redaction_apply(publisher->redaction, field, strlen(field));
}

/* --- state between snapshots ----------------------------------------------------------------------------------- */

void publisher_take_line(void *context, const struct event *event, struct wall at)
{
    struct publisher *publisher = context;
    lines_take(&publisher->lines, event, at, publisher->redaction);
}

void publisher_forget_lines(struct publisher *publisher)
{
    lines_fini(&publisher->lines);
}

static bool has_room_for_ack(struct publisher *publisher)
{
    if (publisher->ack_count < publisher->ack_room)
        return true;
    size_t room = 2 * publisher->ack_room;
    struct command_ack *acks = heap_resize(publisher->acks, room, sizeof *acks);
    if (!acks)
        return false;
    publisher->acks = acks;
    publisher->ack_room = room;
    return true;
}

/*
 * The acknowledgement is lost only when the space is full and cannot grow: the console has sent many commands without
 * reading, and memory is exhausted. The log still has the outcome of the command.
 */
void publisher_acknowledge(struct publisher *publisher, const struct command_ack *ack)
{
    if (!has_room_for_ack(publisher))
        return;
    publisher->acks[publisher->ack_count] = *ack;
    redact_field(publisher, publisher->acks[publisher->ack_count++].text);
}

void publisher_focus(struct publisher *publisher, uint32_t slot, int32_t manual_delta)
{
    if (publisher->focus == slot && publisher->manual_delta == manual_delta)
        return;
    publisher->focus = slot;
    publisher->manual_delta = manual_delta;
    publisher->is_news = true;
}

bool publisher_has_news(const struct publisher *publisher, const struct reconciler *reconciler)
{
    return publisher->is_news || publisher->ack_count > 0 || publisher->lines.count > 0 ||
           publisher->lines.lost > 0 || fleet_reader_has_marks(&publisher->fleet.changes) ||
           reconciler_version(reconciler) != publisher->source_version;
}

/* --- the snapshot ---------------------------------------------------------------------------------------------- */

static int fill_table(struct publisher *publisher, struct issue *issue)
{
    if (issue->table_room < publisher->fleet.pages.count) {
        size_t room = publisher->fleet.pages.room;
        const struct snapshot_page **table = heap_resize(issue->table, room, sizeof(void *));
        if (!table)
            return -ENOMEM;
        issue->table = table;
        issue->table_room = room;
    }
    if (publisher->fleet.pages.count > 0)
        memcpy(issue->table, publisher->fleet.pages.table,
               publisher->fleet.pages.count * sizeof(void *));
    issue->snapshot.pages = issue->table;
    issue->snapshot.page_count = publisher->fleet.pages.count;
    return 0;
}

static int fill_acks(const struct publisher *publisher, struct issue *issue)
{
    if (publisher->ack_count == 0)
        return 0;
    issue->acks = heap_alloc(publisher->ack_count, sizeof *issue->acks);
    if (!issue->acks)
        return -ENOMEM;
    memcpy(issue->acks, publisher->acks, publisher->ack_count * sizeof *issue->acks);
    issue->snapshot.acks = issue->acks;
    issue->snapshot.ack_count = publisher->ack_count;
    return 0;
}

static int fill_lines(const struct publisher *publisher, struct issue *issue)
{
    if (lines_list(&publisher->lines, &issue->lines))
        return -ENOMEM;
    issue->snapshot.lines = issue->lines.array;
    issue->snapshot.line_count = publisher->lines.count;
    issue->snapshot.lines_lost = publisher->lines.lost;
    return 0;
}

static int fill_detail(const struct publisher *publisher, const struct publish_source *source,
                       const struct publish_context *context, struct issue *issue)
{
    const struct deployment *deployment = fleet_at(source->fleet, publisher->focus);
    if (!deployment)
        return 0;
    if (!issue->detail)
        issue->detail = heap_alloc(1, sizeof *issue->detail);
    if (!issue->detail)
        return -ENOMEM;
    publish_detail_make(source->reconciler, deployment,
                        names_at(&publisher->fleet.names, publisher->focus),
                        publisher->manual_delta, context, issue->detail);
    redact_field(publisher, issue->detail->policy);
    redact_field(publisher, issue->detail->failure);
    redact_field(publisher, issue->detail->manual_refusal);
    issue->snapshot.detail = issue->detail;
    return 0;
}

static void fill_head(const struct publisher *publisher, const struct publish_source *source,
                      const struct publish_context *context, struct issue *issue)
{
    struct snapshot *snapshot = &issue->snapshot;
    if (source->reconciler) {
        publish_head_make(source->reconciler, context, &snapshot->engine, &snapshot->pass);
    } else {
        must(source->engine);
        snapshot->engine = *source->engine;
        snapshot->pass = *source->pass;
        issue->past = *source->past;
        issue->past.difference = source->difference;
        snapshot->past = &issue->past;
    }
    redact_field(publisher, snapshot->engine.failure);
}

/* What does not depend on where it comes from. */
static int fill_common(struct publisher *publisher, uint64_t version, struct wall at,
                       size_t slot_count, struct issue *issue)
{
    issue->holder = (struct holder){ .version = version };
    issue->snapshot = (struct snapshot){
        .version = version,
        .at = at,
        .totals = publisher->fleet.totals,
        .slot_count = slot_count,
        .policies = publisher->fleet.policies.shown,
        .policy_count = publisher->fleet.policies.count,
        .names_version = publisher->fleet.names_version,
    };
    int failed = fill_table(publisher, issue);
    failed = failed ? failed : fill_acks(publisher, issue);
    return failed ? failed : fill_lines(publisher, issue);
}

static int fill(struct publisher *publisher, const struct publish_source *source,
                const struct publish_context *context, uint64_t version, struct issue *issue)
{
    int failed =
        fill_common(publisher, version, context->wall, fleet_slot_count(source->fleet), issue);
    if (failed)
        return failed;
    fill_head(publisher, source, context, issue);
    return fill_detail(publisher, source, context, issue);
}

static struct issue *take_issue(struct publisher *publisher)
{
    struct issue *issue = publisher->resting;
    if (!issue)
        return heap_alloc(1, sizeof *issue);
    publisher->resting = issue->older;
    return issue;
}

/* The console owns the snapshot from here on, with the pending lines and acknowledgements. */
static void settle(struct publisher *publisher, uint64_t source_version, struct issue *issue)
{
    put_out(publisher, issue);
    lines_hand_over(&publisher->lines, &issue->lines);
    publisher->ack_count = 0;
    publisher->version = issue->holder.version;
    publisher->source_version = source_version;
    publisher->is_news = false;
}

bool publisher_publish_source(struct publisher *publisher, const struct publish_source *source,
                              const struct publish_context *context)
{
    take_back_spent(publisher);
    if (publisher->out_count >= OUT_MAX)
        return false;
    uint64_t version = publisher->version + 1;
    publisher->is_news |= fleet_reader_has_marks(&publisher->fleet.changes);
    if (shown_fleet_update(&publisher->fleet, source->fleet, source->summary, context, version,
                           newest_holder(publisher)))
        return false;
    struct issue *issue = take_issue(publisher);
    if (!issue)
        return false;
    if (fill(publisher, source, context, version, issue) ||
        !feed_offer(publisher->feed, &issue->snapshot)) {
        rest(publisher, issue);
        return false;
    }
    issue->difference = source->difference;
    settle(publisher, source->version, issue);
    return true;
}

bool publisher_publish(struct publisher *publisher, const struct reconciler *reconciler,
                       const struct publish_context *context)
{
    struct publish_source source = {
        .reconciler = reconciler,
        .fleet = reconciler_fleet(reconciler),
        .summary = reconciler_summary(reconciler),
        .version = reconciler_version(reconciler),
    };
    return publisher_publish_source(publisher, &source, context);
}

/* --- a mirror ---------------------------------------------------------------------------------------------------- */

static uint64_t next_version(const struct publisher *publisher)
{
    return publisher->version + 1;
}

int publisher_mirror_reserve(struct publisher *publisher, size_t slot_count)
{
    return shown_fleet_reserve(&publisher->fleet, slot_count, next_version(publisher));
}

int publisher_mirror_row(struct publisher *publisher, uint32_t slot, const struct shown_row *row)
{
    take_back_spent(publisher);
    return shown_fleet_put(&publisher->fleet, slot, row, next_version(publisher),
                           newest_holder(publisher));
}

int publisher_mirror_policy(struct publisher *publisher, const char *name, uint16_t *ret_index)
{
    return policy_names_index_of(&publisher->fleet.policies, name, ret_index);
}

const struct snapshot_name *publisher_mirror_name(const struct publisher *publisher, uint32_t slot)
{
    return names_at(&publisher->fleet.names, slot);
}

const struct snapshot_row *publisher_mirror_row_at(const struct publisher *publisher, uint32_t slot)
{
    const struct snapshot_page *page = publisher->fleet.pages.table[slot / SNAPSHOT_PAGE_ROWS];
    const struct snapshot_row *row = &page->rows[slot % SNAPSHOT_PAGE_ROWS];
    return row->name ? row : NULL;
}

void publisher_mirror_line(struct publisher *publisher, const struct snapshot_line *line)
{
    lines_copy(&publisher->lines, line);
}

void publisher_mirror_lost(struct publisher *publisher, int64_t lines)
{
    publisher->lines.lost += lines;
}

static int mirror_detail(const struct publisher *publisher, const struct publish_mirror *mirror,
                         struct issue *issue)
{
    if (!mirror->detail)
        return 0;
    const struct snapshot_name *name = names_at(&publisher->fleet.names, mirror->detail->slot);
    if (!issue->detail)
        issue->detail = heap_alloc(1, sizeof *issue->detail);
    if (!issue->detail)
        return -ENOMEM;
    *issue->detail = *mirror->detail;
    issue->detail->name = name;
    if (name)
        issue->snapshot.detail = issue->detail;
    return 0;
}

static int fill_mirror(struct publisher *publisher, const struct publish_mirror *mirror,
                       struct issue *issue)
{
    publisher->fleet.totals = *mirror->totals;
    int failed =
        fill_common(publisher, next_version(publisher), mirror->at, mirror->slot_count, issue);
    if (failed)
        return failed;
    issue->snapshot.engine = *mirror->engine;
    issue->snapshot.pass = *mirror->pass;
    issue->remote = *mirror->remote;
    issue->snapshot.remote = &issue->remote;
    return mirror_detail(publisher, mirror, issue);
}

bool publisher_publish_mirror(struct publisher *publisher, const struct publish_mirror *mirror)
{
    take_back_spent(publisher);
    if (publisher->out_count >= OUT_MAX)
        return false;
    struct issue *issue = take_issue(publisher);
    if (!issue)
        return false;
    if (fill_mirror(publisher, mirror, issue) || !feed_offer(publisher->feed, &issue->snapshot)) {
        rest(publisher, issue);
        return false;
    }
    settle(publisher, publisher->source_version, issue);
    return true;
}
