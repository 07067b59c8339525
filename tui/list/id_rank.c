/*
 * Of the ranking before, what is still in order stays: a discovery brings or takes a few of many. The others are sorted
 * and merged in. Nothing is taken on trust: a slot may have got another id.
 *
 * Quicksort with three parts over eight bytes of the ids at a time, which are kept beside them: ids of one fleet begin
 * alike, and comparing them whole would read the same bytes from all over the memory again and again. The part that is
 * equal in its eight bytes goes on with the next eight; when an id ends in them, its slot decides.
 */
#include "tui/list/id_rank.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"

#include <errno.h>
#include <string.h>

#define CHUNK_SIZE 8
#define SMALL 12
#define RANGES_MAX 128

struct entry {
    uint64_t chunk; /* bytes of the id from the depth of its range on, the first one highest */
    const char *id;
    uint32_t slot;
};

struct range {
    size_t begin;
    size_t end;
    size_t depth; /* bytes that all of its ids share; DEPTH_ENDED: all bytes */
};
#define DEPTH_ENDED SIZE_MAX

/*
 * The smallest part is always sorted next, so that the others wait on a stack that cannot grow beyond two for each
 * halving.
 */
struct stack {
    size_t count;
    struct range ranges[RANGES_MAX];
};

static void push(struct stack *stack, struct range range)
{
    if (range.end - range.begin < 2)
        return;
    must(stack->count < RANGES_MAX);
    stack->ranges[stack->count++] = range;
}

static uint64_t read_chunk(const char *at)
{
    uint64_t chunk = 0;
    int shift = 64;
    for (; shift > 0 && *at != '\0'; at++) {
        shift -= CHUNK_SIZE;
        chunk |= (uint64_t)(unsigned char)*at << shift;
    }
    return chunk;
}

static bool chunk_has_end(uint64_t chunk)
{
    return (chunk & 0xff) == 0;
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry kept = *a;
    *a = *b;
    *b = kept;
}

/* Of two whose bytes before the depth are equal. */
static bool is_before(const struct entry *a, const struct entry *b, size_t depth)
{
    if (a->chunk != b->chunk)
        return a->chunk < b->chunk;
    int difference = depth == DEPTH_ENDED ? 0 : strcmp(a->id + depth, b->id + depth);
    return difference != 0 ? difference < 0 : a->slot < b->slot;
}

static void sort_small(struct entry *entries, const struct range *range)
{
    for (size_t i = range->begin + 1; i < range->end; i++)
        for (size_t j = i; j > range->begin; j--) {
            if (!is_before(&entries[j], &entries[j - 1], range->depth))
                break;
            swap(&entries[j], &entries[j - 1]);
        }
}

