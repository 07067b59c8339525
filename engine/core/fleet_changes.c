#include "engine/core/fleet_changes.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <string.h>

#define MARK_BITS 64

bool fleet_reader_has_marks(const struct fleet_reader *reader)
{
    return reader->mark_count > 0;
}

uint32_t fleet_reader_take(struct fleet_reader *reader, uint32_t slot)
{
    if (reader->mark_count == 0)
        return SLOT_NONE;
    uint64_t before = ((uint64_t)1 << (slot % MARK_BITS)) - 1;
    for (size_t i = slot / MARK_BITS; i < reader->word_count; i++, before = 0) {
        uint64_t marks = reader->marks[i] & ~before;
        if (marks == 0)
            continue;
        reader->marks[i] &= ~(marks & -marks);
        reader->mark_count--;
        return (uint32_t)(i * MARK_BITS + (size_t)__builtin_ctzll(marks));
    }
    return SLOT_NONE;
}

void fleet_reader_mark(struct fleet_reader *reader, uint32_t slot)
{
    must(slot / MARK_BITS < reader->word_count);
    uint64_t bit = (uint64_t)1 << (slot % MARK_BITS);
    uint64_t *word = &reader->marks[slot / MARK_BITS];
    reader->mark_count += (*word & bit) == 0;
    *word |= bit;
}

/* --- all readers of a fleet ---------------------------------------------------------------------------------- */

static int reserve_words(struct fleet_reader *reader, size_t word_count)
{
    if (word_count <= reader->word_count)
        return 0;
    uint64_t *marks = heap_resize(reader->marks, word_count, sizeof *marks);
    if (!marks)
        return -ENOMEM;
    memset(marks + reader->word_count, 0, (word_count - reader->word_count) * sizeof *marks);
    reader->marks = marks;
    reader->word_count = word_count;
    return 0;
}

int fleet_changes_reserve(struct fleet_changes *changes, size_t slot_count)
{
    size_t word_count = (slot_count + MARK_BITS - 1) / MARK_BITS;
    for (struct fleet_reader *reader = changes->first; reader; reader = reader->next)
        if (reserve_words(reader, word_count))
            return -ENOMEM;
    changes->word_count = word_count;
    return 0;
}

int fleet_changes_attach(struct fleet_changes *changes, struct fleet_reader *reader)
{
    must(!reader->changes);
    *reader = (struct fleet_reader){ 0 };
    if (reserve_words(reader, changes->word_count))
        return -ENOMEM;
    reader->changes = changes;
    reader->next = changes->first;
    changes->first = reader;
    return 0;
}

void fleet_reader_detach(struct fleet_reader *reader)
{
    if (!reader->changes)
        return;
    struct fleet_reader **link = &reader->changes->first;
    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    heap_free(reader->marks);
    *reader = (struct fleet_reader){ 0 };
}

void fleet_changes_mark(struct fleet_changes *changes, uint32_t slot)
{
    for (struct fleet_reader *reader = changes->first; reader; reader = reader->next)
        fleet_reader_mark(reader, slot);
}

void fleet_changes_fini(struct fleet_changes *changes)
{
    while (changes->first)
        fleet_reader_detach(changes->first);
}
