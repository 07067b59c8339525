/*
 * stream_texts - the last rows of GET /v1/stream as text, so that a row is written once for all readers.
 *
 * A text is that of a change, by its number in the order of changes (change_order.h), and never changes: a row that
 * changes again has another number. At most STREAM_TEXTS_SIZE bytes: a new text replaces the oldest ones. A reader that
 * is so far behind that its text is gone makes it anew, from the row as it is now.
 *
 * Owns its memory, which is allocated with the first text. Without memory nothing is kept. Cannot fail. One thread at
 * a time.
 */
#ifndef ENGINE_CONTROL_STREAM_TEXTS_H
#define ENGINE_CONTROL_STREAM_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#define STREAM_TEXTS_SIZE ((size_t)1024 * 1024)
/* At most so many texts. A row has about 300 bytes. */
#define STREAM_TEXTS_MAX ((size_t)4096)

struct stream_text_place;

/* Zeroed memory keeps nothing. */
struct stream_texts {
    char *bytes;                      /* NULL: no memory yet */
    struct stream_text_place *places; /* by the number of the change */
    uint64_t written;                 /* bytes ever, with those skipped at the end of the memory */
    int64_t made;                     /* texts ever kept */
};

void stream_texts_fini(struct stream_texts *texts);

/* The text of a change, until the next one is kept; NULL: it is not there. */
const char *stream_texts_find(const struct stream_texts *texts, uint64_t seq, size_t *ret_length);

/* Copies it. `seq` is above 0, and the text of this change is not there. */
void stream_texts_keep(struct stream_texts *texts, uint64_t seq, const char *text, size_t length);

#endif
