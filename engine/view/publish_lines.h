/*
 * publish_lines - lines of the log that wait for a snapshot.
 *
 * At most PUBLISH_LINES_MAX of them and PUBLISH_LINES_SIZE bytes: then the oldest go, and are counted. A line that
 * finds no memory is counted too. Once a snapshot was taken, they are its own: a batch. One thread at a time.
 */
#ifndef ENGINE_VIEW_PUBLISH_LINES_H
#define ENGINE_VIEW_PUBLISH_LINES_H

#include "engine/core/event.h"
#include "engine/snapshot.h"

struct kept_line;

/* Zeroed memory is an empty one. */
struct lines {
    struct kept_line *first;
    struct kept_line *last;
    size_t count;
    size_t size;
    int64_t lost;
};

void lines_fini(struct lines *lines);

void lines_take(struct lines *lines, const struct event *event, struct wall at);

/* What a snapshot shows. Zeroed memory is an empty one. */
struct line_batch {
    struct snapshot_line *array;
    struct kept_line *pieces; /* what the array points at, once it was handed over */
};

/* All of them in an array, which still belong to `lines`. -ENOMEM. */
int lines_list(const struct lines *lines, struct line_batch *batch);

/* They belong to the batch from now on; none wait any more. */
void lines_hand_over(struct lines *lines, struct line_batch *batch);

void line_batch_fini(struct line_batch *batch);

#endif
