#include "engine/recording/frame_builder.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_SIZE (FRAME_INPUT_MAX + RECORDING_PAGE_SIZE)

_Static_assert(INPUT_SIZE + (size_t)FRAME_ROWS_MAX * (1 + 5) +
                       (size_t)SAMPLE_FIELD_COUNT * (FRAME_ROWS_MAX / 8) + 4096 <=
                   FRAME_SIZE_MAX,
               "the columns of the most rows");

struct row {
    uint32_t slot;
    uint32_t at;    /* in the input, behind the slot: then behind what was moved */
    uint32_t order; /* in which it came */
    enum row_kind kind;
    uint64_t changed;
};

struct frame_builder {
    struct frame_facts facts;
    bool has_pass; /* a pass has begun */
    bool is_full;
    size_t row_count;
    size_t policy_count;
    size_t policies_size;
    size_t input_size;
    struct row rows[FRAME_ROWS_MAX];
    struct row *changed[FRAME_ROWS_MAX];
    unsigned char policies[FRAME_INPUT_MAX / 4];
    unsigned char input[INPUT_SIZE];
    unsigned char output[FRAME_SIZE_MAX];
};

int frame_builder_create(struct frame_builder **ret_builder)
{
    *ret_builder = heap_alloc(1, sizeof **ret_builder);
    return *ret_builder ? 0 : -ENOMEM;
}

void frame_builder_destroy(struct frame_builder *builder)
{
    heap_free(builder);
}

bool frame_builder_is_empty(const struct frame_builder *builder)
{
    return builder->row_count == 0 && !builder->facts.is_pass_end && !builder->facts.is_group_first;
}

