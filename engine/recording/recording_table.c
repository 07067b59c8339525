#include "engine/recording/recording_table.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>

#define SLOTS_MIN 64
#define POLICIES_MAX 65536

/* The values as they are stored, so that differences are exact whatever this program makes of them. */
struct entry {
    bool is_used;
    char id[ID_SIZE_MAX + 1];
    int64_t values[FORMAT_FIELDS_MAX];
};

struct recorded_policy {
    bool is_used;
    char *name; /* NULL: the defaults */
    struct policy policy;
};

struct recording_table {
    struct entry *entries;
    size_t entry_count;
    struct recorded_policy *policies; /* by their number, from 1 */
    size_t policy_count;
    struct recording_format format; /* of the last frame */
    bool is_skimmed;                /* what has not changed is visited without its sample */
};

/* The columns of a frame, with a place in each. */
struct columns {
    size_t row_count;
    size_t changed_count;
    const unsigned char *kinds;
    struct byte_reader slots;
    struct byte_reader ids;
    struct column {
        const unsigned char *bits; /* NULL: all changed rows have the field, or none does */
        bool is_empty;
        struct byte_reader values;
    } fields[FORMAT_FIELDS_MAX];
};

static int damaged(struct error *err, const char *what)
{
    return error_set(err, ERR_DAMAGED, "a recorded pass is damaged: %s", what);
}

/* --- the table ------------------------------------------------------------------------------------------------- */

int recording_table_create(struct recording_table **ret_table)
{
    *ret_table = heap_alloc(1, sizeof **ret_table);
    return *ret_table ? 0 : -ENOMEM;
}

static void forget_policies(struct recording_table *table)
{
    for (size_t i = 0; i < table->policy_count; i++)
        heap_free(table->policies[i].name);
    heap_free(table->policies);
    table->policies = NULL;
    table->policy_count = 0;
}

void recording_table_clear(struct recording_table *table)
{
    for (size_t i = 0; i < table->entry_count; i++)
        table->entries[i].is_used = false;
    forget_policies(table);
}

void recording_table_destroy(struct recording_table *table)
{
    if (!table)
        return;
    forget_policies(table);
    heap_free(table->entries);
    heap_free(table);
}

static int reserve_slots(struct recording_table *table, size_t count, struct error *err)
{
    if (count <= table->entry_count)
        return 0;
    size_t grown = table->entry_count ? table->entry_count : SLOTS_MIN;
    while (grown < count)
        grown *= 2;
    struct entry *entries = heap_resize(table->entries, grown, sizeof *entries);
    if (!entries)
        return error_no_memory(err);
    memset(entries + table->entry_count, 0, (grown - table->entry_count) * sizeof *entries);
    table->entries = entries;
    table->entry_count = grown;
    return 0;
}

/* --- policies -------------------------------------------------------------------------------------------------- */

static struct recorded_policy *open_policy(struct recording_table *table, uint64_t number,
                                           struct error *err)
{
    if (number > table->policy_count) {
        struct recorded_policy *grown = heap_resize(table->policies, number, sizeof *grown);
        if (!grown) {
            error_no_memory(err);
            return NULL;
        }
        memset(grown + table->policy_count, 0, (number - table->policy_count) * sizeof *grown);
        table->policies = grown;
        table->policy_count = number;
    }
    return &table->policies[number - 1];
}

static bool read_policy_fields(const struct recording_format *format, struct byte_reader *reader,
                               struct policy *policy)
{
    bool is_good = true;
    *policy = policy_default;
    for (size_t i = 0; i < format->policy_field_count; i++) {
        int64_t value = byte_reader_signed(reader);
        int index = format->policy_fields[i];
        if (index == FORMAT_NONE)
            continue;
        is_good = is_good && field_set(policy_field((size_t)index), policy, value);
    }
    return is_good && !reader->has_failed;
}

static int read_policy(struct recording_table *table, const struct recording_format *format,
                       struct byte_reader *reader, struct error *err)
{
    uint64_t number = byte_reader_number(reader);
    uint64_t size = byte_reader_number(reader);
    const unsigned char *name = byte_reader_take(reader, size);
    if (!name || number < 1 || number > POLICIES_MAX)
        return damaged(err, "the number of a policy");
    struct recorded_policy *policy = open_policy(table, number, err);
    if (!policy)
        return -ENOMEM;
    heap_free(policy->name);
    policy->name = size > 0 ? heap_copy_text((const char *)name, size) : NULL;
    if (size > 0 && !policy->name)
        return error_no_memory(err);
    if (!read_policy_fields(format, reader, &policy->policy))
        return damaged(err, "the values of a policy");
    policy->policy.match = policy->name;
    policy->is_used = true;
    return 0;
}

