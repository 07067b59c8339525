#include "engine/remote/batch.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>

#define ROOM_MIN 64
#define ROOM_KEPT 4096

void batch_fini(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        heap_free(batch->rows[i].id);
    heap_free(batch->rows);
    *batch = (struct batch){ 0 };
}

void batch_reset(struct batch *batch)
{
    if (batch->room > ROOM_KEPT) {
        batch_fini(batch);
        return;
    }
    for (size_t i = 0; i < batch->count; i++)
        heap_free(batch->rows[i].id);
    batch->count = 0;
}

static int reserve(struct batch *batch)
{
    if (batch->count < batch->room)
        return 0;
    size_t room = batch->room > 0 ? 2 * batch->room : ROOM_MIN;
    struct batch_row *rows = heap_resize(batch->rows, room, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    batch->rows = rows;
    batch->room = room;
    return 0;
}

int batch_add(struct batch *batch, uint32_t slot, const char *id, bool is_entry,
              const struct snapshot_row *row)
{
    char *copy = id ? heap_copy_text(id, strlen(id)) : NULL;
    if ((id && !copy) || reserve(batch)) {
        heap_free(copy);
        return -ENOMEM;
    }
    batch->rows[batch->count++] =
        (struct batch_row){ .slot = slot, .id = copy, .is_entry = is_entry, .row = *row };
    return 0;
}