void frame_builder_reset(struct frame_builder *builder)
{
    builder->facts.is_group_first = false;
    builder->facts.is_pass_end = false;
    builder->facts.ended = builder->facts.begun;
    builder->is_full = false;
    builder->row_count = 0;
    builder->policy_count = 0;
    builder->policies_size = 0;
    builder->input_size = 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static void skip_numbers(struct byte_reader *reader, size_t count)
{
    for (size_t i = 0; i < count; i++)
        byte_reader_number(reader);
}

static void skip_text(struct byte_reader *reader)
{
    byte_reader_take(reader, byte_reader_number(reader));
}

static bool has_id(enum row_kind kind)
{
    return kind == ROW_FULL || kind == ROW_SHOWN;
}

static bool is_changed(enum row_kind kind)
{
    return kind == ROW_DIFF || has_id(kind);
}

/* What follows the slot is kept as it is: the id and the values. */
static void add_row(struct frame_builder *builder, enum row_kind kind, struct byte_reader *reader)
{
    struct row *row = &builder->rows[builder->row_count];
    *row = (struct row){ .order = (uint32_t)builder->row_count++, .kind = kind };
    row->slot = (uint32_t)byte_reader_number(reader);
    const unsigned char *from = reader->next;
    if (has_id(kind))
        skip_text(reader);
    size_t id_size = (size_t)(reader->next - from);
    row->changed = is_changed(kind) ? byte_reader_number(reader) : 0;
    const unsigned char *values = reader->next;
    skip_numbers(reader, (size_t)__builtin_popcountll(row->changed));
    size_t size = (size_t)(reader->next - values);
    must(builder->input_size + id_size + size <= sizeof builder->input);
    row->at = (uint32_t)builder->input_size;
    memcpy(builder->input + builder->input_size, from, id_size);
    memcpy(builder->input + builder->input_size + id_size, values, size);
    builder->input_size += id_size + size;
}

static void add_policy(struct frame_builder *builder, struct byte_reader *reader)
{
    const unsigned char *from = reader->next;
    byte_reader_number(reader);
    skip_text(reader);
    skip_numbers(reader, POLICY_FIELD_COUNT);
    size_t size = (size_t)(reader->next - from);
    must(builder->policies_size + size <= sizeof builder->policies);
    memcpy(builder->policies + builder->policies_size, from, size);
    builder->policies_size += size;
    builder->policy_count++;
}

static void begin_pass(struct frame_builder *builder, struct byte_reader *reader)
{
    builder->has_pass = true;
    builder->facts.pass = (uint32_t)byte_reader_number(reader);
    builder->facts.begun.ms = byte_reader_signed(reader);
    builder->facts.ended = builder->facts.begun;
}

static void end_pass(struct frame_builder *builder, struct byte_reader *reader)
{
    byte_reader_number(reader);
    builder->facts.ended.ms = byte_reader_signed(reader);
    builder->facts.is_pass_end = true;
    builder->is_full = true;
}

static void add(struct frame_builder *builder, struct byte_reader *reader)
{
    enum row_kind kind = (enum row_kind)byte_reader_number(reader);
    must(kind < ROW_KIND_COUNT);
    switch (kind) {
    case ROW_SAME:
    case ROW_DIFF:
    case ROW_FULL:
    case ROW_SHOWN:
    case ROW_GONE:
        add_row(builder, kind, reader);
        break;
    case ROW_POLICY:
        add_policy(builder, reader);
        break;
    case ROW_GROUP:
        builder->facts.is_group_first = true;
        break;
    case ROW_BEGIN:
        begin_pass(builder, reader);
        break;
    case ROW_END:
        end_pass(builder, reader);
        break;
    }
    must(!reader->has_failed);
}

static bool is_full(const struct frame_builder *builder)
{
    return builder->is_full || builder->row_count == FRAME_ROWS_MAX ||
           builder->input_size >= FRAME_INPUT_MAX ||
           builder->policies_size + ROW_SIZE_MAX > sizeof builder->policies;
}

/* A group begins a frame of its own. */
static bool is_group_next(const struct frame_builder *builder, const struct byte_reader *reader)
{
    bool is_begun = builder->row_count > 0 || builder->policy_count > 0;
    return is_begun && reader->next[0] == ROW_GROUP;
}

bool frame_builder_add(struct frame_builder *builder, const struct recording_page *page,
                       size_t *from)
{
    struct byte_reader reader = byte_reader_of(page->bytes + *from, page->used - *from);
    while (byte_reader_left(&reader) > 0 && !is_full(builder) && !is_group_next(builder, &reader))
        add(builder, &reader);
    *from = page->used - byte_reader_left(&reader);
    return is_full(builder) || byte_reader_left(&reader) > 0;
}

/* --- columns --------------------------------------------------------------------------------------------------- */

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static unsigned char *make_rows(const struct frame_builder *builder, unsigned char *to)
{
    int64_t last = 0;
    for (size_t i = 0; i < builder->row_count; i++)
        *to++ = (unsigned char)builder->rows[i].kind;
    for (size_t i = 0; i < builder->row_count; i++) {
        to = bytes_put(to, (uint64_t)(builder->rows[i].slot - last));
        last = builder->rows[i].slot;
    }
    return to;
}

static unsigned char *move(struct frame_builder *builder, struct row *row, unsigned char *to,
                           size_t size)
{
    memcpy(to, builder->input + row->at, size);
    row->at += (uint32_t)size;
    return to + size;
}

static unsigned char *make_ids(struct frame_builder *builder, unsigned char *to)
{
    for (size_t i = 0; i < builder->row_count; i++) {
        struct row *row = &builder->rows[i];
        if (!has_id(row->kind))
            continue;
        struct byte_reader reader =
            byte_reader_of(builder->input + row->at, builder->input_size - row->at);
        skip_text(&reader);
        to = move(builder, row, to, (size_t)(reader.next - builder->input) - row->at);
    }
    return to;
}

static unsigned char *make_bits(const struct frame_builder *builder, size_t changed_count,
                                uint64_t bit, unsigned char *to)
{
    memset(to, 0, (changed_count + 7) / 8);
    for (size_t i = 0; i < changed_count; i++)
        if (builder->changed[i]->changed & bit)
            to[i / 8] |= (unsigned char)(1u << i % 8);
    return to + (changed_count + 7) / 8;
}

static size_t number_size(const unsigned char *number)
{
    size_t size = 1;
    while (number[size - 1] & 0x80)
        size++;
    return size;
}

static unsigned char *make_field(struct frame_builder *builder, size_t changed_count, uint64_t bit,
                                 unsigned char *to)
{
    size_t count = 0;
    for (size_t i = 0; i < changed_count; i++)
        count += (builder->changed[i]->changed & bit) != 0;
    to = bytes_put(to, count);
    if (count > 0 && count < changed_count)
        to = make_bits(builder, changed_count, bit, to);
    for (size_t i = 0; i < changed_count && count > 0; i++) {
        struct row *row = builder->changed[i];
        if (row->changed & bit)
            to = move(builder, row, to, number_size(builder->input + row->at));
    }
    return to;
}

static size_t find_changed(struct frame_builder *builder)
{
    size_t count = 0;
    for (size_t i = 0; i < builder->row_count; i++)
        if (is_changed(builder->rows[i].kind))
            builder->changed[count++] = &builder->rows[i];
    return count;
}

void frame_builder_make(struct frame_builder *builder, struct frame_facts *ret_facts,
                        const unsigned char **ret_bytes, size_t *ret_size)
{
    qsort(builder->rows, builder->row_count, sizeof builder->rows[0], compare_rows);
    size_t changed_count = find_changed(builder);
    unsigned char *to = bytes_put(builder->output, builder->row_count);
    to = bytes_put(to, changed_count);
    to = bytes_put(to, builder->policy_count);
    memcpy(to, builder->policies, builder->policies_size);
    to = make_rows(builder, to + builder->policies_size);
    to = make_ids(builder, to);
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++)
        to = make_field(builder, changed_count, (uint64_t)1 << i, to);
    builder->facts.row_count = builder->row_count;
    *ret_facts = builder->facts;
    *ret_bytes = builder->output;
    *ret_size = (size_t)(to - builder->output);
}