static const struct policy *find_policy(const struct recording_table *table, int32_t number)
{
    if (number < 1 || (size_t)number > table->policy_count || !table->policies[number - 1].is_used)
        return NULL;
    return &table->policies[number - 1].policy;
}

/* --- columns --------------------------------------------------------------------------------------------------- */

static bool has_id(unsigned char kind)
{
    return kind == ROW_FULL || kind == ROW_SHOWN;
}

static bool is_changed(unsigned char kind)
{
    return kind == ROW_DIFF || has_id(kind);
}

static void skip_numbers(struct byte_reader *reader, size_t count)
{
    for (size_t i = 0; i < count && !reader->has_failed; i++)
        byte_reader_number(reader);
}

static size_t count_bits(const unsigned char *bits, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += bits[i / 8] >> i % 8 & 1;
    return sum;
}

static bool find_rows(struct columns *columns, struct byte_reader *reader)
{
    size_t changed = 0;
    columns->kinds = byte_reader_take(reader, columns->row_count);
    if (!columns->kinds)
        return false;
    for (size_t i = 0; i < columns->row_count; i++) {
        if (columns->kinds[i] >= ROW_OF_SLOT_COUNT)
            return false;
        changed += is_changed(columns->kinds[i]);
    }
    columns->slots = *reader;
    skip_numbers(reader, columns->row_count);
    columns->ids = *reader;
    for (size_t i = 0; !reader->has_failed && i < columns->row_count; i++)
        if (has_id(columns->kinds[i]))
            byte_reader_take(reader, byte_reader_number(reader));
    return !reader->has_failed && changed == columns->changed_count;
}

static bool find_field(struct columns *columns, struct column *column, struct byte_reader *reader)
{
    uint64_t count = byte_reader_number(reader);
    *column = (struct column){ .is_empty = count == 0 };
    if (count > columns->changed_count)
        return false;
    if (count > 0 && count < columns->changed_count) {
        column->bits = byte_reader_take(reader, (columns->changed_count + 7) / 8);
        if (!column->bits || count_bits(column->bits, columns->changed_count) != count)
            return false;
    }
    column->values = *reader;
    skip_numbers(reader, (size_t)count);
    return !reader->has_failed;
}

