#include "tui/list/attention.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>

#define ROOM_MIN 64

struct slot {
    struct attention_entry entry;
    struct wall acted;                       /* the last scale that was seen */
    struct wall turns[ATTENTION_FLAP_TURNS]; /* newest first; 0: none */
    int direction;                           /* of the last scale: 1, -1; 0: none yet */
};

struct attention {
    struct slot *slots;
    size_t count;
    size_t room;
    struct attention_counts counts;
};

/* --- what is trouble ------------------------------------------------------------------------------------------- */

/* Not read yet, at the start, is no trouble. */
static bool is_troubled_unread(const struct snapshot_row *row)
{
    return row->read_at.ms != 0 || reason_row((enum reason)row->reason)->kind == REASON_FAILURE;
}

bool attention_is_troubled(const struct snapshot_row *row)
{
    switch ((enum state)row->state) {
    case STATE_STARVED:
    case STATE_FAILED:
    case STATE_UNCONFIRMED:
        return true;
    case STATE_UNREAD:
        return is_troubled_unread(row);
    case STATE_HELD:
        return !reason_has((enum reason)row->reason, REASON_IS_TRANSIENT);
    case STATE_PAUSED:
    case STATE_UP:
    case STATE_DOWN:
    case STATE_PENDING:
    case STATE_WAITING:
    case STATE_ON_TARGET:
    case STATE_GONE:
        return false;
    }
    return false;
}

static void add_turn(struct slot *slot, struct wall at)
{
    memmove(slot->turns + 1, slot->turns, (ATTENTION_FLAP_TURNS - 1) * sizeof *slot->turns);
    slot->turns[0] = at;
}

/* A scale is known by its instant; two between snapshots count as one. */
static void follow_scales(struct slot *slot, const struct snapshot_row *row)
{
    if (row->acted_at.ms == slot->acted.ms || row->last_delta == 0)
        return;
    int direction = row->last_delta > 0 ? 1 : -1;
    if (slot->direction == -direction)
        add_turn(slot, row->acted_at);
    slot->direction = direction;
    slot->acted = row->acted_at;
}

static bool is_flapping(const struct slot *slot, struct wall now)
{
    struct wall oldest = slot->turns[ATTENTION_FLAP_TURNS - 1];
    return oldest.ms != 0 && now.ms - oldest.ms < ATTENTION_FLAP_MS;
}

/* --- entries --------------------------------------------------------------------------------------------------- */

static bool has_entry(const struct attention_entry *entry)
{
    return entry->since.ms != 0;
}

/* Adds what an entry counts as, or takes it away again (`by` is 1 or -1). */
static void count(struct attention_counts *counts, const struct attention_entry *entry, int by)
{
    if (!has_entry(entry))
        return;
    size_t step = (size_t)by;
    counts->entries += step;
    if (entry->ended.ms == 0)
        counts->open += step;
    if (!entry->is_acknowledged)
        counts->unacknowledged += step;
}

static void begin_or_go_on(struct attention_entry *entry, const struct snapshot_row *row,
                           struct wall now)
{
    bool is_new = !has_entry(entry);
    bool is_worse = attention_is_troubled(row) && row->state < entry->worst;
    if (is_new || entry->ended.ms != 0 || is_worse)
        entry->is_acknowledged = false;
    if (is_new)
        entry->since = now;
    if (is_new || row->state < entry->worst)
        entry->worst = row->state;
    entry->ended = (struct wall){ 0 };
}

static void end(struct attention_entry *entry, struct wall now)
{
    if (!has_entry(entry) || entry->ended.ms != 0)
        return;
    if (entry->is_acknowledged)
        *entry = (struct attention_entry){ 0 };
    else
        entry->ended = now;
}

static void follow_row(struct slot *slot, const struct snapshot_row *row, struct wall now)
{
    struct attention_entry *entry = &slot->entry;
    follow_scales(slot, row);
    bool was_flapping = entry->is_flapping;
    bool flaps = is_flapping(slot, now);
    if (flaps || attention_is_troubled(row))
        begin_or_go_on(entry, row, now);
    else
        end(entry, now);
    if (flaps && !was_flapping)
        entry->is_acknowledged = false;
    entry->is_flapping = flaps;
}