static uint64_t middle(uint64_t a, uint64_t b, uint64_t c)
{
    if (a < b)
        return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

/* Of three at random places, the same ones every time: a list that is sorted already, or nearly, is not a slow one. */
static uint64_t pivot_of(const struct entry *entries, const struct range *range)
{
    struct random random = { range->begin ^ range->end << 32 };
    int64_t count = (int64_t)(range->end - range->begin);
    const struct entry *first = entries + range->begin;
    uint64_t a = first[random_below(&random, count)].chunk;
    uint64_t b = first[random_below(&random, count)].chunk;
    return middle(a, b, first[random_below(&random, count)].chunk);
}

struct parts {
    size_t equal; /* begins here; what is less is before it */
    size_t more;
};

static struct parts split(struct entry *entries, const struct range *range, uint64_t pivot)
{
    struct parts parts = { range->begin, range->end };
    for (size_t i = range->begin; i < parts.more;) {
        if (entries[i].chunk < pivot)
            swap(&entries[i++], &entries[parts.equal++]);
        else if (entries[i].chunk > pivot)
            swap(&entries[i], &entries[--parts.more]);
        else
            i++;
    }
    return parts;
}

/* Those that are equal so far get their next bytes. */
static struct range deepen(struct entry *entries, struct range range)
{
    bool has_ended = chunk_has_end(entries[range.begin].chunk);
    range.depth = has_ended ? DEPTH_ENDED : range.depth + CHUNK_SIZE;
    for (size_t i = range.begin; i < range.end; i++)
        entries[i].chunk = has_ended ? entries[i].slot : read_chunk(entries[i].id + range.depth);
    return range;
}

static size_t size_of(const struct range *range)
{
    return range->end - range->begin;
}

static void push_largest_first(struct stack *stack, struct range ranges[3])
{
    for (int i = 0; i < 2; i++)
        for (int j = i + 1; j < 3; j++)
            if (size_of(&ranges[j]) > size_of(&ranges[i])) {
                struct range kept = ranges[i];
                ranges[i] = ranges[j];
                ranges[j] = kept;
            }
    for (int i = 0; i < 3; i++)
        push(stack, ranges[i]);
}

static void sort_range(struct entry *entries, struct range range, struct stack *stack)
{
    if (size_of(&range) <= SMALL) {
        sort_small(entries, &range);
        return;
    }
    struct parts parts = split(entries, &range, pivot_of(entries, &range));
    struct range equal = { parts.equal, parts.more, range.depth };
    /* Slots are all different: what is equal in them is one. */
    if (size_of(&equal) > 1)
        equal = deepen(entries, equal);
    push_largest_first(stack, (struct range[]){ { range.begin, parts.equal, range.depth },
                                                equal,
                                                { parts.more, range.end, range.depth } });
}

static void sort(struct entry *entries, size_t count)
{
    struct stack stack = { 0 };
    push(&stack, (struct range){ 0, count, 0 });
    while (stack.count > 0)
        sort_range(entries, stack.ranges[--stack.count], &stack);
}

/* The id in a slot, and whether its place in the previous ranking is still right. */
struct holder {
    const char *id; /* NULL: none */
    bool is_kept;
};

static void list(const struct snapshot *snapshot, struct holder *holders)
{
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        holders[slot] = (struct holder){ row ? row->name->id : NULL, false };
    }
}

static bool is_slot_before(const struct holder *holders, uint32_t a, uint32_t b)
{
    int difference = strcmp(holders[a].id, holders[b].id);
    return difference != 0 ? difference < 0 : a < b;
}

/*
 * Leaves of the ranking what is in order. Of two that are not, either may be the wrong one: both go, so that one that
 * is far too early does not make all behind it wrong.
 */
static size_t keep(struct holder *holders, size_t slot_count, uint32_t *slots, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = slots[i];
        if (slot >= slot_count || !holders[slot].id)
            continue;
        if (kept > 0 && !is_slot_before(holders, slots[kept - 1], slot)) {
            holders[slots[--kept]].is_kept = false;
        } else {
            holders[slot].is_kept = true;
            slots[kept++] = slot;
        }
    }
    return kept;
}

static size_t list_loose(const struct holder *holders, size_t slot_count, struct entry *entries)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        const char *id = holders[slot].id;
        if (id && !holders[slot].is_kept)
            entries[count++] = (struct entry){ read_chunk(id), id, slot };
    }
    return count;
}

/* From the end, where there is room, until none is loose. */
static void merge(const struct holder *holders, uint32_t *slots, size_t kept,
                  const struct entry *loose, size_t count)
{
    while (count > 0) {
        uint32_t slot = loose[count - 1].slot;
        bool is_last = kept == 0 || is_slot_before(holders, slots[kept - 1], slot);
        slots[kept + count - 1] = is_last ? slot : slots[kept - 1];
        count -= is_last;
        kept -= !is_last;
    }
}

int id_rank(const struct snapshot *snapshot, uint32_t *slots, size_t *count)
{
    size_t slot_count = snapshot->slot_count;
    if (slot_count == 0) {
        *count = 0;
        return 0;
    }
    struct holder *holders = heap_alloc(slot_count, sizeof *holders);
    struct entry *loose = heap_alloc(slot_count, sizeof *loose);
    if (!holders || !loose) {
        heap_free(holders);
        heap_free(loose);
        return -ENOMEM;
    }
    list(snapshot, holders);
    size_t kept = keep(holders, slot_count, slots, *count);
    size_t loose_count = list_loose(holders, slot_count, loose);
    sort(loose, loose_count);
    merge(holders, slots, kept, loose, loose_count);
    *count = kept + loose_count;
    heap_free(holders);
    heap_free(loose);
    return 0;
}
