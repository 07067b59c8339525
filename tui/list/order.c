/*
 * How an order is made, in the order of the slots, of the ids and of the keys:
 *
 *     rows        -> keys      one of 64 bits for each slot, or: hidden, or: not known
 *     ranked ids  -> items     those that are shown, by id; those that are not known go to the end
 *     items       -> sorted    radix sort, stable, so that equal ones stay by id
 *
 * Rows are read in the order in which they lie in memory. Going through them by id costs a cache miss each: more than
 * all the rest.
 */
#include "tui/list/order.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "tui/list/id_rank.h"
#include "tui/list/row_metric.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_NONE UINT32_MAX
#define ROOM_MIN 64
#define DIGIT_BITS 8
#define DIGIT_VALUES (1u << DIGIT_BITS)
#define DIGIT_COUNT (64 / DIGIT_BITS)
#define SIZE_BITS 29 /* of a delta in the key of severity; the state's weight is above both */
#define GOES_ON_BIT (UINT64_C(1) << 63)
_Static_assert(STATE_COUNT <= 1 << (63 - 2 * SIZE_BITS), "the weight has its own bits");

enum visibility { HIDDEN, KNOWN, UNKNOWN };

struct item {
    uint64_t key;
    uint32_t slot;
};

struct order {
    uint8_t reason_ranks[REASON_COUNT];
    uint16_t *policy_ranks;      /* by index, by their names; NULL: not needed yet */
    const char *const *policies; /* of the ranks */
    size_t policy_count;
    bool is_ranked;
    uint64_t names_version; /* of `ranked` */
    size_t ranked_count;
    uint32_t *ranked; /* slots by id */
    size_t room;      /* of each array */
    uint64_t *keys;   /* by slot, as are the visibilities */
    uint8_t *visibilities;
    struct item *items;
    struct item *sorted;
    size_t count;
    uint32_t *slots;       /* the order */
    size_t position_count; /* slots that there are */
    uint32_t *positions;   /* by slot */
};

/* --- keys ------------------------------------------------------------------------------------------------------ */

/* Unsigned, in the same order. */
static uint64_t bias(int64_t value)
{
    return (uint64_t)value ^ (UINT64_C(1) << 63);
}

static uint64_t size_of(int64_t value)
{
    return (uint64_t)(value < 0 ? -value : value);
}

static uint64_t severity(const struct snapshot_row *row)
{
    const uint64_t size_max = (UINT64_C(1) << SIZE_BITS) - 1;
    int64_t delta = 0;
    int64_t raw = 0;
    row_metric_delta(row, &delta);
    row_metric_raw(row, &raw);
    uint64_t weight = (uint64_t)(STATE_COUNT - 1 - row->state);
    return weight << 2 * SIZE_BITS |
           (size_of(delta) < size_max ? size_of(delta) : size_max) << SIZE_BITS |
           (size_of(raw) < size_max ? size_of(raw) : size_max);
}

/* What sorts a row, the least first; false: not known. */
static bool key_of(const struct order *order, const struct column_row *column,
                   const struct snapshot_row *row, const struct attention_entry *entry,
                   uint64_t *ret_key)
{
    int64_t value;
    switch (column->sort) {
    case COLUMN_BY_METRIC:
        if (!column->metric(row, &value))
            return false;
        *ret_key = bias(value);
        return true;
    case COLUMN_BY_SIZE:
        if (!column->metric(row, &value))
            return false;
        *ret_key = size_of(value);
        return true;
    case COLUMN_BY_ID:
        *ret_key = 0;
        return true;
    case COLUMN_BY_SEVERITY:
        *ret_key = severity(row);
        return true;
    case COLUMN_BY_REASON:
        *ret_key = order->reason_ranks[row_metric_reason(row)];
        return true;
    case COLUMN_BY_POLICY:
        if (row->policy >= order->policy_count)
            return false;
        *ret_key = order->policy_ranks[row->policy];
        return true;
    case COLUMN_BY_ATTENTION:
        if (!entry)
            return false;
        *ret_key = bias(entry->since.ms);
        return true;
    }
    return false;
}

/* --- rows to keys ---------------------------------------------------------------------------------------------- */

static bool is_shown(const struct order_by *by, const struct snapshot_row *row,
                     const struct attention_entry *entry, const struct snapshot *snapshot)
{
    return row->name && view_has(by->view, row, entry) &&
           (!by->filter || filter_matches(by->filter, row, snapshot));
}

