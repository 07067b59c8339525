/*
 * pieces - the body of a response that is made piece by piece while the client reads it.
 *
 * A body with much work or many rows is made in steps, so that the loop goes on between them. Each step adds one piece;
 * the next one is made when the client has taken all of it. Secrets are removed from each piece: a text that may have
 * one is not divided between two.
 *
 * The storage is the caller's, holds the largest piece, and lives as long as the body. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_CONTROL_PIECES_H
#define ENGINE_CONTROL_PIECES_H

#include "engine/base/redaction.h"
#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds the next piece, which may be empty; false: it is the last one. */
typedef bool pieces_step(void *context, struct text *piece);

struct pieces {
    pieces_step *step;
    void *context;
    struct redaction *redaction; /* NULL: none */
    struct text pending;
    size_t sent; /* of the pending bytes */
    bool is_over;
};

void pieces_init(struct pieces *pieces, pieces_step *step, void *context,
                 struct redaction *redaction, char *storage, size_t size);

/* The next bytes, at most `size`, which is not 0; 0: the body is complete. See http_server_pieces. */
int64_t pieces_write(struct pieces *pieces, char *bytes, size_t size);

#endif