/* --- following ------------------------------------------------------------------------------------------------- */

static const struct snapshot_page *page_of(const struct snapshot *snapshot, size_t index)
{
    return snapshot && index < snapshot->page_count ? snapshot->pages[index] : NULL;
}

static void follow_slot(struct attention *attention, uint32_t index,
                        const struct snapshot_row *before, const struct snapshot_row *row,
                        struct wall now)
{
    struct slot *slot = &attention->slots[index];
    count(&attention->counts, &slot->entry, -1);
    if (!before || before->name != row->name)
        *slot = (struct slot){ 0 };
    if (row->name)
        follow_row(slot, row, now);
    count(&attention->counts, &slot->entry, 1);
}

static void follow_page(struct attention *attention, size_t index,
                        const struct snapshot_page *before, const struct snapshot *now)
{
    const struct snapshot_page *page = now->pages[index];
    size_t first = index * SNAPSHOT_PAGE_ROWS;
    for (size_t i = 0; i < SNAPSHOT_PAGE_ROWS && first + i < now->slot_count; i++)
        follow_slot(attention, (uint32_t)(first + i), before ? &before->rows[i] : NULL,
                    &page->rows[i], now->at);
}

static int reserve(struct attention *attention, size_t slot_count)
{
    size_t room = attention->room > 0 ? attention->room : ROOM_MIN;
    while (room < slot_count)
        room *= 2;
    if (room != attention->room) {
        struct slot *slots = heap_resize(attention->slots, room, sizeof *slots);
        if (!slots)
            return -ENOMEM;
        attention->slots = slots;
        attention->room = room;
    }
    if (slot_count > attention->count)
        memset(attention->slots + attention->count, 0,
               (slot_count - attention->count) * sizeof *attention->slots);
    return 0;
}

/* Slots that are no more. */
static void drop_from(struct attention *attention, size_t slot_count)
{
    for (size_t i = slot_count; i < attention->count; i++)
        count(&attention->counts, &attention->slots[i].entry, -1);
    attention->count = slot_count;
}

int attention_follow(struct attention *attention, const struct snapshot *before,
                     const struct snapshot *now)
{
    int failed = reserve(attention, now->slot_count);
    if (failed)
        return failed;
    drop_from(attention, now->slot_count);
    for (size_t i = 0; i < now->page_count; i++) {
        const struct snapshot_page *old = page_of(before, i);
        if (old != now->pages[i])
            follow_page(attention, i, old, now);
    }
    return 0;
}

/* --- answers --------------------------------------------------------------------------------------------------- */

const struct attention_entry *attention_at(const struct attention *attention, uint32_t slot)
{
    if (!attention || slot >= attention->count || !has_entry(&attention->slots[slot].entry))
        return NULL;
    return &attention->slots[slot].entry;
}

struct attention_counts attention_counts(const struct attention *attention)
{
    return attention->counts;
}

bool attention_acknowledge(struct attention *attention, uint32_t slot)
{
    if (!attention_at(attention, slot) || attention->slots[slot].entry.is_acknowledged)
        return false;
    struct attention_entry *entry = &attention->slots[slot].entry;
    count(&attention->counts, entry, -1);
    if (entry->ended.ms != 0)
        *entry = (struct attention_entry){ 0 };
    else
        entry->is_acknowledged = true;
    count(&attention->counts, entry, 1);
    return true;
}

size_t attention_acknowledge_all(struct attention *attention)
{
    size_t acknowledged = 0;
    for (size_t slot = 0; slot < attention->count; slot++)
        acknowledged += attention_acknowledge(attention, (uint32_t)slot);
    return acknowledged;
}

/* --- life ------------------------------------------------------------------------------------------------------ */

int attention_create(struct attention **ret_attention)
{
    struct attention *attention = heap_alloc(1, sizeof *attention);
    if (!attention)
        return -ENOMEM;
    *ret_attention = attention;
    return 0;
}

void attention_destroy(struct attention *attention)
{
    if (!attention)
        return;
    heap_free(attention->slots);
    heap_free(attention);
}