static int find_columns(struct recording_table *table, const struct recording_format *format,
                        struct columns *columns, struct byte_reader *reader, struct error *err)
{
    uint64_t rows = byte_reader_number(reader);
    uint64_t changed = byte_reader_number(reader);
    uint64_t policies = byte_reader_number(reader);
    if (rows > FRAME_ROWS_MAX || changed > rows || policies > POLICIES_MAX || reader->has_failed)
        return damaged(err, "its counts");
    columns->row_count = (size_t)rows;
    columns->changed_count = (size_t)changed;
    for (uint64_t i = 0; i < policies; i++) {
        int failed = read_policy(table, format, reader, err);
        if (failed)
            return failed;
    }
    if (!find_rows(columns, reader))
        return damaged(err, "its rows");
    for (size_t i = 0; i < format->field_count; i++)
        if (!find_field(columns, &columns->fields[i], reader))
            return damaged(err, "the values of a field");
    return byte_reader_left(reader) > 0 ? damaged(err, "bytes behind its end") : 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static bool has_field(const struct column *column, size_t changed_index)
{
    if (column->is_empty)
        return false;
    return !column->bits || (column->bits[changed_index / 8] >> changed_index % 8 & 1);
}

static bool move_values(const struct recording_format *format, struct columns *columns,
                        size_t changed_index, struct entry *entry)
{
    for (size_t i = 0; i < format->field_count; i++) {
        struct column *column = &columns->fields[i];
        if (!has_field(column, changed_index))
            continue;
        int64_t difference = byte_reader_signed(&column->values);
        if (__builtin_add_overflow(entry->values[i], difference, &entry->values[i]))
            return false;
    }
    return true;
}

static bool read_id(struct columns *columns, struct entry *entry)
{
    uint64_t size = byte_reader_number(&columns->ids);
    const unsigned char *id = byte_reader_take(&columns->ids, size);
    if (!id || size == 0 || size > ID_SIZE_MAX || memchr(id, '\0', size))
        return false;
    *entry = (struct entry){ .is_used = true };
    memcpy(entry->id, id, size);
    return true;
}

/* A value that this program cannot have is damage, a word that it does not have is another version. */
static bool fill_sample(const struct recording_format *format, const struct entry *entry,
                        struct recorded *recorded)
{
    bool is_good = true;
    for (size_t i = 0; i < format->field_count; i++) {
        if (format->fields[i] == FORMAT_NONE)
            continue;
        const struct field_row *row = sample_field((size_t)format->fields[i]);
        int64_t value = entry->values[i];
        if (!recording_format_translate(format, row, &value))
            recorded->is_translatable = false;
        else
            is_good = is_good && field_set(row, &recorded->sample, value);
    }
    return is_good;
}

static bool fill(const struct recording_table *table, uint32_t slot, struct recorded *ret_recorded)
{
    const struct entry *entry = &table->entries[slot];
    *ret_recorded = (struct recorded){ .id = entry->id, .slot = slot, .is_translatable = true };
    if (!fill_sample(&table->format, entry, ret_recorded))
        return false;
    struct sample *sample = &ret_recorded->sample;
    sample->input.policy = find_policy(table, sample->policy);
    return sample->policy == 0 || sample->input.policy;
}

static int apply_row(struct recording_table *table, struct columns *columns, unsigned char kind,
                     uint32_t slot, size_t changed_index, struct error *err)
{
    int failed = reserve_slots(table, (size_t)slot + 1, err);
    if (failed)
        return failed;
    struct entry *entry = &table->entries[slot];
    if (has_id(kind) && !read_id(columns, entry))
        return damaged(err, "an id");
    if (!entry->is_used)
        return damaged(err, "a slot without an id");
    if (kind == ROW_GONE)
        entry->is_used = false;
    if (is_changed(kind) && !move_values(&table->format, columns, changed_index, entry))
        return damaged(err, "a value");
    return 0;
}

static int show_row(const struct recording_table *table, unsigned char kind, uint32_t slot,
                    recording_visit *visit, void *context, struct error *err)
{
    struct recorded recorded = {
        .id = table->entries[slot].id, .slot = slot, .is_gone = true, .is_translatable = true
    };
    bool is_same = kind == ROW_SAME;
    bool is_filled = kind != ROW_GONE && !(is_same && table->is_skimmed);
    if (is_filled && !fill(table, slot, &recorded))
        return damaged(err, "a value");
    recorded.is_gone = kind == ROW_GONE;
    recorded.is_named = has_id(kind);
    recorded.is_same = is_same;
    recorded.is_decided = kind != ROW_SHOWN && kind != ROW_GONE;
    return visit ? visit(context, &recorded) : 0;
}

/* Most rows of a frame. `same` is the same for all of them but the slot. */
static int skim_row(const struct recording_table *table, uint32_t slot, struct recorded *same,
                    recording_visit *visit, void *context, struct error *err)
{
    if (slot >= table->entry_count || !table->entries[slot].is_used)
        return damaged(err, "a slot without an id");
    same->slot = slot;
    return visit ? visit(context, same) : 0;
}

static int apply_rows(struct recording_table *table, struct columns *columns,
                      recording_visit *visit, void *context, struct error *err)
{
    struct recorded same = { .is_same = true, .is_decided = true, .is_translatable = true };
    uint64_t slot = 0;
    size_t changed_index = 0;
    int failed = 0;
    for (size_t i = 0; !failed && i < columns->row_count; i++) {
        unsigned char kind = columns->kinds[i];
        uint64_t step = byte_reader_number(&columns->slots);
        if (step > FRAME_SLOT_MAX || slot + step > FRAME_SLOT_MAX)
            return damaged(err, "the number of a slot");
        slot += step;
        if (kind == ROW_SAME && table->is_skimmed) {
            failed = skim_row(table, (uint32_t)slot, &same, visit, context, err);
            continue;
        }
        failed = apply_row(table, columns, kind, (uint32_t)slot, changed_index, err);
        changed_index += is_changed(kind);
        failed = failed ? failed : show_row(table, kind, (uint32_t)slot, visit, context, err);
    }
    return failed;
}

void recording_table_skim(struct recording_table *table)
{
    table->is_skimmed = true;
}

int recording_table_apply(struct recording_table *table, const struct recording_format *format,
                          const void *bytes, size_t size, recording_visit *visit, void *context,
                          struct error *err)
{
    struct columns columns = { .row_count = 0 };
    struct byte_reader reader = byte_reader_of(bytes, size);
    table->format = *format;
    int failed = find_columns(table, format, &columns, &reader, err);
    failed = failed ? failed : apply_rows(table, &columns, visit, context, err);
    if (failed)
        recording_table_clear(table);
    return failed;
}

size_t recording_table_slot_count(const struct recording_table *table)
{
    return table->entry_count;
}

bool recording_table_get(const struct recording_table *table, uint32_t slot,
                         struct recorded *ret_recorded)
{
    if (slot >= table->entry_count || !table->entries[slot].is_used)
        return false;
    return fill(table, slot, ret_recorded);
}
