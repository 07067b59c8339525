#include "engine/control/stream_texts.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <stdbool.h>
#include <string.h>

struct stream_text_place {
    uint64_t seq;   /* 0: none */
    uint64_t begin; /* as in `written` */
    size_t length;
};

void stream_texts_fini(struct stream_texts *texts)
{
    heap_free(texts->bytes);
    heap_free(texts->places);
    *texts = (struct stream_texts){ 0 };
}

static struct stream_text_place *place_of(const struct stream_texts *texts, uint64_t seq)
{
    return &texts->places[seq % STREAM_TEXTS_MAX];
}

const char *stream_texts_find(const struct stream_texts *texts, uint64_t seq, size_t *ret_length)
{
    if (!texts->bytes)
        return NULL;
    const struct stream_text_place *place = place_of(texts, seq);
    if (place->seq != seq || texts->written - place->begin > STREAM_TEXTS_SIZE)
        return NULL;
    *ret_length = place->length;
    return texts->bytes + place->begin % STREAM_TEXTS_SIZE;
}

static bool has_memory(struct stream_texts *texts)
{
    if (texts->bytes)
        return true;
    char *bytes = heap_alloc(1, STREAM_TEXTS_SIZE);
    struct stream_text_place *places = heap_alloc(STREAM_TEXTS_MAX, sizeof *places);
    if (!bytes || !places) {
        heap_free(bytes);
        heap_free(places);
        return false;
    }
    texts->bytes = bytes;
    texts->places = places;
    return true;
}

void stream_texts_keep(struct stream_texts *texts, uint64_t seq, const char *text, size_t length)
{
    must(seq > 0);
    if (length > STREAM_TEXTS_SIZE || !has_memory(texts))
        return;
    /* No text is divided between the end of the memory and its beginning. */
    size_t left = STREAM_TEXTS_SIZE - texts->written % STREAM_TEXTS_SIZE;
    if (left < length)
        texts->written += left;
    *place_of(texts, seq) =
        (struct stream_text_place){ .seq = seq, .begin = texts->written, .length = length };
    memcpy(texts->bytes + texts->written % STREAM_TEXTS_SIZE, text, length);
    texts->written += length;
    texts->made++;
}
