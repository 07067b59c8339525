#include "engine/control/pieces.h"

#include "engine/base/panic.h"

#include <string.h>

void pieces_init(struct pieces *pieces, pieces_step *step, void *context,
                 struct redaction *redaction, char *storage, size_t size)
{
    *pieces = (struct pieces){ .step = step, .context = context, .redaction = redaction };
    text_init(&pieces->pending, storage, size);
}

static void make_next(struct pieces *pieces)
{
    text_reset(&pieces->pending);
    pieces->sent = 0;
    pieces->is_over = !pieces->step(pieces->context, &pieces->pending);
    must(!pieces->pending.was_cut);
    redaction_clean(pieces->redaction, &pieces->pending);
}

int64_t pieces_write(struct pieces *pieces, char *bytes, size_t size)
{
    while (pieces->sent == pieces->pending.length && !pieces->is_over)
        make_next(pieces);
    size_t left = pieces->pending.length - pieces->sent;
    size_t written = left < size ? left : size;
    memcpy(bytes, pieces->pending.data + pieces->sent, written);
    pieces->sent += written;
    return (int64_t)written;
}