/* In the attention view, what has ended comes behind what goes on. */
static bool goes_on(const struct order_by *by, const struct attention_entry *entry)
{
    return by->view == VIEW_ATTENTION && entry && entry->ended.ms == 0;
}

static void judge(struct order *order, const struct order_by *by, const struct column_row *column,
                  uint32_t slot, const struct snapshot_row *row, const struct snapshot *snapshot)
{
    uint64_t key;
    const struct attention_entry *entry = attention_at(by->attention, slot);
    if (!is_shown(by, row, entry, snapshot)) {
        order->visibilities[slot] = HIDDEN;
        return;
    }
    if (!key_of(order, column, row, entry, &key)) {
        order->visibilities[slot] = UNKNOWN;
        return;
    }
    if (column->sort == COLUMN_BY_SEVERITY && goes_on(by, entry))
        key |= GOES_ON_BIT;
    order->visibilities[slot] = KNOWN;
    order->keys[slot] = by->is_descending ? ~key : key;
}

static void judge_all(struct order *order, const struct snapshot *snapshot,
                      const struct order_by *by)
{
    const struct column_row *column = columns_row(by->column);
    for (size_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_page *page = snapshot->pages[slot / SNAPSHOT_PAGE_ROWS];
        judge(order, by, column, (uint32_t)slot, &page->rows[slot % SNAPSHOT_PAGE_ROWS], snapshot);
    }
}

/* --- sorting --------------------------------------------------------------------------------------------------- */

/* The slots of one kind, by id or backwards. */
static size_t gather(const struct order *order, enum visibility visibility, bool is_backwards,
                     struct item *items)
{
    size_t count = 0;
    for (size_t i = 0; i < order->ranked_count; i++) {
        uint32_t slot = order->ranked[is_backwards ? order->ranked_count - 1 - i : i];
        if (order->visibilities[slot] == visibility)
            items[count++] = (struct item){ order->keys[slot], slot };
    }
    return count;
}

struct histogram {
    uint32_t counts[DIGIT_COUNT][DIGIT_VALUES];
};

static size_t digit_of(uint64_t key, unsigned digit)
{
    return key >> digit * DIGIT_BITS & (DIGIT_VALUES - 1);
}

static void count_digits(const struct item *items, size_t count, struct histogram *ret_histogram)
{
    memset(ret_histogram, 0, sizeof *ret_histogram);
    for (size_t i = 0; i < count; i++)
        for (unsigned digit = 0; digit < DIGIT_COUNT; digit++)
            ret_histogram->counts[digit][digit_of(items[i].key, digit)]++;
}

static void sort_by_digit(const struct item *items, size_t count, unsigned digit,
                          const uint32_t *counts, struct item *ret_sorted)
{
    uint32_t places[DIGIT_VALUES];
    uint32_t place = 0;
    for (size_t value = 0; value < DIGIT_VALUES; value++) {
        places[value] = place;
        place += counts[value];
    }
    for (size_t i = 0; i < count; i++)
        ret_sorted[places[digit_of(items[i].key, digit)]++] = items[i];
}

/* Of the two arrays, the one with the result. Digits in which all are the same sort nothing. */
static const struct item *sort(struct item *items, struct item *spare, size_t count)
{
    struct histogram histogram;
    if (count < 2)
        return items;
    count_digits(items, count, &histogram);
    for (unsigned digit = 0; digit < DIGIT_COUNT; digit++) {
        const uint32_t *counts = histogram.counts[digit];
        if (counts[digit_of(items[0].key, digit)] == count)
            continue;
        sort_by_digit(items, count, digit, counts, spare);
        struct item *sorted = spare;
        spare = items;
        items = sorted;
    }
    return items;
}

static void append(struct order *order, const struct item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        order->positions[items[i].slot] = (uint32_t)order->count;
        order->slots[order->count++] = items[i].slot;
    }
}

