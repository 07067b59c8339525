#include "tui/list/hits.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>

#define WORD_BITS 64

struct hits {
    size_t size; /* positions */
    size_t count;
    size_t room; /* words */
    uint64_t *words;
};

int hits_create(struct hits **ret_hits)
{
    struct hits *hits = heap_alloc(1, sizeof *hits);
    if (!hits)
        return -ENOMEM;
    *ret_hits = hits;
    return 0;
}

void hits_destroy(struct hits *hits)
{
    if (!hits)
        return;
    heap_free(hits->words);
    heap_free(hits);
}

static size_t words_for(size_t positions)
{
    return (positions + WORD_BITS - 1) / WORD_BITS;
}

static int reserve(struct hits *hits, size_t positions)
{
    size_t needed = words_for(positions);
    if (needed <= hits->room)
        return 0;
    uint64_t *words = heap_resize(hits->words, needed, sizeof *words);
    if (!words)
        return -ENOMEM;
    hits->words = words;
    hits->room = needed;
    return 0;
}

static void put(struct hits *hits, size_t position)
{
    hits->words[position / WORD_BITS] |= UINT64_C(1) << (position % WORD_BITS);
    hits->count++;
}

int hits_make(struct hits *hits, const struct order *order, const struct snapshot *snapshot,
              const struct filter *filter)
{
    size_t size = filter_is_empty(filter) ? 0 : order_count(order);
    hits->size = 0;
    hits->count = 0;
    if (reserve(hits, size))
        return -ENOMEM;
    if (size > 0)
        memset(hits->words, 0, words_for(size) * sizeof *hits->words);
    hits->size = size;
    for (size_t position = 0; position < size; position++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, order_slot(order, position));
        if (row && filter_matches(filter, row, snapshot))
            put(hits, position);
    }
    return 0;
}

size_t hits_count(const struct hits *hits)
{
    return hits->count;
}

bool hits_has(const struct hits *hits, size_t position)
{
    return position < hits->size &&
           ((hits->words[position / WORD_BITS] >> (position % WORD_BITS)) & 1);
}

size_t hits_before(const struct hits *hits, size_t position)
{
    size_t end = position < hits->size ? position : hits->size;
    size_t count = 0;
    for (size_t word = 0; word < end / WORD_BITS; word++)
        count += (size_t)__builtin_popcountll(hits->words[word]);
    if (end % WORD_BITS > 0)
        count += (size_t)__builtin_popcountll(hits->words[end / WORD_BITS] &
                                              ((UINT64_C(1) << (end % WORD_BITS)) - 1));
    return count;
}

bool hits_find(const struct hits *hits, size_t from, bool is_forward, size_t *ret_position,
               bool *ret_is_wrapped)
{
    if (hits->count == 0)
        return false;
    bool is_wrapped = from >= hits->size;
    size_t at = !is_wrapped ? from : is_forward ? 0 : hits->size - 1;
    while (!hits_has(hits, at)) {
        bool is_end = is_forward ? at + 1 == hits->size : at == 0;
        is_wrapped = is_wrapped || is_end;
        if (is_forward)
            at = is_end ? 0 : at + 1;
        else
            at = is_end ? hits->size - 1 : at - 1;
    }
    *ret_position = at;
    *ret_is_wrapped = is_wrapped;
    return true;
}
