/*
 * The frames of a recording: two bytes with a size, then a frame, again and again. A frame is applied, or refused with
 * one printable line; the table has slots below its count only, with ids, and is the same when the frames come again.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/target.h"

#include "engine/base/panic.h"
#include "engine/recording/recording_table.h"

#include <string.h>

#define FRAMES_MAX 16

struct seen {
    size_t rows;
    int64_t hosts;
};

static int visit(void *context, const struct recorded *recorded)
{
    struct seen *seen = context;
    must(recorded->id);
    must(recorded->is_gone || recorded->id[0] != '\0');
    seen->rows++;
    seen->hosts += recorded->sample.input.status.current_hosts;
    return 0;
}

static void check_table(const struct recording_table *table)
{
    struct recorded recorded;
    for (uint32_t slot = 0; slot < recording_table_slot_count(table); slot++)
        if (recording_table_get(table, slot, &recorded))
            must(recorded.slot == slot && recorded.id);
}

static struct seen apply_all(const uint8_t *data, size_t size)
{
    struct recording_names names;
    struct recording_format format;
    struct recording_table *table;
    struct seen seen = { 0 };
    recording_names_own(&names);
    must(recording_format_read(&names, &format));
    must(recording_table_create(&table) == 0);
    for (int i = 0; i < FRAMES_MAX && size >= 2; i++) {
        size_t length = (size_t)data[0] | (size_t)data[1] << 8;
        struct error err = { 0 };
        data += 2;
        size -= 2;
        length = length < size ? length : size;
        int failed = recording_table_apply(table, &format, data, length, visit, &seen, &err);
        if (failed) {
            oracle_check_error(&err, failed);
            recording_table_clear(table);
        }
        check_table(table);
        data += length;
        size -= length;
    }
    recording_table_destroy(table);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen first = apply_all(data, size);
    struct seen again = apply_all(data, size);
    must(first.rows == again.rows && first.hosts == again.hosts);
    return 0;
}