static void arrange(struct order *order, const struct order_by *by)
{
    bool is_backwards = columns_row(by->column)->sort == COLUMN_BY_ID && by->is_descending;
    order->count = 0;
    memset(order->positions, 0xff, order->position_count * sizeof *order->positions);
    size_t count = gather(order, KNOWN, is_backwards, order->items);
    append(order, sort(order->items, order->sorted, count), count);
    count = gather(order, UNKNOWN, false, order->items);
    append(order, order->items, count);
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

static bool resize_slots(uint32_t **slots, size_t room)
{
    uint32_t *resized = heap_resize(*slots, room, sizeof *resized);
    if (resized)
        *slots = resized;
    return resized != NULL;
}

static bool resize_items(struct item **items, size_t room)
{
    struct item *resized = heap_resize(*items, room, sizeof *resized);
    if (resized)
        *items = resized;
    return resized != NULL;
}

static bool resize_keys(struct order *order, size_t room)
{
    uint64_t *keys = heap_resize(order->keys, room, sizeof *keys);
    if (!keys)
        return false;
    order->keys = keys;
    uint8_t *visibilities = heap_resize(order->visibilities, room, sizeof *visibilities);
    if (!visibilities)
        return false;
    order->visibilities = visibilities;
    return true;
}

/* Arrays that have grown while others could not are no harm: what is in them stays. */
static int reserve(struct order *order, size_t slot_count)
{
    size_t room = order->room > 0 ? order->room : ROOM_MIN;
    while (room < slot_count)
        room *= 2;
    if (room == order->room)
        return 0;
    if (!resize_slots(&order->ranked, room) || !resize_slots(&order->slots, room) ||
        !resize_slots(&order->positions, room) || !resize_items(&order->items, room) ||
        !resize_items(&order->sorted, room) || !resize_keys(order, room))
        return -ENOMEM;
    order->room = room;
    return 0;
}

static int rank(struct order *order, const struct snapshot *snapshot)
{
    if (order->is_ranked && order->names_version == snapshot->names_version)
        return 0;
    int failed = id_rank(snapshot, order->ranked, &order->ranked_count);
    if (failed)
        return failed;
    order->is_ranked = true;
    order->names_version = snapshot->names_version;
    return 0;
}

/* --- the order ------------------------------------------------------------------------------------------------- */

/* By name, as people look for them. */
static void rank_reasons(struct order *order)
{
    for (int i = 0; i < REASON_COUNT; i++)
        for (int j = 0; j < REASON_COUNT; j++)
            if (strcmp(reason_row((enum reason)j)->name, reason_row((enum reason)i)->name) < 0)
                order->reason_ranks[i]++;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *name = *(const char *const *const *)a;
    const char *const *other = *(const char *const *const *)b;
    return strcmp(*name, *other);
}

/* Names never change their index: there are only more of them. */
static int rank_policies(struct order *order, const struct snapshot *snapshot)
{
    size_t count = snapshot->policy_count;
    bool is_known = order->policies == snapshot->policies && order->policy_count == count;
    if (count == 0 || is_known)
        return 0;
    const char *const **sorted = heap_alloc(count, sizeof *sorted);
    uint16_t *ranks = heap_resize(order->policy_ranks, count, sizeof *ranks);
    if (ranks)
        order->policy_ranks = ranks;
    if (!sorted || !ranks) {
        heap_free(sorted);
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &snapshot->policies[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 0; i < count; i++)
        ranks[sorted[i] - snapshot->policies] = (uint16_t)i;
    order->policies = snapshot->policies;
    order->policy_count = count;
    heap_free(sorted);
    return 0;
}

int order_create(struct order **ret_order)
{
    struct order *order = heap_alloc(1, sizeof *order);
    if (!order)
        return -ENOMEM;
    rank_reasons(order);
    *ret_order = order;
    return 0;
}

void order_destroy(struct order *order)
{
    if (!order)
        return;
    heap_free(order->policy_ranks);
    heap_free(order->ranked);
    heap_free(order->keys);
    heap_free(order->visibilities);
    heap_free(order->items);
    heap_free(order->sorted);
    heap_free(order->slots);
    heap_free(order->positions);
    heap_free(order);
}

int order_make(struct order *order, const struct snapshot *snapshot, const struct order_by *by)
{
    int failed = reserve(order, snapshot->slot_count);
    if (failed)
        return failed;
    failed = rank(order, snapshot);
    if (failed)
        return failed;
    if (columns_row(by->column)->sort == COLUMN_BY_POLICY && rank_policies(order, snapshot))
        return -ENOMEM;
    judge_all(order, snapshot, by);
    order->position_count = snapshot->slot_count;
    arrange(order, by);
    return 0;
}

size_t order_count(const struct order *order)
{
    return order->count;
}

uint32_t order_slot(const struct order *order, size_t position)
{
    must(position < order->count);
    return order->slots[position];
}

bool order_find(const struct order *order, uint32_t slot, size_t *ret_position)
{
    if (slot >= order->position_count || order->positions[slot] == POSITION_NONE)
        return false;
    *ret_position = order->positions[slot];
    return true;
}
